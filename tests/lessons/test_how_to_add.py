"""CONTRIBUTING's way to a new lesson works as it stands there."""

import re
from pathlib import Path

import numpy as np
import pytest

from helpers.core import Recorded, Rollouts
from helpers.kit.verdicts import Rule

GUIDE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def section():
    """How to add a lesson, up to the next heading."""
    return re.search(r"^## How to add a lesson\n(.*?)^## ", GUIDE, re.MULTILINE | re.DOTALL)[1]


@pytest.fixture(scope="module")
def lesson(section):
    """The experiment that stands there, run as a module."""
    (source,) = re.findall(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    names = {}
    exec(compile(source, "experiment.py", "exec"), names)
    return names


def test_the_way_to_a_lesson_fits_on_a_screen(section):
    assert len(section.strip().splitlines()) <= 60


def test_its_arms_are_sources_and_losses(lesson):
    for data, loss in lesson["arms"]().values():
        assert isinstance(data, Rollouts | Recorded) and callable(loss)


def test_its_measure_gives_a_value_a_seed_and_its_rule_says_a_word(lesson):
    ((name, measure),) = lesson["MEASURES"].items()
    values = measure(lesson["results"](range(20, 40)))
    assert list(values.index) == list(range(20, 40)) and np.isfinite(values).all()
    rule = Rule(name, "C1", "RL gains", "gain", "probability", 0.1, "one in ten")
    assert rule.judge(values).word == "SUPPORTS"


def test_the_files_it_names_are_those_that_lessons_have(section):
    root = Path(__file__).parents[2]
    for named in ("data/rules.json", "tests/lessons/test_pages.py"):
        assert f"`{named}`" in section and (root / named).exists()
    assert (root / "tests/lessons/answers_00.py").exists()
