"""Words of a student's own beside an answer that is missing: a rule stated in a text cell, an answer told in words."""

import ast
from collections.abc import Collection, Mapping, Sequence

from nbformat import NotebookNode

LEAST = 3  # words: fewer are a heading or a mark
REMARK = "# Of this the student has written in words, in another cell near this one.\n"


def told_beside(
    cells: Sequence[NotebookNode],
    answers: Mapping[str, NotebookNode],
    missing: Collection[str],
    source: NotebookNode,
) -> list[str]:
    """What is to be said of words that stand nearest to an answer that is missing; a remark goes into its cell.

    cells:   all of a submission; answers: name -> the cell of each answer; missing: those in which nothing is written.
    source:  the course's version, whose words are no student's.
    """
    course = {line for cell in source.cells for line in _lines(cell.source)}
    places = {name: at for at, one in enumerate(cells) for name, cell in answers.items() if cell is one}
    found = {}
    for at, cell in enumerate(cells):
        words = [word for line in _lines(cell.source) if line not in course for word in line.split()]
        if len(words) < LEAST or at in places.values() or not _is_prose(cell):
            continue
        nearest = min(places, key=lambda name: (abs(places[name] - at), places[name] > at), default=None)
        if nearest in missing:
            found[nearest] = found.get(nearest, 0) + len(words)
    for name in found:
        answers[name].source = answers[name].source.rstrip("\n") + "\n" + REMARK
    return [
        f"nothing is written in `{name}`, and {number} words in a cell near it: read them"
        for name, number in found.items()
    ]


def _lines(source):
    return [line.strip() for line in source.splitlines() if any(letter.isalnum() for letter in line)]


def _is_prose(cell):
    """Whether a cell is no code: text, or comments alone."""
    if cell.cell_type != "code":
        return True
    try:
        lines = ast.parse(cell.source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return all(isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) for line in lines)
