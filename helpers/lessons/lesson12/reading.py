"""What lesson 12 reads out of its stored runs: tables of answers, of levels, of behaviour. Nothing here trains."""

import numpy as np
import pandas as pd
from IPython.display import display

from helpers.kit import Interval, final
from helpers.kit.parts import spans
from helpers.kit.pictures import QUIET
from helpers.kit.tables import RUNS, provenance, stored
from helpers.lessons.lesson12 import experiment, levels
from helpers.lessons.lesson12.arms import BEST_OF, GRPO, LEASH, NEAR, NULL, TEACHER
from helpers.lessons.lesson12.long_runs import JUDGED
from helpers.lessons.lesson12.measures import AFTER, DRIFT, ENTROPY, OWN, REWARD, SAME_WORDS

COLUMNS = ["method", "lr", "step", "seed", "metric", "value"]
HIGH, LOW = 1e-3, 3e-4
FIXED = "26 November 2026, 00:15 UTC"  # as `long_runs` says
RATES = {**levels.RATES, LEASH: LOW, BEST_OF: HIGH}  # the learning rate of each arm, but in a few settings
FINE = (TEACHER, GRPO, NEAR, NULL, BEST_OF, LEASH)
NOWHERE, NO_VALUE = "no seed got there", "no value"
SHARE = "share of the drift at 0.5"


def prose(frame: pd.DataFrame) -> None:
    """Show a table of texts: left-aligned, each on one line, numbers with two digits, gaps left empty."""
    frame = frame.astype(object).where(frame.notna(), "")
    frame = frame.map(lambda cell: " ".join(cell.split()) if isinstance(cell, str) else cell)
    page = frame.to_html(justify="left", float_format="{:.2f}".format)
    page = page.replace("<td>", '<td style="text-align: left">')
    display({"text/html": f"{QUIET}\n{page}", "text/plain": frame.to_string()}, raw=True)


def runs_up_to_the_level() -> pd.DataFrame:
    """The runs of `matched`, `more` and `rates`: one frame; a table that is not there yet has no rows.

    Of `matched` the whole seeds, which are those that the rules judge; while none is whole, what there is.
    """
    there = [stored(name) for name in ("matched", "more", "rates") if (RUNS / f"{name}.csv").exists()]
    if not there:
        return pd.DataFrame(columns=COLUMNS).astype({"value": float})
    runs = pd.concat(there, ignore_index=True)
    whole = levels.whole_seeds(runs)
    return runs[runs.seed.isin(whole)] if whole else runs


def at_its_rate(runs: pd.DataFrame) -> pd.DataFrame:
    """Of these runs those of each arm at its learning rate: the others are for the settings of the rules."""
    return runs[np.isclose(runs.lr, runs.method.map(RATES))]


