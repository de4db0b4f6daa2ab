"""Sheets of paper: text that is wrapped and pictures, one below the other, as a PDF with real letters."""

import base64
import io
import re
from collections.abc import Iterator, Sequence

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from PIL import Image

WIDTH, HEIGHT, MARGIN = 595.3, 841.9, 50.0  # points: A4
INK, QUIET = "#1a1a1a", "#595959"
DOTS = 110 / 72  # pixels of a picture in a point, at its own size


class Paper:
    """Sheets that fill from above. What does not fit begins a new one; a picture is never cut.

    `foot` stands at the bottom of each. Nothing of the time or the machine comes into the file.
    """

    def __init__(self, foot: str):
        self.foot, self.sheets, self._begun = foot, [], []
        self._measure = RendererAgg(10, 10, 72)
        self.sheet()

    @property
    def stacks(self) -> list[tuple[str, int, int]]:
        """(name, first sheet, last sheet) of what is given out together, as `stack` has named it."""
        ends = [first - 1 for _, first in self._begun[1:]] + [len(self.sheets)]
        return [(name, first, last) for (name, first), last in zip(self._begun, ends, strict=True)]

    def stack(self, name: str) -> None:
        """Begin what is given out together, on a sheet of its own; the name stands above it."""
        if self._begun:
            self.sheet()
        self._begun.append((name, len(self.sheets)))
        self.text(name, colour=QUIET)

    def sheet(self) -> None:
        """Begin a new sheet."""
        self.figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72))
        self.sheets.append(self.figure)
        self.y = HEIGHT - MARGIN
        self._write(f"{self.foot} · {len(self.sheets)}", MARGIN, MARGIN / 2, 8, "normal", QUIET)

    def text(self, words: str, *, size=10.0, weight="normal", colour=INK, indent=0.0, after=5.0) -> None:
        """A paragraph; what stands between dollars is set as a formula."""
        lines = list(self._lines(words, size, weight, WIDTH - 2 * MARGIN - indent))
        for number, line in enumerate(lines):
            left = len(lines) - number
            if self.y - 1.35 * size * min(left, 2) < MARGIN:  # no line stands alone at the foot of a sheet
                self.sheet()
            self.y -= 1.35 * size
            self._write(line, MARGIN + indent, self.y, size, weight, colour)
        self.y -= after

    def heading(self, words: str, *, size=13.0, room=60.0) -> None:
        """A heading, with room for something below it on the same sheet."""
        if self.y - room < MARGIN:
            self.sheet()
        self.y -= 4
        self.text(words, size=size, weight="bold", colour="#00558a", after=3)

    def blank(self, words: str, spaces: tuple[str, ...] = ("",)) -> None:
        """Words, and below them lines to write on, each with its name."""
        self.text(words, after=1)
        names = "    ".join(f"{name} ____________".replace(" ", "\N{NO-BREAK SPACE}") for name in spaces)
        self.text(names, indent=12, after=7, colour=QUIET)

    def lines(self, words: str, *, size=8.0) -> None:
        """Lines as they are, in letters of one width: mazes, for one."""
        rows = words.rstrip().split("\n")
        if self.y - 1.25 * size * len(rows) < MARGIN:
            self.sheet()
        for row in rows:
            self.y -= 1.25 * size
            self._write(row, MARGIN, self.y, size, "normal", INK, "DejaVu Sans Mono")
        self.y -= 6

    def table(self, rows: Sequence[Sequence[str]], *, size=8.0) -> None:
        """A table, its first row as a heading. Columns share the width, and cells that are too long are wrapped."""
        fonts = [FontProperties(family="DejaVu Sans", size=size, weight=w) for w in ("bold", "normal")]
        columns = range(max(map(len, rows)))
        cells = [[*row, *[""] * (len(columns) - len(row))] for row in rows]
        own = [max(self._long(row[n], fonts[bool(at)]) for at, row in enumerate(cells)) + 10 for n in columns]
        wide = _shared(own, WIDTH - 2 * MARGIN)
        for at, row in enumerate(cells):
            weight = "normal" if at else "bold"
            set_in = [list(self._lines(cell, size, weight, wide[n] - 8)) for n, cell in enumerate(row)]
            high = 1.3 * size * max(map(len, set_in)) + 5
            if self.y - high - (0 if at else 2 * high) < MARGIN:  # no heading without a row below it
                self.sheet()
            for n, lines in enumerate(set_in):
                for number, line in enumerate(lines):
                    down = self.y - 1.3 * size * (number + 1)
                    self._write(line, MARGIN + sum(wide[:n]) + 3, down, size, weight, INK)
            self.y -= high
            ends = [MARGIN / WIDTH, (MARGIN + sum(wide)) / WIDTH]
            rule = Line2D(ends, [self.y / HEIGHT] * 2, color="#b3b3b3", linewidth=0.5 if at else 1)
            self.figure.add_artist(rule)
        self.y -= 10

    def picture(self, png: str, caption: str, title: str = "", *, highest=290.0) -> None:
        """A picture with its title and its text alternative; `png` is written in base64.

        It is made smaller to be no higher than `highest` points, but not by more than a fifth: its letters are read.
        """
        pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"))
        high, wide = np.array(pixels.shape[:2]) / DOTS
        scale = min(1, (WIDTH - 2 * MARGIN) / wide, max(highest / high, 0.8))
        high, wide = high * scale, wide * scale
        rows = len(list(self._lines(caption, 8, "normal", WIDTH - 2 * MARGIN)))
        if self.y - high - 8 * 1.35 * rows - 10 - 26 * bool(title) < MARGIN:
            self.sheet()
        if title:
            self.heading(title)
        self.y -= high
        box = (MARGIN / WIDTH, self.y / HEIGHT, wide / WIDTH, high / HEIGHT)
        axes = self.figure.add_axes(box)
        axes.imshow(pixels, interpolation="none", aspect="auto")
        axes.set_axis_off()
        self.text(caption, size=8, colour=QUIET, after=10)

    def pdf(self, title: str) -> bytes:
        """All sheets as a PDF."""
        file = io.BytesIO()
        settings = {"pdf.fonttype": 42, "font.family": "DejaVu Sans", "mathtext.fontset": "dejavusans"}
        facts = {"Title": title, "CreationDate": None, "Creator": None, "Producer": None}
        with matplotlib.rc_context(settings), PdfPages(file, metadata=facts) as pages:
            for figure in self.sheets:
                pages.savefig(figure)
        return file.getvalue()

    def _write(self, words, x, y, size, weight, colour, family="DejaVu Sans"):
        self.figure.text(
            x / WIDTH, y / HEIGHT, words, fontsize=size, fontweight=weight, color=colour, va="baseline",
            parse_math="$" in words, family=family,
        )  # fmt: skip

    def _lines(self, words, size, weight, width) -> Iterator[str]:
        """The words in lines no wider than `width`; a formula is not broken."""
        font, line, wide = FontProperties(family="DejaVu Sans", size=size, weight=weight), [], 0.0
        for word in _words(words):
            own = self._width(word, font)
            if line and wide + own > width:
                yield " ".join(line)
                line, wide = [], 0.0
            line.append(word)
            wide += own + self._width(" ", font)
        yield " ".join(line)

    def _long(self, words, font):
        """How long words are on one line."""
        spaces = max(len(_words(words)) - 1, 0) * self._width(" ", font)
        return spaces + sum(self._width(word, font) for word in _words(words))

    def _width(self, word, font):
        if not word.strip():
            return 0.32 * font.get_size()
        return self._measure.get_text_width_height_descent(word, font, ismath="$" in word)[0]


def _shared(own: Sequence[float], room: float) -> list[float]:
    """How wide columns are that would need `own`: the widest give way until all of them fit."""
    left, narrow = room, [False] * len(own)
    while True:  # whoever needs less than its share leaves the rest to the others
        share = left / max(narrow.count(False), 1)
        found = [n for n, one in enumerate(own) if not narrow[n] and one <= share]
        if not found:
            return [one if narrow[n] else share for n, one in enumerate(own)]
        for n in found:
            narrow[n], left = True, left - own[n]


def _words(text: str) -> list[str]:
    """Words; a formula with what clings to it is one of them."""
    found, inside = [], False
    for piece in re.split(r"[ \n]+", text.strip()):
        if inside:
            found[-1] += " " + piece
        else:
            found.append(piece)
        inside ^= piece.count("$") % 2 == 1
    return found
