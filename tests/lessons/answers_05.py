"""Lesson 05: right answers written differently, and wrong ones, each with the hint that it must get."""

import numpy as np
import torch

from helpers.lessons.lesson05.builds import forecast, one_start
from helpers.lessons.lesson05.check_start import _wrong as _wrong_start
from helpers.lessons.lesson05.checks import _wrong


def start_by_start(first, second):
    each = [
        float(torch.cov(torch.stack([one, two]).double())[0, 1])
        for one, two in zip(first, second, strict=True)
    ]
    return torch.tensor(sum(each) / len(each))


def by_half(first, second):
    """From one measurement alone: the mean of the one is 0 in the product."""
    away = first - first.mean(1, keepdim=True)
    return (away * second).sum() / (first.numel() - len(first))


def by_matrix(early, late, mine):
    x = torch.stack([torch.ones_like(early), early], dim=1).double()
    inverse = torch.linalg.inv(x.T @ x)
    weights = inverse @ x.T @ late.double()
    at = torch.stack([torch.ones_like(mine), mine]).double()
    missed = late.double() - x @ weights
    variance = (missed**2).sum() / (len(early) - 2)
    return at @ weights, (variance * (1 + at @ inverse @ at)).sqrt()


def by_numpy(early, late, mine):
    x, y = early.numpy().astype(float), late.numpy().astype(float)
    slope, height = np.polyfit(x, y, 1)
    scale = np.sqrt(((y - height - slope * x) ** 2).sum() / (len(x) - 2))
    reach = (float(mine) - x.mean()) ** 2 / (len(x) * x.var())
    return height + slope * float(mine), scale * np.sqrt(1 + 1 / len(x) + reach)


RIGHT = {
    "check_one_start": [one_start, start_by_start, by_half],
    "check_forecast": [forecast, by_matrix, by_numpy],
}
WRONG = {
    "check_one_start": [
        (_wrong_start(squared=True), "still in it. Multiply each"),
        (_wrong_start(pooled=True), "averaged and then squared"),
        (_wrong_start(from_all=True), "mean of its own start"),
        (_wrong_start(from_all=True, by_all=True), "mean of its own start"),
        (_wrong_start(off=0), "divided by all runs. Each"),
        (_wrong_start(by_all=True), "all runs but one"),
        (_wrong_start(axis=0), "over the starts"),
        (lambda first, second: one_start(first, second).abs().sqrt(), "may come out below 0"),
    ],
    "check_forecast": [
        (_wrong(off=0), "divided by n. The line took two"),
        (_wrong(off=1), "divided by n - 1"),
        (_wrong(line=False, reach=False), "How little is known of the line itself"),
        (_wrong(reach=False), "slope is uncertain"),
        (_wrong(line=False), "1 / n is missing"),
        (_wrong(one=False), r"how well the \*line\* is known"),
        (_wrong(squared=True), "take the root"),
        (_wrong(flat=True), "Put a line through them"),
        (_wrong(at="as it is"), "less the mean beginning"),
        (_wrong(turned=True), "divided by how the ends scatter"),
        (_wrong(own=True), "Nobody knows its end yet"),
        (lambda early, late, mine: forecast(early, late, mine)[0], "two numbers"),
        (lambda early, late, mine: (late + 0 * mine, late), "one number each"),
        (lambda early, late, mine: None, "returned None"),
    ],
}
