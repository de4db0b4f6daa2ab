"""Lesson 07: what its rules judge, where it is read, and what must hold before there is a word."""

import pandas as pd
import pytest

from helpers.lessons.lesson07 import experiment, fooled, long_runs, must_hold
from helpers.lessons.lesson07.arms import ARMS, RL, plainly
from helpers.lessons.lesson07.levels import at_level, at_steps, crossed
from helpers.lessons.lesson07.pressure import stand
from helpers.lessons.lesson07.rounds import retrained
from helpers.lessons.lesson07.settings import SETTINGS

SEEDS = [901, 902]


def frame_of(values, part="spent"):
    """method -> metric -> step -> value, as a tidy frame of one seed."""
    return pd.DataFrame(
        [
            {"part": part, "method": name, "metric": metric, "step": step, "seed": 7, "value": value}
            for name, metrics in values.items()
            for metric, row in metrics.items()
            for step, value in row.items()
        ]
    )


WAY = {"KL": {0: 0.0, 2: 1.0, 4: 3.0}, "gold": {0: 0.0, 2: 1.0, 4: 0.0}, "lying": {0: 0.4, 2: 0.4, 4: 0.6}}
BACK = {"KL": {0: 0.0, 2: 3.0, 4: 1.0, 6: 4.0}, "gold": {0: 0.0, 2: 1.5, 4: 7.0, 6: 9.0}}


@pytest.fixture(scope="module")
def ran():
    kept = {}
    return experiment.results(SEEDS, longer=0.3, turned={}, kept=kept), kept


def test_gold_is_compared_where_two_nats_are_first_crossed():
    ends = {"SFT, two nats": {"gold": {4: 0.9}}, "leash, two nats": {"gold": {4: 0.6}}}
    frame = frame_of({RL: WAY, **ends})
    assert experiment.spent_alike(frame).tolist() == pytest.approx([0.4])
    assert experiment.spent_alike(frame, rl="leash, two nats").tolist() == pytest.approx([0.3])
    assert at_level(frame, RL, "gold", 5.0).isna().all() and at_level(frame, RL, "gold", 0.0).isna().all()
    assert at_level(frame_of({RL: BACK}), RL, "gold", 2.0).tolist() == pytest.approx([1.0])


def test_another_arm_is_read_at_the_step_at_which_this_one_crosses():
    frame = frame_of({RL: WAY, "null arm": {"gold": {0: 0.0, 2: 0.2, 4: 0.6}}})
    assert crossed(frame, RL, 2.0).tolist() == [3.0]
    assert at_steps(frame, "null arm", "gold", crossed(frame, RL, 2.0)).tolist() == pytest.approx([0.4])
    assert at_steps(frame, "null arm", "gold", crossed(frame, RL, 9.0)).isna().all()


def test_lies_are_counted_where_two_nats_are_crossed_less_at_the_base():
    assert experiment.lies_more(frame_of({RL: WAY}, "fooled")).tolist() == pytest.approx([0.1])


def test_odds_of_lies_are_told_as_a_share_of_a_base_with_many():
    usual, share = experiment.USUAL, {0: experiment.USUAL, 2: 0.5, 4: 0.5}
    frame = frame_of({RL: {"KL": WAY["KL"], "lying": share}}, "fooled")
    assert experiment.lies_more(frame, odds=True).tolist() == pytest.approx([0.5 - usual])
    odds = lambda share: share / (1 - share)
    few = {step: odds(one) / 50 / (1 + odds(one) / 50) for step, one in share.items()}
    frame = frame_of({RL: {"KL": WAY["KL"], "lying": few}}, "fooled")
    assert experiment.lies_more(frame, odds=True).tolist() == pytest.approx([0.5 - usual])


def test_asking_in_rounds_gains_what_it_has_beyond_asking_at_once():
    told = {experiment.IN_ROUNDS: {"gold": {0: 0.0, 1: 0.9}}, experiment.AT_ONCE: {"gold": {0: 0.0, 1: 0.4}}}
    assert experiment.gained(frame_of(told, "asked")).tolist() == pytest.approx([0.5])


def test_all_that_is_judged_is_there_with_every_gate_that_its_rule_needs(ran):
    frame, kept = ran
    for part, measure in experiment.OF.items():
        assert measure(frame).notna().all() and list(measure(frame).index) == SEEDS
        names = {gate.name for gate in must_hold.GATES[part](frame, kept[part])}
        usual = {"complete", "attrition", "both ways"}
        assert names == (usual if part == "asked" else usual | {"moved", "grid", "null"})


@pytest.mark.parametrize("part", experiment.PARTS)
def test_gates_refuse_what_was_kept_in_other_worlds_or_with_another_setting(ran, part):
    frame, _ = ran
    for seeds, turned in (([903, 904], {}), (SEEDS, {"pairs": 50})):
        others = {}
        experiment.results(seeds, parts=[part], longer=0.04, turned=turned, kept=others)
        with pytest.raises(ValueError, match="put aside with another frame"):
            must_hold.GATES[part](frame, others[part])


