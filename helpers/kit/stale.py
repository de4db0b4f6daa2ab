"""Nothing old is shown or judged as if it were new: what a notebook says when a number was turned or a cell stopped.

`origins` knows what each name rests on. Before a statement of a cell runs, it is said which of the names that it reads
are out of date, and every verdict of that statement is NOT VALID. Where a cell does not end, results that it was to
make are None: the old ones are gone from under these names. Nothing else is taken away.
"""

import ast
import functools
import sys
from dataclasses import dataclass

from IPython import get_ipython

from helpers.kit.caught import Watched
from helpers.kit.chance import place
from helpers.kit.not_made import made_by
from helpers.kit.order import Order
from helpers.kit.origins import Origins
from helpers.kit.statements import Statement, statements
from helpers.kit.undone import RESULTS, Undone, has_result

NO_WORD = "no verdict is valid before"
SURE = "To be sure of this word, restart the kernel and run all cells."
_cells = None  # what watches the cells of this notebook


def _survives(look):
    """What looks at cells, so that it ends none: where it fails, it looks at no more, and verdicts name the error."""

    @functools.wraps(look)
    def careful(self, *given):
        if self.lost:
            return
        try:
            look(self, *given)
        except Exception as error:
            self.lost, self.old, self.now, self.running = f"{type(error).__name__}: {error}", (), [], []

    return careful


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
        self.before, self.said, self.forgotten, self.missed, self.empty = None, set(), set(), set(), set()
        self.undone = Undone(shell.user_ns)
        self.last, self.order = None, Order()  # last: the statement that ended last
        self.lost = ""  # the error of what looks, if it failed

    @_survives
    def begins(self, info) -> None:
        """Before a cell."""
        cell = place(info.cell_id, info.raw_cell or "")
        self.origins.a_cell_begins(cell)
        text = info.raw_cell or ""
        self.order.begins(cell, text, statements(self.shell.transform_cell(text)))
        self.running.append([])
        if len(self.running) == 1:
            self.undone.a_cell_begins()
        self.said, self.missed, self.empty = set(), set(), set()

    def visit(self, tree: ast.Module) -> ast.Module:
        """The same statements, and before each one a call of `reaches`."""
        if not self.running or not (found := statements(tree)):
            return tree
        last, parts = Watched(_call).visit(tree).body[-1], self.running[-1]
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

    @_survives
    def reaches(self, part: int, at: int) -> None:
        """A statement begins. Those before it have ended; say which names that it reads are out of date, and why."""
        parts = self.running[-1]
        self.origins.look_again()
        self._end(parts[part + 1 :])  # what the last statement ran, as `%time` does
        del parts[part + 1 :]
        self._record(parts[part], at)
        if self.last:  # what failed in another thread after it
            self._settle(self.last)
        self.now, because, self.empty = parts[part].statements[at : at + 1], {}, set()
        for statement in self.now:
            for name in sorted(self.origins.read_by(statement)):
                if why := self.origins.why(name):
                    because.setdefault(why, []).append(name)
                there = self.shell.user_ns
                if name in there and there[name] is None and not self.origins.ended(name):
                    self.missed.add(name)
                if _is_empty(self.shell.user_ns.get(name)) and name not in statement.sets:
                    self.empty.add(name)
        self.old = tuple(_sentence(names, why) for why, names in because.items())
        for one in self.old:
            if one not in self.said:
                print(f"Out of date: {one}. Run the cell that makes it again, and those after it; {NO_WORD}.")
        self.said |= {*self.old}
        self.before = self.origins.look(*self.now)
        self.order.look(self.before, {name for one in self.now for name in self.origins.read_by(one)})

    @_survives
    def ended(self, result) -> None:
        """After a cell: keep what its names rest on; forget results that it did not come to make."""
        self.old, self.now = (), []
        if not self.running:  # the cell in which this began to watch
            source = self.shell.transform_cell(result.info.raw_cell) if result.success else ""
            text = result.info.raw_cell or ""
            self.order.begins(place(result.info.cell_id, text), text, statements(source))
            for statement in statements(source):
                self.order.ran(statement, None, *self.origins.record(statement), self.origins)
            return
        self._end(self.running.pop(), result.success, _entered(result.error_in_exec))
        if not result.success:
            self.order.stopped()
        if self.missed and isinstance(result.error_in_exec, Exception):
            one = "its cell" if len(self.missed) == 1 else "their cells"
            print(f"{_are(self.missed)} None, because {one} did not end. Run {one} again, then this one.")
        if self.empty and isinstance(result.error_in_exec, KeyError):
            it = "it" if len(self.empty) == 1 else "them"
            print(f"{_are(self.empty)} empty. Run the cell that fills {it} to its end, then this one.")
        if not self.running and isinstance(error := result.error_in_exec, NameError) and error.name:
            if said := made_by(
                error.name, [*self.shell.history_manager.input_hist_raw, result.info.raw_cell]
            ):
                print(said)
        if self.running or not self.forgotten:
            return
        name = "that name" if len(self.forgotten) == 1 else "those names"
        print(
            f"This cell did not end, so {_are(self.forgotten)} None now: nothing old is shown under {name}."
        )
        self.forgotten = set()

    def _record(self, part, upto):
        for statement in part.statements[part.ended or 0 : upto]:
            self.order.ran(statement, self.before, *self.origins.record(statement, self.before), self.origins)
            self._settle(statement)
            self.last = statement
        part.ended = upto

    def _settle(self, statement):
        """A statement has ended; what an error has left as it was, it has not made, and what it took from there."""
        if self.undone and (old := self.undone.names(self.before)):
            self.origins.leave(statement, names=old | self.undone.taken(old, statement.sets))
        self.undone.forget()

    def _end(self, parts, well=True, entered=None):
        """These run no more: what has not ended leaves its names behind, and no old result under them."""
        there = self.shell.user_ns
        for part in parts:
            if part.ended is None:
                continue
            if well and part.shown and part.ended == len(part.statements) - 1:
                self._record(part, len(part.statements))
            for statement in part.statements[part.ended : part.ended + 1]:
                self.order.failed(statement, self.before, self.origins)
            for statement in part.statements[part.ended :]:
                self._settle(statement)
                self.origins.leave(statement, entered)
                forgotten = {name for name in statement.fresh if has_result(there.get(name))}
                there.update(dict.fromkeys(forgotten))
                self.forgotten |= forgotten


