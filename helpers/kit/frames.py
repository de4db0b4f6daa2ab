"""Tidy frames of results: stack histories, take the last values, compare at equal reward.

A tidy frame has the columns step, seed, metric, value; `compare` adds method, long runs add what else was varied.
Every function here refuses rows that stand there twice, and never takes an older value where the last one is NaN.
"""

import math
import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from helpers.checked import as_long, number
from helpers.kit.intervals import Interval

TIDY = ("step", "seed", "metric", "value")


@runtime_checkable
class Finished(Protocol):
    """What `compare` needs of a run: its history, its number of training steps, and why it stopped early (or None)."""

    history: pd.DataFrame
    steps: int
    stopped: str | None


def compare(runs) -> pd.DataFrame:
    """Stack the histories of runs, `compare({"SFT": sft, "RL": rl})`: one tidy frame with the column `method` added.

    runs: name -> a run that `train` returned, or a list of runs with different seeds.
    Warns where a run was stopped and where runs made unequal numbers of training steps.
    Raises TypeError for what is no run, ValueError for none and for a seed that stands twice under one name.
    """
    if not isinstance(runs, Mapping):
        hint = ": the cell that trains them did not end, run it again" if runs is None else ""
        raise TypeError(
            f"compare takes names and runs, {{'SFT': sft, 'RL': rl}}: got a {type(runs).__name__}{hint}"
        )
    if not runs:
        raise ValueError("compare needs one run at least: got none")
    each = [
        (str(method), run)
        for method, several in runs.items()
        for run in (several if isinstance(several, list | tuple) else [several])
    ]
    for method, run in each:
        if not isinstance(run, Finished):
            hint = ": the cell that trains it did not end, run it again" if run is None else ""
            raise TypeError(
                f"{method!r} is a run that `train` returned, or a list of runs: got {run!r:.60}{hint}"
            )
    frame = pd.concat([run.history.assign(method=method) for method, run in each], ignore_index=True)
    refuse_twice(frame, ["method", "seed", "step", "metric"])
    for method, run in each:
        if run.stopped:
            warnings.warn(f"{method}: {run.stopped}", stacklevel=2)
    steps = {method: run.steps for method, run in each}
    if len({run.steps for _, run in each}) > 1:
        said = ", ".join(f"{method} {count}" for method, count in steps.items())
        warnings.warn(f"runs of unequal numbers of training steps are set side by side: {said}", stacklevel=2)
    return frame


def rows_of(frame, metric: str) -> pd.DataFrame:
    """The rows of a metric. Raises KeyError with the metrics that there are, ValueError for an empty frame."""
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(
            f"results come as a tidy frame, which `compare` makes of runs: got a {type(frame).__name__}"
        )
    missing = [column for column in TIDY if column not in frame]
    if missing:
        raise ValueError(f"a tidy frame has the columns {', '.join(TIDY)}: {', '.join(missing)} missing")
    if not len(frame):
        raise ValueError("the frame is empty: nothing was selected")
    if not pd.api.types.is_numeric_dtype(frame.step):  # of texts, "5" comes after "15"
        raise TypeError(
            f"steps are numbers: got {frame.step.iloc[0]!r:.40}; frame.step.astype(int) makes them so"
        )
    if gone := int(frame[["step", "seed"]].isna().any(axis=1).sum()):
        raise ValueError(
            f"{gone} rows of the frame have no step or no seed: they would be dropped without a word"
        )
    rows = frame[frame.metric == metric]
    if rows.empty:
        raise KeyError(f"no metric {metric!r}; there are {sorted(frame.metric.unique())}")
    return rows


def refuse_without_arms(frame):
    """Refuse a frame that does not say whose rows they are, such as the history of one run."""
    if isinstance(frame, pd.DataFrame) and "method" not in frame:
        raise ValueError(
            "the frame has no column 'method', which tells whose results these are: `compare({'RL': run})` makes one "
            "of runs, and `run.history.assign(method='RL')` of a history"
        )
    return frame


