"""Make `drift.csv`, the long runs of lesson 12: three ways to one reward, three learning rates, three seeds.

    python data/runs/drift.py            (about 90 minutes on two CPU cores; goes on where it was interrupted)

Every run is kept in `drift_parts/` as soon as it is done; at the end all are joined into `drift.csv`,
`drift_texts.csv` (sample texts) and `drift.json` (where they came from).
"""

import argparse
import json
import os
import platform
import subprocess
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import date
from multiprocessing import get_context
from pathlib import Path

HERE = Path(__file__).resolve().parent
PARTS = HERE / "drift_parts"
ARMS = ["GRPO", "SFT, own best", "SFT, teacher"]
RATES = [3e-4, 1e-4, 1e-3]
SEEDS = [0, 1, 2]
STEPS, ANSWERS, PROBE_EVERY = 40, 16, 8


def one_run(arm: str, lr: float, seed: int) -> str:
    """Train one arm and write its history and sample texts."""
    import torch

    torch.set_num_threads(1)  # two processes with a thread each get more done than one with two
    from helpers import drift, weights
    from helpers.pretrained import PretrainedLM
    from helpers.train import train

    start = PretrainedLM(*weights.load(), seed=seed)
    data, loss = drift.arm(arm, start, answers=ANSWERS)
    run = train(start, data, loss, steps=STEPS, lr=lr, probes=drift.probes(start), probe_every=PROBE_EVERY)
    texts = drift.texts(run.policy)
    for frame, kind in ((run.history, "history"), (texts, "texts")):
        frame = frame.assign(method=arm, lr=lr, seed=seed)
        scratch = PARTS / f"{name(arm, lr, seed)}.{kind}.part"
        frame.to_csv(scratch, index=False)
        os.replace(scratch, PARTS / f"{name(arm, lr, seed)}.{kind}.csv")
    (PARTS / f"{name(arm, lr, seed)}.json").write_text(json.dumps({"seconds": run.settings["seconds"], "stopped": run.stopped}))
    return f"{arm} lr={lr:g} seed={seed}: {run.settings['seconds'] / 60:.1f} min, reward {run.last('reward, held-out').mean():.2f}"


def name(arm: str, lr: float, seed: int) -> str:
    """The file name of a run."""
    return f"{arm.replace(', ', '-').replace(' ', '-').lower()}_{lr:g}_{seed}"


def join(commit: str) -> None:
    """Put all finished runs into one file each, with their provenance beside them."""
    import pandas as pd

    for kind, target in (("history", "drift.csv"), ("texts", "drift_texts.csv")):
        frame = pd.concat([pd.read_csv(path) for path in sorted(PARTS.glob(f"*.{kind}.csv"))], ignore_index=True)
        frame.round(5).to_csv(HERE / target, index=False, lineterminator="\n")
    seconds = [json.loads(path.read_text())["seconds"] for path in PARTS.glob("*.json")]
    facts = {
        "command": "python data/runs/drift.py",
        "commit": commit,
        "date": date.today().isoformat(),
        "hardware": f"{os.cpu_count()} CPU cores, {platform.machine()}, two processes with one thread each",
        "minutes": round(sum(seconds) / 60 / 2),
        "runs": len(seconds),
        "arms": ARMS,
        "learning_rates": RATES,
        "seeds": SEEDS,
        "steps": STEPS,
        "answers_per_step": ANSWERS,
    }
    (HERE / "drift.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Run what is missing, two processes at a time, then join."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=2)
    processes = parser.parse_args().processes
    PARTS.mkdir(exist_ok=True)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True).stdout.strip()
    wanted = [(arm, lr, seed) for lr in RATES for seed in SEEDS for arm in ARMS]
    missing = [task for task in wanted if not (PARTS / f"{name(*task)}.json").exists()]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for number, done in enumerate(as_completed([pool.submit(one_run, *task) for task in missing]), 1):
            print(f"{number}/{len(missing)} {done.result()}", flush=True)
    join(commit)


if __name__ == "__main__":
    main()
