"""Lesson 04: is reward the optimisation target?"""

from helpers.lessons.lesson04 import builds, experiment, figures, found, log, readings
from helpers.lessons.lesson04.checks import (
    check_batches_until,
    check_less_the_mean,
    check_plan,
    check_use,
)

__all__ = [
    "builds",
    "check_batches_until",
    "check_less_the_mean",
    "check_plan",
    "check_use",
    "experiment",
    "figures",
    "found",
    "log",
    "readings",
]
