"""The exact bandit: closed forms against autograd, sampling and brute force."""

import pytest
import torch

from helpers.core.losses import reinforce_loss, sft_loss
from helpers.core.policy import Policy, table
from helpers.core.probes import noise_to_signal
from helpers.core.sources import Recorded, Rollouts
from helpers.worlds.bandits import (
    Bandit,
    advantage_of,
    boltzmann_policy,
    gradient_moments,
    kl_divergence,
    shown_actions,
    total_variation,
)

P = torch.tensor([0.1, 0.2, 0.3, 0.4])
Q = torch.tensor([0.4, 0.3, 0.2, 0.1])
REWARD = torch.tensor([1.0, -1.0, 0.5, 2.0])


@pytest.mark.parametrize(
    "actor, weight", [(Q, torch.ones(4)), (P, advantage_of(P, REWARD)), (P, torch.ones(4))]
)
def test_mean_and_variance_of_a_gradient_are_those_of_autograd(actor, weight):
    logits = P.log().requires_grad_()
    each = torch.stack(
        [torch.autograd.grad(weight[a] * logits.log_softmax(-1)[a], logits)[0] for a in range(4)]
    )
    mean, variance = gradient_moments(P, actor, weight)
    assert torch.allclose(mean, (actor[:, None] * each).sum(0), atol=1e-6)
    assert variance == pytest.approx(float((actor * (each - mean).square().sum(1)).sum()), abs=1e-6)


def test_the_gradient_of_rl_is_that_of_the_expected_reward():
    logits = P.log().requires_grad_()
    (logits.softmax(-1) * REWARD).sum().backward()
    assert torch.allclose(gradient_moments(P, P, advantage_of(P, REWARD))[0], logits.grad, atol=1e-6)


def test_the_null_arm_pulls_nowhere_but_is_not_silent():
    mean, variance = gradient_moments(P, P, torch.ones(4))
    assert mean.abs().max() < 1e-7 and variance > 0.5


def test_the_boltzmann_policy_has_the_most_reward_less_price():
    best = boltzmann_policy(P, REWARD, 0.7)
    value = lambda policy: (policy * REWARD).sum(-1) - 0.7 * kl_divergence(policy, P)
    others = torch.distributions.Dirichlet(torch.ones(4)).sample((2000,))
    near = (best.log() + 0.05 * torch.randn(2000, 4)).softmax(-1)
    assert value(best) >= value(torch.cat([others, near])).max()


def test_kl_and_total_variation_at_their_limits():
    one, two = torch.eye(2)
    assert kl_divergence(one, torch.tensor([0.5, 0.5])) == pytest.approx(torch.log(torch.tensor(2.0)).item())
    assert kl_divergence(P, P) == 0 and kl_divergence(one, two) == float("inf")
    assert total_variation(one, two) == 1 and total_variation(P, P) == 0


def test_a_teachers_data_hold_each_action_in_its_share():
    batch = shown_actions(P, REWARD, episodes=200)
    assert torch.bincount(batch.action.flatten()).tolist() == [20, 40, 60, 80]
    assert (batch.returns[0] == REWARD[batch.action[0, :, 0]]).all()
    with pytest.raises(ValueError, match="add up to 1"):
        shown_actions(REWARD, REWARD)


@pytest.mark.parametrize("arm", ["SFT", "RL"])
def test_the_measured_noise_is_that_of_theory(arm):
    uniform, good = torch.full((4,), 0.25), torch.eye(4)[0]
    policy = Policy(table(4), seeds=64)
    if arm == "SFT":
        mean, variance = gradient_moments(uniform, P, torch.ones(4))
        probe = noise_to_signal(Recorded(shown_actions(P, good, episodes=5000), episodes=8), sft_loss, -mean)
    else:
        mean, variance = gradient_moments(uniform, uniform, advantage_of(uniform, good))
        known = lambda batch: batch.reward - 0.25
        probe = noise_to_signal(Rollouts(Bandit(good), episodes=8, advantage=known), reinforce_loss, -mean)
    measured = probe(policy).square().mean().sqrt()
    assert measured == pytest.approx(float((variance / 8).sqrt() / mean.norm()), rel=0.05)


def test_the_reward_less_price_is_the_same_everywhere_at_the_boltzmann_policy():
    best = boltzmann_policy(P, REWARD, 0.7)
    priced = REWARD - 0.7 * (best / P).log()
    assert priced.max() - priced.min() < 1e-5
    assert gradient_moments(best, best, advantage_of(best, priced))[1] < 1e-9
