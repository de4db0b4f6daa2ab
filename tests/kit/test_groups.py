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
from helpers.kit.groups.__main__ import RECORD
from helpers.kit.groups.deck import ROOM, by_name, deck
from helpers.kit.groups.handout import sheets
from helpers.kit.groups.kits import kit, kits
from helpers.kit.groups.lesson import LESSONS, Lesson, Part, Section, lesson
from helpers.kit.groups.markup import to_html, to_text, words
from helpers.kit.groups.page import STYLE, facilitators_page
from helpers.kit.groups.paper import Paper
from helpers.kit.groups.printed import LONGEST, shortened
from helpers.kit.groups.room import QUIZ, TYPED, spoken
from helpers.kit.groups.slides import slides
from helpers.kit.legible import contrast
from helpers.kit.rules import NO_DIFFERENCE, NOT_VALID, OPPOSITE, SUPPORTS, rules
from helpers.machine import need

ROOT = Path(__file__).parents[2]
NUMBERS = sorted(path.name[:2] for path in LESSONS.glob("[0-9][0-9]_*.ipynb"))
every_lesson = pytest.mark.parametrize("number", NUMBERS)
RAW = json.loads((ROOT / "data/kits.json").read_text("utf-8"))


def texts(value):
    """All texts in a piece of JSON but the names of claims and slides."""
    if isinstance(value, dict):
        named = isinstance(value.get("cards"), list)
        return [
            text
            for key, one in value.items()
            if key not in ("about", "slides", "handout", "answers") and not (named and key == "cards")
            for text in texts(one)
        ]
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    return [value] if isinstance(value, str) else []


def shown(page):
    """The text that a page shows."""
    page = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[a-zA-Z/!][^>]*>", " ", page))


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
    return "\n".join([*said, str(need(number))])


@functools.cache
def paper_of(number):
    return sheets(lesson(number), kit(number))


@functools.cache
def page_of(number):
    return facilitators_page(lesson(number), kit(number), paper_of(number))


@functools.cache
def slides_of(number):
    return slides(lesson(number), kit(number))


@functools.cache
def known(number):
    return by_name(deck(lesson(number)))


def minutes_to_read(number, names):
    """How long it takes to read slides aloud, at 130 words a minute; mazes and corridors are looked at."""
    told = [f"{known(number)[name][1].heading} {known(number)[name][1].shown}" for name in names]
    return len(shown(re.sub(r"<pre\b.*?</pre>", " ", " ".join(told), flags=re.DOTALL)).split()) / 130


every_plan = pytest.mark.parametrize(
    ("number", "length"), [(number, length) for number in NUMBERS for length in data.LENGTHS]
)


# What a person judged


def test_every_lesson_has_an_entry_and_every_entry_a_lesson():
    assert sorted(kits()) == NUMBERS


@every_lesson
def test_every_slide_and_heading_that_a_kit_names_is_in_its_lesson(number):
    assert sorted(name for name in kit(number).slides if name not in known(number)) == []
    leans = [card.lean for sides in kit(number).cards.values() for card in sides.values()]
    assert all(lesson(number).section(name).level for name in leans)


@every_lesson
def test_the_name_of_a_slide_is_its_own_and_stays_when_another_one_comes(number):
    names = [one.name for one in deck(lesson(number))]
    assert len(set(names)) == len(names)
    asked = {name for name in names if name.startswith("ask-")}
    assert asked == {f"ask-{name}" for name in lesson(number).asked}
    assert {f"verdict-{name}" for name in lesson(number).verdicts} <= set(names)
    first, *others = lesson(number).sections
    more = Section("Something new", 2, [Part("text", "Words of it.")])
    grown = Lesson(number, lesson(number).path, (first, more, *others))
    assert [
        name for name in (one.name for one in deck(grown)) if name != "something-new-words-of-it"
    ] == names


