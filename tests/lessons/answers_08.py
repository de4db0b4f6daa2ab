"""Lesson 08: right answers written differently, and wrong ones, each with the hint that it must get."""

import numpy as np
import torch

from helpers.lessons.lesson08.builds import added, how_far_apart, word_chances

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
    one, other = p[..., :, None], p[..., None, :]
    first = torch.ones(p.shape[-1], p.shape[-1]).tril(-1).bool()  # of two that are alike
    likelier = ((other > one) | ((other == one) & first)).to(p)
    kept = (likelier * p[..., None, :]).sum(-1) < top_p
    kept = kept | (top_p >= 1)
    return p * kept / (p * kept).sum(-1, keepdim=True)


def chances_by_searchsorted(logits, temperature=1.0, top_p=1.0):
    """As many words as it takes, and not one more."""
    sharp = (logits.double() / temperature).softmax(-1)
    ranked, order = sharp.sort(-1, descending=True)
    many = torch.searchsorted(ranked.cumsum(-1), torch.full_like(ranked[..., :1], top_p)) + 1
    kept = torch.arange(sharp.shape[-1]) < many
    sharp = sharp * torch.zeros_like(kept).scatter(-1, order, kept)
    return (sharp / sharp.sum(-1, keepdim=True)).to(logits)


def chances_from_the_least_likely_up(logits, temperature=1.0, top_p=1.0):
    """As a known library does it: what the least likely have together, up to 1 - top_p, goes."""
    sharp = logits / temperature
    if top_p >= 1:
        return sharp.softmax(-1)
    ranked, order = sharp.sort(-1, descending=False)
    out = ranked.softmax(-1).cumsum(-1) <= 1 - top_p
    out[..., -1] = False
    return sharp.masked_fill(out.scatter(-1, order, out), -torch.inf).softmax(-1)


def chances_less_the_largest(logits, temperature=1.0, top_p=1.0):
    """The softmax by hand, with the largest logit taken off first, and sorted back by the order's own order."""
    e = ((logits - logits.amax(-1, keepdim=True)) / temperature).exp()
    ranked, order = (e / e.sum(-1, keepdim=True)).sort(-1, descending=True)
    ranked = torch.where(ranked.cumsum(-1) - ranked < top_p, ranked, 0.0)
    return (ranked / ranked.sum(-1, keepdim=True)).gather(-1, order.argsort(-1))


# Mistakes, each written anew: the check has forms of its own


def sharp(logits, temperature):
    return (logits / temperature).softmax(-1)


def ranked_of(logits, temperature):
    p = sharp(logits, temperature)
    return p, *p.sort(-1, descending=True)


def among(p, kept):
    kept = p * kept
    return kept / kept.sum(-1, keepdim=True)


def back(kept, order):
    return torch.zeros_like(kept).scatter(-1, order, kept)


def not_divided_again(logits, t=1.0, top_p=1.0):
    p, ranked, order = ranked_of(logits, t)
    return p * back(ranked.cumsum(-1) - ranked < top_p, order)


def the_word_over_the_line_left_out(logits, t=1.0, top_p=1.0):
    p, ranked, order = ranked_of(logits, t)
    return p if top_p == 1 else among(p, back(ranked.cumsum(-1) <= top_p, order))


def the_same_with_the_likeliest_always_kept(logits, t=1.0, top_p=1.0):
    p, ranked, order = ranked_of(logits, t)
    kept = ranked.cumsum(-1) <= top_p
    kept[..., 0] = True
    return among(p, back(kept, order))


def one_too_many_on_a_tie(logits, t=1.0, top_p=1.0):
    """A snippet that goes round: what is over the line is shifted by one, and the first is kept."""
    p, ranked, order = ranked_of(logits, t)
    out = ranked.cumsum(-1) > top_p
    out[..., 1:] = out[..., :-1].clone()
    out[..., 0] = False
    return among(p, back(~out, order))


def softmax_by_hand(logits, t=1.0, top_p=1.0):
    e = (logits / t).exp()
    p = e / e.sum(-1, keepdim=True)
    ranked, order = p.sort(-1, descending=True)
    return among(p, back(ranked.cumsum(-1) - ranked < top_p, order))


def masked_with_zero(logits, t=1.0, top_p=1.0):
    _, ranked, order = ranked_of(logits, t)
    return torch.where(back(ranked.cumsum(-1) - ranked < top_p, order), logits / t, 0.0).softmax(-1)


def gathered(logits, t=1.0, top_p=1.0):
    p, ranked, order = ranked_of(logits, t)
    return among(p, (ranked.cumsum(-1) - ranked < top_p).gather(-1, order))


def never_put_back(logits, t=1.0, top_p=1.0):
    ranked = ranked_of(logits, t)[1]
    return among(ranked, ranked.cumsum(-1) - ranked < top_p)


