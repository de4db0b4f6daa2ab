"""Tidy frames of results: stack histories, take the last values, compare at equal reward."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.kit.intervals import Interval


def compare(**runs) -> pd.DataFrame:
    """Stack the histories of runs, `compare(SFT=sft, RL=rl)`: one tidy frame with the column `method` added.

    A value may be a run or a list of runs with different seeds.
    """
    frames = [
        run.history.assign(method=method.replace("_", " "))
        for method, several in runs.items()
        for run in (several if isinstance(several, list) else [several])
    ]
    return pd.concat(frames, ignore_index=True)


def final(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The last value of a metric, one row for each seed and one column for each method."""
    rows = frame[frame.metric == metric]
    if rows.empty:
        raise KeyError(f"no metric {metric!r}; there are {sorted(frame.metric.unique())}")
    table = rows.sort_values("step").groupby(["seed", "method"]).value.last().unstack()
    return table[list(rows.method.unique())]


def summary(frame: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """The last value of each metric as "mean [low, high]" with a 95 % interval over seeds; a row for each method."""
    columns = {
        metric: final(frame, metric).apply(lambda values: str(Interval.of(values))) for metric in metrics
    }
    return pd.DataFrame(columns)


def at_reward(
    frame: pd.DataFrame, level: float, metric: str, reward: str = "reward, held-out"
) -> pd.DataFrame:
    """A metric at the first moment at which each run reaches a reward, interpolated between measurements.

    One row for each method, seed and (if the frame has it) learning rate `lr`; NaN where a run never gets there.
    """
    keys = [key for key in ("method", "lr", "seed") if key in frame]
    rows = []
    for run, part in frame.groupby(keys, sort=False):
        curve = part.pivot_table(index="step", columns="metric", values="value")[[reward, metric]].dropna()
        rows.append((*run, crossing(curve[reward].to_numpy(), curve[metric].to_numpy(), level)))
    return pd.DataFrame(rows, columns=[*keys, metric])


def cheapest(frame: pd.DataFrame, level: float, metric: str, *, most: bool = False) -> pd.DataFrame:
    """A metric when a reward is first reached, at the learning rate at which it is lowest (`most`: highest).

    One row for each seed, one column for each method: whole frontiers are compared, not one learning rate. NaN where
    no learning rate got there.
    """
    groups = at_reward(frame, level, metric).groupby(["seed", "method"], sort=False)[metric]
    return (groups.max() if most else groups.min()).unstack().sort_index()[list(frame.method.unique())]


def crossing(reward: np.ndarray, value: np.ndarray, level: float) -> float:
    """The value at the first moment at which the reward reaches a level, interpolated; NaN if it never does."""
    above = np.flatnonzero(reward >= level)
    if not len(above):
        return np.nan
    after = above[0]
    if after == 0:
        return value[0]
    share = (level - reward[after - 1]) / (reward[after] - reward[after - 1])
    return value[after - 1] + share * (value[after] - value[after - 1])


def as_markdown(table: pd.DataFrame) -> str:
    """A small table as Markdown, its index as the first column; numbers with two digits, gaps left empty."""
    cell = lambda value: "" if pd.isna(value) else f"{value:.2f}" if isinstance(value, float) else str(value)
    rows = [["", *table.columns], ["---"] * (len(table.columns) + 1)]
    rows += [[name, *map(cell, values)] for name, values in zip(table.index, table.to_numpy(), strict=True)]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)
