"""What stands on the slides of a lesson: little prose, one result at a time; the rest of the prose is in the notes."""

import html
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from helpers.kit.claims import claim
from helpers.kit.groups.lesson import Lesson, Part, Section
from helpers.kit.groups.markup import inline, paragraphs, picture, to_html, words

ROOM, ROOM_ABOVE = 105, 60  # words of prose on a slide, and above a picture
OPENS = 8  # words of a paragraph that only opens what comes next
ROWS = 20  # lines of a table or a printed text that can be read from the back
LONG = "<p><em>A long table: look at it in the notebook.</em></p>"


@dataclass(frozen=True)
class Slide:
    """One slide: the section that it belongs to, its heading as HTML, what is shown, and the notes to it."""

    section: Section
    heading: str
    shown: str
    notes: str = ""
    kind: str = "text"


def deck(lesson: Lesson) -> list[Slide]:
    """All slides of a lesson, in its order: a question before its result, what came out on a slide after it."""
    first, seen = lesson.sections[0], set()
    slides = [Slide(first, html.escape(lesson.title), _title(lesson), kind="title")]
    for section in lesson.sections:
        parts = section.parts[1:] if section is first else section.parts
        slides += _of_section(section, parts, seen)
    return slides


def _title(lesson):
    rows = "".join(f"<li>{inline(one)}</li>" for one in lesson.told("Claims tested").split(" · "))
    return f'<p class="question">{inline(lesson.question)}</p><ul class="claims">{rows}</ul>'


def _of_section(section, parts, seen) -> Iterator[Slide]:
    waiting, heading = [], inline(section.name)
    for part in parts:
        fresh = [one for one in part.pictures if one[0] not in seen]
        if part.kind == "text":
            waiting += _blocks(part.says)
            continue
        if part.kind == "result" and part.pictures and not fresh:
            continue  # the same picture again
        seen |= {one for one, _ in fresh}
        lead = [waiting.pop()] if waiting and _leads(waiting[-1], part) else []
        yield from _prose(section, heading, waiting, all_of_it=False)
        waiting = []
        if part.kind == "rule":
            yield from _prose(section, heading, lead, all_of_it=True)
            yield from (_of_rule(section, heading, one) for one in part.markdown)
        else:
            yield _slide(section, heading, part, lead)
    yield from _prose(section, heading, waiting, all_of_it=True)


def _leads(paragraph, part):
    """Whether a paragraph stands above what a cell shows, on its slide."""
    room = ROOM_ABOVE if part.pictures else ROOM
    plain = words(paragraph) <= room and not paragraph.startswith(("|", "- ", "1. "))
    return plain and part.kind in ("result", "ask", "rule")


def _blocks(markdown) -> list[str]:
    """Paragraphs and lists; a list that is longer than a slide is cut between its points."""
    found = []
    for one in paragraphs(markdown):
        points = re.split(r"\n(?=(?:[-*]|\d+\.) )", one)
        long = words(one) > ROOM and len(points) > 1 and re.match(r"(?:[-*]|\d+\.) ", one)
        found += points if long else [one]
    return found


def _prose(section, heading, blocks, *, all_of_it) -> Iterator[Slide]:
    """Prose on slides: all of it, or the beginning and what is a list or a table, with the rest in the notes."""
    packed = []
    for block in blocks:
        there = sum(map(words, packed[-1])) if packed else ROOM
        if there <= OPENS or there + words(block) <= ROOM:
            packed[-1].append(block)
        else:
            packed.append([block])
    for number, one in enumerate(packed):
        if all_of_it or not number or not _is_plain(one):
            follow = [] if all_of_it else [*itertools.takewhile(_is_plain, packed[number + 1 :])]
            notes = "\n\n".join(_joined(more) for more in follow)
            yield Slide(section, heading, to_html(_joined(one)), to_html(notes) if notes else "")


def _is_plain(blocks):
    return not blocks[0].startswith(("|", "-", "1."))


def _joined(blocks):
    """Blocks as one text: points of one list stay one list."""
    text = blocks[0]
    for before, after in itertools.pairwise(blocks):
        both = all(re.match(r"(?:[-*]|\d+\.) ", one) for one in (before, after))
        text += ("\n" if both else "\n\n") + after
    return text


def _slide(section, heading, part: Part, lead) -> Slide:
    told = to_html("\n\n".join(lead)) if lead else ""
    if part.kind == "exercise":
        return Slide(section, heading, to_html(part.says), kind="exercise")
    if part.kind == "folded":
        return Slide(section, inline(part.title), to_html(part.says), kind="folded")
    if part.kind in ("ask", "believe"):
        return Slide(section, heading, told + _blanks(part), kind="ask")
    if part.kind == "verdict":
        return _of_verdict(section, part)
    return Slide(section, heading, told + "".join(map(_output, part.shown)), kind=part.kind)


def _blanks(part):
    """A table with room for what members say."""
    if part.kind == "believe":
        names = [str(claim(name.split(".")[1])) for name in part.asked]
        head = "<p><strong>How much do you believe it, from never (0 %) to certain (100 %)?</strong></p>"
        head += "<p>Each writes down a number of his or her own. Then show hands, before anybody argues.</p>"
    else:
        names = [key for keys in part.asked.values() for key in keys]
        head = f"<p><strong>Write down a number for each{_in(part.unit)}, and how sure you are.</strong></p>"
    rows = "".join(f"<tr><th scope='row'>{html.escape(one)}</th><td></td></tr>" for one in names)
    return f'{head}<table class="blanks"><tbody>{rows}</tbody></table>'


def _in(unit):
    return ", a share from 0 to 1" if unit == "share" else f", in {unit}"


def _output(output) -> str:
    data = output.get("data", {})
    if "image/png" in data:
        return "".join(picture(*one) for one in Part("result", "", shown=(output,)).pictures)
    if "text/markdown" in data:
        return "".join(map(to_html, Part("result", "", shown=(output,)).markdown))
    if "<table" in (told := "".join(data.get("text/html", ""))):
        return f'<div class="table">{told}</div>' if told.count("<tr") <= ROWS else LONG
    text = "".join(output.get("text", data.get("text/plain", "")))
    return LONG if len(text.splitlines()) > ROWS else f"<pre>{html.escape(text.rstrip())}</pre>"


def _of_rule(section, heading, markdown) -> Slide:
    said = paragraphs(markdown)
    shown = [one for one in said if one.startswith(("**Rule", "**Measure", "**Words"))]
    notes = [one for one in said if one not in shown]
    return Slide(section, heading, to_html("\n\n".join(shown)), to_html("\n\n".join(notes)), kind="rule")


def _of_verdict(section, part) -> Slide:
    head, *said = paragraphs(part.markdown[0])
    begin = next(
        (n for n, one in enumerate(said) if one.startswith(("**Gates", "|", "**Published"))), len(said)
    )
    shown, notes = said[:begin], said[begin:]
    pictures = "".join(picture(*one) for one in part.pictures)
    return Slide(
        section, inline(head.lstrip("# ")), to_html("\n\n".join(shown)) + pictures, to_html("\n\n".join(notes)),
        kind="verdict",
    )  # fmt: skip
