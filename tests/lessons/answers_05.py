"""Lesson 05: right answers written differently, and wrong ones, each with the hint that it must get."""

import numpy as np
import pandas as pd
import torch

from helpers.lessons.lesson05.builds import alike, forecast, luck_apart, missed, one_start, runs_needed
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


def by_sums(early, late, mine):
    x, y = early.tolist(), late.tolist()
    n, at = len(x), float(mine)
    middle, height = sum(x) / n, sum(y) / n
    square = sum((one - middle) ** 2 for one in x)
    slope = sum((one - middle) * (two - height) for one, two in zip(x, y, strict=True)) / square
    left = sum((two - height - slope * (one - middle)) ** 2 for one, two in zip(x, y, strict=True))
    width = (left / (n - 2) * (1 + 1 / n + (at - middle) ** 2 / square)) ** 0.5
    return [height + slope * (at - middle), width]


def missed_by_loops(values):
    total = 0.0
    for at in range(len(values)):
        others = torch.cat([values[:at], values[at + 1 :]])
        total = total + (values[at] - others.mean()) ** 2
    return total / len(values)


def missed_by_variance(values):
    return values.var() * len(values) / (len(values) - 1)


def needed_by_errors(ratio):
    """The log ratio over its standard error, of n - 1 = 1, is to become 2."""
    return 1 + (2 / (ratio.log().abs() / (1 / 2 + 1 / 2) ** 0.5)) ** 2


def needed_in_numpy(ratio):
    return torch.as_tensor(4 / np.log(ratio.numpy()) ** 2 + 1)


def alike_by_ratio(start, luck):
    return 1 / (1 + (luck / start) ** 2)


def alike_less_luck(start, luck):
    return 1 - luck.square() / (start.square() + luck.square())


def apart_by_loops(first, again):
    starts, runs = len(first), len(first[0])
    luck, one, two = 0.0, [], []
    for start in range(starts):
        mine, other = first[start].tolist(), again[start].tolist()
        one.append(sum(mine) / runs)
        two.append(sum(other) / runs)
        luck += sum((a - one[-1]) * (b - two[-1]) for a, b in zip(mine, other, strict=True)) / (runs - 1)
    luck /= starts
    means = sum((a - sum(one) / starts) * (b - sum(two) / starts) for a, b in zip(one, two, strict=True))
    gone = [float(a - b) for a, b in zip(first.flatten(), again.flatten(), strict=True)]
    middle = sum(gone) / len(gone)
    noise = sum((a - middle) ** 2 for a in gone) / (len(gone) - 1) / 2
    return means / (starts - 1) - luck / runs, luck, noise


def apart_by_numpy(first, again):
    one, two = first.numpy(), again.numpy()
    luck = np.mean([np.cov(a, b)[0, 1] for a, b in zip(one, two, strict=True)])
    means = np.cov(one.mean(1), two.mean(1))[0, 1]
    return means - luck / one.shape[1], luck, np.var(one - two, ddof=1) / 2


def apart_by_mean_squares(first, again):
    """The table of an analysis of variance, with products in the place of squares."""
    starts, runs = first.shape
    between = runs * ((first.mean(1) - first.mean()) * (again.mean(1) - again.mean())).sum()
    total = ((first - first.mean()) * (again - again.mean())).sum()
    mean_within = (total - between) / (starts * (runs - 1))
    start = (between / (starts - 1) - mean_within) / runs
    return torch.stack([start, mean_within, (first - again).var() / 2])


def apart_by_sums_of_two(first, again):
    """Squares of sums less squares of differences are four times the products."""

    def squares(table):
        within, runs = table.var(1).mean(), table.shape[1]
        return table.mean(1).var() - within / runs, within

    (start, luck), (less_start, less_luck) = squares(first + again), squares(first - again)
    return (start - less_start) / 4, (luck - less_luck) / 4, (first - again).var() / 2


def apart_by_pandas(first, again):
    starts, runs = first.shape
    rows = pd.DataFrame({"start": np.repeat(np.arange(starts), runs)})
    rows = rows.assign(a=first.flatten().numpy(), b=again.flatten().numpy())
    groups = rows.groupby("start")
    luck = (rows.a - groups.a.transform("mean")).mul(rows.b - groups.b.transform("mean")).sum()
    luck /= starts * (runs - 1)
    return groups.a.mean().cov(groups.b.mean()) - luck / runs, luck, (rows.a - rows.b).var() / 2


def apart_off(start=1.0, luck=1.0, noise=1.0):
    """The right answer times these."""
    return lambda first, again: tuple(
        a * b for a, b in zip(luck_apart(first, again), (start, luck, noise), strict=True)
    )


def naive(first, again, off=1):
    """Squares of one measurement, and nothing taken off: what comes to mind first."""
    return first.mean(1).var(correction=off), first.var(1, correction=off).mean(), (first - again).var() / 2


def of_one_less_noise(first, again):
    """Squares of one measurement, and the noise taken off: right on average as well."""
    noise = (first - again).var() / 2
    within = first.var(1).mean()
    return first.mean(1).var() - within / first.shape[1], within - noise, noise


def of_one_less_noise_of_luck_alone(first, again):
    noise = (first - again).var() / 2
    luck = first.var(1).mean() - noise
    return first.mean(1).var() - luck / first.shape[1], luck, noise


def luck_and_noise_taken_off_twice(first, again):
    start, luck, noise = luck_apart(first, again)
    return start - noise, luck - noise, noise


