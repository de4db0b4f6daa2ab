"""The long runs of lesson 12: three ways to one reward, several learning rates; and fifteen fresh seeds.

    python -m helpers.kit.long_runs 12           the tables drift and drift_texts, about an hour on two CPU cores
    python -m helpers.kit.long_runs 12 fresh     the table fresh_drift, one to two hours

A fresh run ends at the measurement at which it has reached the reward at which the arms are compared, which changes no
number up to there. One that has not reached it by the end of the plan goes on for as long again: arms are compared at
equal reward, not after equally many steps.
"""

import functools

import pandas as pd

from helpers.core import train
from helpers.kit import plot_frontier
from helpers.kit.long_runs import Plan
from helpers.lessons.lesson12 import experiment as drift
from helpers.lm import weights
from helpers.lm.pretrained import PretrainedLM

ANSWERS = 12  # texts a step
SCHEDULE = [  # a measurement every so many steps; pairs: of each behaviour probe (they take long)
    {
        "method": "GRPO",
        "lr": 3e-4,
        "steps": 45,
        "every": 15,
        "pairs": 14,
    },  # 30 brought one seed of three to 0.5
    {"method": "SFT, own best", "lr": 3e-4, "steps": 30, "every": 10, "pairs": 14},
    {"method": "SFT, teacher", "lr": 3e-4, "steps": 30, "every": 10, "pairs": 14},
    {"method": "GRPO", "lr": 1e-3, "steps": 30, "every": 10, "pairs": 0},
    {"method": "SFT, own best", "lr": 1e-3, "steps": 30, "every": 10, "pairs": 0},
    {"method": "SFT, teacher", "lr": 1e-3, "steps": 30, "every": 10, "pairs": 0},
    {"method": "SFT, teacher", "lr": 1e-4, "steps": 45, "every": 15, "pairs": 0},
]
JUDGED = (drift.REWARD, drift.DRIFT, drift.ENTROPY)


def one_run(method: str, lr: float, seeds, *, steps: int, every: int, pairs: int, answers: int) -> dict:
    """Train one arm: its history, and sample texts at its end."""
    start = PretrainedLM(*model(), seed=seeds[0])
    data, loss = drift.arms(start, answers=answers, which=[method])[method]
    run = train(start, data, loss, steps=steps, lr=lr, probes=probes_of(start, pairs), probe_every=every)
    return {"drift": run.history, "drift_texts": drift.texts(run.policy)}


def to_the_level(
    method: str, lr: float, seeds, *, steps: int, every: int, answers: int, level: float, patience: int
) -> pd.DataFrame:
    """Train one arm until its reward has been seen at the level: what the rules judge, a row for each measurement."""
    run = start = PretrainedLM(*model(), seed=seeds[0])
    data, loss = drift.arms(start, answers=answers, which=[method])[method]
    probes = probes_of(start, 0)
    probes.pop("held-out text, nats a token")
    for _ in range(0, patience * steps, every):
        run = train(run, data, loss, steps=every, lr=lr, probes=probes)
        if run.last(drift.REWARD).item() >= level:
            break
    return run.history[run.history.metric.isin(JUDGED)]


def probes_of(start, pairs: int, seen={}) -> dict:  # noqa: B006  (kept between runs on purpose)
    """The probes of the lesson; the start model of a seed is measured once: at step 0 all arms are that model."""

    def known(name, probe):
        calls = iter([True])

        def wrapped(policy):
            if not next(calls, False):
                return probe(policy)
            key = (name, pairs, *start.seeds)
            seen[key] = seen[key] if key in seen else probe(policy)
            return seen[key]

        return wrapped

    return {name: known(name, probe) for name, probe in drift.probes(start, pairs=pairs).items()}


@functools.cache
def model():
    """SmolLM2, once for each process."""
    return weights.load()


PLANS = {
    "drift": Plan(
        table="drift",
        also=("drift_texts",),
        run=one_run,
        grid=SCHEDULE,
        columns=("method", "lr"),
        shared={"answers": ANSWERS},
        seeds=drift.CHOOSING,
        choosing=True,
        at_once=1,
        digits=5,
        picture=lambda frame: plot_frontier(frame, drift.DRIFT, reward=drift.REWARD, smallest=0.005),
        about="three ways to one reward on a real model: reward, drift, entropy, behaviour, sample texts",
    ),
    "fresh": Plan(
        table="fresh_drift",
        run=to_the_level,
        grid=[
            {key: value for key, value in row.items() if key != "pairs"}
            for row in SCHEDULE
            if row["method"] != "SFT, own best"
        ],
        columns=("method", "lr"),
        shared={"answers": ANSWERS, "level": drift.LEVEL, "patience": 2},
        seeds=[10 * number + seed for number in range(1, 6) for seed in range(3)],
        trial=drift.CHOOSING,  # those of the table drift
        at_once=1,
        digits=5,
        about="fifteen more seeds of the arms that the rules of lesson 12 judge, up to the level",
    ),
}
