"""Make `fresh_seeds.csv`: every verdict of the course, judged again on five fresh sets of seeds.

    python data/runs/fresh_seeds.py            (two to three hours on two CPU cores; goes on where it was interrupted)

Lessons 00 and 01 run as they are, with other seeds. Lessons 03 and 12 judge long runs; these are made anew, as far as
their verdicts need them: in lesson 12 each run ends at the measurement at which it has reached the reward at which the
arms are compared, which changes no number up to there. Finished runs are kept in `fresh_parts/`.
"""

import os
import re
from pathlib import Path

import nbformat
import pandas as pd
from drift import PLAN, known_start, name
from goals import EVERY, STEPS
from nbclient import NotebookClient

from helpers import drift, goals, weights
from helpers.gaps import solution_of, with_gaps
from helpers.pretrained import PretrainedLM
from helpers.results import LESSONS, Rule, cheapest, ledger
from helpers.train import train

HERE = Path(__file__).resolve().parent
PARTS = HERE / "fresh_parts"
SETS = {f"fresh {k}": (range(1000 * k, 1000 * k + 64), [10 * k, 10 * k + 1, 10 * k + 2]) for k in range(1, 6)}
SCORE, REWARD = 0.75, 0.5  # where lessons 03 and 12 compare
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
    moved = cheapest(long, REWARD, "drift elsewhere (KL), nats")
    left = cheapest(long, REWARD, "entropy, nats", most=True)
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
    return verdicts[["name", "verdict", "mean", "low", "high", "seeds"]]


def maze_run(arm: str, together: float, seeds: range) -> pd.DataFrame:
    """One arm of lesson 03 in mazes with that share together."""
    env = goals.world(together)
    chosen = {"probes": goals.probes(env), "probe_every": EVERY, **goals.arm(arm, env)}
    run = train(goals.beginner(env, seeds), steps=STEPS, **chosen)
    rows = run.history[run.history.metric.isin(goals.METRICS)]
    wide = rows.pivot(index=["step", "seed"], columns="metric", values="value").reset_index()
    return wide.assign(method=arm, together=together)


def model_run(model, tokenizer, arm: str, lr: float, seed: int) -> pd.DataFrame:
    """One arm of lesson 12, until its reward has been seen at the level at which the arms are compared."""
    start = PretrainedLM(model, tokenizer, seed=seed)
    data, loss = drift.arm(arm, start, answers=12)
    steps, every, _ = PLAN[arm, lr]
    probes = drift.probes(start, pairs=0)
    probes.pop("held-out text, nats a token")
    probes = {key: known_start(probe, (key, seed)) for key, probe in probes.items()}
    run = start
    for _ in range(0, steps, every):
        run = train(run, data, loss, steps=every, lr=lr, probes=probes)
        if run.last("reward, held-out").item() >= REWARD:
            break
    return run.history.assign(method=arm, lr=lr, seed=seed)


def kept(path: Path, make) -> pd.DataFrame:
    """A table that is made once; a half-written one is never read."""
    if not path.exists():
        scratch = path.with_suffix(".part")
        make().to_csv(scratch, index=False)
        os.replace(scratch, path)
        print(f"{path.stem}: done", flush=True)
    return pd.read_csv(path)


def judged(values: dict[str, pd.Series], stored: pd.DataFrame) -> pd.DataFrame:
    """The verdicts on these values, by the rules of the lessons."""
    rows = []
    for name_of, value in values.items():
        rule = stored.loc[name_of]
        limits = {key: rule[key] for key in ("supports_above", "against_below")}
        verdict = Rule(name_of, rule.claim, rule.measure, **limits).judge(value)
        effect = verdict.effect
        rows.append((name_of, verdict.word, effect.mean, effect.low, effect.high, effect.seeds))
    return pd.DataFrame(rows, columns=["name", "verdict", "mean", "low", "high", "seeds"])


def main() -> None:
    """Run what is missing, then judge."""
    PARTS.mkdir(exist_ok=True)
    stored = ledger().set_index("name")
    found = [stored.reset_index()[["name", "verdict", "mean", "low", "high", "seeds"]].assign(set="lesson")]
    for which, (seeds, _) in SETS.items():
        folder = PARTS / which.replace(" ", "_")
        folder.mkdir(exist_ok=True)
        for number in ("00", "01"):
            make = lambda number=number, seeds=seeds: lesson(number, seeds)
            found.append(kept(folder / f"{number}.csv", make).assign(set=which))
        runs = [
            kept(
                folder / f"03_{'sft' if arm.startswith('SFT') else 'ppo'}_{share:g}.csv",
                lambda arm=arm, share=share, seeds=seeds: maze_run(arm, share, seeds),
            )
            for share in SHARES.values()
            for arm in ("SFT, coin teacher", "PPO")
        ]
        found.append(judged(values_03(pd.concat(runs)), stored).assign(set=which))
    model, tokenizer = weights.load()
    for which, (_, seeds) in SETS.items():
        folder = PARTS / which.replace(" ", "_")
        runs = [
            kept(
                folder / f"12_{name(arm, lr, seed)}.csv",
                lambda arm=arm, lr=lr, seed=seed: model_run(model, tokenizer, arm, lr, seed),
            )
            for seed in seeds
            for arm, lr in PLAN
            if arm != "SFT, own best"
        ]
        found.append(judged(values_12(pd.concat(runs)), stored).assign(set=which))
    table = pd.concat(found).sort_values(["name", "set"])[
        ["name", "set", "verdict", "mean", "low", "high", "seeds"]
    ]
    table.round(4).to_csv(HERE / "fresh_seeds.csv", index=False, lineterminator="\n")
    print(table.pivot(index="name", columns="set", values="verdict").to_string())


if __name__ == "__main__":
    main()
