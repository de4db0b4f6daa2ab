"""Lesson 02: what its rules judge, its settings, its closed forms, its builds and its figures."""

import re
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
import torch

from helpers.core import Rng, train
from helpers.kit.frames import final, rows_of
from helpers.kit.legible import complaints
from helpers.kit.multiverse import by_setting
from helpers.kit.pictures import picture
from helpers.kit.tables import stored
from helpers.lessons.lesson02 import (
    boundary,
    builds,
    check_self_play,
    ending,
    experiment,
    figures,
    games,
    links,
    planted,
    play_check,
    prompts,
    readings,
)
from helpers.lessons.lesson02.settings import SETTINGS
from helpers.worlds.nim import Nim
from helpers.worlds.strings import pass_at

FRESH = [103, 104, 105, 106]
TINY = {"chains": {"before": 3}}


def frame_of(values, part, metric):
    """First and last values by method and seed as a tidy frame: method -> (first, last by seed)."""
    rows = [
        {"method": name, "seed": seed, "step": step, "metric": metric, "value": value, "part": part}
        for name, (first, last) in values.items()
        for seed, end in last.items()
        for step, value in ((0, first), (9, end))
    ]
    return pd.DataFrame(rows)


# What the rules judge


def test_what_is_lost_is_before_less_after_and_a_gain_counts_as_negative():
    frame = frame_of({"RL": (0.9, {1: 0.5, 2: 1.0})}, "prompts", "pass@16, new")
    assert experiment.reach_lost(frame).to_dict() == pytest.approx({1: 0.4, 2: -0.1})


def test_composing_and_play_are_rl_less_sft_at_the_end():
    chains = {"RL, curriculum": (0, {1: 0.9, 2: 0.2}), "SFT": (0, {1: 0.5, 2: 0.6})}
    assert experiment.composed(frame_of(chains, "chains", "new")).to_dict() == pytest.approx(
        {1: 0.4, 2: -0.4}
    )
    play = {"self-play RL": (0, {1: 0.9}), "SFT": (0, {1: 0.6})}
    assert experiment.better_play(frame_of(play, "games", games.RIGHT)).to_dict() == pytest.approx({1: 0.3})


@pytest.mark.parametrize("part, rule", [("prompts", "02.C2"), ("chains", "02.composing"), ("games", "02.C3")])
def test_a_seed_has_the_same_value_alone_and_in_company(part, rule):
    how = {"parts": [part], "longer": 0.01, "turned": TINY.get(part)}
    together, alone = (experiment.results(seeds, **how) for seeds in (FRESH, [104]))
    measure = experiment.MEASURES[rule]
    assert list(measure(together).index) == FRESH
    assert measure(alone)[104] == pytest.approx(measure(together)[104], abs=1e-5)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda one: one["setting"])
def test_every_setting_runs_in_its_world(setting):
    part = setting.get("parts", ["prompts"])[0]
    turned = {**setting.get("turned", {}), **TINY.get(part, {})}
    frame = experiment.results([104], parts=[part], longer=0.001, turned=turned)
    assert np.isfinite(frame.value).all()


def test_what_the_settings_turn_in_a_measure_is_there():
    for one in (one for one in SETTINGS if one.get("judged")):
        at = prompts.task(FRESH)
        metric = (
            one["judged"].get("metric")
            or f"pass@{one['judged'].get('tries', 256)}, {one['judged'].get('kind', 'new')}"
        )
        there = (
            games.match(FRESH).probe(games.match(FRESH).beginner())
            if "metric" in one["judged"]
            else at.probe(at.base())
        )
        assert metric in there


# Prompts


def test_the_base_is_calibrated_the_right_answer_is_drawn_from_it():
    at = prompts.task(range(200))
    share = at.chance[:, :, 0].gather(-1, at.right)[..., 0].mean()
    expected = at.chance[:, :, 0].square().sum(-1).mean()
    assert float(share) == pytest.approx(float(expected), rel=0.05)


