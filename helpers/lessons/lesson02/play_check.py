"""The check of the build of lesson 02, self-play: two steps of thousands of games, beside what theory says of them."""

import torch

from helpers.kit.checks import Check, Mistake, NotYet, chances_of, tensor_of
from helpers.lessons.lesson02 import builds, games
from helpers.lessons.lesson02.ending import played
from helpers.worlds.nim import Nim

_LR, _PLAYS = 3.0, 4000
STEPS, LONG = ("the first step", "the second step"), "how long the first step is, beside theory's"
FROZEN = (
    "The moves of the second step were not drawn from the policy that the first one made. Each step plays with the "
    "policy as it now stands."
)
FEW = (
    "`plays` makes no difference: a step scatters with 4,000 games as with few. Play as many as it says, and draw a "
    "move for each."
)
SUM = "This is the sum over all games. Divide by their number, or more games make larger steps."
ONE = (
    "Hardly anything moves: of all games that pass through a position only one has left its row there. "
    "`gradient[place] += row` keeps one of several; `gradient.index_add_(0, place, row)` adds them all. (Or only one "
    "game was played, or the sum was divided by `plays` twice.)"
)
STAYS = "After the first step the policy stays as it is. Each step goes on from the logits that the last one left."
PLUS = "The policy is added in the rows. A row is one at the move, *less* p of that position."
KEPT = "The second step has the first one's rows in it, too: in each step the gradient begins at zero."
SIGNS = (
    "Each logit moved by `lr` or by -`lr`, however long the gradient is there: that is Adam's first step, or the "
    "gradient's sign. A plain step is lr times the gradient."
)
SAME = (
    "All tables are the same one: each is the policy at the end. What you keep is written over later: keep a new "
    "tensor of each step (`softmax` makes one, `.clone()` too)."
)
ILLEGAL = "The policy makes moves that the rules do not allow: give them a logit of -1e9 at the start, and leave it."


def exact_step(game: Nim, p):
    """The gradient, on the logits, of what whoever moves wins on average, summed over the positions of a game."""
    value = torch.zeros(game.features)
    gain = torch.zeros_like(p)
    for place in range(1, game.features):
        there = game.after[place].clamp(min=0)
        gain[place] = torch.where(there == 0, 1.0, -value[there]) * game.legal[place]
        value[place] = (p[place] * gain[place]).sum()
    visits = torch.zeros(game.features)
    visits[game.opening] = 1
    for place in range(game.features - 1, 0, -1):
        visits.index_add_(0, game.after[place].clamp(min=0), visits[place] * p[place] * game.legal[place])
    visits[0] = 0
    return visits[:, None] * p * (gain - value[:, None]) * game.legal


def _ways(function, game):
    """How the logits move in the first step, and in the second, for a rate of 1."""
    run = lambda steps, lr: played(function, game, steps, lr, _PLAYS)
    path = _path(run(2, _LR), game, 2)
    still, again = (_path(run(1, lr), game, 1) for lr in (0.0, _LR))
    if (still[1] - still[0]).abs().max() > 1e-5:
        raise NotYet("With lr = 0 the policy moved: each step on the logits is lr times the gradient.")
    if (path[1] - path[0]).abs().max() < 1e-5:
        raise NotYet("The policy did not move: add lr times the gradient to the logits, and keep what comes.")
    if torch.equal(path[1], again[1]) and torch.equal(path[1], _path(run(1, _LR), game, 1)[1]):
        raise NotYet("Two runs took the very same way: nothing was drawn. Moves are drawn from the policy.")
    first, other, second = (
        _moved(*pair, game) for pair in ((path[0], path[1]), (again[0], again[1]), (path[1], path[2]))
    )
    right = exact_step(game, path[0])
    if _signs_alone(path[0], path[1], game):
        raise NotYet(SIGNS)
    if first.abs().max() < 0.003:  # of thousands of games one row leaves less than the luck of all of them
        raise NotYet(ONE)
    if first.abs().max() > 10:
        raise NotYet(SUM)
    if second.abs().max() < 1e-5:
        raise NotYet(STAYS)
    if (first - other).abs().max() > 0.2 and (first - right).abs().max() > 0.2:
        raise NotYet(FEW)
    if (first - right).abs().max() < 0.04:
        there, stale = exact_step(game, path[1]), right
        if (second - there).abs().max() > (second - stale).abs().max() < 0.05:
            raise NotYet(FROZEN)
    size = (first * right).sum() / right.square().sum()
    return {**dict(zip(STEPS, (first, second), strict=True)), LONG: size}


