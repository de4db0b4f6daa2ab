"""What each name of a notebook rests on: which statement made it, from which names, and what those were then.

A name outlives the numbers that it was made with. Turn one, go straight on, and an old run stands beside new ones. So
every statement leaves an origin: what it read, each with a mark. A name is out of date as soon as one of them has
another mark: another value where that is a plain one, another statement or other inputs where it is not. The same cell
run again leaves the same marks. What a function reads, it reads when it is called.
"""

import ast
import dis
import hashlib
import inspect
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

PLAIN = (int, float, complex, str, bytes, range, type(None))  # bool is an int
READS = (
    "LOAD_NAME",
    "LOAD_GLOBAL",
    "LOAD_CLASSDEREF",
    "LOAD_FROM_DICT_OR_GLOBALS",
    "LOAD_FROM_DICT_OR_DEREF",
)
SETS = ("STORE_NAME", "STORE_GLOBAL")
AT_ONCE = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")  # until Python 3.12 these are functions
GROWS = "add append clear discard extend insert pop popitem remove reverse setdefault sort update".split()
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
SHELL = ("_", "__", "___", "In", "Out")  # what IPython itself sets after each cell
OPAQUE = ("digest ", "not ended")  # how marks begin that say nothing to a reader
LONG = 40  # letters of a value in a sentence


@dataclass(frozen=True)
class Statement:
    """A statement of a cell: the names that it sets or changes in place, and those that it reads.

    later: names that are read only when a function which it makes is called. last: its last line.
    """

    source: str
    sets: frozenset[str]
    reads: frozenset[str]
    later: frozenset[str]
    last: int
    defines: bool
    fresh: frozenset[str] = frozenset()  # that it sets and neither reads nor changes in place
    bound: frozenset[str] = frozenset()  # targets of its loops and `with`: set before they are read


def statements(source: str) -> list[Statement]:
    """The statements of a cell; none where it is no Python."""
    try:
        return [_statement(node) for node in ast.parse(source).body]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _statement(node):
    module = ast.Module([node], [])
    code = compile(module, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    sets, reads, later = _names(code)
    fresh = sets - reads - set(_changed(node))
    sets = sets | set(_changed(node))
    defines = isinstance(node, FUNCTIONS | ast.ClassDef)
    return Statement(
        ast.unparse(node),
        *map(frozenset, (sets, reads, later)),
        last=node.end_lineno,
        defines=defines,
        fresh=frozenset(fresh),
        bound=frozenset(_bound(node)),
    )


def _bound(node) -> Iterable[str]:
    """Names that loops and `with` of a statement set before they are read."""
    for one in ast.walk(node):
        targets = [one.target] if isinstance(one, ast.For | ast.AsyncFor) else []
        targets += [one.optional_vars] if isinstance(one, ast.withitem) and one.optional_vars else []
        for target in targets:
            named = [part for part in ast.walk(target) if isinstance(part, ast.Name)]
            yield from (part.id for part in named if isinstance(part.ctx, ast.Store))


def _names(code):
    """Names that code sets, reads at once, and reads in functions that it makes."""
    sets, reads, later = set(), set(), set()
    for one in dis.get_instructions(code):
        if one.opname in SETS:
            sets.add(one.argval)
        elif one.opname in READS:
            reads.add(one.argval)
    for inner in code.co_consts:
        if not isinstance(inner, types.CodeType):
            continue
        own, now, then = _names(inner)
        of_class = not inner.co_flags & inspect.CO_OPTIMIZED
        if of_class or inner.co_name in AT_ONCE:
            reads, later = reads | now, later | then
            sets |= set() if of_class else own
        else:
            later |= now | then
    return sets, reads, later


def _changed(node) -> Iterable[str]:
    """Names of what a statement changes in place: `runs["SFT"] = ...`, `frame.name = ...`, `runs.append(...)`."""
    if isinstance(node, FUNCTIONS):
        return
    target = None
    if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
        target = node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in GROWS:
        target = node.func.value
    while isinstance(target, ast.Subscript | ast.Attribute):
        target = target.value
    if isinstance(target, ast.Name):
        yield target.id
    for child in ast.iter_child_nodes(node):
        yield from _changed(child)


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
        self.values, self._of, self._left = values, {}, 0

    def record(self, statement: Statement) -> None:
        """A statement has run to its end."""
        for name in statement.sets:
            function = callable(self.values.get(name)) and bool(statement.later)
            read = statement.reads if function else self._all(statement.reads | statement.later)
            own = (
                self._of.get(name) if name in statement.reads else None
            )  # changed in place, or made from itself
            rests = dict(own.rests) if own else {}
            read = sorted(one for one in read - statement.sets if one in self.values and one not in SHELL)
            rests = {one: self.mark(one) for one in read} | rests  # what it has of before stays of before
            rests.pop(name, None)
            parts = (statement.source, name, sorted(rests.items()), own.mark if own else "")
            later = statement.later if function else frozenset()
            self._of[name] = Origin(_digest(parts), rests, later | (own.later if own else frozenset()))

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
        if _plain(value):
            return repr(value)
        if isinstance(value, types.ModuleType):
            return f"module {value.__name__}"
        if isinstance(value, types.FunctionType | type) and value.__module__ != "__main__":
            return f"{value.__module__}.{value.__qualname__}"  # the same, whichever statement imported it
        return origin.mark if origin else ""

    def read_by(self, statement: Statement) -> set[str]:
        """All names that a statement reads as it runs, those among them that functions read for it."""
        return (
            set() if statement.defines else self._all((statement.reads | statement.later) - statement.bound)
        )

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
            if now != mark and _plain(self.values.get(read)) and not mark.startswith(OPAQUE):
                return f"{read}, which was {_brief(mark)} and is {_brief(now)} now"
            if now != mark:
                return f"{read}, which was made anew since"
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


def _plain(value, depth=0) -> bool:
    """Whether a value is a number, a text, a range or a small collection of them, told apart by how it is written."""
    if isinstance(value, PLAIN):
        return type(value).__module__ == "builtins"
    if isinstance(value, Mapping) and type(value) is dict:
        value = [*value, *value.values()]
    elif type(value) not in (list, tuple, set, frozenset):
        return False
    return depth < 3 and len(value) <= 1000 and all(_plain(one, depth + 1) for one in value)


def _digest(parts) -> str:
    return f"digest {hashlib.sha256(repr(parts).encode('utf-8', 'replace')).hexdigest()}"


def _brief(said):
    return said if len(said) <= LONG else f"{said[: LONG - 3]}..."
