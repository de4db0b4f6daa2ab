"""Intervals over seeds: how far a result would move if all were done again with other seeds."""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd

from helpers.checked import number, one_of, whole
from helpers.kit.counts import chance_of_share, wilson

FEWEST = 4  # seeds: with fewer there are points and no interval
DIGITS = 1e-6  # of a number, what float32 does not tell apart after a few sums
SCALES = {
    "unbounded": "differences, logarithms, whatever may take any value",
    "difference": "differences of two shares, from -1 to 1",
    "share": "shares and probabilities, from 0 to 1",
    "counted": "1 or 0 of each seed: so or not so, and the mean is the share of seeds",
    "positive": "KL, entropy, spread: never below 0",
    "ratio": "how many times as large, never below 0; 1 is no difference",
}
ENDS = {
    "difference": (-1, 1),
    "share": (0, 1),
    "counted": (0, 1),
    "positive": (0, np.inf),
    "ratio": (0, np.inf),
}
STRETCHED = {  # to where an interval is symmetrical about its mean, and how steep that is
    "difference": (np.arctanh, np.tanh, lambda mean: 1 - mean**2),
    "share": (
        lambda x: np.log(x) - np.log1p(-x),
        lambda x: np.exp(-np.logaddexp(0, -x)),
        lambda mean: mean * (1 - mean),
    ),
    "positive": (np.log, np.exp, lambda mean: mean),
    "ratio": (np.log, np.exp, lambda mean: mean),
}


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with its 95 % interval, in the unit of what was measured.

    low, high: None where there are fewer than four seeds: three points say more than an interval made of them.
    points:    the values themselves where there are so few, none where they are not known.
    scale:     what values it was made of, one of `SCALES`.
    alike:     all seeds have the same value. On a scale with two ends the interval is then that of the rule of three:
               at most 3 in n others may differ, and by as much as there is room. On another it has no width, and
               `Rule.judge` says no word.
    Raises TypeError or ValueError for what is no interval: no finite mean, one end alone, ends that do not hold the
    mean, ends from fewer than four seeds, none from four or more.
    """

    mean: float
    low: float | None
    high: float | None
    seeds: int
    points: tuple[float, ...] = ()
    scale: str = "unbounded"
    alike: bool = False

    def __post_init__(self):
        number(self.mean, "an interval's mean")
        whole(self.seeds, "an interval's seeds")
        one_of(self.scale, SCALES, "an interval's scale")
        self._on_the_scale(
            self.mean, *(number(point, "each of an interval's points") for point in self.points)
        )
        if self.points and (len(self.points) != self.seeds or self.seeds >= FEWEST):
            raise ValueError(
                f"points stand for each of fewer than {FEWEST} seeds: got {len(self.points)} of {self.seeds} seeds"
            )
        if self.low is None and self.high is None:
            if self.seeds >= FEWEST:
                raise ValueError(f"an interval of {self.seeds} seeds has two ends: got none")
            return
        if self.low is None or self.high is None:
            raise ValueError(f"an interval has two ends or none: got {self.low} and {self.high}")
        if self.seeds < FEWEST:
            raise ValueError(
                f"an interval needs {FEWEST} seeds, with fewer there are points: got {self.seeds}"
            )
        number(self.low, "an interval's low")
        number(self.high, "an interval's high")
        self._on_the_scale(self.low, self.high)
        slack = 1e-9 * max(1.0, abs(self.mean))  # ends come from logarithms and back
        if not self.low - slack <= self.mean <= self.high + slack:
            raise ValueError(
                f"an interval holds its mean: got {self.mean:g} in [{self.low:g}, {self.high:g}]"
            )

    def _on_the_scale(self, *numbers):
        least, most = ENDS.get(self.scale, (-np.inf, np.inf))
        for one in numbers:
            if not least - 1e-9 <= one <= most + 1e-9:  # ends come from logarithms and back
                raise ValueError(f"an interval of {SCALES[self.scale]}: got {one:g}")

    @classmethod
    def of(cls, values, scale: str = "unbounded") -> "Interval":
        """The interval of one value for each seed; for equal values see `alike`.

        scale: "unbounded" for Student's t; the others for values that have an end. There the interval is Student's t
               on the scale of the log odds ("share"), of atanh ("difference") or of the logarithm, with the standard
               error carried over by the slope at the mean (the delta method): it is about the mean, and never runs
               past the end. Of what is "counted" it is Wilson's.
        Raises TypeError or ValueError for anything but finite numbers in a row, two at least, in the scale's range.
        """
        return interval_of(per_seed(values, "values"), scale)

    @property
    def known(self) -> bool:
        """Whether there were seeds enough for an interval."""
        return self.low is not None

    @property
    def fault(self) -> str:
        """Why no word can be said about it, "" if one can."""
        if not self.known:
            return f"an interval needs {FEWEST}, there are {self.seeds}"
        if self.high - self.low <= last_digits(self.mean):
            what = f"all {self.seeds} have the same value" if self.alike else "their interval has no width"
            end = f"on the scale {self.scale!r} there is no interval of what does not scatter"
            return f"{what}, {self.mean:.2f}: {end}"
        return ""

    def p(self, value: float) -> float:
        """How often a truth of this value would give an interval as far away as this one; below 0.05 outside of it."""
        from scipy import stats

        low, high = ENDS.get(self.scale, (-np.inf, np.inf))
        if not self.known or not low < value < high:
            return 0.0 if self.known else 1.0
        if self.low == self.high:
            return float(value == self.mean)
        if self.scale == "counted":
            return chance_of_share(self.mean, self.seeds, value)
        to, _, _ = STRETCHED.get(self.scale, (float, None, None))
        with np.errstate(divide="ignore"):
            ends, far = [to(self.low), to(self.high)], abs(to(value) - to(self.mean))
        degrees = self.seeds - 1
        if not np.isfinite([*ends, far]).all():  # an end of the scale: all that can be said is inside or out
            return float(self.low <= value <= self.high)
        return float(2 * stats.t.sf(far / (ends[1] - ends[0]) * 2 * stats.t.ppf(0.975, degrees), degrees))

    @property
    def digits(self) -> int:
        """How many digits stand behind the point when it is written: two, or as many as show that it has a width."""
        width = (self.high - self.low) / 2 if self.known else 0.0
        return 2 if self.fault or width > 0.00999 else min(4, int(np.ceil(-np.log10(width))))

    def __str__(self) -> str:
        if self.known:
            mean, low, high = (f"{value:.{self.digits}f}" for value in (self.mean, self.low, self.high))
            return f"{mean} [{low}, {high}]"
        return f"{self.mean:.2f} ({', '.join(f'{value:.2f}' for value in self.points)})"


def per_seed(values, name: str) -> np.ndarray:
    """One number for each seed, as an array: from a Series, an array, a tensor or a list; NaN may be among them.

    Raises TypeError for a mapping, a table, text, a generator, one number alone; ValueError for no values, and for a
    Series whose index holds no seeds (names of arms, steps, several levels), or one twice.
    """
    expected = f"{name}: one number for each seed, as a Series, an array or a list"
    if isinstance(values, Mapping | pd.DataFrame | str | bytes):
        raise TypeError(f"{expected}; got a {type(values).__name__}: take one column of it")
    if isinstance(values, pd.Series):
        _refuse_other_rows(values.index, expected)
        if values.index.has_duplicates:
            raise ValueError(f"{name}: seed {values.index[values.index.duplicated()][0]} stands there twice")
    try:
        row = np.asarray(values)
        if np.ma.is_masked(values):  # what is masked would come in as a value
            row = values.astype(float).filled(np.nan)
    except (RuntimeError, ValueError) as error:  # a tensor with a gradient, rows of unequal length
        raise TypeError(f"{expected}; got a {type(values).__name__} ({error})") from error
    if row.ndim != 1:
        raise TypeError(f"{expected}; got a {type(values).__name__} of shape {row.shape}")
    if not len(row):
        raise ValueError(f"{expected}; got none")
    if row.dtype.kind not in "fiu":
        raise TypeError(f"{expected}; got values of type {row.dtype}")
    return row.astype(float)


def _refuse_other_rows(index, expected):
    """Refuse rows that are no seeds: an interval over them would not be one over seeds."""
    if index.nlevels > 1:
        by = " and ".join("?" if name is None else str(name) for name in index.names)
        raise ValueError(
            f"{expected}; got one for each {by}: choose, subtract or average until each seed has one"
        )
    if index.name not in (None, "seed"):
        raise ValueError(f"{expected}; got one for each {index.name}: its scatter is not that over seeds")
    for one in index:
        if isinstance(one, bool | np.bool_) or not isinstance(one, Real) or not float(one).is_integer():
            raise ValueError(
                f"{expected}; got a row named {one!r}, which is no seed: means of arms do not tell how seeds scatter"
            )
    between = set(np.diff(np.asarray(index, dtype=float)))
    if index.name is None and len(index) > 2 and len(between) == 1 and not between & {1.0, -1.0}:
        raise ValueError(
            f"{expected}; got rows {index[0]}, {index[1]}, {index[2]}, ..., which may be steps: if they are seeds, say "
            "so, values.rename_axis('seed')"
        )


def last_digits(*rows) -> float:
    """By how much numbers of this size may differ for their last digits alone; most are computed in float32.

    A small one is taken for a difference of numbers up to 1, whose last digits it has.
    """
    sizes = np.abs(np.concatenate([np.ravel(row) for row in rows]))
    return DIGITS * max(1.0, sizes[np.isfinite(sizes)].max(initial=0.0))


def same_numbers(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two rows have the same numbers and the same gaps, but for the last digits."""
    there = np.isfinite(first)
    if len(first) != len(second) or not np.array_equal(there, np.isfinite(second)):
        return False
    return bool((np.abs(first - second)[there] <= last_digits(first, second)).all())


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
    low, high = ENDS.get(scale, (-np.inf, np.inf))
    if row.min() < low - 1e-6 or row.max() > high + 1e-6:
        raise ValueError(
            f"scale {scale!r} is for {SCALES[scale]}: got values from {row.min():g} to {row.max():g}"
        )
    row = np.clip(row, low, high)  # a KL of -1e-8 is the last digits' doing
    if scale == "counted" and not np.isin(row, (0, 1)).all():
        raise ValueError(f"scale 'counted' is for {SCALES[scale]}: got {_few(row)}")
    with np.errstate(over="ignore", invalid="ignore"):
        mean, scatter = float(row.mean()), float(row.std(ddof=1))
    if not np.isfinite([mean, scatter]).all():
        raise ValueError(f"values too large for a mean and a spread: got {_few(row)}")
    n, alike = len(row), bool(np.ptp(row) <= last_digits(row))
    if n < FEWEST:
        return Interval(mean, None, None, n, tuple(row.tolist()), scale, alike)
    if scale == "counted":
        return Interval(mean, *wilson(int(row.sum()), n), n, (), scale, alike)
    if alike:  # nothing scatters: by the rule of three at most 3 / n of all would differ
        room = (mean - low, high - mean) if np.isfinite([low, high]).all() else (0, 0)
        return Interval(mean, mean - 3 / n * room[0], mean + 3 / n * room[1], n, (), scale, True)
    half = float(stats.t.ppf(0.975, n - 1) * scatter / np.sqrt(n))
    if scale == "unbounded" or not low < mean < high:
        return Interval(mean, mean - half, mean + half, n, (), scale)
    to, back, slope = STRETCHED[scale]
    ends = back(to(mean) + np.array([-1, 1]) * half / slope(mean))
    return Interval(mean, float(ends[0]), float(ends[1]), n, (), scale)


def half_width(values, seeds: int) -> float:
    """What so many seeds will see: how far an interval of them is expected to reach to either side.

    values: of trial seeds, which are then not judged; their scatter is taken for that of the others.
    """
    from scipy import stats

    row, seeds = per_seed(values, "values"), whole(seeds, "seeds", least=FEWEST)
    if len(row) < 2 or not np.isfinite(row).all():
        raise ValueError(f"a scatter needs two finite values at least: got {_few(row)}")
    return float(stats.t.ppf(0.975, seeds - 1) * row.std(ddof=1) / np.sqrt(seeds))


def _few(row):
    said = ", ".join(f"{value:g}" for value in row[:4])
    return f"[{said}{', ...' if len(row) > 4 else ''}], {len(row)} in all"
