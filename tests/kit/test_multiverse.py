"""A multiverse: the word of each setting, the share in which it holds, the picture, and the plan that makes it."""

import json
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from made_multiverse import RULE, SETTINGS, WHY, WORDS, again, made

from helpers.kit import judged as judged_kit
from helpers.kit.gates import Gate, attrition
from helpers.kit.intervals import Interval
from helpers.kit.judged import judged, values_of
from helpers.kit.long_runs import make
from helpers.kit.multiverse import BASE, by_setting, fresh_plan, multiverse_plan, share
from helpers.kit.multiverse_figure import specification_curve
from helpers.kit.pictures import DPI
from helpers.kit.tables import stored

OTHER = replace(RULE, name="00.C1", about="C1")


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def like(change=None, **columns):
    """The made multiverse with other values."""
    frame = made()
    return frame.assign(**columns) if change is None else change(frame)


# What each setting says


def test_each_setting_says_what_was_put_in():
    found = by_setting(made(), RULE)
    assert {name: one.word for name, one in found.items()} == {
        name: word for name, (*_, word) in WORDS.items()
    }
    assert list(found) == [one["setting"] for one in SETTINGS]


def test_a_setting_whose_gate_fails_keeps_its_effect_and_says_why():
    one = by_setting(made(), RULE)["no steps"]
    assert not one.valid and one.why == WHY and one.effect.mean == pytest.approx(0.6)


def test_another_rule_in_the_same_table_changes_nothing():
    both = pd.concat([made(), made().assign(rule="00.C1", value=-1.0)])
    assert by_setting(both, RULE) == by_setting(made(), RULE)
    with pytest.raises(ValueError, match=r"no rows of 00\.C1"):
        by_setting(made(), OTHER)


@pytest.mark.parametrize(
    "rows, word, why",
    [
        (again(range(9)), "SUPPORTS", ""),
        (again(range(9)).drop(columns=["valid", "why"]), "NOT VALID", "gates were not looked at"),
        (again(range(3)), "NOT VALID", "seeds: an interval needs 4, there are 3"),
        (again(range(9)).assign(value=np.nan), "NOT VALID", "seeds: 0 have a value"),
        (again(range(9), valid=0), "NOT VALID", WHY),
        (pd.concat([again(range(9)), again(range(9, 18), valid=0)]), "NOT VALID", WHY),
    ],
)
def test_rows_are_judged_as_in_a_lesson(rows, word, why):
    found = judged(rows, RULE)
    assert found.word == word and why in found.why


@pytest.mark.parametrize(
    "change, says",
    [
        ({"value": np.inf}, "values are finite numbers"),
        ({"value": "0.5"}, "values are finite numbers"),
        ({"valid": "0"}, "valid is 1 or 0, whether the gates held: got '0'"),
        ({"valid": np.nan}, "got nan"),
        ({"valid": 2}, "got 2"),
        ({"seed": np.nan}, "32 rows have no seed"),
        ({"setting": None}, "each row of a multiverse names its setting"),
        ({"setting": 5}, "each row of a multiverse names its setting"),
    ],
)
def test_a_column_that_holds_something_else_than_it_says_is_refused(change, says):
    frame = made().astype(dict.fromkeys(change, object))
    (column,) = change
    frame.loc[frame.setting == "larger net", column] = change[column]
    frame = frame.infer_objects()
    for look in (share, by_setting, specification_curve):
        with pytest.raises(ValueError, match=says):
            look(frame, RULE)


@pytest.mark.parametrize("column", ["rule", "seed", "value", "why", "setting"])
def test_a_column_that_is_not_there_is_named(column):
    with pytest.raises(ValueError, match=column):
        share(made().drop(columns=column), RULE)


@pytest.mark.parametrize("why", ["", np.nan, None])
def test_what_is_not_valid_has_no_word_whatever_is_said_of_it(why):
    found = judged(again(range(9), valid=0).assign(why=why), RULE)
    assert found.word == "NOT VALID" and found.why == judged_kit.UNSAID
    assert judged(again(range(9)).assign(valid=False, why="x"), RULE).why == "x"


def test_a_seed_that_stands_twice_is_refused():
    with pytest.raises(ValueError, match="seed 0 stands there twice"):
        judged(pd.concat([again(range(9)), again([0])]), RULE)


