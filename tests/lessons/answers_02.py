"""Lesson 02: right answers written differently, and wrong ones, each with the hint that it must get."""

from copy import copy
from fractions import Fraction
from math import comb, exp, lgamma, prod

import numpy as np
import torch

from helpers.lessons.lesson02.builds import found_by, outcome_for_mover, pass_at_k, self_play
from helpers.lessons.lesson02.play_check import _run

# The chance of one hit at least


def found_in_double(p, tries):
    return (1 - (1 - p.double()) ** tries).float()


def found_in_numpy(p, tries):
    return torch.from_numpy(-np.expm1(tries * np.log1p(-p.double().numpy())))


def found_by_logs(p, tries):
    return 1 - torch.exp(tries * torch.log1p(-p.double()))


def found_one_by_one(p, tries):
    return torch.tensor([1 - (1 - one) ** tries for one in p.double().flatten().tolist()]).reshape(p.shape)


# pass@k


def pass_by_product(n, right, k):
    if n - right < k:
        return 1.0
    return 1 - prod(1 - k / i for i in range(n - right + 1, n + 1))


def pass_by_drawing(n, right, k):
    missed = 1.0
    for drawn in range(k):
        missed *= max(0, n - right - drawn) / (n - drawn)
    return 1 - missed


def pass_by_lgamma(n, right, k):
    if n - right < k:
        return 1.0
    ways = lambda a, b: lgamma(a + 1) - lgamma(b + 1) - lgamma(a - b + 1)
    return 1 - exp(ways(n - right, k) - ways(n, k))


def pass_in_numpy(n, right, k):
    return 1.0 - np.prod(1.0 - k / np.arange(n - right + 1, n + 1)) if n - right >= k else 1.0


def pass_as_a_fraction(n, right, k):
    return 1 - Fraction(comb(n - right, k), comb(n, k))


def pass_in_torch(n, right, k):
    return torch.tensor(1 - comb(n - right, k) / comb(n, k))


# Whose win it was


def mover_by_length(playing):
    place = torch.arange(len(playing))[:, None]
    return torch.where((playing.sum(0) - 1 - place) % 2 == 0, 1.0, -1.0) * playing


def mover_by_powers(playing):
    left = playing.sum(0) - 1 - torch.arange(len(playing))[:, None]
    return (-1.0) ** left.abs() * playing


def mover_game_by_game(playing):
    out = torch.zeros(playing.shape)
    for game in range(playing.shape[1]):
        length = int(playing[:, game].sum())
        for move in range(length):
            out[move, game] = 1.0 if (length - 1 - move) % 2 == 0 else -1.0
    return out


def mover_backwards(playing):
    out, sign = torch.zeros(playing.shape), torch.ones(playing.shape[1])
    for move in reversed(range(len(playing))):
        out[move] = torch.where(playing[move], sign, 0.0)
        sign = torch.where(playing[move], -sign, sign)
    return out


# Self-play


def play_with_baseline(game, steps=300, lr=4.0, plays=32):
    def weigh(playing):
        outcome = outcome_for_mover(playing)
        mean = outcome.sum(1, keepdim=True) / playing.sum(1, keepdim=True)
        return torch.where(playing, outcome - mean, 0.0)

    return _run(game, steps, lr, plays, weigh=weigh)


def play_by_autograd(game, steps=300, lr=4.0, plays=32):
    logits = torch.where(game.legal, 0.0, -1e9)
    path = [logits.softmax(1)]
    for _ in range(steps):
        p, place, seen = logits.softmax(1), torch.full((plays,), game.opening), []
        while (place > 0).any():
            move = torch.multinomial(p[place], 1)[:, 0]
            seen.append((place, move))
            place = torch.where(place > 0, game.after[place, move], 0)
        places, moves = (torch.stack(part) for part in zip(*seen, strict=True))
        weights = mover_by_length(places > 0)
        free = logits.clone().requires_grad_()
        logp = free.log_softmax(1)[places, moves]
        (torch.where(places > 0, weights * logp, 0.0).sum() / plays).backward()
        logits = logits + lr * torch.where(game.legal, free.grad, 0.0)
        path.append(logits.softmax(1))
    return path


