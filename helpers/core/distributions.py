"""Formulas of distributions over actions, each in one place: log-probability, entropy, KL, and its estimate.

All in nats, all exact to float32 where the plain formula cancels, and all finite where an action is impossible (a logit
of minus infinity): such an action adds nothing.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def logp_of(logits: Float[Tensor, "*axes actions"], action: Int[Tensor, "..."]) -> Float[Tensor, "*axes"]:
    """Log-probability of the actions. Raises ValueError if the shapes do not fit."""
    if logits.shape[:-1] != action.shape:
        raise ValueError(
            f"actions {tuple(action.shape)} do not fit logits {tuple(logits.shape)}: all axes but the last must agree"
        )
    return logits.gather(-1, action[..., None])[..., 0] - logits.logsumexp(-1)


def entropy(logp: Float[Tensor, "*axes actions"]) -> Float[Tensor, "*axes"]:
    """Entropy of a distribution given by the log-probabilities of all actions."""
    return -(logp.exp() * _finite(logp)).sum(-1)


def kl(p: Float[Tensor, "*#axes actions"], q: Float[Tensor, "*#axes actions"]) -> Float[Tensor, "..."]:
    """KL(p || q) of two distributions given by log-probabilities: the sum of p (log p - log q).

    Summed as p (log p - log q) + q - p, which adds up to the same since p and q both add up to 1. Each term is then at
    least 0, so that a small KL is not lost in the rounding of large terms of either sign. Infinite where q rules out
    what p does. Raises ValueError if the shapes do not fit.
    """
    same_actions(p=p, q=q)
    possible = p > -torch.inf
    ratio = torch.where(possible, q - p, 0.0)
    near = possible & (ratio.abs() < 1)
    terms = torch.where(near, 0.0, p.exp() * -ratio + q.exp() - p.exp())
    return (terms + p.exp() * k3(torch.where(near, ratio, 0.0))).sum(-1)


def k3(log_ratio: Float[Tensor, "*axes"]) -> Float[Tensor, "*axes"]:
    """exp(x) - x - 1 of x = log(q / p): with actions drawn from p, its mean is KL(p || q), and it is never negative.

    Schulman, "Approximating KL divergence" (2020), where it is the estimator k3. Near 0 it is about x^2 / 2, the
    difference of numbers that are nearly equal, so it is summed there as its power series.
    """
    x = log_ratio.clamp(-0.5, 0.5)
    series = 1 + x / 9
    for n in (8, 7, 6, 5, 4, 3):
        series = 1 + x / n * series
    return torch.where(log_ratio.abs() < 0.5, x.square() / 2 * series, log_ratio.expm1() - log_ratio)


def same_actions(**named: Tensor) -> None:
    """Tensors over the same actions: their axes agree from the right on. Leading axes may be missing or 1, no others.

    Raises ValueError with the shapes: two numbers of actions would be broadcast in silence.
    """
    first, *others = (tuple(one.shape) for one in named.values())
    if all(other == first for other in others):
        return
    meant = [_without_leading_ones(one) for one in (first, *others)]
    longest = max(meant, key=len)
    if not all(one and longest[-len(one) :] == one for one in meant):
        said = ", ".join(f"{name} {tuple(one.shape)}" for name, one in named.items())
        raise ValueError(f"{' and '.join(named)} are over the same actions, their last axis: got {said}")


def _without_leading_ones(shape):
    while len(shape) > 1 and shape[0] == 1:
        shape = shape[1:]
    return shape


def _finite(logp):
    """Log-probabilities with 0 for minus infinity: they are multiplied with 0 there, and 0 times infinity is NaN."""
    return logp.masked_fill(logp == -torch.inf, 0.0)
