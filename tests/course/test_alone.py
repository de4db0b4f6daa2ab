"""What is there for whoever studies alone: its pages, and the file that tells a coding assistant how to help."""

import json
import re
from pathlib import Path

import pytest
from browsers import chromium
from test_readme import commands, is_known, missing_links

from helpers.kit import predictions, quizzes, standing_page
from helpers.kit.tables import stored
from helpers.lessons.lesson00.how_far import as_shown, meaning, moves

ROOT = Path(__file__).parents[2]
AGENTS = (ROOT / "AGENTS.md").read_text("utf-8")
PAGES = [ROOT / f"notebooks/{name}.ipynb" for name in ("where_you_stand", "why_does_my_run_differ")]


def cells(path):
    return json.loads(path.read_text("utf-8"))["cells"]


def prose(path):
    return "\n\n".join("".join(cell["source"]) for cell in cells(path) if cell["cell_type"] == "markdown")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_leads_to_files_and_names_commands_that_there_are(path):
    text = prose(path)
    assert missing_links(text, path.parent) == []
    named = re.findall(r"`(python3 course\.py[^`]*)`", text)
    assert named and all(is_known(command) for command in named)


def test_what_the_page_on_differences_says_of_threads_is_what_the_benchmark_measured():
    measured = (ROOT / "benchmarks/README.md").read_text("utf-8").splitlines()
    told = [line for line in prose(PAGES[1]).splitlines() if "one seed run twice" in line]
    assert len(told) == 3 and set(told) <= set(measured)


def test_the_page_on_differences_tells_no_other_number_than_one_that_a_cell_computes():
    text = re.sub(r"^- .*one seed run twice.*$|`[^`]*`|\]\([^)]*\)", "", prose(PAGES[1]), flags=re.MULTILINE)
    assert (
        re.findall(r"\d+", re.sub(r"^\d\. |[Ll]esson \d\d|means of 64", "", text, flags=re.MULTILINE)) == []
    )


@pytest.mark.parametrize("name, column", [("machines_00", "way"), ("versions_00", "version")])
def test_what_the_page_on_differences_shows_of_a_table_is_what_the_table_says(name, column):
    table = stored(name).rename(columns={column: "way"})
    outputs = [one["data"] for cell in cells(PAGES[1]) for one in cell.get("outputs", ())]
    said = ["".join(one["text/markdown"]) for one in outputs if "text/markdown" in one]
    shown = [re.findall(r"<t[dh]>(.*?)</t[dh]>", "".join(one.get("text/html", ""))) for one in outputs]
    rows = [value for way, row in as_shown(moves(table)).iterrows() for value in (way, *row)]
    assert any(meaning(table) in text for text in said)
    assert any(values[-len(rows) :] == rows for values in shown)
    assert len(meaning(table).splitlines()) == table.way.nunique() - 1, "one sentence a way"


def test_where_you_stand_asks_before_tells_on_the_way_and_asks_after():
    code = ["".join(cell["source"]) for cell in cells(PAGES[0]) if cell["cell_type"] == "code"]
    assert code[1:] == ['concepts("before")', "progress()", 'concepts("after")']


def test_the_page_with_ones_progress_fits_on_a_phone(tmp_path, monkeypatch):
    from playwright.sync_api import sync_playwright

    monkeypatch.setattr(predictions, "FILE", tmp_path / "predictions.jsonl")
    monkeypatch.delenv(predictions.NOTES)
    for name in ("weighted imitation, the best action", "null arm, share that was changed"):
        predictions.predict("00.a", {name: 0.5}, confidence=0.7)
        predictions.beside("00.a", {name: 0.96})
    predictions.keep_credence("00.C8", "before", 0.6)
    (tmp_path / "page.html").write_text(standing_page.page(standing_page.tables()), "utf-8")
    options = {
        "executable_path": chromium(),
        "args": ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    }
    with sync_playwright() as playwright, playwright.chromium.launch(**options) as browser:
        page = browser.new_page(viewport={"width": 400, "height": 900})
        page.goto((tmp_path / "page.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        widths = page.evaluate("[...document.images].map(one => one.clientWidth / one.naturalWidth)")
        assert len(widths) == 2 and min(widths) > 0.35, "letters of ten points stay legible"


# The quiz in a lesson


LESSONS = sorted((ROOT / "notebooks").glob("**/[0-9][0-9]_*.ipynb"))
ASKED = [
    pytest.param(path, at, cell, id=f"{path.parent.name}-{path.stem}")
    for path in LESSONS
    if ".ipynb_checkpoints" not in path.parts
    for at, cell in enumerate(cells(path))
    if "".join(cell["source"]).startswith("quiz(")
]


@pytest.mark.parametrize("path, at, cell", ASKED)
def test_the_stored_quiz_is_that_of_its_lesson_as_the_data_have_it(path, at, cell):
    number = path.name[:2]
    asked = [one for name, one in quizzes.questions().items() if name.startswith(f"{number}.")]
    assert "".join(cell["source"]) == f'quiz("{number}")'
    (shown,) = cell["outputs"]
    said = {kind: "".join(text) for kind, text in shown["data"].items()}
    how = {"asked": asked, "title": f"Quiz of lesson {number}", "replies": True}
    assert said == {"text/html": quizzes.as_html(**how), "text/plain": quizzes.as_text(**how)}
    after = "\n".join("".join(one["source"]) for one in cells(path)[at:])
    assert "## To talk about" in after and "believe(" not in after, (
        "it stands after the lesson, before the talk"
    )


# AGENTS.md


def test_every_path_and_command_that_an_assistant_is_told_of_is_there():
    paths = re.findall(r"`((?:notebooks|helpers|data|tests)(?:/[\w./*]+)?)`", AGENTS)
    assert len(paths) > 5 and all(list(ROOT.glob(path)) for path in paths), paths
    named = re.findall(r"`(python3 course\.py[^`]*)`", AGENTS) + commands(AGENTS)
    assert named and all(is_known(command) for command in named)
    assert missing_links(AGENTS, ROOT) == []


def test_what_holds_answers_is_named_as_such():
    places = (
        "notebooks/solutions",
        "helpers/lessons",
        "data/quizzes.json",
        "data/kits.json",
        "predictions.jsonl",
    )
    for place in (*places, "folded *Solution*", "stored outputs", "`nbgrader`"):
        assert place in AGENTS, place
    from helpers.kit.gaps import GAP

    assert GAP in AGENTS, "the gap is quoted as it stands in lessons"


@pytest.mark.parametrize("name", ["CLAUDE.md", ".github/copilot-instructions.md"])
def test_a_file_that_some_assistants_read_instead_leads_to_the_one_that_holds(name):
    text = (ROOT / name).read_text("utf-8")
    assert "AGENTS.md" in text and missing_links(text, (ROOT / name).parent) == [] and len(text) < 300
