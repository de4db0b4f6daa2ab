"""The mazes of lesson 03, how coin and flag are told, and the arms that learn there."""

from collections.abc import Callable
from functools import cache, partial

import torch

from helpers.checked import number, one_of
from helpers.core.advantages import batch_relative
from helpers.core.losses import per_episode, ppo_loss, reinforce_loss, sft_loss
from helpers.core.policy import Policy, mlp
from helpers.core.sources import Demonstrations, Rollouts
from helpers.core.training import train
from helpers.core.types import Batch
from helpers.worlds.codes import bar, blurred, faint, light
from helpers.worlds.exact import Chances
from helpers.worlds.mazes import Guide, Maze, mazes

ARMS = ("SFT, coin teacher", "SFT, flag teacher", "RL", "PPO", "null arm")
LAYOUTS = 200  # held-out mazes in which everything is measured
TOLD = {  # how coin and flag are told
    "alike": (light, light),
    "light and bar": (light, bar),
    "bar and light": (bar, light),
    "coin faint": (faint(0.3), light),
    "flag faint": (light, faint(0.3)),
    "coin blurred": (blurred(1), light),
    "coin very blurred": (blurred(2), light),
    "flag blurred": (light, blurred(1)),
}
BEGINS = {  # what an SFT start was taught: by whom, with which share together, for how many batches
    "coin teacher": ("SFT, coin teacher", None, 60),
    "flag teacher": ("SFT, flag teacher", None, 60),
    "no side": ("SFT, coin teacher", 1.0, 8),
}
SKILL, INDEX = "success in new mazes", "goal index"
METRICS = (SKILL, "coin first", "flag first", "neither", INDEX)
HALVES = tuple(f"{metric}, half {half}" for half in (1, 2) for metric in (SKILL, INDEX))
discounted = partial(batch_relative, gamma=0.9)  # an early coin is worth more than a late one


@cache
def world(
    together: float,
    told: str = "alike",
    *,
    held_out: bool = False,
    layouts: int = 0,
    new_mazes: int = LAYOUTS,
    pays: str = "coin",
) -> Maze:
    """Mazes of 7 x 7 cells, 1000 layouts for training or 200 held out.

    together: the share in which the coin lies at the flag. told: how the network is told of the two, one of `TOLD`.
    layouts: another number gives other mazes. new_mazes: how many are held out. pays: the coin, or the flag.
    """
    coin_as, flag_as = TOLD[one_of(told, TOLD, "told")]
    count = new_mazes if held_out else 1000
    levels = mazes(count, together=together, held_out=held_out, seed=layouts)
    return Maze(levels, pays=pays, coin_as=coin_as, flag_as=flag_as)


def arms(env: Maze) -> dict[str, dict]:
    """Who acts, how actions are weighted, and the learning rate with which the arm was first at a success of 0.75.

    What `train` takes for each arm: `train(start, steps=100, **arms(env)["PPO"])`. The null arm learns by the
    advantages of other episodes than its own, which tell it nothing.
    """
    own, luck = Rollouts(env, advantage=discounted), Rollouts(env, advantage=of_another)
    coin, flag = (Demonstrations(env, Guide(env, to)) for to in ("coin", "flag"))
    return {
        "SFT, coin teacher": {"data": coin, "loss": sft_loss, "lr": 3e-2, "clip_norm": 10},
        "SFT, flag teacher": {"data": flag, "loss": sft_loss, "lr": 3e-2, "clip_norm": 10},
        "RL": {"data": own, "loss": reinforce_loss, "lr": 1e-2, "clip_norm": 10},
        "PPO": {"data": own, "loss": ppo_loss, "lr": 1e-2, "clip_norm": 10, "updates": 4},
        "null arm": {"data": luck, "loss": reinforce_loss, "lr": 1e-2, "clip_norm": 10},
    }


def of_another(batch: Batch) -> torch.Tensor:
    """The discounted advantage of the next episode in the batch: equally large, and about other actions."""
    return discounted(batch).roll(1, dims=1)


