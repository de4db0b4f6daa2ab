"""Lesson 01: two signals."""
