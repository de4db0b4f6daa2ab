"""Every rule again on seeds that nothing was chosen on: the effect must keep the word that the lesson's has."""

import pandas as pd
import pytest

from helpers.kit.intervals import Interval
from helpers.kit.judged import judged
from helpers.kit.tables import stored
from helpers.kit.verdicts import rule, rules, stored_verdicts

LESSONS = ["00", "01"]  # lesson 12 has no seeds to spare; lesson 03's sets have mazes of their own, see there


def word(name: str, values: pd.Series) -> str:
    """What a rule says of these values; whether its gates hold is another question."""
    return rule(name).word(Interval.of(values.dropna(), rule(name).scale))


def in_the_lesson(name: str) -> str:
    """What it says of the effect that the lesson has stored."""
    row = stored_verdicts().set_index("name").loc[name]
    return rule(name).word(Interval(row["mean"], row.low, row.high, int(row.seeds)))


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
