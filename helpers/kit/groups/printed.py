"""What stands on a slide, put on paper: its paragraphs, tables, pictures and lines, one below the other."""

import re
from html.parser import HTMLParser

from helpers.kit.groups.deck import Slide
from helpers.kit.groups.paper import Paper

LONGEST = 420  # letters of a text alternative below a picture; what is longer ends with a whole sentence


def on_paper(paper: Paper, slide: Slide, title: str) -> None:
    """Print a slide. Of one with a picture the picture, with its text alternative below it; `title` may be ""."""
    blocks = _Blocks.of(slide.shown)
    if any(kind == "picture" for kind, _ in blocks):
        blocks = [(kind, what) for kind, what in blocks if kind in ("picture", "table")]
    if title and blocks[0][0] != "picture":
        paper.heading(title, room=180 if any(kind == "table" for kind, _ in blocks) else 100)
        title = ""
    for kind, what in blocks:
        if kind == "picture":
            paper.picture(what[0], shortened(what[1]), title)
            title = ""
        elif kind == "table":
            paper.table(what)
        elif kind == "lines":
            paper.lines(what)
        else:
            paper.text(what, size=9, after=4)


def shortened(alt: str) -> str:
    """The first sentences of a text alternative, as many as there is room for; at least one, and each of them whole."""
    sentences = re.split(r"(?<=[.?!]) (?=[A-Z])", alt)
    kept = sentences[:1]
    for one in sentences[1:]:
        if len(" ".join([*kept, one])) > LONGEST:
            break
        kept.append(one)
    return " ".join(kept)


class _Blocks(HTMLParser):
    """A slide's HTML as blocks: ("text", words), ("lines", words), ("table", rows), ("picture", (PNG, words))."""

    @classmethod
    def of(cls, page: str) -> list:
        """All blocks, in their order."""
        reader = cls()
        reader.feed(page)
        reader.end_text("text")
        return reader.blocks

    def __init__(self):
        super().__init__()
        self.blocks, self.words, self.rows, self.skipped, self.lines = [], "", None, 0, False

    def end_text(self, kind):
        """What was read so far is a block."""
        words = self.words if kind == "lines" else " ".join(self.words.split())
        if words.strip() and self.rows is None:
            self.blocks.append((kind, words.strip("\n")))
        self.words = ""

    def handle_starttag(self, tag, attrs):
        """A block begins, or something inside of it."""
        facts = dict(attrs)
        if tag == "svg":
            self.words += f"${facts['aria-label']}$"
        if tag in ("svg", "style"):
            self.skipped += 1
        elif tag == "img":
            self.end_text("text")
            self.blocks.append(("picture", (facts["src"].partition("base64,")[2], facts["alt"])))
        elif tag in ("p", "pre", "ul", "ol", "li"):
            self.end_text("text")
            self.words = "· " if tag == "li" and self.rows is None else self.words
            self.lines = tag == "pre"
        elif tag == "table":
            self.end_text("text")
            self.rows = []
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.words, self.across = "", int(facts.get("colspan", 1))
        elif tag == "br":
            self.words += " "

    def handle_endtag(self, tag):
        """It ends."""
        if tag in ("svg", "style"):
            self.skipped -= 1
        elif tag in ("p", "li", "pre"):
            self.end_text("lines" if tag == "pre" else "text")
            self.lines = self.lines and tag != "pre"
        elif tag in ("th", "td"):
            self.rows[-1] += [" ".join(self.words.split()), *[""] * (self.across - 1)]
            self.words = ""
        elif tag == "table":
            rows, self.rows = [row for row in self.rows if any(row)], None
            self.blocks += [("table", rows)] if rows else []

    def handle_data(self, data):
        """Text between two tags."""
        if not self.skipped:
            self.words += data
