"""Quizzes: each question is keyed to a misunderstanding, and each choice has its reason, right or wrong.

They stand in `data/quizzes.json`, named by their lesson, "00.1". `quiz("00")` shows those of a lesson with buttons, and
as text with folded answers. `concepts("before")` and `concepts("after")` ask what the whole course is about.
"""

import functools
import html
from dataclasses import dataclass

from IPython.display import display

from helpers.checked import one_of, whole
from helpers.kit.controls import Controls, boxed, button, line, row, say_in
from helpers.kit.entries import DATA, entries, fields
from helpers.kit.predictions import ANSWERED, note

FILE = DATA / "quizzes.json"
LETTERS = "ABCD"
CONCEPTS = "concepts"


@dataclass(frozen=True)
class Question:
    """A question with four choices.

    keyed_to: the misunderstanding that it is there to find. choices: what each says, and why it is right or wrong.
    right: the place of the right one. holds: rule -> the word that the course must have for the question to be true.
    """

    name: str
    keyed_to: str
    asks: str
    choices: tuple[tuple[str, str], ...]
    right: int
    holds: dict[str, str]

    def reply(self, place: int) -> str:
        """What is said to a choice."""
        letter, (_, because) = LETTERS[place], self.choices[place]
        return f"{letter} is right. {because}" if place == self.right else f"{letter}: not quite. {because}"


def quiz(lesson: str) -> None:
    """The quiz of a lesson, `quiz("00")`: buttons that answer at once, and below them the same as folded text.

    Your first answers are kept in your own file, for `progress()`. Raises ValueError, with the lessons that there are.
    """
    lesson = one_of(lesson, lessons(), "lesson")
    asked = [one for one in questions().values() if one.name.startswith(f"{lesson}.")]
    _show(asked, f"Quiz of lesson {lesson}", replies=True, prefix=ANSWERED)


def concepts(when: str) -> None:
    """Questions about the whole course: "before" it they take answers and say nothing, "after" it they give reasons.

    `progress()` sets both beside each other.
    """
    after = one_of(when, ("before", "after"), "when") == "after"
    asked = [one for one in questions().values() if one.name.startswith(f"{CONCEPTS}.")]
    _show(asked, f"The whole course, {when}", replies=after, prefix=f"{ANSWERED}{when} ")


def lessons() -> list[str]:
    """The lessons that have a quiz, by their two digits."""
    return sorted({name.partition(".")[0] for name in questions()} - {CONCEPTS})


@functools.cache
def questions() -> dict[str, Question]:
    """All questions by name. Raises ValueError for an entry that could not be asked, and says what is wrong with it."""
    found = {}
    for name, entry in entries(FILE).items():
        fields(
            FILE, name, entry, {"keyed_to": str, "asks": str, "choices": list, "right": int}, {"holds": dict}
        )
        if len(entry["choices"]) != len(LETTERS):
            raise ValueError(f"{FILE.name}, {name}: a question has {len(LETTERS)} choices")
        for choice in entry["choices"]:
            fields(FILE, name, choice, {"says": str, "because": str})
        if whole(entry["right"], f"{name}, right", least=0) >= len(LETTERS):
            raise ValueError(f"{FILE.name}, {name}: right is a place from 0 to {len(LETTERS) - 1}")
        choices = tuple((choice["says"], choice["because"]) for choice in entry["choices"])
        found[name] = Question(
            name, entry["keyed_to"], entry["asks"], choices, entry["right"], entry.get("holds", {})
        )
    return found


class Asked:
    """A question with buttons: `buttons` by letter, `said` is the line below them."""

    def __init__(self, question: Question, number: int, *, replies: bool, prefix: str):
        self.question, self.replies, self.prefix = question, replies, prefix
        self.said = line()
        self.buttons = {
            letter: button(letter, says, pressed=functools.partial(self.answer, place))
            for place, (letter, (says, _)) in enumerate(zip(LETTERS, question.choices, strict=True))
        }
        told = "\n".join(
            f"{letter}   {says}" for letter, (says, _) in zip(LETTERS, question.choices, strict=True)
        )
        asks = line(f"{number}. {question.asks}")
        asks.add_class("course-question")
        self.said.add_class("course-reply")
        self.parts = (asks, line(told), row(*self.buttons.values()), self.said)

    def answer(self, place: int) -> None:
        """Keep an answer, and say what is to be said about it."""
        right = place == self.question.right
        note(f"{self.prefix}{self.question.name}", {"chosen": LETTERS[place], "right": right})
        kept = f"{LETTERS[place]} is kept. Reasons come when you are asked again, after the course."
        say_in(self.said, self.question.reply(place) if self.replies else kept)


def as_html(asked: list[Question], title: str, *, replies: bool) -> str:
    """Questions as text; with replies, the answer to each is folded below it."""
    parts = []
    for number, one in enumerate(asked, 1):
        listed = "<br>".join(  # letters as text: JupyterLab counts a list of type A by numbers
            f"{letter}: {html.escape(says)}" for letter, (says, _) in zip(LETTERS, one.choices, strict=True)
        )
        parts.append(f"<p><b>{number}.</b> {html.escape(one.asks)}</p><p>{listed}</p>")
        if replies:
            reasons = "".join(f"<p>{html.escape(one.reply(place))}</p>" for place in range(len(LETTERS)))
            parts.append(f"<details><summary>Answer to {number}, with reasons</summary>{reasons}</details>")
    return (
        f"<details><summary>{html.escape(title)}, as text (or where no buttons are seen)</summary>"
        f"{''.join(parts)}</details>"
    )


def as_text(asked: list[Question], title: str, *, replies: bool) -> str:
    """Questions as plain text; with replies, the right letters stand in its last line."""
    parts = [f"{title}."]
    for number, one in enumerate(asked, 1):
        parts.append(f"{number}. {one.asks}")
        parts += [f"   {letter} {says}" for letter, (says, _) in zip(LETTERS, one.choices, strict=True)]
    if replies:
        right = ", ".join(f"{number} {LETTERS[one.right]}" for number, one in enumerate(asked, 1))
        parts.append(f"Right are: {right}.")
    return "\n".join(parts)


def form(asked: list[Question], *, replies: bool, prefix: str) -> Controls:
    """All questions below each other, with their buttons."""
    several = [Asked(one, number, replies=replies, prefix=prefix) for number, one in enumerate(asked, 1)]
    return boxed(*(part for one in several for part in one.parts), kind="quiz")


def _show(asked, title, *, replies, prefix):
    display(form(asked, replies=replies, prefix=prefix))
    text = {
        "text/html": as_html(asked, title, replies=replies),
        "text/plain": as_text(asked, title, replies=replies),
    }
    display(text, raw=True)
