"""Names beside what they name: at the ends of lines, or beside the axes; never on the data."""

import textwrap
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes

from helpers.kit.seen import points

LETTERS = 10  # points
CLOSE = 0.05  # of the axes' height: ends that lie nearer are told apart by no place
ROOM = 1.25  # lines of letters between two names
# From the end of a line to the left end of its name, not through letters; dots, lest it looks like more of the line.
LEADER = {
    "arrowstyle": "-",
    "linewidth": 0.8,
    "linestyle": (0, (1, 2)),
    "relpos": (0, 0.5),
    "shrinkA": 2,
    "shrinkB": 3,
}


def label_ends(ax: Axes, names: Mapping[str, str] | None = None, *, wrap: int = 18) -> Axes:
    """The name of each line at its right end, in its colour; names that would lie on each other move apart.

    names: label of a line -> what to write; all lines whose label does not begin with "_" if nothing is said.
    A legend is taken away. Called again, or when the axis is set otherwise, the names are placed anew.
    """
    if (legend := ax.get_legend()) is not None:
        legend.remove()
    _place(ax, names, wrap)
    if not hasattr(ax, "_labelled"):
        ax.callbacks.connect("ylim_changed", lambda ax: _place(ax, *ax._labelled))
    ax._labelled = (names, wrap)
    return ax


def legend_beside(ax: Axes, **how) -> Axes:
    """A legend to the right of the axes, where it covers nothing."""
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0, frameon=False, **how)
    return ax


def _place(ax, names, wrap):
    for old in getattr(ax, "_end_labels", []):
        old.remove()
    ends = []
    for line in ax.get_lines():
        label = str(line.get_label())
        known = label in names if names is not None else not label.startswith("_")
        drawn = points(line)
        if known and len(drawn):
            x, y = drawn[drawn[:, 0].argmax()]
            ends.append((x, y, label if names is None else names[label], line))
    heights = ax.transAxes.inverted().transform(
        ax.transData.transform([(x, y) for x, y, *_ in ends] or [(0, 0)])
    )[: len(ends), 1]
    told = _told_apart([(name, line) for *_, name, line in ends], heights)
    ends = [
        (x, y, textwrap.fill(name, wrap), line.get_color())
        for (x, y, _, line), name in zip(ends, told, strict=True)
    ]
    tall = ax.get_position().height * ax.figure.get_figheight() * 72 / LETTERS / ROOM  # letters in the axes
    places = _apart(heights.clip(0, 1), [text.count("\n") + 1 for *_, text, _ in ends], tall)
    ax._end_labels = [
        ax.annotate(
            text, (x, y), xytext=(1.04, place), textcoords="axes fraction", color=colour, fontsize=LETTERS,
            va="center", ha="left", annotation_clip=False,
            arrowprops={**LEADER, "color": colour},
        )
        for (x, y, text, colour), place in zip(ends, places, strict=True)
    ]  # fmt: skip


def _told_apart(ends, heights) -> list[str]:
    """The names; "(dashed)" is added where a line of the same colour and marker, and not dashed, ends beside it."""
    look = lambda line: (line.get_color(), line.get_marker())
    names = []
    for (name, line), height in zip(ends, heights, strict=True):
        twin = any(
            look(other) == look(line) and other.get_linestyle() == "-" and abs(height - at) < CLOSE
            for (_, other), at in zip(ends, heights, strict=True)
        )
        names.append(f"{name} (dashed)" if twin and line.get_linestyle() == "--" else name)
    return names


def _apart(heights, lines, tall):
    """Heights, from 0 to 1, at least as far apart as the names are tall; the order stays."""
    order, places = np.argsort(heights, kind="stable"), np.array(heights, dtype=float)
    for _ in range(200):
        moved = False
        for low, high in pairwise(order):
            lack = 0.5 * (lines[low] + lines[high]) / tall - (places[high] - places[low])
            if lack > 1e-6:
                places[low], places[high], moved = places[low] - lack / 2, places[high] + lack / 2, True
        if not moved:
            break
    return places