def play_game_by_game(game, steps=300, lr=4.0, plays=32):
    logits = torch.where(game.legal, 0.0, -1e9)
    path = [logits.softmax(1)]
    for _ in range(steps):
        p = logits.softmax(1)
        chance, after = p.numpy(), game.after.numpy()
        draw = np.random.default_rng(int(torch.randint(10**9, (1,))))
        gradient = np.zeros_like(chance)
        sums = chance.cumsum(1)
        for _ in range(plays):
            place, seen = game.opening, []
            while place > 0:
                move = min(int((sums[place] < draw.random() * sums[place, -1]).sum()), game.actions - 1)
                seen.append((place, move))
                place = after[place, move]
            for left, (place, move) in enumerate(reversed(seen)):
                sign = 1.0 if left % 2 == 0 else -1.0
                gradient[place] -= sign * chance[place]
                gradient[place, move] += sign
        logits = logits + lr * torch.tensor(gradient / plays) * game.legal
        path.append(logits.softmax(1))
    return torch.stack(path)


def play_twice_as_many(game, steps=300, lr=4.0, plays=32):
    return self_play(game, steps, lr, 2 * plays)


def wrong(**how):
    return lambda game, steps=300, lr=4.0, plays=32: _run(game, steps, lr, plays, **how)


def play_returns_logits(game, steps=300, lr=4.0, plays=32):
    return self_play(game, steps, lr, plays).clamp(min=1e-30).log()


def play_without_the_start(game, steps=300, lr=4.0, plays=32):
    return self_play(game, steps, lr, plays)[1:]


def play_returns_the_last(game, steps=300, lr=4.0, plays=32):
    return self_play(game, steps, lr, plays)[-1]


def play_breaks_the_rules(game, steps=300, lr=4.0, plays=32):
    return torch.full((steps + 1, game.features, game.actions), 1 / game.actions)


def play_never_moves(game, steps=300, lr=4.0, plays=32):
    return self_play(game, steps, 0.0, plays)


def play_draws_nothing(game, steps=300, lr=4.0, plays=32):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return self_play(game, steps, lr, plays)


def play_keeps_one_of_several(game, steps=300, lr=4.0, plays=32):
    logits = torch.where(game.legal, 0.0, -1e9)
    path = [logits.softmax(1)]
    for _ in range(steps):
        p, place, seen = path[-1], torch.full((plays,), game.opening), []
        while (place > 0).any():
            move = torch.multinomial(p[place], 1)[:, 0]
            seen.append((place, move))
            place = torch.where(place > 0, game.after[place, move], 0)
        places, moves = (torch.stack(part) for part in zip(*seen, strict=True))
        rows = torch.eye(game.actions)[moves] - p[places]
        gradient = torch.zeros_like(p)
        gradient[places] += outcome_for_mover(places > 0)[..., None] * rows
        logits = logits + lr * torch.where(game.legal, gradient / plays, 0.0)
        path.append(logits.softmax(1))
    return torch.stack(path)


def play_by_adam(game, steps=300, lr=4.0, plays=32):
    logits = torch.where(game.legal, 0.0, -1e9).requires_grad_()
    adam, path = torch.optim.Adam([logits], lr=lr), [logits.softmax(1)]
    for _ in range(steps):
        place, logp, places = torch.full((plays,), game.opening), [], []
        while (place > 0).any():
            drawn = torch.distributions.Categorical(logits=logits[place])
            move = drawn.sample()
            logp.append(drawn.log_prob(move))
            places.append(place)
            place = torch.where(place > 0, game.after[place, move], 0)
        loss = -(torch.stack(logp) * outcome_for_mover(torch.stack(places) > 0)).sum() / plays
        adam.zero_grad()
        loss.backward()
        adam.step()
        path.append(logits.softmax(1))
    return torch.stack(path)


def play_written_over(game, steps=300, lr=4.0, plays=32):
    return self_play(game, steps, lr, plays)[-1:].repeat(steps + 1, 1, 1)


def play_that_returns_inside(game, steps=300, lr=4.0, plays=32):
    return self_play(game, 1, lr, plays)


def play_with_minus_infinity(game, steps=300, lr=4.0, plays=32):
    p = torch.where(game.legal, 0.0, -torch.inf).softmax(1)
    torch.multinomial(p, 1)
    return p.expand(steps + 1, -1, -1)


def play_that_turns_the_game(game, steps=300, lr=4.0, plays=32):
    game.after[game.after < 0] = 0
    return self_play(game, steps, lr, plays)


def play_counts_twice(game, steps=300, lr=4.0, plays=32):
    return self_play(game, steps, 2 * lr, plays)


