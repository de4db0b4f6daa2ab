"""The checks of lesson 02: those of its warm-ups, and by name that of what is built."""

from math import comb, prod

import torch

from helpers.kit.checks import Check, Mistake, NotYet
from helpers.kit.differences import same
from helpers.lessons.lesson02.builds import found_by, pass_at_k
from helpers.lessons.lesson02.mover_check import check_outcome_for_mover
from helpers.lessons.lesson02.play_check import check_self_play

__all__ = ["check_found_by", "check_outcome_for_mover", "check_pass_at_k", "check_self_play"]

SMALL = (
    "A small p got lost: for numbers of 32 bits 1 - 0.00000001 is 1. Take `torch.log1p(-p)` and `torch.expm1`, "
    "or turn p into `double()` first."
)


def _hits(function, p, tries):
    """What the function says; a chance above 0 that comes out as 0 was lost, which a small difference does not show.

    It was lost in a function that is right for larger chances; another one has made another mistake.
    """
    found = function(p, tries)
    if isinstance(found, torch.Tensor) and found.shape == p.shape and tries > 1:
        if ((found == 0) & (p > 0) & (p * tries < 1e-3)).any() and _right_for_large(function):
            raise NotYet(SMALL)
    return found


def _right_for_large(function):
    p = torch.tensor([0.5, 0.1, 0.3])
    return all(same(function(p.clone(), tries), found_by(p, tries), 1e-3) for tries in (2, 3))


check_found_by = Check(
    found_by,
    cases=[
        (torch.tensor([0.5, 0.1, 0.01]), 2),
        (torch.tensor([1e-3, 1e-8]), 1_000_000),  # 1 - 1e-8 is 1 in float32
        (torch.tensor([0.2, 1e-4]), 1),
        (torch.tensor([1e-8]), 2),
        (torch.tensor([[0.5, 0.1, 0.01], [0.2, 0.3, 0.6]]), 3),
    ],
    look=_hits,
    draw=lambda draws: (draws.probabilities(draws.size), 2 + int(draws.whole(below=4))),
    mistakes=[
        Mistake(
            SMALL,
            lambda p, tries: 1 - (1 - p) ** tries,
        ),
        Mistake(
            "That is the chance to miss in all tries. Asked for is the chance of one hit at least.",
            lambda p, tries: torch.exp(tries * torch.log1p(-p)),
        ),
        Mistake(
            "That is the chance to miss in all tries. Asked for is the chance of one hit at least. (And 1 - p loses a "
            "small p: turn it into `double()` first.)",
            lambda p, tries: (1 - p) ** tries,
        ),
        Mistake(
            "It is p times the number of tries, the hits to be expected. Two hits count twice in it, and it exceeds 1.",
            lambda p, tries: p * tries,
        ),
        Mistake(
            "It is p times the number of tries, cut at 1. Before the cut it counts a second hit again.",
            lambda p, tries: (p * tries).clamp(max=1),
        ),
        Mistake(
            "That is the chance to hit in every try.",
            lambda p, tries: p**tries,
        ),
        Mistake(
            "It is 1 minus the chance to hit in every try. Subtract the chance to *miss* in every try.",
            lambda p, tries: 1 - p**tries,
        ),
        Mistake(
            "That is the chance of exactly one hit. Two hits have found it, too.",
            lambda p, tries: tries * p * torch.exp((tries - 1) * torch.log1p(-p)),
        ),
        Mistake(
            "That is 1 - exp(-n p), which is right for rare hits alone. A miss has the chance 1 - p.",
            lambda p, tries: -torch.expm1(-p * tries),
        ),
        Mistake(
            "There is one try too few in it: the last one counts, too.",
            lambda p, tries: -torch.expm1((tries - 1) * torch.log1p(-p)),
        ),
        Mistake(
            "There is one try too many in it.",
            lambda p, tries: -torch.expm1((tries + 1) * torch.log1p(-p)),
        ),
        Mistake(
            "The sign is the wrong way round: a chance is not negative.",
            lambda p, tries: torch.expm1(tries * torch.log1p(-p)),
        ),
        Mistake(
            "The chance to miss once is 1 - p: `log1p(-p)`, and not `log1p(p)`.",
            lambda p, tries: -torch.expm1(tries * torch.log1p(p)),
        ),
        Mistake(
            "The chance to miss once is 1 - p: `log1p(-p)`, and not `-log1p(p)`, the logarithm of 1 / (1 + p).",
            lambda p, tries: -torch.expm1(-tries * torch.log1p(p)),
        ),
        Mistake(
            "It is the mean over all chances. Asked for is one number for each p.",
            lambda p, tries: -torch.expm1(tries * torch.log1p(-p)).mean(),
        ),
        Mistake(
            "That is the chance that the first hit comes in the last try. It may come sooner.",
            lambda p, tries: p * torch.exp((tries - 1) * torch.log1p(-p)),
        ),
    ],
)

