"""What is built in lesson 02, as the course has it: discovery, pass@k from samples, whose win it was, and self-play."""

from collections.abc import Callable
from math import comb

import pandas as pd
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from helpers.core import Run
from helpers.lessons.lesson02 import games
from helpers.worlds.nim import Nim

BUILT = "self-play RL, built"  # what a reader's own arm is called


def found_by(p: Float[Tensor, "*axes"], tries: int) -> Float[Tensor, "*axes"]:
    """The chance that at least one of so many tries hits what each hits with chance p; exact for the smallest p."""
    return -torch.expm1(tries * torch.log1p(-p))


def pass_at_k(n: int, right: int, k: int) -> float:
    """pass@k from n samples, `right` of them right, without bias: no right one among k drawn without replacement."""
    return 1 - comb(n - right, k) / comb(n, k)


def outcome_for_mover(playing: Bool[Tensor, "move game"]) -> Float[Tensor, "move game"]:
    """1 where whoever made the move won in the end, -1 where the other did, 0 after the end.

    playing: True at every move of a game, False after its end. Who moves last takes the last counter and wins.
    """
    left = playing.flip(0).cumsum(0).flip(0) - 1  # moves that still follow
    return torch.where(playing, torch.where(left % 2 == 0, 1.0, -1.0), 0.0)


def self_play(
    game: Nim, steps: int = 300, lr: float = 4.0, plays: int = 32
) -> Float[Tensor, "steps_and_start position move"]:
    """Self-play from nothing: the policy at the start and after each step."""
    logits = torch.where(game.legal, 0.0, -1e9)
    path = [logits.softmax(1)]
    for _ in range(steps):
        p, place, seen = logits.softmax(1), torch.full((plays,), game.opening), []
        while (place > 0).any():
            move = torch.multinomial(p[place], 1)[:, 0]
            seen.append((place, move, place > 0))
            place = torch.where(place > 0, game.after[place, move], 0)
        places, moves, playing = (torch.stack(part) for part in zip(*seen, strict=True))
        rows = torch.eye(game.actions)[moves] - p[places]
        weighed = outcome_for_mover(playing)[..., None] * rows
        gradient = torch.zeros_like(p).index_add(0, places.flatten(), weighed.flatten(0, 1)) / plays
        logits = logits + lr * torch.where(game.legal, gradient, 0.0)
        path.append(logits.softmax(1))
    return torch.stack(path)


def right_moves(game: Nim, path: Float[Tensor, "step position move"]) -> Float[Tensor, "step"]:
    """The chance of a right move, a mean over all positions in which a win can be forced, at each step."""
    return torch.where(game.right, path, 0.0).sum(-1)[:, game.wins].mean(-1)


def learning(
    run: Callable,
    at: games.Match,
    ours: Run,
    *,
    steps: int,
    plays: int = games.GAMES,
    kept: dict | None = None,
) -> pd.DataFrame:
    """A built run and the course's own on a match, beside each other: rows step, seed, value, method.

    ours: the course's run of self-play, of the same match. value: the chance of a right move over all positions that
    can be won. kept: where the policy that the built run came to is put, by the name of its arm.
    """
    frames, last = [], []
    for seed in at.seeds:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            path = torch.stack(tuple(run(at.game, steps=steps, plays=plays))).detach()
        value = right_moves(at.game, path).tolist()
        frames.append(pd.DataFrame({"step": range(len(value)), "seed": seed, "value": value}))
        last.append(path[-1])
    if kept is not None:
        kept[BUILT] = at.game.player(torch.stack(last), at.seeds)
    made = ours.history
    made = made[made.metric == games.RIGHT][["step", "seed", "value"]]  # losses stand at every step
    return pd.concat([pd.concat(frames).assign(method=BUILT), made.assign(method="self-play RL")])
