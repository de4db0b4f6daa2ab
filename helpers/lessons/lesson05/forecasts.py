"""Forecasts of a run, and how good they were: of the next seed from those before, of a run's end from its beginning.

A forecast is a distribution; its score is the natural logarithm of the density that it gave to what came out, in nats:
a proper score, which nobody can better by saying other than what he expects (Gneiting and Raftery 2007). Higher is
better. A score by itself hangs on the unit; a difference of two scores for the same outcome does not.
"""

import numpy as np
import pandas as pd
from scipy import stats

FEWEST = 3  # values from which a width can be learned


def of_next(before, value) -> float:
    """The log score of a forecast made from some values, for one more drawn as they were.

    The forecast is Student's t about their mean, wider by the mean's own uncertainty: right for normal values of
    unknown mean and width. -inf where all before are equal and the next one is not.
    """
    before = np.asarray(before, dtype=float)
    if len(before) < 2 or not np.isfinite(before).all():
        raise ValueError(f"a forecast needs two finite values at least: got {before}")
    n, width = len(before), before.std(ddof=1)
    if width == 0:
        return np.inf if value == before[0] else -np.inf
    return float(stats.t.logpdf(value, n - 1, before.mean(), width * np.sqrt(1 + 1 / n)))


def one_after_another(values, counts, *, orders: int = 200, rng=None) -> pd.DataFrame:
    """How well seed k + 1 is forecast from k: a row for each k of `counts`, the mean log score over random orders."""
    values, rng = np.asarray(values, dtype=float), rng or np.random.default_rng(0)
    if max(counts) >= len(values):
        raise ValueError(f"from {max(counts)} seeds another one is forecast: got {len(values)} in all")
    drawn = [rng.permutation(values) for _ in range(orders)]
    rows = [{"seeds": k, "score": np.mean([of_next(some[:k], some[k]) for some in drawn])} for k in counts]
    return pd.DataFrame(rows)


def from_beginning(early, late) -> pd.DataFrame:
    """Each seed's end, forecast from its own beginning by a line through all other seeds.

    early, late: a value for each seed. A row for each seed: the forecast, its error, its log score, the log score of a
    forecast that knows only how the other seeds ended, and what knowing the beginning gained, in nats.
    """
    early, late = np.asarray(early, dtype=float), np.asarray(late, dtype=float)
    if early.shape != late.shape or early.ndim != 1 or len(early) < FEWEST + 2:
        raise ValueError(
            f"forecasts need {FEWEST + 2} seeds with two values each: got {early.shape} and {late.shape}"
        )
    rows = []
    for seed in range(len(early)):
        x, y = np.delete(early, seed), np.delete(late, seed)
        n, spread = len(x), ((x - x.mean()) ** 2).sum()
        slope = ((x - x.mean()) * (y - y.mean())).sum() / spread if spread > 0 else 0.0
        says = y.mean() + slope * (early[seed] - x.mean())
        left = y - y.mean() - slope * (x - x.mean())
        reach = (early[seed] - x.mean()) ** 2 / spread if spread > 0 else 0.0
        width = np.sqrt((left**2).sum() / (n - 2) * (1 + 1 / n + reach))
        score = float(stats.t.logpdf(late[seed], n - 2, says, width)) if width > 0 else np.nan
        blind = of_next(y, late[seed])
        rows.append(
            {
                "forecast": says,
                "error": late[seed] - says,
                "score": score,
                "blind": blind,
                "gain": score - blind,
            }
        )
    return pd.DataFrame(rows)


def errors(early, late) -> np.ndarray:
    """The errors of `from_beginning`, in closed form: a residual over 1 less its leverage."""
    x, y = np.asarray(early, dtype=float), np.asarray(late, dtype=float)
    away, n = x - x.mean(), len(x)
    spread = (away**2).sum()
    slope, leverage = ((away * y).sum() / spread, away**2 / spread) if spread > 0 else (0.0, 0.0)
    return (y - y.mean() - slope * away) / (1 - 1 / n - leverage)


def half_mean_distance(values) -> float:
    """Half the mean distance of two seeds.

    This is the mean continuous ranked probability score (in its fair form) of who forecasts each seed by all others,
    whatever the distribution. So such a forecast tells no more than the spread.
    """
    values = np.asarray(values, dtype=float)
    n = len(values)
    return float(np.abs(values[:, None] - values[None]).sum() / (2 * n * (n - 1)))


def fair_crps(ensemble, value) -> float:
    """The continuous ranked probability score of an ensemble, fair to small ones: lower is better."""
    ensemble = np.asarray(ensemble, dtype=float)
    return float(np.abs(ensemble - value).mean() - half_mean_distance(ensemble))
