"""Where a learner stands: what counts, what does not, and that nothing in the file stops it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers.kit import as_it_comes, outcomes, predictions, standing, standing_page
from helpers.kit.checks import Check, Mistake
from helpers.kit.legible import complaints
from helpers.kit.predictions import beside, keep_credence, note, predict
from helpers.kit.rules import NOT_VALID, WORDS
from helpers.kit.standing import (
    KNOWN,
    LATE,
    TURNED,
    WAITS,
    WIDER,
    answered,
    believed,
    done,
    exercises,
    minutes,
    overview,
    own_verdicts,
    predicted,
    widths,
    words,
)
from helpers.kit.standing_figure import plot_standing


@pytest.fixture(autouse=True)
def page(file, tmp_path, monkeypatch):
    monkeypatch.setattr(standing_page, "PAGE", tmp_path / "my_work/progress.html")
    monkeypatch.delenv(predictions.NOTES)
    monkeypatch.setattr(standing, "measured", lambda _: {})  # results here are made up
    yield
    plt.close("all")


def written(file, *rows):
    file.write_text("".join(json.dumps({"guesses": {}, **row}) + "\n" for row in rows), encoding="utf-8")


# What counts as a prediction


def test_a_number_is_scored_once_its_result_was_shown():
    predict("00.a", {"SFT": 0.9, "RL": 0.5}, confidence=0.7)
    assert list(predicted().remark) == [WAITS, WAITS]
    beside("00.a", {"SFT": 0.96, "RL": 0.2, "null arm": 0.4})
    table = predicted().set_index("what")
    assert list(table.remark) == ["", ""] and list(table.held) == [True, False]
    assert table.Brier.tolist() == pytest.approx([0.09, 0.49])
    assert table["came out"].tolist() == [0.96, 0.2]


def test_what_is_said_after_the_result_changes_no_score():
    predict("00.a", {"SFT": 0.5}, confidence=0.9)
    beside("00.a", {"SFT": 0.96})
    predict("00.a", {"SFT": 0.96}, confidence=1.0)
    beside("00.a", {"SFT": 0.96})
    (row,) = predicted().to_dict("records")
    assert (row["you said"], row["held"], row["remark"]) == (0.5, False, "")


def test_what_came_out_with_turned_numbers_is_not_scored(monkeypatch):
    """Who turns LONGER to see whether all works guesses again before the lesson's own run: that guess is judged."""
    turned = SimpleNamespace(user_ns={"LONGER": 0.05})
    monkeypatch.setattr(as_it_comes, "_shell", lambda: turned)
    predict("02.d", {"RL": 0.5}, confidence=0.9)
    beside("02.d", {"RL": 0.32})
    (row,) = predicted().to_dict("records")
    assert (row["came out"], row["remark"]) == (0.32, TURNED) and row["Brier"] != row["Brier"]
    predict("02.d", {"RL": 0.85}, confidence=0.9)
    turned.user_ns["LONGER"] = 1.0
    beside("02.d", {"RL": 0.9})
    (row,) = predicted().to_dict("records")
    assert (row["you said"], row["came out"], row["remark"]) == (0.85, 0.9, "")


@pytest.mark.parametrize(
    "names, turned",
    [
        ({}, False),
        ({"SEEDS": range(100, 164), "LONGER": 1}, False),
        ({"SEEDS": [*range(100, 164)]}, False),
        ({"SEEDS": 64}, True),
        ({"LONGER": 0.05}, True),
        ({"LONGER": np.array([1.0, 2.0])}, True),
        ({"mine": 3}, False),
    ],
)
def test_a_number_is_turned_where_its_value_is_not_the_lessons(monkeypatch, names, turned):
    monkeypatch.setattr(as_it_comes, "_shell", lambda: SimpleNamespace(user_ns=names))
    assert as_it_comes.is_turned("02.d") is turned
    assert as_it_comes.is_turned("mine") is False


def test_a_lesson_that_runs_reads_its_numbers_without_waiting_for_what_checks_notebooks():
    known = "from helpers.kit import as_it_comes; print(as_it_comes._as_it_comes('02')['LONGER'])"
    program = f"{known}; import sys; print({{'nbformat', 'jsonschema'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1.0", "set()"]


def test_what_is_out_of_date_is_turned(monkeypatch):
    monkeypatch.setattr(as_it_comes, "_shell", lambda: SimpleNamespace(user_ns={}))
    monkeypatch.setattr(as_it_comes, "out_of_date", lambda: ("runs rests on STEPS",))
    assert as_it_comes.is_turned("02.d")


