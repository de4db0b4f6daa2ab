"""What was handed in, put right: editors drop marks and ids; people copy, move, split and merge cells.

nbgrader knows a cell by its mark alone. Here an answer is known by what it does: it sets the name that is asked for.
"""

import ast
import copy
import re
import uuid

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from helpers.kit.classroom.beside import told_beside
from helpers.kit.classroom.exercises import JUDGED
from helpers.kit.classroom.needed import names_of
from helpers.kit.gaps import GAP, SOLUTION

HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n", re.DOTALL | re.MULTILINE)
NO_ANSWER = "# There was no answer here.\n"
WRITTEN, OTHER, GAP_LEFT, UNMARKED_GAP = 3, 2, 1, 0  # the likeliest answer has the most


def restored(submitted: NotebookNode, source: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """(a submission with each cell of the source version that counts, marked once; what is to be said about it).

    An answer is the cell that sets its name and is no gap, else the one that has its id or its mark, whatever its
    type; of several the marked one, then the last. A test stands behind its answer. Imports and tests are the
    course's; what a student wrote there, and every other cell, stays.
    """
    known = {cell.id: cell for cell in source.cells if "nbgrader" in cell.metadata}
    cells = list(submitted.cells)
    there, said = _answers(
        cells, known, {cell.source.strip() for cell in source.cells if "nbgrader" not in cell.metadata}
    )
    above = None
    for name, cell in known.items():
        if not _is_answer(cell):
            there[name], more = _locked(cells, name, cell, above, list(there.values()))
            said += more
        elif name not in there:
            with_ = _written(name, cell, there)
            there[name], more = _instead(name, cell, with_, there)
            said += more
            _insert(cells, there[with_] if with_ else above, there[name])
        above = there[name]
    _gaps_above(cells, known, there)
    answers = {name: there[name] for name, cell in known.items() if _is_answer(cell)}
    missing = [name for name, cell in answers.items() if _is_missing(cell.source, name, known[name])]
    said += told_beside(cells, answers, missing, source)
    _mark(cells, known, there)
    submitted.cells, submitted.nbformat, submitted.nbformat_minor = cells, 4, 5
    submitted.metadata.pop("widgets", None)  # Colab's, with half of what belongs there, stop nbconvert
    return submitted, said


def _answers(cells, known, course):
    """name -> the cell in which it is answered, where there is one; and what is to be said."""
    there, said, best = {}, [], []
    for name, cell in known.items():
        if not _is_answer(cell):
            continue
        ranked = [
            (rank, claimed, place)
            for place, one in enumerate(cells)
            if not any(one is taken for taken in there.values())
            and ((claimed := name in _claims(one)) or one.source.strip() not in course)
            and (rank := _rank(one, name, cell, claimed)) is not None
        ]
        if not ranked:
            continue
        rank, claimed, place = max(ranked)
        if rank <= GAP_LEFT and _written(name, cell, there):
            continue  # in one cell with another answer, and its gap is left
        there[name] = cells[place]
        best.append(rank)
        if sum(one[:2] == (WRITTEN, True) for one in ranked) > 1:
            said.append(f"`{name}` is written in several cells with its mark: the last counts")
        if not claimed and rank == WRITTEN:
            said.append(f"`{name}` stood in a cell without its mark, and was found by its name")
    if all(rank <= GAP_LEFT for rank in best):
        said.append("nothing is written in it: all gaps are as they were")
    return there, said


def _rank(one, name, cell, claimed):
    """How likely a cell answers `name`; None where nothing speaks for it."""
    if one.cell_type != "code" and not claimed:
        return None
    does, gap = _does(one.source, name, cell), _is_gap(one.source, name, cell)
    if does and not gap:
        return WRITTEN
    if claimed:
        return GAP_LEFT if gap or not one.source.strip() else OTHER
    return UNMARKED_GAP if does else None


def _does(source, name, cell):
    """Whether a cell sets the name that is asked for, or states a rule."""
    sets, reads = names_of(source)
    if cell.metadata.nbgrader["grade"]:
        return JUDGED in reads or (not sets | reads and f"{JUDGED}(" in source)
    return name in sets or bool(re.search(rf"^(async )?(def {name}\b|{name} *=)", source, re.MULTILINE))


def _is_gap(source, name, cell):
    """Whether nothing was written there."""
    if source.split() == SOLUTION.sub(rf"\1{GAP}", cell.source).split():
        return True
    try:
        lines = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    bodies = [line.body for line in lines if isinstance(line, ast.FunctionDef) and line.name == name]
    said = [line for line in (bodies[-1] if bodies else []) if not _is_text(line)]
    return len(said) == 1 and ast.unparse(said[0]).startswith("raise NotImplementedError")


def _is_missing(source, name, cell):
    """Whether there is no answer of the student's: the gap, the rule as it was, or nothing."""
    if cell.metadata.nbgrader["grade"]:
        return source.split() in ([], cell.source.split())
    return source.strip() in ("", NO_ANSWER.strip()) or _is_gap(source, name, cell)


def _is_text(line):
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)


