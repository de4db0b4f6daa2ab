"""The checks of lesson 01 on right answers written differently, and on wrong ones."""

import re

import numpy as np
import pytest
import torch

from helpers.core.losses import masked_mean
from helpers.lessons.lesson01.checks import (
    check_boltzmann,
    check_kl,
    check_reinforce_gradient,
    check_reinforce_loss,
    check_sft_gradient,
)


def by_autograd(p, action):
    logits = p.log().requires_grad_()
    logits.log_softmax(-1)[action].backward()
    return logits.grad


def in_a_loop(p, action, reward):
    total = torch.zeros_like(p)
    for a, r in zip(action, reward, strict=True):
        total[a] += r - reward.mean()
    return total / len(action)


def boltzmann_in_numpy(reference, reward, beta):
    weight = reference.numpy() * np.exp(reward.numpy() / beta)
    return weight / weight.sum()


def kl_where_p(p, q):
    there = p > 0
    return (p[there] * (p[there].log() - q[there].log())).sum()


def loss_by_weights(now, batch):
    weight = batch.mask / batch.mask.sum((1, 2), keepdim=True)
    return -(weight * now.logp * batch.advantage.detach()).sum((1, 2))


def gap(*_):
    raise NotImplementedError


RIGHT = [
    (check_sft_gradient, by_autograd),
    (check_reinforce_gradient, in_a_loop),
    (check_boltzmann, boltzmann_in_numpy),
    (check_kl, kl_where_p),
    (check_reinforce_loss, loss_by_weights),
]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_another_right_answer_passes(check, answer):
    assert check(answer).passed, check(answer)


@pytest.mark.parametrize("check, _", RIGHT)
def test_a_gap_is_not_attempted(check, _):
    assert check(gap).word == "not attempted"


def one_hot(p, action):
    return torch.nn.functional.one_hot(torch.as_tensor(action), len(p)).float()


def batch_mean(p, action, weight):
    return (weight[:, None] * (one_hot(p, action) - p)).sum(0) / len(action)


def not_normalised(reference, reward, beta):
    return reference * torch.exp(reward / beta)


@pytest.mark.parametrize(
    "check, answer, hint",
    [
        (check_sft_gradient, lambda p, a: -by_autograd(p, a), "downhill"),
        (check_sft_gradient, lambda p, a: one_hot(p, a), "lowers the probability of all others"),
        (check_sft_gradient, lambda p, a: by_autograd(p, a) * p[a], "not of log p"),
        (check_sft_gradient, lambda p, a: one_hot(p, a) - p * one_hot(p, a), "at the action only"),
        (check_sft_gradient, lambda p, a: by_autograd(p, a)[a], r"shape is \(\)"),
        (check_reinforce_gradient, lambda p, a, r: batch_mean(p, a, r), "baseline is missing"),
        (check_reinforce_gradient, lambda p, a, r: batch_mean(p, a, r.mean() - r), "sign"),
        (check_reinforce_gradient, lambda p, a, r: len(a) * in_a_loop(p, a, r), "Take the mean"),
        (check_reinforce_gradient, lambda p, a, r: in_a_loop(p, a, r) / r.std(), "standard deviation"),
        (check_reinforce_gradient, lambda p, a, r: batch_mean(p, a, torch.ones_like(r)), "null arm"),
        (check_reinforce_gradient, lambda p, a, r: in_a_loop(p, a, r)[None], "shape"),
        (check_boltzmann, lambda ref, r, beta: boltzmann_in_numpy(ref, r, 1 / beta), "divide"),
        (check_boltzmann, lambda ref, r, beta: torch.softmax(r / beta, 0), "reference is missing"),
        (check_boltzmann, not_normalised, "add up to 1"),
        (check_boltzmann, lambda ref, r, beta: torch.softmax(ref + r / beta, 0), "adding its logarithm"),
        (check_boltzmann, lambda ref, r, beta: boltzmann_in_numpy(ref, -r, beta), "sign of the reward"),
        (check_kl, lambda p, q: kl_where_p(q, p), "wrong way round. The mean is taken"),
        (check_kl, lambda p, q: -kl_where_p(p, q), "never negative"),
        (check_kl, lambda p, q: kl_where_p(p, q) / np.log(2), "bits"),
        (check_kl, lambda p, q: (p * torch.log(p / q)).sum(), "NaN"),
        (check_kl, lambda p, q: kl_where_p(p, q) / 3, "expected"),
        (check_reinforce_loss, lambda now, b: -loss_by_weights(now, b), "sign"),
        (
            check_reinforce_loss,
            lambda now, b: -(now.logp * b.advantage).flatten(1).mean(1),
            "mask is forgotten",
        ),
        (
            check_reinforce_loss,
            lambda now, b: -(now.logp * b.advantage * b.mask).flatten(1).mean(1),
            "divided by all",
        ),
        (check_reinforce_loss, lambda now, b: loss_by_weights(now, b).mean(), "one loss for each seed"),
        (check_reinforce_loss, lambda now, b: masked_mean(-now.logp, b.mask), "sft_loss"),
        (check_reinforce_loss, lambda now, b: loss_by_weights(now, b).detach(), "detach"),
        (
            check_reinforce_loss,
            lambda now, b: masked_mean(-b.advantage * now.logp.exp(), b.mask),
            "logarithm",
        ),
    ],
)
def test_a_wrong_answer_gets_the_hint_that_fits(check, answer, hint):
    outcome = check(answer)
    assert outcome.word == "not yet"
    assert re.search(hint, outcome.says), outcome.says