def reaches(part: int, at: int) -> None:
    """A statement of a cell begins, if it is one: `%timeit` runs its own in a function."""
    if sys._getframe(1).f_code.co_name == "<module>" and _cells is not None:
        _cells.reaches(part, at)


def not_made(*places: tuple[str, str | None]) -> None:
    """An error goes through, and these places may not have been written: see `caught`."""
    if _cells is not None and sys.exc_info()[0] is not GeneratorExit:
        _cells.undone.passed(sys._getframe(1), places, made=False)


def made(*places: tuple[str, str | None]) -> None:
    """An error was caught, and these places are written now all the same."""
    if _cells is not None:
        _cells.undone.passed(sys._getframe(1), places, made=True)


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
    RESULTS.append(kind)


def out_of_date() -> tuple[str, ...]:
    """What the running statement reads that is out of date, a sentence each; none outside of a notebook."""
    if _cells is None or _cells.lost:
        return ()
    handled = _cells.undone and sys.exc_info()[0]
    undone = _cells.undone.names(_cells.before, results=False) if handled else ()
    return (*_cells.old, *(f"{name}, whose cell did not end" for name in sorted(undone)))


def say_what_is_not_followed() -> None:
    """Print what the running statement rests on that may have been changed unseen, or if cells ran out of order."""
    now = _cells.now if _cells is not None else ()
    names = {name for one in now for name in _cells.origins.too_large(_cells.origins.read_by(one))}
    if names:
        are = f"{' and '.join(sorted(names))} {'holds' if len(names) == 1 else 'hold'}"
        print(f"Not followed: {are} too much to be looked at in every place; a change there may not be seen.")
    if _cells is not None and _cells.lost:
        print(f"Not followed: something in this notebook could not be looked at ({_cells.lost:.200}). {SURE}")
    if _cells is not None and (why := _cells.order.why()) and not out_of_date():
        print(f"{why} What is followed is in date. {SURE}")


def begin_anew() -> None:
    """Forget in which order cells ran: what runs from here on counts as a run from top to bottom.

    For whoever runs a lesson's solutions in the kernel in which the lesson has run, and knows what hangs on them.
    """
    if _cells is not None:
        _cells.order = Order()


def _reaches(part, at, node):
    """The call of `reaches` that stands where a statement stands."""
    return _call("reaches", (part, at), node)


def _call(name, given, node):
    """A call of a function of this module, with these arguments, that stands where a statement stands."""
    said = ", ".join(map(repr, given))
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


def _is_empty(value):
    return isinstance(value, dict) and not value


def _are(names):
    return f"{' and '.join(sorted(names))} {'is' if len(names) == 1 else 'are'}"


def _sentence(names, why):
    if why.startswith(f"{names[0]}, ") and len(names) == 1:
        return why
    others = [name for name in names if not why.startswith(f"{name}, ")]
    return f"{' and '.join(others)} {'rests' if len(others) == 1 else 'rest'} on {why}"
