"""The nouns that everything passes around (what happened, what a policy thinks of it) and the ports.

Every tensor has its axes in one order: [seed, episode, time, ...]. A seed is one independent training run.
A port is a `Protocol`: whatever has these methods plugs in, there is nothing to inherit from.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor

from helpers.core.distributions import entropy
from helpers.core.streams import Rng

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
    ended:     True where the world ended the episode, False where it ran out of time, so that more was to be earned
               (None: texts and recorded data, which are taken as ended). gymnasium says terminated and truncated.
    obs_after: what the policy would have seen after its last step (None: not known).
    seeds:     the numbers of the seeds, in the order of the first axis (None: not known).
    """

    obs: Shaped[Tensor, "seed episode ..."]
    action: Int[Tensor, "seed episode time"]
    mask: Bool[Tensor, "seed episode time"]
    reward: Float[Tensor, "seed episode time"]
    logp: Float[Tensor, "seed episode time"] | None = None
    advantage: Float[Tensor, "seed episode time"] | None = None
    logp_ref: Float[Tensor, "seed episode time"] | None = None
    ended: Bool[Tensor, "seed episode"] | None = None
    obs_after: Shaped[Tensor, "seed episode ..."] | None = None
    seeds: tuple[int, ...] | None = None

    @property
    def returns(self) -> Float[Tensor, "seed episode"]:
        """The summed reward of each episode."""
        return torch.where(self.mask, self.reward, 0.0).sum(-1)

    def with_(self, **changes) -> "Batch":
        """The same batch with some fields replaced."""
        return replace(self, **changes)

    def take(self, episode: Int[Tensor, "seed chosen"]) -> "Batch":
        """The chosen episodes of each seed, in the order given."""
        rows = torch.arange(len(episode), device=episode.device)[:, None]
        return self.with_(seeds=self.seeds and self.seeds[: len(episode)]).each(
            lambda one: one[rows, episode]
        )

    def to(self, device) -> "Batch":
        """The same batch on another device."""
        return self.each(lambda value: value.to(device))

    def each(self, change: Callable[[Tensor], Tensor]) -> "Batch":
        """The same batch with every tensor changed in one way."""
        held = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{name: change(v) for name, v in held.items() if isinstance(v, Tensor)})


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
        return entropy(self.logits.log_softmax(-1))


@runtime_checkable
class World(Protocol):
    """Something to act in. Its state is passed in and out, one copy for each seed and episode; nothing is hidden.

    actions:  how many there are.
    features: size of one observation.
    horizon:  the most steps of an episode; one that has not ended by then is out of time.
    """

    actions: int
    features: int
    horizon: int

    def reset(self, rng: Rng, episodes: int) -> Any:
        """The state in which `episodes` new episodes of each seed begin. Chance comes from `rng` alone."""

    def observe(self, state: Any) -> Float[Tensor, "seed episode features"]:
        """What an actor sees. Asked for states after the end of an episode, too."""

    def step(
        self, state: Any, action: Int[Tensor, "seed episode"], rng: Rng
    ) -> tuple[Any, Float[Tensor, "seed episode"], Bool[Tensor, "seed episode"]]:
        """The next state, what the step earned, and where the world ended the episode.

        Being out of time is no end: `play` counts the steps. What follows an end is not looked at.
        """


@runtime_checkable
class Actor(Protocol):
    """Who acts, and can be asked what it thinks: a distribution over actions for each of its seeds.

    seeds:     the seeds' own numbers, (100, 101), one independent actor each.
    device:    where its weights are.
    reference: the actor that training started from, frozen, or None.
    One that acts in worlds is a `Player`, too, one that writes texts a `Writer`, one that learns `Trainable`.
    """

    seeds: tuple[int, ...]
    device: torch.device
    reference: "Actor | None"

    def evaluate(
        self, obs: Shaped[Tensor, "seed episode ..."], action: Int[Tensor, "seed episode time"]
    ) -> Evaluation:
        """What it thinks of actions that somebody took; carries gradients. ValueError if the shapes do not fit."""

    def clone(self) -> "Actor":
        """An independent copy with the same weights."""

    def select(self, seed: int) -> "Actor":
        """The one with this seed, by its own number (100, not place 0). ValueError with the seeds that there are."""


