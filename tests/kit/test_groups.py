"""What `course.py kit` writes says what the lesson says, and nothing else; what a person judged has no result in it."""

import base64
import functools
import html
import io
import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers.kit import tables
from helpers.kit.claims import claims
from helpers.kit.entries import each
from helpers.kit.groups import __main__ as command
from helpers.kit.groups import kits as data
from helpers.kit.groups import told
from helpers.kit.groups.deck import ROOM, deck
from helpers.kit.groups.folder import RECORD
from helpers.kit.groups.handout import LONGEST, sheets, shortened
from helpers.kit.groups.kits import kit, kits
from helpers.kit.groups.lesson import LESSONS, lesson
from helpers.kit.groups.markup import to_html, to_text, words
from helpers.kit.groups.page import STYLE, facilitators_page
from helpers.kit.groups.paper import Paper
from helpers.kit.groups.slides import slides
from helpers.kit.legible import contrast
from helpers.kit.rules import NO_DIFFERENCE, NOT_VALID, OPPOSITE, SUPPORTS

ROOT = Path(__file__).parents[2]
NUMBERS = sorted(path.name[:2] for path in LESSONS.glob("[0-9][0-9]_*.ipynb"))
every_lesson = pytest.mark.parametrize("number", NUMBERS)
RAW = json.loads((ROOT / "data/kits.json").read_text("utf-8"))


def texts(value):
    """All texts in a piece of JSON but the names of claims."""
    if isinstance(value, dict):
        return [text for key, one in value.items() if key != "about" for text in texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    return [value] if isinstance(value, str) else []


def shown(page):
    """The text that a page shows."""
    page = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def numbers(text):
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


def notebook(number):
    return json.loads(lesson(number).path.read_text("utf-8"))


def stored(number):
    """Everything that a lesson's notebook and the course's data say, as one text."""
    cells = notebook(number)["cells"]
    outputs = [one for cell in cells for one in cell.get("outputs", [])]
    said = ["".join(cell["source"]) for cell in cells]
    for one in outputs:
        kinds = {kind: value for kind, value in one.get("data", {}).items() if kind != "image/png"}
        said += ["".join(one.get("text", "")), *(shown(str("".join(value))) for value in kinds.values())]
    files = ("claims.json", "rules.json", "glossary.json", "bibliography.json", "runs/ledger.csv")
    said += [(ROOT / "data" / name).read_text("utf-8") for name in files]
    return "\n".join([*said, (ROOT / "helpers/machine.py").read_text("utf-8")])


@functools.cache
def paper_of(number):
    return sheets(lesson(number), kit(number))


# What a person judged


def test_every_lesson_has_an_entry_and_every_entry_a_lesson():
    assert sorted(kits()) == NUMBERS


@every_lesson
def test_every_heading_that_a_kit_names_is_in_its_lesson(number):
    assert all(lesson(number).section(name).level for name in kit(number).headings)


@every_lesson
def test_a_plan_goes_through_the_lesson_in_its_order(number):
    order = [id(one) for one in lesson(number).sections]
    for plan in kit(number).plans.values():
        places = [order.index(id(lesson(number).section(step.show))) for step in plan]
        ends = [n for n, step in enumerate(plan) if step.show in ("To talk about", "The reading")]
        assert places[: ends[0]] == sorted(places[: ends[0]])
        assert ends == list(range(ends[0], len(plan))), "cards and credences come last"


@every_lesson
def test_a_plan_asks_questions_that_there_are_and_none_twice(number):
    for plan in kit(number).plans.values():
        asked = [step.ask for step in plan if step.ask is not None]
        assert asked and len(set(asked)) == len(asked) and set(asked) <= set(range(1, data.QUESTIONS + 1))


@every_lesson
def test_there_are_cards_for_each_claim_that_is_believed_and_questions_turn_on_claims(number):
    assert set(kit(number).cards) == {name.split(".")[1] for name in lesson(number).believed}
    assert {one.about for one in kit(number).questions} <= set(claims())
    assert {one.about for one in kit(number).questions} & set(kit(number).cards) == set(kit(number).cards)


@every_lesson
def test_a_kit_has_no_number_and_no_word_of_a_verdict_of_its_own(number):
    said = "\n".join(texts(RAW[number]))
    assert not re.search(r"\d", said)
    assert not [
        word for word in (SUPPORTS, OPPOSITE, NO_DIFFERENCE, NOT_VALID, "INCONCLUSIVE") if word in said
    ]


@every_lesson
def test_strong_and_weak_answers_are_marked_for_both_sides_of_the_argument(number):
    for one in kit(number).questions:
        assert len(one.strong) >= 2 and len(one.weak) >= 2
    for sides in kit(number).cards.values():
        lengths = sorted(words(f"{card.hold} {card.crux}") for card in sides.values())
        assert lengths[1] < 2 * lengths[0], "neither side has twice as much to say"


def changed(**changes):
    entry = json.loads(json.dumps(RAW["00"]))
    for name, value in changes.items():
        entry[name] = value(entry[name])
    return {"00": entry}


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (changed(plans=lambda plans: {**plans, "60": plans["60"][1:]}), "60 minutes has 55"),
        (changed(questions=lambda some: some[:4]), "5 questions"),
        (changed(cards=lambda cards: {"C8": {"for": cards["C8"]["for"]}}), "a card for each side"),
        (changed(plans=lambda plans: {"60": plans["60"]}), "plans of"),
        (changed(pictures=lambda _: "all"), "pictures is of kind list"),
    ],
)
def test_a_fault_in_the_data_is_named(tmp_path, entry, says):
    (tmp_path / "kits.json").write_text(json.dumps(entry), "utf-8")
    with pytest.raises(ValueError, match=says):
        each(tmp_path / "kits.json", data.made)


