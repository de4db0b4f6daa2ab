"""The long runs of lesson 00: fresh seeds, other settings, and what comes later.

python -m helpers.kit.long_runs 00 fresh        00.C8 with its gates on five fresh sets of 64 seeds: 5 minutes on a core
python -m helpers.kit.long_runs 00 multiverse   the same in eighteen settings: half an hour
python -m helpers.kit.long_runs 00 later        thirteen arms for 400 batches: 6 minutes
python -m helpers.kit.long_runs 00 machines     the same seeds on other threads and instructions: 3 minutes
python -m helpers.kit.long_runs 00 versions     the same under two versions of PyTorch, each where it is installed
"""

from helpers.kit.long_runs import Plan
from helpers.kit.multiverse import fresh_plan, multiverse_plan
from helpers.lessons.lesson00 import machines, turn

TRIAL = range(64)  # seeds on which settings were looked at before the rule was written
SETTINGS = [
    {"setting": "as in the lesson"},
    {"setting": "both rates / 3", "lr": 1e-3},
    {"setting": "RL's rate x 3", "rl_lr": 9e-3},
    {"setting": "RL with 4 updates (PPO)", "rl_updates": 4},
    {"setting": "both with 4 updates", "rl_updates": 4, "sft_updates": 4},
    {"setting": "entropy bonus 0.03", "bonus": 0.03},
    {"setting": "entropy bonus 0.1", "bonus": 0.1},
    {"setting": "25 batches", "steps": 25},
    {"setting": "300 batches", "steps": 300},
    {"setting": "1,000 batches", "steps": 1000},
    {"setting": "hint of 1 in 20", "hint": 0.05},
    {"setting": "hint of 1 in 5", "hint": 0.2},
    {"setting": "net of one layer of 16", "hidden": [16]},
    {"setting": "gradients clipped to 1", "clip_norm": 1.0},
    {"setting": "start trained without a hint", "before": 20},
    {"setting": "corridor of 15 cells", "width": 15},
    {"setting": "equal information", "equal_information": True},
    {"setting": "RL weighs whole episodes", "whole_episode": True},
]

PLANS = {
    "fresh": fresh_plan(
        "00",
        turn.again,
        trial=[*TRIAL, *range(100, 164)],  # those of the lesson
        about="what the rule of lesson 00 judges, on five fresh sets of seeds",
    ),
    "multiverse": multiverse_plan("00", turn.again, SETTINGS, seeds=range(100, 164), trial=TRIAL),
    "later": Plan(
        table="later_00",
        run=turn.later,
        grid=[{"method": name} for name in turn.arms(turn.experiment.corridor())],
        shared={"measured": [*range(0, 100, 5), *range(100, 401, 20)]},
        seeds=range(100, 164),
        trial=TRIAL,
        zipped=True,
        about="who acts and how the moves are weighted: thirteen arms up to batch 400",
    ),
    "machines": Plan(
        table="machines_00",
        run=machines.again,
        grid=[{"way": way} for way in machines.WAYS],
        seeds=range(100, 108),
        choosing=True,
        digits=12,
        about="the same seeds on other numbers of threads, and with instructions of older processors",
    ),
    "versions": Plan(
        table="versions_00",
        run=machines.under,
        grid=[{"version": version} for version in ("2.13.0", "2.14.1")],
        seeds=range(100, 108),
        choosing=True,
        digits=12,
        about="the same seeds under two versions of PyTorch; each part is run where that version is installed",
    ),
}
