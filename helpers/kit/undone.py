"""What an error has left undone in a statement that came to its end all the same: old results where new ones belong.

`caught` says which places an error went through; where one of them has, after the statement, just what it had before
it, that is no result of this statement.
"""

from collections.abc import Iterable, Mapping
from types import FrameType

import pandas as pd

from helpers.kit.frames import Finished
from helpers.kit.made_of import Before
from helpers.kit.marks import FIXED, SHARED, Told, held

RESULTS: list[type] = [pd.DataFrame, pd.Series, Finished]
EMPTY = ("{}", "[]")


class Undone:
    """The places that an error has gone through in the running statement; `values` are those of the notebook."""

    def __init__(self, values: Mapping[str, object]):
        self.values, self._places, self._older = values, {}, {}

    def __bool__(self) -> bool:
        return bool(self._places)

    def a_cell_begins(self) -> None:
        """What there is now, the cell has not made."""
        self._older = dict(self.values)

    def forget(self) -> None:
        """Another statement begins."""
        self._places = {}

    def passed(self, frame: FrameType, places: Iterable[tuple[str, str | None]], *, made: bool) -> None:
        """An error goes through places of a cell or of a function; or, if `made`, they are written after all."""
        code = frame.f_code
        own = {*code.co_varnames, *code.co_cellvars, *code.co_freevars} if code.co_name != "<module>" else ()
        for name, text in places if frame.f_globals is self.values else ():
            key = _key(text, frame) if text else text
            for one in self._called(frame.f_locals.get(name), text) if name in own else [name]:
                if not made:
                    self._places[one, key] = {id(thing): thing for thing in self._standing(one, key)}
                elif key:
                    self._places.pop((one, key), None)
                else:
                    self._places = {at: then for at, then in self._places.items() if at[0] != one}

    def _called(self, value, text):
        """What the notebook calls a thing that a function changes."""
        if text is None or isinstance(value, FIXED):
            return []
        return [name for name, other in self.values.items() if other is value and name[:1] != "_"]

    def _standing(self, name, key):
        """What stands at a place: any result, and of one key of a dict whatever it has."""
        value = self.values.get(name)
        if key and isinstance(value, dict):
            return [value[key[0]]] if key[0] in value and not isinstance(value[key[0]], SHARED) else []
        if key is None or isinstance(value, tuple(RESULTS)):
            return [value]
        own = type(value).__module__ == "__main__"
        return [
            one
            for one in held(vars(value) if own and hasattr(value, "__dict__") else value)
            if has_result(one)
        ]

    def names(self, before: Before, *, results: bool = True) -> set[str]:
        """The names of what stands as before the statement. results: of whole names only those with a result count."""
        found = set()
        for (name, key), then in self._places.items():
            now, held_then = self.values.get(name), {id(one()) for one in before.held.get(name, ())}
            if now is not before.values.get(name) or before.looks.get(name) in EMPTY:
                continue
            if self._is_left(name, key, before):
                found.add(name)
            if isinstance(now, FIXED) or (key is None and results and not has_result(now)):
                continue
            same = {id(one) for one in self._standing(name, key)} & {*then}
            if key is None or not held_then or not isinstance(now, dict | list) or same & held_then:
                found |= {name} if same else set()
        return found

    def _is_left(self, name, key, before):
        """Whether something of another cell, a number or a list for one, stands there as it did before the error."""
        now = self.values.get(name)
        if name not in self._older or self._older[name] is not now or isinstance(now, SHARED):
            return False
        return key is None or (not isinstance(now, dict) and Told(now).text == before.looks.get(name))

    def taken(self, names: set[str], sets: Iterable[str]) -> set[str]:
        """Which of the names that a statement sets have a result that stands in others."""
        there = (self.values.get(name) for name in names)
        stand = {id(thing) for value in there for thing in [value, *held(value)] if has_result(thing)}
        return {name for name in sets if id(self.values.get(name)) in stand}


def has_result(value, depth: int = 0) -> bool:
    """Whether a value is a run, a frame, a verdict, or holds one."""
    if isinstance(value, tuple(RESULTS)):
        return True
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return depth < 3 and any(has_result(one, depth + 1) for one in inside)


def _key(text, frame):
    """The key of a place, alone in a tuple; "" where it cannot be told."""
    try:
        key = eval(text, frame.f_globals, frame.f_locals)
        hash(key)
    except Exception:
        return ""
    return (key,)
