"""Verdicts: what a rule says about an interval, what stops it from saying anything, and what is stored."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from helpers.kit import ledger, verdicts
from helpers.kit.claims import claims
from helpers.kit.gates import Gate, attrition, complete
from helpers.kit.intervals import Interval
from helpers.kit.predictions import predict
from helpers.kit.spreads import spread_ratio
from helpers.kit.verdicts import VERDICT, Rule, rule, rules, stored_verdicts

RULE = Rule(
    name="00.C0",
    about="C8",
    says="It is so.",
    measure="a number",
    unit="apples",
    matters=0.1,
    why="a tenth of an apple is a bite",
    beside={"langosco-2022": "it has no apples", "yue-2025": "for"},
)
GOOD, BAD = Gate("complete", True, "all there"), Gate("moved", False, "RL has not moved")


def around(mean, width=0.01, seeds=20):
    return mean + width * np.linspace(-1, 1, seeds)


# The words


@pytest.mark.parametrize(
    "mean, width, word",
    [
        (0.3, 0.01, "SUPPORTS"),
        (-0.3, 0.01, "OPPOSITE"),
        (0.0, 0.01, "NO RELEVANT DIFFERENCE"),
        (0.05, 0.01, "NO RELEVANT DIFFERENCE"),
        (-0.05, 0.01, "NO RELEVANT DIFFERENCE"),
        (0.1, 0.01, "INCONCLUSIVE"),
        (-0.1, 0.01, "INCONCLUSIVE"),
        (0.3, 2.0, "INCONCLUSIVE"),
        (0.0, 2.0, "INCONCLUSIVE"),
    ],
)
def test_the_word_says_where_the_whole_interval_lies(mean, width, word):
    assert RULE.judge(around(mean, width)).word == word


def test_words_turn_round_with_the_sign_and_move_with_the_neutral_value():
    other = {"SUPPORTS": "OPPOSITE", "OPPOSITE": "SUPPORTS"}
    moved = replace(RULE, neutral=5.0)
    for mean in np.linspace(-0.4, 0.4, 41):
        for width in (0.01, 0.2, 1.0):
            word = RULE.judge(around(mean, width)).word
            assert RULE.judge(-around(mean, width)).word == other.get(word, word)
            there = "NEITHER" if word == "NO RELEVANT DIFFERENCE" else word  # 5 is no zero
            assert moved.judge(5 + around(mean, width)).word == there


def test_an_interval_that_touches_what_matters_says_nothing():
    for low, high in ((0.1, 0.3), (-0.3, -0.1), (-0.1, 0.05), (-0.05, 0.1)):
        assert RULE.word(Interval((low + high) / 2, low, high, 9)) == "INCONCLUSIVE"


# What stops a verdict


@pytest.mark.parametrize(
    "judge, reason",
    [
        (lambda: RULE.judge(around(0.3), gates=[GOOD, BAD]), "moved: RL has not moved"),
        (lambda: replace(RULE, needs=("complete", "grid")).judge(around(0.3), gates=[GOOD]), "grid: was not looked at"),
        (lambda: RULE.judge([0.3, 0.31, 0.32]), "an interval needs 4, there are 3"),
        (lambda: RULE.judge([0.3]), "there are 0|there are 1"),
        (lambda: RULE.judge([np.nan] * 9, gates=[attrition({"RL": [np.nan] * 9})]), "seeds that got there: RL 0"),
        (lambda: RULE.judge(Interval.of([0.3, 0.3, 0.3])), "an interval needs 4"),
    ],
)  # fmt: skip
def test_where_a_gate_fails_there_is_no_word_and_the_reason_is_said(judge, reason):
    verdict = judge()
    assert verdict.word == "NOT VALID" and not verdict.valid
    assert pd.Series(verdict.reasons).str.contains(reason).any(), verdict.reasons
    said = verdict._repr_mimebundle_()["text/markdown"]
    for word in ("SUPPORTS", "OPPOSITE", "INCONCLUSIVE"):
        assert word not in said.replace("INCONCLUSIVE otherwise", "")
    assert verdict.reasons[0] in said and verdict.reasons[0] in str(verdict)


def test_a_gate_that_holds_stops_nothing():
    assert RULE.judge(around(0.3), gates=[GOOD]).word == "SUPPORTS"


SIX = {"a": 0.1, "b": 0.2, "c": 0.3, "d": 0.4, "e": 0.5, "f": 0.6}


@pytest.mark.parametrize(
    "values, error, says",
    [
        (SIX, TypeError, "got a dict"),
        (pd.DataFrame([SIX]), TypeError, "got a DataFrame"),
        (pd.DataFrame({1: [0.1] * 6}), TypeError, "take one column"),
        ((x for x in SIX.values()), TypeError, "generator"),
        ("123456", TypeError, "str"),
        (list("123456"), TypeError, "values of type"),
        (np.ones((6, 1)), TypeError, "shape"),
        (torch.ones(6, requires_grad=True), TypeError, "requires grad"),
        ([True, False, True, True], TypeError, "bool"),
        ([], ValueError, "got none"),
        ([0.1, 0.2, np.nan, 0.3], ValueError, "1 of 4 seeds have no finite value"),
        ([0.1, 0.2, np.inf, 0.3], ValueError, "1 of 4 seeds"),
        ([1e308] * 6, ValueError, "too large"),
        (pd.Series([0.1, 0.2, 0.3, 0.4], index=[7, 8, 9, 9]), ValueError, "seed 9 stands there twice"),
    ],
)
def test_what_is_no_value_for_each_seed_is_refused(values, error, says):
    with pytest.raises(error, match=says):
        RULE.judge(values)


@pytest.mark.parametrize("kind", [list, np.array, pd.Series, torch.tensor])
def test_a_value_for_each_seed_may_come_in_any_kind_of_row(kind):
    assert RULE.judge(kind([0.31, 0.32, 0.33, 0.34])).word == "SUPPORTS"


FRAME = pd.DataFrame(
    [
        (step, seed, method, "goal", 0.3 + 0.001 * step * seed)
        for method in ("SFT", "RL")
        for seed in range(40, 46)
        for step in range(0, 30, 10)
    ],
    columns=["step", "seed", "method", "metric", "value"],
)
BY_SEED = FRAME[(FRAME.step == 20) & (FRAME.method == "RL")].set_index("seed").value


@pytest.mark.parametrize(
    "values, says",
    [
        (FRAME.value, "the column `value` of a frame"),
        (FRAME[FRAME.step == 20].value, "the column `value` of a frame"),
        (
            pd.DataFrame({"seed": [*range(20)] * 2, "success": np.linspace(0.2, 0.4, 40)}).success,
            "column `success`",
        ),
        (pd.Series([0.3, 0.31, 0.32, 0.35], index=[0, 10, 20, 30]), "which may be steps"),
        (FRAME.set_index("step").value, "one for each step"),
        (FRAME.set_index(["method", "seed", "step"]).value, "one for each method and seed and step"),
        (
            FRAME.groupby(["method", "seed"]).value.mean(),
            "one for each method and seed: choose, subtract or average",
        ),
        (FRAME.groupby("method").value.mean(), "one for each method"),
        (
            pd.Series({"a": 0.3, "b": 0.31, "c": 0.32, "d": 0.33}),
            "named 'a', which is no seed: means of arms",
        ),
    ],
)
def test_rows_that_are_no_seeds_are_refused(values, says):
    with pytest.raises(ValueError, match=says):
        RULE.judge(values)
    assert RULE.judge(BY_SEED).effect.seeds == 6


@pytest.mark.parametrize(
    "values, says",
    [
        (FRAME.value.to_numpy(), "36 values, and the gate complete saw 6 seeds"),
        (BY_SEED.to_list()[:5], "5 values, and the gate complete saw 6 seeds"),
        (BY_SEED[:5], "seed 45 was seen by the gate complete, and there is no value of it"),
        (BY_SEED.reset_index(drop=True).rename("goal"), "seed 0 has a value, and its runs were not seen"),
        (Interval.of(np.arange(36.0)), "36 values, and the gate complete saw 6 seeds"),
        (Interval.of(BY_SEED[:5]), "5 values, and"),
    ],
)
def test_what_is_judged_is_what_the_gate_complete_saw(values, says):
    saw = complete(FRAME, 20)
    with pytest.raises(ValueError, match=says):
        RULE.judge(values, gates=[saw])
    for right in (BY_SEED, BY_SEED.to_numpy(), Interval.of(BY_SEED), BY_SEED[::-1]):
        assert RULE.judge(right, gates=[saw]).effect.seeds == 6
    assert "seeds" not in RULE.judge(BY_SEED, gates=[saw]).facts()["gates"][0]


@pytest.mark.parametrize(
    "effect", [Interval(0.3, 0.3, 0.3, 8), Interval(0.3, 0.3 - 1e-15, 0.3, 8), Interval(-0.3, -0.3, -0.3, 9)]
)
def test_an_interval_without_width_has_no_word(effect):
    verdict = RULE.judge(effect)
    assert verdict.word == "NOT VALID" and "no width" in str(verdict)


def test_a_reason_stands_there_once():
    """Where no seed is whole, gates and rule would say the same."""
    lost = [np.nan] * 6
    said = RULE.judge(lost, gates=[attrition({"RL": lost}), Gate("seeds", False, "0 are whole"), GOOD])
    text = said._repr_mimebundle_()["text/markdown"]
    assert [reason.partition(":")[0] for reason in said.reasons] == ["attrition", "seeds"]
    for reason in said.reasons:
        assert text.count(reason) == 1
    assert "**Gates that held.**" in text and text.count("all there") == 1
    unseen = replace(RULE, needs=("seeds",)).judge(lost, gates=[attrition({"RL": lost})])
    assert unseen.reasons[1:] == ("seeds: was not looked at",)


def test_arms_that_lost_few_seeds_each_but_many_pairs_have_no_word():
    there = np.arange(64)
    sft, rl = np.where(there < 6, np.nan, 0.9), np.where(there >= 58, np.nan, 0.1)
    gate = attrition({"SFT": sft, "RL": rl}, least=0.9)
    verdict = RULE.judge(sft - rl, gates=[gate])
    assert gate.passed and verdict.word == "NOT VALID" and "12 of 64 seeds" in " ".join(verdict.reasons)


def test_seeds_are_left_out_only_where_attrition_counted_them_and_then_it_is_said():
    values = [*around(0.3), np.nan, np.nan]
    with pytest.raises(ValueError, match="never drop them silently"):
        RULE.judge(values, gates=[GOOD])
    verdict = RULE.judge(values, gates=[attrition({"RL": values})])
    assert (verdict.word, verdict.left_out, verdict.effect.seeds) == ("SUPPORTS", 2, 20)
    assert "20 seeds, 2 left out" in verdict._repr_mimebundle_()["text/markdown"]
    with pytest.raises(ValueError, match="no finite value"):
        RULE.judge([*around(0.3), np.inf], gates=[attrition({"RL": values})])


@pytest.mark.parametrize(
    "how, says",
    [
        ({"gates": ["moved"]}, "gates are what"),
        ({"gates": [True]}, "gates are what"),
        ({"gates": GOOD}, r"gates=\[moved"),
        ({"gates": "moved"}, r"gates=\[moved"),
        ({"gates": 5}, r"gates=\[moved"),
        ({"measured": {"a": "lots"}}, "'a' is one number: got 'lots'"),
        ({"measured": {"a": [1, 2]}}, "'a' is one number"),
        ({"measured": [1, 2]}, "numbers by name"),
        ({"measured": FRAME}, "numbers by name"),
        ({"multiverse": [1]}, "values come as a table"),
        ({"does_not_show": ["a", "b"]}, "one text in Markdown"),
    ],
)
def test_what_goes_with_the_values_is_looked_at_too(how, says):
    with pytest.raises(TypeError, match=says):
        RULE.judge(around(0.3), **how)


def test_two_further_results_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two results would have one name, '1'"):
        RULE.judge(around(0.3), measured={1: 2, "1": 3})


@pytest.mark.parametrize("key", ["needs", "was", "judges"])
def test_a_rule_takes_lists_of_texts_and_not_one_text(key):
    with pytest.raises(TypeError, match=f"{key} is a list of strings: got one string"):
        Rule.__post_init__(SimpleNamespace(**{**vars(RULE), key: "moved"}))  # its types are not checked there
    Rule.__post_init__(listed := SimpleNamespace(**{**vars(RULE), key: ["moved"]}))
    assert getattr(listed, key) == ("moved",)


@pytest.mark.parametrize(
    "change, says",
    [
        ({"matters": 0.0}, "matters is a number above 0"),
        ({"matters": np.nan}, "matters is a number above 0"),
        ({"scale": "logit"}, "scale is one of unbounded"),
        ({"sees": 0.0}, "sees is a number above 0"),
        ({"scale": "ratio"}, "of a ratio the neutral value is 1"),
        ({"scale": "ratio", "neutral": 1.0}, "a factor above 1"),
        ({"about": "C99"}, "claim is one of C1"),
        ({"beside": {"nobody-2020": "for"}}, "published result is one of"),
        ({"beside": {"yue-2025": ""}}, "or why it cannot be compared"),
    ],
)
def test_a_rule_that_cannot_judge_is_refused(change, says):
    with pytest.raises(ValueError, match=says):
        replace(RULE, **change)


UNITS = ["share of episodes", "probability", "Chance of a right move", "shares", "fraction of choices"]
UNITS += ["accuracy", "win share", "the share", "p", "mean accuracy of 100 answers", "Success rate"]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("scale", ["unbounded", "difference", "share", "positive"])
@pytest.mark.parametrize(
    "values", [np.linspace(50, 60, 8), np.linspace(0.1, 1.1, 8), np.array([np.nan, 2.0] * 4)]
)
def test_per_cent_are_no_shares_whatever_the_scale_of_a_rule_is(unit, scale, values):
    one = replace(RULE, unit=unit, scale=scale)
    with pytest.raises(
        ValueError, match=r"beyond -1 or 1: got values from .* write 0\.0|beyond -1 or 1: got .*0\.6\)"
    ):
        one.judge(
            values,
            gates=[attrition(pd.DataFrame({"RL": values}), least=0.1)] if np.isnan(values).any() else (),
        )
    with pytest.raises(ValueError, match=r"of a .* nothing is larger than 1: got 10 \(for 10 % write 0\.1\)"):
        replace(one, matters=10.0)
    if scale == "unbounded":
        with pytest.raises(ValueError, match="beyond -1 or 1"):
            one.judge(Interval.of(np.linspace(50, 60, 8)))


NO_SHARES = [
    "%",
    "share of episodes, in %",
    "share in per cent",
    "steps",
    "percentage points",
    "share (0 to 100)",
]
NO_SHARES += [
    "accuracy in %",
    "steps to a share of 0.9",
    "log share",
    "log odds of a share",
    "hundredths of a share",
]


@pytest.mark.parametrize("unit", NO_SHARES)
def test_a_unit_that_is_no_share_takes_any_value(unit):
    assert replace(RULE, unit=unit, matters=5.0).judge(np.linspace(50, 60, 8)).word == "SUPPORTS"


def test_a_share_that_float32_has_rounded_up_is_one():
    row = np.array([1 + 1e-7, 1, 0.9, 0.95], dtype=np.float32)
    assert replace(RULE, unit="share of episodes").judge(row).word == "SUPPORTS"
    assert (
        replace(RULE, unit="share of times", scale="ratio", neutral=1.0, matters=1.5)
        .judge([3.0, 4, 5, 6])
        .valid
    )


@pytest.mark.parametrize(
    "scale, word",
    [
        ("unbounded", "NOT VALID"),
        ("positive", "NOT VALID"),
        ("share", "SUPPORTS"),
        ("difference", "SUPPORTS"),
    ],
)
def test_seeds_that_are_all_alike_have_an_honest_width_or_no_word(scale, word):
    verdict = replace(RULE, scale=scale).judge([0.5] * 64)
    alike = "all 64 have the same value" in " ".join(verdict.reasons)
    assert verdict.word == word and alike == (word == "NOT VALID")
    assert "all seeds alike" in verdict._repr_mimebundle_()["text/markdown"]


def test_seeds_that_are_all_alike_need_many_before_nothing_is_said_to_matter():
    words = {seeds: replace(RULE, scale="difference").judge([0.0] * seeds).word for seeds in (8, 30, 31, 64)}
    none, unclear = "NO RELEVANT DIFFERENCE", "INCONCLUSIVE"
    assert words == {8: unclear, 30: unclear, 31: none, 64: none}


RATIO = replace(RULE, scale="ratio", neutral=1.0, matters=1.5)


@pytest.mark.parametrize(
    "mean, word",
    [(2.0, "SUPPORTS"), (0.5, "OPPOSITE"), (1.0, "NO RELEVANT DIFFERENCE"), (1.5, "INCONCLUSIVE")],
)
def test_of_a_ratio_what_matters_is_a_factor_either_way(mean, word):
    assert RATIO.zones == (pytest.approx(1 / 1.5), 1.5)
    effect = Interval(mean, mean / 1.1, mean * 1.1, 20, (), "ratio")
    assert RATIO.judge(effect).word == word
    assert RATIO.p(effect) < 0.05 or word == "INCONCLUSIVE"


def test_a_ratio_is_not_judged_as_if_zero_were_no_difference():
    x = np.random.default_rng(0).normal(size=20)
    ratio = spread_ratio(x, x[::-1] * 1.01)
    with pytest.raises(
        ValueError, match=r"judges differences, .*: got an interval of how many times as large"
    ):
        RULE.judge(ratio)
    assert RATIO.judge(ratio).word == RATIO.word(ratio) != "OPPOSITE"


def test_a_word_is_said_where_chance_would_give_it_less_than_once_in_twenty():
    for mean in np.linspace(-0.4, 0.4, 33):
        for width in (0.01, 0.1, 0.3):
            effect = Interval.of(around(mean, width))
            assert (RULE.p(effect) < 0.05) == (RULE.word(effect) != "INCONCLUSIVE")


def test_a_share_is_judged_on_its_own_scale():
    values = [1.0, 1.0, 1.0, 0.9, 0.98]
    assert RULE.judge(values).effect.high > 1 >= replace(RULE, scale="share").judge(values).effect.high


# Published beside ours


@pytest.mark.parametrize(
    "said, word, comparison",
    [
        ("for", "SUPPORTS", "agrees"),
        ("for", "OPPOSITE", "disagrees"),
        ("for", "NO RELEVANT DIFFERENCE", "disagrees"),
        ("against", "OPPOSITE", "agrees"),
        ("against", "SUPPORTS", "disagrees"),
        ("for", "INCONCLUSIVE", "not comparable: ours is INCONCLUSIVE"),
        ("against", "NOT VALID", "not comparable: ours is NOT VALID"),
        ("both", "SUPPORTS", "agrees in some of its settings"),
        ("it measures pears", "SUPPORTS", "not comparable: it measures pears"),
    ],
)
def test_a_published_result_agrees_disagrees_or_cannot_be_compared(said, word, comparison):
    assert replace(RULE, beside={"yue-2025": said}).compared("yue-2025", word).startswith(comparison)


# What is stored


@pytest.fixture
def verdict(file):
    predict("00.a", {"SFT": 0.9}, confidence=0.7)
    how = {"measured": {"SFT": 0.96, "RL": np.nan}, "predicted": "00.a", "does_not_show": "- All of it."}
    return RULE.judge([0.34, 0.35, 0.36, 0.35], gates=[GOOD], **how)


def test_a_verdict_says_everything_that_a_reader_needs(verdict):
    said = verdict._repr_mimebundle_()["text/markdown"]
    for part in (
        *("SUPPORTS", "It is so.", "0.35 [0.34, 0.36]", "4 seeds", "apples", "From -0.1 to 0.1", "all there"),
        *("- All of it.", "Langosco et al. (2022", "not comparable: it has no apples", "Beside ours: agrees"),
        *("you predicted", "0.90"),
    ):
        assert part in said, part


@pytest.mark.parametrize(
    "value, kept", [(torch.tensor(0.5), 0.5), (None, None), (np.nan, None), (np.inf, None), (1, 1.0)]
)
def test_further_results_may_be_of_any_kind_and_missing(value, kept):
    verdict = RULE.judge(around(0.3), measured={"SFT": value})
    assert verdict.measured == {"SFT": kept} and "SFT" in verdict._repr_mimebundle_()["text/markdown"]


def test_what_machines_read_is_plain_json_without_nan(verdict):
    for one in (verdict, RULE.judge([0.3]), RULE.judge([0.1, 0.2])):
        facts = one._repr_mimebundle_()[VERDICT]
        assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert verdict.facts()["measured"] == {"SFT": 0.96, "RL": None}


def test_the_ledger_is_read_from_stored_verdicts(verdict, tmp_path):
    outputs = [
        {"data": json.loads(json.dumps(one._repr_mimebundle_()))} for one in (verdict, RULE.judge([0.3]))
    ]
    cells = [{"cell_type": "markdown"}, {"outputs": [{"data": {}}, *outputs]}]
    (tmp_path / "00.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    rows = stored_verdicts([tmp_path / "00.ipynb"])
    assert list(rows.verdict) == ["SUPPORTS", "NOT VALID"] and list(rows.seeds) == [4, 0]
    assert rows["mean"][0] == pytest.approx(0.35) and np.isnan(rows["mean"][1])
    assert rows.measured[0] == {"SFT": 0.96, "RL": None} and rows.gates[0][0]["name"] == "complete"


@pytest.mark.parametrize("copy", ["00_old.ipynb", "00_start_here_old.ipynb", "00_zz.ipynb", "00.ipynb"])
def test_what_stands_in_a_copy_of_a_lesson_is_nobodys_verdict(copy, tmp_path, monkeypatch):
    (tmp_path / "solutions").mkdir()
    name = "00_start_here.ipynb"
    for path, word in ((name, "SUPPORTS"), (f"solutions/{name}", "SUPPORTS"), (copy, "OPPOSITE")):
        outputs = [{"data": {VERDICT: {"name": "00.C8", "verdict": word}}}]
        title = {"cell_type": "markdown", "source": [f"# {word}"]}
        (tmp_path / path).write_text(json.dumps({"cells": [title, {"outputs": outputs}]}), encoding="utf-8")
    monkeypatch.setattr(verdicts, "LESSONS", tmp_path)
    monkeypatch.setattr(ledger, "LESSONS", tmp_path)
    assert list(stored_verdicts().verdict) == ["SUPPORTS"]
    assert ledger.lesson_of("00.C8") == f"[SUPPORTS](notebooks/{name})"


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "{}",
        "[1]",
        *(json.dumps({"cells": [{"outputs": [{"data": {VERDICT: x}}]}]}) for x in ([1], {"mean": 1})),
    ],
)
def test_a_file_that_is_no_notebook_is_named(tmp_path, content):
    (tmp_path / "07.ipynb").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"07\.ipynb"):
        stored_verdicts([tmp_path / "07.ipynb"])


@pytest.mark.parametrize("sees, says", [(0.03, "which is less than"), (0.2, "which is not less than")])
def test_a_rule_says_what_it_can_see(sees, says):
    said = replace(RULE, sees=sees)._repr_markdown_()
    assert f"reach {sees} to either side" in said and says in said
    assert "What it can see" not in RULE._repr_markdown_()


# The rules of the course


@pytest.mark.parametrize("name", rules())
def test_a_rule_of_the_course_says_all_that_it_must(name):
    one = rule(name)
    own = {"07.nats"}  # asks for one part of C18, in one currency
    assert name.split(".")[1] == one.about or one.about not in claims() or name in own  # as a replication has
    shown = one._repr_markdown_()
    for part in (one.says, one.measure, one.unit, one.why, f"{one.matters:g}", *one.needs):
        assert part in shown


@pytest.mark.parametrize("name", [name for name, one in rules().items() if one.was])
def test_earlier_forms_of_a_rule_stand_with_its_verdict_and_not_before_it(name):
    one = rule(name)
    values = np.ones(8) if one.scale == "counted" else np.linspace(0.6, 0.7, 8)
    assert not any(was in one._repr_markdown_() for was in one.was)
    assert all(was in one.judge(values)._repr_mimebundle_()["text/markdown"] for was in one.was)


def test_an_unknown_rule_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match=r"rule is one of 00.C8, "):
        rule("00.C7")
