"""How good predictions were: the Brier score, the interval score, and the calibration curve. Lower scores are better.

A prediction here is a number, a width that the course chose, and the chance that you give the number to lie within that
width of what comes out. Its Brier score asks about the chance. The interval score asks about number and chance at once.
"""

import math

import numpy as np
import pandas as pd

from helpers.checked import number, share
from helpers.kit.predictions import is_within

LEVEL = 0.8  # of the interval that is scored: 80 % of what you expect lies in it
WIDEST = 0.2  # of a bin of the calibration curve
SUREST = 0.999  # a prediction that is surer is scored as if it were this sure


def brier(chance: float, came_true: bool) -> float:
    """The square of the distance between a chance and what came out, 1 or 0. Who always says 50 % has 0.25."""
    return (share(chance, "chance") - bool(came_true)) ** 2


def interval_score(low: float, high: float, value: float, alpha: float) -> float:
    """The score of a central interval that is to hold 1 - alpha: its width, and 2 / alpha times what it misses by.

    Gneiting and Raftery (2007), "Strictly proper scoring rules, prediction, and estimation", eq. 43. Raises ValueError
    for an alpha outside of 0 to 1, or an interval whose end lies below its beginning.
    """
    alpha = number(alpha, "alpha", above=0, most=1)
    if not low <= high:
        raise ValueError(f"an interval goes upwards: got {low:g} to {high:g}")
    return (high - low) + 2 / alpha * (max(low - value, 0.0) + max(value - high, 0.0))


def meant(guess: float, confidence: float, within: float, unit: str = "") -> tuple[float, float]:
    """The interval that should hold `LEVEL` of what comes out, by somebody who is so sure to be `within` of it.

    Read as a normal distribution around the guess; a share stays between 0 and 1. A confidence of 0 says nothing of how
    far off one expects to be: (nan, nan).

    Why not simply take `within` for the width and the confidence for 1 - alpha? The width is the course's. So the score
    would hang on the alpha alone, and be best for whoever says 0 %.
    """
    from scipy.stats import norm  # half a second, which every lesson's first cell would wait for

    confidence = min(share(confidence, "confidence"), SUREST)
    if confidence == 0:
        return math.nan, math.nan
    reach = within * norm.ppf((1 + LEVEL) / 2) / norm.ppf((1 + confidence) / 2)
    if unit == "share" and 0 <= guess <= 1:
        return max(guess - reach, 0.0), min(guess + reach, 1.0)
    return guess - reach, guess + reach


def scored(guess: float, confidence: float | None, within: float, value: float, unit: str = "") -> dict:
    """Whether one number held, and its scores; a score is NaN where no confidence was said."""
    held = is_within(abs(guess - value), within)
    if confidence is None:
        return {"held": held, "Brier": math.nan, "interval score": math.nan}
    low, high = meant(guess, confidence, within, unit)
    score = math.nan if math.isnan(low) else interval_score(low, high, value, 1 - LEVEL)
    return {"held": held, "Brier": brier(confidence, held), "interval score": score}


def calibration(confidence, held) -> pd.DataFrame:
    """How often numbers held, by how sure one was: a row a bin with said, held, n, and a 95 % interval (low, high).

    confidence: a chance for each number. held: whether it came true. `said` is the mean chance in the bin. The interval
    is Clopper and Pearson's, for n numbers that have nothing to do with each other; yours often have.
    """
    from scipy.stats import beta

    frame = pd.DataFrame({"said": np.asarray(confidence, float), "held": np.asarray(held, float)}).dropna()
    bins = np.minimum((frame.said / WIDEST + 1e-9).astype(int), round(1 / WIDEST) - 1)
    table = frame.groupby(bins).agg(said=("said", "mean"), held=("held", "mean"), n=("held", "size"))
    true = (table.held * table.n).round()
    table["low"] = beta.ppf(0.025, true, table.n - true + 1)
    table["high"] = beta.ppf(0.975, true + 1, table.n - true)
    return table.fillna({"low": 0.0, "high": 1.0}).reset_index(drop=True)