def test_a_number_that_was_asked_for_once_and_given_after_its_result_has_no_score():
    predict("00.a", {"SFT": 0.5})
    beside("00.a", {"SFT": 0.96, "RL": 0.2})
    predict("00.b", {"SFT": 0.5})
    written(
        predictions.FILE,
        {"name": "came out 00.a", "entry": {"measured": {"RL": 0.2}}},
        {"name": "00.a", "guesses": {"RL": 0.2}, "confidence": 1.0},
    )
    assert list(predicted().remark) == [LATE] and predicted().Brier.isna().all()


def test_each_number_that_is_late_beside_others_in_time_is_shown():
    predict("00.a", {"RL": 0.3, "PPO": 0.4})
    predict("00.a", {"RL": 0.5})
    beside("00.a", {"SFT": 0.97, "RL": 0.2, "PPO": 0.4})
    predict("00.a", {"SFT": 0.97, "RL": 0.2, "TD": 0.1}, confidence=0.9)
    rows = {row["what"]: (row["you said"], row["remark"]) for row in predicted().to_dict("records")}
    assert rows == {"RL": (0.5, ""), "SFT": (0.97, LATE), "TD": (0.1, "waits for its result")}


@pytest.mark.parametrize(
    "guess, value", [(0.3, 0.4), (0.5, 0.6), (0.1, 0.2), (0.7, 0.8), (0.8, 0.9), (1.0, 0.9)]
)
def test_a_number_at_the_edge_of_the_width_holds_wherever_it_is_shown(guess, value):
    predict("00.a", {"SFT": guess}, within=0.1)
    assert list(beside("00.a", {"SFT": value})["within 0.1"]) == ["yes"]
    assert list(predicted().held) == [True]


def test_what_is_answered_before_the_course_once_reasons_were_told_does_not_count():
    for when, right in (("before", False), ("after", True), ("before", True)):
        note(f"quiz {when} concepts.1", {"chosen": "A", "right": right})
    note("quiz before concepts.2", {"chosen": "A", "right": True})
    assert answered() == {"before concepts.1": False, "after concepts.1": True}
    note("quiz 00.1", {"chosen": "A", "right": True})
    assert answered()["00.1"] is True


def test_of_two_predictions_before_the_result_the_later_counts():
    predict("00.a", {"SFT": 0.5})
    predict("00.a", {"SFT": 0.9})
    beside("00.a", {"SFT": 0.96})
    assert list(predicted()["you said"]) == [0.9]


def test_a_result_that_is_not_there_yet_leaves_no_trace(file):
    predict("12.a", {"GRPO": 0.5}, unit="nats")
    beside("12.a", {"GRPO": float("nan")})
    beside(None, {"GRPO": 0.5})
    assert file.read_text("utf-8").count("\n") == 1


def said():
    """What is known of each number: how late, or whether it held."""
    return {row["what"]: row["remark"] or row["held"] for row in predicted().to_dict("records")}


def test_a_number_that_was_seen_beside_a_prediction_of_others_is_late():
    predict("00.a", {"RL": 0.5})
    beside("00.a", {"SFT": 0.97})
    predict("00.a", {"SFT": 0.97}, confidence=0.95)
    beside("00.a", {"SFT": 0.97})
    assert said() == {"RL": WAITS, "SFT": LATE}


def test_of_results_that_come_one_by_one_each_makes_its_own_number_late():
    predict("00.a", {"SFT": 0.9})
    beside("00.a", {"SFT": float("nan"), "RL": 0.3})
    predict("00.a", {"RL": 0.3, "PPO": 0.4}, confidence=1)
    assert said() == {"SFT": WAITS, "RL": LATE, "PPO": WAITS}
    beside("00.a", {"SFT": 0.96, "RL": 0.3, "PPO": 0.4})
    predict("00.a", {"SFT": 0.96, "RL": 0.3, "PPO": 0.1}, confidence=1)
    assert said() == {"SFT": True, "RL": LATE, "PPO": True}


@pytest.mark.parametrize("stored", [None, 0.88, 0.12])
def test_the_first_result_of_each_number_counts_or_of_several_the_one_that_is_the_lessons(
    monkeypatch, stored
):
    """Two differ where a number was turned elsewhere than in its cell, which nobody sees."""
    monkeypatch.setattr(standing, "measured", lambda _: {} if stored is None else {("00.a", "SFT"): stored})
    predict("00.a", {"SFT": 0.9, "RL": 0.2})
    for results in ({"SFT": 0.9}, {"SFT": 0.1, "RL": 0.2}, {"RL": 0.9}):
        beside("00.a", results)
    assert said() == {"SFT": stored != 0.12, "RL": True}


