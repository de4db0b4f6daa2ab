"""The experiment of lesson 03: coin or flag? Five arms in the same mazes, and what each of them came to pursue."""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import pandas as pd
import torch

from helpers.checked import one_of, share
from helpers.core.advantages import batch_relative
from helpers.core.losses import ppo_loss, reinforce_loss, sft_loss
from helpers.core.policy import Policy, mlp
from helpers.core.probes import own_episodes, success
from helpers.core.sources import Demonstrations, Rollouts
from helpers.core.streams import Rng
from helpers.core.training import train
from helpers.kit import rule
from helpers.kit.frames import crossing
from helpers.kit.gates import Gate, attrition, both_ways, complete, grid, moved
from helpers.kit.tables import provenance, stored
from helpers.worlds.grids import GridState
from helpers.worlds.mazes import Guide, Maze, mazes

ARMS = ("SFT, coin teacher", "SFT, flag teacher", "RL", "PPO", "null arm")
METRICS = ("success in training", "success in new mazes", "coin first", "flag first", "neither", "goal index")
LEVEL = 0.75  # the score in training at which arms are compared
TOLD, BLIND = 0.9, 1.0  # the shares of mazes with coin and flag together at which C8 and C9 are judged
discounted = partial(batch_relative, gamma=0.9)  # an early coin is worth more than a late one


@cache
def world(together: float, *, held_out: bool = False) -> Maze:
    """Mazes of 7 x 7 cells, 1000 layouts for training or 300 held out; the share in which the coin lies at the flag."""
    return Maze(mazes(300 if held_out else 1000, together=together, held_out=held_out))


def arms(env: Maze) -> dict[str, dict]:
    """Who acts, how actions are weighted, and the learning rate at which the arm's training score grew fastest.

    What `train` takes for each arm: `train(start, steps=100, **arms(env)["PPO"])`.
    """
    own = Rollouts(env, advantage=discounted)
    return {
        "SFT, coin teacher": {"data": Demonstrations(env, Guide(env, "coin")), "loss": sft_loss, "lr": 3e-2},
        "SFT, flag teacher": {"data": Demonstrations(env, Guide(env, "flag")), "loss": sft_loss, "lr": 3e-2},
        "RL": {"data": own, "loss": reinforce_loss, "lr": 1e-2},
        "PPO": {"data": own, "loss": ppo_loss, "lr": 3e-3, "updates": 4},
        "null arm": {"data": own, "loss": sft_loss, "lr": 1e-2},
    }


def beginner(env: Maze, seeds) -> Policy:
    """A network with one hidden layer for each seed, the start of all arms."""
    return Policy(mlp(env.features, env.actions, hidden=(64,)), seeds=seeds)


def probes(env: Maze, *, episodes: int = 128) -> dict[str, Callable]:
    """Score in training, capability in new mazes, and what is pursued where coin and flag are apart.

    episodes: how many a measurement of the score and of the pursuit takes.
    """
    return {
        "success in training": success(env, episodes=episodes),
        "success in new mazes": success(world(1.0, held_out=True)),
        "pursuit": pursuit(episodes),
    }


def pursuit(episodes: int = 128) -> Callable:
    """What the policy reaches first in new mazes with coin and flag apart: shares of episodes, and the goal index.

    The goal index is coin / (coin + flag): 1 for one who always goes to the coin, 0 for one who goes to the flag. What
    the agent fails to reach at all does not count, so that want of skill is not taken for another goal.
    """
    apart = world(0.0, held_out=True)

    def probe(policy) -> dict[str, torch.Tensor]:
        batch = own_episodes(policy, apart, episodes)
        paid = batch.returns > 0
        coin, flag = (
            paid.float().mean(1),
            (batch.ended & ~paid).float().mean(1),
        )  # the flag ends it, too, and pays not
        index = torch.where(coin + flag > 0, coin / (coin + flag).clamp(min=1e-9), 0.5)
        return {"coin first": coin, "flag first": flag, "neither": 1 - coin - flag, "goal index": index}

    return probe


def pursued(frame: pd.DataFrame) -> pd.Series:
    """What each run pursues at its end: "coin" or "flag" if it reaches that one twice as often, "both", or "neither".

    "neither" is a run that reaches one of the two in less than half of all episodes. One value for each index row of
    `frame`, which has the columns `coin first` and `flag first`.
    """
    coin, flag = frame["coin first"], frame["flag first"]
    what = pd.Series("both", index=frame.index)
    what[coin >= 2 * flag] = "coin"
    what[flag >= 2 * coin] = "flag"
    what[coin + flag < 0.5] = "neither"
    return what


def at_score(long: pd.DataFrame, level: float) -> pd.DataFrame:
    """The goal index of each seed when it first scores `level` in training, a column for each method.

    One row for each share `together` and seed, NaN for a seed that never gets there. `long` is the table goals.
    """
    level, rows = share(level, "level"), {}
    for (method, together, seed), run in long.sort_values("step").groupby(["method", "together", "seed"]):
        score, index = run["success in training"].to_numpy(), run["goal index"].to_numpy()
        rows[together, seed, method] = crossing(score, index, level)
    found = pd.Series(rows).rename_axis(["together", "seed", "method"]).unstack()
    return found[[arm for arm in ARMS if arm in found]]


