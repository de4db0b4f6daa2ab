"""Who acts, how their moves are weighted, and what is taken off the reward before it weighs."""

import pandas as pd

from helpers.lessons.lesson00.experiment import MOVED, RIGHT

HOW = ("all alike", "by outcome, from the move on", "by outcome, whole episode")
WHO = {  # who acts -> their arms, in this order
    "a teacher": ("SFT", "teacher, by outcome", "teacher, whole episode"),
    "a stranger": ("stranger, all alike", "stranger, by outcome", "stranger, whole episode"),
    "itself": ("null arm", "RL", "RL, whole episode"),
}
SIDES = {"coin on the left": MOVED, "coin on the right": RIGHT}


def who_acts(later: pd.DataFrame, batch: int = 100) -> pd.DataFrame:
    """Success on either side at a batch: a row for who acts, a column for how their moves are weighted.

    later: the stored runs of all arms, the table `later_00`.
    """
    rows = later[later.step == batch]
    table = {}
    for side, metric in SIDES.items():
        ends = rows[rows.metric == metric].groupby("method").value.mean()
        for place, how in enumerate(HOW):
            table[side, how] = {who: f"{ends[arms[place]]:.2f}" for who, arms in WHO.items()}
    return pd.DataFrame(table).rename_axis(f"who acts (batch {batch})")
