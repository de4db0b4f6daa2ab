"""What members wrote on paper, typed into a table: a column for each number that a lesson asks for, a line a member."""

import codecs
import csv
import io
import json
import math
from collections import Counter
from collections.abc import Sequence

from helpers.kit.groups.lesson import Lesson

MEMBER = "member"  # the heading of the first column
# What people write below the members, in some of their languages.
SUMMARIES = {*"mean average avg median total sum min max minimum maximum std sd count range spread".split()}
SUMMARIES |= {
    *"mittel mittelwert durchschnitt summe moyenne médiane media mediana promedio somme suma".split()
}
SHARES = "credences of at most 1 stand there, and it is in percent: type 70 for 70 %. They are left out."
ONE = "a 1 stands there, and is read as 1 %: type 100 for certain."
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


def members_of(content: bytes, lesson: Lesson) -> tuple[list[bytes], list[str]]:
    """(what each member said, as the lines of a file of predictions; what cannot be read, a sentence each).

    Whatever a spreadsheet has put between the cells, and in whatever letters it was saved. Raises ValueError where the
    first line is not that of the lesson's table.
    """
    known, rows = columns(lesson), _rows(content, columns(lesson))
    named = [cell.strip() for cell in rows[0]] if rows else []
    if not set(named) & set(known):
        raise ValueError(
            f"a table of members begins with the line that `kit {lesson.number}` wrote: {', '.join(known)}"
        )
    faults = [
        f"The table's column {one!r} is none that `kit {lesson.number}` wrote: left out."
        for one in named
        if one not in known and one not in ("", MEMBER)
    ]
    shares = _shares(named, rows[1:])
    faults += [f"{heading}: {SHARES}" for heading in shares]
    faults += [f"{heading}: {ONE}" for heading in _ones(named, rows[1:]) if heading not in shares]
    members = []
    for number, row in enumerate(rows[1:], 2):
        who = row[named.index(MEMBER)].strip() if MEMBER in named[: len(row)] else ""
        if who.lower().rstrip(":. ") in SUMMARIES:
            faults.append(f"Line {number} of the table, {who!r}, is no member: left out.")
            continue
        said, odd = _said(number, named, row, known, shares)
        faults += odd
        lines = [json.dumps({"name": name, "guesses": guesses}).encode() for name, guesses in said.items()]
        members += [b"\n".join(lines)] if lines else []
    return members, faults


def once(tables: Sequence[list[bytes]]) -> tuple[list[bytes], list[str]]:
    """(what the members of several tables said, a sentence for each table that stands whole in another one).

    Whoever gets a table twice, or once more with further lines, has not twice the members.
    """
    counts, kept, faults = [Counter(table) for table in tables], [], []
    for place, mine in enumerate(counts):
        others = [(at, one) for at, one in enumerate(counts) if at != place]
        if mine and any(mine < one or (mine == one and at < place) for at, one in others):
            faults.append(f"Table {place + 1} stands whole in another one: counted once.")
        else:
            kept += tables[place]
    return kept, faults


def _rows(content, known) -> list[list[str]]:
    """The rows of a table in which something stands, the cells apart at the sign that makes most headings known."""
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = content.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # old ones end lines by a \r alone

    def apart(end):
        return [row for row in csv.reader(io.StringIO(text), delimiter=end) if any(map(str.strip, row))]

    try:
        return max(
            map(apart, ",;\t"), key=lambda rows: len({cell.strip() for cell in [*rows, []][0]} & {*known})
        )
    except csv.Error as error:
        raise ValueError(f"a table of members cannot be read as one ({error})") from error


def _shares(named, rows) -> list[str]:
    """The columns in percent in which credences seem to stand as shares: 0.7, or nothing but 0 and 1."""
    found = []
    for at, heading in enumerate(named):
        cells = [row[at].strip() for row in rows if at < len(row) and row[at].strip()[-1:] not in ("", "%")]
        values = [_number(cell, in_percent=False) for cell in cells] if heading.endswith("%") else []
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


def _said(number, named, row, known, shares):
    """(what a row says: name -> key -> number, what of it cannot be read, a sentence each)."""
    if len(row) > len(named):
        return {}, [
            f"Line {number} of the table has more cells than there are columns (is a comma in a number?): left out."
        ]
    said, faults = {}, []
    for heading, cell in zip(named, row, strict=False):
        if heading not in known or not cell.strip():
            continue
        value = _number(cell, in_percent=heading.endswith("%"))
        if heading in shares and not cell.strip().endswith("%") and 0 < value <= 0.01:
            continue  # which was said of the column
        if math.isnan(value):
            faults.append(
                f"Line {number} of the table, {heading}: {cell.strip()!r} is no such number, left out."
            )
        else:
            name, key = known[heading]
            said.setdefault(name, {})[key] = value
    return said, faults


def _number(cell: str, *, in_percent: bool) -> float:
    """The number in a cell, with a point or a comma; a credence in percent as a share; NaN for what is none."""
    plain = cell.strip().removesuffix("%").strip().replace(",", ".")
    try:
        value = float(plain)
    except ValueError:
        return math.nan
    value = value / 100 if in_percent or cell.strip().endswith("%") else value
    return value if math.isfinite(value) and (not in_percent or 0 <= value <= 1) else math.nan
