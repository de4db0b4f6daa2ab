"""Lesson 12: same reward, other drift."""

from helpers.lessons.lesson12 import experiment
from helpers.lessons.lesson12.checks import (
    check_first_reached,
    check_group_advantage,
    check_harder_to_game,
    check_mean_kl,
)

__all__ = [
    "check_first_reached",
    "check_group_advantage",
    "check_harder_to_game",
    "check_mean_kl",
    "experiment",
]
