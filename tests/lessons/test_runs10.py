"""Lesson 10's long runs: a setting turns what it says, and takes the rest from the lesson's own nets."""

import inspect

import pytest

from helpers.lessons.lesson10 import attacks, experiment, long_runs, must_hold
from helpers.lessons.lesson10.settings import SETTINGS

SMALL = {"updates": 4, "more": 1, "judged_by": {"count": 40}, "attack": {"batches": 1}}
SEEDS = (3, 4, 5, 6)
RATE, PERFECT, GRADED, SLOW, JUDGE = (
    {"measured": {"10.C15": {}}, "rate": 30.0},
    {"measured": {"10.now": {"against": experiment.CLEAN}}},
    {"measured": {"10.now": {}}, "graded": True},
    {"measured": {"10.tag": {}}, "attack": {"batches": 1, "lr": 1e-5}},
    {"judged_by": {"slips": 0.5, "count": 40}},
)


@pytest.fixture(scope="module")
def told():
    """What kinds of settings say, in small, and which arms were pretrained for each."""
    small = pytest.MonkeyPatch()
    real, trained, said = long_runs.results, [], {}

    def results(seeds, **how):
        kept = how.setdefault("kept", {})
        before = set(how.get("made", ()))
        frame = real(seeds, **(SMALL | how))
        trained.append(set(kept["trial"].made) - before)
        return frame

    small.setattr(long_runs, "results", results)
    small.setattr(experiment, "PROMPTS", 4)
    long_runs.as_in_the_lesson.cache_clear()
    turned = {"own": {}, "rate": RATE, "perfect": PERFECT, "graded": GRADED, "slow": SLOW, "judge": JUDGE}
    for name, how in turned.items():
        trained.clear()
        said[name] = long_runs.again(SEEDS, **how), set().union(*trained)
    yield said
    long_runs.as_in_the_lesson.cache_clear()
    small.undo()


def values(told, kind, rule):
    frame, _ = told[kind]
    return frame[frame.rule == rule].set_index("seed").value.tolist()


def test_a_setting_is_judged_by_the_rules_that_it_says(told):
    rules = {kind: list(frame.rule.unique()) for kind, (frame, _) in told.items()}
    every = list(experiment.MEASURES)
    assert rules["own"] == rules["judge"] == every
    assert {kind: rules[kind] for kind in ("rate", "perfect", "graded", "slow")} == {
        "rate": ["10.C15"], "perfect": ["10.now"], "graded": ["10.now"], "slow": ["10.tag"]
    }  # fmt: skip


@pytest.mark.parametrize(
    "kind, rule",
    [
        ("rate", "10.C15"),
        ("perfect", "10.now"),
        ("graded", "10.now"),
        ("slow", "10.tag"),
        ("judge", "10.now"),
    ],
)
def test_what_is_turned_changes_what_is_judged(told, kind, rule):
    assert values(told, kind, rule) != values(told, "own", rule)


def test_only_what_a_setting_touches_is_pretrained_again(told):
    anew = {kind: arms for kind, (_, arms) in told.items() if kind != "own"}
    touched = {experiment.FILTERED, experiment.TAGS, experiment.LOT}
    assert anew == {"rate": set(), "perfect": set(), "graded": set(), "slow": set(), "judge": touched}


def test_every_setting_turns_what_an_experiment_takes_and_has_a_name_of_its_own():
    takes = {*inspect.signature(experiment.trial).parameters, "attack", "arms", "measured", "setting"}
    names = [one["setting"] for one in SETTINGS]
    assert len(set(names)) == len(names) and {*SETTINGS[0]} == {"setting"}
    for one in SETTINGS:
        assert {*one} <= takes
        assert {*one.get("arms", ())} <= {*experiment.ARMS}
        assert {*one.get("attack", ())} <= {*inspect.signature(attacks.later).parameters}
        for rule, how in one.get("measured", {}).items():
            for taker in (experiment.MEASURES[rule], must_hold.GATES[rule]):
                assert {*how} <= {*inspect.signature(taker).parameters}


def test_no_net_is_judged_in_two_tables_or_was_tried_before():
    judged = [seed for name, plan in long_runs.PLANS.items() if name != "read" for seed in plan.seeds]
    assert len(set(judged)) == len(judged) and not set(judged) & set(long_runs.TRIAL)
