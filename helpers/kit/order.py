"""In which order cells ran: whether a kernel holds what a run of its cells from top to bottom would leave.

Python can hide a change from everybody who looks: in a cache of one's own, in a text that is run, inside an object of a
library. What hides has to be set somewhere: in a cell that was edited while others, which came after it, did not run
again, or in one that first ran after the verdict did. This looks at cells alone, so it needs to know of no such way.
Cells stand in the order in which they first ran. What a cell changes in place is seen by looking before it and after
it: `histories` tells where a name has gone through more than a run from top to bottom would take it, or less.
"""

import types
from collections.abc import Sequence, Set

from helpers.kit.cached import caches
from helpers.kit.chance import SEED
from helpers.kit.changes import (
    UNKNOWN,
    hidden,
    inputs,
    is_shells,
    made_by,
    may_use,
    seen,
    writes,
)
from helpers.kit.histories import Change, Histories
from helpers.kit.made_of import SHELL, Before
from helpers.kit.marks import Told
from helpers.kit.reached import reached
from helpers.kit.shared import sharing
from helpers.kit.statements import Statement


class Order:
    """The order in which the cells of a notebook ran, which of them were edited, and what they have changed."""

    def __init__(self):
        self._texts, self._first, self._last, self._edited = {}, {}, {}, {}
        self._now, self._before = "", 0  # the cell that runs, and when it ran before
        self._time = 0
        self._reads, self._sources = {}, {}  # cell -> names, statements
        self._histories, self._looks, self._states = Histories(), {}, {}

    def begins(self, cell: str, text: str, does: Sequence[Statement] = ()) -> None:
        """A cell begins: `cell` is its place, as `helpers.kit.chance.place` has it, `does` what its text does."""
        self._time += 1
        if self._texts.get(cell, text) != text:
            self._edited[cell] = self._time
        self._now, self._before = cell, self._last.get(cell, 0)
        self._texts[cell], self._last[cell] = text, self._time
        self._first.setdefault(cell, self._time)
        self._sources[cell] = {one.source for one in does}
        self._reads[cell] = _read_from_others(does)
        self._histories.begins(cell)

    def look(self, before: Before, read: Set[str] = frozenset()) -> None:
        """A statement begins: `before` is what there is, `read` what it reads."""
        more = {name for name in sharing(read, before.values) - before.looks.keys() if not is_shells(name)}
        self._looks = {**before.looks, **{name: Told(before.values[name]).text for name in more}}
        self._states = {name: hidden(before.values[name]) for name in self._looks}

    def ran(
        self, statement: Statement, before: Before | None, sets: Set[str], read: Set[str], origins
    ) -> None:
        """A statement of the cell that runs has come to its end.

        sets, read: the names that it has set or changed, and all that it has read, by its functions, too.
        origins: those of all names, as `helpers.kit.origins.Origins` has them.
        """
        if self._now not in self._first:  # it began before this did
            return
        values = origins.values
        written = (
            statement.place[0] if statement.place and statement.place[1] else ""
        )  # `experiment.HINT = 0.2`
        others = lambda name: isinstance(values.get(name), types.ModuleType) and name != written
        sets = {name for name in sets if not (is_shells(name) or others(name))}
        made = made_by(statement, before, sets, read, values)
        for name in made:
            self._histories.made(self._now, name, Change(statement.source, ""))
        if before is None:
            return
        self._changes(statement, before, sets, made, read, origins)
        if not statement.defines:
            self._draws(statement, origins.seeds.moved, anew=origins.seeds.anew)

    def failed(self, statement: Statement, before: Before, origins) -> None:
        """A statement of the cell that runs has not come to its end."""
        origins.look_again()
        read = reached(statement.reads | statement.later, origins.of)
        self._changes(statement, before, {*statement.changed}, set(), read, origins, ended=False)

    def stopped(self) -> None:
        """The cell that runs has ended in an error."""
        self._histories.failed(self._now)

    def _changes(self, statement, before, sets, made, read, origins, *, ended=True):
        """It has changed names that it sets and has not made, and others, as far as that is to be seen."""
        values, states = origins.values, self._states
        other = lambda name: (
            name in values and seen(name, before, self._looks, states.get(name), values, origins.tell)
        )
        looked = {name for name in self._looks if name not in made and other(name)}
        hides = {name for name in looked if states[name] is UNKNOWN}
        used = {name for name in hides & statement.reads if may_use(statement, name, values[name])}
        again = self._histories.changed_by(self._now, statement.source) - made
        changed = {name for name in (sets - made) | (looked - hides) | used | again if name in values}
        changed = {name for name in changed if not caches(values[name])}
        if not changed:
            return
        turned = {name for name in changed if name in looked or other(name)}
        turned |= {name for name in changed if isinstance(values[name], types.ModuleType)}
        rests = inputs({*read & {*values}} - changed - turned - made - {*SHELL}, origins.mark)
        for name in sorted(changed | turned):
            again, place = writes(statement, name, values[name], origins)
            change = Change(statement.source, rests, place, again, name in turned)
            self._histories.changed(self._now, name, change, ended=ended)

    def _draws(self, statement, generators, *, anew):
        """It has moved generators of chance that all share; `anew`: it has set their seeds."""
        for name in [f"{SEED}{one}" for one in generators]:
            if anew:
                self._histories.made(self._now, name, Change(statement.source, ""))
            elif self._histories.is_made(name):
                self._histories.changed(self._now, name, Change(statement.source, ""))
        for name in self._histories.seeds() if anew and not generators else ():
            self._histories.changed(self._now, name, Change(statement.source, "", seen=False))

    def why(self) -> str:
        """Why the kernel may hold what no run from top to bottom leaves, as a sentence; "" if it does not."""
        here = self._first.get(self._now, 0)
        above = sorted((cell for cell, first in self._first.items() if first <= here), key=self._first.get)
        names = {name for cell in above for name in self._reads[cell]} | self._histories.seeds()
        if said := self._histories.why(names, above, self._sources):
            return said
        if self.is_another():
            return "Cells were edited or added, and not all that came after them ran again."
        return ""

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


def _read_from_others(does) -> set[str]:
    """Names that statements of a cell read, but for those that the cell has made before, and to change them alone."""
    found, made = set(), set()
    for one in does:
        found |= (one.reads - one.changed - one.sets - made - one.ready) | one.later
        made |= one.fresh - one.perhaps
    return found
