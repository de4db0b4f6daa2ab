"""A lesson from its solution: gaps in place of answers, and each answer folded below the hints of its exercise.

Between nbgrader's markers stands what a learner is to find out. Where the text of an exercise has the line
`<!-- solution -->`, the lesson has a third `<details>` with the solved cell below it.
"""

import copy
import html
import re
from collections.abc import Iterable

import nbformat

GAP = "raise NotImplementedError  # your code here"
SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?\n *### END SOLUTION$", re.DOTALL | re.MULTILINE)
MARK = "<!-- solution -->"
MARKERS = re.compile(r"^ *### (BEGIN|END) SOLUTION\n?", re.MULTILINE)


def with_gaps(solution: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The lesson that belongs to a solution: gaps, no outputs, folded solutions, and links one folder further up.

    Raises ValueError for a mark below which no solved cell comes.
    """
    lesson = copy.deepcopy(solution)
    for place, cell in enumerate(lesson.cells):
        if cell.cell_type == "code":
            cell.source = SOLUTION.sub(rf"\1{GAP}", cell.source)
            cell.outputs, cell.execution_count = [], None
        else:
            cell.source = cell.source.replace("](../", "](")
            if MARK in cell.source:
                cell.source = cell.source.replace(MARK, folded(solution.cells[place + 1 :]))
    return lesson


def folded(following: Iterable[nbformat.NotebookNode]) -> str:
    """The next solved cell, folded. It is written as HTML, so that it shows within `<details>` on every page.

    Raises ValueError where none of these cells is solved.
    """
    for cell in following:
        if cell.cell_type == "code" and SOLUTION.search(cell.source):
            code = html.escape(MARKERS.sub("", cell.source).rstrip(), quote=False)
            return f"<details><summary>Solution</summary>\n\n<pre><code>{code}</code></pre>\n\n</details>"
    raise ValueError(f"below {MARK} comes no cell with a solution")
