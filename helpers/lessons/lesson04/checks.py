"""The checks of lesson 04: how long until it is found, what a constant adds to an advantage, the lever, the planner."""

from itertools import permutations

import torch

from helpers.kit.checks import Check, Mistake, NotYet
from helpers.lessons.lesson04.builds import batches_until, less_the_mean, plan, use
from helpers.worlds.tampering import PLACES, USE, Exactly, Workshop

__all__ = ["check_batches_until", "check_less_the_mean", "check_plan", "check_use"]

check_batches_until = Check(
    batches_until,
    cases=[
        (torch.tensor([0.5, 0.1, 0.01]), 2),
        (torch.tensor([0.2, 1e-6]), 32),
        (torch.tensor([1e-8]), 1),
        (torch.tensor([[0.3], [0.05]]), 8),
    ],
    draw=lambda draws: (draws.probabilities(draws.size), 2 + int(draws.whole(below=4))),
    mistakes=[
        Mistake(
            "A small p got lost: for numbers of 32 bits 1 - 0.00000001 is 1. Take `torch.log1p(-p)` and `torch.expm1`, "
            "or turn p into `double()` first.",
            lambda p, episodes: 1 / (1 - (1 - p) ** episodes),
        ),
        Mistake(
            "That is 1 over p: how many *episodes* pass. Asked for are batches.",
            lambda p, episodes: 1 / p,
        ),
        Mistake(
            "It is 1 over (episodes times p), as if a batch could not hold two hits. The chance that a batch holds one "
            "hit at least is 1 - (1 - p) to the number of episodes.",
            lambda p, episodes: 1 / (episodes * p),
        ),
        Mistake(
            "That is the chance that a batch holds a hit. If it happens with chance q, how many batches does one wait?",
            lambda p, episodes: -torch.expm1(episodes * torch.log1p(-p)),
        ),
        Mistake(
            "These are the batches before the one with the hit. That one counts, too.",
            lambda p, episodes: 1 / -torch.expm1(episodes * torch.log1p(-p)) - 1,
        ),
        Mistake(
            "That is 1 over the chance that a batch holds *no* hit.",
            lambda p, episodes: 1 / torch.exp(episodes * torch.log1p(-p)),
        ),
        Mistake(
            "The sign is the wrong way round: a wait is not negative.",
            lambda p, episodes: 1 / torch.expm1(episodes * torch.log1p(-p)),
        ),
    ],
)

_to_go = lambda reward: reward.flip(1).cumsum(1).flip(1)
check_less_the_mean = Check(
    less_the_mean,
    cases=[
        (torch.tensor([[1.0, 0.0, 2.0], [0.0, 0.0, 1.0]]),),
        (torch.tensor([[0.0, 0.0, 0.0, 1.0], [2.0, 2.0, 2.0, 2.0], [0.0, 1.0, 0.0, 0.0]]),),
    ],
    draw=lambda draws: (draws.numbers(draws.size + 1, draws.size + 2),),
    mistakes=[
        Mistake(
            "That is the reward to go. Its mean over the episodes is not subtracted yet.",
            _to_go,
        ),
        Mistake(
            "The sum goes up to each step. What an action can still change comes *after* it: sum from each step to the "
            "end.",
            lambda reward: reward.cumsum(1) - reward.cumsum(1).mean(0),
        ),
        Mistake(
            "The mean was taken over the steps of an episode. Take it over the episodes, at the same step.",
            lambda reward: _to_go(reward) - _to_go(reward).mean(1, keepdim=True),
        ),
        Mistake(
            "The mean was taken over everything. Take it over the episodes, at each step by itself.",
            lambda reward: _to_go(reward) - _to_go(reward).mean(),
        ),
        Mistake(
            "The sum runs over the episodes. Sum along the steps of each episode, axis 1.",
            lambda reward: reward.flip(0).cumsum(0).flip(0) - reward.flip(0).cumsum(0).flip(0).mean(0),
        ),
        Mistake(
            "It is the reward of each step less its mean. Sum up what is still to come first.",
            lambda reward: reward - reward.mean(0),
        ),
        Mistake(
            "Every step got the whole return. From each step on counts only what is still to come.",
            lambda reward: (reward.sum(1) - reward.sum(1).mean())[:, None].expand_as(reward),
        ),
        Mistake(
            "The sum begins after each step. The reward of the step itself belongs to it, too.",
            lambda reward: _to_go(reward) - reward - (_to_go(reward) - reward).mean(0),
        ),
        Mistake(
            "The sign is the wrong way round: what earned more than usual has an advantage above 0.",
            lambda reward: _to_go(reward).mean(0) - _to_go(reward),
        ),
    ],
)


def _steps(draws):
    """Episodes in the middle: lamps on and off, agents that stand and use anywhere, dead levers among them."""
    count = 8 * draws.size
    things = torch.tensor(list(permutations(PLACES)))[draws.whole(count, below=6)]
    prices = torch.tensor([0.0, 0.5, 1.0, 2.0])[draws.whole(count, 3, below=4)]
    action = torch.where(draws.whole(count, below=4) > 0, USE, draws.whole(count, below=4))
    return draws.whole(count, below=2) == 1, draws.whole(count, below=6), action, things, prices


def _wrong_use(lit, cell, action, things, prices, *, at=2, spends=True, now=False, adds=False, dead=True):
    used = (action == USE)[:, None] & (things == cell[:, None])
    worked = (used[:, :2] * prices[:, :2]).sum(1)
    pulled = used[:, at] & ((prices[:, 2] > 0) | (not dead))
    on = lit | pulled
    record = torch.where(on if now else lit, prices[:, 2], worked)
    record = record + worked * lit if adds else record
    return (on if spends else pulled), record


