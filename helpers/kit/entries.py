"""Data files that are looked at when they are read: objects of named entries, with an error that names the entry."""

import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "data"


def entries(path: Path, parts: set[str] | None = None) -> dict:
    """What a data file holds: an object of named entries, none of them twice; `parts` are those that it must have."""

    def once(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{path.name}: {twice[0]!r} stands there twice")
        return dict(pairs)

    try:
        data = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise ValueError(f"{path.name} is no JSON: line {error.lineno}, {error.msg}") from error
    if parts is not None and set(data) != parts:
        raise ValueError(f"{path.name} holds {', '.join(sorted(parts))}: got {', '.join(data)}")
    return data


@functools.cache
def each(path: Path, made: Callable[[Path, str, dict], object]) -> dict:
    """All entries of a data file, read once: each is what `made(path, id, entry)` makes of it, looked at there."""
    return {id: made(path, id, entry) for id, entry in entries(path).items()}


def fields(
    path: Path, id: str, entry, required: Mapping[str, type], optional: Mapping[str, type] = {}
) -> None:
    """Look at one entry of a data file: every field that it must have, none that nobody reads, each of its kind."""
    if not isinstance(entry, dict):
        raise ValueError(f"{path.name}, {id}: an entry has fields, got {entry!r:.60}")
    known = {**required, **optional}
    for name in required:
        if name not in entry:
            raise ValueError(f"{path.name}, {id}: {name} is missing")
    for name, value in entry.items():
        if name not in known:
            raise ValueError(f"{path.name}, {id}: nobody reads {name!r}; there are {', '.join(known)}")
        kind = known[name]
        wrong = not isinstance(value, (int, float) if kind is float else kind)
        if wrong or (isinstance(value, bool) and kind is not bool):
            raise ValueError(f"{path.name}, {id}: {name} is of kind {kind.__name__}, got {value!r:.60}")
        if kind is str and name in required and not value.strip():
            raise ValueError(f"{path.name}, {id}: {name} is empty")
