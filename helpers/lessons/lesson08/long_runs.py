"""The long runs of lesson 08. Each is a plan of the one runner:

python -m helpers.kit.long_runs 08 poison        what 08.C12 judges: sixteen nets, in two parts
python -m helpers.kit.long_runs 08 multiverse    what all rules judge with one thing turned at a time
python -m helpers.kit.long_runs 08 fresh         the same with three fresh sets of nets

08.C10 and 08.C13 are judged on eight nets, as in the lesson, and 08.C12 on sixteen: a set has two groups of eight, of
which the second has the poison alone.
"""

import pandas as pd

from helpers.kit.judged import values_of
from helpers.kit.long_runs import Plan
from helpers.kit.multiverse import fresh_plan, multiverse_plan
from helpers.lessons.lesson08.experiment import MEASURES, PARTS, gates, results
from helpers.lessons.lesson08.settings import SETTINGS

TRIAL = [*range(8), *range(2000, 2008)]  # the second eight judged a first form, whose gates failed
GROUP = 8  # nets trained together
SETS = (4000, 5000, 6000)  # the first of each fresh set


def again(seeds, *, parts=PARTS, **turned) -> pd.DataFrame:
    """What the rules judge, with other nets, in the lesson's setting or in one where something is turned.

    parts: what is run. The second eight nets of a hundred have the poison alone.
    """
    second = seeds[0] % 100 >= GROUP
    kept = {}
    frame = results(seeds, parts=parts[-1:] if second else parts, controls=True, kept=kept, **turned)
    looked = gates(frame, kept)
    return values_of({name: MEASURES[name] for name in looked}, frame, looked)


def of_poison(seeds) -> pd.DataFrame:
    """All arms of 08.C12 with their controls, in the lesson's setting."""
    return results(seeds, parts=["poison"], controls=True)


PLANS = {
    "poison": Plan(
        table="poison_08",
        zipped=True,
        run=of_poison,
        seeds=range(3000, 3016),
        trial=TRIAL,
        at_once=GROUP,
        digits=4,
        about="what 08.C12 judges: poison in a small and a large corpus, sixteen nets",
    ),
    "multiverse": multiverse_plan("08", again, SETTINGS, seeds=range(2100, 2116), trial=TRIAL, at_once=GROUP),
    "fresh": fresh_plan(
        "08",
        again,
        seeds=[first + seed for first in SETS for seed in range(2 * GROUP)],
        trial=TRIAL,
        at_once=GROUP,
        about="what the rules of lesson 08 judge, with three fresh sets of nets",
    ),
}
