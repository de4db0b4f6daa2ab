"""A class is made from the lessons' own source: points for each exercise, hidden tests, and no answer in a release."""

import ast
import functools
import importlib
import json
import os
import re
import sys
from pathlib import Path

import nbformat
import pytest
import torch
from nbgrader import preprocessors as theirs

from helpers import machine
from helpers.kit.classroom import __main__ as command
from helpers.kit.classroom import build, folder, hidden, points
from helpers.kit.classroom.exercises import exercises, goals
from helpers.kit.classroom.grading import Gaps
from helpers.kit.classroom.guide import GUIDE, guide
from helpers.kit.classroom.needed import needed
from helpers.kit.classroom.source import ANEW, source_version
from helpers.kit.draws import Draws
from helpers.kit.gaps import SOLUTION
from helpers.kit.parameters import read

ROOT = Path(__file__).parents[2]
FILES = build.lessons([])
LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
every_lesson = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[:2])
SEED = 987_654_321  # stands in no lesson


@functools.cache
def versions(path):
    """(source version, release version) of a lesson, by nbgrader's own steps."""
    solution = read(path)
    found = exercises(solution)
    points, seeds = {one.name: one.points for one in found}, {one.name: SEED for one in found}
    source = source_version(solution, points, seeds)
    release, _ = Gaps(code_stub={"python": "raise NotImplementedError"}).preprocess(
        nbformat.from_dict(source), {}
    )
    release, _ = theirs.ClearHiddenTests().preprocess(nbformat.from_dict(release), {})
    return source_version(solution, points, seeds), release


def answers(path):
    """The lines of all solutions of a lesson that say something, as they stand."""
    regions = [SOLUTION.search(cell.source) for cell in read(path).cells if cell.cell_type == "code"]
    lines = [line.strip() for region in regions if region for line in region[0].splitlines()]
    return [line for line in lines if line and not line.startswith("###")]


def test_every_lesson_there_is_can_be_made():
    assert [path.name for path in FILES] == [path.name for path in LESSONS]


@every_lesson
def test_every_gap_and_every_rule_to_state_has_points_and_the_points_are_the_minutes(path):
    solution = read(path)
    found = exercises(solution)
    asked = [
        place
        for place, cell in enumerate(solution.cells)
        if cell.cell_type == "code" and (SOLUTION.search(cell.source) or "= my_rule(" in cell.source)
    ]
    assert [one.answer for one in found] == asked
    assert all(one.points >= 1 for one in found)
    minutes = {one.heading: one.minutes for one in found}
    assert sum(one.points for one in found) == sum(minutes.values())
    assert len({one.name for one in found} | {one.check for one in found if one.check}) == sum(
        2 if one.check else 1 for one in found
    )


@every_lesson
def test_a_hidden_test_calls_the_check_of_the_lesson_with_a_seed_and_what_is_called_exists(path):
    source, _ = versions(path)
    tests = {one.check: one for one in exercises(read(path)) if one.check}
    assert tests
    for cell in source.cells:
        if one := tests.get(cell.id):
            call = next(
                node
                for node in ast.walk(ast.parse(cell.source))
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "again"
            )
            assert [ast.unparse(part) for part in call.args] == [repr(one.module), repr(one.check), one.name]
            assert {key.arg: key.value.value for key in call.keywords} == {"seed": SEED}
            assert cell.source.endswith(f"{one.check}({one.name})")


# What they compare with theory is no input: thousands of games, which the answer itself draws anew
PLAYED_ANEW = {"check_self_play"}


@every_lesson
def test_every_check_draws_inputs_so_that_no_answer_can_be_written_for_known_ones(path):
    for one in exercises(read(path)):
        if one.check:
            check = getattr(importlib.import_module(one.module), one.check)
            if one.check in PLAYED_ANEW:
                assert check.draw is None, one.check
                continue
            drawn = [check.draw(Draws(seed, 3)) for seed in range(6)]
            said = lambda part: (
                repr(list(part.parameters())) if isinstance(part, torch.nn.Module) else repr(part)
            )
            assert len({" ".join(map(said, inputs)) for inputs in drawn}) > 1, one.name


