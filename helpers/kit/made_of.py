"""Origins of names, and what is looked at to find them: for `origins`, which follows the statements of a notebook."""

import hashlib
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from helpers.kit.chance import SEED
from helpers.kit.marks import PLAIN, VALUE, Told
from helpers.kit.statements import Statement

OPAQUE = ("digest ", "not ended", "module ", VALUE)  # how marks begin that say nothing to a reader
LONG, FEW = 40, 200  # letters of a value in a sentence; parts of one that are looked at one by one
LINES = "the lines of "  # a function or a class without what it holds
MADE = "the making of "  # a thing without what has changed it since
REMEMBERED = "what was remembered"  # as the statement behind a result that a function keeps
SHELL = ("_", "__", "___", "In", "Out")  # what IPython itself sets after each cell
SHOWN = re.compile(r"_\d+")  # what it calls a value that a cell has shown, which is `Out[7]`, too


@dataclass(frozen=True)
class Part:
    """What one statement has given to a name: `rests` has what was read, each with its mark then."""

    source: str
    rests: Mapping[str, str]
    undone: str = ""  # why it is old if this was not done, as the end of a sentence
    times: int = 1


@dataclass(frozen=True)
class Origin:
    """What a name was made of: the statement that made it, and those that have changed it since.

    later, turns: what it reads, and what it changes, when it is called.
    """

    mark: str
    parts: Mapping[str, Part] = field(default_factory=dict)
    later: frozenset[str] = frozenset()
    turns: frozenset[str] = frozenset()

    @property
    def undone(self) -> str:
        """What is left undone of the statements that were to change it, and was not done again; "" if nothing is."""
        return next((part.undone for part in self.parts.values() if part.undone), "")

    def is_changed_by(self, source: str) -> bool:
        """Whether this very statement has changed it before, even if it now leaves it as it is."""
        return any(part.source == source for part in self.parts.values())

    @property
    def rests(self) -> dict[str, str]:
        """What it rests on, with the oldest marks."""
        return {name: mark for part in reversed([*self.parts.values()]) for name, mark in part.rests.items()}


@dataclass(frozen=True)
class Before:
    """What there was before a statement: the value of each name, how some look, what these hold; how modules look.

    chance: where the generators stood that all share. shown: what it reads of the values that cells have shown.
    """

    values: Mapping[str, object]
    looks: Mapping[str, str]
    held: Mapping[str, list]
    modules: Mapping[str, str]
    chance: Mapping[str, str] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()


def as_made(name: str, own: Origin) -> Origin:
    """The origin that a thing had when it was made, without what has changed it since."""
    return origin_of(name, dict([*own.parts.items()][:1]), own.later, own.turns)


def place_of(
    statement: Statement, name: str, values: Mapping[str, object], mark: Callable[[str], str]
) -> str:
    """The place that a statement writes in a name, or "": `runs[arm]` is another one for another arm."""
    made = statement.sets - statement.changed
    if statement.decorated and name not in made:  # what a decorator has kept of it
        return f"kept of {' '.join(sorted(made))}"
    root, within, others = statement.place or ("", "", ())
    if root != name and (not within or values.get(root) is not values.get(name)):
        return ""
    return " ".join([within or name, *map(mark, others)])


def undone(where: str) -> str:
    """The key of a part that did not come to its end: of a place, or of the statement that was to write it."""
    return f"not ended: {where}"


def with_part(
    own: Origin | None, name: str, place: str, source: str, rests: Mapping[str, str], *, left: str = ""
) -> dict[str, Part]:
    """The parts of a name, with that of a statement: what wrote the same place before, has it no more.

    place: the one place that the statement writes, "" where that is not known.
    left:  it has left this undone, as the end of a sentence.
    """
    parts, where = dict(own.parts) if own else {}, place or source
    parts.pop(undone(where), None)
    if left:
        return parts | {undone(where): Part(source, {}, undone=left)}
    within = place and place != name
    key = where if within else f"{where}\n{source}"
    there = parts.pop(key, None)
    if there is None or within:
        return parts | {key: Part(source, rests)}
    if there.rests == rests:
        return parts | {key: Part(source, rests, times=there.times + 1)}
    return parts | {f"{key}\n{len(parts)}": there, key: Part(source, rests)}


def origin_of(name: str, parts: Mapping[str, Part], later: frozenset[str], turns: frozenset[str]) -> Origin:
    """The origin of a name that is made of these parts."""
    told = [(key, one.source, sorted(one.rests.items()), one.times) for key, one in parts.items()]
    return Origin(digest((name, told)), parts, later, turns)


