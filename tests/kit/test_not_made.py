"""A name that is not there: which cell of the lesson makes it."""

import json
from pathlib import Path

import pytest

from helpers.kit import not_made
from helpers.kit.not_made import made_by
from helpers.kit.statements import statements

LESSONS = Path(__file__).parents[2] / "notebooks"
PATHS = sorted(LESSONS.glob("[0-9][0-9]_*.ipynb"))


def code(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def reads(source):
    made, found = set(), set()
    for one in statements(source):
        found |= one.reads - made
        made |= one.sets
    return found


def sets(source):
    return {name for one in statements(source) for name in one.sets - one.changed}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_name_that_a_cell_reads_is_led_to_a_cell_above_that_makes_it(path, monkeypatch):
    cells, asked = code(path), 0
    made = [sets(source) for source in cells]
    read = not_made._lesson([cells[0], cells[-1]], LESSONS)
    assert [text for kind, text in read if kind == "code"] == cells, "the lesson in which most of these stand"
    monkeypatch.setattr(not_made, "_lesson", lambda ran, folder: read)
    for at, source in enumerate(cells):
        above = {name: one for one, names in enumerate(made[:at]) for name in names}
        for name in sorted(reads(source) & {*above})[-1:]:  # one of each cell: all would take a minute
            asked += 1
            said, lines = made_by(name, [source]), cells[above[name]].splitlines()
            assert said.startswith(f"{name} is not there yet.")
            assert any(f"`{line.strip()}`" in said for line in lines if line and line[0] not in "#%"), said
    assert asked > 10


def lesson(folder, *cells):
    made = [{"cell_type": "markdown" if text.startswith("#") else "code", "source": [text]} for text in cells]
    (folder / "99_some.ipynb").write_text(json.dumps({"cells": made}), "utf-8")
    return folder


def test_the_cell_above_is_named_and_not_one_of_another_use_of_the_name_below(tmp_path):
    folder = lesson(
        tmp_path, "## First\n\n### Its part\n\nText.", "a = 1", "print(a)", "## Then", "%%time\na = 2\nb = a"
    )
    assert made_by("a", ["print(a)"], folder) == (
        'a is not there yet. The cell that makes it begins with `a = 1`, under "Its part": run that one first, then '
        "this one."
    )
    assert '`a = 2`, under "Then"' in made_by("a", ["x = 3", "a = 1", "print(b, a) # their own"], folder)
    assert "`a = 2`" in made_by("b", ["print(a)"], folder)


def test_where_numbers_were_turned_the_cell_is_the_same_one(tmp_path):
    folder = lesson(tmp_path, "steps = 300", "show(steps, at=3)", "steps = 5")
    assert "`steps = 300`" in made_by("steps", ["show(steps, at=77)"], folder)


def test_a_name_that_nothing_makes_and_a_page_that_is_no_lesson_are_left_to_python(tmp_path):
    folder = lesson(tmp_path, "a = 1", "a.append(c)", "c[0] = 2")
    assert made_by("wrong", ["a = 1"], folder) == made_by("c", ["a.append(c)"], folder) == ""
    assert made_by("a", ["my own"], folder) == made_by("a", ["a = 1"], folder) == ""
    (folder / "98_broken.ipynb").write_text("{", "utf-8")
    assert made_by("a", ["a.append(c)"], folder)