@pytest.mark.parametrize("stored", [0.9, 0.88, 0.5, 0.35, 0.02, None])
def test_a_result_by_whose_stored_one_a_number_counts_otherwise_has_no_score(monkeypatch, stored):
    """A number that was turned elsewhere than in its cell is seen by nobody; neither need a number have held."""
    monkeypatch.setattr(standing, "measured", lambda _: {} if stored is None else {("00.a", "SFT"): stored})
    predict("00.a", {"SFT": 0.4}, confidence=0.5)
    beside("00.a", {"SFT": 0.9})
    (row,) = predicted().to_dict("records")
    assert row["came out"] == 0.9 and (row["Brier"] == row["Brier"]) is (row["remark"] == "")
    held = stored is not None and abs(stored - 0.4) <= 0.1
    assert (row["remark"] == "") is not held
    assert row["remark"] == "" or f"{stored:.2f} stored" in row["remark"]


@pytest.mark.parametrize("turned, remark", [(0.97, KNOWN), (0.965, KNOWN), (0.9, KNOWN), (0.3, "")])
def test_who_saw_the_same_with_turned_numbers_before_has_no_score(file, turned, remark):
    """A quick pass with fewer seeds tells what comes out where it comes out alike."""
    result = lambda value, **more: {"name": "came out 00.a", "entry": {"measured": {"SFT": value}, **more}}
    guess = {"name": "00.a", "guesses": {"SFT": 0.97}, "confidence": 0.8}
    written(file, result(turned, turned=True), guess, result(0.97))
    assert list(predicted().remark) == [remark]
    written(file, guess, result(turned, turned=True), result(0.97))
    assert list(predicted().remark) == [""]
    before = {"name": "00.a", "guesses": {"SFT": 0.2}, "confidence": 0.7}
    written(file, before, result(turned, turned=True), guess, guess, result(0.97))
    assert predicted()[["you said", "remark"]].to_numpy().tolist() == [[0.2 if remark else 0.97, ""]]


@pytest.mark.parametrize(
    "there, remark",
    [
        ({"SFT": 0.3, "RL": 0.8}, ""),
        ({"SFT": 0.304, "RL": 0.8}, ""),
        ({"SFT": 0.3, "RL": 0.7}, TURNED),
        ({"SFT": 0.3}, TURNED),
        ({}, TURNED),
    ],
)
def test_what_no_turned_number_had_a_part_in_is_scored(file, monkeypatch, there, remark):
    """Of stored runs the same comes out, whatever is turned: all that the lesson has, and not one number of several."""
    monkeypatch.setattr(standing, "measured", lambda _: {("00.a", what): one for what, one in there.items()})
    guess = {"name": "00.a", "guesses": {"SFT": 0.4, "RL": 0.5}, "confidence": 0.8}
    out = {"measured": {"SFT": 0.3, "RL": 0.8}, "turned": True}
    written(file, guess, {"name": "came out 00.a", "entry": out})
    assert list(predicted().remark) == [remark] * 2


@pytest.mark.parametrize("came, turned, remark", [(5.54, True, ""), (5.46, True, ""), (5.57, True, TURNED)])
def test_a_stored_number_is_as_near_as_the_digits_with_which_it_is_written(
    file, monkeypatch, came, turned, remark
):
    monkeypatch.setattr(standing, "measured", lambda _: {("00.a", "SFT"): 5.5})
    monkeypatch.setattr(standing, "written", lambda _: {("00.a", "SFT"): "5.5"})
    guess = {"name": "00.a", "guesses": {"SFT": 5.41}, "confidence": 0.8, "within": 0.1}
    out = {"measured": {"SFT": came}, "turned": turned}
    written(file, guess, {"name": "came out 00.a", "entry": out})
    assert list(predicted().remark) == [remark]
    written(file, guess, {"name": "came out 00.a", "entry": {"measured": {"SFT": 5.53}}})
    assert list(predicted().remark) == [""], "a miss by a stored number of more digits is a miss"