def test_what_told_ipython_of_itself_stays_and_all_that_a_check_uses_is_read_anew():
    """A module that a check uses, and that stayed as a notebook has left it, would be a way around it."""
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path.read_text(
            "utf-8"
        )
        for path in (ROOT / "helpers").rglob("*.py")
    }
    stay = {name for name in modules if not re.match(ANEW, name)}
    assert {name for name, text in modules.items() if "get_ipython()" in text} <= stay
    checks = {name for name in modules if name.startswith("helpers.lessons.") and "check" in name}
    used = {
        node.module
        for name in checks | {"helpers.kit.checks"}
        for node in ast.walk(ast.parse(modules[name]))
        if isinstance(node, ast.ImportFrom)
    }
    assert {"helpers.kit.checks", "helpers.kit.draws"} <= used and not used & stay


@every_lesson
def test_a_release_has_no_line_of_a_solution_and_no_hidden_seed(path):
    _, release = versions(path)
    text = json.dumps(release)
    assert str(SEED) not in text and "HIDDEN" not in text and "SOLUTION" not in text
    assert "<!-- solution -->" not in text and "Solution</summary>" not in text
    assert not [output for cell in release.cells for output in cell.get("outputs", [])]
    lines = {line.strip() for cell in release.cells for line in cell.source.splitlines()}
    kept = [line for line in answers(path) if line in lines and line != ")"]
    assert not kept


@every_lesson
def test_what_counts_is_marked_once_and_the_marks_are_nbgraders(path):
    source, release = versions(path)
    for notebook in (source, release):
        theirs.CheckCellMetadata().preprocess(notebook, {})
        nbformat.validate(notebook)
    marked = [cell.id for cell in source.cells if "nbgrader" in cell.metadata]
    assert len(marked) == len(set(marked))
    names = {name for one in exercises(read(path)) for name in (one.name, one.check) if name}
    assert set(marked) == names | {"imports"}


@every_lesson
def test_the_headings_say_the_points(path):
    source, _ = versions(path)
    said = re.findall(r"^#+ .* · (\d+) points?$", "\n".join(cell.source for cell in source.cells), re.M)
    assert sum(map(int, said)) == sum(one.points for one in exercises(read(path)))


@every_lesson
def test_grading_runs_no_lesson_and_no_model(path):
    """What is run to test the answers are the imports, they themselves, and their tests."""
    source, _ = versions(path)
    asked = {name for one in exercises(read(path)) for name in (one.name, one.check) if one.check}
    assert {source.cells[place].id for place in needed(source)} == asked | {"imports"}


@every_lesson
def test_every_lesson_says_what_one_will_be_able_to_do(path):
    assert len(goals(read(path))) > 40


# What is needed


def notebook(*cells):
    """A notebook of (source, kind) or of mere sources; the kind is answer, test or nothing."""
    made = nbformat.v4.new_notebook()
    for cell in cells:
        source, kind = cell if isinstance(cell, tuple) else (cell, "")
        made.cells.append(nbformat.v4.new_code_cell(source))
        if kind:
            made.cells[-1].metadata.nbgrader = {"solution": kind == "answer", "grade": kind == "test"}
    return made


