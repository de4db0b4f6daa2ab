"""Predictions: nothing is lost, nothing silently wrong, and nothing in the file stops a lesson."""

import json
import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from helpers.kit import predictions
from helpers.kit.predictions import beside, beside_in_words, predict

pytestmark = pytest.mark.usefixtures("file")


def test_the_later_of_two_predictions_under_a_name_counts():
    predict("00.a", {"SFT": 0.5, "RL": None}, confidence=0.7)
    predict("00.b", {"SFT": 0.1})
    predict("00.a", {"SFT": 0.9})
    assert beside("00.a", {"SFT": 0.96, "RL": 0.2}).loc["SFT", "you predicted"] == 0.9
    assert beside("00.b", {"SFT": 0.96}).loc["SFT", "you predicted"] == 0.1


def test_only_what_was_predicted_has_something_beside_it():
    predict("00.a", {"SFT": 0.9, "RL": 0.5, "null arm": None}, confidence=0.7, within=0.2)
    table = beside("00.a", {"SFT": 0.96, "RL": 0.2, "null arm": 0.0, "PPO": np.nan})
    assert list(table["within 0.2"]) == ["yes", "no", "", ""]
    assert list(table["your confidence"].fillna(-1)) == [0.7, 0.7, -1, -1]
    assert list(table["you predicted"].fillna(-1)) == [0.9, 0.5, -1, -1]


@pytest.mark.parametrize(
    "said, key", [(0.1, 0.1), (0.1, np.float32(0.1)), (1, 1.0), (1.0, 1), ("1", 1.0), (2, np.int64(2))]
)
@pytest.mark.parametrize("kind", [dict, pd.Series])
def test_a_number_for_a_name_is_the_same_name_however_it_is_written(said, key, kind):
    predict("00.mine", {said: 0.5, "other": 0.2})
    table = beside("00.mine", kind({key: 0.52}))
    assert list(table["you predicted"]) == [0.5, 0.2] and list(table["within 0.1"]) == ["yes", ""]
    with pytest.raises(ValueError, match="one name"):
        predict("00.b", {said: 0.5, str(key): 0.4})


def test_a_narrow_prediction_is_shown_in_as_many_digits_as_it_has(capsys):
    predict("00.c", {"near": 0.854, "small": 0.0042, "tiny": 0.00004}, within=0.001, unit="nats")
    said = beside_in_words("00.c", {"near": 0.8514, "small": 0.0049, "tiny": 0.0})
    assert "| near | 0.854 | 0.851 | no |" in said and "| small | 0.004 | 0.005 | yes |" in said
    assert "| tiny | < 0.0001 | 0.000 | yes |" in said


def test_what_was_predicted_and_not_measured_is_not_called_wrong():
    predict("00.a", {"SFT": 0.9, "sft": 0.1})
    table = beside("00.a", pd.Series({"SFT": np.nan, "RL": 0.2}))
    assert list(table.index) == ["SFT", "RL", "sft"] and list(table["within 0.1"]) == ["", "", ""]


def test_each_line_tells_by_chance_alone_from_which_file_it_is(file):
    marks = []
    for _ in range(2):
        predict("00.a", {"SFT": 0.5})
        predict("00.b", {"SFT": 0.5})
        marks.append({json.loads(line)["file"] for line in file.read_bytes().splitlines()})
        file.unlink()
    assert [len(each) for each in marks] == [1, 1] and marks[0] != marks[1]


def test_a_copy_of_somebodys_file_has_a_mark_of_its_own_from_its_next_line_on(file, monkeypatch):
    predict("00.a", {"SFT": 0.5})
    copy = file.with_name("copy.jsonl")
    copy.write_bytes(file.read_bytes())
    monkeypatch.setattr(predictions, "FILE", copy)
    predict("00.b", {"SFT": 0.5})
    predict("00.c", {"SFT": 0.5})
    first, *more = [json.loads(line)["file"] for line in copy.read_bytes().splitlines()]
    assert len({*more}) == 1 and first not in more


