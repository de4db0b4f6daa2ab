"""What is built in lesson 04, as the course has it: how long until it is found, the lever, and who plans to pull it."""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import one_hot

from helpers.worlds.tampering import CELLS, ROOMS, USE, Exactly, Told, Workshop


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


def at_random(lever: Callable, *, episodes: int = 4000, prices=(1.0, 0.0, 2.0), steps: int = 10) -> tuple:
    """Agents who do anything, in a workshop with a built lever: the mean record, and the share of lamps on.

    The same agents each time it is called.
    """
    drawn = torch.Generator().manual_seed(0)
    env = Workshop(prices=[prices], rooms="one")
    room = env.rooms.expand(episodes)
    things, each = ROOMS[room], env.prices.expand(episodes, 3)
    cell, lit = torch.randint(CELLS, (episodes,), generator=drawn), torch.zeros(episodes, dtype=torch.bool)
    record = torch.zeros(episodes)
    for _ in range(steps):
        action = torch.randint(env.actions, (episodes,), generator=drawn)
        lit, adds = lever(lit, cell, action, things, each)
        record, cell = record + adds, env.moved(room, cell, action)
    return float(record.mean()), float(lit.float().mean())


def evenly(prices=(1.0, 0.0, 2.0)) -> tuple[float, float]:
    """The same of agents who do anything, exactly."""
    exact = Exactly(Workshop(prices=[prices], rooms="one"))
    told = exact.of(lambda t: torch.full((1, *exact.record.shape), 1 / exact.env.actions))
    return float(told.record), float(told.lamp)


def of_planner(planner: Callable, record: Float[Tensor, "room state action"], exact: Exactly) -> Told:
    """What a built planner does that believes that the record adds this."""
    each = [planner(one, after, exact.env.horizon) for one, after in zip(record, exact.after, strict=True)]
    choices = one_hot(torch.stack(each, dim=1), exact.env.actions).float()[:, None]
    return exact.of(lambda t: choices[t])
