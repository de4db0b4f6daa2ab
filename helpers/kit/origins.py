"""What each name of a notebook rests on: which statements made it, from which names, and what those were then.

A name outlives the numbers that it was made with. Turn one, go straight on, and an old run stands beside new ones. So
every statement leaves an origin: what it read, each with a mark. A name is out of date as soon as one of them has
another mark: another value where that can be told by what it holds, another statement or other inputs where it cannot.
The same cell run again leaves the same marks. What a function reads, it reads when it is called; what it changes in
place is seen by what that holds before and after.

What is not followed stands in README, under "When you turn a number". Of what is very large only samples are looked at;
`too_large` names it, and a verdict says so.
"""

import types
from collections.abc import Mapping, Set

from helpers.kit.cached import caches
from helpers.kit.chance import SEED, Seeds, states
from helpers.kit.made_of import (
    LINES,
    MADE,
    SHELL,
    SHOWN,
    Before,
    Origin,
    as_made,
    digest,
    modules_of,
    origin_of,
    place_of,
    shown,
    turned,
    undone,
    with_part,
)
from helpers.kit.makings import Makings, goes_on, sharing
from helpers.kit.marks import FIXED, SHARED, Told, is_anew, memory, references, with_held
from helpers.kit.reached import called, handed_on, held_in, reach, reached, remembers, turned_by
from helpers.kit.shared import Memory
from helpers.kit.statements import SEEDS, SETTERS, Statement
from helpers.kit.trained import is_lost, trains, works_on


