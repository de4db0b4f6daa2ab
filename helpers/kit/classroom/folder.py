"""The folder of a class belongs to its instructor: what somebody else put there is never taken, and never lost."""

import hashlib
import json
import os
import shutil
from pathlib import Path

from helpers.files import write

SETTINGS = "nbgrader_config.py"
OURS = "helpers.kit.classroom"  # what stands in settings of ours
RECORD = ".made.json"  # file -> digest of what was written there last
KEPT = "kept"


def settled(folder: Path) -> list[str]:
    """Make the folder, for its owner alone, or look whether it is a class of ours; returns what is to be said.

    Raises ValueError where something else lies there, and where a file is in the way.
    """
    if way := next((path for path in (folder, *folder.parents) if path.exists() and not path.is_dir()), None):
        raise ValueError(f"{way} is a file: name a folder, or a new one")
    settings = folder / SETTINGS
    if settings.is_file() and OURS in settings.read_text(encoding="utf-8", errors="replace"):
        if os.name != "nt" and folder.stat().st_mode & 0o077:
            return [f"Others may look into {folder}, where answers and hidden seeds lie: chmod 700 {folder}"]
        return []
    if folder.exists() and any(not path.name.startswith(".") for path in folder.iterdir()):
        raise ValueError(
            f"{folder} holds something else than a class of this course: name an empty folder, or a new one"
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name != "nt":
        folder.chmod(0o700)
    return []


def put(folder: Path, name: str, text: str) -> list[str]:
    """Write a file of ours, and note that it is. What somebody changed there is kept; returns what is to be said."""
    there, said = folder / name, []
    if there.is_file() and not _is_ours(folder, there):
        said = keep(folder, there)
    there.parent.mkdir(parents=True, exist_ok=True)
    write(there, text)
    note(folder, there)
    return said


def keep(folder: Path, there: Path) -> list[str]:
    """Copy a file to `kept`, under a name that is free; returns what is to be said."""
    name, number = there.relative_to(folder), 1
    copy = folder / KEPT / name
    while copy.exists() and copy.read_bytes() != there.read_bytes():
        number += 1
        copy = folder / KEPT / name.with_name(f"{name.stem}_{number}{name.suffix}")
    copy.parent.mkdir(parents=True, exist_ok=True)
    write(copy, there.read_bytes())
    shutil.copystat(there, copy)
    return [f"{name} was changed: yours is kept as {copy.relative_to(folder)}"]


def keep_others(folder: Path, place: Path) -> list[str]:
    """Keep every file below a place that is not as it was made, since nbgrader makes that place anew."""
    others = [path for path in sorted(place.rglob("*")) if path.is_file() and not _is_ours(folder, path)]
    return [line for path in others for line in keep(folder, path)]


def note(folder: Path, *files: Path) -> None:
    """Note what was written."""
    noted = _noted(folder) | {file.relative_to(folder).as_posix(): _digest(file) for file in files}
    write(folder / RECORD, json.dumps(noted, indent=1) + "\n")


def _is_ours(folder, file):
    return _noted(folder).get(file.relative_to(folder).as_posix()) == _digest(file)


def _noted(folder):
    """What was written; without a record that can be read, every file is somebody's."""
    try:
        return dict(json.loads((folder / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()
