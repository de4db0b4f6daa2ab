"""Three kinds of luck, each with a number of its own: the first weights, the mazes in their order, the moves drawn.

A seed of `train` draws all its luck from one number. Here a run is a triple, so that two runs may share one kind of
luck and differ in another.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Bool
from torch import Tensor

from helpers.checked import share, whole
from helpers.core.play import play
from helpers.core.policy import Policy
from helpers.core.streams import Rng, number_of
from helpers.core.types import Batch
from helpers.worlds.grids import GridState
from helpers.worlds.mazes import Guide, Maze


class Luck(NamedTuple):
    """What a run draws: the number of its first weights, of the order of its mazes, of the moves that are drawn."""

    weights: int
    order: int
    moves: int


MAZES, MOVES = 500, 600  # training streams, by which the mazes of a batch and the moves in it are drawn


def crossed(weights: int, orders: int, moves: int, *, first: int = 0) -> list[Luck]:
    """All first weights with all orders, and in each such pair `moves` runs with moves of their own.

    first: the smallest of all numbers. No two runs share moves: they mean nothing from one policy to another.
    """
    pairs = [(w, o) for w in range(first, first + weights) for o in range(first, first + orders)]
    return [
        Luck(w, o, first + moves * place + again)
        for place, (w, o) in enumerate(pairs)
        for again in range(moves)
    ]


def apart(seeds: Sequence[int]) -> list[Luck]:
    """Runs that share nothing: all three numbers are the seed."""
    return [Luck(seed, seed, seed) for seed in seeds]


def from_one_start(weights: Sequence[int], runs: int, *, first: int = 10_000) -> list[Luck]:
    """`runs` runs from each of these first weights; their mazes and moves are drawn for none but them.

    Shared orders would be shared luck: starts would not be apart, and an interval over them too narrow.
    first: the smallest number that mazes and moves may have; another one is other luck.
    """
    numbers = [(w, first + runs * w + again) for w in weights for again in range(runs)]
    return [Luck(w, number, number) for w, number in numbers]


def beginners(make_net: Callable, lucks: Sequence[Luck]) -> Policy:
    """A policy with a run for each luck, numbered from 0; runs with equal `weights` begin alike."""
    numbers = sorted({luck.weights for luck in lucks})
    different, start = Policy(make_net, seeds=numbers), Policy(make_net, seeds=len(lucks))
    place = torch.tensor([numbers.index(luck.weights) for luck in lucks])
    with torch.no_grad():
        for weight, source in zip(start.stacked, different.stacked, strict=True):
            weight.copy_(source[place])
    return start


class Draws(Rng):
    """What a world draws from in one batch: a generator for each run, those of equal numbers alike."""

    def __init__(self, numbers: Sequence[int], stream: int, batch: int):
        self.seeds = tuple(range(len(numbers)))
        mixed = [number_of(stream, number) + 7_000_000_000 * (batch + 1) for number in numbers]
        self.generators = [torch.Generator().manual_seed(one) for one in mixed]


class Drawn:
    """Episodes whose mazes and moves are drawn by numbers of their own: batch k of an order is the same for all arms.

    teacher: which moves are right in each cell, [level, cell, move], one of which is drawn; None: the policy acts.
    errs: in this share of its steps the teacher takes any move.
    advantage: `(Batch) -> advantage`. group: so many neighbouring episodes are in one maze.
    first: the number of the first batch; others than those of a run's training are drawn from a million on.
    """

    def __init__(
        self,
        env: Maze,
        lucks: Sequence[Luck],
        *,
        teacher: Bool[Tensor, "level cell move"] | None = None,
        errs: float = 0.0,
        advantage: Callable | None = None,
        episodes: int = 32,
        group: int = 1,
        first: int = 0,
    ):
        self.env, self.lucks, self.teacher = env, list(lucks), teacher
        self.errs, self.advantage, self.first, self.calls = share(errs, "errs"), advantage, first, first
        self.episodes, self.group = whole(episodes, "episodes"), whole(group, "group")
        if self.episodes % self.group:
            raise ValueError(f"groups of {group} do not make up {episodes} episodes")

    def __call__(self, policy, rng: Rng) -> Batch:
        """The next batch. What `train` draws from is not used."""
        numbers = {name: [getattr(luck, name) for luck in self.lucks] for name in Luck._fields}
        mazes = Draws(numbers["order"], MAZES, self.calls)
        moves = Draws(numbers["moves"], MOVES, self.calls)
        noise = moves.gumbel(self.env.horizon, self.episodes, self.env.actions)
        slips = moves.uniform(self.env.horizon, self.episodes) < self.errs
        self.calls += 1

        act = partial(self._act, policy, noise, slips)
        batch = play(_Grouped(self.env, self.group), self.episodes, act, mazes)
        batch = batch.with_(seeds=tuple(policy.seeds))
        return batch if self.advantage is None else batch.with_(advantage=self.advantage(batch))

    def _act(self, policy, noise, slips, state, obs, t):
        if self.teacher is None:
            return policy.sample(obs, noise[:, t])
        right = self.teacher[state.level, state.agent] | slips[:, t, :, None]
        return noise[:, t].masked_fill(~right, -torch.inf).argmax(-1), None

    def state(self) -> dict[str, Tensor]:
        """How many batches were drawn."""
        return {"calls": torch.tensor(self.calls)}

    def restore(self, state) -> None:
        """Go back to a `state`; to the beginning if it is empty."""
        self.calls = int(state.get("calls", self.first))


class _Grouped:
    """The same world, in which so many neighbouring episodes of a seed begin alike."""

    def __init__(self, env: Maze, group: int):
        self._env, self._group = env, group

    def __getattr__(self, name):
        return getattr(self._env, name)

    def reset(self, rng, episodes):
        """The first episode of each group, repeated."""
        state = self._env.reset(rng, episodes // self._group)
        return type(state)(*(part.repeat_interleave(self._group, dim=1) for part in state))


def right_moves(env: Maze, to: str = "coin") -> Bool[Tensor, "level cell move"]:
    """All moves that lead closer to the coin, or to the flag. Where none does, all are right."""
    level = torch.arange(len(env.levels.coin))[:, None].expand(-1, env.cells)
    cell = torch.arange(env.cells).expand_as(level)
    steps = Guide(env, to).steps
    each = [env.moved(GridState(level, cell), torch.full_like(cell, move)) for move in range(env.actions)]
    closer = torch.stack([steps.gather(1, after) for after in each], dim=-1) < steps[..., None]
    return torch.where(closer.any(-1, keepdim=True), closer, True)
