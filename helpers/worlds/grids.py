"""Gridworlds: each is a `World` of `helpers.core.types`."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.checked import one_of, share, whole
from helpers.core.streams import Rng


class Levels(NamedTuple):
    """Maps of a gridworld; a cell's number is row * width + column."""

    walls: Bool[Tensor, "level height width"]
    start: Int[Tensor, "level"]
    coin: Int[Tensor, "level"]
    weight: Float[Tensor, "level"]  # how often each is drawn, up to a factor
    flag: Int[Tensor, "level"] | None = None  # a second thing that one may want, where there is one


class GridState(NamedTuple):
    """Where each episode stands: which level, where the agent is."""

    level: Int[Tensor, "seed episode"]
    agent: Int[Tensor, "seed episode"]


class GridWorld:
    """Walk on a grid; reaching the coin pays 1 and ends the episode. Bumping into a wall costs a step.

    Moves are left, right and, where there is more than one row, up and down. Every episode draws one of `levels`.
    The observation is planes of 0 and 1, flattened: agent, coin, walls and, where there is one, the flag. Reaching the
    flag ends the episode, too, but pays nothing unless the coin lies there. With `pays="flag"` the flag pays instead,
    which changes nothing that one sees.
    Raises ValueError for levels that nobody can play, and for a horizon or a prize that there is not.
    """

    def __init__(self, levels: Levels, horizon: int, *, pays: str = "coin"):
        self.levels, self.horizon = playable(levels), whole(horizon, "horizon")
        self.pays = one_of(pays, ["coin"] if levels.flag is None else ["coin", "flag"], "pays")
        _, self.height, self.width = levels.walls.shape
        self.cells = self.height * self.width
        self.actions, self.features = (
            (2 if self.height == 1 else 4),
            (3 if levels.flag is None else 4) * self.cells,
        )
        self._blocked = levels.walls.flatten(1)
        things = [levels.coin] if levels.flag is None else [levels.coin, levels.flag]
        planes = [torch.nn.functional.one_hot(thing, self.cells) for thing in things]
        self._still = torch.cat(
            [planes[0], self._blocked, *planes[1:]], dim=-1
        )  # what never moves, for each level
        self._moves = torch.tensor([[0, -1], [0, 1], [-1, 0], [1, 0]][: self.actions])

    def reset(self, rng: Rng, episodes: int) -> GridState:
        """A random level for each episode, the agent at its start."""
        cumulative = self.levels.weight.cumsum(0)
        below = cumulative[-1].nextafter(
            torch.zeros(())
        )  # a number just below 1, times the sum, may be rounded to it
        level = torch.searchsorted(
            cumulative, (rng.uniform(episodes) * cumulative[-1]).minimum(below), right=True
        )
        return GridState(level, self.levels.start[level])

    def draw(self, state: GridState, seed: int = 0) -> list[str]:
        """The first seed's episodes as text, a line for each row: A agent, o coin, F flag, # wall, . floor."""
        pictures = []
        for level, agent in zip(state.level[seed].tolist(), state.agent[seed].tolist(), strict=True):
            cells = ["#" if wall else "." for wall in self._blocked[level]]
            if self.levels.flag is not None:
                cells[self.levels.flag[level]] = "F"
            cells[self.levels.coin[level]], cells[agent] = "o", "A"
            rows = [" ".join(cells[i : i + self.width]) for i in range(0, self.cells, self.width)]
            pictures.append("\n".join(rows))
        return pictures

    def observe(self, state: GridState) -> Float[Tensor, "seed episode features"]:
        """The planes, flattened: agent, coin, walls, flag."""
        agent = torch.nn.functional.one_hot(state.agent, self.cells)
        return torch.cat([agent, self._still[state.level]], dim=-1).float()

    def moved(self, state: GridState, action: Int[Tensor, "..."]) -> Int[Tensor, "..."]:
        """Where each agent stands after its move: where it was, if there is a wall or an edge."""
        move = self._moves[action]
        row, column = state.agent // self.width + move[..., 0], state.agent % self.width + move[..., 1]
        inside = (row >= 0) & (row < self.height) & (column >= 0) & (column < self.width)
        target = torch.where(inside, row * self.width + column, state.agent)
        return torch.where(self._blocked[state.level, target], state.agent, target)

    def step(self, state: GridState, action: Int[Tensor, "seed episode"], rng: Rng):
        """Move if the way is free. Returns the new state, the reward (1 on what pays) and whether it is over."""
        target = self.moved(state, action)
        found = over = target == self.levels.coin[state.level]
        if self.levels.flag is not None:
            there = target == self.levels.flag[state.level]
            found, over = (there if self.pays == "flag" else found), found | there
        return GridState(state.level, target), found.float(), over


def playable(levels: Levels) -> Levels:
    """Levels that can be played; ValueError with what is wrong: a cell outside or in a wall, weights without a sum."""
    count, height, width = levels.walls.shape
    whole(count, "the number of levels")
    walls = levels.walls.flatten(1)
    for name in ("start", "coin", "flag"):
        cell = getattr(levels, name)
        if cell is None:
            continue
        if len(cell) != count or cell.min() < 0 or cell.max() >= height * width:
            raise ValueError(
                f"levels.{name} has a cell from 0 to {height * width - 1} for each of {count} levels: "
                f"got {cell.tolist()[:8]}"
            )
        walled = walls[torch.arange(count), cell].nonzero()
        if len(walled):
            raise ValueError(f"levels.{name} lies in a wall, in level {int(walled[0])}")
    weight = levels.weight
    if len(weight) != count or not (weight.isfinite().all() and (weight >= 0).all() and weight.sum() > 0):
        raise ValueError(
            f"levels.weight has a number of at least 0 for each of {count} levels, not all 0: got {weight.tolist()[:8]}"
        )
    return levels


def corridors(width: int, left: float = 0.0, *, held_out: bool = False) -> Levels:
    """Corridors with the coin anywhere to one side of the start: to the left in a share `left` of all episodes.

    A third of all maps is held out: training levels and `held_out` levels have none in common.
    """
    width, left = whole(width, "width", least=3), share(left, "left")
    places = [(start, coin) for start in range(1, width - 1) for coin in range(width) if coin != start]
    places = [place for place in places if (sum(place) % 3 == 0) == held_out]
    on_left = torch.tensor([float(coin < start) for start, coin in places])
    for part, side, there in ((left, "left", on_left.sum()), (1 - left, "right", (1 - on_left).sum())):
        if part > 0 and there == 0:
            which = "held-out" if held_out else "training"
            raise ValueError(
                f"no {which} corridor of width {width} has the coin on the {side}: take a wider one"
            )
    start, coin = torch.tensor(places).unbind(1)
    weight = left * on_left / on_left.sum().clamp(min=1) + (1 - left) * (1 - on_left) / (
        1 - on_left
    ).sum().clamp(min=1)
    return Levels(torch.zeros(len(places), 1, width, dtype=torch.bool), start, coin, weight)


def walk_to_coin(env: GridWorld, state: GridState) -> Int[Tensor, "seed episode"]:
    """A teacher for grids without walls: the move towards the coin, sideways first."""
    coin = env.levels.coin[state.level]
    across = coin % env.width - state.agent % env.width
    down = coin // env.width - state.agent // env.width
    down_or_any = (2 + (down > 0).long()) % env.actions  # in a corridor: already there, any move will do
    return torch.where(across != 0, (across > 0).long(), down_or_any)


def walk_right(env: GridWorld, state: GridState) -> Int[Tensor, "seed episode"]:
    """A teacher with another goal: always to the right."""
    return torch.ones_like(state.agent)
