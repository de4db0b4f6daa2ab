"""Strings, chains and Nim: what is computed exactly is what sampling gives, and what theory says."""

from functools import reduce
from operator import xor

import pytest
import torch

from helpers.core import Policy, Rng, Rollouts, mlp, table
from helpers.core.types import World
from helpers.worlds.chains import Chains
from helpers.worlds.nim import Nim, outcomes, sides
from helpers.worlds.strings import Strings, cover_at, pass_at

CHAINS = [[0, 1, 2], [3, -1, -1], [2, 2, -1]]


@pytest.mark.parametrize(
    "make",
    [lambda: Strings(torch.zeros(2, 4, dtype=torch.long), 3), lambda: Chains(CHAINS), lambda: Nim((2, 3))],
)
def test_each_world_is_one_and_can_be_played(make):
    env = make()
    assert isinstance(env, World)
    batch = Rollouts(env, episodes=8)(Policy(table(env.actions, env.features), seeds=2), Rng((0, 1)))
    assert batch.obs.shape[-1] == env.features and batch.mask.shape[-1] <= env.horizon and batch.ended.all()


# Strings


def writer(pieces=1, seeds=2):
    draw = torch.Generator().manual_seed(0)
    world = Strings(torch.randint(3, (2, 4), generator=draw), 3, pieces=pieces)
    chance = torch.rand(2, 4, 3, generator=draw).softmax(-1)
    return world, world.writer(chance, seeds), chance


def test_a_writer_writes_with_the_chances_that_it_was_given():
    world, policy, chance = writer()
    by_hand = chance.gather(-1, world.right[0][..., None])[..., 0].prod(-1)
    assert torch.allclose(world.chances(policy), by_hand.expand(2, -1), rtol=1e-4)


def test_the_exact_chance_of_a_string_is_the_share_of_sampled_ones():
    world, policy, _ = writer()
    batch = Rollouts(world, episodes=20_000)(policy, Rng(policy.seeds))
    sampled = batch.returns.unflatten(1, (2, -1)).mean(-1)
    assert torch.allclose(sampled, world.chances(policy), atol=0.01)


@pytest.mark.parametrize("pieces", [1, 2, 4])
def test_all_pieces_together_pay_one_and_a_wrong_letter_costs_its_piece_alone(pieces):
    world, _, _ = writer(pieces)
    rng = Rng((0,))
    for wrong, due in ((False, 1.0), (True, 1 - 1 / pieces)):
        state, paid = world.reset(rng, 2), torch.zeros(1, 2)
        for place in range(4):
            right = world.right[0, state.prompt, place]
            action = (right + 1) % 3 if wrong and place == 0 else right
            state, reward, _ = world.step(state, action, rng)
            paid += reward
        assert paid[0].tolist() == pytest.approx([due, due])


def test_what_is_shared_moves_every_prompt_and_what_is_not_moves_one():
    for shared in (True, False):
        world = Strings(torch.zeros(3, 1, dtype=torch.long), 2, shared=shared)
        policy = world.writer(torch.full((3, 1, 2), 0.5), 1)
        with torch.no_grad():
            policy.stacked[0][:, 0, -1] += 1  # the last column: the shared light, or the last prompt's own
        moved = world.chances(policy)[0] > 0.6
        assert moved.tolist() == ([True] * 3 if shared else [False, False, True])


def test_a_string_that_cannot_be_cut_and_episodes_that_cannot_be_shared_out_are_refused():
    right = torch.zeros(2, 4, dtype=torch.long)
    with pytest.raises(ValueError, match="cannot be cut"):
        Strings(right, 3, pieces=3)
    with pytest.raises(ValueError, match="cannot be shared out"):
        Strings(right, 3).reset(Rng((0,)), 5)
    with pytest.raises(ValueError, match="below 3"):
        Strings(right + 3, 3)


def test_pass_at_k_is_exact_for_the_smallest_chances_and_cover_counts_shares():
    chance = torch.tensor([[1e-9, 0.5, 1.0]])
    assert pass_at(chance, 1000)[0].tolist() == pytest.approx([1e-6, 1.0, 1.0], rel=1e-3)
    assert cover_at(chance, 0.5).tolist() == pytest.approx([2 / 3])


# Chains


def test_a_teacher_of_chains_is_always_right_and_its_reward_is_one():
    env, rng = Chains(CHAINS, each=True), Rng((0, 1))
    state, paid = env.reset(rng, 16), torch.zeros(2, 16)
    done = torch.zeros(2, 16, dtype=torch.bool)
    for _ in range(env.horizon):
        state, reward, ended = env.step(state, env.answer(state), rng)
        paid, done = paid + torch.where(done, 0.0, reward), done | ended
    assert torch.allclose(paid, torch.ones(2, 16)) and done.all()