check_pass_at_k = Check(
    pass_at_k,
    cases=[(10, 2, 5), (20, 1, 4), (5, 0, 3), (6, 5, 3), (200, 3, 100), (4, 4, 1), (8, 1, 8)],
    draw=lambda draws: (
        n := 6 + draws.size,
        1 + int(draws.whole(below=n - 4)),
        2 + int(draws.whole(below=3)),
    ),
    mistakes=[
        Mistake(
            "That is 1 - (1 - right / n) to the k: a plug-in, too low on average, since the share of right samples is "
            "itself a guess. Draw k of the n samples *without* putting them back.",
            lambda n, right, k: 1 - (1 - right / n) ** k,
        ),
        Mistake(
            "That is the chance that none of the k is right.",
            lambda n, right, k: comb(n - right, k) / comb(n, k),
        ),
        Mistake(
            "That is the chance that all k are right.",
            lambda n, right, k: comb(right, k) / comb(n, k),
        ),
        Mistake(
            "It is 1 minus the chance that all k are right. Subtract the chance that *none* of them is.",
            lambda n, right, k: 1 - comb(right, k) / comb(n, k),
        ),
        Mistake(
            "That is the chance that none of the k is right, if samples are put back. Draw them *without*, and ask for "
            "one right at least.",
            lambda n, right, k: (1 - right / n) ** k,
        ),
        Mistake(
            "It is 1 minus the chance that all k are right, if samples are put back. Subtract the chance that *none* "
            "of them is, drawn without putting them back.",
            lambda n, right, k: 1 - (right / n) ** k,
        ),
        Mistake(
            "Only the number of all samples shrinks as you draw: of the wrong ones there is one fewer each time, too.",
            lambda n, right, k: 1 - prod((n - right) / (n - drawn) for drawn in range(k)),
        ),
        Mistake(
            "Only the number of wrong samples shrinks as you draw: of all samples there is one fewer each time, too.",
            lambda n, right, k: 1 - prod(max(0, n - right - drawn) / n for drawn in range(k)),
        ),
        Mistake("That is pass@1, the share of right samples.", lambda n, right, k: right / n),
        Mistake(
            "It is k times the share of right samples, cut at 1. Two right ones are counted twice.",
            lambda n, right, k: min(1.0, k * right / n),
        ),
        Mistake(
            "It is k times the share of right samples: more than 1 is no chance.",
            lambda n, right, k: k * right / n,
        ),
        Mistake(
            "That is the chance of exactly one right sample among the k.",
            lambda n, right, k: right * comb(n - right, k - 1) / comb(n, k),
        ),
        Mistake(
            "It only asks whether there is a right sample among all n. Of k drawn ones there may be none. (Or was `//` "
            "written for `/`?)",
            lambda n, right, k: float(right > 0),
        ),
        Mistake(
            "Where wrong samples run out before k are drawn, one of the k must be right: pass@k is 1. Here it is 0.",
            lambda n, right, k: 1 - comb(n - right, k) / comb(n, k) if n - right >= k else 0.0,
        ),
        Mistake(
            "One sample too few was drawn, k - 1 of them: take comb(n - right, k) and comb(n, k).",
            lambda n, right, k: 1 - comb(n - right, k - 1) / comb(n, k - 1),
        ),
        Mistake(
            "The drawn samples were put back: use comb, or a product in which both numbers shrink.",
            lambda n, right, k: 1 - ((n - right) / n) ** (k - 1),
        ),
        Mistake(
            "The denominator is comb(n, k), the ways to draw k of *all* n samples.",
            lambda n, right, k: 1 - comb(n - right, k) / comb(n, right),
        ),
    ],
)
