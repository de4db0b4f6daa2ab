"""In which order cells ran: whether a kernel holds what a run of its cells from top to bottom would leave.

Python can hide a change from everybody who looks: in a cache of one's own, in a text that is run, inside an object of a
library. What hides has to be set somewhere: in a cell that was edited while others, which came after it, did not run
again, or in one that first ran after the verdict did. This looks at cells alone, so it needs to know of no such way.
Cells stand in the order in which they first ran. Nor does a run from top to bottom add to a list twice, or know a name
that no cell makes any more.
"""

import ast
from collections.abc import Sequence

from helpers.kit.reads import FUNCTIONS
from helpers.kit.statements import Statement, root_of

ADDS = "append extend insert pop popitem reverse".split()  # leave something else each time they are called


class Order:
    """The order in which the cells of a notebook ran, which of them were edited, and what an edit has left behind."""

    def __init__(self):
        self._texts, self._first, self._last, self._edited = {}, {}, {}, {}
        self._now, self._before = "", 0  # the cell that runs, and when it ran before
        self._time = 0
        self._sets, self._reads = {}, {}  # cell -> names
        self._left, self._added = set(), {}  # _added: name -> the cells that added to it since it was made

    def begins(self, cell: str, text: str, does: Sequence[Statement] = ()) -> None:
        """A cell begins: `cell` is its place, as `helpers.kit.chance.place` has it, `does` what its text does."""
        self._time += 1
        if self._texts.get(cell, text) != text:
            self._edited[cell] = self._time
        self._now, self._before = cell, self._last.get(cell, 0)
        self._texts[cell], self._last[cell] = text, self._time
        self._first.setdefault(cell, self._time)
        sets = {name for one in does for name in one.sets}
        self._left |= self._sets.get(cell, set()) - sets
        self._sets[cell] = sets
        self._reads[cell] = {name for one in does for name in one.reads | one.later}
        made = set()
        for one in does:
            for name in _adds(ast.parse(one.source)) - made:
                self._added.setdefault(name, []).append(cell)
            made |= one.fresh - one.perhaps
        self._left -= made
        self._added = {name: cells for name, cells in self._added.items() if name not in made}

    def why(self) -> str:
        """Why the kernel may hold what no run from top to bottom leaves, as a sentence; "" if it does not."""
        twice = {name for name, cells in self._added.items() if len(cells) > len({*cells})}
        if names := self._read_elsewhere(twice):
            return f"What changes {names} ran more often than what makes {names}."
        if names := self._read_elsewhere(self._left):
            return f"{names}: left by a cell that was edited since."
        if self.is_another():
            return "Cells were edited or added, and not all that came after them ran again."
        return ""

    def _read_elsewhere(self, names):
        """Those among these names that a cell reads which does not set them, as a text."""
        read = {name for cell, of in self._reads.items() for name in of - self._sets[cell]}
        return " and ".join(sorted(names & read))

    def is_another(self) -> bool:
        """Whether the cell that runs could have had something else before it, had all run from top to bottom."""
        here = self._first.get(self._now, 0)
        above = {cell for cell, first in self._first.items() if first < here}
        below = {cell for cell, first in self._first.items() if first > here}
        skipped = any(
            self._first[cell] > self._first[edited] and self._last[cell] < when
            for edited, when in self._edited.items()
            for cell in above
        )
        return skipped or any(self._last[cell] > self._before for cell in below)


def _adds(node) -> set[str]:
    """Names of what a statement changes further each time it runs: `x += 1`, `x = 2 * x`, `runs.append(1)`."""
    if isinstance(node, FUNCTIONS):
        return set()
    found = {name for child in ast.iter_child_nodes(node) for name in _adds(child)}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ADDS:
        return (found | {root_of(node.func.value)}) - {""}
    if isinstance(node, ast.AugAssign):
        return (found | {root_of(node.target)}) - {""}
    if isinstance(node, ast.Assign):
        loaded = {ast.unparse(one) for one in ast.walk(node.value) if isinstance(one, ast.expr)}
        again = [one for one in node.targets if ast.unparse(one) in loaded]
        return (found | {*map(root_of, again)}) - {""}
    return found
