"""Lessons as files: numbers turned by name, what is stored, and that nothing which somebody wrote is replaced."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

from helpers.kit import gaps, notebooks
from helpers.kit.parameters import setting, with_parameters
from helpers.kit.pictures import picture
from helpers.kit.plots import panels
from helpers.kit.rules import Rule

LESSONS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb"))
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def notebook(*sources, tagged=None):
    """A notebook of code cells, the one at place `tagged` with the tag `parameters`."""
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{at}") for at, source in enumerate(sources)]
    if tagged is not None:
        cells[tagged].metadata["tags"] = ["parameters"]
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})


# Numbers that a reader may turn

CELL = "SEEDS = range(100, 164)\nSTEPS, RATE = 100, 3e-3  # größe\nNAMES = [\n    'a',\n    'b',\n]; ONE: int = 1"


def turned(settings, source=CELL):
    """What the names of a cell are after `settings`."""
    names = {}
    exec(with_parameters(notebook(source, tagged=0), settings).cells[0].source, names)
    return {name: value for name, value in names.items() if name.isupper()}


def test_each_name_is_set_alone_and_the_others_stay():
    before = turned({})
    for name, value in {
        "SEEDS": range(4),
        "STEPS": 20,
        "RATE": -0.5,
        "NAMES": ["ö", "y"],
        "ONE": None,
    }.items():
        assert turned({name: value}) == before | {name: value}


def test_several_names_of_one_line_are_set_together():
    assert turned({"RATE": 1.5, "STEPS": 1000000}) == turned({}) | {"RATE": 1.5, "STEPS": 1000000}


def test_comments_stay_and_the_notebook_itself_is_left_alone():
    lesson = notebook(CELL, tagged=0)
    changed = with_parameters(lesson, {"STEPS": 7}).cells[0].source
    assert changed == CELL.replace("STEPS, RATE = 100", "STEPS, RATE = 7")
    assert lesson.cells[0].source == CELL


@pytest.mark.parametrize(
    "settings, source",
    [
        ({"STPES": 1}, CELL),
        ({"A": 1}, "A, B = both()"),
        ({"A": 1}, "A = B = 1"),
        ({"A": 1}, "A, *B = 1, 2"),
        ({"A": 1}, "for A in range(3): pass"),
        ({"A": 1}, "A += 1"),
    ],
)
def test_a_name_that_is_not_set_alone_is_refused(settings, source):
    with pytest.raises(ValueError, match=f"called {next(iter(settings))}; there are"):
        turned(settings, source)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), np.float64(1), print, {1: {2: len}}])
def test_a_value_that_cannot_be_written_is_refused(value):
    with pytest.raises(ValueError, match="STEPS: a number, text, list or range is meant"):
        turned({"STEPS": value})


@pytest.mark.parametrize(
    "settings",
    [
        {"STEPS": "20"},
        {"STEPS": [20]},
        {"RATE": True},
        {"SEEDS": "range(4)"},
        {"SEEDS": {1: 2}},
        {"NAMES": "a"},
        {"NAMES": 3},
        {"ONE": range(3)},
    ],
)
def test_a_value_of_another_kind_is_refused_and_the_cell_named(settings):
    ((name, value),) = settings.items()
    said = f"00_a.ipynb, cell 2: {name} is .*such as .*got .*{re.escape(repr(value))}"
    with pytest.raises(ValueError, match=said):
        with_parameters(notebook("import x", CELL, tagged=1), settings, "00_a.ipynb")


@pytest.mark.parametrize(
    "name, value", [("SEEDS", 4), ("SEEDS", [1, 2]), ("STEPS", 2.5), ("NAMES", ()), ("SUM", "text")]
)
def test_a_value_of_the_same_kind_or_of_one_that_is_computed_is_taken(name, value):
    assert turned({name: value}, CELL + "\nSUM = STEPS + 1")[name] == value


BROKEN = [
    "STEPS = [1, 2",
    "STEPS = 3 3",
    "STEPS = 'a",
    "  STEPS = 1",
    "%time STEPS = 1",
    "(" * 5000,
    "A = 1\0",
]


@pytest.mark.parametrize("source", BROKEN, ids=range(len(BROKEN)))
def test_a_cell_of_numbers_that_is_no_python_is_named_with_its_file(folder, source, capsys):
    lesson = written(folder / "07_broken.ipynb", "import math", source, tagged=1)
    assert notebooks.main(["run", str(lesson), "--set", "STEPS=3"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("07_broken.ipynb, cell 2") and "not plain Python" in said and said.count("\n") == 1


def test_what_is_set_wrongly_is_told_with_the_file(folder, capsys):
    lesson = written(folder / "07_good.ipynb", "STEPS = 1", tagged=0)
    for typed, said in (
        ("STEPS='x'", "07_good.ipynb, cell 1: STEPS is a number"),
        ("S=1", "07_good.ipynb: no"),
    ):
        assert notebooks.main(["run", str(lesson), "--set", typed]) == 2
        assert said in capsys.readouterr().err


def test_a_lesson_without_the_tag_says_so():
    with pytest.raises(ValueError, match="no cell is tagged"):
        with_parameters(notebook("STEPS = 1"), {"STEPS": 2})


def test_a_typed_setting_is_read():
    typed = [
        "STEPS=20",
        "SEEDS=range(4)",
        "RATE= -1e-3",
        "NAMES=['a b', \"c=d\"]",
        "X=None",
        "Y=range(2, 8, 3)",
    ]
    values = {
        "STEPS": 20,
        "SEEDS": range(4),
        "RATE": -1e-3,
        "NAMES": ["a b", "c=d"],
        "X": None,
        "Y": range(2, 8, 3),
    }
    assert dict(setting(text) for text in typed) == values


@pytest.mark.parametrize(
    "text", ["STEPS", "=3", "A B=3", "STEPS=", "STEPS=open('x')", "STEPS=range(stop=3)", "S=range()"]
)
def test_a_setting_that_is_none_is_refused(text):
    with pytest.raises(ValueError):
        setting(text)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_lesson_has_numbers_to_turn_and_its_solution_has_the_same(path):
    def known(file):
        with pytest.raises(ValueError, match=r"there are [A-Z]") as refused:
            with_parameters(nbformat.read(file, as_version=4), {"NOTHING": 1})
        return str(refused.value)

    assert known(path) == known(notebooks.solution_of(path))


# Running


@pytest.fixture
def folder(tmp_path):
    """A course of one empty folder of lessons, in a git repository."""
    folder = tmp_path / "my cöurse/notebooks"
    (folder / "solutions").mkdir(parents=True)
    git(folder, "init", "-q")
    return folder


def git(folder, *arguments):
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder):
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "as it is")


def written(path, *sources, tagged=None):
    nbformat.write(notebook(*sources, tagged=tagged), path)
    return path


def contents(folder):
    """What stands in each file of a folder but git's."""
    files = [path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_run_prints_one_line_each_and_writes_nothing(folder, capsys):
    good = written(folder / "00_good.ipynb", "SIZE = 1", "assert SIZE == 3", tagged=0)
    bad = written(folder / "01_bad.ipynb", "x = 1", "x = undefined  # here\nx")
    before = contents(folder.parent)
    assert notebooks.main(["run", str(good), "--set", "SIZE=3"]) == 0
    assert notebooks.main(["run", str(good), str(bad)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("00_good: ok, 0.") and len(lines) == 3
    assert "in cell 2 `assert SIZE == 3`: AssertionError" in lines[1]
    assert "in cell 2 `x = undefined  # here`: NameError: name 'undefined' is not defined" in lines[2]
    assert contents(folder.parent) == before


def test_what_is_predicted_in_a_run_without_a_reader_is_kept_nowhere(folder, monkeypatch):
    mine = folder / "mine.jsonl"
    monkeypatch.setenv("INNER_ALIGNMENT_PREDICTIONS", str(mine))
    keep = 'from helpers.kit import predictions\nassert "mine" not in str(predictions.FILE)\n'
    keep += 'assert not predictions.FILE.exists()\npredictions.predict("00.a", {"SFT": 0.5})'
    path = written(folder / "00_asks.ipynb", "SIZE = 1", keep, tagged=0)
    before = contents(folder.parent)
    assert notebooks.run(path) and contents(folder.parent) == before and not mine.exists()


def test_a_copy_beside_a_lesson_is_not_run_in_its_place(folder):
    for name in (
        "00_start.ipynb",
        "00_a.ipynb",
        "00_start_old.ipynb",
        "01_two.ipynb",
        "solutions/00_start.ipynb",
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("{}")
    lessons = lambda *asked: [path.name for path in notebooks.lessons(asked, folder)]
    assert lessons("00") == lessons("00_start") == ["00_start.ipynb"]
    assert lessons("all") == ["00_start.ipynb", "01_two.ipynb"]


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["run", "42"], "no lesson 42; there are: 00, 01"),
        (["run", "00", "--set", "STPES=3"], "called STPES; there are SEEDS, STEPS"),
        (["run", "00", "--set", "STEPS"], "looks like STEPS=20"),
        (["run", "00", "--set", "STEPS=20", "STEPS=30"], "STEPS is set twice, to 20 and to 30"),
        (["run", "00", "--set", "STEPS=20", "--set", "STEPS=30"], "STEPS is set twice, to 20 and to 30"),
        (["make", "42"], "no lesson 42"),
    ],
)
def test_a_slip_of_the_pen_is_told_before_anything_runs(arguments, said, capsys):
    assert notebooks.main(arguments) == 2
    seen = capsys.readouterr()
    assert said in seen.err and seen.out == ""


@pytest.mark.parametrize("command", ["run", "make"])
@pytest.mark.parametrize(
    "text", ["", "no notebook", "[]", "0", '{"cells": ', '{"cells": [{}], "nbformat": 4}']
)
def test_a_notebook_that_is_broken_is_named(folder, text, command, capsys):
    broken = folder / "07_broken.ipynb"
    broken.write_text(text, "utf-8")
    if command == "make":
        commit(folder)
    assert notebooks.main([command, str(broken)]) == 2
    said = capsys.readouterr().err
    assert f"{broken} is not a notebook that can be read" in said and said.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["run", "00", "--se", "A=1"], ["run", "--save", "00"], ["make", "00", "--set", "A=1"]]
)
def test_no_option_is_guessed(arguments, capsys):
    with pytest.raises(SystemExit):
        notebooks.main(arguments)
    assert "unrecognized arguments" in capsys.readouterr().err


