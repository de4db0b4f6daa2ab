"""Nothing old is shown or judged as if it were new: what a notebook says when a number was turned or a cell stopped.

`origins` knows what each name rests on. Before a statement of a cell runs, it is said which of the names that it reads
are out of date, and every verdict of that statement is NOT VALID. Where a cell does not end, results that it was to
make are None: the old ones are gone from under these names. Nothing else is taken away.
"""

import ast
import sys
from dataclasses import dataclass

import pandas as pd
from IPython import get_ipython

from helpers.kit.chance import place
from helpers.kit.frames import Finished
from helpers.kit.marks import held
from helpers.kit.origins import FIXED, Origins
from helpers.kit.statements import FUNCTIONS, Statement, statements, written

_results: list[type] = [pd.DataFrame, pd.Series, Finished]
NO_WORD = "no verdict is valid before"
_cells = None  # what watches the cells of this notebook


@dataclass
class Part:
    """Statements that IPython runs together: a cell, or what stands after `%%time`.

    shown: nothing stands after the last one, because IPython is to show its value.
    ended: how many have ended; None before the first one begins.
    """

    statements: list[Statement]
    shown: bool
    ended: int | None = None


class Cells:
    """Watches the cells of a notebook, from the names in `shell`; `visit` is called with what IPython is to run."""

    def __init__(self, shell):
        self.shell, self.origins, self.old, self.now = shell, Origins(shell.user_ns), (), []
        self.running: list[list[Part]] = []  # the parts of the cells that run; a cell may run another
        self.before, self.said, self.forgotten, self.missed = None, set(), set(), set()
        self.caught = set()  # what the running statement was to make in lines of which an error was caught

    def begins(self, info) -> None:
        """Before a cell."""
        self.origins.seeds.a_cell_begins(place(info.cell_id, info.raw_cell or ""))
        self.running.append([])
        self.said, self.missed = set(), set()

    def visit(self, tree: ast.Module) -> ast.Module:
        """The same statements, and before each one a call of `reaches`."""
        if not self.running or not (found := statements(tree)):
            return tree
        last, parts = _Caught().visit(tree).body[-1], self.running[-1]
        shown = isinstance(last, ast.Expr) or self.shell.ast_node_interactivity != "last_expr"
        body = []
        for at, node in enumerate(tree.body):
            first = isinstance(node, ast.ImportFrom) and node.module == "__future__"
            body += (
                [node] if first else [_reaches(len(parts), at, node), node]
            )  # nothing may stand before that one
        tree.body = body if shown else [*body, _reaches(len(parts), len(found), last)]
        parts.append(Part(found, shown))
        return tree

    def reaches(self, part: int, at: int) -> None:
        """A statement begins. Those before it have ended; say which names that it reads are out of date, and why."""
        parts = self.running[-1]
        self.origins.look_again()
        self._end(parts[part + 1 :])  # what the last statement ran, as `%time` does
        del parts[part + 1 :]
        self._record(parts[part], at)
        self.now, because = parts[part].statements[at : at + 1], {}
        for statement in self.now:
            for name in sorted(self.origins.read_by(statement)):
                if why := self.origins.why(name):
                    because.setdefault(why, []).append(name)
                if self.shell.user_ns.get(name) is None and not self.origins.ended(name):
                    self.missed.add(name)
        self.old = tuple(_sentence(names, why) for why, names in because.items())
        for one in self.old:
            if one not in self.said:
                print(f"Out of date: {one}. Run the cell that makes it again, and those after it; {NO_WORD}.")
        self.said |= {*self.old}
        self.before = self.origins.look(*self.now)

    def ended(self, result) -> None:
        """After a cell: keep what its names rest on; forget results that it did not come to make."""
        self.old, self.now = (), []
        if not self.running:  # the cell in which this began to watch
            source = self.shell.transform_cell(result.info.raw_cell) if result.success else ""
            for statement in statements(source):
                self.origins.record(statement)
            return
        self._end(self.running.pop(), result.success, _entered(result.error_in_exec))
        if self.missed and isinstance(result.error_in_exec, Exception):
            one = "its cell" if len(self.missed) == 1 else "their cells"
            print(f"{_are(self.missed)} None, because {one} did not end. Run {one} again, then this one.")
        if self.running or not self.forgotten:
            return
        name = "that name" if len(self.forgotten) == 1 else "those names"
        print(
            f"This cell did not end, so {_are(self.forgotten)} None now: nothing old is shown under {name}."
        )
        self.forgotten = set()

    def _record(self, part, upto):
        for statement in part.statements[part.ended or 0 : upto]:
            self.origins.record(statement, self.before)
            if old := {name for name in self.caught & statement.sets if self._still_has(name)}:
                self.origins.leave(statement, names=old)
        self.caught = set()
        part.ended = upto

    def _still_has(self, name):
        """Whether a name has a result that it had before this statement, by itself or in what it holds."""
        value = self.shell.user_ns.get(name)
        if name not in self.before.values or not _is_result(value):
            return False
        before = {id(one()) for one in self.before.held.get(name, ()) if one() is not None}
        return any(id(one) in before for one in held(value)) or (
            value is self.before.values[name] and not isinstance(value, dict | list)
        )

    def _end(self, parts, well=True, entered=None):
        """These run no more: what has not ended leaves its names behind, and no old result under them."""
        there = self.shell.user_ns
        for part in parts:
            if part.ended is None:
                continue
            if well and part.shown and part.ended == len(part.statements) - 1:
                self._record(part, len(part.statements))
            for statement in part.statements[part.ended :]:
                self.origins.leave(statement, entered)
                forgotten = {name for name in statement.fresh if _is_result(there.get(name))}
                there.update(dict.fromkeys(forgotten))
                self.forgotten |= forgotten


