"""Lesson 07 again: on fresh sets of worlds, and in other settings. Does every verdict keep its word?

python -m helpers.kit.long_runs 07
python -m helpers.kit.long_runs 07 multiverse
"""

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd

from helpers.kit.judged import values_of
from helpers.kit.long_runs import Plan
from helpers.kit.multiverse import fresh_plan, multiverse_plan
from helpers.lessons.lesson07 import four_ends
from helpers.lessons.lesson07.arms import RL
from helpers.lessons.lesson07.experiment import OF, PARTS, results
from helpers.lessons.lesson07.must_hold import GATES
from helpers.lessons.lesson07.settings import SETTINGS

TRIAL = range(8)
RULES = dict(zip(PARTS, ("07.nats", "07.C7", "07.retrained"), strict=True))


def again(
    seeds,
    *,
    parts: Sequence[str] = PARTS,
    rl: str = RL,
    rate: float = 1.0,
    longer: float = 1,
    turned: Mapping | None = None,
    judged: Mapping | None = None,
) -> pd.DataFrame:
    """What the rules judge, in other worlds, in the lesson's setting or in one where something is turned.

    rl, rate, longer, turned: see `experiment.results`. judged: what is turned in the measure itself, of the rule about
    lies. Gates are looked at in each setting, with controls that have the same thing turned.
    """
    kept, measures, gates = {}, {}, {}
    frame = results(seeds, parts=parts, rl=rl, rate=rate, longer=longer, turned=turned, kept=kept)
    for part in parts:
        how = {} if part == "asked" else {"rl": rl}
        how |= dict(judged or {}) if part == "fooled" else {}
        measures[RULES[part]] = partial(OF[part], **how)
        gates[RULES[part]] = GATES[part](frame, kept[part], **how)
    return values_of(measures, frame, gates)


PLANS = {
    "fresh": fresh_plan(
        "07",
        again,
        seeds=[1000 * number + seed for number in range(4, 9) for seed in range(64)],
        trial=TRIAL,
        about="what the rules of lesson 07 judge, in five fresh sets of worlds",
    ),
    "multiverse": multiverse_plan("07", again, SETTINGS, seeds=range(2000, 2032), trial=TRIAL),
    "enough": Plan(
        table="enough_07",
        run=four_ends.run,
        seeds=range(1000, 1064),
        trial=TRIAL,
        digits=4,
        about="good enough or the most, inside recorded answers or by own ones, in the lesson's 64 worlds; not judged",
    ),
}
