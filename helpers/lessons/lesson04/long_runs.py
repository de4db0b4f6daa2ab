"""Lesson 04 again: on fresh sets of seeds, and in other settings. Does every verdict keep its word?

python -m helpers.kit.long_runs 04
python -m helpers.kit.long_runs 04 multiverse
"""

from collections.abc import Mapping
from functools import partial

import pandas as pd

from helpers.kit.judged import values_of
from helpers.kit.multiverse import fresh_plan, multiverse_plan
from helpers.lessons.lesson04 import experiment
from helpers.lessons.lesson04.settings import SETTINGS

TRIAL = range(8)


def again(seeds, *, turned: Mapping | None = None, judged: Mapping | None = None) -> pd.DataFrame:
    """What the rules judge, on other seeds, in the lesson's setting or in one where something is turned.

    turned: see `experiment.trained`. judged: what is turned in the measure, see `experiment.compares`.
    Controls are trained with the same thing turned.
    """
    frame, judged = experiment.results(seeds, **(turned or {})), dict(judged or {})
    measures = {name: partial(measure, **judged) for name, measure in experiment.MEASURES.items()}
    gates = {name: experiment.gates(frame, name, **judged) for name in measures}
    return values_of(measures, frame, gates)


PLANS = {
    "fresh": fresh_plan("04", again, trial=TRIAL),
    "multiverse": multiverse_plan("04", again, SETTINGS, seeds=range(7000, 7032), trial=TRIAL),
}
