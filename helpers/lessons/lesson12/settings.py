"""How far the verdicts of lesson 12 carry: settings that were written down before the runs, of two kinds.

"reading": the same runs, read otherwise. "runs": other arms or other learning rates, which are other runs.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from helpers.kit import rule
from helpers.kit.judged import COLUMNS
from helpers.kit.multiverse import BASE
from helpers.lessons.lesson12 import experiment, levels
from helpers.lessons.lesson12.arms import BEST_OF, GRPO, LEASH, NEAR, TEACHER
from helpers.lessons.lesson12.measures import BACK, ONE_TEXT, SAME_WORDS, TASK, TEXT, TEXTS

READING, RUNS, NOT_RUN = "reading", "runs", "not run yet"
LOST, BY_TEXT = "held-out text lost, nats a token", "change of log p of a text (rms), nats a token"
FACTOR = 0.4  # log 1.5, as in 12.C9.tell


def at(**rates) -> dict:
    """Rates other than the lesson's: of `grpo`, `teacher`, `near`."""
    names = {"grpo": GRPO, "teacher": TEACHER, "near": NEAR}
    return {"rates": {**levels.RATES, LEASH: 3e-4, BEST_OF: 1e-3, **{names[k]: v for k, v in rates.items()}}}


READ = [
    ("level 0.4", {"level": 0.4}),
    ("level 0.6", {"level": 0.6}),
    ("no mean of neighbours", {"neighbours": 0}),
    ("half the measurements", {"every": 2}),
]
DRIFTS = [("KL the other way", {"metric": BACK}), ("drift on the task", {"metric": TASK})]
TEXTS_READ = [("held-out text", {"metric": LOST}), ("change of log p by text", {"metric": BY_TEXT})]
LOGS = [("in logs, what matters 0.4", {"in_logs": True})]
OTHER_GRPO = [("GRPO at 1e-3", at(grpo=1e-3))]
OTHER_TEACHER = [("teacher at 1e-4", at(teacher=1e-4)), ("teacher at 1e-3", at(teacher=1e-3))]


def instead(*pairs) -> list:
    """The same measure with other arms."""
    return [(name, {"arms": arms, **at()}) for name, arms in pairs]


SETTINGS = {  # rule -> readings, runs
    "12.C9.tell": (
        [*READ, *DRIFTS, ("in nats, what matters 0.1", {"in_nats": True})],
        [
            *instead(("near in the teacher's place", (GRPO, NEAR))),
            *OTHER_GRPO,
            *OTHER_TEACHER,
            *instead(("leash for GRPO", (LEASH, TEACHER)), ("best of 4 for GRPO", (BEST_OF, TEACHER))),
        ],
    ),
    "12.C18": (
        [*READ, *DRIFTS, *TEXTS_READ, *LOGS],
        [("near at 3e-4", at(near=3e-4)), *OTHER_TEACHER],
    ),
    "12.razor": (
        [*READ, *DRIFTS, *TEXTS_READ, *LOGS],
        [
            *instead(("near in the teacher's place", (NEAR, GRPO))),
            *OTHER_GRPO,
            *OTHER_TEACHER,
            *instead(("leash for GRPO", (TEACHER, LEASH)), ("best of 4 for GRPO", (TEACHER, BEST_OF))),
        ],
    ),
    "12.narrow": (
        [*READ, ("level 0.75", {"level": 0.75}), ("along the unrelated texts", {"metric": SAME_WORDS})],
        [*OTHER_GRPO, *instead(("leash for GRPO", (LEASH,)))],
    ),
}


