"""Lesson 00: same score, same goal?"""

from helpers.lessons.lesson00 import by_hand, exact, experiment, figures, turn
from helpers.lessons.lesson00.checks import (
    at_equal_score,
    check_at_equal_score,
    check_rl_step,
    check_sft_step,
    check_towards,
)

__all__ = [
    "at_equal_score",
    "by_hand",
    "check_at_equal_score",
    "check_rl_step",
    "check_sft_step",
    "check_towards",
    "exact",
    "experiment",
    "figures",
    "turn",
]
