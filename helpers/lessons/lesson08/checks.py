"""The checks of lesson 08: how words are drawn, how far apart a law and a net are, log odds added."""

import torch

from helpers.kit.checks import Check, Mistake
from helpers.lessons.lesson08.builds import added, how_far_apart, word_chances

__all__ = ["check_added", "check_how_far_apart", "check_word_chances"]


def _kept(p, top_p, *, over=False, under=False, renormalised=True, reverse=False):
    """Top-p as people write it: with the word that passes the line left out, without dividing again, upside down."""
    ranked, order = p.sort(-1, descending=not reverse)
    upto = ranked.cumsum(-1)
    kept = upto <= top_p if under else upto - ranked < top_p
    if over:
        kept = upto - ranked < 1 - top_p
    kept = torch.zeros_like(kept).scatter(-1, order, kept)
    found = torch.where(kept, p, 0.0)
    return found / found.sum(-1, keepdim=True) if renormalised else found


_sharp = lambda logits, temperature: (logits / temperature).softmax(-1)

check_word_chances = Check(
    word_chances,
    cases=[
        (torch.tensor([[2.0, 1.0, 0.0, -1.0]]), 1.0, 1.0),
        (torch.tensor([[0.5, 2.0, -1.0, 1.0]]), 0.5, 1.0),
        (torch.tensor([[0.1, 1.5, 1.0, 0.4, -2.0]]), 1.0, 0.7),
        (torch.tensor([[[3.0, 0.2, 0.1], [0.3, 0.2, 0.1]]]), 2.0, 0.6),
        (torch.tensor([[2.0, 1.0, 0.0, -1.0]]), 2.0, 0.8),  # two words at temperature 1, three at 2
    ],
    draw=lambda draws: (
        draws.numbers(draws.size, 5),
        draws.one_of([0.5, 1.0, 2.0]),
        draws.one_of([0.5, 0.8, 1.0]),
    ),
    mistakes=[
        Mistake(
            "The logits were multiplied by the temperature. A high temperature makes words more alike: divide.",
            lambda logits, t, top_p: word_chances(logits * t, 1.0, top_p),
        ),
        Mistake(
            "The temperature does nothing here: divide the logits by it before the softmax.",
            lambda logits, t, top_p: word_chances(logits, 1.0, top_p),
        ),
        Mistake(
            "`top_p` does nothing here: below 1, some words are never drawn.",
            lambda logits, t, top_p: _sharp(logits, t),
        ),
        Mistake(
            "The chances of the words that are kept do not add up to 1: divide by what they have together.",
            lambda logits, t, top_p: _kept(_sharp(logits, t), top_p, renormalised=False),
        ),
        Mistake(
            "The word with which the sum passes `top_p` is left out. It belongs to those that are kept, or their "
            "chances would not reach `top_p`.",
            lambda logits, t, top_p: (
                _kept(_sharp(logits, t), top_p, under=True).nan_to_num(0.0)
                if top_p < 1
                else _sharp(logits, t)
            ),
        ),
        Mistake(
            "The unlikeliest words are kept. Begin with the likeliest.",
            lambda logits, t, top_p: (
                _kept(_sharp(logits, t), top_p, reverse=True) if top_p < 1 else _sharp(logits, t)
            ),
        ),
        Mistake(
            "Words were chosen before the temperature was applied. Which words are kept hangs on it: sharpen first.",
            lambda logits, t, top_p: (
                (logits / t).masked_fill(word_chances(logits, 1.0, top_p) == 0, -torch.inf).softmax(-1)
            ),
        ),
        Mistake(
            "These are log chances. Asked for are chances.",
            lambda logits, t, top_p: word_chances(logits, t, top_p).log(),
        ),
        Mistake(
            "Kept are all words whose own chance is at least 1 - `top_p`. What counts is what they have together.",
            lambda logits, t, top_p: _over(_sharp(logits, t), top_p),
        ),
    ],
)


def _over(p, top_p):
    found = torch.where(p >= 1 - top_p, p, 0.0)
    return (found / found.sum(-1, keepdim=True)).nan_to_num(0.0)


_P = torch.tensor([[0.5, 0.3, 0.2, 0.0], [0.1, 0.1, 0.0, 0.8]])
_Q = torch.tensor([[0.3, 0.4, 0.1, 0.05], [0.2, 0.05, 0.0, 0.5]])  # the rest goes to endings that p never has


