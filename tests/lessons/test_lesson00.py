"""Lesson 00: what is measured exactly, what is counted, what a learner builds, and what one sees."""

from dataclasses import replace

import answers_00
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch

from helpers.core import Rng, Rollouts, sft_loss, train
from helpers.core.probes import success
from helpers.kit import rule
from helpers.kit.legible import complaints
from helpers.kit.tables import stored
from helpers.lessons.lesson00 import by_hand, exact, experiment, figures, long_runs, turn, who_acts
from helpers.lessons.lesson00.checks import at_equal_score
from helpers.lessons.lesson00.experiment import EVEN, HINT, MOVED, RIGHT, SCORE
from helpers.worlds.grids import GridState, corridors, walk_to_coin

SEEDS = [3, 4, 5, 6]


@pytest.fixture(scope="module")
def start():
    return experiment.beginner(SEEDS)


@pytest.fixture(scope="module")
def hinted():
    """Both arms at three hints, a few batches, and the maps of where they step."""
    maps = {}
    return experiment.results(SEEDS, steps=6, maps=maps), maps


@pytest.mark.parametrize("width", [9, 15])
@pytest.mark.parametrize("place", ["left", "right", "both"])
def test_the_exact_chance_is_that_of_very_many_episodes(width, place):
    world = {
        "left": experiment.away(width),
        "right": experiment.corridor(0.0, width),
        "both": experiment.corridor(0.3, width),
    }[place]
    policy = experiment.beginner(SEEDS, width=width)
    found = exact.found(exact.chances(policy, width), world.levels)
    assert torch.allclose(found, success(world, episodes=8192)(policy), atol=0.025)


def test_a_chance_is_what_the_network_says_of_that_place(start):
    world = experiment.corridor(HINT)
    level = torch.arange(len(world.levels.coin)).expand(len(SEEDS), -1)
    state = GridState(level, world.levels.start.expand(len(SEEDS), -1))
    right = start.logits(world.observe(state)).softmax(-1)[..., 1]
    there = exact.chances(start)[:, world.levels.coin, world.levels.start]
    assert torch.allclose(there, right, atol=1e-6)


@pytest.mark.parametrize("always, left, right", [(0.0, 1.0, 0.0), (1.0, 0.0, 1.0)])
def test_who_always_goes_one_way_finds_every_coin_on_that_side_and_none_on_the_other(always, left, right):
    way = torch.full((1, 9, 9), always)
    assert float(exact.found(way, corridors(9, left=1.0))) == pytest.approx(left)
    assert float(exact.found(way, corridors(9))) == pytest.approx(right)


def test_a_setting_that_turns_nothing_is_the_lesson_itself():
    lesson = experiment.hint_gap(experiment.results(SEEDS, hints=(HINT,), steps=6))
    again = turn.again(SEEDS, steps=6)
    assert again.value.tolist() == pytest.approx(lesson.tolist(), abs=1e-6)


@pytest.mark.parametrize("setting", long_runs.SETTINGS, ids=lambda one: one["setting"])
def test_every_setting_turns_something_that_there_is(setting):
    turned = {name: value for name, value in setting.items() if name not in ("setting", "equal_information")}
    assert (turn.Setting(**turned) != turn.Setting()) == (len(turned) > 0)


def test_a_pretrained_start_is_measured_before_its_training():
    frame = turn.Setting(before=3, steps=2).run("RL", HINT, SEEDS)
    assert sorted(frame.step.unique()) == [-3, 0, 1, 2]  # the batches themselves are told, too
    scores = frame[frame.metric == SCORE].groupby("step").value.mean()
    assert scores[-3] < scores[0]


def test_coins_reached_on_the_left_are_counted_and_no_others(start):
    rng, source = Rng(SEEDS), turn.counting(turn.Demonstrations(experiment.corridor(EVEN), walk_to_coin))
    assert source.found(start).tolist() == [0, 0, 0, 0]
    batches = [source(start, rng) for _ in range(2)]
    agent, coin, _ = (
        torch.cat([one.obs[:, :, 0] for one in batches], 1).unflatten(-1, (3, 9)).argmax(-1).unbind(-1)
    )
    assert source.found(start).tolist() == (coin < agent).sum(1).tolist()


