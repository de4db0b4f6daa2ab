"""Figures for bandits: policies over arms beside what theory says, and noise against theory. See `plots` for habits."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator
from torch import Tensor

from helpers.kit.labels import label_ends
from helpers.kit.legible import FAINT
from helpers.kit.plots import BLACK, BLUE, GREY, VERMILION, describe, panels, style
from helpers.kit.styles import register_arms, styles

register_arms({"SFT, wise teacher": 1, "weighted imitation": 2})


def plot_policies(
    policies: Mapping[str, np.ndarray | Tensor],
    theory: Mapping[str, np.ndarray | Tensor],
    *,
    width: float = 4.2,
) -> Axes:
    """A panel for each arm of the experiment: the probability of each action, a dot for each seed, and theory's value.

    policies: name -> array [seed, action]. theory: name -> array [action].
    """
    axes = in_pairs(len(policies), width=width, height=2.7)
    for ax, (name, table) in zip(axes, policies.items(), strict=True):
        table, expected = np.asarray(table), np.asarray(theory[name])
        jitter = (np.arange(len(table)) / max(1, len(table) - 1) - 0.5) * 0.5
        for action, column in enumerate(table.T):
            ax.plot(action + jitter, column, ".", color=style(name)[0], alpha=0.5, markersize=4, gid=FAINT)
        ax.plot(
            range(len(expected)), expected, "_", color=BLACK, markersize=16, markeredgewidth=2, label="theory"
        )
        ax.set(title=name, xlabel="action", ylim=(-0.04, 1.04), xticks=range(len(expected)))
        away = np.abs(table - expected).sum(1).mean() / 2
        describe(
            ax,
            f"Panel {name}: probability of each of {len(expected)} actions for {len(table)} seeds. Theory says "
            f"{', '.join(f'{value:.2f}' for value in expected)}; the mean over seeds is "
            f"{', '.join(f'{value:.2f}' for value in table.mean(0))}, the mean total variation {away:.3f}.",
        )
    axes[0].set_ylabel("probability")
    axes[0].text(
        0.98, 0.97, "black bars: theory", transform=axes[0].transAxes, ha="right", va="top", fontsize=10
    )
    for ax in axes[2:]:
        ax.set_ylabel("probability")
    for ax in axes:
        ax.label_outer()
    return axes[0]


def in_pairs(count: int, *, width: float, height: float) -> list[Axes]:
    """Empty panels that share one figure, two in a row."""
    rows = (count + 1) // 2
    size = {"figsize": (2 * width, rows * height), "layout": "constrained", "squeeze": False}
    _, axes = plt.subplots(rows, min(count, 2), **size)
    for ax in axes.flat:
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(alpha=0.25)
    return list(axes.flat)[:count]


def plot_humps(
    target: np.ndarray | Tensor,
    humps: Mapping[str, np.ndarray | Tensor],
    *,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A target over actions in a row (grey) and what was fitted to it: name -> array [action] or [seed, action]."""
    ax = ax or panels(1, width=6.4, height=3.4)[0]
    place = np.arange(len(target)) - (len(target) - 1) / 2
    ax.fill_between(place, target, color=GREY, alpha=0.35, linewidth=0, label="target", step="mid")
    said = []
    for (name, fitted), colour, dash in zip(
        humps.items(), (BLUE, VERMILION), ("-", (0, (4, 1))), strict=False
    ):
        for number, hump in enumerate(np.atleast_2d(fitted)):
            few = min(1.0, 0.15 + 1 / len(np.atleast_2d(fitted)))
            ax.plot(place, hump, color=colour, linestyle=dash, alpha=few, label=name if number == 0 else None)
        centres = (np.atleast_2d(fitted) * place).sum(1)
        said.append(
            f"{name}: centres from {centres.min():.1f} to {centres.max():.1f}, mean {centres.mean():.1f}"
        )
    ax.set(xlabel="action", ylabel="probability", title=title)
    legend = ax.legend(frameon=False)
    for line in legend.get_lines():
        line.set_alpha(1)
    peaks = [int(p) for p in place[1:-1][(target[1:-1] > target[:-2]) & (target[1:-1] > target[2:])]]
    return describe(
        ax,
        f"The probability of each action: a target with peaks at {peaks}, humps fitted to it. {'; '.join(said)}.",
    )


