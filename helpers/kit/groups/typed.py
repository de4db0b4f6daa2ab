"""What members wrote on paper, typed into a table: a column for each number that a lesson asks for, and its lines."""

import codecs
import csv
import io
import math
import re
from dataclasses import dataclass, replace

from helpers.kit.groups.lesson import Lesson
from helpers.kit.groups.spelling import is_name
from helpers.kit.units import IN_A_HUNDRED, is_share, of_percent

MEMBER = "member"  # the heading of the first column
NAMES = re.compile(  # what people make of that heading
    r"\b(member|(nick)?name|alias|initial|who|participant|e-?mail|mitglied|membre|miembro|nom|nombre|nome|navn)s?\b",
    re.IGNORECASE,
)
NO_NAME = re.compile(r"[\d@:/]")  # in a time, in an address
THOUSANDS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")  # 1,200: twelve hundred, or one and a fifth
DECIMALS = re.compile(r"(?:0|\d+(?=[.,](?:\d{1,2}|\d{4,})%?$))([.,])\d+%?")  # a sign that can be nothing else
SHARES = "credences of at most 1 stand there, and it is in percent: type 70 for 70 %. They are left out."
TENS = (
    "numbers of at most 10 stand in percent, as on a scale of ten: type 70 for 7 of 10, and 7% where 7 % is meant. "
    "They are left out."
)
ONE = "a 1 stands there, and is read as 1 %: type 100 for certain."
LOW = "a {0} stands there, and is read as {0} %: type {0}% if it is meant so."
PART = "a {0} stands there, and is read as {0} {1}: type 5 for 5 of a hundred."
SEPARATOR = re.compile(
    r"\W*sep=.\W*?\n", re.IGNORECASE
)  # by it a spreadsheet is told what stands between the cells
LINES = 12  # members for whom there is a line
WHEN = {"before": "before, in %", "after": "after, in %"}


def columns(lesson: Lesson) -> dict[str, tuple[str, str]]:
    """Heading of a column -> (name under which the course keeps it, key): "03.a: PPO", "C8 before, in %"."""
    found = {f"{name}: {key}": (name, key) for name, (keys, _) in lesson.asked.items() for key in keys}
    for name in lesson.believed:
        for when, told in WHEN.items():
            found[f"{name.split('.')[1]} {told}"] = (f"believed {when} {name}", "believed")
    return found


