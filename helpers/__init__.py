"""Helpers of the course "Inner alignment under SGD and RL"; each module says on its first line what it is for."""

__version__ = "0.1.0"
