"""What `show` stores in a page: the source, monospace, in its own lines, legible on light and on dark."""

import html
import inspect
import re

import nbformat
import pandas as pd
import pytest
from IPython.core.formatters import HTMLFormatter

from helpers.kit import pages, predictions


@pytest.fixture(scope="module")
def shown():
    """What two functions store, by kind, and their source."""
    things = (predictions.predict, predictions.beside)
    stored = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "display", lambda data, *, raw: stored.append(data))
        pages.show(*things)
    (data,) = stored
    return data, "\n\n".join(inspect.getsource(thing).rstrip() for thing in things)


def brightness(colour):
    """The relative luminance of #rrggbb, as WCAG defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_source_is_there_word_for_word(shown):
    data, source = shown
    assert data["text/plain"] == source
    assert html.unescape(re.sub("<style>.*</style>|<[^>]*>", "", data["text/html"])) == source


def test_lines_do_not_wrap_and_are_monospace(shown):
    (style,) = re.findall('<pre style="([^"]*)">', shown[0]["text/html"])
    said = dict(part.split(": ") for part in style.split("; "))
    assert said["white-space"] == "pre" and said["word-break"] == said["overflow-wrap"] == "normal"
    assert said["overflow-x"] == "auto" and said["font-family"] == "monospace"


def test_every_colour_is_legible_on_the_ground_that_comes_with_it(shown):
    page = shown[0]["text/html"]
    ground = brightness(re.search("background-color: (#[0-9a-f]{6})", page)[1])
    colours = set(re.findall('[ ";]color: (#[0-9A-Fa-f]{6})', page))
    assert len(colours) > 3 and "class=" not in page
    for colour in colours:
        assert (ground + 0.05) / (brightness(colour) + 0.05) >= 4.5, colour


def test_a_static_page_keeps_it(shown):
    exporters = pytest.importorskip("nbconvert").HTMLExporter
    cell = nbformat.v4.new_code_cell("show()", outputs=[nbformat.v4.new_output("display_data", shown[0])])
    page, _ = exporters().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    assert f'<pre style="{pages.PRE}"><span' in page
    assert pages.STATIC in page and re.search(
        'jp-InputArea-editor[^<]*<[^<]*<div class="highlight[^>]*><pre>', page
    ), "what the style is for"


def test_a_sentence_that_is_folded_away_does_not_tell_its_number(monkeypatch):
    stored = []
    monkeypatch.setattr(pages, "display", stored.append)
    pages.say("SFT reached **0.91**.\n\n- and so on")
    quiet, _, said = stored[0].data.partition("\n\n")  # the first line stands beside the three dots
    assert quiet.startswith("<!--") and quiet.endswith("-->") and "\n" not in quiet
    assert said == "SFT reached **0.91**.\n\n- and so on"


def test_a_table_that_is_folded_away_leaves_no_tag_behind():
    formatter = HTMLFormatter()
    formatter.for_type_by_name("pandas", "DataFrame", pages._table)  # as in a notebook
    first, _, table = formatter(pd.DataFrame({"a": [1]})).partition("\n")
    assert first == pages.QUIET and table.startswith("<div>") and "<td>1</td>" in table
