"""Lesson 08: right answers written differently, and wrong ones, each with the hint that it must get."""

import numpy as np
import torch

from helpers.lessons.lesson08.builds import added, how_far_apart, word_chances
from helpers.lessons.lesson08.checks import _kept

# How words are drawn


def chances_one_row_at_a_time(logits, temperature=1.0, top_p=1.0):
    flat, rows = logits.reshape(-1, logits.shape[-1]), []
    for row in flat:
        p, kept, total = (row / temperature).softmax(-1), [], 0.0
        for word in p.argsort(descending=True).tolist():
            if total >= top_p and top_p < 1:
                break
            kept.append(word)
            total += float(p[word])
        only = torch.zeros_like(p)
        only[kept] = p[kept]
        rows.append(only / only.sum())
    return torch.stack(rows).view(logits.shape)


def chances_by_masking_logits(logits, temperature=1.0, top_p=1.0):
    """As many libraries do it: the logits of what is left out become minus infinity."""
    sharp = logits / temperature
    ranked, order = sharp.sort(-1, descending=True)
    p = ranked.softmax(-1)
    out = p.cumsum(-1) - p >= top_p
    out = out & (top_p < 1)
    return sharp.masked_fill(torch.zeros_like(out).scatter(-1, order, out), -torch.inf).softmax(-1)


def chances_by_a_threshold(logits, temperature=1.0, top_p=1.0):
    """Every word whose likelier ones do not yet have enough, by comparing each with each."""
    p = (logits / temperature).softmax(-1)
    likelier = (p[..., None, :] > p[..., :, None]).to(p)
    kept = (likelier * p[..., None, :]).sum(-1) < top_p
    kept = kept | (top_p >= 1)
    return p * kept / (p * kept).sum(-1, keepdim=True)


def sharp(logits, temperature):
    return (logits / temperature).softmax(-1)


# How far apart


def apart_with_the_rest_as_an_ending(p, q):
    rest = 1 - q.sum(-1, keepdim=True)
    both = torch.cat([p, 0 * rest], -1), torch.cat([q, rest], -1)
    return (both[0] - both[1]).abs().sum(-1) / 2


def apart_in_numpy(p, q):
    return torch.as_tensor(np.maximum(p.numpy() - q.numpy(), 0).sum(-1))


def apart_by_what_they_share(p, q):
    return 1 - torch.minimum(p, q).sum(-1)


# Log odds


def added_as_odds(neither, one, other):
    odds = one / (1 - one) * other / (1 - other) / (neither / (1 - neither))
    return odds / (1 + odds)


def added_by_hand(neither, one, other):
    log_odds = lambda p: torch.log(p) - torch.log1p(-p)
    return 1 / (1 + torch.exp(-(log_odds(one) + log_odds(other) - log_odds(neither))))


RIGHT = {
    "check_word_chances": [
        word_chances, chances_one_row_at_a_time, chances_by_masking_logits, chances_by_a_threshold,
    ],
    "check_how_far_apart": [
        how_far_apart, apart_with_the_rest_as_an_ending, apart_in_numpy, apart_by_what_they_share,
    ],
    "check_added": [added, added_as_odds, added_by_hand],
}  # fmt: skip
WRONG = {
    "check_word_chances": [
        (lambda logits, t=1.0, p=1.0: word_chances(logits * t, 1.0, p), "multiplied"),
        (lambda logits, t=1.0, p=1.0: word_chances(logits, 1.0, p), "does nothing"),
        (lambda logits, t=1.0, p=1.0: sharp(logits, t), "top_p. does nothing"),
        (lambda logits, t=1.0, p=1.0: _kept(sharp(logits, t), p, renormalised=False), "add up to 1"),
        (
            lambda logits, t=1.0, p=1.0: (
                _kept(sharp(logits, t), p, under=True).nan_to_num(0.0) if p < 1 else sharp(logits, t)
            ),
            "left out",
        ),
        (lambda logits, t=1.0, p=1.0: word_chances(logits, t, p).log(), "log chances"),
        (lambda logits, t=1.0, p=1.0: logits, "expected"),
        (lambda logits, t=1.0, p=1.0: word_chances(logits, t, p)[..., :-1], "shape"),
    ],
    "check_how_far_apart": [
        (lambda p, q: (p - q).abs().sum(-1) / 2, "is missing"),
        (lambda p, q: (p - q).abs().sum(-1), "half is missing"),
        (lambda p, q: (q - p).clamp(min=0).sum(-1), "q is the larger"),
        (lambda p, q: (p - q / q.sum(-1, keepdim=True)).clamp(min=0).sum(-1), "need not"),
        (lambda p, q: (p - q).abs().amax(-1), "largest single"),
        (lambda p, q: (p - q).square().sum(-1), "squares"),
        (lambda p, q: (p - q).sum(-1), "cancel"),
        (lambda p, q: (p - q).clamp(min=0), "shape"),
        (lambda p, q: (p - q).clamp(min=0).sum(-1) ** 2, "expected"),
    ],
    "check_added": [
        (lambda neither, one, other: one + other - neither, "chances themselves"),
        (lambda neither, one, other: (one + other) / 2, "mean of the two"),
        (lambda neither, one, other: (one.logit() + other.logit()).sigmoid(), "not taken off"),
        (lambda neither, one, other: one.logit() + other.logit() - neither.logit(), "sigmoid"),
        (lambda neither, one, other: one * other, "multiplied"),
        (lambda neither, one, other: one * other / neither, "not log odds"),
        (lambda neither, one, other: torch.zeros_like(one), "expected"),
    ],
}