@pytest.mark.parametrize("shares", prompts.SHARES)
def test_the_base_says_what_it_was_given_whatever_prompts_share(shares):
    at = prompts.task(FRESH, shares=shares)
    given = at.chance[:, :, 0].gather(-1, at.right)[..., 0]
    assert torch.allclose(at.world.chances(at.base()), given, rtol=1e-3, atol=1e-8)


def test_where_nothing_is_shared_new_prompts_do_not_move():
    at = prompts.task(FRESH, shares="nothing")
    run = prompts.trained(at, ["RL"], steps=5)["RL"]
    before, after = at.halves(at.base()), at.halves(run.policy)
    assert torch.equal(before["new"], after["new"]) and not torch.equal(before["trained"], after["trained"])


def test_a_cooler_base_is_right_more_often_at_once_and_less_with_many_tries():
    at = prompts.task(FRESH)
    warm, cool = at.cooled(1.0), at.cooled(0.25)
    assert cool["pass@1, new"].mean() > warm["pass@1, new"].mean()
    assert cool["pass@256, new"].mean() < warm["pass@256, new"].mean()


def test_as_undecided_as_before_is_the_base_itself_and_a_cooler_base_warmed_up_again():
    at = prompts.task(FRESH)
    base = at.halves(at.base())["new"].double()
    cool = at.world.writer(at.chance**3 / (at.chance**3).sum(-1, keepdim=True), FRESH, net=prompts.sharpened)
    for policy in (at.base(), cool):
        assert torch.allclose(at.as_undecided(policy)["new"], base, rtol=1e-3)
    assert not torch.allclose(at.halves(cool)["new"].double(), base, rtol=0.1)


def test_temperature_one_is_the_policy_itself_and_a_high_one_guesses_evenly():
    at = prompts.task(FRESH)
    own, even = (at.drawn_at(at.base(), one)["new"] for one in (1.0, 1e6))
    assert torch.allclose(own, at.halves(at.base())["new"].double(), rtol=1e-3)
    assert torch.allclose(even, torch.full_like(even, 1 / prompts.ANSWERS), rtol=1e-3)


def test_the_table_of_temperatures_has_each_policys_own_reach_and_the_best_of_each_column():
    at = prompts.task(FRESH)
    table = readings.by_temperature(at, {"before": at.base()}, temperatures=(0.5, 1, 3))
    own = at.told(at.halves(at.base()))
    for k in prompts.KS:
        column = table["before", f"pass@{k}"]
        assert column["1"] == pytest.approx(float(own[f"pass@{k}, new"].mean()), abs=1e-4)
        assert column.iloc[-1] == column.iloc[:-1].max()


def test_prompts_by_their_chance_before_are_all_of_them_and_so_is_the_gain():
    before = torch.tensor([[0.005, 0.02, 0.05, 0.5], [0.005, 0.02, 0.05, 1.0]])
    after = torch.tensor([[0.005, 0.9, 0.05, 1.0], [0.005, 0.3, 0.95, 1.0]])
    table = readings.where_gained(before, after)
    assert table["part of the prompts"].tolist() == pytest.approx([0.25] * 4)
    assert table["part of the gain"].tolist() == pytest.approx([0, 1.16 / 2.56, 0.9 / 2.56, 0.5 / 2.56])
    assert table["came to be right more often than not"].tolist() == pytest.approx([0, 0.5, 0.5, 1])


@pytest.mark.parametrize("gain", [0.0, 0.005, -0.2])
def test_where_next_to_nothing_was_gained_there_are_no_parts_of_it(gain):
    before = torch.full((2, 4), 0.3)
    table = readings.where_gained(before, before + gain)
    assert list(table.index) == ["0.1 to 1"] and "part of the gain" not in table
    assert table.notna().all(axis=None) and table["part of the prompts"].tolist() == [1]


