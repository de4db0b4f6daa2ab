"""What each name of a notebook rests on: which statement made it, from which names, and what those were then.

A name outlives the numbers that it was made with. Turn one, go straight on, and an old run stands beside new ones. So
every statement leaves an origin: what it read, each with a mark. A name is out of date as soon as one of them has
another mark: another value where that is a plain one, another statement or other inputs where it is not. The same cell
run again leaves the same marks. What a function reads, it reads when it is called.

Not followed: a text that is run (`exec`, `%run`, `%prun`), a thing that is changed by a function or under a second
name, and numbers that a loop or an `if` sets for itself.
"""

import hashlib
import types
from collections.abc import Mapping
from dataclasses import dataclass, field

from helpers.kit.statements import Statement

PLAIN = (int, float, complex, str, bytes, range, type(None))  # bool is an int
SHARED = (int, str, bytes, type(None))  # of which Python may give the same object twice
SHELL = ("_", "__", "___", "In", "Out")  # what IPython itself sets after each cell
OPAQUE = ("digest ", "not ended")  # how marks begin that say nothing to a reader
LONG = 40  # letters of a value in a sentence


@dataclass
class Origin:
    """What a name was made of: `rests` has what was read, each with its mark then."""

    mark: str
    rests: dict[str, str] = field(default_factory=dict)
    later: frozenset[str] = frozenset()
    ended: bool = True


class Origins:
    """The origins of all names of a notebook; `values` are those that they have."""

    def __init__(self, values: Mapping[str, object]):
        self.values, self._of, self._turned, self._left = values, {}, {}, 0

    def record(self, statement: Statement, before: Mapping[str, object] | None = None) -> None:
        """A statement has run to its end.

        before: the values of all names before it. What it may not have set, and what is the same object as before,
                was not made by it; what another name has come to be, by a function, was. None: it set all that it may.
        """
        for name in statement.sets if before is None else self._set(statement, before):
            function = callable(self.values.get(name)) and bool(statement.later)
            read = statement.reads if function else self._all(statement.reads | statement.later)
            read = sorted(one for one in read - statement.sets if one in self.values and one not in SHELL)
            marks = {one: self.mark(one) for one in read if one != name}
            if isinstance(module := self.values.get(name), types.ModuleType):
                self._of.pop(name, None)
                if name not in statement.fresh:  # one of its numbers was turned; an import turns nothing
                    numbers = {key: repr(value) for key, value in vars(module).items() if plain(value)}
                    self._turned[module.__name__] = _digest((statement.source, marks, numbers))
                continue
            changed = name in statement.reads - statement.ready  # in place, or made from itself
            own = self._of.get(name) if changed else None
            rests = marks | (own.rests if own else {})  # what it has of before stays of before
            parts = (statement.source, name, sorted(rests.items()), own.mark if own else "")
            later = statement.later if function else frozenset()
            self._of[name] = Origin(_digest(parts), rests, later | (own.later if own else frozenset()))

    def _set(self, statement, before):
        """The names that a statement has set or changed."""
        now = dict(self.values)
        new = {name for name, value in now.items() if value is not before.get(name)}
        sure = statement.sets - {name for name in statement.perhaps if not isinstance(now.get(name), SHARED)}
        return sure | {name for name in new if name in statement.sets or not name.startswith("_")} - {*SHELL}

    def leave(self, statement: Statement) -> None:
        """A statement has not come to its end: what it was to make is of nobody knows when."""
        for name in statement.sets:
            self._left += 1
            own = None if name in statement.fresh else self._of.get(name)  # it may hold what it held
            self._of[name] = Origin(f"not ended, {self._left}", dict(own.rests) if own else {}, ended=False)

    def mark(self, name: str) -> str:
        """What tells whether a name is still the same: its value where that is a plain one, else how it was made."""
        origin = self._of.get(name)
        if origin is not None and not origin.ended:
            return origin.mark
        value = self.values.get(name)
        if plain(value):
            return repr(value)
        if isinstance(value, types.ModuleType):
            return f"module {value.__name__} {self._turned.get(value.__name__, '')}"
        if isinstance(value, types.FunctionType | type) and (module := value.__module__) != "__main__":
            return f"{module}.{value.__qualname__} {self._turned.get(module, '')}"  # whichever statement imported it
        return origin.mark if origin else ""

    def read_by(self, statement: Statement) -> set[str]:
        """All names that a statement reads as it runs, those among them that functions read for it."""
        read = (statement.reads | statement.later) - statement.ready
        return set() if statement.defines else self._all(read)

    def ended(self, name: str) -> bool:
        """Whether the statement that made a name last has come to its end."""
        return name not in self._of or self._of[name].ended

    def why(self, name: str) -> str:
        """Why a name is out of date, as the end of a sentence; "" if it is not."""
        return self._why(name, set())

    def _why(self, name, seen):
        origin = self._of.get(name)
        if origin is None or name in seen:
            return ""
        seen.add(name)
        if not origin.ended:
            return f"{name}, whose cell did not end"
        for read, mark in origin.rests.items():
            if deeper := self._why(read, seen):
                return deeper
            now = self.mark(read)
            if now != mark and plain(self.values.get(read)) and not mark.startswith(OPAQUE):
                return f"{read}, which was {_brief(mark)} and is {_brief(now)} now"
            if now != mark:
                return f"{read}, which was {'made anew' if read in self._of else 'changed'} since"
        return ""

    def _all(self, names):
        """Names, and what functions among them, or among what they were made of, read when they are called."""
        found, seen, todo = set(), set(), list(names)
        found |= set(names)
        while todo:
            name = todo.pop()
            if name in seen or name not in self._of:
                continue
            seen.add(name)
            later = self._of[name].later
            found |= later
            todo += [*later, *self._of[name].rests]
        return found


def plain(value, depth=0) -> bool:
    """Whether a value is a number, a text, a range or a small collection of them, told apart by how it is written."""
    if isinstance(value, PLAIN):
        return type(value).__module__ == "builtins"
    if isinstance(value, Mapping) and type(value) is dict:
        value = [*value, *value.values()]
    elif type(value) not in (list, tuple, set, frozenset):
        return False
    return depth < 3 and len(value) <= 1000 and all(plain(one, depth + 1) for one in value)


def _digest(parts) -> str:
    return f"digest {hashlib.sha256(repr(parts).encode('utf-8', 'replace')).hexdigest()}"


def _brief(said):
    return said if len(said) <= LONG else f"{said[: LONG - 3]}..."
