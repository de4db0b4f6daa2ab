"""Figures for bandits: policies over arms beside what theory says, and noise against theory. See `plots` for habits."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from torch import Tensor

from helpers.kit.plots import BLACK, BLUE, GREY, VERMILION, describe, panels, style
from helpers.kit.styles import register_arms

register_arms({"SFT, wise teacher": 1, "weighted imitation": 2})


def plot_policies(
    policies: Mapping[str, np.ndarray | Tensor],
    theory: Mapping[str, np.ndarray | Tensor],
    *,
    width: float = 2.7,
) -> Axes:
    """A panel for each arm of the experiment: the probability of each action, a dot for each seed, and theory's value.

    policies: name -> array [seed, action]. theory: name -> array [action].
    """
    axes = panels(len(policies), width=width, height=3.2)
    for ax, (name, table) in zip(axes, policies.items(), strict=True):
        table, expected = np.asarray(table), np.asarray(theory[name])
        jitter = (np.arange(len(table)) / max(1, len(table) - 1) - 0.5) * 0.5
        for action, column in enumerate(table.T):
            ax.plot(action + jitter, column, ".", color=style(name)[0], alpha=0.5, markersize=4, label=None)
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
    axes[0].legend(frameon=False)
    return axes[0]


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
    return describe(ax, f"A target with peaks at {peaks} and humps fitted to it. {'; '.join(said)}.")


def plot_noise(
    measured: pd.DataFrame, theory: pd.DataFrame, x: str, label: str, *, ax: Axes | None = None
) -> Axes:
    """A noise against `x` on logarithmic scales, measured (markers) and in theory (lines); columns method, x, value."""
    ax = ax or panels(1)[0]
    said = []
    for method, part in measured.groupby("method", sort=False):
        colour, dash, marker = style(method)
        line = theory[theory.method == method].sort_values(x)
        ax.plot(line[x], line.value, color=colour, linestyle=dash, label=f"{method}, theory")
        ax.plot(
            part[x], part.value, marker, color=colour, markerfacecolor="white", label=f"{method}, measured"
        )
        ends = part.sort_values(x).value
        said.append(f"{method} goes from {ends.iloc[0]:.2f} to {ends.iloc[-1]:.2f}")
    ax.set(xlabel=x, ylabel=label, xscale="log", yscale="log")
    ticks = sorted(measured[x].unique())
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.legend(frameon=False, fontsize="small")
    return describe(ax, f"{label} against {x}, measured markers on lines from theory: {'; '.join(said)}.")
