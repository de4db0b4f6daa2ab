"""Words of hate that a model sampled by chance: they are left out of the texts that the course stores and shows.

The list is short, and kept as hashes, so that nobody has to read it. A word that has one of them inside is left out
whole, whatever else it is made of; what was measured of the text was measured before, with the word in it.
"""

import functools
import hashlib
import json
import re
from pathlib import Path

import pandas as pd

from helpers.kit import tables

MARK = "[word left out]"
LENGTHS = (5, 6, 7)  # of what is looked for in a word
HASHES = frozenset(
    {
        "08a841e996781e9e",
        "120f6e5b4ea32f65",
        "22fc75e65a0e9d34",
        "8f5083e3e5c7dc89",
        "eef3bd091670c344",
    }
)
INNOCENT = ("snigger",)  # a word that has one of them inside, and means something else


def without(text: str) -> str:
    """The text, each word of the list replaced by `MARK`."""
    return re.sub(r"\w+", lambda word: MARK if _listed(word[0]) else word[0], text)


def _listed(word):
    word = word.lower()
    for one in INNOCENT:
        word = word.replace(one, " ")
    pieces = (word[at : at + length] for length in LENGTHS for at in range(len(word) - length + 1))
    return any(_hash(piece) in HASHES for piece in pieces)


def _hash(word):
    return hashlib.sha256(word.encode()).hexdigest()[:16]


def left_out(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table, without such words in its texts."""
    once = functools.cache(without)  # columns of names repeat theirs
    return frame.assign(**{name: frame[name].map(once) for name in _texts(frame)})


def count(frame: pd.DataFrame) -> int:
    """How many words were left out of a table."""
    return sum(int(frame[name].str.count(re.escape(MARK)).sum()) for name in _texts(frame))


def _texts(frame):
    return [name for name, kind in tables.kinds(frame).items() if kind == tables.TEXT]


def in_stored(name: str, folder: Path = tables.RUNS) -> int:
    """Leave such words out of a table that is stored already, and say so in its note; returns how many it lacks now.

    The note vouches for the new table, so that the runner still takes it as finished.
    """
    frame = left_out(tables.stored(name, folder=folder))
    notes = {path: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    path, note, file = next(
        (path, note, file)
        for path, note in notes.items()
        for file in note.get("tables", {})
        if file.partition(".")[0] == name
    )
    data, many = tables.to_csv(frame), count(frame)
    note["tables"][file]["sha256"] = tables.checksum(data)
    if many:
        note["tables"][file]["words left out"] = many
    tables.write(folder / file, tables.packed(data) if file.endswith(".gz") else data, folder)
    tables.write(path, (json.dumps(note, indent=1) + "\n").encode(), folder)
    return many
