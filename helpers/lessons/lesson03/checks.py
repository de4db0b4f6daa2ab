"""The checks of lesson 03: the goal index of some episodes and an index read at equal success; all others by name."""

import numpy as np
import torch

from helpers.kit.checks import Check, Mistake
from helpers.kit.frames import crossing
from helpers.lessons.lesson03.arms import index_of_steps as _index
from helpers.lessons.lesson03.check_advantages import check_advantages as check_advantages
from helpers.lessons.lesson03.check_ppo import check_ppo_step as check_ppo_step
from helpers.lessons.lesson03.check_roll_out import check_roll_out as check_roll_out
from helpers.lessons.lesson03.check_tie import check_code as check_code
from helpers.lessons.lesson03.check_tie import check_gradients as check_gradients

_NEVER = float("inf")


def _steps(draws):
    """Steps at which coin and flag are reached: never both at once, unless never at all."""
    count = 2 * draws.size + 1
    coin, flag = 1 + 2 * draws.whole(count, below=8), 2 + 2 * draws.whole(count, below=8)
    coin, flag = coin.float(), flag.float()
    coin[draws.whole(count, below=4) == 0] = _NEVER
    flag[draws.whole(count, below=4) == 0] = _NEVER
    coin[0], flag[0] = flag[0] + 1, flag[0].clamp(max=15)  # one episode at least gets somewhere
    coin[1] = flag[1] = _NEVER
    return coin, flag


def _touched(coin, flag):
    return (coin < _NEVER).float().sum(), (flag < _NEVER).float().sum()


check_goal_index = Check(
    _index,
    cases=[
        (
            torch.tensor([3.0, 7.0, _NEVER, _NEVER, 2.0, 9.0]),
            torch.tensor([5.0, 4.0, 6.0, _NEVER, _NEVER, 1.0]),
        ),
        (torch.tensor([1.0, _NEVER, 4.0, 2.0]), torch.tensor([_NEVER, _NEVER, 2.0, 3.0])),
        (torch.tensor([_NEVER, _NEVER]), torch.tensor([_NEVER, _NEVER])),
    ],
    draw=_steps,
    look=lambda function, *case: (lambda got: float(got) if _is_number(got) else got)(function(*case)),
    mistakes=[
        Mistake(
            "Nothing reached says nothing about the goal. What number means no preference? Return that, not 0.",
            lambda c, f: _index(c, f) if bool((torch.minimum(c, f) < _NEVER).any()) else torch.tensor(0.0),
        ),
        Mistake(
            "Nothing reached says nothing about the goal, and 0 / 0 is no number. What number means no preference?",
            lambda c, f: (c < f).float().sum() / (c != f).float().sum(),
        ),
        Mistake(
            "Every episode that would have touched the coin was counted, also where the flag came first and ended it. "
            "Which of the two steps is smaller?",
            lambda c, f: (lambda a, b: a / (a + b) if a + b > 0 else torch.tensor(0.5))(*_touched(c, f)),
        ),
        Mistake(
            "This is the index of the flag: 1 is to mean that only the coin is pursued.",
            lambda c, f: 1 - _index(c, f),
        ),
        Mistake(
            "This is the share of all episodes. It falls, too, when the agent gets nowhere; that is want of "
            "skill. Leave out the episodes that reach nothing.",
            lambda c, f: (c < f).float().mean(),
        ),
        Mistake(
            "Episodes that reach nothing were counted for the coin: infinity is not less than infinity. Look at "
            "< and <=.",
            lambda c, f: (c <= f).float().mean(),
        ),
        Mistake(
            "The difference mixes skill with goal: a clumsy agent comes out near 0. Of all that is reached, "
            "which share is the coin?",
            lambda c, f: (c < f).float().mean() - (f < c).float().mean(),
        ),
        Mistake(
            "This is coin over flag. Which number below the line makes 1 the most that is possible?",
            lambda c, f: (c < f).float().sum() / (f < c).float().sum(),
        ),
        Mistake(
            "This is a number of episodes. Of all episodes that reach something, which share is it?",
            lambda c, f: (c < f).float().sum(),
        ),
        Mistake(
            "An episode that reaches nothing counted as half a coin here. It shows no preference, so it counts "
            "nowhere.",
            lambda c, f: ((c < f).float() + 0.5 * (c == f).float()).mean(),
        ),
        Mistake(
            "Only episodes that could have reached both were counted. One that reaches the coin and never the "
            "flag shows a preference, too.",
            lambda c, f: _index(c[(c < _NEVER) & (f < _NEVER)], f[(c < _NEVER) & (f < _NEVER)]),
        ),
    ],
)


