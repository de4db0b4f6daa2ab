"""Where a learner stands, as a picture: how often numbers held beside how sure one was, and beliefs on their way."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.kit.plots import BLACK, BLUE, GREEN, GREY, PURPLE, VERMILION, describe, label_ends, panels
from helpers.kit.scores import calibration

LOOKS = [(BLUE, "o", "-"), (VERMILION, "s", "--"), (GREEN, "^", "-."), (PURPLE, "D", ":"), (BLACK, "v", "-")]


def plot_standing(numbers: pd.DataFrame, beliefs: pd.DataFrame) -> Figure:
    """Two panels: the calibration curve of predictions, and how much each claim was believed before and after lessons.

    numbers: what `standing.predicted` returns. beliefs: what `standing.believed` returns.
    """
    left, right = panels(2, height=3.8)
    plot_calibration(numbers, left)
    plot_beliefs(beliefs, right)
    return left.figure


def plot_calibration(numbers: pd.DataFrame, ax: Axes) -> Axes:
    """How often numbers held, by how sure one was; beside each point how many numbers stand behind it."""
    known = numbers[(numbers.remark == "") & numbers["how sure"].notna()]
    curve = calibration(known["how sure"].astype(float), known.held.astype(float))
    ax.plot([0, 1], [0, 1], color=GREY, linestyle=(0, (3, 2)), linewidth=1)
    ax.text(0.03, 0.09, "as sure as right", color="#555555", fontsize=10, rotation=38, rotation_mode="anchor")
    ax.set(xlim=(-0.03, 1.12), ylim=(-0.05, 1.12), xlabel="how sure you were", ylabel="share that held")
    ax.set_title("Are you as often right as you say?", fontsize=11)
    if curve.empty:
        ax.text(
            0.7, 0.2, "no number with a confidence\nand a result yet", ha="center", va="center", fontsize=10
        )
        return describe(ax, "Calibration: no number with a confidence and a result yet.")
    reach = [curve.held - curve.low, curve.high - curve.held]
    ax.errorbar(  # no line from point to point: a few numbers each would be read as a trend
        curve.said, curve.held, reach, color=BLUE, marker="o", markersize=7, linestyle="none", elinewidth=1
    )
    for one in curve.itertuples():
        ax.annotate(f"n = {one.n}", (one.said, one.held), (6, 6), textcoords="offset points", fontsize=10)
    points = "; ".join(f"said {one.said:.0%}, held {one.held:.0%} of {one.n}" for one in curve.itertuples())
    return describe(
        ax, f"Calibration, a point for each range of confidence: {points}. Bars are 95 % intervals."
    )


def plot_beliefs(beliefs: pd.DataFrame, ax: Axes) -> Axes:
    """How much each claim was believed, a line a claim, from before its first lesson to after its last."""
    ax.set(ylim=(-0.05, 1.05), ylabel="how much you believe it")
    ax.set_title("What you believe, on its way", fontsize=11)
    there = beliefs[beliefs[["before", "after"]].notna().any(axis=1)]
    if there.empty:
        ax.set_xticks([])
        ax.text(0.5, 0.5, "no belief is kept yet", ha="center", va="center", fontsize=10)
        return describe(ax, "Beliefs: none is kept yet.")
    lessons = sorted({_parts(name)[0] for name in there.claim})
    places = {
        (lesson, when): 2.4 * at + (when == "after") for at, lesson in enumerate(lessons) for when in WHEN
    }
    told, paths = [], {}
    for one in there.to_dict("records"):
        lesson, claim = _parts(one["claim"])
        paths.setdefault(claim, {}).update(
            {places[lesson, when]: one[when] for when in WHEN if pd.notna(one[when])}
        )
        before, after = (f"{one[when]:.0%}" if pd.notna(one[when]) else "not said" for when in WHEN)
        where = f" in lesson {lesson}" if lesson else ""
        told.append(f"{claim}{where} {before} before, {after} after")
    for (claim, path), (colour, marker, dash) in zip(paths.items(), LOOKS * len(paths), strict=False):
        steps = sorted(path.items())
        ax.plot(
            *zip(*steps, strict=True), color=colour, marker=marker, linestyle=dash, linewidth=2, label=claim
        )
    ticks = {(lesson, when): f"{when}\n{lesson}" for lesson, when in places}
    ax.set_xticks([places[one] for one in ticks], ticks.values(), fontsize=10)
    ax.set_xlim(-0.4, max(places.values()) + 0.4)
    label_ends(ax)
    return describe(ax, f"How much each claim was believed: {'; '.join(told)}.")


def _parts(name):
    """Lesson and claim of a belief, "00.C8"; a name of another kind is a claim of no lesson."""
    lesson, dot, claim = name.partition(".")
    return (lesson, claim) if dot else ("", name)


WHEN = ("before", "after")