def test_equal_information_is_read_where_as_many_were_found_and_else_at_the_end():
    rows = [
        (seed, step, metric, value)
        for seed, found in ((1, [0, 5, 9]), (2, [0, 1, 2]))
        for metric, values in ((turn.FOUND, found), (MOVED, [0.1, 0.2, 0.3]))
        for step, value in zip((0, 10, 20), values, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["seed", "step", "metric", "value"])
    shown = pd.Series({1: 5.0, 2: 7.0})
    assert turn.told_as_much(frame, shown).to_dict() == {1: 0.2, 2: 0.3}


def test_a_strangers_moves_do_not_hang_on_the_network(start):
    world = experiment.corridor(HINT)
    other = experiment.beginner([13, 14, 15, 16])
    moves = [turn.stranger(world)(policy, Rng(SEEDS)).action for policy in (start, other)]
    assert torch.equal(*moves) and abs(float(moves[0].float().mean()) - 0.5) < 0.05


def test_the_null_arm_has_four_times_the_seeds_and_the_lessons_among_them():
    assert experiment.many(SEEDS) == [3, 4, 5, 6, *range(7, 19)]


def test_a_step_of_sft_by_hand_follows_the_gradient_of_the_courses(start):
    world = experiment.corridor(HINT)
    batch = turn.Demonstrations(world, walk_to_coin, episodes=64)(start.select(3), Rng([3]))
    net = by_hand.network(start.select(3))
    agent, coin, _ = batch.obs[0, :, 0].unflatten(-1, (3, 9)).argmax(-1).unbind(-1)
    rate, before = 0.1, [weight.detach().clone() for weight in net.parameters()]
    optimiser = torch.optim.SGD(net.parameters(), lr=rate)
    assert by_hand.sft_step(net, optimiser, by_hand.Corridor(hint=HINT), agent, coin) == 1
    policy = start.select(3)
    loss = sft_loss(policy.evaluate(batch.obs, batch.action), batch).sum()
    wanted = torch.autograd.grad(loss, list(policy.stacked))
    for old, new, gradient in zip(before, net.parameters(), wanted, strict=True):
        assert torch.allclose((old - new) / rate, gradient[0], atol=1e-5)


def test_what_was_built_learns_as_the_course_does():
    for step in (by_hand.rl_step, by_hand.sft_step):
        run, policy = by_hand.learn(step, "by hand", 3, batches=20)
        scores = run[run.metric == SCORE].set_index("step").value
        assert scores[20] > 0.95 > scores[0]
        found = exact.found(exact.chances(policy), experiment.corridor().levels)
        assert float(found) == pytest.approx(scores[20])


def test_who_looks_at_the_coin_alone_finds_what_lies_on_the_side_to_which_he_walks():
    left, right = experiment.away().levels, corridors(9)
    assert exact.by_the_coin_alone(right, 0) == pytest.approx(1) and exact.by_the_coin_alone(left, 0) == 0
    assert exact.by_the_coin_alone(left, 9) == pytest.approx(1) and exact.by_the_coin_alone(right, 9) == 0
    shares = [exact.by_the_coin_alone(left, cell) for cell in range(10)]
    assert shares == sorted(shares)


def test_what_was_trained_by_hand_is_drawn_where_it_ended_and_said(start):
    two = {"SFT": by_hand.learn(by_hand.sft_step, "SFT by hand", 3, batches=2)}
    ended = by_hand.ends(two, MOVED)
    assert ended["SFT"] == pytest.approx(
        float(exact.found(exact.chances(two["SFT"].policy), experiment.away().levels))
    )
    ax = figures.mark_by_hand(figures.panels(1)[0], {"SFT": [(0.1, ended["SFT"])]})
    (mark,) = ax.get_lines()
    assert mark.get_xydata().tolist() == [[0.1, pytest.approx(ended["SFT"])]]
    assert f"SFT {ended['SFT']:.2f}" in ax.figure.alt_text[-1]
    walked = figures.plot_walks({"SFT": start, "RL": start}, by_hand={"SFT": two["SFT"].policy})
    thick = [line for line in walked.get_lines() if line.get_linewidth() > 2]
    assert (
        len(thick) == 1
        and "by hand" in walked.figure.alt_text[0]
        and "by hand" not in walked.figure.alt_text[1]
    )
    assert complaints(walked.figure) == []
    plt.close("all")


def test_rl_in_a_setting_weighs_by_episode_where_it_says_so_and_no_other_arm_does():
    world, turned = experiment.corridor(HINT), turn.Setting(whole_episode=True)
    assert turned.arm("RL", world)[0].advantage is turn.whole_episode
    assert (
        turned.seen_by("SFT") == turn.Setting().seen_by("SFT")
        and turned.seen_by("null arm") == turn.Setting()
    )


@pytest.mark.parametrize("action", [torch.tensor([2, 0]), torch.tensor([[1], [0]]), torch.tensor([0.5, 1.0])])
def test_a_move_that_is_none_is_refused_in_a_sentence(action):
    with pytest.raises(ValueError, match="one move, 0 or 1, for each of 2 episodes"):
        by_hand.Corridor().walk(torch.tensor([3, 4]), action)


@pytest.mark.parametrize("check", answers_00.WRONG)
def test_at_least_twelve_wrong_and_four_right_answers_are_tried(check):
    assert len(answers_00.WRONG[check]) >= 12 and len(answers_00.RIGHT[check]) >= 4


def test_who_acts_and_how_moves_are_weighted_has_all_pairs_on_both_sides():
    later = stored("later_00")
    table = who_acts.who_acts(later)
    assert table.shape == (3, 6) and table.astype(float).notna().all(axis=None)
    named = [arm for arms in who_acts.WHO.values() for arm in arms]
    assert set(named) <= set(turn.arms(experiment.corridor())) and len(set(named)) == 9
    rl = later[(later.method == "RL") & (later.step == 100) & (later.metric == MOVED)].value.mean()
    assert table["coin on the left", who_acts.HOW[1]]["itself"] == f"{rl:.2f}"


def test_the_weight_of_exercise_2_is_one_number_an_episode_and_nothing_behind_its_end():
    batch = Rollouts(experiment.corridor())(experiment.beginner([100, 101]), Rng([100, 101]))
    weight, mask = turn.whole_episode(batch), batch.mask.bool()
    better = batch.returns - batch.returns.mean(1, keepdim=True)
    assert torch.allclose(weight, better[..., None].expand_as(weight) * batch.mask)
    assert (weight[~mask] == 0).all() and weight[mask].abs().max() > 0


def test_a_walk_stays_on_the_coin_and_makes_one_step_a_move(start):
    cells = figures.walks(start, 4, 2)
    for row in cells:
        assert (np.abs(np.diff(row)) <= 1).all()
        if (row == 2).any():
            assert (row[np.flatnonzero(row == 2)[0] :] == 2).all()


def test_every_figure_of_the_lesson_can_be_read(start, hinted):
    _, maps = hinted
    later = stored("later_00")
    drawn = [
        figures.plot_episodes(start.select(3), {"one": (2, 6), "another": (4, 2)}),
        figures.plot_walks(dict.fromkeys(["before training", "null arm", "SFT", "RL"], start)),
        figures.plot_map(maps, HINT, 6),
        figures.plot_turn(later, "RL, bonus 0.1", 100),
        figures.plot_tried(later),
    ]
    for ax in drawn:
        assert complaints(ax.figure) == [] and ax.figure.alt_text
        plt.close(ax.figure)


def test_levels_that_a_seed_never_reaches_are_counted(hinted):
    frame = hinted[0][hinted[0].hint == HINT]
    table = figures.at_levels(frame, at_equal_score, [0.1, 0.999])
    assert table.loc[0.1, "seeds of RL"] == "4 of 4" and table.loc[0.999, "seeds of SFT"] == "0 of 4"
    assert RIGHT in set(frame.metric)


def test_after_a_stop_in_training_the_maps_that_were_to_come_are_missing_and_not_old(hinted, monkeypatch):
    maps, learned = {key: list(several) for key, several in hinted[1].items()}, []

    def stopped(*given, **how):
        learned.append(1)
        if len(learned) > 3:
            raise KeyboardInterrupt
        return train(*given, **how)

    monkeypatch.setattr(experiment, "train", stopped)
    with pytest.raises(KeyboardInterrupt):
        experiment.results(SEEDS, hints=(HINT, EVEN), steps=6, maps=maps)
    assert figures.plot_map(maps, 0.0, 6) and figures.plot_map(maps, HINT, 6)
    plt.close("all")
    for hint, batch in ((EVEN, 0), (HINT, 100), (0.3, 0)):
        with pytest.raises(
            ValueError, match=r"no map of .*: the cell that trains it did not end.*run it again"
        ):
            figures.plot_map(maps, hint, batch)


@pytest.mark.parametrize(("mean", "other"), [(0.74, False), (-0.01, True), (0.3, True)])
def test_beside_a_readers_own_numbers_it_is_said_that_the_settings_are_of_the_lessons(mean, other):
    verdict = replace(rule("00.C8"), needs=()).judge(mean + 0.02 * np.linspace(-1, 1, 8))
    table = stored("multiverse_00")
    said = turn.carries(table, verdict)
    assert said.startswith(turn.carries(table)) and ("yours are others" in said) is other
