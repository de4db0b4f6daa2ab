"""Forms: numbers as people write them, what is asked back, what is kept, and that nobody has to fill one in."""

import html

import nbformat
import pytest
from nbclient import NotebookClient

from helpers.kit import forms, predictions
from helpers.kit.forms import Credence, Prediction, ask, believe, read
from helpers.kit.predictions import beside, credences, guesses_of, predict
from helpers.kit.rules import rules
from helpers.kit.units import of_percent


@pytest.fixture(autouse=True)
def shown(file, monkeypatch):
    found = []
    monkeypatch.setattr(forms, "display", lambda what, **_: found.append(what))
    return found


@pytest.mark.parametrize("asked", [["a", "b", "a"], {1: 0.2, "1": 0.3}, {"1": 0.2, 1: None}])
def test_two_fields_of_one_name_are_refused_and_nothing_is_kept(asked):
    with pytest.raises(ValueError, match=r"two fields would have one name, '[1a]'"):
        ask("00.a", asked)
    assert not predictions.FILE.exists()


def form(name="00.a", keys=("SFT", "RL"), within=0.1, unit="share"):
    return Prediction(name, keys, within=within, unit=unit)


def filled(entries, sure=None, **how):
    one = form(keys=list(entries), **how)
    for key, text in entries.items():
        one.fields[key].value = text
    one.sure.value = "" if sure is None else sure
    return one


def press(one):
    """What the line below says when its button is pressed."""
    one.button.click()
    return one.said.value


# Numbers as people write them


@pytest.mark.parametrize(
    "text, value",
    [
        ("0.9", 0.9),
        ("0,9", 0.9),
        (" .9 ", 0.9),
        (",9", 0.9),
        ("90%", 0.9),
        ("90 %", 0.9),
        ("90\u00a0%", 0.9),
        ("0,5 %", 0.005),
        ("1", 1.0),
        ("1 %", 0.01),
        ("0", 0.0),
        ("1e-3", 0.001),
        ("", None),
        ("  ", None),
    ],
)
def test_a_share_is_understood_however_it_is_written(text, value):
    assert read(text) == (pytest.approx(value) if value is not None else None, "")


@pytest.mark.parametrize("text", ["much", "0.5.1", "1,234.5", "nan", "inf", "9/10", "%", "-", "0.5 %%", "٣"])
def test_what_is_no_number_is_refused_with_a_sentence_that_shows_how(text):
    with pytest.raises(ValueError, match=r"cannot be read as a number\. Write 0\.9, 0,9 or 90 %"):
        read(text)


@pytest.mark.parametrize("text", ["-0.1", "−5", "101", "120 %", "1e9"])
def test_a_share_lies_between_nothing_and_all(text):
    with pytest.raises(ValueError, match="between 0 and 1"):
        read(text)


def test_a_number_in_another_unit_may_be_any_but_no_per_cent():
    assert read("4,2", "nats") == (4.2, "") and read("-90", "nats") == (-90, "")
    with pytest.raises(ValueError, match="in nats, without %"):
        read("90 %", "nats")


@pytest.mark.parametrize("unit", ["walks in a hundred", "answers out of 100", "per cent", "change, in %"])
def test_five_per_cent_are_five_of_a_hundred_and_a_twentieth_as_a_share(unit):
    assert read("5%", unit) == read("5 %", unit) == (5, "") and of_percent(5, unit) == 5
    assert read("5 %") == (0.05, "") and of_percent(5, "share, a change") == 0.05


# The form of a prediction


def test_what_is_filled_in_is_kept_and_stands_beside_the_result():
    said = press(filled({"SFT": "0,9", "RL": "20 %"}, sure=0.7))
    assert "SFT 0.9, RL 0.2, 70 % sure. Kept in predictions.jsonl." in said
    table = beside("00.a", {"SFT": 0.96, "RL": 0.5})
    assert list(table["you predicted"]) == [0.9, 0.2] and list(table["within 0.1"]) == ["yes", "no"]
    assert list(table["your confidence"]) == [0.7, 0.7]


def test_per_cent_written_as_a_share_is_asked_back_once_and_then_kept():
    one = filled({"SFT": "90", "RL": "0.2"})
    said = press(one)
    assert "Nothing is kept yet" in said and "Is it 90 %, that is 0.9?" in said and not guesses_of("00.a")
    one.fields["SFT"].value = "80"
    assert "Is it 80 %" in press(one) and not guesses_of("00.a")
    press(one)
    assert guesses_of("00.a") == {"SFT": 0.8, "RL": 0.2} and one.fields["SFT"].value == "0.8"


def test_one_field_that_cannot_be_read_keeps_nothing_and_says_which():
    said = press(filled({"SFT": "much", "RL": "0.2"}))
    assert "SFT: “much” cannot be read" in said and not predictions.FILE.exists()
    assert "&lt;b&gt;" in press(filled({"SFT": "<b>"}))


def test_an_empty_form_leaves_no_trace():
    assert "nothing is kept, and nothing is missing" in press(form()) and not predictions.FILE.exists()
    assert list(beside("00.a", {"SFT": 0.96}).columns) == ["measured"]


