"""The bandits of lesson 01: what pays, whom SFT learns from, where learning starts; and the settings to turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.checked import number, of_use, one_of, share, whole
from helpers.core import Batch, Policy, Rng, Rollouts, Stream, batch_relative, leashed
from helpers.core.advantages import reward_to_go
from helpers.lessons.lesson01.humps import APART, ARMS, best_bump, bump, entropy_priced, two_peaks
from helpers.worlds.bandits import Bandit, boltzmann_policy, kl_divergence, shown_actions

REWARDS = torch.linspace(0, 1, 6)
HABITS = torch.tensor([0.05, 0.30, 0.05, 0.40, 0.05, 0.15])  # how often the teacher takes each action
BETA = 0.3  # the price of a nat


class ByChance(Bandit):
    """A bandit whose arms pay 1 with the chance that is their reward, and else 0."""

    def step(self, state, action, rng: Rng):
        """Pays 1 or 0; every episode ends."""
        state, chance, ended = super().step(state, action, rng)
        return state, (rng.uniform(action.shape[1]) < chance).float(), ended


@dataclass(frozen=True)
class Problem:
    """A bandit with a teacher, for some seeds.

    rewards:   what each action pays, on average. habits: how often the teacher takes it.
    start:     the policy before training, which is also the reference of a leash.
    by_chance: the bandit pays 1 with the chance that is an action's reward, else 0.
    forecast:  who names the ends has seen so many of the teacher's episodes, others for each seed; None: he knows the
               habits and all rewards.
    baseline:  RL weighs by reward less the batch's mean; without it by the reward as it is.
    """

    seeds: Sequence[int]
    rewards: Float[Tensor, "actions"]
    habits: Float[Tensor, "actions"]
    start: Float[Tensor, "actions"]
    by_chance: bool = False
    forecast: int | None = None
    baseline: bool = True

    least = 0.9  # of its way that an arm with a target must have gone before one looks where it ended

    @property
    def best(self) -> Float[Tensor, "actions"]:
        """The policy that takes the best action and no other."""
        return torch.eye(len(self.rewards))[self.rewards.argmax()]

    @property
    def weight(self) -> Callable:
        """What RL weighs an action by, before a price: an advantage of `helpers.core`."""
        return batch_relative if self.baseline else reward_to_go

    def beginner(self) -> Policy:
        """The start of all arms: a table of logits for each seed."""
        return Policy(_logits(self.start), seeds=self.seeds)

    def world(self) -> Bandit:
        """Where the policy acts."""
        return (ByChance if self.by_chance else Bandit)(self.rewards)

    def shown(self, share: Float[Tensor, "actions"]) -> Batch:
        """A thousand recorded episodes of a teacher who takes each action in its share."""
        return shown_actions(share, self.rewards)

    def tried(self, episodes: int) -> Rollouts:
        """The policy's own episodes, with reward less the batch's mean as the advantage."""
        return Rollouts(self.world(), episodes=episodes, advantage=self.weight)

    def priced(self, beta: float, episodes: int) -> Rollouts:
        """The same, where each nat away from the start costs `beta`."""
        advantage = leashed(self.weight, beta)
        return Rollouts(self.world(), episodes=episodes, reference=True, advantage=advantage)

    def target(self, beta: float) -> Float[Tensor, "actions"]:
        """Where theory says that RL on the leash ends, if the policy can: the Boltzmann policy."""
        return boltzmann_policy(self.start, self.rewards, beta)

    def other(self) -> Float[Tensor, "actions"]:
        """A teacher who is another than the target: the one with habits."""
        return self.habits

    def named(self) -> dict[str, Float[Tensor, "*seeds actions"]]:
        """The ends that are named before the run: of SFT on the teacher's habits, of RL, and of the gates' two arms."""
        ends = {"SFT": self.habits, "RL": self.best, "null arm": self.start, "SFT, best action": self.best}
        if self.forecast is None:
            return ends
        noise = Rng(self.seeds, Stream.CHOICES).gumbel(self.forecast, len(self.habits))
        counts = torch.eye(len(self.habits))[(self.habits.log() + noise).argmax(-1)].sum(1)
        best_seen = torch.where(counts > 0, self.rewards, -torch.inf).argmax(-1)
        return ends | {"SFT": counts / self.forecast, "RL": torch.eye(len(self.rewards))[best_seen]}

    def left(self) -> dict[str, Callable]:
        """What each arm is trained to make small, at least 0: probabilities -> nats, of RL reward."""
        most = float(self.rewards.max())
        return {"SFT": lambda p: kl_divergence(self.habits, p), "RL": lambda p: most - p @ self.rewards}

    def left_to(self, target: Float[Tensor, "actions"]) -> dict[str, Callable]:
        """The same of the two arms that have one target."""
        return {
            "SFT, wise teacher": lambda p: kl_divergence(target, p),
            "RL, leash": lambda p: kl_divergence(p, target),
        }


class ToHabits(Problem):
    """RL is paid so that it ends where SFT ends, at the teacher's habits: their logarithm, and 1 for each nat."""

    def tried(self, episodes: int) -> Rollouts:
        """Own episodes, paid the logarithm of the teacher's share."""
        advantage = leashed(self.weight, 1.0)
        return Rollouts(Bandit(self.habits.log()), episodes=episodes, reference=True, advantage=advantage)

    def named(self) -> dict[str, Float[Tensor, "*seeds actions"]]:
        """Both end at the habits."""
        return super().named() | {"RL": self.habits}

    def left(self) -> dict[str, Callable]:
        """Both are trained to come near the habits, each in its own divergence."""
        return super().left() | {"RL": lambda p: kl_divergence(p, self.habits)}


