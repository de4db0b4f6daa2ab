"""Lesson 03: right answers written differently, and wrong ones, each with the hint that it must get."""

import math

import numpy as np
import torch
from scipy import stats


def first_by_counting(coin, flag):
    what = ["coin" if c < f else "flag" if f < c else "none" for c, f in zip(coin, flag, strict=True)]
    return tuple(what.count(one) / len(what) for one in ("coin", "flag", "none"))


def index_by_odds(coin, flag):
    return 0.5 if coin == flag == 0 else 1 / (1 + flag / coin) if coin else 0.0


def ppo_by_cases(ratio, advantage, clip):
    gain = 0.0
    for r, a in zip(ratio.tolist(), advantage.tolist(), strict=True):
        gain += a * (min(r, 1 + clip) if a > 0 else max(r, 1 - clip))
    return -gain / len(ratio)


def interval_by_scipy(reached):
    means = np.mean(reached, axis=1)
    return stats.t.interval(0.95, len(means) - 1, loc=means.mean(), scale=stats.sem(means))


def touched(coin, flag):
    reach = lambda step: sum(s < math.inf for s in step.tolist()) / len(step)
    return reach(coin), reach(flag), 1 - max(reach(coin), reach(flag))


def both_shares(coin, flag):
    neither = sum(c == f == math.inf for c, f in zip(coin.tolist(), flag.tolist(), strict=True)) / len(coin)
    return *touched(coin, flag)[:2], neither


def among_those_that_arrive(coin, flag):
    a, b, c = first_by_counting(coin, flag)
    return a / (a + b), b / (a + b), c


def swapped(coin, flag):
    a, b, c = first_by_counting(coin, flag)
    return b, a, c


def by_numbers(reached, scale):
    means = np.mean(reached, axis=1)
    half = scale(means)
    return means.mean() - half, means.mean() + half


t = lambda means: stats.t.ppf(0.975, len(means) - 1)


RIGHT = {
    "check_first": [first_by_counting],
    "check_goal_index": [index_by_odds],
    "check_clipped_loss": [ppo_by_cases],
    "check_interval": [interval_by_scipy],
}


WRONG = {
    "check_first": [
        (both_shares, "Compare the two steps"),
        (swapped, "exchanged"),
        (lambda c, f: ((c <= f).float().mean(), (f < c).float().mean(), 0.0), "counted for the coin"),
        (lambda c, f: tuple(len(c) * s for s in first_by_counting(c, f)), "Divide by how many"),
        (among_those_that_arrive, "missing from the total"),
    ],
    "check_goal_index": [
        (lambda coin, flag: 1.0 * coin, "reaches less of anything"),
        (lambda coin, flag: index_by_odds(flag, coin), "index of the flag"),
        (lambda coin, flag: coin - flag, "mixes skill with goal"),
        (lambda coin, flag: coin / max(coin + flag, 1e-9), "return 0.5"),
        (lambda coin, flag: coin / (coin + flag), "ZeroDivisionError"),
    ],
    "check_clipped_loss": [
        (lambda r, a, c: -ppo_by_cases(r, a, c), "sign"),
        (lambda r, a, c: -(r * a).mean(), "Nothing is clipped"),
        (lambda r, a, c: -(r.clip(1 - c, 1 + c) * a).mean(), "Only the clipped part"),
        (lambda r, a, c: -torch.maximum(r * a, r.clip(1 - c, 1 + c) * a).mean(), "maximum was taken"),
        (lambda r, a, c: len(r) * ppo_by_cases(r, a, c), "Take the mean"),
        (lambda r, a, c: -torch.minimum(r * a, r.clip(-c, c) * a).mean(), r"1 - clip, 1 \+ clip"),
    ],
    "check_interval": [
        (
            lambda e: stats.t.interval(0.95, e.size - 1, loc=e.mean(), scale=stats.sem(e.ravel())),
            "average each seed first",
        ),
        (lambda e: by_numbers(e, lambda m: t(m) * m.std(ddof=1)), "root of the number"),
        (lambda e: by_numbers(e, lambda m: 1.96 * stats.sem(m)), "1.96"),
        (lambda e: by_numbers(e, lambda m: t(m) * m.std() / len(m) ** 0.5), "ddof=1"),
        (lambda e: interval_by_scipy(e.T), "axis 1"),
    ],
}
