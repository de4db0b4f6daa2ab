"""Lesson 08 again: on fresh sets of nets, and in other settings. Does every verdict keep its word?

python -m helpers.kit.long_runs 08
python -m helpers.kit.long_runs 08 multiverse
"""

import pandas as pd

from helpers.kit.judged import values_of
from helpers.kit.multiverse import fresh_plan, multiverse_plan
from helpers.lessons.lesson08.experiment import MEASURES, gates, results
from helpers.lessons.lesson08.settings import SETTINGS

TRIAL = [*range(8), *range(2000, 2008)]  # the second eight judged a first form, whose gates failed


def again(seeds, **turned) -> pd.DataFrame:
    """What the rules judge, with other nets, in the lesson's setting or in one where something is turned."""
    kept = {}
    frame = results(seeds, kept=kept, **turned)
    looked = gates(frame, kept)
    return values_of({name: MEASURES[name] for name in looked}, frame, looked)


PLANS = {
    "fresh": fresh_plan(
        "08",
        again,
        seeds=[1000 * number + seed for number in range(4, 7) for seed in range(8)],
        trial=TRIAL,
        at_once=8,
        about="what the rules of lesson 08 judge, with three fresh sets of eight nets",
    ),
    "multiverse": multiverse_plan("08", again, SETTINGS, seeds=range(2100, 2108), trial=TRIAL),
}