def plot_ways(
    target: np.ndarray | Tensor, ways: Mapping[str, pd.DataFrame], *, apart: int, near: int = 3
) -> Axes:
    """Where each seed's hump began and where it ended, an arrow each, one panel an arm; the target stands below.

    ways: name -> a frame with the columns began and ended, a row a seed. Counts stand over the two peaks and between.
    """
    axes = panels(len(ways), width=9.0 / len(ways), height=4.2)
    place = np.arange(len(target)) - (len(target) - 1) / 2
    for ax, (name, way) in zip(axes, ways.items(), strict=True):
        colour = style(name.partition(" ")[0].strip(","))[0]
        way = way.sort_values("began")
        height = np.arange(len(way)) / len(way) + 0.32
        ax.fill_between(
            place, 0.28 * np.asarray(target) / float(max(target)), color=GREY, alpha=0.35, linewidth=0
        )
        for up, (began, ended) in zip(height, way[["began", "ended"]].to_numpy(), strict=True):
            arrow = {
                "arrowstyle": "-|>",
                "color": colour,
                "alpha": 0.55,
                "linewidth": 0.8,
                "shrinkA": 0,
                "shrinkB": 0,
            }
            ax.annotate("", (ended, up), (began, up), arrowprops=arrow)
        left, right = (((way.ended - side * apart / 2).abs() <= near).sum() for side in (-1, 1))
        counts = {-apart / 2: left, 0.0: len(way) - left - right, apart / 2: right}
        for where, count in counts.items():
            ax.text(where, 1.36, str(count), ha="center", fontsize=13, fontweight="bold", color=colour)
        ax.set(xlim=(-17, 17), ylim=(0, 1.47), yticks=[], xlabel="centre of the hump, in actions", title=name)
        ax.grid(visible=False)
        ax.spines["left"].set_visible(False)
        describe(
            ax,
            f"{name}: arrows from where {len(way)} humps began to where they ended. At the left peak {left}, between "
            f"the peaks {counts[0.0]}, at the right peak {right}.",
        )
    axes[0].text(0, 0.02, "target", fontsize=10, color="#555555", ha="center")
    return axes[0]


AXES = {"batch": "episodes in a batch"}  # columns whose name is too short for an axis


def plot_noise(measured: pd.DataFrame, across: str, label: str, *, ax: Axes | None = None) -> Axes:
    """A noise against a column on logarithmic scales: markers for what was measured (value), lines for theory."""
    ax, said = ax or panels(1, width=6.0, height=3.8)[0], []
    looks = styles(measured.method.unique())
    for method, part in measured.groupby("method", sort=False):
        colour, dash, marker = looks[method]
        ax.plot(part[across], part.theory, color=colour, linestyle=dash, label=method)
        ax.plot(part[across], part.value, marker, color=colour, markerfacecolor="white", label="_measured")
        said.append(f"{method} goes from {part.value.iloc[0]:.2f} to {part.value.iloc[-1]:.2f}")
    xlabel = AXES.get(across, across)
    ax.set(xlabel=xlabel, ylabel=label, xscale="log")
    ticks = sorted(measured[across].unique())
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    by_factors(ax)
    label_ends(ax)
    return describe(
        ax, f"{label} against {xlabel}, measured markers on lines from theory: {'; '.join(said)}."
    )


def by_factors(ax: Axes) -> Axes:
    """A logarithmic scale up, with plain numbers: 0.1, 0.2, 0.5, 1."""
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.minorticks_off()
    return ax


def level(ax: Axes, at: float, says: str) -> Axes:
    """A thin line across at a value, with what it means."""
    ax.axhline(at, color=GREY, linewidth=0.8, label=f"_{says}")
    ax.annotate(
        says, (0.02, at), (0, 3), xycoords=ax.get_yaxis_transform(), textcoords="offset points", fontsize=10
    )
    return describe(ax, f"A line at {at:g}: {says}.")


def too_small(ax: Axes, matters: float, *, room: float = 0.3) -> Axes:
    """A grey band from 0 on, as high as what matters to a rule; with room above it, so that it looks small."""
    ax.axhspan(0, matters, color=GREY, alpha=0.22, linewidth=0, zorder=0)
    ax.set_ylim(-0.03 * room, max(room, ax.get_ylim()[1]))
    says = f"{matters:g}: a smaller difference does not matter"
    ax.annotate(
        says,
        (0.99, matters),
        (0, 4),
        xycoords=ax.get_yaxis_transform(),
        textcoords="offset points",
        ha="right",
        fontsize=10,
    )
    return describe(ax, f"A grey band from 0 to {says}.")


def plot_landing(frame: pd.DataFrame, *, label: str) -> Axes:
    """How far each run is from the Boltzmann policy, step by step: seeds faint, their mean bold, named at its end."""
    ax, said = panels(1, width=7.0, height=3.6)[0], []
    looks = styles(frame.method.unique())
    for name, part in frame.groupby("method", sort=False):
        colour, dash, _ = looks[name]
        for _, one in part.groupby("seed"):
            ax.plot(one.step, one.value, color=colour, alpha=0.18, linewidth=0.8)
        mean = part.groupby("step").value.mean()
        ax.plot(mean.index, mean, color=colour, linestyle=dash, linewidth=2.4, label=name)
        said.append(f"{name} from {mean.iloc[0]:.2f} to {mean.iloc[-1]:.3f}")
    ax.set(xlabel="training step", ylabel=label, ylim=(0, None))
    label_ends(ax)
    return describe(ax, f"{label} at each step: {'; '.join(said)}.")


def ring(ax: Axes, across: float, up: float, what: str = "what was judged") -> Axes:
    """A ring around a point of a figure; the text beside the figure says what it is about."""
    look = {"markersize": 15, "markerfacecolor": "none", "markeredgewidth": 1.5, "clip_on": False}
    ax.plot(across, up, "o", color=BLACK, label="_ring", **look)
    return describe(ax, f"A ring around {what}, at ({across:g}, {up:.3f}).")
