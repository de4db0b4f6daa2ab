"""The folder of a lesson: what somebody has changed in it is never written over, and what stands in the way is said.

A hidden file keeps the checksum of each file as the course wrote it. A file that has another one by now is somebody's:
it stays, and what the course would write is laid beside it, `slides_new.html`.
"""

import hashlib
import json
import os
from pathlib import Path

RECORD = ".made"  # name of a file -> checksum of what the course wrote


def folder_at(path: Path) -> Path:
    """The folder, made where it is missing. Raises ValueError, in a sentence, where it cannot be."""
    there = path
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise ValueError(f"{there} is a file, not a folder: name a folder, or one that is not there yet")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"{path} cannot be made ({error.strerror}): name another folder") from error
    return path


def put(path: Path, content: bytes) -> str:
    """Write a file of the course's; return the name under which it lies now.

    That is another one, `slides_new.html`, where somebody has changed the file since the course wrote it.
    """
    record = _record(path.parent)
    if path.exists() and _checksum(path.read_bytes()) not in (record.get(path.name), _checksum(content)):
        path = path.with_name(f"{path.stem}_new{path.suffix}")
        return put(path, content)
    _write(path, content)
    told = json.dumps(record | {path.name: _checksum(content)}, indent=1)
    _write(path.parent / RECORD, f"{told}\n".encode())
    return path.name


def _write(path, content):
    """Whole, or not at all."""
    scratch = path.with_name(f".{path.name}.part")
    scratch.write_bytes(content)
    os.replace(scratch, path)


def _record(folder):
    """What the course wrote there; nothing where that cannot be read, so that all files count as somebody's."""
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
