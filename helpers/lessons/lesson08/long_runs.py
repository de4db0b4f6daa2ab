"""The long runs of lesson 08. Each is a plan of the one runner:

python -m helpers.kit.long_runs 08 combined      what 08.C10 judged first: 32 nets
python -m helpers.kit.long_runs 08 more          what it judges: 96 others
python -m helpers.kit.long_runs 08 poison        what 08.C12 judges: sixteen nets, in two parts
python -m helpers.kit.long_runs 08 multiverse    what all rules judge with one thing turned at a time
python -m helpers.kit.long_runs 08 fresh         the same with three fresh sets of nets

Sixteen nets are trained together, and gates are looked at in all of them. In the lesson's own setting and in fresh
sets there are 32, of which the second sixteen have the prompts alone.
"""

import pandas as pd

from helpers.kit.judged import values_of
from helpers.kit.long_runs import Plan
from helpers.kit.multiverse import fresh_plan, multiverse_plan
from helpers.lessons.lesson08.experiment import MEASURES, PARTS, gates, results
from helpers.lessons.lesson08.settings import GROUP, NETS, SETTINGS

TRIAL = [*range(8), *range(2000, 2008)]  # the second eight judged a first form, whose gates failed
LATER = [
    *TRIAL,
    *range(2100, 2116),
]  # and those which showed that eight nets are too few for 08.C10 and for controls
SETS = (4000, 5000, 6000)  # the first of each fresh set
TOGETHER = 8  # nets of a part of the tables that two rules judge


def again(seeds, *, parts=PARTS, **turned) -> pd.DataFrame:
    """What the rules judge, with other nets, in the lesson's setting or in one where something is turned.

    parts: what is run. The second sixteen nets of a hundred have the prompts alone.
    """
    second = seeds[0] % 100 >= GROUP
    kept = {}
    frame = results(seeds, parts=parts[:1] if second else parts, controls=True, kept=kept, **turned)
    looked = gates(frame, kept)
    return values_of({name: MEASURES[name] for name in looked}, frame, looked)


def of_prompts(seeds) -> pd.DataFrame:
    """All that 08.C10 judges, with its controls, in the lesson's setting."""
    return results(seeds, parts=["prompts"], controls=True)


def of_poison(seeds) -> pd.DataFrame:
    """All arms of 08.C12 with their controls, in the lesson's setting."""
    return results(seeds, parts=["poison"], controls=True)


PLANS = {
    "combined": Plan(
        table="combined_08",
        run=of_prompts,
        seeds=range(3100, 3132),
        trial=LATER,
        at_once=TOGETHER,
        digits=4,
        about="what 08.C10 judged first: prompts that combine two conditions, 32 nets",
    ),
    "more": Plan(
        table="more_08",
        run=of_prompts,
        seeds=range(8000, 8096),
        trial=LATER,
        at_once=GROUP,
        digits=4,
        about="what 08.C10 judges: prompts that combine two conditions, 96 nets",
    ),
    "poison": Plan(
        table="poison_08",
        zipped=True,
        run=of_poison,
        seeds=range(3000, 3016),
        trial=TRIAL,
        at_once=TOGETHER,
        digits=4,
        about="what 08.C12 judges: poison in a small and a large corpus, sixteen nets",
    ),
    "multiverse": multiverse_plan("08", again, SETTINGS, seeds=NETS, trial=LATER, at_once=GROUP),
    "fresh": fresh_plan(
        "08",
        again,
        seeds=[first + seed for first in SETS for seed in range(2 * GROUP)],
        trial=LATER,
        at_once=GROUP,
        about="what the rules of lesson 08 judge, with three fresh sets of nets",
    ),
}