def reaches(part: int, at: int) -> None:
    """A statement of a cell begins, if it is one: `%timeit` runs its own in a function."""
    if sys._getframe(1).f_code.co_name == "<module>" and _cells is not None:
        _cells.reaches(part, at)


def caught(*names: str) -> None:
    """An error was caught, and these names may not have been made."""
    if sys._getframe(1).f_code.co_name == "<module>" and _cells is not None:
        _cells.caught |= {*names}


def may_not_have_made(*names: str) -> None:
    """What stands in `finally` begins: after an error these names may be as they were."""
    if sys._getframe(1).f_code.co_name != "<module>" or _cells is None or sys.exc_info()[0] is None:
        return
    there, before = _cells.shell.user_ns, _cells.before.values
    _cells.old += tuple(
        f"{name}, whose cell did not end"
        for name in names
        if name in before and there.get(name) is before[name] and not isinstance(before[name], FIXED)
    )


def made(*names: str) -> None:
    """No error was: they have."""
    if sys._getframe(1).f_code.co_name == "<module>" and _cells is not None:
        _cells.caught -= {*names}


class _Caught(ast.NodeTransformer):
    """Says where an error is caught, by `except` or `suppress`, which names may not have been made."""

    def visit(self, node):
        """The node, with what is to be said in it; functions and classes are left as they are."""
        if isinstance(node, FUNCTIONS | ast.ClassDef):
            return node
        self.generic_visit(node)
        if isinstance(node, ast.For | ast.AsyncFor | ast.While):
            _left_out(node.body)
        if isinstance(node, ast.Try | ast.TryStar):
            for one in node.handlers:
                if names := written(node.body) - written(one.body):
                    one.body.insert(0, _call("caught", names, one.body[0]))
            if node.finalbody and (names := written(node.body)):
                node.finalbody.insert(0, _call("may_not_have_made", names, node.finalbody[0]))
        elif isinstance(node, ast.With) and any("suppress" in ast.unparse(one) for one in node.items):
            if names := written(node.body):
                first, last = node.body[0], node.body[-1]
                node.body = [_call("caught", names, first), *node.body, _call("made", names, last)]
        return node


def _left_out(body) -> None:
    """Where an error is caught in a loop and the rest of its body left out: that rest may not have been made, too."""
    for at, node in enumerate(body):
        if names := written(body[at + 1 :]):
            for one in getattr(node, "handlers", ()):
                if isinstance(one.body[-1], ast.Continue | ast.Break):
                    one.body.insert(0, _call("caught", names, one.body[0]))


def watch_cells() -> None:
    """From now on every cell of this notebook is watched; elsewhere this does nothing."""
    global _cells
    shell = get_ipython()
    if shell is None or _cells is not None:
        return
    _cells = Cells(shell)
    shell.events.register("pre_run_cell", _cells.begins)
    shell.events.register("post_run_cell", _cells.ended)
    shell.ast_transformers.append(_cells)


def is_result(kind: type) -> None:
    """A `kind` is a result, as runs and frames are: its name is None once a cell that was to make it anew fails."""
    _results.append(kind)


def out_of_date() -> tuple[str, ...]:
    """What the running statement reads that is out of date, a sentence each; none outside of a notebook."""
    return _cells.old if _cells is not None else ()


def say_what_is_not_followed() -> None:
    """Print what the running statement rests on that may have been changed unseen, if there is anything."""
    now = _cells.now if _cells is not None else ()
    names = {name for one in now for name in _cells.origins.too_large(_cells.origins.read_by(one))}
    if names:
        are = f"{' and '.join(sorted(names))} {'holds' if len(names) == 1 else 'hold'}"
        print(f"Not followed: {are} too much to be looked at in every place; a change there may not be seen.")


def _reaches(part, at, node):
    """The call of `reaches` that stands where a statement stands."""
    return _call("reaches", (part, at), node)


def _call(name, given, node):
    """A call of a function of this module, with these arguments, that stands where a statement stands."""
    said = ", ".join(map(repr, sorted(given) if isinstance(given, set) else given))
    call = ast.parse(f"__import__({__name__!r}, fromlist=['']).{name}({said})").body[0]
    for one in ast.walk(call):
        ast.copy_location(one, node)
    return call


def _entered(error) -> set[str]:
    """The names of the functions in which a cell has ended."""
    found, at = set(), error.__traceback__ if error else None
    while at:
        found.add(at.tb_frame.f_code.co_name)
        at = at.tb_next
    return found


def _are(names):
    return f"{' and '.join(sorted(names))} {'is' if len(names) == 1 else 'are'}"


def _sentence(names, why):
    if why.startswith(f"{names[0]}, ") and len(names) == 1:
        return why
    others = [name for name in names if not why.startswith(f"{name}, ")]
    return f"{' and '.join(others)} {'rests' if len(others) == 1 else 'rest'} on {why}"


def _is_result(value, depth=0) -> bool:
    """Whether a value is a run, a frame, a verdict, or holds one."""
    if isinstance(value, tuple(_results)):
        return True
    held = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return depth < 3 and any(_is_result(one, depth + 1) for one in held)
