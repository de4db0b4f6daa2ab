"""What must hold before a rule of lesson 05 may say a word: its own gates, beside those of the kit."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.core.training import train
from helpers.kit.frames import TIDY
from helpers.kit.gates import Gate, grid
from helpers.lessons.lesson05 import arms as of_lesson
from helpers.lessons.lesson05.arms import METRICS, SETS, SKILL
from helpers.lessons.lesson05.drawn import apart
from helpers.lessons.lesson05.leans import (
    TWO,
    at_level,
    first_runs,
    from_one_start,
    halved,
    in_sets,
    root,
    variance,
    within,
)


def tidy(runs: pd.DataFrame) -> pd.DataFrame:
    """A row for each metric and value, the mean over the runs from one start."""
    metrics = [name for name in METRICS if name in runs]
    means = runs.groupby(["method", "seed", "step"], sort=False)[metrics].mean().reset_index()
    return means.melt(["method", "seed", "step"], var_name="metric")[["method", *TIDY]]


def alone(runs: pd.DataFrame) -> pd.DataFrame:
    """The first run of each start: runs that share nothing."""
    return runs[runs.run == 0]


def parted(runs: pd.DataFrame, level: float | None, arms: Sequence[str], *, one_start: bool) -> dict:
    """For each arm: how widely runs lean by themselves, and how far two sets of mazes agree on it, a correlation.

    one_start: of what scatters among runs from one start, not of what starts do.
    """
    sets = in_sets(runs, level, arms)
    if one_start:
        each = within(sets)
        wide = {arm: from_one_start(each, arm) for arm in arms}
        sets = {name: table - table.groupby("seed").transform("mean") for name, table in sets.items()}
    else:
        sets = first_runs(sets)
        wide = {arm: root(variance({name: sets[name][arm] for name in SETS})) for arm in arms}
    return {
        arm: (wide[arm], float(np.mean([sets[one][arm].corr(sets[two][arm]) for one, two in TWO])))
        for arm in arms
    }


def scatters(found: dict, *, least: float = 0.03) -> Gate:
    """In one arm at least runs lean so differently that one would see it: a ratio of nothings says nothing.

    Asked of the luck that is judged. The limit was set after the trial runs.
    """
    says = ", ".join(f"{arm} {wide:.3f}" for arm, (wide, _) in found.items())
    return Gate(
        "scatters", bool(any(wide >= least for wide, _ in found.values())), f"standard deviations {says}"
    )


def of_runs(found: dict, *, least: float = 0.5) -> Gate:
    """The gate `noise`: what scatters is the runs' own. Two sets of mazes agree on it, in each arm."""
    says = ", ".join(f"{arm} {alike:.2f}" for arm, (_, alike) in found.items())
    passed = all(alike >= least for _, alike in found.values())
    return Gate("noise", bool(passed), f"correlation of two sets of mazes: {says}")


def measured_finely(runs: pd.DataFrame, level: float | None, arms: Sequence[str], *, matters: float) -> Gate:
    """The gate `noise` of a difference: which mazes they are moves a run's lean by less than half of what matters.

    A correlation would ask that something scatters, and that nothing does is an answer here.
    """
    sets = first_runs(in_sets(runs, level, arms))
    noise = {
        arm: np.mean([(sets[a][arm] - sets[b][arm]).var() / 2 for a, b in TWO]) ** 0.5 / len(SETS) ** 0.5
        for arm in arms
    }
    says = ", ".join(f"{arm} {value:.3f}" for arm, value in noise.items())
    says += f" (half of what matters is {matters / 2:.3g})"
    return Gate("noise", bool(max(noise.values()) < matters / 2), f"other mazes move a run's lean by {says}")


def level_means(runs: pd.DataFrame, level: float | None, arms: Sequence[str], *, most: float = 0.1) -> Gate:
    """Both arms pursue the same on average, so that no spread is narrow because it lies near an end.

    Where the data leave it open this holds by symmetry, see `mirror`, and is not asked.
    """
    means = at_level(runs, level)[list(arms)].mean()
    says = ", ".join(f"{name} {value:.2f}" for name, value in means.items())
    return Gate("level means", bool(abs(means.iloc[0] - means.iloc[1]) <= most), f"mean goal index: {says}")


def plateau(runs: pd.DataFrame, arms: Sequence[str], *, most: float = 0.02) -> Gate:
    """In the last quarter of its batches no arm's mean success rises by as much as `most`: that is an end."""
    gain = {}
    for arm in arms:
        means = runs[runs.method == arm].groupby("step")[SKILL].mean()
        quarter = np.abs(means.index - 0.75 * means.index.max()).argmin()
        gain[arm] = means.iloc[-1] - means.iloc[quarter]
    says = ", ".join(f"{arm} {value:+.3f}" for arm, value in gain.items())
    return Gate(
        "plateau", bool(max(gain.values()) < most), f"success in the last quarter of the batches: {says}"
    )


def mirror(arms: Sequence[str] = ("SFT", "PPO"), *, batches: int = 3, seeds=(0, 1), **how) -> Gate:
    """Nothing but the first weights decides the side: with the two eyes exchanged, a run leans as far the other way.

    So over all first weights each arm's mean lean is a half, exactly, where coin and flag always lie together. Few
    batches: later a rounding in the last digit may flip a move that is drawn.
    """
    env, lucks, far = of_lesson.world(1.0), apart(seeds), {}
    for name in arms:
        found = []
        for turn in (lambda start: start, of_lesson.mirrored):
            start = turn(of_lesson.begin("nothing", env, lucks, of_lesson.net(env, **how)))
            policy = train(start, steps=batches, **of_lesson.arm(name, env, lucks)).policy
            found.append(of_lesson.chances()(policy)[of_lesson.INDEX])
        far[name] = float((found[0] + found[1] - 1).abs().max())
    says = ", ".join(f"{name} {value:.1g}" for name, value in far.items())
    return Gate(
        "mirror", bool(max(far.values()) < 1e-4), f"leans of mirrored starts add up to 1 but for {says}"
    )


def half_the_grid(runs: pd.DataFrame, measure, *, matters: float) -> Gate:
    """The gate `grid`: every other measurement of each run, the first and the last kept."""
    return grid(measure(runs), measure(halved(runs)), matters=matters)


def strangers(runs: pd.DataFrame, until: float) -> pd.DataFrame:
    """Runs whose beginnings are those of other runs: what stands before a success of `until` is the next seed's.

    Built for a control: of such beginnings nobody tells what comes.
    """
    leans = [name for name in METRICS if name != SKILL]
    table = runs.pivot(index=["seed", "run"], columns="step", values=[SKILL, *leans])
    before = table[SKILL] < until
    found = {
        name: table[name].where(~before, np.roll(table[name].to_numpy(), 1, axis=0)).stack() for name in leans
    }
    other = pd.DataFrame({SKILL: table[SKILL].stack(), **found}).reset_index()
    return other[["seed", "run", "step", *METRICS]]