@pytest.mark.parametrize("within, remark", [(1e9, WIDER), (0.11, WIDER), (0.1, ""), (0.05, "")])
def test_a_width_above_that_of_the_lesson_has_no_score(within, remark):
    predict("00.a", {"SFT": 0.5}, within=within, confidence=1)
    beside("00.a", {"SFT": 0.52})
    (row,) = predicted().to_dict("records")
    assert row["remark"] == remark and (row["Brier"] == 0) is (remark == "")


def test_a_prediction_that_no_lesson_asks_for_has_the_width_that_it_says():
    predict("00.mine", {"SFT": 0.5}, within=0.4, confidence=1)
    beside("00.mine", {"SFT": 0.8})
    assert said() == {"SFT": True}


def test_every_prediction_that_a_lesson_asks_for_has_a_width():
    asked = set()
    for path in standing.LESSONS.glob("[0-9][0-9]_*.ipynb"):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            asked |= set(re.findall(r'^ask\(\s*"(\d\d\.\w+)"', "".join(cell["source"]), re.MULTILINE))
    assert asked and widths().keys() == asked and widths()["01.c"] == 0.05


def test_what_is_said_after_a_result_was_seen_without_a_prediction_has_no_score():
    beside("00.a", {"SFT": 0.97})
    predict("00.a", {"SFT": 0.97}, confidence=0.95)
    beside("00.a", {"SFT": 0.97})
    (said,) = predicted().itertuples()
    assert said.Brier != said.Brier and said.remark == LATE  # no score: NaN


def test_a_result_that_is_shown_again_is_not_kept_again(file, capsys):
    predict("00.a", {"SFT": 0.5})
    said = capsys.readouterr().out
    for _ in range(3):
        beside("00.a", {"SFT": 0.96})
    assert file.read_text("utf-8").count("\n") == 2 and "Kept" in said and capsys.readouterr().out == ""


def test_credences_rules_and_notes_are_no_predictions():
    keep_credence("00.C8", "before", 0.6)
    predictions.keep_entry("rule 00.mine", {"like": "00.C8"})
    note("passed towards", {"passed": True})
    assert predicted().empty


# Exercises, quizzes, beliefs, minutes


def test_every_exercise_of_a_lesson_has_a_name_of_its_own():
    names = [name for several in exercises().values() for name in several]
    assert len(names) == len(set(names)) and all(exercises().values())


def check_of(answer):
    check = Check(lambda x: x, cases=[(1.0,)], mistakes=[Mistake("twice", lambda x: 2 * x)])
    return check(answer)


@pytest.mark.parametrize("factor, where, kept", [(1, "__main__", 1), (2, "__main__", 0), (1, "tests", 0)])
def test_what_passes_its_check_in_a_notebook_is_done(factor, where, kept, monkeypatch):
    monkeypatch.setattr(outcomes, "_outcomes", [])

    def towards(x):
        return factor * x

    towards.__module__ = where
    for _ in range(2):
        check_of(towards)
    assert len(predictions.rows()) == kept and done() == {"towards"} if kept else not done()


def test_an_exercise_is_counted_in_its_lesson_and_one_of_nobody_in_none():
    lesson, names = next(iter(exercises().items()))
    note(f"passed {names[0]}", {"passed": True})
    note("passed something_else", {"passed": True})
    shown = overview().set_index("lesson")["exercises done"]
    assert shown[lesson] == f"1 of {len(names)}" and all(
        one.startswith("0 of") for name, one in shown.items() if name != lesson
    )


def test_the_first_answer_in_a_quiz_counts():
    for right in (False, True):
        note("quiz 00.1", {"chosen": int(right), "right": right})
    assert answered() == {"00.1": False}
    assert overview().set_index("lesson")["quiz, right at first"]["00"] == "0 of 1"


def test_the_word_of_the_course_comes_after_you_have_judged_and_in_no_row_of_yours():
    keep_credence("00.C8", "before", 0.6)
    keep_credence("01.C18", "after", 0.6)
    table, remark = standing_page.tables()["What you believe"]
    assert words().keys() == {"01.C18"} and f"01.C18 {words()['01.C18']}" in remark
    assert "00.C8" not in remark and not {*WORDS, NOT_VALID} & set(table.to_numpy().ravel())


def test_beliefs_are_listed_with_how_far_they_moved():
    keep_credence("00.C8", "before", 0.6)
    keep_credence("00.C8", "after", 0.3)
    keep_credence("99.C1", "before", 0.5)
    table = believed().set_index("claim")
    assert list(table.loc["00.C8", ["before", "after"]]) == [0.6, 0.3]
    assert table.moved["00.C8"] == pytest.approx(-0.3) and table.moved.isna()["99.C1"]


