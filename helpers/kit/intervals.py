"""Intervals over seeds: how far a result would move if all were done again with other seeds."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with its 95 % interval (Student's t), in the unit of what was measured."""

    mean: float
    low: float
    high: float
    seeds: int

    @classmethod
    def of(cls, values: Iterable[float]) -> "Interval":
        """The interval of one value for each seed. Needs two seeds at least; equal values give a width of 0."""
        from scipy import stats  # half a second, which every lesson's first cell would wait for

        values = np.asarray(list(values), dtype=float)
        if len(values) < 2 or not np.isfinite(values).all():
            raise ValueError(f"an interval needs two finite values at least: got {values.tolist()}")
        half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
        return cls(values.mean(), values.mean() - half, values.mean() + half, len(values))

    def __str__(self) -> str:
        return f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"
