"""In which order cells ran: whether a kernel holds what a run of its cells from top to bottom would leave.

Python can hide a change from everybody who looks: in a cache of one's own, in a text that is run, inside an object of a
library. What hides has to be set somewhere: in a cell that was edited while others, which came after it, did not run
again, or in one that first ran after the verdict did. This looks at cells alone, so it needs to know of no such way.
Cells stand in the order in which they first ran.
"""


class Order:
    """The order in which the cells of a notebook ran, and which of them were edited."""

    def __init__(self):
        self._texts, self._first, self._last, self._edited = {}, {}, {}, {}
        self._now, self._before = "", 0  # the cell that runs, and when it ran before
        self._time = 0

    def begins(self, cell: str, text: str) -> None:
        """A cell begins: `cell` is its place, as `helpers.kit.chance.place` has it."""
        self._time += 1
        if self._texts.get(cell, text) != text:
            self._edited[cell] = self._time
        self._now, self._before = cell, self._last.get(cell, 0)
        self._texts[cell], self._last[cell] = text, self._time
        self._first.setdefault(cell, self._time)

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
