"""Lesson 00: same score, same goal?"""

from helpers.lessons.lesson00 import by_hand, checks, exact, experiment, figures, turn

__all__ = ["by_hand", "checks", "exact", "experiment", "figures", "turn"]
