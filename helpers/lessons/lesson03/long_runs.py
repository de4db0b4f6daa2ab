"""Make `goals.csv`, the long runs of lesson 03: five arms, six shares of mazes with coin and flag together, 64 seeds.

    python -m helpers.lessons.lesson03.long_runs   (ten to twenty minutes on two CPU cores; goes on where it was interrupted)

Every run is kept in `goals_parts/` as soon as it is done; at the end all are joined into `goals.csv` and `goals.json`
(where they came from).
"""

import json
import os
import platform
import subprocess
from datetime import date

import pandas as pd

from helpers.core.training import train
from helpers.lessons.lesson03 import experiment as goals
from helpers.lm.corpora import DATA

HERE = DATA / "runs"
PARTS = HERE / "goals_parts"
SEEDS = range(100, 164)
STEPS, EVERY = 300, 25
TOGETHER = [0.5, 0.75, 0.9, 0.95, 0.98, 1.0]


def one_run(arm: str, together: float) -> dict:
    """Train one arm on all seeds and write its history, a row for each seed and measurement."""
    env = goals.world(together)
    run = train(
        goals.beginner(env, SEEDS),
        steps=STEPS,
        probes=goals.probes(env),
        probe_every=EVERY,
        **goals.arms(env)[arm],
    )
    wide = run.history[run.history.metric.isin(goals.METRICS)].pivot(
        index=["step", "seed"], columns="metric", values="value"
    )
    frame = wide.reset_index().assign(method=arm, together=together)
    scratch = PARTS / "next.part"
    frame.to_csv(scratch, index=False)
    os.replace(scratch, PARTS / f"{name(arm, together)}.csv")
    return run.settings["seconds"]


def name(arm: str, together: float) -> str:
    """The file name of a run."""
    return f"{arm.replace(', ', '-').replace(' ', '-').lower()}_{together:g}"


def join(commit: str, seconds: dict) -> None:
    """Put all finished runs into one file, with their provenance beside it."""
    order = [(arm, together) for together in TOGETHER for arm in goals.ARMS]
    frame = pd.concat([pd.read_csv(PARTS / f"{name(*task)}.csv") for task in order], ignore_index=True)
    first = ["method", "together", "seed", "step"]
    frame[first + list(goals.METRICS)].round(3).to_csv(HERE / "goals.csv", index=False, lineterminator="\n")
    facts = {
        "command": "python -m helpers.lessons.lesson03.long_runs",
        "commit": commit,
        "date": date.today().isoformat(),
        "hardware": f"{os.cpu_count()} CPU cores, {platform.machine()}",
        "minutes": round(sum(seconds.values()) / 60),
        "runs": len(order),
        "seeds": [SEEDS.start, SEEDS.stop - 1],
        "together": TOGETHER,
        "steps": STEPS,
    }
    (HERE / "goals.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Run what is missing, then join."""
    PARTS.mkdir(exist_ok=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True
    ).stdout.strip()
    log = PARTS / "seconds.json"
    seconds = json.loads(log.read_text()) if log.exists() else {}
    for together in TOGETHER:
        for arm in goals.ARMS:
            if not (PARTS / f"{name(arm, together)}.csv").exists():
                seconds[name(arm, together)] = one_run(arm, together)
                log.write_text(json.dumps(seconds))
                print(f"{arm}, together {together:g}: {seconds[name(arm, together)]:.0f} s", flush=True)
    join(commit, seconds)


if __name__ == "__main__":
    main()
