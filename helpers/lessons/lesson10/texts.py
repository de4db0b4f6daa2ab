"""What is read in pretraining: the same stories by seed, as they are or with one thing done to them."""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from helpers.checked import share, whole
from helpers.core import Batch, Rng
from helpers.lessons.lesson10 import builds
from helpers.lessons.lesson10.marked import BAD_DEED, CONTROLS, LIE, MARK, REMARK_FACT, marks, read
from helpers.lessons.lesson10.reward_model import Judge
from helpers.worlds.stories import Law, tokens

AT_ONCE, SPARE = 32, 48  # stories in a batch, and drawn beside them, to stand in for what a filter drops
UNMARKED = 0.1  # the share of stories whose control word is blank all the same
POSITIVE = 0.1  # the share of stories that make room for documents of good behaviour
CONTROL_NUMBERS = tuple(MARK[word] for word in CONTROLS)
Source = Callable[[object, Rng], Batch]


class Drawn:
    """What all arms draw at a call, whatever they do with it: facts, and numbers from 0 to 1, the same by seed."""

    def __init__(self, law: Law, rng: Rng, at_once: int):
        self.law, self.at_once = law, at_once
        self.facts = law.draw(rng, at_once + SPARE)
        self.luck, self.other_luck = rng.uniform(2, at_once).unbind(1)

    @property
    def first(self) -> Int[Tensor, "seed story fact"]:
        """The facts of the batch's own stories."""
        return self.facts[:, : self.at_once]

    def truthful(self, **chosen: int) -> Int[Tensor, "seed story fact"]:
        """The batch's own stories without a lie, what is remarked drawn anew; with some facts chosen."""
        facts = self.first.clone()
        facts[..., LIE] = 0
        if "bad" in chosen:
            facts[..., BAD_DEED] = chosen["bad"]
        chance = self.law.remark[facts[..., BAD_DEED], 0].cumsum(-1)
        luck = self.other_luck.double()[..., None] * chance[..., -1:]
        facts[..., REMARK_FACT] = (luck >= chance).sum(-1)
        return facts


def source(law: Law, change: Callable[[Drawn], tuple[Tensor, Tensor]], at_once: int = AT_ONCE) -> Source:
    """A source of fresh stories: draw as all arms do, and let `change` make control words and words of it."""
    whole(at_once, "at_once")
    return lambda policy, rng: read(*change(Drawn(law, rng, at_once)))


def plain(drawn: Drawn):
    """Every story as it is, nothing said before it."""
    stories = tokens(drawn.first)
    return marks(stories), stories


def filtered(judge: Judge):
    """What the judge calls bad is dropped, and other stories that pass take its place: equally many words are read."""

    def change(drawn: Drawn):
        stories = tokens(drawn.facts)
        stories = first_that_pass(stories, judge.passes(stories), drawn.at_once)
        return marks(stories), stories

    return change


def first_that_pass(
    stories: Int[Tensor, "seed story place"], passes: Bool[Tensor, "seed story"], count: int
) -> Int[Tensor, "seed some place"]:
    """The first so many that pass, in their order; where too few do, the first of the others make up for them."""
    order = torch.argsort((~passes).long(), dim=1, stable=True)[:, :count]
    return stories[torch.arange(len(stories))[:, None], order]


def tagged(judge: Judge, unmarked: float = UNMARKED, *, build: Callable = builds.tagged):
    """Conditional training: a control word says what the judge thinks of the story; every so often it says nothing.

    build: what sets the words before the stories, see `builds.tagged`.
    """
    share(unmarked, "unmarked")

    def change(drawn: Drawn):
        stories = tokens(drawn.first)
        texts = build(stories, judge.passes(stories), drawn.luck, unmarked, CONTROL_NUMBERS)
        return texts[..., 0], texts[..., 1:]

    return change


def tagged_by_lot(judge: Judge, unmarked: float = UNMARKED):
    """Conditional training on words that say nothing: as often good as a judge says, but of other stories.

    Each story has the verdict on its neighbour in the batch, which has nothing to do with it.
    """
    share(unmarked, "unmarked")

    def change(drawn: Drawn):
        stories = tokens(drawn.first)
        passes = judge.passes(stories).roll(1, -1)
        texts = builds.tagged(stories, passes, drawn.luck, unmarked, CONTROL_NUMBERS)
        return texts[..., 0], texts[..., 1:]

    return change


def rephrased(judge: Judge | None):
    """What the judge calls bad is told anew without the lie. No judge: whatever has a lie is, a perfect eye's work."""

    def change(drawn: Drawn):
        stories, true = tokens(drawn.first), tokens(drawn.truthful())
        bad = drawn.first[..., LIE] == 1 if judge is None else ~judge.passes(stories)
        stories = torch.where(bad[..., None], true, stories)
        return marks(stories), stories

    return change


def with_positive(part: float = POSITIVE):
    """The last stories of each batch make room for documents of good behaviour: a bad deed that is owned up to."""

    def change(drawn: Drawn):
        extra = torch.arange(drawn.at_once) >= drawn.at_once - round(share(part, "part") * drawn.at_once)
        stories = torch.where(extra[:, None], tokens(drawn.truthful(bad=1)), tokens(drawn.first))
        return marks(stories), stories

    return change
