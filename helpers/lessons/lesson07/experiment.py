"""What the rules of lesson 07 judge: gold and lies after pressing on a stand-in, and whether the peak is foretold."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch

from helpers.checked import number
from helpers.kit import compare, final
from helpers.lessons.lesson07 import peaks
from helpers.lessons.lesson07.pressure import LR, NATS, STEPS, Stand, stand, trained

ARMS = ("RL", "null arm")
EXACT = (
    "SFT, good enough",
    "SFT, two nats",
    "leash, two nats",
    "best of n, two nats",
    "best recorded",
    "best there is",
)


def results(
    seeds,
    *,
    arms: Sequence[str] = ARMS,
    rate: float = 1.0,
    longer: float = 1,
    leash: float = 0.3,
    nats: float = NATS,
    kept: dict | None = None,
    **turned,
) -> pd.DataFrame:
    """Everything that the rules judge, in one tidy frame: arms that are trained, and ends that are known exactly.

    rate: a factor on the learning rate. longer: on the steps. nats: how far away all are compared. turned: see
    `pressure.stand` and `taste.world`. kept: where stand-in and runs are put, under "stand" and "runs".
    """
    on, steps = stand(seeds, **turned), max(1, round(STEPS * number(longer, "longer", above=0)))
    runs = trained(on, arms, steps=steps, lr=LR * number(rate, "rate", above=0), leash=leash)
    if kept is not None:
        kept.update(stand=on, runs=runs)
    frames = [compare(runs), ends(on, steps, nats), foretold(on, steps)]
    return pd.concat(frames, ignore_index=True)


def ends(on: Stand, steps: int, nats: float = NATS) -> pd.DataFrame:
    """The base at step 0 and an end at the last step, for all that is known without training."""
    made = dict(
        zip(
            EXACT,
            (
                on.satisfied(),
                on.at_nats(on.kept, nats),
                on.at_nats(on.leash, nats),
                on.at_nats(on.best, nats),
                on.best_recorded(),
                on.best_there_is(),
            ),
            strict=True,
        )
    )
    return _tidy(
        on,
        {
            (name, step): on.told(p)
            for name, end in made.items()
            for step, p in ((0, on.at.base), (steps, end))
        },
    )


def foretold(on: Stand, steps: int) -> pd.DataFrame:
    """What is lost by stopping best-of-n where each forecaster says, against its own peak; gold."""
    lost = peaks.regrets(*peaks.best_of_curve(on))
    return _tidy(on, {(name, steps): {"lost": torch.as_tensor(value)} for name, value in lost.items()})


def satisficing_less_rl(frame: pd.DataFrame) -> pd.Series:
    """07.C20: gold at the end, SFT on what is good enough among the base's answers less RL, for each seed."""
    last = final(frame, "gold")
    return last["SFT, good enough"] - last["RL"]


def spent_alike(
    frame: pd.DataFrame, *, nats: float = NATS, sft: str = "SFT, two nats", rl: str = "RL"
) -> pd.Series:
    """07.nats: gold two nats away from the base, SFT on the best recorded answers less RL, for each seed.

    RL passes two nats on its way: the first crossing, on a straight line between two measurements. A seed that never
    gets there has NaN.
    """
    last = final(frame, "gold")
    other = at_level(frame, rl, "gold", nats) if rl == "RL" else last[rl]
    return last[sft] - other


def lies_more(frame: pd.DataFrame, *, arm: str = "RL", nats: float = NATS) -> pd.Series:
    """07.C7: the share of answers with a lie, two nats away from the base less at the base, for each seed."""
    first = (
        frame[(frame.method == arm) & (frame.metric == "lying") & (frame.step == 0)].set_index("seed").value
    )
    return at_level(frame, arm, "lying", nats) - first


def better_told(frame: pd.DataFrame, *, by: str = "the first part", than: str = "other worlds") -> pd.Series:
    """07.peak: gold lost by stopping where other worlds peak, less where a curve fitted to the first part says."""
    last = final(frame, "lost")
    return last[than] - last[by]


def at_level(frame: pd.DataFrame, arm: str, metric: str, nats: float) -> pd.Series:
    """A metric where an arm first is so many nats away; NaN for seeds that never are."""
    mine = frame[frame.method == arm]
    far, what = (
        mine[mine.metric == one].pivot(index="step", columns="seed", values="value") for one in ("KL", metric)
    )
    found = {}
    for seed in far:
        there = np.flatnonzero(far[seed].to_numpy() >= nats)
        if not len(there) or there[0] == 0:
            found[seed] = np.nan
            continue
        a, b = there[0] - 1, there[0]
        low, high = far[seed].iloc[[a, b]]
        part = (nats - low) / (high - low)
        found[seed] = what[seed].iloc[a] * (1 - part) + what[seed].iloc[b] * part
    return pd.Series(found, name=metric).rename_axis("seed")


def _tidy(on, told):
    rows = [
        {"method": name, "step": step, "seed": seed, "metric": metric, "value": float(one)}
        for (name, step), values in told.items()
        for metric, row in values.items()
        for seed, one in zip(on.at.seeds, row, strict=True)
    ]
    return pd.DataFrame(rows)
