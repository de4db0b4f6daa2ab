"""Every verdict again on seeds that nothing was chosen on: it must keep its word."""

import pandas as pd

from helpers.kit.intervals import Interval
from helpers.kit.tables import stored
from helpers.kit.verdicts import ledger, rule
from helpers.lessons.lesson12 import experiment as drift


def word(name: str, values: pd.Series) -> str:
    """What the rule of a lesson says about these values, gates aside."""
    return rule(name).word(Interval.of(values.dropna()))


def eighteen_seeds() -> pd.DataFrame:
    return pd.concat(stored(name) for name in ("drift", "fresh_drift"))


def test_the_verdicts_of_lesson_12_are_those_of_its_stored_runs():
    told = ledger().set_index("name")
    for name, measure in drift.MEASURES.items():
        values = measure(eighteen_seeds())
        assert word(name, values) == told.verdict[name]
        assert abs(Interval.of(values).mean - told["mean"][name]) < 1e-4


def test_the_verdicts_of_lesson_12_hold_on_each_third_of_its_seeds():
    runs, told = eighteen_seeds(), ledger().set_index("name").verdict
    seeds = sorted(runs.seed.unique())
    assert len(seeds) == 18
    for first in range(0, 18, 6):
        third = runs[runs.seed.isin(seeds[first : first + 6])]
        found = {name: word(name, measure(third)) for name, measure in drift.MEASURES.items()}
        assert found == {name: told[name] for name in drift.MEASURES}
