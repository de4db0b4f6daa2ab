"""Figures that can be read: what the look at a figure finds, names at the ends of lines, and a chart in words."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from helpers.kit.labels import label_ends, legend_beside
from helpers.kit.legible import FAINT, complaints, contrast, lightness, sizes, unclear
from helpers.kit.pictures import picture
from helpers.kit.plots import panels
from helpers.kit.words import told


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def lines(**heights):
    (ax,) = panels(1, width=6)
    for name, row in heights.items():
        ax.plot(range(len(row)), row, color="#0072B2", label=name)
    return ax


# The look at a figure


def test_contrast_and_lightness_are_those_of_the_standards():
    assert contrast("black") == pytest.approx(21) and contrast("white") == pytest.approx(1)
    assert contrast("#767676") == pytest.approx(4.54, abs=0.01)
    assert contrast("black", 0.5) == pytest.approx(contrast("#808080"), rel=0.02)
    assert lightness("white") == pytest.approx(100) and lightness("#777777") == pytest.approx(50, abs=0.2)


def small(ax):
    ax.set_title("tiny", fontsize=8)


def small_ticks(ax):
    ax.tick_params(labelsize=7)


def wide(ax):
    ax.figure.set_figwidth(9.3)


def pale(ax):
    ax.plot([0, 1], [0, 1], color="#56B4E9", label="pale")


def faded(ax):
    ax.plot([0, 1], [0, 1], color="black", alpha=0.3, label="faded")


def grey_words(ax):
    ax.text(0.5, 0.5, "grey", color="#AAAAAA")


def covered(ax):
    ax.plot([0, 1], [0, 1], color="black", label="a line")
    ax.legend(loc="center")


@pytest.mark.parametrize(
    "fault, says",
    [
        (small, "“tiny” has letters below 10 points"),
        (small_ticks, "has letters below 10 points"),
        (wide, "1023 pixels wide; 1000 at most"),
        (pale, "A line, pale, is too pale"),
        (faded, "A line, faded, is too pale"),
        (grey_words, "“grey” is too pale"),
        (covered, "A legend lies on the data"),
    ],
)
def test_what_cannot_be_read_is_found(fault, says):
    (ax,) = panels(1, width=6)
    assert complaints(ax.figure) == []
    fault(ax)
    found = complaints(ax.figure)
    assert any(says in one for one in found), found


def test_what_stands_behind_may_be_faint_and_ticks_beyond_the_axis_are_not_seen():
    (ax,) = panels(1, width=6)
    ax.plot([0, 1], [0, 1], color="black", alpha=0.2, gid=FAINT)
    ax.set_xticks([0, 5, 50], ["0", "5", "50"], fontsize=10)
    ax.get_xticklabels()[2].set_fontsize(4)
    ax.set_xlim(0, 10)
    assert complaints(ax.figure) == []
    ax.get_xticklabels()[1].set_fontsize(4)
    assert complaints(ax.figure) != []
    ax.axis("off")
    assert complaints(ax.figure) == []


def test_a_stored_picture_carries_its_sizes():
    left, _ = panels(2, width=4)
    left.set_title("a", fontsize=11)
    _, metadata = picture(left.figure)
    unclear = ["the text alternative has no number"]
    assert metadata["image/png"] == {
        "alt": "Figure.", "points": 10.0, "panels": 2, "pixels": 880, "unclear": unclear,
    }  # fmt: skip
    assert sizes(left.figure)["panels"] == 2


# What a text alternative leaves out, and colour alone

GOOD = "Line chart of height against batch: PPO rises to 1, SFT to 2."


def drawn(**how):
    """Two lines without names beside them, told apart by dash; axes of height and batch."""
    (ax,) = panels(1, width=6)
    ax.plot([0, 1], [0, 1], color="#D55E00", **{"label": "PPO"})
    ax.plot([0, 1], [0, 2], color="#0072B2", **{"label": "SFT", "linestyle": "--", **how})
    ax.set(xlabel="batch", ylabel="height, in cells")
    return ax


@pytest.mark.parametrize(
    "alt, says",
    [
        (GOOD, []),
        (GOOD.replace("SFT", "the other"), ["the text alternative does not name “SFT”"]),
        (GOOD.replace("batch", "time"), ["the text alternative does not say “batch”, an axis"]),
        (GOOD.replace("1", "one").replace("2", "two"), ["the text alternative has no number"]),
    ],
)
def test_a_text_alternative_names_axes_and_arms_and_has_a_number(alt, says):
    figure = drawn().figure
    assert unclear(figure, alt) == says
    figure.axes[0].set_visible(False)
    assert unclear(figure, GOOD) == []


@pytest.mark.parametrize(
    "look, alike", [({"linestyle": "-"}, True), ({"linestyle": "-", "marker": "o"}, False), ({}, False)]
)
def test_colour_alone_is_seen_and_names_beside_the_lines_mend_it(look, alike):
    ax = drawn(**look)
    said = "“PPO” and “SFT” differ by their colour only"
    assert (said in unclear(ax.figure, GOOD)) is (f"{said}." in complaints(ax.figure)) is alike
    label_ends(ax)
    assert unclear(ax.figure, GOOD) == []


def test_what_is_unclear_is_stored_with_a_picture():
    figure = drawn().figure
    assert picture(figure)[1]["image/png"]["unclear"][0] == "the text alternative has no number"
    figure.alt_text = [GOOD]
    assert "unclear" not in picture(figure)[1]["image/png"]


# Names at the ends of lines


def boxes(ax):
    ax.figure.canvas.draw()
    return [Text.get_window_extent(one) for one in ax._end_labels]  # without its line


@pytest.mark.parametrize("ends", [(1, 1, 1, 1), (0, 0.01, 0.02, 5), (5, 4.99, 0, 4.98), (0, 0, 0, 0)])
def test_names_at_the_ends_do_not_lie_on_each_other_and_lie_in_the_figure(ends):
    ax = label_ends(lines(**{f"arm number {place}": [0, 1, end] for place, end in enumerate(ends)}))
    found = boxes(ax)
    assert len(found) == 4
    for place, one in enumerate(found):
        assert not any(one.overlaps(other.shrunk(0.99, 0.9)) for other in found[place + 1 :])
        assert one.x1 <= ax.figure.bbox.x1 + 1 and one.x0 > ax.get_window_extent().x1


def test_a_name_has_the_colour_of_its_line_and_stands_at_its_height():
    ax = label_ends(lines(low=[0, 0], high=[0, 10], _hidden=[5, 5]))
    high, low = sorted(ax._end_labels, key=lambda text: -text.get_window_extent().y0)
    assert [high.get_text(), low.get_text()] == ["high", "low"]
    assert high.get_color() == ax.get_lines()[1].get_color()


def test_what_leads_to_a_name_is_no_line_of_data_and_runs_through_no_letters():
    ax = label_ends(lines(early=[0, 1, np.nan, np.nan], late=[0, 0, 0, 0]))
    ax.figure.canvas.draw()
    for name in ax._end_labels:
        leader = name.arrow_patch
        assert leader.get_linestyle() not in ("-", "solid") and leader.get_linewidth() < 1
        ends = leader.get_path().vertices[:, 0]  # pixels
        assert ends.max() <= Text.get_window_extent(name).x0 + 1 / 72 * ax.figure.dpi


def test_names_move_with_the_axis_and_stand_once():
    ax = label_ends(lines(low=[0, 0], high=[0, 10]))
    before = boxes(ax)[1].y0
    ax.set_ylim(0, 40)
    assert boxes(ax)[1].y0 < before - 50
    assert len(label_ends(ax)._end_labels) == 2 and len(ax.texts) == 2


def test_some_lines_can_be_named_otherwise_and_a_legend_goes():
    ax = lines(a=[0, 1], b=[1, 0])
    ax.legend()
    label_ends(ax, {"a": "a row of smiles"})
    assert [one.get_text() for one in ax._end_labels] == ["a row of smiles"] and ax.get_legend() is None


def test_a_line_that_ends_early_or_in_nothing_is_named_at_its_last_point():
    ax = label_ends(lines(early=[0, 1, np.nan], empty=[np.nan, np.nan]))
    assert [one.xy for one in ax._end_labels] == [(1, 1)]


def test_a_legend_beside_the_axes_covers_nothing():
    ax = lines(a=[0, 1], b=[1, 0])
    ax.get_lines()[1].set_linestyle("--")
    assert complaints(legend_beside(ax).figure) == []


# A chart in words


@pytest.mark.parametrize(
    "row, says",
    [
        ([0, 0.5, 1, 1, 1, 1, 1], "arm rises from 0.00 to 1.00, most of it by step 2"),
        ([1, 0.9, 0.8, 0.2, 0], "arm falls from 1.00 to 0.00"),
        ([0, 1, 0.2], "arm rises from 0.00 to 1.00 at step 1, then falls to 0.20"),
        ([1, 0.1, 0.8], "arm falls from 1.00 to 0.10 at step 1, then rises to 0.80"),
        ([0.5], "arm is 0.50 at step 0"),
        ([0.5, 0.5, 0.5], "arm stays near 0.50"),
        ([np.nan, 0.5, 0.5], "arm stays near 0.50"),
    ],
)
def test_what_a_line_does_is_told(row, says):
    assert told({"arm": pd.Series(row)}, "step") == says


@pytest.mark.parametrize(
    "place, says",
    [
        (31.6228, "31.6"),
        (606190.3, "606000"),
        (0.421467, "0.421"),
        (2.25, "2.25"),
        (1600, "1600"),
        (10**6, "1000000"),
    ],
)
def test_places_are_told_in_three_digits_unless_they_are_whole(place, says):
    turns = pd.Series([0, 1, 0.2], index=[-1, place, 2 * 10**6])
    assert told({"arm": turns}, "n") == f"arm rises from 0.00 to 1.00 at n {says}, then falls to 0.20"
    early = pd.Series([0, 0.95, 1, 1], index=[-1, place, 3 * 10**6, 4 * 10**6])
    assert told({"arm": early}, "n") == f"arm rises from 0.00 to 1.00, most of it by n {says}"
    assert told({"arm": pd.Series([0.5], index=[place])}, "n") == f"arm is 0.50 at n {says}"
    both = {"a": early, "b": pd.Series([1, 0, 0, 0.0], index=early.index)}
    assert f"a crosses above b by n {says}" in told(both, "n")


def test_crossings_and_the_order_at_the_end_are_told():
    said = told(
        {"SFT": pd.Series([1, 1, 1, 1.0]), "RL": pd.Series([0, 0.5, 1.5, 2]), "null": pd.Series([0.0] * 4)},
        "step",
    )
    assert "RL crosses above SFT by step 2" in said and "from above: RL, then SFT, then null" in said
    assert said.count("crosses") == 1


def test_lines_that_lie_together_cross_nowhere_and_end_level():
    noisy = {"a": pd.Series([0, 1, 0.99, 1.0]), "b": pd.Series([0, 0.99, 1.0, 0.99])}
    said = told(noisy, "step")
    assert "cross" not in said and "At the end all lie level" in said


def test_lines_that_cross_often_are_told_once():
    said = told({"a": pd.Series([0, 1, 0, 1, 0.0]), "b": pd.Series([1, 0, 1, 0, 1.0])}, "step")
    assert said.count("cross") == 1 and "a and b cross 4 times, first by step 1" in said


@pytest.mark.parametrize(
    "low, dash, colour, names",
    [
        (0.99, "--", "black", ["high", "low (dashed)"]),
        (0.5, "--", "black", ["high", "low"]),  # told apart by their places
        (0.99, "-", "black", ["high", "low"]),
        (0.99, "--", "red", ["high", "low"]),
    ],
)
def test_names_of_lines_that_look_alike_and_end_in_one_place_say_which_is_dashed(low, dash, colour, names):
    ax = panels(1)[0]
    ax.plot([0, 1], [0, 1.0], "-", color="black", label="high")
    ax.plot([0, 1], [0, low], linestyle=dash, color=colour, label="low")
    assert sorted(one.get_text().replace("\n", " ") for one in label_ends(ax)._end_labels) == names
