"""Games that end: a self-play that was built is stopped, in a sentence, where its games go on for ever."""

from collections.abc import Callable

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
    try:
        with _Ending(500 * steps * plays * game.horizon * game.actions):
            return function(game, steps, lr, plays)
    except (IndexError, RuntimeError) as slip:
        if "index -1 " in str(slip) or "Class values must be non-negative" in str(slip):
            raise NotYet(NOWHERE) from slip
        raise
