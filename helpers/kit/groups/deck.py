"""What stands on the slides of a lesson: little prose, one result at a time; the rest of the prose is in the notes."""

import functools
import html
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from helpers.kit.claims import claim
from helpers.kit.groups.lesson import Lesson, Part, Section
from helpers.kit.groups.markup import anchor, inline, paragraphs, picture, to_html, words
from helpers.kit.groups.room import QUIZ, all_spoken, spoken

ROOM, ROOM_ABOVE = 105, 60  # words of prose on a slide, and above a picture
LAST, MOST = 55, 150  # words of a last slide that goes with the one before, and how many both may have then
OPENS = 8  # words of a paragraph that only opens what comes next
ROWS = 20  # lines of a table or a printed text that can be read from the back
LONG = "<p><em>A long table: look at it in the notebook.</em></p>"


@dataclass(frozen=True)
class Slide:
    """One slide: its section, its heading as HTML, what is shown, the notes to it, and what the lesson has there.

    name: what it is called in the page and in `data/kits.json`; it stays when other slides come. A question has that of
          its prediction or claim, "ask-03.a", "credence-C8", "credence-C8-after"; a rule "rule-03.C8"; a verdict
          "verdict-03.C8"; prose that of its heading and first words, "a-hint-so-let-us"; others that of their heading
          and kind: "the-long-runs-picture", "-picture-2", "-table".
    asks, tells: the predictions that it asks for, and of which it says what came out.
    """

    section: Section
    heading: str
    shown: str
    notes: str = ""
    kind: str = "text"
    name: str = ""
    asks: tuple[str, ...] = ()
    tells: frozenset[str] = frozenset()


@functools.cache
def deck(lesson: Lesson) -> tuple[Slide, ...]:
    """All slides of a lesson, in its order: a question before its result, what came out on a slide after it."""
    first, seen = lesson.sections[0], set()
    slides = [Slide(first, html.escape(lesson.title), _title(lesson), kind="title", name="title")]
    for section in lesson.sections:
        parts = section.parts[1:] if section is first else section.parts
        slides += _of_section(section, parts, seen) if section.name != QUIZ else []
    return tuple(_named(slides))


def by_name(slides: Sequence[Slide]) -> dict[str, tuple[int, Slide]]:
    """(its number, the slide) by name."""
    return {one.name: (number, one) for number, one in enumerate(slides, 1)}


def _named(slides):
    """Each slide with a name; of several with one name, all but the first have a number."""
    found, taken = [], {}
    for one in slides:
        name = one.name or f"{one.section.anchor}-{_what(one)}"
        taken[name] = taken.get(name, 0) + 1
        again = "-after" if name.startswith("credence-") else f"-{taken[name]}"
        found.append(replace(one, name=name + (again if taken[name] > 1 else "")))
    return found


def _what(slide):
    """What a slide is called among those of its heading: prose by its first words, others by their kind."""
    if slide.kind == "text":
        plain = html.unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", slide.shown, flags=re.DOTALL))
        return anchor(" ".join(plain.split()[:3]))
    if slide.kind != "result":
        return slide.kind
    return "picture" if "<img" in slide.shown else "table" if "<table" in slide.shown else "told"


def _title(lesson):
    rows = "".join(f"<li>{inline(spoken(one))}</li>" for one in lesson.told("Claims tested").split(" · "))
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
            yield from _slides(section, heading, part, lead)
    yield from _prose(section, heading, waiting, all_of_it=True)


def _leads(paragraph, part):
    """Whether a paragraph stands above what a cell shows, on its slide."""
    room = ROOM_ABOVE if part.pictures else ROOM
    plain = words(paragraph) <= room and not paragraph.startswith(("|", "- ", "1. "))
    return plain and part.kind in ("result", "ask", "rule")


def _blocks(markdown) -> list[str]:
    """Paragraphs and lists; a list that is longer than a slide is cut between its points."""
    found = []
    for one in filter(None, map(spoken, paragraphs(markdown))):
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
    if len(packed) > 1 and (all_of_it or not _is_plain(packed[-1])):
        last, before = (sum(map(words, one)) for one in (packed[-1], packed[-2]))
        if last <= LAST and before + last <= MOST:  # no line of a list alone on a slide
            packed[-2:] = [packed[-2] + packed[-1]]
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


