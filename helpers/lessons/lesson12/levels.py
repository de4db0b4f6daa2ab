"""What the rules of lesson 12 judge: each run is read where its reward first reaches a level.

A reward of 64 short answers is noisy. So each measurement is averaged with its neighbours, up to two on each side; the
level is passed between the two measurements at which these means lie on either side of it, and values are read there,
on a straight line between two measurements one or two steps apart.
"""

import numpy as np
import pandas as pd

from helpers.kit.intervals import FEWEST, Interval
from helpers.kit.spreads import spread_ratio
from helpers.lessons.lesson12.arms import GRPO, NEAR, NULL, TEACHER
from helpers.lessons.lesson12.measures import DRIFT, ENTROPY, HALVES, REWARD

LEVEL = 0.5  # the reward at which arms are compared
NEIGHBOURS = 2  # on each side
RATES = {TEACHER: 3e-4, GRPO: 3e-4, NEAR: 1e-3, NULL: 3e-4}  # chosen on other seeds; the arms of a whole seed


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


def whole_seeds(runs: pd.DataFrame) -> list[int]:
    """The seeds of which all arms of the plan `matched` are finished, each at its rate: only these are judged."""
    made = [set(runs[(runs.method == arm) & np.isclose(runs.lr, rate)].seed) for arm, rate in RATES.items()]
    return sorted(set.intersection(*made))


def across(runs: pd.DataFrame, metric: str, arms=(GRPO, TEACHER), rates=RATES, **how) -> pd.DataFrame:
    """A metric at the level: whole seeds down, arms across, each at its rate; the seeds that all these arms have."""
    chosen = [runs[(runs.method == arm) & np.isclose(runs.lr, rates[arm])] for arm in arms]
    there = sorted(set(whole_seeds(runs)).intersection(*(set(one.seed) for one in chosen)))
    found = at_level(pd.concat(chosen), metric, **how) if there else at_level(runs[:0], metric)
    table = found.pivot(index="seed", columns="method", values=metric).reindex(columns=list(arms))
    return table.reindex(there)


def far_less_grpo(runs: pd.DataFrame, metric: str = DRIFT, arms=(TEACHER, GRPO), **how) -> pd.Series:
    """12.razor: drift elsewhere at the level, SFT on the far teacher's text less GRPO, nats a token, each seed."""
    found = across(runs, metric, arms, **how)
    return found[arms[0]] - found[arms[1]]


def far_less_near(runs: pd.DataFrame, metric: str = DRIFT, arms=(TEACHER, NEAR), **how) -> pd.Series:
    """12.C18: drift elsewhere at the level, SFT on the far teacher's text less SFT on the near one's, for each seed."""
    found = across(runs, metric, arms, **how)
    return found[arms[0]] - found[arms[1]]


def narrowing(runs: pd.DataFrame, metric: str = ENTROPY, arms=(GRPO,), **how) -> pd.Series:
    """12.narrow: entropy before training less entropy at the level, nats a token, for each seed.

    Before training all seeds are one model, so that its entropy is the mean of what was measured at all of them.
    """
    before = runs[(runs.metric == metric) & (runs.step == 0)].groupby("seed").value.first().mean()
    return before - across(runs, metric, arms, **how)[arms[0]]


def tell_ratio(runs: pd.DataFrame, metric: str = DRIFT, arms=(GRPO, TEACHER), **how) -> Interval | pd.Series:
    """12.C9.tell: log of how many times as widely GRPO's log drift at the level scatters over seeds as the teacher's.

    The interval is that of Pitman and Morgan for paired values, moved by what the scatter of reading the level adds to
    either arm (`reading_noise`). With fewer than four seeds there is none, and each seed is NaN.
    """
    table = np.log(across(runs, metric, arms, **how))
    there = table.dropna()
    if len(there) < FEWEST:
        return pd.Series(np.nan, index=table.index)
    ratio = spread_ratio(there[arms[0]], there[arms[1]])
    left = 1 - noise_share(runs, metric, arms, **how)
    by = 0.5 * np.log(left[arms[0]] / left[arms[1]])
    mean, low, high = np.log([ratio.mean, ratio.low, ratio.high]) + by
    return Interval(float(mean), float(low), float(high), ratio.seeds)


def reading_noise(runs: pd.DataFrame, metric: str = DRIFT, arms=(GRPO, TEACHER), **how) -> pd.Series:
    """Variance that reading the level from so few answers adds to a log drift, for each arm.

    Either half of the answers passes the level somewhere, and what both read differs by four times that variance.
    """
    halves = [np.log(across(runs, metric, arms, **{**how, "reward": half})) for half in HALVES]
    return ((halves[0] - halves[1]) ** 2).mean() / 4


def noise_share(runs: pd.DataFrame, metric: str = DRIFT, arms=(GRPO, TEACHER), **how) -> pd.Series:
    """Which share of the scatter of an arm's log drift over seeds is that of reading it; a half where it is more."""
    scatter = np.log(across(runs, metric, arms, **how)).dropna().var()
    return (reading_noise(runs, metric, arms, **how) / scatter).clip(upper=0.5).fillna(0.0)


def tell_in_nats(runs: pd.DataFrame, metric: str = DRIFT, arms=(GRPO, TEACHER), **how) -> pd.Series:
    """How far each seed's drift lies from the mean of the other seeds', GRPO less the teacher, in nats a token."""
    found = across(runs, metric, arms, **how)
    others = (found.sum() - found) / (found.notna().sum() - 1)
    error = (found - others).abs()
    return error[arms[0]] - error[arms[1]]
