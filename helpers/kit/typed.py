"""Settings as they are typed, and the names that a cell sets alone: of text only, no notebook is read here.

A running lesson asks for them, too: what reads and checks whole notebooks takes 1.6 seconds to import.
"""

import ast
from collections.abc import Iterable


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


def assigned(source: str, where: str) -> dict[str, ast.expr]:
    """name -> the node of its value, for every name that a line of a cell sets alone. ValueError for what is no Python.

    where: what the error calls the cell.
    """
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