def _everywhere(lit, cell, action, things, prices):
    there = things == cell[:, None]
    worked = (there[:, :2] * prices[:, :2]).sum(1)
    return lit | (there[:, 2] & (prices[:, 2] > 0)), torch.where(lit, prices[:, 2], worked)


def _anywhere(lit, cell, action, things, prices):
    used = action == USE
    return lit | (used & (prices[:, 2] > 0)), _wrong_use(lit, cell, action, things, prices)[1]


def _parts(function, *given):
    """The two things that one step returns, by name."""
    found = function(*given)
    if found is None or found is ... or found is NotImplemented:
        return found
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise NotYet(
            "Return two tensors, `lamp, record`: whether the lamp is on afterwards, and what the record adds."
        )
    lamp, record = found
    if not isinstance(lamp, torch.Tensor) or lamp.dtype != torch.bool:
        raise NotYet("The first of the two is a tensor of true and false: whether the lamp is on afterwards.")
    if not isinstance(record, torch.Tensor) or record.shape != lamp.shape:
        raise NotYet(
            "The second of the two is a tensor with one number for each episode: what the record adds."
        )
    return {"the lamp": lamp, "the record": record}


_ROOM = torch.tensor([[0, 2, 4]] * 6)
_PAY = torch.tensor([[1.0, 0.0, 2.0]] * 5 + [[1.0, 0.5, 0.0]])
check_use = Check(
    use,
    cases=[
        (
            torch.tensor([False, False, True, True, False, False]),
            torch.tensor([0, 4, 0, 4, 3, 4]),
            torch.tensor([USE, USE, USE, 1, USE, USE]),
            _ROOM,
            _PAY,
        ),
        (
            torch.tensor([False, False, True, False, True, False]),
            torch.tensor([0, 4, 4, 2, 2, 2]),
            torch.tensor([1, 0, USE, USE, USE, 3]),
            _ROOM,
            torch.tensor([[0.5, 2.0, 1.0]] * 6),
        ),
    ],
    draw=_steps,
    look=_parts,
    mistakes=[
        Mistake(
            "The lamp pays in the very step in which the lever is pulled. It pays from the next step on: ask whether "
            "it *was* on.",
            lambda *given: _wrong_use(*given, now=True),
        ),
        Mistake(
            "A lamp that is on goes out again. Once on, it stays on.",
            lambda *given: _wrong_use(*given, spends=False),
        ),
        Mistake(
            "While the lamp is on, benches add to the record as well. Then the record is what the lever makes it add, "
            "whatever is done.",
            lambda *given: _wrong_use(*given, adds=True),
        ),
        Mistake(
            "A lever of price 0 is dead: no pull turns the lamp on.",
            lambda *given: _wrong_use(*given, dead=False),
        ),
        Mistake(
            "Whoever stands at a thing has used it, whatever he does. Only the action `USE` uses it.",
            _everywhere,
        ),
        Mistake(
            "Any use turns the lamp on, wherever the agent stands. Is he at the lever, `things[:, 2]`?",
            _anywhere,
        ),
        Mistake(
            "The wrong thing turns the lamp on. The lever is the third one, `things[:, 2]`.",
            lambda *given: _wrong_use(*given, at=1),
        ),
        Mistake(
            "The wrong thing turns the lamp on. The lever is the third one, `things[:, 2]`.",
            lambda *given: _wrong_use(*given, at=0),
        ),
    ],
)


def _room():
    """One room of the workshop as two tables: what the record adds, and where each action leads."""
    exact = Exactly(Workshop(prices=[(1.0, 0.0, 2.0)], rooms="one"))
    return exact.record[0], exact.after[0]


def _tables(draws):
    states, actions = 2 + draws.size, 3
    record = torch.round(10 * draws.numbers(states, actions)) / 4
    return record, draws.whole(states, actions, below=states), 2 + draws.size


def _planned(record, after, steps, *, worst=False, forgets=False, greedy=False, turned=True, mean=False):
    worth, best = torch.zeros(len(record)), []
    for _ in range(steps):
        ahead = worth[after]
        value = record if greedy else (ahead if forgets else record + ahead)
        best.append(value.argmin(1) if worst else value.argmax(1))
        worth = record.amax(1) + worth if forgets else value.mean(1) if mean else value.amax(1)
    return torch.stack(best[::-1] if turned else best)


def _twice(record, after, steps):
    worth, best = torch.zeros(len(record)), []
    for _ in range(steps):
        value = record + worth[after]
        best.append(value.argmax(1))
        worth = worth + value.amax(1)
    return torch.stack(best[::-1])


check_plan = Check(
    plan,
    cases=[(*_room(), 6), (torch.tensor([[0.0, 1.0], [5.0, 0.0]]), torch.tensor([[1, 0], [0, 1]]), 3)],
    draw=_tables,
    mistakes=[
        Mistake(
            "It takes what adds most at once. Add what the state is worth to which the action leads, `worth[after]`, "
            "and not the worth of the one where it stands.",
            lambda *given: _planned(*given, greedy=True),
        ),
        Mistake(
            "The first row is what to do at the last step. You go back in time: turn the list round at the end.",
            lambda *given: _planned(*given, turned=False),
        ),
        Mistake(
            "A state is worth what the *best* action there brings. Yours has the mean over actions.",
            lambda *given: _planned(*given, mean=True),
        ),
        Mistake(
            "What comes later counts twice: `record + worth[after]` holds it already. Its best is the new worth, and "
            "is not added to the old one.",
            _twice,
        ),
        Mistake(
            "It takes the worst action.",
            lambda *given: _planned(*given, worst=True),
        ),
        Mistake(
            "What the step itself adds is missing: value is `record + worth[after]`.",
            lambda *given: _planned(*given, forgets=True),
        ),
    ],
)
