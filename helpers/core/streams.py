"""Randomness: one table of streams, and generators that give each seed numbers of its own."""

from collections.abc import Sequence
from enum import IntEnum

import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor

from helpers import checked

SEEDS = 1_000_003  # so far apart lie the numbers of two streams; a seed is below it


class Stream(IntEnum):
    """The table of random streams: `Rng(seeds, stream)` draws other numbers for each, so that nothing disturbs another.

    A stream below PROBES is a training stream: `train(stream=0)` unless another one is asked for.
    """

    TRAINING = 0  # what a data source draws while `train` runs
    PROBES = (
        1_000  # what is measured: the same numbers at every measurement, and none of them used in training
    )
    PROBES_AGAIN = 1_500  # what is measured a second time, to see how far a measurement scatters by itself
    CHOICES = (
        2_000  # what is drawn once before training, such as a data set of the start policy's own answers
    )
    WEIGHTS = 3_000  # what a policy starts from
    CRITIC = (
        4_000  # what a critic starts from: a net of the policy's shape would be the policy's twin otherwise
    )


def number_of(stream: int, seed: int) -> int:
    """What the generator of one seed in one stream is seeded with. ValueError if another stream has that number."""
    if seed >= SEEDS:
        raise ValueError(f"a seed is below {SEEDS:,}, or it would draw what another stream draws: got {seed}")
    return SEEDS * stream + seed


class Rng:
    """Random numbers with a generator of its own for each seed, in one of the streams of `Stream`.

    A seed therefore draws the same numbers whether it is trained alone or together with others.
    Every method returns a tensor [seed, *shape].
    """

    def __init__(self, seeds: Sequence[int], stream: int = Stream.TRAINING):
        numbers = checked.seeds(list(seeds))
        self.seeds = numbers
        self.generators = [torch.Generator().manual_seed(number_of(stream, seed)) for seed in numbers]

    def uniform(self, *shape: int) -> Float[Tensor, "seed ..."]:
        """Uniform numbers in [0, 1)."""
        return self._uniform(shape, torch.float32)

    def _uniform(self, shape, dtype):
        drawn = torch.empty(len(self.generators), *shape, dtype=dtype)
        for row, generator in zip(drawn.unbind(), self.generators, strict=True):
            row.uniform_(generator=generator)
        return drawn

    def gumbel(self, *shape: int) -> Float[Tensor, "seed ..."]:
        """Standard Gumbel noise: argmax(logits + noise) is a sample from softmax(logits).

        Minus the logarithm of an exponential number, which is -log(1 - u) of a uniform one: the same numbers as
        `exponential_` draws, in half of the time.
        """
        drawn = self._uniform(shape, torch.float64)
        return drawn.neg_().log1p_().neg_().float().log_().neg_()

    def integers(self, high: int, *shape: int) -> Int[Tensor, "seed ..."]:
        """Whole numbers from 0 to high - 1."""
        return torch.stack([torch.randint(high, shape, generator=g) for g in self.generators])

    def permutation(self, n: int) -> Int[Tensor, "seed n"]:
        """The numbers 0 to n - 1 in random order."""
        return torch.stack([torch.randperm(n, generator=g) for g in self.generators])

    def state(self) -> Shaped[Tensor, "seed bytes"]:
        """Where each stream stands; give it to `restore` to draw the same numbers again."""
        return torch.stack([g.get_state() for g in self.generators])

    def restore(self, state: Shaped[Tensor, "seed bytes"]) -> None:
        """Go back to a `state`."""
        for generator, row in zip(self.generators, state, strict=True):
            generator.set_state(row.clone())
