"""What a person judges about a group's meeting: `data/kits.json`, an entry for each lesson, looked at when it is read.

No number of a result stands there and no word of a verdict: those come from the lesson. `show`, `lean` and `pictures`
name headings of the lesson, without their numbers.
"""

from dataclasses import dataclass
from pathlib import Path

from helpers.checked import one_of, whole
from helpers.kit.entries import DATA, each, fields

LENGTHS = (60, 90)  # minutes
QUESTIONS = 5
SIDES = {"for": "For the claim", "against": "Against it"}


@dataclass(frozen=True)
class Step:
    """A step of a plan: how many minutes, what is done, which heading is projected, and which question is asked."""

    minutes: int
    do: str
    show: str
    ask: int | None = None


@dataclass(frozen=True)
class Question:
    """A question to talk about, the claim that it turns on, and what marks a strong and a weak answer."""

    ask: str
    about: str
    show: str
    strong: tuple[str, ...]
    weak: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """A side of a claim at its best: what it holds, where in the lesson it can lean, and what would move it."""

    hold: str
    lean: str
    crux: str


@dataclass(frozen=True)
class Kit:
    """A lesson's entry: what to do beforehand, plans by length in minutes, questions, cards by claim and side."""

    before: tuple[str, ...]
    plans: dict[int, tuple[Step, ...]]
    questions: tuple[Question, ...]
    cards: dict[str, dict[str, Card]]
    unplugged: tuple[str, ...]
    pictures: tuple[str, ...]

    @property
    def headings(self) -> set[str]:
        """All headings of the lesson that it names."""
        steps = [step for plan in self.plans.values() for step in plan]
        cards = [card for sides in self.cards.values() for card in sides.values()]
        named = {one.show for one in (*steps, *self.questions)} | {card.lean for card in cards}
        return named | set(self.pictures)


def kit(number: str) -> Kit:
    """The entry of a lesson by its two digits. Raises ValueError with those that there are."""
    return kits()[one_of(number, kits(), "lesson")]


def kits() -> dict[str, Kit]:
    """All entries."""
    return each(DATA / "kits.json", made)


def made(path: Path, number: str, entry: dict) -> Kit:
    """A lesson's entry, looked at; an error names the file and the entry."""
    lists = ("before", "questions", "unplugged", "pictures")
    fields(path, number, entry, {"plans": dict, "cards": dict} | dict.fromkeys(lists, list))
    plans = {
        int(length): tuple(_step(path, f"{number}, plan of {length}", step) for step in steps)
        for length, steps in entry["plans"].items()
    }
    for length, steps in plans.items():
        if (sum_of := sum(step.minutes for step in steps)) != length:
            raise ValueError(f"{path.name}, {number}: the plan of {length} minutes has {sum_of}")
    asks = dict.fromkeys(("ask", "about", "show"), str) | {"strong": list, "weak": list}
    for one in entry["questions"]:
        fields(path, f"{number}, question", one, asks)
    for claim, sides in entry["cards"].items():
        if set(sides) != set(SIDES):
            raise ValueError(
                f"{path.name}, {number}: {claim} has a card for each side, {' and '.join(SIDES)}"
            )
        for card in sides.values():
            fields(path, f"{number}, {claim}", card, dict.fromkeys(("hold", "lean", "crux"), str))
    if tuple(plans) != LENGTHS or len(entry["questions"]) != QUESTIONS:
        raise ValueError(f"{path.name}, {number}: plans of {LENGTHS} minutes and {QUESTIONS} questions")
    return Kit(
        before=tuple(entry["before"]),
        plans=plans,
        questions=tuple(
            Question(**{**one, "strong": tuple(one["strong"]), "weak": tuple(one["weak"])})
            for one in entry["questions"]
        ),
        cards={
            claim: {side: Card(**sides[side]) for side in SIDES} for claim, sides in entry["cards"].items()
        },
        unplugged=tuple(entry["unplugged"]),
        pictures=tuple(entry["pictures"]),
    )


def _step(path, where, step) -> Step:
    fields(path, where, step, {"minutes": int, "do": str, "show": str}, {"ask": int})
    whole(step["minutes"], f"{path.name}, {where}: minutes", least=1)
    return Step(**step)
