"""Rules of thumb for two arms: tables that look up the last two pulls and hold nothing else of an episode.

A table says, for each of ten cases, whether to stay with the arm that was pulled last. The cases: did the last pull pay
(two), and what was the one before it (five: none yet; the same arm, paid or not; the other arm, paid or not).
"""

from collections.abc import Sequence
from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.worlds.pulls import Prior

CASES = 10
# Places: 4 for the last pull (arm 1 paid, arm 1 did not, arm 2 paid, arm 2 did not), times 5 for the one before.
LAST, BEFORE = torch.arange(20) // 5, torch.arange(20) % 5  # BEFORE 4: none yet
ARM, MISSED = LAST // 2, LAST % 2
CASE = 5 * MISSED + torch.where(BEFORE == 4, 0, 1 + 2 * (BEFORE // 2 != ARM) + BEFORE % 2)


def every_table() -> Float[Tensor, "table case"]:
    """All tables, 1 for staying and 0 for shifting: 1,024 of them."""
    return torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * CASES)


WIN_STAY = torch.tensor([[1.0] * 5 + [0.0] * 5])  # and lose, shift


def takes_second(
    tables: Float[Tensor, "table case"], pairs: Float[Tensor, "task 2"], horizon: int
) -> Float[Tensor, "time table task"]:
    """How often each table takes arm 2 at each pull, in each task. The first pull is by lot."""
    stays = tables[:, CASE]  # [table, place]
    arm_next = torch.where(ARM == 1, stays, 1 - stays)  # the chance of arm 2
    pays = pairs.T.to(tables)
    share, found = torch.full((len(tables), len(pairs)), 0.5), []
    place = torch.zeros(20, len(tables), len(pairs))
    for t in range(horizon):
        if t:
            share = (place * arm_next.T[:, :, None]).sum(0)
        found.append(share)
        after = torch.zeros_like(place)
        for last in range(4):
            takes = arm_next if last > 1 else 1 - arm_next
            chance = pays[last // 2] if last % 2 == 0 else 1 - pays[last // 2]
            if t == 0:
                after[5 * last + 4] = 0.5 * chance
                continue
            here = place * takes.T[:, :, None] * chance
            for before in range(4):
                after[5 * last + before] = here[5 * before : 5 * before + 5].sum(0)
        place = after
    return torch.stack(found)


def best_table(tasks: Prior, horizon: int) -> Float[Tensor, "1 case"]:
    """The table that earns most in these tasks, of all 1,024."""
    return _best(tuple(map(tuple, tasks.pairs.tolist())), tuple(tasks.weight.tolist()), horizon)


@cache
def _best(pairs: Sequence, weight: Sequence, horizon: int):
    tables, pairs, weight = every_table(), torch.tensor(pairs), torch.tensor(weight)
    second = takes_second(tables, pairs, horizon).mean(0)
    earned = (1 - second) * pairs[:, 0] + second * pairs[:, 1]
    return tables[(earned @ weight).argmax()][None]