def turned(
    env: Maze,
    name: str,
    *,
    pace: float = 1.0,
    ppo_pace: float = 1.0,
    bonus: float = 0.0,
    pick: str = "first",
    updates: int = 4,
    gamma: float = 0.9,
) -> dict:
    """An arm with one thing turned.

    pace, ppo_pace: factors on the learning rate, of every arm and of PPO's alone. bonus: what RL and PPO earn for a nat
    of entropy at each step. pick: which of several shortest ways the teacher takes (see `Guide`). updates: PPO's steps
    on a batch. gamma: the discount of RL and PPO.
    """
    arm = arms(env)[one_of(name, ARMS, "arm")]
    arm["lr"] *= pace * (ppo_pace if name == "PPO" else 1)
    if number(bonus, "bonus", least=0) and name in ("RL", "PPO"):
        arm["loss"] = _undecided(arm["loss"], bonus)
    if gamma != 0.9 and name in ("RL", "PPO"):
        arm["data"] = Rollouts(env, advantage=partial(batch_relative, gamma=gamma))
    if name == "PPO":
        arm["updates"] = updates
    if name.startswith("SFT"):
        arm["data"] = Demonstrations(env, Guide(env, "coin" if "coin" in name else "flag", pick=pick))
    return arm


def _undecided(loss: Callable, bonus: float) -> Callable:
    return lambda now, batch: loss(now, batch) - bonus * per_episode(now.entropy, batch.mask)


def beginner(env: Maze, seeds, *, hidden=(64,), scale: float = 1.0) -> Policy:
    """A network with one hidden layer for each seed, the start of all arms. scale: a factor on its first weights."""
    start = Policy(mlp(env.features, env.actions, hidden=tuple(hidden)), seeds=seeds)
    with torch.no_grad():
        start.stacked[0].mul_(scale)
    return start


def taught(start: Policy, together: float, told: str, begin: str, layouts: int = 0) -> Policy:
    """The start after some batches of SFT: "coin teacher", "flag teacher", or "no side" (see `BEGINS`)."""
    name, share, batches = BEGINS[one_of(begin, BEGINS, "begin")]
    env = world(together if share is None else share, told, layouts=layouts)
    return train(start, steps=batches, stream=1, **arms(env)[name]).policy


def chances(told: str = "alike", layouts: int = 0, new_mazes: int = LAYOUTS) -> Callable:
    """A probe: what a policy reaches in new mazes, exactly; with `half 1` and `half 2` for each half of the mazes.

    "success in new mazes" is where coin and flag lie together, so it says nothing of what is pursued. "coin first",
    "flag first" and "neither" are where they lie apart, and the goal index is coin / (coin + flag): 1 for one who
    always goes to the coin, 0 for one who goes to the flag. What is not reached does not count, so that want of skill
    is not taken for another goal.
    """
    how = {"held_out": True, "layouts": layouts, "new_mazes": new_mazes}
    return chances_in(*(world(together, told, **how) for together in (1.0, 0.0)))


def chances_in(together: Maze, apart: Maze) -> Callable:
    """The same probe in mazes of one's own: those with coin and flag together, and the same with both apart."""
    both, apart = Chances(together), Chances(apart)

    def probe(policy) -> dict[str, torch.Tensor]:
        skill, reached = both(policy).coin, apart(policy)
        coin, flag = (
            chance.unflatten(1, (2, -1)).mean(1) for chance in reached
        )  # over the two versions of a layout
        half = skill.shape[1] // 2
        found = {SKILL: skill.mean(1), "coin first": coin.mean(1), "flag first": flag.mean(1)}
        found |= {"neither": 1 - found["coin first"] - found["flag first"], INDEX: index(coin, flag)}
        for name, some in (("half 1", slice(0, half)), ("half 2", slice(half, None))):
            found[f"{SKILL}, {name}"] = skill[:, some].mean(1)
            found[f"{INDEX}, {name}"] = index(coin[:, some], flag[:, some])
        return found

    return probe


def index_of_steps(coin: torch.Tensor, flag: torch.Tensor) -> torch.Tensor:
    """The goal index of some episodes, from the step at which each thing was reached first, infinity for never."""
    coin_first, flag_first = (coin < flag).float().sum(), (flag < coin).float().sum()
    decided = coin_first + flag_first
    return coin_first / decided if decided > 0 else torch.tensor(0.5)


def index(coin: torch.Tensor, flag: torch.Tensor) -> torch.Tensor:
    """coin / (coin + flag), the chances [seed, maze] pooled over mazes; 0.5 where nothing is reached."""
    coin, flag = coin.sum(1), flag.sum(1)
    return torch.where(coin + flag > 0, coin / (coin + flag).clamp(min=1e-9), 0.5)