# The values of a run, with what their gates say


@pytest.fixture
def rule_of_the_tests(monkeypatch):
    needs = replace(RULE, needs=("moved",))
    monkeypatch.setattr(judged_kit, "rule", lambda name: replace(needs, name=name))


FRAME = pd.DataFrame({"a": [0.5, 0.51, 0.52, 0.53, 0.54, 0.55]}, index=range(7, 13))
MEASURES = {"00.C0": lambda frame: frame.a, "00.C1": lambda frame: -frame.a}
MOVED, STUCK = Gate("moved", True, "it has"), Gate("moved", False, "RL has not moved")


def test_values_come_with_what_their_gates_say(rule_of_the_tests):
    rows = values_of(MEASURES, FRAME, {"00.C0": [MOVED], "00.C1": [STUCK]})
    assert list(rows.columns) == ["rule", "seed", "value", "valid", "why"]
    assert list(rows.seed) == [*FRAME.index] * 2 and list(rows.value) == [*FRAME.a, *-FRAME.a]
    assert rows.groupby("rule").valid.first().to_dict() == {"00.C0": 1, "00.C1": 0}
    assert set(rows.why) == {"", WHY}
    assert judged(rows, RULE).word == "SUPPORTS" and judged(rows, OTHER).why == WHY


def test_a_gate_that_the_rule_needs_and_nobody_looked_at_makes_values_not_valid(rule_of_the_tests):
    assert set(values_of(MEASURES, FRAME).why) == {"moved: was not looked at"}


def test_seeds_without_a_value_stay_in_the_table_if_attrition_counted_them(rule_of_the_tests):
    lost = FRAME.assign(a=[np.nan, 0.5, 0.51, 0.52, 0.53, 0.54])
    one = {"00.C0": MEASURES["00.C0"]}
    rows = values_of(one, lost, {"00.C0": [MOVED, attrition({"RL": lost.a})]})
    assert len(rows) == 6 and judged(rows, RULE).effect.seeds == 5 and set(rows.valid) == {1}
    with pytest.raises(ValueError, match="never drop them silently"):
        values_of(one, lost, {"00.C0": [MOVED]})


def test_gates_of_a_rule_that_nothing_measures_are_refused(rule_of_the_tests):
    with pytest.raises(ValueError, match=r"got them for .*00\.C2"):
        values_of(MEASURES, FRAME, {"00.C2": [MOVED]})


# The share


def test_the_share_of_the_made_multiverse_is_known():
    found = share(made(), RULE)
    assert (found.word, found.same, found.of, found.turned) == ("SUPPORTS", 2, 6, ["entropy bonus"])
    assert str(found) == (
        "SUPPORTS, in 2 of 6 settings; turned round by: entropy bonus; NO RELEVANT DIFFERENCE with: larger net; "
        "INCONCLUSIVE with: few episodes; NOT VALID with: no steps"
    )


def test_settings_whose_names_have_a_comma_are_told_apart_and_break_no_text_alternative():
    frame = made().replace({"setting": {"entropy bonus": "entropy bonus, larger net"}})
    said = str(share(frame, RULE))
    assert "turned round by: 'entropy bonus, larger net'; " in said and '"' not in said


@pytest.mark.parametrize(
    "word, says",
    [
        ("OPPOSITE", "OPPOSITE, in 1 of 6 settings; turned round by: as in the lesson, learning rate / 3; NO REL"),
        (
            "NO RELEVANT DIFFERENCE",
            "in 1 of 6 settings; turned round by: as in the lesson, learning rate / 3, entropy bonus; INCONC",
        ),
        ("INCONCLUSIVE", "in 1 of 6 settings; SUPPORTS with: as in the lesson, learning rate / 3; OPPOSITE with: ent"),
        ("NOT VALID", "NOT VALID, in 6 settings: SUPPORTS 2, OPPOSITE 1, NO RELEVANT DIFFERENCE 1, INCONCLUSIVE 1"),
    ],
)  # fmt: skip
def test_a_share_is_that_of_the_word_that_is_looked_for(word, says):
    assert says in str(share(made(), RULE, word))


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.sort_values("value"),
        lambda f: f[::-1],
        lambda f: f.sort_values("setting", ascending=False),
    ],
)
def test_the_lessons_own_setting_is_found_by_its_name(change):
    frame = change(made())
    assert (share(frame, RULE).word, next(iter(by_setting(frame, RULE)))) == ("SUPPORTS", BASE)
    figure = specification_curve(frame, RULE)
    assert figure.get_suptitle() == "00.C0: SUPPORTS, in 2 of 6 settings"
    assert [text.get_text() for text in figure.axes[1].texts if text.get_fontweight() == "bold"] == [BASE]


