"""What lesson 02 reads beside its verdicts: tables of arms, and how far a greedy choice carries."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import pandas as pd
import torch
from torch import Tensor

from helpers.core import Policy
from helpers.kit.tables import stored
from helpers.lessons.lesson02 import games, links, prompts
from helpers.worlds.nim import Nim
from helpers.worlds.strings import pass_at

LEAST_GAIN = 0.01  # of pass@1: less of it is not cut into parts


def multiverse() -> pd.DataFrame:
    """What the rules judge in every setting: the stored table of the long runs."""
    return stored("multiverse_02")


def beside_control(
    control: tuple[links.Course, pd.DataFrame], arms: Sequence[str], *, steps: int = links.STEPS
) -> pd.DataFrame:
    """A gate's control, a course and its runs (`kept` of `composed_gates`), and these arms of the same course."""
    at, there = control
    more = links.trained(at, arms, steps=steps, often=1)
    return pd.concat([there.drop(columns="part"), more], ignore_index=True)


def from_samples(
    chance: Tensor,
    estimate: Callable,
    *,
    samples: int = prompts.SAMPLES,
    ks: Sequence[int] = (1, 4, 16, 64, 128),
) -> dict[int, float]:
    """pass@k by k, a mean over prompts and seeds, as one estimates it from samples: `estimate(samples, right, k)`.

    chance: of the right answer, [seed, prompt]; so many of the samples are right as the dice say.
    """
    dice = torch.Generator().manual_seed(0)
    right = torch.binomial(torch.full_like(chance, float(samples)), chance, generator=dice).long()
    counts, times = right.unique(return_counts=True)
    share = (times / times.sum()).tolist()
    return {
        k: sum(
            part * float(estimate(samples, one, k)) for one, part in zip(counts.tolist(), share, strict=True)
        )
        for k in ks
    }


def where_gained(
    before: Tensor, after: Tensor, edges: Sequence[float] = (0, 0.01, 0.03, 0.1, 1)
) -> pd.DataFrame:
    """Prompts by the chance that their right answer had before training: the part of all prompts, the part of all that
    pass@1 has gained, and the share of them whose right answer has come to be given more often than not.

    before, after: the chance of the right answer, [seed, prompt]. Where pass@1 gained no more than 0.01 in the mean,
    the table has no parts of it. A row without prompts is left out.
    """
    gain, rows = (after - before).double(), {}
    gained = float(gain.mean()) > LEAST_GAIN
    for low, high in pairwise(edges):
        there = (before >= low) & ((before < high) | (high == edges[-1]))
        if not there.any():
            continue
        rows[f"{low:g} to {high:g}"] = {
            "part of the prompts": float(there.double().mean()),
            **({"part of the gain": float(gain[there].sum() / gain.sum())} if gained else {}),
            "came to be right more often than not": float((after[there] > 0.5).double().mean()),
        }
    return pd.DataFrame(rows).T.rename_axis("chance before training")


def by_temperature(
    at: prompts.Task,
    policies: Mapping[str, Policy],
    temperatures: Sequence[float] = (0.05, 0.15, 0.25, 0.5, 1, 2, 3, 5, 7),
    ks: Sequence[int] = prompts.KS,
) -> pd.DataFrame:
    """pass@k of new prompts where each policy is drawn at these temperatures, a mean over seeds and prompts; in the
    last row the best of each column, whose temperature was chosen by the answers."""
    rows = {
        f"{one:g}": {
            (name, f"pass@{k}"): float(pass_at(at.drawn_at(policy, one)["new"], k).mean())
            for name, policy in policies.items()
            for k in ks
        }
        for one in temperatures
    }
    table = pd.DataFrame(rows).T.rename_axis("temperature")
    return pd.concat([table, table.max().to_frame("the best of these").T]).rename_axis("temperature")


