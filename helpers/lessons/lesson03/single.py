"""One network in one world, without the seed axis: what the builds of lesson 03 are written for."""

import pandas as pd
import torch
from torch import Tensor, nn

from helpers.checked import whole
from helpers.core.policy import Policy
from helpers.core.types import Rng


class Single:
    """A world of the course for one network: states, observations and actions have no axis for seeds.

    horizon: the most steps of an episode. features, actions: the sizes of a network for it.
    """

    def __init__(self, env, seed: int = 0):
        self.env, self.rng = env, Rng([seed])
        self.horizon, self.features, self.actions = env.horizon, env.features, env.actions

    def reset(self, episodes: int):
        """The states in which so many new episodes begin."""
        return self.env.reset(self.rng, episodes)

    def observe(self, state) -> Tensor:
        """What the network sees in each episode, [episode, features]."""
        return self.env.observe(state)[0]

    def step(self, state, action: Tensor) -> tuple[object, Tensor, Tensor]:
        """The next states, what the moves earned and which episodes have ended with them, [episode] each."""
        state, reward, over = self.env.step(state, action[None], self.rng)
        return state, reward[0], over[0]


def net_of(policy: Policy, seed: int) -> nn.Sequential:
    """The network of one seed as an ordinary `nn.Sequential`, a copy, on the CPU."""
    weights = [weight.cpu() for weight in policy.select(seed).stacked]
    layers: list[nn.Module] = []
    for weight, bias in zip(weights[::2], weights[1::2], strict=True):
        layer = nn.Linear(weight.shape[2], weight.shape[1])
        layer.weight.data, layer.bias.data = weight[0].detach().clone(), bias[0].detach().clone()
        layers += [layer, nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def policy_of(nets: list[nn.Sequential], like: Policy) -> Policy:
    """Networks as one policy, for measuring; `like` has the seeds and the shape."""
    policy = like.clone()
    with torch.no_grad():
        for stacked, several in zip(
            policy.stacked, zip(*(net.parameters() for net in nets), strict=True), strict=True
        ):
            stacked.copy_(torch.stack(several))
    return policy


def roll_out(net: nn.Module, world, episodes: int) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Let a network act until the horizon: obs, action, logp, reward, alive, each [episodes, steps, ...].

    logp: of the action that was taken. reward: 0 after the end. alive: whether the episode was still going on.
    """
    state, steps, alive = world.reset(episodes), [], torch.ones(episodes, dtype=torch.bool)
    with torch.no_grad():
        for _ in range(world.horizon):
            obs = world.observe(state)
            chances = torch.distributions.Categorical(logits=net(obs))
            action = chances.sample()
            state, reward, over = world.step(state, action)
            steps.append((obs, action, chances.log_prob(action), reward * alive, alive))
            alive = alive & ~over
    return tuple(torch.stack(each, dim=1) for each in zip(*steps, strict=True))


def advantages(reward: Tensor, gamma: float = 0.9) -> Tensor:
    """What is still earned from each step on, discounted, less the mean of all episodes at that step."""
    later, to_go = torch.zeros(len(reward)), []
    for earned in reward.unbind(1)[::-1]:
        later = earned + gamma * later
        to_go.append(later)
    to_go = torch.stack(to_go[::-1], dim=1)
    return to_go - to_go.mean(0)


def ppo_step(
    net, optimiser, obs, action, logp, alive, advantage, clip: float = 0.2, updates: int = 4
) -> None:
    """Several optimiser steps on one batch, none of which gains by moving a ratio beyond `clip`."""
    for _ in range(updates):
        now = net(obs).log_softmax(-1).gather(-1, action[..., None])[..., 0]
        ratio = (now - logp).exp()
        gain = torch.minimum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage)
        loss = -(gain * alive).sum(1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def own_ppo(pieces, env, start: Policy, *, batches: int, lr: float, probe, probe_every) -> pd.DataFrame:
    """PPO made of three pieces, for each seed of `start` by itself: the tidy history of what `probe` measures.

    pieces: roll_out, advantages and ppo_step, yours or those of this module. probe_every: or a list of batches; the
    last is measured always.
    """
    (roll, weigh, update), batches = pieces, whole(batches, "steps")
    measured = range(0, batches, probe_every) if isinstance(probe_every, int) else probe_every
    nets = [net_of(start, seed) for seed in start.seeds]
    optimisers = [torch.optim.Adam(net.parameters(), lr=lr) for net in nets]
    worlds, rows = [Single(env, seed) for seed in start.seeds], []
    for batch in range(batches + 1):
        if batch in measured or batch == batches:
            found = probe(policy_of(nets, start))
            rows += [
                {"step": batch, "seed": seed, "metric": metric, "value": float(value)}
                for metric, values in found.items()
                for seed, value in zip(start.seeds, values, strict=True)
            ]
        if batch == batches:
            break
        for place, (net, optimiser, world) in enumerate(zip(nets, optimisers, worlds, strict=True)):
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(1_000 * batch + start.seeds[place])
                obs, action, logp, reward, alive = roll(net, world, 32)
            update(net, optimiser, obs, action, logp, alive, weigh(reward))
    return pd.DataFrame(rows)
