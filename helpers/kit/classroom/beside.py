"""What a student wrote beside an answer that is missing: a rule stated in a text cell, an answer told in words."""

import re
from collections.abc import Collection, Mapping, Sequence

from nbformat import NotebookNode

from helpers.kit.gaps import GAP, SOLUTION, folded

WORDS, LETTERS = 3, 12  # fewer are a heading or a mark; not all languages part words by spaces
POINTS = re.compile(r" · \d+ points?$")  # as a heading has them in a class
PICTURE = re.compile(r"!\[.*?\]\(|<img\b")
REMARK = "# Of this the student has written in another cell near this one.\n"


def told_beside(
    cells: Sequence[NotebookNode],
    answers: Mapping[str, NotebookNode],
    missing: Collection[str],
    source: NotebookNode,
) -> list[str]:
    """What is to be said of cells that stand nearest to an answer that is missing; a remark goes into its cell.

    cells:   all of a submission; answers: name -> the cell of each answer; missing: those in which nothing is written.
    source:  the course's version, whose words are no student's.
    """
    course = _of_course(source)
    places = {name: at for at, one in enumerate(cells) for name, cell in answers.items() if cell is one}
    ours = {cell.id for cell in source.cells if cell.cell_type == "code"}  # in these, numbers are turned
    found = {}
    for at, cell in enumerate(cells):
        own = cell.get("id") in ours or _is_courses(cell, course)
        if at in places.values() or own or not _says(cell, course):
            continue
        nearest = min(places, key=lambda name: (abs(places[name] - at), places[name] > at), default=None)
        if nearest in missing:
            found[nearest] = answers[nearest]
    for answer in found.values():
        answer.source = answer.source.rstrip("\n") + "\n" + REMARK
    return [
        f"nothing is written in `{name}`, but the student wrote in a cell near it: read that"
        for name in found
    ]


def _of_course(source):
    """The course's lines, and those of its own lesson, in which solutions are folded and headings have no points."""
    solved = [cell for cell in source.cells if cell.cell_type == "code" and SOLUTION.search(cell.source)]
    texts = [*(cell.source for cell in source.cells), *(folded([cell]) for cell in solved)]
    lines = {line for text in texts for line in _lines(text)}
    return lines | {POINTS.sub("", line) for line in lines}


def _is_courses(cell, course):
    """Whether most lines of a code cell are the course's: an editor may have taken its id away."""
    lines = _lines(cell.source)
    return cell.cell_type == "code" and 2 * sum(line in course for line in lines) > len(lines)


def _says(cell, course):
    """Whether a cell says something that is not the course's."""
    own = " ".join(line for line in _lines(cell.source) if line not in course)
    letters = sum(letter.isalnum() for letter in own)
    return len(own.split()) >= WORDS or letters >= LETTERS or bool(PICTURE.search(own))


def _lines(source):
    said = (line.strip() for line in source.splitlines())
    return [line for line in said if any(letter.isalnum() for letter in line) and line != GAP]
