"""How far the verdicts of lesson 03 carry: tables of settings and of other mazes, and the stored runs behind them."""

import numpy as np
import pandas as pd
import pytest

from helpers.kit import rule
from helpers.kit.gates import Gate
from helpers.kit.multiverse import by_setting
from helpers.kit.tables import stored
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
        rows(
            "failed",
            -0.1,
            valid=0,
            why="both ways: built to show it: 0.0; built not to: 0.0 (8 seeds); grid: too coarse",
        ),
        rows("of the other rule", 0.1, rule="03.C9"),
    ]
)


def test_settings_are_sorted_by_effect_each_with_its_word():
    table = carries.settings(MADE, "03.C8")
    assert list(table.index) == ["far below", "failed", "as in the lesson", "far above"]
    assert list(table.word) == ["OPPOSITE", "NOT VALID: both ways", "NO RELEVANT DIFFERENCE", "SUPPORTS"]
    assert table.effect["far above"].startswith("0.303 [0.301")


def test_a_setting_without_a_value_stands_at_the_end():
    empty = rows("nobody got there", np.nan, valid=0, why="attrition: none")
    table = carries.settings(pd.concat([MADE, empty]), "03.C8")
    assert table.index[-1] == "nobody got there" and table.word.iloc[-1] == "NOT VALID: attrition"


def test_sets_of_seeds_are_told_apart_by_their_thousands():
    sets = pd.concat([rows("", value, first=first) for value, first in ((0.3, 1000), (-0.3, 2000))])
    table = carries.other_mazes(sets, "03.C8")
    assert list(table.index) == ["seeds 1000-1007", "seeds 2000-2007"]
    assert list(table.word) == ["SUPPORTS", "OPPOSITE"]


def test_of_a_setting_without_a_word_the_first_reason_is_said_in_full():
    said = carries.reasons(MADE, "03.C8").splitlines()
    assert said[0] == "- *failed*: both ways: built to show it: 0.0; built not to: 0.0 (8 seeds)"


def test_settings_that_were_not_run_are_named():
    there = pd.concat([rows(name, 0.3) for name in carries.written_down("03.C8")])
    assert carries.reasons(there, "03.C8") == ""
    assert (
        carries.reasons(there[there.setting != "75 % together"], "03.C8") == "- *75 % together*: not run yet"
    )


# The stored runs, and what the lesson says of them.


@pytest.mark.parametrize("rule", ["03.C8", "03.C9"])
def test_every_setting_that_was_written_down_was_judged_with_its_gates_or_is_said_to_be_missing(rule):
    table, names = stored("multiverse_03"), carries.written_down(rule)
    found = by_setting(table, rule)
    assert list(found) == [name for name in names if name in found] and names[0] in found
    assert len(names) - len(found) <= table.attrs["missing"]
    assert all(one.valid or one.why for one in found.values())


def test_at_equal_success_sft_is_ahead_in_no_setting_and_after_equal_batches_it_is():
    found = by_setting(stored("multiverse_03"), "03.C8")
    batches = found.pop("after 50 batches each")
    assert batches.effect.low > 0.09
    assert all(one.effect.high < 0 for one in found.values() if one.effect is not None)


def test_settings_without_a_word_on_c8_are_single_levels_or_begin_past_the_levels():
    failed = {
        name: one.why for name, one in by_setting(stored("multiverse_03"), "03.C8").items() if not one.valid
    }
    assert "attrition" in failed.pop("an SFT start without a side")
    assert failed.pop("at a success of 0.6 alone").startswith(
        "both ways: built to show it"
    )  # nobody has a side
    assert failed.pop("at a success of 0.75 alone").startswith("noise")  # SFT's index is steep there
    assert not failed


def test_in_other_mazes_the_control_of_c8_parts():
    found = carries.sets(stored("fresh_03"), "03.C8")
    assert len(found) >= 3 and not any("both ways" in one.why for one in found.values())
    assert all(one.effect.high < 0 for one in found.values())


def test_no_setting_says_of_c9_that_either_scatters_more_by_what_matters():
    found = by_setting(stored("multiverse_03"), "03.C9")
    assert not {"SUPPORTS", "OPPOSITE"} & {one.word for one in found.values()}
    assert found["90 % together, told alike"].effect.low > 0


# What is said of other mazes.


def other(means, failed=()):
    """Sets of eight seeds with these effects, those that are named without a word."""
    why = "both ways: built to show it: 0.07 [0.06, 0.08]; built not to: 0.00 [0.00, 0.00] (8 of 8 and 8 of 8 seeds)"
    return pd.concat(
        [
            rows("", mean, first=1000 * at, valid=int(at not in failed), why=why if at in failed else "")
            for at, mean in enumerate(means, 1)
        ]
    )


CONTROL = Gate(
    "both ways", True, "built to show it: 0.13 [0.12, 0.13]; built not to: 0.00 [-0.01, 0.01] (8 seeds)"
)
HELD = [Gate(name, True, "") for name in rule("03.C8").needs if name != "both ways"]


@pytest.mark.parametrize(
    "means, failed, says",
    [
        ((-0.3, -0.3), (), ["effect repeats", "word holds", "gates hold in 2 of 2", "OPPOSITE in 2 of 2"]),
        (
            (-0.3, 0.3),
            (),
            ["effect does not surely repeat", "in 1 of them on the same side", "OPPOSITE in 1 of 2"],
        ),
        (
            (-0.3, -0.2),
            (2,),
            ["effect repeats", "word holds in some", "`both ways` in 1", "0.13 [0.12, 0.13] here", "0.07"],
        ),
        ((-0.3, -0.2), (1, 2), ["effect repeats", "word does not hold", "gates hold in 0 of 2"]),
        ((-0.3, -0.05), (), ["There is a word in each, and not always the same", "gates hold in 2 of 2"]),
        ((-0.3, -0.31, -0.32, -0.33), (), ["With each set as one value", "**-0.31 [-0.33, -0.29]**"]),
    ],
)
def test_of_other_mazes_it_is_said_whether_the_effect_repeats_and_whether_the_word_holds(means, failed, says):
    verdict = rule("03.C8").judge(rows("", -0.3).set_index("seed").value, gates=[*HELD, CONTROL])
    said = carries.in_other_mazes(verdict, other(means, failed))
    assert verdict.valid and all(text in said for text in says), said
