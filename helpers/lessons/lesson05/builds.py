"""What learners build in lesson 05: a few lines to warm up, the forecaster, and luck taken apart."""

from collections.abc import Callable, Sequence

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.lessons.lesson05.leans import TWO, in_sets, root


def missed(values: Float[Tensor, "runs"]) -> Float[Tensor, ""]:
    """The mean squared miss, if each run is forecast by the mean of all the others."""
    others = (values.sum() - values) / (len(values) - 1)
    return ((values - others) ** 2).mean()


def alike(start: Float[Tensor, "*axes"], luck: Float[Tensor, "*axes"]) -> Float[Tensor, "*axes"]:
    """The correlation of two runs from one start: the start's share of the variance, from two standard deviations."""
    return start**2 / (start**2 + luck**2)


def runs_needed(ratio: Float[Tensor, "*axes"]) -> Float[Tensor, "*axes"]:
    """From how many runs of each arm on one spread is told from another that is so many times as wide.

    The log of a standard deviation of n normal values has a standard error of about 1 / sqrt(2 (n - 1)). Told apart:
    the log of the ratio is two of its own standard errors away from 0. Not rounded.
    """
    return 1 + 4 / ratio.log() ** 2


def one_start(first: Float[Tensor, "starts runs"], second: Float[Tensor, "starts runs"]) -> Float[Tensor, ""]:
    """The variance among runs from one start, of leans that were measured twice, in two sets of mazes.

    A run's two distances from the mean of its start are multiplied. What only one measurement has is on average 0 in
    the product, what both have is the run's own.
    """
    away, again = (each - each.mean(1, keepdim=True) for each in (first, second))
    starts, runs = first.shape
    return (away * again).sum() / (starts * (runs - 1))


def forecast(
    early: Float[Tensor, "runs"], late: Float[Tensor, "runs"], mine: Float[Tensor, ""]
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """How one more run will end whose beginning is `mine`, from how others began and ended: a mean and a width.

    The mean lies on the least-squares line through the others. The width is the standard error of a forecast: what the
    others miss their line by, with n - 2 in the place of n, and wider by how little is known of the line itself, the
    more so the further away from the others' beginnings `mine` lies.
    """
    away = early - early.mean()
    slope = (away * (late - late.mean())).sum() / (away**2).sum()
    missed = late - late.mean() - slope * away
    mean = late.mean() + slope * (mine - early.mean())
    unknown = 1 + 1 / len(early) + (mine - early.mean()) ** 2 / (away**2).sum()
    return mean, ((missed**2).sum() / (len(early) - 2) * unknown).sqrt()


def luck_apart(
    first: Float[Tensor, "starts runs"], second: Float[Tensor, "starts runs"]
) -> tuple[Float[Tensor, ""], Float[Tensor, ""], Float[Tensor, ""]]:
    """Three variances: what the start decides, what the luck of training does, and what one measurement adds.

    first, second: every run measured twice, in mazes of their own. Products of the two measurements stand in the place
    of squares, so that what measuring adds is 0 on average in start and luck. Each of the three is right on average;
    where there is nothing it comes out below 0 about as often as above.
    """
    starts, runs = first.shape
    luck = one_start(first, second)
    means, again = first.mean(1), second.mean(1)
    of_means = ((means - means.mean()) * (again - again.mean())).sum() / (starts - 1)
    start = of_means - luck / runs  # a mean over runs still holds its part of their luck
    apart = first - second
    noise = ((apart - apart.mean()) ** 2).sum() / (starts * runs - 1) / 2
    return start, luck, noise


def parted(apart: Callable, runs: pd.DataFrame, level: float | None, arms: Sequence[str]) -> pd.DataFrame:
    """What a built `luck_apart` finds in runs of several from one start: standard deviations, a row for each arm.

    level: the success at which leans are read, see `leans.at_level`. The three sets of mazes are taken two by two and
    the variances averaged: then luck is what 05.C9.start compares, where no run is missing. A start of which a run
    never got to the level is left out; `starts` says how many are in. Below 0 where the variance came out below 0.
    """
    sets, rows = in_sets(runs, level, arms), {}
    for arm in arms:
        each = {name: table[arm].unstack("run") for name, table in sets.items()}
        whole = pd.concat(each.values(), axis=1).notna().all(axis=1)
        each = {name: torch.tensor(table[whole].to_numpy()) for name, table in each.items()}
        found = torch.tensor([[float(one) for one in apart(each[a], each[b])] for a, b in TWO]).mean(0)
        rows[arm] = {name: root(value) for name, value in zip(PARTS, found.tolist(), strict=True)}
        rows[arm]["starts"] = int(whole.sum())
    return pd.DataFrame(rows).T.astype({"starts": int})


PARTS = ("start", "luck", "noise")


def in_words(found: pd.DataFrame) -> str:
    """What `parted` found, in sentences; an estimate below 0 gets a word of its own."""
    said = []
    for arm, row in found.iterrows():
        parts = [f"{name} {100 * row[name]:.1f}" for name in PARTS if row[name] >= 0]
        below = [name for name in PARTS if row[name] < 0]
        said.append(f"**{arm}**: {', '.join(parts)} walks in a hundred")
        if below:
            which = " and ".join(below)
            said.append(
                f"what {which} decides comes out below 0: so little that the estimate, which is right on average, fell "
                "on the other side"
            )
    return ". ".join(one[0].upper() + one[1:] for one in said) + "."


def simulated(
    seed: int, start: float, luck: float, noise: float, *, starts: int = 6, runs: int = 4
) -> tuple[Tensor, Tensor]:
    """A table drawn with a known truth, three standard deviations, measured twice: [start, run] each."""
    draw = torch.Generator().manual_seed(seed)
    normal = lambda *shape: torch.randn(shape, generator=draw)
    value = 50 + start * normal(starts, 1) + luck * normal(starts, runs)
    return value + noise * normal(starts, runs), value + noise * normal(starts, runs)
