"""Lesson 12: same reward, other drift."""

from helpers.lessons.lesson12 import checks, experiment

__all__ = ["checks", "experiment"]
