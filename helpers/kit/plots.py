"""Figures: each takes a tidy frame and an optional `ax`, draws, and returns the `Axes`. Never trains, never samples.

One palette everywhere, safe for the colour-blind, and never colour alone: every method has its own dash and marker.
Every figure carries a text alternative; notebooks store it with the picture.
"""

import base64
import html
import io
from collections.abc import Sequence

import matplotlib.pyplot as plt
import pandas as pd
from IPython import get_ipython
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.kit.intervals import FEWEST, Interval

BLUE, SKY, VERMILION, GREY, BLACK = "#0072B2", "#56B4E9", "#D55E00", "#7F7F7F", "#000000"
DPI = 110
STYLES = {  # colour, dash, marker: supervised methods blue, reinforcement learning warm, the null arm grey
    "SFT": (BLUE, "-", "o"),
    "SFT, teacher": (BLUE, "-", "o"),
    "SFT, own best": (SKY, (0, (5, 1)), "^"),
    "RL": (VERMILION, (0, (3, 1, 1, 1)), "s"),
    "GRPO": (VERMILION, (0, (3, 1, 1, 1)), "s"),
    "null arm": (GREY, ":", "D"),
    "RL, leash": (VERMILION, "--", "*"),
    "SFT, wise teacher": (SKY, "-.", "P"),
    "weighted imitation": (SKY, "--", "X"),
    "SFT, coin teacher": (BLUE, "-", "o"),
    "SFT, flag teacher": (SKY, (0, (5, 1)), "^"),
    "PPO": (VERMILION, "--", "*"),
}
_KNOWN = len(STYLES)
_SPARE = [(BLACK, "-", "v"), (GREY, "--", "P"), (SKY, "-.", "X"), (VERMILION, "--", "*")]


