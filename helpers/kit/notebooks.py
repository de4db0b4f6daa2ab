"""One source for a lesson and its solution: the solution is written, the lesson is made from it.

Between nbgrader's markers stands what a learner is to find out; in the lesson a gap takes its place.
"""

import copy
import re
from pathlib import Path

import nbformat

GAP = "raise NotImplementedError  # your code here"
SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?\n *### END SOLUTION$", re.DOTALL | re.MULTILINE)


def solution_of(lesson: Path) -> Path:
    """Where the solution of a lesson lies: `solutions/` beside it, under the same name."""
    return lesson.parent / "solutions" / lesson.name


def with_gaps(solution: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The lesson that belongs to a solution: gaps, no outputs, and links that start one folder further up."""
    lesson = copy.deepcopy(solution)
    for cell in lesson.cells:
        if cell.cell_type == "code":
            cell.source = SOLUTION.sub(rf"\1{GAP}", cell.source)
            cell.outputs, cell.execution_count = [], None
        else:
            cell.source = cell.source.replace("](../", "](")
    return lesson
