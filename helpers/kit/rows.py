"""The lines of a file of predictions: what a line says, what is none, and what other programs have made of the file."""

import contextlib
import json
import re
from numbers import Real

from helpers.checked import number, share

WITHIN = 0.1  # how near a prediction is to lie where nothing else is said
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def called(key) -> str:
    """The name of what is predicted, as it is kept: numbers that are equal have one, 1, 1.0 and "1.0"."""
    text = str(key).strip()
    if (isinstance(key, Real) and not isinstance(key, bool)) or NUMBER.fullmatch(text):
        value = float(text)
        if not value.is_integer():
            value = float(f"{value:.7g}")  # as many digits as numbers of torch have
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value)
    return str(key)


def as_line(row: dict) -> bytes:
    """A row as a line of the file. Raises ValueError or TypeError for what is no plain data."""
    return json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def lines_of(data: bytes) -> list[bytes]:
    """The lines of a file with their ends, in UTF-8; other programs write all of it in UTF-16, and mean no harm."""
    lines, encoding = data.splitlines(keepends=True), json.detect_encoding(data)
    if not encoding.startswith("utf-8"):
        with contextlib.suppress(UnicodeError):  # where only a part of it was written so
            others = data.decode(encoding).encode().splitlines(keepends=True)
            lines = max(others, lines, key=lambda each: sum(row_of(line) is not None for line in each))
    return lines


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


def rows_of(data: bytes) -> tuple[list[dict], int]:
    """The predictions in somebody's file, in the order in which they were made, and how many lines cannot be read."""
    rows = [row_of(line) for line in lines_of(data) if line.strip()]
    return [row for row in rows if row is not None], rows.count(None)
