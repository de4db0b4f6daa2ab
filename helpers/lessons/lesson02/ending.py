"""Games that end: a self-play that was built is stopped, in a sentence, where its games go on for ever."""

import copy
import ctypes
import threading
from collections.abc import Callable
from contextlib import contextmanager

import torch
from torch.overrides import TorchFunctionMode

from helpers.kit.checks import NotYet
from helpers.worlds.nim import Nim

ENDLESS = (
    "Your games do not end. A game that has come to position 0 stays there, whatever it draws: `game.after` is -1 "
    "where the rules allow no move, in position 0, too, and to Python row -1 is the last row, the opening."
)
NOWHERE = (
    "A game came to position -1: `game.after` is -1 where the rules allow no move. Either a move was made that they "
    "do not allow (give it a logit of -1e9 at the start, and leave it), or a game went on after its end: at 0 it stays."
)

SLOW = (
    "It has not come back after two minutes, where the course's takes a tenth of a second. Do your games end? A game "
    "that has come to position 0 stays there, and `game.after` is -1 where the rules allow no move: in position 0, "
    "too, and to Python row -1 is the last row, the opening."
)
NO_CHANCES = (
    "A row of the policy is no distribution. In position 0 no move is allowed: take -1e9 for what is not allowed, and "
    "not minus infinity. And the softmax of a position goes over its moves: `softmax(1)`."
)
TURNED = (
    "Your function changed the game itself (`game.after` or `game.legal`). Leave it alone, and make a copy."
)
PATIENCE = 120.0  # seconds for a step or two, of which plain Python loops need two


class _Slow(Exception):
    """Raised in the thread of whoever computes for too long."""


@contextmanager
def _at_most(seconds: float):
    """Stops what runs in here after so many seconds, also where it never calls torch: a loop of plain Python."""
    here = ctypes.c_ulong(threading.get_ident())
    stop = lambda: ctypes.pythonapi.PyThreadState_SetAsyncExc(here, ctypes.py_object(_Slow))
    clock = threading.Timer(seconds, stop)
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()


class _Ending(TorchFunctionMode):
    """Stops whoever computes far more numbers than games of a bounded length can need."""

    def __init__(self, most: int):
        super().__init__()
        self.left = most

    def __torch_function__(self, call, types, args=(), kwargs=None):
        """Calls it, and counts the numbers that came out."""
        result = call(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor):
            self.left -= result.numel()
        if self.left < 0:
            raise NotYet(ENDLESS)
        return result


def played(function: Callable, game: Nim, steps: int, lr: float, plays: int):
    """What the function returns, if its games end: no game is longer than all its counters."""
    given = copy.deepcopy(game)
    try:
        with _Ending(500 * steps * plays * game.horizon * game.actions), _at_most(PATIENCE):
            result = function(given, steps, lr, plays)
    except _Slow:
        raise NotYet(SLOW) from None
    except (IndexError, RuntimeError) as slip:
        beyond = ("index -1 ", "Class values must be non-negative", "index out of range in self")
        if any(words in str(slip) for words in beyond):
            raise NotYet(NOWHERE) from slip
        if "sum of probabilities <= 0" in str(slip) or "probability tensor contains" in str(slip):
            raise NotYet(NO_CHANCES) from slip
        raise
    if not all(torch.equal(getattr(given, key), getattr(game, key)) for key in ("after", "legal")):
        raise NotYet(TURNED)
    return result
