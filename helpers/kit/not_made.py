"""Which cell of a lesson makes a name that is not there yet, said below Python's own error."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from helpers import files
from helpers.kit.statements import statements


def made_by(name: str, ran: Sequence[str], folder: Path = files.NOTEBOOKS) -> str:
    """A sentence that says which cell of the lesson makes a name; "" where none does, and on a page that is no lesson.

    ran: the sources of the cells that this kernel has run, the one that failed last; they tell which lesson it is. Of
    several cells that make the name it is the last above the one that failed.
    """
    cells = _lesson(ran, folder)
    same = [at for at, (kind, text) in enumerate(cells) if kind == "code" and _same(text) == _same(ran[-1])]
    here = min(same, default=len(cells))
    makes = [at for at, cell in enumerate(cells) if at != here and _makes(cell, name)]
    if not makes:
        return ""
    at = max((one for one in makes if one < here), default=makes[0])
    above = "\n".join(text for kind, text in cells[:at] if kind == "markdown")
    headings = re.findall(r"^#+ (.+)$", above, flags=re.MULTILINE)
    under = f', under "{headings[-1]}"' if headings else ""
    return (
        f"{name} is not there yet. The cell that makes it begins with `{_first(cells[at][1])}`{under}: run that one "
        "first, then this one."
    )


def _lesson(ran, folder) -> list[tuple[str, str]]:
    """The kind and the source of each cell of the lesson in which most of these cells stand."""
    lessons = []
    for path in files.lessons(folder).values():
        try:
            cells = json.loads(path.read_text("utf-8"))["cells"]
            lessons.append([(cell["cell_type"], "".join(cell["source"])) for cell in cells])
        except (OSError, ValueError, KeyError, TypeError):  # a learner's own file may be anything
            continue
    asked = {_same(source) for source in ran}
    stand = lambda cells: len(asked & {_same(text) for kind, text in cells if kind == "code"})
    best = max(lessons, key=stand, default=[])
    return best if stand(best) else []


def _makes(cell, name) -> bool:
    kind, text = cell
    if kind != "code" or name not in text:
        return False
    text = re.sub(r"^%.*$", "", text, flags=re.MULTILINE)  # a magic is no Python
    return any(name in one.sets - one.changed for one in statements(text))


def _same(source: str) -> str:
    """What two copies of a cell have in common: numbers may be turned."""
    return re.sub(r"\d+", "#", source.strip())


def _first(source: str) -> str:
    """The first line that is no comment and no magic."""
    lines = [
        line for line in source.splitlines() if line.strip() and not line.lstrip().startswith(("#", "%"))
    ]
    return lines[0].strip() if lines else ""
