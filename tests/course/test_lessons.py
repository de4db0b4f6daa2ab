"""What a lesson consists of: its parts, exercises that never stop it, gaps and solutions that agree."""

import itertools
import re
from pathlib import Path

import nbformat
import pytest

from helpers.kit.gaps import GAP, SOLUTION, with_gaps
from helpers.kit.notebooks import solution_of

LESSONS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb"))
WRONG_KERNEL = (  # a kernel that does not find the course can say no more than that: the line above the error does
    """# If this says "No module named 'helpers'": open the lessons with `python3 course.py` instead."""
)
EXPERIMENT = (
    r"\b(experiment\.(results|distances)|turn\.long_runs|live\.(safety|setting)|"
    r"readings?\.(live|long_runs|runs_up_to_the_level))\("
)
every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)


def code(path):
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


# Lessons and their solutions


@every_lesson
def test_a_lesson_and_its_solution_agree_in_everything_but_the_gaps(lesson):
    expected = with_gaps(nbformat.read(solution_of(lesson), as_version=4))
    there = nbformat.read(lesson, as_version=4)
    assert [(c.id, c.cell_type, c.source) for c in there.cells] == [
        (c.id, c.cell_type, c.source) for c in expected.cells
    ]


@every_lesson
def test_a_lesson_has_three_exercises_or_more_with_minutes_hints_and_a_solution(lesson):
    cells = nbformat.read(lesson, as_version=4).cells
    checks = [
        n for n, cell in enumerate(cells) if cell.cell_type == "code" and cell.source.startswith("check_")
    ]
    assert 3 <= len(checks) <= 8  # a build comes in pieces, each with a check of its own
    for at in checks:
        asked, gap = cells[at - 2 : at]
        assert re.search(r"\d+ minutes", asked.source), asked.source.split("\n")[0]
        assert len(re.findall("<summary>Hint", asked.source)) >= 2
        assert "<summary>Solution</summary>" in asked.source
        assert GAP in gap.source and '"""' in gap.source


@every_lesson
def test_the_first_line_of_the_imports_says_what_to_do_where_the_course_is_not_found(lesson):
    for path in (lesson, solution_of(lesson)):
        cells = nbformat.read(path, as_version=4).cells
        (imports,) = [cell.source for cell in cells if "imports" in cell.metadata.get("tags", [])]
        assert imports.split("\n")[0] == WRONG_KERNEL


@every_lesson
def test_what_a_verdict_shows_by_itself_is_not_drawn_again(lesson):
    assert not re.search(r"\bplot_verdict\(\w+\)", "\n".join(code(solution_of(lesson))))


@every_lesson
def test_what_the_lesson_uses_of_what_was_built_has_passed_the_check_of_that_exercise(lesson):
    source, space = "\n".join(code(solution_of(lesson))), {}
    exec(code(lesson)[0], space)
    checks = {name: space[check] for check, name in re.findall(r"^(check_\w+)\((\w+)\)", source, re.M)}
    uses = re.findall(r"\bbuilt\((\w+), ([\w.]+)", source)
    assert uses and all(checks[name].is_about(eval(helper, space)) for name, helper in uses), uses


@pytest.mark.parametrize("number", ["00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10"])
def test_the_minutes_to_build_are_those_of_the_exercises(number):
    (lesson,) = (path for path in LESSONS if path.name.startswith(number))
    text = "\n".join(cell.source for cell in nbformat.read(lesson, as_version=4).cells)
    each = [int(minutes) for minutes in re.findall(r"(?m)^##+ .* · (\d+) minutes", text)]
    assert sum(each) == int(re.search(r"\*\*Time\*\* .*?(\d+) to build", text)[1]), each


def outcomes(lesson, change):
    """The outcome of each check, when only imports, settings and exercises run and each gap holds something else."""
    sources = code(solution_of(lesson))
    space, found = {}, []
    for source in sources[:2]:
        exec(source, space)
    for exercise, check in itertools.pairwise(sources):
        if SOLUTION.search(exercise):
            exec(SOLUTION.sub(change, exercise), space)
            found.append(eval(check, space).word)
    return found


@every_lesson
@pytest.mark.parametrize(
    "change, word",
    [
        (lambda found: found.group(0), "passed"),
        (lambda found: found.group(1) + GAP, "not attempted"),
        (lambda found: found.group(1) + "return None", "not yet"),
        (lambda found: found.group(1) + "return 7", "not yet"),
        (lambda found: found.group(1) + "return nonsense", "not yet"),
    ],
    ids=["solved", "unsolved", "nothing returned", "wrong", "broken"],
)
def test_exercises_run_whatever_is_in_the_gap(lesson, change, word):
    assert set(outcomes(lesson, change)) == {word}


def test_a_gap_hides_the_solution_and_nothing_else():
    source = "def f(x):\n    ### BEGIN SOLUTION\n    y = x\n    return y\n    ### END SOLUTION\n\nf(1)"
    cells = [nbformat.v4.new_code_cell(source), nbformat.v4.new_markdown_cell("[it](../solutions/01.ipynb)")]
    lesson = with_gaps(nbformat.v4.new_notebook(cells=cells))
    assert lesson.cells[0].source == f"def f(x):\n    {GAP}\n\nf(1)"
    assert lesson.cells[1].source == "[it](solutions/01.ipynb)"


@every_lesson
def test_no_solution_leaks_into_a_lesson(lesson):
    assert "SOLUTION" not in lesson.read_text(encoding="utf-8")


# The parts of a lesson


@every_lesson
def test_a_lesson_has_every_part(lesson):
    cells = nbformat.read(lesson, as_version=4).cells
    text = "\n".join(cell.source for cell in cells)
    for part in (
        "**The question.**",
        'rule("',
        ".judge(",
        "explore(",
        "show(",
        "## To talk about",
        "misunderst",
    ):
        assert part in text, part
    assert re.search(r"^(ask|predict)\(", text, re.MULTILINE), "a prediction is asked for"
    rule = next(
        n for n, cell in enumerate(cells) if 'rule("' in cell.source and cell.cell_type == "code" and n > 2
    )
    judged = [n for n, cell in enumerate(cells) if re.search(EXPERIMENT, cell.source)]
    assert rule < min(judged), "the rule stands above the experiment"
