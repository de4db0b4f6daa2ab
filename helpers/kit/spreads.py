"""How widely two results scatter over seeds, one beside the other."""

import numpy as np
import pandas as pd

from helpers.kit.intervals import FEWEST, Interval, interval_of, last_digits, paired, per_seed, same_numbers

SAME = "again measures the same seeds"


def spread_ratio(first, second) -> Interval:
    """How many times as widely the first scatter over seeds as the second: the ratio of their standard deviations.

    first, second: a value for each seed, the same seeds; two Series are paired by their index, others by place. The
    interval is that of Pitman (1939) and Morgan (1939) for paired normal values. A ratio cannot be given where either
    do not scatter at all, and has no interval where one is a multiple of the other.
    Raises ValueError for unequal numbers of seeds, fewer than four, NaN, values that do not scatter, and such a pair.
    """
    from scipy import stats

    x, y = _twice(first, second)
    n, ratio, r = len(x), x.var() / y.var(), np.corrcoef(x, y)[0, 1]
    k = 1 + 2 * (1 - r**2) * stats.t.ppf(0.975, n - 2) ** 2 / (n - 2)
    root = np.sqrt(k**2 - 1)
    low, high = np.sqrt(ratio * (k - root)), np.sqrt(ratio * (k + root))
    return Interval(float(np.sqrt(ratio)), float(low), float(high), n, (), "ratio")


def log_spread_ratio(first, second, *, again=None) -> Interval:
    """The natural logarithm of how many times as widely the first scatter over seeds as the second; 0 is no difference.

    first, second: a value for each seed, the same seeds; two Series are paired by their index, others by place.
    again: both measured once more on the same runs, with another stream of probes, paired with the first as above. The
           scatter of the measurement itself is then taken out: what two measurements of a seed have in common is their
           covariance.
    The interval is the jackknife's over seeds (Miller 1968), with Student's t: it does not need normal values.
    Raises ValueError as `spread_ratio` does, where nothing is left of a spread when the measurement's is taken out, and
    for a measurement that is set beside itself.
    """
    x, y = _twice(first, second)
    twins = (x, y) if again is None else _again(first, second, again)

    def log_ratio(keep):
        common = [np.cov(a[keep], b[keep])[0, 1] for a, b in zip((x, y), twins, strict=True)]
        if min(common) <= 0:
            raise ValueError(
                "nothing is left of a spread without that of the measurement: either the two measurements are not of "
                "the same seeds in the same order, or it scatters too much, and a finer one is needed"
            )
        return 0.5 * np.log(common[0] / common[1])

    n, whole_row = len(x), np.ones(len(x), dtype=bool)
    full = log_ratio(whole_row)
    pseudo = [n * full - (n - 1) * log_ratio(np.arange(n) != seed) for seed in range(n)]
    about = interval_of(np.asarray(pseudo), "unbounded")
    return Interval(full, full - (about.mean - about.low), full + (about.high - about.mean), n)


def _twice(first, second):
    """Two rows of the same seeds that a ratio of spreads can be taken of."""
    needs = f"a ratio of spreads needs the same seeds twice, {FEWEST} at least"
    x, y = paired(first, second, ("first", "second"), needs)
    if len(x) < FEWEST:
        raise ValueError(f"{needs}: got {len(x)} and {len(y)}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("a ratio of spreads needs finite values: leave the seeds out of both, and say so")
    if any(np.ptp(row) <= last_digits(row) for row in (x, y)):
        raise ValueError("a ratio of spreads needs values that scatter: all are equal here")
    sizes = [np.abs(row).max() for row in (x, y)]
    if 1 - np.corrcoef(x / sizes[0], y / sizes[1])[0, 1] ** 2 <= 1e-9:
        raise ValueError(
            "a ratio of spreads needs two results: here one is the other, or a multiple of it, and nothing tells how "
            "far the ratio would move with other seeds"
        )
    return x, y


def _again(first, second, again):
    """Both measured once more, in the order of the first measurement."""
    if not isinstance(again, tuple | list) or len(again) != 2:
        raise TypeError("again is a pair: the first and the second, each measured once more")
    both = isinstance(first, pd.Series) and isinstance(
        second, pd.Series
    )  # then both are in the order of the first
    found = []
    for name, one, twin in zip(("first", "second"), (first, second), again, strict=True):
        row, other = per_seed(one, name), per_seed(twin, f"{name}, again")
        if len(other) != len(row):
            raise ValueError(f"again measures the same seeds: got {len(other)} and {len(row)}")
        if isinstance(one, pd.Series) and not isinstance(twin, pd.Series):
            twin = pd.Series(other, index=one.index)  # by place
        row, other = paired(one.reindex(first.index) if both else one, twin, (name, f"{name}, again"), SAME)
        if same_numbers(row, other):
            raise ValueError(
                f"again: {name} stands beside itself; another stream of probes gives other numbers"
            )
        found.append(other)
    return _twice(*found)