def never_put_back_below_one(logits, t=1.0, top_p=1.0):
    return sharp(logits, t) if top_p == 1 else never_put_back(logits, t, top_p)


def a_mask_in_the_wrong_order(logits, t=1.0, top_p=1.0):
    p, ranked, _ = ranked_of(logits, t)
    return among(p, ranked.cumsum(-1) - ranked < top_p)


def softmax_of_what_is_kept(logits, t=1.0, top_p=1.0):
    p, ranked, order = ranked_of(logits, t)
    kept = back(ranked.cumsum(-1) - ranked < top_p, order)
    return p.masked_fill(~kept, -torch.inf).softmax(-1)


def softmax_of_what_is_kept_and_zeros(logits, t=1.0, top_p=1.0):
    p, ranked, order = ranked_of(logits, t)
    return p if top_p == 1 else (p * back(ranked.cumsum(-1) - ranked < top_p, order)).softmax(-1)


def along(axis):
    def wrong(logits, t=1.0, top_p=1.0):
        p = (logits / t).softmax(axis)
        ranked, order = p.sort(-1, descending=True)
        return among(p, back(ranked.cumsum(-1) - ranked < top_p, order))

    return wrong


def at_least_what_is_left(logits, t=1.0, top_p=1.0):
    p = sharp(logits, t)
    return among(p, p >= 1 - top_p)


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
        chances_by_searchsorted, chances_from_the_least_likely_up, chances_less_the_largest,
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
        (not_divided_again, "add up to 1"),
        (the_word_over_the_line_left_out, "left out"),
        (the_same_with_the_likeliest_always_kept, "left out"),
        (one_too_many_on_a_tie, "One word too many"),
        (softmax_by_hand, "largest logit off"),
        (masked_with_zero, "became 0"),
        (gathered, "wrong way round"),
        (never_put_back, "likeliest word down"),
        (never_put_back_below_one, "likeliest word down"),
        (a_mask_in_the_wrong_order, "put the mask back"),
        (lambda logits, t=1.0, p=1.0: word_chances(logits, t * t, p), "twice: once is enough"),
        (lambda logits, t=1.0, p=1.0: word_chances(sharp(logits, t), 1.0, p), "taken twice"),
        (softmax_of_what_is_kept, "second softmax"),
        (softmax_of_what_is_kept_and_zeros, "second softmax"),
        (along(0), "wrong axis"),
        (along(1), "wrong axis"),
        (at_least_what_is_left, "whose own chance"),
        (
            lambda logits, t=1.0, p=1.0: at_least_what_is_left(logits, t, p).nan_to_num(0.0),
            "whose own chance",
        ),
        (lambda logits, t=1.0, p=1.0: word_chances(logits, t, p).log(), "log chances"),
        (lambda logits, t=1.0, p=1.0: logits, "expected"),
        (lambda logits, t=1.0, p=1.0: word_chances(logits, t, p)[..., :-1], "shape"),
    ],
    "check_how_far_apart": [
        (lambda p, q: (p - q).abs().sum(-1) / 2, "is missing"),
        (lambda p, q: (p - q).abs().sum(-1), "half is missing"),
        (lambda p, q: (p - q).abs().sum(-1) / 2 + (1 - q.sum(-1)), "half of both together"),
        (lambda p, q: torch.relu(p - q).sum(-1) / 2, "half the sum already"),
        (lambda p, q: (p - q).abs().sum(-1) + 1 - q.sum(-1), "is not halved"),
        (lambda p, q: (p * (p.log() - q.log())).sum(-1), "KL divergence"),
        (lambda p, q: torch.nn.functional.kl_div(q.log(), p, reduction="none").nansum(-1), "KL divergence"),
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
        (lambda neither, one, other: (one + other - neither).clamp(0, 1), "chances themselves"),
        (
            lambda neither, one, other: (one / (1 - one)) * (other / (1 - other)) / (neither / (1 - neither)),
            "odds, not",
        ),
        (
            lambda neither, one, other: (one.logit() + other.logit() - 2 * neither.logit()).sigmoid(),
            "begin with",
        ),
        (
            lambda neither, one, other: added(*(c.clamp(0.05, 0.95) for c in (neither, one, other))),
            "moved inwards",
        ),
        (
            lambda neither, one, other: added(*(c.clamp(0.01, 0.99) for c in (neither, one, other))),
            "moved inwards",
        ),
        (lambda neither, one, other: (one + other) / 2, "mean of the two"),
        (lambda neither, one, other: (one.logit() + other.logit()).sigmoid(), "not taken off"),
        (lambda neither, one, other: one.logit() + other.logit() - neither.logit(), "sigmoid"),
        (lambda neither, one, other: one * other, "multiplied"),
        (lambda neither, one, other: one * other / neither, "not log odds"),
        (lambda neither, one, other: torch.zeros_like(one), "expected"),
    ],
}
