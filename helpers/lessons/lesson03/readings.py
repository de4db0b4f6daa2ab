"""What lesson 03 reads off its long runs beside its rules: where arms end, what a hint costs, a colleague's way."""

import numpy as np
import pandas as pd
import torch

from helpers.checked import one_of, share
from helpers.core.policy import Policy
from helpers.core.probes import own_episodes
from helpers.core.training import train
from helpers.core.types import Rng
from helpers.kit.frames import crossing
from helpers.kit.tables import provenance, stored
from helpers.lessons.lesson03.arms import (
    INDEX,
    METRICS,
    SKILL,
    arms,
    beginner,
    chances,
    chances_in,
    index_of_steps,
    world,
)
from helpers.lessons.lesson03.experiment import (
    BY_DATA,
    BY_REWARD,
    OTHER_DATA,
    at_skill,
    of,
    on_the_climb,
)
from helpers.lessons.lesson03.single import Single, advantages, net_of, roll_out
from helpers.worlds.codes import bar, light
from helpers.worlds.grids import GridState
from helpers.worlds.mazes import Maze

__all__ = ["crossing", "long_runs", "share_needed", "stored", "way"]


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


def split(long: pd.DataFrame) -> pd.DataFrame:
    """The control of 03.C9: every other seed as it is where the coin is faint, the others where the flag is."""
    halves = [of(long, 1.0, told) for told in ("coin faint", "flag faint")]
    return pd.concat([half[half.seed % 2 == side] for side, half in enumerate(halves)], ignore_index=True)


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
    first = policy.stacked[0].detach().cpu()
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


def pupils(
    seed: int, together: float, batches: int = 60, *, by: tuple[str, ...] = (OTHER_DATA,)
) -> dict[str, Policy]:
    """One network for each of these teachers, all from the same start; the flag teacher's alone if none is named."""
    env = world(together)
    start = beginner(env, [seed])
    return {name: train(start, steps=batches, **arms(env)[name]).policy for name in by}


@torch.no_grad()
def way(policy: Policy, env: Maze, level: int) -> list[int]:
    """The cells that the policy of one seed visits in one level, from the start to the end of the episode."""
    which = torch.tensor([[level]])
    state = GridState(which, env.levels.start[which])
    rng = Rng([level])
    noise, cells = rng.gumbel(env.horizon, 1, env.actions), [int(state.agent)]
    for t in range(env.horizon):
        seen = env.observe(state).to(policy.device)  # worlds live on the CPU, wherever the policy does
        action, _ = policy.sample(seen, noise[:, t].to(policy.device))
        state, _, over = env.step(state, action.cpu(), rng)
        cells.append(int(state.agent))
        if over:
            break
    return cells


def live(start: Policy, env: Maze, names, *, steps: int) -> pd.DataFrame:
    """The arms trained now: the columns method, seed, step and one for each metric, as in the stored table."""
    frames = []
    for name in names:
        how = {"steps": steps, "probes": {"chances": chances()}, "probe_every": often(name, steps)}
        frames.append(wide(train(start, **how, **arms(env)[name]).history, name))
    return pd.concat(frames, ignore_index=True)


def often(name: str, steps: int) -> list[int]:
    """After which batches an arm is measured here: SFT, which learns fast, after each of its first 15.

    All are measured where the slider of the plane stops.
    """
    first = range(16) if name.startswith("SFT") else (0, 4, 8, 10, 15)
    return [batch for batch in (*first, *range(20, steps, 10)) if batch < steps]


def experience(runs: pd.DataFrame, names, *, together: float, level: float) -> pd.DataFrame:
    """How much each arm has had when its success first reaches a level, means over seeds.

    batches, and the mazes with coin and flag apart among their 32 episodes each; the goal index there.
    """
    batches = at_skill(runs.assign(batches=runs.step.astype(float)), level, metric="batches")[names].mean()
    return pd.DataFrame(
        {
            f"batches to {level}": batches.round(1),
            "mazes apart among them": (batches * 32 * (1 - together)).round().astype(int),
            "goal index there": at_skill(runs, level)[names].mean().round(2),
        }
    ).rename_axis(None)


def wide(history: pd.DataFrame, method: str) -> pd.DataFrame:
    """A tidy history as in the stored table: the columns method, seed, step and one for each metric."""
    rows = history[history.metric.isin(METRICS)]
    table = rows.pivot(index=["seed", "step"], columns="metric", values="value").reset_index()
    return table.rename_axis(columns=None).assign(method=method)


