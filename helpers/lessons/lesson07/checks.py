"""The checks of lesson 07: how far best-of-n goes, how many lies must be seen; two more have modules."""

import torch

from helpers.kit.checks import Check, Mistake, NotYet
from helpers.kit.differences import same
from helpers.lessons.lesson07.best_of_check import check_best_of
from helpers.lessons.lesson07.builds import caught_enough, how_far
from helpers.lessons.lesson07.reward_check import check_reward_model

__all__ = ["check_best_of", "check_caught_enough", "check_how_far", "check_reward_model"]

_PART = lambda n: (n - 1) / n
_LARGE = torch.tensor([1e5, 1e7])  # as far as the lesson's figure goes
CLOSE = 2e-3


def _far(function, n):
    """What is returned; told is what is right for small n and not for large."""
    found = function(n)
    if torch.equal(n, _LARGE) and not same(found, right := how_far(n), CLOSE):
        few = torch.tensor([2.0, 10.0])
        shaped = isinstance(found, torch.Tensor) and found.shape == n.shape
        if shaped and same(function(few.clone()), how_far(few), CLOSE):
            raise NotYet(
                f"Right for small n. But with n = 10,000,000 it says {round(float(found[1]), 2) + 0:.2f} nats, "
                f"and it is {right[1]:.2f}. Is it a sum over a grid of ranks? Then nearly all lies above the last rank "
                "but one; is there a formula, or an even grid of u^n? Or is n cut off?"
            )
    return found


check_how_far = Check(
    how_far,
    cases=[(torch.tensor([1.0, 2.0, 4.0]),), (torch.tensor([[10.0], [1000.0]]),), (_LARGE,)],
    draw=lambda draws: (1 + draws.numbers(draws.size, low=0.5, high=40.0),),
    look=_far,
    tolerance=CLOSE,
    mistakes=[
        Mistake(
            "That is how far it is to the best n-th part of the base: every answer that is kept is n times as likely. "
            "Best of n takes worse ones as well, and the very best more often.",
            lambda n: n.log(),
        ),
        Mistake(
            "The sign is the wrong way round: a KL is never below 0.",
            lambda n: _PART(n) - n.log(),
        ),
        Mistake(
            "It is log n less 1. That holds for large n only: with n = 1 nothing is chosen, and the KL is 0.",
            lambda n: n.log() - 1,
        ),
        Mistake(
            "It is log n less 1 / n. With n = 1 nothing is chosen, and the KL must be 0.",
            lambda n: n.log() - 1 / n,
        ),
        Mistake(
            "These are bits, not nats: the logarithm was taken to the base 2.",
            lambda n: (n.log() - _PART(n)) / torch.log(torch.tensor(2.0)),
        ),
        Mistake(
            "The logarithm is to the base 2 in one part and not in the other. Nats: `log` throughout.",
            lambda n: n.log2() - _PART(n),
        ),
        Mistake(
            "The mean was taken over the base. It is taken over the policy: weigh each log ratio by n u^(n-1), too.",
            lambda n: n.log() - (n - 1),
        ),
        Mistake(
            "That is KL(base || best of n), the wrong way round. The mean is taken over the policy.",
            lambda n: n - 1 - n.log(),
        ),
        Mistake(
            "The second part was added. With n = 2 the KL is below log 2, since not only the better half is kept.",
            lambda n: n.log() + _PART(n),
        ),
        Mistake(
            "The n in front is missing: the weights n u^(n-1) add up to 1, u^(n-1) alone do not.",
            lambda n: -_PART(n),
        ),
    ],
)

check_caught_enough = Check(
    caught_enough,
    cases=[
        (
            torch.tensor([1.0, 1.0, 2.0, 1.0]),
            torch.tensor([-1.0, 0.0, -1.0, 0.1]),  # one that is seen may still be worth a little
            torch.tensor([0.4, 0.25, 0.0, 0.4]),
        ),
    ],
    draw=lambda draws: (
        draws.numbers(draws.size, low=1.0, high=2.0),
        draws.numbers(draws.size, low=-2.0, high=-0.5),
        draws.numbers(draws.size, low=0.1, high=0.4),
    ),
    mistakes=[
        Mistake(
            "That is the share of lies that may be *taken for facts*. Asked for are those that must be seen.",
            lambda fact, lie, usual: (usual - lie) / (fact - lie),
        ),
        Mistake(
            "The sign is the wrong way round: a share is not negative.",
            lambda fact, lie, usual: (usual - fact) / (fact - lie),
        ),
        Mistake(
            "That is where a lie is worth *nothing*. Pressing makes rarer what is worth less than the usual word.",
            lambda fact, lie, usual: fact / (fact - lie),
        ),
        Mistake(
            "It was divided by the sum of the two. What changes when one more lie is seen is their *difference*.",
            lambda fact, lie, usual: (fact - usual) / (fact + lie),
        ),
        Mistake(
            "The sign of `lie` was dropped. What changes when one more lie is seen is `fact - lie`, also where a lie "
            "is worth a little more than 0.",
            lambda fact, lie, usual: (fact - usual) / (fact + lie.abs()),
        ),
        Mistake(
            "That is what is missing for the usual word, and not a share yet: divide by what one lie seen changes.",
            lambda fact, lie, usual: fact - usual,
        ),
        Mistake(
            "A lie that was seen is taken to be worth 0. It is worth `lie`, which may be less than nothing.",
            lambda fact, lie, usual: (fact - usual) / fact,
        ),
        Mistake(
            "A lie that was not seen is taken to be worth the usual word. It is taken for a fact.",
            lambda fact, lie, usual: (usual - usual) / (usual - lie),
        ),
        Mistake(
            "Upside down: that is one over the share.",
            lambda fact, lie, usual: (fact - lie) / (fact - usual),
        ),
        Mistake(
            "That is the worth of a lie when half of them are seen. Asked for is the share at which "
            "it is worth `usual`.",
            lambda fact, lie, usual: (fact + lie) / 2,
        ),
    ],
)
