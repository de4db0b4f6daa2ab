"""Lesson 03: same score, other goal."""

from helpers.lessons.lesson03 import arms, carries, check_tie, experiment, figures, readings, single
from helpers.lessons.lesson03.checks import (
    check_advantages,
    check_code,
    check_goal_index,
    check_gradients,
    check_ppo_step,
    check_reading,
    check_roll_out,
)

__all__ = [
    "arms",
    "carries",
    "check_advantages",
    "check_code",
    "check_goal_index",
    "check_gradients",
    "check_ppo_step",
    "check_reading",
    "check_roll_out",
    "check_tie",
    "experiment",
    "figures",
    "readings",
    "single",
]
