"""Explorers refuse knobs that could not be turned, before anything is drawn."""

import base64
import io
import re
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from ipywidgets import SelectionSlider
from PIL import Image

from helpers.kit import explorers
from helpers.kit.controls import slider
from helpers.kit.explorers import FRAMES, explore
from helpers.kit.plots import describe, panels
from helpers.kit.sheets import keep_axes

PICTURE = ({"image/png": "", "text/html": "", "text/plain": ""}, {})


@pytest.fixture(autouse=True)
def shown(monkeypatch):
    found = []
    handle = SimpleNamespace(update=lambda *_, **__: None)
    monkeypatch.setattr(explorers, "display", lambda what, **_: found.append(what) or handle)
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


# Without sliders, and with axes that stay


def rises(level, other=0):
    ax = panels(1, width=4)[0]
    ax.plot([0, level], color="black")
    return describe(ax, f"A line that rises to {level}.")


def test_a_page_without_sliders_has_a_few_frames_side_by_side(shown):
    explore(rises, level=range(1, 10), other=[0, 1], start={"level": 5})
    page = shown[2]["text/html"]
    assert page.startswith("<details><summary>Without sliders, side by side: level 1, other 0; level ")
    assert page.count("A line that rises to") == FRAMES and "rises to 5." in page and "rises to 9." in page
    png = base64.b64decode(re.search('base64,([^"]+)', page)[1])
    image = Image.open(io.BytesIO(png))
    assert image.width <= 1000 and image.height < 900 and len(png) < 60_000


def test_one_setting_alone_has_no_sheet(shown):
    explore(rises, level=[1])
    assert len(shown) == 2


@pytest.mark.parametrize("start", range(1, 10))
def test_the_start_is_among_the_frames(start, shown):
    explore(rises, level=range(1, 10), start={"level": start})
    assert f"level {start}" in shown[2]["text/plain"] and shown[2]["text/plain"].count("level") == FRAMES


def test_axes_keep_their_ends_and_widen_only_where_something_would_be_cut(monkeypatch):
    seen = []
    monkeypatch.setattr(
        explorers, "picture", lambda figure: seen.append(figure.axes[0].get_ylim()) or PICTURE
    )
    monkeypatch.setattr(explorers, "sheet", lambda frames: b"")
    kept = []
    monkeypatch.setattr(explorers, "slider", lambda *what: kept.append(slider(*what)) or kept[-1])
    explore(rises, level=[1, 2, 3, 4, 5, 6, 60])
    assert len(seen) == FRAMES and len(set(seen)) == 1 and seen[0][1] >= 60
    kept[0].value = 2
    assert seen[-1] == seen[0]


def test_maps_keep_their_direction():
    def maze(level):
        ax = panels(1)[0]
        ax.imshow([[0, level], [1, 0]])
        return ax

    figures = [maze(1).figure, maze(2).figure]
    keep_axes(figures, {})
    assert [figure.axes[0].get_ylim() for figure in figures] == [(1.5, -0.5)] * 2
