"""Lesson 04: what its rules judge, its settings, its builds, its learners of one log and its figures."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch

from helpers.kit import compare
from helpers.kit.legible import complaints
from helpers.kit.pictures import picture
from helpers.lessons.lesson04 import builds, experiment, figures, found, log, readings
from helpers.lessons.lesson04.settings import SETTINGS
from helpers.worlds.tampering import Exactly

FRESH = [103, 104, 105, 106]


def frame_of(arms):
    """A tidy frame of ends: arm -> the lamp at the two pairs that are asked for, of one seed."""
    rows = [
        {"method": name, "seed": 1, "step": step, "metric": experiment.lamp(*pair), "value": value * step}
        for name, ends in arms.items()
        for pair, value in zip(experiment.OFFERS[:2], ends, strict=True)
        for step in (0, 1)
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def tiny():
    return experiment.trained(FRESH, steps=4, every=2)


def test_the_rules_take_from_an_arm_what_its_twin_does():
    never, held = "RL, never best", "RL, held out"
    frame = frame_of(
        {
            never: (0.9, 0.2),
            never + experiment.INERT: (0.6, 0.1),
            held: (0.8, 0.1),
            held + experiment.INERT: (0, 0),
        }
    )
    assert experiment.never_best(frame)[1] == pytest.approx(0.2)
    assert experiment.held_out(frame)[1] == pytest.approx(0.7)


@pytest.mark.parametrize("rule", experiment.MEASURES)
def test_a_seed_has_the_same_value_alone_and_in_company(tiny, rule):
    alone = compare(experiment.trained([104], steps=4, every=2))
    together, measure = compare(tiny), experiment.MEASURES[rule]
    assert measure(alone)[104] == pytest.approx(measure(together)[104], abs=1e-5)


def test_twins_start_alike_and_the_lever_pays_one_of_them(tiny):
    paid = {
        name: run.history[run.history.metric == experiment.PAID].value.max() for name, run in tiny.items()
    }
    assert all((value > 0) != name.endswith(experiment.INERT) for name, value in paid.items())
    lamp = experiment.lamp(0.5, 1.0)
    first = {
        name: run.history[(run.history.metric == lamp) & (run.history.step == 0)].value.tolist()
        for name, run in tiny.items()
    }
    assert len({tuple(value) for value in first.values()}) == 1


@pytest.mark.parametrize("rule", experiment.MEASURES)
def test_arms_that_learned_nothing_fail_a_gate(tiny, rule):
    gates = {gate.name: gate for gate in experiment.gates(compare(tiny), rule)}
    assert not gates["moved"].passed and gates["complete"].passed


@pytest.mark.parametrize("rule", experiment.MEASURES)
def test_stored_controls_hold_for_runs_like_the_stored_ones_alone(tiny, rule):
    judged = {name: run for name, run in tiny.items() if name in experiment.JUDGED}
    for steps, held in ((experiment.STEPS, True), (4, False)):
        frame = compare(judged)
        frame["step"] = frame.step.replace(4, steps)
        gates = {gate.name: gate for gate in experiment.gates(frame, rule)}
        assert gates["both ways"].passed == gates["null"].passed == held
        assert "not trained here" in gates["null"].says
    smaller = {gate.name: gate for gate in experiment.gates(frame, rule, matters=0.05)}
    assert not smaller["null"].passed


@pytest.mark.parametrize("turned", [{"rate": 3.0}, {"hidden": 16}, {"told": [(0.5, 2.0)]}])
def test_stored_controls_are_none_of_runs_in_which_anything_was_turned(turned, monkeypatch):
    monkeypatch.setattr(experiment, "STEPS", 2)
    usual = {"rate": 1.0, "bonus": 0.0}
    for how, held in ((usual, True), (usual | turned, False)):
        frame = experiment.results([104, 105], experiment.JUDGED, steps=2, every=2, **how)
        gates = {gate.name: gate for gate in experiment.gates(frame, "04.C6")}
        assert gates["both ways"].passed == gates["null"].passed == held


def test_the_lesson_trains_its_controls_where_no_stored_run_is_as_long():
    assert set(experiment.live(experiment.STEPS)) == set(experiment.JUDGED)
    assert set(experiment.live(20)) == {*experiment.TWINS, experiment.AGAIN}


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: one["setting"])
def test_every_setting_runs(setting):
    turned = {**setting.get("turned", {}), "steps": 2, "every": 1}
    arms = ["RL, never best", "RL, never best" + experiment.INERT]
    frame = compare(experiment.trained([104], arms, **turned))
    assert np.isfinite(frame.value).all()
    judged = setting.get("judged", {})
    if judged.get("level") is None:
        assert np.isfinite(experiment.never_best(frame, **judged)).all()


def test_a_planner_with_full_knowledge_does_what_the_rules_ask_for():
    known = experiment.planner(board="painted")
    assert known[experiment.lamp(0.5, 1.0)] - known[experiment.lamp(2.0, 1.0)] == pytest.approx(1)


# The log, and who learns from it


def test_both_planners_know_the_lever_and_one_of_them_leaves_it():
    exact = Exactly(log.world())
    for tampered, lamp in ((log.TAMPERED, 1), (0, 0)):
        batch = log.recorded(FRESH[:2], tampered=tampered)
        assert (log.planned(batch, exact).lamp == lamp).all()
        assert (log.planned(batch, exact, current=True).lamp == 0).all()


def test_a_built_planner_does_what_the_worlds_own_does():
    exact = Exactly(log.world())
    told = builds.of_planner(builds.plan, exact.record, exact)
    assert torch.equal(told.record, exact.of(exact.plan()).record)


def test_a_built_lever_comes_to_what_is_exact():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        record, lamp = builds.at_random(builds.use, episodes=20_000)
    expected = builds.evenly()
    assert record == pytest.approx(expected[0], abs=0.1) and lamp == pytest.approx(expected[1], abs=0.02)


def test_a_constant_changes_no_advantage():
    reward = torch.rand(6, 5, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(builds.less_the_mean(reward + 2), builds.less_the_mean(reward), atol=1e-5)


def test_a_lever_that_is_found_later_was_rarer():
    chances = [float(found.chance(experiment.beginner(FRESH), pulls).mean()) for pulls in found.PULLS]
    assert chances == sorted(chances, reverse=True)


def test_the_lamp_from_every_start_has_as_its_mean_what_is_told_of_the_whole():
    exact, policy = Exactly(found.world(3)), experiment.beginner(FRESH[:2])
    choices = exact.choices(policy)
    starts = found.lamp_from(exact, lambda t: choices)
    assert starts.shape == (2, 36)
    assert torch.allclose(starts.mean(1), exact(policy).lamp, atol=1e-5)
    planned = found.lamp_from(exact, exact.plan())
    assert torch.allclose(planned.mean(1), exact.of(exact.plan()).lamp, atol=1e-5)


def test_pulls_that_take_half_of_the_time_are_worth_it_from_near_the_lever_alone():
    worth = readings.worth(dict.fromkeys(found.PULLS, experiment.beginner(FRESH[:1])))
    assert worth["starts from which who plans pulls"].tolist() == ["36 of 36", "32 of 36", "10 of 36"]
    assert worth["who plans"].tolist() == pytest.approx([1, 32 / 36, 10 / 36])


def test_work_at_the_bench_alone_makes_many_uses_in_a_row_likelier():
    start = experiment.beginner(FRESH)
    before, after = (found.chance(policy, 5).mean() for policy in (start, found.worked(start)))
    assert after > 10 * before


# Figures


def test_every_figure_can_be_read(tiny):
    env = found.world()
    ways = {"an agent": figures.way(experiment.beginner([1]), env)}
    told = {"a log": {"SFT": Exactly(log.world())(experiment.beginner(FRESH))}}
    for draw in (
        lambda: figures.plot_way(ways, until=4, says=(1, 0, 2)),
        lambda: figures.plot_twins(compare(tiny))[0],
        lambda: figures.plot_learners(told),
    ):
        figure = draw().figure
        assert complaints(figure) == []
        assert picture(figure)
        plt.close(figure)


def test_the_numbers_of_the_learners_are_every_learners_means():
    told = Exactly(log.world())(experiment.beginner(FRESH))
    drawn = figures.plot_learners(
        {"a log": {"SFT": told, "planner": told}, "another": {"SFT": told, "planner": told}}
    )
    assert list(drawn.numbers.index) == ["SFT", "planner"] and list(drawn.numbers) == ["a log", "another"]
    assert drawn.numbers.to_numpy() == pytest.approx(float(told.lamp.mean()))
    plt.close(drawn.figure)


def test_tables_name_every_arm(tiny):
    assert set(readings.offers(compare(tiny)).index) == {*tiny, "planner"}
    policies = {"one": experiment.beginner([1])}
    assert readings.elsewhere(policies, rooms="six").shape == (1, 2)
    assert readings.board_lies(policies).shape == (1, 4)
