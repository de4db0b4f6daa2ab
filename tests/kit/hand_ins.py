"""A lesson of two exercises and a rule, handed in, and graded in this process by the lesson's own checks."""

import contextlib
import copy
import functools
import io
import json

import nbformat
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_output

from helpers.kit.classroom import build
from helpers.kit.classroom.exercises import exercises
from helpers.kit.classroom.grading import Gaps, Run
from helpers.kit.classroom.handed_in import parsed
from helpers.kit.classroom.hidden import PASSED
from helpers.kit.classroom.restored import HIDDEN, restored
from helpers.kit.classroom.source import source_version
from helpers.kit.gaps import GAP
from helpers.kit.parameters import read

KEPT = ("Exercise 1 ·", "Exercise 4 ·", "Judge it yourself")
RIGHT = {
    "towards": "def towards(agent, coin):\n    return (coin > agent).long()",
    "when_equal": "def when_equal(score, value, level):\n    there = score >= level\n"
    "    return value[there.argmax()] if there.any() else float('nan')",
}
WRONG = "def towards(agent, coin):\n    return (coin < agent).long()"
TEST, OTHER_TEST = "check_towards", "check_at_equal_score"
BOTH = {"towards", "when_equal"}


@functools.cache
def small():
    """(source version, release) of a lesson of two exercises and a rule."""
    whole = read(build.lessons(["00"])[0])
    cells = [whole.cells[0], *(cell for cell in whole.cells if "imports" in cell.metadata.get("tags", []))]
    for place, cell in enumerate(whole.cells):
        if cell.cell_type == "markdown" and any(name in cell.source for name in KEPT):
            cells += whole.cells[place : place + 3]
    return versions(nbformat.v4.new_notebook(cells=copy.deepcopy(cells), metadata=whole.metadata))


def versions(solution):
    """(source version, release) of a solution."""
    found = exercises(solution)
    source = source_version(solution, {one.name: one.points for one in found}, {one.name: 1 for one in found})
    release, _ = Gaps(code_stub={"python": GAP}).preprocess(copy.deepcopy(source), {})
    for cell in release.cells:
        cell.source = HIDDEN.sub("", cell.source)
    return source, release


class Here(Run):
    """Runs cells in this process, in the order in which a kernel would get them."""

    def create_kernel_manager(self):
        return self

    def settle_in(self, folder):
        return {}

    @contextlib.contextmanager
    def setup_kernel(self):
        self.shell = InteractiveShell()
        yield

    def _went_well(self, cell, place):
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
            result = self.shell.run_cell(HIDDEN.sub("", cell.source))
        error, outcome = result.error_before_exec or result.error_in_exec, result.result
        cell.outputs = []
        if error is not None or (
            cell.metadata.nbgrader.get("grade") if "nbgrader" in cell.metadata else False
        ):
            if error is None and outcome.passed:
                cell.outputs = [new_output("display_data", data={PASSED: "it"})]
            else:
                says = str(error) if error is not None else outcome.says
                ename = type(error).__name__ if error is not None else "NotPassed"
                cell.outputs = [new_output("error", ename=ename, evalue=says, traceback=[says])]
        return True


def run_here(notebook):
    """The ids of the tests that were passed; outputs are in the notebook."""
    about = {"metadata": {"path": "."}, "nbgrader": {"student": "ada"}}
    notebook, _ = Here(kernel_name="python3").preprocess(notebook, about)
    return {
        cell.id
        for cell in notebook.cells
        if cell.cell_type == "code" and any(PASSED in output.get("data", {}) for output in cell.outputs)
    }


def graded(raw: bytes):
    """(names of exercises whose test was passed, what is said, the notebook) of a file."""
    notebook, said = restored(parsed(raw), small()[0])
    nbformat.validate(notebook)
    names = {TEST: "towards", OTHER_TEST: "when_equal"}
    return {names[test] for test in run_here(notebook)}, said, notebook


def text(notebook, name):
    """What a student reads below a test."""
    (cell,) = [cell for cell in notebook.cells if cell.id == name]
    return " ".join(output.get("evalue", "") for output in cell.outputs)


def cells_of(notebook):
    return {cell.id: cell for cell in notebook.cells}


def solved(notebook):
    cells = cells_of(notebook)
    for name, source in RIGHT.items():
        cells[name].source = source
    cells["judge"].source = cells["judge"].source.replace("matters=None", "matters=0.1")
    return cells


def at(notebook, name):
    return next(place for place, cell in enumerate(notebook.cells) if cell.id == name)


def moved(notebook, name, place):
    notebook.cells.insert(place, notebook.cells.pop(at(notebook, name)))


def handed_in(change):
    notebook = copy.deepcopy(small()[1])
    change(notebook)
    return json.dumps(notebook).encode()
