"""The ledger: a row for each rule, read from what is stored; one figure; and README's part, made by one command."""

import json
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from made_multiverse import RULE, made

from helpers.kit import ledger as kit
from helpers.kit import read_settings, tables
from helpers.kit.gates import Gate
from helpers.kit.intervals import Interval
from helpers.kit.judged import Judged
from helpers.kit.ledger_figure import plot_ledger
from helpers.kit.multiverse import Settings
from helpers.kit.pictures import DPI
from helpers.kit.rules import NOT_VALID, rules, withdrawn

PLAIN = replace(RULE, name="00.C0", weakest="apples are not pears", next="pears", beside={"yue-2025": "for"})
NONE = replace(RULE, name="00.C1", says="Nothing of the kind.")
FAILED = replace(RULE, name="00.C2")
NEW = replace(RULE, name="00.C3")
RATIO = replace(RULE, name="00.C4", scale="ratio", neutral=1.0, matters=1.5)
KNOWN = {one.name: one for one in (PLAIN, NONE, FAILED, NEW, RATIO)}
IN_SETTINGS = {"00.C0": Settings.of(made(), PLAIN)}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def around(mean, width=0.01):
    return mean + width * np.linspace(-1, 1, 20)


def verdicts(*more):
    found = [
        PLAIN.judge(around(0.5)),
        NONE.judge(around(0.0, 0.1)),
        FAILED.judge(around(0.5), gates=[Gate("moved", False, "RL has not moved")]),
        RATIO.judge(Interval(3.0, 2.0, 4.5, 20, (), "ratio")),
        *more,
    ]
    return pd.DataFrame([one.facts() for one in found])


def rows(*more, known=KNOWN):
    return kit.ledger(verdicts(*more), IN_SETTINGS, known).set_index("rule")


def test_each_rule_has_a_row_with_its_word_effect_and_seeds():
    found = rows()
    assert found.word.to_dict() == {
        "00.C0": "SUPPORTS",
        "00.C1": "NO RELEVANT DIFFERENCE",
        "00.C2": "NOT VALID",
        "00.C3": "not judged yet",
        "00.C4": "SUPPORTS",
    }
    assert found.effect["00.C0"] == pytest.approx(0.5) and found.seeds["00.C0"] == 20
    assert np.isnan(found.effect["00.C3"]) and found.seeds["00.C3"] == 0
    for column in (
        "claim",
        "low",
        "high",
        "weakest link",
        "next experiment",
        "published",
        "settings",
        "p, Holm",
    ):
        assert column in found


def test_a_rule_with_a_multiverse_says_in_how_many_settings_its_word_holds():
    found = rows()
    assert (
        found.settings["00.C0"] == "in 2 of 6 settings"
        and "turned round by: entropy" in found.others["00.C0"]
    )
    assert found.settings["00.C1"] == ""


def test_the_weakest_link_is_the_rules_own_or_what_failed_or_what_turns_it_round():
    assert rows()["weakest link"]["00.C0"] == "apples are not pears"
    assert rows()["weakest link"]["00.C2"] == "moved: RL has not moved"
    bare = {"00.C0": replace(PLAIN, weakest="")}
    assert rows(known=bare)["weakest link"]["00.C0"] == "turned round by entropy bonus"


def test_published_results_agree_or_do_not():
    assert rows().published["00.C0"].endswith("2025: agrees, but not with entropy bonus")
    assert rows().published["00.C3"] == ""
    alone = kit.ledger(verdicts(), {}, KNOWN).set_index("rule")
    assert alone.published["00.C0"].endswith("2025: agrees")


@pytest.mark.parametrize(
    "change, says",
    [
        ({"matters": 0.2}, "what matters changed"),
        ({"neutral": 0.1}, "the neutral value changed"),
        ({"says": "It is not so."}, "what it says changed"),
        ({"measure": "another"}, "the measure changed"),
        ({"hash": "0123456789ab"}, "the code of its measure changed"),
        ({"scale": "difference"}, "the scale changed"),
        ({"about": "C9"}, "what it is about changed"),
        ({"unit": "pears", "matters": 0.2}, "the unit, what matters changed"),
    ],
)
def test_a_verdict_of_an_earlier_form_of_its_rule_does_not_count_and_it_is_said(change, says):
    found = rows(known={"00.C0": replace(PLAIN, **change)}).loc["00.C0"]
    assert (found.word, found.seeds) == ("not judged yet", 0) and np.isnan(found.effect)
    assert found["weakest link"] == f"its stored verdict is of an earlier form of the rule: {says}"


