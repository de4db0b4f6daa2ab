"""How nbgrader grades a class: what a submission lost is put back, what is needed is run, a pass leaves a sign.

nbgrader's own way loses the whole submission when a kernel dies, gives all points for a test that shows nothing, and
none for one that warns. nbgrader_config.py puts these steps in the place of its own: `settings(c, __file__)`.
"""

import copy
import os
import sys
import time
import warnings
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader import preprocessors as theirs
from nbgrader.utils import is_grade, is_solution
from sqlalchemy.exc import SAWarning
from traitlets import Integer, Unicode

from helpers.kit.classroom import told
from helpers.kit.classroom.apart import Apart, folders
from helpers.kit.classroom.feedback import Page, WithoutHiddenTests
from helpers.kit.classroom.handed_in import HandedIn, hooks
from helpers.kit.classroom.hidden import PASSED
from helpers.kit.classroom.needed import needed
from helpers.kit.classroom.restored import restored
from helpers.kit.classroom.shown import (
    DIED,
    NOT_RUN,
    ROOM,
    SLOW,
    failed,
    is_lost,
    is_well,
    modest,
    settle,
    stopped,
)
from helpers.kit.parameters import read

MOST = 5 * ROOM  # letters of one cell that are looked at
# `exit()` in a cell ends no kernel.
STAYS = "--IPKernelApp.exec_lines=from IPython import get_ipython as here; here().ask_exit = lambda: None"
STARTS = 5  # kernels that one notebook may use up


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
        told.Told,
    ]
    c.Autograde.exporter_class = HandedIn
    c.Autograde.pre_convert_hook, c.Autograde.post_convert_hook = hooks(Path(file).resolve().parent)
    told.at_end(Path(file).resolve().parent)
    c.GenerateFeedback.preprocessors = [WithoutHiddenTests, theirs.GetGrades, CSSHTMLHeaderPreprocessor]
    c.GenerateFeedback.exporter_class = Page
    c.GenerateFeedback.force = True  # a page is never older than the grade that it tells
    # nbgrader's database layer says so three times a batch, and nothing is wrong.
    warnings.filterwarnings("ignore", "Object of type .* not in session", SAWarning)
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
        """One submission, beside the source version of the same notebook.

        Outputs of cells that will run are cleared; others keep what the student saw, without what a page would run.
        """
        about = resources["nbgrader"]
        source = read(Path(self.root) / "source" / about["assignment"] / f"{about['notebook']}.ipynb")
        nb, said = restored(nb, source)
        told.say(about["student"], *said)
        run = set(needed(nb))
        for place, cell in enumerate(nb.cells):
            if cell.cell_type == "code":
                cell.outputs = [] if place in run else modest(cell.get("outputs", []))
        return nb, resources


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
        self.left, self.well, self.ran, self.end = needed(nb), [], set(), time.monotonic() + self.patience
        self.twice = False
        for _ in range(STARTS):
            if self._more(nb) and time.monotonic() < self.end:
                self._in_a_kernel(nb)
        for place in set(self.left) - self.ran:
            failed(nb.cells[place], NOT_RUN, "The cells above have taken all the time that there is.")
        for cell in nb.cells:
            settle(cell)
        ran = [cell for place, cell in enumerate(nb.cells) if place in self.ran or is_grade(cell)]
        told.say(resources["nbgrader"]["student"], *stopped(ran))
        return nb, resources

    def _in_a_kernel(self, nb):
        """Run the cells that are left in a new kernel, behind those that went well in the last one.

        It ends early where a cell hangs or kills the kernel; that cell is marked, and is not left.
        """
        self.extra_arguments = [STAYS]
        with folders() as folder:
            self.km = self.create_kernel_manager()
            with self.setup_kernel(**self.km.settle_in(folder)):
                for place in list(self.well):
                    if not self._went_well(copy.deepcopy(nb.cells[place]), place):
                        self.well.remove(place)
                        return
                while self._more(nb):
                    place = self.left.pop(0)
                    cell = nb.cells[place]
                    first = cell.outputs if place in self.ran else []
                    self.ran.add(place)
                    lives = self._went_well(cell, place)
                    if first and not is_well(cell):
                        cell.outputs = [*first, *(out for out in cell.outputs if out not in first)]
                    if not lives:
                        return
                    if not is_grade(cell):
                        self.well.append(place)

    def _more(self, nb):
        """Whether anything is left; at the end, once, what went wrong and uses what is set below it."""
        if not self.left and not self.twice:
            self.twice = True
            wrong = [place for place in sorted(self.ran) if not is_well(nb.cells[place])]
            again = [place for place in wrong if not is_lost(nb.cells[place]) and _looks_below(nb, place)]
            self.left = sorted(again, key=lambda place: bool(is_grade(nb.cells[place])))
        return bool(self.left)

    def _went_well(self, cell, place):
        """Run a cell; whether its kernel is still of use."""
        self.room = MOST
        try:
            self.execute_cell(cell, place)
        except CellTimeoutError:
            failed(cell, SLOW, f"It was stopped after {self._get_timeout(cell)} seconds.")
        except DeadKernelError:
            failed(cell, DIED, "Python was ended here, by the answer or for want of memory.")
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


def _looks_below(nb, place):
    """Whether a cell uses what a cell below it sets, as it may in a notebook that is not run in order."""
    return any(at > place and not is_grade(nb.cells[at]) for at in needed(nb, {place}))
