"""How far the verdicts of lesson 12 carry: settings that were written down before the runs, of two kinds.

"reading": the same runs, read otherwise. "runs": other arms or other learning rates, which are other runs.
"""

import functools
from dataclasses import replace

import numpy as np
import pandas as pd

from helpers.kit import rule
from helpers.kit.judged import COLUMNS, Judged
from helpers.kit.multiverse import BASE, Settings, Share
from helpers.kit.read_settings import NOT_RUN
from helpers.kit.rules import NOT_VALID
from helpers.lessons.lesson12 import experiment, levels, reading
from helpers.lessons.lesson12.arms import BEST_OF, GRPO, LEASH, NEAR, TEACHER
from helpers.lessons.lesson12.measures import (
    AFTER,
    BACK,
    DRIFT,
    HALVES,
    ONE_TEXT,
    REWARD,
    SAME_WORDS,
    TASK,
    TEXT,
    TEXTS,
)

READING, RUNS = "reading", "runs"
LOST, BY_TEXT = "held-out text lost, nats a token", "change of log p of a text (rms), nats a token"
FACTOR = 0.4  # log 1.5, as in 12.C9.tell


def at(**rates) -> dict:
    """Rates other than the lesson's: of `grpo`, `teacher`, `near`."""
    names = {"grpo": GRPO, "teacher": TEACHER, "near": NEAR}
    return {"rates": {**levels.RATES, LEASH: 3e-4, BEST_OF: 1e-3, **{names[k]: v for k, v in rates.items()}}}


def in_logs(runs: pd.DataFrame, arms, **how) -> pd.Series:
    """The log of how many times as far one arm has drifted as the other at the level, for each seed."""
    found = np.log(levels.across(runs, DRIFT, arms, **how))
    return found[arms[0]] - found[arms[1]]


OTHER_UNIT = {  # what is measured, and what matters; its gates are looked at in the same unit
    "nats": {"measure": levels.tell_in_nats, "matters": 0.1},
    "logs": {"measure": in_logs, "matters": FACTOR},
}
READ = [
    ("level 0.4", {"level": 0.4}),
    ("level 0.6", {"level": 0.6}),
    ("no mean of neighbours", {"neighbours": 0}),
    ("half the measurements", {"every": 2}),
]
DRIFTS = [("KL the other way", {"metric": BACK}), ("drift on the task", {"metric": TASK})]
TEXTS_READ = [("held-out text", {"metric": LOST}), ("change of log p by text", {"metric": BY_TEXT})]
LOGS = [("in logs, what matters 0.4", {"unit": "logs"})]
OTHER_GRPO = [("GRPO at 1e-3", at(grpo=1e-3))]
OTHER_TEACHER = [("teacher at 1e-4", at(teacher=1e-4)), ("teacher at 1e-3", at(teacher=1e-3))]


def instead(*pairs) -> list:
    """The same measure with other arms."""
    return [(name, {"arms": arms, **at()}) for name, arms in pairs]