def final(frame, metric: str, *, own_end: bool = False) -> pd.DataFrame:
    """The last value of a metric, one row for each seed and one column for each method.

    own_end: take each run at its own end where runs made unequal numbers of steps; else such a frame is refused, since
             a run that was stopped would be set beside one that was not. NaN stays NaN, with a warning.
    """
    rows = rows_of(refuse_without_arms(frame), metric)
    refuse_twice(rows, ["method", "seed", "step", "metric"])
    ends = rows.groupby(["method", "seed"], sort=False).step.max()
    if ends.nunique() > 1 and not own_end:
        said = ends.groupby("method", sort=False).agg(["min", "max"])
        said = ", ".join(f"{name} {low} to {high}" for name, low, high in said.itertuples())
        raise ValueError(
            f"these runs do not end at the same step ({said}): own_end=True takes each at its own end"
        )
    last = rows.set_index(["method", "seed", "step"]).value.loc[
        ends.reset_index().to_records(index=False).tolist()
    ]
    table = last.droplevel("step").unstack("method")[list(rows.method.unique())]
    for method, values in table.items():
        if values.isna().any():
            warnings.warn(
                f"{metric} of {method} is NaN or missing for {values.isna().sum()} seeds", stacklevel=2
            )
    return table


def summary(
    frame: pd.DataFrame, metrics: Sequence[str], *, scale: str = "unbounded", own_end: bool = False
) -> pd.DataFrame:
    """The last value of each metric as "mean [low, high]" with a 95 % interval over seeds; a row for each method."""
    columns = {
        metric: final(frame, metric, own_end=own_end).apply(lambda values: str(Interval.of(values, scale)))
        for metric in ([metrics] if isinstance(metrics, str) else metrics)
    }
    return pd.DataFrame(columns)


def at_reward(frame, level, metric: str, *, reward: str) -> pd.DataFrame:
    """A metric at the first moment at which each run reaches a level of `reward`, interpolated between measurements.

    One row for each method, seed and (if the frame has it) learning rate `lr`. NaN where a run never gets there, and
    where it gets there inside its first interval (see `crossing`). A frame without `method` is one run's.
    """
    level = number(level, "level")
    keys = [key for key in ("method", "lr", "seed") if key in frame]
    both = pd.concat([rows_of(frame, one) for one in dict.fromkeys((reward, metric))])
    refuse_twice(both, [*keys, "step", "metric"])
    rows = []
    for run, part in both.groupby(keys, sort=False):
        ups, values = (
            part[part.metric == one].set_index("step").value.sort_index() for one in (reward, metric)
        )
        steps = ups.index.intersection(values.index)  # both were measured there
        rows.append((*run, crossing(ups[steps].to_numpy(), values[steps].to_numpy(), level)))
    return pd.DataFrame(rows, columns=[*keys, metric])


def early(frame, level, *, reward: str) -> pd.DataFrame:
    """Which runs reach a level of `reward` inside their first interval, where nothing can be read off a line.

    A row for each seed (and learning rate), a column for each method; for the gate `grid`.
    """
    level = number(level, "level")
    rows = rows_of(refuse_without_arms(frame), reward)
    keys = [key for key in ("lr", "seed", "method") if key in frame]
    refuse_twice(rows, [*keys, "step"])
    second = rows.groupby(keys).step.transform(lambda steps: sorted(steps)[:2][-1])
    reached = (rows.value >= level) & (rows.step <= second)
    return reached.groupby([rows[key] for key in keys]).any().unstack("method", fill_value=False)


def cheapest(
    frame,
    level,
    metric: str,
    *,
    reward: str,
    most: bool = False,
    choose_on: Collection[int] | None = None,
) -> pd.DataFrame:
    """A metric when a reward is first reached, at the learning rate at which it is lowest (`most`: highest).

    One row for each seed, one column for each method: whole frontiers are compared, not one learning rate. NaN where
    no learning rate got there.
    choose_on: seeds on whose mean each method's learning rate is chosen; the table then holds the other seeds only.
               Without it each seed takes its own best, which flatters noise (a winner's curse): for a look, not for a
               verdict.
    """
    table = at_reward(refuse_without_arms(frame), level, metric, reward=reward)
    methods = list(frame.method.unique())
    if choose_on is None:
        groups = table.groupby(["seed", "method"], sort=False)[metric]
        return (groups.max() if most else groups.min()).unstack().sort_index()[methods]
    seeds, chosen = set(choose_on), {}
    if not seeds & set(table.seed) or seeds >= set(table.seed):
        raise ValueError(
            f"choose_on names some of the seeds and not all: there are {sorted(set(table.seed))}"
        )
    for method, part in table.groupby("method", sort=False):
        means = part[part.seed.isin(seeds)].groupby("lr")[metric].mean().dropna()
        if means.empty:
            raise ValueError(
                f"no learning rate of {method!r} reached {level:g} with the seeds {sorted(seeds)}"
            )
        best = means.idxmax() if most else means.idxmin()
        chosen[method] = part[(part.lr == best) & ~part.seed.isin(seeds)].set_index("seed")[metric]
    return pd.DataFrame(chosen).sort_index()[methods]


