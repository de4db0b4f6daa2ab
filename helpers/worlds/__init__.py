"""Worlds to act in: bandits, grids, mazes, and teachers for them. They know the core, and nothing else of ours."""
