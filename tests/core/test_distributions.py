"""Formulas of distributions against float64, over all sizes that may come, and where an action is impossible."""

import pytest
import torch

from helpers.core.distributions import entropy, k3, kl, logp_of
from helpers.core.losses import (
    grpo_loss,
    per_episode,
    per_length,
    per_step,
    per_step_per_text,
    ppo_loss,
    reinforce_loss,
    sft_loss,
)
from helpers.core.types import Batch, Evaluation
from helpers.worlds.bandits import boltzmann_policy, kl_divergence

SIZES = torch.logspace(-8, 1, 400, dtype=torch.float64)  # 1e-8 to 10
CLOSE = 1e-6  # relative; float32 has seven digits


def exact_k3(x):
    """In float64, as a series where even that cancels."""
    terms, total = x.square() / 2, torch.zeros_like(x)
    for n in range(3, 40):
        total, terms = total + terms, terms * x / n
    return torch.where(x.abs() < 1, total, x.exp() - x - 1)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_leash_is_exact_at_every_size(sign):
    x = (sign * SIZES).float()
    exact = exact_k3(x.double())
    assert ((k3(x).double() - exact).abs() / exact).max() < CLOSE
    plain = x.exp() - x - 1
    assert ((plain.double() - exact).abs() / exact).max() > 0.9  # what it is instead of


@pytest.mark.parametrize("sign", [1, -1])
def test_the_leash_has_the_right_slope_and_curvature_at_every_size(sign):
    x = (sign * SIZES).float().requires_grad_()
    slope = torch.autograd.grad(k3(x).sum(), x, create_graph=True)[0]
    curvature = torch.autograd.grad(slope.sum(), x)[0]
    assert ((slope.double() / x.double().expm1()) - 1).abs().max() < CLOSE
    assert torch.allclose(curvature.double(), x.double().exp(), rtol=CLOSE, atol=1e-7)


def test_the_leash_has_a_finite_slope_wherever_it_is_finite():
    x = torch.tensor([-torch.inf, -1e30, -200.0, -0.5, 0.0, 0.5, 80.0], requires_grad=True)
    k3(x).sum().backward()
    assert x.grad.isfinite().all()
    assert k3(torch.zeros(())) == 0 and k3(torch.tensor(-torch.inf)) == torch.inf


def near_pairs(size, actions=50):
    """Two distributions about `size` apart in their logits, in float64."""
    g = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(64, actions, generator=g, dtype=torch.float64)
    other = logits + size * torch.randn(64, actions, generator=g, dtype=torch.float64)
    return logits.log_softmax(-1), other.log_softmax(-1)


@pytest.mark.parametrize("size", [1e-3, 1e-2, 0.1, 1.0, 3.0, 10.0])
def test_kl_in_float32_is_that_in_float64(size):
    p, q = near_pairs(size)
    exact = kl(p, q)
    assert torch.allclose(exact, (p.exp() * (p - q)).sum(-1), rtol=1e-8, atol=1e-15)
    # The log-probabilities themselves are rounded to about 5e-7; a KL of x^2 / 2 can be no better than that over x.
    bound = 2e-6 + 3e-6 / size
    assert ((kl(p.float(), q.float()).double() - exact).abs() / exact).max() < bound


def test_a_small_kl_is_not_lost_in_rounding_nor_negative():
    p, q = near_pairs(1e-3)
    plain = (p.float().exp() * (p.float() - q.float())).sum(-1)
    worst = lambda value: ((value.double() - kl(p, q)).abs() / kl(p, q)).max()
    assert worst(kl(p.float(), q.float())) < 0.1 * worst(plain)
    for size in (0, 1e-7, 1e-6, 1e-5):
        one, other = near_pairs(size)
        assert (kl(one.float(), other.float()) >= 0).all()


@pytest.mark.parametrize("size", [1e-4, 1e-2, 1.0, 5.0])
def test_kl_of_probabilities_is_as_exact(size):
    p, q = near_pairs(size)
    exact = kl(p, q)
    found = kl_divergence(p.exp().float(), q.exp().float()).double()
    assert ((found - exact).abs() / exact).max() < 2e-6 + 1e-6 / size
    plain = torch.special.xlogy(p.exp().float(), p.exp().float() / q.exp().float()).sum(-1).double()
    assert size > 1e-3 or ((plain - exact).abs() / exact).max() > 1


