"""What a cell makes is gone where the cell is run again and does not end: nothing old is shown under its name."""

import ast

from IPython import get_ipython

_kinds: list[type] = []


def forgotten_where_its_cell_fails(kind: type) -> None:
    """In a notebook, names that a cell sets to a `kind` are None once the cell fails or is stopped; a line says so.

    Otherwise the next cell would go on with what an earlier run of it made, perhaps from other numbers.
    """
    shell = get_ipython()
    if shell is None or kind in _kinds:
        return
    _kinds.append(kind)
    if len(_kinds) == 1:
        shell.events.register("post_run_cell", _forget)


def _forget(result):
    shell, source = get_ipython(), getattr(result.info, "raw_cell", None)
    if result.success or not isinstance(source, str):
        return
    there = shell.user_ns
    old = [
        name for name in _set_in(shell.transform_cell(source)) if isinstance(there.get(name), tuple(_kinds))
    ]
    there.update(dict.fromkeys(old))
    if old:
        print(
            f"This cell did not end, so {' and '.join(old)} is None now: nothing old is shown under that name."
        )


def _set_in(source):
    """Names that the lines of a cell set, each once; none where it is no Python."""
    try:
        nodes = ast.walk(ast.parse(source))
    except (SyntaxError, ValueError):
        return []
    names = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return list(dict.fromkeys(names))
