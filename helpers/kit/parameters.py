"""The numbers of a lesson that a reader may turn, changed by name: `with_parameters(lesson, {"STEPS": 20})`."""

import ast
import copy
from collections.abc import Mapping
from pathlib import Path

import nbformat

from helpers.kit.typed import assigned, setting, settings

__all__ = ["parameters_of", "read", "setting", "settings", "with_parameters"]


def read(path: Path) -> nbformat.NotebookNode:
    """The notebook in a file. Raises ValueError, with the file's name, where there is none."""
    try:
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            cell.cell_type, cell.source, cell.metadata  # noqa: B018  (each cell has them)
        return notebook
    except (OSError, ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError) as error:
        said = str(error).partition("\n")[0][:200]
        raise ValueError(
            f"{path} is not a notebook that can be read: {type(error).__name__}: {said}"
        ) from error


def with_parameters(
    notebook: nbformat.NotebookNode, settings: Mapping[str, object], file: str = "this lesson"
) -> nbformat.NotebookNode:
    """A copy of a notebook in which names of its cells tagged `parameters` have other values.

    settings: name -> a number, text, truth value, None, range, or list, tuple or dict of them.
    file:     what errors call the notebook.
    Raises ValueError for a name that these cells do not set alone, for a value of another kind than the one that stands
    there (None fits everywhere, and a number of seeds where a range stands), and for a cell that is no Python.
    """
    changed, known = copy.deepcopy(notebook), {}
    for number, cell in _tagged(changed):
        where = f"{file}, cell {number}"
        values = assigned(cell.source, where)
        known |= dict.fromkeys(values)
        texts = {
            node: _written(f"{where}: {name}", settings[name], node)
            for name, node in values.items()
            if name in settings
        }
        cell.source = _replaced(cell.source, texts)
    if unknown := [name for name in settings if name not in known]:
        names = ", ".join(known) or "none: no cell is tagged `parameters`"
        raise ValueError(f"{file}: no number is called {', '.join(unknown)}; there are {names}")
    return changed


def parameters_of(notebook: nbformat.NotebookNode, file: str = "this lesson") -> dict[str, str]:
    """name -> its value as it is written, for every name that a cell tagged `parameters` sets alone."""
    return {
        name: ast.unparse(value)
        for number, cell in _tagged(notebook)
        for name, value in assigned(cell.source, f"{file}, cell {number}").items()
    }


def _tagged(notebook):
    """Number, counted from 1, and cell, for every cell that is tagged `parameters`."""
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code" and "parameters" in cell.metadata.get("tags", []):
            yield number, cell


def _replaced(source, texts):
    """The source with other text in the place of these nodes; comments and all the rest stay."""
    lines = [line.encode() for line in source.split("\n")]  # a column of `ast` counts bytes
    for node in sorted(texts, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        first, last = node.lineno - 1, node.end_lineno - 1
        rest = lines[last][node.end_col_offset :]
        lines[first : last + 1] = [lines[first][: node.col_offset] + texts[node].encode() + rest]
    return b"\n".join(lines).decode()


def _written(name, value, node):
    """A value as Python source. Raises ValueError if it does not come back the same or is no such thing as `node`."""
    text = repr(value)
    try:
        same = setting(f"VALUE={text}")[1] == value
    except ValueError:
        same = False
    if not same:
        raise ValueError(
            f"{name}: a number, text, list or range is meant, got {text:.200}, of type {type(value).__name__}"
        )
    try:
        there = setting(f"VALUE={ast.unparse(node)}")[1]
    except ValueError:  # computed: any kind may be meant
        return text
    meant, got = _kind(there), _kind(value)
    seeds = isinstance(there, range) and got == "a number"
    if meant != got and not seeds and "None" not in (meant, got):
        raise ValueError(f"{name} is {meant}, such as {ast.unparse(node):.60}: got {got}, {text:.60}")
    return text


def _kind(value):
    kinds = {"a truth value": bool, "a number": (int, float), "text": (str, bytes), "a mapping": dict}
    kinds["a list or range"] = (list, tuple, set, range)
    return next((kind for kind, types in kinds.items() if isinstance(value, types)), str(value))