def test_without_the_lessons_own_setting_there_is_no_word_to_look_for():
    frame = made()[made().setting != BASE]
    with pytest.raises(ValueError, match="no setting 'as in the lesson'"):
        share(frame, RULE)
    assert share(frame, RULE, "SUPPORTS").same == 1
    assert "the lesson's own not among them" in specification_curve(frame, RULE).get_suptitle()


@pytest.mark.parametrize("word", ["supports", 5, "", "MAYBE"])
def test_an_unknown_word_is_refused(word):
    with pytest.raises(ValueError, match="a word is one of SUPPORTS, OPPOSITE"):
        share(made(), RULE, word)


@pytest.mark.parametrize(
    "frame, by, error", [({"a": 1}, RULE, TypeError), (made(), 5, TypeError), (made(), "00.C7", ValueError)]
)
def test_what_is_no_table_and_what_is_no_rule_are_refused(frame, by, error):
    for look in (share, by_setting, specification_curve, judged):
        with pytest.raises(error, match=r"as a table|the name of one|rule is one of"):
            look(frame, by)


def test_a_word_that_holds_everywhere_has_no_others():
    same = made()[made().setting.isin(["as in the lesson", "learning rate / 3"])]
    assert str(share(same, RULE)) == "SUPPORTS, in 2 of 2 settings"


def test_between_two_limits_of_what_is_no_difference_the_word_is_neither():
    between = replace(RULE, neutral=0.5, matters=0.05)
    found = share(made(), between)
    assert (found.word, found.same, found.turned) == ("NEITHER", 1, [*WORDS][1:5])


@pytest.mark.parametrize("mean", [0.45, 0.55])
def test_a_verdict_is_printed_with_its_share(mean):
    verdict = RULE.judge(mean + 0.01 * np.linspace(-1, 1, 9), multiverse=made())
    said = verdict._repr_mimebundle_()["text/markdown"]
    assert "### 00.C0: SUPPORTS, in 2 of 6 settings" in said and "SUPPORTS, in 2 of 6" in str(verdict)
    assert "turned round by: " in said and verdict.facts()["share"]["few episodes"] == "INCONCLUSIVE"
    assert "lesson's own numbers" not in said


@pytest.mark.parametrize(
    ("mean", "word"), [(0.3, "SUPPORTS"), (0.0, "NO RELEVANT DIFFERENCE"), (-0.3, "OPPOSITE")]
)
def test_a_verdict_with_other_numbers_is_not_said_to_hold_in_settings_of_the_lessons_own(mean, word):
    verdict = RULE.judge(mean + 0.01 * np.linspace(-1, 1, 9), multiverse=made())
    said = verdict._repr_mimebundle_()["text/markdown"]
    both = f"{word} (with the lesson's own numbers SUPPORTS, in 2 of 6 settings)"
    assert f"### 00.C0: {both}\n" in said and both in str(verdict) and verdict.word == word
    assert (
        "do not say how far the word above carries" in said and "with which it is SUPPORTS: 0.500 [" in said
    )


def test_a_verdict_without_a_word_shows_what_the_settings_say():
    verdict = RULE.judge(0.3 + 0.01 * np.linspace(-1, 1, 9), gates=[STUCK], multiverse=made())
    said = verdict._repr_mimebundle_()["text/markdown"]
    assert "### 00.C0: NOT VALID\n" in said and "In 6 settings: SUPPORTS 2, OPPOSITE 1" in said


def test_settings_that_are_not_run_yet_are_said(tmp_path):
    plan = multiverse_plan("99", again, SETTINGS, seeds=range(32))
    make(plan, folder=tmp_path, say=str, only=["as in the lesson", "entropy"])
    make(plan, folder=tmp_path, say=str, so_far=True)
    found = share(stored("multiverse_99", folder=tmp_path), RULE)
    assert found.short == "in 1 of 2 settings (4 more not run yet)" and found.turned == ["entropy bonus"]


