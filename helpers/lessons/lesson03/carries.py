"""How far the verdicts of lesson 03 carry: what its rules say in each setting, and in other mazes."""

import re

import pandas as pd

from helpers.kit.judged import Judged, judged
from helpers.kit.multiverse import by_setting
from helpers.kit.parts import spans
from helpers.lessons.lesson03.experiment import MEASURES as RULES
from helpers.lessons.lesson03.long_runs import SETTINGS


def settings(multiverse: pd.DataFrame, rule: str) -> pd.DataFrame:
    """What a rule says in each setting, from the lowest effect to the highest: its effect, and its word."""
    found = by_setting(multiverse, rule)
    return _table(dict(sorted(found.items(), key=lambda one: _mean(one[1])))).rename_axis("setting")


def reasons(multiverse: pd.DataFrame, rule: str) -> str:
    """What failed in each setting that has no word, and which were not run yet, as a list in Markdown."""
    found = by_setting(multiverse, rule)
    failed = [f"- *{name}*: {_first(one)}" for name, one in found.items() if not one.valid]
    missing = [f"- *{name}*: not run yet" for name in written_down(rule) if name not in found]
    return "\n".join([*failed, *missing])


def written_down(rule: str) -> list[str]:
    """The settings that are about a rule."""
    return [one["setting"] for one in SETTINGS if rule in one.get("rules", RULES)]


def other_mazes(fresh: pd.DataFrame, rule: str) -> pd.DataFrame:
    """The same for sets of seeds, a thousand apart, each trained and tested in mazes of its own."""
    mine = fresh[fresh.rule == rule]
    return _table(
        {f"seeds {spans(rows.seed)}": judged(rows, rule) for _, rows in mine.groupby(mine.seed // 1000)}
    )


def _table(found: dict[str, Judged]) -> pd.DataFrame:
    rows = {
        name: {
            "effect": "no value" if one.effect is None else str(one.effect),
            "word": one.word if one.valid else f"{one.word}: {_gate(one)}",
        }
        for name, one in found.items()
    }
    return pd.DataFrame(rows).T


def _gate(one: Judged) -> str:
    return one.why.partition(":")[0]


def _first(one: Judged) -> str:
    """The first reason; those behind it begin with the name of their gate, too."""
    return re.split(r"; (?=[a-z ]+: )(?!built not to)", one.why)[0]


def _mean(one: Judged) -> float:
    return float("inf") if one.effect is None else one.effect.mean
