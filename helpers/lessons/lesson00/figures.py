"""Pictures of corridors: episodes, the walks of many seeds, a map of where a network steps, and the turn."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from helpers.core import Rng, Stream
from helpers.kit import Interval, rule
from helpers.kit.labels import label_ends
from helpers.kit.legible import FAINT
from helpers.kit.plots import BLACK, GREY, describe, panels, plot_curves, style
from helpers.kit.strips import ZONES
from helpers.kit.styles import register_arms
from helpers.lessons.lesson00 import exact
from helpers.lessons.lesson00.experiment import EVERY, MOVED, SCORE, TRIED
from helpers.worlds.grids import corridors

GOLD, FLOOR, DIM = "#F2C037", "#F1F1F1", "#BBBBBB"
register_arms({"RL, bonus 0.03": 1, "RL, bonus 0.1": 2})


def walks(policy, agent: int, coin: int, moves: int = 16) -> np.ndarray:
    """One episode of each seed from the same place: the cells visited, [seed, moves + 1]; it stays on the coin."""
    right, uniform = exact.chances(policy), Rng(policy.seeds, Stream.PROBES).uniform(moves)
    here, seeds = torch.full((len(policy.seeds),), agent), torch.arange(len(policy.seeds))
    cells = [here]
    for move in range(moves):
        step = torch.where(uniform[:, move] < right[seeds, coin, here], 1, -1)
        here = torch.where(here == coin, here, (here + step).clamp(0, right.shape[-1] - 1))
        cells.append(here)
    return torch.stack(cells, 1).numpy()


def plot_episodes(policy, places: Mapping[str, tuple[int, int]], *, moves: int = 8) -> Axes:
    """One network's episodes, move by move from top to bottom; a panel for each place: title -> (agent, coin)."""
    axes = panels(len(places), width=4.4, height=3.3)
    for ax, (title, (agent, coin)) in zip(axes, places.items(), strict=True):
        cells = walks(policy, agent, coin, moves)[0]
        there = np.flatnonzero(cells == coin)
        last = int(there[0]) if len(there) else moves
        for move in range(moves + 1):
            shown = move <= last
            for cell in range(9):
                ax.add_patch(
                    Rectangle((cell - 0.46, move - 0.4), 0.92, 0.8, color=FLOOR, alpha=1 if shown else 0.35)
                )
            if shown:
                ax.plot(coin, move, "o", color=BLACK, markerfacecolor=GOLD, markersize=13)
                ax.plot(cells[move], move, "s", color=BLACK, markersize=9 if cells[move] != coin else 7)
        ax.annotate("coin", (coin, -0.5), ha="center", va="bottom", fontsize=10)
        ax.annotate("agent", (agent, -0.5), ha="center", va="bottom", fontsize=10)
        ax.set(xlim=(-0.6, 8.6), ylim=(moves + 0.6, -1.2), xticks=[], yticks=range(0, moves + 1, 2))
        ax.set_title(title, fontsize=11, loc="left")
        ax.grid(False)
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
        end = f"reaches it in {last} moves" if len(there) else f"has not found it after {moves} moves"
        describe(ax, f"{title}: the agent begins in cell {agent}, the coin lies in cell {coin}; it {end}.")
    axes[0].set_ylabel("move")
    return axes[0]


def plot_walks(policies: Mapping, agent: int = 4, coin: int = 2, *, by_hand: Mapping | None = None) -> Axes:
    """One episode of every seed, a panel for each network: time runs down, and one sees who turns to the coin.

    by_hand: a network of one seed for some of the panels, whose walk is drawn thick.
    """
    axes = _grid(len(policies))
    for ax, (name, policy) in zip(axes, policies.items(), strict=True):
        cells, colour = walks(policy, agent, coin), style(name)[0]
        found = int((cells[:, -1] == coin).sum())
        for place, row in enumerate(cells):
            there = np.flatnonzero(row == coin)
            row = row[: there[0] + 1] if len(there) else row
            shift = 0.5 * ((place + 0.5) / len(cells) - 0.5)  # side by side, so that each is seen
            ax.plot(row + shift, np.arange(len(row)), color=colour, alpha=0.45, linewidth=1, gid=FAINT)
        ax.plot(coin, -1.4, "o", color=BLACK, markerfacecolor=GOLD, markersize=11)
        ax.plot(agent, -1.4, "s", color=BLACK, markersize=8)
        ax.annotate("coin", (coin - 0.5, -1.4), ha="right", va="center", fontsize=10)
        ax.annotate("start", (agent + 0.5, -1.4), ha="left", va="center", fontsize=10)
        own = _walk_by_hand(ax, (by_hand or {}).get(name), agent, coin)
        title = f"{name}: {found} of {len(cells)} reach the coin"
        ax.set_title(title, fontsize=11, color=colour, fontweight="bold")
        ax.set(xlim=(-0.5, 8.5), ylim=(16.4, -2.6), xticks=range(9), yticks=[0, 8, 16])
        ax.set(xlabel="cell", ylabel="move")
        describe(
            ax,
            f"{name}, move by move: {found} of {len(cells)} seeds walk from cell {agent} to the coin in cell {coin}."
            + own,
        )
    return axes[0]