def long_runs() -> tuple[pd.DataFrame, pd.Series]:
    """The long runs that come with the course, and where they came from."""
    facts = provenance("goals")
    told = {key: value for key, value in facts.items() if isinstance(value, str | int | float)}
    return stored("goals"), pd.Series(told | {"episodes": facts["shared"]["episodes"]})


def at_end(long: pd.DataFrame) -> pd.DataFrame:
    """The last measurement of each run, with the column `pursued` added."""
    last = long[long.step == long.step.max()]
    return last.assign(pursued=pursued(last))


def share_needed(ends: pd.DataFrame, method: str, index: float = 0.75) -> float:
    """The smallest share of mazes apart at which the mean goal index is reached; NaN if it never is."""
    method, index = one_of(method, ends.method.unique(), "method"), share(index, "index")
    mean = ends[ends.method == method].groupby("together")["goal index"].mean()[::-1]
    return float(np.interp(index, mean, 1 - mean.index)) if mean.max() >= index else float("nan")


def goal_gap(long: pd.DataFrame) -> pd.Series:
    """03.C8: goal index at equal score, SFT on the coin teacher less PPO, nine mazes in ten together."""
    told = at_score(long, LEVEL).loc[TOLD]
    return told["SFT, coin teacher"] - told["PPO"]


def spread(long: pd.DataFrame) -> pd.DataFrame:
    """How far each seed's goal index is from its arm's mean at equal score, coin and flag always together."""
    blind = at_score(long, LEVEL).loc[BLIND]
    return (blind - blind.mean()).abs()


def spread_gap(long: pd.DataFrame) -> pd.Series:
    """03.C9: how far a seed's goal index lies from its arm's mean, PPO less SFT on the coin teacher."""
    found = spread(long)
    return found["PPO"] - found["SFT, coin teacher"]


def goal_gates(long: pd.DataFrame) -> list[Gate]:
    """What must hold before 03.C8 is judged."""
    two, matters = ["SFT, coin teacher", "PPO"], rule("03.C8").matters
    told, index = tidy(long, TOLD, two), at_score(long, LEVEL).loc[TOLD]
    teachers = index["SFT, coin teacher"] - index["SFT, flag teacher"]  # flag pupils in the place of PPO
    other_goal = index["SFT, flag teacher"] - index["PPO"]  # and in the place of SFT
    return [
        complete(told),
        moved(told, "success in training", least=0.3),
        attrition({name: index[name] for name in two}, least=0.9),
        grid(goal_gap(long), goal_gap(every_other(long)), matters=matters),
        both_ways(teachers, other_goal, matters=matters),
    ]


def spread_gates(long: pd.DataFrame, tie: pd.DataFrame) -> list[Gate]:
    """What must hold before 03.C9 is judged. `tie` is what the function of that name found."""
    two = ["SFT, coin teacher", "PPO"]
    blind, index = tidy(long, BLIND, two), at_score(long, LEVEL).loc[BLIND]
    difference, weights = tie.loc[two].max()
    says = f"the weights moved by {weights:.2g}, their difference between coin and flag by {difference:.1g}"
    return [
        Gate("both ways", difference > 1e-3 * weights, f"{says}: no seed can take a side"),
        complete(blind),
        moved(blind, "success in training", least=0.3),
        attrition({name: index[name] for name in two}, least=0.9),
    ]


def tidy(long: pd.DataFrame, together: float, methods: list[str]) -> pd.DataFrame:
    """The long runs at one share, with a row for each metric and value."""
    rows = long[(long.together == together) & long.method.isin(methods)]
    return rows.melt(["method", "together", "seed", "step"], var_name="metric")


def every_other(long: pd.DataFrame) -> pd.DataFrame:
    """Half as many measurements: every other one of each run, the first one kept."""
    place = long.groupby(["method", "together", "seed"]).step.rank(method="first")
    return long[place % 2 == 1]


def tie(seeds, steps: int = 20) -> pd.DataFrame:
    """How far weights move where coin and flag are always together, and how far the difference of the two sets moves.

    The largest change of any seed and weight of the first layer, a row for each arm. Equal inputs get equal gradients.
    """
    env, rows = world(BLIND), {}
    start, half = beginner(env, seeds), 2 * (env.height + env.width) - 2  # inputs that tell of the coin
    coin_and_flag = lambda policy: policy.stacked[0].detach()[..., : 2 * half].unflatten(-1, (2, half))
    for name, arm in arms(env).items():
        change = coin_and_flag(train(start, steps=steps, **arm).policy) - coin_and_flag(start)
        apart = change[..., 0, :] - change[..., 1, :]
        rows[name] = {
            "coin's less flag's weights": float(apart.abs().max()),
            "weights": float(change.abs().max()),
        }
    return pd.DataFrame(rows).T


def scatter(index: float, episodes: float) -> float:
    """How far a goal index lies from the truth on average, by the luck of its episodes alone (a binomial share)."""
    return (2 / torch.pi * index * (1 - index) / episodes) ** 0.5


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


MEASURES = {"03.C8": goal_gap, "03.C9": spread_gap}