# It says what the lesson says


@every_lesson
def test_every_number_on_the_facilitators_page_stands_in_the_lesson_or_its_data(number):
    page = facilitators_page(lesson(number), kit(number))
    own = r'<td class="when">.*?</td>|Question \d:|<h3>\d\. |for \d\d minutes|<code>.*?</code>|<pre>.*?</pre>'
    assert numbers(shown(re.sub(own, " ", page))) <= numbers(stored(number))


@every_lesson
def test_every_number_on_the_slides_stands_in_the_lesson_or_its_data(number):
    text = " ".join(shown(f"{one.heading} {one.shown} {one.notes}") for one in deck(lesson(number)))
    assert numbers(text) - {"0", "1", "100"} <= numbers(stored(number))


@every_lesson
def test_every_number_and_picture_of_the_handout_is_the_lessons(number):
    paper = paper_of(number)
    lines = [
        text.get_text() for sheet in paper.sheets for text in sheet.texts if " · " not in text.get_text()
    ]
    assert numbers(" ".join(lines)) - {"0", "1", "100"} <= numbers(stored(number))
    drawn = [one.get_array() for sheet in paper.sheets for axes in sheet.axes for one in axes.images]
    known = [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")) for png in pictures(number)
    ]
    assert drawn and all(any(np.array_equal(one, other) for other in known) for one in drawn)


def pictures(number):
    """All figures that the notebook stores, but small multiples, as base64."""
    outputs = [one for cell in notebook(number)["cells"] for one in cell.get("outputs", [])]
    return [
        "".join(one["data"]["image/png"]).strip() for one in outputs if "image/png" in one.get("data", {})
    ]


@every_lesson
def test_the_slides_have_every_picture_of_the_notebook_in_its_own_bytes(number):
    found = re.findall(r'src="data:image/png;base64,([^"]+)"', slides(lesson(number)))
    assert set(found) == set(pictures(number)) and found


@every_lesson
def test_a_verdict_is_told_in_the_sentences_of_the_notebook_and_the_ledger(number):
    page = facilitators_page(lesson(number), kit(number))
    paper = " ".join(text.get_text() for sheet in paper_of(number).sheets for text in sheet.texts)
    ledger = tables.stored("ledger").set_index("rule")
    blocks = re.findall(r'<div class="told">(.*?)</div>', page, re.DOTALL)
    assert len(blocks) == len(lesson(number).verdicts)
    for (name, part), block in zip(lesson(number).verdicts.items(), blocks, strict=True):
        said = " ".join(to_text(part.markdown[0]).split())
        row = ledger.loc[name]
        carries = f"{told.CARRIES} {told.how_far(name)}"
        beside = " ".join(f"{row['weakest link']} {row['next experiment']} {carries}".split())
        sentences = [
            " ".join(shown(one).split()) for one in re.findall(r"<(?:p|li|h3)>(.*?)</(?:p|li|h3)>", block)
        ]
        for one in sentences:
            link = re.sub(r"^(Weakest link|The next experiment) ?\. |\.$", "", one)
            known = (said, beside, f"{said} {headline(name, row)}")
            assert any(
                squeezed(to_text(link)).lower() in squeezed(to_text(text)).lower() for text in known
            ), one
        assert sentences[0] == headline(name, row)
        assert squeezed(sentences[0]) in squeezed(paper)


