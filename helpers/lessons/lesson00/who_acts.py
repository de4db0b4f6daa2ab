"""Who acts, how their moves are weighted, and what is taken off the reward before it weighs."""

import pandas as pd

from helpers.core import Demonstrations, Rollouts, reinforce_loss, train
from helpers.kit import compare, final
from helpers.lessons.lesson00 import experiment
from helpers.lessons.lesson00.experiment import HINT, LEARNING_RATE, MOVED, RIGHT
from helpers.lessons.lesson00.turn import stranger, whole_episode
from helpers.worlds.grids import walk_to_coin

WHO = {  # who acts -> their arm where all moves weigh alike, and where they weigh by outcome
    "a teacher": ("SFT", "teacher, by outcome"),
    "a stranger": ("stranger, all alike", "stranger, by outcome"),
    "itself": ("null arm", "RL"),
}
ALIKE, BY_MOVE, BY_EPISODE = "all alike", "by outcome, from the move on", "by outcome, whole episode"
SIDES = {"coin on the left": MOVED, "coin on the right": RIGHT}


def by_episode(seeds, batches: int) -> pd.DataFrame:
    """The three who act, weighted by `whole_episode`, trained here: one tidy frame."""
    world, start = experiment.corridor(HINT), experiment.beginner(seeds)
    sources = {
        "a teacher": Demonstrations(world, walk_to_coin, advantage=whole_episode),
        "a stranger": stranger(world, advantage=whole_episode),
        "itself": Rollouts(world, advantage=whole_episode),
    }
    how = experiment.measured(world, every=batches) | {"steps": batches, "lr": LEARNING_RATE}
    return compare({who: train(start, source, reinforce_loss, **how) for who, source in sources.items()})


def who_acts(later: pd.DataFrame, live: pd.DataFrame) -> pd.DataFrame:
    """Success on either side: a row for who acts, a column for how their moves are weighted.

    later: the stored runs of all arms. live: as `by_episode` returns them; its last batch is the one that is read.
    """
    batch = live.step.max()
    rows = later[later.step == batch]
    table = {}
    for side, metric in SIDES.items():
        stored = rows[rows.metric == metric].groupby("method").value.mean()
        for place, how in enumerate((ALIKE, BY_MOVE)):
            table[side, how] = {who: f"{stored[arms[place]]:.2f}" for who, arms in WHO.items()}
        here = final(live, metric).mean()
        table[side, BY_EPISODE] = {who: f"{here[who]:.2f}" for who in WHO}
    return pd.DataFrame(table).rename_axis(f"who acts (batch {batch})")
