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


def with_parameters(notebook: nbformat.NotebookNode, settings: Mapping[str, object]) -> nbformat.NotebookNode:
    """A copy of a notebook in which names of its cells tagged `parameters` have other values.

    settings: name -> a number, text, truth value, None, range, or list, tuple or dict of them.
    Raises ValueError for a name that these cells do not set alone, and for another kind of value.
    """
    changed, known = copy.deepcopy(notebook), {}
    for cell in changed.cells:
        if _is_tagged(cell):
            values = _assigned(cell.source)
            known |= dict.fromkeys(values)
            cell.source = _replaced(
                cell.source,
                {values[name]: _written(name, settings[name]) for name in settings if name in values},
            )
    if unknown := [name for name in settings if name not in known]:
        names = ", ".join(known) or "none: no cell is tagged `parameters`"
        raise ValueError(f"no number of this lesson is called {', '.join(unknown)}; there are {names}")
    return changed


def parameters_of(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """name -> its value as it is written, for every name that a cell tagged `parameters` sets alone."""
    return {
        name: ast.unparse(value)
        for cell in notebook.cells
        if _is_tagged(cell)
        for name, value in _assigned(cell.source).items()
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


def _is_tagged(cell):
    return cell.cell_type == "code" and "parameters" in cell.metadata.get("tags", [])


def _assigned(source):
    """name -> the node of its value, for every name that a line of this cell sets alone."""
    values = {}
    for line in ast.parse(source).body:
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


def _written(name, value):
    """A value as Python source. Raises ValueError if it does not come back the same."""
    text = repr(value)
    try:
        if setting(f"{name}={text}")[1] == value:
            return text
    except ValueError:
        pass
    raise ValueError(
        f"{name}: a number, text, list or range is meant, got {text}, of type {type(value).__name__}"
    )
