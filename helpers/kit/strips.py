"""A verdict as one reads it in a few seconds: the interval on a line, with the zones of its rule."""

import textwrap

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.axes import Axes

from helpers.kit.pictures import picture
from helpers.kit.plots import BLACK, describe
from helpers.kit.rules import NO_DIFFERENCE, OPPOSITE, SUPPORTS
from helpers.kit.verdicts import Verdict

ZONES = {OPPOSITE: "#F6E0D5", NO_DIFFERENCE: "#EDEDED", SUPPORTS: "#DAE8F5"}
NAMES = dict(
    zip(ZONES.values(), ("reddish", "grey", "bluish"), strict=True)
)  # where a zone's word has no room
HERE = 0.2  # the height of the interval in its strip; its word stands above it, on no line


def plot_verdict(verdict, *, xlabel: str | None = None) -> Axes:
    """The effect with its interval on a line, and the zones of the rule behind it: opposite, no difference, supports.

    Several verdicts of one unit stand below each other, each with its own zones on one common axis. A verdict that is
    NOT VALID is drawn hollow, with its reasons; one without an interval shows its seeds as dots.
    Raises ValueError for rules of different units or scales: no axis could be read for all.
    """
    verdicts = [verdict] if isinstance(verdict, Verdict) else list(verdict)
    if not verdicts or not all(isinstance(one, Verdict) for one in verdicts):
        raise TypeError("plot_verdict draws what `rule.judge` returned, one or several")
    units = list(dict.fromkeys((one.rule.unit, one.rule.scale == "ratio") for one in verdicts))
    if len(units) > 1:
        said = ", ".join(f"{one.rule.name} in {one.rule.unit}" for one in verdicts)
        raise ValueError(
            f"verdicts of different units have no common axis: {said}; draw each in a figure of its own"
        )
    measures = list(dict.fromkeys(one.rule.measure for one in verdicts))
    said = f"{measures[0]} ({units[0][0]})" if len(measures) == 1 else units[0][0]
    said = textwrap.fill(xlabel or said, 90)
    height = 0.4 + 1.1 * len(verdicts) + 0.17 * len(said.split("\n"))
    size = {"figsize": (8, height), "layout": "constrained"}
    _, axes = plt.subplots(len(verdicts), 1, sharex=True, squeeze=False, **size)
    edges = [edge for one in verdicts for edge in (*one.rule.zones, *_ends(one))]
    room = 0.25 * (max(edges) - min(edges))
    low, high = min(edges) - room, max(edges) + 1.5 * room
    for ax, one in zip(axes[:, 0], verdicts, strict=True):
        _strip(ax, one, low, high)
    axes[-1, 0].set_xlabel(said, fontsize=10)
    return axes[0, 0]


def show_strip(verdict: Verdict) -> None:
    """Show the strip of a verdict that has a value; what stands below every verdict in a notebook."""
    if verdict.effect is not None:
        figure = plot_verdict(verdict).figure
        data, metadata = picture(figure)
        display(data, metadata=metadata, raw=True)
        plt.close(figure)


def _strip(ax, verdict, low, high):
    (below, above), unnamed = verdict.rule.zones, []
    for (word, colour), (start, end) in zip(
        ZONES.items(), ((low, below), (below, above), (above, high)), strict=True
    ):
        ax.axvspan(start, end, color=colour, linewidth=0)
        word = verdict.rule.middle if word == NO_DIFFERENCE else word
        shown = word.replace("NO RELEVANT ", "NO RELEVANT\n") if end - start < 0.3 * (high - low) else word
        if (end - start) / (high - low) > 0.014 * max(map(len, shown.split("\n"))):
            ax.text((start + end) / 2, 0.96, shown, ha="center", va="top", fontsize=10, color="#444444")
        else:
            unnamed.append(f"{NAMES[colour]}: {word}")
    ax.set_title("; ".join(unnamed), fontsize=10, loc="left", color="#444444")
    ax.axvline(verdict.rule.neutral, ymax=0.3, color="#777777", linewidth=0.8, linestyle=(0, (2, 2)))
    face = {"markerfacecolor": BLACK if verdict.valid else "white", "color": BLACK}
    said, effect = verdict.word, verdict.effect
    if effect is not None:
        said = f"{effect.mean:.{effect.digits}f}  {said}"
        if effect.known:
            ax.plot([effect.low, effect.high], [HERE, HERE], color=BLACK, linewidth=3, solid_capstyle="butt")
            ax.plot(effect.mean, HERE, "o", markersize=9, **face)
        else:
            ax.plot(effect.points, [HERE] * len(effect.points), "o", markersize=6, **face)
    here = _ends(verdict)
    middle = (here[0] + here[-1]) / 2
    part = (middle - low) / (high - low)
    at, side = (
        (here[0], "left") if part < 0.25 else (here[-1], "right") if part > 0.75 else (middle, "center")
    )
    ax.annotate(
        said, (at, HERE), xytext=(0, 8), textcoords="offset points", ha=side, va="bottom", fontsize=10,
        fontweight="bold",
    )  # fmt: skip
    ax.set(xlim=(low, high), ylim=(0, 1), yticks=[])
    ax.set_ylabel(verdict.rule.name, rotation=0, ha="right", va="center")
    ax.spines[["top", "right", "left"]].set_visible(False)
    reasons = f" ({'; '.join(verdict.reasons)})" if verdict.reasons else ""
    interval = f"{effect}" if effect is not None else "no value"
    describe(
        ax,
        f"{verdict.rule.name}: {interval} on a line on which effects from {below:g} to {above:g} do not matter: "
        f"{verdict.word}{reasons}. The line is of {verdict.rule.measure}, in {verdict.rule.unit}.",
    )


def _ends(verdict):
    effect = verdict.effect
    if effect is None:
        return [verdict.rule.neutral]
    return [effect.low, effect.high] if effect.known else sorted(effect.points)
