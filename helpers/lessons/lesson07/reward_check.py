"""The check of lesson 07's reward model: the weights under which the judgements are likeliest, found in any way."""

import torch

from helpers.kit.checks import Check, Mistake, NotYet, finite_of, tensor_of
from helpers.lessons.lesson07.builds import reward_model


def _climb(more, ridge, *, target=None, steps=60):
    """The top of the objective, by Newton's method with halved steps; target: what is fitted by squares instead."""
    more = more.double()
    eye = torch.eye(more.shape[1], dtype=torch.float64)
    if target is not None:
        return torch.linalg.solve(more.T @ more + ridge * eye, target * more.sum(0)).float()
    weights = torch.zeros(more.shape[1], dtype=torch.float64)
    worth = lambda w: torch.nn.functional.logsigmoid(more @ w).sum() - ridge * w.square().sum() / 2
    for _ in range(steps):
        p = torch.sigmoid(more @ weights)
        slope = (1 - p) @ more - ridge * weights
        way = torch.linalg.solve((more.T * (p * (1 - p))) @ more + max(ridge, 1e-9) * eye, slope)
        size = next((s for s in (1.0, 0.5, 0.25, 0.1) if worth(weights + s * way) >= worth(weights)), 0.0)
        weights = weights + size * way
    return weights.float()


def _weights(function, better, worse, ridge):
    """What a reward model returns, as numbers that can be compared."""
    found = tensor_of(
        function(better, worse, ridge), better.shape[1:], "a weight for each feature", "one number a feature"
    )
    lost = "Is the rate too large for a sum over so many pairs? Try 1 / number of pairs."
    if not found.isfinite().all() or found.abs().max() > 100:
        raise NotYet(
            f"The weights grow without end. {lost} And is each pair weighed by the chance that the model still gives "
            "to the *wrong* order, 1 - sigmoid?"
        )
    return finite_of(found)


def _beside(got, want):
    """What the direction and the length of the weights tell."""
    if got.shape != want.shape or not float(got.norm()):
        return "The weights are all 0: nothing was learned. Does each step go along the slope, from the last weights?"
    cosine, longer = float(torch.cosine_similarity(got, want, dim=0)), float(got.norm() / want.norm())
    if len(want) in _KNOWN and (told := _found_at(got, want, *_KNOWN[len(want)])):
        return told
    if cosine > 0.999 and abs(float(got.norm()) - 1) < 1e-3:
        return (
            "The direction is right, and the weights have length 1. Are they divided by their length? How long they "
            "are says how sure the model is: leave it."
        )
    if cosine > 0.9 and longer > 1.02:
        return (
            f"The direction is about right, and the weights are {longer:.3g} times as long as at the top. Do the "
            "steps jump to and fro across it? Try a smaller rate. Or is the ridge not taken off in full?"
        )
    if cosine > 0.9 and longer < 0.98:
        return (
            f"The direction is about right, and the weights have {longer:.3g} of the length that they have at the top. "
            "More steps, or larger ones? And is the slope a *sum* over pairs, if the ridge is taken off in full?"
        )
    if cosine > 0.9:
        return (
            "The weights are about as long as at the top, and their direction is a little off. More steps, or larger "
            "ones? Or do the last ones jump to and fro across the top?"
        )
    return (
        "At the top the slope is 0: the sum over pairs of (1 - sigmoid) x (better - worse), less ridge x weights. At "
        "your weights it is not."
    )


def _found_at(got, want, better, worse, ridge):
    """What the slopes at the weights tell of where these would be a top; "" if nothing."""
    more, held = better - worse, float(got.norm()) * ridge
    p = torch.sigmoid(more @ got)
    if ((p * (1 - p)) @ more - ridge * got).norm() < 0.02 * held:
        return (
            "You climb the sum of the *chances*, sigmoid, and not of their logarithms. The slope of log sigmoid weighs "
            "a pair by 1 - sigmoid; that of sigmoid by sigmoid x (1 - sigmoid)."
        )
    if torch.cosine_similarity(got, more.sum(0), dim=0) > 0.99999:
        return (
            "The weights go along the mean of better - worse: nothing is fitted yet. By how much a pair still counts, "
            "1 - sigmoid, hangs on the weights: go uphill step by step, from the last ones."
        )
    slope, longer = (1 - p) @ more, float(got.norm() / want.norm())
    loose = float(slope @ got / got.square().sum())
    if longer > 1.02 and loose < 0.95 * ridge and (slope - loose * got).norm() < 0.02 * held:
        return (
            f"The weights are {longer:.3g} times as long as at the top, too little holds them. Is the ridge taken off, "
            "ridge x weights, in every step and in full?"
        )
    return ""


