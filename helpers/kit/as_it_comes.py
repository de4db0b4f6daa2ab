"""Whether what a notebook shows was made with a lesson's numbers as the lesson comes."""

import ast
import functools
import json
import sys

from helpers import files
from helpers.kit.stale import out_of_date
from helpers.kit.typed import assigned, setting


def is_turned(name: str) -> bool:
    """Whether a result, by the name of its prediction, "02.d", is not the lesson's own.

    Either a number of its cells tagged `parameters` has another value in this notebook, or the running statement reads
    what is out of date. Outside of a notebook, and for names of no lesson, nothing is turned.
    """
    shell = _shell()
    if shell is None:
        return False
    there = shell.user_ns
    known = _as_it_comes(name[:2]).items() if name[2:3] == "." else ()
    return bool(out_of_date()) or any(one in there and not _same(there[one], value) for one, value in known)


def _shell():
    """The notebook's IPython, or None."""
    return getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()


@functools.cache
def _as_it_comes(digits):
    """name -> value of the numbers that a lesson lets be turned; those that are computed are left out."""
    path, found = files.lessons(files.SOLUTIONS).get(digits), {}
    try:
        written = _written(path) if path else {}
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ):  # not a notebook any more: nothing is known
        return {}
    for name, node in written.items():
        try:
            found[name] = setting(f"{name}={ast.unparse(node)}")[1]
        except ValueError:
            continue
    return found


def _written(path):
    """name -> the node of its value, of the cells tagged `parameters` in this file."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    sources = ["".join(cell["source"]) for cell in tagged if cell["cell_type"] == "code"]
    return {name: node for source in sources for name, node in assigned(source, path.name).items()}


def _same(one, value):
    """Whether two values are alike; seeds in a list are the same as in a range."""
    try:
        plain = list(one) if isinstance(one, range | list | tuple) else one
        return bool(plain == (list(value) if isinstance(value, range | list | tuple) else value))
    except (TypeError, ValueError, RuntimeError):  # an array
        return False
