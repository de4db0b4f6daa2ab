"""Lesson 12: same reward, other drift."""

from helpers.lessons.lesson12 import experiment
from helpers.lessons.lesson12.checks import (
    check_group_advantage,
    check_grpo_step,
    check_harder_to_game,
    check_leash,
    check_token_logp,
)

__all__ = [
    "check_group_advantage",
    "check_grpo_step",
    "check_harder_to_game",
    "check_leash",
    "check_token_logp",
    "experiment",
]
