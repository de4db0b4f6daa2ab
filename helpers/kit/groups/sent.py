"""Which of the files that members have sent are one member's.

Each line tells by chance alone from which file of predictions it is. Lines of older copies do not; dated to the minute,
those of two people who answer in one room are often the same.
"""

from collections import Counter
from collections.abc import Sequence

from helpers.kit.rows import file_of, lines_of, row_of

TWO = "If they are two people's, type the numbers of one into the group's table"
ONE = "If they are one member's, ask for one file"


def members_of(contents: Sequence[bytes]) -> tuple[list[tuple[int, bytes]], list[str]]:
    """(number and lines of each member, what is to be said of files that are one's, or may be).

    The number is that of a member's first file. Files are one member's if a line of each is from one file of
    predictions; of lines that do not tell, if most of those that are dated are the same.
    """
    found, faults = {}, []  # number of a member's first file -> lines
    for number, lines in enumerate(map(_lines, contents), 1):
        mine, first = lines, number
        for other in [*found]:
            if _are_one(lines, found[other]):
                faults.append(
                    f"File {number} {_why_one(lines, found[other], other)}: counted once.{_or(lines)}"
                )
                mine, first = _joined(found.pop(other), mine), min(first, other)
            elif alike := len(_dated(lines) & _dated(found[other])):
                same = "a dated line" if alike == 1 else f"{alike} dated lines"
                faults.append(
                    f"File {number} and file {other} have {same} in common: counted as two members. {ONE}."
                )
        found[first] = mine
    return [(number, b"\n".join(found[number])) for number in sorted(found)], faults


def _lines(data):
    """What a file says, whatever its line ends, blank lines and marks at its beginning are."""
    lines = (line.removeprefix(b"\xef\xbb\xbf").strip() for line in lines_of(data))
    return [line for line in lines if line]


def _are_one(lines, known):
    if {*lines} == {*known} or _files(lines) & _files(known):
        return True
    same = _dated(lines) & _dated(known)
    return 2 * len(same) > min(len(_dated(lines)), len(_dated(known)))


def _files(lines):
    return {*map(file_of, lines)} - {None}


def _dated(lines):
    return {line for line in lines if b'"at"' in line}


def _why_one(lines, known, other):
    if {*lines} == {*known}:
        return "has the same content as an earlier one"
    if {*lines} < {*known} or {*known} < {*lines}:
        return f"and file {other} are one member's: one stands whole in the other one, which went on"
    if _files(lines) & _files(known):
        return f"and file {other} are one member's: they come from one file of predictions"
    return f"and file {other} are one member's: most of their dated lines are the same"


def _or(lines):
    """What to do where lines do not tell from which file they are, and two people may have said the same."""
    return "" if _files(lines) or not _dated(lines) else f" {TWO}."


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
