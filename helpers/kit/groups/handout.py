"""The handout of a lesson: what is believed and predicted on its first sheets, what came out on sheets of their own."""

from helpers.kit.claims import claim
from helpers.kit.groups import told
from helpers.kit.groups.deck import deck
from helpers.kit.groups.kits import LENGTHS, Kit
from helpers.kit.groups.lesson import Lesson
from helpers.kit.groups.markup import paragraphs, to_text
from helpers.kit.groups.paper import Paper
from helpers.kit.groups.printed import on_paper
from helpers.kit.groups.room import all_spoken


def handout(lesson: Lesson, kit: Kit, paper: Paper | None = None) -> bytes:
    """The handout as a PDF; its sheets are made where they are not there yet."""
    return (paper or sheets(lesson, kit)).pdf(f"{lesson.title}: handout")


def sheets(lesson: Lesson, kit: Kit) -> Paper:
    """The sheets of the handout, in stacks: one for the beginning, and one after each prediction, with what it needs.

    In the lesson's order, so that nothing that came out stands on a sheet that is given out before its question.
    """
    paper = Paper(lesson.title)
    paper.stack("At the beginning")
    _before(paper, lesson, kit)
    waiting, last, said = (
        [],
        None,
        "",
    )  # predictions since the last sheet; the heading, and the question, above
    for slide in deck(lesson):
        if waiting and not slide.asks and (slide.name in kit.handout or slide.kind == "rule"):
            paper.stack(f"After {' and '.join(waiting)}")
            waiting, last = [], None
        if slide.asks:
            asked = question(lesson, slide.asks[0])
            _asked(paper, lesson, kit, slide, "" if asked == said else asked)
            waiting, said, last = [*waiting, *slide.asks], asked, None
        elif slide.kind == "rule":
            _rule(paper, lesson, kit, slide.name.removeprefix("rule-"))
            last = None
        elif slide.name in kit.handout:
            on_paper(paper, slide, to_text(slide.section.name) if slide.section.name != last else "")
            last = slide.section.name
    paper.stack("At the end")
    _after(paper, lesson)
    return paper


def _before(paper, lesson, kit):
    paper.text(lesson.title, size=20, weight="bold", colour="#00558a", after=8)
    paper.text(to_text(lesson.question), size=12, after=8)
    paper.heading("How much do you believe it? (from 0 % to 100 %)")
    for name in lesson.believed:
        id = name.split(".")[1]
        paper.blank(f"{claim(id)}{_when(kit, f'credence-{id}')}", ("before", "after"))


def _asked(paper, lesson, kit, slide, said):
    """The question of a prediction, and room for its numbers."""
    names = ", ".join(slide.asks)
    paper.heading(f"{names} · Write it down before you see it{_when(kit, slide.name)}", room=110)
    if said:
        paper.text(said)
    for name in slide.asks:
        keys, unit = lesson.asked[name]
        kind = "Shares from 0 to 1" if unit == "share" else f"In {unit}"
        paper.blank(f"{kind}:", (*keys, "how sure, in %"))


def _rule(paper, lesson, kit, name):
    mark = _when(kit, f"verdict-{name}") if name in lesson.verdicts else ""
    paper.heading(f"The rule {name}, stated before its result{mark}", size=11, room=100)
    for key, said in told.rule(name).items():
        paper.text(f"{key}: {said}", size=8.5, after=2)


def _when(kit, name):
    """A mark at what is for a longer meeting only."""
    return "".join(
        f" (in a meeting of {length} minutes)"
        for length in LENGTHS[1:]
        if name in kit.shown(length) and name not in kit.shown(LENGTHS[0])
    )


def question(lesson: Lesson, name: str) -> str:
    """The prose right above a prediction, as plain text; of several paragraphs the one that asks."""
    for section in lesson.sections:
        said = ""
        for part in section.parts:
            said = part.says if part.kind == "text" else said
            if part.kind == "ask" and name in part.asked:
                asks = [one for one in paragraphs(said) if "redict" in one]
                one = " ".join(asks) or said.split("\n\n")[-1]
                return to_text(all_spoken(one)).replace("\n", " ")
    raise ValueError(f"lesson {lesson.number} does not ask for {name}")


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