@every_plan
def test_a_plan_goes_through_the_slides_in_their_order_and_each_comes_once(number, length):
    shown_in = kit(number).shown(length)
    once = [name for name in shown_in if not name.endswith("-after")]
    places = [known(number)[name][0] for name in once]
    assert places == sorted(set(places))
    assert shown_in[: len(once)] == once, "the credences of the end come last"


@every_plan
def test_what_a_step_shows_can_be_read_in_its_minutes_and_leaves_time_to_talk(number, length):
    for step in kit(number).plans[length]:
        assert minutes_to_read(number, step.slides) <= 0.6 * step.minutes, step.do


@every_plan
def test_nothing_that_came_out_is_shown_in_a_step_before_its_question_or_with_it(number, length):
    asked, told_of = set(), set()
    for step in kit(number).plans[length]:
        slides_in = [known(number)[name][1] for name in step.slides]
        asks = [bool(one.asks) for one in slides_in]
        assert asks == sorted(asks), "what is asked for comes last in its step"
        for one in slides_in:
            assert one.tells <= asked or one.kind == "verdict", f"{one.name} tells what nobody was asked for"
            told_of |= one.tells
        asked |= {name for one in slides_in for name in one.asks}
    assert asked and asked <= told_of, "who is asked is told what came out"


@every_plan
def test_whoever_is_asked_for_a_credence_or_dealt_a_card_has_seen_what_it_is_about(number, length):
    judged = {part.verdict["about"]: name for name, part in lesson(number).verdicts.items()}
    seen, asked, dealt = set(), set(), set()
    for step in kit(number).plans[length]:
        for name in step.slides:
            if name.startswith("verdict-"):
                seen.add(lesson(number).verdicts[name.removeprefix("verdict-")].verdict["about"])
            if name.startswith("credence-"):
                asked.add(name.split("-")[1])
                assert not name.endswith("-after") or name.split("-")[1] in seen
        question = kit(number).questions[step.ask - 1] if step.ask else None
        if question and question.about not in judged:  # no rule is about it: what it turns on is a slide
            seen |= {question.about} if set(question.slides) <= set(kit(number).shown(length)) else set()
        assert set(step.cards) <= seen, f"{step.cards} in {length} minutes: {seen} was shown"
        dealt |= set(step.cards)
    assert asked == dealt <= seen


@every_plan
def test_a_question_is_asked_once_and_what_it_turns_on_is_shown_by_then(number, length):
    asked, seen = [], []
    for step in kit(number).plans[length]:
        seen += step.slides
        if step.ask is not None:
            asked.append(step.ask)
            assert set(kit(number).questions[step.ask - 1].slides) <= set(seen), step.do
    assert asked and len(set(asked)) == len(asked) and set(asked) <= set(range(1, data.QUESTIONS + 1))


@every_plan
def test_each_question_and_each_claims_cards_are_in_a_plan_or_said_to_be_in_reserve(number, length):
    plan = re.search(rf'<section id="plan-{length}".*?</section>', page_of(number), re.DOTALL)[0]
    assert set(re.findall(r'href="#question-(\d)"', plan)) == set("12345")
    dealt = " ".join(re.findall(r"[Tt]he cards of ([^.:<]+)", plan))
    assert set(re.findall(r"C\d+", dealt)) == set(kit(number).cards)


@every_lesson
def test_arms_and_world_come_before_the_first_number_is_asked_for(number):
    first = next(place for place, one in enumerate(deck(lesson(number)), 1) if one.asks)
    for length in data.LENGTHS:
        before = [name for name in kit(number).shown(length) if known(number)[name][0] < first]
        keys = [key for keys, _ in [next(iter(lesson(number).asked.values()))] for key in keys]
        said = " ".join(shown(known(number)[name][1].shown) for name in before)
        arms = [key.split(", ")[0] for key in keys]
        assert [arm for arm in arms if arm.lower() not in said.lower()] == []


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
        (changed(plans=lambda plans: {**plans, "60": plans["60"][1:]}), "60 minutes has 56"),
        (changed(questions=lambda some: some[:4]), "5 questions"),
        (changed(cards=lambda cards: {"C8": {"for": cards["C8"]["for"]}}), "a card for each side"),
        (changed(plans=lambda plans: {"60": plans["60"]}), "plans of"),
        (changed(handout=lambda _: "all"), "handout is of kind list"),
    ],
)
def test_a_fault_in_the_data_is_named(tmp_path, entry, says):
    (tmp_path / "kits.json").write_text(json.dumps(entry), "utf-8")
    with pytest.raises(ValueError, match=says):
        each(tmp_path / "kits.json", data.made)


