"""The check of a warm-up of lesson 02: how a game ended for whoever made each of its moves."""

import torch

from helpers.kit.checks import Check, Mistake
from helpers.lessons.lesson02.builds import outcome_for_mover

_left = lambda playing: playing.flip(0).cumsum(0).flip(0) - 1
_signs = lambda even, playing: torch.where(even, 1.0, -1.0) * playing
_place = lambda playing: torch.arange(len(playing))[:, None].expand_as(playing)


def _going_on(playing):
    """The signs of games, one after another, from the last move back, in which the sign is never set to 1 again."""
    back = playing.T.flip(1)
    count = back.flatten().cumsum(0).view(back.shape) - 1
    return _signs((count % 2 == 0).flip(1).T, playing)


def _games(draws):
    """Games of unlike lengths, the longest as long as the table."""
    lengths = 1 + draws.whole(draws.size + 2, below=draws.size + 2)
    return (torch.arange(int(lengths.max()))[:, None] < lengths,)


check_outcome_for_mover = Check(
    outcome_for_mover,
    cases=[
        (torch.tensor([[True, True, True], [True, True, False], [True, False, False]]),),
        (torch.tensor([[True], [True], [True], [True]]),),
        (torch.tensor([[True, True], [True, False]]),),  # an odd number of moves in all
    ],
    draw=_games,
    mistakes=[
        Mistake(
            "The sign is the wrong way round: who moves last takes the last counter and has won.",
            lambda playing: -_signs(_left(playing) % 2 == 0, playing),
        ),
        Mistake(
            "The sign was counted from the beginning of the game: then the first player always wins. Who won is known "
            "at the end, so count from there.",
            lambda playing: _signs(_place(playing) % 2 == 0, playing),
        ),
        Mistake(
            "The sign was counted from the last row of the table. Games end at different rows: each counts back from "
            "its own last move.",
            lambda playing: _signs((len(playing) - 1 - _place(playing)) % 2 == 0, playing),
        ),
        Mistake(
            "Every move got a 1. The two players take turns, and only one of them wins.",
            lambda playing: playing.float(),
        ),
        Mistake(
            "Only the last move got its 1. The moves before it have an outcome, too.",
            lambda playing: ((_left(playing) == 0) & playing).float(),
        ),
        Mistake(
            "The loser's moves got 0. They lost: -1.",
            lambda playing: ((_left(playing) % 2 == 0) & playing).float(),
        ),
        Mistake(
            "The winner's moves got 0. They won: 1.",
            lambda playing: -((_left(playing) % 2 == 1) & playing).float(),
        ),
        Mistake(
            "After the end of a game there is no move, and no outcome: 0 there.",
            lambda playing: _signs(_left(playing) % 2 == 0, torch.ones_like(playing)),
        ),
        Mistake(
            "After the end of a game there is no move, and no outcome: 0 there. (The sign goes on to turn.)",
            lambda playing: _signs((playing.sum(0) - 1 - _place(playing)) % 2 == 0, torch.ones_like(playing)),
        ),
        Mistake(
            "The sign was counted over all games at once: each game has its own end.",
            lambda playing: _signs((playing.sum() - 1 - _place(playing)) % 2 == 0, playing),
        ),
        Mistake(
            "The games are columns and their moves rows: count along the rows (`dim=0`), and not along the columns.",
            lambda playing: _signs((playing.flip(1).cumsum(1).flip(1) - 1) % 2 == 0, playing),
        ),
        Mistake(
            "The games are columns and their moves rows: count along the rows (`dim=0`), and not along the columns.",
            lambda playing: _signs(
                (playing.sum(1, keepdim=True) - 1 - _place(playing.T).T) % 2 == 0, playing
            ),
        ),
        Mistake(
            "The sign was counted from the beginning of the game, and turned: then the first player always loses. Who "
            "won is known at the end, so count from there.",
            lambda playing: _signs(_place(playing) % 2 == 1, playing),
        ),
        Mistake(
            "The moves were counted from the beginning, and then turned round: `flip(0)` before `cumsum(0)`, too.",
            lambda playing: _signs((playing.cumsum(0).flip(0) - 1) % 2 == 0, playing),
        ),
        Mistake(
            "All moves of a game have one sign, the second player's. Of two moves in a row one is the other's.",
            lambda playing: _signs((playing.sum(0) % 2 == 0).expand_as(playing), playing),
        ),
        Mistake(
            "Only the last move and the one before it have an outcome. The moves before those have one, too.",
            lambda playing: _signs(_left(playing) == 0, playing & (_left(playing) < 2)),
        ),
        Mistake(
            "These are the moves that still follow, and this one. Asked for is 1 or -1: is that number even or odd?",
            lambda playing: (_left(playing) + 1) * playing.float(),
        ),
        Mistake(
            "The first game is right, the next ones go on with its sign: each begins anew with 1 at its own end.",
            _going_on,
        ),
        Mistake(
            "The moves were counted from the wrong end, or turned round once and not back: after `flip(0).cumsum(0)` "
            "the rows are still upside down, so `flip(0)` them again.",
            lambda playing: _signs((playing.flip(0).cumsum(0) - 1) % 2 == 0, playing),
        ),
        Mistake(
            "These are the moves that still follow. Asked for is 1 or -1: is that number even or odd?",
            lambda playing: _left(playing) * playing.float(),
        ),
        Mistake(
            "All moves of a game have one sign, that of the first player. Of two moves in a row one is the other's.",
            lambda playing: _signs((playing.sum(0) % 2 == 1).expand_as(playing), playing),
        ),
        Mistake(
            "It is the right sign, divided by the length of the game. An outcome is 1 or -1, however long it took.",
            lambda playing: _signs(_left(playing) % 2 == 0, playing) / playing.sum(0),
        ),
        Mistake(
            "One row is off: count the moves that follow *after* this one.",
            lambda playing: _signs((_left(playing) + 1) % 2 == 0, playing) * playing.roll(-1, 0),
        ),
    ],
)
