"""What lesson 05 measures: runs, and what each of its rules reads off them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.checked import share
from helpers.core.training import train
from helpers.kit.frames import crossing
from helpers.kit.gates import Gate
from helpers.lessons.lesson05 import arms as of_lesson
from helpers.lessons.lesson05.arms import INDEX, METRICS, SKILL
from helpers.lessons.lesson05.drawn import Luck, apart
from helpers.lessons.lesson05.forecasts import typical_error

CLIMB = (0.6, 0.65, 0.7)  # the levels of success, coin and flag together, at which arms are compared
EARLY = 0.5  # the level from which the later goal is forecast
BY_DATA, BY_REWARD, IDLE = "SFT", "PPO", "null arm"


def one_run(
    seeds,
    *,
    arm: str,
    together: float,
    steps: int,
    measured: Sequence[int],
    lucks: Sequence[Sequence[int]] | None = None,
    pays: str = "at the coin",
    begin: str = "nothing",
    net: str = "eyes",
    scale: float = 1.0,
    pace: float = 1.0,
    episodes: int = 32,
    layouts: int = 0,
    count: int = 1000,
) -> pd.DataFrame:
    """Train one arm: a row for each run and measurement, a column for each metric.

    lucks: for each run its numbers of weights, order and moves; without them runs share nothing, all are the seed.
    The rest: see `helpers.lessons.lesson05.arms`.
    """
    seeds = list(seeds)
    lucks = apart(seeds) if lucks is None else [Luck(*luck) for luck in lucks]
    env = of_lesson.world(together, pays, layouts=layouts, count=count)
    start = of_lesson.begin(begin, env, lucks, of_lesson.net(env, net, scale=scale))
    how = of_lesson.arm(arm, env, lucks, pace=pace, episodes=episodes)
    probes = {"chances": of_lesson.chances(layouts)}
    history = train(start, steps=steps, probes=probes, probe_every=measured, **how).history
    rows = history[history.metric.isin(METRICS) & history.step.isin(measured)]
    wide = rows.pivot(index=["seed", "step"], columns="metric", values="value").reset_index()
    wide["seed"] = np.asarray(seeds)[wide.seed]
    return wide[["seed", "step", *METRICS]].rename_axis(columns=None)


def at_skill(runs: pd.DataFrame, level: float, *, half: str = "", metric: str = INDEX) -> pd.DataFrame:
    """A metric of each seed (rows) and arm (columns) when it first has a success of `level`.

    NaN for a seed that never gets there, or whose second measurement is there already: see `crossing`. half: ", half 1"
    or ", half 2": the metric in one half of the mazes only, at the same moment.
    """
    level, found = share(level, "level"), {}
    for (method, seed), run in runs.sort_values("step").groupby(["method", "seed"], sort=False):
        values = run[metric + half].to_numpy(dtype=float)
        found[seed, method] = crossing(run[SKILL].to_numpy(), values, level)
    table = pd.Series(found).rename_axis(["seed", "method"]).unstack()
    return table[[name for name in runs.method.unique() if name in table]]


def goals(runs: pd.DataFrame, levels: Sequence[float] | None = CLIMB, *, half: str = "") -> pd.DataFrame:
    """The goal index of each seed and arm at equal success: the mean over several levels on the way up.

    levels: None: at the end of each arm, and so at unequal success.
    """
    if levels is None:
        return after(runs, 1.0, metric=INDEX + half)
    return sum(at_skill(runs, level, half=half) for level in levels) / len(levels)


def after(runs: pd.DataFrame, part: float, *, metric: str = INDEX) -> pd.DataFrame:
    """A metric of each seed and arm when a part of the arm's batches is done: at the nearest measurement."""
    part, found = share(part, "part"), {}
    for method, own in runs.groupby("method", sort=False):
        table = own.pivot(index="seed", columns="step", values=metric)
        found[method] = table.iloc[:, np.abs(table.columns - part * table.columns.max()).argmin()]
    return pd.DataFrame(found)


def batches_to(runs: pd.DataFrame, level: float = CLIMB[-1]) -> pd.DataFrame:
    """The natural logarithm of the batches after which each seed and arm is at a success of `level`."""
    return np.log(at_skill(runs, level, metric="step"))


def pseudo_values(pairs: pd.DataFrame, statistic) -> pd.Series:
    """The jackknife's pseudo-values of a statistic of rows (Miller 1968), a value for each seed.

    Their mean is the statistic, less its bias of order 1 / n; their scatter gives its interval. NaN for a seed with a
    gap; fewer than six seeds without one: all NaN.
    """
    some = pairs.dropna()
    if len(some) < 6:
        return pd.Series(np.nan, index=pairs.index)
    whole, n = statistic(some), len(some)
    found = {seed: n * whole - (n - 1) * statistic(some.drop(seed)) for seed in some.index}
    return pd.Series(found, dtype=float).reindex(pairs.index)


def spread_gap(
    runs: pd.DataFrame,
    levels: Sequence[float] | None = CLIMB,
    *,
    arms: tuple[str, str] = (BY_DATA, BY_REWARD),
) -> pd.Series:
    """Log of how many times as widely the second arm's goal index scatters over seeds as the first's, at equal success.

    What a seed's index has in common in two halves of the mazes is its scatter; what they do not share is which mazes
    they were. So the variance is the covariance of the two halves.
    """
    halves = [goals(runs, levels, half=f", half {half}")[list(arms)] for half in (1, 2)]
    return pseudo_values(pd.concat(halves, axis=1, keys=(1, 2)), lambda some: _log_ratio(some, arms))