# It says what the lesson says


@every_lesson
def test_every_number_on_the_facilitators_page_stands_in_the_lesson_or_its_data(number):
    page = page_of(number)
    own = (  # minutes, and numbers of questions, sheets and slides
        r'<td class="(?:when|show)">.*?</td>|Question \d:|questions? <a.*?</p>|<h3>\d\. |for \d\d minutes|'
        r"<code>.*?</code>|<pre>.*?</pre>|(?:sheet|slide)s? \d+(?: (?:to|and) \d+)?|"
        r"<a href=.slides.html[^>]*>\d+</a>"
    )
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
    found = re.findall(r'src="data:image/png;base64,([^"]+)"', slides_of(number))
    assert set(found) == set(pictures(number)) and found


@every_lesson
def test_a_verdict_is_told_in_the_sentences_of_the_notebook_and_the_ledger(number):
    page = page_of(number)
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
            known = (said, beside, headline(said, name, row))
            assert any(
                squeezed(to_text(link)).lower() in squeezed(to_text(text)).lower() for text in known
            ), one
        assert sentences[0] == headline(said, name, row)
        assert squeezed(sentences[0]) in squeezed(paper)


def headline(card, name, row):
    """A verdict in one line: the card's, and in how many settings it holds where the card does not say."""
    head = re.split(rf" {re.escape(rules()[name].says)}", card)[0]
    assert head.startswith(f"{name}: {row['word']}")
    more = "How far it carries" not in card and row["word"] != NOT_VALID and row["settings"]
    return head + (f", {row['settings']}" if more else "")


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
            stands["how far"] = is_as_far(far[1], name, row)
        else:  # its settings stand elsewhere in the lesson
            stands["how far"] = stands_elsewhere(name, row, outputs)
        found += [f"{name}: {key}" for key, same in stands.items() if not same]
    return found


def is_as_far(said, name, row):
    """Whether a card says of the settings what the ledger says.

    Where the lesson's own numbers give another word than its verdict, the card counts that one or all words, and names
    the settings of the others; the ledger counts the verdict's own.
    """
    if "That word holds" not in said:
        return said.lower() == f"{told.how_far(name)}.".lower()
    held = re.match(r"in (\d+) of (\d+) settings", row.settings)
    if held is None or not re.search(rf"(in|of) {held[2]} settings", said):
        return False
    named = re.search(rf"{row.word} with: (.+?)(?:;|\. They)", said)
    return (
        (len(re.findall(r"'[^']*'|[^,]+", named[1])) == int(held[1]))
        if named
        else f"{row.word} {held[1]}" in said
    )


def stands_elsewhere(name, row, outputs):
    """Whether a lesson that shows its settings below the card counts as many as the ledger with the same word."""
    if not row.settings:  # no settings of this rule were run
        return True
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
        ("word", lambda old: "SUPPORTS" if old == "OPPOSITE" else "OPPOSITE"),
        ("effect", lambda old: old + 0.01),
    ):
        other = ledger.assign(**{column: ledger[column].map(change)})
        monkeypatch.setattr(tables, "stored", lambda name, other=other: other)
        found |= set(differences_of(lesson(number)))
    wanted = {f"{name}: word" for name in lesson(number).verdicts}
    with_settings = ledger.rule[ledger.settings != ""]
    wanted |= {f"{name}: how far" for name in lesson(number).verdicts if name in set(with_settings)}
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
    page, said = facilitators_page(other, kit("00")), shown(slides(other, kit("00")))
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


