"""What the rules of lesson 12 judge: each run is read where its reward first reaches a level.

A reward of 64 short answers is noisy. So each measurement is averaged with its neighbours, up to two on each side; the
level is passed between the two measurements at which these means lie on either side of it, and values are read there,
on a straight line between two measurements one or two steps apart.
"""

import numpy as np
import pandas as pd

from helpers.lessons.lesson12.arms import GRPO, NEAR, TEACHER
from helpers.lessons.lesson12.measures import DRIFT, ENTROPY, REWARD

LEVEL = 0.5  # the reward at which arms are compared
NEIGHBOURS = 2  # on each side
RATES = {TEACHER: 3e-4, GRPO: 3e-4, NEAR: 1e-3}  # chosen on other seeds


def smooth(values, neighbours: int = NEIGHBOURS) -> np.ndarray:
    """Each value's mean with its neighbours, as many on either side; fewer towards the ends."""
    values, last = np.asarray(values, float), len(values) - 1
    reach = [min(neighbours, place, last - place) for place in range(last + 1)]
    return np.array([values[at - r : at + r + 1].mean() for at, r in enumerate(reach)])


def at_level(
    runs: pd.DataFrame,
    *metrics: str,
    level: float = LEVEL,
    reward: str = REWARD,
    neighbours: int = NEIGHBOURS,
    every: int = 1,
) -> pd.DataFrame:
    """Metrics of each run where its reward first reaches the level, and at which step: a row for each run.

    NaN where a run never gets there, where it gets there before its second measurement, and where a metric was not
    measured on both sides. every: use only so many of the measurements, 2 for every other one.
    """
    rows = []
    for key, run in runs.groupby(["method", "lr", "seed"], sort=False):
        table = run.pivot(index="step", columns="metric", values="value").reindex(columns=[reward, *metrics])
        table = table[table[reward].notna()].iloc[::every].reset_index()
        means = smooth(table[reward], neighbours)
        above = np.flatnonzero(means >= level)
        after = above[0] if len(above) else 0
        found = [np.nan] * (1 + len(metrics))
        if after > 1:
            share = (level - means[after - 1]) / (means[after] - means[after - 1])
            sides = table.loc[[after - 1, after], ["step", *metrics]].to_numpy(float)
            found = (sides[0] + share * (sides[1] - sides[0])).tolist()
        rows.append((*key, *found))
    return pd.DataFrame(rows, columns=["method", "lr", "seed", "step", *metrics])


def across(runs: pd.DataFrame, metric: str, arms=(GRPO, TEACHER), rates=RATES, **how) -> pd.DataFrame:
    """A metric at the level: seeds down, arms across, each at its rate; the seeds that all these arms have run."""
    chosen = [runs[(runs.method == arm) & np.isclose(runs.lr, rates[arm])] for arm in arms]
    there = set.intersection(*(set(one.seed) for one in chosen))
    found = at_level(pd.concat(chosen), metric, **how) if there else at_level(runs[:0], metric)
    table = found.pivot(index="seed", columns="method", values=metric).reindex(columns=list(arms))
    return table.loc[sorted(there)]


def drift_gap(runs: pd.DataFrame, metric: str = DRIFT, **how) -> pd.Series:
    """12.C9: drift elsewhere at the level, GRPO less SFT on the teacher's text, nats a token, for each seed."""
    found = across(runs, metric, **how)
    return found[GRPO] - found[TEACHER]


def tell_gap(runs: pd.DataFrame, metric: str = DRIFT, **how) -> pd.Series:
    """12.C9.tell: how far a seed's log drift lies from the mean of the others', GRPO less SFT on the teacher's text."""
    error = untold(np.log(across(runs, metric, **how)))
    return error[GRPO] - error[TEACHER]


def untold(table: pd.DataFrame) -> pd.DataFrame:
    """How far each seed's value lies from the mean of the other seeds' of its arm."""
    others = (table.sum() - table) / (table.notna().sum() - 1)
    return (table - others).abs()


def words_gap(runs: pd.DataFrame, metric: str = DRIFT, **how) -> pd.Series:
    """12.C18: drift elsewhere at the level, SFT on the far teacher's text less SFT on the near one's, for each seed."""
    found = across(runs, metric, (TEACHER, NEAR), **how)
    return found[TEACHER] - found[NEAR]


def narrowing(runs: pd.DataFrame, arm: str = GRPO, **how) -> pd.Series:
    """12.C7: entropy before training less entropy at the level, nats a token, for each seed.

    Before training all seeds are one model, so that its entropy is the mean of what was measured at all of them.
    """
    before = runs[(runs.metric == ENTROPY) & (runs.step == 0)].groupby("seed").value.first().mean()
    return before - across(runs, ENTROPY, (arm,), **how)[arm]