def _log_ratio(some, arms):
    common = [some[1, name].cov(some[2, name]) for name in arms]
    return 0.5 * float(np.log(common[1] / common[0])) if min(common) > 0 else np.nan


def same_start_gap(
    runs: pd.DataFrame,
    starts: pd.Series,
    levels: Sequence[float] | None = CLIMB,
    *,
    arms: tuple[str, str] = (BY_DATA, BY_REWARD),
) -> pd.Series:
    """The same ratio among runs that begin from equal weights: what scatters once the start is known.

    starts: the number of the first weights of each seed; several seeds to each. A pseudo-value for each number.
    """
    halves = [goals(runs, levels, half=f", half {half}")[list(arms)] for half in (1, 2)]
    table = pd.concat(halves, axis=1, keys=(1, 2)).dropna()
    table = table - table.groupby(starts).transform("mean")
    size = table.groupby(starts).size()
    each = pd.DataFrame({name: (table[1, name] * table[2, name]).groupby(starts).sum() for name in arms})
    each["free"] = size - 1

    def statistic(some):
        common = [some[name].sum() / some.free.sum() for name in arms]
        return 0.5 * float(np.log(common[1] / common[0])) if min(common) > 0 else np.nan

    return pseudo_values(each[each.free > 0], statistic)


def early_gap(
    runs: pd.DataFrame,
    late: float | None = CLIMB[-1],
    *,
    early: float = EARLY,
    metric: str = INDEX,
    arms: tuple[str, str] = (BY_DATA, BY_REWARD),
) -> pd.Series:
    """Log of how many times as far the second arm's later goal index lies from its forecast as the first's.

    The forecast is made when a seed is at a success of `early`, of what it pursues when it is at `late`, by a line
    through all other seeds of the arm. late: None: after a third of each arm's batches, of its end.
    """
    if late is None:
        seen = [after(runs, part, metric=metric) for part in (1 / 3, 1.0)]
    else:
        seen = [at_skill(runs, level, metric=metric) for level in (early, late)]
    pairs = pd.concat([table[list(arms)] for table in seen], axis=1, keys=("early", "late"))

    def statistic(some):
        first, second = (typical_error(some["early", name], some["late", name]) for name in arms)
        return (
            float(np.log(second / first)) if min(first, second) > 1e-9 else np.nan
        )  # nothing missed: no ratio

    return pseudo_values(pairs, statistic)


def pace_gap(
    runs: pd.DataFrame, level: float = CLIMB[-1], *, arms: tuple[str, str] = (BY_DATA, BY_REWARD)
) -> pd.Series:
    """Log of how many times as widely the second arm's log batches to a success scatter over seeds as the first's."""
    pairs = batches_to(runs, level)[list(arms)]
    return pseudo_values(pairs, lambda some: float(np.log(some[arms[1]].std() / some[arms[0]].std())))


def table_of(lucks: Sequence[Luck], values: pd.Series):
    """Values of the runs of a crossed plan as an array [weights, order, moves], in the order of the numbers.

    values: one for each run, by its place. Raises ValueError where a pair has not as many runs as the others.
    """
    frame = pd.DataFrame(lucks, columns=Luck._fields).assign(value=values.to_numpy())
    groups = frame.sort_values("moves").groupby(["weights", "order"]).value.apply(list)
    if groups.map(len).nunique() > 1:
        raise ValueError(
            "every pair of weights and order has equally many runs: got " + str(set(groups.map(len)))
        )
    square = groups.unstack()
    return np.array([[cell for cell in row] for row in square.to_numpy()], dtype=float)


def scatters(
    runs: pd.DataFrame,
    levels: Sequence[float] | None = CLIMB,
    *,
    least: float = 0.03,
    arms=(BY_DATA, BY_REWARD),
):
    """A gate: in one arm at least the goal scatters over seeds so much that one would see it.

    A ratio of two spreads that nobody would notice says nothing of what can be foreseen.
    """
    spread = {name: max(_common(runs, name, levels), 0.0) ** 0.5 for name in arms}
    says = ", ".join(f"{name} {value:.3f}" for name, value in spread.items())
    return Gate(
        "scatters",
        any(value >= least for value in spread.values()),
        f"standard deviation of the goal index: {says}",
    )


def of_seeds(
    runs: pd.DataFrame,
    levels: Sequence[float] | None = CLIMB,
    *,
    least: float = 0.5,
    arms=(BY_DATA, BY_REWARD),
):
    """The gate `noise`: the goal's scatter is the seeds' own, not that of the mazes in which it is measured.

    In one half of the mazes and in the other a seed has indices whose correlation is at least `least`, in each arm.
    """
    halves = [goals(runs, levels, half=f", half {half}") for half in (1, 2)]
    alike = {name: float(halves[0][name].corr(halves[1][name])) for name in arms}
    says = ", ".join(f"{name} {value:.2f}" for name, value in alike.items())
    return Gate(
        "noise",
        all(value >= least for value in alike.values()),
        f"correlation of the two halves of the mazes: {says}",
    )


def level_means(
    runs: pd.DataFrame,
    levels: Sequence[float] | None = CLIMB,
    *,
    most: float = 0.1,
    arms=(BY_DATA, BY_REWARD),
):
    """A gate: both arms pursue the same on average, so that no spread is narrow because it lies near an end."""
    means = goals(runs, levels)[list(arms)].mean()
    says = ", ".join(f"{name} {value:.2f}" for name, value in means.items())
    return Gate("level means", bool(abs(means.iloc[0] - means.iloc[1]) <= most), f"mean goal index: {says}")


def _common(runs, name, levels):
    halves = [goals(runs, levels, half=f", half {half}")[name] for half in (1, 2)]
    return float(halves[0].cov(halves[1]))
