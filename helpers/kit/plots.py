"""Figures: each takes a tidy frame and an optional `ax`, draws, and returns the `Axes`. Never trains, never samples.

How an arm looks depends on its name alone (see `styles`). Every figure carries a text alternative; notebooks store it
with the picture. An unknown metric and an empty frame are refused; what is NaN is not drawn, and it is said.
"""

import textwrap
import warnings
from collections.abc import Mapping
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython import get_ipython
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.checked import number, one_of
from helpers.kit.frames import refuse_twice, refuse_without_arms, rows_of
from helpers.kit.intervals import FEWEST, SCALES, interval_of
from helpers.kit.labels import label_ends, legend_beside
from helpers.kit.numbers import of_paths
from helpers.kit.pictures import picture
from helpers.kit.predictions import guesses_of
from helpers.kit.styles import BLACK, BLUE, GREEN, GREY, PURPLE, SKY, VERMILION, style, styles
from helpers.kit.words import told

__all__ = [
    "BLACK",
    "BLUE",
    "GREEN",
    "GREY",
    "PURPLE",
    "SKY",
    "VERMILION",
    "describe",
    "label_ends",
    "legend_beside",
    "panels",
    "picture",
    "plot_curves",
    "plot_frontier",
    "plot_guesses",
    "plot_seeds",
    "style",
    "styles",
]