def drawn_otherwise(at: prompts.Task, base: Policy, trained: Policy, name: str = "RL") -> pd.DataFrame:
    """pass@k of new prompts, means: two policies as they are, each as undecided as the other, and at its best.

    At its best: each column at the best of several temperatures, which the answers themselves have chosen.
    """
    cold = 1 / prompts.sharpness(trained)
    chances = {
        "before training": at.halves(base),
        name: at.halves(trained),
        f"{name}, as undecided as before": at.as_undecided(trained),
        f"before training, as sharp as {name}": at.drawn_at(base, cold),
    }
    rows = {
        row: {f"pass@{k}": float(pass_at(one["new"], k).mean()) for k in prompts.KS}
        for row, one in chances.items()
    }
    best = by_temperature(at, {"before training": base, name: trained}).iloc[-1]
    rows |= {f"{one}, at its best temperature": best[one].to_dict() for one in ("before training", name)}
    return pd.DataFrame(rows).T.rename_axis("new prompts")


def by_visits(game: Nim, policy: Policy, edges: Sequence[float] = (0, 1e-3, 1e-1, 1)) -> pd.DataFrame:
    """Positions that can be won, by how often a game of the policy with itself comes through; the opening by itself.

    How many of them, the chance of a right move there, the same weighted by how often games come through, and which
    part of all wrong moves they have; over all seeds. A row without positions is left out: the opening, too, where
    whoever moves first cannot force a win.
    """
    often, right = game.visits(policy)[:, game.wins], game.right_moves(policy)
    first = (torch.arange(game.features) == game.opening)[game.wins].expand_as(often)
    groups = {
        f"{low:g} to {high:g}": (often >= low) & ((often < high) | (high == edges[-1])) & ~first
        for low, high in pairwise(edges)
    }
    rows = {}
    for name, there in {**groups, "the opening": first, "all": torch.ones_like(first)}.items():
        if not there.any():
            continue
        rows[name] = {
            "positions": float(there.sum(1).float().mean()),
            "chance of a right move": float(right[there].mean()),
            "weighted by visits": float((often * right)[there].sum() / often[there].sum()),
            "part of what is wrong": float((1 - right)[there].sum() / (1 - right).sum()),
        }
    return pd.DataFrame(rows).T.rename_axis("visits in a game")


def told_game(game: Nim, chance: Tensor, *, seed: int = 0) -> str:
    """One game of a player with itself, the heaps after each move; the first player's moves are bold.

    chance: of each move, [position, move]. Marked are right moves and wins that were given away; where none could be
    forced there is no mark.
    """
    dice, place, said = torch.Generator().manual_seed(seed), game.opening, [_heaps(game, game.opening)]
    while place:
        move = int(torch.multinomial(chance[place], 1, generator=dice))
        mark = "" if not game.wins[place] else " ✓" if game.right[place, move] else " ✗"
        place = int(game.after[place, move])
        told = _heaps(game, place) + mark
        said.append(f"**{told}**" if len(said) % 2 else told)
    return " · ".join(said)


def _heaps(game, place):
    return " ".join(str(heap) for heap in game.positions[place].tolist())


def openings(game: Nim, policies: Mapping[str, Policy]) -> pd.DataFrame:
    """The chance of a right first move, and of winning from the opening against a player who makes no mistake: means
    over seeds, and how many seeds move right there more often than not. ValueError where no first move is right."""
    rows = {}
    if not game.wins[game.opening]:
        raise ValueError(
            f"with heaps of {_heaps(game, game.opening)} whoever moves first cannot force a win, so no first move is "
            "right: take heaps that can be won"
        )
    for name, policy in policies.items():
        right = torch.where(game.right, game.chances(policy), 0.0).sum(-1)[:, game.opening]
        rows[name] = {
            "right first move": float(right.mean()),
            "seeds that open right": f"{int((right > 0.5).sum())} of {len(right)}",
            "wins against no mistake": float(game.won(policy)[:, game.opening].mean()),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def drawn_and_greedy(runs: Mapping) -> pd.DataFrame:
    """Right moves at the end, when moves are drawn and when the likeliest is taken; and wins against weak players."""
    metrics = [games.RIGHT, games.GREEDY, games.WINS]
    rows = {name: run.history[run.history.step == run.history.step.max()] for name, run in runs.items()}
    mean = lambda one, metric: one[one.metric == metric].value.mean()
    return pd.DataFrame({name: {m: mean(one, m) for m in metrics} for name, one in rows.items()}).T
