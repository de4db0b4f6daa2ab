"""PPO in one flat script over a vector of Gymnasium environments, CleanRL's way of doing it; one seed."""

import itertools
import sys

import gymnasium as gym
import numpy as np
import torch
from torch import nn

from benchmarks import clock, settings
from benchmarks.peers.grid import Grid


def net(sizes):
    """Layers with tanh between them."""
    layers = []
    for a, b in itertools.pairwise(sizes):
        layers += [nn.Linear(a, b), nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def main(hidden: str, seeds: str, iterations: str) -> None:
    """Train and report."""
    p, features = settings.PPO, 3 * settings.GRID["side"] ** 2
    same_step = {"autoreset_mode": gym.vector.AutoresetMode.SAME_STEP}
    worlds = gym.vector.SyncVectorEnv([lambda: Grid(**settings.GRID)] * p["envs"], **same_step)
    actor = net([features, *settings.NETS[hidden], 4])
    critic = net([features, *settings.NETS[hidden], 1])
    weights = [*actor.parameters(), *critic.parameters()]
    optimiser = torch.optim.Adam(weights, lr=p["lr"], eps=1e-5)
    shape = (p["steps"], p["envs"])
    obs, action, logp = torch.zeros(*shape, features), torch.zeros(shape).long(), torch.zeros(shape)
    reward, over, value = torch.zeros(shape), torch.zeros(shape), torch.zeros(shape)
    now = torch.as_tensor(worlds.reset(seed=0)[0])

    def iteration():
        nonlocal now
        for t in range(p["steps"]):
            obs[t] = now
            with torch.no_grad():
                choice = torch.distributions.Categorical(logits=actor(now))
                action[t] = choice.sample()
                logp[t], value[t] = choice.log_prob(action[t]), critic(now)[:, 0]
            seen, earned, ended, _, _ = worlds.step(action[t].numpy())
            reward[t], over[t] = torch.as_tensor(earned), torch.as_tensor(ended.astype(np.float32))
            now = torch.as_tensor(seen)
        with torch.no_grad():
            after, later, advantage = critic(now)[:, 0], 0.0, torch.zeros(shape)
            for t in reversed(range(p["steps"])):
                error = reward[t] + p["gamma"] * after * (1 - over[t]) - value[t]
                advantage[t] = later = error + p["gamma"] * p["lam"] * (1 - over[t]) * later
                after = value[t]
        target, scaled = advantage + value, (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        for _ in range(p["epochs"]):
            ratio = (torch.distributions.Categorical(logits=actor(obs)).log_prob(action) - logp).exp()
            gain = torch.min(ratio * scaled, ratio.clamp(1 - p["clip"], 1 + p["clip"]) * scaled)
            loss = -gain.mean() + 0.5 * (critic(obs)[..., 0] - target).square().mean()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(weights, 0.5)
            optimiser.step()

    total = int(iterations) * int(seeds)
    taken = sum(clock.seconds_each(iteration, warm=2, times=total))
    clock.report(rate=total * p["steps"] * p["envs"] / taken, seconds=taken)


if __name__ == "__main__":
    main(*sys.argv[1:])