def plot_curves(
    frame: pd.DataFrame,
    metric: str,
    *,
    x: str = "step",
    xlabel: str = "training step",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """A metric against the column `x`: the mean of each method, and a band over its seeds (95 % interval)."""
    ax = _axes(ax)
    rows, said = frame[frame.metric == metric], []
    for method, part in rows.groupby("method", sort=False):
        colour, dash, marker = style(method)
        curve = pd.DataFrame({step: _mean_and_band(values) for step, values in part.groupby(x).value}).T
        ax.plot(
            curve.index,
            curve["mean"],
            color=colour,
            linestyle=dash,
            marker=marker,
            markevery=max(1, len(curve) // 8),
            label=method,
        )
        ax.fill_between(curve.index, curve.low, curve.high, color=colour, alpha=0.18, linewidth=0)
        said.append(f"{method} goes from {curve['mean'].iloc[0]:.2f} to {curve['mean'].iloc[-1]:.2f}")
    ax.set(xlabel=xlabel, ylabel=metric, title=title)
    ax.legend(frameon=False)
    seeds = rows.groupby("method").seed.nunique().max()
    return describe(
        ax,
        f"Line chart of {metric} against {xlabel}, mean of {seeds} seeds with 95 % bands: {'; '.join(said)}.",
    )


def plot_seeds(table: pd.DataFrame, label: str, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """One dot for each seed, columns side by side, the mean as a bar: nothing hides behind an average.

    table: one row for each seed, one column for each thing compared (as `final` returns).
    """
    ax, said = _axes(ax), []
    for place, column in enumerate(table.columns):
        colour, _, marker = style(str(column))
        values = table[column].dropna().to_numpy()
        if not len(values):
            said.append(f"{column} none")
            continue
        spread = (pd.Series(values).rank(method="first").to_numpy() / (len(values) + 1) - 0.5) * 0.6
        ax.plot(place + spread, values, marker, color=colour, alpha=0.55, markersize=5, linestyle="none")
        ax.hlines(values.mean(), place - 0.36, place + 0.36, color=BLACK, linewidth=2)
        said.append(f"{column} mean {values.mean():.2f}, from {values.min():.2f} to {values.max():.2f}")
    ax.set(ylabel=label, title=title, xlim=(-0.6, len(table.columns) - 0.4))
    ax.set_xticks(range(len(table.columns)), [str(column).replace(", ", ",\n") for column in table.columns])
    return describe(ax, f"Dot plot of {label}, a dot for each of {len(table)} seeds: {'; '.join(said)}.")


def plot_frontier(
    frame: pd.DataFrame,
    cost: str,
    *,
    reward: str,
    smallest: float | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """What each bit of reward cost: every run as a path in the plane of `cost` and reward, one line a learning rate.

    The frame may have a column `lr`. A path that lies further to the left got its reward more cheaply.
    With `smallest`, costs are on a logarithmic scale and anything smaller is drawn there.
    """
    ax, said = _axes(ax), []
    for method, part in frame.groupby("method", sort=False):
        colour, dash, marker = style(method)
        for number, (_, one) in enumerate(part.groupby(["lr", "seed"] if "lr" in part else ["seed"])):
            path = one.pivot_table(index="step", columns="metric", values="value")[[cost, reward]].dropna()
            ax.plot(
                path[cost].clip(lower=smallest), path[reward], color=colour, linestyle=dash, marker=marker,
                markersize=4, linewidth=1, alpha=0.75, label=method if number == 0 else None,
            )  # fmt: skip
        ends = part.sort_values("step").groupby("metric").value.max()
        said.append(f"{method} reaches reward {ends[reward]:.2f} and spends up to {ends[cost]:.2f}")
    ax.set(xlabel=cost, ylabel=reward, title=title, xscale="log" if smallest else "linear")
    ax.legend(frameon=False)
    return describe(
        ax, f"Paths of all runs in the plane of {cost} (across) and {reward} (up): {'; '.join(said)}."
    )


def style(method: str) -> tuple:
    """Colour, dash and marker of a method, the same in every figure; a live run is dotted, with crosses."""
    if method.endswith(" (live)"):
        return style(method.removesuffix(" (live)"))[0], ":", "x"
    if method not in STYLES:
        STYLES[method] = _SPARE[(len(STYLES) - _KNOWN) % len(_SPARE)]
    return STYLES[method]


def describe(ax: Axes, text: str) -> Axes:
    """Add a text alternative to the figure of `ax` (several panels add up) and return `ax`."""
    said: Sequence[str] = getattr(ax.figure, "alt_text", [])
    ax.figure.alt_text = [*said, text]
    return ax


def panels(count: int, *, width: float = 4.6, height: float = 3.4) -> list[Axes]:
    """A row of empty panels that share one figure."""
    _, axes = plt.subplots(1, count, figsize=(width * count, height), layout="constrained", squeeze=False)
    return [_tidy(ax) for ax in axes[0]]


def _axes(ax):
    return ax if ax is not None else panels(1, width=6.4, height=3.8)[0]


def _tidy(ax):
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.25)
    return ax


def _mean_and_band(values):
    if len(values) < FEWEST:  # too few for an interval
        return {"mean": values.mean(), "low": values.min(), "high": values.max()}
    interval = Interval.of(values)
    return {"mean": interval.mean, "low": interval.low, "high": interval.high}


def picture(figure: Figure) -> tuple[dict, dict]:
    """A figure as a notebook stores it, data and metadata: the picture, and its text alternative with either form."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI)
    alt = " ".join(getattr(figure, "alt_text", ["Figure."]))
    png = base64.b64encode(buffer.getvalue()).decode()
    # JupyterLab shows the HTML, since it gives a PNG no alt attribute; pages that strip HTML show the PNG.
    width = round(figure.get_figwidth() * DPI)
    page = f'<img alt="{html.escape(alt)}" width="{width}" src="data:image/png;base64,{png}">'
    return {"text/html": page, "image/png": png, "text/plain": alt}, {"image/png": {"alt": alt}}


if (shell := get_ipython()) is not None:
    shell.display_formatter.mimebundle_formatter.for_type(Figure, lambda figure, *_, **__: picture(figure))