def template(lesson: Lesson) -> bytes:
    """An empty table to be filled in with any editor or spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([MEMBER, *columns(lesson)])
    writer.writerows([[n, *[""] * len(columns(lesson))] for n in range(1, LINES + 1)])
    return text.getvalue().encode("utf-8-sig")  # by its first mark spreadsheets know the letters


@dataclass(frozen=True)
class Line:
    """What stands in one line of a table below its headings.

    where:   "line 4 of the table".
    who:     what stands in the column of names; "" where there is none.
    said:    heading -> number, in the units of a file of predictions.
    cells:   heading -> (number as it is typed, how far it may be off by rounding), whether or not it can be meant.
    faults:  what of it cannot be read, a sentence each.
    """

    where: str
    who: str
    said: dict[str, float]
    cells: dict[str, tuple[float, float]]
    faults: tuple[str, ...] = ()


def lines_of_table(content: bytes, lesson: Lesson, table: str = "the table") -> tuple[list[Line], list[str]]:
    """(the lines in which a number stands; what is to be said of the table as a whole, a sentence each).

    Whatever a spreadsheet has put between the cells, and in whatever letters it was saved. Raises ValueError where the
    first line is not that of the lesson's table.
    """
    known, rows = columns(lesson), _rows(content, columns(lesson))
    above, named = _headings(rows, known)
    if not named:
        raise ValueError(
            f"a table of members begins with the line that `kit {lesson.number}` wrote: {', '.join(known)}"
        )
    if above:
        raise ValueError(
            f"a table of members begins with its headings, and {' '.join(above[0])!r:.60} stands above them: take out "
            f"what does ({len(above)} line{'s' * (len(above) > 1)})"
        )
    names, faults = _names(named, rows[1:], known, table)
    faults += [
        f"{table.capitalize()}'s column {one!r} is none that `kit {lesson.number}` wrote: left out."
        for at, one in enumerate(named)
        if one not in known and one != "" and at not in names and one.lower() != MEMBER
    ]
    faults += [
        f"{table.capitalize()} has the column {one!r} twice: where both are filled, the right one counts."
        for one in sorted({one for one in named if named.count(one) > 1} & set(known))
    ]
    shares = _shares(named, rows[1:])
    faults += [f"{heading}: {SHARES}" for heading in shares]
    faults += [f"{heading}: {ONE}" for heading in _ones(named, rows[1:]) if heading not in shares]
    of_ten, low, odd = _of_ten(named, rows[1:], shares)
    faults += odd
    points = {found[1] for row in rows[1:] for cell in row if (found := DECIMALS.fullmatch(cell.strip()))}
    units = {one: lesson.asked[name][1] for one, (name, _) in known.items() if name in lesson.asked}
    faults += _parts_of_one(named, rows[1:], units)
    lines = []
    for number, row in enumerate(rows[1:], 2):
        if {cell.strip() for cell in row} & {*known}:
            continue  # the headings once more
        who = " ".join(row[at].strip() for at in names if at < len(row)).strip()
        where = f"line {number} of {table}"
        tens = {*known} if number in low else of_ten
        lines.append(_line(where, who, [*zip(named, row, strict=False)], known, shares, units, points, tens))
        if tens - of_ten:
            lines[-1] = replace(lines[-1], faults=(*lines[-1].faults, f"{where.capitalize()}: {TENS}"))
        if len(row) > len(named):
            said = "has more cells than there are columns (is a comma in a number?): left out."
            lines[-1] = Line(where, who, {}, {}, (f"{where.capitalize()} {said}",))
    return [line for line in lines if line.cells or line.faults], faults


def _names(named, rows, known, table):
    """(the numbers of the columns in which members' names stand, what is to be said of them)."""
    found = [at for at, one in enumerate(named) if one not in known and NAMES.search(one)]
    if found:
        lettered = [at for at in found if any(at < len(row) and is_name(row[at]) for row in rows)]
        return lettered or found[:1], []
    cells = [row[0].strip() for row in rows if row and row[0].strip()]
    if named[0] in known or not cells or not all(is_name(one) and not NO_NAME.search(one) for one in cells):
        return [], []
    return [0], [f"{table.capitalize()}'s first column, {named[0]!r}, is taken for the members' names."]


def _headings(rows, known) -> tuple[list[list[str]], list[str]]:
    """(the rows above the headings, the headings); no headings where there are none."""
    for at, row in enumerate(rows):
        if {cell.strip() for cell in row} & {*known}:
            return rows[:at], [cell.strip() for cell in row]
    return rows, []


def _rows(content, known) -> list[list[str]]:
    """The rows of a table in which something stands, the cells apart at the sign that makes most headings known."""
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = content.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # old ones end lines by a \r alone
    text = text[found.end() :] if (found := SEPARATOR.match(text)) else text

    def apart(end):
        return [row for row in csv.reader(io.StringIO(text), delimiter=end) if any(map(str.strip, row))]

    try:
        return max(map(apart, ",;\t"), key=lambda rows: len({*_headings(rows, known)[1]} & {*known}))
    except csv.Error as error:
        raise ValueError(f"a table of members cannot be read as one ({error})") from error


def _shares(named, rows) -> list[str]:
    """The columns in percent in which credences seem to stand as shares: 0.7, or nothing but 0 and 1."""
    found = []
    for at, heading in enumerate(named):
        cells = [row[at].strip().removesuffix("%") for row in rows if at < len(row) and row[at].strip()]
        values = (
            [_typed(cell) for cell in cells] if heading.endswith("%") else []
        )  # a spreadsheet makes 0.7 0.7%
        if any(0 < value < 1 for value in values) or (1 in values and max(values) <= 1):
            found.append(heading)
    return found


def _ones(named, rows) -> list[str]:
    """The columns in percent in which a plain 1 stands."""
    return [
        heading
        for at, heading in enumerate(named)
        if heading.endswith("%") and any(at < len(row) and row[at].strip() == "1" for row in rows)
    ]


def _parts_of_one(named, rows, units) -> list[str]:
    """What is to be said of columns in a hundred in which a number below 1 stands, as if it were a share."""
    found = {}
    for row in rows:
        for heading, cell in zip(named, row, strict=False):
            if IN_A_HUNDRED.search(units.get(heading, "")) and 0 < abs(_typed(cell := cell.strip())) < 1:
                found.setdefault(heading, cell)
    return [f"{heading}: {PART.format(cell, units[heading])}" for heading, cell in found.items()]


def _of_ten(named, rows, shares) -> tuple[set[str], set[int], list[str]]:
    """(columns and lines whose credences seem to be on a scale of ten, what is to be said of columns).

    All of them are at most 10, one is above 1, and none has a sign of percent.
    """
    cells = {
        (heading, number): cell.strip()
        for number, row in enumerate(rows, 2)
        for heading, cell in zip(named, row, strict=False)
        if heading.endswith("%") and heading not in shares and not math.isnan(_typed(cell.strip()))
        if len(row) <= len(named)
    }
    columns, lines = (_low(cells, by) for by in (0, 1))
    sure = {number for (_, number), cell in cells.items() if "%" in cell or _typed(cell) > 10}
    single = {
        heading: cell
        for (heading, number), cell in cells.items()
        if heading not in columns and number not in sure | lines and 1 < _typed(cell) < 10
    }
    said = [f"{heading}: {TENS}" for heading in named if heading in columns]
    return columns, lines, [*said, *(f"{heading}: {LOW.format(cell)}" for heading, cell in single.items())]


def _low(cells, by) -> set:
    """Headings (0) or lines (1) that have several credences of at most 10, one of them above 1, and no others."""
    found = {}
    for at, cell in cells.items():
        found.setdefault(at[by], []).append(100 if "%" in cell else _typed(cell))
    return {one for one, values in found.items() if len(values) > 1 and 1 < max(values) <= 10}


def _line(where, who, pairs, known, shares, units, points, tens) -> Line:
    """A line of a table; pairs: headings and cells. What differs of a heading that stands twice, the right one says."""
    said, cells, faults = {}, {}, []
    for heading, cell in pairs:
        cell, unit = cell.strip(), units.get(heading, "share")
        if heading not in known or not cell:
            continue
        if not math.isnan(typed := _typed(cell)):
            cells[heading] = typed, _rounding(cell)
        try:
            value = _number(cell, unit, in_percent=heading.endswith("%"))
        except ValueError as error:
            faults.append(f"{where.capitalize()}, {heading}: {cell!r}: {error} Left out.")
            continue
        if (heading in shares and 0 < value <= 0.01) or (heading in tens and heading.endswith("%")):
            continue  # which is said of the column, or of the line
        if not is_share(unit) and THOUSANDS.fullmatch(cell) and not points == {cell[-4]}:
            faults.append(
                f"{where.capitalize()}, {heading}: {cell!r} may be {float(cell.replace(',', '.')):g} or "
                f"{re.sub('[.,]', '', cell)}: type one of them. Left out."
            )
        elif math.isnan(value):
            faults.append(f"{where.capitalize()}, {heading}: {cell!r} is no such number, left out.")
        else:
            said[heading] = value
    return Line(where, who, said, cells, tuple(faults))


def _typed(cell: str) -> float:
    """The number in a cell as it is typed, without its sign of percent; NaN for what is none."""
    try:
        value = float(cell.removesuffix("%").strip().replace(",", "."))
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _rounding(cell: str) -> float:
    """Half of the last digit that is typed."""
    digits = re.search(r"[.,](\d+)", cell)
    return 0.5 * 10 ** -(len(digits[1]) if digits else 0)


def _number(cell: str, unit: str, *, in_percent: bool) -> float:
    """The number in a cell, in its unit; a credence in percent as a share; NaN for what is none.

    Raises ValueError for one with a sign of percent in a unit that has none.
    """
    value = _typed(cell)
    if in_percent:
        return value / 100 if 0 <= value <= 100 else math.nan
    return of_percent(value, unit) if cell.endswith("%") and not math.isnan(value) else value
