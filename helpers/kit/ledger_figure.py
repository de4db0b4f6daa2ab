"""All claims in one figure: each effect in units of what matters to its rule, with its word and its share."""

import textwrap
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.kit.multiverse import Settings
from helpers.kit.plots import BLACK, GREY, describe
from helpers.kit.rules import NOT_VALID, Rule
from helpers.kit.strips import ZONES

WIDTH, ROW = 9.0, 0.78  # inches; 990 pixels
NONE = Settings({})
TICKS = (-30, -10, -3, -1, 0, 1, 3, 10, 30)


def plot_ledger(frame: pd.DataFrame, known: Mapping[str, Rule], settings: Mapping[str, Settings]) -> Figure:
    """A row for each rule of a ledger: what it says, its effect with its interval, its word and how far that carries.

    settings: rule -> what it says in each of its settings; each is a thin stroke below the effect.
    An effect of 1 is the smallest that matters. Beyond it the axis is logarithmic, so that all have room.
    """
    rows = frame.to_dict("records")
    size = {"figsize": (WIDTH, 1.3 + ROW * len(rows)), "layout": "constrained"}
    figure, (left, ax, right) = plt.subplots(1, 3, width_ratios=(4.1, 4.0, 1.9), sharey=True, **size)
    ax.set_xscale("symlog", linthresh=1, linscale=0.6)
    ax.minorticks_off()
    inside = [_units(known[one["rule"]], one[key]) for one in rows for key in ("low", "high")]
    each = [(known[name], one.effect) for name, found in settings.items() for one in found.said.values()]
    inside += [_units(rule, effect.mean) for rule, effect in each if effect is not None]
    reach = max(6, 1.3 * np.nanmax(np.abs(np.asarray(inside, dtype=float)), initial=0))
    bands = ((-reach, -1), (-1, 1), (1, reach))
    for colour, (start, end) in zip(ZONES.values(), bands, strict=True):
        ax.axvspan(start, end, color=colour, linewidth=0)
    for edge in (-1, 1):
        ax.axvline(edge, color=GREY, linewidth=0.8)
    ax.axvline(0, color=GREY, linewidth=0.8, linestyle=(0, (2, 2)))
    for place, one in enumerate(rows):
        _row(left, ax, right, place, one, known[one["rule"]], settings.get(one["rule"], NONE))
    ticks = [tick for tick in TICKS if abs(tick) <= reach]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set(xlim=(-reach, reach), ylim=(len(rows) - 0.4, -1.05), yticks=[])
    ax.set_xlabel(
        "effect; 1 is the smallest that matters\nstrokes: its settings; hollow and dotted: NOT VALID"
    )
    for word, (start, end) in zip(("OPPOSITE", "no relevant\ndifference", "SUPPORTS"), bands, strict=True):
        at = (
            np.sign(start + end) * np.sqrt(np.abs(start * end)) if start + end else 0
        )  # the middle, as it is drawn
        ax.text(at, -0.75, word, ha="center", va="center", fontsize=10)
    for other in (left, right):
        other.set(xlim=(0, 1), xticks=[])
        other.spines[:].set_visible(False)
    ax.spines[["top", "left", "right"]].set_visible(False)
    describe(ax, _alt(rows))
    return figure


def _units(rule, value):
    """A value in units of what matters; 0 is neutral, and a ratio counts by its logarithm."""
    if value is None or pd.isna(value):
        return np.nan
    if rule.scale == "ratio":
        return np.log(value) / np.log(rule.matters)
    return (value - rule.neutral) / rule.matters


def _row(left, ax, right, place, one, rule, settings):
    if place:
        for each in (left, ax, right):
            each.axhline(place - 0.5, color="#BBBBBB", linewidth=0.6)
    says = "\n".join(textwrap.wrap(one["says"], 48, max_lines=3, placeholder=" ..."))
    left.text(0, place - 0.28, one["rule"], ha="left", va="center", fontsize=10, fontweight="bold")
    left.text(0, place - 0.14, says, ha="left", va="top", fontsize=10, linespacing=1.05)
    carries = one["settings"].partition(":")[0]
    weight = "bold" if one["word"].isupper() else "normal"
    right.text(0, place - 0.34, textwrap.fill(one["word"], 16), va="top", fontsize=10, fontweight=weight)
    right.text(0, place + 0.26, carries.replace(" (", "\n("), va="center", fontsize=10, linespacing=1.05)
    for found in settings.said.values():
        if found.effect is not None:
            line = {"linewidth": 1.2, "linestyle": "-" if found.valid else ":"}
            ax.plot([_units(rule, found.effect.mean)] * 2, [place + 0.16, place + 0.36], color=BLACK, **line)
    mean, low, high = (_units(rule, one[key]) for key in ("effect", "low", "high"))
    valid, at = one["word"] != NOT_VALID, place - 0.12
    if np.isfinite(mean):
        if np.isfinite(low):
            line = (
                {"linewidth": 2.5, "linestyle": "-"}
                if valid
                else {"linewidth": 1.2, "linestyle": (0, (3, 2))}
            )
            ax.plot([low, high], [at, at], color=BLACK, solid_capstyle="butt", **line)
        ax.plot(mean, at, "o", markersize=8, color=BLACK, markerfacecolor=BLACK if valid else "white")


def _alt(rows):
    """Which rules say which word, and in how many settings."""
    words = {}
    for one in rows:
        carries = one["settings"].partition(":")[0]
        words.setdefault(one["word"], []).append(one["rule"] + (f" {carries}" if carries else ""))
    said = "; ".join(f"{word}: {', '.join(names)}" for word, names in words.items())
    return f"Effects of all {len(rows)} rules in units of the smallest that matters. {said}."
