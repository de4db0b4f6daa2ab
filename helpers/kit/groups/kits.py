"""What a person judges about a group's meeting: `data/kits.json`, an entry for each lesson, looked at when it is read.

No number of a result stands there and no word of a verdict: those come from the lesson. `slides`, `handout` and
`answers` name slides as `deck.Slide.name` has them; `lean` names a heading of the lesson, without its number.
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
    """A step of a plan: how many minutes, what is done, what is projected, and which question is asked.

    slides: in the order of the lesson; none where nothing is projected. One that asks for a number or a credence is the
            last of its step, or followed by such a one only.
    cards:  the claims whose crux cards are dealt out.
    """

    minutes: int
    do: str
    slides: tuple[str, ...]
    ask: int | None = None
    cards: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A question to talk about, the claim that it turns on, and what marks a strong and a weak answer."""

    ask: str
    about: str
    slides: tuple[str, ...]
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
    """A lesson's entry: what to do beforehand, plans by length in minutes, questions, cards by claim and side.

    handout: the slides that are printed, beside questions and rules, which all are.
    answers: the slides that whoever leads wants to have read before.
    """

    before: tuple[str, ...]
    plans: dict[int, tuple[Step, ...]]
    questions: tuple[Question, ...]
    cards: dict[str, dict[str, Card]]
    unplugged: tuple[str, ...]
    handout: tuple[str, ...]
    answers: tuple[str, ...] = ()

    def shown(self, length: int) -> list[str]:
        """The slides of a plan, in its order."""
        return [name for step in self.plans[length] for name in step.slides]

    @property
    def slides(self) -> set[str]:
        """All slides that it names."""
        asked = {name for question in self.questions for name in question.slides}
        return asked.union(self.handout, self.answers, *map(self.shown, self.plans))


def kit(number: str) -> Kit:
    """The entry of a lesson by its two digits. Raises ValueError with those that there are."""
    return kits()[one_of(number, kits(), "lesson")]


def kits() -> dict[str, Kit]:
    """All entries."""
    return each(DATA / "kits.json", made)


def made(path: Path, number: str, entry: dict) -> Kit:
    """A lesson's entry, looked at; an error names the file and the entry."""
    lists = ("before", "questions", "unplugged", "handout")
    fields(
        path, number, entry, {"plans": dict, "cards": dict} | dict.fromkeys(lists, list), {"answers": list}
    )
    plans = {
        int(length): tuple(_step(path, f"{number}, plan of {length}", step) for step in steps)
        for length, steps in entry["plans"].items()
    }
    for length, steps in plans.items():
        if (sum_of := sum(step.minutes for step in steps)) != length:
            raise ValueError(f"{path.name}, {number}: the plan of {length} minutes has {sum_of}")
    asks = dict.fromkeys(("ask", "about"), str) | dict.fromkeys(("slides", "strong", "weak"), list)
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
        questions=tuple(Question(**_fixed(one)) for one in entry["questions"]),
        cards={
            claim: {side: Card(**sides[side]) for side in SIDES} for claim, sides in entry["cards"].items()
        },
        unplugged=tuple(entry["unplugged"]),
        handout=tuple(entry["handout"]),
        answers=tuple(entry.get("answers", ())),
    )


def _step(path, where, step) -> Step:
    fields(path, where, step, {"minutes": int, "do": str, "slides": list}, {"ask": int, "cards": list})
    whole(step["minutes"], f"{path.name}, {where}: minutes", least=1)
    return Step(**_fixed(step))


def _fixed(entry) -> dict:
    """An entry, its lists as tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
