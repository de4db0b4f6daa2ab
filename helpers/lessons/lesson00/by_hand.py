"""One network, one seed, plain torch: what a learner builds in lesson 00, and the little that it stands on.

Everything is a row with a value for each episode: in which cell the agent is, in which the coin is.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pandas as pd
import torch
from torch import Tensor, nn

from helpers.checked import share, whole
from helpers.core import Policy
from helpers.core.runs import tidy
from helpers.kit import final
from helpers.lessons.lesson00 import experiment
from helpers.worlds.grids import corridors


class Corridor:
    """Corridors of `cells` cells in which an episode lasts `moves` moves at most; 0 is a step left, 1 a step right.

    hint: the share of episodes that begin with the coin on the left.
    """

    def __init__(self, cells: int = 9, moves: int = 16, hint: float = 0.0):
        self.cells, self.moves = whole(cells, "cells", least=3), whole(moves, "moves")
        self._levels = corridors(cells, share(hint, "hint"))

    def begin(self, episodes: int) -> tuple[Tensor, Tensor]:
        """The cells of agent and coin in which so many new episodes begin, drawn as in training."""
        level = torch.multinomial(self._levels.weight, episodes, replacement=True)
        return self._levels.start[level], self._levels.coin[level]

    def see(self, agent: Tensor, coin: Tensor) -> Tensor:
        """What the network sees, [episodes, 3 x cells]: a 1 where the agent is, a 1 where the coin is, and no walls."""
        one_hot = lambda cell: nn.functional.one_hot(cell, self.cells).float()
        return torch.cat([one_hot(agent), one_hot(coin), torch.zeros(len(agent), self.cells)], dim=1)

    def walk(self, agent: Tensor, action: Tensor) -> Tensor:
        """Where each agent is after its move, 0 (left) or 1 (right); at either end it stays where it is."""
        action = torch.as_tensor(action)
        if action.shape != agent.shape or not ((action == 0) | (action == 1)).all():
            raise ValueError(
                f"walk takes one move, 0 or 1, for each of {len(agent)} episodes: got {_said(action)}"
            )
        return (agent + 2 * action.long() - 1).clamp(0, self.cells - 1)


def rl_step(net, optimiser, world: Corridor, agent: Tensor, coin: Tensor) -> float:
    """One batch of RL: the network plays, its moves are weighted, one step is made. Returns the mean reward."""
    logp = torch.zeros(len(agent))
    for _ in range(world.moves):
        playing = agent != coin
        chances = torch.distributions.Categorical(logits=net(world.see(agent, coin)))
        action = chances.sample()
        logp = logp + playing * chances.log_prob(action)
        agent = torch.where(playing, world.walk(agent, action), agent)
    reward = (agent == coin).float()
    weight = reward - reward.mean()
    loss = -(weight * logp).mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return reward.mean().item()


def sft_step(net, optimiser, world: Corridor, agent: Tensor, coin: Tensor) -> float:
    """One batch of SFT: a teacher plays, all its moves weigh alike, one step is made. Returns the mean reward."""
    logp = torch.zeros(len(agent))
    for _ in range(world.moves):
        playing = agent != coin
        chances = torch.distributions.Categorical(logits=net(world.see(agent, coin)))
        action = (coin > agent).long()
        logp = logp + playing * chances.log_prob(action)
        agent = torch.where(playing, world.walk(agent, action), agent)
    reward = (agent == coin).float()
    weight = 1
    loss = -(weight * logp).mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return reward.mean().item()


class Learned(NamedTuple):
    """What came of one network: its history as a tidy frame like those of the course, and the network as a policy."""

    history: pd.DataFrame
    policy: "Alone"


def learn(step: Callable, name: str, seed: int, *, hint: float = 0.0, batches: int = 100) -> Learned:
    """Train one network with a step that a learner wrote; its history stands under this name.

    It starts from the very weights from which the course starts this seed, and is measured as often.
    """
    start, world = experiment.beginner([seed]), Corridor(hint=hint)
    net = network(start)
    measure, rows = experiment.probes(experiment.corridor(hint))["corridors"], []
    optimiser = torch.optim.Adam(net.parameters(), lr=experiment.LEARNING_RATE)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for batch in range(whole(batches, "batches") + 1):
            if batch % experiment.EVERY == 0 or batch == batches:
                rows.append(tidy(measure(Alone(net, seed)), batch, [seed]))
            if batch < batches:
                step(net, optimiser, world, *world.begin(32))
    return Learned(pd.concat(rows, ignore_index=True).assign(method=name), Alone(net, seed))


def ends(several: Mapping[str, Learned], metric: str) -> dict[str, float]:
    """The last value of a metric in each history."""
    return {name: float(final(one.history, metric).iloc[0, 0]) for name, one in several.items()}


def network(start: Policy) -> nn.Sequential:
    """The plain network of a policy that has one seed."""
    weights = [weight.detach()[0].clone() for weight in start.stacked]
    layers = []
    for weight, bias in zip(weights[::2], weights[1::2], strict=True):
        layer = nn.Linear(weight.shape[1], weight.shape[0])
        layer.weight, layer.bias = nn.Parameter(weight), nn.Parameter(bias)
        layers += [layer, nn.Tanh()]
    return nn.Sequential(*layers[:-1])


class Alone:
    """A plain network as probes see policies."""

    def __init__(self, net: nn.Module, seed: int):
        self.net, self.seeds = net, (seed,)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.net.parameters()).device

    def logits(self, obs: Tensor) -> Tensor:
        """Logits [seed, ..., actions]."""
        return self.net(obs)


def _said(action: Tensor) -> str:
    if action.shape != ():
        return f"shape {list(action.shape)}" + (
            f", values up to {float(action.max()):g}" if action.numel() else ""
        )
    return f"{action.item()}"
