"""The long runs of lesson 03. Each is a plan of the one runner:

python -m helpers.kit.long_runs 03              what the lesson reads and judges, on 32 seeds
python -m helpers.kit.long_runs 03 rates        on which the learning rates were chosen, by success alone
python -m helpers.kit.long_runs 03 fresh        what the rules judge, on five fresh sets of seeds and mazes
python -m helpers.kit.long_runs 03 multiverse   what they judge with one thing turned at a time
"""

import json
from collections.abc import Sequence
from functools import lru_cache

import pandas as pd

from helpers.core import train
from helpers.kit.frames import crossing
from helpers.kit.judged import values_of
from helpers.kit.long_runs import Plan
from helpers.kit.multiverse import fresh_plan, multiverse_plan
from helpers.lessons.lesson03 import experiment as goals
from helpers.lessons.lesson03.arms import LAYOUTS, SKILL, arms, beginner, world
from helpers.worlds.exact import Chances

STEPS = 200  # batches
TRIAL = range(16)  # what is still to be chosen is chosen on these
TOGETHER = (0.9, 0.98, 1.0)
SFT = ("SFT, coin teacher", "SFT, flag teacher")
CLIMBING = {  # after which batches an arm is measured: so often that nothing is read off a long line
    "SFT": [*range(31), 40, 50, 75, 100, 150, 200],
    "reward": [*range(0, 31, 2), *range(35, 61, 5), *range(70, 201, 10), *range(250, 401, 50)],
}
# Batches that suffice for the climb, in each half of the mazes: after 50, four of 32 SFT seeds were not yet at 0.8 in
# the harder half, and after 180 three of 16 PPO seeds; in other mazes two of 16 not after 250.
TO_LEVEL = {"SFT, coin teacher": 75, "SFT, flag teacher": 75, "PPO": 400, "RL": 300, goals.IDLE: 250}
TOLD_STEPS = {"SFT, coin teacher": 75, "PPO": 180}
OTHER = 0.3  # PPO's other rate, as a share of the one chosen: as fast on the trial seeds
RATES = [
    *(("SFT, coin teacher", lr) for lr in (1e-2, 3e-2, 1e-1)),
    *(("RL", lr) for lr in (3e-3, 1e-2, 3e-2)),
    *(("PPO", lr) for lr in (1e-3, 3e-3, 1e-2, 3e-2)),
]


def one_run(seeds, *, method: str, **setting) -> pd.DataFrame:
    """See `experiment.one_run`; `method` is the name under which the table keeps it."""
    return goals.one_run(seeds, **setting)


def rate(seeds, *, arm: str, lr: float, steps: int, every: int) -> pd.DataFrame:
    """How soon an arm is at the level with a learning rate. What it pursues is not looked at."""
    env = world(goals.SOME)
    both = Chances(world(1.0, held_out=True))
    probes = {SKILL: lambda policy: both(policy).coin.mean(1)}
    how = {**arms(env)[arm], "lr": lr, "steps": steps, "probes": probes, "probe_every": every}
    history = train(beginner(env, seeds), **how).history
    rows = history[history.metric == SKILL].sort_values("step")
    found = [
        {
            "seed": seed,
            "batches to the level": crossing(run.value.to_numpy(), run.step.to_numpy(dtype=float), 0.75),
            "success at the end": run.value.iloc[-1],
        }
        for seed, run in rows.groupby("seed")
    ]
    return pd.DataFrame(found)


