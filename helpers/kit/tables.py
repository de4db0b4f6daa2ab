"""Tables of finished runs: written whole or not at all, read back as they were, with a note of where they came from.

Beside `NAME.csv` stands `NAME.json`: the command that makes it, commit, hardware, minutes, versions, the kind of each
column, and a checksum. Nothing is told by a special value in the table: an empty number is a gap, a text is a text,
be it "None" or "NA".
"""

import csv
import gzip
import hashlib
import io
import json
import os
import tempfile
import zlib
from pathlib import Path

import pandas as pd

RUNS = Path(__file__).resolve().parents[2] / "data/runs"
TEXT, WHOLE, NUMBER = "text", "whole number", "number"


def stored(name: str, *, folder: Path = RUNS) -> pd.DataFrame:
    """A stored table by its name, `stored("goals")`; columns have the kinds that its note says.

    `attrs["missing"]` says how many parts of its plan are not run yet.

    Raises ValueError where there is no such table, or where it is not the one that its note speaks of.
    """
    note, file = _note_of(name, folder)
    anew = f"make it anew, {note.get('command', 'its command is not known')}"
    try:
        data, told = unpacked((folder / file).read_bytes()), note["tables"][file]
        same = checksum(data) == told["sha256"]
        columns = told["columns"]
    except (OSError, EOFError, zlib.error) as error:  # not there, cut, or no gzip behind the first two bytes
        raise ValueError(f"{folder / file} cannot be read ({error}): {anew}") from error
    except (KeyError, TypeError) as error:
        raise ValueError(
            f"the note of {folder / file} does not say its checksum and columns: {anew}"
        ) from error
    if not same:
        raise ValueError(f"{folder / file} is not the table that its note speaks of: {anew}")
    frame = from_csv(data, columns)
    frame.attrs["missing"] = note.get("missing", 0)
    return frame


def provenance(name: str, *, folder: Path = RUNS) -> dict:
    """Where a stored table came from: command, commit, date, hardware, minutes, versions, seeds, and more."""
    return _note_of(name, folder)[0]


def _note_of(name, folder):
    """The note that speaks of a table, and the table's file. A note that cannot be read stops no other table."""
    there, unread = [], []
    for path in sorted(folder.glob("*.json")):
        try:
            note = json.loads(path.read_text(encoding="utf-8"))
            files = list(note.get("tables", ()))
        except (OSError, ValueError, AttributeError, TypeError, RecursionError) as error:
            unread.append(f"; {path} cannot be read ({error})")
            continue
        for file in files:
            if file.partition(".")[0] == name:
                return note, file
            there.append(file.partition(".")[0])
    known = ", ".join(sorted(there)) or "none"
    raise ValueError(f"no table {name!r} in {folder}; there are {known}{''.join(unread)}")


def kinds(frame: pd.DataFrame) -> dict[str, str]:
    """The kind of each column: "text", "whole number" or "number".

    Raises ValueError for a column that is neither: texts with gaps, True and False, lists.
    """
    found = {}
    for name, column in frame.items():
        if pd.api.types.is_bool_dtype(column):
            raise ValueError(f"column {name!r} holds True and False: write 1 and 0, or words")
        if pd.api.types.is_integer_dtype(column):
            found[name] = WHOLE
        elif pd.api.types.is_float_dtype(column):
            found[name] = NUMBER
        elif all(isinstance(value, str) for value in column):
            found[name] = TEXT
        else:
            odd = next(value for value in column if not isinstance(value, str))
            raise ValueError(f"column {name!r} is neither numbers nor texts: it holds {odd!r}")
    return found


def rounded(frame: pd.DataFrame, digits: int) -> pd.DataFrame:
    """The same table with so many digits behind the point, and no minus before a zero."""
    numbers = [name for name, kind in kinds(frame).items() if kind == NUMBER]
    values = frame.astype(dict.fromkeys(numbers, "float64"))
    values[numbers] = values[numbers].round(digits) + 0.0
    return values


def to_csv(frame: pd.DataFrame) -> bytes:
    """A table as CSV: texts in quotes, gaps among numbers empty, lines that end alike on every system."""
    kinds(frame)
    return frame.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC).encode()


def from_csv(data: bytes, columns: dict[str, str]) -> pd.DataFrame:
    """The table of `to_csv`; `columns` says which kind each column is."""
    types = {TEXT: "str", WHOLE: "int64", NUMBER: "float64"}
    gaps = {name: [""] for name, kind in columns.items() if kind == NUMBER}
    return pd.read_csv(
        io.BytesIO(data),
        dtype={name: types[kind] for name, kind in columns.items()},
        keep_default_na=False,
        na_values=gaps,
    )


def packed(data: bytes) -> bytes:
    """Zipped, alike whenever it is done."""
    return gzip.compress(data, 9, mtime=0)


def unpacked(data: bytes) -> bytes:
    """What was packed; other data as they are."""
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def checksum(data: bytes) -> str:
    """The same for a text with Windows' line ends, which git may have put in."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def write(path: Path, data: bytes, scratch: Path) -> None:
    """Write a file whole or not at all: into the folder `scratch` first, then in one move to its place."""
    handle, name = tempfile.mkstemp(dir=scratch, prefix=path.name, suffix=".scratch")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)  # mkstemp makes files that nobody else can read
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
