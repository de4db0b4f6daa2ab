"""Pictures of lesson 06: pulls as they go, how often arm 2 is taken, and memories that change hands."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from helpers.core import Batch
from helpers.kit.legible import FAINT
from helpers.kit.plots import BLACK, BLUE, VERMILION, describe, panels, plot_curves, plot_seeds
from helpers.kit.styles import register_arms

register_arms(
    {"best learner": 0, "best learner, skewed": 1, "ridge": 0, "one step in a layer": 1, "says 0": 2}
)
LOOKS = {0: ("s", BLUE), 1: ("^", VERMILION)}


def plot_lives(lives: Mapping[str, Batch], *, first: int = 0, rows: int = 6) -> Axes:
    """Episodes of the first seed, a panel for each task: which arm at each pull, filled where it paid.

    first: the number of the first episode that is shown.
    """
    axes = panels(len(lives), width=4.3, height=3.4)
    for ax, (name, batch) in zip(axes, lives.items(), strict=True):
        arms, pays = (part[0, first : first + rows] for part in (batch.action, batch.reward))
        for row, (arm, pay) in enumerate(zip(arms.tolist(), pays.tolist(), strict=True)):
            for pull, (one, paid) in enumerate(zip(arm, pay, strict=True)):
                marker, colour = LOOKS[one]
                face = colour if paid else "white"
                ax.plot(
                    pull + 1, row + 1, marker, color=colour, markerfacecolor=face, markersize=10, gid=FAINT
                )
        ax.set(title=name, xlabel="pull", xticks=range(1, arms.shape[1] + 1), ylim=(rows + 0.6, 0.4))
        ax.set(yticks=range(1, rows + 1), ylabel="episode")
        late = float(batch.action[0, :, -3:].float().mean())
        describe(
            ax,
            f"{name}: {rows} episodes of a net whose weights stay as they are, a mark for each pull, filled where it "
            f"paid. Over all its episodes it takes arm 2 in {late:.2f} of the last three pulls.",
        )
    marks = [
        Line2D([], [], linestyle="", marker=mark, color=c, label=f"arm {one + 1}")
        for one, (mark, c) in LOOKS.items()
    ]
    marks += [
        Line2D([], [], linestyle="", marker="o", color=BLACK, markerfacecolor="white", label="did not pay")
    ]
    axes[-1].legend(handles=marks, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    return axes[0]


def plot_by_pull(frame: pd.DataFrame, title: str, *, guessed: str | None = None) -> Axes:
    """How often arm 2 is taken at each pull, by learner."""
    ax = plot_curves(
        frame, "takes arm 2", x="pull", title=title, guessed=guessed, ax=panels(1, width=7.2, height=4)[0]
    )
    ax.set_ylim(-0.04, 1.06)
    return ax


def plot_handed_over(tables: Mapping[str, pd.DataFrame]) -> Axes:
    """The chance of arm 2 where arm 1 is better, as the memory is changed: a dot a seed, a panel for each way."""
    axes = panels(len(tables), width=4.3, height=3.8)
    for ax, (name, table) in zip(axes, tables.items(), strict=True):
        short = table.rename(columns=lambda column: column.replace(" ", "\n", 1))
        plot_seeds(short, "chance of arm 2", ax=ax, title=name)
        ax.set_ylim(-0.04, 1.06)
    return axes[0]


def plot_regression(frames: Mapping[str, pd.DataFrame]) -> Axes:
    """Squared error against how many examples were seen, a panel for each scale of the inputs."""
    axes = panels(len(frames), width=4.2, height=3.6)
    for ax, (name, frame) in zip(axes, frames.items(), strict=True):
        plot_curves(frame, "squared error", xlabel="examples in the prompt", title=name, ax=ax)
        ax.set_yscale("log")
    return axes[0]
