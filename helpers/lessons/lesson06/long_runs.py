"""Lesson 06 again: on fresh sets of seeds, and in other settings. Does every verdict keep its word?

python -m helpers.kit.long_runs 06
python -m helpers.kit.long_runs 06 multiverse
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from helpers.kit.judged import values_of
from helpers.kit.long_runs import Plan
from helpers.kit.multiverse import FRESH, fresh_plan, multiverse_plan
from helpers.lessons.lesson06.experiment import JUDGED, MEASURES, results
from helpers.lessons.lesson06.gates import gates
from helpers.lessons.lesson06.settings import C5, C6, settings_of

TRIAL = range(16)
# A count of nets needs more of them: five sets of 128, none of which an earlier form of the rule was judged on.
MORE = [1000 * number + seed for number in range(1, 6) for seed in range(100, 228)]
SETS = [{"of": C6, "seeds": FRESH}, {"of": C5, "seeds": MORE}]
# 16 nets are enough for a mean and few for a count (whose interval, Wilson's, then reaches up to 0.22 to either
# side; with 64, up to 0.12). This is known of the interval alone, whatever was counted before.
MEANS, COUNTS = range(6100, 6116), range(6200, 6264)


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


def by_rule(seeds: Mapping[str, Sequence[int]]) -> Plan:
    """The plan of the settings, one rule after the other, each on seeds of its own."""
    each = [
        multiverse_plan("06", again, settings_of(name), seeds=some, trial=TRIAL)
        for name, some in seeds.items()
    ]
    rows = [{**row, "seeds": list(plan.seeds)} for plan in each for row in plan.grid]
    judged = [seed for plan in each for seed in plan.seeds]
    about = f"what the rules of lesson 06 judge, in {len(rows)} settings, a rule at a time"
    return replace(each[0], grid=rows, seeds=judged, about=about)


PLANS = {
    "fresh": fresh_plan("06", one_rule, trial=TRIAL, grid=SETS, columns=("of",)),
    "multiverse": by_rule({C6: MEANS, C5: COUNTS}),
}
