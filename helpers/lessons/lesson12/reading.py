"""What lesson 12 reads out of its stored runs: tables of answers, of levels, of behaviour. Nothing here trains."""

import numpy as np
import pandas as pd
from IPython.display import display

from helpers.kit import Interval, final
from helpers.kit.parts import spans
from helpers.kit.tables import RUNS, provenance, stored
from helpers.lessons.lesson12 import experiment, levels
from helpers.lessons.lesson12.arms import BEST_OF, GRPO, LEASH, NEAR, NULL, TEACHER
from helpers.lessons.lesson12.measures import AFTER, DRIFT, ENTROPY, OWN, REWARD, SAME_WORDS

COLUMNS = ["method", "lr", "step", "seed", "metric", "value"]
HIGH, LOW = 1e-3, 3e-4
FINE = (TEACHER, GRPO, NEAR, NULL, BEST_OF, LEASH)


def prose(frame: pd.DataFrame) -> None:
    """Show a table of texts: left-aligned, numbers with two digits, gaps left empty."""
    page = frame.to_html(justify="left", na_rep="", float_format="{:.2f}".format)
    page = page.replace("<td>", '<td style="text-align: left">')
    display({"text/html": page, "text/plain": frame.to_string(na_rep="")}, raw=True)


def runs_up_to_the_level() -> pd.DataFrame:
    """All finished runs of `matched`, `more` and `rates`: one frame; a table that is not there yet has no rows."""
    there = [stored(name) for name in ("matched", "more", "rates") if (RUNS / f"{name}.csv").exists()]
    return (
        pd.concat(there, ignore_index=True)
        if there
        else pd.DataFrame(columns=COLUMNS).astype({"value": float})
    )


def coarse_runs() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The runs to their ends (three seeds, measured rarely), and what they said to held-out prompts at their ends."""
    return stored("drift"), stored("drift_texts")


def status(runs: pd.DataFrame) -> str:
    """How far the long runs are, in a sentence."""
    whole, planned = levels.whole_seeds(runs), experiment.PLANNED
    if not (RUNS / "matched.csv").exists():
        return "**The long runs that the rules judge are not finished for any seed yet: there is no word below.**"
    made = provenance("matched")
    some = f"seeds {spans(whole)}" if whole else "none"
    told = f"Of the seeds that the rules judge, {len(whole)} are whole, with all their arms ({some}); "
    told += f"what there is was made in {made['minutes']} minutes at commit {made['commit']}. "
    told += f"{planned} are needed for a word."
    if len(whole) >= planned:
        return told
    return f"{told} **So every verdict below is NOT VALID as yet.** `{made['command']}` goes on."


def values(name: str, runs: pd.DataFrame):
    """What a rule judges; one seed without a value where there is no seed at all."""
    found = experiment.MEASURES[name](runs)
    return pd.Series([np.nan], index=[200]) if isinstance(found, pd.Series) and found.empty else found


def told(several: pd.Series) -> str:
    """The values of the seeds as text: an interval, or the values where they are few, or that there is none."""
    there = several.dropna()
    if not len(there):
        return "no seed yet"
    return str(Interval.of(there)) if len(there) > 1 else f"{there.iloc[0]:.2f} (one seed)"


def at_the_level(runs: pd.DataFrame) -> pd.DataFrame:
    """Where each arm first reaches the level: steps, drift, how much it narrowed, and the reward by other answers."""
    rates = {**levels.RATES, LEASH: LOW, BEST_OF: HIGH}
    rows = {}
    matched = experiment.matched(runs)
    for arm in FINE:
        if arm == NULL or not (runs.method == arm).any():
            continue
        chosen = levels.at_level(runs[(runs.method == arm) & np.isclose(runs.lr, rates[arm])], DRIFT)
        narrowed = levels.narrowing(runs, arms=(arm,), rates=rates)
        same = levels.narrowing(runs, SAME_WORDS, arms=(arm,), rates=rates)
        rows[arm] = {
            "learning rate": f"{rates[arm]:g}",
            "steps to a reward of 0.5": told(chosen.step),
            "reward there, by other answers": told(matched[arm]) if arm in matched else "",
            "drift elsewhere, nats": told(chosen[DRIFT]),
            "entropy lost, own answers": told(narrowed),
            "entropy lost, unrelated texts": told(same),
        }
    return pd.DataFrame(rows).T if rows else pd.DataFrame({"": ["no run is finished yet"]})


def before_the_reward(runs: pd.DataFrame, least: float = 0.05) -> pd.DataFrame:
    """Drift elsewhere at the last measurement before the reward had risen by so much, and at the level."""
    rows = []
    for (method, seed), run in runs[runs.method.isin([GRPO, TEACHER, NEAR])].groupby(["method", "seed"]):
        table = run.pivot_table(index="step", columns="metric", values="value")
        if DRIFT not in table or len(run.lr.unique()) > 1:
            continue
        table = table[table[REWARD].notna()]  # at the other steps only the training batch is known
        risen = levels.smooth(table[REWARD].to_numpy()) >= table[REWARD].iloc[0] + least
        early = table[~np.maximum.accumulate(risen)][DRIFT].dropna()
        rows.append(
            (method, seed, early.iloc[-1] if len(early) else np.nan, early.index[-1] if len(early) else 0)
        )
    return pd.DataFrame(rows, columns=["arm", "seed", "drift before the reward rose", "step"])


def along_own_answers(runs: pd.DataFrame) -> pd.DataFrame:
    """Drift elsewhere at each run's end: along the course's plain answers, and along the start model's own."""
    ends = runs[runs.metric.isin([DRIFT, OWN]) & runs.method.isin(FINE)]
    last = ends[ends.step == ends.groupby(["method", "lr", "seed"]).step.transform("max")]
    if last.empty:
        return pd.DataFrame({"": ["no run is finished yet"]})
    table = (
        last.pivot_table(index=["method", "seed"], columns="metric", values="value").groupby("method").mean()
    )
    table.columns = [{DRIFT: "along the course's answers", OWN: "along its own"}[one] for one in table]
    return table.round(3)


