"""Lesson 01: two signals."""

from helpers.lessons.lesson01 import builds, experiment, figures, humps, noise, readings, settings, triangle
from helpers.lessons.lesson01.checks import (
    check_boltzmann,
    check_exact_gradient,
    check_kl,
    check_leashed_run,
    check_row,
    check_sampled_gradient,
)
from helpers.lessons.lesson01.settings import problem

__all__ = [
    "builds",
    "check_boltzmann",
    "check_exact_gradient",
    "check_kl",
    "check_leashed_run",
    "check_row",
    "check_sampled_gradient",
    "experiment",
    "figures",
    "humps",
    "noise",
    "problem",
    "readings",
    "settings",
    "triangle",
]