# What is stored

BURSTS = """
import sys, time
for word in ("one", "two", "three"):
    print(word, flush=True)
    time.sleep({pause})
    print("careful", file=sys.stderr, flush=True)
print("\\r 10 %", end="")
print("\\r100 %")
"""
WIDGET = "import ipywidgets\ndisplay(ipywidgets.IntSlider())\nprint('seen')\n1 + 1"


def test_a_lesson_made_twice_is_the_same_to_the_byte_however_its_output_came(folder):
    lesson, solution = folder / "00_words.ipynb", folder / "solutions/00_words.ipynb"
    written(solution, BURSTS.format(pause=0.2), WIDGET)
    commit(folder)
    assert notebooks.main(["make", str(written(lesson, "old"))]) == 1  # git does not know this lesson
    lesson.unlink()
    assert notebooks.make(lesson)
    first = {path: path.read_bytes() for path in (lesson, solution)}
    assert notebooks.make(lesson)
    assert {path: path.read_bytes() for path in first} == first
    words, widget = nbformat.read(lesson, as_version=4).cells
    assert [(output.name, output.text) for output in words.outputs] == [
        ("stdout", "one\ntwo\nthree\n100 %\n"),
        ("stderr", "careful\n" * 3),
    ]
    assert [output.get("text", "") or output.data["text/plain"] for output in widget.outputs] == [
        "seen\n",
        "2",
    ]


