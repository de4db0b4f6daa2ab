"""The check of the first build of lesson 01, a gradient from one's own samples: run a thousand times, and looked at."""

import torch

from helpers.kit.checks import Check, Mistake, NotYet, finite_of, tensor_of
from helpers.lessons.lesson01 import builds


def _guesses(function, p, reward, baseline):
    """What many guesses are on average, of many episodes and of two, and how widely those of two scatter."""
    many = _numbers(function(p, reward, 20_000, baseline), p)
    few = torch.stack([_numbers(function(p, reward, 2, baseline), p) for _ in range(1000)])
    if few.std(0).max() < 1e-6:
        raise NotYet(
            "A thousand guesses came out all alike: nothing was drawn. Draw `episodes` actions from p, anew each time."
        )
    wide = few.sub(few.mean(0)).square().sum(1).mean().sqrt()
    return {
        "a guess from 20,000 episodes": many,
        "the mean of guesses from 2 episodes": few.mean(0),
        "how widely guesses from 2 episodes scatter": wide,
    }


def _numbers(value, p):
    return finite_of(tensor_of(value, p.shape, "a number for each action", "one number for each action"))


def _sampled(
    p,
    reward,
    episodes,
    baseline,
    *,
    of=None,
    minus_p=True,
    mean=True,
    own=False,
    sign=1.0,
    factor=None,
    std=False,
    bessel=False,
):
    action = torch.multinomial(p if of is None else of, episodes, replacement=True)
    earned = reward[action]
    advantage = earned - (earned.mean() if own else baseline)
    if std:
        advantage = advantage / (earned.std() + 1e-6)
    if factor is not None:
        advantage = advantage * factor(p)[action]
    rows = torch.eye(len(p))[action] - (p if minus_p else 0)
    each = sign * advantage[:, None] * rows
    if bessel:
        return each.sum(0) / max(episodes - 1, 1)
    return each.mean(0) if mean else each.sum(0)


def _of_means(p, reward, episodes, baseline):
    action = torch.multinomial(p, episodes, replacement=True)
    return (reward[action] - baseline).mean() * (torch.eye(len(p))[action] - p).mean(0)


check_sampled_gradient = Check(
    builds.sampled_gradient,
    cases=[
        (torch.tensor([0.2, 0.5, 0.3]), torch.tensor([0.0, 1.0, 2.0]), 0.4),
        (torch.tensor([0.7, 0.3]), torch.tensor([1.0, 2.5]), 0.0),
    ],
    draw=lambda draws: (
        draws.probabilities(draws.size),
        draws.numbers(draws.size, low=0.0, high=0.2) + torch.arange(draws.size) / draws.size,  # never alike
        float(
            draws.numbers(1, low=-0.3, high=-0.1)
        ),  # below all rewards: else two actions may give the same guess
    ),
    look=_guesses,
    tolerance=0.08,
    mistakes=[
        Mistake(
            "The baseline is missing: the number that was handed in is subtracted from each reward.",
            lambda p, r, n, b: _sampled(p, r, n, 0.0),
        ),
        Mistake(
            "The batch's own mean was subtracted, not the baseline that was handed in. With two episodes that halves "
            "the gradient, since each is half of its own baseline.",
            lambda p, r, n, b: _sampled(p, r, n, b, own=True),
        ),
        Mistake(
            "The baseline that was handed in was not used: yours is the policy's mean reward. Subtract `baseline`.",
            lambda p, r, n, b: _sampled(p, r, n, float((p * r).sum())),
        ),
        Mistake(
            "The sign is the wrong way round: well-paid actions would become less likely.",
            lambda p, r, n, b: _sampled(p, r, n, b, sign=-1.0),
        ),
        Mistake(
            "This is the sum over the episodes. Take the mean, or a larger batch makes larger steps.",
            lambda p, r, n, b: _sampled(p, r, n, b, mean=False),
        ),
        Mistake(
            "Two means were multiplied. Multiply each episode's row by its own advantage, and then take the mean.",
            _of_means,
        ),
        Mistake(
            "It was divided by `episodes` - 1. A mean divides by their number.",
            lambda p, r, n, b: _sampled(p, r, n, b, bessel=True),
        ),
        Mistake(
            "The policy is not subtracted in the rows. A row is one at the action, less p.",
            lambda p, r, n, b: _sampled(p, r, n, b, minus_p=False),
        ),
        Mistake(
            "The actions were drawn all alike, not from p: frequent ones must be drawn more often.",
            lambda p, r, n, b: _sampled(p, r, n, b, of=torch.ones_like(p) / len(p)),
        ),
        Mistake(
            "The rows were weighed by p once more. Drawing from p has done that already.",
            lambda p, r, n, b: _sampled(p, r, n, b, factor=lambda p: p),
        ),
        Mistake(
            "Each row was divided by the action's p. That undoes the drawing from p.",
            lambda p, r, n, b: _sampled(p, r, n, b, factor=lambda p: 1 / p),
        ),
        Mistake(
            "The advantage was divided by its standard deviation. That is GRPO's way; here only the baseline is "
            "subtracted.",
            lambda p, r, n, b: _sampled(p, r, n, b, std=True),
        ),
        Mistake(
            "The advantage is missing: every action counts the same here. That is the null arm.",
            lambda p, r, n, b: _sampled(p, torch.ones_like(r), n, 0.0),
        ),
        Mistake(
            "One action was drawn and counted for all episodes: the mean is right, but a larger batch is no better.",
            lambda p, r, n, b: _sampled(p, r, 1, b),
        ),
        Mistake(
            "The baseline was added. It is subtracted from each reward.",
            lambda p, r, n, b: _sampled(p, r, n, -b),
        ),
    ],
)
