"""The boundary as one picture: how likely the whole is before training, and how much of it pays by itself.

Strings of eight tokens in a table, whose right token has the same chance q at each place: the whole has p = q^8. A
piece of it pays as soon as it is whole and right. With n tries theory says that all pieces are found with the chance
(1 - (1 - p^(1 / pieces))^n)^pieces: what counts is the smallest thing that pays, not the whole.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch

from helpers.checked import number
from helpers.checked import seeds as seeds_of
from helpers.core import Rollouts, reinforce_loss, train
from helpers.core.advantages import reward_to_go
from helpers.worlds.strings import Strings

LENGTH, TOKENS, TRIES, STEPS, LR = 8, 6, 16, 150, 0.1
POWERS = tuple(range(1, 17))  # p = 10^-1 to 10^-16
PIECES = (1, 2, 4)
FAR = 20_000  # so far apart lie the numbers of two powers' draws; a seed is below it


def chance_of(powers: Sequence[int] = POWERS):
    """The base: the first token of six is right, with the same chance at each place; the others share the rest."""
    powers = [number(power, "a power", least=0) for power in powers]
    q = 10.0 ** (-torch.tensor(powers, dtype=torch.float) / LENGTH)
    others = (1 - q)[:, None].expand(-1, TOKENS - 1) / (TOKENS - 1)
    return torch.cat([q[:, None], others], 1)[:, None].expand(-1, LENGTH, -1)


def of_prompt(group: int):
    """The reward to go, less its mean over the other tries at the same prompt and place."""

    def advantage(batch):
        value = reward_to_go(batch).unflatten(1, (-1, group))
        return ((value - value.mean(2, keepdim=True)) * group / (group - 1)).flatten(1, 2)

    return advantage


def grid(
    seeds, *, each: Sequence[int] = PIECES, steps: int = STEPS, tries: int = TRIES, lr: float = LR
) -> pd.DataFrame:
    """For each power and number of pieces: the share of seeds that write the whole at least every other time.

    Each power and seed is a table of its own, with draws of its own: one prompt in a small table, not sixteen in one.
    """
    rows, n, seeds = [], steps * tries, seeds_of(seeds)
    own = [FAR * power + seed for power in POWERS for seed in seeds]
    chance = chance_of().repeat_interleave(len(seeds), 0)[:, None]
    for pieces in each:
        world = Strings(torch.zeros(1, LENGTH, dtype=torch.long), TOKENS, pieces=pieces)
        data = Rollouts(world, episodes=tries, advantage=of_prompt(tries), logp=False)
        run = train(world.writer(chance, own), data, reinforce_loss, steps=steps, lr=lr, probe_every=steps)
        solved = (world.chances(run.policy) > 0.5).float().view(len(POWERS), -1).mean(1)
        rows += [
            (power, pieces, float(share), in_theory(power, pieces, n))
            for power, share in zip(POWERS, solved, strict=True)
        ]
    return pd.DataFrame(rows, columns=["power", "pieces", "solved", "theory"])


def in_theory(power, pieces: int, tries: int):
    """The chance that so many tries hold every piece, each by itself."""
    return (-np.expm1(tries * np.log1p(-(10.0 ** (-np.asarray(power) / pieces))))) ** pieces
