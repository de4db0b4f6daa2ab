"""Lesson 06 again: on fresh sets of seeds, and in other settings. Does every verdict keep its word?

python -m helpers.kit.long_runs 06
python -m helpers.kit.long_runs 06 multiverse
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from helpers.kit.judged import values_of
from helpers.kit.multiverse import FRESH, fresh_plan, multiverse_plan
from helpers.lessons.lesson06.experiment import JUDGED, MEASURES, results
from helpers.lessons.lesson06.gates import gates
from helpers.lessons.lesson06.settings import SETTINGS

TRIAL = range(16)
# A count of nets needs more of them: five sets of 128, none of which an earlier form of the rule was judged on.
MORE = [1000 * number + seed for number in range(1, 6) for seed in range(100, 228)]
SETS = [{"of": "06.C6", "seeds": FRESH}, {"of": "06.C5", "seeds": MORE}]


def again(seeds, *, rules: Sequence[str] = tuple(MEASURES), turned: Mapping | None = None) -> pd.DataFrame:
    """What the rules judge, on other seeds, in the lesson's setting or in one where something is turned.

    turned: see `experiment.trained`. Controls are trained with the same thing turned.
    """
    frame = results(seeds, [arm for name in rules for arm in JUDGED[name]], **(turned or {}))
    measures = {name: MEASURES[name] for name in rules}
    return values_of(measures, frame, {name: gates(frame, name) for name in rules})


def one_rule(seeds, *, of: str) -> pd.DataFrame:
    """What one rule judges, on other seeds."""
    return again(seeds, rules=[of])


PLANS = {
    "fresh": fresh_plan("06", one_rule, trial=TRIAL, grid=SETS, columns=("of",)),
    "multiverse": multiverse_plan("06", again, SETTINGS, seeds=range(6100, 6116), trial=TRIAL),
}
