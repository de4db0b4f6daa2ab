"""The figures of lesson 12: one bold line an arm, its seeds faint, names at the ends of lines."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.kit import label_ends, panels
from helpers.kit.plots import BLACK, GREY, describe, plot_seeds, style
from helpers.lessons.lesson12.levels import LEVEL
from helpers.lessons.lesson12.measures import DRIFT, REWARD

NONE_WHOLE = "no seed is whole yet"
SMILES = 0.97  # a reward above which an answer is a row of smiles or of happy words


def plot_paths(
    long: pd.DataFrame, metric: str = REWARD, *, log: bool = False, ax: Axes | None = None
) -> Axes:
    """A metric against the step: bold the mean of each arm, faint its seeds."""
    ax = ax or panels(1, width=6.4, height=3.8)[0]
    rows = long[(long.metric == metric) & ~((long.value <= 0) & log)]
    said = []
    for method, part in rows.groupby("method", sort=False):
        colour, dash, _ = style(method)
        for _, one in part.groupby("seed"):
            ax.plot(one.step, one.value, color=colour, alpha=0.35, linewidth=0.8, label="_seed")
        mean = part.groupby("step").value.mean()
        ax.plot(mean.index, mean, color=colour, linestyle=dash, linewidth=2.6, label=method)
        said.append(f"{method} from {mean.iloc[0]:.2f} to {mean.iloc[-1]:.2f}")
    if metric == REWARD:
        ax.axhline(LEVEL, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
        ax.text(rows.step.max(), LEVEL + 0.02, "where arms are compared", fontsize=10, color=GREY, ha="right")
        top = rows.groupby(["method", "step"]).value.mean()
        if len(top) and top.max() >= SMILES:
            at = top.idxmax()
            line = {"arrowstyle": "-", "color": BLACK, "linewidth": 0.8}
            place = {"xytext": (-6, -66), "textcoords": "offset points", "ha": "right"}
            said_there = "rows of smiles\nor of happy words"
            ax.annotate(said_there, (at[1], top.max()), fontsize=10, arrowprops=line, **place)
    ax.set(xlabel="training step", ylabel=metric, yscale="log" if log else "linear")
    label_ends(ax)
    return describe(
        ax, f"{metric} against the training step, one bold line an arm, seeds faint: {'; '.join(said)}."
    )


def plot_at_level(
    table: pd.DataFrame, label: str, *, level: float = LEVEL, before: float | None = None
) -> Axes:
    """A dot for each seed where its run reaches the level, and a line for what was before training.

    table: a row for each whole seed, as `levels.across` returns; without a row it is said that no seed is whole yet.
    """
    if table.empty:
        ax = panels(1, width=4.4, height=0.8)[0]
        ax.set_axis_off()
        ax.text(0.5, 0.5, f"at a reward of {level:g}: {NONE_WHOLE}", fontsize=11, ha="center", va="center")
        return describe(ax, f"No dots of {label} at a reward of {level:g}: {NONE_WHOLE}.")
    ax = plot_seeds(table, label, title=f"at a reward of {level:g}")
    if before is not None and np.isfinite(before):
        ax.axhline(before, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
        ax.text(ax.get_xlim()[1], before, " before\n training", fontsize=10, color=GREY, va="center")
        describe(ax, f"A line marks {before:.2f}, before training.")
    return ax


def plot_plane(runs: pd.DataFrame, arms, ax: Axes | None = None) -> Axes:
    """Reward across and drift elsewhere up, each run a faint line; bold, the mean drift of an arm at each reward."""
    ax = ax or panels(1, width=6.4, height=3.8)[0]
    said, marks = [], np.linspace(0.25, 0.75, 11)
    for method in arms:
        colour, dash, _ = style(method)
        read = []
        for _, run in runs[runs.method == method].groupby(["lr", "seed"]):
            table = run.pivot_table(index="step", columns="metric", values="value")
            if DRIFT not in table:
                continue
            path = table[[REWARD, DRIFT]].dropna().rolling(3, center=True, min_periods=1).mean()
            ax.plot(path[REWARD], path[DRIFT], color=colour, alpha=0.35, linewidth=0.8, label="_seed")
            top = np.maximum.accumulate(path[REWARD])
            read.append(np.interp(marks, top, path[DRIFT], left=np.nan, right=np.nan))
        if read:
            there = np.isfinite(read).any(0)
            mean = np.nanmean(np.array(read)[:, there], 0)
            ax.plot(marks[there], mean, color=colour, linestyle=dash, linewidth=2.6, label=method)
            said.append(f"{method} up to {mean.max():.2f} nats")
    ax.axvline(LEVEL, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    ax.set(xlabel=REWARD, ylabel=DRIFT)
    label_ends(ax)
    return describe(
        ax, f"Drift elsewhere against reward, one bold line an arm: {'; '.join(said) or 'no run yet'}."
    )
