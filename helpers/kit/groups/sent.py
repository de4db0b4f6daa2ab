"""Which of the files that members have sent are one member's.

Each line tells by a mark, drawn by chance, in which copy of the course it was kept. Lines of older copies do not; dated
to the minute, those of two people who answer in one room are often the same.
"""

from collections import Counter
from collections.abc import Sequence

from helpers.kit.rows import file_of, lines_of, row_of

TWO = "If they are two people's, type the numbers of one into the group's table"
ONE = "If they are one member's, ask for one file"


def members_of(contents: Sequence[bytes]) -> tuple[list[tuple[int, bytes]], list[str]]:
    """(number and lines of each member, what is to be said of files that are one's, or may be).

    The number is that of a member's first file. Files are one member's if their last lines were kept in one copy of the
    course, and never if all marks differ. Where marks do not tell, because a copy was copied or is old, they are if one
    stands whole in the other, or, without marks, if most of those lines that are dated are the same.
    """
    found, faults = {}, []  # number of a member's first file -> lines
    for number, lines in enumerate(map(_lines, contents), 1):
        mine, first = lines, number
        for other in [*found]:
            if _are_one(lines, found[other]):
                faults.append(f"File {number} {_why_one(lines, found[other], other)}: counted once. {TWO}.")
                mine, first = _joined(found.pop(other), mine), min(first, other)
            elif said := _in_common(lines, found[other]):
                faults.append(f"File {number} and file {other} have {said}: counted as two members. {ONE}.")
        found[first] = mine
    return [(number, b"\n".join(found[number])) for number in sorted(found)], faults


def of_several(number: int, data: bytes) -> list[str]:
    """What is asked where a file may hold several members' lines: names come again, and its dates go back or the lines
    were kept in several files.
    """
    rows = [(file_of(line), row) for line in _lines(data) if (row := row_of(line))]
    ask = "and it counts as one member's: if several members' lines are in it, ask each for a file."
    told = {}  # names, by the file in which they were kept
    for mark, row in rows:
        told.setdefault(mark, set()).add(row["name"])
    several = [names for mark, names in told.items() if mark]
    if sum(map(len, several)) > len(set().union(*several)):
        return [f"File {number} has lines that were kept in {len(several)} files, {ask}"]
    names, dates = [row["name"] for _, row in rows], [row.get("at", "") for _, row in rows]
    for at in range(1, len(rows)):
        if dates[at] and dates[at] < dates[at - 1] and {*names[:at]} & {*names[at:]}:
            return [f"In file {number} the dates go back, {ask}"]
    return []


def _are_one(lines, known):
    marks, others = _marks(lines), _marks(known)
    if {*lines} == {*known} or (marks and others and marks[-1] == others[-1]):
        return True
    if marks and others:
        return not {*marks}.isdisjoint(others) and _is_whole_in_other(lines, known)
    same = _dated(lines) & _dated(known)
    return 2 * len(same) > min(len(_dated(lines)), len(_dated(known)))


def _in_common(lines, known):
    """What two files have in common, as a sentence has it; "" where nothing, or where marks tell them apart."""
    marks, others = _marks(lines), _marks(known)
    if marks and others:
        return "" if {*marks}.isdisjoint(others) else "lines from one file of predictions in common"
    same = len(_dated(lines) & _dated(known))
    return "" if not same else "a dated line in common" if same == 1 else f"{same} dated lines in common"


def _lines(data):
    """What a file says, whatever its line ends, blank lines and marks at its beginning are."""
    lines = (line.removeprefix(b"\xef\xbb\xbf").strip() for line in lines_of(data))
    return [line for line in lines if line]


def _marks(lines):
    return [mark for mark in map(file_of, lines) if mark]


def _dated(lines):
    return {line for line in lines if b'"at"' in line}


def _is_whole_in_other(lines, known):
    return {*lines} < {*known} or {*known} < {*lines}


def _why_one(lines, known, other):
    if {*lines} == {*known}:
        return "has the same content as an earlier one"
    if _is_whole_in_other(lines, known):
        return f"and file {other} are one member's: one stands whole in the other one, which went on"
    if _marks(lines) and _marks(known):
        return f"and file {other} are one member's: they come from one file of predictions"
    return f"and file {other} are one member's: most of their dated lines are the same"


def _joined(lines, others):
    """Lines of two files, each as often as the one has it that has it more often, in the order of their dates."""
    long, short = sorted(map(_keyed, (lines, others)), key=len, reverse=True)
    left, more = Counter(line for _, line in short) - Counter(line for _, line in long), []
    for at, line in reversed(short):
        if left[line]:
            left[line] -= 1
            more.insert(0, (at, line))
    ordered = sorted([*long, *more], key=lambda each: each[0]) if more else long
    return [line for _, line in ordered]


def _keyed(lines):
    """Each line with its date; one without a date follows those before it."""
    at, keyed = "", []
    for line in lines:
        at = (row_of(line) or {}).get("at", at)
        keyed.append((at, line))
    return keyed
