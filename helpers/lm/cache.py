"""The folder in which the prepared SmolLM2 lives: where it is, and whether it is whole, unchanged and readable."""

import hashlib
import json
import os
import struct
from pathlib import Path

from platformdirs import user_cache_path

COURSE = Path(__file__).resolve().parents[2]
SMOLLM2 = "SmolLM2-135M-Instruct"
HOW_TO_GET = "run `python3 course.py setup` (once, 93 MB)"
FILES = {  # everything beside the tensors that changes what the model reads and says; see `_content`
    "config.json": "1c7263a3dbb15140aea7c537fd572dfcb8369017af31c6a1d0ee33eccbd62667",
    "generation_config.json": "91015daffc2eb4f31c99b9d531877f4b7bde8949dacc820deebe4e7ccb6a5d03",
    "tokenizer.json": "7ac55059a82b22649ba752d422d8a437a79c62ee85046d1605cac6e2bb954c42",
    "tokenizer_config.json": "affde68dd7ed0453cfb5ce55e0710bcf562d6b185a35e207521b913d282b7090",
    "chat_template.jinja": "872be49dbb638044ad01b60388f48d469ff2980e5f0dccdc22ec907db54d0788",
}
TENSORS = "model.safetensors"
OTHERS = {"provenance.json", "Thumbs.db", "desktop.ini"}  # what may lie there beside them


class WeightsMissing(FileNotFoundError):
    """The weights are not on this machine yet; the message says in one line how to get them."""


class WeightsBroken(ValueError):
    """A download or a cached file is not what was pinned; it is not used."""


def cache_dir() -> Path:
    """Where the weights live: the user's cache directory, or `INNER_ALIGNMENT_CACHE` if that is set.

    What is set is meant from the course's folder, whichever folder a program runs in; `~` is the user's home. Where the
    user has no home, as in some containers, they live in the course's folder.
    """
    if chosen := os.environ.get("INNER_ALIGNMENT_CACHE"):
        return COURSE / os.path.expanduser(chosen)
    try:
        return user_cache_path("inner-alignment-course", appauthor=False)
    except RuntimeError:  # no home
        return COURSE / ".weights"


def is_ready() -> bool:
    """Whether the prepared SmolLM2 is in the cache, whole and readable. Fast: its tensors are checked when loaded."""
    return not problem()


def problem() -> str:
    """Why the prepared SmolLM2 cannot be used, in one line; "" if it can."""
    try:
        check(cache_dir() / SMOLLM2)
    except (OSError, ValueError) as error:
        return str(error)
    return ""


def check(folder: Path) -> None:
    """Raise WeightsMissing, PermissionError or WeightsBroken unless a folder is SmolLM2's, whole and readable."""
    try:
        folder.stat()  # says when it is there and hidden, which `is_dir` does not on every Python
        there = {path.name for path in folder.iterdir() if not path.name.startswith(".")} - OTHERS
        for name in sorted({TENSORS, *FILES} ^ there):
            fault = "does not belong to it" if name in there else "is missing"
            raise WeightsBroken(f"the folder {folder} is not the pinned one, {name} {fault}: {HOW_TO_GET}")
        for name, pinned in FILES.items():
            if _content(folder / name) != pinned:
                raise WeightsBroken(f"{folder / name} is not the pinned file (it was changed): {HOW_TO_GET}")
        if not is_whole(folder / TENSORS):
            raise WeightsBroken(f"{folder / TENSORS} is not whole: {HOW_TO_GET}")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise WeightsMissing(f"{SMOLLM2} is not on this machine yet: {HOW_TO_GET}") from error
    except PermissionError as error:
        raise PermissionError(f"{error.filename or folder} cannot be read: {readable(folder)}") from error


def _content(path) -> str:
    """SHA-256 over what a file says: the same on every system, whatever its line ends and the library's version."""
    try:
        text = path.read_text(encoding="utf-8")  # \r\n is read as \n
        if path.suffix == ".json":
            facts = json.loads(text)
            facts.pop("transformers_version", None)
            text = json.dumps(facts, sort_keys=True)
    except (ValueError, AttributeError):
        return ""  # not even text, or no JSON object
    return hashlib.sha256(text.encode()).hexdigest()


def is_whole(path) -> bool:
    """Whether a safetensors file is as long as its header says."""
    with open(path, "rb") as file:
        start = file.read(8)
        try:
            header = json.loads(file.read(struct.unpack("<Q", start)[0]))
            end = max(entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__")
        except (struct.error, ValueError, KeyError, OverflowError, MemoryError):
            return False
        return file.tell() + end == file.seek(0, os.SEEK_END)


def readable(folder: Path | str) -> str:
    """What to do about a folder that cannot be read."""
    return (
        f"whoever has made it can let others read it (`chmod -R a+rX {folder}`), or set INNER_ALIGNMENT_CACHE to a "
        f"folder of yours and {HOW_TO_GET}"
    )
