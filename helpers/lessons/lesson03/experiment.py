"""What lesson 03 measures and judges: runs, what each of its rules reads off them, and the gates before."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch

from helpers.checked import share
from helpers.core.training import train
from helpers.core.types import Rng
from helpers.kit.frames import crossing
from helpers.kit.gates import Gate, attrition, both_ways, complete, grid, moved
from helpers.kit.intervals import Interval
from helpers.kit.rules import rule
from helpers.lessons.lesson03 import arms as of_lesson
from helpers.lessons.lesson03.arms import HALVES, INDEX, METRICS, SKILL, TOLD

CLIMB = (
    0.6,
    0.65,
    0.7,
    0.75,
    0.8,
)  # the levels of success, coin and flag together, at which arms are compared
SOME, ALL = 0.9, 1.0  # the shares of mazes with coin and flag together at which C8 and C9 are judged
BY_DATA, BY_REWARD, OTHER_DATA = "SFT, coin teacher", "PPO", "SFT, flag teacher"
AGAIN, OTHER_RATE, IDLE = "SFT, coin teacher, once more", "PPO, other rate", "null arm"
FLAG_PAID = "PPO, paid for the flag"  # built to show the effect: what it learns by reward is the wrong goal


def one_run(
    seeds,
    *,
    arm: str,
    together: float,
    steps: int,
    measured: list[int],
    told: str = "alike",
    begin: str | None = None,
    hidden=(64,),
    scale: float = 1.0,
    layouts: int = 0,
    new_mazes: int = of_lesson.LAYOUTS,
    pays: str = "coin",
    stream: int = 0,
    **turns,
) -> pd.DataFrame:
    """Train one arm on some seeds: a row for each seed and measurement, a column for each metric.

    begin: an SFT start (see `taught`); None: from nothing. turns: see `turned`. hidden, scale: see `beginner`.
    layouts: other mazes. new_mazes: in how many it is measured. pays: what RL and PPO earn by. stream: other batches.
    """
    env = of_lesson.world(together, told, layouts=layouts, pays=pays)
    start = of_lesson.beginner(env, seeds, hidden=hidden, scale=scale)
    if begin is not None:
        start = of_lesson.taught(start, together, told, begin, layouts)
    probes = {"chances": of_lesson.chances(told, layouts, new_mazes)}
    how = {"steps": steps, "probes": probes, "probe_every": measured, "stream": stream}
    history = train(start, **how, **of_lesson.turned(env, arm, **turns)).history
    names = [*METRICS, *HALVES]
    rows = history[history.metric.isin(names) & history.step.isin(measured)]
    wide = rows.pivot(index=["seed", "step"], columns="metric", values="value").reset_index()
    return wide[["seed", "step", *names]].rename_axis(columns=None)


def of(long: pd.DataFrame, together: float, told: str = "alike") -> pd.DataFrame:
    """The runs of a stored table at one share, told in one way."""
    return long[(long.together == together) & (long.told == told)]


def at_skill(runs: pd.DataFrame, level: float, *, matched: str = SKILL, metric: str = INDEX) -> pd.DataFrame:
    """A metric of each seed (rows) and arm (columns) when it first has a success of `level`.

    NaN for a seed that never gets there, or whose second measurement is there already: see `crossing`.
    runs: the columns method, seed, step and a column for each metric; no two runs of one method and seed.
    """
    level, found = share(level, "level"), {}
    for (method, seed), run in runs.sort_values("step").groupby(["method", "seed"], sort=False):
        found[seed, method] = crossing(run[matched].to_numpy(), run[metric].to_numpy(), level)
    table = pd.Series(found).rename_axis(["seed", "method"]).unstack()
    return table[[name for name in runs.method.unique() if name in table]]


def on_the_climb(
    runs: pd.DataFrame,
    levels: Sequence[float] = CLIMB,
    *,
    half: str = "",
    matched: str = SKILL,
    metric: str = INDEX,
) -> pd.DataFrame:
    """A metric of each seed and arm at equal success: the mean over several levels on the way up.

    One level alone would hang on how hard the mazes are in which success is measured: SFT's index rises steeply at one
    level, and where this lies differs between sets of mazes.
    """
    each = [at_skill(runs, level, matched=matched + half, metric=metric + half) for level in levels]
    return sum(each) / len(each)


def goal_gap(
    runs: pd.DataFrame, levels: Sequence[float] = CLIMB, *, half: str = "", reward_arm: str = BY_REWARD
) -> pd.Series:
    """03.C8: goal index at equal success, SFT on the coin teacher less PPO."""
    index = on_the_climb(runs, levels, half=half)
    return index[BY_DATA] - index[reward_arm]


def gap_after(runs: pd.DataFrame, batches: int) -> pd.Series:
    """The same difference after equally many batches, and so at unequal success."""
    index = runs[runs.step == batches].pivot(index="seed", columns="method", values=INDEX)
    return index[BY_DATA] - index[BY_REWARD]


def spread_gap(runs: pd.DataFrame, levels: Sequence[float] = CLIMB, *, half: str = "") -> pd.Series:
    """03.C9: log of how many times as widely PPO's goal index scatters over seeds as that of SFT on the coin teacher.

    The index at equal success. A value for each seed: the jackknife's pseudo-values (Miller 1968), whose mean is the
    log ratio of the two standard deviations and whose interval is that of the jackknife. NaN for a seed without both.
    """
    index = on_the_climb(runs, levels, half=half)
    pairs = index[[BY_DATA, BY_REWARD]].dropna()
    whole = _log_ratio(pairs)
    without = pd.Series({seed: _log_ratio(pairs.drop(seed)) for seed in pairs.index}, dtype=float)
    return (len(pairs) * whole - (len(pairs) - 1) * without).reindex(index.index)


def _log_ratio(pairs: pd.DataFrame) -> float:
    return float(np.log(pairs[BY_REWARD].std() / pairs[BY_DATA].std()))


MEASURES = {"03.C8": goal_gap, "03.C9": spread_gap}


def goal_gates(runs: pd.DataFrame, levels: Sequence[float] = CLIMB) -> list[Gate]:
    """What must hold before 03.C8 is judged.

    runs: in one world SFT of the coin teacher and PPO; for the controls some seeds at least of PPO paid for the flag,
    of the coin teacher's pupils once more with other batches, and of the null arm.
    """
    index, matters = on_the_climb(runs, levels), rule("03.C8").matters
    some = index.loc[runs.seed[runs.method == AGAIN].unique()]
    wrong = some[BY_DATA] - some[FLAG_PAID]  # reward for the wrong thing: here SFT has more of the true goal
    same = some[BY_DATA] - some[AGAIN]  # and the same pupils, who saw other mazes
    return [
        *_common(runs, levels, goal_gap, matters),
        both_ways(wrong, same, matters=matters),
        idle(runs[runs.method == IDLE], matters=matters),
    ]


def spread_gates(
    runs: pd.DataFrame, split: pd.DataFrame, parted: pd.DataFrame, levels: Sequence[float] = CLIMB
) -> list[Gate]:
    """What must hold before 03.C9 is judged.

    runs:   SFT on the coin teacher and PPO in one world.
    split:  the same two arms where every other seed sees the coin faintly and the others the flag: seeds that part.
    parted: what `tie` found in that world: coin and flag do not get the same gradients.
    """
    matters, names = rule("03.C9").matters, {BY_DATA: BY_DATA, BY_REWARD: BY_REWARD}
    some = runs[runs.seed.isin(split.seed.unique())]
    mixed = lambda parting, plain: pd.concat(
        [split[split.method == names[parting]], some[some.method == names[plain]]]
    )
    return [
        untied(parted),
        *_common(runs, levels, spread_gap, matters),
        both_ways(
            spread_gap(mixed(BY_REWARD, BY_DATA), levels),
            spread_gap(mixed(BY_DATA, BY_REWARD), levels),
            matters=matters,
        ),
    ]


def _common(runs, levels, gap, matters) -> list[Gate]:
    """The gates of both rules, for the two arms that they compare."""
    two = runs[runs.method.isin([BY_DATA, BY_REWARD])]
    coarse, decided = every_other(two), on_the_climb(two, levels, metric="neither")
    return [
        complete(tidy(two), two.groupby("method").step.max().to_dict()),
        moved(tidy(two), SKILL, least=0.3),
        attrition(on_the_climb(two, levels), least=0.9),
        grid(gap(two, levels), gap(coarse, levels), matters=matters),
        steady(*(gap(two, levels, half=f", half {half}") for half in (1, 2)), matters=matters),
        reaching(1 - decided),
    ]


def reaching(decided: pd.DataFrame) -> Gate:
    """The index is about most episodes: where coin and flag lie apart, at least half reach one of the two."""
    shares = decided.mean()
    says = ", ".join(f"{name} {value:.0%}" for name, value in shares.items())
    return Gate("reaching", bool(shares.min() >= 0.5), f"episodes that reach coin or flag: {says}")


def idle(runs: pd.DataFrame, *, matters: float) -> Gate:
    """The gate `null`: whose advantages are another's neither gets better nor takes a side by as much as matters."""
    change = {
        metric: Interval.of(
            (table := runs.pivot(index="seed", columns="step", values=metric)).iloc[:, -1] - table[0]
        )
        for metric in (SKILL, INDEX)
    }
    index = change[INDEX]
    known = all(one.known for one in change.values())
    passed = known and change[SKILL].high < 0.05 and -matters < index.low and index.high < matters
    says = f"from start to end the null arm's success moved by {change[SKILL]}, its goal index by {index}"
    return Gate("null", bool(passed), says)


