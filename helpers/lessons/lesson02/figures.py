"""Figures of lesson 02: searches beside theory, pass@k and Cover@tau, the boundary, and a game's positions."""

from collections.abc import Callable, Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from matplotlib.axes import Axes
from torch import Tensor

from helpers.kit.labels import label_ends
from helpers.kit.legible import FAINT
from helpers.kit.plots import BLACK, BLUE, GREY, VERMILION, describe, panels, style, styles
from helpers.kit.styles import register_arms
from helpers.lessons.lesson02 import boundary, planted
from helpers.lessons.lesson02.prompts import SAMPLES
from helpers.worlds.nim import Nim
from helpers.worlds.strings import cover_at, pass_at

MARKS = ("o", "s", "^", "D", "v", "P")  # of the planted answers, from the likeliest to the rarest

register_arms(
    {
        "self-play RL": 0,
        "self-play RL, built": 1,
        "RL, curriculum": 0,
        "RL, whole chain": 1,
        "RL, each link": 2,
        "RL, warm start": 3,
        "SFT, own right answers": 1,
        "SFT, own, curriculum": 2,
    }
)


def plot_found(searches: Mapping, theory: Callable, *, tries: int = planted.TRIES) -> Axes:
    """The share of seeds that have found each answer, against the tries so far, a panel for each arm, three at most.

    theory: (chances, tries) -> the share that theory has for each, `found_by`; it is drawn thin.
    """
    axes = plt.subplots(2, 2, figsize=(9.0, 6.4), layout="constrained", sharey=True)[1].flatten()
    looks = list(zip(plt.get_cmap("inferno")(np.linspace(0, 0.66, len(planted.CHANCES))), MARKS, strict=True))
    chances = torch.tensor(planted.CHANCES).double()
    for ax, (arm, (found, _)) in zip(axes, searches.items(), strict=False):
        steps = np.unique(np.geomspace(1, len(found), 60).astype(int))
        known = torch.stack([theory(chances, int(step) * tries).detach().double() for step in steps])
        share, said = found.float().mean(1), []
        for place, (chance, (shade, mark)) in enumerate(zip(planted.CHANCES, looks, strict=True)):
            name = f"1 in {1 / chance:,.0f}"
            ax.plot(steps * tries, known[:, place], color=shade, linewidth=0.9, label="_theory")
            drawn = {"color": shade, "linewidth": 2.2, "marker": mark, "markevery": [-1], "clip_on": False}
            ax.plot(torch.arange(1, len(found) + 1) * tries, share[:, place], label=name, **drawn)
            said.append(f"{name}: {float(share[-1, place]):.2f}, theory {float(known[-1, place]):.2f}")
        ax.set(xscale="log", xlabel="tries", ylim=(-0.03, 1.05), title=arm)
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(alpha=0.25)
        describe(
            ax,
            f"{arm}: share of {found.shape[1]} seeds that found each answer, against tries. At the end, answers of "
            f"{'; '.join(said)}.",
        )
    for ax in axes[::2]:
        ax.set_ylabel("share of seeds that found it")
    for ax in axes[len(searches) :]:
        ax.set_axis_off()
    there = {"loc": "center left", "frameon": False, "title": "chance before (thin: theory)"}
    axes[-1].legend(*axes[0].get_legend_handles_labels(), **there)
    return axes[0]


