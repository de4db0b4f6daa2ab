"""The figures of lesson 12: one bold line an arm, its seeds thin, names at the ends of lines."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.kit import label_ends, panels
from helpers.kit.plots import BLACK, GREY, describe, plot_seeds, style
from helpers.lessons.lesson12.arms import GRPO
from helpers.lessons.lesson12.levels import LEVEL
from helpers.lessons.lesson12.measures import DRIFT, REWARD

NONE_WHOLE = "no seed is whole yet"
THIN = {"alpha": 0.85, "linewidth": 0.7, "label": "_seed"}  # a seed: 3 : 1 on white
BOLD = 3.0
LINE = {"color": GREY, "linewidth": 1.2, "linestyle": (0, (4, 3))}
DRIFTS = [0.01, 0.03, 0.1, 0.3, 1]  # ticks, in nats
COMPARED = "grey dashes: where arms are compared"


def plot_paths(
    long: pd.DataFrame,
    metric: str = REWARD,
    *,
    log: bool = False,
    names: Mapping[str, str] = {},
    ax: Axes | None = None,
) -> Axes:
    """A metric against the step: bold the mean of each arm, thin its seeds.

    names: arm -> what to write at the end of its line; its own name if nothing is said.
    """
    ax = ax or panels(1, width=6.4, height=3.8)[0]
    rows = long[(long.metric == metric) & ~((long.value <= 0) & log)]
    said = []
    for method, part in rows.groupby("method", sort=False):
        colour, dash, _ = style(method)
        for _, one in part.groupby("seed"):
            ax.plot(one.step, one.value, color=colour, **THIN)
        mean = part.groupby("step").value.mean()
        ax.plot(mean.index, mean, color=colour, linestyle=dash, linewidth=BOLD, label=method)
        said.append(f"{method} from {mean.iloc[0]:.2f} to {mean.iloc[-1]:.2f}")
    if metric == REWARD:
        ax.axhline(LEVEL, **LINE)
        ax.set_title(COMPARED, fontsize=10, loc="left")
        ax.set_ylim(0, 1.15)  # room for a name above
    ax.set_xlim(left=0)
    ax.set(xlabel="training step", ylabel=metric, yscale="log" if log else "linear")
    label_ends(ax, {method: names.get(method, method) for method in rows.method.unique()})
    return describe(
        ax, f"{metric} against the training step, one bold line an arm, seeds thin: {'; '.join(said)}."
    )


def plot_live(rewards: pd.Series, course: pd.Series, whose: str, ax: Axes | None = None) -> Axes:
    """The mean reward of each batch: of steps that ran live, black, and of the course's `train` with the same draws.

    rewards, course: by training step. whose: the name of the steps, "yours".
    """
    ax = ax or panels(1, width=6.4, height=3.0)[0]
    ax.plot(rewards.index, rewards, "o-", color=BLACK, linewidth=2, label=whose)
    colour, dash, marker = style(GRPO)
    ax.plot(
        course.index, course, marker, linestyle=dash, color=colour, linewidth=2, label="the course's train"
    )
    ax.set(xlabel="training step", ylabel="mean reward of the batch", xticks=list(rewards.index))
    label_ends(ax)
    told = "; ".join(
        f"{name} {', '.join(f'{value:.2f}' for value in row)}"
        for name, row in ((whose, rewards), ("the course's train", course))
    )
    return describe(ax, f"Mean reward of each batch by training step: {told}.")


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
        ax.axhline(before, **LINE)
        ax.text(ax.get_xlim()[1], before, " before\n training", fontsize=10, color=GREY, va="center")
        describe(ax, f"A line marks {before:.2f}, before training.")
    return ax


def plot_plane(runs: pd.DataFrame, arms, ax: Axes | None = None) -> Axes:
    """Reward across and drift elsewhere up, each run a thin line; bold, the mean drift of an arm at each reward.

    A line begins where drift was first measured, and not at the start's zero, from which nothing leads there. Up, a
    step is a factor: arms that drift little can be told apart beside those that drift much.
    """
    ax = ax or panels(1, width=6.4, height=3.8)[0]
    said, marks = [], np.linspace(0.25, 0.75, 11)
    for method in arms:
        colour, dash, _ = style(method)
        read = []
        for _, run in runs[runs.method == method].groupby(["lr", "seed"]):
            table = run.pivot_table(index="step", columns="metric", values="value")
            if DRIFT not in table:
                continue
            measured = table.loc[(table.index > 0) & (table[DRIFT] > 0), [REWARD, DRIFT]].dropna()
            path = measured.rolling(3, center=True, min_periods=1).mean()
            ax.plot(path[REWARD], path[DRIFT], color=colour, **THIN)
            top = np.maximum.accumulate(path[REWARD])
            read.append(np.interp(marks, top, path[DRIFT], left=np.nan, right=np.nan))
        if read:
            there = np.isfinite(read).mean(0) > 0.5  # most runs
            mean = np.nanmean(np.array(read)[:, there], 0)
            ax.plot(marks[there], mean, color=colour, linestyle=dash, linewidth=BOLD, label=method)
            said.append(f"{method} up to {mean.max():.2f} nats")
    ax.axvline(LEVEL, **LINE)
    ax.set_title(COMPARED, fontsize=10, loc="left")
    ax.set(xlabel=REWARD, ylabel=DRIFT, xlim=(0, None))
    if said:
        ax.set_yscale("log")
        ax.set_yticks(DRIFTS, [f"{one:g}" for one in DRIFTS])
        ax.minorticks_off()
    label_ends(ax)
    return describe(
        ax, f"Drift elsewhere against reward, one bold line an arm: {'; '.join(said) or 'no run yet'}."
    )
