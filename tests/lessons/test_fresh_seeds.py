"""Every verdict again on seeds that nothing was chosen on: it must keep its word."""

import pandas as pd

from helpers.kit.intervals import Interval
from helpers.kit.tables import stored
from helpers.kit.verdicts import ledger, rule
from helpers.lessons.lesson12 import experiment as drift


def eighteen_seeds() -> pd.DataFrame:
    return pd.concat(stored(name) for name in ("drift", "fresh_drift"))


def test_the_effects_of_lesson_12_are_those_of_its_stored_runs():
    told = ledger().set_index("name")
    for name, measure in drift.MEASURES.items():
        assert abs(Interval.of(measure(eighteen_seeds())).mean - told["mean"][name]) < 1e-4


def test_in_each_third_of_the_seeds_of_lesson_12_the_effect_lies_on_the_same_side_beyond_what_matters():
    for name, measure in drift.MEASURES.items():
        values = measure(eighteen_seeds()).sort_index()
        thirds = [values.iloc[first : first + 5].mean() for first in (0, 5, 10)]
        assert len(values) == 15 and all(abs(mean) > rule(name).matters for mean in thirds)
        assert len({mean > 0 for mean in thirds}) == 1
