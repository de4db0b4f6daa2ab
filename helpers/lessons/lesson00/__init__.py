"""Lesson 00: same score, same goal?"""

from helpers.lessons.lesson00 import by_hand, exact, experiment, turn
from helpers.lessons.lesson00.checks import (
    check_advantage,
    check_at_equal_score,
    check_rl_loss,
    check_rl_step,
    check_sft_step,
    check_towards,
)

__all__ = [
    "by_hand",
    "check_advantage",
    "check_at_equal_score",
    "check_rl_loss",
    "check_rl_step",
    "check_sft_step",
    "check_towards",
    "exact",
    "experiment",
    "turn",
]
