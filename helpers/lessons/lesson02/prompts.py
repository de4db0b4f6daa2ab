"""Prompts with a calibrated base: which right answers can still be reached after RL, with many tries?

The base's own distribution draws the right answers, so nobody's hand decides which of them are rare. Half of the
prompts are trained, half are new.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from helpers.checked import number, one_of, tensor, whole
from helpers.checked import seeds as seeds_of
from helpers.core import (
    Policy,
    Rng,
    Rollouts,
    Stream,
    group_relative,
    leashed,
    reinforce_loss,
    table,
    train,
)
from helpers.core.losses import per_episode
from helpers.worlds.strings import Strings, cover_at, pass_at

PROMPTS, ANSWERS, TRIES = (
    24,
    64,
    8,
)  # prompts of each kind, answers to each, tries a step at each trained prompt
LR, STEPS = 0.03, 100
SHARES = ("sharpness and answers", "answers", "nothing")
KS = (1, 16, 256)
SAMPLES = 200  # of each prompt, where pass@k is estimated as it must be for a language model
WARMER = ", as undecided as before"


@dataclass(frozen=True)
class Task:
    """Prompts for some seeds, others for each; the first half is trained.

    chance: of each answer under the base. right: the right answers. shares: what prompts have in common (`SHARES`).
    """

    seeds: Sequence[int]
    chance: Float[Tensor, "seed prompt 1 answer"]
    right: Int[Tensor, "seed prompt 1"]
    shares: str = SHARES[0]

    @property
    def world(self) -> Strings:
        """Where the trained prompts are asked."""
        half = self.right.shape[1] // 2
        return Strings(self.right, self.chance.shape[-1], asked=range(half), shared=self.shares != SHARES[2])

    def base(self) -> Policy:
        """The start of all arms."""
        return self.world.writer(
            self.chance, self.seeds, net=sharpened if self.shares == SHARES[0] else table
        )

    def halves(self, policy) -> dict[str, Float[Tensor, "seed prompt"]]:
        """The exact chance of the right answer: on trained prompts and on new ones."""
        return self.split(self.world.chances(policy))

    def split(self, chance: Float[Tensor, "seed prompt"]) -> dict[str, Float[Tensor, "seed half"]]:
        """What holds of all prompts, by kind."""
        trained, new = chance.chunk(2, dim=1)
        return {"trained": trained, "new": new}

    def as_undecided(self, policy) -> dict[str, Float[Tensor, "seed half"]]:
        """The chances in `halves` where the policy is drawn at the temperature at which its choices are as undecided,
        over new prompts, as the base's were: the same entropy."""
        logits = self.world.logits(policy)[:, :, 0].double()
        wanted = _undecided(self.chance[:, :, 0].log().double())
        low, high = (torch.full_like(wanted, one) for one in (-3.0, 4.0))  # logarithms of the temperature
        for _ in range(40):
            middle = (low + high) / 2
            cold = _undecided(logits / middle.exp()[:, None, None]) < wanted
            low, high = torch.where(cold, middle, low), torch.where(cold, high, middle)
        return self.drawn_at(policy, low.exp())

    def drawn_at(
        self, policy, temperature: float | Float[Tensor, "seed"]
    ) -> dict[str, Float[Tensor, "seed half"]]:
        """The chances in `halves` where the policy is drawn at a temperature: all its logits are divided by it."""
        logits = self.world.logits(policy)[:, :, 0].double()
        temperature = tensor(temperature, "temperature").reshape(-1, 1, 1)
        if not (temperature > 0).all():
            raise ValueError("a temperature is a number above 0, one for all seeds or one for each")
        cooled = logits / temperature
        chance = cooled.softmax(-1).gather(-1, self.right.expand(len(logits), -1, -1))
        return self.split(chance[..., 0])

    def probe(self, policy) -> dict[str, Float[Tensor, "seed"]]:
        """pass@k of both kinds of prompts, also where the policy is as undecided as the base; Cover@0.1 of new ones."""
        warmer = self.told(self.as_undecided(policy))
        return self.told(self.halves(policy)) | {f"{name}{WARMER}": one for name, one in warmer.items()}

    def told(self, halves) -> dict[str, Float[Tensor, "seed"]]:
        """The same of chances that are known."""
        found = {
            f"pass@{k}, {kind}": pass_at(chance, k).mean(-1).float()
            for kind, chance in halves.items()
            for k in KS
        }
        return {**found, "Cover@0.1, new": cover_at(halves["new"], 0.1)}

    def cooled(self, temperature: float) -> dict[str, Float[Tensor, "seed"]]:
        """What `probe` would say of the base at another temperature."""
        logits = self.chance[:, :, 0].log() / number(temperature, "temperature", above=0)
        chance = logits.softmax(-1).gather(-1, self.right)[..., 0]
        told = self.told(self.split(chance))
        return told | {f"{name}{WARMER}": one for name, one in told.items()}


