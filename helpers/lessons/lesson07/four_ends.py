"""Good enough or the most, inside recorded answers or by own ones: all four, run to their ends, in many worlds."""

from collections.abc import Sequence

import pandas as pd

from helpers.kit import compare
from helpers.kit.intervals import Interval
from helpers.kit.tables import stored
from helpers.lessons.lesson07.arms import trained
from helpers.lessons.lesson07.pressure import stand

LONGEST = 600
TOLD = ("KL", "proxy", "gold")
KEPT = (100, 300, LONGEST)  # steps after which what RL has is kept


def run(seeds: Sequence[int], *, steps: int = LONGEST) -> pd.DataFrame:
    """The columns method, step, seed, KL, proxy and gold: two ends of recorded answers, two of RL after some steps."""
    on = stand(seeds)
    data = {"SFT on all good enough": on.satisfied(), "the best recorded answer": on.best_recorded()}
    rows = [
        pd.DataFrame(
            {"method": name, "step": 0, "seed": list(seeds), **{key: told[key].numpy() for key in TOLD}}
        )
        for name, told in ((name, on.told(policy)) for name, policy in data.items())
    ]
    way = compare(trained(on, ["RL", "RL, good enough"], steps=steps))
    way = way[way.step.isin([*KEPT, steps]) & way.metric.isin(TOLD)]
    wide = way.pivot(index=["method", "step", "seed"], columns="metric", values="value").reset_index()
    return pd.concat([*rows, wide[list(rows[0])]], ignore_index=True)


def table() -> pd.DataFrame:
    """What `run` found in the lesson's worlds: the stored table of the long runs."""
    return stored("enough_07")


def after(frame: pd.DataFrame, name: str, step: int | None = None) -> pd.DataFrame:
    """What one of the four has, a row for each seed; of RL after so many steps, the most there are if none is said."""
    mine = frame[frame.method == name]
    last = mine.step.max()
    return mine[mine.step == (last if step is None else min(step, last))].set_index("seed")


def four(frame: pd.DataFrame) -> pd.DataFrame:
    """All four at their ends: mean gold, its spread over worlds, the worst world, worlds below the base, nats."""
    rows = {}
    for name in frame.method.unique():
        end = after(frame, name)
        rows[name] = {
            "gold": end.gold.mean(),
            "spread over worlds": end.gold.std(),
            "worst world": end.gold.min(),
            "below the base in": int((end.gold < 0).sum()),
            "nats": end.KL.mean(),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def less(frame: pd.DataFrame, one: str, other: str, what: str = "gold") -> Interval:
    """How much more of it one has than another at their ends, world by world: mean and 95 % interval."""
    return Interval.of(after(frame, one)[what] - after(frame, other)[what], "unbounded")
