"""How far the verdicts of lesson 03 carry: tables of settings and of other mazes, and the stored runs behind them."""

import numpy as np
import pandas as pd

from helpers.lessons.lesson03 import carries


def rows(setting, value, *, valid=1, why="", first=0, rule="03.C8"):
    """Eight seeds of one setting, close to a value."""
    seeds = range(first, first + 8)
    values = value + 0.001 * np.arange(8)
    return pd.DataFrame(
        {"setting": setting, "rule": rule, "seed": seeds, "value": values, "valid": valid, "why": why}
    )


MADE = pd.concat(
    [
        rows("as in the lesson", 0.0),
        rows("far above", 0.3),
        rows("far below", -0.3),
        rows("failed", -0.1, valid=0, why="both ways: it could not be seen: at all; grid: too coarse"),
        rows("of the other rule", 0.1, rule="03.C9"),
    ]
)


def test_settings_are_sorted_by_effect_each_with_its_word():
    table = carries.settings(MADE, "03.C8")
    assert list(table.index) == ["far below", "failed", "as in the lesson", "far above"]
    assert list(table.word) == ["OPPOSITE", "NOT VALID: both ways", "NO RELEVANT DIFFERENCE", "SUPPORTS"]
    assert table.effect["far above"].startswith("0.30 [0.30")


def test_a_setting_without_a_value_stands_at_the_end():
    empty = rows("nobody got there", np.nan, valid=0, why="attrition: none")
    table = carries.settings(pd.concat([MADE, empty]), "03.C8")
    assert table.index[-1] == "nobody got there" and table.word.iloc[-1] == "NOT VALID: attrition"


def test_sets_of_seeds_are_told_apart_by_their_thousands():
    sets = pd.concat([rows("", value, first=first) for value, first in ((0.3, 1000), (-0.3, 2000))])
    table = carries.other_mazes(sets, "03.C8")
    assert list(table.index) == ["seeds 1000-1007", "seeds 2000-2007"]
    assert list(table.word) == ["SUPPORTS", "OPPOSITE"]
