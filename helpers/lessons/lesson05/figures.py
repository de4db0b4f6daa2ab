"""Pictures of lesson 05: walks of runs from one start, what they lean to, and how widely they scatter."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from helpers.kit.legible import FAINT
from helpers.kit.plots import BLACK, GREY, describe, label_ends, panels, style
from helpers.kit.styles import GOALS, register_arms
from helpers.lessons.lesson05 import leans
from helpers.lessons.lesson05.arms import INDEX
from helpers.lessons.lesson05.gaps import DENSE, LATER
from helpers.lessons.lesson05.walks import Walks

register_arms({DENSE: 2, LATER: 3})
SIDES = ([0, 0.25, 0.5, 0.75, 1], ["0: flag", "0.25", "0.5", "0.75", "1: coin"])
LEAN = "goal index, coin and flag apart"


def plot_walks(runs: Sequence[Walks], title: str) -> Axes:
    """One maze four times, two by two: twelve walks of each of four runs. Thin lines; where each ended, a mark."""
    figure, axes = plt.subplots(2, 2, figsize=(6.6, 7.6), layout="constrained")
    figure.suptitle(title, fontsize=11, x=0.02, ha="left")
    for number, (ax, one) in enumerate(zip(axes.flat, runs, strict=True), 1):
        height, width = one.walls.shape
        ax.imshow(one.walls, cmap="Greys", vmin=0, vmax=1.4)
        ax.vlines(np.arange(1, width) - 0.5, -0.5, height - 0.5, color="#DDDDDD", linewidth=0.6)
        ax.hlines(np.arange(1, height) - 0.5, -0.5, width - 0.5, color="#DDDDDD", linewidth=0.6)
        ax.set(xticks=[], yticks=[])
        for place, cells in enumerate(one.cells):
            rows, columns = np.divmod(np.asarray(cells), width)
            shift = 0.3 * ((place + 0.5) / len(one.cells) - 0.5) * 2
            look = GOALS[one.ends[place]]
            colour = GREY if one.ends[place] == "neither" else look.face
            ax.plot(columns + shift, rows + shift, "-", color=colour, linewidth=1.1, gid=FAINT)
        ax.plot(one.start % width, one.start // width, "s", color=BLACK, markersize=9)
        for goal, cell in (("coin", one.coin), ("flag", one.flag)):
            look = GOALS[goal]
            at, row = cell % width, cell // width
            ax.plot(
                at, row, look.marker, color=look.face, markersize=14, markerfacecolor="white", mew=2, zorder=4
            )
            word = {"ha": "center", "va": "center", "fontsize": 10, "color": look.face, "weight": "bold"}
            word["path_effects"] = [withStroke(linewidth=3, foreground="white")]
            ax.annotate(
                goal, (np.clip(at, 0.2, width - 1.2), row + (-0.62 if row else 0.66)), zorder=5, **word
            )
        ends = {goal: one.ends.count(goal) for goal in ("coin", "flag", "neither")}
        said = ", ".join(f"{goal} {count}" for goal, count in ends.items())
        ax.set_title(f"run {number}: {said}\ncoin {one.index:.2f} over all new mazes", fontsize=10)
        describe(
            ax,
            f"Run {number}, twelve walks in one maze: {said}; goal index over all new mazes {one.index:.2f}.",
        )
    return axes[0, 0]


def plot_one_lean(runs: pd.DataFrame, arm: str, *, others: int = 5) -> Axes:
    """One run's lean over its batches, those of others with first weights of their own thin, and how far they reach.

    Of the first starts in `runs` the first run each. Beside the ends a bar, from the least to the most.
    """
    mine = runs[(runs.method == arm) & (runs.run == 0)].pivot(index="step", columns="seed", values=INDEX)
    lines, ax = mine.iloc[:, : others + 1], panels(1, width=7.4, height=4.4)[0]
    ends, last, colour = lines.iloc[-1], lines.index[-1], style(arm)[0]
    for place, seed in enumerate(lines):
        wide = {"linewidth": 1, "alpha": 0.8, "gid": FAINT} if place else {"linewidth": 3, "zorder": 3}
        ax.plot(lines.index, lines[seed], color=colour, **wide)
        ax.plot(last, ends[seed], "o", color=colour, markersize=5 if place else 9, zorder=3)
    ax.axhline(0.5, color=GREY, linewidth=0.8)
    ax.plot([1.04 * last] * 2, [ends.min(), ends.max()], color=BLACK, linewidth=4)
    ax.text(1.06 * last, (ends.min() + ends.max()) / 2, "scatter", fontsize=10, va="center")
    ax.annotate(
        f"one run: of 100 walks that end at\ncoin or flag, {100 * ends.iloc[0]:.0f} end at the coin",
        (last, ends.iloc[0]), (0.7 * last, 0.84 if ends.iloc[0] > 0.5 else 0.16), fontsize=10, va="center",
        ha="center", arrowprops={"arrowstyle": "-", "color": BLACK, "linewidth": 0.8, "shrinkB": 6},
    )  # fmt: skip
    ax.set(xlim=(0, 1.22 * last), ylim=(0, 1), xlabel=f"batches of {arm}", ylabel="where a run leans")
    ax.set_yticks(*SIDES)
    ax.set_xticks([tick for tick in ax.get_xticks() if tick <= last])
    one = lines.iloc[:, 0]
    return describe(
        ax,
        f"Where runs of {arm} lean, over {last} batches. A thick line, one run: from {one.iloc[0]:.2f} to "
        f"{one.iloc[-1]:.2f}. Thin lines, {lines.shape[1] - 1} others; all begin between {lines.iloc[0].min():.2f} and "
        f"{lines.iloc[0].max():.2f} and end between {ends.min():.2f} and {ends.max():.2f}, a bar at the right.",
    )


def plot_design(made_up: Sequence[Sequence[float]]) -> Axes:
    """How runs are nested: first weights at the left, the runs that begin from each at the right, where they end.

    made_up: leans, a row for each start. Beside it what is judged twice: within a start, and over all runs.
    """
    table = np.asarray(made_up, dtype=float)
    ax = panels(1, width=8.0, height=4.2)[0]
    colours = ("#00795A", "#8A4FA0", BLACK)
    for row, colour in zip(range(len(table)), colours, strict=False):
        begins = table[row].mean()
        ax.plot(0, begins, "s", color=colour, markersize=11)
        for one in table[row]:
            ax.plot([0, 1], [begins, one], color=colour, linewidth=1, alpha=0.75, gid=FAINT)
            ax.plot(1, one, "o", color=colour, markersize=8)
        at = 1.12 + 0.1 * row
        ax.plot([at, at], [table[row].min(), table[row].max()], color=colour, linewidth=4)
    ax.text(0, 0.93, "first weights\nof three starts", fontsize=10, ha="center", va="center")
    ax.text(1, 0.93, "runs: other mazes,\nother moves", fontsize=10, ha="center", va="center")
    ax.text(1.22, 0.07, "from one start", fontsize=10, ha="center", va="center")
    ax.plot([1.62, 1.62], [table.min(), table.max()], color=GREY, linewidth=4)
    ax.text(1.62, 0.07, "all luck", fontsize=10, ha="center", va="center")
    ax.set(xlim=(-0.25, 1.9), ylim=(0, 1), xticks=[])
    ax.set_yticks(*SIDES)
    ax.grid(visible=False)
    ax.set_ylabel("where a run leans")
    own = [f"start {row + 1}: {', '.join(f'{one:.2f}' for one in each)}" for row, each in enumerate(table)]
    return describe(
        ax,
        "A drawing with made-up numbers. From each of three squares, first weights, lines lead to the leans of its "
        f"runs: {'; '.join(own)}. Beside them a bar for the reach of each start's runs, and one for all runs.",
    )


def plot_leans(runs: pd.DataFrame, level: float | None, arms: Sequence[str] = ("SFT", "PPO")) -> Axes:
    """Where runs lean when they first succeed so often, a panel an arm: a row for each start, a mark for each run.

    A run that does not get there is not drawn, and is counted in the title.
    """
    table = leans.at_level(runs, level)
    starts = list(table.index.unique("seed"))
    axes, lone = panels(len(arms), width=4.4, height=1.3 + 0.26 * max(6, len(starts))), leans.END
    for ax, arm in zip(axes, arms, strict=True):
        colour, _, marker = style(arm)
        rows = table[arm].unstack("run").loc[starts]
        for place, start in enumerate(starts):
            there = rows.loc[start].dropna().to_numpy()
            if len(there):
                ax.plot([there.min(), there.max()], [place] * 2, color=colour, linewidth=1.2, gid=FAINT)
                ax.plot(there, [place] * len(there), marker, color=colour, markersize=6, mec="white", mew=0.5)
        ax.axvline(0.5, color=GREY, linewidth=0.8, label="_no side")
        there, of = int(rows.notna().sum().sum()), rows.size
        at = "at the end" if level is lone else f"at a success of {level:.2f}"
        ax.set_title(f"{arm}, {at}: {there} of {of} runs", fontsize=10)
        ax.set(xlim=(0.2, 0.8), ylim=(len(starts) - 0.4, -0.6), xlabel=LEAN, yticks=[])
        ax.set_xticks([0.2, 0.35, 0.5, 0.65, 0.8])
        values = table[arm].dropna()
        said = f"from {values.min():.2f} to {values.max():.2f}" if len(values) else "none got there"
        describe(
            ax,
            f"{arm}, {at}, {there} of {of} runs, a row for each of {len(starts)} starts: goal index {said}.",
        )
    axes[0].set_ylabel("a row for each start")
    return axes[0]


def plot_spreads(
    table: pd.DataFrame, *, chosen: float | None = None, bars: Mapping[str, pd.DataFrame] | None = None
) -> Axes:
    """How widely runs lean, against their success: a line for each column of the table, a row for each success.

    chosen: a success that is marked. bars: low and high of some of the lines.
    """
    ax, said = panels(1, width=7.4, height=4.4)[0], []
    for name in table:
        arm, _, luck = name.partition(", ")
        colour, _, marker = style(arm)
        values = table[name].dropna()
        whole = luck == "one start"
        ax.plot(
            values.index, values, marker, color=colour, linestyle="-" if whole else (0, (3, 2)),
            markerfacecolor=colour if whole else "white", linewidth=2, markersize=6, label=name,
        )  # fmt: skip
        if bars and name in bars:
            ends, side = bars[name].loc[values.index], 0.002 * (-1 if arm == "SFT" else 1)
            ax.vlines(values.index + side, ends.low, ends.high, color=colour, linewidth=1.2, label="_bars")
        said.append(
            f"{name} from {values.iloc[0]:.3f} to {values.iloc[-1]:.3f}" if len(values) else f"{name} none"
        )
    if chosen is not None:
        ax.axvline(chosen, color=GREY, linewidth=0.8, linestyle=(0, (1, 2)), label="_chosen")
        ax.set_title(f"dotted: a success of {chosen:.2f}", fontsize=10, loc="left")
    ax.set(
        ylim=(0, None),
        xlabel="success in new mazes, coin and flag together",
        ylabel="standard deviation of leans",
    )
    label_ends(ax)
    return describe(ax, f"Standard deviation of the leans against success: {'; '.join(said)}.")


def plot_rows(
    rows: Mapping[str, tuple[str, pd.Series]], label: str, *, log: bool = False, limits=None
) -> Axes:
    """A strip of marks for each row: its name -> an arm, whose look it has, and a value for each run."""
    ax, said = panels(1, width=7.6, height=0.9 + 0.62 * len(rows))[0], []
    for place, (_, (arm, values)) in enumerate(rows.items()):
        colour, _, marker = style(arm)
        values = values.dropna()
        jitter = place + 0.2 * np.sin(np.arange(len(values)) * 2.4)
        ax.plot(values, jitter, marker, color=colour, markersize=5, mec="white", mew=0.4, gid=FAINT)
    for name, (_, values) in rows.items():
        values = values.dropna()
        reach = f"from {values.min():.3g} to {values.max():.3g}" if len(values) else "none"
        said.append(f"{name}: {len(values)} runs, {reach}")
    ax.set(ylim=(len(rows) - 0.4, -0.6), xlabel=label, xscale="log" if log else "linear")
    if limits:
        ax.set_xlim(*limits)
    if log:
        ticks = [one for one in (3, 5, 10, 20, 50, 100, 200) if ax.get_xlim()[0] <= one <= ax.get_xlim()[1]]
        ax.set_xticks(ticks, [str(one) for one in ticks])
        ax.minorticks_off()
    ax.set_yticks(range(len(rows)), list(rows), fontsize=10)
    return describe(ax, f"Marks in rows, {label}: {'; '.join(said)}.")


def plot_forecasts(pairs: Mapping[str, pd.DataFrame], early: float, late: float) -> Axes:
    """Each run's lean at a low and at a high success, a panel an arm, and the line that tells one by the other.

    pairs: arm -> the columns early, late.
    """
    axes = panels(len(pairs), width=4.3, height=4.0)
    for ax, (arm, table) in zip(axes, pairs.items(), strict=True):
        colour, _, marker = style(arm)
        ax.plot(table.early, table.late, marker, color=colour, markersize=5, mec="white", mew=0.4, gid=FAINT)
        slope, height = np.polyfit(table.early, table.late, 1)
        ends = np.array([table.early.min(), table.early.max()])
        ax.plot(ends, height + slope * ends, color=BLACK, linewidth=2)
        along = table.early.corr(table.late)
        ax.set(xlim=(0.3, 0.7), ylim=(0.2, 0.8), xlabel=f"lean at a success of {early:g}")
        ax.set_title(f"{arm}: correlation {along:.2f}", fontsize=10)
        describe(
            ax,
            f"{arm}, {len(table)} runs: lean at a success of {late:g} against lean at {early:g}, correlation "
            f"{along:.2f}, slope of the line {slope:.2f}.",
        )
    axes[0].set_ylabel(f"lean at a success of {late:g}")
    return axes[0]


def plot_batches(table: pd.DataFrame, level: float) -> Axes:
    """How widely runs from one start lean, against the episodes in a batch: a line an arm, with 95 % intervals.

    table: the columns method, episodes, spread, low, high.
    """
    ax, said = panels(1, width=6.8, height=4.0)[0], []
    for side, (arm, part) in zip(
        (0.97, 1.03), table.groupby("method", sort=False), strict=True
    ):  # bars apart
        colour, dash, marker = style(arm)
        gone = [str(one) for one in part.episodes[part.spread.isna()]]
        part = part.dropna(subset=["spread"]).sort_values("episodes")
        each = ", ".join(f"{one.episodes}: {one.spread:.3f}" for one in part.itertuples())
        part = part.assign(episodes=part.episodes * side)
        reach = [(part.spread - part.low).clip(lower=0), (part.high - part.spread).clip(lower=0)]
        ax.errorbar(part.episodes, part.spread, reach, color=colour, fmt="none", capsize=3, label="_bars")
        ax.plot(
            part.episodes,
            part.spread,
            marker,
            color=colour,
            linestyle=dash,
            linewidth=2,
            markersize=7,
            label=arm,
        )
        said.append(f"{arm}, {each}" + f" (not there with {', '.join(gone)})" * bool(gone))
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="episodes in a batch",
        ylabel="standard deviation\nof runs from one start",
    )
    ticks = sorted(table.episodes.unique())
    ax.set_xticks(ticks, [str(one) for one in ticks])
    ax.set_yticks([0.01, 0.02, 0.05, 0.1], ["0.01", "0.02", "0.05", "0.1"])
    ax.minorticks_off()
    ax.set_title(f"at a success of {level:.2f}", fontsize=10, loc="left")
    label_ends(ax)
    return describe(
        ax, f"Standard deviation of leans from one start by episodes in a batch: {'; '.join(said)}."
    )


__all__ = [
    "INDEX",
    "plot_batches",
    "plot_design",
    "plot_forecasts",
    "plot_leans",
    "plot_one_lean",
    "plot_rows",
    "plot_spreads",
    "plot_walks",
]
