"""Quizzes: four choices with a reason each, no cue from place or length, true to what the lessons found, and kept."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from helpers.kit import predictions, quizzes, standing
from helpers.kit.quizzes import CONCEPTS, LETTERS, Asked, as_html, as_text, concepts, questions, quiz
from helpers.kit.tables import stored

LESSONS = sorted(
    path.name[:2] for path in (Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb")
)
ALL = list(questions().values())
every_question = pytest.mark.parametrize("question", ALL, ids=lambda one: one.name)
NAMES = re.compile(r"\b[Ll]essons? \d\d(?:, \d\d)*(?: and \d\d)?\b")


@pytest.fixture(autouse=True)
def shown(file, monkeypatch):
    found = []
    monkeypatch.setattr(quizzes, "display", lambda what, **_: found.append(what))
    monkeypatch.delenv(predictions.NOTES)
    return found


def texts(question):
    return [question.asks, question.keyed_to, *(text for choice in question.choices for text in choice)]


def of(prefix):
    return [one for one in ALL if one.name.startswith(f"{prefix}.")]


# What stands in the file


def test_every_lesson_has_four_to_six_questions_and_so_many_stand_before_the_course():
    assert quizzes.lessons() == LESSONS
    assert all(4 <= len(of(lesson)) <= 6 for lesson in LESSONS) and len(of(CONCEPTS)) >= 6


@every_question
def test_each_choice_has_a_reason_and_no_two_are_alike(question):
    said, because = zip(*question.choices, strict=True)
    assert len(set(said)) == len(set(because)) == len(LETTERS)
    assert all(text.endswith((".", "?", '."')) for text in texts(question)), texts(question)


def test_each_question_is_keyed_to_a_misunderstanding_of_its_own():
    assert len({one.keyed_to for one in ALL}) == len(ALL)


@pytest.mark.parametrize("group", [LESSONS, [CONCEPTS]], ids=["lessons", "the whole course"])
def test_the_right_answer_is_as_often_in_each_place(group):
    asked = [one for name in group for one in of(name)]
    places = Counter(one.right for one in asked)
    assert max(places.values()) - min(places[place] for place in range(len(LETTERS))) <= 1


def test_whoever_takes_the_longest_choice_or_the_shortest_one_gains_nothing():
    for choose in (max, min):
        places = [choose(range(len(LETTERS)), key=lambda at: len(one.choices[at][0])) for one in ALL]
        assert sum(at == one.right for at, one in zip(places, ALL, strict=True)) <= 0.4 * len(ALL)


@every_question
def test_no_number_is_told_that_a_lesson_would_have_to_keep(question):
    assert not [text for text in texts(question) if re.search(r"\d", NAMES.sub("", text))]


@every_question
def test_what_a_question_takes_for_granted_is_what_the_ledger_says(question):
    ledger = stored("ledger").set_index("rule").word
    for rule, word in question.holds.items():
        assert ledger[rule] == word, f"{question.name} is about {rule} as {word}: read it again"


@every_question
def test_a_question_that_names_a_verdict_says_which_rule_it_is_about(question):
    named = re.search(r"SUPPORTS|turns round|verdict", question.asks + question.choices[question.right][1])
    assert not named or question.holds or "NOT VALID" in question.asks


@pytest.mark.parametrize(
    "change, says",
    [
        ({"choices": [{"says": "a", "because": "b"}] * 3}, "has 4 choices"),
        ({"right": 4}, "a place from 0 to 3"),
        ({"right": -1}, "at least 0"),
        ({"asks": ""}, "asks is empty"),
        ({"choices": [{"says": "a", "because": ""}] * 4}, "because is empty"),
        ({"choices": ["a"] * 4}, "an entry has fields"),
        ({"hint": "x"}, "nobody reads 'hint'"),
    ],
)
def test_an_entry_that_could_not_be_asked_is_refused(tmp_path, monkeypatch, change, says):
    entry = {"keyed_to": "k", "asks": "a?", "choices": [{"says": "a", "because": "b"}] * 4, "right": 0}
    path = tmp_path / "quizzes.json"
    path.write_text(json.dumps({"00.1": entry | change}), encoding="utf-8")
    monkeypatch.setattr(quizzes, "FILE", path)
    with pytest.raises(ValueError, match=says):
        questions.__wrapped__()


# Answers


def asked(replies=True, prefix="quiz "):
    return Asked(ALL[0], 1, replies=replies, prefix=prefix)


def test_a_page_without_a_kernel_says_that_buttons_stand_there_not_sliders():
    asked = [one for one in questions().values() if one.name.startswith("00.")]
    assert str(quizzes.form(asked, replies=True, prefix="")) == "Buttons stand here when this cell is run."


@pytest.mark.parametrize("place", range(4))
def test_a_press_gives_the_reason_of_that_choice_and_says_whether_it_is_right(place):
    one = asked()
    one.buttons[LETTERS[place]].click()
    verdict = "is right" if place == ALL[0].right else "not quite"
    assert verdict in one.said.value and ALL[0].choices[place][1][:20] in one.said.value


def test_the_first_answer_of_a_quiz_is_the_one_that_counts():
    one, wrong = asked(), (ALL[0].right + 1) % 4
    for place in (wrong, ALL[0].right):
        one.buttons[LETTERS[place]].click()
    assert standing.answered() == {ALL[0].name: False}


def test_before_the_course_nothing_is_told_and_the_last_answer_counts():
    one, wrong = asked(replies=False, prefix="quiz before "), (ALL[0].right + 1) % 4
    for place in (wrong, ALL[0].right):
        one.buttons[LETTERS[place]].click()
        assert "is kept" in one.said.value and "right" not in one.said.value
    assert standing.answered() == {f"before {ALL[0].name}": True}


def test_before_and_after_stand_beside_each_other_by_misunderstanding():
    first = of(CONCEPTS)[0]
    assert standing.understood().empty
    for when, place in (("before", (first.right + 1) % 4), ("after", first.right)):
        Asked(first, 1, replies=when == "after", prefix=f"quiz {when} ").buttons[LETTERS[place]].click()
    rows = standing.understood().to_dict("records")
    assert rows[0] == {"misunderstanding": first.keyed_to, "before": "not yet", "after": "right"}
    assert rows[1]["before"] == rows[1]["after"] == "" and len(rows) == len(of(CONCEPTS))


# What is shown


def test_a_quiz_is_shown_with_buttons_and_as_text_with_folded_answers(shown):
    quiz(LESSONS[0])
    box, text = shown
    assert "course-quiz" in box._dom_classes and len(text["text/html"].split("<details>")) == 2 + len(
        of(LESSONS[0])
    )
    for one in of(LESSONS[0]):
        assert one.asks in text["text/plain"] and f"{LETTERS[one.right]} is right." in text["text/html"]


def test_every_button_says_what_it_stands_for():
    for letter, (says, _) in zip(LETTERS, ALL[0].choices, strict=True):
        one = asked().buttons[letter]
        assert one.description == letter and one.tooltip == says


def test_before_the_course_neither_form_tells_an_answer(shown):
    concepts("before")
    concepts("after")
    before, after = shown[1], shown[3]
    reasons = [because for one in of(CONCEPTS) for _, because in one.choices]
    assert not any(one in before["text/html"] for one in reasons) and "Right are" not in before["text/plain"]
    assert "Right are" in after["text/plain"] and "is right." in after["text/html"]


def test_choices_as_text_have_the_letters_that_their_reasons_have():
    for one in of(CONCEPTS):
        before, _, after = as_html([one], "Quiz", replies=True).partition("Answer to 1")
        assert all(f"{letter}: " in before and f"{letter}" in after for letter in LETTERS)


def test_signs_that_html_would_read_are_shown_as_they_are():
    odd = quizzes.Question("00.1", "k", "a < b & c?", tuple(("<b>", "x & y") for _ in LETTERS), 0, {})
    page = as_html([odd], "<Quiz>", replies=True)
    assert "a &lt; b &amp; c?" in page and "A: &lt;b&gt;" in page and "&lt;Quiz&gt;" in page
    assert "a < b & c?" in as_text([odd], "Quiz", replies=True)


def test_a_lesson_without_a_quiz_and_another_time_are_named():
    with pytest.raises(ValueError, match="lesson is one of 00, "):
        quiz("99")
    with pytest.raises(ValueError, match="when is one of before, after"):
        concepts("now")
