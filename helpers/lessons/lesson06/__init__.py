"""Lesson 06: when does a network learn inside its forward pass, and for what?"""

from helpers.lessons.lesson06 import (
    builds,
    experiment,
    figures,
    gates,
    onlookers,
    players,
    readings,
    regression,
)
from helpers.lessons.lesson06.builds import cache
from helpers.lessons.lesson06.checks import check_live, check_one_step, check_rate, check_worth

__all__ = [
    "builds",
    "cache",
    "check_live",
    "check_one_step",
    "check_rate",
    "check_worth",
    "experiment",
    "figures",
    "gates",
    "onlookers",
    "players",
    "readings",
    "regression",
]
