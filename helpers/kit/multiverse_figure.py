"""A multiverse as a specification curve: what a rule says in each setting, sorted by effect, in one picture."""

import textwrap

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from helpers.kit.multiverse import BASE, by_setting, share
from helpers.kit.plots import BLACK, GREY, describe
from helpers.kit.rules import NO_DIFFERENCE, NOT_VALID, as_rule
from helpers.kit.strips import ZONES

WIDTH = 9.0  # inches, 990 pixels in a notebook
LETTERS, TITLE = 100, 72  # of a line above the picture, and of one of its title


def specification_curve(frame, by) -> Figure:
    """The effect with its interval in each setting, from the lowest to the highest, and below it which setting it is.

    frame: a multiverse, the columns setting, rule, seed, value, valid, why. by: a rule, or its name.
    The zones of the rule lie behind. The lesson's own setting is a square in a frame, a setting whose gates failed is
    hollow; one without a value stands at the right end and is named.
    """
    by, found = as_rule(by), by_setting(frame, by)
    carries = share(frame, by, None if BASE in found else NOT_VALID)
    ordered = sorted(
        found, key=lambda name: (found[name].effect is None, getattr(found[name].effect, "mean", 0))
    )
    texts = [carries.others, f"Effect: {by.measure}", _marks(found.values())]
    lines = [line for text in texts for line in textwrap.wrap(text, LETTERS)]
    height = 3.3 + 0.24 * len(found) + 0.17 * len(lines)
    size = {"figsize": (WIDTH, height), "layout": "constrained", "sharex": True}
    figure, (above, below) = plt.subplots(2, 1, height_ratios=(3.2, 0.26 * len(found)), **size)
    _zones(above, by, [found[name] for name in ordered])
    for place, name in enumerate(ordered):
        _effect(above, place, found[name], is_base=name == BASE)
        _mark(below, place, name, found[name], is_base=name == BASE, many=len(ordered))
    above.set_ylabel(textwrap.fill(by.unit, 40))
    word = carries.short if carries.word == NOT_VALID else f"{carries.word}, {carries.short}"
    word += "" if BASE in found else ", the lesson's own not among them"
    title = textwrap.fill(f"{by.name}: {word}", TITLE)
    figure.suptitle(title, fontsize=12, fontweight="bold", x=0.01, ha="left")
    above.set_title("\n".join(lines), fontsize=10, loc="left")
    above.tick_params(axis="x", length=0)
    below.set(ylim=(len(ordered) - 0.4, -0.6), yticks=[], xticks=[])
    below.set_xlim(-0.7, len(ordered) - 0.3)
    for ax in (above, below):
        ax.spines[["top", "right", "bottom"]].set_visible(False)
    below.spines["left"].set_visible(False)
    told = "; ".join(f"{name} {_told(found[name])}" for name in ordered)
    said = {name: (str(found[name].effect or "no value"), found[name].word) for name in ordered}
    above.numbers = pd.DataFrame(said, index=["effect", "word"]).T.rename_axis("setting")
    describe(
        above,
        f"{by.name} in {len(ordered)} settings, from the lowest effect to the highest: {carries}. {told}. "
        f"Effect: {by.measure}, in {by.unit}. Effects from {by.zones[0]:g} to {by.zones[1]:g} do not matter.",
    )
    return figure


def _marks(found):
    """What the marks say that are not explained by themselves; "" where there is none of them."""
    effects = [one.effect for one in found]
    said = ["small marks: a seed each, too few for an interval"] * any(
        effect is not None and not effect.known for effect in effects
    )
    said += ["no mark above a name: no value"] * (None in effects)
    return "; ".join(said)


def _told(one):
    return f"{one.effect if one.effect is not None else 'no value'}, {one.word}"


def _zones(ax, by, found):
    """The three zones of a rule as bands with their names, and room for all effects."""
    below, above = by.zones
    ends = [end for one in found for end in _ends(one)] + [below, above]
    room = 0.12 * (max(ends) - min(ends))
    low, high = min(*ends, below - room) - room, max(*ends, above + room) + room
    bands = (
        (low, below, low, "bottom"),
        (below, above, (below + above) / 2, "center"),
        (above, high, high, "top"),
    )
    for (word, colour), (start, end, at, side) in zip(ZONES.items(), bands, strict=True):
        ax.axhspan(start, end, color=colour, linewidth=0)
        said = (by.middle if word == NO_DIFFERENCE else word).replace("NO RELEVANT ", "NO RELEVANT\n")
        where = {"transform": ax.get_yaxis_transform(), "ha": "left", "va": side}
        ax.text(1.01, at, said, fontsize=10, color="#333333", **where)
    for edge in (below, above):
        ax.axhline(edge, color=GREY, linewidth=0.8)
    ax.axhline(by.neutral, color=GREY, linewidth=0.8, linestyle=(0, (2, 2)))
    ax.set_ylim(low, high)


def _ends(one):
    if one.effect is None:
        return []
    return [one.effect.low, one.effect.high] if one.effect.known else list(one.effect.points)


def _effect(ax, place, one, *, is_base):
    if one.effect is None:
        return
    face = {"color": BLACK, "markerfacecolor": BLACK if one.valid else "white"}
    marker, size = ("s", 10) if is_base else ("o", 8)
    line = {
        "color": BLACK,
        "linewidth": 2.2 if one.valid else 1.2,
        "linestyle": "-" if one.valid else (0, (3, 2)),
    }
    if one.effect.known:
        ax.plot([place, place], [one.effect.low, one.effect.high], solid_capstyle="butt", **line)
        ax.plot(place, one.effect.mean, marker, markersize=size, **face)
    else:
        ax.plot([place] * len(one.effect.points), one.effect.points, marker, markersize=5, **face)


def _mark(ax, place, name, one, *, is_base, many):
    """A setting's mark under its effect, on a line of its own, with its name beside it."""
    left = place >= many / 2  # where there is more room
    ax.plot([place, place], [-0.6, place], color=GREY, linewidth=0.8, linestyle=(0, (1, 2)))
    face = {"color": BLACK, "markerfacecolor": BLACK if one.valid else "white"}
    ax.plot(place, place, "s" if is_base else "o", markersize=7 if is_base else 6, **face)
    said = name if one.valid else f"{name} (NOT VALID: {textwrap.shorten(one.why.partition(':')[0], 30)})"
    box = {"boxstyle": "square,pad=0.15", "facecolor": "white", "linewidth": 0.8}
    box["edgecolor"] = BLACK if is_base else "white"
    ax.annotate(
        said, (place, place), xytext=(-9 if left else 9, 0), textcoords="offset points", va="center",
        ha="right" if left else "left", fontsize=10, fontweight="bold" if is_base else "normal", bbox=box,
    )  # fmt: skip
