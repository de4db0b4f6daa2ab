"""How nbgrader grades a class: what a submission lost is put back, what is needed is run, a pass leaves a sign.

nbgrader's own way loses the whole submission when a kernel dies, gives all points for a test that shows nothing, and
none for one that warns. nbgrader_config.py puts these steps in the place of its own: `settings(c, __file__)`.
"""

import copy
import os
import sys
import time
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import preprocessors as theirs
from nbgrader.utils import is_grade, is_solution
from traitlets import Integer, Unicode

from helpers.kit.classroom.apart import Apart, folders
from helpers.kit.classroom.hidden import PASSED
from helpers.kit.classroom.needed import needed
from helpers.kit.parameters import read

ROOM = 200_000  # letters that a cell may show
MOST = 5 * ROOM  # letters of one cell that are looked at
SHOWN = ("text/plain", "text/markdown", "image/png", "image/jpeg")  # nothing that a page would run
STARTS = 5  # kernels that one notebook may use up
LEFT_OUT = "... what else it showed is left out ..."


def settings(c, file: str) -> None:
    """Put these steps into nbgrader's settings; file: that of the settings, in the folder of the class."""
    # nbgrader starts `alembic` by its bare name, which is there only where .venv is activated.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    c.CourseDirectory.root = c.Restore.root = str(Path(file).resolve().parent)
    c.ClearSolutions.code_stub = {"python": "raise NotImplementedError  # your code here"}
    c.GenerateAssignment.preprocessors = [
        theirs.LockCells,
        Gaps,
        theirs.ClearOutput,
        theirs.CheckCellMetadata,
        theirs.ComputeChecksums,
        theirs.SaveCells,
        theirs.ClearHiddenTests,
        theirs.ComputeChecksums,
        theirs.CheckCellMetadata,
    ]
    c.Autograde.sanitize_preprocessors = [
        Restore,
        theirs.OverwriteKernelspec,
        theirs.OverwriteCells,
        theirs.CheckCellMetadata,
    ]
    c.Autograde.autograde_preprocessors = [
        Run,
        theirs.LimitOutput,
        theirs.SaveAutoGrades,
        theirs.AssignLatePenalties,
        theirs.CheckCellMetadata,
    ]
    c.GenerateFeedback.preprocessors = [theirs.ClearHiddenTests, theirs.GetGrades, CSSHTMLHeaderPreprocessor]
    c.HTMLExporter.sanitize_html = True  # a submission's text is shown, and never run


class Gaps(theirs.ClearSolutions):
    """Takes solutions out. An answer without any, such as a rule that a learner states, stays as it is."""

    def preprocess_cell(self, cell, resources, cell_index):
        """One cell."""
        if is_solution(cell) and self.begin_solution_delimeter not in cell.source:
            return cell, resources
        return super().preprocess_cell(cell, resources, cell_index)


class Restore(theirs.NbGraderPreprocessor):
    """Puts back what a submission lost: marks that were edited or dropped, cells that were deleted or copied."""

    root = Unicode(help="the folder of the class").tag(config=True)

    def preprocess(self, nb, resources):
        """One submission, beside the source version of the same notebook."""
        about = resources["nbgrader"]
        source = read(Path(self.root) / "source" / about["assignment"] / f"{about['notebook']}.ipynb")
        return restored(nb, source), resources


def restored(submitted: NotebookNode, source: NotebookNode) -> NotebookNode:
    """A submission with the marks of the source version, each once, and with the cells that it must have.

    A cell is known by its id, else by its mark; of several with one mark the last counts. Outputs of cells that will
    run are cleared; others keep what the student saw, cut to what is short and no page would run.
    """
    known = {cell.id: cell for cell in source.cells if "nbgrader" in cell.metadata}
    at = {_mark(cell): place for place, cell in enumerate(submitted.cells) if _mark(cell) in known}
    at |= {cell.id: place for place, cell in enumerate(submitted.cells) if cell.get("id") in known}
    names = {place: name for name, place in at.items()}
    for place, cell in enumerate(submitted.cells):
        cell.metadata.pop("nbgrader", None)
        if place in names:
            cell.metadata.nbgrader = copy.deepcopy(known[names[place]].metadata.nbgrader)
    after = -1
    for name, cell in known.items():
        if name in at:
            after = submitted.cells.index(next(c for c in submitted.cells if _mark(c) == name))
        else:
            after += 1
            submitted.cells.insert(after, copy.deepcopy(cell))
            if not cell.metadata.nbgrader.locked and not is_grade(cell):
                submitted.cells[after].source = "# There was no answer here.\n"
    run = set(needed(submitted))
    for place, cell in enumerate(submitted.cells):
        if cell.cell_type == "code":
            cell.outputs = [] if place in run else modest(cell.get("outputs", []))
    return submitted