def coarse_runs() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The runs to their ends (three seeds, measured rarely), and what they said to held-out prompts at their ends."""
    return stored("drift"), stored("drift_texts")


def status(runs: pd.DataFrame) -> str:
    """How far the long runs are, in a sentence. runs: as `runs_up_to_the_level` returns them."""
    whole, planned = levels.whole_seeds(runs), experiment.PLANNED
    if not (RUNS / "matched.csv").exists():
        return "**The long runs that the rules judge are not finished for any seed yet: there is no word below.**"
    made, begun = provenance("matched"), sorted(set(stored("matched").seed) - set(whole))
    if not whole:
        told = "No seed that the rules judge has all its arms yet"
    else:
        are = "seed is" if len(whole) == 1 else "seeds are"
        told = f"{len(whole)} {are} whole, with all arms ({spans(whole)}), and only these are shown and judged below"
    told += f"; {len(begun)} more begun ({spans(begun)})" if begun and whole else ""
    told += f". {planned} are needed for a word, {len(JUDGED)} are planned. "
    told += f"What there is was made in {made['minutes']} minutes of one core, at commit {made['commit']}."
    more = f"`{made['command']}` goes on."
    if len(whole) >= planned:
        once = f"**Judged once, at a time that was fixed before ({FIXED}): what is finished later changes no word "
        once += f"before all {len(JUDGED)} are there.**"
        return f"{told} {more} {once}" if len(whole) < len(JUDGED) else told
    return f"{told} **So every verdict below is NOT VALID as yet.** {more}"


def values(name: str, runs: pd.DataFrame):
    """What a rule judges; one seed without a value where there is no seed at all."""
    found = experiment.MEASURES[name](runs)
    return pd.Series([np.nan], index=[200]) if isinstance(found, pd.Series) and found.empty else found


def told(several: pd.Series) -> str:
    """The values of the seeds as text: an interval, or the values where they are few, or that there is none."""
    there = several.dropna()
    if not len(there):
        return NOWHERE if len(several) else "no seed yet"
    short = f" ({len(there)} of {len(several)} seeds)" * (len(there) < len(several))
    return f"{Interval.of(there)}{short}" if len(there) > 1 else f"{there.iloc[0]:.2f} (one seed)"


def points(several: pd.Series) -> str:
    """The value of each seed as text."""
    return ", ".join(f"{value:+.2f}" for value in several.dropna())


def at_the_level(runs: pd.DataFrame) -> pd.DataFrame:
    """Where each arm first reaches the level: steps, drift, how much it narrowed, and the reward by other answers."""
    rows = {}
    for arm in FINE:
        if arm == NULL or not (runs.method == arm).any():
            continue
        chosen = levels.at_level(runs[runs.method == arm], DRIFT)
        matched = experiment.matched(runs, (arm,), rates=RATES)
        narrowed = levels.narrowing(runs, arms=(arm,), rates=RATES)
        same = levels.narrowing(runs, SAME_WORDS, arms=(arm,), rates=RATES)
        rows[arm] = {
            "learning rate": f"{RATES[arm]:g}",
            "seeds": len(set(chosen.seed)),
            "reward after its end": told(after_the_end(runs)[arm].dropna()),
            "steps to a reward of 0.5": told(chosen.step),
            "reward there, by other answers": told(matched[arm]) if chosen.step.notna().any() else NOWHERE,
            "drift elsewhere, nats": told(chosen[DRIFT]),
            "entropy lost, own answers (below 0: gained)": told(narrowed),
            "entropy lost, unrelated texts (below 0: gained)": told(same),
        }
    return pd.DataFrame(rows).T if rows else pd.DataFrame({"": ["no run is finished yet"]})


def where_first_read(runs: pd.DataFrame, arms=(GRPO, TEACHER, NEAR)) -> pd.DataFrame:
    """Where drift was first measured after the start, mean over an arm's runs: step, reward, drift, and its share.

    The share is that of the drift at the level, where the runs get there. In the fine runs drift is measured once a
    reward of `long_runs.FULLY_FROM` was seen, in the coarse ones at every measurement. One rate for each arm.
    """
    rows = []
    names = ["arm", "step", "reward there", "drift there, nats", SHARE]
    chosen = runs[runs.method.isin(arms)]
    if chosen.empty:
        return pd.DataFrame(columns=names[1:])
    there = levels.at_level(chosen, DRIFT).set_index(["method", "seed"])[DRIFT]
    for (method, seed), run in chosen.groupby(["method", "seed"], sort=False):
        table = run[run.step > 0].pivot(index="step", columns="metric", values="value")
        first = table[table[DRIFT].notna()].iloc[0]
        share = first[DRIFT] / there[method, seed]
        rows.append((method, first.name, first[REWARD], first[DRIFT], share))
    return pd.DataFrame(rows, columns=names).groupby("arm", sort=False).mean().round(2)


def along_own_answers(runs: pd.DataFrame) -> pd.DataFrame:
    """Drift elsewhere at each run's end: along the course's plain answers, and along the start model's own.

    With the reward after the end, at which the arms are not alike: only numbers of one row can be compared.
    """
    ends = runs[runs.metric.isin([DRIFT, OWN]) & runs.method.isin(FINE)]
    last = ends[ends.step == ends.groupby(["method", "lr", "seed"]).step.transform("max")]
    if last.empty:
        return pd.DataFrame({"": ["no run is finished yet"]})
    table = (
        last.pivot_table(index=["method", "seed"], columns="metric", values="value").groupby("method").mean()
    )
    table.columns = [{DRIFT: "along the course's answers", OWN: "along its own"}[one] for one in table]
    table["seeds"] = last.groupby("method").seed.nunique()
    table["reward after the end"] = after_the_end(runs).mean().reindex(table.index)
    return table.round(3)


def at_the_start(runs: pd.DataFrame) -> pd.Series:
    """Each metric before training, mean over seeds: all arms of a seed begin alike, and count once, however many."""
    return runs[runs.step == 0].groupby(["metric", "seed"]).value.first().groupby("metric").mean()


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
    first = at_the_start(mine)
    table = last.pivot_table(index=["method", "lr"], columns="metric", values="value")[keep].round(2)
    start = pd.DataFrame([first[keep].round(2)], index=pd.MultiIndex.from_tuples([("before training", "")]))
    return pd.concat([start, table.reset_index().astype({"lr": str}).set_index(["method", "lr"])])


def answers(texts: pd.DataFrame, prompt: str, seed: int, rate: float) -> pd.DataFrame:
    """What the model said to a prompt before training, and what each arm ended up saying."""
    some = texts[(texts.prompt == prompt) & (texts.seed == seed) & np.isclose(texts.lr, rate)]
    first = takeover()
    first = first[(first.prompt == prompt) & (first.step == 0)].assign(method="before training")
    return pd.concat([first, some]).set_index("method")[["answer", "reward"]]


def rates_apart(runs: pd.DataFrame, high: float = HIGH, low: float = 1e-4) -> pd.Series:
    """One teacher at two learning rates, fine runs: drift at the level at the higher less at the lower, each seed."""
    at = [
        levels.across(runs, DRIFT, (TEACHER,), rates={**RATES, TEACHER: rate})[TEACHER]
        for rate in (high, low)
    ]
    return at[0] - at[1]


def two_rates(coarse: pd.DataFrame) -> pd.Series:
    """One teacher at two learning rates, the coarse runs: drift at the level at 3e-4 less that at 1e-4, each seed.

    The same words by the same loss: the pair that should show nothing. Measured every 10 or 15 steps.
    """
    found = levels.at_level(coarse[coarse.method == TEACHER], DRIFT, neighbours=0)
    table = found.pivot(index="seed", columns="lr", values=DRIFT)
    rate = lambda lr: table.columns[np.isclose(table.columns, lr)][0]
    return table[rate(LOW)] - table[rate(1e-4)]


def takeover() -> pd.DataFrame:
    """Answers of one run of GRPO to four prompts, every five steps."""
    return stored("takeover_texts")
