"""Nothing old is shown or judged as if it were new: what a notebook says when a number was turned or a cell stopped.

`origins` knows what each name rests on. Before a cell runs, it is said which of the names that it reads are out of
date, and every verdict of that cell is NOT VALID. Where a cell does not end, results that it was to make are None: the
old ones are gone from under these names. Nothing else is taken away.
"""

import re

import pandas as pd
from IPython import get_ipython

from helpers.kit.frames import Finished
from helpers.kit.origins import Origins, statements

TIMED = re.compile(
    r"^%%(time|prun|capture)\b.*$|^%(time|prun)\s", re.MULTILINE
)  # these hide statements and errors
_results: list[type] = [pd.DataFrame, pd.Series, Finished]
_cells = None  # what watches the cells of this notebook


class Cells:
    """Watches the cells of a notebook, from the names in `shell`."""

    def __init__(self, shell):
        self.shell, self.origins, self.old = shell, Origins(shell.user_ns), ()
        self.before = {}

    def begins(self, info) -> None:
        """Before a cell: say which names that it reads are out of date, and why."""
        because, made = {}, set()
        for statement in self._statements(info):
            for name in sorted(self.origins.read_by(statement) - made):
                if (why := self.origins.why(name)) and name not in because.setdefault(why, []):
                    because[why].append(name)
            made |= statement.sets
        timed = TIMED.search(str(getattr(info, "raw_cell", "")))
        self.before = {name: self.shell.user_ns.get(name) for name in made} if timed else {}
        self.old = tuple(_sentence(names, why) for why, names in because.items())
        for one in self.old:
            print(f"Out of date: {one}. Run its cell again; no verdict is valid before.")

    def ended(self, result) -> None:
        """After a cell: keep what its names rest on; forget results that it did not come to make."""
        self.old = ()
        if result.error_before_exec is not None:  # no Python: nothing was run
            return
        stopped = None if result.success else self._line(result.error_in_exec)
        before, self.before, forgotten, there = self.before, {}, [], self.shell.user_ns
        for statement in self._statements(result.info):
            as_before = any(
                there.get(name) is value for name, value in before.items() if name in statement.sets
            )
            if (stopped is None or statement.last < stopped) and not as_before:
                self.origins.record(statement)
                continue
            self.origins.leave(statement)
            forgotten += [name for name in statement.fresh if _is_result(there.get(name))]
        names = sorted(set(forgotten))
        there.update(dict.fromkeys(names))
        if names:
            print(
                f"This cell did not end, so {' and '.join(names)} is None now: "
                "nothing old is shown under that name."
            )

    def _statements(self, info):
        source = getattr(info, "raw_cell", None)
        if not isinstance(source, str):
            return []
        return statements(self.shell.transform_cell(TIMED.sub("", source)))

    def _line(self, error):
        """The line of the cell at which it stopped; 0 where that is not known."""
        trace = getattr(error, "__traceback__", None)
        while trace is not None:
            frame = trace.tb_frame
            if frame.f_globals is self.shell.user_ns and frame.f_code.co_name == "<module>":
                return trace.tb_lineno
            trace = trace.tb_next
        return 0


def watch_cells() -> None:
    """From now on every cell of this notebook is watched; elsewhere this does nothing."""
    global _cells
    shell = get_ipython()
    if shell is None or _cells is not None:
        return
    _cells = Cells(shell)
    shell.events.register("pre_run_cell", _cells.begins)
    shell.events.register("post_run_cell", _cells.ended)


def is_result(kind: type) -> None:
    """A `kind` is a result, as runs and frames are: its name is None once a cell that was to make it anew fails."""
    _results.append(kind)


def out_of_date() -> tuple[str, ...]:
    """What the running cell reads that is out of date, a sentence each; none outside of a notebook."""
    return _cells.old if _cells is not None else ()


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