def play_stops_after_a_step(game, steps=300, lr=4.0, plays=32):
    path = self_play(game, 1, lr, plays)
    return torch.stack([path[0], *[path[1]] * steps])


def playing_without(game, steps, lr, plays, *, ended=lambda place: place == 0, guarded=False, never=-1e9):
    """Self-play in which games may go on after their end (not guarded), or moves that are not allowed be made."""
    logits = torch.where(game.legal, 0.0, never)
    path = [logits.softmax(1)]
    for _ in range(steps):
        p, place, seen = logits.softmax(1), torch.full((plays,), game.opening), []
        while not ended(place).all():
            move = torch.multinomial(p[place], 1)[:, 0]
            seen.append((place, move))
            place = (
                torch.where(ended(place), 0, game.after[place, move]) if guarded else game.after[place, move]
            )
        places, moves = (torch.stack(part) for part in zip(*seen, strict=True))
        rows = outcome_for_mover(places > 0)[..., None] * (torch.eye(game.actions)[moves] - p[places])
        total = torch.zeros_like(p).index_add(0, places.flatten(), rows.flatten(0, 1))
        logits = logits + lr * total / plays
        path.append(logits.softmax(1))
    return torch.stack(path)


def play_on_after_the_end(game, steps=300, lr=4.0, plays=32):
    return playing_without(game, steps, lr, plays)


def play_on_by_another_sign(game, steps=300, lr=4.0, plays=32):
    return playing_without(game, steps, lr, plays, ended=lambda place: place <= 0)


def play_on_with_a_copy_of_the_table(game, steps=300, lr=4.0, plays=32):
    return playing_without(copy(game), steps, lr, plays)


def play_where_no_move_is_allowed(game, steps=300, lr=4.0, plays=32):
    return playing_without(game, steps, lr, plays, ended=lambda place: place <= 0, guarded=True, never=-10.0)


def play_breaking_the_rules_at_once(game, steps=300, lr=4.0, plays=32):
    logits = torch.zeros(game.features, game.actions)
    places = torch.full((plays,), game.opening)
    for _ in range(game.horizon):
        move = torch.multinomial(logits.softmax(1)[places], 1)[:, 0]
        places = game.after[places, move]
    return logits.index_add(0, places, torch.zeros(plays, game.actions)).expand(steps + 1, -1, -1)


def mover_of_tries(playing):
    return torch.where(playing.sum(0) % 2 == 1, 1.0, -1.0).expand(playing.shape) * playing


def mover_who_never_begins_anew(playing):
    out, sign = torch.zeros(playing.shape), 1.0
    for game in range(playing.shape[1]):
        for move in reversed(range(len(playing))):
            if playing[move, game]:
                out[move, game], sign = sign, -sign
    return out


rows_of = lambda playing: torch.arange(len(playing))[:, None]
turn = lambda playing: torch.arange(len(playing))[:, None] % 2 == 0
left = lambda playing: playing.flip(0).cumsum(0).flip(0) - 1
sign = lambda playing: torch.where(left(playing) % 2 == 0, 1.0, -1.0)

