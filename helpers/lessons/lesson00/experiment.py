"""The experiment of lesson 00: a corridor with a coin, two ways to learn, and a hint."""

from collections.abc import Callable

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.core import Demonstrations, Policy, Rollouts, mlp, reinforce_loss, sft_loss, train
from helpers.core.probes import own_episodes, success
from helpers.kit import compare, final, rule
from helpers.kit.gates import Gate, complete, moved, null
from helpers.worlds.grids import GridWorld, corridors, walk_to_coin

SCORE, MOVED = "success in training", "success, coin on the left"  # what is measured on every run
TRIED = "chance of trying left, coin on the left"
HINTS = (0.0, 0.02, 0.05, 0.1, 0.5)  # shares of training corridors with the coin on the left
HINT = 0.1  # the one at which claim C8 is judged


def corridor(hint: float = 0.0) -> GridWorld:
    """Nine cells, 16 moves at most; the coin lies to the left in a share `hint` of all episodes."""
    return GridWorld(corridors(9, left=hint), horizon=16)


def away() -> GridWorld:
    """Corridors that no training has, with the coin always on the left."""
    return GridWorld(corridors(9, left=1.0, held_out=True), horizon=16)


def beginner(seeds) -> Policy:
    """The network of each seed from which all arms start."""
    world = corridor()
    return Policy(mlp(world.features, world.actions), seeds=seeds)


def arms(world: GridWorld) -> dict[str, tuple[Callable, Callable]]:
    """Who acts, and how the moves are weighted."""
    return {
        "SFT": (Demonstrations(world, walk_to_coin), sft_loss),
        "RL": (Rollouts(world), reinforce_loss),
        "null arm": (Rollouts(world), sft_loss),
    }


def probes(world: GridWorld) -> dict[str, Callable]:
    """The score in training, and what a network does when the coin lies on the left."""
    return {SCORE: success(world), MOVED: success(away()), TRIED: lambda policy: 1 - to_the_right(policy)}


@torch.no_grad()
def to_the_right(policy) -> Float[Tensor, "seed"]:
    """The probability that each seed's first step goes right, although the coin lies on the left."""
    first = own_episodes(policy, away()).obs[:, :, 0]
    return policy.logits(first).softmax(-1)[..., 1].mean(1)


def results(seeds, *, hints=(0.0, HINT), steps: int = 100, lr: float = 3e-3) -> pd.DataFrame:
    """Both arms at each hint, one tidy frame with a column `hint`: what the lesson trains and 00.C8 judges."""
    start, frames = beginner(seeds), []
    for hint in hints:
        world = corridor(hint)
        how = {"steps": steps, "lr": lr, "probes": probes(world), "probe_every": 10}
        two = {name: arms(world)[name] for name in ("SFT", "RL")}
        runs = {name: train(start, data, loss, **how) for name, (data, loss) in two.items()}
        frames.append(compare(runs).assign(hint=hint))
    return pd.concat(frames, ignore_index=True)


def hint_gap(frame: pd.DataFrame) -> pd.Series:
    """00.C8: success with the coin on the left, SFT less RL, for each seed, at a hint of one corridor in ten."""
    at_hint = final(frame[frame.hint == HINT], MOVED)
    return at_hint["SFT"] - at_hint["RL"]


def gates(hinted: pd.DataFrame, unhinted: pd.DataFrame, steps: int) -> list[Gate]:
    """What must hold before 00.C8 is judged: all runs are whole, both arms learn, the null arm does not."""
    at_hint, still = hinted[hinted.hint == HINT], unhinted[unhinted.method == "null arm"]
    begun = final(still[still.step == 0], SCORE)
    return [
        complete(at_hint, steps),
        moved(at_hint, SCORE, least=0.2),
        null((final(still, SCORE) - begun)["null arm"], matters=rule("00.C8").matters),
    ]


MEASURES = {"00.C8": hint_gap}
