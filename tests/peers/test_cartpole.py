"""A learning curve on CartPole beside that of Stable-Baselines3 with the same settings."""

import gymnasium
import numpy as np
import pandas as pd
import pytest
import torch
from cartpole_sb3 import CLIP, ENVS, EPOCHS, GAMMA, HIDDEN, ITERATIONS, LAM, LR, STEPS, WINDOW

from helpers.core.advantages import GAE
from helpers.core.losses import per_step, ppo_loss
from helpers.core.policy import Policy, mlp
from helpers.core.sources import finish
from helpers.core.training import train
from helpers.core.types import Batch
from helpers.lm.corpora import DATA

SEEDS = 16
TOP, LOW = 0.95, 0.05  # the band holds nine in ten of SB3's seeds


class CartPole:
    """A data source: `STEPS` steps of `ENVS` worlds for each seed, going on where the last batch ended.

    A batch is cut into pieces where episodes end. One that was cut off by the world's time limit or the end of the
    batch has not ended, and GAE asks its critic what follows.
    """

    def __init__(self, seeds: int):
        worlds = {"num_envs": seeds * ENVS, "vectorization_mode": "sync"}
        same_step = {"autoreset_mode": gymnasium.vector.AutoresetMode.SAME_STEP}
        self.worlds = gymnasium.make_vec("CartPole-v1", **worlds, vector_kwargs=same_step)
        self.seeds, self.now = seeds, self.worlds.reset(seed=0)[0]
        self.advantage = GAE(4, gamma=GAMMA, lam=LAM, lr=LR, fits=EPOCHS, hidden=HIDDEN)
        self.age, self.lengths, self.batches = np.zeros(seeds * ENVS), [], 0

    def __call__(self, policy, rng):
        noise, rows = rng.gumbel(STEPS, ENVS, 2), []
        for t in range(STEPS):
            obs = self.shaped(self.now)
            with torch.no_grad():
                action, logp = policy.sample(obs, noise[:, t])
            self.now, earned, dead, late, info = self.worlds.step(action.flatten().numpy())
            following = self.now.copy()
            over = dead | late
            if over.any():
                following[over] = np.stack(info["final_obs"][over])
            seen = obs, action, logp, self.shaped(earned), self.shaped(following)
            rows.append((*seen, self.shaped(over) > 0, self.shaped(dead) > 0))
            self.age += 1
            self.lengths += [(self.batches, i // ENVS, self.age[i]) for i in np.flatnonzero(over)]
            self.age[over] = 0
        self.batches += 1
        return finish(
            in_pieces(*(torch.stack(parts, dim=2) for parts in zip(*rows, strict=True))), self.advantage
        )

    def shaped(self, values):
        """From [seed * world, ...] to [seed, world, ...]."""
        return torch.as_tensor(values, dtype=torch.float32).unflatten(0, (self.seeds, ENVS))

    def curve(self):
        """The mean length of the episodes that ended within each window, for each seed."""
        frame = pd.DataFrame(self.lengths, columns=["batches", "seed", "length"])
        frame["batches"] = (frame.batches // WINDOW + 1) * WINDOW
        return frame.groupby(["batches", "seed"]).length.mean().unstack()


def in_pieces(obs, action, logp, reward, following, over, dead) -> Batch:
    """Steps [seed, world, time] as pieces of episodes [seed, piece, time], padded to one number and one length."""
    seeds, worlds, steps = action.shape
    first = torch.cat([torch.ones(seeds, worlds, 1, dtype=torch.long), over[:, :, :-1].long()], dim=-1)
    piece = first.flatten(1).cumsum(1) - 1
    since = torch.arange(steps).expand(seeds, worlds, steps)
    time = since - (since * first).cummax(-1).values
    seed = torch.arange(seeds)[:, None].expand_as(piece)
    place, shape = (seed, piece, time.flatten(1)), (seeds, int(piece.max()) + 1, steps)

    def put(value):
        empty = torch.zeros(*shape, *value.shape[3:], dtype=value.dtype)
        empty[place] = value.flatten(1, 2)
        return empty

    mask = put(torch.ones_like(over))
    last = (mask.sum(-1, keepdim=True) - 1).clamp(min=0)
    at_last = lambda value: value.take_along_dim(last.view(*last.shape, *[1] * (value.dim() - 3)), 2)[:, :, 0]
    fields = {"obs": put(obs), "action": put(action), "reward": put(reward), "logp": put(logp)}
    return Batch(**fields, mask=mask, ended=at_last(put(dead)), obs_after=at_last(put(following)))


def our_curve(**changes):
    """The mean over seeds at each point of the curve."""
    source = CartPole(SEEDS)
    settings = {"updates": EPOCHS, "lr": LR, "clip_norm": 1e9, **changes}
    loss = lambda now, batch: ppo_loss(now, batch, clip=CLIP, mean=per_step)
    train(Policy(mlp(4, 2, HIDDEN), seeds=SEEDS), source, loss, steps=ITERATIONS, **settings)
    return source.curve()


@pytest.fixture(scope="module")
def theirs():
    frame = pd.read_csv(DATA / "runs/cartpole_sb3.csv")
    return frame.pivot(index="batches", columns="seed", values="length")


def points_outside(ours, theirs):
    """Points at which the mean over our seeds lies outside the band of SB3's."""
    mean = ours.mean(axis=1)
    return int(((mean < theirs.quantile(LOW, axis=1)) | (mean > theirs.quantile(TOP, axis=1))).sum())


def test_ppo_learns_cartpole_as_stable_baselines3_does(theirs):
    ours = our_curve()
    assert ours.shape == theirs.shape == (ITERATIONS // WINDOW, SEEDS)
    assert points_outside(ours, theirs) == 0
    assert theirs.max().mean() > 100  # it does learn


def test_the_band_is_narrow_enough_to_see_a_wrong_setting(theirs):
    assert points_outside(our_curve(updates=2), theirs) >= 3
