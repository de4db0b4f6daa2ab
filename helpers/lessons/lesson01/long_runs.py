"""Lesson 01 on five fresh sets of 64 seeds: does every verdict keep its word?

python -m helpers.kit.long_runs 01
"""

import pandas as pd

from helpers.kit.long_runs import Plan, values_of
from helpers.lessons.lesson01 import experiment


def again(seeds) -> pd.DataFrame:
    """What the rules judge, on other seeds: the columns rule, seed, value."""
    return values_of(experiment.MEASURES, experiment.results(seeds))


PLANS = {
    "fresh": Plan(
        table="fresh_01",
        run=again,
        seeds=[1000 * number + seed for number in range(1, 6) for seed in range(64)],
        trial=range(100, 164),  # those of the lesson, on which its settings were chosen
        at_once=64,
        digits=4,
        about="what the rules of lesson 01 judge, on five fresh sets of seeds",
    ),
}