def headline(name, row):
    """A verdict as it is told in one line: its word, and in how many settings it holds."""
    return f"{name}: {row['word']}" + (f", {row['settings']}" if row["word"] != NOT_VALID else "")


def squeezed(text):
    """Without spaces and the signs of Markdown: lines and emphasis may differ, the words may not."""
    return re.sub(r"[\s*`_]", "", text)


# A lesson that is older than the ledger, or a ledger that is older than its lesson


def differences_of(one):
    """In what the verdicts that a lesson has stored differ from the ledger: word, numbers, how far they carry."""
    ledger, outputs = tables.stored("ledger").set_index("rule"), outputs_of(one)
    found = []
    for name, part in one.verdicts.items():
        row, card = ledger.loc[name], to_text(part.markdown[0])
        facts = part.verdict
        numbers = {key: facts[fact] for key, fact in (("effect", "mean"), ("low", "low"), ("high", "high"))}
        stands = {
            "word": facts["verdict"] == row.word and card.startswith(f"{name}: {row.word}"),
            "seeds": facts["seeds"] == row.seeds,
        }
        for key, value in numbers.items():
            stands[key] = np.isnan(row[key]) if value is None else np.isclose(value, row[key], atol=5e-5)
        far = re.search(r"How far it carries\. (.+)", card)
        if far:
            stands["how far"] = far[1].lower() == f"{told.how_far(name)}.".lower()
        else:  # its settings stand elsewhere in the lesson
            stands["how far"] = stands_elsewhere(name, row, outputs)
        found += [f"{name}: {key}" for key, same in stands.items() if not same]
    return found


def stands_elsewhere(name, row, outputs):
    """Whether a lesson that shows its settings below the card counts as many as the ledger with the same word."""
    if held := re.match(r"in (\d+ of \d+) settings", row.settings):
        return f"In {held[1]} " in outputs
    said = re.search(rf"\*\*{name}\*\*: {row.word} in (\d+) of \d+ .*? and in (\d+) of \d+ settings", outputs)
    return said is not None and f"{row.word} {int(said[1]) + int(said[2])}" in row.settings


def outputs_of(one):
    """All that a lesson's outputs say, as one text."""
    cells = json.loads(one.path.read_text("utf-8"))["cells"]
    data = [
        output.get("data", {}) | {"text": output.get("text", "")}
        for c in cells
        for output in c.get("outputs", [])
    ]
    return shown(
        " ".join("".join(v) for one in data for k, v in one.items() if k.startswith("text"))
    ).replace("of the ", "of ")


@every_lesson
def test_a_lesson_and_the_ledger_have_the_same_word_and_the_same_how_far(number):
    assert differences_of(lesson(number)) == []


@every_lesson
def test_a_ledger_that_was_renewed_without_the_lesson_is_found(number, monkeypatch):
    ledger, found = tables.stored("ledger"), set()
    for column, change in (
        ("settings", lambda old: re.sub(r"\d+", lambda n: str(int(n[0]) + 1), old)),
        ("word", lambda old: "OPPOSITE"),
        ("effect", lambda old: old + 0.01),
    ):
        other = ledger.assign(**{column: ledger[column].map(change)})
        monkeypatch.setattr(tables, "stored", lambda name, other=other: other)
        found |= set(differences_of(lesson(number)))
    wanted = {f"{name}: {key}" for name in lesson(number).verdicts for key in ("word", "how far")}
    assert wanted <= found and any(one.endswith("effect") for one in found)


