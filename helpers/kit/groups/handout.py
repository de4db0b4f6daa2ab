"""The handout of a lesson: first what is believed, predicted and judged, on sheets of their own; then the pictures."""

import re

from helpers.kit.claims import claim
from helpers.kit.groups import told
from helpers.kit.groups.kits import Kit
from helpers.kit.groups.lesson import Lesson
from helpers.kit.groups.markup import paragraphs, to_text
from helpers.kit.groups.paper import QUIET, Paper

LONGEST = 420  # letters of a text alternative below a picture; what is longer ends with a whole sentence


def handout(lesson: Lesson, kit: Kit) -> bytes:
    """The handout as a PDF."""
    return sheets(lesson, kit).pdf(f"{lesson.title}: handout")


def sheets(lesson: Lesson, kit: Kit) -> Paper:
    """The sheets of the handout: those for before, those with the pictures, and what the lesson came to."""
    paper = Paper(lesson.title)
    _before(paper, lesson)
    paper.sheet()
    _pictures(paper, lesson, kit)
    paper.sheet()
    _after(paper, lesson)
    return paper


def _before(paper, lesson):
    paper.text(lesson.title, size=20, weight="bold", colour="#00558a", after=8)
    paper.text(to_text(lesson.question), size=12, after=8)
    paper.heading("How much do you believe it? (from 0 % to 100 %)")
    for name in lesson.believed:
        paper.blank(str(claim(name.split(".")[1])), ("before", "after"))
    paper.heading("What will come out? Write it down before you see it.")
    for name, (keys, unit) in lesson.asked.items():
        kind = "a share from 0 to 1" if unit == "share" else f"in {unit}"
        paper.blank(f"{name} · {question(lesson, name)} ({kind})", (*keys, "how sure, in %"))
    for name in lesson.verdicts:
        paper.heading(f"The rule {name}, stated before its result")
        for key, said in told.rule(name).items():
            paper.text(f"{key}: {said}", size=9, after=3)


def question(lesson: Lesson, name: str) -> str:
    """The prose right above a prediction, as plain text; of several paragraphs the one that asks."""
    for section in lesson.sections:
        said = ""
        for part in section.parts:
            said = part.says if part.kind == "text" else said
            if part.kind == "ask" and name in part.asked:
                asks = [one for one in paragraphs(said) if "redict" in one]
                return to_text(" ".join(asks) or said.split("\n\n")[-1]).replace("\n", " ")
    raise ValueError(f"lesson {lesson.number} does not ask for {name}")


def _pictures(paper, lesson, kit):
    paper.heading("The pictures", size=16)
    paper.text("For after your predictions.", colour=QUIET)
    for name in kit.pictures:
        title = lesson.section(name).name
        for png, alt in [
            one for part in _parts(lesson, name) if part.kind == "result" for one in part.pictures
        ]:
            paper.picture(png, shortened(alt), title)
            title = ""


def _parts(lesson, heading):
    """The parts below a heading, with those that come after its exercises."""
    name = lesson.section(heading).name
    return [part for section in lesson.sections if section.name == name for part in section.parts]


def shortened(alt: str) -> str:
    """The first sentences of a text alternative, as many as there is room for; at least one, and each of them whole."""
    sentences = re.split(r"(?<=[.?!]) (?=[A-Z])", alt)
    kept = sentences[:1]
    for one in sentences[1:]:
        if len(" ".join([*kept, one])) > LONGEST:
            break
        kept.append(one)
    return " ".join(kept)


def _after(paper, lesson):
    paper.heading("What the lesson came to", size=16)
    for name in lesson.verdicts:
        head, said = told.verdict(lesson, name)
        paper.heading(to_text(head), size=11, room=120)
        for one in said:
            paper.text(to_text(one).replace("\n", " "), size=9, after=3)
        for key, one in told.ledger(name).items():
            if one:
                paper.text(f"{key}: {one}", size=9, after=3)
    paper.heading("To take along", size=13)
    for line in told.take_along(lesson).split("\n"):
        paper.text(to_text(line), after=3)
