"""Lesson 10: right answers written differently, and wrong ones, each with the hint that it must get."""

import math

import torch

from helpers.lessons.lesson10.builds import offline_answer, rise, tagged


def tagged_one_story_at_a_time(stories, passes, luck, unmarked, words):
    rows = []
    for net in range(len(stories)):
        texts = []
        for place, story in enumerate(stories[net].tolist()):
            word = words[0] if passes[net, place] else words[1]
            texts.append([words[2] if luck[net, place] < unmarked else word, *story])
        rows.append(texts)
    return torch.tensor(rows)


def tagged_by_look_up(stories, passes, luck, unmarked, words):
    which = (~passes).long().masked_fill(luck < unmarked, 2)
    return torch.cat([torch.tensor(words)[which].unsqueeze(-1), stories], dim=-1)


def answer_in_logs(p, passes):
    return (p.log() + passes.log()).softmax(-1)


def answer_by_norm(p, passes):
    return torch.nn.functional.normalize(p * passes, p=1, dim=-1)


def answer_prompt_by_prompt(p, passes):
    found = torch.zeros_like(p)
    for row in range(p.shape[0]):
        weights = [float(p[row, end] * passes[row, end]) for end in range(p.shape[1])]
        for end, weight in enumerate(weights):
            found[row, end] = weight / sum(weights)
    return found


def answer_of_rows(p, passes):
    return torch.nn.functional.normalize(p * passes, p=1, dim=1)


def rise_of_odds(before, later):
    return torch.log(later * (1 - before) / (before * (1 - later)))


def rise_net_by_net(before, later):
    logit = lambda p: math.log(p) - math.log(1 - p)
    return torch.tensor([logit(b) - logit(a) for a, b in zip(before.tolist(), later.tolist(), strict=True)])


RIGHT = {
    "check_rise": [rise, rise_of_odds, rise_net_by_net],
    "check_tagged": [tagged, tagged_one_story_at_a_time, tagged_by_look_up],
    "check_offline_answer": [
        offline_answer,
        answer_in_logs,
        answer_by_norm,
        answer_prompt_by_prompt,
        answer_of_rows,
    ],
}
WRONG = {
    "check_rise": [
        (lambda before, later: later - before, "rise in chances"),
        (lambda before, later: later / before, ""),
        (lambda before, later: later.log() - before.log(), "logarithms of chances"),
        (lambda before, later: later / (1 - later) - before / (1 - before), "logarithms are missing"),
        (lambda before, later: rise(later, before), "other way round"),
        (lambda before, later: rise(before, later) / math.log(2), "base 2"),
        (lambda before, later: torch.logit(later), "how far it rose"),
        (lambda before, later: rise(before, later).mean(), "rise of its own"),
    ],
    "check_tagged": [
        (lambda s, p, luck, u, words: tagged(s, ~p, luck, u, words), "wrong way round"),
        (lambda s, p, luck, u, words: tagged(s, p, luck, 0.0, words), "No story is blank"),
        (lambda s, p, luck, u, words: tagged(s, p, (luck < u).float(), u, words), "Most stories"),
        (lambda s, p, luck, u, words: tagged(s, p, luck, u, words)[..., 0], "words alone"),
        (lambda s, p, luck, u, words: tagged(s, p, luck, u, words).roll(-1, -1), "left to right"),
        (lambda s, p, luck, u, words: tagged(s, p, luck, u, (11, 12, 13)), "expected"),
        (lambda s, p, luck, u, words: tagged(s, p, luck, u, tuple(sorted(words))), "expected"),
        (lambda s, p, luck, u, words: s, "expected|shape|axes"),
    ],
    "check_offline_answer": [
        (lambda p, passes: p * passes, "add up to 1"),
        (lambda p, passes: passes / passes.sum(-1, keepdim=True), "weigh it by"),
        (lambda p, passes: offline_answer(p, 1 - passes), "not"),
        (lambda p, passes: offline_answer(p, passes.round()), "above a half"),
        (lambda p, passes: p, "Nothing changed"),
        (lambda p, passes: torch.zeros_like(p), "expected"),
    ],
}  # fmt: skip
