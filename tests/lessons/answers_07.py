"""Lesson 07: right answers written differently, and wrong ones, each with the hint that it must get."""

from itertools import product

import numpy as np
import torch

from helpers.lessons.lesson07.best_of_check import _ranks
from helpers.lessons.lesson07.builds import best_of, caught_enough, how_far, reward_model
from helpers.lessons.lesson07.reward_check import _climb

# How far best of n is


def far_by_a_sum_over_ranks(n, count=200_000):
    u = (torch.arange(count, dtype=torch.float64) + 0.5) / count
    each = [(one * u ** (one - 1)) for one in n.double().flatten().tolist()]
    return torch.tensor([float((w * w.log()).nan_to_num().mean()) for w in each]).reshape(n.shape).float()


def far_by_an_even_sum(n):
    """The same over u^n, whose density is even: good for every n."""
    v, n_ = (torch.arange(50_000, dtype=torch.float64) + 0.5) / 50_000, n.double()[..., None]
    return (n_.log() + (n_ - 1) / n_ * v.log()).mean(-1)


def far_in_numpy(n):
    return torch.from_numpy(np.log(n.numpy()) + 1 / n.numpy() - 1)


def far_by_drawing_each(n):
    return torch.tensor([float(np.log(one) - 1 + 1 / one) for one in n.flatten().tolist()]).reshape(n.shape)


def far_in_double(n):
    return n.double().log() - 1 + 1 / n.double()


# Who must see a lie


def caught_by_steps(fact, lie, usual):
    seen = torch.linspace(0, 1, 100_001, dtype=torch.float64)
    worth = seen[:, None] * lie.double() + (1 - seen[:, None]) * fact.double()
    return seen[(worth - usual.double()).abs().argmin(0)].float()


def caught_as_what_is_left(fact, lie, usual):
    return 1 - (usual - lie) / (fact - lie)


def caught_one_by_one(fact, lie, usual):
    return torch.stack([(f - u) / (f - w) for f, w, u in zip(fact, lie, usual, strict=True)])


def caught_by_halving(fact, lie, usual):
    low, high = torch.zeros_like(fact), torch.ones_like(fact)
    for _ in range(40):
        middle = (low + high) / 2
        more = middle * lie + (1 - middle) * fact > usual
        low, high = torch.where(more, middle, low), torch.where(more, high, middle)
    return middle


# A reward model