@pytest.mark.parametrize("key", ["about", "claim", "measure", "unit", "matters", "neutral", "hash", "scale"])
def test_a_stored_verdict_that_does_not_say_by_what_rule_it_was_made_does_not_count(key):
    facts = {name: value for name, value in PLAIN.judge(around(0.5)).facts().items() if name != key}
    assert kit.ledger(pd.DataFrame([facts]), {}, {"00.C0": PLAIN}).word[0] == "not judged yet"


HELD = {"name": "complete", "passed": True, "says": "all there", "least": None}


@pytest.mark.parametrize(
    "change, says",
    [
        ({"verdict": "OPPOSITE"}, r"its stored word, OPPOSITE, is not that of its interval, .*: SUPPORTS"),
        ({"mean": 0.0, "low": -0.01, "high": 0.01}, "SUPPORTS, is not that of its interval"),
        ({"verdict": "MAYBE"}, "its stored word is none of a rule: 'MAYBE'"),
        ({"verdict": None}, "none of a rule"),
        ({"mean": 9.0}, "its stored interval is none: an interval holds its mean"),
        ({"low": None}, "its stored interval is none"),
        ({"seeds": None}, "its stored interval is none"),
        ({"mean": None, "low": None, "high": None}, "a word is stored without an interval"),
        ({"low": 0.5, "high": 0.5}, "seeds: their interval has no width|all 20 have"),
        ({"gates": [HELD | {"passed": False}]}, "complete: all there"),
        ({"gates": [HELD | {"passed": None}]}, "complete: all there"),
        ({"reasons": ["moved: RL has not moved"]}, "moved: RL has not moved"),
        ({"reasons": "failed"}, "^failed$"),
        ({"reasons": {"moved": "RL has not"}}, "a stored reason is none: {'moved'"),
        ({"reasons": [None]}, "a stored reason is none: None"),
        ({"reasons": [{"moved": "RL has not"}]}, "a stored reason is none: {'moved'"),
        ({"seeds": "20"}, "its stored interval is none: .*seeds '20'"),
        ({"seeds": 20.5}, r"its stored interval is none: .*seeds 20\.5"),
        ({"seeds": True}, "its stored interval is none: .*seeds True"),
        ({"seeds": [20]}, "its stored interval is none"),
        ({"seen": 64}, "seeds: its interval is of 20, and its gates saw 64"),
        ({"seen": 22, "left_out": 1}, "seeds: its interval is of 20, and its gates saw 22"),
        ({"verdict": "NOT VALID", "reasons": [None]}, "a stored reason is none: None"),
        ({"verdict": "NOT VALID"}, "it does not say why"),
        ({"verdict": "NOT VALID", "reasons": None, "seeds": None, "mean": None, "low": None, "high": None}, "say why"),
    ],
)  # fmt: skip
def test_a_stored_word_that_does_not_follow_from_its_own_numbers_is_not_valid(change, says):
    facts = PLAIN.judge(around(0.5, 0.01)).facts() | {"mean": 0.5} | change
    found = kit.ledger(pd.DataFrame([facts]), {}, {"00.C0": PLAIN}).iloc[0]
    assert found.word == "NOT VALID" and pd.Series(found["weakest link"]).str.contains(says).all(), found
    assert np.isnan(found.p)
    plot_ledger(pd.DataFrame([found]), {"00.C0": PLAIN}, {})


def test_a_gate_that_the_rule_needs_now_and_nobody_looked_at_leaves_no_word():
    facts = [PLAIN.judge(around(0.5), gates=[Gate("complete", True, "all there")]).facts()]
    word = lambda *needs: kit.ledger(pd.DataFrame(facts), {}, {"00.C0": replace(PLAIN, needs=needs)}).iloc[0]
    assert word("complete").word == "SUPPORTS"
    assert word("complete", "grid").word == "NOT VALID"
    assert word("complete", "grid")["weakest link"] == "grid: was not looked at"


def test_two_verdicts_of_one_rule_are_refused_and_one_that_is_shown_twice_is_one():
    with pytest.raises(ValueError, match=r"two verdicts of 00\.C0 are stored, SUPPORTS and OPPOSITE"):
        rows(PLAIN.judge(around(-0.5)))
    assert rows(PLAIN.judge(around(0.5))).word["00.C0"] == "SUPPORTS"


@pytest.mark.parametrize("name", [None, np.nan, 5])
def test_a_verdict_that_does_not_say_its_rule_is_refused_with_a_sentence(name):
    facts = PLAIN.judge(around(0.5)).facts() | {"name": name}
    nameless = {key: value for key, value in facts.items() if key != "name"}
    for several in ([facts], [nameless], [NONE.judge(around(0.0)).facts(), nameless]):
        with pytest.raises(ValueError, match="does not say by which rule it was made"):
            kit.ledger(pd.DataFrame(several), {}, KNOWN)