RIGHT = {
    "check_forecast": [forecast, by_matrix, by_numpy, by_sums],
    "check_missed": [missed, missed_by_loops, missed_by_variance],
    "check_one_start": [one_start, start_by_start, by_half],
    "check_runs_needed": [runs_needed, needed_by_errors, needed_in_numpy],
    "check_alike": [alike, alike_by_ratio, alike_less_luck],
    "check_luck_apart": [
        luck_apart,
        apart_by_loops,
        apart_by_numpy,
        apart_by_mean_squares,
        apart_by_sums_of_two,
        apart_by_pandas,
        of_one_less_noise,
    ],
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
        (lambda first, second: torch.relu(one_start(first, second)), "cut off"),
        (lambda first, second: (first.var(1) + second.var(1)).mean() / 2, "still in both"),
        (lambda first, second: one_start(first, second) * len(first), "added up"),
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
        (lambda early, late, mine: forecast(early, late, mine)[::-1], "changed places"),
        (
            lambda early, late, mine: (forecast(early, late, mine)[0], 2 * forecast(early, late, mine)[1]),
            "twice",
        ),
        (_wrong(over="variance"), r"\*sum\* of their"),
        (_wrong(unit_free=True), "correlation is taken"),
        (lambda early, late, mine: forecast(early, late, mine)[0], "two numbers"),
        (lambda early, late, mine: (late + 0 * mine, late), "one number each"),
        (lambda early, late, mine: None, "returned None"),
    ],
    "check_missed": [
        (lambda values: ((values - values.mean()) ** 2).mean(), "leave it out"),
        (lambda values: values.var(), "own forecast"),
        (lambda values: ((values - values.roll(1)) ** 2).mean(), "one before it alone"),
        (lambda values: missed(values).sqrt(), "the root"),
        (lambda values: missed(values) * len(values), "not averaged"),
        (lambda values: None, "returned None"),
    ],
    "check_runs_needed": [
        (lambda ratio: 1 + 4 / ratio.log2() ** 2, "another base"),
        (lambda ratio: 4 / ratio.log() ** 2, "1 is missing"),
        (lambda ratio: 1 + 1 / ratio.log() ** 2, "One standard error"),
        (lambda ratio: 1 + 2 / ratio.log() ** 2, "Half as many"),
        (lambda ratio: 1 + 4 / (ratio - 1) ** 2, "less 1"),
        (lambda ratio: torch.ceil(runs_needed(ratio)), "rounded up"),
        (lambda ratio: 1 + (1.96 / ratio.log()) ** 2, "Two are asked"),
        (lambda ratio: 2 * runs_needed(ratio), "both methods together"),
    ],
    "check_alike": [
        (lambda start, luck: start / (start + luck), "do not add up"),
        (lambda start, luck: luck**2 / (start**2 + luck**2), r"\*not\* share"),
        (lambda start, luck: (start / luck) ** 2, "beside the luck"),
        (lambda start, luck: start / torch.hypot(start, luck), "root is not asked"),
    ],
    "check_luck_apart": [
        (naive, "Two things at once: these are squares of one measurement, so"),
        (lambda first, again: naive(first, again, off=0), "Three things at once"),
        (
            lambda first, again: (
                luck_apart(first, again)[0] + luck_apart(first, again)[1] / first.shape[1],
                *luck_apart(first, again)[1:],
            ),
            "still holds their luck",
        ),
        (
            lambda first, again: (
                luck_apart(first, again)[0]
                + luck_apart(first, again)[1] / first.shape[1]
                - luck_apart(first, again)[1],
                *luck_apart(first, again)[1:],
            ),
            "All of the luck",
        ),
        (luck_and_noise_taken_off_twice, "once too often"),
        (of_one_less_noise_of_luck_alone, "not off the means"),
        (lambda first, again: luck_apart(first.T, again.T), "axes are mixed up"),
        (lambda first, again: luck_apart(first, first), "under 'luck'"),
        (
            lambda first, again: (*luck_apart(first, first)[:2], luck_apart(first, again)[2]),
            "those are squares",
        ),
        (
            lambda first, again: (*luck_apart(*[(first + again) / 2] * 2)[:2], luck_apart(first, again)[2]),
            "Half of the noise",
        ),
        (
            lambda first, again: (
                luck_apart(first, again)[1],
                luck_apart(first, again)[0],
                luck_apart(first, again)[2],
            ),
            "each other's place",
        ),
        (lambda first, again: tuple(one.clamp(min=0) for one in luck_apart(first, again)), "cut off"),
        (lambda first, again: tuple(one.abs().sqrt() for one in luck_apart(first, again)), "under 'luck'"),
        (
            lambda first, again: tuple(max(float(one), 0) ** 0.5 for one in luck_apart(first, again)),
            "no root|as they come out",
        ),
        (apart_off(noise=2), "noise of both"),
        (apart_off(noise=0.5), "mean of both measurements"),
        (
            lambda first, again: (*luck_apart(first, again)[:2], ((first - again) ** 2).mean() / 2),
            "mean difference",
        ),
        (
            lambda first, again: (*luck_apart(first, again)[:2], np.var((first - again).numpy()) / 2),
            "divided by n",
        ),
        (
            lambda first, again: tuple(
                one / sum(luck_apart(first, again)) for one in luck_apart(first, again)
            ),
            "shares",
        ),
        (apart_off(luck=1.5), "under 'luck'"),
        (lambda first, again: luck_apart(first, again)[:2], "Three numbers"),
        (lambda first, again: (first.mean(1), first.mean(0), again.mean()), "one number, over all"),
        (lambda first, again: None, "returned None"),
    ],
}
