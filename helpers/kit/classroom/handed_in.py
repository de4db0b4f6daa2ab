"""The files that students hand in, as they come: under another name, in another encoding, with half a letter in it."""

import atexit
import json
import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode

from helpers.kit.classroom import told

CONFLICT = re.compile(rb"^(<{7}|>{7}) ", re.MULTILINE)


class HandedIn(NotebookExporter):
    """Reads a notebook as far as it can be read."""

    def from_file(self, file_stream, resources=None, **more):
        """The notebook in an open file."""
        file = Path(file_stream.name)
        try:
            notebook = parsed(file.read_bytes())
        except Exception as error:
            told.say(file.parent.parent.name, why_not(file.read_bytes(), error))
            raise
        return self.from_notebook_node(notebook, resources=resources, **more)


def why_not(raw: bytes, error: Exception) -> str:
    """Why a file could not be read as a notebook, for whoever grades; error: what was raised."""
    if not raw.strip():
        return "the file is empty"
    if CONFLICT.search(raw):
        return "two versions stand in the file, with git's marks between them"
    if isinstance(error, json.JSONDecodeError):
        return f"the file is no notebook, or not the whole of one (no JSON at line {error.lineno})"
    return f"the file is no notebook ({str(error).splitlines()[0][:100]})"


def parsed(raw: bytes) -> NotebookNode:
    """A notebook from what a file holds, in any of JSON's encodings; letters that are none become "?", no numbers None.

    Raises ValueError for what is no notebook.
    """
    text = raw.decode(json.detect_encoding(raw), "replace")
    whole = _sound(json.loads(text))
    if not isinstance(whole, dict) or "nbformat" not in whole:
        raise ValueError("this is no notebook: there is no `nbformat` in it")
    notebook = nbformat.convert(nbformat.reader.reads(json.dumps(whole)), 4)
    notebook.setdefault("metadata", NotebookNode())
    for cell in notebook.cells:
        cell.setdefault("metadata", NotebookNode())
        cell.setdefault("source", "")
        if cell.cell_type == "code":
            cell.setdefault("outputs", [])
            cell.setdefault("execution_count", None)
    return notebook


def _sound(value):
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [_sound(one) for one in value]
    if isinstance(value, dict):
        return {_sound(name): _sound(one) for name, one in value.items()}
    return value


def hooks(root: Path) -> tuple[Callable, Callable]:
    """(what to do before a submission is graded, and after it) in the class of this folder.

    A single notebook of another name, such as a browser's "... (1).ipynb", is graded by a copy under the right name,
    which is gone afterwards; what was handed in stays as it is.
    """
    copies = []

    def before(assignment, student, notebooks):
        files = [Path(file) for file in notebooks]
        after(assignment, student, notebooks)  # of one that could not be graded
        student = files[0].parent.parent.name
        told.say(student)
        names = [file.name for file in (root / "source" / assignment).glob("*.ipynb")]
        right = next((file for file in files if file.name in names), None)
        if right is None and len(names) == len(files) == 1:
            right = files[0].with_name(names[0])
            shutil.copy2(files[0], right)
            copies.append(right)
            notebooks[:] = [str(right)]
            told.say(student, f"the file was called {files[0].name}")
        elif right is None:
            told.say(student, f"no file is called {', '.join(names)}: give that name to the one that counts")
        elif len(files) > 1:
            others = ", ".join(file.name for file in files if file is not right)
            told.say(student, f"not looked at: {others}")

    def after(assignment, student, notebooks):
        while copies:
            copies.pop().unlink(missing_ok=True)

    atexit.register(after, "", "", [])  # of the last one, if it could not be graded or was stopped
    return before, after
