"""Pictures of lesson 03: an agent's way, the plane of success and goal, what a hint costs. See `plots` for habits."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from helpers.kit.intervals import Interval
from helpers.kit.plots import BLACK, GREY, describe, label_ends, legend_beside, panels, styles
from helpers.kit.styles import GOALS, register_arms
from helpers.kit.words import told
from helpers.lessons.lesson03.arms import INDEX, SKILL

register_arms({"SFT, coin teacher": 0, "SFT, flag teacher": 1, "SFT, coin teacher, once more": 2})
register_arms({"PPO, other rate": 4, "PPO after the coin teacher": 2, "PPO after the flag teacher": 3})


def plot_ways(walls: np.ndarray, ways: Mapping[str, tuple[int, int, Sequence[int]]]) -> Axes:
    """The same maze once for each way taken, a panel each: name -> (coin, flag, the cells visited, from the start on).

    walls: [height, width]. A cell's number is row * width + column.
    """
    height, width = walls.shape
    axes = panels(len(ways), width=3.2, height=3.7)
    for ax, (name, (coin, flag, cells)) in zip(axes, ways.items(), strict=True):
        ax.imshow(walls, cmap="Greys", vmin=0, vmax=1.4)
        ax.set(xticks=[], yticks=[])
        ax.vlines(np.arange(1, width) - 0.5, -0.5, height - 0.5, color="#DDDDDD", linewidth=0.6)
        ax.hlines(np.arange(1, height) - 0.5, -0.5, width - 0.5, color="#DDDDDD", linewidth=0.6)
        ax.spines[:].set_visible(True)
        things = (
            [("coin", coin, "coin")]
            if coin != flag
            else [("flag", flag, ""), ("coin", coin, "coin and flag")]
        )
        things = [("flag", flag, "flag"), ("coin", coin, "coin")] if coin != flag else things
        for goal, cell, word in things:
            look = GOALS[goal]
            size = 22 if word == "" else 14
            ax.plot(
                cell % width,
                cell // width,
                look.marker,
                color=look.face,
                markersize=size,
                markerfacecolor="white",
                markeredgewidth=2,
            )
            above = cell // width > 0 if goal == "coin" else cell // width == height - 1
            where = {"ha": "center", "va": "center", "fontsize": 10, "color": look.face, "fontweight": "bold"}
            where["path_effects"] = [withStroke(linewidth=3, foreground="white")]  # legible on a wall
            at = np.clip(cell % width, 0.4 * len(word) / 4, width - 1 - 0.4 * len(word) / 4)
            ax.annotate(word, (at, cell // width + (-0.62 if above else 0.66)), **where)
        rows, columns = np.divmod(np.asarray(cells), width)
        shift = 0.08 * np.sin(np.arange(len(cells)))  # so that a way there and back shows twice
        ax.plot(columns + shift, rows + shift, "-", color=BLACK, linewidth=1.8)
        ax.plot(columns[0], rows[0], "s", color=BLACK, markersize=9)
        ax.plot(columns[-1] + shift[-1], rows[-1] + shift[-1], "X", color=BLACK, markersize=8)
        end = _end(cells[-1], coin, flag)
        ax.set_title(f"{name}:\n{end}, {len(cells) - 1} moves", fontsize=10)
        describe(
            ax, f"Maze of {height} by {width} cells, {name}: in {len(cells) - 1} moves it reaches {end}."
        )
    return axes[0]


def _end(cell, coin, flag):
    if cell == coin:
        return "coin and flag" if coin == flag else "the coin"
    return "the flag" if cell == flag else "neither"


def plot_plane(
    runs: pd.DataFrame,
    *,
    until: int | None = None,
    levels: Sequence[float] = (),
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Success across, goal index up: each arm's mean as a path from the start on, its seeds as dots where they are now.

    runs: the columns method, seed, step, `success in new mazes` and `goal index`. until: the path so far, and the dots,
    after so many batches; the end if nothing is said. levels: where arms are compared. The axes are the same always.
    """
    ax = panels(1, width=7.6, height=5.2)[0] if ax is None else ax
    looks, said = styles(runs.method.unique()), []
    if len(levels):
        says = "dotted: where arms are compared"
        ax.text(min(levels) - 0.01, 0.02, says, fontsize=10, color=GREY, ha="right", va="bottom")
    for level in levels:
        ax.axvline(level, color=GREY, linewidth=0.8, linestyle=(0, (1, 2)), label="_level")
    ax.axhline(0.5, color=GREY, linewidth=0.8, label="_no side")
    for name, part in runs.groupby("method", sort=False):
        part = part if until is None else part[part.step <= until]
        mean = part.groupby("step")[[SKILL, INDEX]].mean()
        colour, dash, marker = looks[name]
        now = part[part.step == part.step.max()]
        faint = {"color": colour, "alpha": 0.3, "markersize": 5, "markeredgewidth": 0}
        ax.plot(now[SKILL], now[INDEX], marker, linestyle="none", label="_seeds", **faint)
        every = max(1, len(mean) // 12)
        ax.plot(
            mean[SKILL], mean[INDEX], linestyle=dash, color=colour, marker=marker, markevery=every, linewidth=2,
            markersize=6, label=name,
        )  # fmt: skip
        ax.plot(mean[SKILL].iloc[-1], mean[INDEX].iloc[-1], marker, color=colour, markersize=11, label="_end")
        said.append(f"{name} from ({mean[SKILL].iloc[0]:.2f}, {mean[INDEX].iloc[0]:.2f}) to ")
        said[-1] += f"({mean[SKILL].iloc[-1]:.2f}, {mean[INDEX].iloc[-1]:.2f})"
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel=f"{SKILL} (coin and flag together)", title=title)
    ax.set_ylabel("goal index (coin and flag apart)")
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0: flag", "0.25", "0.5", "0.75", "1: coin"])
    label_ends(ax)
    when = "" if until is None else f" after {until} batches"
    return describe(
        ax,
        f"Paths in the plane of success (across) and goal index (up){when}, means over seeds: {'; '.join(said)}.",
    )