# The picture


def ends_of(ax):
    """The ends of the intervals that are drawn, from left to right."""
    lines = [line for line in ax.get_lines() if line.get_linewidth() > 1 and len(line.get_ydata()) == 2]
    return [tuple(line.get_ydata()) for line in sorted(lines, key=lambda line: line.get_xdata()[0])]


def test_the_curve_shows_each_interval_from_the_lowest_effect_to_the_highest():
    above = specification_curve(made(), RULE).axes[0]
    effects = sorted((one.effect for one in by_setting(made(), RULE).values()), key=lambda one: one.mean)
    assert ends_of(above) == [(one.low, one.high) for one in effects]


def test_below_stand_the_settings_under_their_effects_the_lessons_own_in_a_frame():
    figure = specification_curve(made(), RULE)
    names = [text.get_text() for text in figure.axes[1].texts]
    means = {name: one.effect.mean for name, one in by_setting(made(), RULE).items()}
    assert [name.partition(" (")[0] for name in names] == sorted(means, key=means.get)
    assert [text.get_text() for text in figure.axes[1].texts if text.get_fontweight() == "bold"] == [BASE]
    assert "no steps (NOT VALID: moved)" in names


def test_a_setting_that_is_not_valid_is_hollow_in_both_panels():
    figure = specification_curve(made(), RULE)
    for ax in figure.axes:
        dots = [line for line in ax.get_lines() if line.get_marker() in "os"]
        assert sum(dot.get_markerfacecolor() == "white" for dot in dots) == 1 and len(dots) == 6


def test_the_zones_are_told_by_lines_and_words_not_by_colour_alone():
    above = specification_curve(made(), RULE).axes[0]
    words = " ".join(text.get_text() for text in above.texts).replace("\n", " ")
    assert "OPPOSITE" in words and "NO RELEVANT DIFFERENCE" in words and "SUPPORTS" in words
    flat = [line.get_ydata()[0] for line in above.get_lines() if len(set(line.get_ydata())) == 1]
    assert {-0.1, 0.1, 0.0} <= set(flat)
    between = specification_curve(made(), replace(RULE, neutral=0.5)).axes[0]
    assert "NEITHER" in [text.get_text() for text in between.texts]


@pytest.mark.parametrize(
    "frame",
    [
        made(),
        like(
            setting=made().setting.replace("entropy bonus", "entropy bonus of 0.03 and three hundred steps")
        ),
        like(lambda f: f.assign(value=f.value.where(f.setting != "larger net"))),
        like(lambda f: f[(f.setting != "larger net") | (f.seed < 3)]),
        like(lambda f: f[f.setting == BASE]),
    ],
)
def test_a_curve_is_at_most_a_thousand_pixels_wide_its_letters_can_be_read_and_none_is_cut(frame):
    figure = specification_curve(frame, RULE)
    figure.canvas.draw()
    assert figure.get_figwidth() * DPI <= 1000
    box = figure.bbox
    for text in (text for ax in figure.axes for text in (*ax.texts, ax.title, ax.yaxis.label)):
        extent = text.get_window_extent()
        assert text.get_fontsize() >= 10 and (box.x0 - 1 <= extent.x0 and extent.x1 <= box.x1 + 1), (
            text.get_text()
        )


def test_the_text_alternative_tells_the_finding_first_and_then_every_setting():
    (said,) = specification_curve(made(), RULE).alt_text
    assert said.startswith("00.C0 in 6 settings") and str(share(made(), RULE)) in said
    for name, one in by_setting(made(), RULE).items():
        assert f"{name} {one.effect}, {one.word}" in said


# The plan


def test_the_runner_makes_the_table_setting_by_setting(tmp_path):
    plan = multiverse_plan("99", again, SETTINGS, seeds=range(32))
    assert [part.name for part in plan.parts()][1] == "learning rate / 3, seeds 0-31"
    assert make(plan, folder=tmp_path, say=str)
    table = stored("multiverse_99", folder=tmp_path)
    assert list(table.columns) == ["setting", "rule", "seed", "value", "valid", "why"]
    assert str(share(table, RULE)) == str(share(made(), RULE))


