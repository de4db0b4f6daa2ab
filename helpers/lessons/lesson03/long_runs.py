"""The long runs of lesson 03: five arms, six shares of mazes with coin and flag together; and fresh seeds.

python -m helpers.kit.long_runs 03           the table goals, which the lesson reads
python -m helpers.kit.long_runs 03 fresh     what its rules judge, on five fresh sets of 64 seeds
"""

import pandas as pd

from helpers.core import train
from helpers.kit.long_runs import Plan, values_of
from helpers.lessons.lesson03 import experiment as goals

STEPS = 300
EPISODES = 256  # a measurement; the goal index of a seed is then known to about 0.04, the mean of 64 to 0.005
TRIAL = range(16)  # what is still to be chosen is chosen on these
TOGETHER = (0.5, 0.75, 0.9, 0.95, 0.98, 1.0)
MEASURED = {  # after which steps: often where an arm crosses the level, so that nothing is read off a long line
    "SFT, coin teacher": [*range(40), *range(40, 100, 5), *range(100, STEPS + 1, 25)],
    "SFT, flag teacher": [*range(40), *range(40, STEPS + 1, 10)],
    "RL": list(range(0, STEPS + 1, 10)),
    "PPO": list(range(0, STEPS + 1, 5)),
    "null arm": list(range(0, STEPS + 1, 50)),
}


def one_run(
    method: str, together: float, seeds, *, steps: int, measured: list[int], episodes: int
) -> pd.DataFrame:
    """Train one arm on some seeds: a row for each measurement and seed, a column for each metric."""
    env = goals.world(together)
    run = train(
        goals.beginner(env, seeds),
        steps=steps,
        probes=goals.probes(env, episodes=episodes),
        probe_every=measured,
        **goals.arms(env)[method],
    )
    rows = run.history[run.history.metric.isin(goals.METRICS)]
    wide = rows.pivot(index=["step", "seed"], columns="metric", values="value").reset_index()
    return wide[["seed", "step", *goals.METRICS]]


def again(seeds, *, steps: int, measured: dict[str, list[int]], episodes: int) -> pd.DataFrame:
    """What the rules judge, on other seeds: the columns rule, seed, value."""
    arms, shares = ("SFT, coin teacher", "PPO"), (goals.TOLD, goals.BLIND)
    runs = [
        one_run(arm, share, seeds, steps=steps, measured=measured[arm], episodes=episodes).assign(
            method=arm, together=share
        )
        for share in shares
        for arm in arms
    ]
    return values_of(goals.MEASURES, pd.concat(runs, ignore_index=True))


PLANS = {
    "goals": Plan(
        table="goals",
        run=one_run,
        grid=[
            {"method": arm, "together": share, "measured": MEASURED[arm]}
            for share in TOGETHER
            for arm in goals.ARMS
        ],
        columns=("method", "together"),
        shared={"steps": STEPS, "episodes": EPISODES},
        seeds=range(100, 164),
        trial=TRIAL,
        zipped=True,
        about="coin or flag: five arms, six shares of mazes with both together, 64 seeds",
    ),
    "fresh": Plan(
        table="fresh_03",
        run=again,
        shared={
            "steps": STEPS,
            "episodes": EPISODES,
            "measured": {arm: MEASURED[arm] for arm in ("SFT, coin teacher", "PPO")},
        },
        seeds=[1000 * number + seed for number in range(1, 6) for seed in range(64)],
        trial=[*TRIAL, *range(100, 164)],
        at_once=64,
        about="what the rules of lesson 03 judge, on five fresh sets of seeds",
    ),
}