def shown(statement: Statement, values: Mapping[str, object], own: set[str]) -> frozenset[str]:
    """The values that cells have shown which a statement reads as `_` or `Out[7]`, by the names that they keep.

    own: names that the notebook has made itself, `_` among them if it has.
    """
    read = (statement.reads | statement.later) & {*SHELL, "_oh"} - own
    every = {name for name in values if read and SHOWN.fullmatch(name)}
    found = {name for name in every if any(values[name] is values.get(one) for one in read)}
    if read & {"Out", "_oh"}:
        said = [f"_{number}" for number in re.findall(r"\b(?:Out|_oh)\[(\d+)\]", statement.source)]
        found |= {*said} if len(said) == len(re.findall(r"\b(?:Out|_oh)\b", statement.source)) else every
    return frozenset(found & every)


def modules_of(statement: Statement, values: Mapping[str, object]) -> dict[str, str]:
    """How modules look that a statement may change."""
    again = "reload" in statement.source
    return {name: attributes(values.get(name), again) for name in statement.changed}


def attributes(module, again: bool = False) -> str:
    """What a module holds, as a text; "" of anything else: `np.sort(a)` changes no module.

    again: it may have been loaded again, so that functions and what else it makes are told by their lines.
    """
    if not isinstance(module, types.ModuleType):
        return ""
    if not again:
        own = ((name, value) for name, value in vars(module).items() if name != "__builtins__")
        return digest({name: Told(value).text for name, value in own})
    return digest(_each(vars(module), module.__name__, 0))


def _each(names, module, depth):
    """What stands under names, each as a text; of those that Python itself gives, functions alone."""
    functions = types.FunctionType | property | classmethod | staticmethod
    return {
        name: _written(value, module, depth)
        for name, value in names.items()
        if name[:2] != "__" or isinstance(value, functions)
    }


def _written(value, module, depth):
    """A value of a module as a text: the same for what a module has made again of the same lines."""
    if type(value) in (dict, list, tuple) and len(value) < FEW and depth <= 3:
        every = [*value, *value.values()] if type(value) is dict else value
        return str((type(value).__name__, [_written(one, module, depth + 1) for one in every]))
    own = module in (getattr(value, "__module__", ""), type(value).__module__)
    own |= isinstance(value, property | classmethod | staticmethod)
    if not own or depth > 3:
        return Told(value).text
    if isinstance(value, types.FunctionType):
        inside = [one.cell_contents for one in value.__closure__ or () if one != types.CellType()]
        given = [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values(), *inside]
        given = [_written(one, module, depth + 1) for one in given]
        return str((code_of(value.__code__), given, _each(vars(value), module, depth + 1)))
    if isinstance(value, property):
        names = {"get": value.fget, "set": value.fset}
    elif isinstance(value, classmethod | staticmethod):
        names = {"function": value.__func__}
    else:
        names = getattr(value, "__dict__", {})
    if not (names or isinstance(value, type)):
        return Told(value).text
    kinds = [f"{one.__module__}.{one.__qualname__}" for one in getattr(value, "__mro__", [type(value)])]
    return str((kinds, _each(names, module, depth + 1)))


def code_of(code: types.CodeType) -> tuple:
    """What a function does, wherever its lines stand."""
    inner = [code_of(one) if isinstance(one, types.CodeType) else repr(one) for one in code.co_consts]
    return code.co_name, code.co_code, code.co_names, code.co_varnames, code.co_freevars, inner


def digest(parts) -> str:
    """A mark of parts, each of which can be written."""
    return f"digest {hashlib.sha256(repr(parts).encode('utf-8', 'replace')).hexdigest()}"


def turned(read: str, mark: str, now: str, values: Mapping[str, object], made: bool) -> str:
    """How a name has changed since it was read, in words. mark, now: what told it then and tells it now.

    made: it was made by a statement, and not by an import, say.
    """
    if read.startswith(SEED):
        return f"{read.splitlines()[0]}, which was changed since"
    if read.startswith(LINES):
        return f"{read.removeprefix(LINES)}, which was made anew since"
    if read.startswith(MADE):
        return f"{read.splitlines()[0].removeprefix(MADE)}, which was made anew since"
    if read not in values:
        return f"{read}, which is gone"
    if (
        mark
        and now
        and not mark.startswith(OPAQUE)
        and not now.startswith(OPAQUE)
        and brief(mark) != brief(now)
    ):
        return f"{read}, which was {brief(mark)} and is {brief(now)} now"
    told = now.startswith(VALUE) or isinstance(values[read], PLAIN)
    return f"{read}, which was {'made anew' if made and not told else 'changed'} since"


def brief(said: str) -> str:
    """A mark as a sentence has it."""
    return said if len(said) <= LONG else f"{said[: LONG - 3]}..."
