"""What lesson 05 reads beside its verdicts: runs that are trained live, spreads against success, forecasts, batches."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from helpers.checked import number, whole
from helpers.kit.intervals import Interval
from helpers.kit.multiverse import by_setting
from helpers.kit.pages import say
from helpers.kit.tables import provenance, stored
from helpers.lessons.lesson05 import components, experiment, forecasts, leans
from helpers.lessons.lesson05.arms import SETS
from helpers.lessons.lesson05.gaps import (
    EARLY,
    EASY,
    PPO,
    SFT,
    early_gap,
)
from helpers.lessons.lesson05.gates import strangers
from helpers.lessons.lesson05.schedules import ONLY_LATE, when
from helpers.lessons.lesson05.settings import SETTINGS

LOWER = (0.5, 0.55, 0.6, 0.65)
SHOWN = (0.5, 0.6, 0.65, 0.7, 0.74, 0.78)  # further up, more than one run in ten is missing
WRITTEN = [one["setting"] for one in SETTINGS]
MOST = 0.9  # of an arm's runs, without which no spread is read
ORDERS = 4  # of the mazes, with each first weights of the crossed plan


def runs_of(plan: str) -> pd.DataFrame:
    """The stored runs of a plan: "starts", "closely", "apart", "told", "paces", "paid", "crossed", "batches"."""
    frame = stored(f"{plan}_05")
    # names of columns as Python's own texts: of a thousand runs one by one, each is found in four fifths of the time
    return frame.set_axis(frame.columns.astype(object), axis=1)


def minutes(plan: str) -> float:
    """How long the stored runs of a plan took in all, on one core."""
    return float(provenance(f"{plan}_05")["minutes"])


def live(starts: Sequence[int], *, runs: int = 4, longer: float = 1.0) -> pd.DataFrame:
    """SFT and PPO live, so many runs from each start. longer: a factor on the batches of both."""
    longer, runs, parts = number(longer, "LONGER", above=0), whole(runs, "RUNS", least=2), []
    for arm in (SFT, PPO):
        how = when(arm, longer, ONLY_LATE)
        parts.append(experiment.one_run(starts, arm=arm, runs=runs, **how).assign(method=arm))
    return pd.concat(parts, ignore_index=True)


def one_start(frame: pd.DataFrame, arm: str, level: float | None) -> float:
    """How widely an arm's runs from one start lean, a standard deviation, what measuring adds taken out."""
    return leans.from_one_start(leans.within(leans.in_sets(frame, level, [arm])), arm)


def with_reach(frame: pd.DataFrame, arm: str, level: float | None) -> tuple[float, float, float]:
    """What `one_start` says, and its 95 % interval: the jackknife's over starts, of the logarithm."""
    each = leans.within(leans.in_sets(frame, level, [arm]))
    of = lambda some: leans.log_ratio(1.0, some["sum"].sum() / some["free"].sum())
    known = Interval.of(leans.pseudo_values(each.set_axis(["sum", "free"], axis=1), of).dropna())
    return leans.from_one_start(each, arm), float(np.exp(known.low)), float(np.exp(known.high))


def all_luck(frame: pd.DataFrame, arm: str, level: float | None) -> float:
    """The same of runs that share nothing: the first of each start."""
    sets = leans.first_runs(leans.in_sets(frame, level, [arm]))
    return leans.root(leans.variance({name: sets[name][arm] for name in SETS}))


def spreads(starts: pd.DataFrame, apart: pd.DataFrame, at: Sequence[float] = SHOWN) -> pd.DataFrame:
    """Standard deviations of leans, a row for each success: of either arm from one start, and with all luck."""
    kinds = {"one start": (one_start, starts), "all luck": (all_luck, apart)}
    found = {
        f"{arm}, {kind}": {level: of(experiment.of_arms(frame, arm), arm, level) for level in at}
        for kind, (of, frame) in kinds.items()
        for arm in (SFT, PPO)
    }
    return pd.DataFrame(found).rename_axis("success")


def bars(starts: pd.DataFrame, at: Sequence[float] = SHOWN) -> dict[str, pd.DataFrame]:
    """The intervals of `spreads` from one start: low and high, a row for each success."""
    found = {}
    for arm in (SFT, PPO):
        mine = experiment.of_arms(starts, arm)
        rows = {level: with_reach(mine, arm, level)[1:] for level in at}
        found[f"{arm}, one start"] = pd.DataFrame.from_dict(rows, orient="index", columns=["low", "high"])
    return found


def reach(frame: pd.DataFrame, level: float | None) -> dict[str, float]:
    """The least and the most lean of each arm's runs at a success, or at the end where no run of an arm gets there."""
    table, end, found = leans.at_level(frame, level), leans.at_level(frame, leans.END), {}
    for arm in (SFT, PPO):
        values = table[arm].dropna()
        if values.empty:
            values = end[arm]
            say(f"No run of {arm} has a success of {level:g}: told are its leans at the end of training.")
        found |= {f"{arm}, least": float(values.min()), f"{arm}, most": float(values.max())}
    return found