def test_minutes_are_those_between_what_was_kept_without_the_long_pauses(file):
    at = lambda hour: {"name": "00.a", "at": f"2026-11-25T{hour}+00:00"}
    written(
        file,
        at("10:00"),
        at("10:20"),
        at("12:00"),
        at("12:05"),
        {**at("12:01"), "name": "believed after 00.C8"},
    )
    assert minutes() == {"00": 25}


# What stops nothing

ODD = [
    {"name": "00.a"},
    {"name": "came out 00.a", "entry": {"measured": {"SFT": "much", "RL": None, "PPO": True}}},
    {"name": "came out 00.a", "entry": {"measured": [0.5]}},
    {"name": "came out 00.a", "entry": {"other": 1}},
    {"name": "came out 00.a"},
    {"name": "quiz 00.1", "entry": {"right": "yes"}},
    {"name": "verdict 00.mine", "entry": {"rule": 3}},
    {"name": "verdict 00.mine", "guesses": {"SFT": 0.5}},
    {
        "name": "verdict 00.mine",
        "entry": {
            "rule": "x",
            "seeds": [1],
            "verdict": {
                "verdict": "SUPPORTS",
                "claim": "x",
                "unit": "u",
                "mean": None,
                "low": "a",
                "high": 1,
            },
        },
    },
    {"name": "rule 00.mine", "entry": {"nothing": 3}},
    {"name": "passed ", "entry": {"passed": True}},
    {"name": "believed before ", "guesses": {"believed": 7}},
    {"name": "believed before 00", "guesses": {"other": 0.1}},
    {"name": "believed before nonsense", "guesses": {"believed": 0.1}},
    {"name": "believed after .", "guesses": {"believed": 0.1}},
    {"name": "believed after 00.", "guesses": {"believed": 0.1}},
    {"name": "00.\ud800", "guesses": {"\ud800": 0.5}},
    {"name": "00.a", "guesses": {"SFT": 0.5}, "at": "2026-11-25T10:00"},
    {"name": "|", "guesses": {"|": 1e300}, "confidence": 0.0, "at": "noon", "unit": 7},
]


@pytest.mark.parametrize("odd", [*ODD, ODD], ids=str)
def test_odd_entries_are_left_out_and_the_rest_is_shown(file, odd, capsys):
    rows = odd if isinstance(odd, list) else [odd]
    good = [
        {"name": "00.c", "guesses": {"SFT": 0.9}, "confidence": 0.7},
        {"name": "came out 00.c", "entry": {"measured": {"SFT": 0.96}}},
    ]
    written(file, *rows, *good)
    assert standing_page.main() == 0
    assert predicted().set_index("prediction").loc["00.c", "held"]
    plot_standing(predicted(), believed())
    own_verdicts()


def test_lines_that_cannot_be_read_are_set_aside_with_a_word_when_something_is_noted(file, capsys):
    written(file, {"name": "00.a", "guesses": {"SFT": 0.9}})
    with file.open("ab") as broken:
        broken.write(b'{"name": "00.a", "guesses": {"SFT": NaN}}\n')
    beside("00.a", {"SFT": 0.95})
    assert "now stand in predictions.set-aside" in capsys.readouterr().out
    assert list(predicted().held) == [True]


def test_in_a_folder_that_cannot_be_written_all_is_shown_and_the_page_says_why_it_is_not_there(file, capsys):
    written(file, {"name": "00.a", "guesses": {"SFT": 0.9}})
    standing_page.PAGE.parent.write_text("a file in its place")
    assert standing_page.main() == 0
    assert "could not be written" in capsys.readouterr().out


def test_what_could_not_be_written_is_shown_as_long_as_the_kernel_runs(file):
    file.mkdir()
    predict("00.a", {"SFT": 0.9}, confidence=0.7)
    beside("00.a", {"SFT": 0.95})
    assert list(predicted().held) == [True]


# The page and the picture


def test_without_a_file_a_sentence_says_what_will_stand_here(file, capsys, monkeypatch):
    shown = []
    monkeypatch.setattr(standing_page, "display", lambda what, **_: shown.append(what))
    assert standing_page.main() == 0 and "Nothing is kept yet" in capsys.readouterr().out
    standing_page.progress()
    assert "Nothing is kept yet" in shown[0].data and not list(file.parent.iterdir())