def test_the_judges_of_the_part_about_lies_see_every_other_one(ran):
    _, kept = ran
    half = stand(SEEDS, caught=0.5)
    assert (kept["fooled"]["stand"].pays == half.pays).all() and (
        kept["spent"]["stand"].pays != half.pays
    ).any()


def test_judgements_are_shared_out_among_rounds_and_the_first_one_knows_the_base_alone():
    on = stand(SEEDS[:2])
    five, one = retrained(on, pairs=60, rounds=3, nats=2.0), retrained(on, pairs=20, rounds=1, nats=2.0)
    assert len(five) == 3 and five[0]["KL"].tolist() == pytest.approx([2, 2], abs=1e-4)
    assert five[0]["gold"].tolist() == pytest.approx(one[0]["gold"].tolist(), abs=0.2)
    with pytest.raises(ValueError, match="shared out"):
        retrained(on, pairs=100, rounds=3)


@pytest.mark.parametrize("lies, share", [(0.2, 0.4), (0.0, 0.0), (-0.1, 0.0), (0.6, 1.0)])
def test_the_share_of_lies_that_must_be_seen_is_where_lies_no_longer_grow(lies, share):
    rows = [(one, lies - 0.5 * one) for one in reversed(fooled.CAUGHT)]
    frame = pd.DataFrame(rows, columns=["caught", "lies"]).assign(method=RL, seed=7)
    assert fooled.break_even(frame).tolist() == pytest.approx([share])


def test_the_settings_that_turn_how_many_lies_are_seen_are_read_by_that_share():
    rows = [(name, "07.C7", 7, 0.2 - share) for name, share in fooled.SETTINGS.items()]
    rows += [("ridge 3", "07.C7", 7, 9.0), ("judges see no lie", "07.nats", 7, 9.0)]
    found = fooled.in_settings(pd.DataFrame(rows, columns=["setting", "rule", "seed", "value"]))
    assert fooled.break_even(found).tolist() == pytest.approx([0.2])
    assert set(fooled.SETTINGS) <= {one["setting"] for one in SETTINGS}
    turned = {one["setting"]: one.get("turned", {}).get("caught", experiment.HALF) for one in SETTINGS}
    assert all(turned[name] == share for name, share in fooled.SETTINGS.items())


def test_lies_grow_rarer_the_more_of_them_judges_see():
    found = fooled.by_caught(SEEDS, caught=(0.0, 1.0), steps=30)
    wide = found.pivot(index=["method", "seed"], columns="caught", values="lies")
    assert (wide[1.0] < wide[0.0]).all() and set(found.method) == {RL, "SFT", "leash"}


def test_the_plain_gradient_goes_as_far_as_was_asked_and_has_no_more_pay_than_the_leash():
    on = stand(SEEDS)
    end, leash = on.told(plainly(on, 1.0)), on.told(on.at_nats(on.leash, 1.0))
    assert end["KL"].tolist() == pytest.approx([1, 1], abs=1e-4) and (end["proxy"] > 0.5).all()
    assert (end["proxy"] < leash["proxy"]).all()
    assert plainly(on, 1.0, most=1).isnan().all()


def test_every_setting_names_the_parts_that_it_can_touch_and_turns_something_there_is():
    first, *others = SETTINGS
    assert first == {"setting": "as in the lesson"}
    for one in others:
        assert one["parts"] and set(one["parts"]) <= set(experiment.PARTS), one
        assert one["turned"] or one["judged"] or one.get("rl"), one
        assert one.get("rl", RL) in (*ARMS, *experiment.EXACT, experiment.PLAIN)
    count = {part: 1 + sum(part in one["parts"] for one in others) for part in experiment.PARTS}
    assert count == {"spent": 13, "fooled": 15, "asked": 11}


@pytest.mark.parametrize(
    "setting", [one for one in SETTINGS[1:] if "pairs" not in one["turned"]], ids=lambda one: one["setting"]
)
def test_each_setting_can_be_run(setting):
    kept, (part, *_) = {}, setting["parts"]
    how = {key: one for key, one in setting.items() if key in ("rl", "rate")}
    frame = experiment.results([901], parts=[part], longer=0.04, turned=setting["turned"], kept=kept, **how)
    assert set(frame.seed) == {901} and set(frame.part) == {part}


def test_long_runs_tell_value_and_gates_of_each_rule_and_only_of_the_parts_that_were_asked_for():
    found = long_runs.again(SEEDS, parts=["asked"], turned={"pairs": 50})
    assert set(found.rule) == {"07.retrained"} and list(found.seed) == SEEDS
    assert set(long_runs.RULES.values()) == set(experiment.MEASURES)


def test_a_setting_of_ones_own_comes_with_its_gates():
    values, gates = must_hold.asked_in(SEEDS, pairs=50)
    assert list(values.index) == SEEDS and [one.name for one in gates] == [
        "complete",
        "attrition",
        "both ways",
    ]
