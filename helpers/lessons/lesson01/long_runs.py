"""Lesson 01 again: on five fresh sets of 64 seeds, and in other settings. Does every verdict keep its word?

python -m helpers.kit.long_runs 01
python -m helpers.kit.long_runs 01 multiverse
"""

from functools import partial

import pandas as pd

from helpers.kit.long_runs import Plan, values_of
from helpers.lessons.lesson01 import experiment
from helpers.lessons.lesson01.settings import SETTINGS, problem

TRIAL = range(100)  # CHOOSING is among them; the lesson judges 100 to 163


def again(seeds, setting: str = "as in the lesson") -> pd.DataFrame:
    """What the rules judge in a setting, on other seeds: rule, seed, value, valid, why (the gates that failed)."""
    turned = SETTINGS[setting]
    how = {key: turned[key] for key in ("rate", "episodes", "steps", "beta") if key in turned}
    at = problem(seeds, **{key: value for key, value in turned.items() if key not in how})
    frame = experiment.results(seeds, **turned)
    far, leash = frame[frame.lr.notna()], frame[frame.lr.isna()]
    steps, rate = how.pop("steps", 400), how.pop("rate", 1.0)
    gates = {"01.C18": experiment.leash_gates(leash, at, steps, lr=experiment.RATE * rate, **how)}
    if "beta" not in how:  # SFT on habits and RL without a leash have no price
        gates["01.C9.end"] = experiment.end_gates(far, at, steps, rate=rate, **how)
    measures = experiment.MEASURES | {"01.C9.end": partial(experiment.end_gap, rate=rate)}
    values = values_of({name: measures[name] for name in experiment.MEASURES if name in gates}, frame)
    failed = {name: "; ".join(str(one) for one in some if not one.passed) for name, some in gates.items()}
    return values.assign(valid=values.rule.map(failed) == "", why=values.rule.map(failed))


PLANS = {
    "fresh": Plan(
        table="fresh_01",
        run=again,
        seeds=[1000 * number + seed for number in range(1, 6) for seed in range(64)],
        trial=TRIAL,
        at_once=64,
        digits=4,
        about="what the rules of lesson 01 judge, on five fresh sets of seeds",
    ),
    "multiverse": Plan(
        table="multiverse_01",
        run=again,
        seeds=range(7000, 7032),
        trial=TRIAL,
        grid=[{"setting": name} for name in SETTINGS],
        digits=4,
        about="what the rules of lesson 01 judge, in other settings",
    ),
}
