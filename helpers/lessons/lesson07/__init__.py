"""Lesson 07: what happens when the reward is only a stand-in."""

from helpers.lessons.lesson07 import (
    arms,
    builds,
    experiment,
    figures,
    fooled,
    four_ends,
    holes,
    must_hold,
    peaks,
    pressure,
    readings,
    rounds,
    taste,
)
from helpers.lessons.lesson07.checks import (
    check_best_of,
    check_caught_enough,
    check_how_far,
    check_reward_model,
)

__all__ = [
    "arms",
    "builds",
    "check_best_of",
    "check_caught_enough",
    "check_how_far",
    "check_reward_model",
    "experiment",
    "figures",
    "fooled",
    "four_ends",
    "holes",
    "must_hold",
    "peaks",
    "pressure",
    "readings",
    "rounds",
    "taste",
]
