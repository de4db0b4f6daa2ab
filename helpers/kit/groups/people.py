"""Who is who in typed tables: what is counted is people, whatever number of lines, tables and copies they stand in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from helpers.kit.groups.lesson import Lesson
from helpers.kit.groups.spelling import folded, is_name
from helpers.kit.groups.summaries import without_summaries
from helpers.kit.groups.typed import WHEN, Line, columns

ALIKE = 0.8  # a table is another one's copy if so many of their numbers are the same,
LEAST = 4  # of so many at least
ONE = "they count as one person's. If they are two people, give them two names"
TWO = "what was typed or saved last counts. If they are two people, give them two names"


@dataclass
class Person:
    """Somebody: heading -> number that was said, the lines in which it stands.

    differ, apart: which of these lines differ, and which have no column in common, though neither is of another half.
    """

    said: dict[str, float]
    lines: list[Line]
    tables: set[int]
    differ: list[str] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)

    def joins(self, other: "Person") -> None:
        """Take in what the same person said elsewhere, later."""
        if odd := _differing(self, other):
            self.differ.append(f"{self.lines[-1].where} and {other.lines[0].where}: {_numbers(odd)}")
        elif not {*self.said} & {*other.said} and _halves_of(self) & _halves_of(other):
            self.apart.append(f"{self.lines[-1].where} and {other.lines[0].where}")
        self.said |= other.said
        self.lines += other.lines
        self.tables |= other.tables


def people(
    tables: Sequence[Sequence[Line]], lesson: Lesson, results: Mapping[tuple[str, str], float] = {}
) -> tuple[list[bytes], list[str]]:
    """(what each person said, as the lines of a file of predictions; what is to be said, a sentence each).

    tables:  their lines, the oldest table first.
    results: what came out, by the name of a prediction and its key.

    People are told by their names; lines of one name are one person's, and where they differ the last counts. A table
    without names has a person a line. Of one that is nearly another one's copy, or goes on with its numbers, each line
    is taken for the same person's there.
    """
    came_out = {heading: results[asked] for heading, asked in columns(lesson).items() if asked in results}
    kept, faults = without_summaries(tables, came_out)
    faults += [said for lines in kept for line in lines for said in line.faults]
    found = []
    for table, lines in enumerate(kept):
        mine, more = _in_one(table, lines)
        faults += more
        pairs = [(one, _of_name(found, one)) for one in mine]
        left = [one for one, same in pairs if same is None]
        for earlier in range(table - 1, -1, -1):
            others = [
                one for one in found if earlier in one.tables and not any(one is same for _, same in pairs)
            ]
            more, said = _copied(left, others, pairs, earlier, kept[earlier], lines)
            pairs, faults = [*more, *pairs], faults + said
            left = [one for one in left if not any(one is copy for copy, _ in more)]
        done = {id(one): same for one, same in pairs[::-1] if same is not None}
        for one in mine:
            if id(one) in done:
                done[id(one)].joins(one)
            else:
                found.append(one)
    differ = [said for one in found for said in one.differ if is_name(one.lines[-1].who)]
    if differ:
        faults.append(f"Lines of one name differ ({'; '.join(differ)}): {TWO}.")
    if apart := [said for one in found for said in one.apart if is_name(one.lines[-1].who)]:
        faults.append(f"Lines of one name fill different columns ({'; '.join(apart)}): {ONE}.")
    return [_bytes(one.said, lesson) for one in found if one.said], [*faults, *_halves(found)]


def _halves_of(one):
    """Whether somebody has said something after the session, something before it, or both."""
    return {heading.endswith(WHEN["after"]) for heading in one.said}


def _halves(found):
    """What is asked where some said nothing after the session, and others nothing before it."""
    said = [[name.endswith(WHEN["after"]) for name in one.said] for one in found if one.said]
    after, before = [one for one in said if all(one)], [one for one in said if not any(one)]
    if not after or not before:
        return []
    return [
        f"{len(before)} of the tables' members said nothing after the session, and {len(after)} nothing before it: if "
        "they are the same people, give each one name in both."
    ]


def _in_one(table: int, lines: Sequence[Line]) -> tuple[list[Person], list[str]]:
    """(the people of one table, what is to be said of numbers that stand there in the place of names twice)."""
    found, faults = {}, []
    for line in lines:
        one, key = Person(dict(line.said), [line], {table}), folded(line.who) or line.where
        if key in found and not is_name(line.who) and _differing(found[key], one):
            first = found[key].lines[-1].where
            faults.append(
                f"{first.capitalize()} and {line.where} have one number and differ: counted as two members."
            )
            key = line.where
        if key in found:
            found[key].joins(one)
        else:
            found[key] = one
    return [*found.values()], faults


def _of_name(found, one):
    """Who of those that are known has the name of somebody; None for nobody."""
    names = {folded(line.who) for line in one.lines if is_name(line.who)}
    return next((each for each in found if names & {folded(line.who) for line in each.lines}), None)


def _copied(left, others, pairs, earlier, before, lines):
    """(pairs of somebody and who that is in an earlier table that is nearly the same, what is to be said of them)."""
    known = [(one, same) for one, same in pairs if same is not None and earlier in same.tables]
    named = any(is_name(line.who) for line in before) and any(is_name(line.who) for line in lines)
    if named:  # of names that differ one may have been corrected
        near = _is_near(known) and 2 * len(known) >= min(len(left), len(others)) + len(known)
        more = [pair for pair in _matched(left, others) if near and _is_near([pair])]
        said = [
            f"{same.lines[-1].where.capitalize()} and {one.lines[0].where} are alike but for the name: taken for one "
            "person."
            for one, same in more
        ]
        return more, said
    both, by_number = f"{_of(before).capitalize()} and {_of(lines)}", _numbered(left, others)
    if by_number and not any({*one.said} & {*same.said} for one, same in by_number):
        return by_number, [
            f"{both} are taken for the same members' by their numbers: no column is filled in both."
        ]
    for more in (by_number, _matched(left, others)):
        if _is_near(more):
            odd = sum(len(_differing(same, one)) for one, same in more)
            differ = f", {_numbers(range(odd))} of theirs differ" if odd else ""
            return more, [
                f"{both} are taken for the same members' ({len(more)} stand in both{differ}): counted once, and what "
                "was saved last counts. If they are two groups, type names into the column `member`."
            ]
    return [], []


def _numbered(left, others):
    """Pairs of those whose lines have the same number in the place of a name."""
    numbers = {folded(line.who): one for one in others for line in one.lines if line.who}
    return [(one, numbers[who]) for one in left if (who := folded(one.lines[0].who)) in numbers]


def _matched(left, others):
    """Pairs of somebody here and who has most of the same numbers there, those first who have most."""
    same = lambda one, other: sum(other.said.get(name) == value for name, value in one.said.items())
    ranked = [(same(one, other), at, to) for at, one in enumerate(left) for to, other in enumerate(others)]
    found, taken = {}, set()
    for number, at, to in sorted(ranked, key=lambda each: -each[0]):
        if number and at not in found and to not in taken:
            found[at] = to
            taken.add(to)
    return [(left[at], others[to]) for at, to in sorted(found.items())]


def _is_near(pairs):
    """Whether in most of what both of each pair say they say the same."""
    both = sum(len({*one.said} & {*same.said}) for one, same in pairs)
    return (
        both >= LEAST and sum(len(_differing(same, one)) for one, same in pairs) <= (1 - ALIKE) * both + 1e-9
    )


def _differing(one, other):
    return [name for name, value in other.said.items() if one.said.get(name, value) != value]


def _numbers(which):
    return f"{len(which)} number{'s' * (len(which) != 1)}"


def _of(lines):
    return lines[0].where.partition(" of ")[2]


def _bytes(said, lesson: Lesson) -> bytes:
    """What somebody said, as the lines of a file of predictions."""
    known, made = columns(lesson), {}
    for heading, value in said.items():
        name, key = known[heading]
        made.setdefault(name, {})[key] = value
    return b"\n".join(
        json.dumps({"name": name, "guesses": guesses}).encode() for name, guesses in made.items()
    )
