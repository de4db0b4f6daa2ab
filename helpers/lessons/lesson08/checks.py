"""The checks of lesson 08: how words are drawn, how far apart a law and a net are, log odds added."""

import torch

from helpers.kit.checks import Check, Mistake
from helpers.lessons.lesson08.builds import added, how_far_apart
from helpers.lessons.lesson08.checks_of_drawing import check_word_chances

__all__ = ["check_added", "check_how_far_apart", "check_word_chances"]


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
            "What the net writes beside these endings is there, but only the other half of the sum was halved: take "
            "half of both together.",
            lambda p, q: (p - q).abs().sum(-1) / 2 + 1 - q.sum(-1),
        ),
        Mistake(
            "One side was counted, and halved as well. All differences together come to twice one side, so one side "
            "is half the sum already.",
            lambda p, q: (p - q).clamp(min=0).sum(-1) / 2,
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
        *(
            Mistake("That is the KL divergence, in nats. Asked for is the total variation.", wrong)
            for wrong in (
                lambda p, q: torch.where(p > 0, p * (p.clamp(min=1e-9) / q.clamp(min=1e-9)).log(), 0.0).sum(
                    -1
                ),
                lambda p, q: (p * (p / q).log()).sum(-1),  # where p has 0, this is no number
            )
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
    cases=[
        (torch.tensor([0.5, 0.2, 0.3]), torch.tensor([0.1, 0.4, 0.6]), torch.tensor([0.7, 0.9, 0.2])),
        (torch.tensor([0.98, 0.3]), torch.tensor([0.999, 0.002]), torch.tensor([0.9, 0.8])),
    ],
    draw=lambda draws: tuple(draws.numbers(draws.size, low=0.02, high=0.98) for _ in range(3)),
    mistakes=[
        *(
            Mistake(
                "The chances themselves were added. Two high ones would come to more than 1: add the log odds.",
                wrong,
            )
            for wrong in (
                lambda neither, one, other: one + other - neither,
                lambda neither, one, other: (one + other - neither).clamp(0, 1),
            )
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
            "These are odds, not chances: who has odds of 3 to 1 has a chance of 3 / 4. A sigmoid makes chances of "
            "log odds.",
            lambda neither, one, other: (one.logit() + other.logit() - neither.logit()).exp(),
        ),
        Mistake(
            "What both conditions add is there, and what they add it to is missing: begin with the log odds of "
            "`neither`.",
            lambda neither, one, other: (one.logit() + other.logit() - 2 * neither.logit()).sigmoid(),
        ),
        *(
            Mistake(
                "Chances near 0 and near 1 were moved inwards before their log odds were taken (`eps`). These are "
                "none so near that they need it.",
                lambda neither, one, other, eps=eps: (
                    one.logit(eps) + other.logit(eps) - neither.logit(eps)
                ).sigmoid(),
            )
            for eps in (0.05, 0.01)
        ),
        Mistake(
            "The two were multiplied, as if both had to come true by themselves.",
            lambda neither, one, other: one * other,
        ),
    ],
)