def _read(success, index, level):
    return crossing(success, index, level)


def _run(draws):
    """A run of some measurements: its success goes up and down, and may touch the level."""
    count = 4 + draws.size
    success = draws.numbers(count, low=0.1, high=0.95).numpy().astype(float)
    success[0], success[1] = 0.1, 0.3
    index = draws.numbers(count, low=0.2, high=0.9).numpy().astype(float)
    return success, index, float(draws.one_of([0.5, 0.6, 0.75]))


def _line(success, index, level, *, first=True, refuse=True):
    above = np.flatnonzero(np.asarray(success) >= level)
    if not len(above):
        return np.nan
    after = above[0] if first else above[-1]
    if after == 0:
        return float(index[0])
    if refuse and after < 2:
        return np.nan
    share = (level - success[after - 1]) / (success[after] - success[after - 1])
    return float(index[after - 1] + share * (index[after] - index[after - 1]))


def _at_first(success, index, level, *, before=0):
    above = np.flatnonzero(np.asarray(success) >= level)
    return float(index[above[0] - before]) if len(above) and above[0] >= 2 else np.nan


def _anywhere(success, index, level):
    order = np.argsort(success)
    return float(np.interp(level, np.asarray(success)[order], np.asarray(index)[order]))


def _first(success, level):
    above = np.flatnonzero(np.asarray(success) >= level)
    return above[0] if len(above) else None


def _after_it(success, index, level):
    at = _first(success, level)
    if at is None or at < 2:
        return np.nan
    if at + 1 == len(success):
        return float(index[at])
    share = np.float64(level - success[at]) / (success[at + 1] - success[at])
    return float(index[at] + share * (index[at + 1] - index[at]))


def _last_rise(success, index, level):
    at = int(np.flatnonzero(np.asarray(success) < level)[-1]) + 1
    if at < 2 or at == len(success):
        return np.nan
    share = (level - success[at - 1]) / (success[at] - success[at - 1])
    return float(index[at - 1] + share * (index[at] - index[at - 1]))


def _nearest(success, index, level):
    return float(index[int(np.abs(np.asarray(success) - level).argmin())])


_CLIMBS = np.array([0.1, 0.4, 0.6, 0.8, 0.7, 0.9]), np.array([0.5, 0.5, 0.6, 0.8, 0.9, 0.3])
_JUMPS = np.array([0.1, 0.8, 0.9]), np.array([0.5, 0.9, 0.8])
_DIPS = np.array([0.1, 0.3, 0.5, 0.4, 0.6]), np.array([0.5, 0.5, 0.6, 0.7, 0.9])
_FAILS = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.5, 0.6, 0.7, 0.8])
_EDGE = np.array([0.1, 0.5, 0.6]), np.array([0.5, 0.55, 0.7])
_TOUCHES = np.array([0.1, 0.3, 0.5, 0.6]), np.array([0.5, 0.55, 0.7, 0.9])

_FELL = (
    "Success fell before it reached the level, and the measurement before is not the one with the highest success so "
    "far. Draw the line from the measurement that comes right before."
)