def plot_hint(ends: pd.DataFrame, *, title: str | None = None) -> Axes:
    """The goal index against the share of mazes apart, on a logarithmic scale, a line for each arm.

    ends: the columns method, together, seed, goal index. Where no maze is apart, the point stands at the left edge.
    """
    ax, lines = panels(1, width=6.6, height=4.4)[0], {}
    least = (1 - ends.together[ends.together < 1]).min() / 2.5  # where "none" is drawn
    looks = styles(ends.method.unique())
    for name, part in ends.groupby("method", sort=False):
        colour, dash, marker = looks[name]
        mean = part.groupby("together")[INDEX].mean()[::-1]
        across = np.maximum(1 - mean.index, least)
        width = part.groupby("together")[INDEX].apply(_half)[::-1]
        ax.errorbar(
            across, mean, width, color=colour, linestyle=dash, marker=marker, linewidth=2, markersize=7,
            capsize=3, label="_bars",
        )  # fmt: skip
        ax.plot(across, mean, color=colour, linestyle=dash, label=name)
        lines[name] = pd.Series(mean.to_numpy(), 100 * (1 - mean.index.to_numpy()))
    shares = sorted({*(1 - ends.together)})
    ax.set_xscale("log")
    ax.set_xticks(
        [max(share, least) for share in shares],
        ["none" if share < 1e-6 else f"{share:.0%}" for share in shares],
    )
    ax.minorticks_off()
    ax.axhline(0.5, color=GREY, linewidth=0.8, label="_no side")
    ax.set(ylim=(0, 1), title=title)
    ax.set_xlabel("share of training mazes with coin and flag apart\n(on a logarithmic scale, but for none)")
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0: flag", "0.25", "0.5", "0.75", "1: coin"])
    ax.set_ylabel("goal index")
    label_ends(ax)
    seeds = ends.groupby(["method", "together"]).seed.nunique().min()
    return describe(
        ax, f"Line chart of the goal index against the share of mazes apart, in percent, mean of {seeds} seeds: "
        f"{told(lines, 'percent apart')}.",
    )  # fmt: skip