def _walk_by_hand(ax, policy, agent, coin):
    """Draw the walk of one network, thick; says where it ended."""
    if policy is None:
        return ""
    row = walks(policy, agent, coin)[0]
    there = np.flatnonzero(row == coin)
    row = row[: there[0] + 1] if len(there) else row
    ax.plot(row, np.arange(len(row)), color=BLACK, linewidth=2.4)
    right = row.mean() > 4  # the name stands where there is room
    beside = {"ha": "right" if right else "left", "va": "center", "fontsize": 10}
    ax.annotate("by hand", (row[8 if len(row) > 8 else -1] + (-0.6 if right else 0.6), 8), **beside)
    return f" The network by hand, thick, {'reaches it' if len(there) else f'ends in cell {row[-1]}'}."


def mark_by_hand(ax: Axes, points: Mapping[str, Sequence[tuple[float, float]]]) -> Axes:
    """Diamonds for what one network reached that was trained by hand: the arm it is of -> (across, up), one or more."""
    for name, several in points.items():
        look = {"color": style(name)[0], "markeredgecolor": BLACK, "markeredgewidth": 1.5, "markersize": 9}
        ax.plot(
            *zip(*several, strict=True),
            "D",
            linestyle="none",
            label="_by hand",
            clip_on=False,
            zorder=6,
            **look,
        )
    across, up = [*points.values()][-1][-1]
    below = up > 0.12  # the room of an axis from 0 to 1
    beside = {"ha": "left", "va": "top" if below else "bottom"}
    where = {"xytext": (7, -5) if below else (-4, 9), "textcoords": "offset points", "fontsize": 10}
    ax.annotate("by hand", (across, up), annotation_clip=False, **where, **beside)
    said = "; ".join(
        f"{name} {', '.join(f'{up:.2f}' for _, up in several)}" for name, several in points.items()
    )
    return describe(ax, f"Diamonds, one network by hand: {said}.")


