"""The words of the course: one file of terms, a page made from it, and links to it.

    python -m helpers.kit.glossary          write notebooks/glossary.ipynb from data/glossary.json

In a lesson's text a term is linked where it first stands, `[null arm](../glossary.ipynb#null-arm)`; in a sentence that
is computed, `term("null arm")` gives the same.
"""

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path

from helpers import files
from helpers.checked import one_of
from helpers.files import write
from helpers.kit.entries import DATA, entries, fields

LESSONS = files.NOTEBOOKS
PAGE = LESSONS / "glossary.ipynb"
LINK = re.compile(r"\[([^\]]+)\]\((?:\.\./)?glossary\.ipynb#([^)\s]*)[^)]*\)")


@dataclass(frozen=True)
class Term:
    """A word of the course: what it means, in a sentence or two, and the lesson that introduces it."""

    name: str
    means: str
    first: str

    @property
    def anchor(self) -> str:
        """The name of its heading, as JupyterLab and nbconvert make it."""
        return self.name.replace(" ", "-")


def term(name: str, shown: str | None = None) -> str:
    """A link to a term as Markdown, for `say(...)`; `shown` is the word in the sentence, if it is another form.

    Raises ValueError, with the terms there are, for one that is not in the glossary.
    """
    one = terms()[one_of(name, terms(), "term")]
    return f"[{shown or name}]({PAGE.name}#{one.anchor})"


def terms() -> dict[str, Term]:
    """All terms by name, in the order of the alphabet."""
    return _read(DATA / "glossary.json")


def page():
    """The glossary as a notebook: a heading for each term, so that links find it, and where it is introduced."""
    import nbformat  # a second, which every lesson's first cell would wait for

    lessons = {number: path.name for number, path in files.lessons(LESSONS).items()}
    parts = ["# Glossary\n\nThe words of the course, each with the lesson that introduces it."]
    for one in terms().values():
        where = (
            f"[lesson {one.first}]({lessons[one.first]})" if one.first in lessons else f"lesson {one.first}"
        )
        parts.append(f"## {one.name}\n\n{one.means} *First in {where}.*")
    cells = [nbformat.v4.new_markdown_cell(text, id=f"term-{at}") for at, text in enumerate(parts)]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def linked(text: str) -> list[tuple[str, str]]:
    """The links to the glossary in a text: the word that is shown, and the anchor."""
    return LINK.findall(text)


@functools.cache
def _read(path: Path) -> dict[str, Term]:
    found, anchors = {}, {}
    for name, entry in sorted(entries(path).items(), key=lambda pair: pair[0].lower()):
        fields(path, name, entry, {"means": str, "first": str})
        found[name] = one = Term(name, entry["means"], entry["first"])
        if not re.fullmatch(r"\d\d", one.first):
            raise ValueError(f"{path.name}, {name}: first is a lesson's two digits, got {one.first!r}")
        if not re.fullmatch(r"[\w@ -]+", name) or name != " ".join(name.split()):
            raise ValueError(
                f"{path.name}, {name!r}: a term has letters, digits and single spaces, for its link"
            )
        if anchors.setdefault(one.anchor.lower(), name) != name:
            raise ValueError(f"{path.name}: {name!r} and {anchors[one.anchor.lower()]!r} would have one link")
    return found


def main() -> None:
    """Write the page."""
    write(PAGE, json.dumps(page(), indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    print(f"{PAGE.name}: {len(terms())} terms")


if __name__ == "__main__":
    main()
