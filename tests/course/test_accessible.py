"""Pages for everybody: headings in order, pictures in words, numbers behind them, colours that stand out; as HTML, too.

Every notebook there is is held to this. What one does with a keyboard is tried in a browser: test_browser.py.
"""

import html
import re
from pathlib import Path

import nbformat
import pytest

from helpers.kit.legible import contrast
from helpers.kit.numbers import SUMMARY
from helpers.kit.pages import PRE
from helpers.kit.verdicts import VERDICT

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted([*FOLDER.glob("*.ipynb"), *FOLDER.glob("solutions/*.ipynb")])
LESSONS = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
every_notebook = pytest.mark.parametrize(
    "path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}"
)
every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
GROUNDS = {"light": ("#ffffff", "#000000"), "dark": ("#111111", "#ffffff")}  # of a page, and its letters
HEADLINE = re.compile(r"\bguessed=|\.judge\(|\bspecification_curve\(")  # figures of results and verdicts
WRAPPED = (
    ".highlight pre {white-space: pre-wrap"  # the code of cells, which static pages would cut at their edge
)
BESIDE = 2  # cells of code before or behind a figure, which may print its numbers


def cells_of(path):
    return nbformat.read(path, as_version=4).cells


def shown(cell, kind):
    """What a cell has stored of one kind."""
    return [output.data[kind] for output in cell.get("outputs", []) if kind in output.get("data", {})]


# Headings


def headings(cells):
    """The levels and words of all headings of a page, its results among them."""
    for cell in cells:
        texts = [cell.source] if cell.cell_type == "markdown" else shown(cell, "text/markdown")
        for text in texts:
            bare = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
            yield from ((len(marks), said) for marks, said in re.findall(r"^(#+) +(.+)$", bare, re.MULTILINE))


def out_of_order(cells):
    """Headings that skip a level, and whether one heading, the first, is of the first level."""
    found, before = [], 0
    for place, (level, said) in enumerate(headings(cells)):
        if level > before + 1 or (level == 1) != (place == 0):
            found.append(f"{'#' * level} {said}")
        before = level
    return found if before else ["there is no heading"]


@every_notebook
def test_headings_go_down_one_level_at_a_time(path):
    assert out_of_order(cells_of(path)) == []


@pytest.mark.parametrize(
    "texts, wrong",
    [
        (["# A", "## B\n\n### C", "## D"], []),
        (["# A", "### C"], ["### C"]),
        (["## B"], ["## B"]),
        (["# A", "# B"], ["# B"]),
        (["# A\n\n```\n### no heading\n```"], []),
        (["no heading"], ["there is no heading"]),
    ],
)
def test_headings_out_of_order_are_seen(texts, wrong):
    assert out_of_order([nbformat.v4.new_markdown_cell(text) for text in texts]) == wrong


# Pictures, and the numbers behind them


def without_words(page):
    """Pictures of a piece of HTML that have less than a sentence of text alternative."""
    images = re.findall(r"<img\b[^>]*>", re.sub(r"base64,[^\"']*", "", page))
    alts = [html.unescape((re.search(r'\balt="([^"]*)"', image) or ["", ""])[1]) for image in images]
    return [f"an image says “{alt}”" for alt in alts if len(alt) < 40]


def without_numbers(cells):
    """Figures of results and verdicts, by their cell, with no table of their numbers and none printed beside them."""
    code = [(place, cell) for place, cell in enumerate(cells) if cell.cell_type == "code"]
    tables = [bool(shown(cell, VERDICT)) or "<table" in "".join(shown(cell, "text/html")) for _, cell in code]
    for at, (place, cell) in enumerate(code):
        if HEADLINE.search(cell.source) and shown(cell, "image/png"):
            folded = SUMMARY in "".join(shown(cell, "text/html"))
            if not folded and not any(tables[max(0, at - BESIDE) : at + BESIDE + 1]):
                yield f"cell {place}: {cell.source[:60]}"


@every_lesson
def test_the_numbers_of_each_headline_figure_stand_in_a_table(path):
    assert list(without_numbers(cells_of(path))) == []