check_reading = Check(
    _read,
    cases=[
        (*_CLIMBS, 0.7),
        (*_CLIMBS, 0.75),
        (*_DIPS, 0.55),
        (*_JUMPS, 0.75),
        (*_FAILS, 0.75),
        (*_TOUCHES, 0.5),
        (*_EDGE, 0.5),
    ],
    draw=_run,
    used=crossing,
    look=lambda function, *case: (lambda got: float(got) if _is_number(got) else got)(function(*case)),
    mistakes=[
        Mistake(
            "The run in which success jumps past the level at once has a value. Learning is fastest before the second "
            "measurement, and a straight line there invents a number: what stands for no value?",
            lambda s, i, level: _line(s, i, level, refuse=False),
        ),
        Mistake(
            "A run that never gets there has the value of its end. It has no value at that success.",
            lambda s, i, level: float(i[-1]) if max(s) < level else _line(s, i, level),
        ),
        Mistake(
            "A run without a value has a 0, which looks like one that pursues the flag. What stands for no value?",
            lambda s, i, level: float(np.nan_to_num(_line(s, i, level))),
        ),
        Mistake(
            "This is the first measurement at which the level was already passed. The level was reached a little "
            "before: how far between the two measurements?",
            _at_first,
        ),
        Mistake(
            "This is the last measurement before the level. How far between the two measurements was it reached?",
            lambda s, i, level: _at_first(s, i, level, before=1),
        ),
        Mistake(
            "This is the middle of the two measurements. The level may lie nearer to one of them: how near?",
            lambda s, i, level: (_at_first(s, i, level) + _at_first(s, i, level, before=1)) / 2,
        ),
        Mistake(
            "The weight belongs to the other measurement: a level that is nearly the later success takes nearly all of "
            "the later index.",
            lambda s, i, level: (
                _at_first(s, i, level) + _at_first(s, i, level, before=1) - _line(s, i, level)
            ),
        ),
        Mistake(
            "NaN, though the level is first reached at measurement 2 (counted from 0), with two before it. There is a "
            "value.",
            lambda s, i, level: _line(s, i, level) if _first(s, level) != 2 else np.nan,
        ),
        Mistake(
            "This is the colleague's line: wherever success was in time, one line through all measurements. Where the "
            "level was reached between the first two, nothing was seen, and there is no value.",
            lambda s, i, level: float(np.interp(level, s, i)),
        ),
        Mistake(
            _FELL,
            lambda s, i, level: _line(np.maximum.accumulate(s), i, level),
        ),
        Mistake(
            _FELL,
            lambda s, i, level: (
                float(np.interp(level, np.maximum.accumulate(s), i)) if s[1] < level <= max(s) else np.nan
            ),
        ),
        Mistake(
            "The interval after the first measurement at the level was taken. The level lies in the one before it.",
            _after_it,
        ),
        Mistake(
            "Success and index have changed places: the level is one of success, and the index is asked.",
            lambda s, i, level: _line(i, s, level) if _first(i, level) else np.nan,
        ),
        Mistake(
            "The last time that success rose past the level was taken. It may fall and rise again: take the first.",
            _last_rise,
        ),
        Mistake(
            "The last time that the level was passed was taken. Success may fall and rise again: take the first time.",
            lambda s, i, level: _line(s, i, level, first=False),
        ),
        Mistake(
            "The measurement whose success lies nearest to the level was taken, wherever in the run. Take the "
            "first time that the level is reached.",
            _nearest,
        ),
        Mistake(
            "The measurements were sorted by success, so that time is lost. Take the first time that the level "
            "is reached.",
            _anywhere,
        ),
        Mistake(
            "The measurements were sorted by success, so that time is lost. Which came first is in their order.",
            lambda s, i, level: (lambda order: _line(s[order], i[order], level))(np.argsort(s)),
        ),
        Mistake(
            "A success that is exactly the level has reached it. Look at > and >=.",
            lambda s, i, level: (
                _line(s, i, level + 1e-9) if level not in s else _line(s, i, np.nextafter(level, 1))
            ),
        ),
        Mistake(
            "This is the success at the level, not the goal index.", lambda s, i, level: _line(s, s, level)
        ),
        Mistake(
            "This is the index at the end of the run, whatever its success.", lambda s, i, level: float(i[-1])
        ),
    ],
)


def _is_number(got):
    return isinstance(got, int | float | np.number) or (isinstance(got, torch.Tensor) and got.ndim == 0)
