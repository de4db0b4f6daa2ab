"""Lesson 09: a backdoor, then safety training by SFT and by RL: what is left?"""

from helpers.lessons.lesson09 import (
    asked,
    builds,
    experiment,
    figures,
    live,
    must_hold,
    mystery,
    nets,
    readings,
    red_team,
)
from helpers.lessons.lesson09.checks import check_drawn, check_safety_loss, check_suspect

__all__ = [
    "asked",
    "builds",
    "check_drawn",
    "check_safety_loss",
    "check_suspect",
    "experiment",
    "figures",
    "live",
    "must_hold",
    "mystery",
    "nets",
    "readings",
    "red_team",
]
