"""The check of the second piece of PPO: discount and baseline."""

import numpy as np
import torch

from helpers.kit.checks import Check, Mistake, NotYet
from helpers.lessons.lesson03 import single


def _to_go(reward, gamma):
    later, found = torch.zeros_like(reward[:, 0]), []
    for earned in reward.unbind(1)[::-1]:
        later = earned + gamma * later
        found.append(later)
    return torch.stack(found[::-1], dim=1)


def _weighed(reward, gamma, *, baseline=lambda to_go: to_go.mean(0)):
    to_go = _to_go(reward, gamma)
    return to_go - baseline(to_go)


def _powers(reward, gamma):
    return gamma ** torch.arange(reward.shape[1], dtype=torch.float)


def _rewards(draws):
    """Rewards of a few episodes: most end with a 1, some earn nothing, a step may earn a fraction."""
    reward = draws.numbers(draws.size + 1, draws.size + 2, low=0.0, high=1.0)
    reward[draws.whole(*reward.shape, below=2) == 0] = 0
    reward[0] = 0
    return reward, draws.one_of([0.5, 0.9, 1.0, 0.0])


def _tensor(function, reward, gamma):
    got = function(reward, gamma)
    if isinstance(got, np.ndarray):
        raise NotYet(
            "This is an array of numpy. The update needs a tensor: compute with torch, or return `torch.tensor(...)`."
        )
    return got


_REWARD = torch.tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])

check_advantages = Check(
    _weighed,
    cases=[(_REWARD, 0.5), (_REWARD, 0.9), (_REWARD, 0.0)],
    draw=_rewards,
    look=_tensor,
    used=single.advantages,
    also=[lambda r, g: _weighed(r, g) * len(r) / (len(r) - 1)],  # less the mean of the *others*
    mistakes=[
        Mistake(
            "There is no baseline. What do all episodes of the batch earn on average at this step? Take that off.",
            _to_go,
        ),
        Mistake(
            "Nothing is discounted. A reward that comes k steps later counts gamma to the power k.",
            lambda r, g: _weighed(r, 1.0),
        ),
        Mistake(
            "The discount counts from the episode's start. Seen from the step itself, how far away is the reward?",
            lambda r, g: (lambda x: x - x.mean(0))(((r * _powers(r, g)).flip(1).cumsum(1)).flip(1)),
        ),
        Mistake(
            "What was earned before a step is counted, too, so that every step has the whole return. A move "
            "cannot change what was before it.",
            lambda r, g: (lambda x: x - x.mean(0))((r * _powers(r, g)).sum(1, keepdim=True).expand_as(r)),
        ),
        Mistake(
            "This adds up what came before each step. Which direction does time run for what is *still* earned?",
            lambda r, g: (lambda x: x - x.mean(0))(_to_go(r.flip(1), g).flip(1)),
        ),
        Mistake(
            "The mean was taken over the steps of each episode. The baseline is the mean over episodes, at the "
            "same step.",
            lambda r, g: _weighed(r, g, baseline=lambda x: x.mean(1, keepdim=True)),
        ),
        Mistake(
            "The mean was taken over everything, early and late steps alike. Which axis counts the episodes?",
            lambda r, g: _weighed(r, g, baseline=lambda x: x.mean()),
        ),
        Mistake(
            "The baseline is the mean of the rewards themselves. Compare what is still earned with what is still "
            "earned.",
            lambda r, g: _to_go(r, g) - r.mean(0),
        ),
        Mistake(
            "The sign is the wrong way round: better than usual is positive.", lambda r, g: -_weighed(r, g)
        ),
        Mistake(
            "The numbers are divided by their spread. That is another common choice; leave it out here.",
            lambda r, g: (lambda x: x / (x.std() + 1e-8))(_weighed(r, g)),
        ),
        Mistake(
            "The numbers are divided by their spread at each step. That is another common choice; leave it out here.",
            lambda r, g: (lambda x: x / (x.std(0) + 1e-8))(_weighed(r, g)),
        ),
        Mistake(
            "A reward of this very step is discounted, too. It is 0 steps away: gamma to the power 0 is 1.",
            lambda r, g: g * _weighed(r, g),
        ),
        Mistake(
            "The reward of this very step is missing: what is still earned begins with it.",
            lambda r, g: (lambda x: x - x.mean(0))(_to_go(r, g) - r),
        ),
        Mistake("`gamma` has no say: it was given as 0.5, and 0.9 was used.", lambda r, g: _weighed(r, 0.9)),
        Mistake(
            "Episodes that earn nothing more were left out of the mean. They are part of the batch, and count as 0.",
            lambda r, g: _weighed(r, g, baseline=lambda x: x.sum(0) / (x != 0).sum(0).clamp(min=1)),
        ),
        Mistake(
            "The sum over episodes was taken off. The baseline is their mean.",
            lambda r, g: _weighed(r, g, baseline=lambda x: x.sum(0)),
        ),
    ],
)
