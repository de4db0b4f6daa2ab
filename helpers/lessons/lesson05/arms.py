"""The mazes of lesson 05, the arms that learn there, and what they begin from."""

from collections.abc import Callable, Sequence
from functools import cache, partial

import torch
from torch import nn

from helpers.checked import number, one_of, share
from helpers.core.advantages import batch_relative, group_relative, reward_to_go
from helpers.core.losses import ppo_loss, reinforce_loss, sft_loss
from helpers.core.policy import Policy, mlp
from helpers.core.training import train
from helpers.lessons.lesson05.drawn import Drawn, Luck, beginners, right_moves
from helpers.lessons.lesson05.eyes import eyes
from helpers.worlds.codes import faint, light
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
# when RL is paid: sparse; dense; as much in all as dense, but when the episode ends; sparser still
PAYS = ("at the coin", "each step", "same total at the end", "one time in four")
SHAPED = PAYS[1:3]
BEGINS = ("nothing", "SFT", "pretrained")
WARM = {"SFT": 6, "pretrained": 4}  # after how many batches a start is warm: at a success of 0.5 to 0.6
NETS = ("eyes", "narrow eyes", "one layer")
# Learning rate and episodes in a batch, of SFT and PPO among the pairs with the fewest episodes to a success of 0.65 on
# trial runs; what is pursued was not looked at. Of PPO's, three are equally fast as far as twelve runs tell.
RATES = {
    "SFT": 3e-2,
    "SFT, teacher errs": 3e-2,
    "errs, weighted": 1e-2,
    "own successes": 1e-2,
    "PPO": 1e-2,
    "REINFORCE": 1e-2,
    "GRPO": 1e-2,
    "null arm": 1e-2,
}
EPISODES = dict.fromkeys(RATES, 32) | {"SFT": 8}
GROUP, ERRS = 8, 0.3
TOLD = {  # how coin and flag are told; one dimmed: an arm that learns from the other one
    "alike": (light, light),
    "coin faint": (faint(0.3), light),
    "flag faint": (light, faint(0.3)),
}
SETS, EACH = ("A", "B", "C"), 100  # held-out mazes in which everything is measured: three sets of so many
SKILL, INDEX = "success in new mazes", "goal index"
METRICS = (SKILL, INDEX, "neither", *(f"{INDEX}, {name}" for name in SETS))


class Paid(Maze):
    """Mazes in which reaching the coin pays 1, and something else is paid by the way, see `PAYS`."""

    def __init__(self, levels, pays: str, told: str = "alike"):
        coin_as, flag_as = TOLD[one_of(told, TOLD, "told")]
        super().__init__(levels, coin_as=coin_as, flag_as=flag_as)
        self.when = one_of(pays, PAYS, "pays")
        if pays in SHAPED:
            other = torch.where(levels.flag == levels.coin, -1, levels.flag)
            self.away = distances(around(levels.walls, other), levels.coin)

    def step(self, state: GridState, action, rng):
        """As in a `Maze`; a step nearer to the coin pays a tenth, one further from it costs a tenth."""
        after, reward, over = super().step(state, action, rng)
        if self.when in SHAPED:
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
def world(
    together: float, pays: str = "at the coin", *, told: str = "alike", layouts: int = 0, count: int = 1000
) -> Maze:
    """Mazes to learn in: the share with the coin at the flag, when is paid, how coin and flag are told, which layouts,
    and how many."""
    return Paid(mazes(count, together=share(together, "together"), seed=layouts), pays, told)


@cache
def _right(env: Maze):
    return right_moves(env)


def of_another(batch) -> torch.Tensor:
    """What the next episode earned from each step on, less the mean of all but one's own: a push for nothing done.

    With the plain mean, in which the own episode counts one part in n, the push would be the true gradient's opposite,
    n times smaller, and Adam makes small pushes as large as any.
    """
    earned = reward_to_go(batch, DISCOUNT)
    others = (earned.sum(1, keepdim=True) - earned) / (earned.shape[1] - 1)
    return earned.roll(1, dims=1) - others


