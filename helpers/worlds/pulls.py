"""Two arms that pay or do not, with chances that change from task to task; and who learns them best, exactly.

A task is a pair of chances, drawn once an episode; an episode is a few pulls. What counts for who learns is how often
each arm has paid and has not: four numbers. So what is best to do can be told exactly, by going back from the last pull
(dynamic programming; for endless, discounted play there is an index for each arm), for any prior over tasks.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import one_hot

from helpers.checked import one_of, whole
from helpers.core.streams import Rng

GRID = 20  # chances that an arm may have: 0.025, 0.075, ... 0.975
TOLD = ("real", "flipped", "by lot")


class Prior(NamedTuple):
    """How often each task comes: pairs of chances, and a weight for each."""

    pairs: Float[Tensor, "task 2"]
    weight: Float[Tensor, "task"]


def prior(*, first: float = 0.5, left_out: Callable | None = None, grid: int = GRID) -> Prior:
    """Any two chances of a grid, the two never equal. first: how often arm 1 is the better one.

    left_out: `(pairs) -> which` never come.
    """
    chance = (torch.arange(grid) + 0.5) / grid
    pairs = torch.cartesian_prod(chance, chance)
    better = pairs[:, 0] > pairs[:, 1]
    weight = torch.where(better, first, 1 - first) * (pairs[:, 0] != pairs[:, 1])
    if left_out is not None:
        weight = weight * ~left_out(pairs)
    kept = weight > 0
    return Prior(pairs[kept], weight[kept] / weight.sum())


def one_task(first: float, second: float) -> Prior:
    """One pair of chances alone."""
    return Prior(torch.tensor([[first, second]]), torch.ones(1))


class PullState(NamedTuple):
    """Where each episode stands."""

    odds: Float[Tensor, "seed episode 2"]
    counts: Int[Tensor, "seed episode 4"]  # told so far: arm 1 paid, arm 1 did not, arm 2 paid, arm 2 did not
    seen: Float[
        Tensor, "seed episode 4"
    ]  # the last pull as it was told, one of the four; nothing before the first


class Pulls:
    """Two arms, `horizon` pulls. Seen: which arm was pulled last and whether it is told to have paid.

    told: "real"; "flipped", a pay is told as none and none as a pay; "by lot", another coin is told, for one half.
    What is earned is real: a coin or, where `coins` is False, the chance itself.
    """

    actions, features = 2, 4

    def __init__(self, tasks: Prior, *, horizon: int = 10, told: str = "real", coins: bool = True):
        self.tasks, self.horizon, self.coins = tasks, whole(horizon, "horizon"), coins
        self.told = one_of(told, TOLD, "told")

    def reset(self, rng: Rng, episodes: int) -> PullState:
        """A task for each episode."""
        ladder = self.tasks.weight.double().cumsum(0)
        task = torch.searchsorted(ladder, rng.uniform(episodes).double()).clamp(max=len(ladder) - 1)
        nothing = torch.zeros(*task.shape, 4)
        return PullState(self.tasks.pairs[task], nothing.long(), nothing)

    def observe(self, state: PullState) -> Float[Tensor, "seed episode features"]:
        """The last pull as it was told."""
        return state.seen

    def step(self, state: PullState, action: Int[Tensor, "seed episode"], rng: Rng):
        """One pull. It is no end: `play` counts."""
        coins = rng.uniform(action.shape[1], 2)
        chance = state.odds.gather(-1, action[..., None])[..., 0]
        pays = coins[..., 0] < chance
        says = {"real": pays, "flipped": ~pays, "by lot": coins[..., 1] < 0.5}[self.told]
        seen = one_hot(2 * action + (~says).long(), 4)
        after = PullState(state.odds, state.counts + seen, seen.float())
        return after, pays.float() if self.coins else chance, torch.zeros_like(pays)


class Exactly:
    """All counts that `horizon` pulls can lead to under a prior, and what is known of a learner that goes by them.

    counts: [state, 4], in the order of how many pulls they are. after: [state, arm, paid or not], the next state.
    mean: [state, arm], the chance that the next pull of the arm pays, given the counts.
    """

    def __init__(self, tasks: Prior, horizon: int = 10):
        self.tasks, self.horizon = tasks, whole(horizon, "horizon")
        span = torch.arange(horizon + 1)
        every = torch.cartesian_prod(span, span, span, span)
        every = every[every.sum(1) <= horizon]
        self.counts = every[every.sum(1).argsort(stable=True)]
        self.pulls = self.counts.sum(1)
        self.place = torch.full((horizon + 2,) * 4, -1)
        self.place[tuple(self.counts.T)] = torch.arange(len(self.counts))
        one = torch.eye(4, dtype=torch.long).view(2, 2, 4)  # arm, paid or not
        self.after = self.place[(self.counts[:, None, None] + one).unbind(-1)]

    @cached_property
    def posterior(self) -> Float[Tensor, "state task"]:
        """How likely each task is, given the counts."""
        p = self.tasks.pairs.double()
        logs = torch.stack([p[:, 0].log(), (-p[:, 0]).log1p(), p[:, 1].log(), (-p[:, 1]).log1p()])
        return (self.counts.double() @ logs + self.tasks.weight.double().log()).softmax(-1)

    @cached_property
    def mean(self) -> Float[Tensor, "state 2"]:
        """The chance that the next pull of each arm pays."""
        return self.posterior @ self.tasks.pairs.double()

    @cached_property
    def value(self) -> Float[Tensor, "state 2"]:
        """What is still earned, on average, by who pulls this arm and then does what is best."""
        value = torch.zeros(len(self.counts), 2, dtype=torch.float64)
        for n in reversed(range(self.horizon)):
            here = self.pulls == n
            worth = value[self.after[here]].amax(-1)  # [state, arm, paid or not]
            p = self.mean[here]
            value[here] = p * (1 + worth[..., 0]) + (1 - p) * worth[..., 1]
        return value

    def best(self) -> Float[Tensor, "state 2"]:
        """Who does what is best; of equals each with one half."""
        top = self.value >= self.value.amax(-1, keepdim=True) - 1e-9
        return top / top.sum(-1, keepdim=True)

    def thompson(self) -> Float[Tensor, "state 2"]:
        """Who takes an arm as often as it is likely to be the better one: Thompson sampling."""
        first = self.posterior @ (self.tasks.pairs[:, 0] > self.tasks.pairs[:, 1]).double()
        return torch.stack([first, 1 - first], -1)

    def reached(self, choice: Float[Tensor, "state 2"], odds: Sequence[float]) -> Float[Tensor, "state"]:
        """How likely a learner's counts are, in the task with these chances, at each number of pulls."""
        chance = torch.zeros(len(self.counts), dtype=torch.float64)
        chance[0] = 1
        pays = torch.tensor([[p, 1 - p] for p in odds], dtype=torch.float64)
        for n in range(self.horizon):
            here = self.pulls == n
            flow = chance[here, None, None] * choice[here, :, None] * pays
            chance.index_add_(0, self.after[here].flatten(), flow.flatten())
        return chance

    def takes(self, choice: Float[Tensor, "state 2"], odds: Sequence[float]) -> Float[Tensor, "time"]:
        """How often a learner takes arm 1 at each pull, in the task with these chances."""
        chance = self.reached(choice, odds)
        return torch.stack([(chance * choice[:, 0])[self.pulls == n].sum() for n in range(self.horizon)])
