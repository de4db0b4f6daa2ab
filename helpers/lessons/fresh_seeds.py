"""Make `fresh_seeds.csv`: every verdict of the course, judged again on five fresh sets of seeds; and `fresh_drift.csv`.

    python -m helpers.lessons.fresh_seeds         (two hours on two CPU cores; goes on where it was interrupted)

Lessons 00 and 01 run as they are, with other seeds. Lessons 03 and 12 judge long runs; these are made anew, as far as
their verdicts need them: in lesson 12 each run ends at the measurement at which it has reached the reward at which the
arms are compared, which changes no number up to there. A run that has not reached it by the end of lesson 12's plan
goes on for as long again: arms are compared at equal reward, not after equally many steps.

A set of lesson 12 has three seeds, which turned out to be too few: two of the five sets had another word for 12.C9 than
the others. So the lesson judges its own three and these fifteen together, from `fresh_drift.csv`.

Finished runs are kept in `fresh_parts/`. What stands in the tables already is not run again, only judged again; delete
them to begin anew.
"""

import functools
import multiprocessing
import os
import re
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
import pandas as pd
import torch
from nbclient import NotebookClient

from helpers.core.training import train
from helpers.kit.frames import cheapest
from helpers.kit.intervals import Interval
from helpers.kit.notebooks import solution_of, with_gaps
from helpers.kit.verdicts import LESSONS, Rule, ledger
from helpers.lessons.lesson03 import experiment as goals
from helpers.lessons.lesson03.long_runs import EVERY, STEPS
from helpers.lessons.lesson12 import experiment as drift
from helpers.lessons.lesson12.long_runs import PLAN, known_start, name
from helpers.lm import weights
from helpers.lm.corpora import DATA
from helpers.lm.pretrained import PretrainedLM

HERE = DATA / "runs"
PARTS, TABLE, MODEL_RUNS = HERE / "fresh_parts", HERE / "fresh_seeds.csv", HERE / "fresh_drift.csv"
SETS = {f"fresh {k}": (range(1000 * k, 1000 * k + 64), [10 * k, 10 * k + 1, 10 * k + 2]) for k in range(1, 6)}
SCORE, REWARD = 0.75, 0.5  # where lessons 03 and 12 compare
PATIENCE = 2  # times the steps of lesson 12's plan
DRIFT, ENTROPY = "drift elsewhere (KL), nats", "entropy, nats"  # what lesson 12 judges
SHARES = {"03.C8": 0.9, "03.C9": 1.0}  # of mazes with coin and flag together


def values_03(long: pd.DataFrame) -> dict[str, pd.Series]:
    """One value for each seed under each verdict of lesson 03, from runs such as those in goals.csv."""
    at = goals.at_score(long, SCORE)
    told, blind = at.loc[SHARES["03.C8"]], at.loc[SHARES["03.C9"]]
    spread = (blind - blind.mean()).abs()
    return {
        "03.C8": (told["SFT, coin teacher"] - told["PPO"]).dropna(),
        "03.C9": (spread["PPO"] - spread["SFT, coin teacher"]).dropna(),
    }


def values_12(long: pd.DataFrame) -> dict[str, pd.Series]:
    """One value for each seed under each verdict of lesson 12, from runs such as those in drift.csv."""
    moved = cheapest(long, REWARD, DRIFT)
    left = cheapest(long, REWARD, ENTROPY, most=True)
    return {
        "12.C9": moved["GRPO"] - moved["SFT, teacher"],
        "12.C7": left["SFT, teacher"] - left["GRPO"],
    }


def lesson(number: str, seeds: range) -> pd.DataFrame:
    """Run a lesson with other seeds, and return the verdicts that it then stores."""
    path = next(LESSONS.glob(f"{number}_*.ipynb"))
    notebook = with_gaps(nbformat.read(solution_of(path), as_version=4))
    found = 0
    for cell in notebook.cells:
        cell.source, count = re.subn(r"^SEEDS = .*$", f"SEEDS = {seeds}", cell.source, flags=re.M)
        found += count
    if found != 1:
        raise ValueError(f"{path.name} sets SEEDS {found} times, not once")
    NotebookClient(notebook, timeout=1200, resources={"metadata": {"path": str(LESSONS)}}).execute()
    scratch = PARTS / "executed.ipynb"
    nbformat.write(notebook, scratch)
    verdicts = ledger([scratch])
    scratch.unlink()
    return verdicts[["name", "mean", "low", "high", "seeds"]]


def maze_run(arm: str, together: float, seeds: range) -> pd.DataFrame:
    """One arm of lesson 03 in mazes with that share together."""
    env = goals.world(together)
    chosen = {"probes": goals.probes(env), "probe_every": EVERY, **goals.arms(env)[arm]}
    run = train(goals.beginner(env, seeds), steps=STEPS, **chosen)
    rows = run.history[run.history.metric.isin(goals.METRICS)]
    wide = rows.pivot(index=["step", "seed"], columns="metric", values="value").reset_index()
    return wide.assign(method=arm, together=together)


