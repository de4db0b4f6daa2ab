"""A right answer has its points in whatever form an editor, a browser or a student's habit brings it.

Run here are nbgrader's steps and ours but for the kernel: cells run in this process, by the lesson's own checks.
"""

import contextlib
import copy
import functools
import io
import json
import re
from pathlib import Path

import nbformat
import pytest
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_code_cell, new_output

from helpers.kit.classroom import build, told
from helpers.kit.classroom.exercises import exercises
from helpers.kit.classroom.grading import Gaps, Run
from helpers.kit.classroom.handed_in import hooks, parsed
from helpers.kit.classroom.hidden import ASKS, PASSED
from helpers.kit.classroom.restored import HIDDEN, restored
from helpers.kit.classroom.shown import DIED, NOT_RUN, SLOW, failed, stopped
from helpers.kit.classroom.source import answered, source_version
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


FORMS = {}


def form(change):
    """A way of handing in two right answers."""
    FORMS[change.__name__] = change
    return change


@form
def as_it_is(notebook):
    solved(notebook)


@form
def ids_changed(notebook):
    solved(notebook)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"new-{number}"


@form
def marks_dropped(notebook):
    solved(notebook)
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)


@form
def marks_ids_and_tags_dropped_as_nbstripout_does(notebook):
    solved(notebook)
    for number, cell in enumerate(notebook.cells):
        cell.metadata, cell.id = nbformat.from_dict({}), f"new-{number}"
    notebook.metadata = nbformat.from_dict({})


@form
def saved_by_colab(notebook):
    """Ids go to the metadata, the notebook to format 4.0."""
    marks_dropped(notebook)
    for cell in notebook.cells:
        cell.metadata.id = cell.pop("id")
    notebook.nbformat_minor = 0


@form
def copied_by_colab_which_gives_new_ids(notebook):
    saved_by_colab(notebook)
    for number, cell in enumerate(notebook.cells):
        cell.metadata.id = f"x{number}"


@form
def all_ids_the_same(notebook):
    solved(notebook)
    for cell in notebook.cells:
        cell.id = "towards"


@form
def answers_twice_the_gap_left(notebook):
    """Copied as JupyterLab does, same mark, new id; worked out below the check."""
    cells = cells_of(notebook)
    for name, test in (("towards", TEST), ("when_equal", OTHER_TEST)):
        again = copy.deepcopy(cells[name])
        again.id, again.source = f"{name}-2", RIGHT[name]
        notebook.cells.insert(at(notebook, test) + 1, again)


@form
def copied_with_the_same_id_as_vs_code_does(notebook):
    cells = cells_of(notebook)
    for name in BOTH:
        again = copy.deepcopy(cells[name])
        again.source = RIGHT[name]
        notebook.cells.append(again)


@form
def answers_in_cells_of_their_own_at_the_end(notebook):
    notebook.cells += [new_code_cell(source) for source in RIGHT.values()]


@form
def answers_moved_to_the_end(notebook):
    solved(notebook)
    for name in ("when_equal", "towards"):
        moved(notebook, name, len(notebook.cells))


@form
def checks_moved_to_the_top(notebook):
    solved(notebook)
    for name in (TEST, OTHER_TEST):
        moved(notebook, name, 0)


@form
def checks_and_imports_deleted(notebook):
    solved(notebook)
    notebook.cells = [cell for cell in notebook.cells if cell.id not in (TEST, OTHER_TEST, "imports")]


@form
def merged_with_their_tests_the_mark_of_the_answer(notebook):
    cells = solved(notebook)
    for name, test in (("towards", TEST), ("when_equal", OTHER_TEST)):
        cells[name].source += f"\n\n{cells[test].source}"
        notebook.cells.remove(cells[test])


@form
def merged_with_their_tests_the_mark_of_the_test(notebook):
    cells = solved(notebook)
    for name, test in (("towards", TEST), ("when_equal", OTHER_TEST)):
        cells[test].source = f"{cells[name].source}\n\n{cells[test].source}"
        notebook.cells.remove(cells[name])