def _mark(cell):
    about = cell.metadata.get("nbgrader")
    return about.get("grade_id") if isinstance(about, dict) else None


class Run(theirs.Execute):
    """Runs what is needed of a submission. What hangs or kills its kernel costs that cell alone: the rest runs anew."""

    patience = Integer(900, help="seconds for a whole notebook").tag(config=True)
    importing = Integer(300, help="seconds for the cell of imports, on a busy machine").tag(config=True)

    def preprocess(self, nb, resources, km=None):
        """One submission."""
        NotebookClient.__init__(self, nb)
        self._check_assign_resources(resources)
        self.kernel_manager_class, self.shutdown_kernel = Apart, "immediate"
        self.interrupt_on_timeout, self.iopub_timeout, self.store_widget_state = False, 120, False
        left, well, self.end = needed(nb), [], time.monotonic() + self.patience
        for _ in range(STARTS):
            if left and time.monotonic() < self.end:
                left, well = self._in_a_kernel(nb, left, well)
        for place in left:
            _failed(nb.cells[place], "NotRun", "The cells above have taken all the time that there is.")
        for cell in nb.cells:
            settle(cell)
        return nb, resources

    def _in_a_kernel(self, nb, left, well):
        """Run cells in a new kernel, behind those that went well in the last one; returns what is left, and what went.

        It ends early where a cell hangs or kills the kernel; that cell is marked, and is not left.
        """
        self.extra_arguments = []
        with folders() as folder:
            self.km = self.create_kernel_manager()
            with self.setup_kernel(**self.km.settle_in(folder)):
                for place in well:
                    if not self._went_well(copy.deepcopy(nb.cells[place]), place):
                        return left, [one for one in well if one != place]
                for place in left:
                    rest = [one for one in left if one > place]
                    if not self._went_well(nb.cells[place], place):
                        return rest, well
                    well = [*well, place] if not is_grade(nb.cells[place]) else well
        return [], well

    def _went_well(self, cell, place):
        """Run a cell; whether its kernel is still of use."""
        self.room = MOST
        try:
            self.execute_cell(cell, place)
        except CellTimeoutError:
            _failed(cell, "TooSlow", f"It was stopped after {self._get_timeout(cell)} seconds.")
        except DeadKernelError:
            _failed(cell, "KernelDied", "Python was ended here, by the answer or for want of memory.")
        else:
            return True
        return False

    def _get_timeout(self, cell):
        most = self.importing if "imports" in cell.metadata.get("tags", []) else self.timeout
        return max(1, min(most, int(self.end - time.monotonic())))

    def process_message(self, msg, cell, cell_index):
        """Take what the kernel says, as long as there is room."""
        if msg["msg_type"].startswith("comm"):
            return None  # widgets of explorers and forms: nobody moves them here
        if msg["msg_type"] in ("stream", "display_data", "execute_result", "update_display_data"):
            self.room -= len(str(msg["content"]))
            if self.room < 0 and PASSED not in msg["content"].get("data", {}):
                return None
        return super().process_message(msg, cell, cell_index)


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
        _failed(cell, "NotPassed", "The test has ended without a pass.")


def _failed(cell, name, says):
    """Mark a cell as failed, in a sentence."""
    outputs = list(cell.get("outputs", []))
    cell.outputs = [*outputs, new_output("error", ename=name, evalue=says, traceback=[f"{name}: {says}"])]