def two_ways(policy: Policy, apart_env: Maze, both_env: Maze, *, layout: int):
    """One layout with coin and flag together and with both apart, and the way that a policy takes in each.

    Returns what `figures.plot_ways` draws.
    """
    count = len(both_env.levels.coin) // 3  # layouts come three times: together, apart, exchanged
    found = {}
    for name, env, level in (
        ("coin and flag together", both_env, layout),
        ("coin and flag apart", apart_env, count + layout),
    ):
        found[name] = (int(env.levels.coin[level]), int(env.levels.flag[level]), way(policy, env, level))
    return apart_env.levels.walls[layout].numpy(), found


def drawn_against_exact(policy: Policy, episodes: list[int], index=index_of_steps) -> pd.DataFrame:
    """The goal index of one network from so many drawn episodes, and exactly, from all of its ways.

    index: what makes it of the steps at which coin and flag were reached in each episode, infinity for never.
    """
    env, found = world(0.0, held_out=True), {}
    for count in episodes:
        batch = own_episodes(policy, env, count)
        step, paid = batch.mask[0].float().sum(1), batch.returns[0] > 0
        coin = torch.where(paid, step, torch.inf)
        flag = torch.where(
            batch.ended[0] & ~paid, step, torch.inf
        )  # it ends an episode, too, and pays nothing
        found[f"{count} episodes"] = float(index(coin, flag))
    found["all ways"] = float(chances()(policy)[INDEX][0])
    return pd.DataFrame(found, index=["goal index"]).round(3)


def ties(tied, seed: int) -> pd.DataFrame:
    """What `tied(net, loss, coin, flag)` says of a fresh network: SFT and RL, mazes all together and half apart."""
    found = {}
    for together in (1.0, 0.5):
        env = world(together)
        start = beginner(env, [seed])
        net, single_world = net_of(start, seed), Single(env, seed)
        torch_state = torch.random.get_rng_state()
        torch.manual_seed(seed)
        obs, action, _, reward, alive = roll_out(net, single_world, 256)
        torch.random.set_rng_state(torch_state)
        batch = arms(env)[BY_DATA]["data"](start, Rng([seed]))
        losses = {
            "SFT": (net(batch.obs[0]), batch.action[0], batch.mask[0].float()),
            "RL": (net(obs), action, advantages(reward) * alive),
        }
        for name, (logits, taken, weight) in losses.items():
            logp = logits.log_softmax(-1).gather(-1, taken[..., None])[..., 0]
            difference, size = tied(
                net, -(logp * weight).sum(1).mean(), env.inputs["coin"], env.inputs["flag"]
            )
            found[f"{together:.0%} together", name] = {
                "difference": float(difference),
                "gradient": float(size),
            }
    return pd.DataFrame(found).T.map(lambda value: f"{value:.3f}" if value else "0")


def long_bar(count: int) -> torch.Tensor:
    """The course's bar as it is before it is made as strong as one light: 1 up to the number, -1 beyond it."""
    return count**0.5 * bar(count)


def by_telling(long: pd.DataFrame, ways: list[str], *, live: dict, seeds) -> pd.DataFrame:
    """The goal index on the climb, coin and flag always together, for each way of telling them; some live.

    live: codes for the flag by name, trained now with SFT on some seeds. The columns told, method, seed, goal index.
    """
    frames = []
    for name in ways:
        runs = of(long, 1.0, name)
        runs = runs[runs.method.isin([BY_DATA, BY_REWARD])]
        frames.append(on_the_climb(runs).stack().rename(INDEX).reset_index().assign(told=name))
    for name, code in live.items():
        own = on_the_climb(with_code(code, seeds)).stack().rename(INDEX).reset_index()
        frames.append(own.assign(told=f"{name} (live)"))
    return pd.concat(frames, ignore_index=True)


def with_code(code, seeds, *, steps: int = 45) -> pd.DataFrame:
    """SFT on the coin teacher, all mazes together, the coin told by a light and the flag by a code of one's own."""
    train_in, both, apart_ = (
        Maze(env.levels, coin_as=light, flag_as=code)
        for env in (world(1.0), world(1.0, held_out=True), world(0.0, held_out=True))
    )
    measure = chances_in(both, apart_)
    measured = [*range(0, 31), 35, 40, steps]
    run = train(
        beginner(train_in, seeds), steps=steps, probes={"chances": measure}, probe_every=measured,
        **arms(train_in)[BY_DATA],
    )  # fmt: skip
    return wide(run.history, BY_DATA)