@form
def merged_with_each_other(notebook):
    cells = solved(notebook)
    cells["towards"].source += f"\n\n\n{cells['when_equal'].source}"
    notebook.cells.remove(cells["when_equal"])


@form
def all_in_one_cell_the_mark_of_the_imports(notebook):
    cells = solved(notebook)
    for cell in list(notebook.cells):
        if cell.cell_type == "code" and cell is not cells["imports"]:
            cells["imports"].source += f"\n\n{cell.source}"
            notebook.cells.remove(cell)


@form
def split_in_two_with_the_same_mark(notebook):
    cells = solved(notebook)
    first = copy.deepcopy(cells["towards"])
    cells["towards"].source = "def towards(agent, coin):\n    return bigger(coin, agent).long()"
    first.id, first.source = "first", "def bigger(a, b):\n    return a > b"
    notebook.cells.insert(at(notebook, "towards"), first)
    last = copy.deepcopy(cells["when_equal"])
    last.id, last.source = "last", "when_equal"
    notebook.cells.insert(at(notebook, "when_equal") + 1, last)


@form
def turned_markdown_and_back(notebook):
    cells = solved(notebook)
    for name in BOTH:
        cells[name].outputs, cells[name].execution_count = [], None
        cells[name].metadata.pop("deletable", None)


@form
def left_as_markdown_and_as_raw(notebook):
    cells = solved(notebook)
    for name, kind in (("towards", "markdown"), ("when_equal", "raw")):
        del cells[name]["outputs"], cells[name]["execution_count"]
        cells[name].cell_type = kind


@form
def imports_beside_the_courses(notebook):
    """In the imports cell, whose lock an editor does not know."""
    cells = solved(notebook)
    cells["imports"].source += "\nimport operator\nfrom math import nan"
    cells["towards"].source = "def towards(agent, coin):\n    return operator.gt(coin, agent).long()"
    cells["when_equal"].source = RIGHT["when_equal"].replace("float('nan')", "nan")


@form
def imports_in_cells_of_their_own_below(notebook):
    imports_beside_the_courses(notebook)
    cells_of(notebook)["imports"].source = small()[1].cells[1].source
    notebook.cells += [new_code_cell("import operator"), new_code_cell("from math import nan")]


@form
def everything_of_a_module_imported(notebook):
    cells = solved(notebook)
    notebook.cells.insert(2, new_code_cell("from operator import *"))
    cells["towards"].source = "def towards(agent, coin):\n    return gt(coin, agent).long()"


@form
def helpers_of_their_own_far_below(notebook):
    cells = solved(notebook)
    cells["towards"].source = "def towards(agent, coin):\n    return bigger(coin, agent).long()"
    notebook.cells += [new_code_cell("def bigger(a, b):\n    return compare_them(a, b)")]
    notebook.cells += [new_code_cell("compare_them = lambda a, b: a > b")]


@form
def written_out_of_order(notebook):
    """The answer needs, as it is made, what stands below it."""
    cells = solved(notebook)
    cells["towards"].source = "@plain\ndef towards(agent, coin):\n    return (coin > agent).long()"
    notebook.cells.append(new_code_cell("plain = lambda function: function"))


@form
def a_table_filled_in_another_cell(notebook):
    cells = solved(notebook)
    notebook.cells[2:2] = [new_code_cell("ways = {}"), new_code_cell("for k in (0, 1):\n    ways[k] = k")]
    notebook.cells[4:4] = [new_code_cell("more = []"), new_code_cell("more.append(ways)")]
    cells["towards"].source = "def towards(agent, coin):\n    return (coin > agent).long() * more[0][1]"


@form
def magics(notebook):
    cells = solved(notebook)
    cells["towards"].source = f"%%time\n{RIGHT['towards'].replace('(coin > agent)', 'bigger(coin, agent)')}"
    notebook.cells.insert(2, new_code_cell("%%capture\n%time 1\ndef bigger(a, b):\n    return a > b"))
    cells["when_equal"].source += "\n%timeit -n 1 -r 1 1 + 1\n!true"


