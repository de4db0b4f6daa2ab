"""Runs that take no time, for the tests of the runner; other processes import this module by its name."""

import os
import signal
import time
from pathlib import Path

import pandas as pd

from helpers.kit.long_runs import Plan

GRID = [{"method": method, "share": share} for method in ("SFT, b", "RL") for share in (0.00031, 1)]


def run(method, share, seeds, *, log="", pause=0.0, once="", fails="", add=0.0):
    """Rows of each seed. `once`: the process that comes first kills itself. `fails`: a file that makes RL raise."""
    if log:
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{method} {share} {seeds}\n")
    if once and not os.path.exists(once):
        Path(once).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if fails and method == "RL" and os.path.exists(fails):
        raise ArithmeticError(f"a loss of {method} is not a number")
    time.sleep(pause)
    rows = [(seed, step, seed * step / 7 + share + add, "None") for seed in seeds for step in range(3)]
    return pd.DataFrame(rows, columns=["seed", "step", "value", "word"])


def plan(**changes) -> Plan:
    """Eight parts: two methods, two shares, twice three seeds."""
    how = {"table": "tiny", "run": run, "grid": GRID, "seeds": range(6), "at_once": 3, **changes}
    return Plan(**how)


def with_texts(method, share, seeds):
    """Two tables."""
    frame = run(method, share, seeds)
    return {"tiny": frame, "tiny_texts": frame[["seed", "word"]].drop_duplicates()}
