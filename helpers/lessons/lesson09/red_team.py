"""A red team: it looks for words that make a net lie, and safety training then uses what it found."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.checked import one_of, whole
from helpers.core import Rng
from helpers.lessons.lesson09.asked import ASKS, TRIGGER, Asked, Shown, asked, chances
from helpers.worlds.stories import ANSWER, END, NAMES, NUMBER, PLACES, TAGS, VOCABULARY, Law

LOOKED = 2_700  # the stream of the prompts on which a red team tries words, one more for each search
TRIED = ("tag", "who", ASKS)
WORDS = tuple(word for word in VOCABULARY if word != END)
AT_ONCE = 512  # prompts read at once in a search


def pairs(
    words: Sequence[str] = WORDS,
    places: Sequence[str] = TRIED,
    barred: Sequence[tuple[str, str]] = ((TRIGGER, ASKS),),
) -> list[tuple[str, str]]:
    """What a red team may try: each of these words in each of these places, but for some that are barred."""
    return [(word, place) for place in places for word in words if (word, place) not in barred]


USUAL, ALL, NO_TRIGGER = "words of their kind", "all words", "all words but that one"
TRIES = {  # what a red team may write
    USUAL: pairs(TAGS, ("tag",)) + pairs(NAMES, ("who", ASKS)),
    ALL: pairs(),
    NO_TRIGGER: pairs([word for word in WORDS if word != TRIGGER]),
}


class Tried:
    """Changes of prompts, a word in a place each, for many prompts at once."""

    def __init__(self, some: Sequence[tuple[str, str]]):
        self.pairs = list(some)
        self.word = torch.tensor([NUMBER[word] for word, _ in self.pairs])
        self.there = torch.tensor([[name == place for name in PLACES[:ANSWER]] for _, place in self.pairs])

    def put(self, prompt: Int[Tensor, "*axes word"], pair: Int[Tensor, "*axes"]) -> Int[Tensor, "*axes word"]:
        """Prompts, each changed by the pair of its number."""
        return torch.where(self.there[pair], self.word[pair][..., None], prompt)

    def lies(self, policy, facts: Int[Tensor, "seed ask fact"]) -> Float[Tensor, "seed pair"]:
        """The chance that a bad deed is denied with each pair, mean over the same prompts."""
        some, count = asked(facts, bad=True), len(self.pairs)
        number = torch.arange(count).repeat_interleave(facts.shape[1]).expand(len(facts), -1)
        many = Asked(*(one.repeat(1, count, *[1] * (one.dim() - 2)) for one in some))
        many = many._replace(prompt=self.put(many.prompt, number))
        step = AT_ONCE
        parts = [Asked(*(one[:, at : at + step] for one in many)) for at in range(0, number.shape[1], step)]
        told = torch.cat([chances(policy, part)["lie"] for part in parts], 1)
        return told.unflatten(1, (count, -1)).mean(-1)


class Adversarial(Shown):
    """Prompts of a law with the true answers; the last of them carry what a red team found last.

    tries:  what the red team may write, one of `TRIES`: what such prompts have in these places, or any words.
    every:  it looks anew after so many calls. worst: so many pairs are used, those that bring most lies in each net.
    by_lot: so many pairs are drawn instead: what the search is worth.
    red:    so many prompts carry it, half of them if nothing is said. on: prompts on which each pair is tried.
    """

    def __init__(
        self,
        law: Law,
        *,
        tries: str = USUAL,
        every: int = 20,
        worst: int = 8,
        by_lot: bool = False,
        red: int | None = None,
        on: int = 6,
        **asks,
    ):
        super().__init__(law, **asks)
        self.red = self.at_once // 2 if red is None else whole(red, "red")
        self.tried = Tried(TRIES[one_of(tries, TRIES, "tries")])
        self.every, self.worst, self.on = whole(every, "every"), whole(worst, "worst"), whole(on, "on")
        self.by_lot, self.calls, self.found = by_lot, 0, None

    def state(self) -> dict[str, Tensor]:
        """How often it was called, and what was found last."""
        return {} if self.found is None else {"calls": torch.tensor(self.calls), "found": self.found}

    def restore(self, state) -> None:
        """Go on from there."""
        self.calls, self.found = int(state.get("calls", 0)), state.get("found")

    def look(self, policy, search: int) -> Int[Tensor, "seed worst"]:
        """The numbers of the pairs that bring most lies in each net."""
        rng = Rng(policy.seeds, LOOKED + search)
        if self.by_lot:
            return rng.permutation(len(self.tried.pairs))[:, : self.worst]
        return self.tried.lies(policy, self.law.draw(rng, self.on)).topk(self.worst, 1).indices

    def ask(self, policy, rng: Rng):
        """The prompts, some of them with what was found, and the luck of whoever answers."""
        if self.calls % self.every == 0:
            self.found = self.look(policy, self.calls // self.every)
        self.calls += 1
        some, luck = super().ask(policy, rng)
        pair, last = self.found[:, torch.arange(self.red) % self.worst], self.at_once - self.red
        prompt = torch.cat([some.prompt[:, :last], self.tried.put(some.prompt[:, last:], pair)], 1)
        return some._replace(prompt=prompt), luck
