"""Pages of the book: a notebook or a Markdown file as HTML, its headings in order and each with a name to link to."""

import functools
import html
import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

from helpers.kit.book.cells import text_of, to_page, wide
from helpers.kit.groups.markup import anchor, to_html

COURSE = Path(__file__).resolve().parents[3]
HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.DOTALL)
PICTURE = re.compile(r'(<img\b[^>]*?src=")(?!https?:|data:)([^"]+)"')
NOT_READ = ("pre", "script", "style", "svg")  # what the search does not look through


@dataclass(frozen=True)
class Page:
    """A page: its file's name, its title and its body as HTML."""

    file: str
    title: str
    body: str

    @functools.cached_property
    def sections(self) -> list["Section"]:
        """What stands below each heading, in order; the first is that of the title."""
        reader = _Reader(self.title)
        reader.feed(self.body)
        for one in reader.sections:
            one.heading, one.words = (" ".join(text.split()) for text in (one.heading, one.words))
        return [one for one in reader.sections if one.heading]


@dataclass
class Section:
    """A heading, its name in links, its level, and the plain words below it but for what is folded and for code."""

    heading: str
    name: str
    level: int
    words: str = ""


def of_notebook(path: Path, files: Mapping[str, str]) -> Page:
    """The page of a notebook. `files`: path in the course -> page of the book, for its links."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    to = functools.partial(leads, folder=path.parent, files=files)
    title = text_of(cells[0]["source"]).splitlines()[0].lstrip("# ")
    return _made(files[_inside(path)], title, [to_page(cell, to) for cell in cells])


def of_markdown(path: Path, files: Mapping[str, str]) -> Page:
    """The page of a Markdown file."""
    text = path.read_text(encoding="utf-8")
    return _made(files[_inside(path)], text.splitlines()[0].lstrip("# "), [prose(text, path.parent, files)])


def prose(markdown: str, folder: Path, files: Mapping[str, str]) -> str:
    """Markdown of a file in `folder` as HTML."""
    page = to_html(
        re.sub(r"<!--.*?-->", "", markdown, flags=re.DOTALL),
        functools.partial(leads, folder=folder, files=files),
    )
    inlined = lambda match: f'{match[1]}{_inside(folder / match[2])}"'
    return wide(PICTURE.sub(inlined, page))


def ordered(body: str) -> str:
    """The same with a name for each heading, no level left out and no name twice."""
    taken, above = (
        set(re.findall(r'\bid="([^"]+)"', body)),
        [],
    )  # `above`: the levels of the headings above, as written

    def named(match):
        while above and above[-1] >= match[1]:
            above.pop()
        above.append(match[1])
        name = plain = anchor(html.unescape(re.sub(r"<[^>]+>", "", match[2]))) or "part"
        number = 1
        while name in taken:
            number += 1
            name = f"{plain}-{number}"
        taken.add(name)
        return f'<h{len(above)} id="{name}">{match[2]}</h{len(above)}>'

    return HEADING.sub(named, body)


def leads(target: str, *, folder: Path, files: Mapping[str, str]) -> str | None:
    """Where a link of a file in `folder` leads in the book; None for what the book has not."""
    path, _, part = target.partition("#")
    file = files.get(_inside(folder / unquote(path))) if path else ""
    if file is None:
        return None
    return file + (f"#{anchor(unquote(part))}" if part else "")


def _inside(path):
    """Where a file lies in the course, with `..` taken out: a copy of a lesson elsewhere has the links of its own."""
    return posixpath.relpath(posixpath.normpath(path.as_posix()), COURSE.as_posix())


def _made(file, title, parts):
    return Page(file, html.unescape(title), ordered("\n".join(filter(None, parts))))


class _Reader(HTMLParser):
    """Reads what stands open on a page, heading by heading."""

    def __init__(self, title):
        super().__init__()
        self.sections, self.folded, self.skipped, self.inside = [Section(title, "", 1)], 0, 0, None

    def handle_starttag(self, tag, attrs):
        """Go into a fold, a part that is not read, or a heading."""
        if tag == "svg":  # a formula; what letters alone cannot say is only marked
            source = dict(attrs).get("aria-label", "")
            self.handle_data(source if source and "\\" not in source else "…")
        self.folded += tag == "details"
        self.skipped += tag in NOT_READ
        if re.fullmatch(r"h[1-6]", tag) and not self.folded:
            self.inside = Section("", dict(attrs).get("id", ""), int(tag[1]))
            self.sections.append(self.inside)

    def handle_endtag(self, tag):
        """Come out of it."""
        self.folded -= tag == "details"
        self.skipped -= tag in NOT_READ
        if re.fullmatch(r"h[1-6]", tag):
            self.inside = None

    def handle_data(self, data):
        """Take the words."""
        if self.folded or self.skipped:
            return
        if self.inside:
            self.inside.heading += data
        else:
            self.sections[-1].words += data
