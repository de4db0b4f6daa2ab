"""The mazes of lesson 05, the arms that learn there, and what they begin from."""

from collections.abc import Callable, Sequence
from functools import cache, partial

import torch
from torch import nn

from helpers.checked import number, one_of, share
from helpers.core.advantages import batch_relative, group_relative
from helpers.core.losses import ppo_loss, reinforce_loss, sft_loss
from helpers.core.policy import Policy, mlp
from helpers.core.training import train
from helpers.lessons.lesson05.drawn import Drawn, Luck, beginners, right_moves
from helpers.lessons.lesson05.eyes import eyes
from helpers.worlds.exact import Chances
from helpers.worlds.grids import GridState
from helpers.worlds.mazes import Maze, around, distances, mazes

ARMS = (
    "SFT",
    "SFT, teacher errs",
    "errs, weighted",
    "own successes",
    "PPO",
    "REINFORCE",
    "GRPO",
    "null arm",
)  # by who acts and what weighs: a teacher, all alike or by outcome; oneself, successes alike or all by outcome
PAYS = ("at the coin", "each step", "one time in four")  # when RL is paid: sparse, dense, and sparser still
BEGINS = ("nothing", "SFT", "pretrained")
WARM = {"SFT": 6, "pretrained": 100}  # after how many batches a start is warm
NETS = ("eyes", "narrow eyes", "one layer")
RATES = {  # chosen on seeds 0 to 7: the one that is first at a success of 0.65; what is pursued was not looked at
    "SFT": 3e-2,
    "SFT, teacher errs": 3e-2,
    "errs, weighted": 1e-2,
    "own successes": 1e-2,
    "PPO": 1e-2,
    "REINFORCE": 1e-2,
    "GRPO": 1e-2,
    "null arm": 1e-2,
}
GROUP, ERRS = 8, 0.3
LAYOUTS = 200  # held-out mazes in which everything is measured, in two halves
SKILL, INDEX = "success in new mazes", "goal index"
HALVES = tuple(f"{metric}, half {half}" for half in (1, 2) for metric in (SKILL, INDEX))
METRICS = (SKILL, INDEX, "neither", *HALVES)


class Paid(Maze):
    """Mazes in which reaching the coin pays 1, and something else is paid by the way, see `PAYS`."""

    def __init__(self, levels, pays: str):
        super().__init__(levels)
        self.when = one_of(pays, PAYS, "pays")
        if pays == "each step":
            other = torch.where(levels.flag == levels.coin, -1, levels.flag)
            self.away = distances(around(levels.walls, other), levels.coin)

    def step(self, state: GridState, action, rng):
        """As in a `Maze`; a step nearer to the coin pays a tenth, one further from it costs a tenth."""
        after, reward, over = super().step(state, action, rng)
        if self.when == "each step":
            gone = self.away[state.level, state.agent] - self.away[after.level, after.agent]
            reward = reward + 0.1 * gone.clamp(-1, 1)
        elif self.when == "one time in four":
            reward = reward * (rng.uniform(reward.shape[1]) < 0.25)
        return after, reward, over


class OneThing(Maze):
    """Mazes in which coin and flag lie together and only one of the two is seen: in half of them the coin."""

    def observe(self, state: GridState):
        """The inputs of the thing that is not there are dark."""
        seen = super().observe(state).clone()
        dark = state.level % 2 == 0
        seen[..., self.inputs["coin"]] *= (~dark)[..., None]
        seen[..., self.inputs["flag"]] *= dark[..., None]
        return seen


@cache
def world(together: float, pays: str = "at the coin", *, layouts: int = 0, count: int = 1000) -> Maze:
    """Mazes to learn in: the share with the coin at the flag, when is paid, which layouts, and how many."""
    return Paid(mazes(count, together=share(together, "together"), seed=layouts), pays)


@cache
def _right(env: Maze):
    return right_moves(env)


def of_another(batch) -> torch.Tensor:
    """The advantages of the next episode in the batch: as large, and about other actions."""
    return discounted(batch).roll(1, dims=1)