@form
def other_kinds_of_function(notebook):
    cells = solved(notebook)
    cells["towards"].source = "towards = lambda agent, coin: (coin > agent).long()"
    cells["when_equal"].source = (
        "class At:\n    def __call__(self, score, value, level):\n        there = score >= level\n"
        "        return value[there.argmax()] if there.any() else float('nan')\n\nwhen_equal = At()"
    )
    marks_dropped(notebook)


@form
def formatted(notebook):
    """Whole notebooks are run through formatters, and lines end as on Windows."""
    cells = solved(notebook)
    for cell in notebook.cells:
        cell.source = cell.source.replace("\n", "\r\n") + "\r\n"
    cells["imports"].source = "\n".join(sorted(cells["imports"].source.split("\r\n")))
    cells[TEST].source = "check_towards( towards )"


@form
def a_wrong_attempt_kept_above(notebook):
    solved(notebook)
    notebook.cells.insert(at(notebook, "towards"), new_code_cell(WRONG))


@form
def the_first_attempt_kept_and_the_right_one_below(notebook):
    cells = solved(notebook)
    cells["towards"].source = WRONG
    notebook.cells.append(new_code_cell(RIGHT["towards"]))


@form
def broken_on_purpose_below(notebook):
    solved(notebook)
    notebook.cells.append(new_code_cell(WRONG))


@form
def the_gaps_line_left_below(notebook):
    cells = solved(notebook)
    cells["towards"].source += f"\n    {GAP}"


@form
def headings_gone(notebook):
    solved(notebook)
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]


@form
def cells_backwards(notebook):
    solved(notebook)
    notebook.cells.reverse()


@form
def a_module_written_by_a_magic(notebook):
    cells = solved(notebook)
    notebook.cells[2:2] = [
        new_code_cell("%%writefile signs_of_mine.py\ndef bigger(a, b):\n    return a > b"),
        new_code_cell("import sys; sys.path.insert(0, '')\nimport signs_of_mine"),
    ]
    cells["towards"].source = "def towards(agent, coin):\n    return signs_of_mine.bigger(coin, agent).long()"


def handed_in(change):
    notebook = copy.deepcopy(small()[1])
    change(notebook)
    return json.dumps(notebook).encode()


@pytest.mark.parametrize("name", FORMS)
def test_two_right_answers_have_their_points_in_every_form(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    passed, said, notebook = graded(handed_in(FORMS[name]))
    assert passed == BOTH, (said, [text(notebook, test) for test in (TEST, OTHER_TEST)])
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids) and not [line for line in said if "nothing is written" in line]


@pytest.mark.parametrize("path", build.lessons([]), ids=lambda path: path.name[:2])
def test_the_right_submission_of_each_lesson_passes_every_test_of_it(path):
    solution = read(path)
    source, release = versions(solution)
    notebook, said = restored(parsed(nbformat.writes(answered(release, source)).encode()), source)
    assert run_here(notebook) == {one.check for one in exercises(solution) if one.check} and not said


# What is said of it


def test_a_notebook_of_gaps_is_said_to_be_one_and_a_rule_alone_is_something():
    def stated(notebook):
        cells_of(notebook)["judge"].source += "\n# mine"

    for change, nothing in (
        (lambda notebook: None, True),
        (stated, False),
    ):
        passed, said, _ = graded(handed_in(change))
        assert not passed and any("nothing is written" in line for line in said) is nothing


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (WRONG, "other way round"),
        ("def towards(agent, coin)\n    return 1", "expected ':'"),
        ("def towards(agent, coin):\n    return undefined_thing", "undefined_thing"),
        ("def towards(agent, coin):\n    pass", "Is a `return` missing?"),
        ("def toward(agent, coin):\n    return 1", "name 'towards' is not defined"),
    ],
)
@pytest.mark.parametrize("where", ["without marks", "at the end, the gap left"])
def test_a_wrong_answer_gets_its_word_wherever_it_stands(source, says, where):
    def change(notebook):
        if where == "at the end, the gap left":
            notebook.cells.append(new_code_cell(source))
            return
        FORMS["marks_ids_and_tags_dropped_as_nbstripout_does"](notebook)
        (cell,) = [cell for cell in notebook.cells if cell.source == RIGHT["towards"]]
        cell.source = source

    passed, _, notebook = graded(handed_in(change))
    said = " ".join(out.get("evalue", "") for cell in notebook.cells for out in cell.get("outputs", []))
    assert "towards" not in passed
    assert says in said or ("not defined" in says and "Not attempted yet" in said)  # by another name: a gap


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "marks_ids_and_tags_dropped_as_nbstripout_does",
            "`towards` stood in a cell without its mark, and was found by its name",
        ),
        ("merged_with_each_other", "`when_equal` stands in one cell with `towards`"),
        (
            "imports_beside_the_courses",
            "what was written into the cell `imports` stays, in a cell of its own",
        ),
        ("as_it_is", None),
        ("checks_and_imports_deleted", None),
    ],
)
def test_what_was_odd_is_said_and_nothing_else(name, says):
    _, said, _ = graded(handed_in(FORMS[name]))
    assert said == [] if says is None else says in said


