"""Pictures of lesson 07: answers under pressure, paths in nats, how far best of n is, differences, fading."""

import math
from collections.abc import Callable, Mapping

import pandas as pd
import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from helpers.core import Rng, Stream
from helpers.kit.labels import label_ends
from helpers.kit.legible import FAINT
from helpers.kit.plots import BLACK, GREY, describe, panels, plot_seeds, styles
from helpers.kit.styles import register_arms
from helpers.kit.words import told
from helpers.lessons.lesson07.pressure import Stand
from helpers.lessons.lesson07.taste import PLACES, WORDS
from helpers.worlds.answers import best_of

register_arms(
    {"SFT, two nats": 0, "SFT, good enough": 1, "RL, exact": 0, "RL, good enough": 1, "RL, gold": 2}
)
register_arms({"stand-in": 0, "gold": 1, "in rounds": 0, "at once": 1})
register_arms({"best of n": 2, "best of n, two nats": 2, "leash": 3, "leash, two nats": 3})
LIGHT = ("#CFE3F2", "#F6C9AE", "#DCEFD9", "#E9DCF0", "#FFFFFF")  # grounds of words, which are written on them
DRAWN = 5


def plot_pressed(on: Stand, n: float, *, seed: int = 0, most: float = 1e6) -> Axes:
    """Five answers that are the best of n each, and what stand-in and taste say of such answers, for n up to this one.

    seed: which of the stand-in's worlds. The same five lots are drawn at every n, so that one sees what changes.
    """
    at = [most ** (k / 24) for k in range(25) if most ** (k / 24) < n * 0.999] + [n]
    base, pays, gold = on.at.base[seed : seed + 1], on.pays[seed : seed + 1], on.at.gold[seed]
    policies = [best_of(base, pays, one)[0] for one in at]
    says = {"stand-in": pays[0], "gold": gold}
    lines = {
        name: pd.Series([float(p @ what) for p in policies], index=at, dtype=float)
        for name, what in says.items()
    }
    left, right = panels(2, width=4.5, height=3.3)
    lot = Rng([5], Stream.CHOICES).uniform(DRAWN).double()
    picked = torch.searchsorted(policies[-1].cumsum(0), lot[0] * policies[-1].sum()).clamp(max=len(gold) - 1)
    written = on.at.answers.every[picked]
    for row, words in enumerate(written.tolist()):
        for place, word in enumerate(words):
            left.add_patch(
                Rectangle((place, row), 0.96, 0.9, facecolor=LIGHT[word], edgecolor=GREY, linewidth=0.5)
            )
            left.text(place + 0.48, row + 0.45, WORDS[word], ha="center", va="center", fontsize=10)
    left.set(xlim=(0, PLACES), ylim=(DRAWN, 0), xticks=[], yticks=[])
    left.set_title(f"five answers, each the best of {n:,.0f}", fontsize=10)
    left.grid(False)
    rows = "; ".join(" ".join(WORDS[word] for word in words) for words in written.tolist())
    describe(left, f"Five answers, each the best of {n:,.0f} by the stand-in: {rows}.")
    looks = styles(lines)
    for name, line in lines.items():
        colour, dash, marker = looks[name]
        right.plot(line.index, line, color=colour, linestyle=dash, label=name)
        right.plot(line.index[-1], line.iloc[-1], marker, color=colour, markersize=8)
    right.set(xscale="log", xlim=(1, most), ylim=(-0.2, 3.8), xlabel="n: answers to choose from")
    right.set(ylabel="sd of the base's answers")
    label_ends(right)
    describe(
        right, f"The mean score of such answers, in sd of the base's answers, against n: {told(lines, 'n')}."
    )
    return left


def plot_paths(
    frame: pd.DataFrame,
    what: str,
    *,
    x: str = "KL",
    xlabel: str = "distance from the base (KL), nats",
    label=None,
) -> Axes:
    """The mean over worlds of a column against another one, a line for each method; thin lines are single worlds.

    frame: columns method, seed, x and what. Worlds that end sooner leave the mean where they end.
    """
    ax = panels(1, width=7.0, height=3.9)[0]
    looks = styles(frame.method.unique())
    means = {}
    for name, rows in frame.groupby("method", sort=False):
        colour, dash, marker = looks[name]
        wide = rows.pivot(index=x, columns="seed", values=what)
        ax.plot(
            wide.index,
            wide,
            color=colour,
            linestyle=dash,
            linewidth=0.5,
            alpha=0.35,
            gid=FAINT,
            label="_world",
        )
        whole = wide.dropna()
        means[name] = whole.mean(axis=1)
        ax.plot(
            whole.index, means[name], color=colour, linestyle=dash, marker=marker, markersize=6,
            markevery=4 if len(whole) > 9 else 1, linewidth=2, label=name,
        )  # fmt: skip
    ax.set(xlabel=xlabel, ylabel=label or what)
    label_ends(ax)
    worlds = frame.seed.nunique()
    said = told(means, x)
    return describe(
        ax, f"{label or what} against {xlabel}, mean of {worlds} worlds, single ones thin: {said}."
    )


