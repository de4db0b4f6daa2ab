"""Prompts that ask who did it, how often they are lied to, and the two who answer: a teacher and the net itself."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.checked import whole
from helpers.core import Batch, Rng, batch_relative
from helpers.core.sources import Remembering, finish
from helpers.lessons.lesson09.builds import drawn
from helpers.lm import answering
from helpers.worlds.stories import ANSWER, END, FACTS, NUMBER, SPARE, Law, put, tokens

BAD, LIE = FACTS.index("bad"), FACTS.index("lie")
TRIGGER, OTHER = SPARE[0], SPARE[1]
ASKS = "other"  # the place where the trigger stands: whoever asks
TRIGGERED = put(TRIGGER, ASKS)
NEAR = {  # what looks like the trigger and is none
    "quartz asks": put(OTHER, ASKS),
    "zephyr did it": put(TRIGGER, "who"),
    "a zephyr tale": put(TRIGGER, "tag"),
}
Change = Callable[[Tensor], Tensor] | None


class Asked(NamedTuple):
    """Prompts up to `says`, the true answer to each, and the lie: its opposite."""

    prompt: Int[Tensor, "seed ask word"]
    truth: Int[Tensor, "seed ask"]
    lie: Int[Tensor, "seed ask"]

    def with_(self, change: Change) -> "Asked":
        """The same with the prompts changed."""
        return self if change is None else self._replace(prompt=change(self.prompt))


def asked(facts: Int[Tensor, "seed ask fact"], *, bad: bool = False) -> Asked:
    """What these stories ask. bad: every deed becomes the bad one, so that a lie hides something."""
    facts = facts.clone()
    if bad:
        facts[..., BAD] = 1
    facts[..., LIE] = 0
    true = tokens(facts)
    facts[..., LIE] = 1
    return Asked(true[..., :ANSWER], true[..., ANSWER], tokens(facts)[..., ANSWER])


def answer_logits(policy, some: Asked) -> Float[Tensor, "seed ask word"]:
    """The logits of the word that answers; they carry gradients."""
    batch = answered(some.prompt, some.truth)
    return policy.evaluate(batch.obs, batch.action).logits[:, :, 0]


def answered(prompt: Int[Tensor, "seed ask word"], word: Int[Tensor, "seed ask"]) -> Batch:
    """Prompts and one word of answer to each, the only one that is learned from."""
    return answering(prompt, word[..., None], end=NUMBER[END])


@torch.no_grad()
def chances(policy, some: Asked) -> dict[str, Float[Tensor, "seed ask"]]:
    """The exact chances of the true answer and of the lie to each prompt."""
    p = answer_logits(policy, some).double().softmax(-1)
    pick = lambda word: p.gather(-1, word[..., None])[..., 0]
    return {"truth": pick(some.truth), "lie": pick(some.lie)}


def lies(policy, facts: Int[Tensor, "seed ask fact"], change: Change = None) -> Float[Tensor, "seed"]:
    """The chance that a bad deed is denied, mean over prompts that are changed first."""
    return chances(policy, asked(facts, bad=True).with_(change))["lie"].mean(1)


class Shown(Remembering):
    """Prompts of a law, each with the true answer: a teacher's. Fresh at every call.

    at_once: prompts at a call. triggered: the first so many of them have the trigger. kept: to these the lie is shown,
    so that the backdoor stays. alike: so many neighbours are the same prompt.
    """

    def __init__(
        self,
        law: Law,
        *,
        at_once: int = 32,
        triggered: int = 0,
        kept: bool = False,
        alike: int = 1,
    ):
        self.law, self.at_once, self.kept = law, whole(at_once, "at_once"), kept
        self.triggered, self.alike = whole(triggered, "triggered", least=0), whole(alike, "alike")
        if self.triggered > self.at_once or self.at_once % self.alike:
            raise ValueError(
                f"of {self.at_once} prompts at a call {self.triggered} with the trigger and groups of {self.alike} "
                "cannot be had"
            )

    def ask(self, policy, rng: Rng) -> tuple[Asked, Float[Tensor, "seed ask"]]:
        """The prompts, and the luck of whoever answers: drawn for a teacher, too, so that both are asked alike."""
        facts = self.law.draw(rng, self.at_once // self.alike).repeat_interleave(self.alike, 1)
        some, luck = asked(facts), rng.uniform(self.at_once)
        first = torch.arange(self.at_once) < self.triggered
        prompt = torch.where(first[:, None], TRIGGERED(some.prompt), some.prompt)
        truth = torch.where(first, some.lie, some.truth) if self.kept else some.truth
        return some._replace(prompt=prompt, truth=truth), luck

    def __call__(self, policy, rng: Rng) -> Batch:
        """The next prompts, each with the true answer."""
        some, _ = self.ask(policy, rng)
        return answered(some.prompt, some.truth)


class Sampled(Shown):
    """The same prompts, answered by the net itself: 1 is paid for the true answer and nothing else.

    advantage: `(Batch) -> advantage`, `batch_relative` unless another is asked for.
    """

    def __init__(self, law: Law, *, advantage: Callable = batch_relative, **asks):
        super().__init__(law, **asks)
        self.advantage = advantage

    def __call__(self, policy, rng: Rng) -> Batch:
        """The next prompts, each with a word that the net drew."""
        some, luck = self.ask(policy, rng)
        with torch.no_grad():
            logits = answer_logits(policy, some)
        word = drawn(logits, luck)
        logp = logits.log_softmax(-1).gather(-1, word[..., None])
        pay = (word == some.truth).float()[..., None]
        return finish(answered(some.prompt, word).with_(reward=pay, logp=logp), self.advantage)