def steady(first: pd.Series, second: pd.Series, *, matters: float) -> Gate:
    """The gate `noise`: a measurement is exact in its mazes, so what scatters is which mazes they are.

    The effect in one half of the mazes and in the other, means over seeds: half of their difference is how far the
    effect in all of them may lie from that in mazes without number, and is to be below half of what matters.
    """
    if min(first.notna().mean(), second.notna().mean()) < 0.9:
        return Gate("noise", False, "too few seeds have a value in each half of the mazes")
    one, two = first.mean(), second.mean()
    says = f"in one half of the mazes {one:+.3f}, in the other {two:+.3f}"
    return Gate(
        "noise", bool(abs(one - two) / 2 < matters / 2), f"{says} (half of what matters is {matters / 2:.3g})"
    )


def untied(parted: pd.DataFrame) -> Gate:
    """Coin and flag get different gradients, so that a seed could come to prefer one of them."""
    apart = parted["apart"].min()
    says = f"the gradients of coin and flag differ by {apart:.2g} of their size"
    return Gate("untied", bool(apart > 0.01), says + ("" if apart > 0.01 else ": no seed can take a side"))


def tidy(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs with a row for each metric and value."""
    return runs.melt(["method", "seed", "step"], [*METRICS], var_name="metric")


def every_other(runs: pd.DataFrame) -> pd.DataFrame:
    """Half as many measurements: every other one of each run; the first and the last are kept."""
    steps = runs.groupby(["method", "seed"]).step
    return runs[(steps.rank(method="first") % 2 == 1) | (runs.step == steps.transform("max"))]


def tie(seeds, told: str = "alike", together: float = ALL) -> pd.DataFrame:
    """How far the gradients for coin and flag part in an arm's first batch, as a share of their size.

    Both are put into the same units, the network's answer to a thing at each place, so that a mere change of inputs
    does not count. A row for each arm, the mean over seeds (of those in whose batch anything was learned).
    """
    env, rows = of_lesson.world(together, told), {}
    start = of_lesson.beginner(env, seeds)
    for name in (BY_DATA, BY_REWARD):
        arm = of_lesson.arms(env)[name]
        batch = arm["data"](start, Rng(start.seeds))
        loss = arm["loss"](start.evaluate(batch.obs, batch.action), batch).sum()
        weights = torch.autograd.grad(loss, start.stacked[0])[0]
        answers = []
        for thing, code in zip(("coin", "flag"), TOLD[told], strict=True):
            rows_and_columns = torch.block_diag(code(2 * env.height - 1), code(2 * env.width - 1))
            answers.append((weights[..., env.inputs[thing]] @ rows_and_columns.T).flatten(1))
        coin, flag = answers
        sizes = (coin.norm(dim=1) + flag.norm(dim=1)) / 2
        rows[name] = {"apart": float(((coin - flag).norm(dim=1) / sizes)[sizes > 0].mean())}
    return pd.DataFrame(rows).T
