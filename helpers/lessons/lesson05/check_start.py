"""The check of lesson 05's warm-up: how widely runs from one start scatter, what measuring adds taken out."""

import torch

from helpers.kit.checks import Check, Mistake
from helpers.lessons.lesson05.builds import one_start

__all__ = ["check_one_start"]


FROM_ALL = (
    "Distances are taken from the mean of all runs, so what starts differ in is in it. Each run's distance is "
    "from the mean of its own start: `mean(1, keepdim=True)`."
)


def _wrong(*, from_all=False, off: float = 1, squared=False, axis: int = 1, pooled=False, by_all=False):
    """An answer with some mistakes. off: what is taken from the runs of a start. from_all: distances from one mean."""

    def answer(first, second):
        if squared:
            second = first
        if pooled:
            first = second = (first + second) / 2
        mean = (lambda each: each.mean()) if from_all else (lambda each: each.mean(axis, keepdim=True))
        product = ((first - mean(first)) * (second - mean(second))).sum()
        starts, runs = first.shape
        return product / (starts * runs - 1 if by_all else starts * (runs - off))

    return answer


check_one_start = Check(
    one_start,
    cases=[
        (torch.tensor([[0.4, 0.6], [0.7, 0.5]]), torch.tensor([[0.5, 0.6], [0.8, 0.5]])),
        (
            torch.tensor([[0.1, 0.2, 0.3], [0.5, 0.7, 0.6]]),
            torch.tensor([[0.2, 0.2, 0.4], [0.5, 0.6, 0.8]]),
        ),
        (  # the measurements disagree more than the runs differ: it comes out below 0
            torch.tensor([[0.4, 0.6], [0.5, 0.7]]),
            torch.tensor([[0.6, 0.5], [0.7, 0.6]]),
        ),
    ],
    draw=lambda draws: (
        draws.numbers(draws.size + 1, draws.size + 2),
        draws.numbers(draws.size + 1, draws.size + 2),
    ),
    mistakes=[
        Mistake(
            "That is the variance of the first measurement, squared: what measuring adds is still in it. Multiply each "
            "run's distance in the first by its distance in the second.",
            _wrong(squared=True),
        ),
        Mistake(
            "The two measurements are averaged and then squared: half of what measuring adds is still in it. Multiply "
            "one by the other.",
            _wrong(pooled=True),
        ),
        *(Mistake(FROM_ALL, _wrong(from_all=True, by_all=by_all)) for by_all in (True, False)),
        Mistake(
            "The sum is divided by all runs. Each start took a mean of its own from them: of its runs one fewer is "
            "free, so divide by starts times (runs - 1).",
            _wrong(off=0),
        ),
        Mistake(
            "The sum is divided by all runs but one. *Each* start took a mean: divide by starts times (runs - 1).",
            _wrong(by_all=True),
        ),
        Mistake(
            "The mean goes over the starts, not over the runs of each start: `mean(0)` in the place of `mean(1)`.",
            _wrong(axis=0),
        ),
        Mistake(
            "That is a standard deviation. Asked for is the variance; it may come out below 0, and has no root then.",
            lambda first, second: one_start(first, second).abs().sqrt(),
        ),
        Mistake(
            "What comes out below 0 is cut off. Leave it: a number that is right on average falls below a small truth "
            "about as often as above it, and cut off it is too large on average.",
            lambda first, second: one_start(first, second).clamp(min=0),
        ),
        Mistake(
            "Each measurement's own variance is taken, and the two are averaged: what measuring adds is still in both. "
            "Multiply each run's distance in the first by its distance in the second.",
            lambda first, second: (first.var(1).mean() + second.var(1).mean()) / 2,
        ),
        Mistake(
            "The starts are added up. Each start is free to vary in runs - 1 of its runs: divide by starts times "
            "(runs - 1).",
            lambda first, second: one_start(first, second) * len(first),
        ),
    ],
)
