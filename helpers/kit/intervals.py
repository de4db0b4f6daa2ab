"""Intervals over seeds: how far a result would move if all were done again with other seeds."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.checked import number, one_of, whole

FEWEST = 4  # seeds: with fewer there are points and no interval
SCALES = {
    "unbounded": "differences, logarithms, whatever may take any value",
    "share": "shares and probabilities, from 0 to 1",
    "positive": "KL, entropy, spread: never below 0",
}


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with its 95 % interval, in the unit of what was measured.

    low, high: None where there are fewer than four seeds: three points say more than an interval made of them.
    points:    the values themselves where there are so few.
    Raises TypeError or ValueError for what is no interval: no finite mean, one end alone, ends that do not hold the
    mean, ends from fewer than four seeds.
    """

    mean: float
    low: float | None
    high: float | None
    seeds: int
    points: tuple[float, ...] = ()

    def __post_init__(self):
        number(self.mean, "an interval's mean")
        whole(self.seeds, "an interval's seeds")
        if self.low is None and self.high is None:
            return
        if self.low is None or self.high is None:
            raise ValueError(f"an interval has two ends or none: got {self.low} and {self.high}")
        if self.seeds < FEWEST:
            raise ValueError(
                f"an interval needs {FEWEST} seeds, with fewer there are points: got {self.seeds}"
            )
        number(self.low, "an interval's low")
        number(self.high, "an interval's high")
        slack = 1e-9 * max(1.0, abs(self.mean))  # ends come from logarithms and back
        if not self.low - slack <= self.mean <= self.high + slack:
            raise ValueError(
                f"an interval holds its mean: got {self.mean:g} in [{self.low:g}, {self.high:g}]"
            )

    @classmethod
    def of(cls, values, scale: str = "unbounded") -> "Interval":
        """The interval of one value for each seed; equal values give a width of 0.

        scale: "unbounded" for Student's t; "share" and "positive" for values that have an end. There the interval is
               Student's t on the scale of the log odds or of the logarithm, with the standard error carried over by
               the slope at the mean (the delta method): it is about the mean, and never runs past the end.
        Raises TypeError or ValueError for anything but finite numbers in a row, two at least, in the scale's range.
        """
        return interval_of(per_seed(values, "values"), scale)

    @property
    def known(self) -> bool:
        """Whether there were seeds enough for an interval."""
        return self.low is not None

    def __str__(self) -> str:
        if self.known:
            return f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"
        return f"{self.mean:.2f} ({', '.join(f'{value:.2f}' for value in self.points)})"


def per_seed(values, name: str) -> np.ndarray:
    """One number for each seed, as an array: from a Series, an array, a tensor or a list; NaN may be among them.

    Raises TypeError for a mapping, a table, text, a generator, one number alone; ValueError for no values, and for a
    seed that stands twice in the index of a Series.
    """
    expected = f"{name}: one number for each seed, as a Series, an array or a list"
    if isinstance(values, Mapping | pd.DataFrame | str | bytes):
        raise TypeError(f"{expected}; got a {type(values).__name__}: take one column of it")
    if isinstance(values, pd.Series) and values.index.has_duplicates:
        raise ValueError(f"{name}: seed {values.index[values.index.duplicated()][0]} stands there twice")
    try:
        row = np.asarray(values)
    except (RuntimeError, ValueError) as error:  # a tensor with a gradient, rows of unequal length
        raise TypeError(f"{expected}; got a {type(values).__name__} ({error})") from error
    if row.ndim != 1:
        raise TypeError(f"{expected}; got a {type(values).__name__} of shape {row.shape}")
    if not len(row):
        raise ValueError(f"{expected}; got none")
    if row.dtype.kind not in "fiu":
        raise TypeError(f"{expected}; got values of type {row.dtype}")
    return row.astype(float)