@pytest.mark.parametrize(
    ("cells", "run"),
    [
        (["import os", ("def f(): return 1", "answer"), ("check(f)", "test")], [1, 2]),
        (["def g(): return 1", ("def f(): return g()", "answer")], [0, 1]),
        (["h = 1", "def g(): return h", ("def f(): return g()", "answer")], [0, 1, 2]),
        (["batch = train()", ("def f(x):\n    batch = x\n    return batch", "answer")], [1]),
        ([("def f(): return 1", "answer"), "check = None", ("check(f)", "test")], [0, 1, 2]),
        (["while True: pass", "1 / 0", ("def f(): return 1", "answer")], [2]),
        (["def set_it():\n    global k\n    k = 1", ("def f(): return k", "answer")], [0, 1]),
        (["%matplotlib inline\ng = 2", ("def f(): return g", "answer")], [0, 1]),
        (["g = = 2", ("def f(): return g", "answer")], [1]),
        (["for g in range(3): pass", ("def f(): return g", "answer")], [0, 1]),
        (["from os import path as g", ("def f(): return [g for _ in g]", "answer")], [0, 1]),
        (
            ["g = []", "def fill(a): a.append(1)", "fill(g)", ("def f(): return g", "answer")],
            [0, 1, 2, 3],
        ),
        (["g = ones()", "g.fill_(1)", ("def f(): return g", "answer")], [0, 1, 2]),
        (["import random\ng = [1, 2]", "random.shuffle(g)", ("def f(): return g", "answer")], [0, 1, 2]),
        (
            ["from helpers.kit import show\ng = 1", "show(g)", ("def f(): return g", "answer")],
            [0, 2],
        ),
        (["def g(): return 1", "print(g)", ("def f(): return g()", "answer")], [0, 2]),
    ],
)
def test_a_cell_runs_if_an_answer_or_a_test_uses_what_it_sets(cells, run):
    assert needed(notebook(*cells)) == run


# The hidden test


def test_the_courses_own_function_is_no_answer():
    from helpers.lessons.lesson00 import check_towards

    with pytest.raises(hidden.NotPassed, match="course's own"):
        hidden.again("helpers.lessons.lesson00", "check_towards", check_towards.right, seed=1)


def test_a_hidden_test_names_the_mistake():
    wrong = lambda agent, coin: (coin < agent).long()
    with pytest.raises(hidden.NotPassed, match="other way round"):
        hidden.again("helpers.lessons.lesson00", "check_towards", wrong, seed=1)


def test_an_answer_that_ends_python_is_told_so():
    with pytest.raises(hidden.NotPassed, match="ends Python"):
        hidden.again("helpers.lessons.lesson00", "check_towards", lambda *_: sys.exit(0), seed=1)


def test_a_pass_leaves_its_sign(monkeypatch):
    shown = []
    monkeypatch.setattr(hidden, "display", lambda data, raw: shown.append(data))
    hidden.again("helpers.lessons.lesson00", "check_towards", lambda a, c: (c > a).long(), seed=1)
    assert shown[0][hidden.PASSED] == "check_towards"


# The command


def test_an_unknown_lesson_is_named(tmp_path, capsys):
    assert command.main([str(tmp_path / "class"), "--lessons", "99"]) == 2
    assert "There is no lesson 99" in capsys.readouterr().err
    assert not (tmp_path / "class").exists()


def test_a_class_stands_outside_the_course(capsys):
    assert command.main([str(ROOT / "my_class")]) == 2
    assert "outside the course" in capsys.readouterr().err
    assert not (ROOT / "my_class").exists()


def test_where_nbgrader_is_missing_it_is_said_what_to_type(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda name: None)
    assert command.main([str(tmp_path)]) == 2
    assert "-m pip install nbgrader==0.9" in capsys.readouterr().err


def test_points_that_no_exercise_has_are_refused_and_changed_ones_are_kept(tmp_path):
    solutions, file = {"00": read(FILES[0])}, tmp_path / points.POINTS
    file.write_text(json.dumps({"00": {"towards": 7}}))
    assert points.renewed(tmp_path, solutions)["00"]["towards"] == 7
    assert points.points_of(tmp_path)["00"]["rl_step"] > 0
    file.write_text(json.dumps({"00": {"gone": 7}}))
    with pytest.raises(ValueError, match="has no gone"):
        points.renewed(tmp_path, solutions)


