"""Lesson 06: what its rules judge, its settings, its builds, its readings and its figures."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import torch

from helpers.kit.legible import complaints
from helpers.kit.pictures import picture
from helpers.lessons.lesson06 import builds, experiment, figures, gates, long_runs, onlookers, readings
from helpers.lessons.lesson06.settings import SETTINGS
from helpers.worlds.pulls import one_task

FRESH = [103, 104, 105, 106]


@pytest.fixture(scope="module")
def tiny():
    kept = {}
    return experiment.results(FRESH, list(experiment.ARMS), steps=6, kept=kept), kept


def goes_by(choice):
    """Twins of a past by a rule `choice(seen)`: the chance of arm 2 where it was better, less where it was not."""
    here, there = onlookers.paired([0, 1], (0.45, 0.05))
    return (choice(there).float() - choice(here).float()).mean(1)


def test_who_goes_by_the_last_four_pulls_or_by_what_was_pulled_oftener_has_nothing_and_a_counter_much():
    arm_2 = lambda seen: seen[..., 2:].sum((2, 3))
    assert goes_by(lambda seen: seen[:, :, -4:, 2].sum(-1) > 0).tolist() == [0, 0]
    assert goes_by(lambda seen: arm_2(seen) > 5).tolist() == [0, 0]
    assert (goes_by(lambda seen: seen[..., 2].sum(-1) > seen[..., 0].sum(-1)) > 0.3).all()


def test_twins_have_the_same_arms_and_the_same_last_pulls_and_see_nothing_at_first():
    here, there = onlookers.paired([0], (0.45, 0.05), last=3)
    arms = lambda seen: seen.view(*seen.shape[:-1], 2, 2).sum(-1)
    assert torch.equal(arms(here), arms(there)) and torch.equal(here[:, :, -3:], there[:, :, -3:])
    assert not here[:, :, 0].any() and not torch.equal(here, there)


def test_the_best_learner_for_skewed_tasks_starts_with_arm_1_and_finds_arm_2():
    known = experiment.exactly("skewed")
    takes = 1 - known.takes(known.best(), experiment.TASK)
    assert takes[0] == 0 and takes[-1] > 0.9


@pytest.mark.parametrize("kind", experiment.NEW)
def test_training_never_has_two_arms_of_the_new_kind(kind):
    inside = experiment.LEFT_OUT[kind]
    assert inside(torch.tensor([experiment.NEW[kind]])).all()
    assert not inside(experiment.tasks("even", left_out=kind).pairs).any()


@pytest.mark.parametrize("arm", [0, 1])
def test_a_habit_finds_nothing_whichever_arm_it_has(arm):
    policy = experiment.beginner([3, 4])
    with torch.no_grad():
        policy._weights()["say.bias"][:, arm] += 100
    assert experiment.probe("skewed")(policy)[experiment.FINDS].tolist() == [0, 0]


@pytest.mark.parametrize("rule", experiment.MEASURES)
def test_a_seed_has_the_same_value_alone_and_in_company(tiny, rule):
    alone, measure = experiment.results([104], experiment.JUDGED[rule], steps=6), experiment.MEASURES[rule]
    assert measure(alone)[104] == pytest.approx(measure(tiny[0])[104], abs=1e-4)


@pytest.mark.parametrize("rule", experiment.MEASURES)
def test_every_gate_that_a_rule_needs_is_looked_at(tiny, rule):
    from helpers.kit.rules import rule as known

    assert {gate.name for gate in gates.gates(tiny[0], rule)} >= set(known(rule).needs)


def test_what_began_as_trained_nets_need_not_have_learned_anew():
    frame = experiment.results(FRESH, experiment.JUDGED["06.C5"], steps=3, start="SFT, skewed")
    warm = frame.assign(
        value=frame.value.mask((frame.metric == experiment.SCORE) & (frame.method == "RL, skewed"), 0.9)
    )
    told = {gate.name: gate for gate in gates.gates(warm, "06.C5")}["moved"].says
    assert "SFT, skewed" in told and "RL" not in told


def test_a_measure_that_still_moves_is_not_settled():
    end, before = pd.Series([0.9, 0.8, 0.85, 0.9]), pd.Series([0.5, 0.4, 0.45, 0.55])
    assert not gates.settled(end, before, matters=0.1).passed
    assert gates.settled(end, end - 0.01, matters=0.1).passed


def test_settings_turn_one_thing_each_and_name_rules_that_there_are():
    names = [one["setting"] for one in SETTINGS]
    assert len(set(names)) == len(names) and names[0] == "as in the lesson"
    assert all(set(one.get("rules", experiment.MEASURES)) <= set(experiment.MEASURES) for one in SETTINGS)


def test_again_judges_the_rules_that_a_setting_names():
    table = long_runs.again(FRESH, rules=["06.C5"], turned={"steps": 3, "start": "RL", "bonus": 0.1})
    assert set(table.rule) == {"06.C5"} and len(table) == len(FRESH)


def test_a_net_lives_in_ones_own_code_as_in_the_courses(tiny):
    net = tiny[1]["RL"].policy
    weights = builds.weights_of(net, 104)
    pays, noise = torch.randint(2, (6, 9, 2)).float(), torch.randn(6, 9, 2)
    pulled = builds.live(weights, pays, noise)
    paid = pays.gather(-1, pulled[..., None])[..., 0]
    seen = torch.nn.functional.one_hot((2 * pulled + 1 - paid).long(), 4).float()
    obs = torch.cat([torch.zeros(1, 9, 4), seen[:-1]]).transpose(0, 1)[None]
    logits = net.select(104).logits(obs)[0].transpose(0, 1)
    assert torch.equal((logits + noise).argmax(-1), pulled)


def test_twelve_pulls_are_worth_what_the_exact_world_says():
    from helpers.worlds.pulls import Exactly, Prior

    chance = (torch.arange(100) + 0.5) / 100
    known = Exactly(Prior(torch.cartesian_prod(chance, chance), torch.ones(10_000) / 10_000), 6)
    assert builds.worth(0, 0, 0, 0, 6) == pytest.approx(float(known.value[0].max()), abs=1e-3)


def test_a_layer_of_linear_attention_is_a_step_of_gradient_descent():
    x, y, query = torch.randn(5, 3), torch.randn(5), torch.randn(3)
    w = torch.zeros(3, requires_grad=True)
    (gradient,) = torch.autograd.grad(0.5 * (y - x @ w).square().sum(), w)
    assert torch.allclose(builds.one_step(x, y, query, 0.1), -0.1 * gradient @ query, atol=1e-6)


def test_ridge_errs_least_and_one_step_breaks_on_larger_inputs():
    near, far = (readings.regression(builds.one_step, scale=scale, most=12) for scale in (1.0, 3.0))
    last = lambda frame: frame[frame.step == 12].set_index("method").value
    assert last(near)["ridge"] < last(near)["one step in a layer"] < last(near)["says 0"]
    assert last(far)["ridge"] < last(far)["says 0"] < last(far)["one step in a layer"]


def test_looking_is_worth_less_the_more_often_arm_1_is_better():
    worth = readings.worth_looking((0.65, 0.95))["looking is worth"]
    assert worth[0.65] > worth[0.95] > 0


def test_the_same_counts_in_another_order_are_the_same_to_the_best_learner():
    seen = onlookers.watched([0], one_task(0.8, 0.2), episodes=50)
    turned = torch.cat([seen[:, :, :1], seen[:, :, 1:].flip(2)], 2)
    known = experiment.exactly("even")
    assert torch.equal(onlookers.second_of_best(known, seen), onlookers.second_of_best(known, turned))


def test_readings_have_a_row_for_each_learner(tiny):
    few = {name: readings.few(tiny[1][name].policy, [104, 106]) for name in ("RL", "SFT")}
    assert few["RL"].seeds == (104, 106)
    policy = tiny[1][
        "RL"
    ].policy  # of others that a reader has turned to, as many, or those of them that there are
    assert readings.few(policy, [7, 8]).seeds == policy.seeds[:2]
    assert readings.few(policy, [7, 104]).seeds == (104,)
    assert list(readings.told_otherwise(few).index) == ["RL", "SFT", "best learner"]
    assert readings.reordered(few)["look-up of the last pull"] > 0.2
    assert {"RL", "SFT", "best learner"} <= set(readings.scores(few).index)
    assert {"RL", "SFT", *experiment.BEST} < set(readings.at_the_end(few, [(0.2, 0.8)]).index)
    assert set(readings.keeps(few, [4]).index) == {"RL", "SFT", "best learner"}
    assert readings.split(tiny[0], ["RL"]).loc["RL", "below 0.1"] >= 0


def test_figures_can_be_read_and_say_what_they_show(tiny):
    few = {
        name: readings.few(tiny[1][name].policy, [104, 106]) for name in ("RL, skewed", "SFT, skewed", "RL")
    }
    tasks = {"arm 1 pays 0.8": (0.8, 0.2), "arm 2 pays 0.8": (0.2, 0.8)}
    handed = {name: readings.handed_over(few[name]) for name in ("RL", "SFT, skewed")}
    draw = [
        lambda: figures.plot_lives({name: readings.lives(few["RL"], odds) for name, odds in tasks.items()}),
        lambda: figures.plot_by_pull(readings.by_pull(few), "a title"),
        lambda: figures.plot_handed_over(handed),
        lambda: figures.plot_regression({"as in training": readings.regression(builds.one_step, most=6)}),
    ]
    for one in draw:
        one()
        figure = plt.gcf()
        assert not complaints(figure), complaints(figure)
        assert picture(figure)
        plt.close("all")


def test_of_three_nets_nobody_can_tell_whether_they_are_settled():
    three = pd.Series([0.1, 0.2, 0.3], index=[1, 2, 3])
    gate = gates.settled(three, three, matters=0.1)
    assert not gate.passed and "too few" in gate.says