RIGHT = {
    "check_found_by": [found_by, found_in_double, found_in_numpy, found_by_logs, found_one_by_one],
    "check_pass_at_k": [
        pass_at_k,
        pass_by_product,
        pass_by_drawing,
        pass_by_lgamma,
        pass_in_numpy,
        pass_in_torch,
        pass_as_a_fraction,
    ],
    "check_outcome_for_mover": [
        outcome_for_mover,
        mover_by_length,
        mover_by_powers,
        mover_game_by_game,
        mover_backwards,
    ],
    "check_self_play": [
        self_play,
        play_with_baseline,
        play_by_autograd,
        play_game_by_game,
        play_twice_as_many,
    ],
}
WRONG = {
    "check_found_by": [
        (lambda p, tries: 1 - (1 - p) ** tries, "small p got lost"),
        (lambda p, tries: 1 - torch.exp(tries * torch.log(1 - p)), "small p got lost"),
        (lambda p, tries: 1 - (1 - p).pow(tries), "small p got lost"),
        (lambda p, tries: (1 - p.double()) ** tries, "to miss in all tries"),
        (lambda p, tries: p * tries, "hits to be expected"),
        (lambda p, tries: torch.minimum(p * tries, torch.ones_like(p)), "cut at 1"),
        (lambda p, tries: p**tries, "hit in every try"),
        (lambda p, tries: 1 - p.double() ** tries, "minus the chance to hit in every try"),
        (lambda p, tries: tries * p * (1 - p.double()) ** (tries - 1), "exactly one hit"),
        (lambda p, tries: 1 - torch.exp(-p.double() * tries), "rare hits alone"),
        (lambda p, tries: 1 - (1 - p.double()) ** (tries - 1), "one try too few"),
        (lambda p, tries: 1 - torch.exp(tries * torch.log1p(-p)), "small p got lost"),
        (lambda p, tries: -torch.expm1(tries * torch.log1p(p)), r"and not `log1p\(p\)`"),
        (lambda p, tries: (1 - p) ** tries, "to miss in all tries"),
        (lambda p, tries: -torch.expm1(-tries * torch.log1p(p)), r"not `-log1p\(p\)`"),
        (lambda p, tries: found_by(p, tries).flatten(), "shape"),
        (lambda p, tries: 1 - (1 - p.double()) ** (tries + 1), "one try too many"),
        (lambda p, tries: (1 - p.double()) ** tries - 1, "wrong way round"),
        (lambda p, tries: found_by(p, tries).mean(), "one number for each p"),
        (lambda p, tries: p * (1 - p.double()) ** (tries - 1), "in the last try"),
        (lambda p, tries: 1 - (1 - p) ** 2, r"Got \["),  # no small p is what is wrong in these
        (lambda p, tries: 1 - (1 - p) ** (1 / tries), r"Got \["),
        (lambda p, tries: p * tries >= 1, r"Got \["),
        (lambda p, tries: (found_by(p, tries),), "in a tuple"),
    ],
    "check_pass_at_k": [
        (lambda n, right, k: 1 - (1 - right / n) ** k, "plug-in"),
        (lambda n, right, k: 1 - ((n - right) / n) ** k, "plug-in"),
        (lambda n, right, k: 1 - pass_at_k(n, right, k), "none of the k is right"),
        (lambda n, right, k: comb(right, k) / comb(n, k), "all k are right"),
        (lambda n, right, k: 1 - comb(right, k) / comb(n, k), r"\*none\* of them is"),
        (lambda n, right, k: (1 - right / n) ** k, "if samples are put back"),
        (lambda n, right, k: 1 - (right / n) ** k, "all k are right, if samples are put back"),
        (
            lambda n, right, k: 1 - prod((n - right) / (n - i) for i in range(k)),
            "number of all samples shrinks",
        ),
        (
            lambda n, right, k: 1 - prod(max(0, n - right - i) / n for i in range(k)),
            "number of wrong samples",
        ),
        (lambda n, right, k: 1 - comb(n - right, k) // comb(n, k), "written for"),
        (lambda n, right, k: right / n, "pass@1"),
        (lambda n, right, k: min(1, k * right / n), "cut at 1"),
        (lambda n, right, k: k * right / n, "more than 1 is no chance"),
        (lambda n, right, k: right * comb(n - right, k - 1) / comb(n, k), "exactly one right sample"),
        (lambda n, right, k: 1.0 if right else 0.0, "among all n"),
        (lambda n, right, k: pass_at_k(n, right, k) if n - right >= k else 0, "run out"),
        (lambda n, right, k: pass_at_k(n, right, k - 1), "One sample too few"),
        (lambda n, right, k: 1 - (1 - right / n) ** (k - 1), "put back"),
        (lambda n, right, k: 1 - comb(n - right, k) / comb(n, right), "denominator"),
    ],
    "check_outcome_for_mover": [
        (lambda playing: -outcome_for_mover(playing), "wrong way round"),
        (lambda playing: torch.where(turn(playing), 1.0, -1.0) * playing, "from the beginning"),
        (
            lambda playing: torch.where(turn(playing).flip(0), 1.0, -1.0) * playing,
            "last row of the table",
        ),
        (lambda playing: playing * 1.0, "Every move got a 1"),
        (lambda playing: ((left(playing) == 0) & playing) * 1.0, "Only the last move"),
        (lambda playing: outcome_for_mover(playing).clamp(min=0), "loser's moves got 0"),
        (lambda playing: outcome_for_mover(playing).clamp(max=0), "winner's moves got 0"),
        (lambda playing: sign(playing), "After the end"),
        (lambda playing: (-1.0) ** (playing.sum(0) - 1 - rows_of(playing)).abs(), "After the end"),
        (
            lambda playing: torch.where(playing.flip(0).cumsum(0) % 2 == 1, 1.0, -1.0) * playing,
            "turned round once and not back",
        ),
        (lambda playing: left(playing) * playing * 1.0, "still follow"),
        (mover_of_tries, "one sign"),
        (lambda playing: -mover_of_tries(playing), "one sign, the second player's"),
        (lambda playing: torch.where(turn(playing), -1.0, 1.0) * playing, "always loses"),
        (
            lambda playing: torch.where(playing.cumsum(0).flip(0) % 2 == 1, 1.0, -1.0) * playing,
            r"before `cumsum\(0\)`, too",
        ),
        (
            lambda playing: torch.where(playing.flip(1).cumsum(1).flip(1) % 2 == 1, 1.0, -1.0) * playing,
            "count along the rows",
        ),
        (
            lambda playing: torch.where((playing.sum() - 1 - rows_of(playing)) % 2 == 0, 1.0, -1.0) * playing,
            "over all games at once",
        ),
        (mover_who_never_begins_anew, "begins anew"),
        (lambda playing: (left(playing) + 1) * playing * 1.0, "and this one"),
        (lambda playing: outcome_for_mover(playing) * (left(playing) < 2), "the one before it"),
        (lambda playing: outcome_for_mover(playing) / playing.sum(0), "divided by the length"),
        (
            lambda playing: torch.where(left(playing) % 2 == 1, 1.0, -1.0) * playing * playing.roll(-1, 0),
            r"follow \*after\* this one",
        ),
        (lambda playing: torch.where(playing.sum(0) % 2 == 1, 1.0, -1.0), "shape"),
    ],
    "check_self_play": [
        (wrong(weigh=lambda playing: playing.float()), "the same 1"),
        (wrong(sign=-1.0), "learns to lose"),
        (wrong(weigh=lambda playing: -outcome_for_mover(playing)), "learns to lose"),
        (wrong(weigh=lambda playing: ((left(playing) == 0) & playing).float()), "Only the last move"),
        (
            wrong(weigh=lambda playing: torch.where(turn(playing), 1.0, -1.0) * playing),
            "from the beginning of the game",
        ),
        (wrong(weigh=mover_of_tries), "for the first player"),
        (wrong(weigh=lambda playing: outcome_for_mover(playing).clamp(min=0)), "half as long"),
        (wrong(weigh=lambda playing: outcome_for_mover(playing).clamp(max=0)), "half as long"),
        (
            wrong(weigh=lambda playing: outcome_for_mover(playing) * turn(playing)),
            "Only the first player learns",
        ),
        (play_keeps_one_of_several, "only one has left its row"),
        (play_counts_twice, "times as long as theory's"),
        (play_stops_after_a_step, "After the first step the policy stays"),
        (wrong(per="sum"), "sum over all games"),
        (wrong(per="move"), "number of moves"),
        (wrong(minus_p=0.0), "not subtracted"),
        (wrong(minus_p=-1.0), "policy is added in the rows"),
        (wrong(kept=True), "the gradient begins at zero"),
        (play_on_after_the_end, "do not end"),
        (play_on_by_another_sign, "do not end"),
        (play_on_with_a_copy_of_the_table, "do not end"),
        (play_breaking_the_rules_at_once, "came to position -1"),
        (play_where_no_move_is_allowed, "do not allow"),
        (wrong(twice=True), "once more"),
        (wrong(on_p=True), "added to the probabilities"),
        (wrong(normed=True), "as long as 1"),
        (wrong(stale=True), "not drawn from the policy"),
        (wrong(rate=False), "`lr` makes no difference"),
        (wrong(few=True), "scatters with 4,000"),
        (play_returns_logits, "do not add up to 1"),
        (play_by_adam, "Adam's first step"),
        (play_written_over, "written over later"),
        (play_that_returns_inside, "inside of the loop"),
        (play_with_minus_infinity, "no distribution"),
        (play_that_turns_the_game, "changed the game itself"),
        (lambda *given: (self_play(*given), 0), "this is a tuple"),
        (lambda *given: self_play(*given).numpy(), "this is a ndarray"),
        (play_without_the_start, "before any step"),
        (play_returns_the_last, "step, position and move"),
        (play_breaks_the_rules, "do not allow"),
        (play_never_moves, "did not move"),
        (play_draws_nothing, "nothing was drawn"),
    ],
}