def test_a_lesson_that_changes_is_followed(tmp_path):
    text = (
        lesson("00")
        .path.read_text("utf-8")
        .replace("00.C8: SUPPORTS", "00.C8: OPPOSITE")
        .replace("0.74 [", "-0.74 [")
    )
    (tmp_path / "00_start_here.ipynb").write_text(text, "utf-8")
    other = lesson("00", tmp_path)
    page, said = facilitators_page(other, kit("00")), shown(slides(other))
    assert "00.C8: OPPOSITE" in page and "-0.74 [" in page and "00.C8: SUPPORTS" not in page
    assert "00.C8: OPPOSITE" in said and "00.C8: SUPPORTS" not in said


def test_a_heading_that_is_gone_is_named_with_those_that_there_are():
    with pytest.raises(ValueError, match=r"lesson 03 has 0 headings 'Gone'; there are: .*The long runs"):
        lesson("03").section("Gone")


@every_lesson
def test_a_caption_is_whole_sentences(number):
    for part in lesson(number).parts:
        for _, alt in part.pictures:
            said = shortened(alt)
            assert alt.startswith(said) and (said == alt or said.endswith((".", "?", "!")))
            assert len(said) <= LONGEST or not re.search(r"[.?!] [A-Z]", said)


# Slides


@every_lesson
def test_a_page_needs_nothing_from_outside(number):
    for page in (slides(lesson(number)), facilitators_page(lesson(number), kit(number))):
        loaded = re.findall(r'(?:src|poster|data)="([^"]*)"', page) + re.findall(r"url\(([^)]*)\)", page)
        assert [one[:60] for one in loaded if not one.startswith("data:")] == []
        assert not re.search(r"<(link|iframe|object|embed)\b|@import|<script[^>]+src|fetch\(|import\(", page)


@every_lesson
def test_every_link_of_the_facilitators_page_leads_to_a_slide_or_a_heading(number):
    page, ids = (
        facilitators_page(lesson(number), kit(number)),
        set(re.findall(r'id="([^"]+)"', slides(lesson(number)))),
    )
    assert set(re.findall(r'href="slides.html#([^"]+)"', page)) <= ids
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="([^"#]+)', page)) == {"slides.html", "handout.pdf"}


@every_lesson
def test_a_page_can_be_heard(number):
    for page in (slides(lesson(number)), facilitators_page(lesson(number), kit(number))):
        assert page.startswith('<!DOCTYPE html>\n<html lang="en">') and page.count("<h1") == 1
        assert all(len(alt) > 20 for alt in re.findall(r'<img[^>]*\balt="([^"]*)"', page))
        assert len(re.findall(r"<img\b", page)) == len(re.findall(r'<img[^>]*\balt="', page))
        levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_letters_stand_out_from_their_ground():
    colours = re.findall(r"--(?:ink|quiet|accent): (#\w{6})", STYLE)
    assert len(colours) == 3 and all(contrast(one) >= 4.5 for one in colours)
    assert contrast("#595959", ground="#f3f7fa") >= 4.5  # names beside blanks


@every_lesson
def test_no_result_stands_before_its_question(number):
    kinds = deck(lesson(number))
    asked = [n for n, one in enumerate(kinds) if one.kind == "ask"]
    judged = [n for n, one in enumerate(kinds) if one.kind == "verdict"]
    assert asked[0] < judged[0]
    for name in lesson(number).asked:
        parts = lesson(number).parts
        ask = next(n for n, part in enumerate(parts) if part.kind == "ask" and name in part.asked)
        told = [n for n, part in enumerate(parts) if name in part.beside]
        assert all(ask < place for place in told)


@every_lesson
def test_no_slide_is_a_page_of_prose(number):
    prose = [one for one in deck(lesson(number)) if one.kind == "text"]
    assert max(words(shown(one.shown)) for one in prose) < 2 * ROOM
    assert not [one for one in deck(lesson(number)) if "your code here" in one.shown or "Hint 1" in one.shown]


def test_a_formula_is_drawn_and_tells_its_source_and_a_word_its_meaning():
    page = to_html(
        "It is $-\\log p$ of a [seed](glossary.ipynb#seed), *alike*; see [lesson 03](03_same.ipynb)."
    )
    assert 'aria-label="-\\log p"' in page and "<path d=" in page and "$" not in page
    assert '<dfn title="One independent training run' in page and "<em>alike</em>" in page
    assert "see lesson 03." in page and "href" not in page


