"""Who plays in lesson 06, all on the same coins: nets, a table of ten cases, the best learner, Thompson sampling."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.core import Batch, Rng, Stream
from helpers.core.play import play
from helpers.core.recurrent import Recurrent, lived
from helpers.lessons.lesson06.experiment import HORIZON, TASK, exactly, tasks
from helpers.worlds.pulls import Exactly, Pulls, one_task
from helpers.worlds.thumbs import CASE, best_table

CASES = [
    "none yet",
    "the same arm, it paid",
    "the same arm, it missed",
    "the other arm, it paid",
    "the other arm, it missed",
]
WHO = {"A": "table", "B": "RL", "C": "best learner", "D": "Thompson"}


def ten_cases(which: str = "even") -> pd.DataFrame:
    """The best table of the last two pulls, written out: whether it stays with the arm that it pulled last."""
    says = ["stay" if one else "shift" for one in best_table(tasks(which), HORIZON)[0].tolist()]
    columns = {"the last pull paid": says[:5], "the last pull missed": says[5:]}
    return pd.DataFrame(columns, index=pd.Index(CASES, name="and the pull before"))


def by_counts(choice: Float[Tensor, "state 2"], known: Exactly) -> Callable:
    """An actor that goes by how often each arm paid and missed, `(state, seen, t) -> chance of each arm`."""
    return lambda state, seen, t: choice[known.place[state.counts.unbind(-1)]]


def by_table(table: Float[Tensor, "case"]) -> Callable:
    """An actor that looks up its last two pulls and keeps nothing else. The first arm is drawn by lot."""
    lasts = []

    def chances(state, seen, t):
        if t == 0:
            return torch.full((*seen.shape[:-1], 2), 0.5)
        lasts.append(seen.argmax(-1))
        before = lasts[-2] if t > 1 else torch.full_like(lasts[-1], 4)
        stays = table[CASE[5 * lasts[-1] + before]]
        second = torch.where(lasts[-1] > 1, stays, 1 - stays)
        return torch.stack([1 - second, second], -1)

    return chances


def players(which: str = "even") -> dict[str, Callable]:
    """Makes an actor of each who is no net, by name."""
    known = exactly(which)
    return {
        "table": lambda: by_table(best_table(tasks(which), HORIZON)[0]),
        "best learner": lambda: by_counts(known.best(), known),
        "Thompson": lambda: by_counts(known.thompson(), known),
    }


def lives(
    policy: Recurrent, odds: Sequence[float] = TASK, *, episodes: int = 512, told: str = "real", seed: int = 0
) -> Batch:
    """Episodes of a policy in one task, weights as they are. The same `seed` draws the same coins."""
    rng, world = Rng(policy.seeds, Stream.PROBES + 1 + seed), _world(odds, told)
    return lived(policy, world, rng.gumbel(HORIZON, episodes, 2), rng)


def plays(
    who: Callable, seeds: Sequence[int], odds: Sequence[float] = TASK, *, episodes: int = 512, seed: int = 0
) -> Batch:
    """The same of who is no net, one of `players`: the same coins, and the same luck where it chooses by lot."""
    rng, chances = Rng(seeds, Stream.PROBES + 1 + seed), who()
    luck = rng.gumbel(HORIZON, episodes, 2)
    act = lambda state, seen, t: ((chances(state, seen, t).log() + luck[:, t]).argmax(-1), None)
    return play(_world(odds), episodes, act, rng)


def _world(odds, told="real"):
    return Pulls(one_task(*odds), told=told, horizon=HORIZON)


def together(net: Recurrent, odds: Sequence[float] = TASK) -> dict[str, Batch]:
    """One task, played by all of `WHO`, by name; the net is RL's."""
    others = players()
    each = {name: plays(others[name], net.seeds, odds) for name in WHO.values() if name in others}
    return {name: each.get(name) or lives(net, odds) for name in WHO.values()}


def by_pull(played: Mapping[str, Batch]) -> pd.DataFrame:
    """How often arm 2 is taken at each pull, by player and seed: a tidy frame over pulls."""
    rows = [
        {"method": name, "seed": seed, "pull": pull + 1, "value": value}
        for name, batch in played.items()
        for seed, row in zip(batch.seeds, batch.action.float().mean(1).tolist(), strict=True)
        for pull, value in enumerate(row)
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(metric="takes arm 2", step=frame.pull)
