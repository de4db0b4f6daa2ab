"""Mazes with a coin and a flag: two things that one may want, and teachers for each.

Walls are drawn at random; coin, flag and agent stand where they can reach one another. In a share of the levels the
coin lies at the flag, so that "go to the coin" and "go to the flag" ask for the same moves there.
"""

from collections.abc import Callable
from functools import cache

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.checked import function, one_of, share, whole
from helpers.worlds.codes import light
from helpers.worlds.grids import GridState, GridWorld, Levels

FAR = 10_000  # the distance of a cell that cannot be reached
TRIES = 2_000  # layouts in a row that may be no good before `mazes` gives up


def mazes(
    count: int, *, together: float, size: int = 7, walls: float = 0.2, held_out: bool = False, seed: int = 0
) -> Levels:
    """Levels of size x size cells, in a share `together` of which (by weight) the coin lies at the flag.

    Every layout comes three times: with coin and flag together, with both apart, and with their places exchanged, so
    that on average neither is nearer. The weights make the share. Training levels and `held_out` levels have no layout
    in common. Raises ValueError if `together` or `walls` is no share, and where 2,000 layouts in a row are no good:
    with too many walls nothing can be reached, with none at all every layout is the same.
    """
    together, walls = share(together, "together"), share(walls, "walls")
    count, size, seed = whole(count, "count"), whole(size, "size", least=2), whole(seed, "seed", least=0)
    layouts, places = _layouts(count, size, walls, bool(held_out), seed)
    start, coin, flag = torch.tensor(places).unbind(1)
    weight = torch.tensor([together, (1 - together) / 2, (1 - together) / 2]).repeat_interleave(count)
    thrice = lambda value: torch.cat([value] * 3)
    return Levels(
        walls=thrice(torch.stack(layouts)),
        start=thrice(start),
        coin=torch.cat([flag, coin, flag]),
        weight=weight,
        flag=torch.cat([flag, flag, coin]),
    )


@cache
def _layouts(count, size, walls, held_out, seed):
    """Walls, and (start, coin, flag), of so many layouts: drawn once, whatever the share of coin and flag together."""
    rng = torch.Generator().manual_seed(2 * seed + held_out)
    walled, places, tries = [], [], 0
    while len(walled) < count:
        if tries == TRIES:
            raise ValueError(
                f"found {len(walled)} of {count} mazes of size {size} with a share of {walls:g} walls, then none in "
                f"{TRIES:,} tries: take a larger size, or fewer walls (but some)"
            )
        tries += 1
        blocked = torch.rand(size, size, generator=rng) < walls
        if _is_held_out(blocked) != held_out:
            continue
        free = (~blocked.flatten()).nonzero()[:, 0]
        if len(free) < 3:
            continue
        start, coin, flag = free[torch.randperm(len(free), generator=rng)[:3]].tolist()
        thing, other = torch.tensor([[coin], [flag]]), torch.tensor([[flag], [coin]])
        reached = [
            distances(around(blocked[None], y), x)[0, start] for x, y in zip(thing, other, strict=True)
        ]
        if max(reached) <= size * 2:
            tries = 0
            walled.append(blocked)
            places.append((start, coin, flag))
    return walled, places