def at_the_end(batch):
    """The same batch, in which all that an episode earned is paid at its last step."""
    mask = batch.mask
    last = mask & ~torch.cat([mask[..., 1:], torch.zeros_like(mask[..., :1])], dim=-1)
    return batch.with_(reward=torch.where(last, batch.returns[..., None], 0.0))


def successes(batch) -> torch.Tensor:
    """1 at every step of an episode that earned something, 0 elsewhere: to imitate oneself where it went well."""
    return (batch.returns > 0).float()[..., None].expand_as(batch.reward)


DISCOUNT = 0.9
discounted = partial(batch_relative, gamma=DISCOUNT)


def later(batch) -> torch.Tensor:
    """The advantages of an arm that is paid the same total when its episode ends."""
    return discounted(at_the_end(batch))


def arm(
    name: str, env: Maze, lucks: Sequence[Luck], *, pace: float = 1.0, episodes: int | None = None
) -> dict:
    """What `train` takes for an arm. pace: a factor on its learning rate. episodes: in a batch."""
    episodes = EPISODES[one_of(name, ARMS, "arm")] if episodes is None else episodes
    how = {"lr": RATES[name] * number(pace, "pace", above=0), "clip_norm": 10}
    if name.startswith("SFT"):
        errs = ERRS if name == "SFT, teacher errs" else 0.0
        data = Drawn(env, lucks, teacher=_right(env), errs=errs, episodes=episodes)
        return {**how, "data": data, "loss": sft_loss}
    others = {"GRPO": group_relative(GROUP), "null arm": of_another, "own successes": successes}
    if env.when == "same total at the end":
        one_of(name, ("PPO", "REINFORCE"), "an arm that is paid at the end")
        others = {name: later}
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


def mirrored(start: Policy) -> Policy:
    """The same policy with its eyes exchanged: what it did for the coin it does for the flag."""
    other = start.clone()
    at = dict(zip(other.names, other.stacked, strict=True))
    with torch.no_grad():
        for name in [name for name in at if name.startswith("coin.")]:
            one, two = at[name], at[name.replace("coin", "flag")]
            kept = one.clone()
            one.copy_(two)
            two.copy_(kept)
    return other


def begin(name: str, env: Maze, lucks: Sequence[Luck], make_net: Callable) -> Policy:
    """What a run starts from: nothing; 6 batches of SFT in the same mazes; 4 in mazes with one thing alone.

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
def _new(together: float, layouts: int, told: str) -> Chances:
    levels = mazes(len(SETS) * EACH, together=together, held_out=True, seed=layouts)
    return Chances(Paid(levels, PAYS[0], told))


def chances(layouts: int = 0, told: str = "alike") -> Callable:
    """A probe, exact in new mazes: success where coin and flag lie together, and where they lie apart the goal index,
    coin / (coin + flag); in all of them, and the index in each of three sets."""
    both, separate = (_new(together, layouts, told) for together in (1.0, 0.0))

    def probe(policy) -> dict[str, torch.Tensor]:
        skill, reached = both(policy).coin, separate(policy)
        coin, flag = (chance.unflatten(1, (2, -1)).mean(1) for chance in reached)
        found = {SKILL: skill.mean(1), INDEX: _index(coin, flag), "neither": 1 - coin.mean(1) - flag.mean(1)}
        sets = zip(coin.split(EACH, 1), flag.split(EACH, 1), strict=True)
        return found | {f"{INDEX}, {name}": _index(*some) for name, some in zip(SETS, sets, strict=True)}

    return probe


def success(layouts: int = 0, told: str = "alike") -> Callable:
    """A probe of success alone, exact in new mazes: what is pursued is not looked at."""
    both = _new(1.0, layouts, told)
    return lambda policy: both(policy).coin.mean(1)


def _index(coin, flag):
    coin, flag = coin.sum(1), flag.sum(1)
    return torch.where(coin + flag > 0, coin / (coin + flag).clamp(min=1e-9), 0.5)
