"""Worlds to act in: bandits, grids, mazes, and teachers for them. They know the core, and nothing else of ours.

What a lesson needs stands here by name: `from helpers.worlds import GridWorld, corridors, walk_to_coin`.
"""

from helpers.worlds.bandits import (
    Bandit,
    advantage_of,
    boltzmann_policy,
    gradient_moments,
    kl_divergence,
    probabilities,
    shown_actions,
    total_variation,
)
from helpers.worlds.grids import GridState, GridWorld, Levels, corridors, walk_right, walk_to_coin
from helpers.worlds.mazes import Guide, Maze, mazes

__all__ = [
    "Bandit",
    "GridState",
    "GridWorld",
    "Guide",
    "Levels",
    "Maze",
    "advantage_of",
    "boltzmann_policy",
    "corridors",
    "gradient_moments",
    "kl_divergence",
    "mazes",
    "probabilities",
    "shown_actions",
    "total_variation",
    "walk_right",
    "walk_to_coin",
]