def _signs_alone(before, after, game):
    """Whether any two logits of a position moved alike or by twice the rate: each by the rate, up or down."""
    change = torch.where(game.legal, after.clamp(min=1e-30).log() - before.clamp(min=1e-30).log(), 0.0) / _LR
    apart = (change[:, :, None] - change[:, None])[game.legal[:, :, None] & game.legal[:, None]].abs()
    return bool(((apart < 0.01) | ((apart - 2).abs() < 0.01)).all() and (apart > 1).any())


def _moved(before, after, game):
    """How far the logits moved, less the mean over allowed moves, which no policy tells; for a rate of 1."""
    change = torch.where(game.legal, after.clamp(min=1e-30).log() - before.clamp(min=1e-30).log(), 0.0)
    mean = change.sum(1, keepdim=True) / game.legal.sum(1, keepdim=True).clamp(min=1)
    return torch.where(game.legal, change - mean, 0.0) / _LR


def _path(value, game, steps):
    what, axes = (
        "a table of chances for the start and for each step",
        "step, position and move, the start among the steps",
    )
    value = tensor_of(value, (steps + 1, game.features, game.actions), what, axes, steps=True)
    value = chances_of(value[:, 1:])
    legal = game.legal[1:]
    if (value * ~legal).max() > 1e-4:
        raise NotYet(ILLEGAL)
    if steps > 1 and (value - value[0]).abs().max() == 0 and not _all_alike(value[0], game, begins=0):
        raise NotYet(SAME)
    if not _all_alike(value[0], game, begins=0):
        raise NotYet("The first table is any allowed move, all alike: self-play begins with nothing.")
    return torch.cat([torch.zeros_like(value[:, :1]), value], 1)


def _all_alike(table, game, *, begins: int = 1):
    """Whether a table is any allowed move, all alike; begins: which of its rows is position 1."""
    legal = game.legal[1:]
    return bool((table[begins:] - legal / legal.sum(1, keepdim=True)).abs().max() <= 1e-4)


def _run(
    game,
    steps=300,
    lr=4.0,
    plays=32,
    *,
    weigh=builds.outcome_for_mover,
    minus_p=1.0,
    kept=False,
    per="game",
    stale=False,
    on_p=False,
    twice=False,
    few=False,
    sign=1.0,
    rate=True,
    normed=False,
):
    logits = torch.where(game.legal, 0.0, -1e9)
    start = logits.softmax(1)
    path, last = [start], torch.zeros_like(start)
    for _ in range(steps):
        p = logits.softmax(1)
        acts, count = start if stale else p, 1 if few else plays
        place, seen = torch.full((count,), game.opening), []
        while (place > 0).any():
            move = torch.multinomial(acts[place], 1)[:, 0]
            seen.append((place, move, place > 0))
            place = torch.where(place > 0, game.after[place, move], 0)
        places, moves, playing = (torch.stack(part) for part in zip(*seen, strict=True))
        rows = torch.eye(game.actions)[moves] - minus_p * p[places]
        weighed = weigh(playing)[..., None] * rows
        if twice:
            weighed = weighed * p[places].gather(-1, moves[..., None])
        total = torch.zeros_like(p).index_add(0, places.flatten(), weighed.flatten(0, 1))
        total = last = total + last if kept else total
        gradient = total / {"game": count, "move": playing.sum(), "sum": 1}[per]
        gradient = torch.where(game.legal, gradient, 0.0)
        if normed:
            gradient = gradient / gradient.norm()
        change = sign * (lr if rate else min(lr, 1.0)) * gradient
        if on_p:
            moved = (p + change).clamp(min=1e-6) * game.legal
            moved[0] = 1
            logits = (moved / moved.sum(1, keepdim=True)).log().clamp(min=-1e9)
        else:
            logits = logits + change
        path.append(logits.softmax(1))
    return torch.stack(path)


def _wrong(**how):
    return lambda game, steps=300, lr=4.0, plays=32: _run(game, steps, lr, plays, **how)


_turn = lambda playing: torch.arange(len(playing))[:, None] % 2 == 0
_sides = builds.outcome_for_mover


