"""Lesson 01: two signals."""

from helpers.lessons.lesson01 import checks, experiment, figures, humps

__all__ = ["checks", "experiment", "figures", "humps"]
