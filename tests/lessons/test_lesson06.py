"""Lesson 06: what its rules judge, its settings, its builds, its readings and its figures."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import torch

from helpers.kit.legible import complaints
from helpers.kit.pictures import picture
from helpers.lessons.lesson06 import (
    builds,
    experiment,
    figures,
    gates,
    long_runs,
    onlookers,
    players,
    readings,
    regression,
)
from helpers.lessons.lesson06.settings import SETTINGS
from helpers.worlds.pulls import one_task
from helpers.worlds.thumbs import best_table, takes_second

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


def test_each_rule_is_judged_in_the_settings_that_can_touch_it_on_seeds_of_its_own():
    found = {}
    for part in long_runs.PLANS["multiverse"].parts():
        (rule,) = part.setting["turned"]["rules"]
        found.setdefault(rule, []).append((part.columns["setting"], set(part.seeds)))
    for rule, rows in found.items():
        able = [one["setting"] for one in SETTINGS if rule in one.get("rules", experiment.MEASURES)]
        assert [setting for setting, _ in rows] == able
    seeds = {rule: {frozenset(some) for _, some in rows} for rule, rows in found.items()}
    (means,), (counts,) = seeds["06.C6"], seeds["06.C5"]
    assert not means & counts and len(counts) > len(means)


def test_settings_are_told_word_by_word_with_the_nets_that_were_counted():
    rows = [("as in the lesson", seed, 1.0, 1) for seed in range(64)]
    rows += [("other", seed, float(seed < 3), 1) for seed in range(64)]
    rows += [("a third", seed, 1.0, 0) for seed in range(64)]
    table = pd.DataFrame(rows, columns=["setting", "seed", "value", "valid"]).assign(
        rule="06.C5", why="moved"
    )
    said = readings.settings_in_words(table, "06.C5")
    assert said == (
        "**SUPPORTS** in 1 of 3: as in the lesson (64 of 64). **OPPOSITE** in 1 of 3: other (3 of 64). "
        "**NOT VALID** in 1 of 3: a third (64 of 64)."
    )
    means = readings.settings_in_words(table.assign(rule="06.C6", value=0.4 + 0.001 * table.seed), "06.C6")
    assert "as in the lesson (0.432 [0.427, 0.436])" in means


def test_the_null_gate_reads_an_arm_that_was_trained_with_all_its_actions_weighted_alike(tiny):
    moved = tiny[0].assign(
        value=tiny[0].value.mask(
            (tiny[0].metric == experiment.FOLLOWS)
            & (tiny[0].method == "null arm")
            & (tiny[0].step == tiny[0].step.max()),
            0.5,
        )
    )
    told = {frame is moved: gates.gates(frame, "06.C6") for frame in (tiny[0], moved)}
    passed = {
        which: next(gate.passed for gate in some if gate.name == "null") for which, some in told.items()
    }
    assert passed == {False: True, True: False}


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
    near, far = (regression.by_examples(builds.one_step, scale=scale, most=12) for scale in (1.0, 3.0))
    last = lambda frame: frame[frame.step == 12].set_index("method").value
    assert last(near)["ridge"] < last(near)["one step in a layer"] < last(near)["says 0"]
    assert last(far)["ridge"] < last(far)["says 0"] < last(far)["one step in a layer"]


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_one_step_errs_as_theory_says(scale):
    size = regression.best_step(6)
    x, y, w = (part[0] for part in regression.prompts(regression.Rng([3]), 40_000, 6, scale=scale))
    says = size * (y[:, :-1] * (x[:, :-1] @ x[:, -1, :, None])[..., 0]).sum(-1)
    found = (says - (x[:, -1] * w).sum(-1)).square().mean() / scale**2
    assert float(found) == pytest.approx(regression.error_of_step(size, 6, scale=scale), rel=0.05)


def test_no_other_size_of_the_step_errs_less_than_the_best_one():
    best = regression.best_step(12)
    least = regression.error_of_step(best, 12)
    assert least == pytest.approx(4 * (1 - 12 * best))
    assert all(regression.error_of_step(factor * best, 12) > least for factor in (0.9, 0.99, 1.01, 1.1))


def test_a_layer_set_by_hand_says_what_one_step_says():
    x, y, query = torch.randn(1, 2, 5, 4), torch.randn(1, 2, 5), torch.randn(1, 2, 4)
    layer = {"alike": torch.eye(5, 4)[None], "take": torch.tensor([[0, 0, 0, 0, 0.1]])}
    by_hand = [builds.one_step(x[0, k], y[0, k], query[0, k], 0.1) for k in (0, 1)]
    assert torch.allclose(regression.attend(layer, x, y, query)[0], torch.stack(by_hand), atol=1e-6)
    assert torch.allclose(regression.step_of(layer)[0], 0.1 * torch.eye(4))


def test_layers_come_to_one_step_when_they_are_trained_and_a_seed_is_the_same_in_company():
    _, history = regression.taught([5, 6], steps=300)
    mean = history.groupby("step").value.mean()
    exact = regression.error_of_step(regression.best_step(12), 12)
    assert mean.iloc[0] > 2 * exact and mean.iloc[-1] < 1.5 * exact
    alone, _ = regression.taught([6], steps=5)
    both, _ = regression.taught([5, 6], steps=5)
    assert torch.allclose(alone["alike"][0], both["alike"][1], atol=1e-6)


def test_on_other_inputs_a_layer_that_is_a_step_errs_as_the_step_does():
    size, seeds = regression.best_step(12), [1, 2, 3]
    layer = {"alike": torch.eye(5, 4).expand(3, 5, 4), "take": size * torch.eye(5)[4].expand(3, 5)}
    _, far = regression.beside_theory(layer, regression.taught(seeds, steps=1)[1], seeds).values()
    mean = far.groupby(["method", "step"]).value.mean()
    for scale in regression.SCALES:
        exact = mean[regression.EXACT, scale]
        assert mean[regression.TRAINED, scale] == pytest.approx(exact, rel=0.15)
        assert mean["ridge", scale] < exact
    assert set(far.method) == {regression.TRAINED, regression.EXACT, "ridge", "says 0"}


def test_looking_is_worth_less_the_more_often_arm_1_is_better():
    worth = readings.worth_looking((0.65, 0.95))["looking is worth"]
    assert worth[0.65] > worth[0.95] > 0


def test_the_same_counts_in_another_order_are_the_same_to_the_best_learner():
    seen = onlookers.watched([0], one_task(0.8, 0.2), episodes=50)
    turned = torch.cat([seen[:, :, :1], seen[:, :, 1:].flip(2)], 2)
    known = experiment.exactly("even")
    assert torch.equal(onlookers.second_of_best(known, seen), onlookers.second_of_best(known, turned))


def test_the_table_that_plays_is_the_one_that_theory_computes_and_its_ten_cases_stand_there():
    table = best_table(experiment.tasks("even"), experiment.HORIZON)
    exact = takes_second(table, torch.tensor([experiment.TASK]), experiment.HORIZON)[:, 0, 0]
    played = players.plays(players.players()["table"], range(8), episodes=2000)
    assert torch.allclose(played.action.float().mean((0, 1)), exact, atol=0.02)
    assert players.ten_cases().size == 10 and set(players.ten_cases().to_numpy().ravel()) == {"stay", "shift"}


@pytest.mark.parametrize("name, choice", [("best learner", "best"), ("Thompson", "thompson")])
def test_who_goes_by_counts_plays_as_theory_computes(name, choice):
    known = experiment.exactly("even")
    exact = 1 - known.takes(getattr(known, choice)(), experiment.TASK)
    played = players.plays(players.players()[name], range(8), episodes=2000)
    assert torch.allclose(played.action.double().mean((0, 1)), exact, atol=0.02)


def test_all_players_have_the_same_coins(tiny):
    played = list(players.together(tiny[1]["RL"].policy).values())
    for one in played[1:]:
        alike = one.action == played[0].action
        assert alike.any() and torch.equal(one.reward[alike], played[0].reward[alike])
    assert set(players.by_pull({"A": played[0]}).pull) == set(range(1, 13))


def test_who_keeps_the_arm_of_the_last_pay_alone_goes_by_it_however_long_ago():
    seen = torch.zeros(1, 3, 5, 4)
    seen[0, 0, 1, 2] = seen[0, 0, 2:, 1] = 1  # arm 2 paid long ago, arm 1 never
    seen[0, 1, 1, 2] = seen[0, 1, 2, 0] = 1  # arm 2 paid, then arm 1
    seen[0, 2, 1:, 3] = 1  # nothing paid
    assert onlookers.last_that_paid(seen).tolist() == [[1, 0, 0.5]]


def test_log_odds_tell_pasts_apart_that_a_habit_hides():
    policy = experiment.beginner([3, 4])
    apart = onlookers.told_apart(policy, experiment.TASK)
    with torch.no_grad():
        policy._weights()["say.bias"][:, 0] += 20
    hidden = onlookers.second(policy, onlookers.watched(policy.seeds, one_task(*experiment.TASK)))
    assert hidden.max() < 1e-6
    assert torch.allclose(onlookers.told_apart(policy, experiment.TASK), apart, atol=1e-3)


def test_nets_are_counted_by_whether_they_are_nearer_to_a_habit_than_to_the_best_learner():
    rows = [("RL, skewed", 1, 0.1), ("RL, skewed", 2, 0.5), ("RL, skewed", 3, 0.45)]
    rows += [("best learner, skewed", seed, 0.92) for seed in (1, 2, 3)]
    frame = pd.DataFrame(rows, columns=["method", "seed", "value"]).assign(metric=experiment.FINDS, step=9)
    assert experiment.finds_nothing(frame).tolist() == [1, 0, 1]
    table = readings.counted(readings.found_by(frame), ["RL, skewed"]).loc["RL, skewed"]
    assert table["find little"] == "2 of 3" and table["in between"] == "3 of 3"


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
    assert set(readings.keeps(few, [4]).index) > {"RL", "SFT", "best learner"}
    assert {"table of the last two pulls", "Thompson"} < set(readings.scores(few).index)
    found = experiment.final(tiny[0], experiment.FINDS)["RL"]
    behind = readings.behind_the_choice(tiny[1]["RL"].policy, experiment.beginner(FRESH), found)
    assert list(behind.index) == ["find it", "do not", "before training"]


def test_figures_can_be_read_and_say_what_they_show(tiny):
    few = {
        name: readings.few(tiny[1][name].policy, [104, 106]) for name in ("RL, skewed", "SFT, skewed", "RL")
    }
    tasks = {"arm 1 pays 0.8": (0.8, 0.2), "arm 2 pays 0.8": (0.2, 0.8)}
    handed = {name: readings.handed_over(few[name]) for name in ("RL", "SFT, skewed")}
    lives = {name: players.together(few["RL"], odds) for name, odds in tasks.items()}
    layer, history = regression.taught([1, 2, 3, 4], steps=2)
    draw = [
        lambda: figures.plot_lives(lives),
        lambda: figures.plot_by_pull(readings.by_pull(few), "a title"),
        lambda: figures.plot_by_pull(readings.by_pull(few), "a title", split="RL"),
        lambda: figures.plot_by_pull(players.by_pull(lives["arm 2 pays 0.8"]), "a title"),
        lambda: figures.plot_handed_over(handed),
        lambda: figures.plot_regression({"as in training": regression.by_examples(builds.one_step, most=6)}),
        lambda: figures.plot_taught(regression.beside_theory(layer, history, [1, 2, 3, 4])),
        lambda: figures.plot_each({"RL": tiny[1]["RL"].history}, experiment.FINDS),
    ]
    for one in draw:
        one()
        figure = plt.gcf()
        assert not complaints(figure), complaints(figure)
        assert picture(figure)
        plt.close("all")


def test_nets_of_two_kinds_are_named_with_how_many_are_of_each():
    ends = {("split", 1): 0.9, ("split", 2): 0.1, ("split", 3): 0.0, ("other", 1): 0.7, ("other", 2): 0.6}
    rows = [(*net, pull, end * pull / 9) for net, end in ends.items() for pull in range(1, 10)]
    frame = pd.DataFrame(rows, columns=["method", "seed", "pull", "value"])
    frame = frame.assign(metric="takes arm 2", step=frame.pull)
    figure = figures.plot_by_pull(frame, "a title", split="split").figure
    assert not complaints(figure)
    said = "split: 1 of 3 nets, in the end most of the time (0.90); split: 2 of 3 nets, in the end seldom (0.00 0.10)"
    assert said in " ".join(figure.alt_text)
    plt.close("all")


def test_of_three_nets_nobody_can_tell_whether_they_are_settled():
    three = pd.Series([0.1, 0.2, 0.3], index=[1, 2, 3])
    gate = gates.settled(three, three, matters=0.1)
    assert not gate.passed and "too few" in gate.says
