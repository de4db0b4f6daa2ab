"""Lesson 06: right answers written differently, and wrong ones, each with the hint that it must get."""

import torch

from helpers.lessons.lesson06.builds import live, one_step, rate, worth
from helpers.lessons.lesson06.checks import _greedy, _lived, _worth


def rate_by_pulls(paid, missed):
    pulls = paid + missed
    return 1 / (pulls + 2) + paid / (pulls + 2)


def live_one_by_one(weights, pays, noise):
    pulls, episodes, _ = pays.shape
    found = torch.zeros(pulls, episodes, dtype=torch.long)
    for episode in range(episodes):
        memory, seen = torch.zeros(len(weights["keep"])), torch.zeros(4)
        for pull in range(pulls):
            memory = torch.tanh(weights["keep"] @ memory + weights["see"] @ seen + weights["bias"])
            arm = int((weights["say"] @ memory + weights["lean"] + noise[pull, episode]).argmax())
            seen = torch.zeros(4)
            seen[2 * arm if pays[pull, episode, arm] else 2 * arm + 1] = 1
            found[pull, episode] = arm
    return found


def worth_by_lists(paid_1, missed_1, paid_2, missed_2, left):
    if not left:
        return 0
    counts, best = [paid_1, missed_1, paid_2, missed_2], []
    for arm in (0, 1):
        chance = (counts[2 * arm] + 1) / (counts[2 * arm] + counts[2 * arm + 1] + 2)
        paid, missed = list(counts), list(counts)
        paid[2 * arm] += 1
        missed[2 * arm + 1] += 1
        best.append(
            chance
            + chance * worth_by_lists(*paid, left - 1)
            + (1 - chance) * worth_by_lists(*missed, left - 1)
        )
    return max(best)


def step_by_autograd(x, y, query, size):
    w = torch.zeros(x.shape[1], requires_grad=True)
    (gradient,) = torch.autograd.grad(0.5 * (y - x @ w).square().sum(), w)
    return (w.detach() - size * gradient) @ query


def step_by_attention(x, y, query, size):
    return torch.stack(
        [size * answer * question.dot(query) for question, answer in zip(x, y, strict=True)]
    ).sum()


RIGHT = {
    "check_rate": [rate, rate_by_pulls],
    "check_worth": [worth, worth_by_lists],
    "check_live": [live, live_one_by_one],
    "check_one_step": [one_step, step_by_autograd, step_by_attention],
}
WRONG = {
    "check_rate": [
        (lambda paid, missed: paid / (paid + missed), "0 over 0"),
        (lambda paid, missed: (paid + 1) / (paid + missed + 1), "2 more"),
        (lambda paid, missed: (missed + 1) / (paid + missed + 2), "misses"),
    ],
    "check_worth": [
        (lambda *given: _worth(*given, ahead=False), "next pull"),
        (lambda *given: _worth(*given, learns=False), "ever learned"),
        (_greedy, "worth a look"),
        (lambda *given: _worth(*given, misses=False), "after a miss"),
        (lambda *given: _worth(*given, pays=0), "pay itself"),
        (lambda *given: _worth(*given, best=min), "worse arm"),
        (lambda *given: _worth(*given, plain=True), "too sure"),
    ],
    "check_live": [
        (lambda *given: _lived(*given, keeps=False), "forgotten"),
        (lambda *given: _lived(*given, early=True), "old memory"),
        (lambda *given: _lived(*given, luck=0), "noise is missing"),
        (lambda *given: _lived(*given, luck=-1), "taken away"),
        (lambda *given: _lived(*given, biased=False), "bias"),
        (lambda *given: _lived(*given, leans=False), "lean"),
        (lambda *given: live(*given).T, "other way round"),
        (lambda *given: live(*given).float(), "whole numbers"),
        (lambda *given: list(live(*given)), "torch.stack"),
        (lambda *given: _lived(*given, swapped=True), "wrong way round"),
        (lambda *given: _lived(*given, other=True), "other"),
        (lambda *given: _lived(*given, blind=True), "stays empty"),
    ],
    "check_one_step": [
        (lambda x, y, query, size: (y * (x @ query)).sum(), "step size"),
        (lambda x, y, query, size: size * (y @ x), "query"),
        (lambda x, y, query, size: size * (y * (x @ query)).mean(), "mean"),
        (lambda x, y, query, size: -size * (y * (x @ query)).sum(), "down"),
    ],
}
