"""The bibliography: each work once, seen where it says, and all that is cited in lessons and helpers stands in it."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from helpers.kit import books, claims, works
from helpers.kit.entries import each

ROOT = Path(__file__).parents[2]
ONE = {
    "authors": ["One, Ann", "Two, Bo"],
    "year": 2020,
    "title": "On It",
    "where": "arXiv",
    "address": "arXiv:2001.00001",
    "found": "It was so.",
    "conditions": "In one case.",
    "seen": {"on": "2026-11-25", "where": "abstract"},
}


def read(tmp_path, data):
    path = tmp_path / "bibliography.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    each.cache_clear()
    return works.read(path)


@pytest.mark.parametrize(
    "authors, who",
    [
        (["Turner, Alex"], "Turner"),
        (["Hutto, C. J.", "Gilbert, Eric"], "Hutto and Gilbert"),
        (["Souly, Alexandra", "others"], "Souly et al."),
        (["von Oswald, Johannes", "Niklasson, Eyvind", "others"], "von Oswald et al."),
    ],
)
def test_a_work_is_cited_by_its_authors(tmp_path, authors, who):
    work = read(tmp_path, {"one": {**ONE, "authors": authors}})["one"]
    assert work.cited == f"{who} (2020, arXiv 2001.00001)"
    assert work.link == "https://arxiv.org/abs/2001.00001"


def test_what_was_not_looked_up_says_so_wherever_it_is_shown(tmp_path):
    unseen = {**{key: value for key, value in ONE.items() if key != "seen"}, "told": "a note"}
    shown = str(read(tmp_path, {"one": unseen})["one"])
    assert shown.startswith(
        "One and Two (2020, arXiv 2001.00001): It was so. In one case. (Not looked up in the source"
    )
    assert shown.endswith("; known from a note.)")
    assert "Not looked up" not in str(read(tmp_path, {"one": ONE})["one"])


def test_every_result_beside_a_verdict_was_looked_up_and_says_where():
    for id in claims.results():
        work = works.work(id)
        assert work.seen_on and work.seen_on >= date(2026, 11, 1) and work.seen_in, id


def test_works_are_told_in_sentences_of_the_course_without_quotation_marks():
    for work in works.works().values():
        assert work.found.endswith(".") and '"' not in work.found + work.conditions, work.id
        assert len(work.found) < 330, work.id


@pytest.mark.parametrize(
    "change, says",
    [
        ({"year": "2020"}, "one: year is of kind int"),
        ({"found": ""}, "one: found is empty"),
        ({"note": "x"}, "one: nobody reads 'note'"),
        ({"authors": []}, "one: authors are names, at least one"),
        ({"address": "somewhere"}, "one: the address is arXiv"),
        ({"seen": {"on": "2026-11-25"}}, "one: where is missing"),
        ({"seen": {"on": "yesterday", "where": "abstract"}}, "one: seen on a day such as 2026-11-25"),
    ],
)
def test_a_fault_in_the_bibliography_names_its_entry(tmp_path, change, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        read(tmp_path, {"one": {**ONE, **change}})


def test_a_work_stands_in_the_bibliography_once(tmp_path):
    with pytest.raises(ValueError, match="two: it has the address of one: each work stands here once"):
        read(tmp_path, {"one": ONE, "two": ONE})


def test_the_page_is_the_one_that_the_command_makes():
    made = books.page(works.works(), claims.claims(), claims.results())
    assert books.PAGE.read_text(encoding="utf-8") == made, "run: python -m helpers.kit.books"


def test_links_within_the_page_lead_somewhere():
    page = books.PAGE.read_text(encoding="utf-8")
    places = set(re.findall(r'<a id="([^"]+)">', page)) | {
        title.lower() for title in re.findall(r"^### (C\d+)$", page, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= places


NAME = r"(?:v[ao]n (?:der )?)?[A-Z][\w’'-]+"
CITED = re.compile(
    rf"({NAME})(?:,? et al\.| and {NAME}),? \(?((?:19|20)\d\d)\b"  # Yue et al. 2025; Hutto and Gilbert (2014
    rf"|\(({NAME}) ((?:19|20)\d\d)\b"  # (Holm 1979)
    rf"|({NAME}) \(((?:19|20)\d\d)\)"  # Pitman (1939)
)
MONTHS = {
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
}


def cited(text):
    """Surname and year of every work that a text cites."""
    found = {tuple(filter(None, match.groups())) for match in CITED.finditer(text)}
    return {(name, int(year)) for name, year in found if name not in MONTHS | {"December"}}


def prose(path):
    """The texts of a notebook's cells, without their outputs; of any other file all of it."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])


def test_citations_are_found_in_a_text():
    said = "So Yue et al. (2025, x) and Hutto and Gilbert 2014 (Holm 1979), Pitman (1939); until (November 2026)."
    assert cited(said) == {("Yue", 2025), ("Hutto", 2014), ("Holm", 1979), ("Pitman", 1939)}


def test_whatever_lessons_and_helpers_cite_stands_in_the_bibliography():
    known = {(work.authors[0].partition(",")[0], work.year) for work in works.works().values()}
    known |= {(name.partition(",")[0], work.year) for work in works.works().values() for name in work.authors}
    places = [*ROOT.glob("notebooks/**/*.ipynb"), *ROOT.glob("helpers/**/*.py"), ROOT / "README.md"]
    missing = {(path.name, *one) for path in places for one in cited(prose(path)) - known}
    assert not missing