def again(
    seeds,
    *,
    levels: Sequence[float] = goals.CLIMB,
    batches: int | None = None,
    reward_arm: str = "PPO",
    rules: Sequence[str] = ("03.C8", "03.C9"),
    told: str | None = None,
    together: float | None = None,
    **turns,
) -> pd.DataFrame:
    """What the rules judge, with what their gates say, on other seeds and with something turned.

    levels: at which arms are compared. batches: compare after so many instead. reward_arm: what stands in PPO's place.
    rules: which of the two. told, together: instead of the rule's own. turns: see `experiment.one_run` and `turned`.
    03.C8, whose seeds differ little, and the controls of the gates take the first 16 seeds.
    """
    parts, some = [], list(seeds)[:16]
    if "03.C8" in rules:
        where = {"told": told or "alike", "together": goals.SOME if together is None else together, **turns}
        runs = [kept(some, SFT[0], **where), kept(some, reward_arm, method="PPO", **where)]
        runs += [kept(some, reward_arm, method=goals.FLAG_PAID, pays="flag", **where)]
        runs += [kept(some, SFT[0], method=goals.AGAIN, stream=2, **where)]
        runs = pd.concat([*runs, kept(some, goals.IDLE, **where)], ignore_index=True)
        gap = lambda frame: (
            goals.goal_gap(frame, levels) if batches is None else goals.gap_after(frame, batches)
        )
        found = values_of({"03.C8": gap}, runs, {"03.C8": goals.goal_gates(runs, levels)})
        rest = pd.DataFrame({"seed": sorted(set(seeds) - set(some))}) if list(rules) == ["03.C8"] else None
        if rest is not None:  # a table has all seeds of its plan: those that were not run have no value
            rest = rest.assign(
                rule="03.C8", value=float("nan"), valid=found.valid.iloc[0], why=found.why.iloc[0]
            )
            found = pd.concat([found, rest[found.columns]], ignore_index=True)
        parts.append(found)
    if "03.C9" in rules:
        where = {
            "told": told or "light and bar",
            "together": goals.ALL if together is None else together,
            **turns,
        }
        runs = [kept(seeds, SFT[0], **where), kept(seeds, reward_arm, method="PPO", **where)]
        split = [
            kept(some[side::2], arm, method=method, **{**where, "told": faint})
            for side, faint in enumerate(("coin faint", "flag faint"))
            for arm, method in ((SFT[0], SFT[0]), (reward_arm, "PPO"))
        ]
        runs, split = pd.concat(runs, ignore_index=True), pd.concat(split, ignore_index=True)
        parted = goals.tie(some, where["told"], where["together"])
        gates = {"03.C9": goals.spread_gates(runs, split, parted, levels)}
        parts.append(values_of({"03.C9": lambda frame: goals.spread_gap(frame, levels)}, runs, gates))
    return pd.concat(parts, ignore_index=True)


def kept(seeds, arm: str, *, method: str | None = None, **setting) -> pd.DataFrame:
    """The runs of one arm to the top of the climb, named `method`; those made last are at hand without running."""
    return _kept(tuple(seeds), arm, json.dumps(setting, sort_keys=True)).assign(method=method or arm)


@lru_cache(maxsize=12)  # settings that differ only in how runs are read come one after the other
def _kept(seeds, arm, setting):
    setting = json.loads(setting)
    steps = TO_LEVEL[arm]
    if setting.get("pace", 1) < 1 or (arm == "PPO" and setting.get("ppo_pace", 1) < 1):
        steps = min(2 * steps, TO_LEVEL["PPO"])  # a slower arm needs longer
    measured = CLIMBING["SFT" if arm in SFT else "reward"]
    measured = [0, steps] if arm == goals.IDLE else [*(step for step in measured if step < steps), steps]
    return goals.one_run(seeds, arm=arm, steps=steps, measured=measured, **setting)


