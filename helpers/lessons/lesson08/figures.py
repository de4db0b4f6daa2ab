"""Pictures of lesson 08: stories, how the distance falls with what was read, and where conditions combine."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from helpers.kit.labels import label_ends
from helpers.kit.legible import FAINT
from helpers.kit.plots import BLACK, GREY, describe, panels, plot_guesses, styles
from helpers.kit.styles import register_arms
from helpers.kit.words import told

register_arms({"net": 0, "says over again": 2})
register_arms({"small": 0, "large, same count": 1, "small, same share": 2})
register_arms({"trained": 0, "a tag from outside": 1, "a name from outside": 4})
register_arms({"a deed from outside": 7, "a thing from elsewhere": 10})


def plot_stories(stories: Mapping[str, float], title: str) -> Axes:
    """Stories as text, each with its chance."""
    ax = panels(1, width=9.0, height=0.5 + 0.36 * max(1, len(stories)))[0]
    ax.set(xlim=(0, 1), ylim=(len(stories), 0), xticks=[], yticks=[])
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    for row, (text, chance) in enumerate(stories.items()):
        ax.text(0.0, row + 0.5, text, va="center", fontsize=11)
        ax.text(1.0, row + 0.5, f"1 in {1 / chance:,.0f}", va="center", ha="right", fontsize=10, color=GREY)
    ax.set_title(title, fontsize=11, loc="left")
    said = " ".join(f"{text} (1 in {1 / chance:,.0f})" for text, chance in stories.items())
    return describe(ax, f"{title}: {said}")


def plot_fall(history: pd.DataFrame, repeated: pd.DataFrame) -> Axes:
    """Total variation of whole stories against stories read: nets, and somebody who says over again what was read."""
    ax = panels(1, width=7.0, height=3.8)[0]
    frames = {
        "net": history[history.metric == "TV"].rename(columns={"value": "TV"}),
        "says over again": repeated,
    }
    looks, lines = styles(frames), {}
    for name, frame in frames.items():
        colour, dash, marker = looks[name]
        wide = frame[frame.stories > 0].pivot(index="stories", columns="seed", values="TV")
        ax.plot(wide.index, wide, color=colour, linewidth=0.5, alpha=0.35, gid=FAINT, label="_net")
        lines[name] = wide.mean(axis=1)
        ax.plot(
            lines[name].index,
            lines[name],
            color=colour,
            linestyle=dash,
            marker=marker,
            markersize=6,
            label=name,
        )
    ax.set(xscale="log", ylim=(0, 1.02), xlabel="stories read", ylabel="total variation of whole stories")
    label_ends(ax)
    seeds = history.seed.nunique()
    return describe(
        ax,
        f"Total variation from the law against stories read, mean of {seeds} seeds: {told(lines, 'stories')}.",
    )


def plot_cells(
    denied: pd.DataFrame, foretold: pd.Series, taught: Mapping[str, float], *, guessed=None
) -> Axes:
    """The chance of a denial by what a prompt has, a dot for each net; a bar where the data say what it should be.

    foretold: where adding log odds puts each net in the last column: an open square.
    """
    ax = panels(1, width=7.2, height=3.9)[0]
    seeds = len(denied)
    spread = [0.0] if seeds == 1 else [0.3 * (k / (seeds - 1) - 0.5) for k in range(seeds)]
    for place, name in enumerate(denied):
        across = [place + shift for shift in spread]
        ax.plot(
            across,
            denied[name],
            "o",
            color=BLACK,
            markersize=6,
            alpha=0.8,
            label="net" if not place else "_net",
        )
        if name in taught:
            ax.plot(
                [place - 0.35, place + 0.35], [taught[name]] * 2, color="#0072B2", linewidth=3, alpha=0.6,
                label="in the data" if not place else "_data",
            )  # fmt: skip
    last = len(denied.columns) - 1
    ax.plot(
        [last + shift for shift in spread], foretold, "s", markerfacecolor="none", color="#D55E00", markersize=9,
        label="log odds added",
    )  # fmt: skip
    ax.set(xticks=range(len(denied.columns)), ylim=(0, 1), ylabel="chance that a bad deed is denied")
    ax.set_xticklabels([name.replace(", ", ",\n") for name in denied], fontsize=10)
    ax.legend(fontsize=10, loc="upper left", frameon=False)
    means = "; ".join(f"{name} {denied[name].mean():.2f}" for name in denied)
    told_of = f"{denied.columns[-1]} from {denied.iloc[:, -1].min():.2f} to {denied.iloc[:, -1].max():.2f}"
    describe(
        ax,
        f"Chance of a denial by what the prompt has, a dot for each of {seeds} nets; means: {means}; {told_of}. "
        f"In the data: {', '.join(f'{name} {chance:g}' for name, chance in taught.items())}. "
        f"With log odds added one foretells {foretold.mean():.2f} for the last.",
    )
    return plot_guesses(ax, guessed, {denied.columns[-1]: last})
