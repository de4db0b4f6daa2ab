"""What lesson 07 reads beside its verdicts: families of pressure on one grid of nats, the scale, what was published."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from helpers.kit import final
from helpers.kit.multiverse import share
from helpers.kit.rules import rule
from helpers.kit.tables import stored
from helpers.lessons.lesson07 import peaks
from helpers.lessons.lesson07.arms import RL
from helpers.lessons.lesson07.levels import at_level
from helpers.lessons.lesson07.pressure import NATS, Stand, stand
from helpers.lessons.lesson07.taste import WORDS, compare_answers, features, standard

GRID = np.round(np.linspace(0, 8, 33), 2)  # nats at which paths are compared
HOW_HARD = {"best of n": 14.0, "SFT": 7.0, "leash": 12.0}  # the most that each is turned
POINTS = 24


def multiverse() -> pd.DataFrame:
    """What the rules judge in every setting: the stored table of the long runs."""
    return stored("multiverse_07")


def hangs_on(name: str) -> str:
    """What becomes of a rule's word in the settings: how many say the same, and what the others say, by name."""
    return f"{share(multiverse(), rule(name))}."


def on_grid(nats: Tensor, what: Tensor) -> np.ndarray:
    """What is measured on a path, at the nats of the grid: straight lines between points; NaN beyond its end.

    nats, what: [seed, point], with nats rising along a path, which begins at the base.
    """
    rows = []
    for far, values in zip(nats.numpy(), what.numpy(), strict=True):
        far = np.maximum.accumulate(far)
        rows.append(np.where(far.max() + 1e-9 >= GRID, np.interp(GRID, far, values), np.nan))
    return np.stack(rows)


def path(on: Stand, policies: Iterable[Tensor]) -> dict[str, Tensor]:
    """What is measured from the base along a row of policies, each [seed, answer]: name -> [seed, policy]."""
    return on.along(chain([on.at.base], policies))


def tidy(paths: Mapping[str, Mapping[str, Tensor]], seeds: Sequence[int]) -> pd.DataFrame:
    """Paths on the grid of nats, a row for each method, seed and KL, with columns proxy, gold and lying."""
    frames = []
    for name, one in paths.items():
        wide = {what: on_grid(one["KL"], one[what]) for what in ("proxy", "gold", "lying")}
        for row, seed in enumerate(seeds):
            columns = {what: values[row] for what, values in wide.items()}
            frames.append(pd.DataFrame({"method": name, "seed": seed, "KL": GRID, **columns}))
    return pd.concat(frames, ignore_index=True)


def families(on: Stand, best: Callable | None = None) -> pd.DataFrame:
    """Best of n, SFT on the best recorded answers and a leash, each turned from nothing to much, on the grid of nats.

    best: `(base, score, n) -> policy`, for one world; a learner's best of n in place of ours.
    """
    chosen = on.best if best is None else lambda x: _each(on, best, x)
    family = {"best of n": chosen, "SFT": on.kept, "leash": on.leash}
    count = len(on.pays)
    paths = {
        name: path(
            on, (how(torch.full((count,), x).double()) for x in np.linspace(0, HOW_HARD[name], POINTS))
        )
        for name, how in family.items()
    }
    return tidy(paths, on.at.seeds)


def _each(on, best, x):
    rows = zip(on.at.base, on.pays, x.exp().tolist(), strict=True)
    return torch.stack([torch.as_tensor(best(base, pays, n)).double() for base, pays, n in rows])


def learned(
    seeds: Sequence[int], model: Callable, *, sizes: Sequence[int], ridge: float = 1.0
) -> tuple[dict[str, Stand], pd.DataFrame]:
    """Stand-ins that a learner's reward model makes of so many comparisons, and what it pays for each word.

    model: `(better, worse, ridge) -> weights`, of one world. The table has the mean over places and worlds, less the
    mean over words.
    """
    made, rows = {}, {}
    for pairs in sizes:
        on = stand(seeds, pairs=pairs)
        seen, judged = features(on.at), compare_answers(on.at, pairs)
        weights = [
            torch.as_tensor(model(seen[better].float(), seen[worse].float(), ridge)).detach().double()
            for better, worse in zip(judged.better, judged.worse, strict=True)
        ]
        pays = standard(on.at.base, (seen @ torch.stack(weights).T).T)
        made[f"{pairs:,} comparisons"] = replace(on, pays=pays)
        each = torch.stack(weights).unflatten(1, (-1, len(WORDS))).mean((0, 1))
        rows[f"{pairs:,}"] = dict(zip(WORDS, (each - each.mean()).tolist(), strict=True))
    return made, pd.DataFrame(rows).T.rename_axis("comparisons")


