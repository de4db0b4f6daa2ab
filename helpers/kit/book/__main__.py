"""Make the course as a folder of pages: python -m helpers.kit.book [FOLDER]"""

import argparse
import base64
import hashlib
import html
import json
import re
import string
import sys
from collections.abc import Sequence
from pathlib import Path

from helpers.files import Folder, told
from helpers.files import lessons as files_of
from helpers.kit import tables
from helpers.kit.book.front import front
from helpers.kit.book.pages import COURSE, Page, of_markdown, of_notebook
from helpers.kit.groups.lesson import lesson

HERE = Path(__file__).parent
FOLDER = COURSE / "book"  # git ignores it
RECORD = ".book.json"
TAKES = 20  # MB that a book may take
TITLE = "Inner alignment under SGD and RL"
BESIDE = (
    "where_you_stand",
    "why_does_my_run_differ",
    "glossary",
)  # notebooks that are no lessons, in their order
PROSE = {"data/bibliography.md": "bibliography.html", "benchmarks/README.md": "speed.html"}
STORED = re.compile(r'src="data:image/png;base64,([^"]+)"')
KEPT = re.compile(r'src="([^":]+\.png)"')


def make(folder: Path = FOLDER) -> tuple[list[Page], list[Path]]:
    """Write the book into `folder`; return its pages, and the files that lie beside what somebody changed in a book.

    Of an older book only what is as it was made goes. Raises ValueError for a file, and for a folder that holds
    something else than a book.
    """
    with Folder(folder, RECORD) as there:
        there.claim("a book")
        made = pages()
        template = string.Template((HERE / "page.html").read_text(encoding="utf-8"))
        for number, one in enumerate(made):
            onward = _onward(made, number)
            title = one.title if one.title == TITLE else f"{one.title} · {TITLE}"
            whole = template.substitute(
                title=html.escape(title),
                course=TITLE,
                contents=_contents(made, one),
                body=one.body,
                onward=onward,
            )
            whole = KEPT.sub(lambda match: _kept((COURSE / match[1]).read_bytes(), there), whole)
            whole = STORED.sub(lambda match: _kept(base64.b64decode(match[1]), there), whole)
            there.offer(one.file, whole)
        for name in ("book.css", "book.js"):
            there.offer(name, (HERE / name).read_text(encoding="utf-8"))
        entries = [
            [one.title, part.heading, f"{one.file}#{part.name}" if part.name else one.file, part.words]
            for one in made
            for part in one.sections
            if part.words
        ]
        there.offer("index.js", f"const INDEX = {json.dumps(entries, ensure_ascii=False, indent=0)};\n")
        there.drop()
    return made, [*there.beside.values()]


def pages() -> list[Page]:
    """The pages in their order: the front page, the lessons, what stands beside them, the search."""
    lessons = {number: lesson(number) for number in files_of(COURSE / "notebooks")}
    names = [*(one.path.stem for one in lessons.values()), *BESIDE]
    files = {
        "README.md": "index.html",
        **{f"notebooks/{name}.ipynb": f"{name}.html" for name in names},
        **PROSE,
    }
    alt = json.loads((tables.RUNS / "ledger.json").read_text(encoding="utf-8"))["alt"]
    return [
        front(tables.stored("ledger"), alt, lessons, files, TITLE),
        *(of_notebook(COURSE / f"notebooks/{name}.ipynb", files) for name in names),
        *(of_markdown(COURSE / name, files) for name in PROSE),
        _search(),
    ]


def _search():
    body = (
        '<h1>Search</h1>\n<p id="said" role="status">The search needs JavaScript.</p>\n'
        '<ol id="found"></ol>\n<script src="index.js"></script>'
    )
    return Page("search.html", "Search", body)


def _contents(made: list[Page], here: Page) -> str:
    """All pages as a list of links, the headings of the one that is open below it."""
    rows = []
    for one in made[:-1]:
        title = "Front page" if one.file == "index.html" else one.title
        now = ' aria-current="page"' if one is here else ""
        parts = [part for part in one.sections if part.level == 2 and part.name] if one is here else []
        if here.file == "glossary.html":
            parts = []  # as many as words
        inner = "".join(f'<li><a href="#{part.name}">{html.escape(part.heading)}</a></li>' for part in parts)
        below = f"<ul>{inner}</ul>" if inner else ""
        rows.append(f'<li><a href="{one.file}"{now}>{html.escape(title)}</a>{below}</li>')
    return "<ul>\n" + "\n".join(rows) + "\n</ul>"


def _onward(made, number):
    """Links to the page before and the page after."""
    links = [
        f'<a href="{made[at].file}">{sign} {html.escape(made[at].title)}</a>'
        for at, sign in ((number - 1, "←"), (number + 1, "→"))
        if 0 <= at < len(made) - 1 and number < len(made) - 1
    ]
    return f'<p class="onward">{"".join(links)}</p>' if links else ""


def _kept(png: bytes, there: Folder) -> str:
    """Keep a picture in a file that is named by what is in it, and say where that is."""
    name = f"pictures/{hashlib.sha256(png).hexdigest()[:16]}.png"
    there.offer(name, png)
    return f'src="{name}"'


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: where to write."""
    parser = argparse.ArgumentParser("python -m helpers.kit.book", description=__doc__, allow_abbrev=False)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="where to write (default: book)")
    folder = parser.parse_args(arguments).folder
    try:
        made, newer = make(folder)
    except (OSError, ValueError) as error:
        print(told(error, folder, TAKES, "python3 course.py book FOLDER"), file=sys.stderr)
        return 2
    for path in newer:
        print(f"{path.name} lies beside a page that was changed here and stays as it is.")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    print(f"{len(made)} pages, {size:.1f} MB: {folder / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