def test_a_headline_figure_without_its_numbers_is_seen():
    figure = nbformat.v4.new_output("display_data", {"image/png": "x", "text/html": "<img>"})
    told = nbformat.v4.new_output(
        "display_data", {"text/html": f"<details><summary>{SUMMARY}</summary></details>"}
    )
    cell = nbformat.v4.new_code_cell('plot_seeds(table, "x", guessed="00.a");', outputs=[figure])
    assert len(list(without_numbers([cell]))) == 1
    table = nbformat.v4.new_output("display_data", {"text/html": "<table></table>"})
    beside = nbformat.v4.new_code_cell("table", outputs=[table])
    assert not list(without_numbers([cell, beside]))
    cell.outputs.append(told)
    assert not list(without_numbers([cell]))


# As HTML


@every_lesson
def test_as_html_each_picture_is_in_words_and_each_source_in_even_letters(path):
    exporter = pytest.importorskip("nbconvert").HTMLExporter(template_name="basic")
    page, _ = exporter.from_filename(str(path))
    assert page.count("<img") > 3 and without_words(page) == []
    assert page.count(f'<pre style="{PRE}">') >= 1 and "monospace" in PRE and WRAPPED in page
    assert len(re.findall("<table", page)) == len(
        re.findall(r"<table[^>]*>(?:(?!</table>).)*<th", page, re.DOTALL)
    )


@pytest.mark.parametrize("image", ["<img src=x>", '<img alt="" src=x>', '<img alt="A figure" src=x>'])
def test_a_picture_without_words_is_seen(image):
    assert without_words(image) and not without_words(
        f'<img alt="{"a word " * 9}" src="data:image/png;base64,AA">'
    )


# Colours of what is shown as HTML: figures lie on white, everything else on the ground of the page


def mixed(colour, ground):
    """The colour that is seen of `rgba(...)` or `#rrggbb` on a ground, as three parts from 0 to 1."""
    under = [int(ground[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    if colour.startswith("#"):
        return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue, *rest = map(float, re.findall(r"[\d.]+", colour))
    alpha = rest[0] if rest else 1.0
    return [
        alpha * over / 255 + (1 - alpha) * one for over, one in zip((red, green, blue), under, strict=True)
    ]


def too_faint(page):
    """Styles of a piece of HTML whose letters stand out by less than 4.5 : 1, in the light theme or the dark."""
    page = re.sub(r"<pre\b.*?</pre>", "", re.sub(r"base64,[^\"']*", "", page), flags=re.DOTALL)
    for style in re.findall(r'style="([^"]*)"', page):
        said = dict(part.split(":", 1) for part in style.replace(" ", "").split(";") if ":" in part)
        back = said.get("background-color", said.get("background"))
        for theme, (ground, ink) in GROUNDS.items():
            if {"color", "background", "background-color"} & set(said):
                ground = mixed(back, ground) if back else ground
                if contrast(mixed(said.get("color", ink), "#ffffff"), ground=ground) < 4.5:
                    yield f"{theme}: {style}"


@every_notebook
def test_coloured_words_are_read_on_light_and_on_dark(path):
    pages = ["".join(shown(cell, "text/html")) for cell in cells_of(path) if cell.cell_type == "code"]
    texts = [cell.source for cell in cells_of(path) if cell.cell_type == "markdown"]
    assert [fault for page in pages + texts for fault in too_faint(page)] == []


@pytest.mark.parametrize(
    "style, themes",
    [
        ("color: #111111; background-color: #f8f8f8", []),
        ("color: #00005f", ["dark"]),
        ("background-color: #ffffcc", ["dark"]),
        ("background-color: rgba(0,121,90,0.75)", []),
        ("background-color: rgba(0,121,90,0.2)", []),
        ("color: #999999; background-color: #ffffff", ["light", "dark"]),
        ("text-align: left", []),
    ],
)
def test_faint_words_are_seen(style, themes):
    assert [fault.split(":")[0] for fault in too_faint(f'<span style="{style}">x</span>')] == themes
