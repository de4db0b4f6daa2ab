"""Make `drift.csv`, the long runs of lesson 12: three ways to one reward, several learning rates, three seeds.

    python -m helpers.lessons.lesson12.long_runs   (about an hour on two CPU cores; goes on where it was interrupted)

Every run is kept in `drift_parts/` as soon as it is done; at the end all are joined into `drift.csv`,
`drift_texts.csv` (sample texts), `drift.json` (where they came from) and `drift.png` (the picture in the README).
"""

import json
import os
import platform
import subprocess
from datetime import date

import pandas as pd

from helpers.core.training import train
from helpers.kit.plots import plot_frontier
from helpers.lessons.lesson12 import experiment as drift
from helpers.lm import weights
from helpers.lm.corpora import DATA
from helpers.lm.pretrained import PretrainedLM

HERE = DATA / "runs"
PARTS = HERE / "drift_parts"
SEEDS = [0, 1, 2]
ANSWERS = 12
PLAN = {  # (arm, learning rate): steps, a measurement every so many, pairs of each behaviour probe (they take long)
    ("GRPO", 3e-4): (45, 15, 14),  # 30 steps, tried first, brought one seed of three to a reward of 0.5
    ("SFT, own best", 3e-4): (30, 10, 14),
    ("SFT, teacher", 3e-4): (30, 10, 14),
    ("GRPO", 1e-3): (30, 10, 0),
    ("SFT, own best", 1e-3): (30, 10, 0),
    ("SFT, teacher", 1e-3): (30, 10, 0),
    ("SFT, teacher", 1e-4): (45, 15, 0),
}


def one_run(model, tokenizer, arm: str, lr: float, seed: int) -> str:
    """Train one arm and write its history and sample texts."""
    start = PretrainedLM(model, tokenizer, seed=seed)
    data, loss = drift.arms(start, answers=ANSWERS, which=[arm])[arm]
    steps, every, pairs = PLAN[arm, lr]
    probes = {key: known_start(probe, (key, seed)) for key, probe in drift.probes(start, pairs=pairs).items()}
    run = train(start, data, loss, steps=steps, lr=lr, probes=probes, probe_every=every)
    texts = drift.texts(run.policy)
    for frame, kind in ((run.history, "history"), (texts, "texts")):
        frame = frame.assign(method=arm, lr=lr, seed=seed)
        scratch = PARTS / f"{name(arm, lr, seed)}.{kind}.part"
        frame.to_csv(scratch, index=False)
        os.replace(scratch, PARTS / f"{name(arm, lr, seed)}.{kind}.csv")
    (PARTS / f"{name(arm, lr, seed)}.json").write_text(
        json.dumps({"seconds": run.settings["seconds"], "stopped": run.stopped})
    )
    reward = run.last("reward, held-out").mean()
    return f"{arm} lr={lr:g} seed={seed}: {run.settings['seconds'] / 60:.1f} min, reward {reward:.2f}"


def known_start(probe, key, seen={}):  # noqa: B006  (kept between calls on purpose)
    """The same probe, which measures the start model of a seed once: at step 0 all arms are that model."""
    calls = iter([True])

    def wrapped(policy):
        if next(calls, False):
            seen[key] = seen[key] if key in seen else probe(policy)
            return seen[key]
        return probe(policy)

    return wrapped


def name(arm: str, lr: float, seed: int) -> str:
    """The file name of a run."""
    return f"{arm.replace(', ', '-').replace(' ', '-').lower()}_{lr:g}_{seed}"


def join(commit: str) -> None:
    """Put all finished runs into one file each, with their provenance beside them."""
    for kind, target in (("history", "drift.csv"), ("texts", "drift_texts.csv")):
        frame = pd.concat(
            [pd.read_csv(path) for path in sorted(PARTS.glob(f"*.{kind}.csv"))], ignore_index=True
        )
        frame.round(5).to_csv(HERE / target, index=False, lineterminator="\n")
    seconds = [json.loads(path.read_text())["seconds"] for path in PARTS.glob("*.json")]
    facts = {
        "command": "python -m helpers.lessons.lesson12.long_runs",
        "commit": commit,
        "date": date.today().isoformat(),
        "hardware": f"{os.cpu_count()} CPU cores, {platform.machine()}",
        "minutes": round(sum(seconds) / 60),
        "runs": len(seconds),
        "seeds": SEEDS,
        "plan": [{"arm": arm, "lr": lr, "steps": steps} for (arm, lr), (steps, *_) in PLAN.items()],
        "answers_per_step": ANSWERS,
    }
    ax = plot_frontier(pd.read_csv(HERE / "drift.csv"), "drift elsewhere (KL), nats", smallest=0.005)
    ax.figure.savefig(HERE / "drift.png", dpi=150)
    (HERE / "drift.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Run what is missing, then join."""
    PARTS.mkdir(exist_ok=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True
    ).stdout.strip()
    model, tokenizer = weights.load()
    wanted = [(arm, lr, seed) for arm, lr in PLAN for seed in SEEDS]
    missing = [task for task in wanted if not (PARTS / f"{name(*task)}.json").exists()]
    for number, task in enumerate(missing, 1):
        print(f"{number}/{len(missing)} {one_run(model, tokenizer, *task)}", flush=True)
    join(commit)


if __name__ == "__main__":
    main()