@pytest.mark.parametrize("heaps", [(1, 2, 3), (2, 2)])
def test_where_the_opening_cannot_be_won_it_is_said_and_is_no_row_of_a_table(heaps):
    at = games.match(range(2), heaps=heaps)
    assert not at.game.wins[at.game.opening]
    table = readings.by_visits(at.game, at.beginner())
    assert "the opening" not in table.index and "all" in table.index and table.notna().all(axis=None)
    with pytest.raises(ValueError, match="whoever moves first cannot force a win"):
        readings.openings(at.game, {"beginner": at.beginner()})


def test_positions_by_visits_hold_the_opening_alone_and_all_of_them():
    at = games.match(FRESH)
    game, player = at.game, at.weak_player()
    table = readings.by_visits(game, player)
    own = game.right_moves(player)
    often = game.visits(player)[:, game.wins]
    assert table.positions.iloc[:-1].sum() == pytest.approx(float(game.wins.sum()))
    assert table["part of what is wrong"].iloc[:-1].sum() == pytest.approx(1, abs=1e-5)
    assert table.loc["all", "chance of a right move"] == pytest.approx(float(own.mean()))
    assert table.loc["all", "weighted by visits"] == pytest.approx(float((own * often).sum() / often.sum()))
    assert table.loc["the opening", "positions"] == 1
    opening = readings.openings(game, {"weak": player}).loc["weak", "right first move"]
    assert table.loc["the opening", "chance of a right move"] == pytest.approx(opening)


def test_who_makes_no_mistake_opens_right_and_wins_and_a_beginner_does_not():
    at = games.match(FRESH)
    best = at.game.player(at.game.weak(1.0), at.seeds)
    table = readings.openings(at.game, {"best": best, "beginner": at.beginner()})
    assert table.loc["best", "right first move"] == pytest.approx(1)
    assert table.loc["best", "wins against no mistake"] == pytest.approx(1)
    assert table.loc["best", "seeds that open right"] == f"{len(FRESH)} of {len(FRESH)}"
    assert table.loc["beginner", "right first move"] == pytest.approx(1 / 12)


def test_a_built_run_is_kept_as_the_policy_that_each_seed_ends_with():
    at, kept = games.match(FRESH[:2]), {}
    ours = games.trained(at, ["self-play RL"], steps=60)["self-play RL"]
    frame = builds.learning(builds.self_play, at, ours, steps=60, kept=kept)
    assert set(frame.method) == {"self-play RL", builds.BUILT} and frame.notna().all(axis=None)
    ends = frame[(frame.method == builds.BUILT) & (frame.step == 60)].set_index("seed").value
    assert at.game.right_moves(kept[builds.BUILT]).mean(1).tolist() == pytest.approx(ends.tolist(), abs=1e-5)
    assert ends.nunique() == 2


def test_self_play_that_was_trained_before_comes_to_the_same_bits_and_is_not_taken_for_other_seeds():
    how, longer = {"parts": ["games"]}, 4 / games.STEPS
    made = games.trained(games.match(FRESH[:2]), ["self-play RL"], steps=4, often=4)
    once, again = (
        final(experiment.results(FRESH[:2], longer=longer, turned=turned, **how), games.RIGHT)
        for turned in ({"made": made}, {})
    )
    assert once.equals(again[once.columns])
    with pytest.raises(ValueError, match="other seeds"):
        experiment.results(FRESH[:3], longer=longer, turned={"made": made}, **how)
    with pytest.raises(ValueError, match="number of steps than 8"):
        experiment.results(FRESH[:2], longer=2 * longer, turned={"made": made}, **how)


def test_a_game_is_told_move_by_move_with_the_right_ones_marked_as_the_solver_has_them():
    game = Nim(games.HEAPS)
    best, worst = game.weak(1.0), game.weak(0.0)
    for seed in range(20):
        told = readings.told_game(game, best, seed=seed)
        assert "✗" not in told and told.startswith("3 4 5 · **1 4 5 ✓** · ") and "0 0 0 ✓" in told
        heaps = [[int(one) for one in re.findall(r"\d", move)] for move in told.split(" · ")]
        assert all(sum(a != b for a, b in zip(*two, strict=True)) == 1 for two in pairwise(heaps))
        bold = [move.startswith("**") for move in told.split(" · ")[1:]]
        assert bold == [place % 2 == 0 for place in range(len(bold))]
    assert any("✗" in readings.told_game(game, worst, seed=seed) for seed in range(5))