def test_what_a_student_wrote_is_all_there_whatever_was_put_right():
    for name, change in FORMS.items():
        raw = handed_in(change)
        notebook, _ = restored(parsed(raw), small()[0])
        whole = "\n".join(cell.source for cell in notebook.cells)
        lost = [
            line
            for cell in json.loads(raw)["cells"]
            for line in "".join(cell["source"]).splitlines()
            if line.strip() not in whole
        ]
        assert not lost, name


@pytest.mark.parametrize("name", ["merged_with_each_other", "all_in_one_cell_the_mark_of_the_imports"])
def test_a_rule_that_was_stated_is_there_for_a_person_even_where_cells_were_merged(name):
    _, _, notebook = graded(handed_in(FORMS[name]))
    (judge,) = [cell for cell in notebook.cells if cell.id == "judge"]
    assert "matters=0.1" in judge.source


@pytest.mark.parametrize("gone", [False, True])
def test_a_rule_that_was_not_stated_stays_as_it_was_so_that_it_has_0_by_itself(gone):
    def change(notebook):
        FORMS["marks_ids_and_tags_dropped_as_nbstripout_does"](notebook)
        (cell,) = [
            cell for cell in notebook.cells if "my_rule(" in cell.source and "import" not in cell.source
        ]
        cell.source = cells_of(small()[1])["judge"].source
        if gone:
            notebook.cells.remove(cell)

    notebook, _ = restored(parsed(handed_in(change)), small()[0])
    (judge,) = [cell for cell in notebook.cells if cell.id == "judge"]
    assert judge.source == cells_of(small()[0])["judge"].source


# The file


@pytest.mark.parametrize(
    "written",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-32-le"),
        lambda text: text.replace(
            '"cells": [',
            '"cells": [{"cell_type": "markdown", "metadata": {}, "source": "\\ud83d half a smile"}, ',
            1,
        ).encode(),
        lambda text: text.replace(
            '"metadata": {', '"metadata": {"width": NaN, "height": -Infinity, ', 1
        ).encode(),
        lambda text: text.replace("A teacher", "A te\xe9cher").encode("latin-1", "replace"),
        lambda text: json.dumps(json.loads(text), indent=4).replace("\n", "\r\n").encode(),
        lambda text: text.replace('"execution_count": null, ', "").replace('"outputs": [], ', "").encode(),
    ],
    ids=["BOM", "UTF-16", "UTF-32", "half a letter", "no number", "Latin-1", "Windows", "no outputs"],
)
def test_a_file_is_read_as_far_as_it_can_be(written):
    passed, _, notebook = graded(written(handed_in(FORMS["as_it_is"]).decode()))
    assert passed == BOTH and nbformat.writes(notebook).encode("utf-8")


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"5", b"{}", b"PK\x03\x04", b"<html>", b'{"nbformat": 4}'])
def test_what_is_no_notebook_is_refused(raw):
    with pytest.raises((ValueError, KeyError, AttributeError, nbformat.ValidationError)):
        parsed(raw)


def nobody(*_):
    raise StdinNotImplementedError("this frontend does not support input requests")


