"""The numbers behind a figure: those that were drawn, in few rows, and folded below its picture."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from helpers.kit.labels import label_ends
from helpers.kit.numbers import PLACES, POINTS, SUMMARY, folded, tables
from helpers.kit.pictures import picture
from helpers.kit.plots import panels, plot_curves, plot_seeds


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def lines(**rows):
    """A panel of lines: name -> (across, up)."""
    (ax,) = panels(1)
    for name, (across, up) in rows.items():
        ax.plot(across, up, label=name)
    ax.set(xlabel="batch", ylabel="success")
    return ax


def test_lines_that_share_their_places_stand_side_by_side_from_the_first_to_the_last():
    steps = np.arange(100)
    ((name, frame),) = tables(lines(SFT=(steps, steps / 99), RL=(steps, steps * 0.0)).figure)
    assert name == "success" and frame.index.name == "batch" and list(frame) == ["SFT", "RL"]
    assert len(frame) == PLACES and list(frame.index[[0, -1]]) == ["0", "99"]
    assert frame.SFT.iloc[-1] == 1 and (frame.RL == 0).all()


def test_a_line_that_ends_early_leaves_gaps():
    ((_, frame),) = tables(lines(SFT=(range(5), range(5)), RL=(range(3), range(3))).figure)
    assert frame.RL.isna().tolist() == [False] * 3 + [True] * 2 and "<td></td>" in folded(plt.gcf())


def test_paths_with_places_of_their_own_are_told_point_by_point():
    grid = np.linspace(0, 1, 30)
    ((_, frame),) = tables(lines(SFT=(grid, grid**2), PPO=(grid + 0.013, grid)).figure)
    assert list(frame) == ["batch", "success"] and frame.index.tolist() == ["SFT"] * POINTS + ["PPO"] * POINTS


def test_what_has_no_name_is_no_number_and_without_numbers_there_is_no_table():
    ax = lines(_seed=([0, 1], [0, 1]))
    ax.axhline(0.5)
    assert tables(ax.figure) == [] and folded(ax.figure) == ""


def test_names_of_places_stand_in_their_rows():
    ax = lines(SFT=([0.1, 1.0], [0.0, 0.5]))
    ax.set_xticks([0.1, 1.0], ["none", "all"])
    assert tables(ax.figure)[0][1].index.tolist() == ["none", "all"]


def test_dots_of_seeds_have_mean_ends_and_their_number():
    table = pd.DataFrame({"SFT": [0.1, 0.2, 0.3], "RL": [np.nan, 0.5, 0.7], "PPO": [np.nan] * 3})
    ((_, frame),) = tables(plot_seeds(table, "success").figure)
    assert frame.loc["SFT"].tolist() == [pytest.approx(0.2), 0.1, 0.3, 3]
    assert frame.loc["RL"].tolist() == [pytest.approx(0.6), 0.5, 0.7, 2] and "PPO" not in frame.index


def test_the_table_is_folded_below_the_picture_and_has_heads_for_rows_and_columns():
    frame = pd.DataFrame(
        {"step": [0, 1] * 2, "seed": [0, 0, 1, 1], "metric": "a < b", "value": [0, 1.5, 0, 0.5]}
    )
    ax = plot_curves(frame.assign(method="SFT"), "a < b")
    page = picture(ax.figure)[0]["text/html"]
    image, table = page.index("<img"), page.index(f"<details><summary>{SUMMARY}</summary>")
    assert image < table and page.endswith("</details>")
    for part in (
        "<caption>a &lt; b</caption>",
        '<th scope="col">SFT</th>',
        '<th scope="row">1</th><td>1</td>',
    ):
        assert part in page


def test_panels_are_told_one_by_one():
    left, right = panels(2)
    for ax, name in ((left, "hint 0"), (right, "hint 1")):
        ax.plot([0, 1], [0, 1], label="SFT")
        ax.set_title(name)
        label_ends(ax)
    assert [name for name, _ in tables(left.figure)] == ["hint 0", "hint 1"]
