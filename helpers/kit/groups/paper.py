"""Sheets of paper: text that is wrapped and pictures, one below the other, as a PDF with real letters."""

import base64
import io
import re
from collections.abc import Iterator

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from PIL import Image

WIDTH, HEIGHT, MARGIN = 595.3, 841.9, 50.0  # points: A4
INK, QUIET = "#1a1a1a", "#595959"
DOTS = 110 / 72  # pixels of a picture in a point, at its own size


class Paper:
    """Sheets that fill from above. What does not fit begins a new one; a picture is never cut.

    `foot` stands at the bottom of each. Nothing of the time or the machine comes into the file.
    """

    def __init__(self, foot: str):
        self.foot, self.sheets = foot, []
        self._measure = RendererAgg(10, 10, 72)
        self.sheet()

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

    def picture(self, png: str, caption: str, title: str = "", *, highest=290.0) -> None:
        """A picture with its title and its text alternative; `png` is written in base64."""
        pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"))
        high, wide = np.array(pixels.shape[:2]) / DOTS
        scale = min(1, (WIDTH - 2 * MARGIN) / wide, highest / high)
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

    def _write(self, words, x, y, size, weight, colour):
        self.figure.text(
            x / WIDTH, y / HEIGHT, words, fontsize=size, fontweight=weight, color=colour, va="baseline",
            parse_math="$" in words, family="DejaVu Sans",
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

    def _width(self, word, font):
        if not word.strip():
            return 0.32 * font.get_size()
        return self._measure.get_text_width_height_descent(word, font, ismath="$" in word)[0]


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
