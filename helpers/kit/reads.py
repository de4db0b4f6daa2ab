"""What statements read and set, and which names they read before they have set them.

A name that a statement has always set before it reads it holds nothing of earlier runs. Which are so is followed along
every way through a statement: both branches of an `if`, the handlers of a `try`, the bodies of loops and of `with`.
A loop is taken to run once at least, and what stands in a `with` to come to its end; where an error is caught it is
told so at run time (`caught`).
"""

import ast
import copy
import dis
import inspect
import types

from helpers.kit.spelled import FUNCTIONS, spelled

READS = (
    "LOAD_NAME",
    "LOAD_GLOBAL",
    "LOAD_CLASSDEREF",
    "LOAD_FROM_DICT_OR_GLOBALS",
    "LOAD_FROM_DICT_OR_DEREF",
)
SETS = ("STORE_NAME", "STORE_GLOBAL")
AT_ONCE = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")  # until Python 3.12 these are functions
LEAVES = ast.Break | ast.Continue | ast.Return | ast.Raise
BODIES = ("body", "orelse", "finalbody")  # where statements stand in statements
HOLDERS = ("handlers", "cases")  # and in parts of them


def names_of(node) -> tuple[set[str], set[str], set[str]]:
    """Names that a statement sets, reads at once, and reads in functions that it makes."""
    how = {"flags": ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, "dont_inherit": True}
    sets, reads, later = names_in(compile(ast.Module([node], []), "<cell>", "exec", **how))
    now, then = spelled(node)
    return sets, reads | now, later | then


def names_in(code: types.CodeType, *, of_class: bool = False) -> tuple[set[str], set[str], set[str]]:
    """Names that code sets, reads at once, and reads in functions that it makes.

    of_class: it is the body of a class, which reads its own name where it has set it before: `@rate.setter`.
    """
    sets, reads, later = set(), set(), set()
    for one in dis.get_instructions(code):
        if one.opname in SETS:
            sets.add(one.argval)
        elif one.opname in READS and not (of_class and one.argval in sets):
            reads.add(one.argval)
    for inner in code.co_consts:
        if not isinstance(inner, types.CodeType):
            continue
        is_class = not inner.co_flags & inspect.CO_OPTIMIZED
        own, now, then = names_in(inner, of_class=is_class)
        if is_class or inner.co_name in AT_ONCE:
            reads, later = reads | now, later | then
            sets |= set() if is_class else own
        else:
            later |= now | then
    return sets, reads, later


def read_first(nodes, made: set[str], breaks: list | None = None) -> tuple[set[str], set[str] | None]:
    """Names that statements read before they have set them, and what is set after them; None where that is never.

    made: what is set before them. breaks: what is set where they leave a loop by `break` is added to it.
    """
    found, made, breaks = set(), {*made}, [] if breaks is None else breaks
    for node in nodes:
        head, bodies = parts_of(node)
        sets, reads, later = (
            names_of(head) if not isinstance(node, ast.Break | ast.Continue) else ((), (), ())
        )
        found |= {*reads, *later} - made
        made |= {*sets} - {one.name for one in getattr(node, "handlers", ())}
        if isinstance(node, LEAVES):
            breaks += [made] if isinstance(node, ast.Break) else []
            return found, None
        if bodies:
            read, made = _through(node, bodies, made, breaks)
            found |= read
        if made is None:
            return found, None
    return found, made


def _through(node, bodies, made, breaks):
    """The same for what stands in a statement, along each way through it."""
    if isinstance(node, ast.Try | ast.TryStar):
        ways = [read_first([*node.body, *node.orelse], made, breaks)]
        ways += [read_first(one.body, made | {one.name} - {None}, breaks) for one in node.handlers]
        after = _all_of(ways)
        sure = after if not (node.handlers or _may_be_left(node.body)) else made  # or `finally` is told so
        last, then = read_first(node.finalbody, made if sure is None else sure, breaks)
        found = set().union(last, *(read for read, _ in ways))
        return found, None if after is None or then is None else after | then
    loops = isinstance(node, ast.For | ast.AsyncFor | ast.While)
    left = [] if loops else breaks
    ways = [read_first(body, made, left) for body in bodies]
    found = set().union(*(read for read, _ in ways))
    if loops:
        always = isinstance(node, ast.While) and isinstance(node.test, ast.Constant)
        ends = left if always or ways[0][1] is None else ways[0][1:]
        return found, set.intersection(*ends) if ends else made
    whole = isinstance(node, ast.With | ast.AsyncWith) or bool(getattr(node, "orelse", ()))
    whole |= isinstance(node, ast.Match) and any(_takes_all(case) for case in node.cases)
    return found, _all_of(ways if whole else [*ways, (set(), made)])


def _all_of(ways):
    """What is set whichever way was taken; None where all ways leave."""
    ends = [made for _, made in ways if made is not None]
    return set.intersection(*ends) if ends else None


def _takes_all(case):
    return case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None


def _may_be_left(body) -> bool:
    """Whether statements may be left before their end though no error is raised."""
    return any(
        isinstance(one, ast.Break | ast.Continue | ast.Return) for node in body for one in ast.walk(node)
    )


def parts_of(node) -> tuple[ast.AST, list[list]]:
    """A statement without those that stand in it, and these."""
    if isinstance(node, FUNCTIONS | ast.ClassDef) or not isinstance(node, ast.stmt):
        return node, []
    if isinstance(node, ast.With | ast.AsyncWith) and len(node.items) > 1:  # one is entered after the other
        inner = copy.copy(node)
        outer, inner.items = _bare(node), node.items[1:]
        outer.items = node.items[:1]
        return outer, [[inner]]
    parts = [node, *(one for name in HOLDERS for one in getattr(node, name, ()))]
    return _bare(node), [getattr(one, name) for one in parts for name in BODIES if getattr(one, name, None)]


def _bare(node):
    bare = copy.copy(node)
    for name in BODIES:
        if inner := getattr(node, name, None):
            setattr(bare, name, [ast.copy_location(ast.Pass(), inner[0])])
    for name in HOLDERS:
        if getattr(node, name, None):
            setattr(bare, name, [_bare(one) for one in getattr(node, name)])
    return bare
