"""The numbers of a lesson that a reader may turn, changed by name: `with_parameters(lesson, {"STEPS": 20})`."""

import ast
import copy
from collections.abc import Iterable, Mapping
from pathlib import Path

import nbformat


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
        values = _assigned(cell.source, where)
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
        for name, value in _assigned(cell.source, f"{file}, cell {number}").items()
    }


def setting(text: str) -> tuple[str, object]:
    """Name and value of a setting as it is typed, `STEPS=20` or `SEEDS=range(4)`. Raises ValueError."""
    name, equals, value = text.partition("=")
    if not (equals and name.isidentifier()):
        raise ValueError(f"a setting looks like STEPS=20, got {text!r}")
    try:
        node = ast.parse(value.strip(), mode="eval").body
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "range" and not node.keywords:
            return name, range(*map(ast.literal_eval, node.args))
        return name, ast.literal_eval(node)
    except (SyntaxError, TypeError, ValueError):
        raise ValueError(
            f'{name}: a number, a "text" in quotes, a list or range(4) is meant, got {value!r}'
        ) from None


def settings(texts: Iterable[str]) -> dict[str, object]:
    """Settings as they are typed, each name once. Raises ValueError."""
    found = {}
    for text in texts:
        name, value = setting(text)
        if name in found:
            raise ValueError(f"{name} is set twice, to {found[name]!r} and to {value!r}: which is meant?")
        found[name] = value
    return found


def _tagged(notebook):
    """Number, counted from 1, and cell, for every cell that is tagged `parameters`."""
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code" and "parameters" in cell.metadata.get("tags", []):
            yield number, cell


def _assigned(source, where):
    """name -> the node of its value, for every name that a line of this cell sets alone."""
    values = {}
    try:
        lines = ast.parse(source).body
    except (
        SyntaxError,
        ValueError,
        RecursionError,
        MemoryError,
    ) as error:  # the last three: NUL, or far too deep
        line = f", line {error.lineno}" if getattr(error, "lineno", None) else ""
        said = str(getattr(error, "msg", error))
        raise ValueError(f"{where}{line}: what is tagged `parameters` is not plain Python: {said}") from error
    for line in lines:
        if isinstance(line, ast.AnnAssign) and line.value is not None:
            pairs = [(line.target, line.value)]
        elif isinstance(line, ast.Assign) and len(line.targets) == 1:
            pairs = _pairs(line.targets[0], line.value)
        else:
            continue
        values |= {target.id: value for target, value in pairs if isinstance(target, ast.Name)}
    return values


def _pairs(target, value):
    """Each target with its own value: one of each, or as many as in `A, B = 1, 2`."""
    if not isinstance(target, ast.Tuple | ast.List):
        return [(target, value)]
    same = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
    starred = any(isinstance(part, ast.Starred) for part in [*target.elts, *getattr(value, "elts", [])])
    return list(zip(target.elts, value.elts, strict=True)) if same and not starred else []


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