def test_skipping_a_prediction_leaves_no_trace(file, capsys):
    predict("00.a", {"SFT": None})
    assert capsys.readouterr().out == "" and not list(file.parent.iterdir())
    assert list(beside("00.a", {"SFT": 0.96}).columns) == ["measured"]
    assert list(beside(None, {"SFT": 0.96}).columns) == ["measured"]


@pytest.mark.parametrize("name", ["None", "nan", "NA", "null", "", "à\u2028b\n\x85c", "{}", "0", "True"])
def test_any_name_comes_back_as_it_was(name):
    predict(name, {name: 0.25})
    table = beside(name, {name: 0.3})
    assert list(table.index) == [name] and table.loc[name, "you predicted"] == 0.25


# What is no prediction


@pytest.mark.parametrize(
    "guess, says",
    [
        ("much", "got 'much'"),
        ("0.5", "got '0.5'"),
        (True, "got True"),
        (float("nan"), "got nan"),
        (float("inf"), "got inf"),
        (10**400, "too large"),
        (90, r"from 0 to 1: got 90 \(for 90 % write 0.9\)"),
        (-0.1, "from 0 to 1"),
        ([0.5], "got"),
    ],
)
def test_a_guess_is_a_share_unless_its_unit_says_otherwise(file, guess, says):
    with pytest.raises((TypeError, ValueError), match=f"your guess for 'SFT' is a .*{says}"):
        predict("00.a", {"RL": 0.5, "SFT": guess})
    assert not file.exists()


@pytest.mark.parametrize("confidence", [70, -0.1, float("nan"), True, "high"])
def test_a_confidence_is_a_share(confidence):
    with pytest.raises((TypeError, ValueError), match="confidence is a"):
        predict("00.a", {"SFT": 1.0}, confidence=confidence)


@pytest.mark.parametrize("within", [0, -1, float("nan"), True])
def test_a_width_is_above_zero(within):
    with pytest.raises((TypeError, ValueError), match="within is a number above 0"):
        predict("00.a", {"SFT": 1.0}, within=within)


def test_numbers_in_another_unit_may_be_large_but_not_endless():
    predict("12.b", {"entropy": 4.2}, unit="nats")
    assert beside("12.b", {"entropy": 4.25}).loc["entropy", "within 0.1"] == "yes"
    with pytest.raises(ValueError, match="a number: got nan"):
        predict("12.b", {"entropy": float("nan")}, unit="nats")


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int64, int])
def test_numbers_of_numpy_are_numbers(kind):
    predict("00.a", {"SFT": kind(1)})
    assert beside("00.a", {"SFT": 1.0}).loc["SFT", "within 0.1"] == "yes"


@pytest.mark.parametrize(
    "name",
    [
        "believed before 00.C8",
        "believed after 00.C8",
        " believed x",
        "came out 00.a",
        "rule 00.mine",
        "verdict x",
        "passed towards",
        "quiz 00.1",
        "verdict",
    ],
)
def test_a_name_under_which_something_else_is_kept_is_no_predictions_name(file, name):
    with pytest.raises(ValueError, match="are kept for something else: call your prediction otherwise"):
        predictions.predict(name, {"believed": 0.5})
    assert not file.exists() and predictions.credences().empty


def test_names_that_become_alike_are_refused(file):
    with pytest.raises(ValueError, match="would have one name, '1'"):
        predict("y", {1: 0.5, "1": 0.7})
    assert not file.exists()


@pytest.mark.parametrize("guesses", [[0.5], 0.5, "SFT", None])
def test_guesses_have_names(guesses):
    with pytest.raises(TypeError, match="guesses by name"):
        predict("00.a", guesses)


# The file


PREDICT = """
import sys
from fractions import Fraction
from helpers.kit.predictions import predict
for number in range(100):
    predict(f"{sys.argv[1]}.{number}", {"SFT": number / 100})
"""