@every_lesson
def test_nothing_that_came_out_is_on_a_sheet_that_is_given_out_before_its_question_is_answered(number):
    paper = paper_of(number)
    lines = [[text.get_text() for text in sheet.texts] for sheet in paper.sheets]
    drawn = [[one.get_array() for axes in sheet.axes for one in axes.images] for sheet in paper.sheets]
    stack_of = {n: at for at, (_, first, last) in enumerate(paper.stacks) for n in range(first, last + 1)}
    asked = {
        name: next(n for n, said in enumerate(lines, 1) if any(one.startswith(f"{name} · ") for one in said))
        for name in lesson(number).asked
    }
    before, looked_at = [], 0
    for slide in deck(lesson(number)):
        before += slide.asks
        for png in re.findall(r"base64,([^\"]+)", slide.shown) if slide.name in kit(number).handout else ():
            pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"))
            (sheet,) = [
                n for n, some in enumerate(drawn, 1) if any(np.array_equal(pixels, one) for one in some)
            ]
            assert all(stack_of[asked[name]] < stack_of[sheet] for name in before)
            assert all(stack_of[sheet] <= stack_of[asked[name]] for name in asked if name not in before)
            looked_at += 1
    assert looked_at and paper.stacks[0][:2] == ("At the beginning", 1)
    titles = " ".join(name for name, _, _ in paper.stacks)
    assert all(name in titles for name in asked), "a stack says after which predictions it is given out"


@every_lesson
def test_the_sheets_for_the_beginning_have_what_the_first_prediction_needs(number):
    _, first, last = paper_of(number).stacks[0]
    said = " ".join(
        text.get_text() for sheet in paper_of(number).sheets[first - 1 : last] for text in sheet.texts
    )
    keys = next(iter(lesson(number).asked.values()))[0]
    arms = [key.split(", ")[0] for key in keys]
    assert all(said.count(arm) > 1 for arm in arms), "arms are told, and not only asked for"
    told_in_words = number in (
        "09",
        "10",
        "12",
    )  # their world is texts: nothing is drawn before the first number
    assert told_in_words or any(sheet.axes for sheet in paper_of(number).sheets[first - 1 : last])


@every_lesson
def test_words_to_whoever_sits_at_a_keyboard_are_on_no_slide_and_no_sheet(number):
    said = [shown(f"{one.shown} {one.notes}") for one in deck(lesson(number)) if one.kind != "exercise"]
    said += [" ".join(text.get_text() for text in sheet.texts) for sheet in paper_of(number).sheets]
    assert [TYPED.search(one)[0] for one in said if TYPED.search(one)] == []
    assert QUIZ not in " ".join(said)


@pytest.mark.parametrize(
    ("says", "said"),
    [
        ("Then run this cell. It shows one episode.", "It shows one episode."),
        ("Each arm is a path; move the slider. Dots are seeds.", "Each arm is a path. Dots are seeds."),
        ("On five sets (stored; `python -m helpers.x 00` makes them):", "On five sets:"),
        ("They come along; this command makes them: `python -m a.b 03`.", "They come along."),
        ("Press the letter of your choice.", ""),
        ("A sentence of no machine (nor an aside).", "A sentence of no machine (nor an aside)."),
    ],
)
def test_a_sentence_about_a_keyboard_goes_and_the_others_stay(says, said):
    assert spoken(says) == said


def test_a_tables_rows_are_named_beside_its_columns():
    notebook_says = {name: one.shown for name, (_, one) in known("00").items() if "-table" in name}
    assert any("who acts (batch 100)" in page for page in notebook_says.values())
    for page in notebook_says.values():
        head = re.search(r"<thead>.*?</thead>", page, re.DOTALL)[0]
        last = re.findall(r"<th\b[^>]*>(.*?)</th>", re.findall(r"<tr.*?</tr>", head, re.DOTALL)[-1])
        assert len(last) == 1 or any(last[1:])


