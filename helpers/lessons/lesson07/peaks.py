"""Where does the gold peak? The published curves fitted, and three who foretell the peak before it is seen.

With d the root of the KL, Gao et al. (2022) describe the gold of best-of-n by d (alpha - beta d) and that of RL by
d (alpha - beta log d). Both are linear in alpha and beta, so the best fit is one least-squares solution.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch

from helpers.checked import number, one_of, whole
from helpers.core import Rng
from helpers.lessons.lesson07.pressure import Stand
from helpers.lessons.lesson07.taste import TOLD

FORMS = ("best of n", "RL")
STRENGTHS = np.linspace(0, 14, 57)  # logarithms of n
FIRST = 2.0  # nats: the part of the curve that a forecaster has seen
ASKED = 200  # answers of the base whose gold a forecaster has asked for


def best_of_curve(on: Stand):
    """Best of n for n from 1 to a million: KL and gold [seed, strength], and the stand-in itself."""
    told = on.along(on.best(torch.full((len(on.pays),), float(x)).double()) for x in STRENGTHS)
    return told["KL"].numpy(), told["gold"].numpy(), on


def columns(d: np.ndarray, form: str) -> np.ndarray:
    """What alpha and beta are multiplied with."""
    bends = d**2 if one_of(form, FORMS, "form") == FORMS[0] else d * np.log(np.maximum(d, 1e-9))
    return np.stack([d, -bends], -1)


def fitted_form(nats: np.ndarray, gold: np.ndarray, form: str) -> tuple[np.ndarray, float]:
    """Alpha and beta of one curve, and the root of the mean squared miss, in the unit of the gold."""
    seen = columns(np.sqrt(np.maximum(nats, 0)), form)
    (pair, *_) = np.linalg.lstsq(seen, gold, rcond=None)
    return pair, float(np.sqrt(np.mean((seen @ pair - gold) ** 2)))


def evenly(nats: np.ndarray, gold: np.ndarray, least: float = 1.0, points: int = 25):
    """The curve from `least` nats on, read at points that lie evenly in the root of the KL: nats and gold.

    nats and gold in the order of the way; only its first part counts, as far as the KL rises.
    """
    number(least, "least", least=0), whole(points, "points", least=3)
    top = np.maximum.accumulate(nats)
    rises = np.append(True, top[1:] > top[:-1])
    d = np.sqrt(np.maximum(nats[rises], 0))
    at = np.linspace(np.sqrt(least), d[-1], points)
    return at**2, np.interp(at, d, gold[rises])


def misses(
    nats: Sequence[np.ndarray], gold: Sequence[np.ndarray], *, least: float = 1.0, points: int = 25
) -> pd.DataFrame:
    """How far both published forms miss each curve, fitted from `least` nats on: curve, form, miss, alpha, beta.

    Both are fitted at the same points. Near the start the form of RL rises infinitely fast and cannot hold.
    """
    rows = []
    for curve, (far, what) in enumerate(zip(nats, gold, strict=True)):
        there = evenly(np.asarray(far), np.asarray(what), least, points)
        for form in FORMS:
            (alpha, beta), miss = fitted_form(*there, form)
            rows.append({"curve": curve, "form": form, "miss": miss, "alpha": alpha, "beta": beta})
    return pd.DataFrame(rows)


def path(frame: pd.DataFrame, arm: str) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """KL and gold along an arm's own way, a row for each seed, of a tidy frame of runs."""
    mine = frame[frame.method == arm]
    both = [
        mine[mine.metric == one].pivot(index="step", columns="seed", values="value") for one in ("KL", "gold")
    ]
    return tuple([one[seed].to_numpy() for seed in one] for one in both)


def peak_of(pair: Sequence[float] | np.ndarray, form: str) -> float:
    """The KL at which a fitted curve peaks; infinite where it never falls."""
    alpha, beta = pair
    if beta <= 0:
        return np.inf
    d = alpha / (2 * beta) if one_of(form, FORMS, "form") == FORMS[0] else np.exp(alpha / beta - 1)
    return float(max(d, 0) ** 2)


def regrets(nats: np.ndarray, gold: np.ndarray, on: Stand, form: str = FORMS[0]) -> dict[str, np.ndarray]:
    """Gold lost against the peak, for each seed, by whoever stops where a forecaster says.

    the first part:   the published curve fitted up to two nats. other worlds: the peak of the mean curve of all others.
    answers of the base: the gold of 200 of them, weighed as best-of-n would choose. never: one who does not stop.
    """
    out = {name: [] for name in ("the first part", "other worlds", "answers of the base", "never")}
    guesses = _from_answers(on)
    for seed in range(len(gold)):
        seen = nats[seed] <= FIRST
        others = np.delete(np.arange(len(gold)), seed)
        stops = {
            "the first part": peak_of(fitted_form(nats[seed, seen], gold[seed, seen], form)[0], form),
            "other worlds": nats[seed, gold[others].mean(0).argmax()] if len(others) else np.inf,
            "answers of the base": nats[seed, guesses[seed].argmax()],
            "never": np.inf,
        }
        for name, stop in stops.items():
            out[name].append(
                gold[seed].max() - gold[seed, np.abs(nats[seed] - min(stop, nats[seed].max())).argmin()]
            )
    return {name: np.array(values) for name, values in out.items()}


def _from_answers(on):
    """The gold that best-of-n would have, as 200 answers of the base foretell it; [seed, strength]."""
    drawn = on.at.draw(ASKED, Rng(on.at.seeds, TOLD))
    order = on.pays.gather(1, drawn).argsort(1)
    gold = on.at.gold.gather(1, drawn).gather(1, order).numpy()
    upto = np.arange(ASKED + 1) / ASKED
    return np.stack([(gold * np.diff(upto ** np.exp(min(x, np.log(ASKED))))).sum(1) for x in STRENGTHS], 1)