class OneHump(Problem):
    """Actions in a row, two of which pay best, and a policy that can only say "about here".

    RL on a leash may come to rest on either peak, or on one wide hump over both: half of the way is asked for.
    """

    least = 0.5

    def beginner(self) -> Policy:
        """One hump for each seed, somewhere in the middle."""
        return Policy(bump(ARMS), seeds=self.seeds)

    def priced(self, beta: float, episodes: int) -> Rollouts:
        """RL that is paid log of the teacher's share, less its own log p: it ends at the teacher, if it can."""
        return Rollouts(Bandit(self.habits.log()), episodes=episodes, advantage=entropy_priced)

    def target(self, beta: float) -> Float[Tensor, "actions"]:
        """The two peaks, whatever the price."""
        return self.habits

    def other(self) -> Float[Tensor, "actions"]:
        """A teacher who knows the right peak only."""
        return two_peaks(ARMS, APART, higher=0.0)

    def named(self) -> dict[str, Float[Tensor, "*seeds actions"]]:
        """SFT's end is the hump that is nearest to the teacher in forward KL."""
        return super().named() | {"SFT": _nearest(self.habits)}

    def left(self) -> dict[str, Callable]:
        """The least that one hump can reach counts as 0."""
        return super().left() | {"SFT": self.left_to(self.habits)["SFT, wise teacher"]}

    def left_to(self, target: Float[Tensor, "actions"]) -> dict[str, Callable]:
        """For SFT the least that one hump can reach counts as 0; for RL the least on the side on which it is."""
        least = float(kl_divergence(target, _nearest(target)))
        left, right = (kl_divergence(two_peaks(ARMS, APART, higher=side), target) for side in (1.0, 0.0))
        on_the_left = lambda p: p[:, : ARMS // 2].sum(1) > 0.5
        return {
            "SFT, wise teacher": lambda p: kl_divergence(target, p) - least,
            "RL, leash": lambda p: kl_divergence(p, target) - torch.where(on_the_left(p), left, right),
        }


def problem(
    seeds: Sequence[int],
    *,
    actions: int = 6,
    runner_up: float | None = None,
    by_chance: bool = False,
    rare: float | None = None,
    forecast: int | None = None,
    both_to: str | None = None,
    one_hump: bool = False,
    baseline: bool = True,
) -> Problem:
    """The lesson's bandit, with what is to be turned.

    actions:   how many; they pay from 0 to 1 in even steps, and the pattern of the teacher's habits is repeated.
    runner_up: what the second best action pays, instead.
    rare:      the start policy's chance of the best action, the others being alike. None: all are alike.
    both_to:   "habits" or "best action", where SFT and RL both end; None: SFT at the first, RL at the second.
    one_hump:  41 actions in a row with two peaks, and a policy of one hump.
    by_chance, forecast, baseline: see `Problem`.
    Raises ValueError for what would change nothing beside another one: all of them beside one_hump, what pays and
    whether by chance where both end at the habits, a forecast where both end at the best action.
    """
    habits_only = {"runner_up": runner_up is not None, "by_chance": by_chance}
    if one_hump:
        others = {
            "actions": actions != 6,
            **habits_only,
            "rare": rare is not None,
            "forecast": forecast is not None,
        }
        of_use({**others, "both_to": both_to is not None, "baseline": not baseline}, "beside one_hump=True")
        habits = two_peaks(ARMS, APART)
        return OneHump(seeds, habits / habits.max(), habits, torch.full((ARMS,), 1 / ARMS))
    if both_to == "habits":
        of_use(habits_only, 'beside both_to="habits"')
    if both_to == "best action":
        of_use({"forecast": forecast is not None}, 'beside both_to="best action"')
    rewards = torch.linspace(0, 1, whole(actions, "actions", least=2))
    if runner_up is not None:
        rewards[-2] = number(runner_up, "runner_up")
    habits = HABITS.repeat(actions // len(HABITS) + 1)[:actions]
    start = torch.full((actions,), 1 / actions)
    if rare is not None:
        start = torch.full((actions,), (1 - share(rare, "rare")) / (actions - 1))
        start[-1] = rare
    if forecast is not None:
        whole(forecast, "forecast")
    kind = (
        ToHabits if both_to and one_of(both_to, ("habits", "best action"), "both_to") == "habits" else Problem
    )
    made = kind(seeds, rewards, habits / habits.sum(), start, by_chance, forecast, baseline)
    return replace(made, habits=made.best) if both_to == "best action" else made


SETTINGS = [  # the multiverse of both rules: a name in words, and what it turns in `experiment.results`
    {"setting": "as in the lesson"},
    {"setting": "32 actions", "actions": 32},
    {"setting": "rewards of chance", "by_chance": True},
    {"setting": "close runner-up, rewards of chance", "runner_up": 0.95, "by_chance": True},
    {"setting": "rare best action", "rare": 0.01},
    {"setting": "learning rate x 3", "rate": 3.0},
    {"setting": "learning rate / 3", "rate": 1 / 3},
    {"setting": "batches of 2", "episodes": 2},
    {"setting": "four times as many steps", "steps": 1600},
    {"setting": "one hump", "one_hump": True, "steps": 1600},
    {"setting": "batches of 16", "few": 16},
    {"setting": "falling learning rate", "falling": True},
    {"setting": "rates chosen by the distance", "chosen_by": "distance"},
    {"setting": "ends named from 50 episodes", "forecast": 50},
    {"setting": "both to the habits", "both_to": "habits"},
    {"setting": "both to the best action", "both_to": "best action"},
    {"setting": "price of a nat / 3", "beta": BETA / 3},
    {"setting": "RL without a baseline", "baseline": False},
]


def _nearest(target):
    """The hump that is nearest to a target in forward KL."""
    return best_bump(target, reverse=False, centres=401, widths=200)


def _logits(start):
    def make() -> nn.Module:
        net = nn.Linear(1, len(start), bias=False)
        with torch.no_grad():
            net.weight.copy_(start.log()[:, None])
        return net

    return make
