"""Pictures of lesson 06: pulls as they go, how often arm 2 is taken, and memories that change hands."""

from collections.abc import Mapping
from math import ceil, floor, log10

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from helpers.core import Batch
from helpers.kit.labels import label_ends
from helpers.kit.legible import FAINT
from helpers.kit.plots import BLUE, VERMILION, describe, panels, plot_curves, plot_seeds
from helpers.kit.styles import register_arms, styles

register_arms(
    {
        "best learner": 0,
        "best learner, skewed": 1,
        "table": 2,
        "Thompson": 4,
        "ridge": 0,
        "one step in a layer": 1,
        "one step, exact": 5,
        "says 0": 3,
        "trained layers": 1,
    }
)
LOOKS = {0: ("s", BLUE), 1: ("^", VERMILION)}


def plot_lives(lives: Mapping[str, Mapping[str, Batch]], *, first: int = 0, rows: int = 2) -> Axes:
    """Episodes of players, the first seed's: which arm at each pull, filled where it paid; a panel for each task.

    lives: task -> name of a player -> its episodes, on the same coins. first: the number of the first that is shown.
    """
    axes = panels(len(lives), width=4.3, height=4.2)
    for ax, (task, players) in zip(axes, lives.items(), strict=True):
        middles, late = [], []
        for place, (name, batch) in enumerate(players.items()):
            top = place * (rows + 0.7)
            _plot_pulls(ax, batch, range(first, first + rows), top)
            middles.append(top + (rows - 1) / 2)
            late.append(f"{name} in {float(batch.action[0, :, -3:].float().mean()):.2f}")
        ax.set(
            title=task,
            xlabel="pull",
            xticks=range(1, batch.action.shape[-1] + 1),
            ylim=(top + rows - 0.3, -0.7),
        )
        ax.set_yticks(middles, list(players))
        ax.tick_params(axis="y", length=0)
        describe(
            ax,
            f"{task}: of {len(players)} players {rows} episodes each, a mark for each pull, filled where it paid. Over "
            f"all their episodes they take arm 2 in the last three pulls so often: {', '.join(late)}.",
        )
    marks = [
        Line2D([], [], linestyle="", marker=mark, color=c, label=f"arm {one + 1}, paid")
        for one, (mark, c) in LOOKS.items()
    ]
    marks += [
        Line2D(
            [],
            [],
            linestyle="",
            marker=mark,
            color=c,
            markerfacecolor="white",
            label=f"arm {one + 1}, did not",
        )
        for one, (mark, c) in LOOKS.items()
    ]
    axes[-1].legend(handles=marks, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    return axes[0]


def _plot_pulls(ax, batch, episodes, top):
    for row, episode in enumerate(episodes):
        pulls = zip(batch.action[0, episode].tolist(), batch.reward[0, episode].tolist(), strict=True)
        for pull, (arm, paid) in enumerate(pulls):
            marker, colour = LOOKS[arm]
            face = colour if paid else "white"
            ax.plot(pull + 1, top + row, marker, color=colour, markerfacecolor=face, markersize=9, gid=FAINT)


def plot_by_pull(frame: pd.DataFrame, title: str, *, split: str | None = None) -> Axes:
    """How often arm 2 is taken at each pull, by learner.

    split: a learner whose nets are of two kinds, of which a mean is neither: a thin line for each of its nets.
    """
    ax, one = panels(1, width=7.2, height=4)[0], frame.method == split
    plot_curves(frame[~one], "takes arm 2", x="pull", title=title, ax=ax)
    if one.any():
        _plot_nets(ax, frame[one].pivot(index="pull", columns="seed", values="value"), split)
    ax.set_ylim(-0.04, 1.06)
    return ax


def _plot_nets(ax, nets, name):
    """A thin line for each net, named by how many end on which side of one half."""
    ((colour, dash, _),) = styles([name]).values()
    sides = {True: "most of the time", False: "seldom"}
    said = []
    for often, how in sides.items():
        mine = nets.loc[:, (nets.iloc[-1] > 0.5) == often]
        label = f"{name}: {mine.shape[1]} of {nets.shape[1]} nets"
        for seed in mine:
            ax.plot(mine.index, mine[seed], color=colour, linestyle=dash, linewidth=1, label=f"_{seed}")
        if mine.shape[1]:
            ends = " ".join(f"{one:.2f}" for one in mine.iloc[-1].sort_values())
            said.append(f"{label}, in the end {how} ({ends})")
            ax.get_lines()[-1].set_label(label)
    label_ends(ax)
    describe(ax, f"A thin line for each net: {'; '.join(said)}.")


def plot_handed_over(tables: Mapping[str, pd.DataFrame]) -> Axes:
    """The chance of arm 2 where arm 1 is better, as the memory is changed: a dot a seed, a panel for each way."""
    axes = panels(len(tables), width=4.3, height=3.8)
    for ax, (name, table) in zip(axes, tables.items(), strict=True):
        short = table.rename(columns=lambda column: column.replace(" ", "\n", 1))
        plot_seeds(short, "chance of arm 2 (arm 1 pays more here)", ax=ax, title=name)
        ax.set_ylim(-0.04, 1.06)
    return axes[0]


def plot_regression(frames: Mapping[str, pd.DataFrame]) -> Axes:
    """Squared error against how many examples were seen, a panel for each scale of the inputs."""
    axes = panels(len(frames), width=4.2, height=3.6)
    for ax, (name, frame) in zip(axes, frames.items(), strict=True):
        plot_curves(frame, "squared error", xlabel="examples in the prompt", title=name, ax=ax)
        ax.set_yscale("log")
    return axes[0]


def plot_taught(frames: Mapping[str, pd.DataFrame]) -> Axes:
    """Squared error of trained layers, against the training step and against the scale of the inputs."""
    axes = panels(len(frames), width=4.2, height=3.8)
    for ax, (name, frame), xlabel in zip(
        axes, frames.items(), ("training step", "scale of the inputs (training's: 1)"), strict=True
    ):
        plot_curves(frame, "squared error", xlabel=xlabel, scale="positive", title=name, ax=ax)
        ax.set_yscale("log")
        ax.set_ylim(
            *(10.0 ** end(log10(frame.value.agg(most))) for end, most in ((floor, "min"), (ceil, "max")))
        )
        ax.yaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_minor_formatter("")
    return axes[0]


def plot_each(runs: Mapping[str, pd.DataFrame], metric: str) -> Axes:
    """A metric against the training step, a thin line for each net, a panel for each kind of beginning."""
    axes = panels(len(runs), width=4.2, height=3.6)
    for ax, (name, frame) in zip(axes, runs.items(), strict=True):
        each = frame[frame.metric == metric].pivot(index="step", columns="seed", values="value")
        ax.plot(each.index, each, color=VERMILION, marker="o", markersize=4, linewidth=1)
        ax.set(title=name, xlabel="training step", ylabel=metric, ylim=(-0.06, 1.06))
        ends = "; ".join(f"seed {seed} {' '.join(f'{one:.2f}' for one in each[seed])}" for seed in each)
        describe(
            ax,
            f"{name}: {metric} at the steps {', '.join(map(str, each.index))}, a line for each net: {ends}.",
        )
    return axes[0]
