"""What is built in lesson 02, as the course has it: discovery, pass@k from samples, whose win it was, and self-play."""

from collections.abc import Callable, Sequence
from math import comb

import pandas as pd
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from helpers.core import train
from helpers.lessons.lesson02 import games
from helpers.worlds.nim import Nim


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
    run: Callable, at, *, steps: int, seeds: Sequence[int], plays: int = games.GAMES
) -> pd.DataFrame:
    """A built run and the course's own, beside each other: rows step, seed, value, opening, method.

    value: the chance of a right move over all positions that can be won; opening: at the opening alone.
    """
    frames = []
    for seed in seeds:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            path = torch.stack(tuple(run(at.game, steps=steps, plays=plays))).detach()
        value = right_moves(at.game, path).tolist()
        first = torch.where(at.game.right, path, 0.0).sum(-1)[:, at.game.opening].tolist()
        frames.append(
            pd.DataFrame({"step": range(len(value)), "seed": seed, "value": value, "opening": first})
        )
    built = pd.concat(frames).assign(method="self-play RL, built")
    few = games.match(seeds, heaps=at.game.heaps)
    arm = games.arms(few, plays)["self-play RL"]
    first = int(
        few.game.wins[: few.game.opening].sum()
    )  # the opening's place among positions that can be won
    probe = {
        games.RIGHT: lambda policy: few.game.right_moves(policy).mean(1),
        "opening": lambda policy: few.game.right_moves(policy)[:, first],
    }
    how = {"lr": games.RATES["self-play RL"], "probes": probe, "probe_every": max(1, steps // 30)}
    made = train(few.beginner(), *arm, steps=steps, **how).history
    made = made[made.metric.isin(probe)]  # losses stand at every step, these at some
    wide = made.pivot(index=["step", "seed"], columns="metric", values="value").reset_index()
    rows = wide.rename(columns={games.RIGHT: "value"})[["step", "seed", "value", "opening"]]
    return pd.concat([built, rows.assign(method="self-play RL")], ignore_index=True)
