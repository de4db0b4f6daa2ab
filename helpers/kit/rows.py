"""The lines of a file of predictions: what a line says, what is none, and what other programs have made of the file."""

import contextlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from numbers import Real

from helpers.checked import number, share

WITHIN = 0.1  # how near a prediction is to lie where nothing else is said
ALIKE = 0.01  # so far apart two results may be on two machines
CAME_OUT = "came out "  # how the names of results begin that were set beside a prediction
BELIEVED = {"before": "believed before ", "after": "believed after "}  # how the names of credences begin
NUMBER = re.compile(r"[+-]?(0|[1-9]\d*)(\.\d+)?")  # "007" is a name
FILLED, MARKS = b"\0\r\n \t", (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")  # of no line; how encodings begin
OTHERS = {
    "utf-16-le": (0, 1),
    "utf-16-be": (1, 0),
    "utf-32-le": (0, 3),
    "utf-32-be": (3, 0),
}  # zeros at the ends


def called(key) -> str:
    """The name of what is predicted, as it is kept: numbers that are equal have one, 1, 1.0 and "1.0"."""
    text = str(key).strip()
    if not NUMBER.fullmatch(text) and (isinstance(key, bool) or not isinstance(key, Real)):
        return str(key)
    if text.lstrip("+-").isdecimal():  # however long it is
        return text.lstrip("+") if text.strip("+-0") else "0"
    value = float(text if isinstance(key, str) else key)
    if isfinite(value) and not value.is_integer():
        value = float(f"{value:.7g}")  # as many digits as numbers of torch have
    return str(int(value)) if value.is_integer() else str(value)


def as_line(row: dict) -> bytes:
    """A row as a line of the file. Raises ValueError or TypeError for what is no plain data."""
    return json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def lines_of(data: bytes) -> list[bytes]:
    """The lines of a file with their ends, in UTF-8; other programs write all of it in UTF-16, and mean no harm.

    They may write some of it so, and a crash may leave zeros: each line that can be read then is as if it stood alone.
    """
    lines, encoding = data.splitlines(keepends=True), json.detect_encoding(data)
    lines = [*map(_plain, lines)]
    if not encoding.startswith("utf-8"):
        with contextlib.suppress(UnicodeError):
            others = data.decode(encoding).encode().splitlines(keepends=True)
            lines = max(others, lines, key=lambda each: sum(row_of(line) is not None for line in each))
    return lines


def _plain(line):
    """A line in UTF-8 if it says something, in whatever encoding it stands and whatever zeros are around it."""
    if row_of(line) is not None:
        return line
    inside = line.strip(FILLED)
    if not inside:
        return line.replace(b"\0", b"")
    for mark in MARKS:
        inside = inside.removeprefix(mark).strip(FILLED)
    found = [inside]
    for encoding, (before, after) in OTHERS.items():
        with contextlib.suppress(UnicodeError):
            found.append((b"\0" * before + inside + b"\0" * after).decode(encoding).encode())
    return next((one + b"\n" for one in found if row_of(one) is not None), line)


def row_of(line: bytes) -> dict | None:
    """What a line says: name, guesses, confidence, within; with `unit`, `entry`, `at` where known. None for no row."""
    try:
        row = json.loads(line.decode().removeprefix("\ufeff"))  # some editors begin a file with this mark
        if b"\\u" in line:
            as_line(row)  # half a letter, "\ud800", can be read but never written or shown
        guesses = {called(key): number(guess, "a guess") for key, guess in row["guesses"].items()}
        confidence = None if row.get("confidence") is None else share(row["confidence"], "confidence")
        within = number(row.get("within", WITHIN), "within", above=0)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    name = row.get("name")
    made = {"name": name, "guesses": guesses, "confidence": confidence, "within": within}
    if isinstance(row.get("entry"), dict):
        made["entry"] = row["entry"]
    made |= {key: row[key] for key in ("unit", "at") if isinstance(row.get(key), str)}
    return made if isinstance(name, str) else None


def file_of(line: bytes) -> str | None:
    """The mark, drawn by chance, of the file of predictions that a line is from; None where it tells none."""
    with contextlib.suppress(ValueError, AttributeError, RecursionError):
        found = json.loads(line.decode().removeprefix("\ufeff")).get("file")
        return found if isinstance(found, str) else None
    return None


def rows_of(data: bytes) -> tuple[list[dict], int]:
    """The predictions in somebody's file, in the order in which they were made, and how many lines cannot be read."""
    rows = [row_of(line) for line in lines_of(data) if line.strip()]
    return [row for row in rows if row is not None], rows.count(None)


def in_time(rows: Iterable[Mapping]) -> list[Mapping]:
    """Rows, without a belief of before the lesson that came after its results, where an earlier one was kept.

    Its results are shown once one of its own numbers stood beside a prediction, or a belief of after it was kept. A
    first belief counts whenever it is said.
    """
    found, known, over = [], set(), set()
    for row in rows:
        name = row["name"]
        claim = name.removeprefix(BELIEVED["before"])
        if name.startswith(CAME_OUT) and not is_of_turned(row):
            over.add(_lesson(name.removeprefix(CAME_OUT)))
        elif name.startswith(BELIEVED["after"]):
            over.add(name.removeprefix(BELIEVED["after"]))
        elif claim != name and is_belief(row):
            if claim in known and {claim, _lesson(claim)} & over:
                continue
            known.add(claim)
        found.append(row)
    return found


@dataclass(frozen=True)
class Said:
    """What counts as said of one number.

    row:    the prediction in which it stands.
    early:  whether it was said before the number's own result was seen.
    turned: what had come out of it with turned numbers by then.
    first:  what was said of it before that, if it was; None if not.
    """

    row: Mapping
    early: bool
    turned: tuple[float, ...]
    first: "Said | None" = None


def said_of(rows: Iterable[Mapping]) -> dict[str, dict[str, Said]]:
    """name -> number -> what was said of it last before its own result was seen; where nothing was, what came later.

    A prediction that was made before any of its results replaces the whole of an earlier one; a later one takes nothing
    away from it. Rows that are no predictions, such as beliefs, are there under their names, too.
    """
    found, results, turned = {}, {}, {}
    for row in rows:
        name = row["name"]
        if name.startswith(CAME_OUT):
            of = (turned if is_of_turned(row) else results).setdefault(name.removeprefix(CAME_OUT), {})
            for what, value in measured_in(row).items():
                of.setdefault(what, []).append(value)
        elif row["guesses"] and "entry" not in row:
            seen, known = results.get(name, {}), turned.get(name, {})
            before = found.get(name, {})
            lines = before if seen else {}
            for what in row["guesses"]:
                if what not in seen or what not in lines or not lines[what].early:
                    now, one = tuple(known.get(what, ())), before.get(what)
                    first = None if one is None else one if one.turned != now else one.first
                    lines = lines | {what: Said(row, what not in seen, now, first)}
            found[name] = lines
    return found


def first_of(said: Said) -> Said:
    """What was said of a number before anything of what came out of it was seen, or else first."""
    while said.first:
        said = said.first
    return said


def unknowing(said: Said, value: float | None) -> Said | None:
    """What was said of a number before a run with turned numbers had told it nearly; None where nothing was.

    Nearly: as near as a prediction has to be. value: what came out of it, None where that is not known.
    """
    while said is not None and value is not None:
        near = max(ALIKE, said.row["within"])
        if not any(is_within(abs(own - value), near) for own in said.turned):
            break
        said = said.first
    return said


def results_of(rows: Iterable[Mapping]) -> tuple[dict[str, dict[str, list[float]]], ...]:
    """(what came out with the lesson's own numbers, what with turned ones): prediction -> number -> values."""
    own, turned = {}, {}
    for row in rows:
        if row["name"].startswith(CAME_OUT):
            of = (turned if is_of_turned(row) else own).setdefault(row["name"].removeprefix(CAME_OUT), {})
            for what, value in measured_in(row).items():
                of.setdefault(what, []).append(value)
    return own, turned


def own_of(values: list[float] | None, stored: float | None) -> float | None:
    """Of several results that are not alike the one nearest to the lesson's stored one, else the first; None for none.

    They differ where a number was turned in another place than the cell of numbers.
    """
    if not values or stored is None or max(values) - min(values) <= ALIKE:
        return values[0] if values else None
    return min(values, key=lambda value: abs(value - stored))


def is_within(off: float, within: float) -> bool:
    """Whether a number that is off by so much lies within; the last digit of 0.4 - 0.3 does not count."""
    return bool(off <= within + 1e-9)


def measured_in(row: Mapping) -> dict[str, float]:
    """The numbers that a row says to have come out; what is none is left out."""
    given, found = (row.get("entry") or {}).get("measured"), {}
    for name, value in given.items() if isinstance(given, Mapping) else ():
        with contextlib.suppress(TypeError, ValueError):
            found[called(name)] = number(value, "a result")
    return found


def is_of_turned(row: Mapping) -> bool:
    """Whether a result came out with turned numbers: it is not the lesson's own."""
    return bool((row.get("entry") or {}).get("turned"))


def is_belief(row):
    """A number out of 0 to 1: another one was not kept by a form."""
    return 0 <= row["guesses"].get("believed", -1) <= 1


def _lesson(name):
    return name.partition(".")[0]


def left_open(before: Mapping, now: Mapping) -> list[str]:
    """What an answer said, in another kernel maybe, and the one in its place leaves open, in words."""
    gone = [f"{key} {guess:g}" for key, guess in before["guesses"].items() if key not in now["guesses"]]
    sure = before["confidence"] is not None and now["confidence"] is None
    return [*gone, *["how sure you were"] * sure]
