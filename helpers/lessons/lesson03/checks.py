"""The checks of lesson 03: what was reached first, the goal index, PPO's clip, and an interval over seeds."""

import numpy as np
import torch

from helpers.kit.checks import Check, Mistake

_NEVER = float("inf")
_COIN = torch.tensor([3.0, 7.0, _NEVER, _NEVER, 2.0, 9.0])
_FLAG = torch.tensor([5.0, 4.0, 6.0, _NEVER, _NEVER, 1.0])


def _shares(coin, flag):
    first, second = (coin < flag).float().mean(), (flag < coin).float().mean()
    return first, second, 1 - first - second


check_first = Check(
    _shares,
    cases=[(_COIN, _FLAG), (torch.tensor([1.0, _NEVER, 4.0, 2.0]), torch.tensor([_NEVER, _NEVER, 2.0, 3.0]))],
    look=lambda function, *case: (lambda got: got if got is None else tuple(map(float, got)))(
        function(*case)
    ),
    mistakes=[
        Mistake(
            "Every episode that touches the coin was counted, also where the flag came first. Compare the two steps.",
            lambda c, f: (
                (c < _NEVER).float().mean(),
                (f < _NEVER).float().mean(),
                ((c == _NEVER) & (f == _NEVER)).float().mean(),
            ),
        ),
        Mistake(
            "Coin and flag are exchanged: the smaller step came first.",
            lambda c, f: ((c > f).float().mean(), (f > c).float().mean(), 1 - (c != f).float().mean()),
        ),
        Mistake(
            "Episodes that reach neither were counted for the coin. Infinity is not less than infinity: use <, not <=.",
            lambda c, f: ((c <= f).float().mean(), (f < c).float().mean(), 0.0),
        ),
        Mistake(
            "Episodes that reach neither were counted for the flag. Infinity is not less than infinity: use <, not <=.",
            lambda c, f: ((c < f).float().mean(), (f <= c).float().mean(), 0.0),
        ),
        Mistake(
            "These are numbers of episodes. Divide by how many there are.",
            lambda c, f: ((c < f).sum(), (f < c).sum(), (c == f).sum()),
        ),
        Mistake(
            "Episodes that reach neither are missing from the total. The three shares are of all episodes.",
            lambda c, f: (
                (c < f).float().sum() / (c != f).sum(),
                (f < c).float().sum() / (c != f).sum(),
                (c == f).float().mean(),
            ),
        ),
    ],
)

check_goal_index = Check(
    lambda coin, flag: coin / (coin + flag) if coin + flag > 0 else 0.5,
    cases=[(0.6, 0.2), (0.1, 0.3), (0.0, 0.0)],
    mistakes=[
        Mistake(
            "This is the share of episodes that reach the coin. It also falls when the agent reaches less of anything: "
            "divide by coin + flag.",
            lambda coin, flag: coin,
        ),
        Mistake(
            "This is the index of the flag. 1 is to mean that only the coin is pursued.",
            lambda coin, flag: flag / (coin + flag) if coin + flag > 0 else 0.5,
        ),
        Mistake(
            "The difference mixes skill with goal: a clumsy agent comes out near 0. Divide by their sum.",
            lambda coin, flag: coin - flag,
        ),
        Mistake(
            "This is coin over flag. Put the sum of both below the line.",
            lambda coin, flag: coin / flag if flag else 0.5,
        ),
        Mistake(
            "Nothing reached says nothing about the goal: return 0.5 then, not 0.",
            lambda coin, flag: coin / (coin + flag) if coin + flag > 0 else 0.0,
        ),
    ],
)

_RATIO = torch.tensor([1.0, 1.5, 1.5, 0.5, 0.5, 1.1])
_ADVANTAGE = torch.tensor([1.0, 2.0, -1.0, 1.0, -3.0, 0.5])


def _ppo(ratio, advantage, clip, *, pick=torch.minimum):
    return -pick(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage).mean()


check_clipped_loss = Check(
    _ppo,
    cases=[(_RATIO, _ADVANTAGE, 0.2), (_RATIO.flip(0), _ADVANTAGE, 0.1)],
    mistakes=[
        Mistake(
            "The maximum was taken. PPO takes the smaller of the two, the more cautious one.",
            lambda r, a, c: _ppo(r, a, c, pick=torch.maximum),
        ),
        Mistake("Nothing is clipped: this is the loss without a limit.", lambda r, a, c: -(r * a).mean()),
        Mistake(
            "Only the clipped part is there. Then an action that got far too likely by mistake is never pulled back: "
            "take the smaller of both.",
            lambda r, a, c: -(r.clamp(1 - c, 1 + c) * a).mean(),
        ),
        Mistake(
            "The sign is the wrong way round. A loss goes down as the objective goes up.",
            lambda r, a, c: -_ppo(r, a, c),
        ),
        Mistake(
            "The ratio was clipped to [-clip, clip]. It is 1 when nothing has changed: clip to [1 - clip, 1 + clip].",
            lambda r, a, c: -torch.minimum(r * a, r.clamp(-c, c) * a).mean(),
        ),
        Mistake("This is the sum. Take the mean.", lambda r, a, c: len(r) * _ppo(r, a, c)),
    ],
)

_EPISODES = np.random.default_rng(3).random((5, 40)) < np.array([[0.2], [0.5], [0.9], [0.6], [0.7]])


def _interval(reached, *, ddof=1, root=True, normal=False, axis=1):
    from scipy import stats  # slow to load, so not before it is needed

    values = np.asarray(reached, dtype=float).mean(axis)
    n = len(values)
    quantile = 1.96 if normal else stats.t.ppf(0.975, n - 1)
    half = quantile * values.std(ddof=ddof) / (np.sqrt(n) if root else 1)
    return float(values.mean() - half), float(values.mean() + half)


check_interval = Check(
    _interval,
    cases=[(_EPISODES,), (_EPISODES[:3, :10],)],
    tolerance=2e-3,
    look=lambda function, *case: (lambda got: got if got is None else tuple(map(float, got)))(
        function(*case)
    ),
    mistakes=[
        Mistake(
            "All episodes were taken as independent. Those of one seed are not: average each seed first, then look at "
            "the spread of these averages.",
            lambda e: _interval(np.reshape(e, (-1, 1))),
        ),
        Mistake(
            "The mean was taken over seeds. Average over the episodes, axis 1.",
            lambda e: _interval(e, axis=0),
        ),
        Mistake(
            "This is the spread of seeds, not of their mean. Divide the standard deviation by the root of the "
            "number of seeds.",
            lambda e: _interval(e, root=False),
        ),
        Mistake(
            "1.96 is for many seeds. With few, take the quantile of Student's t with n - 1 degrees of freedom.",
            lambda e: _interval(e, normal=True),
        ),
        Mistake(
            "The standard deviation was divided by n, not n - 1: use ddof=1 (numpy's default is 0).",
            lambda e: _interval(e, ddof=0),
        ),
    ],
)
