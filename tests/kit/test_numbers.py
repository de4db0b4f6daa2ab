"""The numbers behind a figure: those that were drawn, in few rows, and folded below its picture."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from helpers.kit.labels import label_ends
from helpers.kit.numbers import PLACES, POINTS, SUMMARY, folded, tables
from helpers.kit.pictures import UNREAD, picture
from helpers.kit.plots import panels, plot_curves, plot_frontier, plot_seeds


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


def across(frame):
    return frame.index.tolist()


DAYS = pd.date_range("2026-01-30", periods=3)
PLACES_OF = {  # what lies across -> how its rows are called
    "names": (["SFT", "RL", "PPO"], ["SFT", "RL", "PPO"]),
    "days": (DAYS, ["2026-01-30", "2026-01-31", "2026-02-01"]),
    "hours": (
        pd.date_range("2026-01-30", periods=2, freq="h"),
        ["2026-01-30 00:00:00", "2026-01-30 01:00:00"],
    ),
    "close together": ([100000, 100001, 100002], ["100000", "100001", "100002"]),
    "large": ([12345, 123456], ["12345", "123456"]),
    "tiny": ([1e-9, 3e-9, 9e-9], ["1e-09", "3e-09", "9e-09"]),
    "on a log axis": ([1e-12, 1e-6, 1.0], ["1e-12", "1e-06", "1"]),
    "by rounding": ([0.1 + 0.2, 0.5], ["0.3", "0.5"]),
}


@pytest.mark.parametrize("kind", PLACES_OF)
def test_every_place_across_has_a_row_of_its_own_name_and_number(kind):
    places, names = PLACES_OF[kind]
    _, ax = plt.subplots()
    ax.plot(places, range(len(places)), label="one")
    ax.plot([0.3, 0.5] if kind == "by rounding" else places, range(5, 5 + len(places)), label="other")
    if kind == "on a log axis":
        ax.set_xscale("log")
    ((_, frame),) = tables(label_ends(ax).figure)
    assert across(frame) == names
    assert frame.one.tolist() == [*range(len(names))] and frame.other.tolist() == [*range(5, 5 + len(names))]


def test_periods_of_pandas_are_named():
    _, ax = plt.subplots()
    pd.Series([1.0, 2.0], index=pd.period_range("2026-01", periods=2, freq="M"), name="mine").plot(
        ax=ax, legend=True
    )
    assert across(tables(ax.figure)[0][1]) == ["2026-01", "2026-02"]


def test_heights_that_are_names_or_days_are_told_as_such():
    _, (left, right) = plt.subplots(1, 2)
    left.plot([1, 2], ["low", "high"], label="mine")
    right.plot([1, 2], DAYS[:2], label="mine")
    assert [frame.mine.tolist() for _, frame in tables(left.figure)] == [
        ["low", "high"],
        ["2026-01-30", "2026-01-31"],
    ]


def test_a_level_across_the_axes_is_told_at_every_place_and_nothing_else_with_it_alone():
    ax = lines(SFT=([0, 10], [0.0, 1.0]))
    ax.axhline(0.5, label="chance")
    ((_, frame),) = tables(ax.figure)
    assert across(frame) == ["0", "10"] and frame.chance.tolist() == [0.5, 0.5]
    (ax,) = panels(1)
    ax.axhline(0.5, label="chance")
    assert tables(ax.figure) == []


@pytest.mark.parametrize(
    "draw, ends",
    [
        (lambda ax: ax.axvline(5, label="end"), [(5, 0), (5, 2)]),
        (lambda ax: ax.axline((0, 0), slope=0.1, label="end"), [(0, 0), (10, 1)]),
        (lambda ax: ax.plot([5, 5, 6], [0, 2, 1], label="end"), [(5, 0), (5, 2), (6, 1)]),
        (lambda ax: ax.plot([0, 1], [1, 0], transform=ax.transAxes, label="end"), [(0, 2), (10, 0)]),
    ],
    ids=["upright", "through a point", "there and back", "of the axes"],
)
def test_what_has_several_heights_at_a_place_or_ends_with_the_axes_is_told_as_it_is_seen(draw, ends):
    ax = lines(SFT=([0, 5, 10], [0.0, 1.0, 2.0]))
    ax.set(xlim=(0, 10), ylim=(0, 2))
    draw(ax)
    last = tables(ax.figure)[-1][1].loc["end"].to_numpy()
    np.testing.assert_allclose(last, ends, atol=1e-9)


def test_what_lies_outside_of_the_axes_takes_no_row():
    ax = lines(SFT=(range(1000), range(1000)))
    ax.set_xlim(0, 4)
    assert across(tables(ax.figure)[0][1]) == ["0", "1", "2", "3", "4"]


def test_gaps_and_masked_points_are_no_numbers():
    ax = lines(SFT=(range(4), np.ma.masked_equal([0, 1, 2, 3], 1)), RL=(range(4), [0.0, np.nan, np.inf, 3.0]))
    ((_, frame),) = tables(ax.figure)
    assert across(frame) == ["0", "2", "3"] and frame.SFT.tolist() == [0, 2, 3]
    assert frame.RL.isna().tolist() == [False, True, False]
    assert tables(lines(SFT=([1, 2], [np.nan] * 2)).figure) == []


def test_what_a_table_leaves_out_is_said_above_it():
    ax = lines(SFT=(range(100), range(100)))
    ax.plot(range(100), range(100), label="SFT")
    ax.bar([1], [2], label="bars")
    page = folded(ax.figure)
    assert "success; 9 of 100 places; the first of 2 lines named SFT; not among them: bars</caption>" in page


@pytest.mark.parametrize(
    "values, told",
    [
        ([0.9991, 0.9995, 0.9999], ["0.9991", "0.9995", "0.9999"]),
        ([1000.1, 1000.4], ["1000.1", "1000.4"]),
        ([0.0, 123.456, 0.123456], ["0", "123", "0.123"]),
        ([1e20, 3e-20], ["1e+20", "3e-20"]),
        ([5.0, 5.0], ["5", "5"]),
        ([None, 1.5, "x"], ["", "1.5", "x"]),
        ([pd.NA, True, 2], ["", "True", "2"]),
        ([pd.NaT, -np.inf, 0.5], ["", "-inf", "0.5"]),
    ],
)
def test_numbers_that_differ_in_the_figure_differ_in_the_table(values, told):
    (ax,) = panels(1)
    ax.numbers = pd.DataFrame({"a": pd.Series(values, dtype=object)})
    page = folded(ax.figure)
    assert "".join(f"<td>{one}</td>" for one in told) == "".join(re.findall(r"<td>.*?</td>", page))


def several(heights, **how):
    """Lines of one look, the first with a name: the seeds of an arm."""
    (ax,) = panels(1)
    for number, up in enumerate(heights):
        ax.plot(range(len(up)), up, color="black", label="SFT" if number == 0 else None, **how)
    return ax


def test_of_lines_that_look_so_the_mean_is_told_or_that_it_is_one_of_them():
    ax = several([[0, 1], [2, 3], [4, 8]])
    ((_, frame),) = tables(ax.figure)
    assert frame.SFT.tolist() == [2, 4] and frame.attrs["notes"] == ["SFT: mean of 3 lines"]
    ((_, frame),) = tables(several([[0, 1], [2, 3, 4]]).figure)
    assert frame.SFT.tolist() == [0, 1] and frame.attrs["notes"] == ["SFT: one of 2 lines that look so"]
    ax = several([[0, 1]], linewidth=3)
    ax.plot([0, 1], [7, 7], color="black", alpha=0.2, linewidth=1)  # a faint one is another
    assert not tables(ax.figure)[0][1].attrs["notes"]


@pytest.mark.parametrize("level, told", [([[9, 9]], "9"), ([[0, 0], [0.25, 0.25]], "0, 0.25")])
def test_a_level_line_that_may_be_a_guide_is_told_where_it_goes_into_a_mean(level, told):
    ((_, frame),) = tables(several([[0, 1], [2, 3], *level]).figure)
    (note,) = frame.attrs["notes"]
    assert note == f"SFT: mean of {2 + len(level)} lines, level ones at {told} among them"
    ((_, frame),) = tables(several([*level, [2, 2]]).figure)
    assert "level" not in frame.attrs["notes"][0]


def test_a_frontier_tells_the_mean_path_of_each_arm_and_rate():
    runs = [
        {"method": method, "lr": lr, "seed": seed, "step": step, "metric": metric, "value": value}
        for method, top in (("SFT", 1.0), ("RL", 3.0))
        for lr in (0.1, 0.2)
        for seed in (0, 1)
        for step in range(2 + seed)
        for metric, value in (("cost", top + seed), ("reward", step * lr))
    ]
    ((_, frame),) = tables(plot_frontier(pd.DataFrame(runs), "cost", reward="reward").figure)
    assert frame.loc["SFT, lr 0.2, step 1"].tolist() == [1.5, 0.2, 2]
    assert frame.loc["RL, lr 0.1, step 0"].tolist() == [3.5, 0, 2] and len(frame) == 8
    alone = pd.DataFrame(runs).query("lr == 0.1").drop(columns="lr")
    ((_, frame),) = tables(plot_frontier(alone, "cost", reward="reward", smallest=1.8).figure)
    assert frame.loc["SFT, step 1"].tolist() == [1.9, 0.1, 2] and "runs" in folded(plt.gcf())


@pytest.mark.parametrize(
    "limits, kept",
    [
        ({"ylim": (0, 6)}, [1, 5]),
        ({"ylim": (6, 0)}, [1, 5]),
        ({"yscale": "log"}, [1, 5, 7]),
        ({"xscale": "log", "ylim": (-9, 9)}, [1, 5, 7]),
        ({"xlim": (1.5, 9), "ylim": (0, 6)}, [5]),
        ({"xlim": (5, 9)}, None),
        ({"ylim": (100, 200)}, None),
    ],
)
def test_what_no_eye_can_see_is_no_number_and_it_is_said(limits, kept):
    ax = lines(SFT=([0, 1, 2, 3], [-6.0, 1.0, 5.0, 7.0]))
    ax.set(**limits)
    found = tables(ax.figure)
    assert (found[0][1].SFT.tolist() if kept else found) == (kept or [])
    if kept and "xlim" not in limits:
        assert ["point" in note and "beyond the axes" in note for note in found[0][1].attrs["notes"]] == [
            True
        ]
    line = ax.get_lines()[0]
    line.set_clip_on(False)
    ax.set(xscale="linear", yscale="linear")
    assert len(tables(ax.figure)[0][1]) == 4, "nothing is cut off"


def test_a_line_that_goes_through_a_panel_and_has_its_ends_beyond_is_told_by_them():
    ax = lines(SFT=([0, 10], [0.0, 10.0]))
    ax.set(xlim=(4, 6), ylim=(4, 6))
    assert tables(ax.figure)[0][1].SFT.tolist() == [0, 10]


def test_lines_that_a_legend_alone_names_are_told_and_what_else_it_names_is_said():
    (ax,) = panels(1)
    ax.plot([0, 1], [[5, 1], [6, 2]])
    bars = ax.bar([0], [3])
    ax.legend([*ax.get_lines(), bars], ["SFT", "RL", "bars"])
    ((_, frame),) = tables(ax.figure)
    assert frame.SFT.tolist() == [5, 6] and frame.RL.tolist() == [1, 2]
    assert frame.attrs["notes"] == ["not among them: bars"]
    one, other = panels(2)
    for panel, up in ((one, [0, 1]), (other, [3, 4])):
        panel.plot([0, 1], up, color="black")
    one.figure.legend(one.get_lines(), ["SFT"])
    assert [frame.SFT.tolist() for _, frame in tables(one.figure)] == [[0, 1], [3, 4]]


def test_a_panel_that_is_set_into_another_is_told_too():
    ax = lines(SFT=([0, 1], [0, 1]))
    inner = ax.inset_axes([0.5, 0.5, 0.4, 0.4])
    inner.plot([0, 1], [7, 8], label="near")
    inner.set_title("nearer")
    ax.secondary_xaxis("top")
    assert [(name, [*frame]) for name, frame in tables(ax.figure)] == [
        ("success", ["SFT"]),
        ("nearer", ["near"]),
    ]


def test_a_figure_whose_numbers_cannot_be_read_is_shown_all_the_same():
    ax = lines(SFT=([0, 1], [0, 1]))
    ax.numbers = 5
    page = picture(ax.figure)[0]["text/html"]
    assert "<img" in page and UNREAD in page and SUMMARY not in page


def test_panels_in_space_have_no_table():
    ax = plt.figure().add_subplot(projection="3d")
    ax.plot([0, 1], [0, 1], [0, 1], label="path")
    assert "<img" in picture(ax.figure)[0]["text/html"] and tables(ax.figure) == []


def test_panels_that_share_their_places_share_the_name_of_them():
    ax = lines(SFT=([0, 1], [0, 1]))
    ax.twinx().plot([0, 1], [5, 6], label="cost")
    assert [frame.index.name for _, frame in tables(ax.figure)] == ["batch", "batch"]


def test_panels_are_told_one_by_one():
    left, right = panels(2)
    for ax, name in ((left, "hint 0"), (right, "hint 1")):
        ax.plot([0, 1], [0, 1], label="SFT")
        ax.set_title(name)
        label_ends(ax)
    assert [name for name, _ in tables(left.figure)] == ["hint 0", "hint 1"]


@pytest.mark.parametrize("named", [True, False])
def test_lines_that_have_names_of_their_own_are_no_seeds_of_one_another_however_much_they_look_so(named):
    ax = lines()
    one, two = (ax.plot([0, 1], [low, low + 1], "r", label=low if named else None)[0] for low in (1, 5))
    ax.legend([one, two], ["1", "5"])
    ((_, frame),) = tables(ax.figure)
    assert frame["1"].tolist() == [1, 2] and frame["5"].tolist() == [5, 6]


@pytest.mark.parametrize("how", [{"alpha": 0}, {"lw": 0}, {"ls": "None"}, {"visible": False}])
def test_a_line_that_nobody_can_see_has_no_numbers(how):
    figure, ax = plt.subplots()
    ax.plot([0, 1, 2], [1, 2, 3], label="seen")
    ax.plot([0, 1, 2], [7, 8, 9], label="not seen", **how)
    ((_, frame),) = tables(figure)
    assert list(frame) == ["seen"]


def test_a_line_with_error_bars_has_its_numbers():
    figure, ax = plt.subplots()
    ax.errorbar([0, 1, 2], [1, 2, 3], yerr=0.5, label="mean and half width")
    ((_, frame),) = tables(figure)
    assert frame["mean and half width"].tolist() == [1, 2, 3]
