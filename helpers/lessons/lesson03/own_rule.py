"""Two arms of lesson 03 on fresh seeds, for a rule of a learner's own: their gap, and every gate that 03.C8 needs."""

from collections.abc import Callable

import pandas as pd

from helpers.checked import one_of, share, whole
from helpers.kit.gates import Gate, attrition, both_ways, complete, grid, moved
from helpers.kit.measures import measures
from helpers.kit.rules import Rule, rule
from helpers.lessons.lesson03.arms import ARMS, INDEX, SKILL, TOLD
from helpers.lessons.lesson03.experiment import (
    AGAIN,
    BY_DATA,
    BY_REWARD,
    FLAG_PAID,
    IDLE,
    every_other,
    idle,
    on_the_climb,
    one_run,
    reaching,
    steady,
    tidy,
)
from helpers.lessons.lesson03.long_runs import CLIMBING, SFT, TO_LEVEL

MOST = 250  # batches of a run on the climb, where the long runs may make more
AT_ONCE = "after equally many batches nothing is read off a line between two measurements"


def versus(
    first: str, second: str, *, told: str, together: float, after, mine: Rule | None = None
) -> Callable:
    """Two arms on any seeds: `(seeds) -> values, gates`, the goal index of the first less that of the second.

    after: compare after so many batches; None: at equal success, on the climb.
    mine: the rule that will be judged; the gates ask for what matters to it. None: for what matters to 03.C8.
    The gates are those of 03.C8, each looked at on these seeds. Three more arms are run for them: PPO paid for the
    flag, pupils of the coin teacher once more with other batches, and the null arm.
    """
    first, second = (one_of(name, ARMS, "an arm") for name in (first, second))
    if first == second:
        raise ValueError(f"two arms are compared: got {first!r} twice")
    told, together = one_of(told, TOLD, "told"), share(together, "together")
    after = None if after is None else whole(after, "after", least=1)

    @measures("03.C8")
    def run(seeds):
        matters = (mine or rule("03.C8")).matters  # read here, so that what runs is known to have `mine`
        trained = {
            name: _trained(seeds, name, told, together, after)
            for name in dict.fromkeys([first, second, BY_DATA])
        }
        wrong = _trained(seeds, BY_REWARD, told, together, after, pays="flag")
        trained[FLAG_PAID] = wrong.assign(method=FLAG_PAID)
        trained[AGAIN] = _trained(seeds, BY_DATA, told, together, after, stream=2).assign(method=AGAIN)
        two, control = (
            pd.concat([trained[name] for name in names], ignore_index=True)
            for names in ((first, second), (BY_DATA, FLAG_PAID, AGAIN))
        )
        gap = lambda runs, half="": (lambda table: table[first] - table[second])(_index(runs, after, half))
        index = _index(control, after)
        luck = one_run(
            seeds, arm=IDLE, together=together, told=told, steps=after or 60, measured=[0, after or 60]
        )
        gates = [
            complete(tidy(two), two.groupby("method").step.max().to_dict()),
            moved(tidy(two), SKILL, least=0.3),
            attrition(_index(two, after), least=0.9),
            Gate("grid", True, AT_ONCE) if after else grid(gap(two), gap(every_other(two)), matters=matters),
            steady(gap(two, ", half 1"), gap(two, ", half 2"), matters=matters),
            reaching(1 - _index(two, after, metric="neither")),
            both_ways(index[BY_DATA] - index[FLAG_PAID], index[BY_DATA] - index[AGAIN], matters=matters),
            idle(luck, matters=matters),
        ]
        return gap(two), gates

    return run


def _trained(
    seeds, arm: str, told: str, together: float, after: int | None, *, stream: int = 0, pays: str = "coin"
) -> pd.DataFrame:
    """The runs of one arm, measured where they will be read."""
    kind = "SFT" if arm in SFT else "reward"
    steps = after or min(TO_LEVEL[arm], MOST)
    measured = [0, steps] if after else [*(step for step in CLIMBING[kind] if step < steps), steps]
    how = {"steps": steps, "measured": measured, "stream": stream, "pays": pays}
    runs = one_run(seeds, arm=arm, together=together, told=told, **how)
    return runs.assign(method=arm)


def _index(runs: pd.DataFrame, after: int | None, half: str = "", metric: str = INDEX) -> pd.DataFrame:
    """A metric where arms are compared, a row for each seed and a column for each arm."""
    if after is None:
        return on_the_climb(runs, half=half, metric=metric)
    return runs[runs.step == after].pivot(index="seed", columns="method", values=metric + half)
