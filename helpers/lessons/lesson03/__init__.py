"""Lesson 03: same score, other goal."""

from helpers.lessons.lesson03 import experiment, figures
from helpers.lessons.lesson03.checks import check_clipped_loss, check_first, check_goal_index, check_interval

__all__ = ["check_clipped_loss", "check_first", "check_goal_index", "check_interval", "experiment", "figures"]
