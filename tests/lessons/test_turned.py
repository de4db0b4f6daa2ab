"""Numbers that a reader may turn: at zero, or past their end, a word at once; where nothing is learned, no verdict.

Elsewhere there is a verdict or a reason: test_lessons_run.py turns some.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest
from tiny import small_settings

from helpers.kit.parameters import parameters_of, with_parameters

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning"
)  # pandas of a tensor
SOLUTIONS = Path(__file__).parents[2] / "notebooks/solutions"


def run(number, settings):
    """What a lesson's names hold after its cells have run with other numbers, in small where nothing else is said."""
    lesson = nbformat.read(next(SOLUTIONS.glob(f"{number}_*.ipynb")), as_version=4)
    lesson = with_parameters(lesson, small_settings(parameters_of(lesson)) | settings)
    names = {"display": lambda *_, **__: None}
    for cell in lesson.cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, cell.id, "exec"), names)
            plt.close("all")
    return names


@pytest.mark.parametrize(
    "number, name, value, word",
    [
        ("00", "SEEDS", range(0), "at least one seed"),
        ("00", "STEPS", 0, "steps is a whole number of at least 1: got 0"),
        ("00", "LEARNING_RATE", 0, "lr is a number above 0: got 0"),
        ("00", "LEARNING_RATE", -0.1, "lr is a number above 0: got -0.1"),
        ("01", "SEEDS", range(0), "at least one seed"),
        ("01", "SEEDS", range(3), "SEEDS has 0, and on seeds 0 to 31 .* take others"),
        ("01", "STEPS", 0, "steps is a whole number of at least 1: got 0"),
        ("01", "EPISODES", 0, "episodes is a whole number of at least 1: got 0"),
        ("01", "LEARNING_RATE", 0, "lr is a number above 0: got 0"),
        ("01", "BETA", 0, "beta is a number above 0: got 0"),
        ("02", "SEEDS", range(0), "at least one seed"),
        ("02", "LONGER", 0, "LONGER is a number above 0: got 0"),
        ("03", "SEEDS", range(0), "at least one seed"),
        ("04", "SEEDS", range(0), "at least one seed"),
        ("04", "STEPS", 0, "steps is a whole number of at least 1: got 0"),
        ("05", "SEEDS", range(0), "at least one seed"),
        ("05", "LONGER", 0, "LONGER is a number above 0: got 0"),
        ("06", "SEEDS", range(0), "at least one seed"),
        ("06", "STEPS", 0, "steps is a whole number of at least 1: got 0"),
        ("07", "SEEDS", range(0), "at least one seed"),
        ("07", "LONGER", 0, "longer is a number above 0: got 0"),
        ("08", "SEEDS", range(0), "at least one seed"),
        ("08", "READ", 0, "stories is a whole number of at least 128: got 0"),
        ("09", "SEEDS", range(0), "at least one seed"),
        ("09", "READ", 0, "read is a whole number of at least 128: got 0"),
        ("03", "LIVE_STEPS", 0, "steps is a whole number of at least 1: got 0"),
        ("03", "TOGETHER", 1.8, "share.*: got 1.8"),
    ],
)
def test_a_number_that_makes_no_sense_is_named(number, name, value, word, capsys):
    with pytest.raises(ValueError, match=word):
        run(number, {name: value})


def test_arms_that_learned_nothing_get_no_word(capsys):
    verdict = run("00", {"LEARNING_RATE": 1e-6})["verdict"]
    assert verdict.word == "NOT VALID" and "too little in SFT, RL" in str(verdict)