def paired(first, second, names: tuple[str, str], needs: str) -> tuple[np.ndarray, np.ndarray]:
    """Two rows of numbers for the same seeds. Two Series are set side by side by their index, others by place.

    needs: the beginning of what is said where the seeds differ, e.g. "grid compares the same seeds".
    """
    a, b = per_seed(first, names[0]), per_seed(second, names[1])
    if isinstance(first, pd.Series) and isinstance(second, pd.Series):
        alone = [
            f"{seed} only in {names[seed in second.index]}"
            for seed in first.index.union(second.index)
            if (seed in first.index) != (seed in second.index)
        ]
        if alone:
            raise ValueError(f"{needs}: got {len(a)} and {len(b)}, seed {', seed '.join(alone[:3])}")
        b = per_seed(second.reindex(first.index), names[1])
    if len(a) != len(b):
        raise ValueError(f"{needs}: got {len(a)} and {len(b)}")
    return a, b


def interval_of(row: np.ndarray, scale: str) -> Interval:
    """The interval of a row of numbers that was looked at already."""
    from scipy import stats  # half a second, which every lesson's first cell would wait for

    one_of(scale, SCALES, "scale")
    if len(row) < 2 or not np.isfinite(row).all():
        raise ValueError(f"an interval needs two finite values at least: got {_few(row)}")
    low, high = {"unbounded": (-np.inf, np.inf), "share": (0, 1), "positive": (0, np.inf)}[scale]
    if row.min() < low - 1e-6 or row.max() > high + 1e-6:
        raise ValueError(
            f"scale {scale!r} is for {SCALES[scale]}: got values from {row.min():g} to {row.max():g}"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        mean, scatter = float(row.mean()), float(row.std(ddof=1))
    if not np.isfinite([mean, scatter]).all():
        raise ValueError(f"values too large for a mean and a spread: got {_few(row)}")
    if len(row) < FEWEST:
        return Interval(mean, None, None, len(row), tuple(row.tolist()))
    half = float(stats.t.ppf(0.975, len(row) - 1) * scatter / np.sqrt(len(row)))
    if scale == "unbounded" or half == 0 or mean <= 0 or (scale == "share" and mean >= 1):
        return Interval(mean, mean - half, mean + half, len(row))
    if scale == "positive":
        return Interval(mean, mean * np.exp(-half / mean), mean * np.exp(half / mean), len(row))
    odds = np.log(mean / (1 - mean)) + np.array([-1, 1]) * half / (mean * (1 - mean))
    ends = np.exp(-np.logaddexp(0, -odds))
    return Interval(mean, float(ends[0]), float(ends[1]), len(row))


def spread_ratio(first, second) -> Interval:
    """How many times as widely the first scatter over seeds as the second: the ratio of their standard deviations.

    first, second: a value for each seed, the same seeds; two Series are paired by their index, others by place. The
    interval is that of Pitman (1939) and Morgan (1939) for paired normal values. A ratio cannot be given where either
    do not scatter at all.
    Raises ValueError for unequal numbers of seeds, fewer than four, NaN, and values that do not scatter.
    """
    from scipy import stats

    needs = f"a ratio of spreads needs the same seeds twice, {FEWEST} at least"
    x, y = paired(first, second, ("first", "second"), needs)
    if len(x) < FEWEST:
        raise ValueError(f"{needs}: got {len(x)} and {len(y)}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("a ratio of spreads needs finite values: leave the seeds out of both, and say so")
    if any(np.ptp(row) <= 1e-9 * np.abs(row).max() for row in (x, y)):  # equal but for the last digits
        raise ValueError("a ratio of spreads needs values that scatter: all are equal here")
    n, ratio, r = len(x), x.var() / y.var(), np.corrcoef(x, y)[0, 1]
    k = 1 + 2 * (1 - r**2) * stats.t.ppf(0.975, n - 2) ** 2 / (n - 2)
    root = np.sqrt(k**2 - 1)
    low, high = np.sqrt(ratio * (k - root)), np.sqrt(ratio * (k + root))
    return Interval(float(np.sqrt(ratio)), float(low), float(high), n)


def _few(row):
    said = ", ".join(f"{value:g}" for value in row[:4])
    return f"[{said}{', ...' if len(row) > 4 else ''}], {len(row)} in all"
