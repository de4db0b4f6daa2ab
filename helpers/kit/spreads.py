"""How widely two results scatter over seeds, one beside the other."""

import numpy as np

from helpers.kit.intervals import FEWEST, Interval, interval_of, paired


def spread_ratio(first, second) -> Interval:
    """How many times as widely the first scatter over seeds as the second: the ratio of their standard deviations.

    first, second: a value for each seed, the same seeds; two Series are paired by their index, others by place. The
    interval is that of Pitman (1939) and Morgan (1939) for paired normal values. A ratio cannot be given where either
    do not scatter at all.
    Raises ValueError for unequal numbers of seeds, fewer than four, NaN, and values that do not scatter.
    """
    from scipy import stats

    x, y = _twice(first, second)
    n, ratio, r = len(x), x.var() / y.var(), np.corrcoef(x, y)[0, 1]
    k = 1 + 2 * (1 - r**2) * stats.t.ppf(0.975, n - 2) ** 2 / (n - 2)
    root = np.sqrt(k**2 - 1)
    low, high = np.sqrt(ratio * (k - root)), np.sqrt(ratio * (k + root))
    return Interval(float(np.sqrt(ratio)), float(low), float(high), n, (), "ratio")


def log_spread_ratio(first, second, *, again: tuple | None = None) -> Interval:
    """The natural logarithm of how many times as widely the first scatter over seeds as the second; 0 is no difference.

    first, second: a value for each seed, the same seeds; two Series are paired by their index, others by place.
    again: both measured once more on the same runs, with another stream of probes. The scatter of the measurement
           itself is then taken out: what two measurements of a seed have in common is their covariance.
    The interval is the jackknife's over seeds (Miller 1968), with Student's t: it does not need normal values.
    Raises ValueError as `spread_ratio` does, and where nothing is left of a spread when the measurement's is taken out.
    """
    x, y = _twice(first, second)
    twins = (x, y) if again is None else _twice(*again)
    if len(twins[0]) != len(x):
        raise ValueError(f"again measures the same seeds: got {len(twins[0])} and {len(x)}")

    def log_ratio(keep):
        common = [np.cov(a[keep], b[keep])[0, 1] for a, b in zip((x, y), twins, strict=True)]
        if min(common) <= 0:
            raise ValueError(
                "nothing is left of a spread without that of the measurement: measure more finely"
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
    if any(np.ptp(row) <= 1e-9 * np.abs(row).max() for row in (x, y)):  # equal but for the last digits
        raise ValueError("a ratio of spreads needs values that scatter: all are equal here")
    return x, y