def _slides(section, heading, part: Part, lead) -> Iterator[Slide]:
    told = to_html("\n\n".join(lead)) if lead else ""
    if part.kind == "exercise":
        yield Slide(section, heading, to_html(all_spoken(part.says)), kind="exercise")
    elif part.kind == "folded":
        yield Slide(section, inline(part.title), to_html(all_spoken(part.says)), kind="folded")
    elif part.kind == "ask":
        names = tuple(part.asked)
        yield Slide(section, heading, told + _blanks(part), kind="ask", name=f"ask-{names[0]}", asks=names)
    elif part.kind == "believe":
        for name in part.asked:  # one at a time, for a meeting may take up one of them only
            yield Slide(section, heading, _credence(name), kind="ask", name=f"credence-{name.split('.')[1]}")
    elif part.kind == "verdict":
        yield _of_verdict(section, part)
    else:
        shown = told + "".join(map(_output, part.shown))
        yield Slide(section, heading, shown, kind=part.kind, tells=frozenset(part.tells))


def _credence(name):
    """Room for how much a claim is believed."""
    return (
        "<p><strong>How much do you believe it, from never (0 %) to certain (100 %)?</strong></p>"
        f'<p class="question">{html.escape(str(claim(name.split(".")[1])))}</p>'
        "<p>Each writes down a number of his or her own. Then show hands, before anybody argues.</p>"
    )


def _blanks(part):
    """A table with room for what members say."""
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
        return "".join(to_html(all_spoken(one)) for one in Part("result", "", shown=(output,)).markdown)
    if "<table" in (told := "".join(data.get("text/html", ""))):
        return f'<div class="table">{_one_heading(told)}</div>' if told.count("<tr") <= ROWS else LONG
    text = "".join(output.get("text", data.get("text/plain", "")))
    return LONG if len(text.splitlines()) > ROWS else f"<pre>{html.escape(text.rstrip())}</pre>"


def _one_heading(table: str) -> str:
    """A table whose rows' name stands beside the names of its columns, and not in a row of its own."""
    head = re.search(r"<thead>.*?</thead>", table, re.DOTALL)
    lines = re.findall(r"<tr\b.*?</tr>", head[0], re.DOTALL) if head else []
    cells = [re.findall(r"<th\b[^>]*>(.*?)</th>", line) for line in lines]
    if len(lines) < 2 or not any(cells[-1]) or any(cells[-1][(named := sum(map(bool, cells[-1]))) :]):
        return table
    above = lines[-2]
    for of_rows, of_columns in zip(cells[-1][:named], cells[-2], strict=False):
        both = f"{of_rows} ↓ {of_columns} →" if of_columns else of_rows
        above = above.replace(f"<th>{of_columns}</th>", f"<th>\ue000{both}</th>", 1)
    return table.replace(
        head[0], head[0].replace(lines[-1], "").replace(lines[-2], above.replace("\ue000", ""))
    )


def _of_rule(section, heading, markdown) -> Slide:
    said = paragraphs(markdown)
    shown = [one for one in said if one.startswith(("**Rule", "**Measure", "**Words"))]
    notes = [one for one in said if one not in shown]
    named = re.search(r"\*\*Rule (\S+)\.\*\*", markdown)
    return Slide(
        section, heading, to_html("\n\n".join(shown)), to_html("\n\n".join(notes)), kind="rule",
        name=f"rule-{named[1]}" if named else "",
    )  # fmt: skip


def _of_verdict(section, part) -> Slide:
    head, *said = paragraphs(part.markdown[0])
    begin = next(
        (n for n, one in enumerate(said) if one.startswith(("**Gates", "|", "**Published"))), len(said)
    )
    shown, notes = said[:begin], said[begin:]
    pictures = "".join(picture(*one) for one in part.pictures)
    return Slide(
        section, inline(head.lstrip("# ")), to_html("\n\n".join(shown)) + pictures, to_html("\n\n".join(notes)),
        kind="verdict", name=f"verdict-{part.verdict['name']}", tells=frozenset(part.tells),
    )  # fmt: skip
