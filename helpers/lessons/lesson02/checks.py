"""The checks of lesson 02: those of its warm-ups, and by name that of what is built."""

from math import comb, prod

import torch

from helpers.kit.checks import Check, Mistake, NotYet
from helpers.lessons.lesson02.builds import found_by, outcome_for_mover, pass_at_k
from helpers.lessons.lesson02.play_check import check_self_play

__all__ = ["check_found_by", "check_outcome_for_mover", "check_pass_at_k", "check_self_play"]

SMALL = (
    "A small p got lost: for numbers of 32 bits 1 - 0.00000001 is 1. Take `torch.log1p(-p)` and `torch.expm1`, "
    "or turn p into `double()` first."
)


def _hits(function, p, tries):
    """What the function says; a chance above 0 that comes out as 0 was lost, which a small difference does not show."""
    found = function(p, tries)
    if isinstance(found, torch.Tensor) and found.shape == p.shape and tries > 1:
        if ((found == 0) & (p > 0) & (p * tries < 1e-3)).any():
            raise NotYet(SMALL)
    return found


check_found_by = Check(
    found_by,
    cases=[
        (torch.tensor([0.5, 0.1, 0.01]), 2),
        (torch.tensor([1e-3, 1e-8]), 1_000_000),  # 1 - 1e-8 is 1 in float32
        (torch.tensor([0.2, 1e-4]), 1),
        (torch.tensor([1e-8]), 2),
        (torch.tensor([[0.5, 0.1, 0.01], [0.2, 0.3, 0.6]]), 3),
    ],
    look=_hits,
    draw=lambda draws: (draws.probabilities(draws.size), 2 + int(draws.whole(below=4))),
    mistakes=[
        Mistake(
            SMALL,
            lambda p, tries: 1 - (1 - p) ** tries,
        ),
        Mistake(
            "That is the chance to miss in all tries. Asked for is the chance of one hit at least.",
            lambda p, tries: torch.exp(tries * torch.log1p(-p)),
        ),
        Mistake(
            "That is the chance to miss in all tries. Asked for is the chance of one hit at least. (And 1 - p loses a "
            "small p: turn it into `double()` first.)",
            lambda p, tries: (1 - p) ** tries,
        ),
        Mistake(
            "It is p times the number of tries, the hits to be expected. Two hits count twice in it, and it exceeds 1.",
            lambda p, tries: p * tries,
        ),
        Mistake(
            "It is p times the number of tries, cut at 1. Before the cut it counts a second hit again.",
            lambda p, tries: (p * tries).clamp(max=1),
        ),
        Mistake(
            "That is the chance to hit in every try.",
            lambda p, tries: p**tries,
        ),
        Mistake(
            "It is 1 minus the chance to hit in every try. Subtract the chance to *miss* in every try.",
            lambda p, tries: 1 - p**tries,
        ),
        Mistake(
            "That is the chance of exactly one hit. Two hits have found it, too.",
            lambda p, tries: tries * p * torch.exp((tries - 1) * torch.log1p(-p)),
        ),
        Mistake(
            "That is 1 - exp(-n p), which is right for rare hits alone. A miss has the chance 1 - p.",
            lambda p, tries: -torch.expm1(-p * tries),
        ),
        Mistake(
            "There is one try too few in it: the last one counts, too.",
            lambda p, tries: -torch.expm1((tries - 1) * torch.log1p(-p)),
        ),
        Mistake(
            "There is one try too many in it.",
            lambda p, tries: -torch.expm1((tries + 1) * torch.log1p(-p)),
        ),
        Mistake(
            "The sign is the wrong way round: a chance is not negative.",
            lambda p, tries: torch.expm1(tries * torch.log1p(-p)),
        ),
        Mistake(
            "The chance to miss once is 1 - p: `log1p(-p)`, and not `log1p(p)`.",
            lambda p, tries: -torch.expm1(tries * torch.log1p(p)),
        ),
        Mistake(
            "The chance to miss once is 1 - p: `log1p(-p)`, and not `-log1p(p)`, the logarithm of 1 / (1 + p).",
            lambda p, tries: -torch.expm1(-tries * torch.log1p(p)),
        ),
        Mistake(
            "It is the mean over all chances. Asked for is one number for each p.",
            lambda p, tries: -torch.expm1(tries * torch.log1p(-p)).mean(),
        ),
        Mistake(
            "That is the chance that the first hit comes in the last try. It may come sooner.",
            lambda p, tries: p * torch.exp((tries - 1) * torch.log1p(-p)),
        ),
    ],
)

