"""What a network does in corridors, exactly: 81 chances say everything, so that nothing has to be sampled.

A network sees where the agent is and where the coin is, and nothing else changes. Its chance of a step to the right,
for each of the 9 x 9 pairs, therefore says how every episode goes.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.worlds.grids import GridState, GridWorld, Levels


@torch.no_grad()
def chances(policy, width: int = 9) -> Float[Tensor, "seed coin agent"]:
    """P(right | agent, coin) of each seed: the chance that the next step goes to the right."""
    coin = torch.arange(width)
    empty = torch.zeros(width, 1, width, dtype=torch.bool)
    world = GridWorld(Levels(empty, (coin + 1) % width, coin, torch.ones(width)), horizon=1)
    obs = world.observe(GridState(coin[:, None].expand(width, width), coin.expand(width, width)))
    seen = obs.expand(len(policy.seeds), *obs.shape).to(policy.device)  # worlds live on the CPU
    return policy.logits(seen).cpu().softmax(-1)[..., 1]


def found(right: Float[Tensor, "seed coin agent"], levels: Levels, moves: int = 16) -> Float[Tensor, "seed"]:
    """The chance that the coin is reached in so many moves, a mean over corridors, each as often as it is drawn.

    It follows the chance of standing in each cell, move by move; what reaches the coin stays there.
    """
    places = torch.arange(len(levels.coin))
    step = right[:, levels.coin]  # [seed, corridor, agent]
    here = torch.nn.functional.one_hot(levels.start, right.shape[-1]).to(right).expand(step.shape)
    there = torch.zeros(step.shape[:2])
    for _ in range(moves):
        to_right, to_left = here * step, here * (1 - step)
        here = to_right.roll(1, -1) + to_left.roll(-1, -1)
        here[..., 0] += to_left[..., 0] - to_right[..., -1]  # at either end a wall: the agent stays
        here[..., -1] += to_right[..., -1] - to_left[..., 0]
        there = there + here[:, places, levels.coin]
        here[:, places, levels.coin] = 0
    return weighted(there, levels)


def by_the_coin_alone(levels: Levels, left_below: int, width: int = 9) -> float:
    """The share of coins reached by one who walks left where the coin lies in a cell below `left_below`, else right."""
    right = (torch.arange(width) >= left_below).float()[None, :, None].expand(1, width, width)
    return float(found(right, levels))


def first_left(right: Float[Tensor, "seed coin agent"], levels: Levels) -> Float[Tensor, "seed"]:
    """The chance that the first step goes to the left, a mean over corridors."""
    return weighted(1 - right[:, levels.coin, levels.start], levels)


def weighted(value: Float[Tensor, "seed corridor"], levels: Levels) -> Float[Tensor, "seed"]:
    """The mean over corridors, each as often as it is drawn."""
    return (value * levels.weight).sum(-1) / levels.weight.sum()
