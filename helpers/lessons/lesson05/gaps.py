"""What the rules of lesson 05 judge: how much more widely one arm's runs scatter than another's, a value a seed.

Each is read off a frame of runs, see `leans`. Where it is a ratio its values are the jackknife's, so that their mean is
the natural logarithm of the ratio and their interval that of the jackknife.
"""

import numpy as np
import pandas as pd

from helpers.lessons.lesson05 import forecasts
from helpers.lessons.lesson05.arms import SETS
from helpers.lessons.lesson05.leans import (
    END,
    LATE,
    at_level,
    first_runs,
    in_sets,
    late,
    log_ratio,
    over_five,
    pseudo_values,
    variance,
    within,
)

EARLY = 0.5  # the success at which a run's later lean is forecast
EASY = 0.7  # the success of which pace is asked
SFT, PPO = "SFT", "PPO"
DENSE, LATER = "PPO, each step", "PPO, same total at the end"


def chosen(runs: pd.DataFrame, level: float | str | None, arms: tuple[str, str]) -> float | None:
    """The success at which these arms are compared: a level that was asked for, or for LATE the one that they reach."""
    return late(runs, arms) if level == LATE else level


def same_start_gap(
    runs: pd.DataFrame, level: float | str | None = LATE, *, arms: tuple[str, str] = (SFT, PPO)
) -> pd.Series:
    """Log of how many times as widely the second arm's runs from one start lean as the first's."""
    each = within(in_sets(runs, chosen(runs, level, arms), arms))
    by = lambda some, arm: some["sum", arm].sum() / some["free", arm].sum()
    return pseudo_values(each, lambda some: log_ratio(*(by(some, arm) for arm in arms)))


def start_gap(
    runs: pd.DataFrame, level: float | str | None = LATE, *, arms: tuple[str, str] = (SFT, PPO)
) -> pd.Series:
    """05.C9.start: `same_start_gap` where a mean over five batches of success first reaches the level."""
    return same_start_gap(over_five(runs), level, arms=arms)


def sparse_gap(
    runs: pd.DataFrame, level: float | str | None = LATE, *, arms: tuple[str, str] = (DENSE, LATER)
) -> pd.Series:
    """05.C21: the same, of PPO paid when the episode ends over PPO paid the same total at each step."""
    return start_gap(runs, level, arms=arms)


def spread_gap(
    runs: pd.DataFrame, level: float | str | None = LATE, *, arms: tuple[str, str] = (SFT, PPO)
) -> pd.Series:
    """05.C9.spread: log of how many times as widely the second arm's runs lean as the first's, first weights too."""
    rows = pd.concat(first_runs(in_sets(runs, chosen(runs, level, arms), arms)), axis=1)
    of = lambda some, arm: variance({name: some[name, arm] for name in SETS})
    return pseudo_values(rows, lambda some: log_ratio(*(of(some, arm) for arm in arms)))


def told_gap(
    runs: pd.DataFrame, level: float | None = END, *, arms: tuple[str, str] = (SFT, PPO)
) -> pd.Series:
    """05.C9.told: by how much the second arm's runs vary more than the first's at the end, squared walks in a hundred.

    Variances, not their roots: near 0 a root is no smooth function, and a jackknife of it tells nothing.
    """
    rows = pd.concat(first_runs(in_sets(runs, level, arms)), axis=1)
    of = lambda some, arm: 100**2 * variance({name: some[name, arm] for name in SETS})
    return pseudo_values(rows, lambda some: of(some, arms[1]) - of(some, arms[0]))


def early_gap(
    runs: pd.DataFrame, level: float | str = LATE, *, early: float = EARLY, arms: tuple[str, str] = (SFT, PPO)
) -> pd.Series:
    """05.C9.early: log of how much more of the second arm's lean is missed, knowing its beginning, than of the first's.

    Missed: the root of the squared miss over the variance, which is 1 where the beginning tells nothing. The lean is
    forecast from one set of mazes, and its misses in the two others multiplied: each has a line of its own, since one
    set's mean is not the other's. The three sets take turns.
    """
    times = {"early": early, "late": chosen(runs, level, arms)}
    sets = {when: first_runs(in_sets(runs, at, arms)) for when, at in times.items()}
    rows = pd.concat({(when, name): sets[when][name] for when in times for name in SETS}, axis=1)

    def missed(some, arm):
        late = {name: some["late", name, arm] for name in SETS}
        squared = []
        for seen in SETS:
            one, two = (
                forecasts.errors(some["early", seen, arm], late[name]) for name in SETS if name != seen
            )
            squared.append((one * two).mean())
        return np.mean(squared) / variance(late)

    return pseudo_values(rows, lambda some: log_ratio(*(missed(some, arm) for arm in arms)))


def pace_gap(runs: pd.DataFrame, level: float = EASY, *, arms: tuple[str, str] = (SFT, PPO)) -> pd.Series:
    """05.C9.pace: log of how many times as widely the second arm's log batches to a success scatter as the first's."""
    rows = np.log(at_level(runs, level, "step")[list(arms)].xs(0, level="run"))
    return pseudo_values(rows, lambda some: log_ratio(*(some[arm].var() for arm in arms)))
