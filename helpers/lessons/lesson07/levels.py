"""Readings where an arm has first gone so far from the base, and where it is one number of steps into its training."""

import numpy as np
import pandas as pd


def at_level(frame: pd.DataFrame, arm: str, metric: str, nats: float) -> pd.Series:
    """A metric where an arm first is so many nats away, on a straight line between two measurements.

    NaN for seeds that never are, and for those that are at their first measurement.
    """
    return at_steps(frame, arm, metric, crossed(frame, arm, nats))


def crossed(frame: pd.DataFrame, arm: str, nats: float) -> pd.Series:
    """The step, with a fraction, at which an arm first is so many nats away, for each seed; NaN where it never is."""
    far, found = _wide(frame, arm, "KL"), {}
    for seed in far:
        value = far[seed].to_numpy()
        there = np.flatnonzero(value >= nats)
        if not len(there) or there[0] == 0:
            found[seed] = np.nan
            continue
        a, b = there[0] - 1, there[0]
        part = (nats - value[a]) / (value[b] - value[a])
        found[seed] = far.index[a] * (1 - part) + far.index[b] * part
    return pd.Series(found, name="step", dtype=float).rename_axis("seed")


def at_steps(frame: pd.DataFrame, arm: str, metric: str, steps: pd.Series) -> pd.Series:
    """A metric of an arm after so many steps, another number for each seed, read off a straight line."""
    what = _wide(frame, arm, metric)
    found = {
        seed: np.interp(steps[seed], what.index.to_numpy(float), what[seed].to_numpy())
        if steps[seed] == steps[seed]
        else np.nan
        for seed in what
    }
    return pd.Series(found, name=metric, dtype=float).rename_axis("seed")


def _wide(frame, arm, metric):
    """A row for each step, a column for each seed."""
    mine = frame[(frame.method == arm) & (frame.metric == metric)]
    return mine.pivot(index="step", columns="seed", values="value")
