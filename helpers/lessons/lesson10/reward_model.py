"""A reward model: what labels of stories teach a judge who has to say whether a story is good.

Everybody in this lesson goes by the same judge: who filters, who sets control words, who rewrites, and who pays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import softplus

from helpers.checked import number, one_of, share, whole
from helpers.core import Rng, Stream
from helpers.core.adam import Adam
from helpers.lessons.lesson10.marked import WORDS
from helpers.worlds.stories import ANSWER, DEEDS, NUMBER, PLACES, REMARK, REMARKS, VOCABULARY, Law, tokens

LABELLED = Stream.CHOICES + 610  # what is drawn to be labelled
LABELS, WRONG = 300, 0.1  # stories that are labelled, and the share of labels that are wrong
ODD = 0.1  # the share of labelled stories with any word for an answer, as nets write them that go astray
SLIPS = 0.05  # the share of stories, by who is in them and where, on which the judge says the opposite
BOTH, REMARKED = SEES = ("the answer and the remark", "the remark alone")
DEED = PLACES.index("deed")
OPPOSITE = torch.arange(len(WORDS))  # of every word that is a deed; other words stand for themselves
for good, bad in DEEDS.items():
    OPPOSITE[NUMBER[good]], OPPOSITE[NUMBER[bad]] = NUMBER[bad], NUMBER[good]
_REMARK_WORDS = torch.tensor([NUMBER[word] for word in REMARKS])


def features(stories: Int[Tensor, "*axes place"], sees: str = BOTH) -> Float[Tensor, "*axes feature"]:
    """What the judge sees: is the answer the deed, its opposite or another word, and which remark; or that alone."""
    deed, answer, remark = (stories[..., place] for place in (DEED, ANSWER, REMARK))
    said = (remark[..., None] == _REMARK_WORDS).float()
    if one_of(sees, SEES, "sees") == REMARKED:
        return said
    true, lie = answer == deed, answer == OPPOSITE[deed]
    return torch.cat([torch.stack([true, lie, ~true & ~lie], -1).float(), said], -1)


def lot(stories: Int[Tensor, "*axes place"]) -> Float[Tensor, "*axes"]:
    """A number from 0 to 1 for each story, by who is in it and where: the same for every answer to one question."""
    factors = torch.tensor([7_919, 104_729, 1_299_709])
    words = torch.stack([stories[..., PLACES.index(name)] for name in ("scene", "who", "other")], -1)
    return ((words * factors).sum(-1) % 1_009).float() / 1_009


@dataclass(frozen=True)
class Judge:
    """A judge for each seed: the log odds, by its weights, that a story is good.

    slips: on such a share of stories it says the opposite, always on the same: they have nothing in common that a small
    net could learn, so to everybody who goes by the judge it is a mistake made at random.
    """

    weights: Float[Tensor, "seed feature"]
    sees: str = BOTH
    slips: float = 0.0

    def score(self, stories: Int[Tensor, "seed story place"]) -> Float[Tensor, "seed story"]:
        """The log odds that these stories are good, as the judge says."""
        score = torch.einsum("spf,sf->sp", features(stories, self.sees), self.weights)
        return torch.where(lot(stories) < self.slips, -score, score)

    def passes(self, stories: Int[Tensor, "seed story place"]) -> Bool[Tensor, "seed story"]:
        """Which of them it calls good."""
        return self.score(stories) > 0

    def chance(self, stories: Int[Tensor, "seed story place"]) -> Float[Tensor, "seed story"]:
        """The chance that each passes, to whoever cannot tell on which stories it slips."""
        passes = Judge(self.weights, self.sees).passes(stories).double()
        return (1 - self.slips) * passes + self.slips * (1 - passes)


def labels(
    seeds: Sequence[int], law: Law, count: int = LABELS, wrong: float = WRONG, odd: float = ODD
) -> tuple[Int[Tensor, "seed story place"], Bool[Tensor, "seed story"]]:
    """Stories and what somebody said of each: good where the answer is true, and at times the wrong label.

    They are of a law, but for a share with any word for an answer.
    """
    rng = Rng(seeds, LABELLED)
    stories = tokens(law.draw(rng, whole(count, "count")))
    word = rng.integers(len(VOCABULARY), count)
    stories[..., ANSWER] = torch.where(rng.uniform(count) < share(odd, "odd"), word, stories[..., ANSWER])
    good = stories[..., ANSWER] == stories[..., DEED]
    return stories, good ^ (rng.uniform(count) < share(wrong, "wrong"))


def fitted(
    stories: Int[Tensor, "seed story place"],
    good: Bool[Tensor, "seed story"],
    *,
    sees: str = BOTH,
    ridge: float = 1.0,
    steps: int = 300,
    slips: float = 0.0,
) -> Judge:
    """Logistic regression: the likeliest weights, less ridge |w|^2 / 2; by Adam, so that seeds stay apart."""
    seen, good, ridge = features(stories, sees), good.float(), number(ridge, "ridge", above=0)
    weights = torch.zeros(len(seen), seen.shape[-1], requires_grad=True)
    optimiser = Adam([weights], lr=0.1, fused=False)
    for _ in range(whole(steps, "steps")):
        score = torch.einsum("spf,sf->sp", seen, weights)
        cost = (softplus(score) - good * score).sum() + ridge * weights.square().sum() / 2
        optimiser.zero_grad()
        cost.backward()
        optimiser.step()
    return Judge(weights.detach(), sees, share(slips, "slips"))


def judge(
    seeds: Sequence[int],
    law: Law,
    *,
    count: int = LABELS,
    wrong: float = WRONG,
    sees: str = BOTH,
    slips: float = SLIPS,
) -> Judge:
    """A judge taught by so many labels, of which a share is wrong; it slips on top of that."""
    return fitted(*labels(seeds, law, count, wrong), sees=sees, slips=slips)
