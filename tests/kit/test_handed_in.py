"""A right answer has its points in whatever form an editor, a browser or a student's habit brings it.

Run here are nbgrader's steps and ours but for the kernel: cells run in this process, by the lesson's own checks.
"""

import copy
import json
import re
from pathlib import Path

import nbformat
import pytest
from forms_of_hand_ins import FORMS
from hand_ins import (
    BOTH,
    OTHER_TEST,
    RIGHT,
    TEST,
    WRONG,
    at,
    cells_of,
    graded,
    handed_in,
    run_here,
    small,
    solved,
    text,
    versions,
)
from IPython.core.error import StdinNotImplementedError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from helpers.kit.classroom import build, told
from helpers.kit.classroom.beside import REMARK
from helpers.kit.classroom.exercises import exercises
from helpers.kit.classroom.handed_in import HandedIn, hooks, parsed
from helpers.kit.classroom.hidden import ASKS
from helpers.kit.classroom.restored import restored
from helpers.kit.classroom.shown import DIED, NOT_RUN, SLOW, failed, stopped
from helpers.kit.classroom.source import answered
from helpers.kit.gaps import with_gaps
from helpers.kit.parameters import read


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


WORDS = "My rule: RL moves the goal by more than 0.1, since that is what one would notice."


def beside(name, cell, *, above=False):
    """A change: all but one thing is answered, and a cell of the student's own stands beside it."""

    def change(notebook):
        gap = cells_of(notebook)[name].source
        solved(notebook)
        cells_of(notebook)[name].source = gap
        notebook.cells.insert(at(notebook, name) + (not above), cell)

    return change


def into_the_text_above(notebook):
    beside("judge", new_markdown_cell(" "))(notebook)
    place = max(at for at in range(at_judge(notebook)) if notebook.cells[at].cell_type == "markdown")
    notebook.cells[place].source += f"\n\n{WORDS}"


def at_judge(notebook):
    return at(notebook, "judge")


@pytest.mark.parametrize("path", build.lessons([]), ids=lambda path: path.name[:2])
def test_in_the_courses_own_lesson_no_student_has_written_beside_a_gap(path):
    solution = read(path)
    _, said = restored(with_gaps(solution), versions(solution)[0])
    assert said == ["nothing is written in it: all gaps are as they were"]


@pytest.mark.parametrize("name", ["judge", "towards", "when_equal"])
@pytest.mark.parametrize(
    "cell",
    [
        new_markdown_cell(WORDS),
        new_markdown_cell("我的规则强化学习使目标移动超过零点一"),
        new_markdown_cell("![](attachment:rule.png)"),
        new_raw_cell(WORDS),
        new_code_cell(f"# {WORDS}"),
        new_code_cell('says = "RL moves it"\nmatters = 0.1'),
    ],
)
@pytest.mark.parametrize("above", [False, True])
def test_what_was_written_in_words_beside_a_missing_answer_is_said_to_whoever_grades(name, cell, above):
    passed, said, notebook = graded(handed_in(beside(name, copy.deepcopy(cell), above=above)))
    assert passed == BOTH - {name}
    assert [line for line in said if "wrote in a cell near it" in line and f"`{name}`" in line] == said
    (answer,) = [cell for cell in notebook.cells if cell.id == name]
    assert REMARK.strip() in answer.source and len(said) == 1


def test_a_rule_that_was_stated_in_words_waits_for_a_person_and_the_one_that_was_not_has_0_by_itself():
    for change, waits in ((into_the_text_above, True), (beside("judge", new_markdown_cell(" ")), False)):
        _, said, notebook = graded(handed_in(change))
        (judge,) = [cell for cell in notebook.cells if cell.id == "judge"]
        assert (judge.source != cells_of(small()[0])["judge"].source) is waits is bool(said)


def test_words_beside_what_was_answered_and_few_words_are_no_remark():
    def change(notebook):
        solved(notebook)
        notebook.cells[1:1] = [new_markdown_cell("My notes on all of this lesson")]
        notebook.cells.append(new_markdown_cell("Done!"))

    passed, said, _ = graded(handed_in(change))
    assert passed == BOTH and not said


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


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b" \n", "the file is empty"),
        (b"{\n", "the file is no notebook, or not the whole of one (no JSON at line 2)"),
        (b"\x89PNG", "the file is no notebook, or not the whole of one (no JSON at line 1)"),
        (b"{\n<<<<<<< HEAD\n", "two versions stand in the file, with git's marks between them"),
        (b"[]", "the file is no notebook (this is no notebook: there is no `nbformat` in it)"),
        (b'{"nbformat": 4}', "the file is no notebook (The notebook is invalid"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_the_reason(tmp_path, monkeypatch, raw, says):
    monkeypatch.setattr(told, "_said", {})
    file = tmp_path / "ada/00/00_x_class.ipynb"
    file.parent.mkdir(parents=True)
    file.write_bytes(raw)
    with pytest.raises(Exception), file.open() as opened:  # noqa: B017  each library has its own
        HandedIn().from_file(opened)
    (line,) = told.lines()
    assert line.startswith("ada: not graded") and says in line


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


def test_an_answer_that_uses_another_one_that_is_wrong_is_said_at_the_end(monkeypatch):
    monkeypatch.setattr(told, "_said", {})
    notebook = copy.deepcopy(small()[1])
    cells = solved(notebook)
    cells["towards"].source = WRONG
    cells[
        "when_equal"
    ].source = "def when_equal(score, value, level):\n    return float(towards(score, value).sum())"
    graded(nbformat.writes(notebook).encode())
    assert told._said["ada"] == [
        "`when_equal` uses `towards`, which has not passed either: look whether points hang on it"
    ]


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
