"""A kit has the course's own results, also where a lesson was run in place and saved."""

import json

import pytest

from helpers import files
from helpers.kit.as_given import cells_as_given, is_somebodys
from helpers.kit.groups.lesson import lesson

LESSONS = files.lessons(files.NOTEBOOKS)


def saved_by_an_editor(path, there):
    """A copy of a notebook in which all results are gone, as an editor saves it."""
    notebook = json.loads(path.read_text("utf-8"))
    notebook["metadata"]["language_info"]["version"] = "3.12.1"
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "NOT VALID"}]
    there.parent.mkdir(parents=True, exist_ok=True)
    there.write_text(json.dumps(notebook), "utf-8")


@pytest.mark.parametrize("path", LESSONS.values(), ids=LESSONS)
def test_every_lesson_of_the_course_is_as_it_was_given(path):
    assert not is_somebodys(json.loads(path.read_text("utf-8")))
    assert not is_somebodys(json.loads((path.parent / "solutions" / path.name).read_text("utf-8")))


@pytest.mark.parametrize("number", ["00", "08"])
def test_what_a_lesson_came_to_is_the_courses_where_somebody_has_run_it(number, tmp_path):
    path, solution = LESSONS[number], LESSONS[number].parent / "solutions" / LESSONS[number].name
    saved_by_an_editor(path, tmp_path / path.name)
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / path.name).write_bytes(solution.read_bytes())
    ours, theirs = lesson(number), lesson(number, tmp_path)
    assert {name: one.verdict for name, one in theirs.verdicts.items()} == {
        name: one.verdict for name, one in ours.verdicts.items()
    }
    assert [one.name for one in theirs.sections] == [one.name for one in ours.sections]
    assert [one.says for one in theirs.parts] == [one.says for one in ours.parts]


def test_where_the_solution_was_run_by_somebody_too_it_is_refused_with_what_to_do(tmp_path):
    path = LESSONS["00"]
    for there in (tmp_path / path.name, tmp_path / "solutions" / path.name):
        saved_by_an_editor(path, there)
    with pytest.raises(ValueError, match=r"git restore 00_start_here\.ipynb"):
        cells_as_given(tmp_path / path.name)
