"""Lesson 00: right answers written differently, and wrong ones, each with the hint that it must get."""

import numpy as np
import torch


def towards_by_where(agent, coin):
    return torch.where(agent < coin, 1, 0)


def advantage_in_numpy(reward):
    return np.asarray(reward) - np.mean(np.asarray(reward))


def loss_in_a_loop(p, reward):
    usual = sum(reward) / len(reward)
    return sum(-(r - usual) * torch.log(one) for one, r in zip(p, reward, strict=True)) / len(p)


RIGHT = {
    "check_towards": [towards_by_where],
    "check_advantage": [advantage_in_numpy],
    "check_rl_loss": [loss_in_a_loop],
}


WRONG = {
    "check_towards": [
        (lambda agent, coin: torch.where(agent < coin, 0, 1), "away from every coin"),
        (lambda agent, coin: agent * 0 + 1, "always walks right"),
        (lambda agent, coin: agent * 0, "always walks left"),
        (lambda agent, coin: coin - agent, "distance"),
        (lambda agent, coin: torch.where(agent < coin, 1, -1), "left is 0"),
    ],
    "check_advantage": [
        (lambda r: -(r - r.mean()), "sign"),
        (lambda r: r + 0, "Subtract what is usual"),
        (lambda r: (r - r.mean()) / r.std(), "standard deviation"),
        (lambda r: sum(r) / len(r), "mean alone"),
        (lambda r: r - sum(r), "sum was subtracted"),
    ],
    "check_rl_loss": [
        (lambda p, r: -loss_in_a_loop(p, r), "sign"),
        (lambda p, r: (-r * p.log()).mean(), "baseline"),
        (lambda p, r: (-p.log()).mean(), "SFT's loss"),
        (lambda p, r: (-(r - r.mean()) * p).mean(), "logarithm is missing"),
        (lambda p, r: (-(r - r.mean()) * p.log()).sum(), "sum"),
        (lambda p, r: -(r - r.mean()) * p.log(), "One number for each"),
    ],
}