def _judged(draws):
    """Pairs of answers with yes-or-no features, each order judged both ways, so that no weights can please all."""
    count, features = 3 * draws.size, 1 + draws.size
    first = draws.whole(count, features, below=2).float()
    second = 1 - first
    second[:, -1] = draws.whole(count, below=2).float()
    turned = max(1, count // 3)
    better = torch.cat([first, first, second[:turned]])
    worse = torch.cat([second, second, first[:turned]])
    return better, worse, draws.one_of([0.5, 2.0])


def _as_in_the_lesson():
    """300 pairs with 30 features, as the lesson has them: six words out of five, judged by somebody unsure."""
    pick = torch.Generator().manual_seed(7)
    words = torch.randint(5, (2, 300, 6), generator=pick)
    taste = torch.tensor([1.0, -1.0, 0.5, 0.4, 0.0])
    gap = taste[words].sum(-1)
    wins = torch.rand(300, generator=pick) < torch.sigmoid(gap[0] - gap[1])
    seen = torch.nn.functional.one_hot(words, 5).float().flatten(2)
    return torch.where(wins[:, None], seen[0], seen[1]), torch.where(wins[:, None], seen[1], seen[0]), 1.0


_SMALL = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
_OTHER = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
_KNOWN = {2: (_SMALL, _OTHER, 1.0), 30: _as_in_the_lesson()}  # by the number of features
check_reward_model = Check(
    reward_model,
    cases=[*_KNOWN.values()],
    draw=_judged,
    look=_weights,
    otherwise=_beside,
    tolerance=1e-2,
    mistakes=[
        Mistake(
            "The better answer scores lower: the sign is the wrong way round. The model's chance for the order that "
            "was judged is sigmoid(score of better - score of worse), and the slope goes uphill.",
            lambda better, worse, ridge: _climb(worse - better, ridge),
        ),
        Mistake(
            "The ridge is missing: take ridge x weights off the slope.",
            lambda better, worse, ridge: _climb(better - worse, 0.0),
        ),
        Mistake(
            "The slope is a *mean* over pairs, and the ridge is taken off in full: that holds the weights too short. "
            "Sum over the pairs, or divide both.",
            lambda better, worse, ridge: _climb(better - worse, ridge * len(better)),
        ),
        Mistake(
            "The ridge counts twice. The slope of ridge x |weights|^2 / 2 is ridge x weights.",
            lambda better, worse, ridge: _climb(better - worse, 2 * ridge),
        ),
        Mistake(
            "The ridge counts half. The slope of ridge x |weights|^2 / 2 is ridge x weights.",
            lambda better, worse, ridge: _climb(better - worse, ridge / 2),
        ),
        Mistake(
            "Right where the ridge is 1, and not where it is another: use the `ridge` that is handed in.",
            lambda better, worse, ridge: _climb(better - worse, 1.0),
        ),
        Mistake(
            "Only the better answers are looked at. What was judged is the *difference* of two scores.",
            lambda better, worse, ridge: _climb(better, ridge),
        ),
        Mistake(
            "The features of the two answers are added. What was judged is the *difference* of two scores.",
            lambda better, worse, ridge: _climb(better + worse, ridge),
        ),
        Mistake(
            "This fits a difference of 1 by least squares. A pair that the model already gets right by far must count "
            "for nothing: weigh each by 1 - sigmoid.",
            lambda better, worse, ridge: _climb(better - worse, ridge, target=1.0),
        ),
        Mistake(
            "This fits chances by a straight line, to 1 from one half. Weigh each pair by 1 - sigmoid of its score.",
            lambda better, worse, ridge: _climb(better - worse, ridge, target=0.5),
        ),
    ],
)
