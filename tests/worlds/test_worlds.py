"""Worlds: what can be built can be played, and what cannot is named where it was asked for, at once."""

import pytest
import torch

from helpers.core.losses import sft_loss
from helpers.core.policy import Policy, table
from helpers.core.probes import noise_to_signal
from helpers.core.sources import Demonstrations, Rollouts
from helpers.core.streams import Rng
from helpers.core.types import World
from helpers.worlds import (
    Bandit,
    GridWorld,
    Guide,
    Maze,
    boltzmann_policy,
    corridors,
    gradient_moments,
    mazes,
    shown_actions,
    walk_to_coin,
)

NAN = float("nan")


@pytest.mark.parametrize(
    "make",
    [lambda: Bandit([0.0, 1.0]), lambda: GridWorld(corridors(9), 5), lambda: Maze(mazes(6, together=0.5), 4)],
)
def test_each_world_is_one_and_can_be_played(make):
    env = make()
    assert isinstance(env, World)
    policy = Policy(table(env.actions, env.features), seeds=2)
    batch = Rollouts(env, episodes=8)(policy, Rng(policy.seeds))
    assert batch.obs.shape[-1] == batch.obs_after.shape[-1] == env.features
    assert batch.mask.shape[-1] <= env.horizon and (batch.mask.sum(-1)[~batch.ended] == env.horizon).all()


@pytest.mark.parametrize(
    "asked", [{"walls": 0.0}, {"walls": 1.0}, {"walls": 0.99}, {"size": 2, "walls": 0.9}], ids=str
)
def test_mazes_that_cannot_be_found_are_given_up(asked):
    with pytest.raises(ValueError, match=r"found \d+ of 5 mazes .* then none in 2,000 tries"):
        mazes(5, together=0.5, **asked)


@pytest.mark.parametrize(
    "asked, said",
    [
        ({"walls": -0.1}, "walls is a share"),
        ({"walls": NAN}, "walls is a number"),
        ({"walls": 20}, "for 20 % write 0.2"),
        ({"together": 90.0}, "for 90 % write 0.9"),
        ({"together": NAN}, "together is a number"),
        ({"size": 1}, "size is a whole number of at least 2"),
        ({"size": 0}, "size is a whole number of at least 2"),
        ({"count": 0}, "count is a whole number of at least 1"),
        ({"seed": -1}, "seed is a whole number of at least 0"),
    ],
    ids=str,
)
def test_mazes_that_make_no_sense_are_named_at_once(asked, said):
    with pytest.raises(ValueError, match=said):
        mazes(**{"count": 3, "together": 0.5, **asked})


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("size, walls", [(3, 0.3), (5, 0.4), (7, 0.2)])
def test_in_every_maze_both_guides_arrive(size, walls, seed):
    env = Maze(mazes(8, together=0.0, size=size, walls=walls, seed=seed), horizon=2 * size)
    assert Demonstrations(env, Guide(env, "coin"), episodes=64)(None, Rng([0])).returns.mean() == 1


