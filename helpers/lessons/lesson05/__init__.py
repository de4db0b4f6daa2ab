"""Lesson 05: of which method can you say in advance what comes out?"""

from helpers.lessons.lesson05 import (
    builds,
    choices,
    experiment,
    figures,
    gaps,
    judged,
    leans,
    own_rule,
    readings,
    walks,
)
from helpers.lessons.lesson05.checks import (
    check_alike,
    check_forecast,
    check_luck_apart,
    check_missed,
    check_one_start,
    check_runs_needed,
)

__all__ = [
    "builds",
    "check_alike",
    "check_forecast",
    "check_luck_apart",
    "check_missed",
    "check_one_start",
    "check_runs_needed",
    "choices",
    "experiment",
    "figures",
    "gaps",
    "judged",
    "leans",
    "own_rule",
    "readings",
    "walks",
]
