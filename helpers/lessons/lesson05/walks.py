"""Four runs from one start, SFT and PPO, and twelve walks of each in a maze that none of them has seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch

from helpers.checked import number, whole
from helpers.checked import seeds as seeds_of
from helpers.core import Policy, Rng, train
from helpers.lessons.lesson05 import arms as of_lesson
from helpers.lessons.lesson05.drawn import from_one_start
from helpers.lessons.lesson05.schedules import when
from helpers.worlds.grids import GridState
from helpers.worlds.mazes import mazes

RUNS, WALKS, LAYOUTS = 4, 12, 1


@dataclass(frozen=True)
class Walks:
    """A maze, and walks in it: the cells of each, and at what it ended. index: over all new mazes."""

    walls: np.ndarray
    start: int
    coin: int
    flag: int
    cells: list[list[int]]
    ends: list[str]
    index: float


def of_one_start(seeds: Sequence[int], *, longer: float = 1.0) -> dict[str, Policy]:
    """SFT and PPO, four runs each from the first of these first weights: mazes in another order, other moves.

    longer: a factor on the batches of both.
    """
    longer, (start, *_) = number(longer, "LONGER", above=0), seeds_of(seeds)
    env, lucks = of_lesson.world(1.0, layouts=LAYOUTS), from_one_start([start], RUNS)
    begin = of_lesson.begin("nothing", env, lucks, of_lesson.net(env))
    return {
        name: train(begin, steps=when(name, longer)["steps"], **of_lesson.arm(name, env, lucks)).policy
        for name in ("SFT", "PPO")
    }


@cache
def _apart():
    levels = mazes(len(of_lesson.SETS) * of_lesson.EACH, together=0.0, held_out=True, seed=LAYOUTS)
    return of_lesson.Paid(levels, of_lesson.PAYS[0])


def walks(policies: Mapping[str, Policy], arm: str, maze: int) -> list[Walks]:
    """Twelve walks of each run of an arm in one of the new mazes, coin and flag apart; the moves are drawn."""
    env, policy = _apart(), policies[arm]
    count = len(of_lesson.SETS) * of_lesson.EACH
    level = count + whole(maze, "maze", least=0) % count  # as they come first: coin and flag apart
    shape = (len(policy.seeds), WALKS)
    state = GridState(torch.full(shape, level), env.levels.start[level].expand(shape))
    rng = Rng(policy.seeds, maze)
    noise = rng.gumbel(env.horizon, WALKS, env.actions)
    cells, over = [state.agent], torch.zeros(shape, dtype=torch.bool)
    with torch.no_grad():
        for t in range(env.horizon):
            action, _ = policy.sample(env.observe(state), noise[:, t])
            after, _, ended = env.step(state, action, rng)
            state = GridState(state.level, torch.where(over, state.agent, after.agent))
            over = over | ended
            cells.append(state.agent)
    index = of_lesson.chances(LAYOUTS)(policy)[of_lesson.INDEX]
    coin, flag = int(env.levels.coin[level]), int(env.levels.flag[level])
    path = torch.stack(cells, dim=-1)
    return [
        _of_run(env, level, coin, flag, path[run].tolist(), float(index[run])) for run in range(len(path))
    ]


def _of_run(env, level, coin, flag, paths, index):
    named = {coin: "coin", flag: "flag"}
    ends = [named.get(path[-1], "neither") for path in paths]
    return Walks(
        env.levels.walls[level].numpy(), int(env.levels.start[level]), coin, flag, paths, ends, index
    )
