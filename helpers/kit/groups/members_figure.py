"""What a group predicted and believed, as one figure: dots without names, what came out, credences before and after."""

import textwrap
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.kit.claims import claim
from helpers.kit.groups.lesson import Lesson
from helpers.kit.groups.members import Group
from helpers.kit.legible import DPI, WIDEST
from helpers.kit.plots import BLACK, BLUE, GREEN, VERMILION, describe

ROW = 0.55  # inches a row
FELL, ROSE, STAYED = VERMILION, GREEN, "#595959"


def plot_group(group: Group, lesson: Lesson, measured: Mapping[tuple[str, str], float]) -> Figure:
    """The figure of a group, at most as wide as a lesson's figures. Raises ValueError where nobody said anything.

    measured: what came out, by the name of a prediction and its key; what is not there has no diamond.
    """
    if not len(group.guesses) and not len(group.credences):
        raise ValueError(f"none of these files says anything about lesson {lesson.number}")
    units = list(dict.fromkeys(unit for _, unit in lesson.asked.values()))
    rows = {
        unit: [(n, key) for n, (keys, u) in lesson.asked.items() if u == unit for key in keys]
        for unit in units
    }
    tall = max(sum(map(len, rows.values())), 2 * len(lesson.believed)) + 1.6 * len(units)
    figure = plt.figure(figsize=(0.99 * WIDEST / DPI, ROW * tall + 1.2), layout="constrained")
    left, right = figure.add_gridspec(1, 2, width_ratios=(1.25, 1))
    heights = [len(rows[unit]) + 0.8 for unit in units]
    for place, unit in zip(left.subgridspec(len(units), 1, height_ratios=heights), units, strict=True):
        _guesses(figure.add_subplot(place), group, rows[unit], unit, measured)
    _credences(figure.add_subplot(right), group, lesson)
    figure.suptitle(f"{lesson.title}: a group of {group.members}", fontsize=12)
    return figure


def _guesses(ax: Axes, group, rows, unit, measured):
    said, places = [], np.arange(len(rows))[::-1]
    for place, (name, key) in zip(places, rows, strict=True):
        mine = group.guesses[(group.guesses.name == name) & (group.guesses.key == key)].guess.to_numpy()
        came = measured.get((name, key))
        ax.axhline(place, color="#cccccc", linewidth=0.8, zorder=0)
        if len(mine):
            ax.scatter(mine, place + _apart(mine), s=34, facecolors="white", edgecolors=BLUE, linewidths=1.4)
            ax.plot([np.median(mine)] * 2, [place - 0.32, place + 0.32], color=BLUE, linewidth=2)
        if came is not None:
            ax.plot(came, place, marker="D", markersize=9, color=BLACK, zorder=4)
        words = f"median {np.median(mine):.2f} of {len(mine)}" if len(mine) else "nobody"
        said.append(f"{name}, {key}: {words}" + (f", came out {came:.2f}" if came is not None else ""))
    names = [textwrap.fill(f"{name} {key}", 20) for name, key in rows]
    ax.set_yticks(places, names, fontsize=10)
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.set_xlabel("predicted, as a share" if unit == "share" else f"predicted, in {unit}", fontsize=10)
    if unit == "share":
        ax.set_xlim(-0.04, 1.04)
    ax.set_title("○ a member   | the median   ◆ what came out", fontsize=10, loc="left")
    _plain(ax)
    describe(ax, f"Predictions, in {unit}: {'; '.join(said)}.")


def _credences(ax: Axes, group, lesson):
    said, ticks = [], []
    for number, name in enumerate(lesson.believed):
        mine = group.credences[group.credences.claim == name]
        middle = len(lesson.believed) - 1 - number
        ticks.append((middle, f"{name.split('.')[1]}"))
        steps = np.linspace(0.36, -0.36, max(len(mine), 2))
        for step, (before, after) in zip(steps, mine[["before", "after"]].to_numpy(), strict=False):
            moved = ROSE if after > before else FELL if after < before else STAYED
            ax.plot([before, after], [middle + step] * 2, color=moved, linewidth=1.6, zorder=1)
            ax.plot(before, middle + step, "o", markersize=7, markerfacecolor="white", color=STAYED)
            ax.plot(
                after, middle + step, ">" if after > before else "<" if after < before else "o", color=moved
            )
        both = mine.dropna()
        words = [
            f"{when} {mine[when].median():.0%}" for when in ("before", "after") if mine[when].notna().any()
        ]
        rose, fell = int((both.after > both.before).sum()), int((both.after < both.before).sum())
        moved = f"; of {len(both)} who said both {rose} believe it more, {fell} less" if len(both) else ""
        said.append(f"{claim(name.split('.')[1]).id}: median {', '.join(words) or 'nobody'}{moved}")
    ax.set_yticks(*zip(*ticks, strict=True), fontsize=12)
    ax.set_ylim(-0.6, len(lesson.believed) - 0.4)
    ax.set_xlim(-0.04, 1.04)
    ax.set_xticks(np.linspace(0, 1, 5), [f"{share:.0%}" for share in np.linspace(0, 1, 5)])
    ax.set_xlabel("how much it is believed", fontsize=10)
    ax.set_title("○ before the lesson   ◂ ▸ after it", fontsize=10, loc="left")
    _plain(ax)
    describe(ax, f"Credences: {'; '.join(said)}.")


def _apart(values):
    """How far each dot is moved up, so that equal ones can be counted; values are sorted."""
    same = np.array([np.sum(values[:at] == one) for at, one in enumerate(values)])
    return np.where(same % 2, -1, 1) * ((same + 1) // 2) * 0.13


def _plain(ax):
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", alpha=0.25)