def test_a_verdict_says_how_many_seeds_its_gates_saw():
    seen = Gate("complete", True, "all there", seeds=tuple(range(20)))
    assert PLAIN.judge(around(0.5), gates=[seen]).facts()["seen"] == 20
    facts = [PLAIN.judge(around(0.5), gates=[seen]).facts(), NONE.judge(around(0.0)).facts()]
    assert list(kit.ledger(pd.DataFrame(facts), {}, KNOWN).word[:2]) == ["SUPPORTS", "NO RELEVANT DIFFERENCE"]


def test_settings_that_are_not_run_yet_are_said_with_the_share_and_in_the_figure():
    some = {"00.C0": Settings(IN_SETTINGS["00.C0"].said, 5)}
    frame = kit.ledger(verdicts(), some, KNOWN)
    assert frame.settings[0] == "in 2 of 6 settings (5 more not run yet)"
    assert "in 2 of 6 settings (5 more not run yet); turned round by" in kit.in_markdown(frame, "nothing")
    figure = plot_ledger(frame, KNOWN, some)
    assert "00.C0 in 2 of 6 settings (5 more not run yet)" in figure.alt_text[0]
    assert "not run" in "".join(text.get_text() for text in figure.axes[2].texts)


def test_holm_counts_the_words_and_not_what_is_not_valid():
    found = rows()
    assert set(found.index[found.p.notna()]) == {"00.C0", "00.C1", "00.C4"}
    assert (found["p, Holm"].dropna() >= found.p.dropna()).all()
    assert kit.together(found.reset_index()).startswith("If all 3 verdicts")
    assert "every word stands" in kit.together(found.reset_index())


def test_words_that_would_not_stand_together_are_named():
    near = [replace(RULE, name=f"00.C{number}") for number in range(5, 16)]
    just = [one.judge(Interval(0.2, 0.105, 0.295, 20)) for one in near]
    frame = rows(*just, known={**KNOWN, **{one.name: one for one in near}}).reset_index()
    assert "00.C5, 00.C6" in kit.together(frame) and "would be INCONCLUSIVE" in kit.together(frame)


def test_a_ledger_without_a_single_verdict_is_a_ledger():
    frame = kit.ledger(pd.DataFrame(), {}, KNOWN)
    assert set(frame.word) == {"not judged yet"} and kit.together(frame) == "No rule has a word yet."
    assert "apples" not in kit.in_markdown(frame, "nothing")
    assert len(plot_ledger(frame, KNOWN, {}).alt_text) == 1


# The figure


@pytest.fixture
def figure():
    return plot_ledger(kit.ledger(verdicts(), IN_SETTINGS, KNOWN), KNOWN, IN_SETTINGS)


def test_effects_stand_in_units_of_what_matters(figure):
    dots = [line for line in figure.axes[1].get_lines() if line.get_marker() == "o"]
    ratio = np.log(3.0) / np.log(1.5)
    assert [line.get_xdata()[0] for line in dots] == pytest.approx([5.0, 0.0, 5.0, ratio])
    assert [line.get_markerfacecolor() for line in dots].count("white") == 1  # the one that is not valid


def test_each_setting_is_a_stroke_under_its_rule(figure):
    strokes = [
        line
        for line in figure.axes[1].get_lines()
        if line.get_linewidth() == 1.2 and len(set(line.get_xdata())) == 1
    ]
    assert sorted(line.get_xdata()[0] for line in strokes) == pytest.approx(
        [-4.0, 0.0, 1.0, 3.0, 5.0, 6.0], abs=1e-6
    )


def test_the_figure_is_at_most_a_thousand_pixels_wide_and_its_words_can_be_read(figure):
    figure.canvas.draw()
    _, middle, right = (ax.get_window_extent() for ax in figure.axes)
    assert figure.get_figwidth() * DPI <= 1000
    for ax, end in zip(figure.axes, (middle.x0, right.x0, figure.bbox.x1), strict=True):
        for text in ax.texts:
            assert text.get_fontsize() >= 10 and text.get_window_extent().x1 <= end + 1, text.get_text()


def test_the_text_alternative_says_which_rules_say_which_word(figure):
    (said,) = figure.alt_text
    assert "SUPPORTS: 00.C0 in 2 of 6 settings, 00.C4" in said and "NOT VALID: 00.C2" in said


# What a lesson reads itself


