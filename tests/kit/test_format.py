"""What a lesson consists of: gaps and solutions that agree, checks that never stop a lesson, explorers."""

import itertools
import re
import time
from pathlib import Path

import nbformat
import pytest
import torch

from helpers.kit import explorers
from helpers.kit.checks import Check, Mistake
from helpers.kit.notebooks import GAP, SOLUTION, solution_of, with_gaps
from helpers.kit.plots import describe, panels

LESSONS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb"))
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
def test_a_lesson_has_three_to_five_exercises_with_minutes_hints_and_a_solution(lesson):
    cells = nbformat.read(lesson, as_version=4).cells
    heads = [n for n, cell in enumerate(cells) if cell.source.startswith("### Exercise ")]
    assert 3 <= len(heads) <= 5
    for number, at in enumerate(heads, 1):
        head, gap, check = cells[at : at + 3]
        pattern = rf"### Exercise {number} · .+ · \d+ minutes, (easy|medium|hard)\n"
        assert re.match(pattern, head.source), head.source.split("\n")[0]
        assert len(re.findall("<summary>Hint", head.source)) >= 2
        assert f"[Solution](solutions/{lesson.name})" in head.source
        assert GAP in gap.source and '"""' in gap.source and "->" in gap.source
        assert check.source.startswith("check_") and check.cell_type == "code"


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
        "predict(",
        "Rule(",
        ".judge(",
        "explore(",
        "show(",
        "## To talk about",
        "misunderst",
    ):
        assert part in text, part
    rule = next(
        n for n, cell in enumerate(cells) if "Rule(" in cell.source and cell.cell_type == "code" and n > 2
    )
    trains = [n for n, cell in enumerate(cells) if "= train(" in cell.source]
    assert rule < min(trains), "the rule stands above the experiment"


# The checks


def double(x: torch.Tensor) -> torch.Tensor:
    return 2 * x


CHECK = Check(
    double,
    cases=[(torch.tensor([1.0, -2.0]),), (torch.tensor([3.0]),)],
    mistakes=[Mistake("The sign is the wrong way round.", lambda x: -2 * x)],
    then=lambda answer: f"It made {answer(torch.tensor(4.0)):.1f} of 4.",
)


def gap(x):
    raise NotImplementedError


def in_place(x):
    x *= 2
    return x


@pytest.mark.parametrize(
    "answer, word, says",
    [
        (lambda x: x + x, "passed", "Passed. It made 8.0 of 4."),
        (lambda x: (x + x).numpy(), "passed", "Passed"),
        (gap, "not attempted", "Not attempted"),
        (lambda x: -x - x, "not yet", "The sign is the wrong way round."),
        (lambda x: None, "not yet", "`return`"),
        (lambda x: x, "not yet", r"Got \[1.0, -2.0\], expected \[2.0, -4.0\]"),
        (lambda x: (2 * x).sum(), "not yet", r"shape is \(\), expected \(2,\)"),
        (lambda x: "2", "not yet", "shape"),
        (lambda x: x[5], "not yet", "stopped with IndexError"),
        (in_place, "not yet", "changed its input"),
        (lambda: 3, "not yet", "stopped with TypeError"),
    ],
)
def test_a_check_names_what_is_wrong(answer, word, says):
    outcome = CHECK(answer)
    assert outcome.word == word and re.search(says, outcome.says)


def test_every_mistake_of_every_check_differs_from_the_right_answer():
    import importlib
    import pkgutil

    import helpers.kit.checks

    for module in pkgutil.iter_modules(helpers.kit.checks.__path__):
        for name, check in vars(importlib.import_module(f"helpers.kit.checks.{module.name}")).items():
            if isinstance(check, Check):
                assert check(check.right).passed, name
                assert len(check.mistakes) >= 3, name
                for mistake in check.mistakes:
                    assert check(mistake.wrong).says == mistake.says, f"{module.name}.{name}: {mistake.says}"


# Explorers


class Shown:
    def __init__(self, data, **_):
        self.data = data

    def update(self, data, **_):
        self.data = data


@pytest.fixture
def explorer(monkeypatch):
    """An explorer of one knob: what is displayed, and how often the figure was drawn."""
    shown, drawn = [], []

    def show(what, **options):
        shown.append(Shown(what) if options.get("display_id") else what)
        return shown[-1]

    def draw(level):
        drawn.append(level)
        ax = panels(1)[0]
        ax.plot([0, level])
        return describe(ax, f"A line that rises from 0 to {level}.")

    monkeypatch.setattr(explorers, "display", show)
    explorers.explore(draw, level=[1, 2, 3], start={"level": 2})
    return shown[0], shown[1].children[0], drawn


def test_an_explorer_shows_its_figure_first_and_redraws_it(explorer):
    figure, slider, drawn = explorer
    assert (
        drawn == [2]
        and "from 0 to 2" in figure.data["text/plain"]
        and "<img alt=" in figure.data["text/html"]
    )
    before = figure.data["image/png"]
    slider.value = 3
    assert "from 0 to 3" in figure.data["text/plain"] and figure.data["image/png"] != before


def test_an_explorer_draws_each_setting_once_and_answers_in_a_moment(explorer):
    _, slider, drawn = explorer
    slider.value = 3
    began = time.perf_counter()
    slider.value = 1
    assert time.perf_counter() - began < 1  # 0.2 s on an idle machine; the browser test measures it
    slider.value = 3
    assert drawn == [2, 3, 1]


def test_an_explorer_refuses_a_start_that_its_slider_does_not_have():
    with pytest.raises(ValueError, match="none of"):
        explorers.explore(lambda level: None, level=[1, 2], start={"level": 5})
