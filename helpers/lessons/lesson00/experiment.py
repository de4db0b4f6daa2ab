"""The experiment of lesson 00: a corridor with a coin, two ways to learn, and a hint."""

from collections.abc import Callable

import pandas as pd
from jaxtyping import Float
from torch import Tensor

from helpers.core import Demonstrations, Policy, Rollouts, mlp, reinforce_loss, sft_loss, train
from helpers.kit import compare, final, rule
from helpers.kit.gates import Gate, both_ways, complete, moved, null
from helpers.kit.rules import Rule
from helpers.lessons.lesson00 import exact
from helpers.worlds.grids import GridWorld, corridors, walk_to_coin

SCORE = "success in training"
MOVED, RIGHT = "success, coin on the left", "success, coin on the right"
TRIED = "chance of trying left, coin on the left"
HINTS = (0.0, 0.1, 0.2, 0.5)  # shares of training corridors with the coin on the left
HINT, EVEN = 0.1, 0.5  # the one at which claim C8 is judged; the one that tells everything
STEPS, LEARNING_RATE = 100, 3e-3
EVERY = 2  # batches between two measurements
UNCLIPPED = (
    10.0  # a gradient is hardly ever longer, and one that is shortened puts a small bias on the null arm
)


def corridor(hint: float = 0.0, width: int = 9) -> GridWorld:
    """Nine cells, 16 moves at most; the coin lies to the left in a share `hint` of all episodes."""
    return GridWorld(corridors(width, left=hint), horizon=16)


def away(width: int = 9) -> GridWorld:
    """Corridors that no training has, with the coin always on the left."""
    return GridWorld(corridors(width, left=1.0, held_out=True), horizon=16)


def beginner(seeds, hidden=(64, 64), width: int = 9) -> Policy:
    """The network of each seed from which all arms start."""
    world = corridor(width=width)
    return Policy(mlp(world.features, world.actions, hidden), seeds=seeds)


def an_agent() -> Policy:
    """A network that fetches every coin in its training corridors. The lesson does not say yet how it was taught."""
    world = corridor()
    data, loss = arms(world)["RL"]
    return train(beginner([7]), data, loss, steps=STEPS, lr=LEARNING_RATE, clip_norm=UNCLIPPED).policy


def arms(world: GridWorld) -> dict[str, tuple[Callable, Callable]]:
    """Who acts, and how the moves are weighted."""
    return {
        "SFT": (Demonstrations(world, walk_to_coin), sft_loss),
        "RL": (Rollouts(world), reinforce_loss),
        "null arm": (Rollouts(world), sft_loss),
    }


def probes(world: GridWorld, maps: list | None = None) -> dict[str, Callable]:
    """The score in training, and what a network does when the coin lies left or right: exact, nothing is sampled.

    maps: a list to which every measurement adds P(right | agent, coin), in the mean over seeds.
    """

    left, right_side = away(world.width).levels, corridors(world.width)

    def measure(policy) -> dict[str, Float[Tensor, "seed"]]:
        right = exact.chances(policy, world.width)
        if maps is not None:
            maps.append(right.mean(0))
        return {
            SCORE: exact.found(right, world.levels),
            RIGHT: exact.found(right, right_side),
            MOVED: exact.found(right, left),
            TRIED: exact.first_left(right, left),
        }

    return {"corridors": measure}


def results(
    seeds, *, hints=(0.0, HINT, EVEN), steps: int = STEPS, lr: float = LEARNING_RATE, maps: dict | None = None
) -> pd.DataFrame:
    """Both arms at each hint, one tidy frame with a column `hint`: what the lesson trains and 00.C8 judges.

    maps: a dict that is filled with the maps of each arm and hint, one a measurement: {("SFT", 0.1): [map, ...]}.
    """
    start, frames, maps = beginner(seeds), [], {} if maps is None else maps
    maps.update(
        {(name, hint): [] for hint in hints for name in ("SFT", "RL")}
    )  # no old one stays after a stop
    for hint in hints:
        world, runs = corridor(hint), {}
        for name in ("SFT", "RL"):
            data, loss = arms(world)[name]
            runs[name] = train(start, data, loss, steps=steps, lr=lr, **measured(world, maps[name, hint]))
        frames.append(compare(runs).assign(hint=hint))
    return pd.concat(frames, ignore_index=True)


def measured(world: GridWorld, maps: list | None = None, every: int = EVERY) -> dict:
    """What all runs of this lesson have in common: what is measured, how often, and hardly any clipping."""
    return {"probes": probes(world, maps), "probe_every": every, "clip_norm": UNCLIPPED}


def many(seeds) -> list[int]:
    """Four times the seeds: these, and those that follow them. The null arm scatters widely, and needs them."""
    return [*seeds, *range(max(seeds) + 1, max(seeds) + 1 + 3 * len(seeds))]


def control(seeds, *, steps: int = STEPS, lr: float = LEARNING_RATE) -> pd.DataFrame:
    """The null arm at the hint that is judged, with four times the seeds."""
    world, start = corridor(HINT), beginner(many(seeds))
    data, loss = arms(world)["null arm"]
    return compare({"null arm": train(start, data, loss, steps=steps, lr=lr, **measured(world, every=steps))})


def gap(frame: pd.DataFrame) -> pd.Series:
    """Success with the coin on the left at the end of training, SFT less RL, a value a seed."""
    ends = final(frame, MOVED)
    return ends["SFT"] - ends["RL"]


def hint_gap(frame: pd.DataFrame) -> pd.Series:
    """00.C8: this gap at a hint of one corridor in ten, in a frame with several hints."""
    return gap(frame[frame.hint == HINT])


def gates(
    hinted: pd.DataFrame, still: pd.DataFrame, steps: int, *, hint: float = HINT, mine: Rule | None = None
) -> list[Gate]:
    """What must hold before 00.C8 is judged, or `mine`, a rule like it: the gates ask for what matters to that one.

    All runs are whole; both arms learn; what the null arm changes (`still`) is less than what matters; and the measure
    can come out either way: RL moves it when half of the corridors hint, and then has more than SFT without a hint.
    """
    judged, matters = hinted[hinted.hint == hint], (mine or rule("00.C8")).matters
    told, blind = (final(hinted[hinted.hint == other], MOVED) for other in (EVEN, 0.0))
    change = final(still, MOVED) - final(still[still.step == 0], MOVED)
    return [
        complete(judged, steps),
        moved(judged, SCORE, least=0.2),
        null(change["null arm"], matters=matters),
        both_ways(told["RL"] - blind["RL"], blind["SFT"] - told["RL"], matters=matters),
    ]


MEASURES = {"00.C8": hint_gap}
