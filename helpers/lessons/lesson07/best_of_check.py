"""The check of lesson 07's best of n: the chance of every answer to be chosen, with ties by lot."""

import math
import re

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
    if spread == "undivided":
        return base * won[group]
    each = won[group] if spread == "whole" else (won / torch.bincount(group))[group]
    return each


def _asked(function, base, score, n):
    """What is returned, as chances; told are NaN, and a kind of number that does not go with the base's."""
    try:
        given = function(base, score, n)
    except RuntimeError as error:
        if not re.search("dtype|scalar type", str(error)):
            raise
        raise NotYet(
            "Two kinds of number meet: `base` is double (torch.float64), as in the lesson, and `torch.zeros(count)` is "
            "not. Write `torch.zeros(count, dtype=base.dtype)`."
        ) from error
    found = tensor_of(given, base.shape, "the chance of each answer", "one number an answer")
    if found.isnan().any():
        raise NotYet(
            "A chance is NaN. Are answers among them that the base never writes (0 divided by 0)? Or is a number a "
            "little below 0 raised to a power that is not whole?"
        )
    return found


def _policy(function, base, score, n):
    """What is returned, as chances; of many answers only if it is right of few. Told are draws and a sum under 1."""
    if len(base) == len(_RARE[0]):
        if (
            _off(function, _CASES[-1]) > 1e-4
        ):  # named by the few; to go through all draws of many would never end
            return best_of(base, score, n)
        found = _asked(function, base, score, n)
        if abs(total := float(found.sum()) - 1) > 1e-2:
            raise NotYet(
                f"Right for a few answers. But of {len(base)} answers, most of them rare, the chances add up to "
                f"{total + 1:.3g}, not to 1. Is something added to what you divide by, or are rare levels left out? "
                "Only a level with no chance at all may be."
            )
        return found
    found = _asked(function, base, score, n)
    first = n == _CASES[0][2] and torch.equal(score, _CASES[0][1])
    if first and (found - best_of(*_CASES[0])).abs().max() > 1e-4 and _draws(function, found):
        raise NotYet(
            "These chances wobble: they are close, as after many draws, and none is exact; what is rare is never seen. "
            "Draw nothing: with what chance do all n draws score at most s?"
        )
    return found


def _draws(function, found):
    """Whether the first case comes out otherwise when it is asked again, or all that have a whole n are close."""
    if (_asked(function, *_copy(_CASES[0])) - found).abs().max() > 1e-6:
        return True
    return all(_off(function, case) < 0.05 for case in _CASES[:3])


def _off(function, case):
    """How far the chances of a case are off, at most; infinitely, where they do not add up to 1."""
    found = _asked(function, *_copy(case))
    return float((found - best_of(*case)).abs().max()) if abs(float(found.sum()) - 1) < 1e-4 else torch.inf


def _copy(case):
    return case[0].clone(), case[1].clone(), case[2]


def _case(base, score, n):
    """In double, as the lesson's answers are."""
    return torch.tensor(base).double(), torch.tensor(score).double(), n


def _with_ties(draws):
    """A base and scores of which two are alike; n that need not be whole."""
    count = 2 + draws.size
    score = draws.numbers(count).double()
    score[-1] = score[0]
    base = draws.probabilities(count).double()
    return base / base.sum(), score, draws.one_of([2, 3, 5, 2.5])


_CASES = [
    _case([0.5, 0.3, 0.2], [0.0, 1.0, 2.0], 2),
    _case([0.25, 0.25, 0.1, 0.4], [1.0, 0.0, 1.0, 0.0], 3),
    _case([0.0, 0.3, 0.7], [2.0, -1.0, 0.5], 4),  # one that is never written
    _case([0.2, 0.3, 0.5], [0.4, 0.1, 0.4], 2.5),
]
_RARE = _case(
    [2e-5] * 120 + [0.996] + [2e-5] * 80,
    [(i * 77) % 200 + 1.0 for i in range(120)] + [0.0] + [(i * 77) % 200 + 1.0 for i in range(120, 200)],
    300,
)  # as the lesson's: each is rare, many win
check_best_of = Check(
    best_of,
    cases=[*_CASES, _RARE],
    draw=_with_ties,
    look=_policy,
    mistakes=[
        Mistake(
            "Equal scores are not shared out: whichever stands later takes what both have won. Take all answers of one "
            "score together, and share out what they win as the base does.",
            lambda base, score, n: _ranks(base, score, n, by_order=True),
        ),
        Mistake(
            "These chances stand in the order of the scores. Put each where its answer stands, and let answers of one "
            "score share.",
            lambda base, score, n: _in_order(base[score.argsort(stable=True)].cumsum(0) ** n),
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
        *[
            Mistake(
                "That tilts the base by exp(pressure x score): there a leash ends, and not best of n, which goes "
                "by the order of the scores alone. How far apart they are counts for nothing.",
                lambda base, score, n, tilt=tilt: (base.log() + tilt(n) * score).softmax(-1),
            )
            for tilt in (lambda n: n, lambda n: math.log(n), lambda n: n - 1, lambda n: 1.0)
        ],
        Mistake(
            "What a level has won is multiplied by the chance of each answer, and these add up to less than 1. Divide "
            "by the level's own chance: an answer gets its part of the *level*.",
            lambda base, score, n: _ranks(base, score, n, spread="undivided"),
        ),
        Mistake(
            "What a level has won is multiplied by the chance of each answer, and dividing all by their sum does not "
            "mend it. Divide by the level's own chance: an answer gets its part of the *level*.",
            lambda base, score, n: _normal(_ranks(base, score, n, spread="undivided")),
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


def _in_order(upto):
    return torch.cat([upto[:1], upto.diff()])


def _normal(chance):
    return chance / chance.sum()
