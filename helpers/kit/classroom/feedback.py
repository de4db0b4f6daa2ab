"""The page that a student gets: each test under the heading of its exercise, and nothing fetched from elsewhere."""

import html
import re

from nbconvert.exporters import HTMLExporter
from nbgrader import preprocessors as theirs
from nbgrader.utils import is_grade, is_solution
from traitlets import List

HEADING = re.compile(r"^#{2,3} (.+?) · \d+ minutes", re.MULTILINE)
SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)


class Page(HTMLExporter):
    """nbgrader's page, with names in its list of tests and without MathJax from a server; formulas stay as written."""

    def from_notebook_node(self, nb, resources=None, **more):
        """The page of one graded notebook."""
        names = named(nb)
        page, resources = super().from_notebook_node(nb, resources, **more)
        for test, name in names.items():
            for theirs_ in (f'<a href="#{test}">Test cell', f'<a href="#{test}">Coding free-response'):
                page = page.replace(theirs_, f'<a href="#{test}">{html.escape(name)}')
            page = page.replace(f"Grade cell: <code>{test}</code>", html.escape(name))
        return SCRIPT.sub("", page), resources


def named(nb) -> dict[str, str]:
    """test -> the heading of its exercise, and the name of what is written there."""
    above, answer, names = "", "", {}
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            above = (HEADING.findall(cell.source) or [above])[-1]
        elif is_solution(cell):
            answer = cell.metadata.nbgrader["grade_id"]
        if is_grade(cell):
            names[cell.metadata.nbgrader["grade_id"]] = f"{above}: {answer}" if above else answer
    return names


class WithoutHiddenTests(theirs.ClearHiddenTests):
    """nbgrader's step; it knows a setting of nbconvert's, about which theirs would warn each time."""

    display_data_priority = List().tag(config=True)