def _half(values):
    found = Interval.of(values.to_numpy())
    return (found.high - found.low) / 2 if found.known else 0.0


def plot_told(table: pd.DataFrame, *, title: str | None = None) -> Axes:
    """One dot for each seed and arm, for each way of telling coin and flag: columns told, method, goal index.

    Ways stand one below the other, the arms of each above each other; a bar is their mean.
    """
    ways, methods = list(table.told.unique()), list(table.method.unique())
    ax = panels(1, width=7.6, height=0.9 + 0.75 * len(ways))[0]
    looks, said, numbers = styles(methods), [], {}
    for place, way in enumerate(ways):
        for row, method in enumerate(methods):
            rows = table[(table.told == way) & (table.method == method)]
            if rows.empty:
                continue  # was not run
            values = rows[INDEX].dropna()
            height = place + (row - (len(methods) - 1) / 2) * 0.3
            colour, _, marker = looks[method]
            if not len(values):
                ax.text(0.5, height, "no seed got there", ha="center", va="center", fontsize=10, color=GREY)
                continue
            jitter = height + 0.09 * np.sin(np.arange(len(values)) * 2.4)
            ax.plot(
                values, jitter, marker, linestyle="none", color=colour, markersize=5, markeredgecolor="white",
                markeredgewidth=0.4, label=method if place == 0 else "_again",
            )  # fmt: skip
            ax.plot(
                [values.mean()] * 2, [height - 0.14, height + 0.14], color=BLACK, linewidth=2, label="_mean"
            )
            said.append(f"{way}, {method}: mean {values.mean():.2f}, SD {values.std():.3f}")
            numbers[f"{way}, {method}"] = [values.mean(), values.std(), len(values)]
    ax.numbers = pd.DataFrame(numbers, index=["mean", "SD", "seeds"]).T.astype({"seeds": int})
    ax.axvline(0.5, color=GREY, linewidth=0.8, label="_no side")
    ax.set(xlim=(0, 1), ylim=(len(ways) - 0.45, -0.6), title=title)
    ax.set_yticks(range(len(ways)), ways, fontsize=10)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0: flag", "0.25", "0.5: no side", "0.75", "1: coin"])
    ax.set_xlabel("goal index at equal success, a dot for each seed")
    legend_beside(ax)
    return describe(ax, f"Dots in rows, a row for each way of telling and arm: {'; '.join(said)}.")


def plot_apart(alike: pd.DataFrame, different: pd.DataFrame) -> Axes:
    """How far the coin's weights have moved, and how far their difference from the flag's: told alike, and differently.

    Tidy frames with these two metrics, a panel each, means over seeds.
    """
    axes = panels(2, width=4.2, height=3.4)
    top = max(frame.groupby(["metric", "step"]).value.mean().max() for frame in (alike, different)) * 1.08
    for ax, frame, title in zip(axes, (alike, different), ("told alike", "a light and a bar"), strict=True):
        lines = {}
        for (metric, part), dash in zip(
            frame.groupby("metric", sort=False), ("-", (0, (3, 2))), strict=False
        ):
            mean = part.groupby("step").value.mean()
            ax.plot(mean.index, mean, color=BLACK, linestyle=dash, linewidth=2, label=metric)
            lines[metric] = mean
        ax.set(xlabel="batch of SFT", title=title, ylim=(-0.03 * top, top))
        seeds = frame.seed.nunique()
        describe(
            ax,
            f"Panel {title}: length of the change since the start, mean of {seeds} seeds: {told(lines, 'batch')}.",
        )
        if ax is axes[0]:  # on the right they stand at the ends of lines
            for metric, mean in lines.items():
                ax.annotate(
                    metric, (mean.index[-1], mean.iloc[-1]), xytext=(0, 5), textcoords="offset points", ha="right",
                    fontsize=10,
                )  # fmt: skip
    axes[0].set_ylabel("length of the change\nof the first layer's weights")
    label_ends(axes[1])
    return axes[0]