def test_how_a_stream_was_cut_is_not_seen_in_what_is_stored(tmp_path):
    def stored(*pieces):
        lesson = notebook("1")
        lesson.cells[0].outputs = [
            nbformat.v4.new_output("stream", name=name, text=text) for name, text in pieces
        ]
        notebooks.store(lesson, lesson.metadata, tmp_path / "notebooks/a.ipynb")
        return (tmp_path / "notebooks/a.ipynb").read_bytes()

    (tmp_path / "notebooks").mkdir()
    whole = stored(("stdout", "ab\nc\n"), ("stderr", "x"))
    assert stored(("stdout", "a"), ("stderr", "x"), ("stdout", "b\nc"), ("stdout", "\n")) == whole
    assert stored(("stderr", "x"), ("stdout", "ab\n"), ("stdout", "c\n")) == whole


def test_no_state_of_widgets_and_no_times_are_stored(folder):
    lesson = folder / "00_a.ipynb"
    made = notebook(WIDGET)
    nbformat.write(made, lesson)
    assert notebooks.run(lesson, save=True)
    stored = nbformat.read(lesson, as_version=4)
    assert set(stored.metadata) == {"kernelspec"} and all(not cell.metadata for cell in stored.cells)


# Nothing that somebody wrote is replaced


@pytest.mark.parametrize("how", ["answered", "output", "space", "staged"])
def test_make_refuses_where_someone_wrote_in_the_lesson(folder, how, capsys):
    lesson = written(folder / "00_a.ipynb", "x = 1")
    written(folder / "solutions/00_a.ipynb", "x = 1")
    commit(folder)
    change = {
        "output": lambda text: text.replace('"outputs": []', '"outputs":  []'),
        "space": lambda text: text + " ",
    }
    lesson.write_text(
        change.get(how, lambda text: text.replace("x = 1", "x = 'mine'"))(lesson.read_text("utf-8")), "utf-8"
    )
    if how == "staged":
        git(folder, "add", "-A")
    before = contents(folder.parent)
    assert notebooks.main(["make", str(lesson)]) == 1
    assert "somebody wrote in it" in capsys.readouterr().out
    assert contents(folder.parent) == before