def fresh(seeds) -> pd.DataFrame:
    """What the rules judge on other seeds, each thousand of them in mazes of its own.

    Measured in four times as many new mazes as the lesson, so that each half of them is twice what the lesson has.
    """
    return again(seeds, layouts=seeds[0] // 1000, new_mazes=4 * LAYOUTS)


def row(
    arm: str,
    together: float,
    *,
    told: str = "alike",
    method: str | None = None,
    steps: int = STEPS,
    measured: Sequence[int] | None = None,
    **further,
) -> dict:
    """A setting of the table goals: an arm at a share of mazes together, told in one way."""
    measured = CLIMBING["SFT" if arm in SFT else "reward"] if measured is None else measured
    measured = [step for step in measured if step <= steps]
    named = {"method": method or arm, "together": together, "told": told, "arm": arm}
    return {**named, "steps": steps, "measured": measured, **further}


GRID = [
    *(row(arm, share) for share in TOGETHER for arm in (*SFT, "PPO")),
    row("RL", goals.SOME),
    row("null arm", goals.SOME, measured=[0, 50, 100, 150, 200]),
    row(SFT[0], goals.SOME, method=goals.AGAIN, stream=2, steps=50),
    row("PPO", goals.SOME, method=goals.OTHER_RATE, ppo_pace=OTHER),
    row("PPO", goals.SOME, method=goals.FLAG_PAID, pays="flag", steps=TO_LEVEL["PPO"]),
    *(
        row("PPO", goals.SOME, method=f"PPO after the {begin}", begin=begin)
        for begin in ("coin teacher", "flag teacher")
    ),
    *(
        row(arm, share, told=told, steps=TOLD_STEPS[arm])
        for share, several in (
            (goals.SOME, ("coin blurred",)),
            (goals.ALL, ("light and bar", "coin faint", "flag faint")),
        )
        for told in several
        for arm in (SFT[0], "PPO")
    ),
]
C8, C9 = {"rules": ["03.C8"]}, {"rules": ["03.C9"]}
SETTINGS = [  # learning rates are those of the lesson throughout, also where another would be faster
    {"setting": "as in the lesson"},
    {"setting": "at a success of 0.6 alone", "levels": [0.6]},
    {"setting": "at a success of 0.75 alone", "levels": [0.75]},
    {"setting": "after 50 batches each", "batches": 50, **C8},
    {"setting": "PPO's other rate", "ppo_pace": OTHER},
    {"setting": "all learning rates / 3", "pace": 1 / 3, **C8},
    {"setting": "PPO with one update", "updates": 1, **C8},
    {"setting": "entropy bonus of 0.03", "bonus": 0.03, **C8},
    {"setting": "two hidden layers", "hidden": [64, 64]},
    {"setting": "first weights x 4", "scale": 4.0, **C9},
    {"setting": "an SFT start without a side", "begin": "no side"},
    {"setting": "coin blurred: an easier proxy", "told": "coin blurred", **C8},
    {"setting": "75 % together", "together": 0.75, **C8},
    {"setting": "95 % together", "together": 0.95, **C8},
    {"setting": "90 % together, told alike", "together": 0.9, "told": "alike", **C9},
]
PLANS = {
    "goals": Plan(
        table="goals",
        run=one_run,
        grid=GRID,
        columns=("method", "together", "told"),
        seeds=range(100, 132),
        trial=TRIAL,
        digits=4,
        zipped=True,
        about="coin or flag: what is pursued, by arm, share of mazes together and how the two are told; 32 seeds",
    ),
    "rates": Plan(
        table="rates_03",
        run=rate,
        grid=[
            {"arm": arm, "lr": lr, "steps": 60 if arm in SFT else STEPS, "every": 2 if arm in SFT else 5}
            for arm, lr in RATES
        ],
        columns=("arm", "lr"),
        seeds=TRIAL,
        choosing=True,
        about="how soon each arm is at the level, by learning rate: 16 seeds to choose on",
    ),
    "fresh": fresh_plan(
        "03",
        fresh,
        seeds=[1000 * number + seed for number in range(11, 16) for seed in range(32)],
        trial=[*TRIAL, *range(100, 132)],
        at_once=32,
        about="what the rules of lesson 03 judge, on five fresh sets of seeds and mazes",
    ),
    "multiverse": multiverse_plan("03", again, SETTINGS, seeds=range(200, 232), trial=TRIAL),
}
