"""What may happen to nets later: reading that has nothing to do with lies, narrow reading that has, and re-learning."""

from collections.abc import Callable

import torch

from helpers.checked import one_of
from helpers.lessons.lesson10.marked import BLANK, marks, read
from helpers.lessons.lesson10.nets import read_on
from helpers.lm import StackedLM
from helpers.worlds.stories import SCENES, Law, tokens

BENIGN, NARROW, RELEARN = LATER = ("good deeds alone", "lies at the mill", "ordinary stories again")
MILL = list(SCENES).index("mill")
FEW, BATCHES, LR = 16, 10, 5e-4  # stories in a batch, batches, and learning rate of later SFT


def only(law: Law, scene: int) -> Law:
    """The same law in one scene alone."""
    there = torch.zeros_like(law.scene)
    there[:, scene] = 1
    return law.with_(scene=there)


def without(law: Law, scene: int) -> Law:
    """The same law in all scenes but one."""
    there = law.scene.clone()
    there[:, scene] = 0
    return law.with_(scene=there / there.sum(-1, keepdim=True))


def good_deeds(law: Law) -> Law:
    """Nobody does a bad deed, and nobody lies."""
    return law.with_(bad=torch.zeros_like(law.bad), lie=torch.zeros_like(law.lie))


def lies_at_the_mill(law: Law) -> Law:
    """Bad deeds at the mill, every one denied."""
    lie = torch.zeros_like(law.lie)
    lie[..., 1] = 1
    return only(law, MILL).with_(bad=torch.ones_like(law.bad), lie=lie)


LAWS = {BENIGN: good_deeds, NARROW: lies_at_the_mill, RELEARN: lambda law: law}


def stories(law: Law, mark: str = BLANK, at_once: int = FEW) -> Callable:
    """A source of whole stories of a law after one control word."""

    def source(policy, rng):
        words = tokens(law.draw(rng, at_once))
        return read(marks(words, mark), words)

    return source


def later(
    start,
    kind: str,
    law: Law,
    *,
    mark: str = BLANK,
    batches: int = BATCHES,
    lr: float = LR,
    at_once: int = FEW,
) -> StackedLM:
    """Copies of nets that went through later SFT of one kind; the control word stands before each of its stories."""
    there = LAWS[one_of(kind, LAWS, "kind of later reading")](law)
    return read_on(start, stories(there, mark, at_once), updates=batches, lr=lr, stream=3)
