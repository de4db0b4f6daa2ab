"""Pictures of mazes: the way an agent took, and what many seeds came to pursue. See `plots` for habits."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.kit.plots import BLACK, describe, panels
from helpers.kit.styles import GOALS, register_arms

register_arms({"SFT, coin teacher": 0, "SFT, flag teacher": 1})


def plot_ways(walls: np.ndarray, coin: int, flag: int, ways: Mapping[str, Sequence[int]]) -> Axes:
    """The same maze once for each way taken, a panel each: name -> the cells visited, from the start on.

    walls: [height, width]. A cell's number is row * width + column.
    """
    height, width = walls.shape
    axes = panels(len(ways), width=2.5, height=2.9)
    for ax, (name, cells) in zip(axes, ways.items(), strict=True):
        ax.imshow(walls, cmap="Greys", vmin=0, vmax=1.4)
        ax.set(
            xticks=[], yticks=[]
        )  # lines instead of ticks: an explorer draws this at each move of a slider
        ax.vlines(np.arange(1, width) - 0.5, -0.5, height - 0.5, color="#DDDDDD", linewidth=0.6)
        ax.hlines(np.arange(1, height) - 0.5, -0.5, width - 0.5, color="#DDDDDD", linewidth=0.6)
        ax.spines[:].set_visible(True)
        for cell, word in ((coin, "coin"), (flag, "flag")):
            look = {"color": GOALS[word].face, "markersize": 13, "markerfacecolor": "white"}
            ax.plot(cell % width, cell // width, GOALS[word].marker, **look)
            ax.annotate(word, (cell % width, cell // width - 0.42), ha="center", va="bottom", fontsize=8)
        rows, columns = np.divmod(np.asarray(cells), width)
        # a little to one side on each step, so that a way there and back shows twice
        shift = 0.08 * np.sin(np.arange(len(cells)))
        ax.plot(columns + shift, rows + shift, "-", color=BLACK, linewidth=1.5)
        ax.plot(columns[0], rows[0], "s", color=BLACK, markersize=9)
        ax.plot(columns[-1] + shift[-1], rows[-1] + shift[-1], "X", color=BLACK, markersize=8)
        end = "the coin" if cells[-1] == coin else "the flag" if cells[-1] == flag else "neither"
        ax.set_title(f"{name}:\n{end}, {len(cells) - 1} moves", fontsize=9)
        describe(
            ax, f"Maze of {height} by {width} cells, {name}: in {len(cells) - 1} moves it reaches {end}."
        )
    return axes[0]


def plot_pursued(table: pd.DataFrame, across: str, *, width: float = 2.6) -> Axes:
    """A phase diagram: for each method a panel, for each value of `across` a bar of what its seeds pursue.

    table: columns method, `across`, pursued (one of `GOALS`), a row for each seed.
    """
    methods = list(table.method.unique())
    axes = panels(len(methods), width=width, height=3.2)
    values = sorted(table[across].unique())
    for ax, method in zip(axes, methods, strict=True):
        rows = table[table.method == method]
        shares = rows.groupby(across).pursued.value_counts(normalize=True).unstack(fill_value=0)
        shares = shares.reindex(index=values, columns=list(GOALS), fill_value=0)
        below = np.zeros(len(values))
        for what, look in GOALS.items():
            bars = {"color": look.face, "hatch": look.hatch, "edgecolor": look.edge, "linewidth": 0.5}
            ax.bar(range(len(values)), shares[what], bottom=below, width=0.85, label=what, **bars)
            below += shares[what].to_numpy()
        ax.set_xticks(range(len(values)), [f"{value:g}" for value in values], fontsize=8)
        ax.set(title=method.replace(", ", ",\n"), xlabel=across, ylim=(0, 1))
        said = "; ".join(
            f"at {value:g} coin {row.coin:.0%}, flag {row.flag:.0%}" for value, row in shares.iterrows()
        )
        describe(ax, f"Panel {method}, {len(rows) // len(values)} seeds for each {across}: {said}.")
    axes[0].set_ylabel("share of seeds")
    handles, labels = axes[-1].get_legend_handles_labels()
    axes[0].figure.legend(
        handles[::-1], labels[::-1], loc="outside right center", frameon=False, title="pursues"
    )
    return axes[0]