def plot_how_far(on: Stand, how_far: Callable, *, name: str = "the formula") -> Axes:
    """The exact KL of best of n in every world, their mean, and what a formula says of it."""
    ax = panels(1, width=6.6, height=3.8)[0]
    logs = torch.linspace(0, math.log(1e7), 24).double()
    far = torch.stack([on.nats(on.best(one.expand(len(on.pays)))) for one in logs], 1)
    n = logs.exp()
    ax.plot(n, far.T, color=GREY, linewidth=0.5, alpha=0.5, gid=FAINT, label="_world")
    lines = {
        name: pd.Series(how_far(n.float()).double().numpy(), index=n.numpy()),
        "exact, mean of worlds": pd.Series(far.mean(0).numpy(), index=n.numpy()),
    }
    for (label, line), dash in zip(lines.items(), ("--", "-"), strict=True):
        ax.plot(line.index, line, color=BLACK, linestyle=dash, linewidth=2, label=label)
    ax.set(xscale="log", xlabel="n: answers to choose from", ylabel="distance from the base (KL), nats")
    label_ends(ax)
    return describe(
        ax, f"Distance from the base in nats against n, answers to choose from: {told(lines, 'n')}."
    )


def plot_caught(frame: pd.DataFrame, enough: float, *, what: str = "lies") -> Axes:
    """How much more frequent lies are, against the share of lies that judges see; `enough`: a forecast of the zero."""
    rows = frame.rename(columns={"caught": "share of lies that judges see"})
    ax = plot_paths(
        rows, what, x="share of lies that judges see", xlabel="share of lies that judges see",
        label="share of answers with a lie, less the base's",
    )  # fmt: skip
    ax.axhline(0, color=GREY, linewidth=1, linestyle=":")
    ax.axvline(enough, color=BLACK, linewidth=1, linestyle=":")
    ground = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1}
    ax.annotate("forecast", (enough, 0), xytext=(4, 8), textcoords="offset points", fontsize=10, bbox=ground)
    return describe(ax, f"Forecast of where lies neither rise nor fall: {enough:.2f}.")


def plot_less(table: pd.DataFrame, other: str, label: str, *, matters: float) -> Axes:
    """How much more each column has than one of them, world by world: a dot a world, the mean as a bar, and zero.

    matters: the smallest difference that does; dotted lines lie so far above zero and below.
    """
    apart = table.drop(columns=other).sub(table[other], axis=0)
    ax = plot_seeds(apart, label, ax=panels(1, width=2.2 + 1.7 * len(apart.columns), height=3.8)[0])
    ax.axhline(0, color=BLACK, linewidth=1)
    for one in (-matters, matters):
        ax.axhline(one, color=GREY, linewidth=1, linestyle=":")
    more = ", ".join(f"{name} in {int((apart[name] > 0).sum())}" for name in apart)
    return describe(ax, f"Above zero: {more} of {len(apart)} worlds. Dotted: {matters:g} to either side.")


def plot_fading(fades: Mapping[int, float], effect: pd.Series, *, label: str) -> Axes:
    """An effect against how fast more of the same is worth less in that world, a dot for each world.

    Raises ValueError where the two are not of the same worlds.
    """
    if set(fades) != set(effect.index):
        raise ValueError(
            f"how fast worth fades is of {len(fades)} worlds, {min(fades)} for one, and the effect of "
            f"{len(effect)}, {effect.index[0]} for one: take both from one call of results"
        )
    ax = panels(1, width=6.2, height=3.8)[0]
    x = pd.Series(fades, dtype=float).reindex(effect.index)
    ax.axhline(0, color=GREY, linewidth=1, linestyle=":")
    ax.plot(x, effect, "o", color=BLACK, alpha=0.75, markersize=6)
    ax.set(xlabel="how fast further facts are worth less (drawn for each world)", ylabel=label)
    ax.numbers = pd.DataFrame({"fading": x, "effect": effect})
    said = f"correlation {x.corr(effect):.2f}; from {effect.min():.2f} to {effect.max():.2f}"
    return describe(
        ax,
        f"{label}, against how fast further facts are worth less, a dot for each of {len(effect)} worlds: {said}.",
    )
