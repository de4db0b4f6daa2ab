"""Lesson 03: same score, other goal."""
