"""Where a scatter comes from: the variances that first weights, order of the mazes and moves drawn have in it.

A value is  mean + weights[w] + order[o] + both[w, o] + moves[w, o, m] + measurement,  each part drawn by itself, with a
mean of 0 and a variance of its own: the two-way random-effects layout with interaction (Searle, Casella and McCulloch
1992, chapter 4). The sums of squares of the analysis of variance are solved for the variances. Each estimate is right
on average, whatever the distributions; so where a variance is 0 it comes out below 0 about as often as above.

Each run measured twice, with measurements that have nothing to do with each other: products of the two measurements
then take the place of squares, and what measuring adds is 0 on average.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

PARTS = ("weights", "order", "both", "moves")


def components(values, again=None) -> dict[str, float]:
    """The variances that `PARTS` have in values [weights, order, moves], at least two of each.

    both: what only this pair of weights and order makes, beyond the sum of the two. again: the same runs measured once
    more; None: nothing is taken off, and the measurement's variance is part of `moves`.
    Raises ValueError for another shape, and for numbers that are not finite.
    """
    one = np.asarray(values, dtype=float)
    two = one if again is None else np.asarray(again, dtype=float)
    if one.ndim != 3 or min(one.shape) < 2 or one.shape != two.shape:
        raise ValueError(
            "components needs values [weights, order, moves], two of each at least, and `again` of the same shape: "
            f"got {one.shape} and {two.shape}"
        )
    if not (np.isfinite(one).all() and np.isfinite(two).all()):
        raise ValueError("components needs finite values: leave whole rows or columns out, and say so")
    w, o, m = one.shape
    by_weights, by_order, by_both, by_moves = (
        (first * second).sum() for first, second in zip(_parted(one), _parted(two), strict=True)
    )
    weights, order = o * m * by_weights / (w - 1), w * m * by_order / (o - 1)
    both, moves = m * by_both / ((w - 1) * (o - 1)), by_moves / (w * o * (m - 1))
    return {
        "weights": (weights - both) / (o * m),
        "order": (order - both) / (w * m),
        "both": (both - moves) / m,
        "moves": moves,
    }


def _parted(values):
    """How far rows, columns, pairs and single values lie from what the part before would have them be."""
    pair, row, column = values.mean(2), values.mean((1, 2)), values.mean((0, 2))
    mean = values.mean()
    return (
        row - mean,
        column - mean,
        pair - row[:, None] - column[None] + mean,
        values - pair[..., None],
    )


def with_intervals(values, again=None, of: Callable = components) -> pd.DataFrame:
    """A row for each part of `of(values, again)`: its estimate and a 95 % interval (low, high).

    Each weights is left out once, and each order: the two jackknife variances are added up, which is careful where both
    play a part. The degrees of freedom are those of the fewer of the two.
    """
    one = np.asarray(values, dtype=float)
    two = one if again is None else np.asarray(again, dtype=float)
    whole = pd.Series(of(one, two), dtype=float)
    variance = pd.Series(0.0, index=whole.index)
    for axis in (0, 1):
        count = one.shape[axis]
        if count < 3:
            raise ValueError(f"leaving one out needs three at least: got {count}")
        left = pd.DataFrame(
            [of(np.delete(one, i, axis), np.delete(two, i, axis)) for i in range(count)], dtype=float
        )
        variance += (count - 1) / count * ((left - left.mean()) ** 2).sum()
    reach = stats.t.ppf(0.975, min(one.shape[:2]) - 1) * np.sqrt(variance)
    return pd.DataFrame({"estimate": whole, "low": whole - reach, "high": whole + reach})


def shares(values, again=None) -> dict[str, float]:
    """Each part as a share of their sum; NaN where the sum is not above 0."""
    found = components(values, again)
    total = sum(found.values())
    return {name: value / total if total > 0 else np.nan for name, value in found.items()}


def squared_shift(differences) -> float:
    """The square of a mean shift, unbiased: what chance alone gives is 0 on average, so it may come out below 0.

    differences: for each seed, what a turn (another rate, other data) changed. The mean of d_i d_j over pairs of seeds.
    Raises ValueError for fewer than two, or numbers that are not finite.
    """
    each = np.asarray(differences, dtype=float)
    if each.ndim != 1 or len(each) < 2 or not np.isfinite(each).all():
        raise ValueError(f"a shift needs two finite differences at least: got {each}")
    return float((each.sum() ** 2 - (each**2).sum()) / (len(each) * (len(each) - 1)))
