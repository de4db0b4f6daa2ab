"""What each name of a notebook has gone through since it was made, and what it would have, had all run from the top.

A run from top to bottom makes a name once, and every cell below that changes it does so once. A cell that ran twice has
changed it twice; one that was edited may have left a change behind that its text makes no more.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from helpers.kit.chance import SEED

MORE = "What changes {names} ran more often than what makes {names}."
LEFT = "{names}: left by a cell that was edited since."
BELOW = "{names}: changed by a cell that first ran after this one."
AGAIN = "Not all that changes {names} ran again after what comes before it."


@dataclass(frozen=True)
class Change:
    """What a statement has done to a name.

    source:  the statement.
    inputs:  a mark of all that it read.
    place:   the part of the name's thing that it wrote anew and did not read; "" if it may have gone by what was there.
    again:   whether it writes the same as before when it runs again with the same inputs.
    seen:    whether the thing is another one by it.
    """

    source: str
    inputs: str
    place: str = ""
    again: bool = False
    seen: bool = True


@dataclass(frozen=True, eq=False)
class Event:
    """A change as it happened; `makes` if the name was made by it."""

    cell: str
    change: Change
    makes: bool = False


class Histories:
    """What has made each name and changed it since, and what each cell did when it ran last."""

    def __init__(self):
        self._since: dict[str, list[Event]] = {}  # name -> what has made it, what has changed it since
        self._does: dict[str, dict[str, list[Event]]] = {}  # cell -> name -> what it did when it ran last

    def begins(self, cell: str) -> None:
        """A cell runs, and has done nothing yet."""
        self._does[cell] = {}

    def made(self, cell: str, name: str, change: Change) -> None:
        """A cell has made a name anew."""
        event = Event(cell, change, makes=True)
        self._since[name], self._does.setdefault(cell, {})[name] = [event], [event]

    def changed(self, cell: str, name: str, change: Change, *, ended: bool = True) -> None:
        """A cell has changed a name, or might have; `ended`: the statement came to its end."""
        since, does = self._since.setdefault(name, []), self._does.setdefault(cell, {}).setdefault(name, [])
        at, same = self._before(since, does, cell, change)
        if at is None and not change.seen:
            return
        kept = same and not change.seen
        if kept or (at is not None and not any(_overlap(change, one.change) for one in since[at + 1 :])):
            event = since[at] if kept else Event(cell, change, since[at].makes)
            since[at] = event
        else:
            event = Event(cell, change)
            since[:] = [one for one in since if at is None or one is not since[at]]
            since.append(event)
        if ended:
            does.append(event)

    def _before(self, since, does, cell, change):
        """Where the event of an earlier run stands whose change this one replaces; whether both are of one text."""
        for at, one in enumerate(since):
            if one.cell != cell or one in does:
                continue
            same = (one.change.source, one.change.inputs) == (change.source, change.inputs)
            writes = change.place and change.place == one.change.place
            if (same and (change.again or not change.seen)) or writes:
                return at, same
        return None, False

    def failed(self, cell: str) -> None:
        """A cell has ended in an error: a run from top to bottom goes no further, so what it changed is too much."""
        does = self._does.get(cell, {})
        self._does[cell] = {name: events for name, events in does.items() if events and events[0].makes}

    def changed_by(self, cell: str, source: str) -> set[str]:
        """The names that a statement of a cell has changed since they were made."""
        its = lambda one: one.cell == cell and one.change.source == source and not one.makes
        return {name for name, since in self._since.items() if any(its(one) for one in since)} - self.seeds()

    def seeds(self) -> set[str]:
        """The seeds of generators that all share, as far as a cell has set one."""
        return {name for name in self._since if name.startswith(SEED) and self.is_made(name)}

    def is_made(self, name: str) -> bool:
        """Whether a cell that was watched has made a name."""
        return any(one.makes for one in self._since.get(name, ()))

    def why(self, names: Set[str], cells: Sequence[str], texts: Mapping[str, set[str]]) -> str:
        """Why some of these names hold something else than after a run of these cells, as a sentence; "" if none does.

        texts: the statements that each cell has now.
        """
        found = {}
        for name in sorted(names):
            since = self._since.get(name, [])
            would = self._after(name, cells)
            if of := _unlike(since, would, texts, cells):
                found.setdefault(of, []).append(name)
        for sentence in (MORE, LEFT, BELOW, AGAIN):
            if sentence in found:
                return sentence.format(names=" and ".join(found[sentence]))
        return ""

    def _after(self, name, cells):
        """What would have happened to a name after these cells, each as it ran last."""
        found = []
        for cell in cells:
            for event in self._does.get(cell, {}).get(name, ()):
                found = [event] if event.makes else [*found, event]
        return found


def _overlap(change, other) -> bool:
    """Whether it may matter which of two changes comes first."""
    ours, others = change.place, other.place
    apart = ours and others and ours.startswith("[") and others.startswith("[") and ours != others
    return not apart


def _unlike(since, would, texts, cells):
    """Which sentence says how what has happened differs from what would have."""
    if [*map(id, since)] == [*map(id, would)]:
        return ""
    more = [one for one in since if one not in would]
    if any(one.change.source not in texts.get(one.cell, ()) for one in more):
        return LEFT
    if more and not any(one.cell in cells for one in more):
        return BELOW
    return MORE if more else AGAIN
