"""Pictures of lesson 08: stories, how the distance falls with what was read, and where conditions combine."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from helpers.kit.labels import label_ends
from helpers.kit.legible import FAINT
from helpers.kit.plots import BLACK, GREY, describe, panels, plot_guesses, styles
from helpers.kit.styles import register_arms
from helpers.kit.words import told

register_arms({"net": 0, "says over again": 2})
register_arms({"small": 0, "large, same count": 1, "small, same share": 2})
register_arms({"as in the data": 0, "a tag from outside": 1, "a name from outside": 4})
register_arms({"a deed from outside": 7, "a thing from elsewhere": 10})


def plot_stories(stories: Mapping[str, float], title: str) -> Axes:
    """Stories as text, each with its chance."""
    ax = plot_drawn(list(stories), title, width=9.0)
    for row, chance in enumerate(stories.values()):
        ax.text(1.0, row + 0.5, f"1 in {1 / chance:,.0f}", va="center", ha="right", fontsize=10, color=GREY)
    said = " ".join(f"{text} (1 in {1 / chance:,.0f})" for text, chance in stories.items())
    ax.figure.alt_text = [f"{title}: {said}"]
    return ax


def plot_drawn(texts: Sequence[str], title: str, *, width: float = 7.4) -> Axes:
    """Stories as text, one below the other."""
    rows = max(1, len(texts))
    ax = panels(1, width=width, height=0.5 + 0.36 * rows)[0]
    ax.set(xlim=(0, 1), ylim=(rows, 0), xticks=[], yticks=[])
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    for row, text in enumerate(texts):
        ax.text(0.0, row + 0.5, text, va="center", fontsize=11)
    ax.set_title(title, fontsize=11, loc="left")
    return describe(ax, f"{title}: {' '.join(texts)}")


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
    ax.set(
        xscale="log",
        ylim=(0, 1.02),
        xlabel="stories read, each step twice as many",
        ylabel="total variation of whole stories",
    )
    most = int(repeated.stories.max())
    ax.set_xticks([most / 2**k for k in range(6)], [f"{most / 2**k:,.0f}" for k in range(6)])
    ax.minorticks_off()
    label_ends(ax)
    seeds = history.seed.nunique()
    return describe(
        ax,
        f"Total variation from the law against stories read, mean of {seeds} seeds: {told(lines, 'stories')}.",
    )


def plot_cells(
    denied: pd.DataFrame, foretold: pd.Series, from_data: float, taught: Mapping[str, float], *, guessed=None
) -> Axes:
    """The chance of a denial by what a prompt has, a dot for each net; a bar where the data say what it should be.

    foretold: where adding log odds of a net's own chances puts each net in the last column: an open square, joined to
    its dot. from_data: where adding those of the data puts all nets, an open diamond.
    """
    ax = panels(1, width=8.4, height=4.2)[0]
    seeds, last = len(denied), len(denied.columns) - 1
    spread = [0.0] if seeds == 1 else [0.3 * (k / (seeds - 1) - 0.5) for k in range(seeds)]
    for place, name in enumerate(denied):
        across = [place + shift for shift in spread]
        dots = {"color": BLACK, "markersize": 6, "alpha": 0.8, "zorder": 4}
        ax.plot(across, denied[name], "o", label="_net" if place else "net", **dots)
        if name in taught:
            bar = {
                "color": "#0072B2",
                "linewidth": 3,
                "alpha": 0.6,
                "label": "_bar" if place else "in the data",
            }
            ax.plot([place - 0.35, place + 0.35], [taught[name]] * 2, **bar)
    across = [last + shift for shift in spread]
    for x, dot, square in zip(across, denied.iloc[:, -1], foretold, strict=True):
        ax.plot([x, x], [dot, square], color=GREY, linewidth=1, label="_join", gid=FAINT)
    hollow = {"linestyle": "none", "markerfacecolor": "none", "color": "#D55E00", "markeredgewidth": 1.8}
    ax.plot(across, foretold, marker="s", markersize=9, label="log odds added, from the net", **hollow)
    ax.plot(
        [last + 0.32], [from_data], marker="D", markersize=9, label="log odds added, from the data", **hollow
    )
    for name in list(taught)[1:]:
        ax.plot([last - 0.35, last + 0.35], [taught[name]] * 2, color=GREY, linestyle=":", label="_law")
        ax.text(last + 0.38, taught[name], f"as {name}", fontsize=10, color=GREY, va="center")
    ax.set(xticks=range(last + 1), ylim=(0, 1), xlim=(-0.5, last + 0.5))
    ax.set_ylabel("chance that a bad deed is denied")
    ax.set_xticklabels([name.replace(", ", ",\n") for name in denied], fontsize=10)
    ax.legend(
        fontsize=10, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False, columnspacing=1.0
    )
    means = "; ".join(f"{name} {denied[name].mean():.2f}" for name in denied)
    told_of = f"{denied.columns[-1]} from {denied.iloc[:, -1].min():.2f} to {denied.iloc[:, -1].max():.2f}"
    describe(
        ax,
        f"Chance of a denial by what the prompt has, a dot for each of {seeds} nets; means: {means}; {told_of}. "
        f"In the data: {', '.join(f'{name} {chance:g}' for name, chance in taught.items())}. "
        f"What one foretells for the last with log odds added, from the net: {foretold.mean():.2f} on the mean; with "
        f"log odds added, from the data: {from_data:.2f}. Dotted: what the data have with one of both conditions.",
    )
    return plot_guesses(ax, guessed, {denied.columns[-1]: last})