def test_what_is_estimated_from_samples_is_the_exact_pass_at_k_in_the_mean_and_a_plug_in_is_not():
    chance = torch.full((40, 50), 0.01)
    exact = {k: 1 - 0.99**k for k in (1, 16, 128)}
    found = readings.from_samples(chance, builds.pass_at_k, ks=(1, 16, 128))
    assert found == pytest.approx(exact, abs=0.02)
    plug_in = readings.from_samples(chance, lambda n, right, k: 1 - (1 - right / n) ** k, ks=(128,))
    assert plug_in[128] < exact[128] - 0.05


def test_policies_drawn_otherwise_are_the_same_policy_where_nothing_was_trained():
    at = prompts.task(FRESH)
    table = readings.drawn_otherwise(at, at.base(), at.base())
    own = [float(pass_at(at.halves(at.base())["new"], k).mean()) for k in prompts.KS]
    for row in table.index[:4]:
        assert table.loc[row].tolist() == pytest.approx(own, abs=2e-3), row
    assert (table.iloc[4:] >= table.iloc[0] - 1e-6).all(axis=None)


def test_the_mean_of_the_null_arm_holds_a_games_own_outcome_and_without_it_nothing_is_left_of_it():
    at, count = games.match(range(200)), 2
    batch = games.Rollouts(at.game, episodes=count, advantage=None)(at.beginner(), Rng(at.seeds))
    first = games.outcomes(batch)[..., 0]
    own = lambda weigh: float((weigh(batch)[..., 0] * first).mean())
    assert own(games.by_lot) == pytest.approx(-1 / count, abs=0.12)
    assert own(games.of_another) == pytest.approx(0, abs=0.12)


def test_the_base_has_sharpness_one_and_rl_a_higher_one():
    at = prompts.task(FRESH)
    assert torch.allclose(prompts.sharpness(at.base()), torch.ones(4))
    assert (prompts.sharpness(prompts.trained(at, ["RL"], steps=10)["RL"].policy) > 1.05).all()


# Planted answers


def test_planted_answers_are_found_as_theory_says_while_nothing_moves():
    found, policy = planted.searches(range(100, 164), ["RL"], steps=20)["RL"]
    tries = torch.tensor([20.0 * planted.TRIES])
    for place, chance in enumerate(planted.CHANCES):
        theory = float(planted.expected(tries, chance)[0])
        scatter = (theory * (1 - theory) / 64) ** 0.5
        assert float(found[-1, :, place].float().mean()) == pytest.approx(theory, abs=4 * scatter + 0.02)
    unmoved = planted.world().chances(policy)[~found[-1]]
    before = torch.tensor(planted.CHANCES).expand(64, -1)[~found[-1]]
    assert torch.allclose(unmoved, before, rtol=1e-3)


def test_what_was_found_once_is_not_learned_yet():
    table = planted.table_of(planted.searches(range(100, 132), ["RL"], steps=40))
    rare = table[table["chance before"] == 1e-3].iloc[0]
    assert rare.found > 0.5 and rare.learned == 0


def test_a_decent_answer_makes_rare_ones_rarer():
    _, policy = planted.searches(FRESH, (only := ["RL, decent answer pays"]), steps=60)[only[0]]
    assert (planted.world().chances(policy)[:, -1] < 0.9e-6).all()


# Chains, and the boundary


def test_practised_and_new_chains_have_nothing_in_common_and_are_all():
    at = links.course([1, 2], before=1)
    for practised, new in zip(at.practised.tolist(), at.new.tolist(), strict=True):
        both = [tuple(chain) for chain in practised + new]
        assert len(set(both)) == len(both) == 216