@pytest.mark.parametrize(
    ("cause", "says"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("never_set", "NameError"),
        ("open('mine.csv').read()", "FileNotFoundError"),
        ("__import__('my_module')", "ModuleNotFoundError"),
        ("input('How many? ')", r"it asks a reader, by input\(\)"),
    ],
)
def test_what_stopped_above_an_answer_and_cost_points_is_said_at_the_end(cause, says, monkeypatch):
    monkeypatch.setattr(told, "_said", {})
    monkeypatch.setattr("builtins.input", nobody)
    notebook = copy.deepcopy(small()[1])
    cells = solved(notebook)
    cells["towards"].source = f"{RIGHT['towards']}  + SIGN"
    for name, source in (("towards", f"# mine\n\nSIGN = {cause}"), ("when_equal", "UNUSED = 1 / 0")):
        notebook.cells.insert(at(notebook, name), new_code_cell(source))
    passed, _, _ = graded(nbformat.writes(notebook).encode())
    (said,) = told._said["ada"]
    assert passed == {"when_equal"}
    assert re.fullmatch(rf"`SIGN = .*` stopped \({says}\): look whether points hang on it", said)


def test_a_wrong_answer_and_what_costs_nothing_are_not_said_at_the_end(monkeypatch):
    monkeypatch.setattr(told, "_said", {})
    for change in ({"towards": WRONG}, {}):
        notebook = copy.deepcopy(small()[1])
        cells = solved(notebook)
        for name, source in change.items():
            cells[name].source = source
        notebook.cells.insert(0, new_code_cell("coin = 1\n1 / 0" if not change else "coin = 1"))
        graded(nbformat.writes(notebook).encode())
    assert told._said == {"ada": []}


@pytest.mark.parametrize("ename", [SLOW, DIED, NOT_RUN])
def test_a_test_that_was_not_run_to_its_end_is_said(ename):
    test = copy.deepcopy(cells_of(small()[0])[TEST])
    failed(test, ename, "it took too long")
    assert stopped([test]) == [f"the test `{TEST}` stopped ({ename}): look whether points hang on it"]
    test.outputs = []
    failed(test, "NotPassed", f"Your function stopped with EOFError: {ASKS} a reader.")
    assert stopped([test]) == [
        f"the test `{TEST}` stopped (it asks a reader, by input()): look whether points hang on it"
    ]


@pytest.fixture
def in_a_class(tmp_path, monkeypatch):
    """Files of a student lie in a class; returns what `before` makes of them, and what is there then."""
    monkeypatch.setattr(told, "_said", {})
    (tmp_path / "source/00").mkdir(parents=True)
    (tmp_path / "source/00/00_x_class.ipynb").write_text("{}")
    there = tmp_path / "submitted/ada/00"
    there.mkdir(parents=True)

    def hand(*names):
        for name in names:
            (there / name).write_text(name)
        before, after = hooks(tmp_path)
        notebooks = sorted(str(there / name) for name in names)
        before("00", "*", notebooks)
        taken = {path: path.read_text() for path in map(Path, notebooks)}
        after("00", "*", notebooks)
        left = sorted(path.name for path in there.iterdir())
        return {path.name: text for path, text in taken.items()}, left == sorted(names), told.lines()[0]

    return hand


@pytest.mark.parametrize(
    ("names", "taken", "says"),
    [
        (["00_x_class.ipynb"], "00_x_class.ipynb", "error above"),
        (["00_x_class (1).ipynb"], "00_x_class (1).ipynb", "the file was called 00_x_class (1).ipynb"),
        (["my work.ipynb"], "my work.ipynb", "the file was called my work.ipynb"),
        (
            ["00_x_class.ipynb", "00_x_class (1).ipynb"],
            "00_x_class.ipynb",
            "not looked at: 00_x_class (1).ipynb",
        ),
        (
            ["a.ipynb", "b.ipynb"],
            None,
            "no file is called 00_x_class.ipynb: give that name to the one that counts",
        ),
    ],
)
def test_a_single_file_of_another_name_is_taken_and_nothing_stays_behind(in_a_class, names, taken, says):
    found, as_before, said = in_a_class(*names)
    assert as_before and says in said and said.startswith("ada: ")
    if taken:
        assert found["00_x_class.ipynb"] == taken
