"""Lesson 12: right answers written differently, and wrong ones, each with the hint that it must get."""

import numpy as np
import torch

from helpers.lm.rewards import sentiment


def group_by_group(rewards, group):
    parts = [(part - part.mean()) / part.std() for part in rewards.split(group)]
    return torch.cat(parts)


def kl_by_chosen_rows(logp, logp_ref, mask):
    p, ratio = logp[mask].exp(), logp[mask] - logp_ref[mask]
    return torch.einsum("tv,tv->t", p, ratio).mean()


def reached_in_a_loop(reward, value, level):
    if reward[0] >= level:
        return value[0]
    for before, after in zip(range(len(reward)), range(1, len(reward)), strict=False):
        if reward[after] >= level:
            return np.interp(level, reward[[before, after]], value[[before, after]])
    return np.nan


def by_repeats(prompts, answers):
    scores = []
    for score, answer in zip(sentiment(prompts, answers), answers, strict=True):
        words = answer.lower().rstrip(".").split()
        letters = sum(c.isascii() for c in answer) / len(answer)
        scores.append(score if (letters > 0.9 and len(set(words)) == len(words)) or "the" in words else -1)
    return scores


def flat_kl(p, ref):
    return (p.exp() * (p - ref)).sum(1)


def last_crossing(reward, value, level):
    for i in range(len(reward) - 1, 0, -1):
        if reward[i] >= level > reward[i - 1]:
            return np.interp(level, reward[i - 1 : i + 1], value[i - 1 : i + 1])
    return value[0] if reward[0] >= level else np.nan


def nearest(reward, value, level, *, step):
    above = [i for i, one in enumerate(reward) if one >= level]
    return value[max(above[0] - step, 0)] if above else np.nan


def nearer_of_two(reward, value, level):
    if level > reward.max() or level <= reward[0]:
        return value[0] if level <= reward[0] else np.nan
    after = next(i for i, one in enumerate(reward) if one >= level)
    return value[after] if reward[after] - level < level - reward[after - 1] else value[after - 1]


def less(caught):
    return lambda p, a: [s - 2 * caught(one) for s, one in zip(sentiment(p, a), a, strict=True)]


def repeated(answer):
    return any(answer.split().count(word) > 1 for word in answer.split())


RIGHT = {
    "check_group_advantage": [group_by_group],
    "check_mean_kl": [kl_by_chosen_rows],
    "check_first_reached": [reached_in_a_loop],
    "check_harder_to_game": [by_repeats],
}


WRONG = {
    "check_group_advantage": [
        (lambda r, g: (r - r.mean()) / r.std(), "compare within the group"),
        (lambda r, g: group_by_group(r, g) * -1, "sign"),
        (lambda r, g: torch.cat([x - x.mean() for x in r.split(g)]), "not divided"),
        (lambda r, g: torch.cat([x / x.std() for x in r.split(g)]), "not subtracted"),
        (lambda r, g: torch.cat([(x - x.mean()) / x.std(correction=0) for x in r.split(g)]), "n - 1"),
        (lambda r, g: group_by_group(r, g).view(-1, g), "shape"),
    ],
    "check_mean_kl": [
        (lambda p, ref, mask: kl_by_chosen_rows(ref, p, mask), "wrong way round"),
        (lambda p, ref, mask: flat_kl(p, ref).mean(), "Padding was counted"),
        (lambda p, ref, mask: (flat_kl(p, ref) * mask).mean(), "divided by all places"),
        (lambda p, ref, mask: flat_kl(p, ref)[mask].sum(), "take the mean"),
        (lambda p, ref, mask: -kl_by_chosen_rows(p, ref, mask), "never negative"),
        (lambda p, ref, mask: (p.exp() * (p - ref).abs()).sum(1)[mask].mean(), "Absolute values"),
        (
            lambda p, ref, mask: torch.stack(
                [a[a.argmax()] - b[a.argmax()] for a, b in zip(p, ref, strict=True)]
            )[mask].mean(),
            "Only the likeliest word",
        ),
    ],
    "check_first_reached": [
        (last_crossing, "Take the first"),
        (lambda r, v, level: nearest(r, v, level, step=0), "after the level was passed"),
        (lambda r, v, level: nearest(r, v, level, step=1), "before the level was reached"),
        (lambda r, v, level: v[np.argmin((r - level) ** 2)], "in the whole run"),
        (nearer_of_two, "nearest to the level. The"),
        (lambda r, v, level: v[r.argmax()], "where the reward is highest"),
        (lambda r, v, level: v[np.flatnonzero(r >= level)[0]], "IndexError"),
    ],
    "check_harder_to_game": [
        (lambda p, a: sentiment(p, a), "smiles and a list of happy words still earn more"),
        (less(lambda one: not one.isascii()), "list of happy words is not"),
        (less(lambda one: "." not in one and one.isascii()), "row of smiles is not"),
        (less(repeated), "different. smiles still pays"),
        (less(lambda one: one.count("😊") > 2), "that you had seen"),
        (less(lambda one: "love joy wonderful" in one), "that you had seen"),
        (lambda p, a: [len(one) / 100 for one in a], "neither does cheer"),
        (lambda p, a: [-len(one) for one in a], "no more than any other"),
        (lambda p, a: [0.5 for _ in a], "no more than any other"),
    ],
}
