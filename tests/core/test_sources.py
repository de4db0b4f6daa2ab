"""Who chose the actions: what an episode is, where it ends, and what a source remembers."""

import pytest
import torch
from tiny import pretrained, stacked

from helpers.core.advantages import GAE, batch_relative, leashed
from helpers.core.losses import ppo_loss
from helpers.core.policy import Policy, mlp, table
from helpers.core.sources import BestOfGroup, Completions, Demonstrations, Preferences, Recorded, Rollouts
from helpers.core.streams import Rng, Stream
from helpers.core.types import Grouped, Learns, Player, Source, Trainable, World, Writer
from helpers.worlds.bandits import Bandit
from helpers.worlds.grids import GridWorld, corridors, walk_to_coin

GRID = GridWorld(corridors(7), horizon=4)


class Countdown:
    """An episode ends after as many steps as its first number says; one sees how many are left."""

    actions, features, horizon = 2, 1, 3

    def reset(self, rng, episodes):
        return torch.arange(1, episodes + 1).repeat(len(rng.generators), 1)

    def observe(self, state):
        return state[..., None].float()

    def step(self, state, action, rng):
        return state - 1, torch.ones(state.shape), state - 1 == 0


def played(world=None, episodes=5):
    return Rollouts(world or Countdown(), episodes=episodes, advantage=None)(
        Policy(table(2), seeds=2), Rng([0, 1])
    )


def test_an_episode_that_the_world_ended_is_told_from_one_that_ran_out_of_time():
    batch = played()
    assert batch.ended.tolist() == [[True, True, True, False, False]] * 2
    assert batch.mask.sum(-1).tolist() == [[1, 2, 3, 3, 3]] * 2
    assert batch.returns.tolist() == [[1, 2, 3, 3, 3]] * 2


def test_what_would_be_seen_next_is_that_of_each_episodes_own_last_step():
    assert played().obs_after[..., 0].tolist() == [[0, 0, 0, 1, 2]] * 2


def test_when_all_have_ended_no_step_is_played_any_more():
    batch = played(episodes=2)
    assert batch.mask.shape == (2, 2, 2) and batch.obs_after[..., 0].tolist() == [[0, 0]] * 2


def test_without_log_probabilities_the_episodes_are_the_same():
    policy, episodes = Policy(mlp(GRID.features, GRID.actions), seeds=2), {}
    for logp in (True, False):
        episodes[logp] = Rollouts(GRID, episodes=8, logp=logp)(policy, Rng([0, 1]))
    assert episodes[False].logp is None
    for part in ("obs", "action", "mask", "reward", "advantage", "ended"):
        assert torch.equal(getattr(episodes[True], part), getattr(episodes[False], part))
    with pytest.raises(ValueError, match="logp=False"):
        ppo_loss(policy.evaluate(episodes[False].obs, episodes[False].action), episodes[False])


def test_taking_episodes_takes_their_ends_along():
    batch = played().take(torch.tensor([[4, 0], [2, 3]]))
    assert batch.ended.tolist() == [[False, True], [True, False]]
    assert batch.obs_after[..., 0].tolist() == [[2, 0], [0, 1]]


def test_in_a_corridor_the_last_view_follows_from_the_last_move():
    batch = Demonstrations(GRID, walk_to_coin, episodes=40)(None, Rng([0]))
    steps = batch.mask.sum(-1)
    assert 0 < batch.ended.float().mean() < 1 or batch.ended.all()
    agent, coin = batch.obs_after[..., :7].argmax(-1), batch.obs_after[..., 7:14].argmax(-1)
    assert torch.equal(agent == coin, batch.ended)
    before = batch.obs.gather(2, (steps - 1)[..., None, None].expand(-1, -1, 1, 21))[:, :, 0, :7].argmax(-1)
    assert ((agent - before).abs() == 1).all()


def test_a_world_draws_its_chance_from_the_numbers_of_the_run():
    class Noisy(Countdown):
        def step(self, state, action, rng):
            return state - 1, rng.uniform(state.shape[1]), state - 1 == 0

    one, other = played(Noisy()), played(Noisy())
    assert torch.equal(one.reward, other.reward) and len(one.reward.unique()) > 5


@pytest.mark.parametrize(
    "thing, port",
    [
        (Bandit([0.0, 1.0]), World),
        (GRID, World),
        (Countdown(), World),
        (Policy(table(2)), Player),
        (Policy(table(2)), Trainable),
        (stacked(1), Writer),
        (stacked(1), Trainable),
        (pretrained(), Writer),
        (pretrained(), Trainable),
        (Rollouts(GRID), Source),
        (Demonstrations(GRID, walk_to_coin), Source),
        (Recorded(played(), episodes=5), Source),
        (Preferences(played(episodes=4), episodes=2), Source),
        (Completions(["a", "b", "c", "d"], len), Grouped),
        (BestOfGroup(Completions(["a", "b", "c", "d"], len)), Source),
        (GAE(3), Learns),
        (leashed(GAE(3), 0.1), Learns),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_everything_of_ours_fits_its_port(thing, port):
    assert isinstance(thing, port)


def test_what_does_not_learn_is_not_taken_for_something_that_does():
    assert not isinstance(batch_relative, Learns)
    assert leashed(batch_relative, 0.1).state() == {} == Rollouts(GRID).state()


@pytest.mark.parametrize("wrap", [lambda advantage: advantage, lambda advantage: leashed(advantage, 0.1)])
@pytest.mark.parametrize("best", [False, True])
def test_what_a_critic_has_learned_goes_through_every_source(wrap, best):
    class InGroups(Rollouts):
        group = 2

    def make():
        advantage = wrap(GAE(GRID.features, hidden=(4,)))
        source = InGroups(GRID, episodes=4, advantage=advantage, reference=True)
        return BestOfGroup(source) if best else source

    one, other = make(), make()
    policy = Policy(mlp(GRID.features, 2, hidden=(4,)), seeds=2).start_training()
    assert one.state() == {}
    one(policy, Rng([0, 1]))
    kept = one.state()
    other.restore(kept)
    assert kept and all(torch.equal(kept[name], value) for name, value in other.state().items())
    other.restore({})
    assert other.state() == {}


def test_select_goes_by_the_seeds_own_number():
    policy = Policy(mlp(1, 3, hidden=(4,)), seeds=(100, 101)).start_training()
    one = policy.select(101)
    assert one.seeds == (101,) == one.reference.seeds
    assert all(torch.equal(a[1:], b) for a, b in zip(policy.stacked, one.stacked, strict=True))
    with pytest.raises(ValueError, match="seed is one of 100, 101: got 1"):
        policy.select(1)


def test_streams_draw_different_numbers_and_the_same_ones_again():
    draws = {stream: Rng([0, 1], stream).uniform(8) for stream in (0, 1, *Stream)}
    assert all(torch.equal(Rng([0, 1], stream).uniform(8), draw) for stream, draw in draws.items())
    numbers = torch.cat([draw.flatten() for draw in draws.values()])
    assert len(numbers.unique()) == 16 * len(draws)