def test_a_function_leaves_no_symbol_where_it_is():
    (functions,) = Chains(CHAINS).functions
    assert (functions != torch.arange(8)).all() and (functions.sort(1).values == torch.arange(8)).all()


def test_the_exact_chance_of_a_chain_is_the_share_of_sampled_ones():
    env = Chains([[0, 1, -1], [2, -1, -1]], symbols=3, atoms=3)
    policy = Policy(mlp(env.features, env.actions, (8,)), seeds=2)
    batch = Rollouts(env, episodes=20_000)(policy, Rng(policy.seeds))
    assert torch.allclose(batch.returns.mean(1), env.solved(policy), atol=0.015)


def test_chains_and_functions_of_ones_own_are_as_if_each_seed_were_alone():
    chains = torch.tensor([[[0, 1, -1], [2, -1, -1]], [[2, 0, 1], [1, -1, -1]]])
    both = Chains(chains, symbols=3, atoms=3, seed=[5, 6])
    policy = Policy(mlp(both.features, both.actions, (8,)), seeds=[0, 1])
    for place, seed in enumerate((5, 6)):
        one = Chains(chains[place], symbols=3, atoms=3, seed=seed)
        alone = Policy(mlp(one.features, one.actions, (8,)), seeds=[place])
        assert torch.allclose(both.solved(policy)[place], one.solved(alone)[0], atol=1e-6)
    batch = Rollouts(both, episodes=20_000)(policy, Rng(policy.seeds))
    assert torch.allclose(batch.returns.mean(1), both.solved(policy), atol=0.015)


# Nim


@pytest.mark.parametrize("heaps", [(3, 4, 5), (2, 2), (1, 2, 3), (6,)])
def test_the_solver_agrees_with_the_closed_form_of_nim(heaps):
    game = Nim(heaps)
    assert game.wins.tolist() == [reduce(xor, row) != 0 for row in game.positions.tolist()]
    assert (game.right.any(1) == game.wins).all()


def test_who_makes_no_mistake_wins_wherever_a_win_can_be_forced():
    game = Nim((2, 3))
    perfect = game.player(game.weak(1.0), 2)
    assert torch.allclose(game.won(perfect)[:, 1:], game.wins[1:].float().expand(2, -1), atol=1e-4)
    assert game.right_moves(perfect).min() > 0.999


def test_a_beginner_makes_every_allowed_move_alike_and_no_other():
    game = Nim((2, 3))
    chance = game.chances(game.player(None, 1))[0, 1:]
    legal = game.legal[1:]
    assert torch.allclose(chance, legal / legal.sum(1, keepdim=True), atol=1e-6)


def test_the_exact_chance_to_win_is_the_share_of_sampled_games():
    game = Nim((2, 3))
    policy = game.player(game.weak(0.5), 1)
    batch = Rollouts(game, episodes=20_000, advantage=None)(policy, Rng(policy.seeds))
    first_won = (outcomes(batch)[:, :, 0] > 0).float().mean()
    assert float(first_won) == pytest.approx(float(game.won(policy, policy)[0, game.opening]), abs=0.015)


def test_how_often_a_game_comes_through_a_position_is_counted_exactly():
    game = Nim((2, 3))
    policy = game.player(game.weak(0.5), 1)
    batch = Rollouts(game, episodes=20_000, advantage=None)(policy, Rng(policy.seeds))
    seen = (batch.obs * batch.mask[..., None]).sum(2).mean(1)
    assert torch.allclose(game.visits(policy)[0, 1:], seen[0, 1:], atol=0.02)
    assert game.visits(policy)[0, 0].item() == pytest.approx(1, abs=1e-5)


def test_the_two_sides_of_a_game_have_opposite_outcomes_and_a_mean_of_zero():
    game = Nim((2, 3))
    batch = Rollouts(game, episodes=64, advantage=None)(game.player(None, 2), Rng((0, 1)))
    found, both = outcomes(batch), batch.mask[:, :, 1:]
    assert (found[:, :, 1:] * found[:, :, :-1])[both].eq(-1).all()
    last = batch.mask.sum(-1, keepdim=True) - 1
    assert found.gather(-1, last).eq(1).all()
    assert sides(batch).sum(1).abs().max() < 1e-4


def test_a_move_against_the_rules_loses_at_once():
    game = Nim((1, 3))
    take_three_of_one = torch.tensor([[game.moves.index((1, 3))]])
    place = torch.tensor([[game.positions.tolist().index([1, 0])]])
    _, reward, ended = game.step(place, take_three_of_one, Rng((0,)))
    assert reward.item() == -1 and ended.item()
