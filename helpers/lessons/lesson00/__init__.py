"""Lesson 00: same score, same goal?"""

from helpers.lessons.lesson00 import experiment
from helpers.lessons.lesson00.checks import check_advantage, check_rl_loss, check_towards

__all__ = ["check_advantage", "check_rl_loss", "check_towards", "experiment"]
