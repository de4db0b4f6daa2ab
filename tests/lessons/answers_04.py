"""Lesson 04: right answers written differently, and wrong ones, each with the hint that it must get."""

import torch

from helpers.lessons.lesson04.builds import batches_until, less_the_mean, plan, use
from helpers.lessons.lesson04.checks import _planned, _wrong_use
from helpers.worlds.tampering import USE


def until_in_double(p, episodes):
    return (1 / (1 - (1 - p.double()) ** episodes)).float()


def until_one_by_one(p, episodes):
    each = [1 / (1 - (1 - one) ** episodes) for one in p.double().flatten().tolist()]
    return torch.tensor(each).reshape(p.shape)


def mean_by_loops(reward):
    to_go = torch.zeros_like(reward)
    for step in range(reward.shape[1]):
        to_go[:, step] = reward[:, step:].sum(1)
    return to_go - to_go.mean(0, keepdim=True)


def mean_first(reward):
    return (reward - reward.mean(0)).flip(1).cumsum(1).flip(1)


def use_one_by_one(lit, cell, action, things, prices):
    on, adds = lit.clone(), torch.zeros(len(cell))
    for one in range(len(cell)):
        a, b, lever = things[one].tolist()
        here = int(cell[one]) if action[one] == USE else None
        if lit[one]:
            adds[one] = prices[one, 2]
        elif here in (a, b):
            adds[one] = prices[one, 0 if here == a else 1]
        if here == lever and prices[one, 2] > 0:
            on[one] = True
    return on, adds


def plan_by_loops(record, after, steps):
    worth = [0.0] * len(record)
    rows = []
    for _ in range(steps):
        value = [
            [float(record[s, a]) + worth[int(after[s, a])] for a in range(record.shape[1])]
            for s in range(len(record))
        ]
        rows.insert(0, torch.tensor(value).argmax(1))
        worth = [max(row) for row in value]
    return torch.stack(rows)


def over_episodes(reward):
    to_go = reward.flip(0).cumsum(0).flip(0)
    return to_go - to_go.mean(0)


def plan_counted_twice(record, after, steps):
    worth, rows = torch.zeros(len(record)), []
    for _ in range(steps):
        best = (record + worth[after]).max(1)
        worth = worth + best.values
        rows.insert(0, best.indices)
    return torch.stack(rows)


RIGHT = {
    "check_batches_until": [batches_until, until_in_double, until_one_by_one],
    "check_less_the_mean": [less_the_mean, mean_by_loops, mean_first],
    "check_use": [use, use_one_by_one],
    "check_plan": [plan, plan_by_loops],
}
WRONG = {
    "check_batches_until": [
        (lambda p, episodes: 1 / p, "how many \\*episodes\\*"),
        (lambda p, episodes: 1 / (1 - (1 - p) ** episodes), "got lost"),
        (lambda p, episodes: 1 / (p * episodes), "two hits"),
    ],
    "check_less_the_mean": [
        (lambda reward: reward - reward.mean(0), "still to come"),
        (lambda reward: reward.flip(1).cumsum(1).flip(1), "not subtracted"),
        (lambda reward: reward.cumsum(1) - reward.cumsum(1).mean(0), "up to each step"),
        (over_episodes, "over the episodes"),
    ],
    "check_use": [
        (lambda *given: _wrong_use(*given, now=True), "next step on"),
        (lambda *given: _wrong_use(*given, spends=False), "stays on"),
        (lambda *given: _wrong_use(*given, dead=False), "dead"),
    ],
    "check_plan": [
        (lambda *given: _planned(*given, greedy=True), "at once"),
        (lambda *given: _planned(*given, turned=False), "turn the list round"),
        (lambda *given: _planned(*given, mean=True), "\\*best\\* action"),
        (plan_counted_twice, "counts twice"),
    ],
}
