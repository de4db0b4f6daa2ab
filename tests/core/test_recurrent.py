"""Policies with a memory: they read whole episodes as they lived them, each seed by itself, and train as others do."""

import pytest
import torch

from helpers.core import Policy, Rng, Rollouts, mlp, reinforce_loss, sft_loss, train
from helpers.core.recurrent import Lives, Recurrent, elman, lived, update
from helpers.worlds.pulls import Pulls, one_task

WORLD = Pulls(one_task(0.2, 0.8), horizon=6)


def nets(seeds=(3, 4, 5), hidden=5):
    return Recurrent(elman(4, 2, hidden), seeds=seeds)


def batch_of(policy, episodes=16):
    rng = Rng(policy.seeds)
    return lived(policy, WORLD, rng.gumbel(WORLD.horizon, episodes, 2), rng)


def test_the_update_is_that_of_an_elman_cell():
    cell = torch.nn.RNNCell(4, 5)
    memory, seen = torch.randn(1, 7, 5), torch.randn(1, 7, 4)
    ours = update(
        memory, seen, cell.weight_ih[None], cell.weight_hh[None], (cell.bias_ih + cell.bias_hh)[None]
    )
    assert torch.allclose(ours[0], cell(seen[0], memory[0]), atol=1e-6)


def test_what_it_thinks_of_an_episode_is_what_it_thought_while_it_lived_it():
    policy = nets()
    batch = batch_of(policy)
    assert torch.allclose(policy.evaluate(batch.obs, batch.action).logp, batch.logp, atol=1e-5)


def test_a_choice_hangs_on_what_was_seen_before_and_not_on_what_comes_later():
    policy, obs = nets(), torch.zeros(3, 1, 4, 4)
    told = obs.clone()
    told[:, :, 2, 1] = 1
    same = (policy.logits(obs) == policy.logits(told)).all(-1)[:, 0]
    assert same[:, :2].all() and not same[:, 2:].any()


def test_a_seed_lives_alone_as_in_company():
    together, alone = batch_of(nets()), batch_of(nets([4]))
    assert torch.equal(together.action[1], alone.action[0])


@pytest.mark.parametrize("loss", [sft_loss, reinforce_loss])
def test_it_trains_as_any_policy(loss):
    run = train(nets(), Lives(WORLD, episodes=8), loss, steps=2, lr=0.01)
    assert run.steps == 2 and run.policy.reference is not None


def test_it_learns_which_arm_pays():
    run = train(nets(), Lives(WORLD, episodes=32), reinforce_loss, steps=60, lr=0.02, clip_norm=10)
    assert (batch_of(run.policy, 64).action.float().mean((1, 2)) > 0.8).all()


def test_one_observation_is_refused_and_the_error_says_what_to_do():
    with pytest.raises(TypeError, match="use Lives"):
        nets().sample(torch.zeros(3, 1, 4), torch.zeros(3, 1, 2))
    with pytest.raises(TypeError, match="use Lives"):
        Rollouts(WORLD, logp=False)(nets(), Rng(nets().seeds))
    with pytest.raises(ValueError, match="whole episodes"):
        nets().logits(torch.zeros(3, 1, 4))


def test_a_policy_without_a_memory_cannot_live():
    with pytest.raises(TypeError, match="with a memory"):
        Lives(WORLD)(Policy(mlp(4, 2), seeds=2), Rng([0, 1]))
