"""Verdict strips: where the interval lies, what the zones are, and that a verdict without a word shows none."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers.kit import strips, verdicts
from helpers.kit.gates import Gate
from helpers.kit.legible import complaints
from helpers.kit.rules import Rule
from helpers.kit.strips import plot_verdict

RULE = Rule("00.x", "C8", "It is so.", "a number that was made", "apples", 0.3, "a third is a bite")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def verdict(mean, seeds=20, **how):
    return RULE.judge(mean + 0.01 * np.arange(seeds), **how)


@pytest.mark.parametrize("mean", [-3.0, -0.4, 0.0, 0.25, 0.9, 20.0])
def test_a_strip_shows_the_interval_its_word_and_the_zones(mean):
    one = verdict(mean)
    ax = plot_verdict(one)
    low, high = ax.get_xlim()
    assert low < min(one.effect.low, -0.3) and high > max(one.effect.high, 0.3)
    assert any(list(line.get_xdata()) == [one.effect.low, one.effect.high] for line in ax.get_lines())
    assert any(one.word in text.get_text() for text in ax.texts)
    assert one.word in ax.figure.alt_text[0] and "from -0.3 to 0.3 do not matter" in ax.figure.alt_text[0]


def test_the_words_of_a_strip_lie_inside_the_figure():
    for mean in (-3.0, 0.0, 0.9, 20.0):
        ax = plot_verdict([verdict(mean), verdict(0.1)])
        ax.figure.canvas.draw()
        box = ax.figure.bbox
        for text in (text for each in ax.figure.axes for text in each.texts):
            extent = text.get_window_extent()
            assert box.x0 - 1 <= extent.x0 and extent.x1 <= box.x1 + 1, text.get_text()


def test_a_zone_that_is_too_narrow_for_its_word_is_named_above_and_the_word_lies_on_no_line():
    wide, narrow = plot_verdict(verdict(0.1)), plot_verdict(verdict(9.0))
    assert wide.get_title(loc="left") == "" and "grey: NO RELEVANT DIFFERENCE" in narrow.get_title(loc="left")
    for ax in (wide, narrow):
        ax.figure.canvas.draw()
        said = next(text for text in ax.texts if text.get_fontweight() == "bold").get_window_extent()
        for line in ax.get_lines():
            assert not said.overlaps(line.get_window_extent()), line


def test_a_verdict_that_is_not_valid_is_hollow_and_says_why():
    ax = plot_verdict(verdict(0.9, gates=[Gate("moved", False, "RL has not moved")]))
    dot = next(line for line in ax.get_lines() if line.get_marker() == "o")
    assert dot.get_markerfacecolor() == "white"
    assert "NOT VALID (moved: RL has not moved)" in ax.figure.alt_text[0]


@pytest.mark.parametrize("seeds", [1, 2, 3])
def test_few_seeds_are_dots_and_none_is_drawn_too(seeds):
    ax = plot_verdict(RULE.judge([0.4, 0.5, 0.6][:seeds]))
    dots = [line for line in ax.get_lines() if line.get_marker() == "o"]
    assert sum(len(line.get_xdata()) for line in dots) == (seeds if seeds > 1 else 0)
    assert "NOT VALID" in ax.figure.alt_text[0]


def test_several_verdicts_share_an_axis():
    ax = plot_verdict([verdict(0.9), verdict(-0.9)])
    assert len(ax.figure.axes) == 2 and len(ax.figure.alt_text) == 2
    assert ax.figure.axes[0].get_xlim() == ax.figure.axes[1].get_xlim()


@pytest.mark.parametrize("mean", [-3.0, 0.0, 0.9])
def test_a_strip_can_be_read(mean):
    assert complaints(plot_verdict([verdict(mean), verdict(0.1)]).figure) == []


def test_a_verdict_that_is_shown_has_its_strip_below_it(monkeypatch):
    shown = []
    monkeypatch.setattr(verdicts, "display", lambda data, **_: shown.append(data))
    monkeypatch.setattr(strips, "display", lambda data, **_: shown.append(data))
    verdict(0.9)._ipython_display_()
    assert [verdicts.VERDICT in data for data in shown] == [True, False]
    assert "do not matter: SUPPORTS" in shown[1]["text/html"] and not plt.get_fignums()
    RULE.judge([0.9])._ipython_display_()
    assert len(shown) == 3 and verdicts.VERDICT in shown[2], "nothing to draw"


def test_verdicts_of_different_units_are_not_drawn_on_one_axis():
    values = 0.4 + 0.01 * np.arange(9)
    other = lambda **change: replace(RULE, name="00.y", **change).judge(values)
    for change in ({"unit": "pears"}, {"scale": "ratio", "neutral": 1.0, "matters": 2.0}):
        with pytest.raises(ValueError, match=r"no common axis: .*00\.x in apples"):
            plot_verdict([other(**change), verdict(0.9)])
    both = plot_verdict([other(measure="another"), verdict(0.9)]).figure.axes[-1]
    assert both.get_xlabel() == "apples"
    assert (
        plot_verdict([verdict(0.9), verdict(0.8)]).figure.axes[-1].get_xlabel() == f"{RULE.measure} (apples)"
    )


@pytest.mark.parametrize("what", [[], "SUPPORTS", ["SUPPORTS"], [None]])
def test_only_verdicts_are_drawn(what):
    with pytest.raises(TypeError):
        plot_verdict(what)