def plot_curves(
    frame,
    metric: str,
    *,
    x: str = "step",
    xlabel: str | None = None,
    scale: str = "unbounded",
    guessed: str | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """A metric against the column `x`: the mean of each method, and a band over its seeds.

    The band is a 95 % interval on the given scale (see `Interval.of`); with fewer than four seeds it spans them all.
    What you predicted under the name `guessed` stands hollow at the end of each line.
    Refuses a frame with two values of a seed at one place, say of two hints: they would be drawn as one.
    """
    import seaborn as sns  # a second, which every lesson's first cell would wait for

    one_of(scale, SCALES, "scale")
    rows = rows_of(refuse_without_arms(frame), metric)
    xlabel = xlabel or ("training step" if x == "step" else x)
    if x not in rows:
        raise KeyError(f"no column {x!r}; there are {sorted(rows.columns)}")
    refuse_twice(rows, ["method", "seed", x])
    rows = _drawn(rows, "value", metric)
    looks, ax = styles(rows.method.unique()), _axes(ax)
    there = len(ax.get_lines())
    sns.lineplot(
        rows,
        x=x,
        y="value",
        hue="method",
        style="method",
        palette={name: colour for name, (colour, _, _) in looks.items()},
        dashes={name: "" if dash == "-" else dash[1] for name, (_, dash, _) in looks.items()},
        markers={name: marker for name, (_, _, marker) in looks.items()},
        markevery=max(1, rows[x].nunique() // 8),
        markersize=7,
        errorbar=lambda values: _band(values.to_numpy(), scale),
        err_kws={"alpha": 0.18, "linewidth": 0},
        legend=False,
        ax=ax,
    )
    for name, line in zip(looks, ax.get_lines()[there:], strict=True):
        line.set_label(name)
    ax.set(xlabel=xlabel, ylabel=metric, title=title)
    label_ends(ax)
    means = {name: part.groupby(x).value.mean() for name, part in rows.groupby("method", sort=False)}
    seeds = rows.groupby(["method", x]).seed.nunique()
    named = {True: "95 % bands", False: "bands from the lowest to the highest seed"}
    enough = seeds[seeds > 1] >= FEWEST  # one seed alone has no band
    band = " or ".join(named[which] for which in enough.unique())
    band = f" with {band}" if band else ""
    said = told(means, "step" if x == "step" else xlabel)
    describe(ax, f"Line chart of {metric} against {xlabel}, mean of {_count(seeds)}{band}: {said}.")
    return plot_guesses(ax, guessed, rows.groupby("method")[x].max().to_dict())


def plot_seeds(
    table,
    label: str,
    *,
    guessed: str | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """One dot for each seed, columns side by side, the mean as a bar: nothing hides behind an average.

    table:   one row for each seed, one column for each thing compared (as `final` returns). A column without a value is
             named as such; infinite ones are not drawn, and it is said.
    guessed: the name of a prediction; what you predicted of a column stands hollow in it.
    Raises TypeError or ValueError for what is no such table: a Series, a mapping, a tidy frame.
    """
    if not isinstance(table, pd.DataFrame):
        raise TypeError(
            f"plot_seeds draws a table with a row for each seed, like `final`: got a {type(table).__name__}"
        )
    if tidy := [column for column in ("step", "seed", "metric") if column in table]:
        raise ValueError(
            f"plot_seeds draws results of seeds, and {tidy[0]!r} is none: take final(frame, metric)"
        )
    if not table.size:
        raise ValueError(
            f"there is nothing to draw of {label!r}: a table of {table.shape[0]} rows, {table.shape[1]} columns"
        )
    looks, ax, said, numbers = styles(table.columns), _axes(ax), [], {}
    for place, column in enumerate(table.columns):
        colour, _, marker = looks[str(column)]
        values = table[column].to_numpy(dtype=float)
        if endless := int(np.isinf(values).sum()):
            warnings.warn(
                f"{label} of {column} is infinite for {endless} seeds, which are not drawn", stacklevel=2
            )
        values = values[np.isfinite(values)]
        gone = len(table) - len(values)
        if not len(values):
            said.append(
                f"{column} none: no seed got there" if not endless else f"{column} none that is finite"
            )
            middle = {"transform": ax.get_xaxis_transform(), "ha": "center", "va": "center", "fontsize": 10}
            ax.text(place, 0.5, "no seed\ngot there" if not endless else "infinite", color=GREY, **middle)
            continue
        spread = (pd.Series(values).rank(method="first").to_numpy() / (len(values) + 1) - 0.5) * 0.6
        dots = {"color": colour, "markersize": 6, "markeredgecolor": "white", "markeredgewidth": 0.5}
        ax.plot(place + spread, values, marker, linestyle="none", **dots)
        ax.hlines(values.mean(), place - 0.36, place + 0.36, color=BLACK, linewidth=2)
        said.append(f"{column} mean {values.mean():.2f}, from {values.min():.2f} to {values.max():.2f}")
        said[-1] += f" ({gone} of the seeds without a value)" if gone else ""
        numbers[column] = [values.mean(), values.min(), values.max(), len(values)]
    ax.set(ylabel=label, title=title, xlim=(-0.6, len(table.columns) - 0.4))
    names = [textwrap.fill(str(column), 12, break_long_words=False) for column in table.columns]
    ax.set_xticks(range(len(names)), names, fontsize=10)
    ax.numbers = pd.DataFrame(numbers, index=["mean", "lowest", "highest", "seeds"]).T.astype({"seeds": int})
    said = f"{'; '.join(said)}{_apart(table.replace([np.inf, -np.inf], np.nan))}"
    describe(ax, f"Dot plot of {label}, a dot for each of {len(table)} seeds: {said}.")
    return plot_guesses(ax, guessed, {str(column): place for place, column in enumerate(table.columns)})


def plot_frontier(
    frame,
    cost: str,
    *,
    reward: str,
    smallest=None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """What each bit of reward cost: every run as a path in the plane of `cost` and reward, one line a learning rate.

    The frame may have a column `lr`; one that tells further runs apart is refused. A path that lies further to the left
    got its reward more cheaply.
    With `smallest`, a number above 0, costs are on a logarithmic scale and anything smaller is drawn there. What is not
    finite is not drawn, and it is said.
    """
    smallest = None if smallest is None else number(smallest, "smallest", above=0)
    frame = refuse_without_arms(frame)
    rows = pd.concat([_drawn(rows_of(frame, one), "value", one) for one in dict.fromkeys((cost, reward))])
    refuse_twice(rows, [key for key in ("method", "lr", "seed", "step", "metric") if key in rows])
    looks, ax, said, paths = styles(rows.method.unique()), _axes(ax), [], {}
    for method, part in rows.groupby("method", sort=False):
        colour, dash, marker = looks[method]
        how = {"color": colour, "linestyle": dash, "marker": marker}
        how |= {"markersize": 5, "markeredgecolor": "white", "markeredgewidth": 0.4, "linewidth": 1}
        for place, (run, one) in enumerate(part.groupby(["lr", "seed"] if "lr" in part else ["seed"])):
            path = (
                one.pivot(index="step", columns="metric", values="value")
                .reindex(columns=[cost, reward])
                .dropna()
            )
            path, label = (
                path.assign(**{cost: path[cost].clip(lower=smallest)}),
                method if place == 0 else None,
            )
            ax.plot(path[cost], path[reward], label=label, **how)
            paths.setdefault(f"{method}, lr {run[0]:g}" if "lr" in part else method, []).append(path)
        ends = part.groupby("metric").value.max()
        ends = ends.reindex([cost, reward])
        said.append(f"{method} reaches reward {ends[reward]:.2f} and spends up to {ends[cost]:.2f}")
    ax.set(xlabel=cost, ylabel=reward, title=title, xscale="linear" if smallest is None else "log")
    legend_beside(ax)
    ax.numbers = of_paths(paths)
    return describe(
        ax, f"Paths of all runs in the plane of {cost} (across) and {reward} (up): {'; '.join(said)}."
    )


def plot_guesses(ax: Axes, name: str | None, at: Mapping[str, float]) -> Axes:
    """What you predicted under a name, hollow, in the figure of `ax`: each guess at its place across, `{"SFT": 0}`.

    Where nothing was predicted, nothing is drawn.
    """
    made = {key: guess for key, guess in guesses_of(name).items() if key in at}
    for key, guess in made.items():
        ring = {"markersize": 12, "markerfacecolor": "none", "markeredgewidth": 2.5, "zorder": 5}
        ax.plot(at[key], guess, "o", color=style(key)[0], label="_your guess", clip_on=False, **ring)
    for key, guess in [*made.items()][:1]:
        ground = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1}
        beside = {"xytext": (11, 9), "textcoords": "offset points"}
        ax.annotate("your guess", (at[key], guess), fontsize=10, zorder=5, bbox=ground, **beside)
    said = "; ".join(f"{key} {guess:.2f}" for key, guess in made.items())
    return describe(ax, f"Hollow: what you predicted, {said}.") if made else ax


def describe(ax: Axes, text: str) -> Axes:
    """Add a text alternative to the figure of `ax` (several panels add up) and return `ax`."""
    ax.figure.alt_text = [*getattr(ax.figure, "alt_text", []), text]
    return ax


def panels(count: int, *, width: float = 4.5, height: float = 3.4) -> list[Axes]:
    """A row of empty panels that share one figure."""
    _, axes = plt.subplots(1, count, figsize=(width * count, height), layout="constrained", squeeze=False)
    for ax in axes[0]:
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(alpha=0.25)
    return list(axes[0])


def _axes(ax):
    return ax if ax is not None else panels(1, width=6.4, height=3.8)[0]


def _drawn(rows, column, what):
    """The rows that can be drawn; the others are said."""
    good = np.isfinite(rows[column].to_numpy(dtype=float))
    if not good.any():
        raise ValueError(f"every value of {what!r} is NaN: there is nothing to draw")
    if not good.all():
        bad = rows[~good].method.value_counts().to_dict()
        said = ", ".join(f"{number} of {name}" for name, number in bad.items())
        warnings.warn(f"values of {what!r} that are no numbers are not drawn: {said}", stacklevel=3)
    return rows[good]


def _apart(table):
    """Which column lies highest, and whether the dots of two neighbours in height overlap."""
    order = table.mean().dropna().sort_values(ascending=False).index
    if len(order) < 2:
        return ""
    said = [
        f"{low} {'below' if table[low].max() < table[high].min() else 'overlapping'}"
        for high, low in pairwise(order)
    ]
    return f". Highest {order[0]}, then {', then '.join(said)}"


def _band(values, scale):
    if len(values) < FEWEST:  # too few for an interval
        return values.min(), values.max()
    interval = interval_of(values, scale)
    return interval.low, interval.high


def _count(seeds):
    low, high = seeds.min(), seeds.max()
    return f"{high} seed{'s' if high > 1 else ''}" if low == high else f"{low} to {high} seeds"


def _shown(figure, *_, **__):
    """A figure as a notebook stores it; then it is closed, or a cell that ends in it would show it a second time."""
    # Matplotlib's own formatter of PNGs comes after this one and would put a picture in all colours in its place.
    get_ipython().display_formatter.formatters["image/png"].pop(Figure, None)
    shown = picture(figure)
    plt.close(figure)
    return shown


if (shell := get_ipython()) is not None:
    shell.display_formatter.mimebundle_formatter.for_type(Figure, _shown)