def by_size(made: Mapping[str, Stand], best: Callable | None = None) -> pd.DataFrame:
    """Best of n on each of several stand-ins, on the grid of nats."""
    steps = np.linspace(0, HOW_HARD["best of n"], POINTS)
    paths = {}
    for name, on in made.items():
        how = on.best if best is None else lambda x, on=on: _each(on, best, x)
        paths[name] = path(on, (how(torch.full((len(on.pays),), x).double()) for x in steps))
    return tidy(paths, next(iter(made.values())).at.seeds)


def correlation(on: Stand) -> Tensor:
    """How well the stand-in goes along with the taste over the base's answers; [seed]. Both have mean 0 and sd 1."""
    return (on.at.base * on.pays * on.at.gold).sum(1)


def rescaled(on: Stand) -> pd.DataFrame:
    """The same stand-in, and its exponential, which has the same order: how far the two policies are apart, in nats."""
    wrong = replace(on, pays=standard(on.at.base, on.pays.exp()))
    count = len(on.pays)
    at = lambda x: torch.full((count,), float(x)).double()
    rows = {
        "best of 16": lambda one: one.best(at(math.log(16))),
        "SFT on the best tenth": lambda one: one.kept(at(math.log(10))),
        "leash, as long": lambda one: one.at_nats(one.leash, NATS),
    }
    out = {}
    for name, how in rows.items():
        first, second = how(on), how(wrong)
        apart = torch.where(
            first > 0, first * (first.clamp(min=1e-300) / second.clamp(min=1e-300)).log(), 0
        ).sum(1)
        out[name] = {
            "KL between the two, nats": float(apart.mean()),
            "gold before": float(on.told(first)["gold"].mean()),
            "gold after": float(on.told(second)["gold"].mean()),
        }
    return pd.DataFrame(out).T


def falls(frame: pd.DataFrame, method: str = "best of n", by: float = 0.05) -> int:
    """In how many worlds the gold of a path ends more than so much below its peak."""
    wide = frame[frame.method == method].pivot(index="KL", columns="seed", values="gold")
    return int(sum(wide[seed].max() - wide[seed].dropna().iloc[-1] > by for seed in wide))


def of_part(frame: pd.DataFrame, part: str, metric: str) -> pd.DataFrame:
    """What a metric is in the end, a row for each seed and a column for each arm, in one part of the results."""
    return final(frame[frame.part == part].drop(columns="part"), metric)


def two_nats(frame: pd.DataFrame, nats: float = NATS, metric: str = "gold") -> pd.DataFrame:
    """Gold two nats away from the base: SFT, RL on its way, the end of a leash, best of n; a row for each seed."""
    last = of_part(frame, "spent", metric)
    found = {"SFT, two nats": last["SFT, two nats"]}
    found[RL] = at_level(frame[frame.part == "spent"].drop(columns="part"), RL, metric, nats)
    return pd.DataFrame(found | {name: last[name] for name in ("leash, two nats", "best of n, two nats")})


def four_ways(frame: pd.DataFrame) -> pd.DataFrame:
    """What four ways to spend two nats have bought, means over worlds: pay by the stand-in, gold, gold less RL's."""
    gold, pays = two_nats(frame).mean(), two_nats(frame, metric="proxy").mean()
    return pd.DataFrame({"stand-in": pays, "gold": gold, "gold less RL's": gold - gold[RL]})


def less_the_end(frame: pd.DataFrame) -> pd.Series:
    """Gold of SFT on all that is good enough, less that of the best-paid answer there is, for each seed."""
    last = of_part(frame, "spent", "gold")
    return (last["SFT, good enough"] - last["best there is"]).rename("gold")


def published(on: Stand, frame: pd.DataFrame) -> pd.DataFrame:
    """How far both published forms miss gold, in sd: best of n in the worlds of `on`, exact RL's own way in a frame's.

    Fitted from one nat on, and from two: near the base the form of RL rises infinitely fast, and cannot hold.
    """
    ways = {"best of n": peaks.best_of_curve(on)[:2], RL: peaks.path(frame[frame.part == "spent"], RL)}
    rows = {}
    for name, (nats, gold) in ways.items():
        for least in (1.0, 2.0):
            miss = peaks.misses(nats, gold, least=least).pivot(index="curve", columns="form", values="miss")
            row = {f"form of {form}": float(miss[form].mean()) for form in peaks.FORMS}
            worse = int((miss["RL"] > miss["best of n"]).sum())
            rows[f"{name}, from KL {least:g} on"] = {**row, "RL's form worse": f"{worse} of {len(miss)}"}
    return pd.DataFrame.from_dict(rows, orient="index")  # columns keep their kinds: numbers can be rounded