def with_derived(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs, with what follows from their measurements: held-out text lost, and how far the texts' log p moved."""
    keys, names = (
        ["method", "lr", "seed", "step"],
        [ONE_TEXT.format(number) for number in range(1, TEXTS + 1)],
    )
    some = runs[runs.metric.isin([TEXT, *names])]
    if some.empty:
        return runs
    table = some.pivot(index=keys, columns="metric", values="value")
    start = table[table.index.get_level_values("step") == 0].groupby("seed").first()
    moved = table - start.reindex(table.index.get_level_values("seed")).to_numpy()
    by_text = np.sqrt((moved[[name for name in names if name in moved]] ** 2).mean(axis=1))
    rows = pd.concat(
        [-moved[TEXT].rename("value"), by_text.rename("value")], keys=[LOST, BY_TEXT], names=["metric"]
    )
    return pd.concat([runs, rows.reset_index()[[*keys, "metric", "value"]]], ignore_index=True)


def look(runs: pd.DataFrame, name: str) -> pd.DataFrame:
    """What a rule says in each of its settings, the lesson's own first: setting, kind, word, effect, seeds, why."""
    runs = with_derived(runs)
    readings, others = SETTINGS[name]
    settings = [(BASE, READING, {})]
    settings += [(setting, READING, how) for setting, how in readings]
    settings += [(setting, RUNS, how) for setting, how in others]
    return pd.DataFrame(
        [{"setting": one, "kind": kind, **judged(runs, name, how)} for one, kind, how in settings]
    )


def judged(runs: pd.DataFrame, name: str, how: dict) -> dict:
    """The word of one setting, with its effect and the reasons where there is none."""
    by, how = rule(name), dict(how)
    if how.pop("in_nats", False):
        by, values = replace(by, matters=0.1), levels.tell_in_nats(runs)
    elif how.pop("in_logs", False):
        found = np.log(levels.across(runs, levels.DRIFT, experiment.COMPARED[name]))
        by, values = replace(by, matters=FACTOR), found.iloc[:, 0] - found.iloc[:, 1]
    else:
        values = experiment.MEASURES[name](runs, **how)
    nothing = {"word": NOT_RUN, "effect": None, "seeds": 0, "why": ""}
    if isinstance(values, pd.Series) and not values.notna().any():
        return nothing
    said = by.judge(values, gates=experiment.gates_of(name, runs, **how))
    seeds = said.effect.seeds if said.effect else int(values.notna().sum())
    return {"word": said.word, "effect": said.effect, "seeds": seeds, "why": "; ".join(said.reasons)}


def shares(found: pd.DataFrame) -> str:
    """In how many settings the lesson's word holds, of either kind apart, and which turn it round."""
    word, parts = found.word.iloc[0], []
    if word == NOT_RUN:
        return "no setting has been run to its end yet"
    for kind, says in ((READING, "readings of the same runs"), (RUNS, "settings with other runs")):
        mine = found[found.kind == kind]
        missing = int((mine.word == NOT_RUN).sum())
        there = len(mine) - missing
        part = f"{(mine.word == word).sum()} of {there} {says}" if there else f"none of the {says}"
        parts.append(part + f" ({missing} not run yet)" * bool(missing))
    return f"{word} in " + " and in ".join(parts)


def frame(runs: pd.DataFrame) -> pd.DataFrame:
    """The settings of the rules that judge one value a seed, as `specification_curve` draws them; those that were run.

    A setting with another unit or another measure of what matters is not among them, nor is a ratio of spreads.
    """
    runs, parts = with_derived(runs), []
    for name, (readings, others) in SETTINGS.items():
        for setting, how in [(BASE, {}), *readings, *others]:
            if name == "12.C9.tell" or "in_logs" in how:
                continue
            values = experiment.MEASURES[name](runs, **how)
            if values.notna().any():
                reasons = rule(name).judge(values, gates=experiment.gates_of(name, runs, **how)).reasons
                rows = values.rename_axis("seed").rename("value").reset_index()
                told = {
                    "rule": name,
                    "setting": setting,
                    "valid": int(not reasons),
                    "why": "; ".join(reasons),
                }
                parts.append(rows.assign(**told))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["setting", *COLUMNS])
