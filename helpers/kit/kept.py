"""What was kept of a learner's own verdicts, in the file of predictions: which rule ran on which seeds, what came out.

A line of that file may be written by hand or by an older course: what cannot be read is said, and left out.
"""

import inspect
import textwrap
import types
from collections.abc import Callable, Iterable, Mapping
from math import isfinite

import numpy as np

from helpers.kit.intervals import same_numbers
from helpers.kit.made_of import code_of, digest
from helpers.kit.outcomes import kept_by, opened, read_by, tell
from helpers.kit.predictions import entries_of, say_once
from helpers.kit.rules import NOT_VALID, WORDS
from helpers.kit.statements import statements

FACTS = ("verdict", "claim", "mean", "low", "high", "unit")  # what is shown of a verdict that was kept


def what_runs(run: Callable) -> str:
    """A mark of what is run: of its lines, of what it was given, and of the functions and numbers that it reads.

    It is the same in another kernel; what can be told there by no text, a network for one, is left out, and where it
    stands in a dict, a list or a tuple, it alone. "" for what is no function, nor a method, nor anything else that has
    one behind it.
    """
    function, _ = opened(run)
    if not isinstance(function, types.FunctionType):
        return ""
    own = _changes(function)  # what it fills itself, as it runs
    read = kept_by(function) | {name: again for name, (again, _) in read_by(run).items()}
    read = [(name, again()) for name, again in read.items() if name not in own]
    return digest((code_of(function.__code__), sorted(one for row in read for one in _texts(*row))))


def _texts(name, value, depth=3) -> Iterable[tuple[str, str | tuple]]:
    """What tells a value in any kernel, with its name; each part of a collection of which not all can be told."""
    told, inside = tell(value), []
    if isinstance(told, types.CodeType):
        told = code_of(told)
    elif isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list | tuple):
        inside = enumerate(value)
    elif depth < 3 and isinstance(getattr(value, "__qualname__", None), str):  # a function, or a class
        told = f"{value.__module__}.{value.__qualname__}"
    if isinstance(told, str | tuple):
        yield name, told
        return
    for key, one in inside if depth else ():
        yield from _texts(f"{name}[{tell(key)}]", one, depth - 1)


def _changes(function) -> frozenset[str]:
    """Names of what a function itself changes in place; none where its lines cannot be read."""
    try:
        found = statements(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError):
        return frozenset()
    return frozenset().union(*(one.turns for one in found))


def stopped(entries: Iterable[dict], runs: str) -> bool:
    """Whether something else ran before, of which nobody knows what it showed: it neither ended nor raised an error."""
    entries = [one for one in entries if one.get("runs")]
    ended = {one["runs"] for one in entries if one["verdict"] or one.get("error")}
    return bool({one["runs"] for one in entries} - ended - {runs})


def told_apart(entries: Iterable[dict]) -> list[dict]:
    """The latest of each verdict: on other seeds, in whatever order, or with another result, it is another one."""
    found = []
    for one in entries:
        place = next((place for place, other in enumerate(found) if _same(one, other)), len(found))
        found[place : place + 1] = [one]
    return found


def _same(one: dict, other: dict) -> bool:
    return set(one["seeds"]) == set(other["seeds"]) and same_result(one, other)


def same_result(one: Mapping, other: Mapping) -> bool:
    """Whether two verdicts on the same seeds rest on the same numbers, but for their last digits: on one for each seed.

    Of one that an older course has kept, the mean and the ends of the interval are all that is known.
    """
    rows = [[entry["verdict"][key] for key in ("mean", "low", "high")] for entry in (one, other)]
    seeds = [_by_seed(entry) for entry in (one, other)]
    known = all(row is not None for row in seeds)
    return all(same_numbers(*np.array(each, dtype=float)) for each in [rows, *[seeds] * known])


def _by_seed(entry):
    """The values that were judged, in the order of their seeds; None where they were not kept."""
    values = entry.get("values")
    if not isinstance(values, list) or len(values) != len(entry["seeds"]):
        return None
    pairs = sorted(zip(entry["seeds"], values, strict=True), key=lambda pair: pair[0])
    return [value for _, value in pairs] if all(_is_end(value, none=True) for value in values) else None


def kept() -> list[tuple[str, dict]]:
    """The name of a rule and what was kept of a verdict on it, the oldest first; what is no verdict is left out."""
    return [(name, entry) for name, entry in ran() if entry["verdict"]]


def ran() -> list[tuple[str, dict]]:
    """The name of a rule and what was kept of each of its runs, the oldest first: as it began, and its verdict."""
    likes = {name.removeprefix("rule "): entry.get("like", "") for name, entry in entries_of("rule ")}
    found = []
    for begins, entry in entries_of(""):
        kind, _, name = begins.partition(" ")
        if kind == "verdict" and not (_is_ran(entry) and _is_verdict(entry.get("verdict"))):
            say_once(f"An entry on a verdict {name} in your file cannot be read and is left out.")
        elif kind in ("rule", "verdict") and _is_ran(entry):
            begun = {} if kind == "verdict" else {"verdict": None}
            found.append((name, {"like": str(likes.get(name, "")), **entry, **begun}))
    return found


def _is_ran(entry) -> bool:
    """Whether an entry says which rule ran on which seeds; it may be written by hand or by an older course."""
    seeds = entry.get("seeds")
    return (
        isinstance(entry.get("rule"), str)
        and isinstance(entry.get("like", ""), str)
        and isinstance(seeds, list)
        and bool(seeds)
        and all(type(seed) is int for seed in seeds)
    )


def _is_verdict(facts) -> bool:
    """Whether this has what is kept of a verdict, each of its kind."""
    return (
        isinstance(facts, dict)
        and set(FACTS) <= set(facts)
        and all(isinstance(facts[key], str) for key in ("claim", "unit"))
        and facts["verdict"] in WORDS
        and all(_is_end(facts[key], none=facts["verdict"] == NOT_VALID) for key in ("mean", "low", "high"))
    )


def _is_end(value, *, none: bool) -> bool:
    """Whether this is a number of an interval; with `none`, what was not judged may have none."""
    if value is None:
        return none
    return type(value) in (int, float) and isfinite(value)