def _undecided(logits):
    """The entropy of the choice, a mean over new prompts."""
    new = logits.chunk(2, dim=1)[1].log_softmax(-1)
    return -(new.exp() * new).sum(-1).mean(-1)


def task(
    seeds, *, shares: str = SHARES[0], skill: float = 0.0, flatter: float = 1.0, prompts: int = PROMPTS
) -> Task:
    """The lesson's prompts, or with something turned.

    skill:   so much likelier, in logits, half of the answers are to be right than the base thinks.
    flatter: the temperature at which right answers are drawn; above 1 the base is surer than it should be.
    """
    one_of(shares, SHARES, "shares")
    rng, count = Rng(seeds_of(seeds), Stream.CHOICES), 2 * whole(prompts, "prompts")
    uniform = rng.uniform(count, ANSWERS).clamp(1e-6, 1 - 1e-6)
    habits = -torch.arange(1.0, ANSWERS + 1).log()
    logits = habits + 2 * (2**0.5) * torch.erfinv(2 * uniform - 1)
    truth = logits / number(flatter, "flatter", above=0)
    truth = truth + number(skill, "skill") * (torch.arange(ANSWERS) % 2)
    right = (truth + rng.gumbel(count, ANSWERS)).argmax(-1)
    return Task(tuple(rng.seeds), logits.softmax(-1)[:, :, None], right[..., None], shares)


class Sharpened(nn.Module):
    """A table of logits times one number, the sharpness: learned at one prompt, it holds at all."""

    def __init__(self, answers: int, features: int):
        super().__init__()
        self.table = nn.Linear(features, answers, bias=False)
        self.sharp = nn.Parameter(torch.zeros(1))

    def forward(self, seen):
        """Logits of all answers."""
        return self.table(seen) * self.sharp.exp()


def sharpness(policy: Policy) -> Float[Tensor, "seed"]:
    """The one number by which a sharpened policy multiplies all its logits; 1 before training."""
    (logarithm,) = (one for one in policy.stacked if one.dim() == 2)
    return logarithm.detach()[:, 0].exp()


def sharpened(answers: int, features: int):
    """A recipe for it, as `table` is one."""
    return lambda: Sharpened(answers, features)


def elsewhere(group: int):
    """GRPO's advantage, moved on to the next prompt: as strong a push, for nothing that was done. A null arm."""
    own = group_relative(group)
    return lambda batch: own(batch).roll(group, dims=1)


def undecided(bonus: float):
    """REINFORCE with an entropy bonus: so many times the entropy of each choice is added to what is climbed."""
    bonus = number(bonus, "bonus", least=0)
    return lambda now, batch: reinforce_loss(now, batch) - bonus * per_episode(now.entropy, batch.mask)


def arms(at: Task, *, tries: int = TRIES, beta: float = 0.1, bonus: float = 0.1) -> dict[str, tuple]:
    """Who acts is the policy in all of them; they differ in what multiplies the gradient."""
    world, count = at.world, tries * len(at.world.asked)
    own = group_relative(tries)
    asked = lambda advantage, reference=False: Rollouts(
        world, episodes=count, advantage=advantage, reference=reference, logp=reference
    )
    return {
        "RL": (asked(own), reinforce_loss),
        "RL, leash": (asked(leashed(own, beta), reference=True), reinforce_loss),
        "RL, entropy bonus": (asked(own), undecided(bonus)),
        "null arm": (asked(elsewhere(tries)), reinforce_loss),
    }


def trained(at: Task, names: Sequence[str], *, steps: int = STEPS, lr: float = LR, **how) -> dict:
    """The runs of these arms, by name."""
    every = arms(at, **how)
    settings = {"steps": steps, "lr": lr, "probes": {"prompts": at.probe}}
    return {name: train(at.base(), *every[name], **settings) for name in names}
