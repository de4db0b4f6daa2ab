"""What a statement of a notebook reaches through the functions that it calls: what they read, and what they change.

`origins` has what each name was made of, and what is read and changed when it is called; `values` has what it is.
"""

from collections.abc import Callable, Mapping, Set

from helpers.kit.cached import is_empty
from helpers.kit.made_of import REMEMBERED, SHELL, Origin, as_made, origin_of, with_part
from helpers.kit.marks import FIXED
from helpers.kit.statements import HANDED, Statement


def reached(names: Set[str], origins: Mapping[str, Origin]) -> set[str]:
    """Names, and what functions among them, or among what they were made of, read when they are called."""
    return reach(names, origins)[0]


def reach(names: Set[str], origins: Mapping[str, Origin]) -> tuple[set[str], set[str]]:
    """The same, and what these functions change."""
    found, turns, seen, todo = {*names}, set(), set(), [*names]
    while todo:
        name = todo.pop()
        if name in seen or name not in origins:
            continue
        seen.add(name)
        origin = origins[name]
        found |= origin.later
        turns |= origin.turns - {HANDED}
        todo += [*origin.later, *(read for part in origin.parts.values() for read in part.rests)]
    return found, turns


def handed_on(
    name: str, touched: Set[str], changed: Set[str], origins: Mapping[str, Origin]
) -> dict[str, str]:
    """What a name rests on by those that one statement has touched; not what these hold and it has changed."""
    held = {key for one in touched for key in origins[one].later & changed}
    every = [row for one in touched for row in origins[one].rests.items()]
    return {key: mark for key, mark in every if key not in held | {name}}


def held_in(name: str, origins: Mapping[str, Origin], values: Mapping[str, object]) -> set[str]:
    """Names whose things were only put into that of this name, and stand there still."""
    later = origins[name].later if name in origins else ()
    return {one for one in later if one in values and _stands_in(values.get(name), values[one])}


def _stands_in(value, part, depth=3) -> bool:
    """Whether this very thing stands in a list, a tuple or a dict, or in one that does."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return any(one is part or (depth > 0 and _stands_in(one, part, depth - 1)) for one in inside)


def called(statement: Statement, origins: Mapping[str, Origin], values: Mapping[str, object]) -> set[str]:
    """What a statement reads itself, and what the functions read which it calls."""
    found, todo = set(), [] if statement.defines else [*statement.reads, *statement.later]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            value, kind = values.get(name), type(values.get(name)).__name__
            todo += [kind] if kind in origins else []  # an object of a class of the notebook
            todo += origins[name].later if callable(value) and name in origins else ()
    return found


def turned_by(
    statement: Statement,
    origins: Mapping[str, Origin],
    values: Mapping[str, object],
    entered: set[str] | None = None,
) -> set[str]:
    """Names that the functions change which a statement calls.

    entered: the names of those in which it ended; what is handed to one that changes what it is handed is changed.
    """
    found = set()
    for name in called(statement, origins, values) & {*origins}:
        value = values.get(name)
        inside = {name, *vars(value)} if isinstance(value, type) else {name}
        if not callable(value) or (entered is not None and not inside & entered):
            continue
        found |= origins[name].turns - {HANDED}
        if HANDED in origins[name].turns and entered is not None:
            handed = {one: values.get(one) for one in statement.reads}
            found |= {
                one for one, value in handed.items() if not (isinstance(value, FIXED) or callable(value))
            }
    return found


def remembers(
    name: str,
    own: Origin,
    read: Set[str],
    origins: Mapping[str, Origin],
    values: Mapping[str, object],
    mark: Callable[[str], str],
    chance: Mapping[str, str],
) -> Origin:
    """The origin of what was called and remembers results: it rests on what it has read each time, until it is empty.

    own: its origin so far. read: what the statement has read that called it, among it the `self` of a method.
    """
    value = values[name]
    if is_empty(value):
        return as_made(name, own)
    among = {one for one in read if type(values.get(one)) is value}
    there = (reached(own.later, origins) | among) & {*values} - {name, *SHELL}
    rests = {one: mark(one) for one in sorted(there)} | chance
    return origin_of(name, with_part(own, name, "", REMEMBERED, rests), own.later, own.turns)