IMPOSSIBLE = torch.tensor([[0.3, -torch.inf, -1.0, 0.5], [-torch.inf, -torch.inf, 0.0, -torch.inf]])


def test_an_impossible_action_adds_nothing_to_entropy_and_kl():
    p, q = (
        IMPOSSIBLE.log_softmax(-1),
        torch.tensor([[0.1, 0.2, -0.3, 1.0], [0.5, -2.0, 0.0, 0.7]]).log_softmax(-1),
    )
    possible = [row[row > -torch.inf] for row in p]
    expected = torch.stack([-(row.exp() * row).sum() for row in possible])
    assert torch.allclose(entropy(p), expected, atol=1e-6)
    pairs = [(a[a > -torch.inf], b[a > -torch.inf]) for a, b in zip(p, q, strict=True)]
    expected = torch.stack([(a.exp() * (a - b)).sum() for a, b in pairs])
    assert torch.allclose(kl(p, q), expected, atol=1e-6)
    assert kl(p, p).abs().max() == 0
    assert kl(q, p).isposinf().all()  # the other way round they are possible, and ruled out


def test_impossible_actions_leave_every_gradient_finite():
    logits = IMPOSSIBLE.clone().requires_grad_()
    p, q = (
        logits.log_softmax(-1),
        torch.tensor([[0.1, 0.2, -0.3, 1.0], [0.5, -2.0, 0.0, 0.7]]).log_softmax(-1),
    )
    action = torch.tensor([2, 2])
    for value in (entropy(p), kl(p, q), kl(p, p.detach()), logp_of(logits, action)):
        slope = torch.autograd.grad(value.sum(), logits, retain_graph=True)[0]
        assert slope.isfinite().all()


def test_an_evaluation_with_impossible_actions_has_an_entropy():
    logits = IMPOSSIBLE.view(1, 1, 2, 4)
    action = torch.tensor([[[0, 2]]])
    assert Evaluation(logp_of(logits, action), logits).entropy.isfinite().all()


def test_gradients_of_entropy_and_kl_equal_finite_differences():
    g = torch.Generator().manual_seed(1)
    logits = torch.randn(3, 5, generator=g, dtype=torch.float64, requires_grad=True)
    other = torch.randn(3, 5, generator=g, dtype=torch.float64, requires_grad=True)
    normal = lambda x: x.log_softmax(-1)
    for formula in (
        lambda x, y: entropy(normal(x)),
        lambda x, y: kl(normal(x), normal(y)),
        lambda x, y: k3(normal(x) - normal(y)),
        lambda x, y: kl(normal(x), normal(x + 0.1 * y)),
    ):
        torch.autograd.gradcheck(formula, (logits, other))
        torch.autograd.gradgradcheck(formula, (logits, other))


def batch_with_rubbish(rubbish):
    """Two episodes of unlike length, with something else at the steps that do not count."""
    mask = torch.tensor([[[True, True, True], [True, False, False]]])
    value = lambda x: torch.where(mask, torch.tensor(x), rubbish)
    fields = {"logp": value(-0.7), "logp_ref": value(-0.8), "advantage": value(1.5)}
    return Batch(torch.zeros(1, 2, 3, 1), mask.long(), mask, torch.zeros(1, 2, 3), **fields)


MEANS = [per_episode, per_step, per_step_per_text, per_length(3)]


@pytest.mark.parametrize("mean", MEANS)
@pytest.mark.parametrize("loss", [sft_loss, reinforce_loss, ppo_loss, grpo_loss])
@pytest.mark.parametrize("rubbish", [torch.nan, torch.inf, -torch.inf])
def test_what_stands_at_steps_that_do_not_count_does_not_matter(mean, loss, rubbish):
    def found(rubbish):
        logp = torch.full((1, 2, 3), -0.6, requires_grad=True)
        value = loss(Evaluation(logp, logp[..., None]), batch_with_rubbish(rubbish), mean=mean)
        return value.detach(), torch.autograd.grad(value.sum(), logp)[0]

    for one, other in zip(found(rubbish), found(0.0), strict=True):
        assert torch.equal(one, other)


def test_the_best_priced_policy_exists_for_a_reference_that_rules_an_arm_out():
    best = boltzmann_policy(torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.0, 1.0, 100.0]), 0.5)
    assert best[2] == 0 and best.sum() == pytest.approx(1)
