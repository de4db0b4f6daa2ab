"""Lesson 03: same score, other goal."""

from helpers.lessons.lesson03 import checks, experiment, figures

__all__ = ["checks", "experiment", "figures"]
