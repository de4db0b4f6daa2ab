"""Lesson 01: what its rules judge, its settings, its closed forms, its builds, and the two peaks."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch

from helpers.core import Policy, Recorded, Rng, sft_loss, train
from helpers.kit.checks import Draws
from helpers.kit.legible import complaints
from helpers.lessons.lesson01 import builds, experiment, figures, humps, noise, readings, triangle
from helpers.lessons.lesson01.humps import best_bump, bump, two_peaks
from helpers.lessons.lesson01.long_runs import again
from helpers.lessons.lesson01.sampled_check import check_sampled_gradient
from helpers.lessons.lesson01.settings import SETTINGS, ByChance, problem
from helpers.worlds.bandits import (
    advantage_of,
    boltzmann_policy,
    gradient_moments,
    kl_divergence,
    probabilities,
    shown_actions,
    total_variation,
)

FRESH = [103, 104, 105, 106]
CHOOSE, JUDGE = [0, 1], [101, 102]


def ends_of(values, metric, seeds):
    """Last values by method, rate and seed, as a tidy frame."""
    rows = [
        {"method": name, "lr": lr, "seed": seed, "step": 9, "metric": metric, "value": value}
        for (name, lr), value in values.items()
        for seed in seeds
    ]
    return pd.DataFrame(rows)


def far(way, distance_of_others):
    """Runs of which the choosing seeds went so far on their way, and the others stopped so far from their end."""
    choosing = [
        ends_of(way, experiment.WAY, CHOOSE),
        ends_of(dict.fromkeys(way, 0.5), experiment.AWAY, CHOOSE),
    ]
    return pd.concat([*choosing, ends_of(distance_of_others, experiment.AWAY, JUDGE)])


WAY = {("SFT", 0.1): 0.9, ("SFT", 0.3): 0.8, ("RL", 0.1): 0.7, ("RL", 0.3): 0.95}


def test_a_rate_is_chosen_by_what_an_arm_is_trained_on_and_on_seeds_that_are_not_judged():
    nearer_elsewhere = {("SFT", 0.1): 0.2, ("SFT", 0.3): 0.0, ("RL", 0.1): 0.0, ("RL", 0.3): 0.1}
    frame = far(WAY, nearer_elsewhere)
    assert experiment.best_rates(frame).to_dict() == {"SFT": 0.1, "RL": 0.3}
    gap = experiment.end_gap(frame)
    assert list(gap.index) == JUDGE and gap.tolist() == pytest.approx([-0.1, -0.1])


def test_a_factor_on_the_rate_comes_after_it_was_chosen():
    frame = far(WAY, {("SFT", 0.1 * 3): 0.2, ("RL", 0.3 * 3): 0.6})
    assert experiment.end_gap(frame, rate=3).tolist() == pytest.approx([0.4, 0.4])


def test_how_rates_are_chosen_has_two_names():
    with pytest.raises(ValueError, match="chosen_by"):
        experiment.best_rates(far(WAY, WAY), "luck")


def test_arms_that_have_learned_nothing_overlap_and_the_gate_says_no():
    at = problem(FRESH)
    frame = experiment.leashed_runs(at, steps=2)
    assert experiment.overlap(frame).min() > 0.9
    (moved,) = [gate for gate in experiment.leash_gates(frame, at, 2) if gate.name == "moved"]
    assert not moved.passed


@pytest.mark.parametrize("setting", [one["setting"] for one in SETTINGS])
def test_every_setting_runs_and_says_so_for_each_rule_that_it_touches(setting):
    turned = next(dict(one) for one in SETTINGS if one["setting"] == setting)
    turned.pop("setting")
    turned = {**turned, "steps": 4}
    frame = again(FRESH, **turned)
    only = {"price of a nat / 3": {"01.C18"}}
    for name in (
        "batches of 16",
        "falling learning rate",
        "rates chosen by the distance",
        "ends named from 50 episodes",
    ):
        only[name] = {"01.C9.end"}
    only["both to the habits"] = only["both to the best action"] = {"01.C9.end"}
    assert set(frame.rule) == only.get(setting, {"01.C9.end", "01.C18"})
    assert np.isfinite(frame.value).all() and sorted(set(frame.seed)) == FRESH


def test_a_setting_of_ones_own_is_judged_as_the_course_judges():
    values, gates = experiment.end_in(FRESH, steps=4, actions=4)
    rows = again(FRESH, steps=4, actions=4)
    assert values.round(4).tolist() == rows[rows.rule == "01.C9.end"].value.round(4).tolist()
    assert {gate.name for gate in gates} == {"complete", "moved", "both ways"}


@pytest.mark.parametrize(
    "wrong, word",
    [
        ({"actions": 1}, "actions is a whole number of at least 2"),
        ({"rare": 30}, "rare is a share"),
        ({"both_to": "nowhere"}, "both_to"),
        ({"forecast": 0}, "forecast is a whole number of at least 1"),
        ({"runner_up": float("nan")}, "runner_up"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(wrong, word):
    with pytest.raises((ValueError, TypeError), match=word):
        problem(FRESH, **wrong)


@pytest.mark.parametrize(
    "turned",
    [{}, {"actions": 32}, {"rare": 0.01}, {"forecast": 50}, {"both_to": "habits"}, {"one_hump": True}],
)
def test_every_named_end_is_a_distribution(turned):
    for end in problem(FRESH, **turned).named().values():
        assert (end >= 0).all() and torch.allclose(end.sum(-1), torch.ones(()), atol=1e-4)


def test_a_rare_action_is_rare_at_the_start():
    at = problem(FRESH, rare=0.01)
    assert torch.allclose(probabilities(at.beginner())[:, -1], torch.tensor(0.01))


def test_without_a_baseline_rl_weighs_by_the_reward_as_it_is_and_sft_is_as_it_was():
    two = [problem(FRESH, baseline=baseline) for baseline in (True, False)]
    (less, plain) = (at.tried(4)(at.beginner(), Rng(FRESH)) for at in two)
    assert torch.equal(less.action, plain.action) and torch.equal(plain.advantage, plain.reward)
    assert torch.allclose(less.advantage.sum(1), torch.zeros(()), atol=1e-6)
    ends = [train(at.beginner(), *experiment.arms(at)["SFT"], steps=3, lr=0.1).policy for at in two]
    assert torch.equal(*(probabilities(policy) for policy in ends))


def test_rewards_of_chance_pay_one_or_nothing_and_the_reward_on_average():
    state = torch.zeros(2, 20_000, dtype=torch.long)
    action = torch.ones_like(state)
    _, paid, ended = ByChance([0.0, 0.3, 1.0]).step(state, action, Rng([1, 2]))
    assert set(paid.unique().tolist()) == {0.0, 1.0} and ended.all()
    assert paid.mean(1).tolist() == pytest.approx([0.3, 0.3], abs=0.02)


def test_rl_that_is_paid_the_logarithm_of_the_habits_ends_at_the_habits():
    at = problem(FRESH, both_to="habits")
    run = train(at.beginner(), *experiment.arms(at, 16)["RL"], steps=300, lr=0.05)
    assert total_variation(probabilities(run.policy), at.habits).max() < 0.02


@pytest.mark.parametrize("beta", [0, -0.3, float("nan")])
def test_a_leash_without_a_price_is_refused(beta):
    for function in (experiment.theory, experiment.arms_on_a_leash):
        with pytest.raises(ValueError, match="beta is a number above 0"):
            function(problem(FRESH), beta)


def test_the_line_from_which_all_of_the_leash_follows():
    draw = torch.Generator().manual_seed(3)
    p, ref = torch.rand(2, 5, generator=draw).softmax(1)
    reward, beta = torch.rand(5, generator=draw), 0.4
    target = boltzmann_policy(ref, reward, beta)
    z = (ref * (reward / beta).exp()).sum()
    left = (p * reward).sum() - beta * kl_divergence(p, ref)
    assert float(left) == pytest.approx(float(-beta * kl_divergence(p, target) + beta * z.log()), abs=1e-5)
    rest = reward - beta * (target / ref).log()
    assert float(rest.max() - rest.min()) == pytest.approx(0, abs=1e-5)


# Closed forms of noise


@pytest.mark.parametrize("actions", [4, 16, 64])
@pytest.mark.parametrize("kind", ["one good", "half good", "any"])
def test_at_the_uniform_policy_rls_noise_hangs_on_the_number_of_actions_and_not_on_the_rewards(actions, kind):
    reward = {
        "one good": torch.eye(actions)[0],
        "half good": (torch.arange(actions) < actions / 2).float(),
        "any": torch.randn(actions, generator=torch.Generator().manual_seed(0)),
    }[kind]
    uniform = torch.full((actions,), 1 / actions)
    mean, variance = gradient_moments(uniform, uniform, advantage_of(uniform, reward))
    assert float(variance.sqrt() / mean.norm()) == pytest.approx((actions - 2) ** 0.5, rel=1e-3)


@pytest.mark.parametrize("actions, batch, sure", [(4, 16, 0.9), (64, 16, 0.2), (16, 1, 0.5)])
def test_sfts_noise_hangs_on_the_teacher_and_not_on_the_number_of_actions(actions, batch, sure):
    found = noise.noise_in_theory(noise.one_good(actions)[0], actions, batch, sure)
    assert found["SFT"] == pytest.approx(((1 - sure**2) / (sure**2 * batch)) ** 0.5, rel=1e-3)


def test_which_gradient_is_noisier_turns_round_with_the_teacher():
    of = lambda sure: noise.noise_in_theory(noise.one_good(16)[0], 16, 16, sure)
    assert of(0.9)["SFT"] < of(0.9)["RL"] and of(0.2)["SFT"] > of(0.2)["RL"]


def test_measured_noise_lies_on_the_formulas():
    for frame in (
        noise.noise_at_start(range(40, 56), actions=(4, 16)),
        noise.noise_by_batch(range(40, 56), batches=(4, 16)),
    ):
        assert (frame.value / frame.theory).tolist() == pytest.approx([1] * len(frame), rel=0.15)


# Builds


def test_a_baseline_changes_the_scatter_of_guesses_and_not_their_mean():
    p, reward = torch.tensor([0.2, 0.5, 0.3]), torch.tensor([10.0, 10.5, 11.0])
    lines = {"with": (reward, float(p @ reward)), "without": (reward, 0.0)}
    found = builds.scatter(builds.sampled_gradient, builds.exact_gradient, p, lines, batches=(4,)).set_index(
        "method"
    )
    assert (found.value / found.theory).tolist() == pytest.approx([1, 1], rel=0.1)
    assert found.value["without"] > 10 * found.value["with"]


def test_a_built_run_on_a_leash_comes_to_rest_at_the_boltzmann_policy():
    at = problem(FRESH)
    away = builds.to_the_target(builds.leashed_run, at, 0.3, seeds=FRESH)
    last = away[away.step == 400].value
    assert last.max() < 0.01 and away[away.step == 0].value.min() > 0.3


# Two peaks


def test_forward_kl_covers_and_reverse_kl_seeks():
    target, place = two_peaks(41, 16), torch.arange(41) - 20.0
    covering, seeking = best_bump(target, reverse=False), best_bump(target, reverse=True)
    mean = float((target * place).sum())  # forward KL matches the target's moments
    assert float((covering * place).sum()) == pytest.approx(mean, abs=0.6)
    assert abs(float((seeking * place).sum()) + 8) < 0.6
    assert kl_divergence(target, covering) < kl_divergence(target, seeking)
    assert kl_divergence(seeking, target) < kl_divergence(covering, target)


def test_reverse_kl_has_three_resting_places_and_the_wide_one_is_the_worst():
    resting = humps.resting_places(two_peaks(41, 16))
    assert resting["centre"].tolist() == pytest.approx([-8, -1.3, 8], abs=0.2)
    nats = resting.iloc[:, 2].tolist()
    assert nats == pytest.approx([-np.log(0.6), 1.79, -np.log(0.4)], abs=0.02)


def test_a_bump_that_is_trained_finds_the_best_bump():
    target = two_peaks(41, 0)
    data = Recorded(shown_actions(target, target.log(), episodes=2000), episodes=64)
    run = train(Policy(bump(41), seeds=3), data, sft_loss, steps=300, lr=0.03)
    assert total_variation(probabilities(run.policy), target).max() < 0.1


# What is read and drawn


def test_surprises_are_counted_for_each_setting_and_either_arm():
    rows = [("a", 0.9), ("a", 0.1), ("a", -0.8), ("b", 0.0)]
    frame = pd.DataFrame(rows, columns=["setting", "value"]).assign(rule="01.C9.end")
    found = readings.surprises(frame)
    assert found["RL, seeds"].tolist() == ["1 of 3", "0 of 1"] and found["SFT, seeds"].tolist() == [
        "1 of 3",
        "0 of 1",
    ]


def test_the_mean_step_of_each_method_vanishes_where_it_ends():
    at = triangle.three(FRESH)
    for name in ("SFT", "RL, leash"):
        end = experiment.theory(at)[name]
        assert triangle.pulls(at, name, end[None]).abs().max() < 1e-6
        assert triangle.pulls(at, name, at.start[None]).abs().max() > 0.01


def test_a_band_of_what_matters_is_as_high_as_that_and_leaves_room_above():
    ax = figures.panels(1)[0]
    ax.plot([0, 1], [0.01, 0.06])
    figures.level(figures.too_small(ax, 0.05), 0.2, "a fifth")
    assert ax.get_ylim()[1] == pytest.approx(0.3) and ax.patches[0].get_height() == pytest.approx(0.05)
    assert "0.05" in ax.figure.alt_text[0] and "a fifth" in ax.figure.alt_text[1]
    assert complaints(ax.figure) == []
    plt.close("all")


def test_the_figures_of_lesson_01_can_be_read():
    at = triangle.three(FRESH)
    triangle.plot_triangle(at, triangle.walks(at), 10)
    run = train(
        humps.narrow(FRESH),
        *humps.arms(two_peaks(humps.ARMS, humps.APART))["RL (reverse KL)"],
        steps=5,
        lr=0.03,
        probes={"centre": humps.centre},
    )
    figures.plot_ways(two_peaks(humps.ARMS, humps.APART), {"RL": humps.way(run)}, apart=humps.APART)
    figures.plot_noise(noise.noise_by_batch(FRESH), "batch", noise.NOISE)
    figures.plot_landing(
        builds.landing(builds.leashed_run, problem(FRESH), 0.3, steps=20, lr=0.03, episodes=4, seeds=FRESH),
        label="distance",
    )
    for number in plt.get_fignums():
        assert complaints(plt.figure(number)) == []
    plt.close("all")


@pytest.mark.parametrize("seed", [*range(40), 5672, 16341, 19934])
@pytest.mark.parametrize("size", [2, 3, 5])
def test_what_the_check_of_a_guess_draws_gives_other_guesses_for_other_actions(seed, size):
    """With the baseline in between, two actions may give the same guess: a right answer looks as if nobody drew."""
    p, reward, baseline = check_sampled_gradient.draw(Draws(seed, size))
    guesses = (reward - baseline)[:, None] * (torch.eye(size) - p)
    assert torch.pdist(guesses).min() > 0.05
