"""Values that a rule judges, kept as a table with what its gates said: the columns rule, seed, value, valid, why.

Long runs make such tables, of fresh seeds and of the settings of a multiverse; `valid` is 1 or 0 and `why` says what
failed. They are judged as in the lesson: where a gate failed there is no word.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.kit.gates import Gate
from helpers.kit.intervals import Interval, interval_of
from helpers.kit.rules import NOT_VALID, Rule, rule

COLUMNS = ("rule", "seed", "value", "valid", "why")


def values_of(
    measures: Mapping[str, Callable],
    frame: pd.DataFrame,
    gates: Mapping[str, Iterable[Gate]] | None = None,
) -> pd.DataFrame:
    """What rules judge: each measure `(frame) -> value of each seed`, with what its gates say of these runs.

    gates: rule -> gates that were looked at, on the same frame. One that fails, and one that the rule needs and that
           is not among them, makes the values of that rule not valid; the column `why` says it.
    Raises ValueError for gates of rules that nothing measures, and where `Rule.judge` does.
    """
    gates = {} if gates is None else dict(gates)
    if not set(gates) <= set(measures):
        raise ValueError(f"gates are for the rules {list(measures)}: got them for {list(gates)}")
    parts = []
    for name, measure in measures.items():
        values = measure(frame)
        verdict = rule(name).judge(values, gates=gates.get(name, ()))
        rows = values.rename_axis("seed").rename("value").reset_index()
        parts.append(rows.assign(rule=name, valid=int(verdict.valid), why="; ".join(verdict.reasons)))
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


@dataclass(frozen=True)
class Judged:
    """What a rule says of rows of such a table.

    effect: the interval of the seeds that have a value, None where fewer than two have one.
    why:    what failed, "" where the word is valid.
    """

    word: str
    effect: Interval | None
    why: str = ""

    @property
    def valid(self) -> bool:
        """Whether there is a word."""
        return self.word != NOT_VALID

    def __str__(self) -> str:
        return f"{self.word}: {self.why or self.effect}"


def judged(rows: pd.DataFrame, by: Rule | str) -> Judged:
    """What a rule says of its rows. Without the column `valid` nobody looked at gates, and there is no word."""
    by = rule(by) if isinstance(by, str) else by
    mine = rows[rows.rule == by.name]
    if mine.empty:
        raise ValueError(
            f"no rows of {by.name}; there are those of {', '.join(map(str, rows.rule.unique()))}"
        )
    if mine.seed.duplicated().any():
        raise ValueError(f"{by.name}: seed {mine.seed[mine.seed.duplicated()].iloc[0]} stands there twice")
    values = mine.value.to_numpy(dtype=float)
    there = values[np.isfinite(values)]
    effect = interval_of(there, by.scale) if len(there) > 1 else None
    if "valid" not in mine:
        why = "its gates were not looked at"
    else:
        why = "; ".join(dict.fromkeys(mine.why[mine.valid == 0]))
        fault = f"{len(there)} have a value" if effect is None else effect.fault
        why = why or (fault and f"seeds: {fault}")
    return Judged(NOT_VALID if why else by.word(effect), effect, why)
