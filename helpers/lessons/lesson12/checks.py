"""The checks of lesson 12: a group's advantage; and from their modules the others."""

from functools import partial

import torch

from helpers.kit.checks import Check, Draws, Mistake
from helpers.lessons.lesson12 import builds
from helpers.lessons.lesson12.check_reward import check_harder_to_game as check_harder_to_game
from helpers.lessons.lesson12.check_step import check_grpo_step as check_grpo_step
from helpers.lessons.lesson12.check_tokens import check_leash as check_leash
from helpers.lessons.lesson12.check_tokens import check_token_logp as check_token_logp

# A group's advantage


def _grouped(rewards, group, *, ddof=1, centre=True, scale=True, sign=1.0, tied=1e-4):
    rows = rewards.view(-1, group)
    centred = rows - rows.mean(1, keepdim=True) if centre else rows
    centred = centred / (rows.std(1, keepdim=True, correction=ddof) + tied) if scale else centred
    return sign * centred.flatten()


def _by_columns(rewards, group):
    columns = rewards.view(-1, group)
    spread = columns.std(0, correction=min(1, len(columns) - 1))
    return ((columns - columns.mean(0)) / (spread + 1e-4)).flatten()


def _rows_of_other_groups(rewards, group):
    rows = rewards.view(group, -1)
    if rows.shape[1] == 1:  # the deviation of one number
        return torch.full_like(rewards, torch.nan)
    return ((rows - rows.mean(1, keepdim=True)) / (rows.std(1, keepdim=True) + 1e-4)).flatten()


def _groups(draws: Draws):
    """Rewards of a few groups, one of them tied."""
    rows = draws.numbers(draws.size, 4, low=-1, high=1)
    rows[draws.whole(below=draws.size)] = draws.tied(4)
    return rows.flatten(), 4


check_group_advantage = Check(
    builds.group_advantage,
    cases=[
        (torch.tensor([0.9, 0.1, 0.4, 0.2, -0.5, 0.5, 0.6, 0.0, 0.3, -0.9, 0.8, 0.1]), 4),
        (torch.tensor([1.0, 0.0, 0.2, 0.8, 0.5, 0.1]), 3),
        (torch.full((4,), 0.1), 4),
        (torch.full((3,), -0.998), 3),  # whose mean is not quite -0.998: a rounding
    ],
    draw=_groups,
    also=[partial(_grouped, tied=1e-5), partial(_grouped, tied=1e-6)],
    tolerance=2e-3,
    mistakes=[
        Mistake(
            "The mean and deviation are those of the whole batch. Each group answers its own prompt: compare within "
            "the group.",
            lambda r, group: (r - r.mean()) / (r.std() + 1e-4),
        ),
        Mistake(
            "A group whose answers all earned alike becomes NaN: its deviation is 0. Nothing in it was better than "
            "anything else, so its advantages are 0.",
            lambda r, group: _grouped(r, group, tied=0.0),
        ),
        *(
            Mistake(
                "Alike rewards did not become 0: the mean of three times -0.998 is rounded, and what you add to the "
                "deviation is no larger than that. A ten-thousandth is.",
                partial(_grouped, tied=tiny),
            )
            for tiny in (1e-8, 1e-7, 1e-9, 1e-10)
        ),
        Mistake(
            "It is not divided by the group's standard deviation.", lambda r, g: _grouped(r, g, scale=False)
        ),
        Mistake(
            "The mean is that of the group, but the deviation that of the whole batch. Take the group's own.",
            lambda r, g: _grouped(r, g, scale=False) / (r.std() + 1e-4),
        ),
        Mistake(
            "It is divided by the variance. Divide by its root, the standard deviation.",
            lambda r, g: (
                _grouped(r, g, scale=False).view(-1, g) / (r.view(-1, g).var(1, keepdim=True) + 1e-4)
            ).flatten(),
        ),
        Mistake(
            "The rows hold answers to different prompts: `view(group, -1)` makes `group` rows. Neighbours form one: "
            "`view(-1, group)` puts `group` answers into each row.",
            _rows_of_other_groups,
        ),
        Mistake("The group's mean was not subtracted.", lambda r, g: _grouped(r, g, centre=False)),
        Mistake(
            "The sign is the wrong way round: better than the group's mean must be positive.",
            lambda r, g: _grouped(r, g, sign=-1.0),
        ),
        Mistake(
            "The mean was taken over the wrong axis. Neighbours form a group: `view(-1, group)` puts each in a row, so "
            "average over axis 1.",
            _by_columns,
        ),
        Mistake(
            "The standard deviation was divided by n. The docstring asks for n - 1, torch's default.",
            lambda r, g: _grouped(r, g, ddof=0),
        ),
        Mistake(
            "What is added to the deviation is too large: it shrinks every advantage. A ten-thousandth is enough.",
            lambda r, g: _grouped(r, g, tied=1.0),
        ),
    ],
)