def crossed(frame: pd.DataFrame) -> tuple[float, dict[str, int], pd.DataFrame]:
    """What each kind of luck does by itself: standard deviations, walks in a hundred, from runs of crossed luck.

    Returns the success at which they are read, of how many first weights all runs got there, and the table: below 0
    where the variance is estimated below 0. Intervals are those of the variances, and their roots are taken.
    """
    level = leans.late(frame, (SFT, PPO))
    sets, whole, parts = leans.in_sets(frame, level, (SFT, PPO)), {}, {}
    for arm in (SFT, PPO):
        tables = {name: sets[name][arm].unstack("run").dropna() for name in SETS}
        whole[arm] = len(tables["A"])
        values = {name: table.to_numpy().reshape(len(table), ORDERS, -1) for name, table in tables.items()}
        found = [components.with_intervals(values[one], values[two]) for one, two in leans.TWO]
        mean = sum(found) / len(found)
        parts[arm] = mean.map(lambda value: 100 * leans.root(value))
    return level, whole, pd.concat(parts, names=["arm", "luck"])


def early_and_late(frame: pd.DataFrame, level: float, early: float = EARLY) -> dict[str, pd.DataFrame]:
    """Each run's lean at a low and a high success, arm by arm; runs that share nothing."""
    both = {
        when: leans.at_level(frame, at).xs(0, level="run") for when, at in (("early", early), ("late", level))
    }
    return {arm: pd.DataFrame({when: both[when][arm] for when in both}).dropna() for arm in (SFT, PPO)}


def told_early(frame: pd.DataFrame, level: float, of: Callable) -> pd.DataFrame:
    """How good forecasts are, made by `of(early, late, mine) -> mean, width` from all other runs, by arm.

    Columns: the spread, what is missed on average, both standard deviations; the share of runs within two widths.
    """
    import torch

    rows = {}
    for arm, table in early_and_late(frame, level).items():
        early, late = (torch.tensor(table[name].to_numpy(), dtype=torch.float32) for name in table)
        missed, within = [], []
        for run in range(len(table)):
            others = torch.arange(len(table)) != run
            mean, width = (float(one) for one in of(early[others], late[others], early[run]))
            missed.append(float(late[run]) - mean)
            within.append(abs(missed[-1]) < 2 * width)
        rows[arm] = {
            "runs": len(table),
            "spread of ends": table.late.std(),
            "missed, knowing the beginning": float(np.mean(np.square(missed)) ** 0.5),
            "within two widths": float(np.mean(within)),
            "gain, nats": forecasts.from_beginning(table.early, table.late).gain.mean(),
        }
    return pd.DataFrame(rows).T.astype({"runs": int})


def early(frame: pd.DataFrame, level: float) -> pd.DataFrame:
    """Log of how much more of PPO's lean is missed than of SFT's, and the most that can be: beginnings of strangers."""
    two = experiment.of_arms(frame, SFT, PPO)
    other = strangers(experiment.of_arms(frame, SFT), (EARLY + level) / 2).assign(method="strangers")
    found = {
        "PPO over SFT": early_gap(two, level),
        "beginnings of strangers over SFT": early_gap(
            pd.concat([two, other]), level, arms=(SFT, "strangers")
        ),
    }
    each = {name: Interval.of(values.dropna()) for name, values in found.items()}
    return pd.DataFrame(
        {name: [one.mean, one.low, one.high] for name, one in each.items()}, index=["log", "low", "high"]
    ).T


def pace(frame: pd.DataFrame, level: float = EASY) -> pd.DataFrame:
    """The batches until a success is first there: runs that share nothing, a column an arm."""
    return leans.at_level(experiment.of_arms(frame, SFT, PPO), level, "step").xs(0, level="run")[[SFT, PPO]]


def batches(frame: pd.DataFrame, level: float) -> pd.DataFrame:
    """How widely runs from one start lean at a success, by the episodes in a batch: columns method, episodes, ...

    spread, with the jackknife's interval over starts, low and high; NaN where fewer than nine in ten runs can be read
    there: they do not get there, or are there at the second measurement already. there: the share that can.
    """
    cells = frame.assign(method=frame.method + ", " + frame.episodes.astype(str))
    rows = []
    for name in dict.fromkeys(cells.method):
        arm, _, episodes = name.partition(", ")
        mine = cells[cells.method == name]
        share = float(leans.at_level(mine, level)[name].notna().mean())
        row = {"method": arm, "episodes": int(episodes), "there": share}
        spread = low = high = np.nan
        if share >= MOST:
            spread, low, high = with_reach(mine, name, level)
        rows.append(row | {"spread": spread, "low": low, "high": high})
    return pd.DataFrame(rows)


def multiverse() -> pd.DataFrame:
    """What 05.C9.start judges in every setting: the stored table of the long runs."""
    return stored("multiverse_05")


def settings_in_words(
    table: pd.DataFrame, name: str = "05.C9.start", matters: float = 0.405, written: Sequence[str] = WRITTEN
) -> str:
    """The settings by their estimate alone, whatever their gates: wider under PPO, or SFT, by what matters; or neither.

    A setting without an estimate is one in which an arm does not get there. A kind without a setting is left out.
    written: the names of all that were written down, of which those that the table lacks are not run yet.
    """
    kinds = {
        "PPO wider by half or more": [],
        "SFT wider by half or more": [],
        "neither": [],
        "no estimate": [],
    }
    wider, narrower, neither, none = kinds.values()
    found = by_setting(table, name)
    for setting, one in found.items():
        mean = one.effect.mean if one.effect else None
        into = none if mean is None else wider if mean > matters else narrower if mean < -matters else neither
        into.append(setting)
    said = [
        f"**{kind}** in {len(one)} of {len(found)}: {'; '.join(one)}" for kind, one in kinds.items() if one
    ]
    if missing := [one for one in written if one not in found]:
        said.append(f"Written down and not run yet: {'; '.join(missing)}")
    return ". ".join(said) + "."
