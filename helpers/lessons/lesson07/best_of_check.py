"""The check of lesson 07's best of n: the chance of every answer to be chosen, with ties by lot."""

import torch

from helpers.kit.checks import Check, Mistake, NotYet, tensor_of
from helpers.lessons.lesson07.builds import best_of


def _ranks(base, score, n, *, by_order=False, worst=False, power=None, spread="base", raw=False):
    level, group = score.unique(return_inverse=True)
    if by_order:
        order = score.argsort(stable=True)
        upto = base[order].cumsum(0)
        return torch.empty_like(base).scatter(0, order, upto**n - (upto - base[order]).clamp(min=0) ** n)
    mass = torch.zeros(len(level), dtype=base.dtype).index_add(0, group, base)
    upto = mass.flip(0).cumsum(0).flip(0) if worst else mass.cumsum(0)
    below = (upto - mass).clamp(min=0)
    won = upto**n - below**n if power is None else power(upto, below, mass, n)
    if spread == "base":
        return base * (won / mass.clamp(min=1e-30))[group]
    each = won[group] if spread == "whole" else (won / torch.bincount(group))[group]
    return each


def _policy(function, base, score, n):
    """What is returned, as chances; told are NaN and sums that are not 1."""
    found = tensor_of(
        function(base, score, n), base.shape, "the chance of each answer", "one number an answer"
    )
    if found.isnan().any():
        raise NotYet(
            "A chance is NaN. Are answers among them that the base never writes (0 divided by 0)? Or is a number a "
            "little below 0 raised to a power that is not whole?"
        )
    return found


def _with_ties(draws):
    """A base and scores of which two are alike; n that need not be whole."""
    count = 2 + draws.size
    score = draws.numbers(count)
    score[-1] = score[0]
    return draws.probabilities(count), score, draws.one_of([2, 3, 5, 2.5])


check_best_of = Check(
    best_of,
    cases=[
        (torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.0, 1.0, 2.0]), 2),
        (torch.tensor([0.25, 0.25, 0.1, 0.4]), torch.tensor([1.0, 0.0, 1.0, 0.0]), 3),
        (torch.tensor([0.0, 0.3, 0.7]), torch.tensor([2.0, -1.0, 0.5]), 4),  # one that is never written
        (torch.tensor([0.2, 0.3, 0.5]), torch.tensor([0.4, 0.1, 0.4]), 2.5),
    ],
    draw=_with_ties,
    look=_policy,
    mistakes=[
        Mistake(
            "Equal scores are not shared out: whichever stands later takes what both have won. Take all answers of one "
            "score together, and share out what they win as the base does.",
            lambda base, score, n: _ranks(base, score, n, by_order=True),
        ),
        Mistake(
            "This is the *worst* of n. Sum the chances from the lowest score up.",
            lambda base, score, n: _ranks(base, score, n, worst=True),
        ),
        Mistake(
            "That is the chance that all n lie at or below each score. The chance that the best lies *at* it is this, "
            "less the chance that all n lie below.",
            lambda base, score, n: _ranks(base, score, n, power=lambda F, below, p, n: F**n),
        ),
        Mistake(
            "That is the chance that one draw at least has this score; it need not be the best of the n.",
            lambda base, score, n: _ranks(base, score, n, power=lambda F, below, p, n: 1 - (1 - p) ** n),
        ),
        Mistake(
            "n x p x F^(n-1) holds where each answer is very rare. Here take F^n, less the same for what lies below.",
            lambda base, score, n: _ranks(base, score, n, power=lambda F, below, p, n: n * p * F ** (n - 1)),
        ),
        Mistake(
            "n x p x F^(n-1) holds where each answer is very rare, and dividing by the sum does not mend it. Take F^n, "
            "less the same for what lies below.",
            lambda base, score, n: _normal(
                _ranks(base, score, n, power=lambda F, below, p, n: p * F ** (n - 1))
            ),
        ),
        Mistake(
            "Every answer of a score gets all that the score has won. Share it out among them, as the base does.",
            lambda base, score, n: _ranks(base, score, n, spread="whole"),
        ),
        Mistake(
            "Answers of equal score share evenly. They share as the *base* does: what is drawn more often is "
            "chosen more often.",
            lambda base, score, n: _ranks(base, score, n, spread="even"),
        ),
        Mistake(
            "n was cut to a whole number. The formula holds for any n from 1 on, and the lesson turns n smoothly.",
            lambda base, score, n: _ranks(base, score, int(n)),
        ),
        Mistake(
            "This is the best of n - 1.",
            lambda base, score, n: _ranks(base, score, n - 1),
        ),
        Mistake(
            "This is the best of n + 1.",
            lambda base, score, n: _ranks(base, score, n + 1),
        ),
        Mistake(
            "Best of n does not tilt the base by exp(n x score): that is where a leash ends. It goes by the order of "
            "the scores alone.",
            lambda base, score, n: (base.log() + n * score).softmax(-1),
        ),
        Mistake(
            "This is the base: nothing was chosen.",
            lambda base, score, n: base.clone(),
        ),
        Mistake(
            "The best answer of all has everything. Among n draws it need not be.",
            lambda base, score, n: torch.zeros_like(base).scatter(0, score.argmax(0, keepdim=True), 1.0),
        ),
    ],
)


def _normal(chance):
    return chance / chance.sum()
