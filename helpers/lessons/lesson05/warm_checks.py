"""The checks of lesson 05's three warm-ups: one line each."""

import torch

from helpers.kit.checks import Check, Mistake
from helpers.lessons.lesson05.builds import alike, missed, runs_needed

__all__ = ["check_alike", "check_missed", "check_runs_needed"]


def _by_hand(text: str):
    """What a right answer says to the numbers of the statement."""
    return lambda answer: text


def _of_others(values):
    return (values.sum() - values) / (len(values) - 1)


check_missed = Check(
    missed,
    cases=[(torch.tensor([40.0, 50.0, 60.0]),), (torch.tensor([0.0, 6.0]),)],
    draw=lambda draws: (draws.numbers(draws.size + 1),),
    then=_by_hand(
        "40, 50 and 60 are missed by -15, 0 and 15: by 150, squared, on average. Their variance is 100, and 150 is n / "
        "(n - 1) of it, whatever the runs. So whoever forecasts a run by the others misses it by their spread, and "
        "tells nothing else than the spread does."
    ),
    mistakes=[
        Mistake(
            "The run that is forecast is among those of which the mean is taken. Nobody knows it yet: leave it out.",
            lambda values: ((values - values.mean()) ** 2).mean(),
        ),
        Mistake(
            "That is the variance, with n - 1. It comes near, and is not what a forecast by the others misses by: take "
            "each run's own forecast.",
            lambda values: values.var(),
        ),
        Mistake(
            "The misses are added up and not averaged.",
            lambda values: ((values - _of_others(values)) ** 2).sum(),
        ),
        Mistake(
            "The sum of squared misses is divided by n - 1. Nothing was taken from the misses themselves: their mean "
            "is over all n.",
            lambda values: ((values - _of_others(values)) ** 2).sum() / (len(values) - 1),
        ),
        Mistake(
            "That is the root. Asked for is the mean of the squares.",
            lambda values: ((values - _of_others(values)) ** 2).mean().sqrt(),
        ),
        Mistake(
            "The misses are averaged with their signs: those above and those below cancel. Square each first.",
            lambda values: (values - _of_others(values)).mean() ** 2,
        ),
        Mistake(
            "That is the mean size of a miss. Asked for is the mean of the squares.",
            lambda values: (values - _of_others(values)).abs().mean(),
        ),
        Mistake(
            "The sum of the others is divided by n. There are n - 1 of them.",
            lambda values: ((values - (values.sum() - values) / len(values)) ** 2).mean(),
        ),
        Mistake(
            "Each run is forecast by the one before it alone. Take the mean of all the others.",
            lambda values: ((values - values.roll(1)) ** 2).mean(),
        ),
    ],
)


check_alike = Check(
    alike,
    cases=[(torch.tensor([6.0, 3.0]), torch.tensor([2.0, 3.0])), (torch.tensor(1.0), torch.tensor(3.0))],
    draw=lambda draws: (
        draws.numbers(draws.size, low=0.5, high=4.0),
        draws.numbers(draws.size, low=0.5, high=4.0),
    ),
    then=_by_hand(
        "6 and 2 walks in a hundred make 0.9: nine tenths of what runs scatter by, two from one start have in common. "
        "Where luck spreads as widely as starts do, it is a half."
    ),
    mistakes=[
        Mistake(
            "Standard deviations do not add up: variances do. Square them first.",
            lambda start, luck: start / (start + luck),
        ),
        Mistake(
            "That is what two runs from one start do *not* share: the part of luck.",
            lambda start, luck: luck**2 / (start**2 + luck**2),
        ),
        Mistake(
            "That is the start beside the luck. Asked for is the start's share of both together.",
            lambda start, luck: start**2 / luck**2,
        ),
        Mistake(
            "The root is not asked for. The correlation of two runs is the share of their variance that they share.",
            lambda start, luck: start / (start**2 + luck**2).sqrt(),
        ),
        Mistake(
            "That is the variance of starts less that of luck, over their sum: it would be 0 where both are alike. Two "
            "such runs still share their start.",
            lambda start, luck: (start**2 - luck**2) / (start**2 + luck**2),
        ),
        Mistake(
            "Luck counts twice in it. Each of the two runs has luck of its own, and the correlation is over the "
            "variance of *one* run.",
            lambda start, luck: start**2 / (start**2 + 2 * luck**2),
        ),
        Mistake(
            "That is the variance that two runs from one start share, and not yet a share of the whole.",
            lambda start, luck: start**2,
        ),
    ],
)

check_runs_needed = Check(
    runs_needed,
    cases=[(torch.tensor([2.0, 1.5]),), (torch.tensor(0.5),)],
    draw=lambda draws: (draws.numbers(draws.size, low=1.2, high=4.0),),
    tolerance=1e-3,
    then=_by_hand(
        "Twice as wide: from ten runs of each arm on. Half as wide again: from 26 on. A fifth wider: from 122 on. So "
        "four runs from one start tell nothing by themselves, and those from many starts are taken together."
    ),
    mistakes=[
        Mistake(
            "One standard error is not enough: equal spreads are as far apart by luck in one case of three. Two "
            "of them are asked for, so 4 in the square.",
            lambda ratio: 1 + 1 / ratio.log() ** 2,
        ),
        Mistake(
            "Half as many as it takes. Is only one of the two spreads uncertain in it? Both are: the squares of their "
            "standard errors add up. Or is the 2 of two standard errors not squared?",
            lambda ratio: 1 + 2 / ratio.log() ** 2,
        ),
        Mistake(
            "The logarithm is missing: what is so uncertain is the *log* of a spread, and of a ratio.",
            lambda ratio: 1 + 4 / ratio**2,
        ),
        Mistake(
            "That takes the ratio less 1 for its logarithm. Near 1 the two are alike; at 2 they are not.",
            lambda ratio: 1 + 4 / (ratio - 1) ** 2,
        ),
        Mistake(
            "The 1 is missing: a spread of n runs has n - 1 in its standard error.",
            lambda ratio: 4 / ratio.log() ** 2,
        ),
        Mistake(
            "The logarithm is not squared: a standard error shrinks with the *root* of the number of runs.",
            lambda ratio: 1 + 4 / ratio.log().abs(),
        ),
        Mistake(
            "The standard errors of both spreads are added. They are independent: their squares add up.",
            lambda ratio: 1 + 8 / ratio.log() ** 2,
        ),
        Mistake(
            "It is rounded up. Leave it as it comes.",
            lambda ratio: torch.ceil(1 + 4 / ratio.log() ** 2),
        ),
        Mistake(
            "That is 1.96 standard errors. Two are asked for.",
            lambda ratio: 1 + 1.96**2 / ratio.log() ** 2,
        ),
        Mistake(
            "Those are the runs of both methods together. Asked for is how many each has.",
            lambda ratio: 2 + 8 / ratio.log() ** 2,
        ),
        Mistake(
            "The logarithm is to another base than e.",
            lambda ratio: 1 + 4 / ratio.log10() ** 2,
        ),
        Mistake(
            "The logarithm is to another base than e.",
            lambda ratio: 1 + 4 / ratio.log2() ** 2,
        ),
    ],
)