def mazes_of(seeds: range) -> pd.DataFrame:
    """All runs that the verdicts of lesson 03 need."""
    arms = ("SFT, coin teacher", "PPO")
    return pd.concat(maze_run(arm, share, seeds) for share in SHARES.values() for arm in arms)


def model_run(task: tuple[Path, str, float, int]) -> None:
    """Write one run of lesson 12: until its reward has been seen at the level at which the arms are compared."""
    path, arm, lr, seed = task
    start = PretrainedLM(*model(), seed=seed)
    data, loss = drift.arms(start, which=[arm])[arm]
    steps, every, _ = PLAN[arm, lr]
    probes = drift.probes(start, pairs=0)
    probes.pop("held-out text, nats a token")
    probes = {key: known_start(probe, (key, seed)) for key, probe in probes.items()}
    run = start
    for _ in range(0, PATIENCE * steps, every):
        run = train(run, data, loss, steps=every, lr=lr, probes=probes)
        if run.last("reward, held-out").item() >= REWARD:
            break
    write(run.history.assign(method=arm, lr=lr, seed=seed), path)
    print(f"{path.parent.name}, {path.stem}: reward {run.last('reward, held-out').item():.2f}", flush=True)


@functools.cache
def model():
    """SmolLM2, once for each process; two processes with a thread each get half as much again done as one with two."""
    torch.set_num_threads(1)
    return weights.load()


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a table whole or not at all."""
    scratch = path.with_suffix(".part")
    table.to_csv(scratch, index=False, lineterminator="\n")
    os.replace(scratch, path)


def effects(values: dict[str, pd.Series]) -> pd.DataFrame:
    """The interval of each verdict's values, a row each."""
    rows = [{"name": key, **vars(Interval.of(value))} for key, value in values.items()]
    return pd.DataFrame(rows)


def judged(found: pd.DataFrame, stored: pd.DataFrame) -> pd.DataFrame:
    """The same rows with the word that the rules of the lessons have for each."""
    words = []
    for row in found.itertuples():
        limits = {key: stored.loc[row.name, key] for key in ("supports_above", "against_below")}
        words.append(Rule(row.name, "", "", **limits).word(Interval(row.mean, row.low, row.high, row.seeds)))
    return found.assign(verdict=words)


def main() -> None:
    """Run what is missing, then judge."""
    PARTS.mkdir(exist_ok=True)
    columns = ["name", "set", "verdict", "mean", "low", "high", "seeds"]
    table = pd.read_csv(TABLE) if TABLE.exists() else pd.DataFrame(columns=columns)
    stored = ledger().set_index("name")

    def add(found, which):
        nonlocal table
        rows = judged(found.assign(set=which), stored)[columns]
        table = pd.concat([table, rows]) if len(table) else rows
        write(table.sort_values(["name", "set"]).round(4), TABLE)

    model_runs = pd.read_csv(MODEL_RUNS) if MODEL_RUNS.exists() else pd.DataFrame(columns=["seed"])
    table = judged(table[(table.set != "lesson") & ~table.name.str.startswith("12")], stored)
    add(stored.reset_index()[["name", "mean", "low", "high", "seeds"]], "lesson")
    missing = lambda which, number: not (table.name.str.startswith(number) & (table.set == which)).any()
    for which, (seeds, _) in SETS.items():
        for number in ("00", "01"):
            if missing(which, number):
                add(lesson(number, seeds), which)
        if missing(which, "03"):
            add(effects(values_03(mazes_of(seeds))), which)
    wanted = {
        which: [
            (PARTS / which.replace(" ", "_") / f"12_{name(arm, lr, seed)}.csv", arm, lr, seed)
            for seed in seeds
            for arm, lr in PLAN
            if arm != "SFT, own best"
        ]
        for which, (_, seeds) in SETS.items()
        if not set(seeds) <= set(model_runs.seed)
    }
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        running = {}
        for which, tasks in wanted.items():
            tasks[0][0].parent.mkdir(exist_ok=True)
            running[which] = [pool.submit(model_run, task) for task in tasks if not task[0].exists()]
        for which, tasks in wanted.items():
            for one in running[which]:
                one.result()
            new = pd.concat(pd.read_csv(path) for path, *_ in tasks)
            new = new[new.metric.isin(["reward, held-out", DRIFT, ENTROPY])].round(5)
            model_runs = pd.concat([model_runs, new]) if len(model_runs) else new
            write(model_runs.sort_values(["seed", "method", "lr", "step"], kind="stable"), MODEL_RUNS)
    for which, (_, seeds) in SETS.items():
        add(effects(values_12(model_runs[model_runs.seed.isin(seeds)])), which)
    print(table.pivot(index="name", columns="set", values="verdict").to_string())


if __name__ == "__main__":
    main()
