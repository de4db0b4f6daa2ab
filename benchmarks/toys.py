"""Toy training, ours: PPO on a grid with several seeds, in environment steps a second."""

import sys
import time
from functools import partial

import torch

from benchmarks import clock
from benchmarks.settings import GRID, NETS, PPO
from helpers.core.advantages import GAE
from helpers.core.losses import per_step, ppo_loss
from helpers.core.policy import Policy, mlp
from helpers.core.sources import Rollouts
from helpers.core.training import train
from helpers.worlds.grids import GridWorld, Levels


def empty_grid(side: int, horizon: int) -> GridWorld:
    """A grid without walls; the start and the coin are anywhere, but not in one place."""
    places = [(start, coin) for start in range(side**2) for coin in range(side**2) if start != coin]
    start, coin = torch.tensor(places).unbind(1)
    walls = torch.zeros(len(places), side, side, dtype=torch.bool)
    return GridWorld(Levels(walls, start, coin, torch.ones(len(places))), horizon)


class Counted:
    """A data source that counts the steps that its batches hold; steps after the end of an episode do not count."""

    def __init__(self, source):
        self.source, self.steps = source, 0

    def __call__(self, policy, rng):
        """Draw from the source."""
        batch = self.source(policy, rng)
        self.steps += int(batch.mask.sum())
        return batch


def ppo(net: str, seeds: int):
    """A function that trains on so many batches more, and the data source, which counts the steps."""
    env = empty_grid(**GRID)
    critic = GAE(env.features, hidden=NETS[net], gamma=PPO["gamma"], lam=PPO["lam"], lr=PPO["lr"])
    data = Counted(Rollouts(env, episodes=PPO["envs"], advantage=critic))
    run = [Policy(mlp(env.features, env.actions, hidden=NETS[net]), seeds=seeds)]

    def step(batches):
        run[0] = train(
            run[0], data, partial(ppo_loss, mean=per_step), steps=batches, lr=PPO["lr"], updates=PPO["epochs"]
        )
        return run[0]

    return step, data


def main(net: str, seeds: str, iterations: str) -> None:
    """Train and report."""
    step, data = ppo(net, int(seeds))
    gflop = clock.arithmetic(lambda: step(2)) / data.steps
    data.steps, began = 0, time.perf_counter()
    run = step(int(iterations))
    taken = time.perf_counter() - began
    clock.report(rate=data.steps / taken, seconds=taken, gflop=gflop, score=run.last("reward").mean())


if __name__ == "__main__":
    main(*sys.argv[1:])
