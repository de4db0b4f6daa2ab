"""The long runs of lesson 05. Each is a plan of the one runner:

python -m helpers.kit.long_runs 05               runs from one start: what 05.C9.start and 05.C21 judge
python -m helpers.kit.long_runs 05 apart         runs that share nothing: 05.C9.spread, early and pace
python -m helpers.kit.long_runs 05 told          where one maze in ten tells coin from flag: 05.C9.told
python -m helpers.kit.long_runs 05 multiverse    what 05.C9.start judges with one thing turned at a time
python -m helpers.kit.long_runs 05 batches       how widely runs from one start lean, by the episodes in a batch
python -m helpers.kit.long_runs 05 crossed       first weights, order and moves, each with each
python -m helpers.kit.long_runs 05 rates         on which rates and batches were chosen, by success alone
"""

from collections.abc import Mapping

import pandas as pd

from helpers.core.training import train
from helpers.kit.frames import crossing
from helpers.kit.judged import values_of
from helpers.kit.long_runs import Plan
from helpers.kit.multiverse import multiverse_plan
from helpers.lessons.lesson05 import arms as of_lesson
from helpers.lessons.lesson05 import experiment
from helpers.lessons.lesson05.drawn import apart, crossed
from helpers.lessons.lesson05.experiment import CONTROL, PACED
from helpers.lessons.lesson05.gaps import DENSE, LATER, PPO, SFT
from helpers.lessons.lesson05.gates import level_means
from helpers.lessons.lesson05.leans import late
from helpers.lessons.lesson05.settings import SETTINGS

# What was to be chosen was chosen on 0 to 23, in mazes of their own (layouts 0). 200 to 247 and 400 to 527 were run
# under a first form of the rules, whose level of success many of them did not reach in these mazes.
TRIAL = [*range(24), *range(200, 248), *range(400, 528)]
WHEN = {  # after which batches an arm is measured
    "SFT": [*range(13), *range(14, 31, 2), *range(35, 61, 5), *range(70, 151, 10)],
    "reward": [*range(0, 25, 2), *range(28, 45, 4), *range(52, 221, 8)],
}
ONLY_LATE = {
    "SFT": [*range(0, 13, 3), *range(16, 41, 4), *range(46, 151, 8)],
    "reward": [0, 4, 10, *range(16, 221, 12)],
}
TO_THE_END = {"SFT": [*range(0, 301, 25)], "reward": [*range(0, 321, 20)]}
AGAIN = ("SFT, other luck", "PPO, other luck")
PARTS = 0.1  # the other rate of runs that are made to part in pace, as a share of SFT's


def one_run(seeds, *, method: str, **setting) -> pd.DataFrame:
    """See `experiment.one_run`; `method` is the name under which the table keeps it."""
    return experiment.one_run(seeds, **setting)


def when(arm: str, longer: float = 1, at: Mapping = WHEN) -> dict:
    """How long an arm is trained and when it is measured; longer: so many times as many batches."""
    measured = sorted({round(step * longer) for step in at["SFT" if arm.startswith("SFT") else "reward"]})
    return {"steps": max(1, measured[-1]), "measured": measured}


def row(method: str, arm: str, *, at: Mapping = WHEN, **further) -> dict:
    """A setting of a table: an arm, named `method`."""
    return {"method": method, "arm": arm, **when(arm, at=at), **further}


def two_paces(seeds, *, method: str, arm: str, **setting) -> pd.DataFrame:
    """Runs that part in pace: every other seed learns at another rate."""
    some = list(seeds)
    parts = [
        experiment.one_run(some[side::2], arm=arm, pace=pace, **setting)
        for side, pace in enumerate((1.0, PARTS))
    ]
    return pd.concat(parts, ignore_index=True).sort_values(["seed", "run", "step"])


def of_apart(seeds, *, method: str, paces: bool = False, **setting) -> pd.DataFrame:
    """A row of the plan `apart`."""
    return (two_paces if paces else one_run)(seeds, method=method, **setting)


def again(seeds, *, reward: Mapping | None = None, longer: float = 1, **turned) -> pd.DataFrame:
    """What 05.C9.start judges, with its gates, on other seeds and with something turned.

    reward: what is turned in PPO alone. longer: more batches, where it needs them; both may have it. turned: see
    `experiment.one_run`. Controls have the same turned, and are made on the first eight starts.
    """
    parts, name = [], "05.C9.start"
    for method, how, some in (
        (SFT, {"arm": "SFT"}, seeds),
        (PPO, {"arm": "PPO", **(reward or {})}, seeds),
        (CONTROL, {"arm": "SFT", "told": "either faint"}, seeds[:8]),
    ):
        how = {"runs": 4, **turned, **how}
        how |= when(how["arm"], how.pop("longer", longer), ONLY_LATE)
        parts.append(experiment.one_run(some, **how).assign(method=method))
    frame = pd.concat(parts, ignore_index=True)
    gates = experiment.gates(name, frame)
    if turned.get("together", 1.0) < 1:  # no symmetry makes the means equal
        gates.append(level_means(frame, late(frame, (SFT, PPO)), (SFT, PPO)))
    return values_of({name: experiment.MEASURES[name]}, frame, {name: gates})