def test_a_table_on_paper_keeps_within_its_margins_and_goes_on_below_its_heading():
    paper = Paper("a lesson")
    rows = [
        ["arm", "who acts", "how"],
        *([f"arm {n}", "a teacher " * 12, "by advantage " * 20] for n in range(40)),
    ]
    paper.table(rows)
    assert len(paper.sheets) > 1
    for sheet in paper.sheets:
        assert all(0 < x < 1 and 0 < y < 1 for x, y in (text.get_position() for text in sheet.texts))
        ends = [line.get_xdata()[1] for line in sheet.get_children() if hasattr(line, "get_xdata")]
        assert ends and max(ends) <= 1


# Slides


@every_lesson
def test_a_page_needs_nothing_from_outside(number):
    for page in (slides_of(number), page_of(number)):
        loaded = re.findall(r'(?:src|poster|data)="([^"]*)"', page) + re.findall(r"url\(([^)]*)\)", page)
        assert [one[:60] for one in loaded if not one.startswith("data:")] == []
        assert not re.search(r"<(link|iframe|object|embed)\b|@import|<script[^>]+src|fetch\(|import\(", page)


@every_lesson
def test_every_link_of_the_facilitators_page_leads_to_a_slide_or_a_heading(number):
    page, ids = (
        page_of(number),
        set(re.findall(r'id="([^"]+)"', slides_of(number))),
    )
    assert set(re.findall(r'href="slides.html(?:\?plan=\d+)?#([^"]+)"', page)) <= ids
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="([^"#]+)', page)) == {
        "slides.html", "slides.html?plan=60", "slides.html?plan=90", "handout.pdf"
    }  # fmt: skip


@every_lesson
def test_a_page_can_be_heard(number):
    for page in (slides_of(number), page_of(number)):
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
    size = sum(path.stat().st_size for path in there.iterdir()) / 1e6
    assert size * len(kits()) < command.TAKES


def test_the_same_sheets_give_the_same_file():
    made = []
    for _ in range(2):
        paper = Paper("a lesson")
        paper.blank("It descends $-\\log p$.", ("before", "after"))
        paper.picture(pictures("00")[0], "A picture.", "Its title")
        made.append(paper.pdf("a handout"))
    assert made[0] == made[1]


def test_the_slides_can_be_listed_for_whoever_writes_a_plan(capsys, tmp_path):
    assert command.main(["03", "--names", "--to", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == list(known("03")) and not list(tmp_path.iterdir())


# What somebody has changed


@pytest.fixture
def quick(monkeypatch):
    """The command, with a handout that costs nothing."""
    monkeypatch.setattr(command, "handout", lambda *_: b"%PDF-")
    monkeypatch.setattr(command, "sheets", lambda one, judged: paper_of(one.number))
    return command


MADE_BY = dict(zip(command.FILES, ("facilitators_page", "slides", "handout", "template"), strict=True))


@pytest.mark.parametrize("name", command.FILES)
def test_what_somebody_has_changed_is_never_written_over(quick, tmp_path, capsys, monkeypatch, name):
    there = tmp_path / lesson("00").path.stem
    quick.main(["00", "--to", str(tmp_path)])
    (there / name).write_bytes(b"MINE")
    beside = there / name.replace(".", "_new.")
    assert quick.main(["00", "--to", str(tmp_path)]) == 0
    assert (there / name).read_bytes() == b"MINE" and not beside.exists(), "nothing newer is there"
    newer = "newer" if name.endswith(".html") else b"newer"
    monkeypatch.setattr(command, MADE_BY[name], lambda *_: newer)
    for _ in range(2):
        assert quick.main(["00", "--to", str(tmp_path)]) == 0
        assert (there / name).read_bytes() == b"MINE"
    assert beside.read_bytes() == b"newer" and f"Somebody has changed {name}" in capsys.readouterr().out
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
    assert f"{tmp_path / 'a_file'} is a file: name a folder" in said and "Errno" not in said
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
