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
from helpers.kit.rules import NOT_VALID, Rule, as_rule, rule

COLUMNS = ("rule", "seed", "value", "valid", "why")
UNSAID = "a gate failed, and the table does not say which"


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


def rows_of_rule(rows, by: Rule) -> pd.DataFrame:
    """The rows of a rule in a table of values, looked at.

    Raises TypeError for what is no table, ValueError for a column that is missing or holds something else than it says:
    values that are no numbers, or infinite; `valid` that is neither 1 nor 0; rows without a seed.
    """
    if not isinstance(rows, pd.DataFrame):
        raise TypeError(f"values come as a table, {', '.join(COLUMNS)}: got a {type(rows).__name__}")
    needed = [name for name in COLUMNS if name not in ("valid", "why")] + ["why"] * ("valid" in rows)
    if missing := [name for name in needed if name not in rows]:
        raise ValueError(f"values come as a table, {', '.join(COLUMNS)}: {', '.join(missing)} missing")
    mine = rows[rows.rule == by.name]
    if mine.empty:
        raise ValueError(
            f"no rows of {by.name}; there are those of {', '.join(map(str, rows.rule.unique()))}"
        )
    if mine.value.dtype.kind not in "fiu" or np.isinf(mine.value.to_numpy(dtype=float)).any():
        raise ValueError(f"{by.name}: values are finite numbers, or NaN where a seed did not get there")
    if "valid" in mine and not mine.valid.map(lambda one: not isinstance(one, str) and one in (0, 1)).all():
        odd = next(one for one in mine.valid if isinstance(one, str) or one not in (0, 1))
        raise ValueError(f"{by.name}: the column valid is 1 or 0, whether the gates held: got {odd!r}")
    if mine.seed.isna().any():
        raise ValueError(f"{by.name}: {mine.seed.isna().sum()} rows have no seed")
    return mine


def judged(rows, by) -> Judged:
    """What a rule, or the one of that name, says of its rows.

    Without the column `valid` nobody looked at gates, and there is no word.
    """
    by = as_rule(by)
    mine = rows_of_rule(rows, by)
    if mine.seed.duplicated().any():
        raise ValueError(f"{by.name}: seed {mine.seed[mine.seed.duplicated()].iloc[0]} stands there twice")
    values = mine.value.to_numpy(dtype=float)
    there = values[np.isfinite(values)]
    effect = interval_of(there, by.scale) if len(there) > 1 else None
    if "valid" not in mine:
        why = "its gates were not looked at"
    else:
        told = [one if isinstance(one, str) and one else UNSAID for one in mine.why[mine.valid == 0]]
        why = "; ".join(dict.fromkeys(told))
        fault = f"{len(there)} have a value" if effect is None else effect.fault
        why = why or (fault and f"seeds: {fault}")
    return Judged(NOT_VALID if why else by.word(effect), effect, why)


def judged_by_set(table, apart: int = 1000) -> dict[str, dict[int, Judged]]:
    """What each rule says of each set of seeds in such a table: rule -> a number for the set -> what it says.

    apart: a set has all seeds from one multiple of this number up to the next, and the multiple is its number. Rules
    come in the order of the table. Raises ValueError where `judged` does.
    """
    first = table.seed - table.seed % apart
    return {
        name: {int(number): judged(rows, name) for number, rows in mine.groupby(first)}
        for name, mine in table.groupby("rule", sort=False)
    }