class Origins:
    """The origins of all names of a notebook; `values` are those that they have."""

    def __init__(self, values: Mapping[str, object]):
        self.values, self.of, self._turned, self._left = values, {}, {}, 0
        self._told = {}  # what values hold, for as long as nothing runs
        self._trains = {}  # optimizers -> the names of what they were made for
        self.seeds, self.makings = Seeds(), Makings()

    def a_cell_begins(self, cell: str) -> None:
        """Another cell, by its place."""
        self.seeds.a_cell_begins(cell)
        self.makings.a_cell_begins(cell)

    def look_again(self) -> None:
        """Something has run: values may be others."""
        self._told = {}

    def look(self, statement: Statement | None = None) -> Before:
        """What there is before a statement runs, as `record` wants to know it."""
        read = reached(statement.runs, self.of) if statement else ()
        rests = {(name, one) for name in read if name in self.of for one in self.of[name].rests}
        works = lambda name, one: works_on(self.values.get(name), self.values.get(one))
        read = {*read} | {one for name, one in rests if works(name, one)}  # `optimizer.step()`
        kinds = {type(self.values.get(name)).__name__ for name in read} & {*self.of}
        read |= {kind for kind in kinds if caches(self.values.get(kind))}
        some = {name for name in read if name in self.values and not isinstance(self.values[name], FIXED)}
        inside = {key for name in some for one in with_held(self.values[name]) for key in memory(one)}
        large = any(isinstance(key, tuple) for key in inside)  # one may be seen through another
        some |= {
            name
            for name, value in self.values.items()
            if not isinstance(value, FIXED)
            and any(key in inside for one in (with_held(value) if large else [value]) for key in memory(one))
        }
        some |= sharing(read, self.values)
        looks = {name: self.tell(name).text for name in some}
        modules = modules_of(statement, self.values) if statement else {}
        held_then = {name: references(self.values[name]) for name in some}
        read = shown(statement, self.values, {*self.of}) if statement else frozenset()
        return Before(dict(self.values), looks, held_then, modules, states(), read)

    def record(self, statement: Statement, before: Before | None = None) -> tuple[Set[str], Set[str]]:
        """A statement has run to its end: the names that it has set or changed, and all that it has read.

        before: what there was before it. What it may not have set, and what is the same object as before and looks the
                same, was not made by it; what a function has set or changed for it, was. None: it set all that it may.
        """
        self.look_again()
        changed = self._changed(statement, before)
        sets = (statement.sets if before is None else self._set(statement, before)) | changed
        every, turns = reach(statement.reads | statement.later | (before.shown if before else {*()}), self.of)
        chance = self._chance(statement, before)
        direct = called(statement, self.of, self.values)
        turns = turned_by(statement, self.of, self.values) | (turns - direct)
        turns |= {one for one in every & {*self.of} if self.of[one].is_changed_by(statement.source)}
        modules, old, moved = modules_of(statement, self.values), self.of.copy(), statement.moved
        same = {name for name, now in modules.items() if before and now and before.modules.get(name) == now}
        others = (sets | turns) - same  # they may be others now than when they were read
        self.of = {
            name: old[moved.get(name, name)] for name in {*old, *moved} if moved.get(name, name) in old
        }
        self.makings.moved(moved)
        for name in sorted(sets - {*moved}, key=lambda name: name not in changed):
            if name in old and name not in statement.sets and caches(self.values.get(name)):
                self.of[name] = remembers(name, old[name], every, self.of, self.values, self.mark, chance)
                continue
            function = callable(self.values.get(name)) and bool(statement.later)
            read = statement.reads if function else every
            rests = {one: self.mark(one) for one in sorted((read & {*self.values}) - others - {*SHELL, name})}
            touched = ((read - statement.ready) & others & {*self.of}) - {
                name,
                *held_in(name, old, self.values),
            }
            rests |= handed_on(name, touched, others, self.of)
            lines = [f"{LINES}{one}" for one in touched if callable(self.values.get(one))]
            rests |= {one: self.mark(one) for one in lines} | chance
            if isinstance(module := self.values.get(name), types.ModuleType):
                self.of.pop(name, None)
                now, place = modules.get(name, ""), statement.place or ("", "", ())  # an import turns nothing
                written = before is None or (place[0] == name and place[1])
                if now and (written or name not in same):
                    self._turned[module.__name__] = digest((statement.source, rests, now))
                continue
            anew = (
                before is not None and not statement.decorated
            )  # which keeps one thing in the place of another
            anew = anew and is_anew(self.values.get(name), before.held.get(name, []))
            kept = not anew and name in changed | (statement.reads - statement.ready)
            own = old.get(name) if kept else None
            said = self.tell(name)
            if said.whole or said.network:  # what is changed in it is seen by what it holds
                among = {one for one in {*rests} | ({*()} if own else touched) if self.ended(one)}
                rests = self.makings.of_copies(name, rests, among & {*self.of}, self.of, self.values)
            parts = with_part(
                own, name, place_of(statement, name, self.values, self.mark), statement.source, rests
            )
            later = statement.later if function else statement.holds
            turns = statement.turns if callable(self.values.get(name)) else frozenset()
            if own:
                later, turns = later | own.later, turns | own.turns
            self.of[name] = origin_of(name, parts, later, turns)
            self.makings.made(name, parts, anew=own is None)
            value, there = self.values.get(name), {*rests, *sets} - {name}
            found = {one for one in there if trains(value, self.values.get(one))}
            before_it = self._trains.pop(name, set())
            self._trains |= {name: found | before_it} if found or (own and before_it) else {}
        done = undone(statement.source)  # it has ended now, even where it leaves the same as before
        for name in [name for name, one in self.of.items() if done in one.parts]:
            one = self.of[name]
            parts = {key: part for key, part in one.parts.items() if key != done}
            self.of[name] = origin_of(name, parts, one.later, one.turns)
        for best in direct & {*self._trains}:
            there = [self.values.get(one) for one in self._trains]
            lost = {one for one in self._trains[best] if is_lost(self.values.get(one), there)}
            self.leave(statement, names=lost, undone=f"for which {best} has to be made anew")
        return sets, every

    def _chance(self, statement, before):
        """The seeds that the result of a statement rests on."""
        if before is None or statement.defines:
            return {}
        read = called(statement, self.of, self.values)
        sets_one = statement.seeds or any(SEEDS in self.of[name].turns for name in read & {*self.of})
        sets_one |= any(getattr(self.values.get(name), "__name__", "") in SETTERS for name in read)
        return self.seeds.rests(before.chance, sets_one=sets_one)

    def _changed(self, statement, before) -> set[str]:
        """The names of what a statement has changed in place, by itself or by a function, under whatever name."""
        modules = types.ModuleType | type
        found = {name for name in statement.seeded if not isinstance(self.values.get(name), modules)}
        found |= statement.changed
        if before is not None:
            same = {name for name in before.looks if self.values.get(name) is before.values[name]}
            found |= {name for name in same if self.tell(name).text != before.looks[name]}
        things = (self.values[name] for name in found if name in self.values)
        things = {id(one) for one in things if not isinstance(one, (*FIXED, types.ModuleType))}
        return found | {
            name for name, value in self.values.items() if id(value) in things and not name.startswith("_")
        }

    def _set(self, statement, before):
        """The names that a statement has set or changed."""
        now = dict(self.values)
        new = {name for name, value in now.items() if value is not before.values.get(name)}
        sure = statement.sets - {name for name in statement.perhaps if not isinstance(now.get(name), SHARED)}
        open_to_all = lambda name: not name.startswith("_") or SHOWN.fullmatch(name)
        return sure | {name for name in new if name in statement.sets or open_to_all(name)} - {*SHELL}

    def leave(
        self,
        statement: Statement,
        entered: set[str] | None = None,
        *,
        names: set[str] | None = None,
        undone: str = "whose cell did not end",
    ) -> None:
        """A statement has not come to its end: what it was to make is of nobody knows when.

        names:   those alone; None: all that it was to make.
        entered: the names of the functions in which it ended; what others were to change is as it was. None: nobody
                 knows in which.
        undone:  why it is old, as the end of a sentence.
        """
        self.look_again()
        for name in (
            statement.sets | turned_by(statement, self.of, self.values, entered) if names is None else names
        ):
            self._left += 1
            own = None if name in statement.fresh else self.of.get(name)  # it may hold what it held
            parts = with_part(
                own,
                name,
                place_of(statement, name, self.values, self.mark),
                statement.source,
                {},
                left=undone,
            )
            self.of[name] = Origin(f"not ended, {self._left}", parts)

    def mark(self, name: str) -> str:
        """What tells whether a name is still the same: its value where that can be told, else how it was made."""
        if name.startswith(SEED):
            return self.seeds.mark(name)
        if name.startswith(MADE):
            return self.makings.mark(name)
        if name.startswith(LINES):
            origin = self.of.get(name.removeprefix(LINES))
            return next((part.source for part in origin.parts.values()), "") if origin else ""
        origin = self.of.get(name)
        if origin is not None and origin.undone:
            return origin.mark
        value = self.values.get(name)
        if isinstance(value, types.ModuleType):
            return f"module {value.__name__} {self._turned.get(value.__name__, '')}"
        if isinstance(value, types.FunctionType | type) and (module := value.__module__) != "__main__":
            return f"{module}.{value.__qualname__} {self._turned.get(module, '')}"  # whichever statement imported it
        if origin is not None and caches(value):  # a call does not make it another one
            origin = as_made(name, origin)
        told = self.tell(name)
        numbers = told.numbers and digest(told.numbers)
        return told.mark or " ".join(filter(None, [origin.mark if origin else "", numbers]))

    def tell(self, name) -> Told:
        """What the value of a name holds."""
        if name not in self._told:
            self._told[name] = Told(self.values.get(name))
        return self._told[name]

    def read_by(self, statement: Statement) -> set[str]:
        """All names that a statement reads as it runs, those among them that functions read for it."""
        read = (statement.reads | statement.later) - statement.ready
        return (
            set() if statement.defines else reached(read | shown(statement, self.values, {*self.of}), self.of)
        )

    def too_large(self, names: set[str]) -> set[str]:
        """Which of these names, and of those that they rest on, hold too much to be looked at in every place."""
        found, todo = set(), {*names}
        while todo:
            found |= todo
            parts = (part for name in todo & {*self.of} for part in self.of[name].parts.values())
            rests = (read.removeprefix(MADE).partition("\n")[0] for part in parts for read in part.rests)
            todo = {*rests} - found
        return {name for name in found & {*self.values} if self.tell(name).partly}

    def ended(self, name: str) -> bool:
        """Whether the statement that made a name last has come to its end."""
        return name not in self.of or not self.of[name].undone

    def why(self, name: str) -> str:
        """Why a name is out of date, as the end of a sentence; "" if it is not."""
        return self._why(name, set())

    def _why(self, name, seen):
        origin = self.of.get(name)
        if origin is None or name in seen:
            return ""
        seen.add(name)
        if origin.undone:
            return f"{name}, {origin.undone}"
        for read, mark in (
            (read, mark) for part in origin.parts.values() for read, mark in part.rests.items()
        ):
            if deeper := self._why(read, seen):
                return deeper
            now = self.mark(read)
            if now != mark and not (goes_on(read, mark, now) or self._moves_with(name, read)):
                return turned(read, mark, now, self.values, read in self.of)
        return ""

    def _moves_with(self, name, read):
        """Whether one is the other or a view of it, or both are an optimizer and what its steps have changed."""
        value, now = self.values.get(name), self.values.get(read)
        helped = name in self._trains and read in self.of and name in self.of[read].rests
        helped |= read in held_in(name, self.of, self.values)  # it has been changed in there, too
        return helped or works_on(value, now) or Memory([now]).holds(value)
