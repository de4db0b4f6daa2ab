"""The checks of lesson 05: the forecaster; the warm-ups and "luck apart" have modules of their own."""

import torch

from helpers.kit.checks import Check, Mistake, NotYet
from helpers.lessons.lesson05.builds import forecast
from helpers.lessons.lesson05.check_start import check_one_start
from helpers.lessons.lesson05.luck_check import check_luck_apart
from helpers.lessons.lesson05.warm_checks import check_alike, check_missed, check_runs_needed

__all__ = [
    "check_alike",
    "check_forecast",
    "check_luck_apart",
    "check_missed",
    "check_one_start",
    "check_runs_needed",
]


def _both(answer, early, late, mine):
    """Mean and width as one tensor."""
    given = answer(early, late, mine)
    if given is None:
        raise NotYet("Your function returned None. Is a `return` missing?")
    if given is ... or given is NotImplemented:
        raise NotImplementedError
    if not isinstance(given, list | tuple) or len(given) != 2:
        raise NotYet("The forecast is two numbers: `return mean, width`.")
    pair = [torch.as_tensor(one).detach().double() for one in given]
    if [one.numel() for one in pair] != [1, 1]:
        shapes = " and ".join(str(tuple(one.shape)) for one in pair)
        raise NotYet(
            f"Mean and width are one number each, for the one run whose beginning is `mine`: got {shapes}."
        )
    return torch.stack([one.reshape(()) for one in pair]).float()


def _wrong(
    *,
    off: float = 2,
    one: bool = True,
    line: bool = True,
    reach: bool = True,
    squared: bool = False,
    own: bool = False,
    at: str = "mine",
    flat: bool = False,
    turned: bool = False,
    unit_free: bool = False,
    over: str = "sum",
):
    """An answer with some mistakes. off: what is taken from n. own: the run that is forecast is among the others."""

    def answer(early, late, mine):
        if own:
            early = torch.cat([early, mine.reshape(1)])
            late = torch.cat([late, late.mean().reshape(1)])
        n, away, gone = len(early), early - early.mean(), late - late.mean()
        slope = (away * gone).sum() / ((gone if turned else away) ** 2).sum()
        slope = slope * (not flat)
        if unit_free:
            slope = slope * away.norm() / gone.norm()
        missed = gone - slope * away
        x = mine - early.mean()
        mean = late.mean() + slope * (x if at == "mine" else mine)
        unknown = (
            1.0 * one + line / n + reach * x**2 / (early.var() if over == "variance" else (away**2).sum())
        )
        width = (missed**2).sum() / (n - off) * unknown
        return mean, width if squared else width.sqrt()

    return answer


def _wider(width, early, late, mine):
    """The right mean with another width."""
    return forecast(early, late, mine)[0], width


check_forecast = Check(
    forecast,
    look=_both,
    cases=[
        (torch.tensor([0.0, 1.0, 2.0, 3.0]), torch.tensor([1.0, 1.0, 3.0, 4.0]), torch.tensor(4.0)),
        (torch.tensor([0.4, 0.5, 0.7, 0.6, 0.3]), torch.tensor([0.3, 0.6, 0.8, 0.5, 0.4]), torch.tensor(0.5)),
    ],
    draw=lambda draws: (
        draws.numbers(draws.size + 3),
        draws.numbers(draws.size + 3),
        draws.numbers(1)[0],
    ),
    mistakes=[
        Mistake(
            "The others' misses are divided by n. The line took two numbers from them, its height and its slope: take "
            "n - 2.",
            _wrong(off=0),
        ),
        Mistake(
            "The others' misses are divided by n - 1. The line took two numbers from them, its height and its slope: "
            "n - 2.",
            _wrong(off=1),
        ),
        Mistake(
            "The width is how far the others lie from their line. How little is known of the line itself comes on top: "
            "1 / n for its height, and what the distance of `mine` from the mean beginning makes of its slope.",
            _wrong(line=False, reach=False),
        ),
        Mistake(
            "The line's slope is uncertain, too: the further away `mine` lies from the others' mean beginning, the "
            "wider.",
            _wrong(reach=False),
        ),
        Mistake(
            "The 1 / n is missing: the line's height is known from n runs only.",
            _wrong(line=False),
        ),
        Mistake(
            "That is how well the *line* is known at `mine`. One more run misses the line as the others do: the 1 in "
            "1 + 1 / n + ... is missing.",
            _wrong(one=False),
        ),
        Mistake("The width is a standard deviation: take the root.", _wrong(squared=True)),
        Mistake(
            "That is a forecast by how the others ended, whatever they began with. Put a line through them.",
            _wrong(flat=True),
        ),
        Mistake(
            "The line goes through the mean beginning and the mean end: slope times (`mine` less the mean beginning).",
            _wrong(at="as it is"),
        ),
        Mistake(
            "The slope is divided by how the ends scatter. It is by how the beginnings do: how much end for a step of "
            "beginning?",
            _wrong(turned=True),
        ),
        Mistake(
            "The run that is forecast is among those that the line goes through. Nobody knows its end yet.",
            _wrong(own=True),
        ),
        Mistake(
            "Mean and width have changed places: `return mean, width`.",
            lambda early, late, mine: forecast(early, late, mine)[::-1],
        ),
        Mistake(
            "The width is twice as large as asked for: it is one standard error, and the reader takes two of them.",
            lambda early, late, mine: _wider(2 * forecast(early, late, mine)[1], early, late, mine),
        ),
        Mistake(
            "The squared distance of `mine` is divided by the beginnings' variance. It is by the *sum* of their "
            "squared distances.",
            _wrong(over="variance"),
        ),
        Mistake(
            "The correlation is taken for the slope. A slope is in ends for a step of beginning: the sum of products "
            "over the sum of squared distances of the beginnings.",
            _wrong(unit_free=True),
        ),
    ],
)
