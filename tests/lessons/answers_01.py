"""Lesson 01: right answers written differently, and wrong ones, each with the hint that it must get."""

import numpy as np
import torch

from helpers.core.losses import per_episode, per_step, reinforce_loss


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
    weight = batch.mask / batch.mask.shape[1]
    return -(weight * now.logp * batch.advantage.detach()).sum((1, 2))


def one_hot(p, action):
    return torch.nn.functional.one_hot(torch.as_tensor(action), len(p)).float()


def batch_mean(p, action, weight):
    return (weight[:, None] * (one_hot(p, action) - p)).sum(0) / len(action)


def not_normalised(reference, reward, beta):
    return reference * torch.exp(reward / beta)


RIGHT = {
    "check_sft_gradient": [by_autograd],
    "check_reinforce_gradient": [in_a_loop],
    "check_boltzmann": [boltzmann_in_numpy],
    "check_kl": [kl_where_p],
    "check_reinforce_loss": [loss_by_weights, reinforce_loss],
}


WRONG = {
    "check_sft_gradient": [
        (lambda p, a: -by_autograd(p, a), "downhill"),
        (lambda p, a: one_hot(p, a), "lowers the probability of all others"),
        (lambda p, a: by_autograd(p, a) * p[a], "not of log p"),
        (lambda p, a: one_hot(p, a) - p * one_hot(p, a), "at the action only"),
        (lambda p, a: by_autograd(p, a)[a], r"shape is \(\)"),
    ],
    "check_reinforce_gradient": [
        (lambda p, a, r: batch_mean(p, a, r), "baseline is missing"),
        (lambda p, a, r: batch_mean(p, a, r.mean() - r), "sign"),
        (lambda p, a, r: len(a) * in_a_loop(p, a, r), "Take the mean"),
        (lambda p, a, r: in_a_loop(p, a, r) / r.std(), "standard deviation"),
        (lambda p, a, r: batch_mean(p, a, torch.ones_like(r)), "null arm"),
        (lambda p, a, r: in_a_loop(p, a, r)[None], "shape"),
    ],
    "check_boltzmann": [
        (lambda ref, r, beta: boltzmann_in_numpy(ref, r, 1 / beta), "divide"),
        (lambda ref, r, beta: torch.softmax(r / beta, 0), "reference is missing"),
        (not_normalised, "add up to 1"),
        (lambda ref, r, beta: torch.softmax(ref + r / beta, 0), "adding its logarithm"),
        (lambda ref, r, beta: boltzmann_in_numpy(ref, -r, beta), "sign of the reward"),
    ],
    "check_kl": [
        (lambda p, q: kl_where_p(q, p), "wrong way round. The mean is taken"),
        (lambda p, q: -kl_where_p(p, q), "never negative"),
        (lambda p, q: kl_where_p(p, q) / np.log(2), "bits"),
        (lambda p, q: (p * torch.log(p / q)).sum(), "NaN"),
        (lambda p, q: kl_where_p(p, q) / 3, "expected"),
    ],
    "check_reinforce_loss": [
        (lambda now, b: -loss_by_weights(now, b), "sign"),
        (lambda now, b: -(now.logp * b.advantage).flatten(1).mean(1), "mask is forgotten"),
        (lambda now, b: -(now.logp * b.advantage * b.mask).flatten(1).mean(1), "episodes times steps"),
        (lambda now, b: loss_by_weights(now, b).mean(), "one loss for each seed"),
        (lambda now, b: per_episode(-now.logp, b.mask), "sft_loss"),
        (lambda now, b: per_step(-now.logp * b.advantage, b.mask), "number of steps that count"),
        (lambda now, b: loss_by_weights(now, b).detach(), "detach"),
        (lambda now, b: per_episode(-b.advantage * now.logp.exp(), b.mask), "logarithm"),
    ],
}