def test_what_a_lesson_reads_in_its_settings_is_kept_as_it_said_it(tmp_path):
    name = "12.razor"
    few = Judged("NOT VALID", Interval(0.1, None, None, 3, (0.1, 0.1, 0.1)), "seeds: too few")
    said = {"as in the lesson": Judged("SUPPORTS", Interval(0.25, 0.23, 0.28, 6)), "few": few}
    said["none"] = Judged("NOT VALID", None, "nobody got there")
    read_settings.keep("12", {name: Settings(said, 2)}, "make it", folder=tmp_path)
    found = read_settings.kept("12", folder=tmp_path)[name]
    assert found.missing == 2 and found.share("SUPPORTS").short == "in 1 of 3 settings (2 more not run yet)"
    assert {key: str(one).partition(" (")[0] for key, one in found.said.items()} == {
        key: str(one).partition(" (")[0] for key, one in said.items()
    }
    assert read_settings.is_whole("12", folder=tmp_path)
    note = {"command": "python -m helpers.kit.long_runs 12 more", "tables": {"more.csv": {"sha256": "0"}}}
    for seeds, whole in (({"trial": "0-2"}, True), ({"judged": "200"}, False)):
        (tmp_path / "more.json").write_text(json.dumps(note | {"seeds": seeds}), encoding="utf-8")
        assert read_settings.is_whole("12", folder=tmp_path) is whole, "other runs are judged now"


@pytest.mark.parametrize(
    "name, changes, same",
    [
        ("12.C18", {"matters": 0.5}, False),
        ("12.C18", {"needs": ("complete",)}, False),
        ("12.C18", {"why": "another reason"}, True),
        ("00.C8", {"matters": 0.5}, True),
    ],
)
def test_what_is_kept_is_of_the_lessons_rules(name, changes, same, monkeypatch):
    before, there = read_settings.of("12"), rules()
    monkeypatch.setattr(read_settings, "rules", lambda: there | {name: replace(there[name], **changes)})
    assert (read_settings.of("12") == before) is same


def test_what_is_kept_is_of_how_the_course_judges(monkeypatch):
    before = read_settings.of("12")
    monkeypatch.setattr(read_settings, "code_of", lambda module: {f"{module}.some": "other code"})
    assert read_settings.of("12") != before


@pytest.mark.parametrize("lesson", [*filter(read_settings.has, kit.lessons())])
def test_what_is_kept_is_of_the_runs_and_the_code_that_there_are(lesson):
    """If not: `python -m helpers.kit.ledger`."""
    assert read_settings.is_whole(lesson)


# What is written


@pytest.fixture(scope="module")
def now():
    """The ledger of the course, and what the command would write."""
    frame, settings = kit.read()
    figure = plot_ledger(frame, rules(), settings)
    plt.close("all")
    return frame, kit.written(frame, " ".join(figure.alt_text))


def test_every_rule_of_the_course_stands_in_the_ledger(now):
    assert list(now[0].rule) == list(rules())


def test_the_readme_shows_what_the_command_makes(now):
    """If not: `python -m helpers.kit.ledger`."""
    for path, data in now[1].items():
        assert path.read_text(encoding="utf-8") == data.decode(), path.name


def test_rules_that_are_judged_no_longer_are_named_with_the_reason(now):
    said = now[1][kit.ROOT / "README.md"].decode()
    for name, one in withdrawn().items():
        assert f"- {name}: {one.says} *{one.withdrawn}*" in said


def test_writing_again_changes_nothing(now):
    readme = (kit.ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.count(kit.BEGIN) == readme.count(kit.END) == 1
    assert now[1][kit.ROOT / "README.md"].decode().count(kit.BEGIN) == 1


def test_the_table_is_stored_as_others_are():
    frame = tables.stored("ledger")
    assert list(frame.rule) == list(rules()) and (tables.RUNS / "ledger.png").exists()


def test_a_claim_stands_in_plain_words_with_its_word_and_a_link_to_its_lesson():
    said = kit.in_markdown(kit.ledger(verdicts(), IN_SETTINGS, KNOWN), "what it shows")
    first = next(line for line in said.splitlines() if "It is so." in line)
    assert (
        "**SUPPORTS**: 0.50 [0.50, 0.50] apples" in first
        and "[00 Start here](notebooks/00_start_here.ipynb)" in first
    )
    assert "in 2 of 6 settings; turned round by: entropy bonus" in first
    assert "![what it shows](data/runs/ledger.png)" in said


def test_the_readme_says_in_how_many_settings_a_gate_fails():
    one = rows().loc["00.C0"].to_dict()
    assert NOT_VALID not in kit.in_words(one | {"others": "turned round by: this, that"})[1]
    others = "turned round by: this; NOT VALID with: RL in SFT's place, 'both, not one', half"
    carries = kit.in_words(one | {"others": others, "settings": "in 2 of 6 settings"})[1]
    assert carries == "in 2 of 6 settings; turned round by: this; NOT VALID in 3"
