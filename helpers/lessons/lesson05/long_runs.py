"""The long runs of lesson 05. Each is a plan of the one runner:

python -m helpers.kit.long_runs 05               runs from one start, from the first batch to the last
python -m helpers.kit.long_runs 05 closely       runs from one start, measured after each batch: 05.C9.start
python -m helpers.kit.long_runs 05 told          where one maze in ten tells coin from flag: 05.C9.told; or 1 in 200
python -m helpers.kit.long_runs 05 paces         success after each batch: 05.C9.pace
python -m helpers.kit.long_runs 05 paid          PPO paid step by step or at the end: 05.C21
python -m helpers.kit.long_runs 05 multiverse    what 05.C9.start judges with one thing turned at a time
python -m helpers.kit.long_runs 05 apart         runs that share nothing: 05.C9.spread, and early
python -m helpers.kit.long_runs 05 batches       how widely runs from one start lean, by the episodes in a batch
python -m helpers.kit.long_runs 05 crossed       first weights, order and moves, each with each
python -m helpers.kit.long_runs 05 rates         on which rates and batches were chosen, by success alone
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from helpers.core.training import train
from helpers.kit.frames import crossing
from helpers.kit.long_runs import Plan
from helpers.kit.multiverse import multiverse_plan
from helpers.lessons.lesson05 import arms as of_lesson
from helpers.lessons.lesson05 import experiment
from helpers.lessons.lesson05.closely import closely, success_alone
from helpers.lessons.lesson05.drawn import apart, crossed
from helpers.lessons.lesson05.experiment import CONTROL, FAINT, PACED, SPOKEN
from helpers.lessons.lesson05.gaps import DENSE, LATER, PPO, SFT
from helpers.lessons.lesson05.schedules import (
    BATCHES,
    ONLY_LATE,
    SELDOM,
    TO_THE_END,
    WHEN,
    coarsely,
    every_batch,
    when,
)
from helpers.lessons.lesson05.settings import SETTINGS, again

# What was to be chosen was chosen on 0 to 23, in mazes of their own (layouts 0). 200 to 247 and 400 to 527 were run
# under a first form of the rules, whose level of success many of them did not reach in these mazes.
TRIAL = [*range(24), *range(200, 248), *range(400, 528)]
AGAIN = ("SFT, other luck", "PPO, other luck")
TWO_PACES = ({"pace": 1.0}, {"pace": 0.1})  # of runs that are made to part in pace


def one_run(seeds, *, method: str, **setting) -> pd.DataFrame:
    """See `experiment.one_run`; `method` is the name under which the table keeps it."""
    return experiment.one_run(seeds, **setting)


def read_closely(seeds, *, method: str, **setting) -> pd.DataFrame:
    """The same, success measured after each batch and the lean where it is read."""
    return experiment.one_run(seeds, look=closely, **setting)


def row(method: str, arm: str, *, at: Mapping = WHEN, **further) -> dict:
    """A setting of a table: an arm, named `method`."""
    return {"method": method, "arm": arm, **when(arm, at=at), **further}


def by_turns(seeds, *turns: Mapping, **setting) -> pd.DataFrame:
    """Runs of one arm that are made to part: every other seed has something else turned."""
    some = list(seeds)
    parts = [
        experiment.one_run(some[side :: len(turns)], **{**setting, **turned})
        for side, turned in enumerate(turns)
    ]
    return pd.concat(parts, ignore_index=True).sort_values(["seed", "run", "step"])


def of_apart(seeds, *, method: str, paces: bool = False, **setting) -> pd.DataFrame:
    """A row of the plan `apart`; paces: every other seed learns at another rate."""
    return by_turns(seeds, *TWO_PACES, **setting) if paces else experiment.one_run(seeds, **setting)


def of_paces(seeds, *, paces: bool = False, **setting) -> pd.DataFrame:
    """A row of the plan `paces`: success alone."""
    return of_apart(seeds, paces=paces, look=success_alone, **setting)


def of_told(seeds, *, method: str, by_turns_told: Sequence[float] = (), **setting) -> pd.DataFrame:
    """A row of the plan `told`; by_turns_told: in which share of the mazes coin and flag lie together, seed by seed."""
    turns = [{"together": share} for share in by_turns_told] or [{}]
    return by_turns(seeds, *turns, **setting)


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


def after_each(method: str, arm: str, batches: int, **further) -> dict:
    """A setting of a table: an arm, named `method`, that is measured after each batch."""
    return {"method": method, "arm": arm, **every_batch(batches), **further}


COMMON = {"columns": ("method",), "trial": TRIAL, "digits": 4, "zipped": True}
FOUR = {"shared": {"runs": 4}}  # from each start
TOLD = {"together": 0.9}
PARTED = {"method": CONTROL, "arm": "SFT", **coarsely(), **FAINT}
STARTS, OF_PPO = range(1200, 1248), BATCHES["reward"]
TABLES = {  # name -> what its plan has beside what most of them have in common
    "starts": {
        "run": one_run,
        **FOUR,
        "grid": [
            row(SFT, "SFT"),
            row(PPO, "PPO"),
            row(CONTROL, "SFT", at=ONLY_LATE, **FAINT),
            row(LATER, "PPO", at=ONLY_LATE, pays="same total at the end"),
            row(DENSE, "PPO", at=ONLY_LATE, pays="each step"),
            row(AGAIN[0], "SFT", at=ONLY_LATE, luck=50_000),
            row(AGAIN[1], "PPO", at=ONLY_LATE, luck=50_000),
        ],
        "seeds": STARTS,
        "at_once": 24,
        "about": "48 first weights, four runs from each: success and lean of SFT and PPO, also paid otherwise",
    },
    "closely": {
        "run": read_closely,
        **FOUR,
        "grid": [after_each(SFT, SFT, BATCHES["SFT"]), after_each(PPO, PPO, OF_PPO), PARTED],
        "seeds": range(1600, 1664),
        "at_once": 32,
        "about": "64 first weights, four runs from each: success after each batch, the lean where it is read",
    },
    "apart": {
        "run": of_apart,
        "grid": [
            row(SFT, "SFT"),
            row(PPO, "PPO"),
            row(CONTROL, "SFT", **FAINT),
            row(PACED, "SFT", paces=True),
        ],
        "seeds": range(1400, 1528),
        "at_once": 64,
        "about": "128 runs that share nothing: success and lean of SFT and PPO",
    },
    "told": {
        "run": of_told,
        "grid": [
            row(SFT, "SFT", at=TO_THE_END, **TOLD),
            row(PPO, "PPO", at=TO_THE_END, **TOLD),
            row(SPOKEN, "SFT", at=TO_THE_END, by_turns_told=[0.9, 1.0]),
            *(row(f"{arm}, {SELDOM}", arm, at=TO_THE_END, together=0.995) for arm in (SFT, PPO)),
        ],
        "seeds": range(1700, 1796),
        "at_once": 96,
        "about": "where coin and flag lie apart in one maze of ten, or of two hundred: 96 runs that share nothing",
    },
    "paces": {
        "run": of_paces,
        "grid": [
            after_each(SFT, SFT, 60),
            after_each(PPO, PPO, OF_PPO),
            row(PACED, "SFT", at={"SFT": [*range(0, 151, 3)]}, paces=True),
        ],
        "seeds": range(1800, 1928),
        "at_once": 64,
        "about": "128 runs that share nothing: success of SFT and PPO after each batch",
    },
    "paid": {
        "run": read_closely,
        **FOUR,
        "grid": [
            after_each(LATER, PPO, OF_PPO, pays="same total at the end"),
            after_each(DENSE, PPO, 140, pays="each step"),
            PARTED,
        ],
        "trial": [*TRIAL, *STARTS],  # whose table 05.C21 was judged on, in the form before
        "seeds": range(2000, 2064),
        "at_once": 32,
        "about": "64 first weights, four runs from each: PPO paid at each step, and the same total at the end",
    },
    "batches": {
        "run": one_run,
        **FOUR,
        "grid": [
            row(arm, arm, at=ONLY_LATE, episodes=episodes)
            for episodes in (8, 32, 128, 512)
            for arm in (SFT, PPO)
        ],
        "columns": ("method", "episodes"),
        "seeds": range(700, 708),
        "about": "how widely runs from one start lean, by the episodes in a batch: 8 starts, four runs from each",
    },
    "crossed": {
        "run": crossed_run,
        "grid": [row(arm, arm, at=ONLY_LATE) for arm in (SFT, PPO)],
        "shared": {"size": [16, 4, 2], "first": 800},
        "seeds": range(800, 816),
        "at_once": 8,
        "about": "16 first weights x 4 orders x 2 draws of moves, each with each, SFT and PPO",
    },
}
PLANS = {name: Plan(table=f"{name}_05", **(COMMON | how)) for name, how in TABLES.items()} | {
    "multiverse": multiverse_plan("05", again, SETTINGS, seeds=range(2100, 2124), trial=TRIAL),
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