def crossed_run(seeds, *, method: str, size: tuple[int, int, int], first: int, **setting) -> pd.DataFrame:
    """Runs of a crossed plan: seed is the number of the first weights, run the place among them."""
    weights, orders, moves = size
    lucks = [one for one in crossed(weights, orders, moves, first=first) if one.weights in set(seeds)]
    frame = experiment.one_run(range(len(lucks)), lucks=lucks, **setting)
    each = orders * moves
    return frame.assign(run=frame.seed % each, seed=[lucks[one].weights for one in frame.seed])


def rate(seeds, *, arm: str, lr: float, episodes: int, steps: int, every: int) -> pd.DataFrame:
    """After how many episodes an arm is at a success of 0.65. What it pursues is not looked at."""
    env, lucks = of_lesson.world(1.0), apart(seeds)
    both = of_lesson.success()
    how = of_lesson.arm(arm, env, lucks, episodes=episodes) | {"lr": lr}
    start = of_lesson.begin("nothing", env, lucks, of_lesson.net(env))
    history = train(start, steps=steps, probes={"success": both}, probe_every=every, **how).history
    rows = history[history.metric == "success"].sort_values("step")
    found = [
        {
            "seed": seeds[seed],
            "episodes to 0.65": crossing(run.value.to_numpy(), run.step.to_numpy(float) * episodes, 0.65),
            "success at the end": run.value.iloc[-1],
        }
        for seed, run in rows.groupby("seed")
    ]
    return pd.DataFrame(found)


TRIED = [  # arm, rate, episodes in a batch, batches, measured every so many
    *(("SFT", lr, n, steps, 1) for lr in (1e-2, 3e-2, 1e-1) for n, steps in ((8, 40), (32, 30), (128, 25))),
    *(
        ("PPO", lr, n, steps, every)
        for lr in (1e-3, 3e-3, 1e-2, 3e-2)
        for n, steps, every in ((8, 240, 6), (32, 90, 2))
    ),
]
FAINT = {"told": "either faint"}
SHARED = {"runs": 4}
PLANS = {
    "starts": Plan(
        table="starts_05",
        run=one_run,
        grid=[
            row(SFT, "SFT"),
            row(PPO, "PPO"),
            row(CONTROL, "SFT", at=ONLY_LATE, **FAINT),
            row(LATER, "PPO", at=ONLY_LATE, pays="same total at the end"),
            row(DENSE, "PPO", at=ONLY_LATE, pays="each step"),
            row(AGAIN[0], "SFT", at=ONLY_LATE, luck=50_000),
            row(AGAIN[1], "PPO", at=ONLY_LATE, luck=50_000),
        ],
        shared=SHARED,
        columns=("method",),
        seeds=range(1200, 1248),
        trial=TRIAL,
        at_once=24,
        digits=4,
        zipped=True,
        about="48 first weights, four runs from each: success and lean of SFT and PPO, also paid otherwise",
    ),
    "apart": Plan(
        table="apart_05",
        run=of_apart,
        grid=[
            row(SFT, "SFT"),
            row(PPO, "PPO"),
            row(CONTROL, "SFT", **FAINT),
            row(PACED, "SFT", paces=True),
        ],
        columns=("method",),
        seeds=range(1400, 1528),
        trial=TRIAL,
        at_once=64,
        digits=4,
        zipped=True,
        about="128 runs that share nothing: success and lean of SFT and PPO",
    ),
    "told": Plan(
        table="told_05",
        run=one_run,
        grid=[
            row(SFT, "SFT", at=TO_THE_END),
            row(PPO, "PPO", at=TO_THE_END),
            row(CONTROL, "SFT", at=TO_THE_END, **FAINT),
        ],
        shared={"together": 0.9},
        columns=("method",),
        seeds=range(600, 664),
        trial=TRIAL,
        at_once=64,
        digits=4,
        zipped=True,
        about="the same where coin and flag lie apart in one maze of ten, 64 runs that share nothing",
    ),
    "multiverse": multiverse_plan("05", again, SETTINGS, seeds=range(1300, 1316), trial=TRIAL),
    "batches": Plan(
        table="batches_05",
        run=one_run,
        grid=[
            row(arm, arm, at=ONLY_LATE, episodes=episodes)
            for episodes in (8, 32, 128, 512)
            for arm in (SFT, PPO)
        ],
        shared=SHARED,
        columns=("method", "episodes"),
        seeds=range(700, 708),
        trial=TRIAL,
        digits=4,
        zipped=True,
        about="how widely runs from one start lean, by the episodes in a batch: 8 starts, four runs from each",
    ),
    "crossed": Plan(
        table="crossed_05",
        run=crossed_run,
        grid=[row(arm, arm, at=ONLY_LATE) for arm in (SFT, PPO)],
        shared={"size": [16, 4, 2], "first": 800},
        columns=("method",),
        seeds=range(800, 816),
        trial=TRIAL,
        at_once=8,
        digits=4,
        zipped=True,
        about="16 first weights x 4 orders x 2 draws of moves, each with each, SFT and PPO",
    ),
    "rates": Plan(
        table="rates_05",
        run=rate,
        grid=[dict(zip(("arm", "lr", "episodes", "steps", "every"), one, strict=True)) for one in TRIED],
        columns=("arm", "lr", "episodes"),
        seeds=range(12),
        choosing=True,
        about="after how many episodes an arm is at a success of 0.65, by rate and batch: 12 runs to choose on",
    ),
}