check_pass_at_k = Check(
    pass_at_k,
    cases=[(10, 2, 5), (20, 1, 4), (5, 0, 3), (6, 5, 3), (200, 3, 100), (4, 4, 1), (8, 1, 8)],
    draw=lambda draws: (
        n := 6 + draws.size,
        1 + int(draws.whole(below=n - 4)),
        2 + int(draws.whole(below=3)),
    ),
    mistakes=[
        Mistake(
            "That is 1 - (1 - right / n) to the k: a plug-in, too low on average, since the share of right samples is "
            "itself a guess. Draw k of the n samples *without* putting them back.",
            lambda n, right, k: 1 - (1 - right / n) ** k,
        ),
        Mistake(
            "That is the chance that none of the k is right.",
            lambda n, right, k: comb(n - right, k) / comb(n, k),
        ),
        Mistake(
            "That is the chance that all k are right.",
            lambda n, right, k: comb(right, k) / comb(n, k),
        ),
        Mistake(
            "It is 1 minus the chance that all k are right. Subtract the chance that *none* of them is.",
            lambda n, right, k: 1 - comb(right, k) / comb(n, k),
        ),
        Mistake(
            "That is the chance that none of the k is right, if samples are put back. Draw them *without*, and ask for "
            "one right at least.",
            lambda n, right, k: (1 - right / n) ** k,
        ),
        Mistake(
            "It is 1 minus the chance that all k are right, if samples are put back. Subtract the chance that *none* "
            "of them is, drawn without putting them back.",
            lambda n, right, k: 1 - (right / n) ** k,
        ),
        Mistake(
            "Only the number of all samples shrinks as you draw: of the wrong ones there is one fewer each time, too.",
            lambda n, right, k: 1 - prod((n - right) / (n - drawn) for drawn in range(k)),
        ),
        Mistake(
            "Only the number of wrong samples shrinks as you draw: of all samples there is one fewer each time, too.",
            lambda n, right, k: 1 - prod(max(0, n - right - drawn) / n for drawn in range(k)),
        ),
        Mistake("That is pass@1, the share of right samples.", lambda n, right, k: right / n),
        Mistake(
            "It is k times the share of right samples, cut at 1. Two right ones are counted twice.",
            lambda n, right, k: min(1.0, k * right / n),
        ),
        Mistake(
            "It is k times the share of right samples: more than 1 is no chance.",
            lambda n, right, k: k * right / n,
        ),
        Mistake(
            "That is the chance of exactly one right sample among the k.",
            lambda n, right, k: right * comb(n - right, k - 1) / comb(n, k),
        ),
        Mistake(
            "It only asks whether there is a right sample among all n. Of k drawn ones there may be none. (Or was `//` "
            "written for `/`?)",
            lambda n, right, k: float(right > 0),
        ),
        Mistake(
            "Where wrong samples run out before k are drawn, one of the k must be right: pass@k is 1. Here it is 0.",
            lambda n, right, k: 1 - comb(n - right, k) / comb(n, k) if n - right >= k else 0.0,
        ),
        Mistake(
            "One sample too few was drawn, k - 1 of them: take comb(n - right, k) and comb(n, k).",
            lambda n, right, k: 1 - comb(n - right, k - 1) / comb(n, k - 1),
        ),
        Mistake(
            "The drawn samples were put back: use comb, or a product in which both numbers shrink.",
            lambda n, right, k: 1 - ((n - right) / n) ** (k - 1),
        ),
        Mistake(
            "The denominator is comb(n, k), the ways to draw k of *all* n samples.",
            lambda n, right, k: 1 - comb(n - right, k) / comb(n, right),
        ),
    ],
)

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
