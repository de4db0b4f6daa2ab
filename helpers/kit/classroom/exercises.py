"""The exercises of a lesson as they stand in its solution: what is written, what checks it, how long it takes."""

import ast
import re
from dataclasses import dataclass

import nbformat

from helpers.kit.gaps import SOLUTION

HEADING = re.compile(r"^#{2,3} (?P<name>.+?) · (?P<minutes>\d+) minutes(?P<more>, \w+)?$", re.MULTILINE)
JUDGED = "my_rule"  # a rule of the learner's own: a person grades it
ROW = re.compile(r"^\| \*\*You will be able to\*\* \| (.+?) \|$", re.MULTILINE)


@dataclass(frozen=True)
class Exercise:
    """One thing to write: its name, the heading above it, its points, and where its cells stand in the notebook.

    name:   the function that is written, "rl_step", or "judge" for a rule of the learner's own.
    check:  the name of what checks it, and `module` where that comes from; both "" where a person grades it.
    points: its part of the minutes in the heading: a point a minute, shared by the gaps below one heading.
    answer, test: the numbers of their cells; `test` is -1 where there is none.
    """

    name: str
    heading: str
    minutes: int
    points: int
    answer: int
    check: str = ""
    module: str = ""
    test: int = -1


def exercises(solution: nbformat.NotebookNode) -> list[Exercise]:
    """All exercises of a solution, in order. Raises ValueError for a gap without a check or without minutes."""
    origins, found, above = _origins(solution), [], None
    for place, cell in enumerate(solution.cells):
        if cell.cell_type != "code":
            headings = list(HEADING.finditer(cell.source))
            if headings:
                above = (headings[-1]["name"], int(headings[-1]["minutes"]), place)
            continue
        gap = SOLUTION.search(cell.source)
        if not gap and _called(cell.source) != JUDGED:
            continue
        if above is None:
            raise ValueError(f"cell {place}: above an exercise stands a heading with its minutes")
        if gap:
            test = next(at for at in range(place + 1, len(solution.cells)) if _is_code(solution.cells[at]))
            check, name = _checked(solution.cells[test].source, test)
            found.append(
                (above, dict(name=name, answer=place, check=check, module=origins[check], test=test))
            )
        else:
            found.append((above, dict(name="judge", answer=place)))
    return [
        Exercise(heading=head[0], minutes=head[1], points=points, **facts)
        for (head, facts), points in zip(found, _shared([head for head, _ in found]), strict=True)
    ]


def goals(solution: nbformat.NotebookNode) -> str:
    """What a learner will be able to do, as the table below the lesson's title says it. Raises ValueError."""
    if row := ROW.search(solution.cells[0].source):
        return row[1]
    raise ValueError("below the title stands no row 'You will be able to'")


def imports(solution: nbformat.NotebookNode) -> int:
    """The number of the cell tagged `imports`."""
    return next(
        place for place, cell in enumerate(solution.cells) if "imports" in cell.metadata.get("tags", [])
    )


def _shared(heads):
    """The points of each: the minutes of its heading, shared evenly, the first taking what is left over."""
    for place, head in enumerate(heads):
        parts, number = heads.count(head), heads[:place].count(head)
        yield head[1] // parts + (number < head[1] % parts)


def _origins(solution):
    """name -> the module from which the lesson imports it."""
    lines = ast.parse(solution.cells[imports(solution)].source).body
    return {
        name.name: line.module for line in lines if isinstance(line, ast.ImportFrom) for name in line.names
    }


def _is_code(cell):
    return cell.cell_type == "code"


def _called(source):
    """The name of the function that the first statement of a cell calls to set a name, or "" for any other cell."""
    try:
        lines = [line for line in ast.parse(source).body if isinstance(line, ast.Assign)]
    except SyntaxError:
        return ""
    calls = [line.value.func for line in lines if isinstance(line.value, ast.Call)]
    return next((call.id for call in calls if isinstance(call, ast.Name) and call.id == JUDGED), "")


def _checked(source, place):
    """The name of the check and of what it checks in a cell `check_it(it)`. Raises ValueError for any other cell."""
    try:
        (line,) = ast.parse(source).body
        call = line.value
        check, (answer,) = call.func.id, call.args
        if check.startswith("check_"):
            return check, answer.id
    except (SyntaxError, ValueError, AttributeError):
        pass
    raise ValueError(f"cell {place}: below a gap stands its check, check_it(it); got {source!r:.80}")