@pytest.mark.parametrize(
    "text", ["[]", "5", "null", '{"00": 5}', '{"00": null}', "{", '{"00": {"towards": "3"}}']
)
def test_points_of_another_form_are_refused_in_a_sentence_and_stay(tmp_path, text):
    (tmp_path / points.POINTS).write_text(text)
    with pytest.raises((ValueError, TypeError), match=r"points"):
        points.renewed(tmp_path, {"00": read(FILES[0])})
    assert (tmp_path / points.POINTS).read_text() == text


# The folder


@pytest.mark.parametrize("name", ["README.md", "nbgrader_config.py", "source/00/mine.ipynb"])
def test_a_folder_that_holds_something_else_is_refused_and_stays(tmp_path, capsys, name):
    mine = tmp_path / "teaching" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("my own")
    assert command.main([str(tmp_path / "teaching")]) == 2
    assert "holds something else" in capsys.readouterr().err
    assert [path.read_text() for path in tmp_path.rglob("*") if path.is_file()] == ["my own"]


@pytest.mark.parametrize("name", ["file", "file/in_it"])
def test_a_file_in_the_way_is_named(tmp_path, capsys, name):
    (tmp_path / "file").write_text("my own")
    assert command.main([str(tmp_path / name)]) == 2
    assert f"{tmp_path / 'file'} is a file" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_an_empty_folder_becomes_its_owners_alone_and_one_that_was_opened_later_is_told(tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / ".git").mkdir()
    assert folder.settled(tmp_path) == [] and tmp_path.stat().st_mode & 0o777 == 0o700
    (tmp_path / folder.SETTINGS).write_text(build.CONFIG)
    assert folder.settled(tmp_path) == []
    tmp_path.chmod(0o750)
    assert "chmod 700" in folder.settled(tmp_path)[0]


def test_what_was_changed_by_hand_is_kept_and_what_was_not_is_renewed(tmp_path):
    assert folder.put(tmp_path, "a/b.md", "first") == []
    assert folder.put(tmp_path, "a/b.md", "second") == [] and not (tmp_path / folder.KEPT).exists()
    for number, text in enumerate(["mine", "mine, too"], start=1):
        (tmp_path / "a/b.md").write_text(text)
        copy = tmp_path / f"kept/a/b{'' if number == 1 else '_2'}.md"
        assert folder.put(tmp_path, "a/b.md", "third") == [
            f"a/b.md was changed: yours is kept as {copy.relative_to(tmp_path)}"
        ]
        assert copy.read_text() == text and (tmp_path / "a/b.md").read_text() == "third"
    (tmp_path / "a/hers.txt").write_text("hers")
    assert len(folder.keep_others(tmp_path, tmp_path / "a")) == 1
    assert (tmp_path / "kept/a/hers.txt").read_text() == "hers"


# The guide


def test_the_guide_is_what_the_lessons_say():
    solutions = {path.name[:2]: read(path) for path in FILES}
    points = {number: {one.name: one.points for one in exercises(each)} for number, each in solutions.items()}
    assert guide(solutions, points) == GUIDE.read_text("utf-8")  # else: python -m helpers.kit.classroom.guide


def test_the_guide_has_changed_points_and_only_the_lessons_of_the_class():
    solution = read(FILES[0])
    points = {one.name: 77 for one in exercises(solution)}
    text = guide({"00": solution}, {"00": points})
    assert text.count("| 77 |") == len(points) and "GRPO" not in text.partition("lessons: begin")[2]


def test_the_memory_that_the_guide_names_is_what_the_doctor_asks_for():
    text = GUIDE.read_text("utf-8")
    assert f"| {machine.NEEDS['12']:g} GB |" in text and f"| {machine.NEEDS_OF_A_TOY:g} GB |" in text
    assert set(machine.NEEDS) == {"12"}


def test_the_container_installs_what_the_course_and_its_tests_pin():
    text = build.CONTAINER.read_text("utf-8")
    copied = re.findall(r"^COPY (.+) \S+$", text, re.M)
    assert all((ROOT / name).exists() for line in copied for name in line.split())
    assert "-c requirements.lock" in text and "^nbgrader==" in text
