"""Checks that name what is wrong, and explorers that redraw a figure."""

import re
import time

import pytest
import torch

from helpers.kit import explorers
from helpers.kit.checks import Check, Mistake
from helpers.kit.plots import describe, panels

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
        (lambda x: (x + x).numpy(), "not yet", "NumPy"),
        (gap, "not attempted", "Not attempted"),
        (lambda x: -x - x, "not yet", "The sign is the wrong way round."),
        (lambda x: None, "not yet", "`return`"),
        (lambda x: x, "not yet", r"Got \[3.0\], expected \[6.0\]. The input was \(\[3.0\]\)"),
        (lambda x: (2 * x).sum(), "not yet", r"shape is \(\), expected \(1,\)"),
        (lambda x: "2", "not yet", "Got '2', expected"),
        (lambda x: x[5], "not yet", "stopped with IndexError"),
        (in_place, "not yet", "changed its input"),
        (lambda: 3, "not yet", "stopped with TypeError"),
    ],
)
def test_a_check_names_what_is_wrong(answer, word, says):
    outcome = CHECK(answer)
    assert outcome.word == word and re.search(says, outcome.says)


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
    return shown[0], next(one for one in shown[1].children if hasattr(one, "options")), drawn


def test_an_explorer_shows_its_figure_first_and_redraws_it(explorer):
    figure, slider, drawn = explorer
    assert (
        drawn == [1, 2, 3]
        and "from 0 to 2" in figure.data["text/plain"]
        and "<img alt=" in figure.data["text/html"]
    )
    before = figure.data["image/png"]
    slider.value = 3
    assert "from 0 to 3" in figure.data["text/plain"] and figure.data["image/png"] != before


def test_an_explorer_draws_each_setting_once_and_answers_in_a_moment(explorer):
    _, slider, drawn = explorer
    slider.value = 3
    began = time.process_time()  # of this process alone, however busy the machine is
    slider.value = 1
    assert time.process_time() - began < 2  # 0.2 s; the browser test measures it, too
    slider.value = 3
    assert drawn == [1, 2, 3]


def test_an_explorer_refuses_a_start_that_its_slider_does_not_have():
    with pytest.raises(ValueError, match="none of"):
        explorers.explore(lambda level: None, level=[1, 2], start={"level": 5})