SETTINGS = {  # rule -> readings, runs
    "12.C9.tell": (
        [*READ, *DRIFTS, ("in nats, what matters 0.1", {"unit": "nats"})],
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
    """What a rule says in each of its settings, the lesson's own first: setting, kind, word, effect, seeds, why.

    The values that it judged stand there, too, as a Series in `values`; None for a setting that is not run yet, and
    where the value is not one of each seed in the rule's own unit (`own_unit` says whether it is that).
    """
    runs = with_derived(runs)
    readings, others = SETTINGS[name]
    settings = [(BASE, READING, {})]
    settings += [(setting, READING, how) for setting, how in readings]
    settings += [(setting, RUNS, how) for setting, how in others]
    return pd.DataFrame(
        [{"setting": one, "kind": kind, **judged(runs, name, how)} for one, kind, how in settings]
    )


def judged(runs: pd.DataFrame, name: str, how: dict) -> dict:
    """The word of one setting, with its effect, the reasons where there is none, and the values.

    A setting that has not been run on all seeds that are judged is not run yet.
    """
    by, how = rule(name), dict(how)
    read = {REWARD, *HALVES, AFTER, DRIFT, how.get("metric", experiment.READ.get(name, DRIFT))}
    runs = runs[runs.metric.isin(read)]
    other = OTHER_UNIT.get(how.pop("unit", ""), {})
    by = replace(by, matters=other.get("matters", by.matters))
    if other:
        other = other | {"measure": functools.partial(other["measure"], arms=experiment.COMPARED[name])}
    values = other.get("measure", experiment.MEASURES[name])(runs, **how)
    each, all_seeds = isinstance(values, pd.Series), levels.whole_seeds(runs)
    compared = {key: how[key] for key in ("arms", "rates") if key in how}
    had = len(levels.across(runs, DRIFT, **{"arms": experiment.COMPARED[name], **compared}))
    if not had or had < len(all_seeds):
        return {"word": NOT_RUN, "effect": None, "seeds": 0, "why": "", "own_unit": not other, "values": None}
    said = by.judge(values, gates=experiment.gates_of(name, runs, **other, **how))
    seeds = said.effect.seeds if said.effect else int(values.notna().sum())
    kept = values if each and not other else None
    why = "; ".join(said.reasons)
    found = {"word": said.word, "effect": said.effect, "seeds": seeds, "why": why}
    return {**found, "own_unit": not other, "values": kept}


def shares(found: pd.DataFrame) -> str:
    """In how many settings the lesson's word holds, of either kind apart, what the others say, and what is missing."""
    word, parts = found.word.iloc[0], []
    there, missing = found[found.word != NOT_RUN], list(found[found.word == NOT_RUN].setting)
    if word == NOT_RUN:
        return "no setting has been run to its end yet"
    for kind, says in ((READING, "readings of the same runs"), (RUNS, "settings with other arms or rates")):
        mine = there[there.kind == kind]
        parts.append(
            f"in {(mine.word == word).sum()} of {len(mine)} {says}" if len(mine) else f"in no {says}"
        )
    others = Share(word, dict(zip(there.setting, there.word, strict=True))).others
    if word == NOT_VALID:
        said = there[there.word != NOT_VALID].groupby("word", sort=False).setting.agg(", ".join)
        others = "; ".join(f"{one} with: {names}" for one, names in said.items())
    told = f"{word} {' and '.join(parts)}" + (f"; {others}" if others else "")
    return told + (f". Not run yet: {', '.join(missing)}" if missing else "")


def some_word(found: pd.DataFrame) -> bool:
    """Whether any setting has passed its gates, so that there is something to compare."""
    return not set(found.word) <= {NOT_RUN, NOT_VALID}


def table(found: pd.DataFrame, name: str) -> pd.DataFrame | None:
    """The settings of a rule as `specification_curve` draws them, those that were run; how many were not is in `attrs`.

    None while there is none. A setting in another unit is not among them, nor is a ratio of spreads.
    """
    parts = [
        one.values.rename_axis("seed")
        .rename("value")
        .reset_index()
        .assign(rule=name, setting=one.setting, valid=int(not one.why), why=one.why)
        for one in found[found["values"].notna()].itertuples(index=False)
    ]
    if not parts or found["values"].iloc[0] is None:
        return None
    joined = pd.concat(parts, ignore_index=True)[["setting", *COLUMNS]]
    joined.attrs["missing"] = int((found.word == NOT_RUN).sum())
    return joined


def for_the_ledger() -> dict[str, Settings]:
    """What each rule says in its settings, of the runs that are stored; those in another unit are not among them."""
    runs = reading.runs_up_to_the_level()
    return {name: of_look(look(runs, name)) for name in experiment.MEASURES}


def of_look(found: pd.DataFrame) -> Settings:
    """The settings of a rule in its own unit, as the ledger takes them. found: what `look` returns."""
    there = found[found.own_unit & (found.word != NOT_RUN)]
    said = {one.setting: Judged(one.word, one.effect, one.why) for one in there.itertuples()}
    return Settings(said, int((found.own_unit & (found.word == NOT_RUN)).sum()))
