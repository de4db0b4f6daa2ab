"""Lesson 07: what happens when the reward is only a stand-in."""
