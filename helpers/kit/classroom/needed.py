"""Which cells of a notebook have to run so that its answers can be tested: they, and what they use.

A lesson trains for minutes and shows what came out; none of that is needed to test a function. So a notebook with a
language model in it is graded in seconds, and without the model.
"""

import ast
import re
import symtable
from collections.abc import Collection
from pathlib import PurePosixPath

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

ANYTHING = "*"  # what a cell sets that imports all of a module
PLAIN = re.compile(r"\s*%%(time|capture|prun)\b[^\n]*\n")  # Python below it, whose names stay
DEFINED = re.compile(r"^(?:async def|def|class) (\w+)", re.MULTILINE)
FILE = re.compile(r"\s*%%(?:writefile|file)\s+(?:-a\s+)?(\S+)\.py\s*\n")
GROWS = {"append", "add", "extend", "insert", "setdefault", "update"}


def needed(notebook: nbformat.NotebookNode, start: Collection[int] | None = None) -> list[int]:
    """The numbers of the cells to run, in order: imports, answers, tests, and whatever sets a global name they use.

    start: the numbers of other cells, for what these need.
    """
    code = {place: cell.source for place, cell in enumerate(notebook.cells) if cell.cell_type == "code"}
    fillers = {
        name for source in code.values() for name in [*DEFINED.findall(source), *_from_elsewhere(source)]
    }
    names = {place: names_of(source, fillers) for place, source in code.items()}
    run = {
        place for place in names if (_is_asked(notebook.cells[place]) if start is None else place in start)
    }
    while True:
        used = {ANYTHING}.union(*(names[place][1] for place in run))
        more = {place for place, (sets, _) in names.items() if place not in run and sets & used}
        if not more:
            return sorted(run)
        run |= more


def _is_asked(cell):
    """Whether a cell is one of imports, answers and tests; not one that a person grades."""
    about = cell.metadata.get("nbgrader", {})
    by_person = about.get("grade") and about.get("solution")
    return bool(about.get("grade") or about.get("solution") or about.get("locked")) and not by_person


def names_of(source: str, fillers: Collection[str] = ()) -> tuple[set[str], set[str]]:
    """(global names that a cell sets, global names that it reads); none for what is no Python.

    A name that a cell fills, as by `table["a"] = 1`, it sets, also by a line that does nothing else: `fill(table)`.
    A module that `%%writefile` writes, it sets, too.
    fillers: functions of the notebook, and modules that are not the course's, that may fill what they are handed.
    """
    if file := FILE.match(source):
        return {_module(PurePosixPath(file[1]).name)}, set()
    while magic := PLAIN.match(source):
        source = source[magic.end() :]
    try:
        plain = TransformerManager().transform_cell(source)
        table, tree = symtable.symtable(plain, "cell", "exec"), ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(), set()
    sets = {one.get_name() for one in table.get_symbols() if one.is_assigned() or one.is_imported()}
    reads = {one.get_name() for one in table.get_symbols() if one.is_referenced()}
    inner = table.get_children()
    while inner:
        scope = inner.pop()
        inner += scope.get_children()
        globals_ = [one for one in scope.get_symbols() if one.is_global()]
        reads |= {one.get_name() for one in globals_ if one.is_referenced()}
        sets |= {one.get_name() for one in globals_ if one.is_assigned()}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            reads |= {_module(name.name.partition(".")[0]) for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            reads.add(_module((node.module or "").partition(".")[0]))
            sets |= {ANYTHING for name in node.names if name.name == "*"}
    return sets | _filled(tree, fillers), reads


def _from_elsewhere(source):
    """Names that a cell imports and that are not the course's."""
    try:
        tree = ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (
                one.asname or one.name.partition(".")[0]
                for one in node.names
                if not one.name.startswith("helpers")
            )
        elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("helpers"):
            yield from (one.asname or one.name for one in node.names)


def _filled(tree, fillers):
    """Global names into which a cell puts something, on its own lines: `a[0] = 1`, `a.append(1)`, `fill(a)`."""
    filled, left = set(), list(tree.body)
    while left:
        line = left.pop()
        if isinstance(line, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(line, ast.Attribute | ast.Subscript) and isinstance(line.ctx, ast.Store):
            filled.add(_root(line))
        elif isinstance(line, ast.Call) and getattr(line.func, "attr", "") in GROWS:
            filled.add(_root(line.func))
        elif isinstance(line, ast.Expr) and isinstance(line.value, ast.Call):  # nobody keeps its value
            call = line.value
            if _root(call.func) in fillers:
                handed = [*call.args, *(one.value for one in call.keywords)]
                filled |= {_root(one) for one in handed} - {*fillers}
            elif isinstance(call.func, ast.Attribute) and call.func.attr.endswith("_"):  # torch: in place
                filled.add(_root(call.func))
        left += ast.iter_child_nodes(line)
    return filled - {""}


def _root(node):
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _module(name):
    return f"import {name}"
