"""Lesson 08: is the output distribution the training distribution?"""

from helpers.lessons.lesson08 import exact, experiment, laws, nets, poison

__all__ = ["exact", "experiment", "laws", "nets", "poison"]
