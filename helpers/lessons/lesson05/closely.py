"""How runs are measured: all in all at some batches, or success at each batch and the lean where it is read.

A lean costs twice what success does, and is read at one moment of a run. So a run is trained twice, to the same
numbers: first its success is measured after each batch, then its lean beside the moments at which it comes to one of
the levels. What it leans to has no say in when it is measured.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from torch import nn

from helpers.core.policy import Policy
from helpers.core.training import train
from helpers.lessons.lesson05 import arms as of_lesson
from helpers.lessons.lesson05.arms import METRICS, SKILL
from helpers.lessons.lesson05.leans import LEVELS, halved, over_five

READ = (0.65, *LEVELS)  # the levels at which a lean is read
DIGITS = 4  # with which success is stored: from what is stored, the same moments are found


def all_at_once(start: Policy, how: Mapping, steps: int, measured: Sequence[int], *, mazes) -> pd.DataFrame:
    """Train once and measure everything at these batches: columns seed (a run's place), step, and each metric.

    how: what `arms.arm` returns. mazes: the layouts in which is measured, and how coin and flag are told there.
    """
    return _measured(start, how, steps, measured, {"chances": of_lesson.chances(*mazes)})


def success_alone(start: Policy, how: Mapping, steps: int, measured: Sequence[int], *, mazes) -> pd.DataFrame:
    """The same, of success alone: what is pursued is not looked at."""
    return _measured(start, how, steps, measured, {SKILL: of_lesson.success(*mazes)})


def closely(start: Policy, how: Mapping, steps: int, measured: Sequence[int], *, mazes) -> pd.DataFrame:
    """Success at all these batches, and the lean where `over_five` first reaches one of `READ`; elsewhere NaN.

    Measured there: the two batches between which a level is crossed, also if every other batch had been measured.
    """
    found = (
        success_alone(start, how, steps, measured, mazes=mazes).astype({SKILL: float}).round({SKILL: DIGITS})
    )
    places = wanted(found.assign(method="", run=0), READ)
    return found.merge(leans_at(start, how, places, mazes), "left", ["seed", "step"])


def wanted(runs: pd.DataFrame, levels: Iterable[float]) -> dict[int, list[int]]:
    """Between which batches runs first reach these levels: batch -> the seeds that are measured there."""
    found = set()
    for some in (runs, halved(runs)):
        for seed, run in over_five(some).groupby("seed"):
            steps, skill = run.step.to_numpy(), run[SKILL].to_numpy()
            firsts = {int(np.argmax(skill >= level)) for level in levels if skill.max() >= level}
            found |= {(int(steps[at]), seed) for first in firsts if first for at in (first - 1, first)}
    return {
        step: sorted(seed for at, seed in found if at == step) for step in sorted({at for at, _ in found})
    }


def leans_at(start: Policy, how: Mapping, places: Mapping[int, Sequence[int]], mazes) -> pd.DataFrame:
    """Train once more, and measure these runs at these batches: columns seed, step, and all metrics but success."""
    metrics = [name for name in METRICS if name != SKILL]
    probe, run, done = of_lesson.chances(*mazes), start, 0
    rows = [pd.DataFrame(columns=["seed", "step", *metrics], dtype=float)]  # where no run comes to a level
    for step, seeds in places.items():
        if step > done:
            run, done = train(run, steps=step - done, **how), step
        values = probe(some_of(run.policy if done else start, seeds))
        each = pd.DataFrame({name: values[name].double().numpy() for name in metrics})
        rows.append(each.assign(seed=seeds, step=step))
    found = pd.concat(rows[1:] or rows, ignore_index=True)
    return found[["seed", "step", *metrics]].astype({"seed": int, "step": int})


def some_of(policy: Policy, seeds: Sequence[int]) -> Policy:
    """The policies of some seeds, by their own numbers."""
    places = torch.tensor([policy.seeds.index(seed) for seed in seeds])
    some = policy.select(seeds[0])
    some.seeds, some.reference = tuple(seeds), None
    some.stacked = nn.ParameterList(nn.Parameter(weight.detach()[places]) for weight in policy.stacked)
    return some


def _measured(start, how, steps, measured, probes):
    history = train(start, steps=steps, probes=probes, probe_every=measured, **how).history
    rows = history[history.metric.isin(METRICS) & history.step.isin(measured)]
    return rows.pivot(index=["seed", "step"], columns="metric", values="value").reset_index()
