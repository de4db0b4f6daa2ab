"""The long runs of lesson 10. Each is a plan of the one runner:

python -m helpers.kit.long_runs 10 values       what the rules judge, and what else begins from these nets: 32 nets
python -m helpers.kit.long_runs 10 read         what else was read in pretraining, shown and not judged: 16 of them
python -m helpers.kit.long_runs 10 multiverse   what the rules judge with one thing turned at a time, sixteen nets
python -m helpers.kit.long_runs 10 fresh        the same as in the lesson, with two fresh sets of 16 nets
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial

import pandas as pd

from helpers.kit.judged import values_of
from helpers.kit.long_runs import Plan
from helpers.kit.multiverse import fresh_plan, multiverse_plan
from helpers.lessons.lesson10.attacks import LATER
from helpers.lessons.lesson10.experiment import (
    CLEAN,
    DPO,
    FILTERED_SFT,
    JUDGED,
    LATE,
    MEASURES,
    PLAIN,
    POSITIVE,
    REPHRASED,
    RL,
    SFT,
    TAGS_RL,
    TAGS_SFT,
    results,
)
from helpers.lessons.lesson10.must_hold import GATES
from helpers.lessons.lesson10.settings import SETTINGS

TRIAL = range(8)
GROUP = 16  # nets trained together
STORED = (*JUDGED, SFT, DPO, FILTERED_SFT, TAGS_SFT, TAGS_RL)
ALSO_READ = (REPHRASED, POSITIVE, LATE)
OF_RL, OF_JUDGE = (
    {"rate", "leash", "graded"},
    {"judged_by"},
)  # what touches RL alone, and what no plain reader knows


@lru_cache(maxsize=1)
def as_in_the_lesson(seeds: tuple[int, ...]) -> tuple[pd.DataFrame, Mapping]:
    """What the rules judge, as in the lesson, and its pretrained nets: made once for settings that turn little."""
    kept = {}
    return results(seeds, attacked_by=LATER, kept=kept), kept["trial"].made


def turned_frame(seeds: tuple[int, ...], arms: Sequence[str], turned: Mapping) -> pd.DataFrame:
    """The frame of a setting. What is not turned is the lesson's own: pretrained nets, or whole arms."""
    what = set(turned)
    if what - OF_RL - OF_JUDGE - {"attack"}:
        return results(seeds, arms=(*JUDGED, *arms), **turned)
    frame, made = as_in_the_lesson(seeds)
    if what & OF_JUDGE:
        made = {arm: made[arm] for arm in (PLAIN, CLEAN)}
    if what - OF_RL:
        return results(seeds, arms=(*JUDGED, *arms), made=made, **turned)
    anew = (*([RL] if what else []), *arms)
    if not anew:
        return frame
    other = results(seeds, arms=anew, attacked_by=LATER, made=made, **turned)
    return pd.concat([frame[~frame.method.isin(anew)], other], ignore_index=True)


def again(seeds, *, arms: Sequence[str] = (), measured: Mapping | None = None, **turned) -> pd.DataFrame:
    """What the rules judge, with other nets, as in the lesson or with something turned: see `settings`."""
    frame = turned_frame(tuple(seeds), arms, turned)
    measured = {name: {} for name in MEASURES} if measured is None else measured
    gates = {name: GATES[name](frame, **how) for name, how in measured.items()}
    return values_of({name: partial(MEASURES[name], **how) for name, how in measured.items()}, frame, gates)


def stored(seeds, arms: Sequence[str]) -> pd.DataFrame:
    """Some arms in the lesson's setting, each attacked in every way."""
    return results(seeds, arms=arms, attacked_by=LATER)


PLANS = {
    "values": Plan(
        table="values_10",
        zipped=True,
        run=partial(stored, arms=STORED),
        seeds=range(3400, 3432),
        trial=TRIAL,
        at_once=GROUP,
        digits=4,
        about="what the rules of lesson 10 judge: values in the data or afterwards, eleven arms, 32 nets",
    ),
    "read": Plan(
        table="read_10",
        zipped=True,
        run=partial(stored, arms=ALSO_READ),
        seeds=range(3400, 3416),
        trial=TRIAL,
        at_once=GROUP,
        digits=4,
        about="what else nets of lesson 10 may read in pretraining, shown and not judged: 16 nets",
    ),
    "multiverse": multiverse_plan("10", again, SETTINGS, seeds=range(2600, 2616), trial=TRIAL),
    "fresh": fresh_plan(
        "10",
        again,
        seeds=[first + seed for first in (9400, 9500) for seed in range(GROUP)],
        trial=TRIAL,
        at_once=GROUP,
        about="what the rules of lesson 10 judge, with two fresh sets of 16 nets",
    ),
}