def test_a_setting_may_have_more_seeds_of_its_own_and_the_note_says_which(tmp_path):
    settings = [*SETTINGS[:1], {**SETTINGS[1], "seeds": range(100, 164)}]
    plan = multiverse_plan("99", again, settings, seeds=range(32), trial=range(80, 90))
    assert [len(part.seeds) for part in plan.parts()] == [32, 64] and plan.columns == ("setting",)
    assert [part.seeds for part in plan.parts(trial=True)] == [list(range(80, 90))] * 2
    assert make(plan, folder=tmp_path, say=str)
    found = stored("multiverse_99", folder=tmp_path).groupby("setting").seed
    assert found.nunique().to_dict() == {"as in the lesson": 32, settings[1]["setting"]: 64}
    note = json.loads((tmp_path / "multiverse_99.json").read_text())
    assert [row.get("seeds") for row in note["grid"]] == [None, "100-163"]
    assert note["seeds"]["judged"] == "0-31, 100-163"


def test_own_seeds_of_a_setting_are_none_on_which_something_was_chosen():
    settings = [SETTINGS[0], {**SETTINGS[1], "seeds": range(100, 164)}]
    with pytest.raises(ValueError, match="are not judged"):
        multiverse_plan("99", again, settings, seeds=range(32), trial=[100])


def no_gates(seeds):
    return again(seeds).drop(columns=["valid", "why"])


def test_a_run_without_its_gates_is_refused():
    plan = multiverse_plan("99", no_gates, SETTINGS[:1], seeds=range(4))
    with pytest.raises(
        ValueError, match="a run returns rule, seed, value, valid, why: got rule, seed, value"
    ):
        plan.run(**plan.parts()[0].setting)


@pytest.mark.parametrize(
    "settings, says",
    [
        ([], "first setting is"),
        (SETTINGS[1:], "first setting is 'as in the lesson': got .*learning rate"),
        ([*SETTINGS, SETTINGS[1]], "a name of its own"),
        ([SETTINGS[0], {"lr": 1}], "a name of its own"),
    ],
)
def test_settings_have_names_and_the_lessons_own_comes_first(settings, says):
    with pytest.raises(ValueError, match=says):
        multiverse_plan("99", again, settings, seeds=range(4))


def test_an_interval_of_a_setting_is_that_of_its_seeds():
    values = made().query("setting == 'larger net'").value
    assert by_setting(made(), RULE)["larger net"].effect == Interval.of(values)


def test_marks_that_do_not_explain_themselves_are_told_where_there_are_any():
    head = lambda frame: specification_curve(frame, RULE).axes[0].get_title(loc="left")
    few = (made().setting == "larger net") & (made().seed > 1)
    none = made().assign(value=made().value.where(made().setting != "no steps"))
    assert "marks" not in head(made()) and "no mark" not in head(made())
    assert "small marks: a seed each" in head(made()[~few]) and "no mark" not in head(made()[~few])
    assert "no mark above a name: no value" in head(none) and "small" not in head(none)


def test_a_plan_of_fresh_seeds_has_five_sets_of_them_and_its_table():
    plan = fresh_plan("99", again, trial=range(8))
    assert plan.table == "fresh_99" and len(set(plan.seeds)) == 320 and min(plan.seeds) == 1000
    assert list(fresh_plan("99", again, seeds=range(3), at_once=1).seeds) == [0, 1, 2]


@pytest.mark.parametrize(("so", "beside"), [(27, ""), (22, "with the lesson's own numbers SUPPORTS")])
def test_a_count_is_near_that_of_few_seeds_where_the_two_intervals_meet(so, beside):
    by = replace(RULE, scale="counted", neutral=0.5, matters=0.1, unit="share of nets")
    own = pd.DataFrame({"setting": "as in the lesson", "rule": by.name, "seed": range(16), "value": 1.0})
    own = own.assign(valid=1, why="")
    verdict = by.judge(np.array([1.0] * so + [0.0] * (32 - so)), multiverse=own)
    assert (beside in str(verdict)) and ("lesson's own numbers" in str(verdict)) == bool(beside)
