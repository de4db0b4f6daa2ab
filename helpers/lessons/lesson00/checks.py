"""The checks of lesson 00: a teacher, one batch of RL, one batch of SFT, and what is left at equal score."""

import numpy as np
import torch

from helpers.kit.checks import Check, Mistake, NotYet
from helpers.lessons.lesson00.step_checks import check_rl_step as check_rl_step
from helpers.lessons.lesson00.step_checks import check_sft_step as check_sft_step
from helpers.lessons.lesson00.step_checks import places

check_towards = Check(
    lambda agent, coin: (coin > agent).long(),
    cases=[(torch.tensor([1, 4, 3, 7]), torch.tensor([5, 0, 4, 6])), (torch.tensor([2]), torch.tensor([0]))],
    draw=places,
    mistakes=[
        Mistake(
            "The other way round: this teacher walks away from every coin. 1 is right, and right is where the numbers "
            "of the cells grow.",
            lambda agent, coin: (coin < agent).long(),
        ),
        Mistake(
            "This teacher always walks right, wherever the coin is. That is another goal.",
            lambda agent, coin: torch.ones_like(agent),
        ),
        Mistake("This teacher always walks left.", lambda agent, coin: torch.zeros_like(agent)),
        Mistake(
            "That is the distance to the coin. A move is only its direction: 1 to the right, 0 to the left.",
            lambda agent, coin: coin - agent,
        ),
        Mistake(
            "That is -1 for left and 1 for right. Here left is 0.", lambda agent, coin: (coin - agent).sign()
        ),
        Mistake(
            "Off by one: with the agent in cell 3 and the coin in cell 4 the coin lies to the right.",
            lambda agent, coin: (coin > agent + 1).long(),
        ),
        Mistake(
            "Only the first episode was looked at. Each has its own move.",
            lambda agent, coin: (coin[:1] > agent[:1]).long().expand(agent.shape),
        ),
        Mistake(
            "This teacher knows where the middle is, not where the coin is.",
            lambda agent, coin: (agent < 4).long(),
        ),
    ],
)


def at_equal_score(score, value, level):
    """The value at the first batch at which the score is at least `level`; NaN where it never is."""
    there = np.asarray(score) >= level
    return float(np.asarray(value)[there.argmax()]) if there.any() else float("nan")


def _scores(draws):
    n = draws.size  # few, so that a message shows them all
    score, value = (draws.numbers(n, low=0.0, high=1.0).double().numpy() for _ in range(2))
    return score, value, float(draws.one_of(score.tolist()))  # a level that is reached exactly


_RISES_AND_FALLS = [
    (np.array([0.5, 0.95, 0.7, 0.6, 0.97]), np.array([0.4, 0.3, 0.2, 0.6, 0.1]), 0.9),
    (np.array([0.2, 0.8, 0.3, 0.4, 0.9, 0.95]), np.array([0.7, 0.6, 0.5, 0.4, 0.3, 0.2]), 0.7),
]


def _bisects(function, score, value, level):
    """Whether it returns what a bisection finds, the value there or its place."""
    place = int(np.searchsorted(score, level))
    try:
        return float(function(score.copy(), value.copy(), level)) in (float(value[place]), place)
    except Exception:  # told where it is run on the cases
        return False


def _read(function, score, value, level):
    """What the function returns; None where the level is never reached, by one that else returns a number, is told."""
    if all(_bisects(function, *one) for one in _RISES_AND_FALLS):
        raise NotYet(
            "The score rises and falls: `searchsorted` and bisection need one that is sorted. Look from the first on."
        )
    found = function(score, value, level)
    if (
        found is None
        and score.max() < level
        and function(score.copy(), value.copy(), score.min()) is not None
    ):
        raise NotYet("Where the score never gets there it returned None. Return `float('nan')` there.")
    return found


_score, _value = np.array([0.5, 0.7, 0.92, 0.88, 0.97]), np.array([0.52, 0.31, 0.14, 0.2, 0.05])

check_at_equal_score = Check(
    at_equal_score,
    cases=[
        (_score, _value, 0.9),
        (_score, _value, 0.4),
        (_score, _value, 0.99),
        (_score, _value, 0.7),
        (_score, _value, 0.58),
        *_RISES_AND_FALLS[:1],
        (np.array([0.3, 0.8, 0.9, 0.85]), np.array([0.5, 0.0, 0.2, 0.1]), 0.8),
    ],
    draw=_scores,
    look=_read,
    mistakes=[
        *(
            Mistake(
                "That is the place of the batch. Return the value at that batch.",
                lambda s, v, level, none=none: int((s >= level).argmax()) if (s >= level).any() else none,
            )
            for none in (float("nan"), len(_score))
        ),
        Mistake(
            "A value that is 0 was taken for none. 0 is a value: ask for the score alone.",
            lambda s, v, level: next(
                (float(b) for a, b in zip(s, v, strict=True) if a >= level and b), float("nan")
            ),
        ),
        Mistake(
            "A value that is 0 was taken for none. 0 is a value: ask whether the score got there.",
            lambda s, v, level: at_equal_score(s, v, level) or float("nan"),
        ),
        *(
            Mistake(
                "That is the value at the highest score. Take the first batch that has reached the level.",
                lambda s, v, level, always=always: (
                    float(v[s.argmax()]) if always or s.max() >= level else float("nan")
                ),
            )
            for always in (False, True)
        ),
        Mistake(
            "That is the value at the end, not where the score first gets there.",
            lambda s, v, level: float(v[-1]),
        ),
        Mistake(
            "That is the batch at which the score gets there. Return the value at that batch.",
            lambda s, v, level: int((s >= level).argmax()),
        ),
        Mistake(
            "That is the score there. Return the value at the same batch.",
            lambda s, v, level: float(s[(s >= level).argmax()]) if (s >= level).any() else float("nan"),
        ),
        Mistake(
            "Where the score never gets there, return NaN: a number would count a run that cannot be compared.",
            lambda s, v, level: float(v[(s >= level).argmax()]),
        ),
        Mistake(
            "It returned NaN although the level is reached at the first batch: index 0 counts as False in an `if`.",
            lambda s, v, level: float(v[(s >= level).argmax()]) if (s >= level).argmax() else float("nan"),
        ),
        Mistake(
            "A score that is exactly the level has reached it: at least, not above.",
            lambda s, v, level: float(v[(s > level).argmax()]) if (s > level).any() else float("nan"),
        ),
        Mistake(
            "That is the last batch at which the score is so high. Take the first.",
            lambda s, v, level: float(v[s >= level][-1]) if (s >= level).any() else float("nan"),
        ),
        Mistake(
            "That is the mean over all batches at which the score is so high. Take the first alone.",
            lambda s, v, level: float(v[s >= level].mean()) if (s >= level).any() else float("nan"),
        ),
        *(
            Mistake(
                "That is the batch at which the score is nearest to the level. Take the first that has reached it.",
                lambda s, v, level, always=always: (
                    float(v[np.abs(s - level).argmin()]) if always or s.max() >= level else float("nan")
                ),
            )
            for always in (False, True)
        ),
    ],
)