def plot_reach(
    before: Tensor,
    after: Mapping[str, Tensor],
    *,
    sampled: Mapping[int, float] | None = None,
    samples: int = SAMPLES,
    most: int = 12,
) -> tuple[Axes, Axes]:
    """pass@k against k, and Cover@tau against tau: before training, and after it by arm. Chances: [seed, prompt].

    sampled: pass@k before training by k, as it was estimated from `samples` samples of each prompt: hollow.
    """
    left, right = panels(2, width=4.5, height=3.8)
    every = {"before training": before, **after}
    looks, ks, taus = styles(every), [2**power for power in range(most + 1)], np.linspace(0.01, 1, 60)
    told = []
    for name, chance in every.items():
        colour, dash, marker = looks[name]
        look = {"color": colour, "linestyle": dash, "marker": marker, "linewidth": 2.0, "label": name}
        reach = [float(pass_at(chance, k).mean()) for k in ks]
        cover = [float(cover_at(chance, float(tau)).mean()) for tau in taus]
        left.plot(ks, reach, markevery=2, **look)
        right.plot(taus, cover, markevery=8, **look)
        sure = float(cover_at(chance, 0.1).mean())
        often = float(cover_at(chance, 0.5).mean())
        told.append(
            f"{name}: pass@1 {reach[0]:.2f}, pass@16 {reach[4]:.2f}, pass@256 {reach[8]:.2f}, "
            f"Cover@0.1 {sure:.2f}, Cover@0.5 {often:.2f}"
        )
    if sampled:
        ring = {"markersize": 10, "markerfacecolor": "none", "markeredgewidth": 1.8, "zorder": 5}
        name = f"before training, from {samples} samples"
        left.plot(list(sampled), list(sampled.values()), "o", color=BLACK, label=name, **ring)
        told.append(f"{name}: " + ", ".join(f"pass@{k} {value:.2f}" for k, value in sampled.items()))
    left.axvline(16, color=GREY, linewidth=0.9, linestyle=":", label="_the rule's k")
    left.text(16, 0.02, " k = 16, the rule's", fontsize=10, color=GREY, va="bottom")
    left.set(
        xscale="log", xlabel="k, tries", ylabel="pass@k", ylim=(0, 1.03), title="right in one of k tries"
    )
    right.set(xlabel="tau", ylabel="Cover@tau", ylim=(0, 1.03), title="right in a share tau of tries")
    right.legend(*left.get_legend_handles_labels(), frameon=False, loc="upper right")
    describe(left, f"pass@k of new prompts against k, the number of tries. {'; '.join(told)}.")
    describe(
        right,
        "Cover@tau against tau, the share of new prompts that are right in at least tau of all tries. "
        f"{'; '.join(told)}.",
    )
    return left, right


def plot_boundary(frame: pd.DataFrame, *, tries: int = boundary.TRIES * boundary.STEPS) -> Axes:
    """The whole's chance before training x pieces that pay: filled where RL writes the whole; line: theory's half."""
    ax = panels(1, width=7.2, height=3.4)[0]
    wide = frame.pivot(index="pieces", columns="power", values="solved")
    rows = {pieces: place for place, pieces in enumerate(wide.index)}
    for row in frame.itertuples():
        filled = plt.matplotlib.colors.to_rgba(VERMILION, row.solved)
        ax.plot(
            row.power, rows[row.pieces], "s", markersize=15, color=filled, markeredgecolor=GREY, gid=FAINT
        )
    edges = []
    for pieces, place in rows.items():
        fine = np.linspace(0.5, 17, 600)
        there = boundary.in_theory(fine, pieces, tries) > 0.5
        edge = float(fine[there][-1]) if there.any() else 0.5
        beyond = bool(there[-1])
        edges.append("beyond the picture" if beyond else f"10^-{edge:.1f}")
        if beyond:
            continue
        ax.plot([edge, edge], [place - 0.45, place + 0.45], color=BLACK, linewidth=2.5)
    powers = [1, 4, 8, 12, 16]
    ax.set(
        xlabel="chance of the whole before training, 10 to the minus",
        ylabel="pieces that pay",
        xticks=powers,
        yticks=list(rows.values()),
        yticklabels=[str(pieces) for pieces in rows],
        xlim=(0.3, 17.2),
    )
    ax.text(17.1, -0.42, "fill: share of seeds; black: theory, one half", ha="right", va="top", fontsize=10)
    ax.set_ylim(-0.75, len(rows) - 0.4)
    last = {pieces: int((wide.loc[pieces] > 0.5).sum()) for pieces in wide.index}
    said = "; ".join(
        f"{pieces} {'piece' if pieces == 1 else 'pieces'}: to 10^-{power}, theory {edge}"
        for (pieces, power), edge in zip(last.items(), edges, strict=True)
    )
    return describe(
        ax,
        "Where RL comes to write the whole string: squares filled by the share of seeds that do, pieces that pay "
        f"upward, the chance of the whole before training, from 10^-{min(wide.columns)} to 10^-{max(wide.columns)}, "
        f"across. At least half of the seeds write it with {said}.",
    )