def test_make_refuses_where_no_git_can_tell(tmp_path, monkeypatch, capsys):
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    lesson = written(tmp_path / "notebooks/00_a.ipynb", "x = 1")
    assert not notebooks.make(lesson)
    monkeypatch.setenv("PATH", "")
    assert not notebooks.make(lesson)


def test_make_goes_on_from_what_it_made_and_keeps_what_it_replaces(folder):
    lesson, solution = written(folder / "00_a.ipynb", "x = 1"), folder / "solutions/00_a.ipynb"
    written(solution, "x = 1\nx")
    commit(folder)
    old = lesson.read_bytes()
    assert notebooks.make(lesson)
    solution.write_text(solution.read_text("utf-8").replace("x = 1", "x = 2"), "utf-8")
    assert notebooks.make(lesson)  # not as git has it, but as it was made
    assert nbformat.read(lesson, as_version=4).cells[0].outputs[0].data["text/plain"] == "2"
    kept = [content for name, content in contents(folder.parent).items() if name.startswith("kept/20")]
    assert old in kept


def test_two_that_are_replaced_in_one_second_are_both_kept(folder, monkeypatch):
    monkeypatch.setattr(
        notebooks.time, "strftime", lambda form: "2026-10-25_02.30.00"
    )  # an hour that comes twice
    for words in ("one", "two", "three"):
        notebooks._keep(written(folder / "00_a.ipynb", words))
    kept = [content for name, content in sorted(contents(folder.parent).items()) if name.startswith("kept/")]
    assert len(kept) == 3 and all(
        any(words in old.decode() for old in kept) for words in ("one", "two", "three")
    )


def test_making_one_lesson_forgets_nothing_of_another_that_is_made_meanwhile(folder):
    paths = [folder / "00_a.ipynb", folder / "01_b.ipynb"]
    for path in paths:
        written(notebooks.solution_of(path), "import time; time.sleep(1)")
        written(path, "x = 1")
    commit(folder)
    command = [sys.executable, "-m", "helpers.kit.notebooks", "make"]
    both = [subprocess.Popen([*command, path], stdout=subprocess.DEVNULL) for path in paths]
    assert [one.wait() for one in both] == [0, 0]
    assert all(notebooks.make(path) for path in paths)  # neither is as git has it, both are as they were made


def test_a_lesson_that_is_saved_while_it_is_made_is_not_replaced(folder, capsys):
    lesson = folder / "00_a.ipynb"
    save = f"from pathlib import Path\nPath({lesson.name!r}).write_text('mine')"
    written(folder / "solutions/00_a.ipynb", save)
    written(lesson, save)
    commit(folder)
    assert not notebooks.make(lesson)
    assert lesson.read_text() == "mine" and "changed while it ran" in capsys.readouterr().out


def test_a_lesson_whose_cell_fails_is_not_made(folder):
    lesson = written(folder / "00_a.ipynb", "x = 1")
    written(folder / "solutions/00_a.ipynb", "1 / 0")
    commit(folder)
    before = contents(folder.parent)
    assert not notebooks.make(lesson)
    assert contents(folder.parent) == before


def test_a_solution_is_stored_with_its_answers_and_the_lesson_with_gaps(folder):
    lesson, solution = folder / "00_a.ipynb", folder / "solutions/00_a.ipynb"
    answer = "def two():\n    ### BEGIN SOLUTION\n    return 2\n    ### END SOLUTION"
    check = "try:\n    print(two())\nexcept NotImplementedError:\n    print('not yet')"
    written(solution, answer, check, "'the end'")
    commit(folder)
    assert notebooks.make(lesson)
    lesson, solution = (nbformat.read(path, as_version=4) for path in (lesson, solution))
    assert gaps.GAP in lesson.cells[0].source and solution.cells[0].source == answer
    assert [one.cells[1].outputs[0].text for one in (lesson, solution)] == ["not yet\n", "2\n"]
    assert [cell.execution_count for cell in solution.cells] == [1, 2, 3]
    assert solution.cells[2].outputs == lesson.cells[2].outputs


def exercise(text=gaps.MARK):
    lesson = notebook("def f(x):\n    ### BEGIN SOLUTION\n    return x < 1\n    ### END SOLUTION", "f(0)")
    lesson.cells.insert(0, nbformat.v4.new_markdown_cell(f"### Exercise\n\n{text}", id="text"))
    return lesson