def crossing(reward: np.ndarray, value: np.ndarray, level) -> float:
    """The value at the first moment at which the reward reaches a level, on a straight line between measurements.

    reward, value: measured at the same moments, in order. NaN if the level is never reached, if a measurement that
    would be needed is NaN, and if the level lies before a run's second measurement: learning is fastest there and far
    from straight, and a line drawn across that first interval once gave an effect the wrong sign. Measure more finely.
    Raises ValueError for unequal numbers of measurements.
    """
    level = number(level, "level")
    as_long(reward, value, "reward and value")
    above = np.flatnonzero(np.asarray(reward) >= level)
    if not len(above) or above[0] < 2 or not np.isfinite(reward[: above[0] + 1]).all():
        return np.nan
    after = above[0]
    share = (level - reward[after - 1]) / (reward[after] - reward[after - 1])
    return float(value[after - 1] + share * (value[after] - value[after - 1]))


def every_other(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with half as many measurements: every other step of each run and metric, the first one kept.

    Lesson 03 has a twin of this name that keeps the last measurement, too; it is part of a registered rule.
    """
    keys = [key for key in frame.columns if key not in ("step", "value")]
    place = frame.groupby(keys, sort=False, dropna=False).step.rank(method="first")
    return frame[place % 2 == 1]


def refuse_twice(frame: pd.DataFrame, keys: Sequence[str]) -> None:
    """Refuse a frame in which these columns, which tell measurements apart, are alike in two rows; say what differs."""
    twice = frame.duplicated(keys)
    if twice.any():
        one = frame.loc[twice, keys].iloc[0]
        place = ", ".join(f"{key} {value}" for key, value in one.items())
        alike = frame[(frame[list(keys)] == one).all(axis=1)]
        others = [key for key in frame.columns if key not in (*keys, "metric", "value")]
        others = [key for key in others if alike[key].nunique(dropna=False) > 1]
        hint = f": choose one {' and one '.join(others)} first" if others else ""
        if not others and "method" not in frame:
            hint = ": no column 'method' tells arms apart"
        raise ValueError(f"two values for {place}{hint}")


def in_digits(value, digits: int = 2) -> str:
    """A number with so many digits behind the point, a small one with its first two: never 0.00 for what is not 0.

    Texts and whole numbers stay as they are, a gap is "".
    """
    if not isinstance(value, float):
        return "" if pd.isna(value) else str(value)
    if math.isnan(value):
        return ""
    least = min(1e-4, 10.0**-digits)
    if 0 < abs(value) < least:
        said = f"{least:.{max(4, digits)}f}"
        return f"< {said}" if value > 0 else f"> -{said}"
    return f"{value:.{digits}f}" if value == 0 or abs(value) >= 10**-digits else f"{value:.2g}"


def digits_for(within: float) -> int:
    """How many digits behind the point tell what is within so much from what is not, two at least."""
    return max(2, math.ceil(-math.log10(within)))


def as_markdown(table: pd.DataFrame, digits: int = 2) -> str:
    """A small table as Markdown, its index as the first column; numbers as `in_digits` has them, gaps left empty."""
    cell = lambda value: in_digits(value, digits)
    rows = [["", *table.columns], ["---"] * (len(table.columns) + 1)]
    rows += [[name, *map(cell, values)] for name, values in zip(table.index, table.to_numpy(), strict=True)]
    return "\n".join("| " + " | ".join(str(one).replace("|", "\\|") for one in row) + " |" for row in rows)
