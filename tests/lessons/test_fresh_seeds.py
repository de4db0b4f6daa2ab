"""Every rule again on seeds that nothing was chosen on: the effect must keep the word that the lesson's has."""

import pandas as pd
import pytest

from helpers.kit.intervals import Interval
from helpers.kit.judged import judged
from helpers.kit.tables import stored
from helpers.kit.verdicts import rule, rules, stored_verdicts
from helpers.lessons.lesson12 import experiment as drift

LESSONS = ["00", "01", "03"]  # lesson 12 judges all its seeds together


def word(name: str, values: pd.Series) -> str:
    """What a rule says of these values; whether its gates hold is another question."""
    return rule(name).word(Interval.of(values.dropna(), rule(name).scale))


def in_the_lesson(name: str) -> str:
    """What it says of the effect that the lesson has stored."""
    row = stored_verdicts().set_index("name").loc[name]
    return rule(name).word(Interval(row["mean"], row.low, row.high, int(row.seeds)))


def eighteen_seeds() -> pd.DataFrame:
    return pd.concat(stored(name) for name in ("drift", "fresh_drift"))


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_rule_says_the_same_on_five_fresh_sets_of_seeds(lesson):
    table = stored(f"fresh_{lesson}")
    assert set(table.rule) == {name for name in rules() if name.startswith(lesson)}
    for name, rows in table.groupby("rule"):
        sets = dict(list(rows.groupby(rows.seed // 1000)))
        assert sorted(sets) == [1, 2, 3, 4, 5] and all(len(one) == 64 for one in sets.values())
        if "valid" in table:  # with the gates of each set
            in_lesson = stored_verdicts().set_index("name").verdict[name]
            assert {judged(one, name).word for one in sets.values()} == {in_lesson}, name
        else:
            assert {word(name, one.value) for one in sets.values()} == {in_the_lesson(name)}, name


@pytest.mark.parametrize("name", list(drift.MEASURES))
def test_no_third_of_lesson_12s_seeds_makes_its_word(name):
    """Fifteen seeds are judged. Five alone are too few for a word; without any five, the other ten say the same."""
    runs, measure = eighteen_seeds(), drift.MEASURES[name]
    judged = sorted(measure(runs).index)
    assert len(judged) == 15 and not set(judged) & set(drift.CHOOSING)
    for third in range(3):
        left_out = judged[third::3]
        assert word(name, measure(runs[~runs.seed.isin(left_out)])) == word(name, measure(runs))


@pytest.mark.parametrize("name", list(drift.MEASURES))
def test_lesson_12_stores_what_its_runs_say(name):
    effect = Interval.of(drift.MEASURES[name](eighteen_seeds()).dropna(), rule(name).scale)
    row = stored_verdicts().set_index("name").loc[name]
    assert [effect.mean, effect.low, effect.high] == pytest.approx([row["mean"], row.low, row.high], abs=1e-4)