def test_a_number_with_a_narrow_width_and_a_small_one_are_shown_in_their_digits(monkeypatch):
    monkeypatch.delenv(predictions.NOTES, raising=False)
    predict("00.x", {1.0: 0.0042, "near": 0.854}, within=0.001, unit="nats", confidence=0.7)
    predict("00.y", {"small": 0.0042}, unit="nats")
    beside("00.x", {1: 0.0049, "near": 0.8515})
    table, remark = standing_page.tables()["Numbers that you predicted"]
    shown = table.set_index(["prediction", "what"])[["you said", "came out", "within", "held"]]
    assert list(shown.loc[("00.x", "1")]) == ["0.004", "0.005", "0.001", "yes"]
    assert list(shown.loc[("00.x", "near")]) == ["0.854", "0.852", "0.001", "no"]
    assert shown.loc[("00.y", "small"), "you said"] == "0.0042" and "nats: 0.0088" in remark


@pytest.fixture
def some():
    for name, sure in (("00.a", 0.7), ("00.b", 0.9)):
        predict(name, {"SFT": 0.9, "RL": 0.5}, confidence=sure)
        beside(name, {"SFT": 0.96, "RL": 0.2})
    keep_credence("00.C8", "before", 0.6)
    keep_credence("00.C8", "after", 0.4)
    keep_credence("01.C18", "before", 0.6)


def test_the_page_holds_the_picture_its_text_and_the_tables_and_asks_for_nothing_else(some):
    standing_page.main()
    page = standing_page.PAGE.read_text("utf-8")
    assert 'alt="Calibration, a point for each range' in page and page.count("<h2>") == 3
    assert not re.search(r'(src|href)="(?!data:)', page)


def test_in_a_cell_stand_the_picture_with_its_text_and_the_tables(some, monkeypatch):
    shown = []
    monkeypatch.setattr(standing_page, "display", lambda what, **_: shown.append(what))
    standing_page.progress()
    assert "said 70%, held 50% of 2; said 90%, held 50% of 2" in shown[0]["text/plain"]
    assert [re.search(r"\*\*(.+?)\*\*", one.data)[1] for one in shown[1:]] == list(standing_page.tables())


def test_the_picture_can_be_read_and_lines_differ_in_more_than_colour(some):
    figure = plot_standing(predicted(), believed())
    assert complaints(figure) == []
    looks = [(line.get_marker(), line.get_linestyle()) for line in figure.axes[1].get_lines()]
    assert len(looks) == 2 and len(set(looks)) == 2
    assert "C8 in lesson 00 60% before, 40% after" in figure.alt_text[1]


def test_no_line_makes_a_trend_of_the_points(some):
    (curve,) = [
        line
        for line in plot_standing(predicted(), believed()).axes[0].get_lines()
        if line.get_marker() == "o"
    ]
    assert curve.get_linestyle() == "None" and len(curve.get_xdata()) == 2


def test_claims_stand_in_their_order():
    for name in ("01.C4", "00.C18", "00.C8", "nonsense", "00.C9.end", "00.C9"):
        keep_credence(name, "before", 0.5)
    assert list(believed().claim) == ["00.C8", "00.C9", "00.C9.end", "00.C18", "01.C4", "nonsense"]


def test_the_page_in_which_somebody_wrote_stays(some, capsys):
    standing_page.main()
    standing_page.PAGE.write_text("my notes")
    predict("00.c", {"SFT": 0.9})
    standing_page.main()
    newer = standing_page.PAGE.with_name("progress_new.html")
    assert standing_page.PAGE.read_text() == "my notes" and "00.c" in newer.read_text("utf-8")
    assert capsys.readouterr().out.splitlines()[-1].endswith(str(newer))


def test_the_command_runs_by_itself(file):
    written(file, {"name": "00.a", "guesses": {"SFT": 0.9}})
    root = Path(__file__).parents[2]
    there = file.parent / "p.html"
    code = (
        f"from pathlib import Path; from helpers.kit import standing_page as s; s.PAGE = Path({str(there)!r})"
    )
    env = {"INNER_ALIGNMENT_PREDICTIONS": str(file), "PYTHONPATH": str(root), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; s.main()"], env=env, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0 and WAITS in done.stdout and there.exists(), done.stderr


def test_a_test_of_the_course_leaves_no_trace(monkeypatch, file):
    monkeypatch.setenv(predictions.NOTES, "off")
    note("passed towards", {"passed": True})
    assert not file.exists() and standing.done() == set()