def test_a_result_without_a_number_says_so_in_words():
    said = predictions.beside_in_words(None, {"SFT": 0.96, "RL": float("nan")})
    assert said.splitlines()[2:] == ["| SFT | 0.96 |", "| RL | no value |"]


def test_a_field_left_open_has_nothing_beside_it():
    press(filled({"SFT": "0.9", "RL": ""}))
    assert guesses_of("00.a") == {"SFT": 0.9}


def test_a_form_shows_what_was_kept_before_and_the_later_counts():
    press(filled({"SFT": "0.9"}, sure=0.7))
    again = form(keys=["SFT"])
    assert again.fields["SFT"].value == "0.9" and again.sure.value == 0.7
    again.fields["SFT"].value = "0.4"
    press(again)
    assert guesses_of("00.a") == {"SFT": 0.4}


def test_where_nothing_can_be_written_the_form_says_so(monkeypatch):
    predictions.FILE.mkdir()
    assert "kept until this kernel stops" in press(filled({"SFT": "0.9"}))
    assert guesses_of("00.a") == {"SFT": 0.9}


def test_every_control_has_a_name_and_the_confidence_is_explained():
    one = form(within=0.03)
    assert [field.description for field in one.fields.values()] == ["SFT", "RL"]
    assert one.sure.description and one.button.description and "course-controls" in one.box._dom_classes
    means = " ".join(part.value for part in one.box.children if hasattr(part, "value") and part.value)
    assert "chance that each of your numbers lies within 0.03" in means and ":focus-visible" in means


# Beside it, the line of code


def test_numbers_in_the_call_are_kept_without_the_form(shown, capsys):
    ask("00.a", {"SFT": 0.9, "RL": None}, confidence=0.7)
    assert guesses_of("00.a") == {"SFT": 0.9} and "Kept in" in capsys.readouterr().out
    with pytest.raises(ValueError, match="for 90 % write"):
        ask("00.a", {"SFT": 90})


@pytest.mark.parametrize("how", [{}, {"within": 0.03}, {"unit": "nats", "within": 1}])
def test_the_line_of_code_that_is_shown_does_what_the_form_does(shown, how):
    ask("00.a", ["SFT", "it's"], **how)
    code = shown[-1]["text/plain"].partition(": ")[2]
    exec(code, {"ask": ask})
    assert set(guesses_of("00.a")) == {"SFT", "it's"}
    (row,) = predictions._rows()
    assert row["within"] == how.get("within", 0.1) and row["confidence"] == 0.7


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_line_of_code_of_what_is_believed_does_the_same(shown, when):
    believe("00.C8", "00.C18", when=when)
    exec(shown[-1]["text/plain"].partition(": ")[2], {"believe": believe})
    assert credences()[when].to_dict() == {"00.C18": 0.5, "00.C8": 0.5}


@pytest.mark.parametrize(
    "name, guesses, how",
    [
        ("00.a", [], {}),
        (None, ["SFT"], {}),
        ("00.a", "SFT", {}),
        ("00.a", ["SFT"], {"within": 0}),
        ("00.a", [1], {}),
    ],
)
def test_what_cannot_be_asked_is_refused(name, guesses, how, shown):
    with pytest.raises((TypeError, ValueError)):
        ask(name, guesses, **how)
    assert not shown


# What is believed


def claims(when="before"):
    return Credence({"00.C8": "a claim", "00.C18": "another"}, when)


def test_what_is_believed_before_and_after_is_kept_side_by_side():
    before = claims()
    before.sliders["00.C8"].value = 0.6
    assert "C8 60 %. Kept in" in press(before)
    after = claims("after")
    assert "Before the lesson you said 60 %." in " ".join(
        part.value for part in after.box.children if isinstance(getattr(part, "value", None), str)
    )
    assert after.sliders["00.C8"].value == ""
    after.sliders["00.C8"].value = 0.25
    after.sliders["00.C18"].value = 1.0
    press(after)
    assert credences().loc["00.C8"].tolist() == [0.6, 0.25]
    assert credences().loc["00.C18"].fillna(-1).tolist() == [-1, 1.0]


def test_believing_nothing_leaves_no_trace_and_credences_are_no_predictions():
    assert "nothing is missing" in press(claims()) and not predictions.FILE.exists()
    believe({"00.C8": 0.5})
    assert guesses_of("00.C8") == {} and list(beside("00.C8", {"believed": 1}).columns) == ["measured"]


def test_the_words_of_the_claim_stand_in_the_form(shown):
    believe("00.C8")
    said = " ".join(part.value for part in shown[0].children if isinstance(getattr(part, "value", None), str))
    assert html.escape(str(forms.claim("C8")))[:40] in said and "Here:" not in said


def test_a_part_of_a_claim_says_which(shown):
    name = next(name for name in rules() if name.count(".") == 2)
    believe(name)
    said = " ".join(part.value for part in shown[0].children if isinstance(getattr(part, "value", None), str))
    assert html.escape(rules()[name].says) in said
    sliders = [part.description for part in shown[0].children if hasattr(part, "options")]
    assert sliders == [f"{name.partition('.')[2]}: I believe it to"]