def _grid(count):
    """Panels in rows of two."""
    size = {"figsize": (8.8, 2.9 * -(-count // 2)), "layout": "constrained", "squeeze": False}
    axes = plt.subplots(-(-count // 2), 2, **size)[1].flatten()
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(alpha=0.25)
    for ax in axes[count:]:
        ax.set_visible(False)
    return list(axes[:count])


def plot_map(maps: Mapping, hint: float, batch: int) -> Axes:
    """Where networks step, for every place of agent and coin: an arrow as long as they are sure (mean over seeds).

    maps: what `experiment.results` fills. Yellow is where the arrow points to the coin, hatched where no episode of
    training can begin. A mean hides a few networks that turn. Raises ValueError where training has not come to a map.
    """
    starts = _starts()
    for name in ("SFT", "RL"):
        if not 0 <= batch // EVERY < len(maps.get((name, hint), ())):
            raise ValueError(
                f"there is no map of {name} with a hint of {hint:.0%} after {batch} batches: the cell that trains it "
                "did not end, or had another number of steps; run it again"
            )
    axes = panels(2, width=4.4, height=4.2)
    for ax, name in zip(axes, ("SFT", "RL"), strict=True):
        right = maps[name, hint][batch // EVERY].numpy()
        sure = 2 * right - 1
        coins, agents = np.nonzero(~np.eye(9, dtype=bool))
        towards = np.sign(coins - agents) == np.sign(sure[coins, agents])
        for coin, agent, good in zip(coins, agents, towards, strict=True):
            ax.add_patch(
                Rectangle((agent - 0.5, coin - 0.5), 1, 1, color="#FBE8B0" if good else "white", linewidth=0)
            )
        how = {
            "angles": "xy",
            "scale_units": "xy",
            "scale": 1.15,
            "pivot": "mid",
            "width": 0.009,
            "color": BLACK,
        }
        ax.quiver(agents, coins, sure[coins, agents], np.zeros(len(agents)), **how)
        for coin, agent in np.argwhere(~starts & ~np.eye(9, dtype=bool)):
            ax.add_patch(Rectangle((agent - 0.5, coin - 0.5), 1, 1, fill=False, hatch="..", color=DIM, lw=0))
        ax.plot(range(9), range(9), "o", color=BLACK, markerfacecolor=GOLD, markersize=7)
        ax.set(
            xlim=(-0.5, 8.5), ylim=(8.5, -0.5), xticks=range(9), yticks=range(9), xlabel="cell of the agent"
        )
        ax.set_title(
            f"{name}, hint {hint:.0%}, batch {batch}", fontsize=11, color=style(name)[0], fontweight="bold"
        )
        ax.grid(False)
        left = agents > coins
        describe(
            ax,
            f"{name}, hint {hint:.0%}, batch {batch}, by cell of agent and coin: it mostly steps to the coin in "
            f"{towards[~left].mean():.0%} of places with the coin on the right, and in {towards[left].mean():.0%} "
            f"with the coin on the left. Dotted are {int((~starts).sum()) - 9} places where no episode of training "
            "begins.",
        )
    axes[0].set_ylabel("cell of the coin")
    return axes[0]


def _starts() -> np.ndarray:
    """Where an episode of training can begin, with a hint or without: [coin, agent]."""
    levels = corridors(9, left=0.5)
    found = np.zeros((9, 9), dtype=bool)
    there = levels.weight.numpy() > 0
    found[levels.coin.numpy()[there], levels.start.numpy()[there]] = True
    return found


def plot_turn(later: pd.DataFrame, arm: str, batch: int) -> Axes:
    """SFT and another arm up to batch 400, and what the rule would say if one stopped at `batch`.

    later: the table `later_00`. Left the means with 95 % bands, right the gap on the zones of 00.C8.
    """
    figure, (left, strip) = plt.subplots(1, 2, figsize=(9, 3.3))
    figure.subplots_adjust(left=0.075, right=0.98, bottom=0.16, top=0.84, wspace=0.5)  # the same for each arm
    rows = later[later.metric == MOVED]
    gap = _by_step(rows, "SFT") - _by_step(rows, arm)
    for name in ("SFT", arm):
        values = _by_step(rows, name)
        colour, dash, _ = style(name)
        mean, half = values.mean(), 2 * values.sem()
        left.plot(values.columns, mean, color=colour, linestyle=dash, linewidth=2, label=name)
        left.fill_between(values.columns, mean - half, mean + half, color=colour, alpha=0.18, linewidth=0)
    left.axvline(batch, color=BLACK, linewidth=1, linestyle=(0, (4, 2)), label="_stopped here")
    left.set(xlabel="batches", ylabel=MOVED, xlim=(0, 400), ylim=(-0.03, 1.03))
    left.grid(alpha=0.25)
    left.spines[["top", "right"]].set_visible(False)
    label_ends(left, wrap=12)
    low, high = rule("00.C8").zones
    effect = Interval.of(gap[batch].to_numpy())
    word = rule("00.C8").word(effect)
    edges = zip(ZONES.items(), ((-0.4, low), (low, high), (high, 1.0)), strict=True)
    for (name, colour), (start, end) in edges:
        strip.axvspan(start, end, color=colour, lw=0)
        shown = name.replace("NO RELEVANT ", "NO RELEVANT\n")
        strip.annotate(
            shown, ((start + end) / 2, 0.9), ha="center", va="top", fontsize=10, color="#444444",
            rotation=90 if end - start < 0.4 else 0,
        )  # fmt: skip
    strip.plot([effect.low, effect.high], [-0.3, -0.3], color=BLACK, linewidth=4, solid_capstyle="butt")
    strip.plot(effect.mean, -0.3, "o", color=BLACK, markersize=9)
    strip.axvline(0, color=GREY, linewidth=0.8, linestyle=(0, (2, 2)))
    strip.set(xlim=(-0.4, 1.0), ylim=(-1, 1), yticks=[], xlabel=f"SFT less {arm}")
    strip.set_title(f"stopped at batch {batch}:\n{word}", fontsize=11, fontweight="bold")
    strip.spines[["top", "right", "left"]].set_visible(False)
    describe(left, f"Success with the coin on the left up to 400 batches, SFT and {arm}.")
    return describe(strip, f"Stopped at batch {batch}, SFT less {arm} is {effect}: {word}.")


def plot_tried(later: pd.DataFrame, names=("SFT", "RL", "RL, bonus 0.1")) -> Axes:
    """The chance that the first step goes left although the coin lies there, up to batch 400."""
    ax = plot_curves(later[later.method.isin(names)], TRIED, xlabel="batches")
    ax.set_ylim(-0.03, 1.03)
    return label_ends(ax, wrap=12)


def by_arm(later: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Means over seeds of a metric: a row for each batch, a column for each arm."""
    rows = later[later.metric == metric]
    return rows.pivot_table(index="step", columns="method", values="value", sort=False).rename_axis("batch")


def at_batch(later: pd.DataFrame, batch: int, names: Sequence[str]) -> pd.DataFrame:
    """Success with the coin on the left at a batch: seeds down, arms across."""
    rows = later[(later.metric == MOVED) & (later.step == batch)]
    return rows.pivot(index="seed", columns="method", values="value")[list(names)]


def at_levels(frame: pd.DataFrame, read, levels) -> pd.DataFrame:
    """Success on the left where the score in training first reaches a level: a row a level, means over seeds that do.

    read: `(score, value, level) -> value` of one seed, NaN where it never gets there.
    """
    rows = []
    for level in levels:
        row = {"score in training": level}
        for name in ("SFT", "RL"):
            score, value = (_by_step(frame[frame.metric == metric], name) for metric in (SCORE, MOVED))
            found = [
                read(score.loc[seed].to_numpy(), value.loc[seed].to_numpy(), level) for seed in score.index
            ]
            found = np.array(found, dtype=float)
            there = np.isfinite(found)
            row[f"{name}, coin on the left"] = round(float(found[there].mean()), 2) if there.any() else ""
            row[f"seeds of {name}"] = f"{there.sum()} of {len(found)}"
        rows.append(row)
    return pd.DataFrame(rows).set_index("score in training")


def _by_step(rows, name):
    return rows[rows.method == name].pivot(index="seed", columns="step", values="value")
