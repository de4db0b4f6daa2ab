"""Lesson 01 again: on five fresh sets of 64 seeds, and in other settings. Does every verdict keep its word?

python -m helpers.kit.long_runs 01
python -m helpers.kit.long_runs 01 multiverse
"""

from functools import partial

import pandas as pd

from helpers.kit.judged import values_of
from helpers.kit.multiverse import fresh_plan, multiverse_plan
from helpers.lessons.lesson01 import experiment
from helpers.lessons.lesson01.settings import BETA, SETTINGS, problem

TRIAL = range(100)  # CHOOSING is among them; the lesson judges 100 to 163


OF_C9 = (
    "few",
    "falling",
    "chosen_by",
    "forecast",
    "both_to",
)  # what touches SFT and RL without a leash alone


def again(seeds, **turned) -> pd.DataFrame:
    """What the rules judge, on other seeds, in the lesson's setting or in one where something is turned.

    turned: see `experiment.results`. Gates are looked at in each setting; a rule that it does not touch is left out.
    """
    frame, given = experiment.results(seeds, **turned), dict(turned)
    take = lambda name, value: given.pop(name, value)
    steps, episodes, few = take("steps", 400), take("episodes", None), take("few", experiment.FEW)
    how = {"rate": take("rate", 1.0), "chosen_by": take("chosen_by", "way")}
    beta, falling = take("beta", BETA), take("falling", False)
    at, measures, gates = problem(seeds, **given), {}, {}
    far, leash = frame[frame.lr.notna()], frame[frame.lr.isna()]
    if beta == BETA:
        measures["01.C9.end"] = partial(experiment.end_gap, **how)
        gates["01.C9.end"] = experiment.end_gates(
            far, at, steps, episodes=episodes or few, falling=falling, **how
        )
    if not set(turned) & set(OF_C9):
        measures["01.C18"], lr = experiment.overlap, experiment.RATE * how["rate"]
        many = {"beta": beta, "episodes": episodes or experiment.MANY}
        gates["01.C18"] = experiment.leash_gates(leash, at, steps, lr=lr, **many)
    return values_of(measures, frame, gates)


PLANS = {
    "fresh": fresh_plan("01", again, trial=TRIAL),
    "multiverse": multiverse_plan("01", again, SETTINGS, seeds=range(7000, 7064), trial=TRIAL),
}
