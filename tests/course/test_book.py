"""The book says what the notebooks and the ledger say, needs nothing from outside, and has no broken link."""

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest
from browsers import chromium

from helpers.kit import tables
from helpers.kit.book import __main__ as command
from helpers.kit.book.cells import to_page
from helpers.kit.book.front import HEAD
from helpers.kit.book.pages import Page, leads, ordered
from helpers.kit.glossary import terms
from helpers.kit.groups.markup import FORMULA, anchor, to_html, to_text
from helpers.kit.ledger import in_words
from helpers.kit.legible import contrast

ROOT = Path(__file__).parents[2]
NOTEBOOKS = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
}
every_notebook = pytest.mark.parametrize("name", NOTEBOOKS)
CSS, JS = ((ROOT / "helpers/kit/book" / name).read_text("utf-8") for name in ("book.css", "book.js"))
SHOWN = re.compile(r'<img alt="([^"]*)"[^>]* src="data:image/png;base64,([^"]+)"')
VOID = ("img", "br", "hr", "input", "meta", "link", "path")


class Seen(HTMLParser):
    """What a page has: links, names, pictures, headings; each with whether it is folded; and its words."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.names, self.pictures, self.headings = [], [], [], [], []
        self.folds, self.inside, self.open, self.folded = 0, [], "", ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.folds += tag == "details" and attrs.get("id") != "contents"
        self.inside += [] if tag in VOID else [tag]
        self.links += [attrs["href"]] if tag == "a" and "href" in attrs else []
        self.loads += [attrs[key] for key in ("src", "href", "poster", "data") if key in attrs and tag != "a"]
        self.names += [(attrs["id"], self.folds)] if "id" in attrs else []
        self.pictures += [(attrs, self.folds)] if tag == "img" else []
        self.headings += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        assert tag in VOID, f"{tag} has no end"

    def handle_endtag(self, tag):
        assert self.inside.pop() == tag, f"{tag} is closed and not open"
        self.folds -= tag == "details" and (self.folds > 0)

    def handle_data(self, data):
        if self.folds:
            self.folded += data
        elif "script" not in self.inside:
            self.open += data


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The book, made of the notebooks that are committed."""
    made = tmp_path_factory.mktemp("book")
    command.make(made)
    return made