def test_two_formulas_and_a_price_are_told_apart():
    assert to_html("from $p$ to $q$").count("<svg") == 2
    assert "<svg" not in to_html("it costs 5$ and not 6$")


# The command


def test_the_command_writes_the_folder(tmp_path, capsys):
    assert command.main(["12", "--to", str(tmp_path)]) == 0
    (there,) = tmp_path.iterdir()
    assert there.name == lesson("12").path.stem
    assert {path.name for path in there.iterdir()} == {RECORD, *command.FILES}
    assert (there / "handout.pdf").read_bytes().startswith(
        b"%PDF-"
    ) and "handout.pdf" in capsys.readouterr().out


def test_the_same_sheets_give_the_same_file():
    made = []
    for _ in range(2):
        paper = Paper("a lesson")
        paper.blank("It descends $-\\log p$.", ("before", "after"))
        paper.picture(pictures("00")[0], "A picture.", "Its title")
        made.append(paper.pdf("a handout"))
    assert made[0] == made[1]


# What somebody has changed


@pytest.fixture
def quick(monkeypatch):
    """The command, with a handout that costs nothing."""
    monkeypatch.setattr(command, "handout", lambda *_: b"%PDF-")
    return command


@pytest.mark.parametrize("name", command.FILES)
def test_what_somebody_has_changed_is_never_written_over(quick, tmp_path, capsys, name):
    there = tmp_path / lesson("00").path.stem
    quick.main(["00", "--to", str(tmp_path)])
    as_made = (there / name).read_bytes()
    (there / name).write_bytes(b"MINE")
    for _ in range(2):
        assert quick.main(["00", "--to", str(tmp_path)]) == 0
        assert (there / name).read_bytes() == b"MINE"
    beside = there / name.replace(".", "_new.")
    assert beside.read_bytes() == as_made and f"Somebody has changed {name}" in capsys.readouterr().out
    beside.write_bytes(b"MINE, TOO")
    quick.main(["00", "--to", str(tmp_path)])
    assert beside.read_bytes() == b"MINE, TOO"


def test_what_nobody_has_changed_is_renewed_in_its_place(quick, tmp_path, monkeypatch):
    there = tmp_path / lesson("00").path.stem
    quick.main(["00", "--to", str(tmp_path)])
    monkeypatch.setattr(command, "slides", lambda *_: "another lesson")
    quick.main(["00", "--to", str(tmp_path)])
    assert (there / "slides.html").read_text() == "another lesson" and not list(there.glob("*_new*"))


@pytest.mark.parametrize("record", [None, "", "[1]", '{"slides.html": 5}'])
def test_a_folder_of_which_nobody_knows_who_wrote_it_is_somebodys(quick, tmp_path, record):
    there = tmp_path / lesson("00").path.stem
    there.mkdir()
    (there / "slides.html").write_text("of an older course", "utf-8")
    if record is not None:
        (there / RECORD).write_text(record, "utf-8")
    assert quick.main(["00", "--to", str(tmp_path)]) == 0
    assert (there / "slides.html").read_text("utf-8") == "of an older course"
    assert "Start here" in (there / "slides_new.html").read_text("utf-8")


@pytest.mark.parametrize("place", ["a_file", "a_file/below", "a_file/below/it"])
def test_a_file_where_the_folder_should_be_is_said_in_a_sentence(quick, tmp_path, capsys, place):
    (tmp_path / "a_file").write_text("mine", "utf-8")
    assert quick.main(["00", "--to", str(tmp_path / place)]) == 2
    said = capsys.readouterr().err
    assert f"{tmp_path / 'a_file'} is a file, not a folder" in said and "Errno" not in said
    assert (tmp_path / "a_file").read_text("utf-8") == "mine"


def test_paper_begins_a_new_sheet_and_leaves_no_line_alone():
    paper = Paper("a lesson")
    for _ in range(40):
        paper.text("word " * 60)
    assert len(paper.sheets) > 1
    for sheet in paper.sheets:
        heights = [text.get_position()[1] for text in sheet.texts]
        assert min(heights) >= 0 and len(heights) > 2


def test_a_lesson_that_is_not_there_lists_those_that_are(capsys, tmp_path):
    assert command.main(["77", "--to", str(tmp_path)]) == 2
    assert "no lesson 77; there are: 00, 01" in capsys.readouterr().err and not list(tmp_path.iterdir())