def _drawn(draws):
    p = draws.probabilities(draws.size, 5)
    q = draws.probabilities(draws.size, 5) * draws.numbers(draws.size, 1, low=0.5, high=0.95)
    return p, q


check_how_far_apart = Check(
    how_far_apart,
    cases=[(_P, _Q), (_P[0], _Q[0])],
    draw=_drawn,
    also=[lambda p, q: ((p - q).abs().sum(-1) + 1 - q.sum(-1)) / 2 + 0 * p.sum(-1)],
    mistakes=[
        Mistake(
            "That is half the sum of the absolute differences over the endings *that the law has*. What the net writes "
            "beside these is missing: 1 less what q adds up to. Or count only where p is the larger.",
            lambda p, q: (p - q).abs().sum(-1) / 2,
        ),
        Mistake(
            "A half is missing, and so is what the net writes beside these endings: two policies that have nothing in "
            "common are 1 apart.",
            lambda p, q: (p - q).abs().sum(-1),
        ),
        Mistake(
            "Here the sum of all absolute differences is not halved: two that have nothing in common are 1 apart.",
            lambda p, q: (p - q).abs().sum(-1) + 1 - q.sum(-1),
        ),
        Mistake(
            "q was made to add up to 1 first. It need not: the rest is what the net writes beside these endings, and "
            "that is a part of how far it is.",
            lambda p, q: (p - q / q.sum(-1, keepdim=True)).clamp(min=0).sum(-1),
        ),
        Mistake(
            "That is where q is the larger. Over *all* endings both sums are alike, but here some endings of q are not "
            "listed, so sum where p is the larger.",
            lambda p, q: (q - p).clamp(min=0).sum(-1),
        ),
        Mistake(
            "That is the largest single difference. Total variation adds up over endings.",
            lambda p, q: (p - q).abs().amax(-1),
        ),
        Mistake(
            "That is the KL divergence, in nats. Asked for is the total variation.",
            lambda p, q: torch.where(p > 0, p * (p.clamp(min=1e-9) / q.clamp(min=1e-9)).log(), 0.0).sum(-1),
        ),
        Mistake(
            "These are squares. Total variation takes differences as they are.",
            lambda p, q: (p - q).square().sum(-1),
        ),
        Mistake(
            "Differences of both signs were added: they cancel. Only those where p is the larger count.",
            lambda p, q: (p - q).sum(-1),
        ),
        Mistake(
            "That is the mean over endings: take the sum.",
            lambda p, q: (p - q).clamp(min=0).mean(-1),
        ),
    ],
)

check_added = Check(
    added,
    cases=[(torch.tensor([0.5, 0.2, 0.3]), torch.tensor([0.1, 0.4, 0.6]), torch.tensor([0.7, 0.9, 0.2]))],
    draw=lambda draws: tuple(draws.numbers(draws.size, low=0.05, high=0.95) for _ in range(3)),
    mistakes=[
        Mistake(
            "The chances themselves were added. Two high ones would come to more than 1: add the log odds.",
            lambda neither, one, other: one + other - neither,
        ),
        Mistake(
            "That is the mean of the two chances: who takes the mean lets neither condition do what it does alone.",
            lambda neither, one, other: (one + other) / 2,
        ),
        Mistake(
            "The log odds of both were added, and those of neither not taken off. They are in both sums.",
            lambda neither, one, other: (one.logit() + other.logit()).sigmoid(),
        ),
        Mistake(
            "The mean of the log odds was taken. Each condition adds all that it adds by itself.",
            lambda neither, one, other: ((one.logit() + other.logit()) / 2).sigmoid(),
        ),
        Mistake(
            "Logarithms of chances were added, not log odds: log(p / (1 - p)).",
            lambda neither, one, other: one * other / neither,
        ),
        Mistake(
            "The sign of `neither` is the wrong way round: it is in both sums, so take it off once.",
            lambda neither, one, other: (one.logit() + other.logit() + neither.logit()).sigmoid(),
        ),
        Mistake(
            "These are log odds. Turn them back into a chance with a sigmoid.",
            lambda neither, one, other: one.logit() + other.logit() - neither.logit(),
        ),
        Mistake(
            "The two were multiplied, as if both had to come true by themselves.",
            lambda neither, one, other: one * other,
        ),
    ],
)
