"""Pictures of lesson 10: where a judge that slips leaves lies, and nets beside that curve."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MultipleLocator

from helpers.kit.labels import label_ends, legend_beside
from helpers.kit.legible import FAINT
from helpers.kit.plots import BLACK, GREY, describe, panels, plot_guesses, styles
from helpers.kit.styles import register_arms
from helpers.lessons.lesson10.experiment import FILTERED, FILTERED_SFT, RL, SFT, TAGS_RL, TAGS_SFT
from helpers.lessons.lesson10.marked import BAD, BLANK, GOOD, behind

BOTH = {FILTERED_SFT: "filtered + SFT", TAGS_SFT: "tags + SFT", TAGS_RL: "tags + RL"}  # as figures name them
register_arms({SFT: 0, FILTERED: 1, RL: 0, "before": 0})
register_arms({name: place + 2 for place, name in enumerate(BOTH.values())})
register_arms(
    {name: 3 - place for place, word in enumerate((GOOD, BAD, BLANK)) for name in (word, behind(word))}
)
LOOKS = (BLACK, "-"), (GREY, (0, (5, 1)))  # of the exact curves: colour and dash
APART = 0.006  # nets of one method stand so far beside those of the next


def plot_floor(
    curves: Mapping[str, pd.Series],
    dots: pd.DataFrame | None = None,
    *,
    guessed: str | None = None,
) -> Axes:
    """Lies that are left, by how often the judge slips: exact curves, and a mark for each net.

    curves: see `readings.floor`, by the name of each. dots: a row for each net: method, slips, seed, lies. guessed: the
    name of a prediction, asked for by slips.
    """
    ax, said = panels(1, width=7.0, height=4.0)[0], []
    for (name, curve), (colour, dash) in zip(curves.items(), LOOKS, strict=False):
        ax.plot(curve.index, curve, color=colour, linestyle=dash, label=name)
        said.append(f"{name} {_few(curve)}")
    if dots is not None:
        said += _nets(ax, dots)
    top = max([curve.max() for curve in curves.values()] + ([] if dots is None else [dots.lies.max()]))
    ax.set(xlabel="share of stories on which the judge slips", ylabel="chance of a lie", ylim=(0, top * 1.15))
    ax.xaxis.set_major_locator(MultipleLocator(0.05))
    if dots is None:
        label_ends(ax)
    else:
        legend_beside(ax)
    nets = "" if dots is None else f", a mark for each of {dots.seed.nunique()} nets"
    describe(ax, f"Chance of a lie by how often the judge slips{nets}: {'; '.join(said)}.")
    at = {f"{slip:g}": slip for curve in curves.values() for slip in curve.index}
    return plot_guesses(ax, guessed, at)


def _nets(ax, dots):
    """Marks of single nets at their slips, methods side by side; their means and how far they reach, in words."""
    arms, said = list(dict.fromkeys(dots.method)), []
    looks = styles(arms)
    for place, arm in enumerate(arms):
        mine, (colour, _, marker) = dots[dots.method == arm], looks[arm]
        across = mine.slips + (place - (len(arms) - 1) / 2) * APART
        marks = {"markersize": 7, "markerfacecolor": "none", "clip_on": False, "gid": FAINT}
        ax.plot(across, mine.lies, marker, color=colour, label=arm, **marks)
        each = mine.groupby("slips").lies.agg(["mean", "min", "max"]).itertuples()
        texts = [f"{one.mean:.2f} at {one.Index:g}, from {one.min:.2f} to {one.max:.2f}" for one in each]
        said.append(f"{arm} {', '.join(texts)}")
    return said


def _few(values):
    """A few values at their slips in words: the first, the last and those between, six at most."""
    some = values.iloc[:: max(1, (len(values) + 4) // 5)]
    return ", ".join(f"{value:.2f} at {slip:g}" for slip, value in some.items())
