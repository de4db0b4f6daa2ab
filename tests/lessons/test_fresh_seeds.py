"""Every rule again on seeds that nothing was chosen on: the effect must keep the word that the lesson's has."""

import pandas as pd
import pytest

from helpers.kit.intervals import Interval
from helpers.kit.tables import stored
from helpers.kit.verdicts import ledger, rule, rules
from helpers.lessons.lesson12 import experiment as drift

LESSONS = ["00", "01"]  # lesson 12 judges all its seeds together; 03's plan waits for its new rules


def word(name: str, values: pd.Series) -> str:
    """What a rule says of these values; whether its gates hold is another question."""
    return rule(name).word(Interval.of(values.dropna(), rule(name).scale))


def in_the_lesson(name: str) -> str:
    """What it says of the effect that the lesson has stored."""
    row = ledger().set_index("name").loc[name]
    return rule(name).word(Interval(row["mean"], row.low, row.high, row.seeds))


def eighteen_seeds() -> pd.DataFrame:
    return pd.concat(stored(name) for name in ("drift", "fresh_drift"))


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_rule_says_the_same_on_five_fresh_sets_of_seeds(lesson):
    table = stored(f"fresh_{lesson}")
    assert set(table.rule) == {name for name in rules() if name.startswith(lesson)}
    for name, rows in table.groupby("rule"):
        sets = dict(list(rows.groupby(rows.seed // 1000)))
        assert sorted(sets) == [1, 2, 3, 4, 5] and all(len(one) == 64 for one in sets.values())
        assert {word(name, one.value) for one in sets.values()} == {in_the_lesson(name)}, name


@pytest.mark.parametrize("name", list(drift.MEASURES))
def test_a_rule_of_lesson_12_says_the_same_on_each_third_of_its_seeds(name):
    runs = eighteen_seeds()
    seeds = sorted(runs.seed.unique())
    assert len(seeds) == 18
    whole = word(name, drift.MEASURES[name](runs))
    for first in range(0, 18, 6):
        third = runs[runs.seed.isin(seeds[first : first + 6])]
        assert word(name, drift.MEASURES[name](third)) == whole


@pytest.mark.parametrize("name", list(drift.MEASURES))
def test_lesson_12_stores_what_its_runs_say(name):
    effect = Interval.of(drift.MEASURES[name](eighteen_seeds()).dropna(), rule(name).scale)
    row = ledger().set_index("name").loc[name]
    assert [effect.mean, effect.low, effect.high] == pytest.approx([row["mean"], row.low, row.high], abs=1e-4)
