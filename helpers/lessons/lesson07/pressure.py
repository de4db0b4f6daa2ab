"""Pressing on a stand-in: where everybody ends who goes by it, exactly.

The base writes, the stand-in (the proxy) scores. Everything else asks how hard, and in which way, one follows it.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from helpers.checked import one_of, share, whole
from helpers.core import Rng
from helpers.lessons.lesson07.taste import (
    FILLER,
    LIE,
    PLACES,
    RECORDED,
    SEES,
    Comparisons,
    World,
    compare_answers,
    features,
    fitted,
    standard,
    world,
)
from helpers.worlds.answers import Ranked, at_kl, tilted

GOOD = 0.1  # the share of answers that are good enough
NATS = 2.0  # how far from the base all are compared
SCALES = ("as learned", "wrong", "a loophole")
FINE = (*torch.arange(0, 8, 0.25).tolist(), *range(8, 41, 2))  # pressures to try: minus log of a share
COARSE = (0, 1, 2, 4, 8, 16, 40)  # of what goes farther with more, always: 1 / leash, log n


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
        part = (
            policy.clamp(min=1e-300).log_().sub_(self.at.log_base).mul_(policy)
        )  # in place: these are large
        return part.masked_fill_(~(policy > 0), 0.0).sum(1)

    def told(self, policy: Float[Tensor, "seed answer"]) -> dict[str, Float[Tensor, "seed"]]:
        """What is measured of every policy: its KL, the mean proxy and gold, and the share of answers with a lie."""
        return {
            "KL": self.nats(policy),
            "proxy": (policy * self.pays).sum(1),
            "gold": (policy * self.at.gold).sum(1),
            "lying": (policy * self.lying).sum(1),
        }

    def told_of(self, logits: Float[Tensor, "seed place before word"]) -> dict[str, Float[Tensor, "seed"]]:
        """The same of a writer with these logits, in a tenth of the memory: its answers are not listed."""
        mean = partial(self.at.answers.mean, logits)
        return {
            "KL": self.at.answers.drift(logits, self.at.logits),
            "proxy": mean(self.pays),
            "gold": mean(self.at.gold),
            "lying": mean(self.lying[None].double()),
        }

    def along(
        self, policies: Iterable[Float[Tensor, "seed answer"]]
    ) -> dict[str, Float[Tensor, "seed policy"]]:
        """What is measured of a row of policies, one after the other: none is kept, nor anything beside it."""
        told = [{name: one.tolist() for name, one in self.told(policy).items()} for policy in policies]
        return {name: torch.tensor([one[name] for one in told], dtype=torch.float64).T for name in told[0]}

    @cached_property
    def ranked(self) -> Ranked:
        """The base's answers by what they are paid."""
        return Ranked(self.at.base, self.pays)

    @cached_property
    def ranked_recorded(self) -> Ranked:
        """The recorded answers by what they are paid."""
        return Ranked(self.recorded, self.pays)

    # Who goes by the score, and how far: pressure[seed] -> policy

    def best(self, strength: Float[Tensor, "seed"]) -> Float[Tensor, "seed answer"]:
        """Best of n, n = exp(strength)."""
        return self.ranked.best_of(strength.exp().clamp(min=1))

    def leash(self, strength: Float[Tensor, "seed"]) -> Float[Tensor, "seed answer"]:
        """Where RL with a leash of 1 / strength ends: Boltzmann."""
        return tilted(self.at.base, self.pays, strength)

    def kept(self, strength: Float[Tensor, "seed"]) -> Float[Tensor, "seed answer"]:
        """Where SFT on the best exp(-strength) of the recorded answers ends."""
        return self.written(self.ranked_recorded.top_share((-strength).exp().clamp(max=1)))

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

    def at_nats(self, family, nats: float = NATS) -> Float[Tensor, "seed answer"]:
        """The policy of a family, `self.best` for one, that is so many nats from the base; NaN where none is.

        The first one on the way: SFT on few recorded answers need not go farther with each one that is left out.
        """
        strength = at_kl(family, self.nats, nats, FINE if family == self.kept else COARSE, len(self.pays), 20)
        return torch.where(strength.isnan()[:, None], torch.nan, family(strength.nan_to_num(0.0)))


def stand(
    seeds: Sequence[int],
    *,
    pairs: int = 300,
    sees: str = SEES[0],
    sure: float = 1.5,
    ridge: float = 1.0,
    scale: str = SCALES[0],
    recorded: int = 1000,
    good: float = GOOD,
    caught: float = 1.0,
    **taste,
) -> Stand:
    """The lesson's stand-in, or with something turned; `taste` turns the world, see `world`.

    pairs: comparisons that it learns from. sees: what it looks at (`SEES`). sure: how sure judges are. ridge: how
    strongly its weights are held. scale: "wrong" keeps the order of all answers, but pays exp for what was paid;
    "a loophole" pays 6 standard deviations more for answers with five fillers. recorded: answers kept for offline use.
    caught: the chance with which judges see a lie for what it is, see `taste.compare_answers`.
    """
    at = world(seeds, **taste)
    judged = compare_answers(at, pairs, sure=sure, caught=caught)
    drawn = at.draw(whole(recorded, "recorded"), Rng(at.seeds, RECORDED))
    counts = torch.zeros_like(at.base).scatter_add(1, drawn, torch.full(drawn.shape, 1 / recorded).double())
    pays = paid(at, features(at, sees), judged, ridge=ridge, scale=scale)
    return Stand(at, pays, counts, share(good, "good"))


def paid(
    at: World,
    seen: Float[Tensor, "answer feature"],
    judged: Comparisons,
    *,
    ridge: float = 1.0,
    scale: str = SCALES[0],
) -> Float[Tensor, "seed answer"]:
    """What a stand-in that was learned from these judgements pays for each answer."""
    score = standard(at.base, (seen @ fitted(seen, judged, ridge=ridge).T).T)
    if one_of(scale, SCALES, "scale") == "wrong":
        score = standard(at.base, score.expm1())
    elif scale == "a loophole":
        score = score + 6.0 * ((at.answers.every == FILLER).sum(1) >= PLACES - 1)
    return score


def level(on: Stand) -> Float[Tensor, "seed 1"]:
    """The pay from which on an answer is among the best of the base that are good enough."""
    found = [_level(base, pays, on.good) for base, pays in zip(on.at.base, on.pays, strict=True)]
    return torch.stack(found)[:, None]


def _level(base, pays, good):
    """The pay from which on an answer is among the best `good` of the base."""
    value, order = pays.sort(descending=True)
    return value[int((base[order].cumsum(0) < good).sum().clamp(max=len(value) - 1))]