@pytest.mark.parametrize(
    "names, how, says",
    [
        ([], {}, "takes the claims"),
        (["C8"], {}, "a lesson and a claim"),
        ([7], {}, "a lesson and a claim"),
        (["00.C999"], {}, "claim is one of"),
        (["00.C8"], {"when": "now"}, "when is one of before, after"),
        ([{"00.C8": 60}], {}, "for 60 % write 0.6"),
    ],
)
def test_what_cannot_be_believed_is_refused(names, how, says):
    with pytest.raises(ValueError, match=says):
        believe(*names, **how)


# Without a front end


def test_a_form_runs_in_a_notebook_that_nobody_looks_at_and_says_the_same_twice(tmp_path, monkeypatch):
    monkeypatch.setenv("INNER_ALIGNMENT_PREDICTIONS", str(tmp_path / "mine.jsonl"))
    sources = [
        "from helpers.kit import ask, believe",
        'ask("00.a", ["SFT", "RL"])\nbelieve("00.C8")',
        'ask("00.a", ["SFT", "RL"])\nbelieve("00.C8")',
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in sources])
    NotebookClient(notebook, timeout=600).execute()
    first, second = ([output.data["text/plain"] for output in cell.outputs] for cell in notebook.cells[1:])
    assert first == second and len(first) == 4
    assert first[0] == first[2] == "Sliders and fields stand here when this cell is run."
    pages = [output.data["text/html"] for output in notebook.cells[1].outputs if "text/html" in output.data]
    assert len(pages) == 2 and all("<details>" in page and "as code" in page for page in pages)
    assert not (tmp_path / "mine.jsonl").exists()


@pytest.mark.parametrize("text", ["1,000", "1.000", "12,500", "999.999", "-1,000", "+3.125"])
def test_a_number_that_may_be_a_thousand_or_one_is_asked_about_and_never_kept(text):
    with pytest.raises(ValueError, match=r"may be .* or .*\. Write "):
        read(text, "batches")
    one = filled({"RL": text}, unit="batches")
    assert "Nothing is kept" in press(one) and "Nothing is kept" in press(one) and not guesses_of("00.a")


@pytest.mark.parametrize(
    "text, value", [("0,125", 0.125), ("1.0000", 1), ("1000", 1000), ("1.5", 1.5), ("1e3", 1000)]
)
def test_a_number_that_can_only_be_one_is_read(text, value):
    assert read(text, "nats") == (value, "")


def test_a_share_of_three_digits_is_a_share():
    assert read("1,000") == (1.0, "") and read("0.875") == (0.875, "")


def test_a_confidence_without_a_number_is_refused_wherever_it_comes_in():
    for asks in (
        lambda: ask("00.a", ["SFT"], confidence=0.7),
        lambda: ask("00.a", {"SFT": None}, confidence=0.7),
    ):
        with pytest.raises(ValueError, match="how sure you are is kept with a number, and there is none"):
            asks()
    assert "How sure you are is kept together with a number" in press(filled({"SFT": ""}, sure=0.7))


@pytest.mark.parametrize("kept", [0.63, 0.05, 0.999, 1 / 3, 0.0, 1.0, 0.300001])
def test_what_nobody_moved_stays_as_it_was_kept(kept):
    believe({"00.C8": kept, "00.C18": 0.5})
    form = Credence({"00.C8": "one", "00.C18": "other"}, "before")
    form.sliders["00.C18"].value = 0.9
    assert f"C8 {100 * kept:.6g} %, C18 90 %." in form.keep()
    assert dict(credences().before) == {"00.C8": kept, "00.C18": 0.9}
    form.sliders["00.C8"].value = 0.65
    form.keep()
    assert credences().before["00.C8"] == 0.65


@pytest.mark.parametrize("guess", [0.123456789, 1 / 3, 1.234, -12.345, 1e-12, 1234567.25, 3.0, 1000.0])
@pytest.mark.parametrize("confidence", [0.63, 0.7, 1 / 3])
def test_a_number_that_nobody_changed_stays_as_it_was_kept(guess, confidence):
    predict("00.a", {"A": guess, "B": 1.0}, unit="nats", confidence=confidence)
    form = Prediction("00.a", ["A", "B"], within=0.1, unit="nats")
    form.fields["B"].value = "2"
    assert "Kept in" in form.keep()
    assert guesses_of("00.a") == {"A": guess, "B": 2.0} and predictions.confidence_of("00.a") == confidence


@pytest.mark.parametrize("kept", [7, -0.2, 1e9])
def test_a_belief_that_is_none_does_not_stop_the_form(kept):
    predictions._keep({"name": "believed before 00.C8", "guesses": {"believed": kept}})
    believe("00.C8")
    believe("00.C8", when="after")
    assert "00.C8" not in credences().index


def test_claims_are_named_one_by_one_and_looked_at_before_one_is_kept():
    with pytest.raises(TypeError, match="one by one"):
        believe(["00.C8", "00.C18"])
    with pytest.raises(ValueError, match=r"00\.C18"):
        believe({"00.C8": 0.2, "00.C18": 7})
    assert credences().empty