def _otherwise(got, expected):
    """Where no mistake is known by name: whether the length is wrong, the direction, or the second step alone."""
    along = [
        float(torch.cosine_similarity(got[key].flatten(), expected[key].flatten(), dim=0)) for key in STEPS
    ]
    times = float(got[LONG])
    if along[0] > 0.95:
        if abs(times - 1) > 0.1:
            return (
                f"The first step points the right way and is {times:.2f} times as long as theory's. Look at what you "
                "divide by, and at what multiplies it: nothing but `lr` should."
            )
        return (
            "The first step is right on average, the second is not. It begins where the first one ended: the logits, "
            "the policy in the rows, and the policy that plays, all of them."
        )
    return (
        "The first step does not point where theory's does"
        f"{', rather the other way' if along[0] < -0.3 else ''}. Look first at: the sign of each mover's outcome, the "
        "row of each move, whether all moves of a position are added up, and whether ended games still count."
    )


def _learns(function):
    """What a built run reaches on the lesson's own game, and the course's."""
    at = games.match(range(2))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        path = torch.stack(tuple(function(at.game, 300, 4.0, games.GAMES))).detach()
    mine = float(builds.right_moves(at.game, path[-1:])[0])
    if mine < 0.4:
        raise NotYet(
            "Two steps are right, but after 300 on the lesson's heaps it finds few right moves. Does every step go on "
            "from the last one, with all positions of all games in it?"
        )
    start = float(builds.right_moves(at.game, path[:1])[0])
    return (
        f"After 300 steps on the lesson's heaps your player makes a right move in {mine:.0%} of the positions that can "
        f"be won, from {start:.0%} at the start. (It hangs on chance: the course's own came to 67 % to 86 %.)"
    )


check_self_play = Check(
    builds.self_play,
    cases=[(Nim((1, 2)),), (Nim((2, 2)),)],
    look=_ways,
    tolerance=0.045,
    then=_learns,
    otherwise=_otherwise,
    mistakes=[
        Mistake(
            "On average it goes nowhere: the weights do not depend on who won. Was every move weighed by the same 1, "
            "or were the signs counted from the beginning of the game? Or do ended games still count as "
            "playing? Who won is known at the end.",
            _wrong(weigh=lambda playing: playing.float()),
        ),
        Mistake(
            "It learns to lose: the step goes downhill, or the outcomes have the wrong sign.",
            _wrong(sign=-1.0),
        ),
        Mistake(
            "Only the last move of each game was weighed. The moves that led there count as much.",
            _wrong(weigh=lambda playing: ((playing.flip(0).cumsum(0).flip(0) == 1) & playing).float()),
        ),
        Mistake(
            "All moves of a game were weighed by how it went for the first player. The second player's outcome is "
            "the opposite.",
            _wrong(weigh=lambda playing: torch.where(playing.sum(0) % 2 == 1, 1.0, -1.0) * playing),
        ),
        Mistake(
            "The steps are half as long as they must be. Are only the winner's moves weighed, or only the loser's? A "
            "move that won counts 1, and one that lost -1.",
            _wrong(weigh=lambda playing: _sides(playing).clamp(min=0)),
        ),
        Mistake(
            "Only the first player learns. One policy plays both sides, and the moves of both count.",
            _wrong(weigh=lambda playing: _sides(playing) * _turn(playing)),
        ),
        Mistake(SUM, _wrong(per="sum")),
        Mistake(
            "It was divided by the number of moves. Divide by the number of games: a long game is no worse a teacher.",
            _wrong(per="move"),
        ),
        Mistake(
            "The policy is not subtracted in the rows, or the one at the start is. A row is one at the move, less p of "
            "that position as it now stands.",
            _wrong(minus_p=0.0),
        ),
        Mistake(PLUS, _wrong(minus_p=-1.0)),
        Mistake(KEPT, _wrong(kept=True)),
        Mistake(
            "The rows were weighed by p once more. Drawing the moves from p has done that already.",
            _wrong(twice=True),
        ),
        Mistake(
            "The step was added to the probabilities. Add it to the logits, and take their softmax.",
            _wrong(on_p=True),
        ),
        Mistake(
            "The gradient was made as long as 1. A plain step is lr times the gradient, however short that is.",
            _wrong(normed=True),
        ),
        Mistake(FROZEN, _wrong(stale=True)),
        Mistake(
            "`lr` makes no difference: each step on the logits is lr times the gradient.", _wrong(rate=False)
        ),
    ],
)