def plot_positions(game: Nim, chance: Mapping[str, Tensor]) -> Axes:
    """Every position in which a win can be forced, as a square: how likely a right move is there. [position] each.

    A ring, with its name, is round the opening, through which every game goes.
    """
    axes = panels(len(chance), width=8.8 / len(chance), height=3.6)
    left = game.positions[game.wins].sum(1)
    numbers = torch.arange(game.features)[game.wins]
    for ax, (name, value) in zip(axes, chance.items(), strict=True):
        colour, said = style(name)[0], ""
        for total in sorted(set(left.tolist())):
            there = numbers[left == total]
            each = value[left == total]
            for place, at in enumerate(each.argsort(descending=True)):
                rgba = plt.matplotlib.colors.to_rgba(colour, min(1.0, float(each[at])))
                square = {"markersize": 7, "color": rgba, "markeredgecolor": GREY, "markeredgewidth": 0.6}
                ax.plot(total, place, "s", gid=FAINT, **square)
                if there[at] == game.opening:
                    _ring(ax, total, place)
                    said = f" At the opening, ringed, it is {float(each[at]):.2f}."
        ax.set(title=name, xlabel="counters left", ylim=(-1, 18), yticks=[])
        ax.grid(visible=False)
        describe(
            ax,
            f"{name}: {len(value)} positions that can be won, by counters left; the chance of a right move is "
            f"{float(value.mean()):.2f} on average, below one half in {int((value < 0.5).sum())} of them.{said}",
        )
    axes[0].set_ylabel("positions, the darker the likelier right")
    return axes[0]


def _ring(ax, across, up):
    """A ring round the opening's square, and its name beside it."""
    ring = {"markersize": 15, "markerfacecolor": "none", "markeredgecolor": BLACK, "markeredgewidth": 1.8}
    ax.plot(across, up, "o", clip_on=False, **ring)
    away = {"xytext": (0, 34), "textcoords": "offset points", "ha": "right", "va": "bottom", "fontsize": 10}
    line = {"arrowprops": {"arrowstyle": "-", "color": BLACK, "shrinkB": 9}}
    ax.annotate("opening", (across, up), **away, **line)


def plot_learning(frame: pd.DataFrame, *, label: str, level: float | None = None) -> Axes:
    """A value at each step: seeds faint, their mean bold, named at its end; level: a grey line for a comparison."""
    ax, said = panels(1, width=7.0, height=3.6)[0], []
    looks = styles(frame.method.unique())
    for name, part in frame.groupby("method", sort=False):
        colour, dash, _ = looks[name]
        for _, one in part.groupby("seed"):
            ax.plot(one.step, one.value, color=colour, alpha=0.18, linewidth=0.8, label="_seed", gid=FAINT)
        mean = part.groupby("step").value.mean()
        ax.plot(mean.index, mean, color=colour, linestyle=dash, linewidth=2.4, label=name)
        said.append(f"{name} from {mean.iloc[0]:.2f} to {mean.iloc[-1]:.2f}")
    if level is not None:
        ax.axhline(level, color=BLUE, linewidth=1, linestyle=":", label="_level")
        ax.text(0, level, " weak players", va="bottom", fontsize=10, color=BLUE)
    ax.set(xlabel="training step", ylabel=label, ylim=(0, 1.03))
    label_ends(ax)
    return describe(ax, f"{label} at each step: {'; '.join(said)}.")
