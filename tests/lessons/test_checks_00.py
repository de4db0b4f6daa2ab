"""The checks of lesson 00 on right answers written differently, and on wrong ones."""

import re

import numpy as np
import pytest
import torch

from helpers.lessons.lesson00.checks import check_advantage, check_rl_loss, check_towards


def gap(*_):
    raise NotImplementedError


def towards_by_where(agent, coin):
    return torch.where(agent < coin, 1, 0)


def advantage_in_numpy(reward):
    return np.asarray(reward) - np.mean(np.asarray(reward))


def loss_in_a_loop(p, reward):
    usual = sum(reward) / len(reward)
    return sum(-(r - usual) * torch.log(one) for one, r in zip(p, reward, strict=True)) / len(p)


RIGHT = [
    (check_towards, towards_by_where),
    (check_advantage, advantage_in_numpy),
    (check_rl_loss, loss_in_a_loop),
]


@pytest.mark.parametrize("check, answer", RIGHT)
def test_another_right_answer_passes(check, answer):
    assert check(answer).passed, check(answer)


@pytest.mark.parametrize("check, _", RIGHT)
def test_a_gap_is_not_attempted(check, _):
    assert check(gap).word == "not attempted"


@pytest.mark.parametrize(
    "check, answer, hint",
    [
        (check_towards, lambda agent, coin: torch.where(agent < coin, 0, 1), "away from every coin"),
        (check_towards, lambda agent, coin: agent * 0 + 1, "always walks right"),
        (check_towards, lambda agent, coin: agent * 0, "always walks left"),
        (check_towards, lambda agent, coin: coin - agent, "distance"),
        (check_towards, lambda agent, coin: torch.where(agent < coin, 1, -1), "left is 0"),
        (check_advantage, lambda r: -(r - r.mean()), "sign"),
        (check_advantage, lambda r: r + 0, "Subtract what is usual"),
        (check_advantage, lambda r: (r - r.mean()) / r.std(), "standard deviation"),
        (check_advantage, lambda r: sum(r) / len(r), "mean alone"),
        (check_advantage, lambda r: r - sum(r), "sum was subtracted"),
        (check_rl_loss, lambda p, r: -loss_in_a_loop(p, r), "sign"),
        (check_rl_loss, lambda p, r: (-r * p.log()).mean(), "baseline"),
        (check_rl_loss, lambda p, r: (-p.log()).mean(), "SFT's loss"),
        (check_rl_loss, lambda p, r: (-(r - r.mean()) * p).mean(), "logarithm is missing"),
        (check_rl_loss, lambda p, r: (-(r - r.mean()) * p.log()).sum(), "sum"),
        (check_rl_loss, lambda p, r: -(r - r.mean()) * p.log(), "One number for each"),
    ],
)
def test_a_wrong_answer_gets_the_hint_that_fits(check, answer, hint):
    outcome = check(answer)
    assert outcome.word == "not yet"
    assert re.search(hint, outcome.says), outcome.says
