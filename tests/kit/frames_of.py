"""Tidy frames and runs that tests of the kit share."""

from dataclasses import dataclass

import pandas as pd


def curve(method, seed, rewards, drifts, lr=0.1):
    """A run with two metrics, one measurement a step."""
    rows = [
        (step, seed, metric, value, method, lr)
        for metric, values in (("reward", rewards), ("drift", drifts))
        for step, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=["step", "seed", "metric", "value", "method", "lr"])


def arms(change=None, *, seeds=6, ends=(0.9, 0.4)):
    """Two arms that score alike and drift apart, at three steps; `change` alters rows of the frame."""
    parts = [
        curve(method, seed, [0.1, 0.5, 0.9], [0.0, end / 2, end + seed / 100])
        for method, end in zip(("SFT", "RL"), ends, strict=True)
        for seed in range(seeds)
    ]
    frame = pd.concat(parts, ignore_index=True).drop(columns="lr")
    return frame if change is None else change(frame)


@dataclass
class FakeRun:
    """What `compare` sees of a run."""

    history: pd.DataFrame
    steps: int = 3
    stopped: str | None = None


def run(seed=0, steps=3, stopped=None, metric="reward"):
    """A run of one seed."""
    rows = [(step, seed, metric, step / 10) for step in range(steps + 1)]
    return FakeRun(pd.DataFrame(rows, columns=["step", "seed", "metric", "value"]), steps, stopped)
