"""What a gate is, and on which seeds it was looked at: the numbers that it is handed name theirs."""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from helpers.checked import texts
from helpers.kit.intervals import Interval


@dataclass(frozen=True)
class Gate:
    """A condition that was looked at: its name, whether it holds, and a sentence with the numbers.

    least: of attrition, the smallest share of seeds that may carry a verdict.
    seeds: of complete, the seeds whose runs it saw; the values that are judged must be theirs.
    on:    of others, the seeds on which it was looked at, as far as its numbers name them.
    Raises TypeError for a `passed` that is not True or False: NaN and "False" would hold.
    """

    name: str
    passed: bool
    says: str
    least: float | None = None
    seeds: tuple[int, ...] | None = field(default=None, repr=False, compare=False)
    on: tuple[int, ...] | None = field(default=None, repr=False, compare=False)

    def __post_init__(self):
        texts([self.name, self.says], "name and says of a gate")
        if not isinstance(self.passed, bool | np.bool_):
            raise TypeError(
                f"{self.name}: passed is True or False, bool(...) of what was found: got {self.passed!r:.60}"
            )
        object.__setattr__(self, "passed", bool(self.passed))

    def __str__(self) -> str:
        return f"{'✔' if self.passed else '✘'} {self.name}: {self.says}"


def on_its_seeds(gate: Callable[..., Gate]) -> Callable[..., Gate]:
    """The same gate, which keeps the seeds of all that it is handed."""

    @functools.wraps(gate)
    def looked(*given, **named) -> Gate:
        on = set().union(*map(_seeds, [*given, *named.values()]))
        return replace(gate(*given, **named), on=tuple(sorted(on)) or None)

    return looked


def those_that_were_seen(name: str, values, gates: Iterable[Gate]) -> None:
    """Refuse, with ValueError, values of other seeds than those whose runs `complete` saw: more, fewer, or others."""
    seen = {seed for gate in gates for seed in gate.seeds or ()}
    if not seen:
        return
    if isinstance(values, pd.Series) and values.index.nlevels == 1 and values.index.dtype.kind in "iu":
        for only, where, what in (
            (set(values.index) - seen, "has a value", "its runs were not seen by the gate complete"),
            (seen - set(values.index), "was seen by the gate complete", "there is no value of it"),
        ):
            if only:
                raise ValueError(
                    f"{name}: seed {min(only)} {where}, and {what} ({len(values)} values, {len(seen)} seeds were "
                    "seen). A value stands for a seed; one that did not get there is NaN, with gates=[attrition(...)]"
                )
        return
    count = values.seeds if isinstance(values, Interval) else np.size(values)
    fewer = isinstance(values, Interval) and any(gate.name == "attrition" for gate in gates)
    if count > len(seen) or (count < len(seen) and not fewer):
        raise ValueError(
            f"{name}: {count} values, and the gate complete saw {len(seen)} seeds: hand in one for each seed; one "
            "that did not get there is NaN, with gates=[attrition(...)]"
        )


def elsewhere(gates: Iterable[Gate], values) -> list[str]:
    """Which gates were looked at on other seeds than those of the values that are judged, a sentence each.

    Fewer seeds, and more, are no others: controls may be run on some, and a pair of nets has the seed of one. Values
    that do not name their seeds cannot be compared.
    """
    judged, found = _seeds(values), []
    for gate in gates:
        others = sorted({*gate.on} - judged) if gate.on and judged else ()
        if others and judged - {*gate.on}:
            some = _some(others)
            found.append(
                f"{gate.name}: was looked at on other seeds than those that are judged, {some} among them; make both "
                "of the same runs"
            )
    return found


def _some(seeds) -> str:
    return f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} and {seeds[-1]}"


def _seeds(value) -> set[int]:
    """The seeds that a table or a row of numbers names, or a mapping of these; none where it names none."""
    if isinstance(value, Mapping):
        return set().union(*map(_seeds, value.values()))
    if isinstance(value, pd.DataFrame) and "seed" in value:
        named = value["seed"]
    elif isinstance(value, pd.DataFrame | pd.Series) and value.index.names == ["seed"]:
        named = value.index
    else:
        return set()
    return {int(seed) for seed in named.unique()} if named.dtype.kind in "iu" else set()
