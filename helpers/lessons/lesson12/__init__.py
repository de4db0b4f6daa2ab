"""Lesson 12: same reward, other drift."""