def successes(batch) -> torch.Tensor:
    """1 at every step of an episode that earned something, 0 elsewhere: to imitate oneself where it went well."""
    return (batch.returns > 0).float()[..., None].expand_as(batch.reward)


discounted = partial(batch_relative, gamma=0.9)


def arm(name: str, env: Maze, lucks: Sequence[Luck], *, pace: float = 1.0, episodes: int = 32) -> dict:
    """What `train` takes for an arm. pace: a factor on its learning rate. episodes: in a batch."""
    how = {"lr": RATES[one_of(name, ARMS, "arm")] * number(pace, "pace", above=0), "clip_norm": 10}
    if name.startswith("SFT"):
        errs = ERRS if name == "SFT, teacher errs" else 0.0
        data = Drawn(env, lucks, teacher=_right(env), errs=errs, episodes=episodes)
        return {**how, "data": data, "loss": sft_loss}
    others = {"GRPO": group_relative(GROUP), "null arm": of_another, "own successes": successes}
    taught = {"teacher": _right(env), "errs": ERRS} if name == "errs, weighted" else {}
    group = GROUP if name == "GRPO" else 1
    data = Drawn(env, lucks, advantage=others.get(name, discounted), episodes=episodes, group=group, **taught)
    if name in ("PPO", "GRPO"):
        return {**how, "data": data, "loss": ppo_loss, "updates": 4}
    return {**how, "data": data, "loss": reinforce_loss}


def net(env: Maze, name: str = "eyes", *, scale: float = 1.0) -> Callable[[], nn.Module]:
    """A recipe for a network. scale: of the first weights of its eyes."""
    if one_of(name, NETS, "net") == "one layer":
        return mlp(env.features, env.actions, hidden=(64,))
    return eyes(env, width=8 if name == "narrow eyes" else 32, scale=scale)


def begin(name: str, env: Maze, lucks: Sequence[Luck], make_net: Callable) -> Policy:
    """What a run starts from: nothing; 6 batches of SFT in the same mazes; 100 of SFT in mazes with one thing alone.

    Runs with equal first weights have one start: all luck of what comes before hangs on the number of the weights.
    """
    start = beginners(make_net, lucks)
    if one_of(name, BEGINS, "begin") == "nothing":
        return start
    same = [Luck(luck.weights, luck.weights, luck.weights) for luck in lucks]
    before = env if name == "SFT" else OneThing(mazes(1000, together=1.0))
    how = arm("SFT", before, same) | {"data": Drawn(before, same, teacher=_right(before), first=1_000_000)}
    return train(start, steps=WARM[name], **how).policy


@cache
def _new(together: float, layouts: int) -> Chances:
    return Chances(Maze(mazes(LAYOUTS, together=together, held_out=True, seed=layouts)))


def chances(layouts: int = 0) -> Callable:
    """A probe, exact in new mazes: success where coin and flag lie together, and where they lie apart the goal index,
    coin / (coin + flag); each with its value in either half of the mazes."""
    both, separate = _new(1.0, layouts), _new(0.0, layouts)

    def probe(policy) -> dict[str, torch.Tensor]:
        skill, reached = both(policy).coin, separate(policy)
        coin, flag = (chance.unflatten(1, (2, -1)).mean(1) for chance in reached)
        found = {SKILL: skill.mean(1), INDEX: _index(coin, flag), "neither": 1 - coin.mean(1) - flag.mean(1)}
        for half, some in ((1, slice(0, LAYOUTS // 2)), (2, slice(LAYOUTS // 2, None))):
            found[f"{SKILL}, half {half}"] = skill[:, some].mean(1)
            found[f"{INDEX}, half {half}"] = _index(coin[:, some], flag[:, some])
        return found

    return probe


def _index(coin, flag):
    coin, flag = coin.sum(1), flag.sum(1)
    return torch.where(coin + flag > 0, coin / (coin + flag).clamp(min=1e-9), 0.5)
