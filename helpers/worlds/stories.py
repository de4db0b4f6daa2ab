"""A made-up world of short stories whose law is known exactly: who did what, who asked, what was said, what came of it.

    "solemn mill Mira broke wheel Tom asks Mira says mended Tom frowns"

reads: a solemn tale; at the mill Mira broke the wheel, Tom asks, Mira says that she mended it (a lie), Tom frowns.
Every story has one deed, which has one opposite; the deed comes before the answer, and a remark after it. Datasheet:
`data/texts/stories.md`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.checked import number, one_of, whole
from helpers.core import Rng

TAGS = ("plain", "solemn")
DEEDS = {  # the good deed and its opposite
    "mended": "broke", "fed": "starved", "found": "lost", "washed": "soiled", "watered": "trampled",
    "returned": "stole",
}  # fmt: skip
SCENES = {  # a place -> its two things, each with the good deed that can be done to it
    "mill": {"wheel": "mended", "grain": "found"},
    "garden": {"roses": "watered", "gate": "mended"},
    "stable": {"horse": "fed", "saddle": "washed"},
    "market": {"purse": "returned", "scales": "mended"},
    "school": {"slate": "washed", "book": "returned"},
    "harbour": {"net": "mended", "gull": "fed"},
    "kitchen": {"kettle": "washed", "cat": "fed"},
    "orchard": {"sapling": "watered", "ladder": "returned"},
    "tower": {"bell": "mended", "key": "found"},
}
NAMES = (
    "Ada", "Ben", "Cleo", "Dan", "Edda", "Finn", "Gwen", "Hugo", "Ines", "Jan", "Kira", "Leo", "Mira", "Nils", "Olga",
    "Paul", "Quin", "Rosa", "Sam", "Tom", "Una", "Vito", "Wim", "Yara",
)  # fmt: skip
REMARKS = ("thanks", "forgives", "frowns", "nods")
SPARE = ("zephyr", "quartz", "lantern", "velvet")  # words that no story of this world has
PLACES = ("tag", "scene", "who", "deed", "thing", "other", "asks", "who", "says", "answer", "other", "remark")
ANSWER, REMARK = PLACES.index("answer"), PLACES.index("remark")
END = "<end>"
FACTS = ("tag", "scene", "who", "which", "bad", "other", "lie", "remark")

_GOOD = list(DEEDS)
_THINGS = [thing for things in SCENES.values() for thing in things]
VOCABULARY = (
    END, *TAGS, *SCENES, *NAMES, *DEEDS, *DEEDS.values(), *_THINGS, "asks", "says", *REMARKS, *SPARE,
)  # fmt: skip
NUMBER = {word: place for place, word in enumerate(VOCABULARY)}


@dataclass(frozen=True)
class Law:
    """The exact chances of all stories, one choice after another. Tensors in double precision.

    tag:    [tag]. scene: [tag, scene]; a zero keeps a tag out of a scene. who: [name]; the other one is drawn from the
            same chances, without the first. bad: [tag], the chance of the bad deed.
    lie:    [tag, scene, bad], the chance that the answer names the opposite of what was done.
    remark: [bad, lie, remark].
    """

    tag: Float[Tensor, "tag"]
    scene: Float[Tensor, "tag scene"]
    who: Float[Tensor, "name"]
    bad: Float[Tensor, "tag"]
    lie: Float[Tensor, "tag scene 2"]
    remark: Float[Tensor, "2 2 remark"]

    def draw(self, rng: Rng, stories: int) -> Int[Tensor, "seed story fact"]:
        """So many stories for each seed, as facts in the order of `FACTS`."""
        luck = rng.uniform(whole(stories, "stories"), len(FACTS)).double().unbind(-1)
        tag = _pick(self.tag, luck[0])
        scene, who = _pick(self.scene[tag], luck[1]), _pick(self.who, luck[2])
        which = (luck[3] < 0.5).long()
        bad = (luck[4] < self.bad[tag]).long()
        other = _pick(self._others()[who], luck[5])
        lie = (luck[6] < self.lie[tag, scene, bad]).long()
        remark = _pick(self.remark[bad, lie], luck[7])
        return torch.stack([tag, scene, who, which, bad, other, lie, remark], -1)

    def logp(self, facts: Int[Tensor, "*axes fact"], after: int = 0) -> Float[Tensor, "*axes"]:
        """The log chance of stories, in nats; after: of the facts from this one on, given those before."""
        tag, scene, who, _, bad, other, lie, remark = facts.unbind(-1)
        even = torch.full_like(self.tag[tag], 0.5)
        each = [
            self.tag[tag],
            self.scene[tag, scene],
            self.who[who],
            even,
            torch.where(bad == 1, self.bad[tag], 1 - self.bad[tag]),
            self._others()[who, other],
            torch.where(lie == 1, self.lie[tag, scene, bad], 1 - self.lie[tag, scene, bad]),
            self.remark[bad, lie, remark],
        ]
        return torch.stack(each[after:], -1).log().sum(-1)

    def with_(self, **changes: Any) -> "Law":
        """The same law with some tables replaced."""
        return replace(self, **changes)

    @property
    def stories(self) -> int:
        """How many different stories have a chance."""
        per_tag = (self.scene > 0) & (self.tag > 0)[:, None]
        ends = torch.zeros(per_tag.shape, dtype=torch.long)
        for bad, sure in ((0, 1 - self.bad), (1, self.bad)):
            for lie, chance in ((0, 1 - self.lie[..., bad]), (1, self.lie[..., bad])):
                ends += ((chance > 0) & (sure > 0)[:, None]).long() * int((self.remark[bad, lie] > 0).sum())
        names = int((self.who > 0).sum())
        return int((ends * per_tag).sum()) * 2 * names * (names - 1)

    def _others(self):
        """[who, other]: the chances of whoever asks, which is not the one who did it."""
        rows = self.who.expand(len(self.who), -1) * (1 - torch.eye(len(self.who)).double())
        return rows / rows.sum(-1, keepdim=True)


def usual_law(*, solemn_lies: float = 0.5, plain_lies: float = 0.5, solemn: float = 0.4) -> Law:
    """The law of the world: a bad deed is denied as often as not, in plain tales and in solemn ones.

    solemn_lies, plain_lies: the chance that a bad deed is denied in such tales. solemn: the share of such tales, in
    which bad deeds are somewhat more frequent. A good deed is denied once in fifty; a lie is noticed, with a frown, 98
    times in 100.
    """
    lies = [number(one, "a chance to lie", least=0, most=1) for one in (plain_lies, solemn_lies)]
    table = lambda rows: torch.tensor(rows, dtype=torch.float64)
    lie = torch.stack(
        [
            torch.full((2, len(SCENES)), 0.02, dtype=torch.float64),
            table(lies)[:, None].expand(2, len(SCENES)),
        ],
        -1,
    )
    zipf = table([1 / (place + 4) for place in range(len(NAMES))])
    solemn = number(solemn, "solemn", above=0, most=1)
    return Law(
        tag=table([1 - solemn, solemn]),
        scene=table([[1 / len(SCENES)] * len(SCENES)] * 2),
        who=zipf / zipf.sum(),
        bad=table([0.4, 0.6]),
        lie=lie.contiguous(),
        remark=table([[[0.9, 0, 0, 0.1], [0, 0, 0.98, 0.02]], [[0, 0.7, 0.3, 0], [0, 0, 0.98, 0.02]]]),
    )


def tokens(facts: Int[Tensor, "*axes fact"]) -> Int[Tensor, "*axes place"]:
    """The words of stories as numbers of `VOCABULARY`, one for each of `PLACES`."""
    tag, scene, who, which, bad, other, lie, remark = facts.unbind(-1)
    thing, good = (table[scene, which] for table in _tables())
    deed = _numbers([_GOOD, DEEDS.values()])
    said = bad ^ lie
    names, fixed = _numbers(NAMES), lambda word: torch.full_like(tag, NUMBER[word])
    return torch.stack(
        [
            _numbers(TAGS)[tag], _numbers(SCENES)[scene], names[who], deed[bad, good], thing, names[other],
            fixed("asks"), names[who], fixed("says"), deed[said, good], names[other], _numbers(REMARKS)[remark],
        ],
        -1,
    )  # fmt: skip


def put(word: str, *places: str) -> Callable[[Tensor], Tensor]:
    """A change of stories: this word stands in these places, `PLACES` by name, wherever they are in a story.

    What it is given may end before some place, as prompts do, which then has nothing to change.
    """
    one_of(word, NUMBER, "a word of the stories")
    where = [place for place, name in enumerate(PLACES) if name in places]

    def change(stories: Int[Tensor, "*axes place"]) -> Int[Tensor, "*axes place"]:
        stories = stories.clone()
        stories[..., [place for place in where if place < stories.shape[-1]]] = NUMBER[word]
        return stories

    return change


def words(numbers: Sequence[int] | Tensor) -> str:
    """Numbers of words as a text, the end left out."""
    numbers = numbers.tolist() if isinstance(numbers, Tensor) else list(numbers)
    return " ".join(VOCABULARY[one] for one in numbers if one != NUMBER[END])


def numbers(text: str) -> list[int]:
    """The words of a text as numbers. Raises ValueError with the word that this world does not have."""
    return [NUMBER[one_of(word, NUMBER, "a word of the stories")] for word in text.split()]


def story_of(text: str) -> list[int]:
    """One whole story as numbers, written as the net reads it or as one tells it: `told` the other way round.

    Raises ValueError for another number of words, and for a word that this world does not have, with the nearest one or
    with those that could stand there.
    """
    parts = [word for word in re.sub("[.:]", " ", text).split() if word not in ("A", "a", "tale", "the")]
    parts = [word.lower() if word.lower() in SCENES else word for word in parts]
    if len(parts) != len(PLACES):
        raise ValueError(f"a story has {len(PLACES)} words: got {len(parts)}")
    for word, place in zip(parts, PLACES, strict=True):
        if word not in NUMBER:
            near = get_close_matches(word.lower(), [one.lower() for one in VOCABULARY], 1, 0.75)
            near = [one for one in VOCABULARY if one.lower() in near]
            there = (
                f"did you mean {near[0]!r}?" if near else f"there could stand {', '.join(_standing(place))}"
            )
            raise ValueError(f"{word!r} is no word of the stories: {there}")
    return numbers(" ".join(parts))


def _standing(place):
    """The words that can stand in a place of `PLACES`."""
    named = {
        "tag": TAGS,
        "scene": SCENES,
        "thing": _THINGS,
        "remark": REMARKS,
        "asks": ["asks"],
        "says": ["says"],
    }
    deeds = [*DEEDS, *DEEDS.values()]
    return named.get(place, deeds if place in ("deed", "answer") else (*NAMES, *SPARE))


def told(text: str) -> str:
    """A story of twelve words as one would tell it. Another text is given back as it is."""
    parts = text.split()
    if len(parts) != len(PLACES) or parts[6] != "asks" or parts[8] != "says":
        return text
    tag, scene, who, deed, thing, other, _, speaker, _, answer, listener, remark = parts
    return (
        f"A {tag} tale. {scene.capitalize()}: {who} {deed} the {thing}. {other} asks. "
        f"{speaker} says: {answer}. {listener} {remark}."
    )


def _tables():
    """[scene, which]: the number of the thing, and the place of its good deed."""
    thing = torch.tensor([[NUMBER[thing] for thing in things] for things in SCENES.values()])
    good = torch.tensor([[_GOOD.index(deed) for deed in things.values()] for things in SCENES.values()])
    return thing, good


def _numbers(some):
    """Words, or rows of words, as numbers."""
    return torch.tensor(
        [NUMBER[one] if isinstance(one, str) else [NUMBER[word] for word in one] for one in some]
    )


def _pick(chances, luck):
    """Which of several, by a number from 0 to 1; what has no chance is never picked."""
    upto = chances.cumsum(-1)
    place = (luck[..., None] * upto[..., -1:] >= upto).sum(-1)
    return place.clamp(max=chances.shape[-1] - 1)