def _locked(cells, name, cell, above, taken):
    """Put the course's imports, or a test of the course's, where it belongs; what a student wrote there stays.

    Returns it, and what is to be said.
    """
    shown, least = HIDDEN.sub("", cell.source).split(), _at(cells, above) + 1
    free = [(place, one) for place, one in enumerate(cells) if not any(one is each for each in taken)]
    ours = [(place, one) for place, one in free if name in _claims(one)]
    ours = ours or [
        (place, one) for place, one in free if one.cell_type == "code" and one.source.split() == shown
    ]
    own = copy.deepcopy(cell)
    place, one = next(((at, one) for at, one in ours if at >= least), (ours or [(None, None)])[-1])
    if one is None:
        _insert(cells, above, own)
        return own, []
    same = one.source.split() == shown
    if same:
        del cells[place]
        place, least = place, least - (place < least)
    tests = cell.metadata.nbgrader["grade"]
    cells.insert(max(place + (tests and not same), least) if tests else place, own)
    return own, [] if same else [f"what was written into the cell `{name}` stays, in a cell of its own"]


def _instead(name, cell, with_, there):
    """A cell for an answer that has none of its own, and what is to be said."""
    made = new_code_cell(NO_ANSWER, metadata=copy.deepcopy(cell.metadata))
    if with_ is None:
        made.source = (
            cell.source if cell.metadata.nbgrader["grade"] else NO_ANSWER
        )  # the same text has 0 by itself
        return made, [f"`{name}` is gone"]
    made.source = f"# `{name}` stands in one cell with `{with_}`.\n"
    if cell.metadata.nbgrader["grade"]:  # a person reads it, and it is not run
        made.source += there[with_].source
    return made, [f"`{name}` stands in one cell with `{with_}`"]


def _gaps_above(cells, known, there):
    """Put a gap that was left below its answer above it: run after it, it would take the answer's name."""
    for name, cell in known.items():
        by = _written(name, cell, there) if _is_answer(cell) else None
        for one in cells[_at(cells, there[by]) + 1 :] if by else ():
            counts = any(one is other for other in there.values())
            if not counts and _rank(one, name, cell, False) == UNMARKED_GAP:
                cells.pop(_at(cells, one))
                cells.insert(_at(cells, there[by]), one)


def _written(name, cell, there):
    """The name of the answer in whose cell this one is written, its own first; None where it is in none."""
    return next(
        (one for one in [name, *there] if one in there and _rank(there[one], name, cell, False) == WRITTEN),
        None,
    )


def _mark(cells, known, there):
    """Give each cell that counts its mark and id, and all others ids that nobody else has."""
    seen = set(known)
    for cell in cells:
        cell.metadata.pop("nbgrader", None)
        if not cell.get("id") or cell.id in seen:
            cell.id = uuid.uuid4().hex[:8]
        seen.add(cell.id)
    for name, cell in there.items():
        cell.id, cell.metadata.nbgrader = name, copy.deepcopy(known[name].metadata.nbgrader)
        if cell.cell_type != "code":
            cell.pop("attachments", None)
            cell.update(cell_type="code", outputs=[], execution_count=None)


def _claims(cell):
    """The names that a cell says to have: its id, where Colab keeps its id, and nbgrader's mark."""
    about = cell.metadata.get("nbgrader")
    said = (
        cell.get("id"),
        cell.metadata.get("id"),
        about.get("grade_id") if isinstance(about, dict) else None,
    )
    return {name for name in said if isinstance(name, str)}


def _is_answer(cell):
    return cell.metadata.nbgrader["solution"]


def _at(cells, cell):
    return next((place for place, one in enumerate(cells) if one is cell), -1)


def _insert(cells, above, cell):
    cells.insert(_at(cells, above) + 1, cell)
