"""What members wrote on paper, typed into a table: a column for each number that a lesson asks for, a line a member."""

import csv
import io
import json
import math

from helpers.kit.groups.lesson import Lesson

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
    writer.writerow(["member", *columns(lesson)])
    writer.writerows([[n, *[""] * len(columns(lesson))] for n in range(1, LINES + 1)])
    return text.getvalue().encode("utf-8-sig")  # by its first mark spreadsheets know the letters


def members_of(content: bytes, lesson: Lesson) -> tuple[list[bytes], list[str]]:
    """(what each member said, as the lines of a file of predictions; what cannot be read, a sentence each).

    Raises ValueError where the first line is not that of the lesson's table.
    """
    text = content.decode("utf-8-sig", errors="replace")
    first = text.partition("\n")[0]
    known, ends = (
        columns(lesson),
        max(",;\t", key=lambda end: len(next(csv.reader([first], delimiter=end), []))),
    )
    rows = [
        row for row in csv.reader(io.StringIO(text, newline=""), delimiter=ends) if any(map(str.strip, row))
    ]
    named = [cell.strip() for cell in rows[0]] if rows else []
    if not set(named) & set(known):
        raise ValueError(
            f"a table of members begins with the line that `kit {lesson.number}` wrote: {', '.join(known)}"
        )
    members, faults = [], []
    for number, row in enumerate(rows[1:], 2):
        said = {}
        for heading, cell in zip(named, row, strict=False):
            if heading not in known or not cell.strip():
                continue
            name, key = known[heading]
            value = _number(cell, in_percent=heading.endswith("%"))
            if math.isnan(value):
                faults.append(
                    f"Line {number} of the table, {heading}: {cell.strip()!r} is no such number, left out."
                )
            else:
                said.setdefault(name, {})[key] = value
        lines = [json.dumps({"name": name, "guesses": guesses}).encode() for name, guesses in said.items()]
        members += [b"\n".join(lines)] if lines else []
    return members, faults


def _number(cell: str, *, in_percent: bool) -> float:
    """The number in a cell, with a point or a comma; a credence in percent as a share; NaN for what is none."""
    plain = cell.strip().removesuffix("%").strip().replace(",", ".")
    try:
        value = float(plain)
    except ValueError:
        return math.nan
    value = value / 100 if in_percent or cell.strip().endswith("%") else value
    return value if math.isfinite(value) and (not in_percent or 0 <= value <= 1) else math.nan