def distances(
    walls: Bool[Tensor, "level height width"], target: Int[Tensor, "level"]
) -> Int[Tensor, "level cells"]:
    """The number of steps from each cell to the target along free cells; FAR where there is no way."""
    levels, height, width = walls.shape
    steps = torch.full((levels, height + 2, width + 2), FAR)  # with a border that nobody can enter
    steps[torch.arange(levels), target // width + 1, target % width + 1] = 0
    inner = steps[:, 1:-1, 1:-1]
    for _ in range(height * width):
        across = torch.minimum(steps[:, 1:-1, :-2], steps[:, 1:-1, 2:])
        near = torch.minimum(steps[:, :-2, 1:-1], steps[:, 2:, 1:-1]).minimum(across)
        nearer = inner.minimum(near + 1).masked_fill_(walls, FAR)
        if torch.equal(nearer, inner):
            break
        inner.copy_(nearer)
    return inner.flatten(1).clamp(max=FAR)


def around(
    walls: Bool[Tensor, "level height width"], cell: Int[Tensor, "level"]
) -> Bool[Tensor, "level height width"]:
    """The walls, and one more cell of each level that is not to be entered (-1: none)."""
    closed = walls.flatten(1).clone()
    rows = torch.arange(len(cell))
    closed[rows, cell.clamp(min=0)] |= cell >= 0
    return closed.view_as(walls)


class Guide:
    """A teacher that takes a shortest way to the coin, or to the flag: `Demonstrations(env, Guide(env, "coin"))`.

    pick: which one of the moves that lead closer: the "first" (left, right, up, down) or the "last".
    """

    def __init__(self, env: GridWorld, to: str, *, pick: str = "first"):
        one_of(pick, ("first", "last"), "pick")
        one_of(to, ("coin", "flag"), "what a guide leads to")
        if env.levels.flag is None:
            raise ValueError(
                "a guide needs levels with coin and flag, such as those of `mazes`: these have no flag"
            )
        target, other = env.levels.coin, env.levels.flag
        target, other = (target, other) if to == "coin" else (other, target)
        self.steps = distances(around(env.levels.walls, torch.where(other == target, -1, other)), target)
        level = torch.arange(len(target))[:, None].expand_as(self.steps)
        cell = torch.arange(env.cells).expand_as(self.steps)
        moves = [
            env.moved(GridState(level, cell), torch.full_like(cell, move)) for move in range(env.actions)
        ]
        away = torch.stack([self.steps.gather(1, after) for after in moves])
        self.move = away.argmin(0) if pick == "first" else env.actions - 1 - away.flip(0).argmin(0)

    def __call__(self, env: GridWorld, state: GridState) -> Int[Tensor, "seed episode"]:
        """One of the moves that lead closer."""
        return self.move[state.level, state.agent]


def _is_held_out(walls):
    """A third of all layouts, told by their walls alone."""
    return int(walls.flatten().nonzero().sum()) % 3 == 0


class Maze(GridWorld):
    """A gridworld seen from where the agent stands.

    The observation holds: how many rows and columns away the coin is, the same for the flag, and which of the 5 x 5
    cells around the agent it cannot enter.
    coin_as, flag_as: how these numbers are told, a code of `helpers.worlds.codes` each. As it comes, both are told
                      alike, by a light; then coin and flag in the same cell give the same inputs twice.
    Raises ValueError for a code that is no matrix with a row of finite numbers for each of the rows or columns.
    """

    SIGHT = 2

    def __init__(
        self,
        levels: Levels,
        horizon: int = 16,
        *,
        pays: str = "coin",
        coin_as: Callable = light,
        flag_as: Callable = light,
    ):
        super().__init__(levels, horizon, pays=pays)
        cell, told = torch.arange(self.cells), []
        for thing, code in ((levels.coin, coin_as), (levels.flag, flag_as)):
            rows = thing[:, None] // self.width - cell // self.width
            columns = thing[:, None] % self.width - cell % self.width
            told += [
                _coded(code, 2 * size - 1)[away + size - 1]
                for away, size in ((rows, self.height), (columns, self.width))
            ]
        view = 2 * self.SIGHT + 1
        walls = torch.nn.functional.pad(levels.walls, [self.SIGHT] * 4, value=True)
        around = walls.unfold(1, view, 1).unfold(2, view, 1).flatten(3).flatten(1, 2)
        coin, flag = (sum(part.shape[-1] for part in told[i : i + 2]) for i in (0, 2))
        self.inputs = {
            "coin": slice(0, coin),
            "flag": slice(coin, coin + flag),
            "walls": slice(coin + flag, None),
        }
        self._seen = torch.cat([*told, around.float()], dim=-1)
        self.features = self._seen.shape[-1]

    def observe(self, state: GridState) -> Float[Tensor, "seed episode features"]:
        """What the agent sees from where it stands."""
        return self._seen[state.level, state.agent]


def _coded(code, count):
    """A code's matrix, looked at."""
    matrix = function(code, "a code", "(count) -> matrix [number, inputs]")(count)
    if not isinstance(matrix, Tensor) or matrix.dim() != 2 or len(matrix) != count or not matrix.shape[1]:
        got = tuple(matrix.shape) if isinstance(matrix, Tensor) else type(matrix).__name__
        raise ValueError(f"a code is a matrix with {count} rows, one for each number: got {got}")
    if not matrix.isfinite().all():
        raise ValueError("a code has finite numbers: got some that are not")
    return matrix.detach().float()
