"""Small transformers that read stories: what they are, what they are trained on, and how."""

from collections.abc import Sequence
from functools import lru_cache, partial

import pandas as pd
import torch
from jaxtyping import Int
from torch import Tensor

from helpers.checked import number, whole
from helpers.core import Batch, Rng, Run, Stream, sft_loss, train
from helpers.core.losses import per_step
from helpers.core.sources import Remembering
from helpers.lessons.lesson08 import exact
from helpers.lm import StackedLM, word_nets
from helpers.worlds.stories import END, PLACES, VOCABULARY, Law, tokens, usual_law

READ = 16_000  # stories of the pretraining
AT_ONCE, FAST, SLOW = (
    32,
    5e-3,
    5e-4,
)  # stories in a batch; learning rates of its first three quarters and its last
TUNED, FEW, RATE = 4_000, 8, 2e-3  # of SFT: stories, in a batch, learning rate
MEASURED = 256  # stories by which a distance over all stories is measured on the way
loss = partial(sft_loss, mean=per_step)


def start(seeds: Sequence[int], *, width: int = 32, layers: int = 2) -> StackedLM:
    """Nets that have read nothing yet; see `word_nets`."""
    return word_nets(seeds, VOCABULARY, end=END, longest=len(PLACES) + 2, width=width, layers=layers)


class Told:
    """A source of fresh stories of a law, no two batches alike: nothing can be learned by heart."""

    def __init__(self, law: Law, stories: int = AT_ONCE):
        self.law, self.stories = law, whole(stories, "stories")

    def __call__(self, policy, rng: Rng) -> Batch:
        """So many new stories for each seed."""
        return exact.as_batch(tokens(self.law.draw(rng, self.stories)))


class InOrder(Remembering):
    """Recorded stories, so many at each call, from the first to the last and then from the first again.

    stories: [seed, story, place]. Raises ValueError if fewer were recorded than are read at a call.
    """

    def __init__(self, stories: Int[Tensor, "seed story place"], at_once: int = FEW):
        if stories.shape[1] < whole(at_once, "at_once"):
            raise ValueError(f"{at_once} stories at a call are asked for: got {stories.shape[1]} in all")
        self.stories, self.at_once, self.place = stories, at_once, 0

    def state(self) -> dict[str, Tensor]:
        """How far it has come."""
        return {"place": torch.tensor(self.place)}

    def restore(self, state) -> None:
        """Go on from there; from the first story if nothing is said."""
        self.place = int(state.get("place", 0))

    def __call__(self, policy, rng: Rng) -> Batch:
        """The next stories of each seed."""
        count = self.stories.shape[1]
        chosen = torch.arange(self.place, self.place + self.at_once) % count
        self.place = (self.place + self.at_once) % count
        return exact.as_batch(self.stories[:, chosen])


def read(
    seeds: Sequence[int], law: Law, *, stories: int = READ, **sizes: int
) -> tuple[StackedLM, pd.DataFrame]:
    """Nets that have read so many stories of a law, each once, and how far they were from it on the way.

    Returns the nets and a frame: seed, stories read, TV, KL. The last quarter has the smaller learning rate.
    """
    steps = whole(stories, "stories", least=4 * AT_ONCE) // AT_ONCE
    slow = steps // 4
    facts = law.draw(Rng(seeds, Stream.PROBES), MEASURED)
    probes = {"apart": lambda policy: {k: v.float() for k, v in exact.unasked(policy, law, facts).items()}}
    first = train(
        start(seeds, **sizes),
        Told(law),
        loss,
        steps=steps - slow,
        lr=FAST,
        probes=probes,
        probe_every=[round((steps - slow) / 2**k) for k in range(5)],
    )
    last = train(
        first.policy, Told(law), loss, steps=slow, lr=SLOW, stream=1, probes=probes, probe_every=[slow]
    )
    told = [
        first.history,
        last.history[last.history.step > 0].assign(step=lambda rows: rows.step + steps - slow),
    ]
    history = pd.concat(told, ignore_index=True)
    history = history[history.metric.isin(["TV", "KL"])].assign(stories=lambda rows: rows.step * AT_ONCE)
    return last.policy, history.drop(columns="step")


@lru_cache(maxsize=2)
def base(seeds: tuple[int, ...], stories: int = READ, width: int = 32, layers: int = 2, plain: float = 0.5):
    """What `read` returns for the usual law; made once for the same arguments. Do not train it: train copies."""
    return read(seeds, usual_law(plain_lies=plain), stories=stories, width=width, layers=layers)


def tuned(
    policy: StackedLM,
    stories: Int[Tensor, "seed story place"],
    *,
    lr: float = RATE,
    at_once: int = FEW,
    probes=None,
) -> Run:
    """SFT: copies of these nets that read recorded stories, each once, in the order given."""
    steps = max(1, stories.shape[1] // whole(at_once, "at_once"))
    lr = number(lr, "lr", above=0)
    return train(policy, InOrder(stories, at_once), loss, steps=steps, lr=lr, probes=probes)


def recorded(
    seeds: Sequence[int], law: Law, stories: int, stream: int = Stream.CHOICES
) -> Int[Tensor, "seed story place"]:
    """A data set of a law for each seed, drawn once."""
    return tokens(law.draw(Rng(seeds, stream), stories))
