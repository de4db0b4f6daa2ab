"""How runs lean, towards coin or flag, where both arms succeed equally often, and how widely.

A frame of runs has the columns method, seed, run, step and one for each metric. Runs of one `seed` begin from equal
weights where there are several (`run` 0, 1, ...). Every lean is measured in three sets of mazes. What a run's leans
have in common there is the run's own; a product of two of them, in the place of a square, adds no measurement.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from helpers.checked import share
from helpers.kit.frames import crossing
from helpers.lessons.lesson05.arms import INDEX, SETS, SKILL

TWO = (("A", "B"), ("A", "C"), ("B", "C"))  # the sets, two by two
LATE, END = "late", None  # at the highest of `LEVELS` that nearly all runs reach; at the end of each arm
LEVELS = (0.7, 0.72, 0.74, 0.76, 0.78, 0.8, 0.82)
NEARLY = 0.95  # of an arm's runs
AROUND = 2  # batches to either side of one, over which success is averaged
FEWEST = 6  # seeds of which one is left out


def late(runs: pd.DataFrame, arms: Sequence[str]) -> float:
    """The highest of `LEVELS` that nearly all runs of each of these arms reach, found from success alone.

    How much success a run comes to hangs on how hard the mazes are in which it is measured, so it is asked of the runs
    themselves. The lowest level where they reach none: the gate `attrition` says so then.
    """
    best = runs[runs.method.isin(arms)].groupby(["method", "seed", "run"])[SKILL].max()
    held = [level for level in LEVELS if ((best >= level).groupby("method").mean() >= NEARLY).all()]
    return max(held, default=LEVELS[0])


def at_level(runs: pd.DataFrame, level: float | None, metric: str = INDEX) -> pd.DataFrame:
    """A metric of each run (rows: seed, run) and arm (columns) when it first has a success of `level`.

    NaN for a run that never gets there, or whose second measurement is there already: see `crossing`. level: END: at
    the end of each arm, and so at unequal success.
    """
    found = {}
    for key, run in runs.sort_values("step").groupby(["method", "seed", "run"], sort=False):
        values = run[metric].to_numpy(dtype=float)
        found[key] = (
            values[-1] if level is END else crossing(run[SKILL].to_numpy(), values, share(level, "level"))
        )
    table = pd.Series(found).rename_axis(["method", "seed", "run"]).unstack("method")
    return table[list(runs.method.unique())].sort_index()


def over_five(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs, a batch's success replaced by the mean over five: its own and what was measured two to either side.

    One noisy batch then makes no moment. The last two batches are left out, since they have nothing after them.
    """
    keys, parts = ["seed", "run", "step"], []
    for _, arm in runs.groupby("method", sort=False):
        table = arm.pivot(index=keys[:2], columns="step", values=SKILL)
        near = {
            step: table.loc[:, step - AROUND : step + AROUND].mean(axis=1)
            for step in table
            if step + AROUND <= table.columns.max()
        }
        means = pd.concat(near, names=["step"]).rename(SKILL)
        parts.append(arm.drop(columns=SKILL).join(means, on=["step", *keys[:2]], how="inner"))
    return pd.concat(parts, ignore_index=True)[list(runs)]


def halved(runs: pd.DataFrame) -> pd.DataFrame:
    """Every other measurement of each run, the first and the last kept."""
    rank = runs.groupby(["method", "seed", "run"]).step
    return runs[(rank.rank(method="first") % 2 == 1) | (runs.step == rank.transform("max"))]


def in_sets(runs: pd.DataFrame, level: float | None, arms: Sequence[str]) -> dict[str, pd.DataFrame]:
    """The lean of each run of these arms in each of the three sets of mazes, at one moment."""
    return {name: at_level(runs, level, f"{INDEX}, {name}")[list(arms)] for name in SETS}


def first_runs(sets: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """One run of each seed, so that no two rows share anything."""
    return {name: table.xs(0, level="run") for name, table in sets.items()}


def variance(sets: dict[str, pd.Series]) -> float:
    """What runs scatter by themselves: the mean covariance of two sets of mazes."""
    return float(np.mean([sets[one].cov(sets[two]) for one, two in TWO]))


def within(sets: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """For each start and arm the sum of products from its mean, (sum, arm), and how many are free, (free, arm).

    NaN for a start of which an arm has fewer than two runs left: of one alone nobody knows how it scatters.
    """
    away = {name: table - table.groupby("seed").transform("mean") for name, table in sets.items()}
    products = sum(away[one] * away[two] for one, two in TWO) / len(TWO)
    starts = products.groupby("seed")
    table = pd.concat({"sum": starts.sum(), "free": starts.count() - 1.0}, axis=1)
    return table.where(table["free"].min(axis=1) > 0)


def from_one_start(each: pd.DataFrame, arm: str) -> float:
    """How widely an arm's runs from one start lean, of what `within` returns; NaN where none of them is free."""
    free = each["free", arm].sum()
    return root(each["sum", arm].sum() / free) if free > 0 else np.nan


def pseudo_values(rows: pd.DataFrame, statistic: Callable) -> pd.Series:
    """The jackknife's pseudo-values of a statistic of rows (Miller 1968), a value for each seed.

    Their mean is the statistic, less its bias of order 1 / n; their scatter gives its interval. NaN for a seed with a
    gap. All are NaN with fewer than six seeds, and where the statistic is no number once one is left out: that is no
    seed that did not get there, it is a measure that says nothing.
    """
    some, n = rows.dropna(), len(rows.dropna())
    nothing = pd.Series(np.nan, index=rows.index)
    if n < FEWEST:
        return nothing
    whole = statistic(some)
    found = {seed: n * whole - (n - 1) * statistic(some.drop(seed)) for seed in some.index}
    values = pd.Series(found, dtype=float)
    return values.reindex(rows.index) if np.isfinite(values).all() else nothing


def log_ratio(first: float, second: float) -> float:
    """Half the log of a ratio of two variances, which is that of their roots; NaN where one is not above 0."""
    return 0.5 * float(np.log(second / first)) if min(first, second) > 0 else np.nan


def root(value: float) -> float:
    """The root of an estimate of a variance, below 0 where the estimate is."""
    return float(np.sign(value) * np.sqrt(abs(value)))
