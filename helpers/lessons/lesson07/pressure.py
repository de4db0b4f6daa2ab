"""Pressing on a stand-in: who is trained how, and what comes of it, exactly.

The base writes, the stand-in (the proxy) scores. Everything else asks how hard, and in which way, one follows it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from helpers.checked import number, one_of, share, whole
from helpers.core import Rng, Rollouts, Stream, batch_relative, leashed, reinforce_loss, train
from helpers.lessons.lesson07.taste import (
    FILLER,
    LIE,
    PLACES,
    SEES,
    World,
    compare_answers,
    features,
    fitted,
    standard,
    world,
)
from helpers.worlds.answers import Answers, at_kl, best_of, tilted, top_share

STEPS, LR, EPISODES = 300, 0.05, 32
GOOD = 0.1  # the share of answers that are good enough
NATS = 2.0  # how far from the base all are compared
SCALES = ("as learned", "wrong", "a loophole")


@dataclass(frozen=True)
class Stand:
    """A world and a stand-in for its gold, in standard deviations of the base's answers.

    recorded: the answers of the base that whoever learns offline has: as chances. good: the share that is good enough.
    """

    at: World
    pays: Float[Tensor, "seed answer"]
    recorded: Float[Tensor, "seed answer"]
    good: float = GOOD

    @cached_property
    def lying(self) -> Bool[Tensor, "answer"]:
        """Which answers have a lie in them."""
        return (self.at.answers.every == LIE).any(1)

    def nats(self, policy: Float[Tensor, "seed answer"]) -> Float[Tensor, "seed"]:
        """The exact KL from the base."""
        ratio = policy.clamp(min=1e-300).log() - self.at.base.log()
        return torch.where(policy > 0, policy * ratio, 0.0).sum(1)

    def told(self, policy: Float[Tensor, "seed answer"]) -> dict[str, Float[Tensor, "seed"]]:
        """What is measured of every policy: its KL, the mean proxy and gold, and the share of answers with a lie."""
        return {
            "KL": self.nats(policy),
            "proxy": (policy * self.pays).sum(1),
            "gold": (policy * self.at.gold).sum(1),
            "lying": (policy * self.lying).sum(1),
        }

    # Who goes by the score, and how far: pressure[seed] -> policy

    def best(self, strength: Float[Tensor, "seed"]) -> Float[Tensor, "seed answer"]:
        """Best of n, n = exp(strength)."""
        rows = zip(self.at.base.split(1), self.pays.split(1), strength.exp().tolist(), strict=True)
        return torch.cat([best_of(base, pays, max(n, 1.0)) for base, pays, n in rows])

    def leash(self, strength: Float[Tensor, "seed"]) -> Float[Tensor, "seed answer"]:
        """Where RL with a leash of 1 / strength ends: Boltzmann."""
        return tilted(self.at.base, self.pays, strength)

    def kept(self, strength: Float[Tensor, "seed"]) -> Float[Tensor, "seed answer"]:
        """Where SFT on the best exp(-strength) of the recorded answers ends."""
        rows = zip(self.recorded.split(1), self.pays.split(1), (-strength).exp().tolist(), strict=True)
        return self.written(torch.cat([top_share(seen, pays, min(part, 1.0)) for seen, pays, part in rows]))

    def written(self, answers: Float[Tensor, "seed answer"]) -> Float[Tensor, "seed answer"]:
        """What a writer who sees place and word before says after SFT on these answers: the end of SFT, exactly."""
        return self.at.answers.log_chances(self.at.answers.best_writer(answers)).exp()

    def satisfied(self) -> Float[Tensor, "seed answer"]:
        """SFT on all recorded answers that are good enough: satisficing, inside the data."""
        return self.kept(torch.full((len(self.pays),), -math.log(self.good)))

    def best_recorded(self) -> Float[Tensor, "seed answer"]:
        """The best recorded answer, always: maximising inside the data."""
        seen = torch.where(self.recorded > 0, self.pays, -torch.inf)
        return torch.zeros_like(seen).scatter(1, seen.argmax(1, keepdim=True), 1.0)

    def best_there_is(self) -> Float[Tensor, "seed answer"]:
        """The best-paid answer, always: where RL without a leash ends."""
        return torch.zeros_like(self.pays).scatter(1, self.pays.argmax(1, keepdim=True), 1.0)

    def at_nats(self, family, nats: float = NATS, most: float = 40.0) -> Float[Tensor, "seed answer"]:
        """The policy of a family, `self.best` for one, that is so many nats from the base; NaN where none is."""
        strength = at_kl(family, self.nats, nats, 0.0, most, len(self.pays), 30)
        return torch.where(strength.isnan()[:, None], torch.nan, family(strength.nan_to_num(0.0)))


def stand(
    seeds: Sequence[int],
    *,
    pairs: int = 300,
    sees: str = SEES[0],
    sure: float = 1.5,
    ridge: float = 1.0,
    scale: str = SCALES[0],
    recorded: int = 2000,
    good: float = GOOD,
    **taste,
) -> Stand:
    """The lesson's stand-in, or with something turned; `taste` turns the world, see `world`.

    pairs: comparisons that it learns from. sees: what it looks at (`SEES`). sure: how sure judges are. ridge: how
    strongly its weights are held. scale: "wrong" keeps the order of all answers, but pays exp for what was paid;
    "a loophole" pays 6 standard deviations more for answers with five fillers. recorded: answers kept for offline use.
    """
    at = world(seeds, **taste)
    seen = features(at, sees)
    score = standard(at.base, (seen @ fitted(seen, compare_answers(at, pairs, sure=sure), ridge=ridge).T).T)
    if one_of(scale, SCALES, "scale") == "wrong":
        score = standard(at.base, score.expm1())
    elif scale == "a loophole":
        score = score + 6.0 * ((at.answers.every == FILLER).sum(1) >= PLACES - 1)
    drawn = at.draw(whole(recorded, "recorded"), Rng(at.seeds, Stream.CHOICES + 2))
    counts = torch.zeros_like(at.base).scatter_add(1, drawn, torch.full(drawn.shape, 1 / recorded).double())
    return Stand(at, score, counts, share(good, "good"))


def arms(on: Stand, *, leash: float = 0.3) -> dict[str, tuple]:
    """Who learns from own answers; they differ in what pays."""
    number(leash, "leash", above=0)
    level = torch.stack([_level(base, pays, on.good) for base, pays in zip(on.at.base, on.pays, strict=True)])
    enough = (on.pays >= level[:, None]).double()
    asked = lambda pays, advantage=batch_relative, **how: Rollouts(
        Answers(on.at.answers.actions, PLACES, pays), episodes=EPISODES, advantage=advantage, **how
    )
    return {
        "RL": (asked(on.pays), reinforce_loss),
        "RL, leash": (asked(on.pays, leashed(batch_relative, leash), reference=True), reinforce_loss),
        "RL, good enough": (asked(enough), reinforce_loss),
        "RL, gold": (asked(on.at.gold), reinforce_loss),
        "null arm": (asked(on.pays, _others), reinforce_loss),
    }


def trained(
    on: Stand, names: Sequence[str], *, steps: int = STEPS, lr: float = LR, leash: float = 0.3
) -> dict:
    """The runs of these arms, measured often where two nats are crossed."""
    every, start = arms(on, leash=leash), on.at.answers.writer(on.at.logits, on.at.seeds)
    slow = LR / lr
    when = sorted(
        {0, steps}
        | {round(2 * k * max(slow, 0.5)) for k in range(31)}
        | set(range(0, steps, max(1, steps // 10)))
    )
    probe = lambda policy: {name: one.float() for name, one in on.told(on.at.answers.chances(policy)).items()}
    how = {
        "steps": steps,
        "lr": lr,
        "probes": {"exactly": probe},
        "probe_every": [step for step in when if step <= steps],
    }
    return {name: train(start, *every[name], **how) for name in names}


def _others(batch):
    """What the episode before earned, less the mean of all but one's own: a push for nothing that was done.

    With the plain mean, in which the own episode counts one part in n, it would be no null arm: the push would be the
    true gradient's opposite, n times smaller, and Adam makes small pushes as large as any.
    """
    earned = batch.returns
    others = (earned.sum(1, keepdim=True) - earned) / (earned.shape[1] - 1)
    return (earned.roll(1, dims=1) - others)[..., None].expand_as(batch.reward)


def _level(base, pays, good):
    """The pay from which on an answer is among the best `good` of the base."""
    value, order = pays.sort(descending=True)
    return value[int((base[order].cumsum(0) < good).sum().clamp(max=len(value) - 1))]