def test_the_solution_stands_folded_below_the_hints_of_the_lesson_and_not_in_the_solution():
    solution = exercise()
    text = gaps.with_gaps(solution).cells[0].source
    assert "<summary>Solution</summary>" in text and "def f(x):\n    return x &lt; 1</code>" in text
    assert "SOLUTION" not in text and solution.cells[0].source.endswith(gaps.MARK)
    solution.cells = solution.cells[:1]
    with pytest.raises(ValueError, match="comes no cell with a solution"):
        gaps.with_gaps(solution)


def test_hidden_outputs_and_sources_stay_hidden_when_a_lesson_is_made(folder):
    hidden = {"jupyter": {"outputs_hidden": True, "source_hidden": True}, "tags": ["spoils"]}
    lesson = exercise()
    lesson.cells[2].metadata.update(hidden)
    lesson.cells[2].source = "print(1)"
    nbformat.write(lesson, folder / "solutions/01_one.ipynb")
    assert notebooks.run(folder / "01_one.ipynb", save=True)
    for path in (folder / "01_one.ipynb", folder / "solutions/01_one.ipynb"):
        assert nbformat.read(path, as_version=4).cells[2].metadata == hidden


def test_the_first_line_of_what_is_shown_tells_no_result():
    """JupyterLab writes it in the place of a hidden output."""
    figure = panels(1)[0].figure
    verdict = Rule("00.x", "C8", "It is so.", "a number", "apples", 0.1, "a bite").judge([0.5, 0.6, 0.7, 0.8])
    shown = [picture(figure)[0]["text/html"], verdict._repr_mimebundle_()["text/markdown"]]
    assert [one.split("\n")[0] for one in shown] == ["<!-- Run this cell to see its result. -->"] * 2


def test_what_comes_after_something_built_is_run_with_it_for_the_solution(folder):
    lesson = exercise()
    lesson.cells += notebook("use = 1", "g = built = lambda f: f; h = built(f)", "h").cells
    lesson.cells[2].source = "try:\n    print(f(0))\nexcept NotImplementedError:\n    print('a gap')"
    lesson.cells[5].source = lesson.cells[2].source
    for at, cell in enumerate(lesson.cells):
        cell.id = f"cell-{at}"
    nbformat.write(lesson, folder / "solutions/01_one.ipynb")
    assert notebooks.run(folder / "01_one.ipynb", save=True)
    said = [
        nbformat.read(folder / path, as_version=4).cells[5].outputs[0].text
        for path in ("01_one.ipynb", "solutions/01_one.ipynb")
    ]
    assert said == ["a gap\n", "True\n"]


def test_no_prediction_of_whoever_makes_a_lesson_comes_into_it(folder, monkeypatch, capsys):
    monkeypatch.setenv("INNER_ALIGNMENT_PREDICTIONS", "/mine.jsonl")
    ask = "import os\nprint(os.environ['INNER_ALIGNMENT_PREDICTIONS'])"
    nbformat.write(notebook(ask), folder / "01_one.ipynb")
    assert notebooks.run(folder / "01_one.ipynb", save=True)
    (cell,) = nbformat.read(folder / "01_one.ipynb", as_version=4).cells
    assert cell.outputs[0].text.strip() != "/mine.jsonl"


def test_the_command_line_is_found_from_any_folder(tmp_path):
    command = [sys.executable, "-m", "helpers.kit.notebooks", "--help"]
    environment = {"PYTHONPATH": str(LESSONS[0].parents[1])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert "make" in done.stdout


# What is wrong here


def test_a_healthy_kernel_has_nothing_wrong():
    assert notebooks.inspect() == {"torch": "", "Jupyter kernel": ""}


def test_a_torch_that_cannot_be_loaded_and_a_kernel_elsewhere_are_told(monkeypatch, tmp_path):
    (tmp_path / "torch.py").write_text("raise OSError('libgomp.so.1: cannot open shared object file')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(notebooks.sys, "prefix", "elsewhere")
    found = notebooks.inspect()
    assert found["torch"] == "cannot be loaded (OSError: libgomp.so.1: cannot open shared object file)"
    assert found["Jupyter kernel"].startswith("runs outside .venv, in ")


def test_a_kernel_that_does_not_start_is_told(monkeypatch):
    def broken(**_):
        raise RuntimeError("Kernel died")

    monkeypatch.setattr(notebooks, "start_new_kernel", broken)
    assert notebooks.inspect()["Jupyter kernel"] == "does not start (Kernel died)"