def elsewhere(file):
    return {**os.environ, "INNER_ALIGNMENT_PREDICTIONS": str(file)}


def test_two_kernels_that_predict_at_once_lose_nothing(file):
    both = [
        subprocess.Popen([sys.executable, "-c", PREDICT, who], env=elsewhere(file), stdout=subprocess.PIPE)
        for who in ("one", "two")
    ]
    for process in both:
        out, _ = process.communicate(timeout=1200)
        assert process.returncode == 0 and out.count(b"Kept in") == 100
    kept = {row["name"]: row["guesses"]["SFT"] for row in predictions._rows()}
    assert kept == {f"{who}.{number}": number / 100 for who in ("one", "two") for number in range(100)}


def test_the_environment_may_name_another_file(file):
    subprocess.run(
        [sys.executable, "-c", "from helpers.kit import predict; predict('00.a', {'SFT': 0.5})"],
        env=elsewhere(file.parent / "new folder" / "mine.jsonl"),
        check=True,
    )
    assert json.loads((file.parent / "new folder" / "mine.jsonl").read_text())["guesses"] == {"SFT": 0.5}


GOOD = b'{"name": "00.a", "guesses": {"SFT": 0.9}, "confidence": null, "within": 0.1}'
BROKEN = [
    GOOD[:30],
    b"\xff\xfe\x00broken",
    b"nonsense",
    b"[]",
    b"{}",
    b'"text"',
    b"7",
    b"null",
    b'{"name": "00.a", "guesses": {"SFT": NaN}}',
    b'{"name": "00.a", "guesses": {"SFT": "0.9"}}',
    b'{"name": "00.a", "guesses": [0.9]}',
    b'{"name": null, "guesses": {"SFT": 0.9}}',
    b'{"name": "00.a", "guesses": {"SFT": 0.9}, "confidence": 70}',
    b'{"name": "00.a", "guesses": {"SFT": 0.9}, "within": -1}',
    b'{"name": "00.a", "guesses": {"SFT": 1%s}}' % (b"0" * 400),
    b'{"name": "00.a", "guesses": {"SFT": 0.9}, "within": 1%s}' % (b"0" * 400),
    b"[" * 100_000,
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda line: repr(line[:40]))
def test_a_line_that_cannot_be_read_is_left_out_with_a_word_and_set_aside(file, broken, capsys):
    file.write_bytes(GOOD + b"\n" + broken + b"\n")
    for _ in range(2):
        assert beside("00.a", {"SFT": 0.95}).loc["SFT", "you predicted"] == 0.9
    assert capsys.readouterr().out == "Line 2 of predictions.jsonl cannot be read and is left out.\n"
    predict("00.b", {"RL": 0.1})
    assert "now stand in predictions.set-aside" in capsys.readouterr().out
    assert file.with_suffix(".set-aside").read_bytes() == broken + b"\n"
    assert beside("00.a", {"SFT": 0.95}).loc["SFT", "you predicted"] == 0.9
    assert beside("00.b", {"RL": 0.1}).loc["RL", "you predicted"] == 0.1
    assert capsys.readouterr().out == ""


TWO = GOOD + b"\r\n" + GOOD.replace(b"00.a", "00.größe".encode()) + b"\r\n"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "utf-8"])
def test_a_file_that_another_program_wrote_anew_is_read_and_loses_nothing(file, encoding, capsys):
    file.write_bytes(TWO.decode().encode(encoding))
    assert predictions.guesses_of("00.größe") == predictions.guesses_of("00.a") == {"SFT": 0.9}
    predict("00.b", {"RL": 0.1})
    assert [row["name"] for row in predictions.rows()] == ["00.a", "00.größe", "00.b"]
    assert not file.with_suffix(".set-aside").exists() and capsys.readouterr().out.count("\n") == 1
    assert predictions.guesses_of("00.a") == {"SFT": 0.9} and b"\0" not in file.read_bytes()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("mixed", [b"", GOOD + b"\n", GOOD[1:] + b"\n"])
