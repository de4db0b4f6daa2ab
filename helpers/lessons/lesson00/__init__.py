"""Lesson 00: same score, same goal?"""

from helpers.lessons.lesson00 import checks, experiment

__all__ = ["checks", "experiment"]