@pytest.mark.parametrize("width", [3, 4, 5, 9, 30])
@pytest.mark.parametrize("left", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("held_out", [False, True])
def test_corridors_have_the_coin_on_the_left_in_the_share_asked_or_say_that_none_has(width, left, held_out):
    try:
        levels = corridors(width, left, held_out=held_out)
    except ValueError as error:
        assert "take a wider one" in str(error) and width < 5
        return
    share = levels.weight[levels.coin < levels.start].sum() / levels.weight.sum()
    assert share == pytest.approx(left, abs=1e-6)
    world = GridWorld(levels, horizon=width)
    assert Demonstrations(world, walk_to_coin, episodes=32)(None, Rng([0])).returns.mean() == 1


@pytest.mark.parametrize(
    "wrong", [{"width": 2}, {"width": 0}, {"left": 1.1}, {"left": NAN}, {"left": -0.5}], ids=str
)
def test_corridors_that_make_no_sense_are_named(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        corridors(**{"width": 9, **wrong})


@pytest.mark.parametrize(
    "change, said",
    [
        ({"start": torch.tensor([99])}, "levels.start has a cell from 0 to 8"),
        ({"coin": torch.tensor([-1])}, "levels.coin has a cell"),
        ({"coin": torch.tensor([1, 2])}, "levels.coin has a cell"),
        ({"start": torch.tensor([3])}, "levels.start lies in a wall, in level 0"),
        ({"flag": torch.tensor([3])}, "levels.flag lies in a wall"),
        ({"weight": torch.tensor([0.0])}, "not all 0"),
        ({"weight": torch.tensor([-1.0])}, "at least 0"),
        ({"weight": torch.tensor([NAN])}, "at least 0"),
    ],
)
def test_levels_that_nobody_can_play_are_named(change, said):
    walls = torch.zeros(1, 1, 9, dtype=torch.bool)
    walls[0, 0, 3] = True
    fields = {"start": torch.tensor([1]), "coin": torch.tensor([2]), "weight": torch.ones(1)}
    from helpers.worlds import Levels

    GridWorld(Levels.__new__(Levels, walls, **fields), horizon=4)
    with pytest.raises((ValueError, TypeError), match=said):
        GridWorld(Levels.__new__(Levels, walls, **{**fields, **change}), horizon=4)


def test_a_world_without_time_or_with_an_unknown_prize_is_refused():
    for horizon in (0, -1):
        with pytest.raises(ValueError, match="horizon is a whole number"):
            GridWorld(corridors(9), horizon)
    with pytest.raises(ValueError, match="pays is one of coin: got 'flag'"):
        GridWorld(corridors(9), 5, pays="flag")
    with pytest.raises(ValueError, match="pays is one of coin, flag"):
        Maze(mazes(3, together=0.5), pays="both")
    with pytest.raises(ValueError, match="these have no flag"):
        Guide(GridWorld(corridors(9), 5), "coin")


class Always(Rng):
    """Random numbers that are all the same one."""

    def __init__(self, number):
        super().__init__([0])
        self.number = torch.tensor(number)

    def uniform(self, *shape):
        return self.number.expand(1, *shape)


def test_the_largest_random_number_draws_a_level_that_has_a_weight():
    levels = corridors(9)._replace(weight=torch.rand(38, generator=torch.Generator().manual_seed(0)))
    levels = levels._replace(weight=torch.cat([levels.weight, torch.zeros(9)])[: len(levels.coin)])
    levels.weight[-3:] = 0
    for share in (0.1, 0.3, 1.0, 3.0, 1e-3):
        env = GridWorld(levels._replace(weight=share * levels.weight), 5)
        for number in (0.0, 1 - 2**-24):
            level = env.reset(Always(number), 1).level
            assert env.levels.weight[level] > 0


@pytest.mark.parametrize("rewards", [[], [1.0, NAN], [float("inf")], [[1.0, 2.0]]])
def test_a_bandit_without_finite_rewards_is_refused(rewards):
    with pytest.raises((ValueError, TypeError)):
        Bandit(rewards)


def test_a_teachers_shares_are_shares():
    for wrong in (torch.tensor([NAN, 1.0]), torch.tensor([-0.5, 1.5]), torch.tensor([0.5, 0.2])):
        with pytest.raises(ValueError, match="add up to 1"):
            shown_actions(wrong, torch.zeros(2))
    with pytest.raises(ValueError, match="episodes"):
        shown_actions(torch.tensor([0.5, 0.5]), torch.zeros(2), episodes=0)


@pytest.mark.parametrize("beta", [1e-30, 1e-6, 1.0, 1e30])
@pytest.mark.parametrize("lift", [0.0, 1e6])
def test_the_best_priced_policy_is_one_at_every_price(beta, lift):
    reference, reward = torch.tensor([0.2, 0.5, 0.3, 0.0]), torch.tensor([1.0, 0.0, 1.0, 5.0]) + lift
    best = boltzmann_policy(reference, reward, beta)
    assert best.sum() == pytest.approx(1) and best[3] == 0
    if beta < 1e-3:
        assert torch.allclose(best, torch.tensor([0.4, 0.0, 0.6, 0.0]))
    if beta > 1e3 * (1 + lift):
        assert torch.allclose(best, reference)
    with pytest.raises(ValueError, match="beta is a number above 0"):
        boltzmann_policy(reference, reward, 0.0)


def test_the_variance_of_what_is_certain_is_zero_and_never_negative():
    g = torch.Generator().manual_seed(0)
    policy = (20 * torch.randn(500, 8, generator=g)).softmax(-1)
    sure = torch.eye(8)[torch.randint(8, (500,), generator=g)]
    weight = 100 * torch.randn(500, 8, generator=g)
    assert gradient_moments(policy, sure, weight)[1].abs().max() == 0
    assert (gradient_moments(policy, policy, weight)[1] >= 0).all()


def test_a_truth_of_length_zero_or_of_another_size_is_named():
    policy = Policy(table(4), seeds=2)
    data = Rollouts(Bandit([0.0, 1.0, 0.0, 0.0]))
    for nothing in (torch.zeros(4), torch.full((4,), NAN)):
        with pytest.raises(ValueError, match="a gradient with a length"):
            noise_to_signal(data, sft_loss, nothing)
    with pytest.raises(ValueError, match="truth has the shape"):
        noise_to_signal(data, sft_loss, torch.ones(1))(policy)