def test_each_seed_has_functions_and_practised_chains_of_its_own():
    at = links.course([1, 2], before=1)
    functions = at.world(at.new).functions
    assert not torch.equal(functions[0], functions[1]) and not torch.equal(at.practised[0], at.practised[1])
    alone = links.course([2], before=1)
    assert torch.equal(alone.practised[0], at.practised[1])
    assert torch.equal(alone.world(alone.new).functions[0], functions[1])
    assert (at.first(2)[..., 2] == -1).all() and torch.equal(at.first(2)[..., :2], at.practised[..., :2])


def test_a_base_that_never_had_a_chain_is_taught_single_functions_alone():
    alone, habit = (links.course([1], before=60, knows=knows) for knows in (links.KNOWS[2], links.KNOWS[0]))
    chance = lambda at: at.world([[0, 1, 2], [3, 4, 5]]).solved(at.base)
    assert chance(alone) > 5 * chance(habit)


def test_a_seed_learns_the_same_whether_or_not_other_seeds_learn_beside_it():
    at, names, how = links.course(FRESH, before=3), ["SFT, own right answers"], {"steps": 8, "often": 2}
    frame = links.with_others(at, ["SFT"], names, count=2, **how)
    every = links.trained(at, names, **how)
    there = every[every.seed.isin(FRESH[:2])].reset_index(drop=True)
    few = frame[frame.method == names[0]].reset_index(drop=True)
    pd.testing.assert_frame_equal(few, there, check_exact=True)
    assert sorted(frame[frame.method == "SFT"].seed.unique()) == FRESH


def test_all_arms_of_chains_make_as_many_steps():
    arms = links.arms(links.course([1], before=1), steps=42)
    assert {sum(steps for *_, steps in stages) for stages in arms.values()} == {42}


def test_habit_is_right_in_single_functions_and_repeats_in_chains():
    env = links.Chains([[0, 1, 2], [3, -1, -1]])
    at = lambda place: links.Chains.reset(env, links_rng(), 64)._replace(place=torch.full((1, 64), place))
    assert (links.habit(env, at(0)) == env.answer(at(0))).all()
    assert (links.habit(env, at(1)) == at(1).symbol).all()


def links_rng():
    return Rng((5,))


def test_theory_of_the_boundary_is_discovery_for_one_piece_and_moves_by_the_number_of_tries():
    assert boundary.in_theory(3, 1, 1000) == pytest.approx(1 - (1 - 1e-3) ** 1000)
    assert boundary.in_theory(6, 2, 1000) == pytest.approx((1 - (1 - 1e-3) ** 1000) ** 2)


def test_the_boundary_lies_where_theory_says():
    frame = boundary.grid(FRESH[:2], steps=30, each=(1, 8), lr=0.3)
    assert (frame[frame.theory < 1e-3].solved == 0).all()
    clear = frame[(frame.theory > 0.99) & (frame.power <= frame.pieces)]
    assert len(clear) > 4 and (clear.solved == 1).all()


def test_a_seed_of_the_boundary_is_the_same_alone():
    both, alone = (boundary.grid(seeds, steps=20, each=(8,), lr=0.3) for seeds in (FRESH[:2], FRESH[:1]))
    other = boundary.grid(FRESH[1:2], steps=20, each=(8,), lr=0.3)
    assert both.solved.tolist() == ((alone.solved + other.solved) / 2).tolist()
    assert 0 < both.solved.mean() < 1


# Builds


def test_built_self_play_follows_the_exact_gradient():
    game = Nim((1, 2))
    torch.manual_seed(0)
    path = builds.self_play(game, steps=1, lr=1.0, plays=20_000)
    found = (
        play_check._moved(*(torch.cat([torch.zeros(1, game.actions), one[1:]]) for one in path), game)
        * play_check._LR
    )
    assert torch.allclose(found[1:], play_check.exact_step(game, path[0])[1:], atol=0.03)


def test_the_exact_step_of_self_play_is_the_mean_of_trains():
    game = Nim((2, 2))
    p = game.chances(game.player(None, 1))[0]
    right = play_check.exact_step(game, p)
    assert torch.allclose(right.sum(1), torch.zeros(game.features), atol=1e-6)
    assert (right[game.wins][game.right[game.wins]] > 0).any()