def model_by_autograd(better, worse, ridge=1.0):
    weights = torch.zeros(better.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = -torch.nn.functional.logsigmoid((better - worse) @ weights).sum()
        loss = loss + ridge * weights.square().sum() / 2
        loss.backward()
        return loss

    for _ in range(4):
        optimizer.step(closure)
    return weights


def model_by_adam(better, worse, ridge=1.0, *, steps=1500, lr=0.02):
    weights = torch.zeros(better.shape[1], requires_grad=True)
    optimizer = torch.optim.Adam([weights], lr=lr)
    for _ in range(steps):
        loss = (
            torch.nn.functional.softplus((worse - better) @ weights).sum() + ridge * (weights @ weights) / 2
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return weights.detach()


def model_by_newton(better, worse, ridge=1.0):
    return _climb(better - worse, ridge)


def model_by_means(better, worse, ridge=1.0):
    more = better - worse
    weights = torch.zeros(more.shape[1])
    for _ in range(4000):
        left = torch.sigmoid(-(more @ weights))
        weights = weights + 0.5 * ((left[:, None] * more).mean(0) - ridge / len(more) * weights)
    return weights


def ascent(better, worse, ridge, *, steps=1000, left=None, rate=None, hold=1.0, mean=False):
    """Gradient ascent as people write it, with something turned."""
    more = better - worse
    rate = rate or 1 / (ridge + float(more.square().sum()) / 4)
    weights = torch.zeros(more.shape[1])
    for _ in range(steps):
        wins = torch.sigmoid(more @ weights)
        each = (1 - wins if left is None else left(wins))[:, None] * more
        weights = weights + rate * ((each.mean(0) if mean else each.sum(0)) - hold * ridge * weights)
    return weights


# Best of n


def best_pair_by_pair(base, score, n):
    upto = (base * (score[:, None] >= score)).sum(1)
    below = (base * (score[:, None] > score + 0)).sum(1)
    alike = (base * (score[:, None] == score)).sum(1)
    return torch.where(base > 0, base / alike.clamp(min=1e-12) * (upto**n - below**n), 0.0)


def best_level_by_level(base, score, n):
    out, below = torch.zeros_like(base), 0.0
    for level in sorted(set(score.tolist())):
        here = score == level
        mass = float(base[here].sum())
        if mass > 0:
            out[here] = base[here] / mass * ((below + mass) ** n - below**n)
        below += mass
    return out


def best_in_numpy(base, score, n):
    level, group = np.unique(score.numpy(), return_inverse=True)
    mass = np.bincount(group.reshape(-1), weights=base.double().numpy(), minlength=len(level))
    upto = np.concatenate([[0], mass.cumsum()])
    won = np.diff(upto**n) / np.maximum(mass, 1e-300)
    return torch.from_numpy(base.double().numpy() * won[group.reshape(-1)]).float()


def best_from_above(base, score, n):
    order = score.argsort(descending=True)
    out, left, above = torch.zeros_like(base), order.tolist(), 0.0
    while left:
        tied = [one for one in left if score[one] == score[left[0]]]
        mass = float(base[tied].sum())
        if mass > 0:
            out[tied] = base[tied] / mass * ((1 - above) ** n - max(0.0, 1 - above - mass) ** n)
        above, left = above + mass, left[len(tied) :]
    return out


def best_in_floats(base, score, n):
    return best_of(base.float(), score.float(), n)


def best_by_differences(base, score, n):
    """Where nothing is won, a smallest number keeps 0 / 0 away; it is one in double only."""
    level, group = score.unique(return_inverse=True)
    mass = torch.zeros_like(base[: len(level)]).index_add(0, group, base)
    won = torch.cat([mass.new_zeros(1), mass.cumsum(0)]).pow(n).diff()
    return base * (won / mass.clamp(min=1e-300))[group]


def best_by_comparing_each(base, score, n):
    upto, below = (torch.stack([base[one].sum() for one in ones]) for ones in (
        [score <= s for s in score], [score < s for s in score]))  # fmt: skip
    return torch.nan_to_num(base * (upto**n - below**n) / (upto - below))


def best_made_to_add_up(base, score, n):
    chance = best_of(base, score, n)
    return chance / chance.sum()


def best_without_the_rare(base, score, n, least=1e-4, add=0.0):
    level, group = score.unique(return_inverse=True)
    mass = torch.zeros(len(level), dtype=base.dtype).index_add(0, group, base)
    upto = mass.cumsum(0)
    won = (upto**n - (upto - mass).clamp(min=0) ** n) / (mass + add)
    return base * torch.where(mass > least, won, 0.0)[group]


def best_of_many_draws(base, score, n, pick=None, count=2000):
    drawn = torch.multinomial(base, count * int(n), replacement=True, generator=pick).view(count, int(n))
    best = drawn.gather(1, score[drawn].argmax(1, keepdim=True)).flatten()
    return torch.bincount(best, minlength=len(base)) / count


def best_in_another_kind(base, score, n):
    level, group = score.unique(return_inverse=True)
    mass = torch.zeros(len(level)).index_add(0, group, base)
    return base * (mass.cumsum(0) ** n)[group]


def worst_by_draws(base, score, n):
    """Going through all draws, as far as n is whole; the first of equals wins."""
    out = torch.zeros_like(base)
    for draw in product(range(len(base)), repeat=int(n)):
        best = max(draw, key=lambda one: float(score[one]))
        out[best] += float(torch.prod(base[list(draw)]))
    return out


RIGHT = {
    "check_how_far": [how_far, far_by_an_even_sum, far_in_numpy, far_by_drawing_each, far_in_double],
    "check_caught_enough": [
        caught_enough,
        caught_by_steps,
        caught_as_what_is_left,
        caught_one_by_one,
        caught_by_halving,
    ],
    "check_reward_model": [
        reward_model,
        model_by_autograd,
        model_by_adam,
        model_by_newton,
        model_by_means,
        lambda better, worse, ridge=1.0: ascent(better, worse, ridge, steps=5000),
    ],
    "check_best_of": [
        best_of,
        best_pair_by_pair,
        best_level_by_level,
        best_in_numpy,
        best_from_above,
        best_in_floats,
        best_by_differences,
        best_by_comparing_each,
        best_made_to_add_up,
        lambda base, score, n: best_without_the_rare(base, score, n, least=1e-15),
        lambda base, score, n: best_without_the_rare(base, score, n, least=0, add=1e-12),
    ],
}
WRONG = {
    "check_how_far": [
        (lambda n: n.log(), "n times as likely"),
        (lambda n: (n - 1) / n - n.log(), "never below 0"),
        (lambda n: n.log() - 1, "large n only"),
        (lambda n: n.log() - 1 / n, "nothing is chosen"),
        (lambda n: n.log2() - (n - 1) / n, "base 2"),
        (lambda n: n - 1 - n.log(), "wrong way round"),
        (lambda n: n.log() - (n - 1), "over the base"),
        (lambda n: n.log() + (n - 1) / n, "was added"),
        (lambda n: -(n - 1) / n, "in front"),
        (lambda n: (n.log() - (n - 1) / n) / np.log(2), "bits"),
        (lambda n: float(n.max().log()), "expected"),
        (lambda n: (n.log() - (n - 1) / n).sum(), "shape"),
        (lambda n: n.log10() - (n - 1) / n, "expected"),
        *(
            (lambda n, count=count: far_by_a_sum_over_ranks(n, count), "small n.*grid of ranks")
            for count in (5000, 10_000, 200_000)
        ),
        (lambda n: how_far(n.clamp(max=1000)), "small n.*5.91 nats, and it is 15.12.*cut off"),
    ],
    "check_caught_enough": [
        (lambda fact, lie, usual: (usual - lie) / (fact - lie), "taken for facts"),
        (lambda fact, lie, usual: (usual - fact) / (fact - lie), "not negative"),
        (lambda fact, lie, usual: fact / (fact - lie), "nothing"),
        (lambda fact, lie, usual: (fact - usual) / (fact + lie), "difference"),
        (lambda fact, lie, usual: (fact - usual) / (fact + abs(lie)), "sign of `lie`"),
        (lambda fact, lie, usual: fact - usual, "not a share yet"),
        (lambda fact, lie, usual: (fact - usual) / fact, "may be less than nothing"),
        (lambda fact, lie, usual: (fact - lie) / (fact - usual), "Upside down"),
        (lambda fact, lie, usual: (fact + lie) / 2, "half of them"),
        (lambda fact, lie, usual: torch.full_like(fact, 0.5), "expected"),
        (lambda fact, lie, usual: usual / (fact - lie), "expected"),
        (lambda fact, lie, usual: ((fact - usual) / (fact - lie)).mean(), "shape"),
        (lambda fact, lie, usual: fact.sub_(usual) / (fact - lie), "changed its input"),
    ],
    "check_reward_model": [
        (lambda better, worse, ridge=1.0: reward_model(worse, better, ridge), "scores lower"),
        (lambda better, worse, ridge=1.0: ascent(better, worse, ridge, mean=True), "ridge"),
        (lambda better, worse, ridge=1.0: ascent(better, worse, ridge, hold=0.0, steps=5000), "ridge"),
        (lambda better, worse, ridge=1.0: ascent(better, worse, ridge, hold=2.0), "counts twice"),
        (lambda better, worse, ridge=1.0: ascent(better, worse, ridge, hold=0.5, steps=5000), "counts half"),
        (
            lambda better, worse, ridge=1.0: ascent(better, worse, ridge, left=lambda p: p),
            "1 - sigmoid|ridge",
        ),
        (lambda better, worse, ridge=1.0: ascent(better, worse, ridge, rate=5.0), "rate|ridge|slope"),
        (lambda better, worse, ridge=1.0: ascent(better, worse, ridge, steps=2), "More steps"),
        (lambda better, worse, ridge=1.0: _climb(better, ridge), "Only the better"),
        (lambda better, worse, ridge=1.0: _climb(better + worse, ridge), "are added"),
        (lambda better, worse, ridge=1.0: _climb(better - worse, ridge, target=1.0), "least squares"),
        (lambda better, worse, ridge=1.0: torch.zeros(better.shape[1]), "all 0"),
        (lambda better, worse, ridge=1.0: (better - worse) @ reward_model(better, worse, ridge), "feature"),
        (lambda better, worse, ridge=1.0: (better - worse).sum(0), "nothing is fitted"),
        (lambda better, worse, ridge=1.0: reward_model(better, worse, 1.0), "that is handed in"),
        (lambda better, worse, ridge=1.0: (better - worse).mean(0), "nothing is fitted"),
        (
            lambda better, worse, ridge=1.0: torch.nn.functional.normalize(
                reward_model(better, worse, ridge), dim=0
            ),
            "length 1",
        ),
        (
            lambda better, worse, ridge=1.0: ascent(better, worse, ridge, left=lambda p: p * (1 - p)),
            "sum of the .chances",
        ),
        (lambda better, worse, ridge=1.0: _climb(better - worse, ridge / len(better)), "too little holds"),
        (lambda better, worse, ridge=1.0: _climb(better - worse, ridge / 1.3), "too little holds"),
        (lambda better, worse, ridge=1.0: ascent(better, worse, ridge, rate=0.1), "to and fro"),
        (
            lambda better, worse, ridge=1.0: model_by_adam(better, worse, ridge, steps=300, lr=0.01),
            "0[.]9|off",
        ),
    ],
    "check_best_of": [
        (lambda base, score, n: _ranks(base, score, n, by_order=True), "not shared out"),
        (lambda base, score, n: _ranks(base, score, n, worst=True), "worst"),
        (lambda base, score, n: _ranks(base, score, n, power=lambda F, b, p, n: F**n), "all n lie"),
        (lambda base, score, n: 1 - (1 - base) ** n, "one draw at least|expected"),
        (
            lambda base, score, n: _ranks(base, score, n, power=lambda F, b, p, n: n * p * F ** (n - 1)),
            "rare",
        ),
        (lambda base, score, n: _ranks(base, score, n, spread="whole"), "gets all"),
        (lambda base, score, n: _ranks(base, score, n, spread="even"), "evenly"),
        (lambda base, score, n: _ranks(base, score, n - 1), "n - 1"),
        (lambda base, score, n: (base.log() + n * score).softmax(-1), "tilt"),
        (lambda base, score, n: base * 1, "nothing was chosen"),
        (
            lambda base, score, n: torch.zeros_like(base).scatter(0, score.argmax(0, keepdim=True), 1.0),
            "need not",
        ),
        *(
            (lambda base, score, n, tilt=tilt: (base.log() + tilt(n) * score).softmax(-1), "a leash ends")
            for tilt in (np.log, lambda n: n - 1, lambda n: 1.0)
        ),
        (lambda base, score, n: _ranks(base, score, n, spread="undivided"), "Divide by the level's"),
        (best_of_many_draws, "wobble"),
        (
            lambda base, score, n: best_of_many_draws(base, score, n, torch.Generator().manual_seed(0)),
            "wobble",
        ),
        (best_in_another_kind, "dtype=base.dtype"),
        *(
            (
                lambda base, score, n, least=least: best_without_the_rare(base, score, n, least),
                "201 answers.*add up to 0.3,",
            )
            for least in (1e-4, 1e-3)
        ),
        *(
            (
                lambda base, score, n, add=add: best_without_the_rare(base, score, n, 0.0, add),
                "201 answers.*add up to 0.[79].*divide",
            )
            for add in (1e-5, 1e-6)
        ),
        (worst_by_draws, "whole number"),
        (lambda base, score, n: _ranks(base, score, n).log(), "expected|infinite"),
        (lambda base, score, n: _ranks(base, score, n)[:-1], "shape"),
    ],
}
