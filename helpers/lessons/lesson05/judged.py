"""What the runs that lesson 05's rules judge say beside the word: at other successes, once more, told more seldom."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.kit.intervals import Interval, half_width
from helpers.kit.rules import rule
from helpers.lessons.lesson05 import experiment, leans
from helpers.lessons.lesson05.arms import EPISODES
from helpers.lessons.lesson05.closely import READ
from helpers.lessons.lesson05.gaps import EASY, PPO, SFT, pace_gap, same_start_gap, start_gap, told_gap
from helpers.lessons.lesson05.readings import all_luck, one_start, pace
from helpers.lessons.lesson05.schedules import SELDOM


def by_success(frame: pd.DataFrame, arms=(SFT, PPO), at: Sequence[float] = READ) -> pd.DataFrame:
    """What 05.C9.start and 05.C21 judge, wherever 95 in 100 runs get to: a row for each success, the last the rule's.

    frame: runs as the rules read them, `over_five`.

    Both spreads, in walks of a hundred, the log of their ratio and its 95 % interval.
    """
    read, rows = experiment.of_arms(frame, *arms), {}
    for level in at:
        there = leans.at_level(read, level)[list(arms)]
        if there.notna().mean().min() < leans.NEARLY:
            continue
        ratio = Interval.of(same_start_gap(read, level, arms=arms).dropna())
        spread = {arm: 100 * one_start(experiment.of_arms(read, arm), arm, level) for arm in arms}
        rows[level] = {**spread, "log of the ratio": ratio.mean, "low": ratio.low, "high": ratio.high}
    return pd.DataFrame(rows).T.rename_axis("success")


def repeated(starts: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame:
    """The log of the ratio of spreads from one start, found three times: a row each, with its 95 % interval.

    On 48 starts, on the same starts with other luck, and on the fresh ones of the verdict, each at its own success.
    """
    other = {f"{arm}, other luck": arm for arm in (SFT, PPO)}
    twin = experiment.of_arms(starts, *other)
    return _at_their_own(
        {
            "48 starts": starts,
            "the same, other luck": twin.assign(method=twin.method.map(other)),
            "64 other starts, after each batch": leans.over_five(experiment.of_arms(fresh, SFT, PPO)),
        },
        (SFT, PPO),
    )


def sees(frame: pd.DataFrame, starts: int) -> float:
    """How far the interval of 05.C9.start is expected to reach to either side with so many starts."""
    return half_width(start_gap(frame).dropna(), starts)


def paid_twice(starts: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame:
    """What 05.C21 judges, found twice: a row each, with its 95 % interval, each at its own success.

    On 48 starts, which an earlier form of the rule was judged on, and on the fresh ones of the verdict.
    """
    arms = experiment.ARMS_OF["05.C21"]
    other = leans.over_five(experiment.of_arms(fresh, *arms))
    return _at_their_own(
        {"48 starts, every twelfth batch": starts, "64 other starts, after each batch": other}, arms
    )


def _at_their_own(frames, arms):
    """The log of the ratio of spreads from one start, where each frame's own runs of these arms get to."""
    rows = {}
    for name, runs in frames.items():
        level = leans.late(runs, arms)
        found = Interval.of(same_start_gap(runs, level, arms=arms).dropna())
        rows[name] = {"success": level, "log of the ratio": found.mean, "low": found.low, "high": found.high}
    return pd.DataFrame(rows).T


def paces(frame: pd.DataFrame, at: Sequence[float] = (0.6, 0.65, EASY)) -> pd.DataFrame:
    """What 05.C9.pace judges, by the success that is asked of: a row for each.

    Both spreads of the log of the batches, the log of their ratio and its 95 % interval, mean episodes until then.
    """
    rows = {}
    for level in at:
        took = np.log(pace(frame, level))
        ratio = Interval.of(pace_gap(frame, level).dropna())
        spread = {"log of the ratio": ratio.mean, "low": ratio.low, "high": ratio.high}
        episodes = {f"{arm}, episodes": EPISODES[arm] * np.exp(took[arm]).mean() for arm in (SFT, PPO)}
        rows[level] = {**took.std(), **spread, **episodes}
    return pd.DataFrame(rows).T.rename_axis("success")


def never_and_told(apart: pd.DataFrame, told: pd.DataFrame) -> dict[str, tuple[str, pd.Series]]:
    """Leans at the end, where no maze of training tells coin from flag and where one in ten does: arm and values."""
    rows, ends = {}, [leans.at_level(frame, leans.END).xs(0, level="run") for frame in (apart, told)]
    for name, table, which in (
        ("never told", ends[0], ""),
        (SELDOM, ends[1], f", {SELDOM}"),
        ("told in one of 10", ends[1], ""),
    ):
        rows |= {f"{arm}, {name}": (arm, table[arm + which]) for arm in (SFT, PPO) if arm + which in table}
    return rows


def told_apart(told: pd.DataFrame) -> pd.DataFrame:
    """How widely runs lean at the end, standard deviations in walks of a hundred: what measuring adds taken out.

    A row for how often they were told, a column an arm; below 0 where the variance came out below 0.
    """
    rows = {"told in one of 10": "", SELDOM: f", {SELDOM}"}
    spread = lambda name: 100 * all_luck(experiment.of_arms(told, name), name, leans.END)
    found = {name: {arm: spread(arm + which) for arm in (SFT, PPO)} for name, which in rows.items()}
    return pd.DataFrame(found).T


def told_seldom(told: pd.DataFrame) -> str:
    """What 05.C9.told says, with all its gates, of the runs that were told in one maze of two hundred; a sentence."""
    arms = tuple(f"{arm}, {SELDOM}" for arm in (SFT, PPO))
    found = experiment.gates("05.C9.told", told, arms=arms)
    verdict = rule("05.C9.told").judge(told_gap(told, arms=arms), gates=found)
    said = f"The same rule with the same gates, {SELDOM} mazes: **{verdict.word}**, {verdict.effect} squared walks"
    return said + (f" ({'; '.join(verdict.reasons)})." if verdict.reasons else ".")
