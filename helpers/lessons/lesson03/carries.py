"""How far the verdicts of lesson 03 carry: what its rules say in each setting, and in other mazes."""

import pandas as pd

from helpers.kit.judged import Judged, judged
from helpers.kit.multiverse import by_setting
from helpers.kit.parts import spans


def settings(multiverse: pd.DataFrame, rule: str) -> pd.DataFrame:
    """What a rule says in each setting, from the lowest effect to the highest: its effect, and its word."""
    found = by_setting(multiverse, rule)
    return _table(dict(sorted(found.items(), key=lambda one: _mean(one[1])))).rename_axis("setting")


def other_mazes(fresh: pd.DataFrame, rule: str) -> pd.DataFrame:
    """The same for sets of seeds, a thousand apart, each trained and tested in mazes of its own."""
    mine = fresh[fresh.rule == rule]
    return _table(
        {f"seeds {spans(rows.seed)}": judged(rows, rule) for _, rows in mine.groupby(mine.seed // 1000)}
    )


def _table(found: dict[str, Judged]) -> pd.DataFrame:
    rows = {
        name: {"effect": str(one.effect), "word": one.word if one.valid else f"{one.word}: {_gate(one)}"}
        for name, one in found.items()
    }
    return pd.DataFrame(rows).T


def _gate(one: Judged) -> str:
    return one.why.partition(":")[0]


def _mean(one: Judged) -> float:
    return float("inf") if one.effect is None else one.effect.mean
