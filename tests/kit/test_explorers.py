"""Explorers refuse knobs that could not be turned, before anything is drawn."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from ipywidgets import SelectionSlider

from helpers.kit import explorers
from helpers.kit.explorers import explore
from helpers.kit.plots import panels


@pytest.fixture(autouse=True)
def shown(monkeypatch):
    found = []
    monkeypatch.setattr(explorers, "display", lambda what, **_: found.append(what))
    yield found
    plt.close("all")


def draw(**_):
    return panels(1)[0]


@pytest.mark.parametrize(
    "how, error, says",
    [
        ({}, ValueError, "one knob at least"),
        ({"level": []}, ValueError, "level has no values"),
        ({"level": "123"}, TypeError, "level takes a list of values"),
        ({"level": 3}, TypeError, "level takes a list of values"),
        ({"level": {1: 2}}, TypeError, "level takes a list of values"),
        ({"level": [1, 2, 1]}, ValueError, "level has the value 1 twice"),
        ({"level": [0.1, 0.1000000001]}, ValueError, "level has the value 0.1 twice"),
        ({"level": [1, 2], "start": {"level": 5}}, ValueError, r"level starts at 5, which is none of \[1, 2\]"),
        ({"level": [1, 2], "start": {"levle": 1}}, ValueError, "start has a value for 'levle'; there are"),
        ({"level": [1, 2], "start": 1}, TypeError, "start names knobs and values"),
    ],
)  # fmt: skip
def test_a_knob_that_cannot_be_turned_is_refused(how, error, says, shown):
    with pytest.raises(error, match=says):
        explore(draw, **how)
    assert not shown


def test_what_is_drawn_must_come_back(shown):
    with pytest.raises(TypeError, match="got NoneType; is a `return` missing"):
        explore(lambda level: None, level=[1])
    with pytest.raises(TypeError, match="draw is a function"):
        explore("draw", level=[1])


@pytest.mark.parametrize(
    "values", [range(3), (0, 1), np.array([0, 1]), (n for n in (0, 1)), ["a", None], [0.5]]
)
def test_any_row_of_values_makes_a_slider(values, shown):
    explore(draw, level=values)
    assert len([one for one in shown[1].children if isinstance(one, SelectionSlider)]) == 1
