"""The glossary: every link to it leads to a term, the page is what the data say, and entries are looked at."""

import json

import nbformat
import pytest

from helpers.kit import glossary
from helpers.kit.glossary import LESSONS, PAGE, linked, page, term, terms

NOTEBOOKS = sorted([*LESSONS.glob("[0-9]*.ipynb"), *LESSONS.glob("solutions/*.ipynb")])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_link_to_the_glossary_leads_to_a_term(path):
    found = [
        (shown, anchor)
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "markdown"
        for shown, anchor in linked(cell.source)
    ]
    anchors = {one.anchor for one in terms().values()}
    assert [pair for pair in found if pair[1] not in anchors] == []


def test_the_page_is_what_the_data_say():
    made = json.loads(json.dumps(page()))
    assert json.loads(PAGE.read_text(encoding="utf-8")) == made, "python -m helpers.kit.glossary writes it"


def test_each_term_has_its_heading_and_a_lesson_that_may_exist():
    headings = [
        line.removeprefix("## ").replace(" ", "-")
        for cell in page().cells
        for line in cell.source.splitlines()
        if line.startswith("## ")
    ]
    assert headings == [one.anchor for one in terms().values()] and len(set(map(str.lower, headings))) == len(
        headings
    )
    assert {one.first for one in terms().values()} <= {f"{number:02}" for number in range(14)}


def test_a_term_is_a_link_in_a_sentence():
    name = next(iter(terms()))
    assert linked(f"The {term(name)} and its {term(name, 'plural')}.") == [
        (name, terms()[name].anchor),
        ("plural", terms()[name].anchor),
    ]
    with pytest.raises(ValueError, match="term is one of"):
        term("no such word")


def test_links_from_lessons_and_from_solutions_are_found():
    text = "[a b](glossary.ipynb#a-b), [c](../glossary.ipynb#c) and [d](other.ipynb#d)"
    assert linked(text) == [("a b", "a-b"), ("c", "c")]


@pytest.mark.parametrize(
    "entries, says",
    [
        ({"a": {"means": "x"}}, "first is missing"),
        ({"a": {"means": "", "first": "00"}}, "means is empty"),
        ({"a": {"means": "x", "first": "0"}}, "two digits"),
        ({"a": {"means": "x", "first": "00", "see": "b"}}, "nobody reads 'see'"),
        ({"a  b": {"means": "x", "first": "00"}}, "single spaces"),
        ({"a (b)": {"means": "x", "first": "00"}}, "letters, digits"),
        ({"a b": {"means": "x", "first": "00"}, "A-b": {"means": "x", "first": "00"}}, "would have one link"),
    ],
)
def test_an_entry_that_could_not_be_linked_is_refused(tmp_path, entries, says):
    path = tmp_path / "glossary.json"
    path.write_text(json.dumps(entries), encoding="utf-8")
    with pytest.raises(ValueError, match=says):
        glossary._read(path)
