"""The bandits of lesson 01: what pays, whom SFT learns from, where learning starts; and the settings to turn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from helpers.checked import number, share, whole
from helpers.core import Batch, Policy, Rng, Rollouts, Stream, batch_relative, leashed
from helpers.lessons.lesson01.humps import ARMS, APART, best_bump, bump, entropy_priced, two_peaks
from helpers.worlds.bandits import Bandit, boltzmann_policy, shown_actions

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
    recorded:  how many of the teacher's episodes each seed is shown, drawn for it; None: 1,000, each action in its share.
    """

    seeds: Sequence[int]
    rewards: Float[Tensor, "actions"]
    habits: Float[Tensor, "actions"]
    start: Float[Tensor, "actions"]
    by_chance: bool = False
    recorded: int | None = None

    def beginner(self) -> Policy:
        """The start of all arms: a table of logits for each seed."""
        return Policy(_logits(self.start), seeds=self.seeds)

    def world(self) -> Bandit:
        """Where the policy acts."""
        return (ByChance if self.by_chance else Bandit)(self.rewards)

    def shown(self, share: Float[Tensor, "actions"]) -> Batch:
        """The recorded episodes of a teacher who takes each action in its share."""
        if self.recorded is None:
            return shown_actions(share, self.rewards)
        noise = Rng(self.seeds, Stream.CHOICES).gumbel(self.recorded, len(share))
        action = (share.log() + noise).argmax(-1)[..., None]
        counts = torch.ones_like(action, dtype=torch.bool)
        return Batch(torch.ones(*action.shape, 1), action, counts, self.rewards[action])

    def tried(self, episodes: int) -> Rollouts:
        """The policy's own episodes, with reward less the batch's mean as the advantage."""
        return Rollouts(self.world(), episodes=episodes)

    def priced(self, beta: float, episodes: int) -> Rollouts:
        """The same, where each nat away from the start costs `beta`."""
        advantage = leashed(batch_relative, beta)
        return Rollouts(self.world(), episodes=episodes, reference=True, advantage=advantage)

    def target(self, beta: float) -> Float[Tensor, "actions"]:
        """Where theory says that RL on the leash ends, if the policy can: the Boltzmann policy."""
        return boltzmann_policy(self.start, self.rewards, beta)

    def other(self) -> Float[Tensor, "actions"]:
        """A teacher who is another than the target: the one with habits."""
        return self.habits

    def named(self) -> dict[str, Float[Tensor, "actions"]]:
        """The ends that theory names before the run: of SFT on the teacher's habits, of RL, and of the gates' two arms."""
        best = torch.eye(len(self.rewards))[self.rewards.argmax()]
        return {"SFT": self.habits, "RL": best, "null arm": self.start, "SFT, best action": best}


class OneHump(Problem):
    """Actions in a row, two of which pay best, and a policy that can only say "about here"."""

    def beginner(self) -> Policy:
        """One hump for each seed, somewhere in the middle."""
        return Policy(bump(ARMS), seeds=self.seeds)

    def priced(self, beta: float, episodes: int) -> Rollouts:
        """RL that is paid the logarithm of the teacher's share less its own log p: its end is the teacher, if it can."""
        return Rollouts(Bandit(self.habits.log()), episodes=episodes, advantage=entropy_priced)

    def target(self, beta: float) -> Float[Tensor, "actions"]:
        """The two peaks, whatever the price."""
        return self.habits

    def other(self) -> Float[Tensor, "actions"]:
        """A teacher who knows the right peak only."""
        return two_peaks(ARMS, APART, higher=0.0)

    def named(self) -> dict[str, Float[Tensor, "actions"]]:
        """SFT's end is the hump that is nearest to the teacher in forward KL."""
        nearest = best_bump(self.habits, reverse=False, centres=401, widths=200)
        return {**super().named(), "SFT": nearest}


def problem(
    seeds: Sequence[int],
    *,
    actions: int = 6,
    runner_up: float | None = None,
    by_chance: bool = False,
    rare: float | None = None,
    recorded: int | None = None,
    one_hump: bool = False,
) -> Problem:
    """The lesson's bandit, with what is to be turned.

    actions:   how many; they pay from 0 to 1 in even steps, and the pattern of the teacher's habits is repeated.
    runner_up: what the second best action pays, instead.
    rare:      the start policy's chance of the best action, the others being alike. None: all are alike.
    by_chance, recorded: see `Problem`. one_hump: 41 actions in a row with two peaks, and a policy of one hump.
    """
    if one_hump:
        habits = two_peaks(ARMS, APART)
        return OneHump(seeds, habits / habits.max(), habits, torch.full((ARMS,), 1 / ARMS))
    rewards = torch.linspace(0, 1, whole(actions, "actions", least=2))
    if runner_up is not None:
        rewards[-2] = number(runner_up, "runner_up")
    habits = HABITS.repeat(actions // len(HABITS) + 1)[:actions]
    start = torch.full((actions,), 1 / actions)
    if rare is not None:
        start = torch.full((actions,), (1 - share(rare, "rare")) / (actions - 1))
        start[-1] = rare
    made = Problem(seeds, rewards, habits / habits.sum(), start, by_chance)
    return made if recorded is None else replace(made, recorded=whole(recorded, "recorded"))


SETTINGS = {  # the multiverse of both rules: a name in words, and what it turns in `experiment.again`
    "as in the lesson": {},
    "16 actions": {"actions": 16},
    "32 actions": {"actions": 32},
    "close runner-up": {"runner_up": 0.95},
    "rewards of chance": {"by_chance": True},
    "close runner-up, rewards of chance": {"runner_up": 0.95, "by_chance": True},
    "rare best action": {"rare": 0.01},
    "learning rate x 3": {"rate": 3.0},
    "learning rate / 3": {"rate": 1 / 3},
    "batches of 2": {"episodes": 2},
    "50 episodes recorded": {"recorded": 50},
    "four times as many steps": {"steps": 1600},
    "one hump": {"one_hump": True},
    "price of a nat x 3": {"beta": 3 * BETA},
    "price of a nat / 3": {"beta": BETA / 3},
}


def _logits(start):
    def make() -> nn.Module:
        net = nn.Linear(1, len(start), bias=False)
        with torch.no_grad():
            net.weight.copy_(start.log()[:, None])
        return net

    return make
