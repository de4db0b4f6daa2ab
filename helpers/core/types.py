"""The three nouns that everything passes around: what happened, what a policy thinks of it, and randomness.

Every tensor has its axes in one order: [seed, episode, time, ...]. A seed is one independent training run.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor

PADDING = -1  # a token of `obs` that is not there: left of a short prompt, right of a finished text


@dataclass(frozen=True)
class Batch:
    """What happened: the observations, who did what, and what came of it.

    obs:       what the policy saw. For a language model these are token ids, prompt and completion in one row, so its
               time axis is longer than that of `action`; PADDING marks places with no token.
    action:    what was done; for a language model the tokens of the completion.
    mask:      which steps count (False after an episode has ended).
    reward:    what each step earned.
    logp:      log-probability of the action, in nats, under the policy that acted (None: a teacher acted).
    advantage: how much better than usual the action turned out (None: not computed).
    logp_ref:  log-probability under the reference policy (None: not computed).
    """

    obs: Shaped[Tensor, "seed episode ..."]
    action: Int[Tensor, "seed episode time"]
    mask: Bool[Tensor, "seed episode time"]
    reward: Float[Tensor, "seed episode time"]
    logp: Float[Tensor, "seed episode time"] | None = None
    advantage: Float[Tensor, "seed episode time"] | None = None
    logp_ref: Float[Tensor, "seed episode time"] | None = None

    @property
    def returns(self) -> Float[Tensor, "seed episode"]:
        """The summed reward of each episode."""
        return (self.reward * self.mask).sum(-1)

    def with_(self, **changes) -> "Batch":
        """The same batch with some fields replaced."""
        return replace(self, **changes)

    def take(self, episode: Int[Tensor, "seed chosen"]) -> "Batch":
        """The chosen episodes of each seed, in the order given."""
        rows = torch.arange(len(episode), device=episode.device)[:, None]
        return Batch(*(None if value is None else value[rows, episode] for value in self._values()))

    def to(self, device) -> "Batch":
        """The same batch on another device."""
        return Batch(*(None if value is None else value.to(device) for value in self._values()))

    def _values(self):
        return [getattr(self, field.name) for field in fields(self)]


@dataclass(frozen=True)
class Evaluation:
    """What the current policy thinks of a batch; carries gradients.

    logp:   log-probability of each action taken, in nats.
    logits: unnormalised log-probabilities of all actions.
    """

    logp: Float[Tensor, "seed episode time"]
    logits: Float[Tensor, "seed episode time actions"]

    @property
    def entropy(self) -> Float[Tensor, "seed episode time"]:
        """Entropy of the distribution over actions at each step, in nats. Computed when asked for."""
        logp = self.logits.log_softmax(-1)
        return -(logp.exp() * logp).sum(-1)


class Rng:
    """Random numbers with a stream of their own for each seed.

    A seed therefore draws the same numbers whether it is trained alone or together with others.
    Every method returns a tensor [seed, *shape].
    """

    def __init__(self, seeds: Sequence[int], stream: int = 0):
        self.generators = [torch.Generator().manual_seed(1_000_003 * stream + seed) for seed in seeds]

    def uniform(self, *shape: int) -> Float[Tensor, "seed ..."]:
        """Uniform numbers in [0, 1)."""
        return torch.stack([torch.rand(shape, generator=g) for g in self.generators])

    def gumbel(self, *shape: int) -> Float[Tensor, "seed ..."]:
        """Standard Gumbel noise: argmax(logits + noise) is a sample from softmax(logits)."""
        return -torch.stack([torch.empty(shape).exponential_(generator=g) for g in self.generators]).log()

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
