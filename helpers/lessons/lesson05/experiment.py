"""What lesson 05 runs and judges: runs whose luck is drawn apart, the rules' measures, and their gates."""

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd

from helpers.kit.gates import Gate, attrition, both_ways, complete, moved
from helpers.kit.rules import rule
from helpers.lessons.lesson05 import arms as of_lesson
from helpers.lessons.lesson05.arms import METRICS, SKILL
from helpers.lessons.lesson05.closely import all_at_once
from helpers.lessons.lesson05.drawn import Luck, apart, from_one_start
from helpers.lessons.lesson05.gaps import (
    DENSE,
    EASY,
    LATER,
    PPO,
    SFT,
    pace_gap,
    sparse_gap,
    spread_gap,
    start_gap,
    told_gap,
)
from helpers.lessons.lesson05.gates import (
    half_the_grid,
    level_means,
    measured_finely,
    mirror,
    of_runs,
    parted,
    plateau,
    scatters,
    tidy,
)
from helpers.lessons.lesson05.leans import END, LATE, at_level, late, over_five

CONTROL = "SFT, made to part"  # by the parity of a run's number, coin or flag is told faintly
PACED = "SFT, made to part in pace"  # by the parity of a run's number, the learning rate is another
FAINT = {"told": "either faint"}  # what CONTROL has turned
SPOKEN = "SFT, every other run told"  # the others are never told which of the two is meant
ARMS_OF = {"05.C21": (DENSE, LATER)}
CONTROLS = {"05.C9.told": SPOKEN, "05.C9.pace": PACED}
FROM_ONE = (
    "05.C9.start",
    "05.C21",
)  # rules of runs from one start, which read a mean success over five batches
MEASURES = {
    "05.C9.start": start_gap,
    "05.C9.spread": spread_gap,
    "05.C9.told": told_gap,
    "05.C9.pace": pace_gap,
    "05.C21": sparse_gap,
}


def one_run(
    seeds,
    *,
    arm: str,
    steps: int,
    measured: Sequence[int],
    together: float = 1.0,
    runs: int = 1,
    lucks: Sequence[Sequence[int]] | None = None,
    luck: int = 10_000,
    pays: str = "at the coin",
    told: str = "alike",
    begin: str = "nothing",
    net: str = "eyes",
    scale: float = 1.0,
    pace: float = 1.0,
    episodes: int | None = None,
    layouts: int = 1,
    count: int = 1000,
    look: Callable = all_at_once,
) -> pd.DataFrame:
    """Train one arm: a row for each run and measurement, a column for each metric.

    runs: from the first weights of each seed; one: runs share nothing, all their numbers are the seed. luck: the
    smallest number of mazes and moves where there are several; another one is other luck. lucks: for each seed its
    numbers of weights, order and moves instead.
    told: "either faint": coin or flag is told faintly, by the parity of a run's moves: runs that part.
    look: how runs are trained and measured, `all_at_once` or one of `closely`.
    The rest: see `helpers.lessons.lesson05.arms`.
    """
    seeds = list(seeds)
    if lucks is not None:
        lucks = [Luck(*one) for one in lucks]
    else:
        lucks = apart(seeds) if runs == 1 else from_one_start(seeds, runs, first=luck)
    if told == "either faint":
        parted = {"coin faint": [i for i, one in enumerate(lucks) if one.moves % 2 == 0]}
        parted["flag faint"] = [i for i, one in enumerate(lucks) if one.moves % 2]
    else:
        parted = {told: list(range(len(lucks)))}
    parts = []
    for code, places in parted.items():
        mine = [lucks[place] for place in places]
        env = of_lesson.world(together, pays, told=code, layouts=layouts, count=count)
        start = of_lesson.begin(begin, env, mine, of_lesson.net(env, net, scale=scale))
        how = of_lesson.arm(arm, env, mine, pace=pace, episodes=episodes)
        wide = look(start, how, steps, measured, mazes=(layouts, code))
        parts.append(wide.assign(place=[places[one] for one in wide.seed]))
    frame = pd.concat(parts).sort_values(["place", "step"])
    each = 1 if lucks is None or len(lucks) == len(seeds) else runs
    frame["seed"], frame["run"] = [seeds[one // each] for one in frame.place], frame.place % each
    metrics = [name for name in METRICS if name in frame]
    return frame[["seed", "run", "step", *metrics]].rename_axis(columns=None).reset_index(drop=True)


def of_arms(runs: pd.DataFrame, *arms: str) -> pd.DataFrame:
    """The runs of these arms."""
    return runs[runs.method.isin(arms)]


def gates(
    name: str,
    runs: pd.DataFrame,
    *,
    level: float | str = LATE,
    matters: float | None = None,
    least: float = 0.3,
    trained: pd.DataFrame | None = None,
    **how,
) -> list[Gate]:
    """What must hold before a rule is judged on these runs; `level`, `how`: what is turned in its measure.

    matters: to whoever states a rule of one's own; what matters to the rule if nothing is said.
    least: by how much success must have risen; in `trained`, where something else stands in its place in `runs`.
    runs: with both arms that the rule compares, and, on some of the same seeds, its control, built so that its runs
    part: see `both_sides`.
    """
    measure, (first, second) = partial(MEASURES[name], **how), how.get("arms", ARMS_OF.get(name, (SFT, PPO)))
    matters = rule(name).matters if matters is None else matters
    two = of_arms(runs, first, second)
    read = over_five(two) if name in FROM_ONE else two
    at = {"05.C9.told": END, "05.C9.pace": EASY}.get(name, level)
    if at == LATE:
        at = late(read, (first, second))
    measure = partial(measure, level=at)
    common = [
        complete(tidy(two), two.groupby("method").step.max().to_dict()),
        moved(tidy(of_arms(runs if trained is None else trained, first, second)), SKILL, least=least),
    ]
    if at is END:
        common += [
            plateau(two, (first, second)),
            measured_finely(two, at, (first, second), matters=matters**0.5 / 100),
            level_means(two, at, (first, second)),
        ]
    else:
        there = at_level(read, at, "step")
        common += [
            attrition({arm: there[arm].to_numpy() for arm in there}, least=0.9),
            half_the_grid(two, measure, matters=matters),
        ]
    if name != "05.C9.pace" and at is not END:
        found = parted(read, at, (first, second), one_start=name in FROM_ONE)
        common += [of_runs(found)] + [scatters(found)] * (name in ("05.C9.start", "05.C9.spread"))
    if name in ("05.C9.start", "05.C9.spread"):
        common.append(mirror())
    return [*common, both_sides(name, runs, measure, first, second, matters=matters)]


def both_sides(name, runs, measure, first, second, *, matters: float) -> Gate:
    """The gate `both ways`: runs that were made to part stand in the place of the second arm, then in the first's."""
    control = of_arms(runs, CONTROLS.get(name, CONTROL)).assign(method=CONTROL)
    some = pd.concat([of_arms(runs[runs.seed.isin(control.seed.unique())], first, second), control])
    shows, shows_not = (measure(some, arms=arms) for arms in ((first, CONTROL), (CONTROL, second)))
    return both_ways(shows, shows_not, matters=matters)
