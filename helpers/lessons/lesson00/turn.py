"""The turn of lesson 00: what its verdict hangs on. Other settings, other arms, and equal score instead of equal time."""

import functools
from collections.abc import Callable

import numpy as np
import pandas as pd

from helpers.core import Demonstrations, Rollouts, batch_relative, reinforce_loss, sft_loss, train
from helpers.core.play import play
from helpers.core.sources import finish
from helpers.kit import compare
from helpers.kit.frames import rows_of
from helpers.lessons.lesson00 import experiment
from helpers.lessons.lesson00.experiment import EVEN, HINT, MOVED, RIGHT
from helpers.worlds.grids import GridWorld, walk_right, walk_to_coin

BONUS, LEVEL = 0.03, 0.9
TEACHERS = {"coin": walk_to_coin, "right": walk_right}
SETTINGS = {  # name -> what is turned; the first turns nothing
    "as in the lesson": {},
    "learning rate / 3": {"lr": 1e-3},
    "learning rate x 3": {"lr": 9e-3},
    "net of one layer of 16": {"hidden": [16]},
    "hint of 1 in 20": {"hint": 0.05},
    "hint of 1 in 5": {"hint": 0.2},
    "entropy bonus": {"bonus": BONUS},
    "300 batches": {"steps": 300},
    "1,000 batches": {"steps": 1000},
    "entropy bonus, 300 batches": {"bonus": BONUS, "steps": 300},
    "teacher always walks right": {"teacher": "right"},
    "gradient clipped to 1": {"clip_norm": 1.0},
    "128 episodes a batch": {"episodes": 128},
    "equal score": {"level": LEVEL, "steps": 40},
}


def with_bonus(bonus: float) -> Callable:
    """RL's loss with a bonus for being undecided: so many times the entropy of each move, summed over an episode."""

    def loss(now, batch):
        undecided = (now.entropy * batch.mask).sum((1, 2)) / batch.mask.shape[1]
        return reinforce_loss(now, batch) - bonus * undecided

    return loss


def stranger(world: GridWorld, *, advantage: Callable | None = None) -> Callable:
    """Episodes of somebody who tosses a coin for every move and knows of no goal: a data source."""

    def source(policy, rng):
        moves = rng.integers(world.actions, world.horizon, 32)
        return finish(play(world, 32, lambda state, obs, t: (moves[:, t], None), rng), advantage)

    return source


def arms(world: GridWorld) -> dict[str, tuple[Callable, Callable]]:
    """Who acts, and how the moves are weighted: all six pairs, and RL with a bonus for trying."""
    return {
        "teacher, all alike (SFT)": (Demonstrations(world, walk_to_coin), sft_loss),
        "teacher, by outcome": (Demonstrations(world, walk_to_coin, advantage=batch_relative), reinforce_loss),
        "stranger, all alike": (stranger(world), sft_loss),
        "stranger, by outcome": (stranger(world, advantage=batch_relative), reinforce_loss),
        "network, all alike (null arm)": (Rollouts(world), sft_loss),
        "network, by outcome (RL)": (Rollouts(world), reinforce_loss),
        "RL, entropy bonus": (Rollouts(world), with_bonus(BONUS)),
    }


def later(method: str, seeds, *, steps: int) -> pd.DataFrame:
    """One of these arms at the hint that is judged, for longer than the lesson trains: step, seed, metric, value."""
    world = experiment.corridor(HINT)
    data, loss = arms(world)[method]
    how = experiment.measured(world)
    run = train(experiment.beginner(seeds), data, loss, steps=steps, lr=experiment.LEARNING_RATE, **how)
    return run.history[run.history.metric.isin([MOVED, RIGHT, experiment.TRIED])]


def again(
    seeds,
    *,
    hint: float = HINT,
    steps: int = experiment.STEPS,
    lr: float = experiment.LEARNING_RATE,
    hidden=(64, 64),
    bonus: float = 0.0,
    teacher: str = "coin",
    clip_norm: float = experiment.UNCLIPPED,
    episodes: int = 32,
    level: float | None = None,
) -> pd.DataFrame:
    """00.C8 and its gates on other seeds, or with another setting: rule, seed, value, valid (1 or 0), why.

    teacher: to what SFT's teacher walks, "coin" or "right". bonus: of RL, see `with_bonus`.
    level:   read both arms where their success with the coin on the right first reaches it, not at the end.
    """
    how = {"steps": steps, "lr": lr, "clip_norm": clip_norm, "probe_every": 1 if level else steps}

    def run(name, hint, seeds, teacher="coin"):
        world = experiment.corridor(hint)
        own = Rollouts(world, episodes=episodes)
        shown = Demonstrations(world, TEACHERS[teacher], episodes=episodes)
        table = {"SFT": (shown, sft_loss), "RL": (own, with_bonus(bonus)), "null arm": (own, sft_loss)}
        data, loss = table[name]
        start, probes = experiment.beginner(seeds, hidden), experiment.probes(world)
        return compare({name: train(start, data, loss, probes=probes, **how)}).assign(hint=hint)

    read = experiment.at_end if level is None else functools.partial(at_level, level=level)
    judged = [run("SFT", hint, seeds, teacher), run("RL", hint, seeds)]
    sides = [run("SFT", 0.0, seeds), run("RL", 0.0, seeds), run("SFT", EVEN, seeds)]
    still = run("null arm", hint, experiment.many(seeds))
    ends = read(pd.concat(judged))
    gates = experiment.gates(pd.concat([*judged, *sides]), still, steps, hint=hint, read=read)
    failed = "; ".join(f"{gate.name}: {gate.says}" for gate in gates if not gate.passed)
    values = (ends["SFT"] - ends["RL"]).rename_axis("seed").rename("value").reset_index()
    return values.assign(rule="00.C8", valid=int(not failed), why=failed)[["rule", "seed", "value", "valid", "why"]]


def at_level(frame: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """Success with the coin on the left when success with the coin on the right first reaches a level, as `final`.

    It is read at the first measurement at which it does, never between two; NaN where it never does.
    """
    tables = {}
    for method in frame.method.unique():
        own = frame[frame.method == method]
        score, value = (
            rows_of(own, metric).pivot(index="seed", columns="step", values="value") for metric in (RIGHT, MOVED)
        )
        there = score >= level
        first = there.to_numpy().argmax(1)
        read = value.to_numpy()[np.arange(len(first)), first]
        tables[method] = pd.Series(np.where(there.any(axis=1), read, np.nan), index=score.index)
    return pd.DataFrame(tables)
