"""What is built in lesson 07, as the course has it: two lines of theory, a reward model, best of n exactly."""

import torch
from jaxtyping import Float
from torch import Tensor


def how_far(n: Float[Tensor, "*axes"]) -> Float[Tensor, "*axes"]:
    """How far best of n is from the base, in nats, where no two answers score alike and each is rare."""
    return n.log() - (n - 1) / n


def caught_enough(
    fact: Float[Tensor, "*axes"], lie: Float[Tensor, "*axes"], usual: Float[Tensor, "*axes"]
) -> Float[Tensor, "*axes"]:
    """The share of lies that judges must see for what they are, so that a lie is worth the usual word to them."""
    return (fact - usual) / (fact - lie)


def reward_model(
    better: Float[Tensor, "pair feature"], worse: Float[Tensor, "pair feature"], ridge: float = 1.0
) -> Float[Tensor, "feature"]:
    """The weights under which the judgements are likeliest, less ridge x |weights|^2 / 2; by gradient ascent.

    The rate is as large as is safe: 1 over the most that the objective can curve.
    """
    more = better - worse
    rate = 1 / (ridge + torch.linalg.matrix_norm(more, 2) ** 2 / 4)
    weights = torch.zeros_like(more[0])
    for _ in range(1000):
        wins = torch.sigmoid(more @ weights)
        slope = (1 - wins) @ more - ridge * weights
        weights = weights + rate * slope
    return weights


def best_of(
    base: Float[Tensor, "answer"], score: Float[Tensor, "answer"], n: float
) -> Float[Tensor, "answer"]:
    """How likely each answer is to be the best of n drawn from the base; equals share as the base does."""
    level, group = score.unique(return_inverse=True)
    mass = torch.zeros(len(level), dtype=base.dtype).index_add(0, group, base)
    upto = mass.cumsum(0)
    below = torch.cat([upto[:1] * 0, upto[:-1]])
    won = torch.where(mass > 0, (upto**n - below**n) / mass, 0.0)
    return base * won[group]
