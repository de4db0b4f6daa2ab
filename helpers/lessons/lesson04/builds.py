"""What is built in lesson 04, as the course has it: how long until it is found, the lever, and who plans to pull it."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.worlds.tampering import USE


def batches_until(p: Float[Tensor, "*axes"], episodes: int) -> Float[Tensor, "*axes"]:
    """How many batches pass, on average, until one holds the first hit, the batch with the hit counted."""
    return 1 / -torch.expm1(episodes * torch.log1p(-p))


def less_the_mean(reward: Float[Tensor, "episode time"]) -> Float[Tensor, "episode time"]:
    """The reward to go, less its mean over the episodes at the same step."""
    to_go = reward.flip(1).cumsum(1).flip(1)
    return to_go - to_go.mean(0)


def use(
    lit: Bool[Tensor, "episode"],
    cell: Int[Tensor, "episode"],
    action: Int[Tensor, "episode"],
    things: Int[Tensor, "episode thing"],
    prices: Float[Tensor, "episode thing"],
) -> tuple[Bool[Tensor, "episode"], Float[Tensor, "episode"]]:
    """One step of the workshop: whether the lamp is on afterwards, and what the record adds."""
    used = (action == USE)[:, None] & (things == cell[:, None])
    worked = (used[:, :2] * prices[:, :2]).sum(1)
    pulled = used[:, 2] & (prices[:, 2] > 0)
    return lit | pulled, torch.where(lit, prices[:, 2], worked)


def plan(
    record: Float[Tensor, "state action"], after: Int[Tensor, "state action"], steps: int
) -> Int[Tensor, "time state"]:
    """The best action at each step in each state, by going back from the last step; ties go to the first action."""
    worth, best = torch.zeros(len(record)), []
    for _ in range(steps):
        value = record + worth[after]
        best.append(value.argmax(1))
        worth = value.amax(1)
    return torch.stack(best[::-1])
