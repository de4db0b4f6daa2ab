"""Figures: what they say in words, what they refuse, and what a notebook stores of them."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from frames_of import arms, curve
from matplotlib.colors import to_rgb
from PIL import Image

from helpers.kit import predictions
from helpers.kit.frames import final
from helpers.kit.legible import DPI, complaints
from helpers.kit.pictures import QUIET, png_of
from helpers.kit.plots import panels, picture, plot_curves, plot_frontier, plot_seeds


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture
def frame():
    return pd.concat(
        [
            curve("GRPO", 0, [0.0, 0.4, 0.8], [0.0, 0.1, 0.3]),
            curve("GRPO", 1, [0.0, 0.5, 0.9], [0.0, 0.2, 0.4]),
            curve("SFT", 0, [0.0, 0.2, 0.3], [0.0, 0.5, 0.9]),
            curve("SFT", 1, [0.0, 0.6, 0.7], [0.0, 0.6, 0.8]),
        ],
        ignore_index=True,
    )


DRAW = {
    "curves": lambda frame, metric: plot_curves(frame, metric),
    "frontier": lambda frame, metric: plot_frontier(frame, metric, reward="reward"),
    "seeds": lambda frame, metric: plot_seeds(final(frame, metric), metric),
}
every_plot = pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)


@every_plot
def test_every_figure_says_in_words_what_it_shows(frame, draw):
    ax = draw(frame, "drift")
    words = " ".join(ax.figure.alt_text)
    assert "GRPO" in words and "SFT" in words and len(words) > 60
    assert ax.get_xlabel() or len(ax.get_xticklabels()) == 2
    assert ax.get_ylabel()


@every_plot
@pytest.mark.parametrize(
    "change, error, says",
    [
        (lambda frame: (frame, "drfit"), KeyError, r"no metric 'drfit'; there are \['drift', 'reward'\]"),
        (lambda frame: (frame[:0], "drift"), ValueError, "empty"),
        (lambda frame: (frame[frame.method == "PPO"], "drift"), ValueError, "empty"),
    ],
)
def test_what_is_not_there_is_refused_instead_of_an_empty_figure(frame, draw, change, error, says):
    with pytest.raises(error, match=says):
        draw(*change(frame))


def test_curves_refuse_what_is_nowhere_a_number_and_an_unknown_column(frame):
    with pytest.raises(ValueError, match="every value of 'drift' is NaN"):
        plot_curves(frame.assign(value=np.nan), "drift")
    with pytest.raises(KeyError, match="no column 'hint'"):
        plot_curves(frame, "drift", x="hint")
    with pytest.raises(ValueError, match="nothing to draw"):
        plot_seeds(pd.DataFrame({"SFT": []}), "drift")


def test_curves_say_which_values_are_not_drawn(frame):
    frame.loc[(frame.method == "SFT") & (frame.step == 2), "value"] = np.nan
    with pytest.warns(UserWarning, match="no numbers are not drawn: 2 of SFT"):
        plot_curves(frame, "drift")


def test_curves_draw_the_mean_and_the_interval_of_each_arm():
    ax = plot_curves(arms(), "drift")
    lines = {
        line.get_label(): line.get_ydata() for line in ax.get_lines() if not line.get_label().startswith("_")
    }
    rows = arms()[arms().metric == "drift"]
    means = rows.groupby(["method", "step"]).value.mean()
    shown = [line for line in ax.get_lines() if len(line.get_ydata()) == 3]
    for line, method in zip(shown, ["SFT", "RL"], strict=True):
        assert list(line.get_ydata()) == pytest.approx(list(means[method])), lines


def test_a_share_has_no_band_beyond_one():
    parts = [curve("RL", seed, [0.5, end, end], [0, 0, 0]) for seed, end in enumerate([1, 1, 1, 1, 0.6])]
    tops = [
        max(path.vertices[:, 1].max() for band in plot_curves(pd.concat(parts), "reward", scale=scale).collections
            for path in band.get_paths())
        for scale in ("unbounded", "share")
    ]  # fmt: skip
    assert tops[1] <= 1 < tops[0]


@pytest.mark.parametrize(
    "seeds, says", [(1, "1 seed:"), (3, "lowest to the highest seed"), (4, "95 % bands")]
)
def test_the_words_say_what_a_band_is(seeds, says):
    assert says in plot_curves(arms(seeds=seeds), "drift").figure.alt_text[0]


def test_the_words_of_bands_are_those_of_the_bands_that_are_drawn():
    of = lambda name, seeds: [curve(name, seed, [0, seed, 1], [0, 0, 0]) for seed in range(seeds)]
    said = lambda few, many: plot_curves(pd.concat(few + many), "reward").figure.alt_text[0].split(":")[0]
    assert said(of("alone", 1), of("many", 5)).endswith("mean of 1 to 5 seeds with 95 % bands")
    both = said(of("few", 2), of("many", 5))
    assert "95 % bands" in both and "lowest to the highest seed" in both


def test_the_axis_says_training_step_unless_something_else_is_across(frame):
    assert plot_curves(frame, "drift").get_xlabel() == "training step"
    assert plot_curves(frame[frame.step == 2], "drift", x="lr").get_xlabel() == "lr"
    assert plot_curves(frame[frame.step == 2], "drift", x="lr", xlabel="rate").get_xlabel() == "rate"


@pytest.mark.parametrize(
    "draw, column",
    [
        (DRAW["curves"], "hint"),
        (DRAW["curves"], "lr"),
        (DRAW["frontier"], "hint"),
        (lambda frame, metric: plot_curves(frame, metric, x="lr"), "step"),
    ],
)
def test_what_stands_twice_is_not_drawn_as_one(frame, draw, column):
    several = frame
    if column != "step":
        several = pd.concat([frame.assign(**{column: value}) for value in (0.1, 0.2)], ignore_index=True)
    with pytest.raises(
        ValueError, match=f"two values for method GRPO, .*seed 0, .*: choose one {column} first"
    ):
        draw(several, "drift")
    draw(several[several[column] == several[column].min()], "drift")


def test_a_frontier_has_a_line_for_each_learning_rate(frame):
    several = pd.concat([frame, frame.assign(lr=0.2)], ignore_index=True)
    assert len(plot_frontier(several, "drift", reward="reward").get_lines()) == 8


def test_a_method_without_values_is_named_as_such():
    table = pd.DataFrame({"SFT": [0.1, 0.2], "RL": [np.nan, np.nan], "PPO": [0.1, np.nan]})
    ax = plot_seeds(table, "drift")
    said = " ".join(ax.figure.alt_text)
    assert [text.get_text() for text in ax.texts] == ["no seed\ngot there"] and ax.texts[0].get_position()[
        0
    ] == 1
    assert "RL none" in said and "PPO mean 0.10, from 0.10 to 0.10 (1 of the seeds without a value)" in said


@pytest.mark.parametrize("title", [None, "a title"])
@every_plot
def test_every_figure_can_be_read(frame, draw, title):
    ax = draw(frame, "drift")
    ax.set_title(title)
    assert complaints(ax.figure) == []


def test_two_panels_can_be_read_and_three_are_too_many(frame):
    assert complaints(drawn(frame)) == []
    axes = panels(3, width=3)
    plot_curves(frame, "drift", ax=axes[2])
    assert complaints(axes[0].figure) == ["It has 3 panels side by side; 2 at most."]


def test_the_words_say_which_arm_is_above_and_what_each_line_does(frame):
    said = plot_curves(frame, "drift").figure.alt_text[0]
    assert "SFT rises from 0.00 to 0.85" in said and "At the end, from above: SFT, then GRPO" in said
    said = plot_seeds(final(frame, "drift"), "drift").figure.alt_text[0]
    assert "Highest SFT, then GRPO below" in said


# What was predicted


@pytest.fixture
def predicted(file):
    predictions.predict("00.a", {"SFT": 0.9, "PPO": 0.5})


def hollow(ax):
    return [tuple(line.get_xydata()[0]) for line in ax.get_lines() if line.get_markerfacecolor() == "none"]


def test_a_guess_stands_hollow_where_its_result_stands(frame, predicted):
    assert hollow(plot_seeds(final(frame, "drift"), "drift", guessed="00.a")) == [(1, 0.9)]
    ax = plot_curves(frame, "drift", guessed="00.a")
    assert hollow(ax) == [(frame.step.max(), 0.9)]
    assert "Hollow: what you predicted, SFT 0.90." in ax.figure.alt_text
    assert [text.get_text() for text in ax._end_labels] == ["GRPO", "SFT"]


def test_a_figure_without_a_prediction_has_the_same_bytes_as_ever(frame, predicted):
    same = [png_of(plot_curves(frame, "drift", guessed=name).figure) for name in (None, "00.nobody")]
    assert same[0] == same[1] and not hollow(plot_seeds(final(frame, "drift"), "drift", guessed="00.b"))


# What is stored


def drawn(frame):
    left, right = panels(2)
    plot_curves(frame, "drift", ax=left)
    plot_frontier(frame, "drift", reward="reward", ax=right)
    return left.figure


def test_a_stored_picture_is_small_and_looks_like_the_figure(frame):
    figure, whole = drawn(frame), io.BytesIO()
    figure.savefig(whole, format="png", dpi=DPI)
    stored = Image.open(io.BytesIO(png_of(figure)))
    full = Image.open(whole).convert("RGB")
    difference = np.abs(np.asarray(stored.convert("RGB"), int) - np.asarray(full, int))
    assert stored.mode == "P" and len(stored.getcolors()) <= 64 and stored.size == full.size
    assert len(png_of(figure)) < 0.5 * len(whole.getvalue())
    assert difference.mean() < 1.5 and difference.max() < 80


def test_the_colours_of_the_arms_survive(frame):
    from helpers.kit.styles import styles

    stored = Image.open(io.BytesIO(png_of(drawn(frame)))).convert("RGB")
    there = np.asarray(stored, int).reshape(-1, 3)
    for colour, *_ in styles(["GRPO", "SFT"]).values():
        nearest = np.abs(there - 255 * np.array(to_rgb(colour))).max(1).min()
        assert nearest < 20, colour


def test_the_same_figure_gives_the_same_bytes(frame):
    first, second = picture(drawn(frame)), picture(drawn(frame))
    assert first == second
    assert first[0]["text/html"].startswith(f'{QUIET}\n<img alt="Line chart') and first[1]["image/png"]["alt"]


def test_the_order_of_rows_does_not_change_the_bytes(frame):
    turned = [pd.concat(part for _, part in frame.groupby("method", sort=False)) for frame in (frame, frame)]
    turned[1] = pd.concat(
        [rows.sample(frac=1, random_state=0) for _, rows in frame.groupby("method", sort=False)]
    )
    one, two = (png_of(plot_curves(each, "drift").figure) for each in turned)
    assert one == two


# What cannot be drawn


@pytest.mark.parametrize("smallest", [0, -1, np.nan, np.inf, "a", True])
def test_a_logarithmic_axis_begins_above_zero(frame, smallest):
    with pytest.raises((TypeError, ValueError), match="smallest is a number above 0"):
        plot_frontier(frame, "drift", reward="reward", smallest=smallest)
    assert plot_frontier(frame, "drift", reward="reward", smallest=0.01).get_xscale() == "log"
    assert plot_frontier(frame, "drift", reward="reward").get_xscale() == "linear"


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_a_path_leaves_out_what_is_not_finite_and_says_so(frame, odd):
    frame.loc[(frame.metric == "drift") & (frame.method == "GRPO"), "value"] = odd
    with pytest.warns(UserWarning, match="of 'drift' that are no numbers are not drawn: 6 of GRPO"):
        ax = plot_frontier(frame, "drift", reward="reward")
    assert all(np.isfinite(line.get_xdata()).all() for line in ax.get_lines())
    frame.loc[frame.metric == "drift", "value"] = odd
    with pytest.raises(ValueError, match="nothing to draw"):
        plot_frontier(frame, "drift", reward="reward")


def test_infinite_values_are_said_and_hide_no_others():
    table = pd.DataFrame({"SFT": [0.1, 0.2, np.inf], "RL": [0.3, 0.4, 0.5], "PPO": [np.inf] * 3})
    with pytest.warns(UserWarning, match=r"is infinite for \d seeds"):
        ax = plot_seeds(table, "drift")
    said = ax.figure.alt_text[0]
    assert (
        "SFT mean 0.15" in said
        and "1 of the seeds without a value" in said
        and "PPO none that is finite" in said
    )


@pytest.mark.parametrize(
    "table, says",
    [
        ({"SFT": [0.1, 0.2]}, "got a dict"),
        (pd.Series([0.1, 0.2]), "got a Series"),
        (pd.DataFrame({"seed": [0, 1], "value": [0.1, 0.2]}), "'seed' is none: take final"),
        (pd.DataFrame({"step": [0, 1], "seed": [0, 1], "value": [0.1, 0.2]}), "'step' is none"),
    ],
)
def test_dots_need_a_table_with_a_row_for_each_seed(table, says):
    with pytest.raises((TypeError, ValueError), match=says):
        plot_seeds(table, "drift")


@pytest.mark.parametrize(
    "draw", [lambda f: plot_curves(f, "reward"), lambda f: plot_frontier(f, "drift", reward="reward")]
)
def test_a_figure_of_a_history_says_what_names_its_arm(frame, draw):
    with pytest.raises(ValueError, match="no column 'method'"):
        draw(frame.drop(columns="method"))
