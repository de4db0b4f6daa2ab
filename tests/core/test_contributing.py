"""CONTRIBUTING shows how to add a world, an arm, a probe: what it shows runs, and does what it says."""

import re
from pathlib import Path

import pytest

from helpers.core.types import World

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
(SECTION,) = re.findall(r"^## How to add a world, an arm, a probe\n(.*?)^## ", TEXT, re.S | re.M)
BLOCKS = re.findall(r"```python\n(.*?)```", SECTION, re.S)


@pytest.fixture(scope="module")
def made():
    """The names that the blocks make, run one after the other."""
    names = {}
    for block in BLOCKS:
        exec(compile(block, "CONTRIBUTING.md", "exec"), names)
    return names


def test_there_is_an_example_of_each():
    assert len(BLOCKS) == 3
    assert re.findall(r"^\*\*(A world|An arm|A probe)\*\*", SECTION, re.M) == ["A world", "An arm", "A probe"]


def test_the_examples_fit_on_one_screen():
    assert len(SECTION.splitlines()) <= 65
    assert all(len(line) <= 120 for line in SECTION.splitlines())


def test_the_world_is_one_and_both_arms_learn_it_as_the_probe_sees(made):
    assert isinstance(made["world"], World)
    for name, run in made["runs"].items():
        steps = run.history[run.history.metric == "steps taken"]
        assert steps.step.unique().tolist() == [0, 10, 20, 30, 40]
        before, after = (steps[steps.step == step].value.mean() for step in (0, 40))
        assert before > 8 and after < 6, name


def test_a_slip_is_chance_that_the_world_draws_from_the_numbers_it_is_given(made):
    draw = lambda: made["Rollouts"](made["world"])(made["start"], made["Rng"](range(4)))
    one, other = draw(), draw()
    assert one.reward.equal(other.reward) and one.obs.equal(other.obs)
