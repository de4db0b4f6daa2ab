"""Lesson 08: is the output distribution the training distribution?"""

from helpers.lessons.lesson08 import builds, experiment, figures, laws, nets, poison, readings, writing
from helpers.lessons.lesson08.checks import check_added, check_how_far_apart, check_word_chances

__all__ = [
    "builds",
    "check_added",
    "check_how_far_apart",
    "check_word_chances",
    "experiment",
    "figures",
    "laws",
    "nets",
    "poison",
    "readings",
    "writing",
]
