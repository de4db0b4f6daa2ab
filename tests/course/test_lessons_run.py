"""Lessons at small size, as a reader uses them: unsolved, numbers turned, cells run again, from the last to the first.

From top to bottom at full size runs each solution, under nbval; in a browser, test_browser.py runs each lesson in small
with nothing else turned.
"""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from tiny import in_small, small_settings

from helpers.kit.parameters import with_parameters
from helpers.kit.stale import SURE

LESSONS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb"))
LIMIT = 3600  # seconds for one cell: a busy machine is slow
OTHERS = range(
    400, 403
)  # in a hurry: none is among the seeds that are only looked at, and three have no interval
TURNED = {"01": {"BETA": 0.6}, "03": {"TOGETHER": 0.45}} | {
    number: {"SEEDS": OTHERS} for number in ("02", "04", "06", "07")
}
A_WORD_OR_REASONS = """
from helpers.kit.verdicts import Verdict
verdicts = [one for one in globals().values() if isinstance(one, Verdict)]
assert verdicts and all(one.valid or one.reasons for one in verdicts)
"""


def said(cell):
    """What a cell has printed and shown, without the remark of a verdict that cells ran in another order."""
    kinds = ("text/markdown", "text/html", "text/plain")
    shown = []
    for output in cell.outputs:
        data = output.get("data", {})
        shown.append(output.get("text") or next((data[kind] for kind in kinds if kind in data), ""))
    lines = [line for each in shown for line in str(each).splitlines()]
    return [line for line in lines if not line.endswith(SURE)]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_cells_run_a_second_time_and_backwards_say_the_same_and_verdicts_have_a_word_or_reasons(path):
    lesson = with_parameters(in_small(path), TURNED.get(path.name[:2], {}))
    code = [cell for cell in lesson.cells if cell.cell_type == "code"]
    order = [*range(len(code)), *reversed(range(len(code)))]
    sources = [*(code[place].source for place in order), A_WORD_OR_REASONS]
    lesson.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    where = {"metadata": {"path": str(path.parent)}}
    # a busy machine hands over in two pieces what is one line
    NotebookClient(lesson, timeout=LIMIT, resources=where, coalesce_streams=True).execute()
    first = {}
    for place, cell in zip(order, lesson.cells[:-1], strict=True):
        assert said(cell) == first.setdefault(place, said(cell)), code[place].source


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_in_small_has_other_numbers_and_the_same_cells(path):
    lesson, small = nbformat.read(path, as_version=4), in_small(path)
    changed = [
        before
        for before, after in zip(lesson.cells, small.cells, strict=True)
        if before.source != after.source
    ]
    assert changed and all("parameters" in cell.metadata.tags for cell in changed)


def test_seeds_and_steps_are_found_by_name_and_the_rest_stays():
    written = {"SEEDS": "range(100, 164)", "LIVE_STEPS": "100", "STEPS": "3", "RATE": "0.1", "STEPSIZE": "50"}
    written |= {"TEST_SEEDS": "[1, 2, 3, 4, 5]", "MORE_STEPS": "2 * STEPS"}
    expected = {"SEEDS": range(100, 104), "LIVE_STEPS": 10, "STEPS": 1, "TEST_SEEDS": [1, 2, 3, 4]}
    assert small_settings(written) == expected