def after_the_end(runs: pd.DataFrame) -> pd.DataFrame:
    """The reward of each run by answers that were drawn when it had ended: one row a seed, one column an arm."""
    rows = runs[runs.metric == AFTER]
    return rows.pivot_table(index="seed", columns="method", values="value")


def behaviour(long: pd.DataFrame) -> pd.DataFrame:
    """Change of each behaviour's margin from the first to the last measurement, at the lower rate: a seed each."""
    some = long[np.isclose(long.lr, LOW)]
    names = sorted(one for one in some.metric.unique() if one.endswith("(margin), nats"))
    rows = {}
    for name in names:
        mine = some[some.metric == name]
        change = final(mine, name, own_end=True) - final(mine[mine.step == 0], name)
        rows[name.removesuffix(" (margin), nats")] = {
            arm: "  ".join(f"{value:+.2f}" for value in change[arm].dropna()) for arm in change
        }
    return pd.DataFrame(rows).T


def ends(long: pd.DataFrame) -> pd.DataFrame:
    """Reward, entropy and drift at the end of the coarse runs, a row for each arm and rate: mean over three seeds."""
    keep = [REWARD, ENTROPY, DRIFT, "held-out text, nats a token"]
    mine = long[long.metric.isin(keep)]
    last = mine[mine.step == mine.groupby(["method", "lr", "seed"]).step.transform("max")]
    first = mine[mine.step == 0].groupby("metric").value.mean()
    table = last.pivot_table(index=["method", "lr"], columns="metric", values="value")[keep].round(2)
    start = pd.DataFrame([first[keep].round(2)], index=pd.MultiIndex.from_tuples([("before training", "")]))
    return pd.concat([start, table.reset_index().astype({"lr": str}).set_index(["method", "lr"])])


def answers(texts: pd.DataFrame, prompt: str, seed: int, rate: float) -> pd.DataFrame:
    """What each arm ended up saying to a prompt."""
    some = texts[(texts.prompt == prompt) & (texts.seed == seed) & np.isclose(texts.lr, rate)]
    return some.set_index("method")[["answer", "reward"]]


def takeover() -> pd.DataFrame | None:
    """Answers of one run of GRPO to four prompts, every five steps: None while it is not there."""
    return stored("takeover_texts") if (RUNS / "takeover_texts.csv").exists() else None
