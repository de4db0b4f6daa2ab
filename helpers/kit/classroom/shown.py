"""What a cell has shown, cut to what a page may hold, and said so that nbgrader reads the right points in it."""

import copy

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.utils import is_grade, is_solution

from helpers.kit.classroom.hidden import ASKS, PASSED
from helpers.kit.classroom.needed import names_of

ROOM = 200_000  # letters that a cell may show
SHOWN = ("text/plain", "text/markdown", "image/png", "image/jpeg")  # nothing that a page would run
SLOW, DIED, NOT_RUN = "TooSlow", "KernelDied", "NotRun"
OUTSIDE = (SLOW, DIED, NOT_RUN)  # errors of a test that say nothing about the answer
LEFT_OUT = "... what else it showed is left out ..."


def modest(outputs: list) -> list:
    """Outputs without what a page would run, cut where there is no room; the sign of a pass is always kept."""
    kept, room = [], ROOM
    for output in map(copy.deepcopy, outputs):
        data = output.get("data", {})
        if data:
            output.data = {kind: text for kind, text in data.items() if kind in (*SHOWN, PASSED)}
        if output.output_type == "error":
            output.traceback = [line[:1000] for line in output.traceback[-20:]]
            output.evalue = output.evalue[:1000]
        size = len(str(output))
        if size > room and PASSED not in data:
            cut = output.text[: max(room, 0)] + "\n" if output.output_type == "stream" else ""
            kept.append(new_output("stream", text=f"{cut}{LEFT_OUT}"))
            room = 0
        else:
            kept.append(output)
            room -= size
    return kept


def settle(cell: NotebookNode) -> None:
    """Say by a cell's outputs what nbgrader is to read in them: an error for a test without the sign of a pass.

    With that sign nothing else counts: neither a warning on stderr nor a value, which nbgrader takes for points.
    """
    if cell.cell_type != "code":
        return
    cell.outputs = modest(cell.outputs)
    if not is_grade(cell) or is_solution(cell):
        return
    if any(PASSED in output.get("data", {}) for output in cell.outputs):
        cell.outputs = [
            output
            for output in cell.outputs
            if output.output_type == "display_data" or output.get("name") == "stdout"
        ]
        return
    for output in cell.outputs:
        if output.output_type == "error":  # no line of the test is shown
            output.traceback = [f"{output.ename}: {output.evalue}"]
    if not any(output.output_type == "error" for output in cell.outputs):
        failed(cell, "NotPassed", "The test has ended without a pass.")


def failed(cell: NotebookNode, name: str, says: str) -> None:
    """Mark a cell as failed, in a sentence."""
    outputs = list(cell.get("outputs", []))
    cell.outputs = [*outputs, new_output("error", ename=name, evalue=says, traceback=[f"{name}: {says}"])]


def is_well(cell: NotebookNode) -> bool:
    """Whether a cell that ran went well: a test has its sign of a pass, any other cell no error."""
    if is_grade(cell):
        return any(PASSED in output.get("data", {}) for output in cell.outputs)
    return not any(output.output_type == "error" for output in cell.outputs)


def stopped(cells: list[NotebookNode]) -> list[str]:
    """What cost points and was no wrong answer, a sentence each, for whoever grades; none where all tests are passed.

    That is a cell of the student's that stopped and on which answers may rest, and a test that was not run to its end.
    """
    tests = [cell for cell in cells if is_grade(cell) and not is_solution(cell)]
    if all(is_well(cell) for cell in tests):
        return []
    said = []
    for cell in cells:
        errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
        outside = any(one.ename in OUTSIDE or ASKS in one.evalue for one in errors)
        if errors and (outside or not is_grade(cell)):
            what = f"the test `{cell.id}`" if is_grade(cell) else f"`{_first_line(cell.source)}`"
            ename = "it asks a reader, by input()" if _asks(errors[-1]) else errors[-1].ename
            said.append(f"{what} stopped ({ename}): look whether points hang on it")
    return said + _hanging(cells)


def _hanging(cells):
    """Answers that use others which are not right, a sentence each."""
    answer, wrong = None, {}
    for cell in cells:
        answer = cell if is_solution(cell) and not is_grade(cell) else answer
        if is_grade(cell) and not is_solution(cell) and answer is not None and not is_well(cell):
            wrong[answer.id] = names_of(answer.source)[1]
    return [
        f"`{name}` uses `{other}`, which has not passed either: look whether points hang on it"
        for name, reads in wrong.items()
        for other in wrong
        if other in reads and other != name
    ]


def _asks(error):
    return ASKS in error.evalue or error.ename == "StdinNotImplementedError"


def _first_line(source):
    lines = [line.strip() for line in source.splitlines() if line.strip() and line.strip()[0] not in "#%"]
    return (lines or [""])[0][:60]


def is_lost(cell: NotebookNode) -> bool:
    """Whether a cell has cost its kernel."""
    return any(output.get("ename") in (SLOW, DIED) for output in cell.outputs)
