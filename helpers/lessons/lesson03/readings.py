"""What lesson 03 reads off its long runs beside its rules: where arms end, what a hint costs, a colleague's way."""

import numpy as np
import pandas as pd
import torch

from helpers.checked import one_of, share
from helpers.core.policy import Policy
from helpers.core.training import train
from helpers.core.types import Rng
from helpers.kit.tables import provenance, stored
from helpers.lessons.lesson03.arms import INDEX, METRICS, SKILL, arms, beginner, chances, world
from helpers.lessons.lesson03.experiment import BY_DATA, BY_REWARD, OTHER_DATA, at_skill, of
from helpers.worlds.grids import GridState
from helpers.worlds.mazes import Maze


def long_runs() -> tuple[pd.DataFrame, pd.Series]:
    """The long runs that come with the course, and where they came from."""
    facts = provenance("goals")
    told = {key: value for key, value in facts.items() if isinstance(value, str | int | float)}
    return stored("goals"), pd.Series(told)


def after(long: pd.DataFrame, batches: int, told: str = "alike") -> pd.DataFrame:
    """The measurements after so many batches, in mazes that are told in one way."""
    return long[(long.step == batches) & (long.told == told)]


def share_needed(ends: pd.DataFrame, method: str, index: float = 0.75) -> float:
    """The smallest share of mazes apart at which the mean goal index is reached; NaN if it never is."""
    method, index = one_of(method, ends.method.unique(), "method"), share(index, "index")
    mean = ends[ends.method == method].groupby("together")[INDEX].mean()[::-1]
    return float(np.interp(index, mean, 1 - mean.index)) if mean.max() >= index else float("nan")


def as_in_training(runs: pd.DataFrame, together: float) -> pd.DataFrame:
    """The runs with success in a mixture of new mazes as in training, of which what is pursued is a part."""
    return runs.assign(score=together * runs[SKILL] + (1 - together) * runs["coin first"])


def colleague(runs: pd.DataFrame, together: float, *, every: int, level: float) -> pd.Series:
    """SFT less PPO as a colleague reads it: measured every so many batches, matched on the score as in training.

    A straight line is drawn wherever the level lies, also across a run's first interval.
    """
    coarse, found = as_in_training(runs, together), {}
    coarse = coarse[coarse.step % every == 0]
    for (method, seed), run in coarse.sort_values("step").groupby(["method", "seed"], sort=False):
        score, index = run["score"].to_numpy(), run[INDEX].to_numpy()
        above = np.flatnonzero(score >= level)
        if not len(above):
            found[seed, method] = np.nan
            continue
        last = above[0]
        part = 1.0 if last == 0 else (level - score[last - 1]) / (score[last] - score[last - 1])
        found[seed, method] = (
            index[last] if last == 0 else index[last - 1] + part * (index[last] - index[last - 1])
        )
    table = pd.Series(found).unstack()
    return table[BY_DATA] - table[BY_REWARD]


def read_with(read, runs: pd.DataFrame, level: float, *, matched: str = SKILL) -> pd.Series:
    """SFT less PPO, each run read by `read(success, index, level)`."""
    found = {
        (seed, method): read(run[matched].to_numpy(), run[INDEX].to_numpy(), level)
        for (method, seed), run in runs.sort_values("step").groupby(["method", "seed"], sort=False)
    }
    table = pd.Series(found).unstack()
    return table[BY_DATA] - table[BY_REWARD]


def weights_of(policy: Policy, env: Maze) -> tuple[torch.Tensor, torch.Tensor]:
    """The first layer's weights for the coin and for the flag, [seed, hidden, input] each, without gradients."""
    first = policy.stacked[0].detach()
    return first[..., env.inputs["coin"]], first[..., env.inputs["flag"]]


def apart(start: Policy, together: float, told: str, steps: list[int]) -> pd.DataFrame:
    """How far coin's and flag's weights have moved, and how far their difference has, along a short SFT run.

    The length of each over all weights, a row for each step and seed. Told alike, the difference stays as it began.
    """
    env = world(together, told)
    coin0, flag0 = weights_of(start, env)

    def probe(policy):
        coin, flag = weights_of(policy, env)
        size = lambda change: change.flatten(1).norm(dim=1)
        return {
            "coin's weights": size(coin - coin0),
            "difference, coin less flag": size((coin - coin0) - (flag - flag0)),
        }

    how = {"steps": max(steps), "probes": {"weights": probe}, "probe_every": steps}
    return train(start, **how, **arms(env)[BY_DATA]).history


def pupils(seed: int, together: float, batches: int = 60) -> dict[str, Policy]:
    """One network taught by the coin teacher and one taught by the flag teacher, from the same start."""
    env = world(together)
    start = beginner(env, [seed])
    return {name: train(start, steps=batches, **arms(env)[name]).policy for name in (BY_DATA, OTHER_DATA)}


@torch.no_grad()
def way(policy: Policy, env: Maze, level: int) -> list[int]:
    """The cells that the policy of one seed visits in one level, from the start to the end of the episode."""
    which = torch.tensor([[level]])
    state = GridState(which, env.levels.start[which])
    rng = Rng([level])
    noise, cells = rng.gumbel(env.horizon, 1, env.actions), [int(state.agent)]
    for t in range(env.horizon):
        action, _ = policy.sample(env.observe(state), noise[:, t])
        state, _, over = env.step(state, action, rng)
        cells.append(int(state.agent))
        if over:
            break
    return cells


def live(start: Policy, env: Maze, names, *, steps: int, measured: dict[str, list[int]]) -> pd.DataFrame:
    """The arms trained now: the columns method, seed, step and one for each metric, as in the stored table."""
    frames = []
    for name in names:
        run = train(
            start, steps=steps, probes={"chances": chances()}, probe_every=measured[name], **arms(env)[name]
        )
        rows = run.history[run.history.metric.isin(METRICS)]
        wide = rows.pivot(index=["seed", "step"], columns="metric", values="value").reset_index()
        frames.append(wide.rename_axis(columns=None).assign(method=name))
    return pd.concat(frames, ignore_index=True)


__all__ = ["BY_DATA", "BY_REWARD", "OTHER_DATA", "at_skill", "of"]
