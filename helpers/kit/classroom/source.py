"""A lesson's solution as nbgrader's source version: answers, hidden tests, points, and what a person grades."""

import copy
from collections.abc import Mapping

import nbformat

from helpers.kit.classroom.exercises import Exercise, exercises, imports
from helpers.kit.gaps import MARK, MARKERS

# The helpers are read from disk anew, whatever a notebook has put in their place; but not those that have told IPython
# of themselves, to watch cells or to show figures: they would be there twice.
ANEW = r"helpers\.(?!kit$|kit\.(origins|pages|plots|stale)$)"
HIDDEN = f"""### BEGIN HIDDEN TESTS
import re
import sys

for _name in [name for name in sys.modules if re.match(r"{ANEW}", name)]:
    del sys.modules[_name]
from helpers.kit.classroom.hidden import again

again("{{module}}", "{{check}}", {{name}}, seed={{seed}})
### END HIDDEN TESTS
"""


def source_version(
    solution: nbformat.NotebookNode, points: Mapping[str, int], seeds: Mapping[str, int]
) -> nbformat.NotebookNode:
    """The notebook from which nbgrader makes a release, keeps hidden tests and grades.

    points: exercise -> its points; seeds: exercise -> the seed of its hidden test, for all that have a check.
    Every cell that counts has its grade id as its own id, so that it is known again where an editor drops metadata.
    """
    made, found = copy.deepcopy(solution), exercises(solution)
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.metadata.get("jupyter", {}).pop("outputs_hidden", None)
        else:
            cell.source = cell.source.replace("](../", "](").replace(f"\n{MARK}", "")
    _marked(made.cells[imports(made)], "imports", locked=True)
    for one in found:
        answer = made.cells[one.answer]
        if one.check:
            _marked(answer, one.name, solution=True)
            test = made.cells[one.test]
            test.source = HIDDEN.format(**vars(one), seed=seeds[one.name]) + test.source
            _marked(test, one.check, grade=True, locked=True, points=points[one.name])
        else:
            _marked(answer, one.name, grade=True, solution=True, points=points[one.name])
    for heading in dict.fromkeys(one.heading for one in found):
        _told(made, [one for one in found if one.heading == heading], points)
    made.metadata.pop("course", None)
    return made


def answered(release: nbformat.NotebookNode, source: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A release with the answers of its source version in it, as a student would hand it in; a rule is touched only."""
    made, known = copy.deepcopy(release), {cell.id: cell for cell in source.cells}
    for cell in made.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("solution"):
            cell.source = MARKERS.sub("", known[cell.id].source)
            cell.source += "\n# (A rule is graded by a person.)" if about.get("grade") else ""
    return made


def _marked(cell, name, *, grade=False, solution=False, locked=False, points=None):
    """Give a cell nbgrader's marks."""
    about = {"schema_version": 3, "grade_id": name, "grade": grade, "solution": solution, "locked": locked}
    cell.metadata.nbgrader = about | {"task": False} | ({} if points is None else {"points": points})
    cell.id = name


def _told(notebook, exercises_: list[Exercise], points):
    """Say the points in the heading of these exercises, which is one and the same."""
    total = sum(points[one.name] for one in exercises_)
    for cell in reversed(notebook.cells[: exercises_[0].answer]):
        lines = cell.source.split("\n")
        for place, line in enumerate(lines):
            if cell.cell_type == "markdown" and line.lstrip("# ").startswith(exercises_[0].heading + " · "):
                lines[place] = f"{line} · {total} point{'s' * (total != 1)}"
                cell.source = "\n".join(lines)
                return