@pytest.fixture(scope="module")
def book(folder):
    """Its pages by their names."""
    return {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.html"))}


@pytest.fixture(scope="module")
def seen(book):
    """What each page has."""
    return {name: Seen(text) for name, text in book.items()}


@pytest.fixture(scope="module")
def index(folder):
    """What the search looks through: page, heading, link, words."""
    return json.loads((folder / "index.js").read_text("utf-8").removeprefix("const INDEX = ").rstrip(";\n"))


def outputs(name, hidden=None):
    """All outputs of a notebook; with `hidden`, only those of cells that hide them or that do not."""
    cells = [cell for cell in NOTEBOOKS[name]["cells"] if cell["cell_type"] == "code"]
    hides = lambda cell: bool(cell["metadata"].get("jupyter", {}).get("outputs_hidden"))
    return [one for cell in cells if hidden in (None, hides(cell)) for one in cell["outputs"]]


def pictures(name, hidden=None):
    """(name of the picture's file in the book, alt text) for each figure that a notebook shows."""
    found = []
    for one in outputs(name, hidden):
        for alt, png in SHOWN.findall("".join(one.get("data", {}).get("text/html", ""))):
            found.append((hashlib.sha256(base64.b64decode(png)).hexdigest()[:16], html.unescape(alt)))
    return found


def squeezed(text):
    return re.sub(r"\s+", "", text)


# Nothing leads nowhere, nothing comes from outside


def test_every_link_and_anchor_leads_somewhere(folder, seen, index):
    names = {page: {name for name, _ in one.names} for page, one in seen.items()}
    all_links = [(page, link) for page, one in seen.items() for link in one.links]
    all_links += [("index.js", link) for _, _, link, _ in index]
    broken = []
    for page, link in all_links:
        file, _, part = link.partition("#")
        if re.match(r"https?://", link):
            continue
        there = names.get(file or page)
        if there is None or (part and unquote(part) not in there):
            broken.append((page, link))
    assert len(all_links) > 500 and broken == []


def test_nothing_is_loaded_from_outside(folder, book, seen):
    loaded = {load for one in seen.values() for load in one.loads}
    assert {load for load in loaded if not (folder / load).is_file()} == set()
    assert not re.search(r"https?:|@import|url\(", CSS)
    assert not re.search(r"https?:|fetch\(|import\b|XMLHttpRequest|WebSocket", JS)
    assert all(
        not re.search(r"<(iframe|object|embed|base)\b|\bstyle=\"[^\"]*url\(", text) for text in book.values()
    )


def test_no_name_is_given_twice_on_a_page(seen):
    for page, one in seen.items():
        names = [name for name, _ in one.names]
        assert len(names) == len(set(names)), page


@every_notebook
def test_the_links_of_a_notebook_stay_links(name, seen):
    told = "\n".join(
        "".join(cell["source"]) for cell in NOTEBOOKS[name]["cells"] if cell["cell_type"] == "markdown"
    )
    there = set(re.findall(r"\]\((?!https?:|\.\./)(\w+)\.ipynb", told))
    assert {f"{one}.html" for one in there} <= {link.partition("#")[0] for link in seen[f"{name}.html"].links}


# It says what the notebooks say


@every_notebook
def test_every_picture_is_there_in_its_own_bytes_with_its_alt_text(name, folder, seen):
    there = [(one["src"], one["alt"]) for one, _ in seen[f"{name}.html"].pictures]
    figures = [one for one in outputs(name) if "image/png" in one.get("data", {})]
    assert len(pictures(name)) >= len(figures)
    for file, alt in pictures(name):
        assert (f"pictures/{file}.png", alt) in there and (folder / f"pictures/{file}.png").is_file()


def test_every_picture_says_what_it_shows(seen):
    assert all(len(one["alt"]) >= 40 for page in seen.values() for one, _ in page.pictures)


@every_notebook
def test_what_a_notebook_folds_is_folded(name, seen):
    there = {one["src"]: folds for one, folds in seen[f"{name}.html"].pictures}
    assert all(there[f"pictures/{file}.png"] for file, _ in pictures(name, hidden=True))
    assert all(folds for anchor, folds in seen[f"{name}.html"].names if anchor.startswith("verdict-"))
    for cell in NOTEBOOKS[name]["cells"]:
        hides = cell["metadata"].get("jupyter", {})
        if hides.get("outputs_hidden"):
            left = Seen(to_page(cell, lambda target: None)).open
            source = "" if hides.get("source_hidden") else "".join(cell["source"])
            assert squeezed(left) == squeezed(source)


@every_notebook
def test_no_fold_stands_open_and_exercises_stay_unsolved(name, book):
    page, cells = book[f"{name}.html"], NOTEBOOKS[name]["cells"]
    main = page[page.index("<main") :]
    assert "<details open" not in main
    gaps = sum("".join(cell["source"]).count("# your code here") for cell in cells)
    assert re.sub(r"<[^>]+>", "", main).count("# your code here") == gaps
    assert main.count("<summary>Solution</summary>") == sum(
        "".join(cell["source"]).count("<summary>Solution</summary>") for cell in cells
    )


@every_notebook
def test_an_explorer_shows_several_frames_or_says_where_its_slider_is(name, seen, book):
    sheets = [
        text
        for one in outputs(name)
        if "<summary>Without sliders" in (text := "".join(one.get("data", {}).get("text/html", "")))
    ]
    assert book[f"{name}.html"].count('<figure class="frames">') == len(sheets)
    calls = sum("".join(cell["source"]).startswith("explore(") for cell in NOTEBOOKS[name]["cells"])
    assert book[f"{name}.html"].count("a slider moves through all settings") >= calls


@every_notebook
def test_every_formula_is_drawn(name, book):
    sources = [
        "".join(cell["source"]) for cell in NOTEBOOKS[name]["cells"] if cell["cell_type"] == "markdown"
    ]
    sources += ["".join(one["data"].get("text/markdown", "")) for one in outputs(name) if "data" in one]
    wanted = sum(
        len(FORMULA.findall(re.sub(r"```.*?```|`[^`\n]*`", "", one, flags=re.DOTALL))) for one in sources
    )
    assert book[f"{name}.html"].count('<svg role="img" aria-label="') == wanted


@every_notebook
def test_all_prose_is_there(name, seen):
    page = squeezed(seen[f"{name}.html"].open + seen[f"{name}.html"].folded)
    for cell in NOTEBOOKS[name]["cells"]:
        if cell["cell_type"] == "code":
            assert squeezed("".join(cell["source"])) in page
            continue
        prose = re.sub(r"<(details|pre)\b.*?</\1>", "", "".join(cell["source"]), flags=re.DOTALL)
        for line in prose.splitlines():
            plain = re.match(r"[^`*$|<_\[]{30,}", re.sub(r"^ *([-*]|\d+\.) ", "", line))
            assert not plain or squeezed(html.unescape(to_text(plain[0]))) in page, line


def test_headings_come_in_order_and_begin_with_one(seen):
    for name, page in seen.items():
        assert page.headings[0] == 1 and page.headings.count(1) == 1, name
        pairs = zip(page.headings, page.headings[1:], strict=False)
        assert all(after <= before + 1 for before, after in pairs), name


# The front page is the ledger


def test_the_front_page_is_the_ledger(book, seen):
    rows = dict(re.findall(r'<tr role="row" id="([^"]+)">(.*?)</tr>', book["index.html"], re.DOTALL))
    ledger = tables.stored("ledger")
    assert len(rows) == len(ledger)
    for one in ledger.to_dict("records"):
        row = rows[anchor(one["rule"])]
        cells = dict(re.findall(r'data-head="([^"]+)">(.*?)</td>', row, re.DOTALL))
        size, carries, beside = in_words(one)
        claim, word, settings, published = (html.unescape(re.sub("<[^>]+>", "", cells[key])) for key in HEAD)
        assert claim.startswith(one["says"]) and one["next experiment"] in claim
        assert word == one["word"] + size and settings == carries and published == beside
        assert re.search(rf'href="{one["rule"][:2]}_\w+\.html#{anchor("rule " + one["rule"])}"', row)


def test_a_rule_is_led_to_where_it_stands_open(seen):
    for one in tables.stored("ledger").rule:
        page = next(page for name, page in seen.items() if name.startswith(one[:2]))
        assert (anchor(f"rule {one}"), 0) in page.names


# The search


def test_the_search_knows_every_word_of_the_glossary_and_where_it_stands(index):
    there = {heading: (link, words) for _, heading, link, words in index if link.startswith("glossary.html#")}
    for one in terms().values():
        link, words = there[one.name]
        assert link == f"glossary.html#{anchor(one.name)}" and one.means in words


def test_a_formula_leaves_its_source_or_a_mark_in_what_the_search_tells():
    body = to_html("# One\n\nthe mean of $r - 1$ is $\\frac{1}{2}$, and so on")
    assert Page("a.html", "One", ordered(body)).sections[-1].words == "the mean of r - 1 is …, and so on"


def test_the_search_gives_no_answer_away(index):
    told = squeezed(" ".join(words for *_, words in index))
    for name in NOTEBOOKS:
        for text in re.findall(
            r"<summary>(?:Solution|Hint \d)</summary>(.*?)</details>",
            str(NOTEBOOKS[name]["cells"]),
            re.DOTALL,
        ):
            assert not [line for line in text.split("\\n") if len(line) > 60 and squeezed(line) in told]
        for _, alt in pictures(name, hidden=True):
            assert squeezed(alt) not in told


def test_the_index_is_small_and_the_book_fits_into_what_a_full_disk_is_told_to_make_room_for(folder):
    assert (folder / "index.js").stat().st_size < 1e6
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    assert command.TAKES / 10 < size < command.TAKES


# Parts


def test_a_link_leads_where_it_led_or_nowhere():
    files = {"notebooks/glossary.ipynb": "glossary.html", "README.md": "index.html"}
    to = lambda target, folder="notebooks": leads(target, folder=ROOT / folder, files=files)
    assert to("glossary.ipynb#KL-divergence") == "glossary.html#kl-divergence"
    assert to("../glossary.ipynb#null-arm", "notebooks/solutions") == "glossary.html#null-arm"
    assert to("../README.md") == "index.html" and to("#c1") == "#c1" and to("../course.py") is None


def test_brackets_and_dollars_in_code_are_code():
    page = to_html("`tasks[0](policy)` costs `$x$`, and $x$ [here](a.md)", lambda target: "b.html")
    assert "tasks[0](policy)" in page and "$x$</code>" in page and page.count("<svg") == 1
    assert '<a href="b.html">here</a>' in page


def test_no_level_of_headings_is_left_out_and_no_name_given_twice():
    page = ordered('<h1>One</h1><h3>Two</h3><p id="two-2"></p><h2>Two</h2><h4>Two &amp; <code>f</code></h4>')
    assert re.findall(r'<h(\d) id="([^"]+)">', page) == [
        ("1", "one"),
        ("2", "two"),
        ("2", "two-3"),
        ("3", "two-f"),
    ]


def code(source, *outputs, **jupyter):
    return {"cell_type": "code", "source": source, "metadata": {"jupyter": jupyter}, "outputs": list(outputs)}


def test_the_name_of_a_tables_rows_stands_above_them():
    frame = pd.DataFrame({"mean": [0.5], "n": [3]}, index=pd.Index(["SFT"], name="who acts"))
    shown = {"output_type": "display_data", "data": {"text/html": frame.to_html()}}
    page = to_page(code("frame", shown), lambda target: None)
    assert re.findall(r"<th>(.*?)</th>", page) == ["who acts", "mean", "n", "SFT"] and page.count("<tr") == 2
    frame.index.name = None
    shown = {"output_type": "display_data", "data": {"text/html": frame.to_html()}}
    page = to_page(code("frame", shown), lambda target: None)
    assert re.findall(r"<th>(.*?)</th>", page) == ["", "mean", "n", "SFT"]


def test_what_jupyterlab_folds_is_folded_and_nothing_else():
    text = {"output_type": "stream", "text": ["the <answer>\n"]}
    plain = to_page(code("x = 1", text), lambda target: None)
    assert "<details" not in plain and "the &lt;answer&gt;" in plain
    assert to_page(code("x", text, outputs_hidden=True), lambda target: None).index("<details") < plain.index(
        "the "
    )
    assert to_page(code("x", text, source_hidden=True), lambda target: None).count("<details") == 1


def test_an_output_that_a_page_cannot_show_is_named():
    strange = {"output_type": "display_data", "data": {"application/x-strange": "1"}}
    with pytest.raises(ValueError, match=r"display_data with application/x-strange"):
        to_page(code("x", strange), lambda target: None)


@pytest.fixture
def published(monkeypatch, tmp_path, capsys):
    """A function that makes a book of pages with these names: what the command returns, and what it says."""

    def publish(*names, to=tmp_path / "book"):
        png = base64.b64encode(" ".join(names).encode()).decode()
        body = f'<h1>A page</h1><img src="data:image/png;base64,{png}">'
        made = [Page(f"{name}.html", name, body) for name in (*names, "search")]
        monkeypatch.setattr(command, "pages", lambda: made)
        code, said = command.main([str(to)]), capsys.readouterr()
        return code, said.out + said.err

    return publish


def test_of_an_old_book_goes_what_was_made_and_nothing_else(published, tmp_path):
    assert published("old", "same")[0] == 0
    for name in ("mine.html", "pictures/mine.png"):
        (tmp_path / "book" / name).write_text("mine")
    code, said = published("same")
    left = {path.relative_to(tmp_path / "book").as_posix() for path in (tmp_path / "book").rglob("*.*")}
    assert code == 0 and "2 pages" in said
    assert {"same.html", "search.html", "mine.html", "pictures/mine.png", "book.js"} < left
    assert "old.html" not in left and len([name for name in left if name.endswith(".png")]) == 2


def test_a_page_of_the_book_in_which_somebody_wrote_stays_and_it_is_said(published, tmp_path):
    published("page")
    (tmp_path / "book/page.html").write_text("mine")
    code, said = published("page", "other")
    assert code == 0 and "page_new.html lies beside" in said
    assert (tmp_path / "book/page.html").read_text() == "mine" and (tmp_path / "book/page_new.html").is_file()


@pytest.mark.parametrize("name", ["thesis.html", "book.js", "index.js", "pictures/me.png"])
def test_a_folder_with_something_else_in_it_takes_no_book(published, tmp_path, name):
    mine = tmp_path / "mine" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    code, said = published("page", to=tmp_path / "mine")
    assert code == 2 and "not a book of the course's" in said
    assert [path for path in (tmp_path / "mine").rglob("*") if path.is_file()] == [mine]


def test_a_file_takes_no_book(published, tmp_path):
    (tmp_path / "file").touch()
    code, said = published("page", to=tmp_path / "file")
    assert code == 2 and "is a file: name a folder" in said


def test_letters_stand_out_from_their_ground_on_light_and_on_dark_pages():
    pairs = dict(re.findall(r"--(\w+): light-dark\((#\w{6}, #\w{6})\)", CSS))
    colours = {name: pair.split(", ") for name, pair in pairs.items()}
    letters = [name for name in colours if name not in ("ground", "raised", "line")]
    assert len(letters) >= 7
    for page in (0, 1):
        for ground in ("ground", "raised"):
            assert all(contrast(colours[one][page], ground=colours[ground][page]) >= 4.5 for one in letters)


# In a browser


@pytest.fixture(scope="module")
def opened(folder):
    """A function that opens a page of the book: (its page in Chromium, all that was asked for)."""
    from playwright.sync_api import sync_playwright

    options = {
        "executable_path": chromium(),
        "args": ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    }
    with sync_playwright() as playwright, playwright.chromium.launch(**options) as browser:

        def open_page(name, width=1280, **how):
            page, asked = browser.new_page(viewport={"width": width, "height": 900}, **how), []
            page.set_default_timeout(300_000)
            page.on("request", lambda request: asked.append(request.url))
            page.on("pageerror", lambda error: asked.append(f"error {error}"))
            page.goto(f"{folder.as_uri()}/{name}")
            return page, asked

        yield open_page


def test_pages_fit_on_a_screen_and_on_a_phone_ask_for_files_only_and_have_no_fault(opened, folder, book):
    page, asked = opened("index.html")
    for name in book:
        page.goto(f"{folder.as_uri()}/{name}")
        for width in (1280, 400):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        assert not [one for one in asked if not one.startswith("file:")], (name, asked)


def test_the_search_finds_a_word_of_the_glossary_first(opened, index):
    page, _ = opened("search.html?q=null+arm")
    first = page.locator("#found a").first
    assert (
        first.inner_text() == "null arm (Glossary)"
        and first.get_attribute("href") == "glossary.html#null-arm"
    )
    page.locator("header input").fill("KL")
    assert page.locator("#found a").first.inner_text() == "KL divergence (Glossary)"
    told = " ".join(f" {words} " for *_, words in index)
    for text in page.locator("#found p").all_inner_texts():
        assert f" {text.removeprefix('… ').removesuffix(' …')} " in told, "whole words"
    page.locator("header input").fill("no such xyzzy")
    assert page.locator("#found a").count() == 0 and "Nothing found" in page.locator("#said").inner_text()


def test_the_switch_turns_the_page_and_is_remembered(opened):
    page, _ = opened("index.html", color_scheme="dark")
    ground = lambda: page.evaluate("getComputedStyle(document.body).backgroundColor")
    dark = ground()
    page.locator("#light").click()
    light = ground()
    page.reload()
    assert dark != light == ground() == "rgb(255, 255, 255)"


def test_a_link_to_a_verdict_opens_its_fold_and_a_button_opens_all(opened, book):
    name = next(name for name in book if name.startswith("00"))
    page, _ = opened(f"{name}#verdict-00-c8")
    assert page.locator("#verdict-00-c8").is_visible()
    page.locator(".folds").click()
    assert page.locator("main details:not([open])").count() == 0


def test_paper_has_the_text_and_no_buttons(opened):
    page, _ = opened("index.html", color_scheme="dark")
    page.emulate_media(media="print")
    hidden = page.evaluate(
        "['header', 'nav', 'footer'].map(one => getComputedStyle(document.querySelector(one)).display)"
    )
    assert hidden == ["none"] * 3 and page.locator("main h1").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