def test_self_play_and_sft_go_their_ways():
    at = games.match(FRESH)
    arms = games.arms(at)
    start = at.probe(at.beginner())
    own = train(at.beginner(), *arms["self-play RL"], steps=20, lr=0.1)
    copied = train(at.beginner(), *arms["SFT"], steps=20, lr=0.1)
    assert (at.probe(own.policy)[games.WINS] > start[games.WINS]).all()
    assert (at.probe(copied.policy)[games.NATS] < start[games.NATS]).all()


def test_a_player_with_blind_spots_is_always_right_in_half_of_the_positions_and_guesses_in_the_others():
    at = games.match(FRESH, blind=True)
    theirs = at.game.right_moves(at.weak_player())[0]
    beginners = at.game.right_moves(at.beginner())[0]
    seen = theirs > 0.999
    assert 0.35 < float(seen.float().mean()) < 0.65
    assert torch.allclose(theirs[~seen], beginners[~seen], atol=1e-5)


def test_self_play_after_sft_goes_on_from_the_pupil():
    at = games.match(FRESH[:2])
    run = games.after_sft(at, steps=40)
    begun, ended = (rows_of(run.history[run.history.step == step], games.RIGHT).value for step in (0, 20))
    assert begun.mean() > float(at.game.right_moves(at.beginner()).mean()) + 0.02
    assert ended.mean() > begun.mean()


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_self_play_after_sft_makes_a_step_of_each_however_few_there_are(steps):
    assert games.after_sft(games.match(range(2)), steps=steps).history.step.max() >= 1


def test_winners_only_leaves_the_last_mover_in_and_the_other_out():
    at = games.match(FRESH, winners=True)
    batch = at.watched(8)(None, Rng(at.seeds))
    assert (batch.mask.sum(-1) >= 1).all()
    first, second = batch.mask[..., :-1], batch.mask[..., 1:]
    assert not (first & second).any()


# Figures


def test_the_figures_of_lesson_02_can_be_read():
    for names in (["RL"], ["RL", "RL, entropy bonus", "RL, decent answer pays"]):
        figures.plot_found(planted.searches(FRESH, names, steps=5), builds.found_by)
    at = prompts.task(FRESH)
    base, arms = at.halves(at.base())["new"], ("RL", "null arm", "RL, leash")
    after = {name: base / (2 + place) for place, name in enumerate(arms)}
    figures.plot_reach(base, after, sampled=readings.from_samples(base, builds.pass_at_k))
    drawn = figures.plot_boundary(boundary.grid(FRESH[:2], steps=1))
    assert len(drawn.lines) == 3 * 16 + 3  # squares, and a line of theory where it lies within the picture
    board = games.match(FRESH)
    right = board.game.right_moves(board.weak_player())[0]
    figures.plot_positions(board.game, {"self-play RL": right, "SFT": right})
    assert all("At the opening, ringed," in one for one in plt.gcf().alt_text)
    match = games.match(FRESH[:2])
    ours = games.trained(match, ["self-play RL"], steps=2)["self-play RL"]
    figures.plot_learning(builds.learning(builds.self_play, match, ours, steps=2), label="right", level=0.6)
    for figure in map(plt.figure, plt.get_fignums()):
        assert complaints(figure) == [] and "unclear" not in picture(figure)[1]["image/png"]
    plt.close("all")


# The page


(SOLUTION,) = (Path(__file__).parents[2] / "notebooks" / "solutions").glob("02_*.ipynb")
PAGE = nbformat.read(SOLUTION, as_version=4)
HANGS_ON = {"02.C2": 16, "02.composing": 12, "02.C3": 13}
COUNTED = {12: "Twelve", 13: "Thirteen", 16: "Sixteen"}


