"""Lesson 12's experiment: what the stored long runs say, and what must hold before a rule may say a word."""

import pandas as pd

from helpers.kit import Interval, rule
from helpers.kit import gates as kit
from helpers.kit.gates import Gate
from helpers.lessons.lesson12 import levels
from helpers.lessons.lesson12.arms import GRPO, NEAR, NULL, TEACHER
from helpers.lessons.lesson12.levels import drift_gap, narrowing, tell_gap, words_gap
from helpers.lessons.lesson12.measures import DRIFT, ENTROPY, HALVES, REWARD

MEASURES = {"12.C9": drift_gap, "12.C9.tell": tell_gap, "12.C18": words_gap, "12.C7": narrowing}
COMPARED = {
    "12.C9": (GRPO, TEACHER),
    "12.C9.tell": (GRPO, TEACHER),
    "12.C18": (TEACHER, NEAR),
    "12.C7": (GRPO,),
}
PLANNED = 6  # seeds, at least
GAINED = 0.2  # reward: what an arm was trained for


def gates_of(name: str, runs: pd.DataFrame) -> list[Gate]:
    """What must hold before a rule of this lesson says a word."""
    measure, arms, matters = MEASURES[name], COMPARED[name], rule(name).matters
    return [
        gained(runs, arms),
        null(runs),
        noise(*(measure(runs, reward=half) for half in HALVES), matters=matters),
        kit.grid(measure(runs), measure(runs, every=2), matters=matters),
        kit.attrition(levels.across(runs, ENTROPY if name == "12.C7" else DRIFT, arms), least=0.9),
        enough(measure(runs)),
    ]


def gained(runs: pd.DataFrame, arms) -> Gate:
    """Positive control: the arms became more cheerful, by answers that did not decide where they are read."""
    first, second = HALVES
    found = levels.across(runs, second, arms, reward=first)
    begun = runs[(runs.metric == REWARD) & (runs.step == 0)].groupby("seed").value.first().mean()
    gains = {arm: Interval.of((found[arm] - begun).dropna()) for arm in arms}
    says = "where one half of the answers reaches the level, the other half has gained "
    says += ", ".join(f"{arm} {gain}" for arm, gain in gains.items())
    return Gate("moved", all(gain.known and gain.low > GAINED for gain in gains.values()), says)


def noise(first: pd.Series, second: pd.Series, *, matters: float) -> Gate:
    """Either half of the answers alone finds nearly the same: it is sure enough where the level is passed."""
    there = first.notna() & second.notna()
    if there.sum() < kit.FEWEST:
        return Gate("noise", False, f"{there.sum()} seeds can be read by either half of the answers alone")
    return kit.noise(first[there], second[there], matters=matters)


def null(runs: pd.DataFrame) -> Gate:
    """The null arm does nothing that matters: the whole interval of its reward's change and of its drift is smaller."""
    said, passed = [], True
    mine = runs[runs.method == NULL]
    for metric, matters in ((REWARD, GAINED), (DRIFT, rule("12.C9").matters)):
        table = mine[mine.metric == metric].pivot(index="seed", columns="step", values="value")
        moved = Interval.of((table[table.columns[-1]] - table[0]).dropna())
        passed &= moved.known and max(-moved.low, moved.high) < matters
        said.append(f"{metric} {moved} (what matters is {matters:g})")
    return Gate("null", bool(passed), "without a reward of its own moved " + ", ".join(said))


def enough(values: pd.Series) -> Gate:
    """As many seeds as were planned at the least have a value."""
    there = int(values.notna().sum())
    return Gate("seeds", there >= PLANNED, f"{there} have a value, {PLANNED} are needed")