@runtime_checkable
class Trainable(Protocol):
    """What `train` asks of an actor beside that: its weights, and one optimiser step that keeps seeds apart."""

    def evaluate(self, obs: Tensor, action: Tensor) -> Evaluation:
        """See `Actor`."""

    def start_training(self) -> "Trainable":
        """A copy to be trained, whose `reference` is this actor, frozen."""

    def clone(self) -> "Trainable":
        """An independent copy with the same weights and the same reference."""

    def parameters(self) -> Iterator[Tensor]:
        """The weights that are trained."""

    def clip_gradients(self, limit: float) -> Float[Tensor, "seed"]:
        """Shorten each seed's gradient to `limit`, and return the norms before."""

    def state_dict(self) -> dict[str, Tensor]:
        """The trained weights by name."""

    def load_state_dict(self, state: Mapping[str, Tensor]) -> object:
        """Take over the weights of an actor of the same shape."""


@runtime_checkable
class Player(Protocol):
    """An actor that acts in worlds."""

    def sample(
        self, obs: Shaped[Tensor, "seed episode ..."], noise: Float[Tensor, "seed episode actions"]
    ) -> tuple[Int[Tensor, "seed episode"], Float[Tensor, "seed episode"]]:
        """One action for each observation and its log-probability; `noise` is Gumbel noise, drawn by the source."""


@runtime_checkable
class Writer(Protocol):
    """An actor that writes texts."""

    def complete(self, prompts: Sequence[Sequence[str]], rng: Rng, *, max_new_tokens: int) -> Batch:
        """One answer to each prompt, [seed][episode]."""

    def decode(self, batch: Batch) -> list[list[str]]:
        """The answers as strings, [seed][episode]."""


@runtime_checkable
class Learns(Protocol):
    """Something with a memory, such as a critic. What it has learned is kept with the run, as tensors."""

    def state(self) -> dict[str, Tensor]:
        """What it has learned so far; nothing before it was first used."""

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go back to a `state`; to the beginning if that is empty."""


@runtime_checkable
class Source(Learns, Protocol):
    """Who chose the actions: makes one batch for each training step.

    `train` takes a plain function `(Policy, Rng) -> Batch` too, as a source with nothing to remember.
    """

    def __call__(self, policy: Any, rng: Rng) -> Batch:
        """A new batch with the policy's seeds. Chance comes from `rng` alone, so that a run can go on exactly."""


@runtime_checkable
class Grouped(Source, Protocol):
    """A source whose episodes come in groups of `group` neighbours that share a prompt or a start."""

    group: int


@runtime_checkable
class Objective(Protocol):
    """How the actions are weighted: a loss, lower is better, that knows neither networks nor worlds."""

    def __call__(self, now: Evaluation, batch: Batch) -> Float[Tensor, "seed"]:
        """One number for each seed. ValueError if the batch lacks a field that it needs."""


@runtime_checkable
class Advantage(Protocol):
    """How much better than usual each action turned out, in units of reward (or in standard deviations of it).

    One that learns along has `state` and `restore` beside this: see `Learns`.
    """

    def __call__(self, batch: Batch) -> Float[Tensor, "seed episode time"]:
        """A number for each step, of exactly the shape of `batch.reward`: nothing is broadcast."""


@runtime_checkable
class Probe(Protocol):
    """What is measured on a policy while it trains. It changes neither the policy nor what training draws."""

    def __call__(self, policy: Any) -> Float[Tensor, "seed"] | Mapping[str, Float[Tensor, "seed"]]:
        """One number for each seed, or several such by name; the name says the unit."""