def test_what_cannot_be_read_of_such_a_file_is_set_aside_in_one_piece(file, encoding, mixed):
    whole = "nonsense\r\nnone\r\n".encode(encoding) + mixed
    file.write_bytes(whole)
    predict("00.b", {"RL": 0.1})
    names = [row["name"] for row in predictions.rows()]
    aside = file.with_suffix(".set-aside").read_bytes()
    assert names[-1] == "00.b" and aside.startswith("nonsense\r\nnone".encode(encoding))
    assert mixed in aside or names == ["00.a", "00.b"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
@pytest.mark.parametrize("before", [None, GOOD + b"\nnonsense\n"])
def test_a_link_stays_a_link_and_the_file_behind_it_is_mended(file, before):
    real = file.parent / "elsewhere" / "mine.jsonl"
    real.parent.mkdir()
    if before:
        real.write_bytes(before)
    file.symlink_to(real)
    predict("00.b", {"RL": 0.1})
    assert file.is_symlink() and b"nonsense" not in real.read_bytes()
    assert [row["name"] for row in predictions._rows()] == ["00.a"] * bool(before) + ["00.b"]
    if before:
        assert (real.parent / "mine.set-aside").read_bytes() == b"nonsense\n"


def test_a_line_that_another_program_left_unfinished_does_not_swallow_the_next(file):
    file.write_bytes(GOOD)
    predict("00.b", {"RL": 0.1})
    assert [row["name"] for row in predictions._rows()] == ["00.a", "00.b"]


def blocked(file, monkeypatch, how):
    if how == "a folder in its place":
        file.mkdir()
    elif how == "no lock to be had":
        monkeypatch.setattr(predictions, "PATIENCE", 0.1)
        lock = predictions.FileLock(f"{file}.lock", thread_local=False)
        lock.acquire()
        return lock
    else:
        monkeypatch.setattr(
            predictions.FileLock, "_acquire", lambda self: exec("raise PermissionError(13, 'denied')")
        )


@pytest.mark.parametrize("how", ["a folder in its place", "no lock to be had", "a read-only folder"])
def test_where_nothing_can_be_written_a_prediction_lasts_as_long_as_the_kernel(
    file, monkeypatch, capsys, how
):
    held = blocked(file, monkeypatch, how)
    predict("00.a", {"SFT": 0.9})
    assert "kept until this kernel stops" in capsys.readouterr().out
    assert beside("00.a", {"SFT": 0.95}).loc["SFT", "you predicted"] == 0.9
    if held:
        held.release()


def test_after_a_full_disk_the_order_of_predictions_is_kept_and_so_are_they(file, monkeypatch, capsys):
    add, full = predictions._add, lambda row: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    monkeypatch.setattr(predictions, "_add", full)
    predict("00.a", {"SFT": 0.1})
    predict("00.b", {"SFT": 0.2})
    monkeypatch.setattr(predictions, "_add", add)
    predict(
        "00.a", {"SFT": 0.9}
    )  # there is room again: the later one counts, and the others are written, too
    assert beside("00.a", {"SFT": 0.96}).loc["SFT", "you predicted"] == 0.9
    written = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [(row["name"], row["guesses"]["SFT"]) for row in written] == [
        ("00.a", 0.1),
        ("00.b", 0.2),
        ("00.a", 0.9),
    ]


def test_an_entry_that_is_no_plain_data_is_refused_and_stops_no_later_one(file):
    with pytest.raises(ValueError):
        predictions.keep_entry("mine", {"low": float("nan")})
    predict("00.a", {"SFT": 0.9})
    assert file.read_text("utf-8").count("\n") == 1 and not predictions._unkept


def test_a_read_only_file_is_read(file, capsys):
    file.write_bytes(GOOD + b"\n")
    file.chmod(0o444)
    assert beside("00.a", {"SFT": 0.95}).loc["SFT", "within 0.1"] == "yes"
    assert sorted(path.name for path in file.parent.iterdir()) == ["predictions.jsonl"]


def test_whole_numbers_that_differ_have_two_names_however_long_they_are():
    predict("00.a", {12345678: 0.1, 12345679: 0.9})
    assert beside("00.a", {12345679: 0.9})["you predicted"].tolist() == [0.9, 0.1]


@pytest.mark.parametrize("results", [{1: 0.1, "1.0": 0.9}, {"a": 0.1, 2: 0.1, 2.0000000001: 0.3}])
def test_two_results_of_one_name_are_refused(results, file):
    predict("00.a", {1: 0.1, 2: 0.3})
    with pytest.raises(ValueError, match="two results would have one name"):
        beside("00.a", results)


NAMES = [
    "007",
    "07",
    "+1a",
    "9" * 400,
    "9" * 399 + "8",
    "9" * 20,
    "1e400",
    "inf",
    "nan",
    "-",
    "00",
    "0",
    "-1",
    "1",
]


def test_a_text_that_is_no_number_as_one_writes_it_keeps_its_name_and_no_number_is_too_long():
    predict("00.a", {name: at / 100 for at, name in enumerate(NAMES)})
    assert [*predictions.guesses_of("00.a")] == NAMES
    table = beside("00.a", {name: 0.5 for name in reversed(NAMES)})
    assert table["you predicted"].round(2).tolist() == [at / 100 for at in reversed(range(len(NAMES)))]


@pytest.mark.parametrize("number", [0.5, Fraction(1, 2), np.float64(0.5), "0.50", "+0.5"])
def test_numbers_of_every_kind_that_are_equal_have_one_name(number):
    predict("00.a", {number: 0.1})
    assert predictions.guesses_of("00.a") == {"0.5": 0.1}


UTF8 = GOOD.replace(b"00.a", "00.č".encode()) + b"\n"
ENCODINGS = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"]
ZEROS = b"\0" * 64  # what a crash leaves
PARTS = [  # a file, and how many of its lines nobody can read
    *((GOOD.decode().encode(encoding) + end + UTF8, 0) for encoding in ENCODINGS for end in (b"\n", b"\r\n")),
    *((TWO.decode().encode(encoding) + UTF8 + GOOD + b"\n", 0) for encoding in ENCODINGS),
    *((UTF8 + TWO.decode().encode(encoding), 0) for encoding in ENCODINGS),
    *((UTF8 + b"nonsense\n" + TWO.decode().encode(encoding), 1) for encoding in ENCODINGS),
    (ZEROS + UTF8 + GOOD + b"\n", 0),
    (UTF8 + ZEROS + GOOD + b"\n", 0),
    (UTF8 + ZEROS + b"\n" + GOOD + b"\n" + ZEROS, 0),
    (UTF8 + GOOD[:9] + ZEROS + b"\n" + GOOD, 1),
    (UTF8 + TWO.decode().encode("cp1252"), 1),
]


@pytest.mark.parametrize("data, unread", PARTS)
def test_every_line_that_can_be_read_is_kept_in_whatever_encodings_and_zeros_a_file_stands(
    file, data, unread, capsys
):
    file.write_bytes(data)
    names = [row["name"] for row in predictions.rows()]
    assert {"00.a", "00.č"} <= {*names} <= {"00.a", "00.č", "00.größe"}
    said = capsys.readouterr().out
    assert said.count("cannot be read and is left out") == bool(unread)
    predict("00.b", {"RL": 0.1})
    assert [row["name"] for row in predictions.rows()] == [*names, "00.b"] and b"\0" not in file.read_bytes()
    assert (f"{unread} lines" in capsys.readouterr().out) == bool(unread)
    aside = file.with_suffix(".set-aside")
    assert aside.exists() == bool(unread)


def test_letters_that_are_two_bytes_long_are_never_read_as_others(file):
    half = GOOD.replace(b"00.a", "00.中čĀ".encode()).decode()
    for encoding in ("utf-16-le", "utf-16-be"):
        file.write_bytes(UTF8 + half.encode(encoding) + b"\n")
        assert {row["name"] for row in predictions.rows()} <= {"00.č", "00.中čĀ"}


@pytest.mark.parametrize("unit", ["accuracy", "win share", "the share", "share of episodes", "p"])
def test_per_cent_are_no_guess_in_whatever_a_share_is_called(unit):
    with pytest.raises(
        ValueError, match=r"of which none lies beyond -1 or 1: got 90 \(for 90 % write 0\.9\)"
    ):
        predict("00.a", {"SFT": 90}, unit=unit)
    predict("00.a", {"SFT": -0.2}, unit=unit)
    predict("00.b", {"SFT": 90}, unit=f"{unit}, in %")
    assert predictions.guesses_of("00.a") == {"SFT": -0.2} and predictions.guesses_of("00.b") == {"SFT": 90}


def test_what_is_said_of_before_once_the_lesson_is_over_does_not_replace_what_was_said_before(capsys):
    predictions.keep_credence("04.C5", "before", 0.9)
    predictions.keep_credence("04.C5", "before", 0.8)  # changed, and in time
    predictions.keep_credence("04.C5", "after", 0.2)
    capsys.readouterr()
    predictions.keep_credence("04.C5", "before", 0.2)
    assert "what counts as before it stays 80%" in capsys.readouterr().out
    assert predictions.credences().loc["04.C5"].tolist() == [0.8, 0.2]
    predictions.keep_credence("04.C5", "after", 0.3)
    predictions.keep_credence("04.C6", "after", 0.3)
    predictions.keep_credence("04.C6", "before", 0.7)  # late, and better than nothing
    assert predictions.credences().after["04.C5"] == 0.3
    assert predictions.credences().before["04.C6"] == 0.7


def test_a_belief_of_before_stays_once_a_result_of_its_lesson_was_shown(capsys, monkeypatch):
    monkeypatch.delenv(predictions.NOTES, raising=False)
    predictions.keep_credence("04.C5", "before", 0.9)
    beside("03.a", {"RL": 0.2})  # another lesson's
    predictions.keep_credence("04.C5", "before", 0.8)
    beside("04.a", {"RL": 0.2})
    predictions.keep_credence("04.C5", "before", 0.2)
    assert "what counts as before it stays 80%" in capsys.readouterr().out
    assert predictions.credences().before["04.C5"] == 0.8


@pytest.mark.parametrize("wrong", [None, "x", 0.5, [0.5]])
def test_results_without_names_are_refused_in_a_sentence(wrong):
    with pytest.raises(TypeError, match="takes results by name: got"):
        beside("00.a", wrong)


def test_results_of_something_else_than_was_predicted_are_said_to_be(capsys):
    predict("00.a", {"SFT": 0.5})
    capsys.readouterr()
    beside("00.a", {"SFT": 0.4, "RL": 0.4})
    beside("00.b", {"chains": 0.4})
    assert not capsys.readouterr().out
    beside("00.a", {"chains": 0.4})
    assert capsys.readouterr().out == "None of these is what you predicted under 00.a (SFT).\n"


def test_what_was_said_before_and_is_left_open_now_is_named(capsys):
    predict("00.a", {"SFT": 0.9, "RL": 0.4}, confidence=0.7)
    assert "no longer" not in capsys.readouterr().out
    predict("00.a", {"SFT": 0.7})
    assert "no longer counted: RL 0.4, how sure you were." in capsys.readouterr().out
    predict("00.a", {"SFT": 0.7, "RL": 0.3}, confidence=0.6)
    assert "no longer" not in capsys.readouterr().out