def what_it_hangs_on(name):
    """The text after a rule's settings."""
    cells = [cell.source for cell in PAGE.cells]
    at = next(
        place
        for place, text in enumerate(cells)
        if f'specification_curve(readings.multiverse(), "{name}")' in text
    )
    return next(text for text in cells[at:] if text.startswith("**What it hangs on.**"))


@pytest.mark.parametrize("name", HANGS_ON)
def test_every_number_that_the_page_tells_of_settings_is_in_their_table(name):
    found = by_setting(stored("multiverse_02"), name)
    assert len(found) == HANGS_ON[name]
    text = what_it_hangs_on(name)
    assert f"{COUNTED[len(found)]} settings" in text
    told = [
        re.findall(r"\d+\.\d+", f"{one.effect} {'' if one.valid else one.why} {setting}")
        for setting, one in found.items()
    ]
    assert set(re.findall(r"\d+\.\d+", text)) <= {number for one in told for number in one}


@pytest.mark.parametrize("name", HANGS_ON)
def test_the_page_names_every_setting_whose_word_is_another(name):
    text = what_it_hangs_on(name)
    found = by_setting(stored("multiverse_02"), name)
    own = found["as in the lesson"].word
    for setting, one in found.items():
        if one.word != own or not one.valid:
            assert str(one.effect).split()[0].lstrip("-") in text, setting


def test_a_self_play_of_plain_python_whose_games_do_not_end_is_stopped(monkeypatch):
    def never_moves(game, steps=300, lr=4.0, plays=32):
        place = game.opening
        while place != 0:
            place = max(place, 1)

    monkeypatch.setattr(ending, "PATIENCE", 0.3)
    said = str(check_self_play(never_moves))
    assert "Do your games end?" in said


@pytest.mark.parametrize("practised", [24, 25, 100])
def test_no_chain_is_both_practised_and_new(practised):
    course = links.course(range(2), practised=practised, before=1)
    for some, others in zip(course.practised.tolist(), course.new.tolist(), strict=True):
        assert len(some) == practised
        assert not {tuple(one) for one in some} & {tuple(one) for one in others}


def test_odd_numbers_are_refused():
    at = prompts.task(range(2))
    for odd in (0, -1, float("nan"), torch.tensor([1.0, 0.0])):
        with pytest.raises(ValueError, match="a temperature is a number above 0"):
            at.drawn_at(at.base(), odd)
    for odd in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="temperature is a number above 0"):
            at.cooled(odd)
    for odd in (float("nan"), -0.1, 2):
        with pytest.raises(ValueError, match="a chance"):
            planted.planted([odd])
    with pytest.raises(ValueError, match="practised is below 216"):
        links.course(range(2), practised=216, before=1)
    with pytest.raises(ValueError, match="a power is a number at least 0"):
        boundary.chance_of([-1])


def test_seeds_of_the_searches_may_come_one_by_one():
    runs = planted.searches((seed for seed in range(2)), steps=1, tries=2)
    assert [found.shape[1] for found, _ in runs.values()] == [2, 2, 2]


@pytest.mark.parametrize("of", [prompts.task, games.match])
def test_a_number_means_so_many_seeds_and_what_is_none_is_refused(of):
    assert of(2).seeds == of(range(2)).seeds == (0, 1)
    for wrong, says in (
        ([1, 1], "1 comes twice"),
        ("ab", "list of whole numbers"),
        ([], "none"),
        ([1.5], "1.5"),
    ):
        with pytest.raises((TypeError, ValueError), match=says):
            of(wrong)


def test_arms_beside_a_gates_control_start_from_the_same_base():
    at = links.course(FRESH[:2], knows="nothing", before=2)
    there = links.trained(at, ["SFT"], steps=4, often=1).assign(part="chains")
    both = readings.beside_control((at, there), ["RL, each link"], steps=4)
    start = both[(both.step == 0) & (both.metric == "new")].pivot(
        index="seed", columns="method", values="value"
    )
    assert sorted(both.method.unique()) == ["RL, each link", "SFT"] and both.step.max() == 4
    assert (start["SFT"] == start["RL, each link"]).all()
