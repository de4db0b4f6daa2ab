"""A policy with a memory: what it does hangs on all that it has seen in an episode, while its weights stay as they are.

The memory is one row of numbers a policy and episode, and one formula long: tanh(W memory + U seen + b).
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from helpers import checked
from helpers.core.distributions import logp_of
from helpers.core.play import play
from helpers.core.policy import Policy
from helpers.core.sources import Rollouts, finish
from helpers.core.streams import Rng
from helpers.core.types import Batch


def elman(features: int, actions: int, hidden: int = 24) -> Callable[[], nn.Module]:
    """A recipe for a net with a memory of `hidden` numbers (an Elman net): `Recurrent(elman(4, 2), seeds=16)`."""
    features, hidden = checked.whole(features, "features"), checked.whole(hidden, "hidden")
    actions = checked.whole(actions, "actions")

    def make() -> nn.Module:
        parts = {
            "see": nn.Linear(features, hidden),
            "keep": nn.Linear(hidden, hidden, bias=False),
            "say": nn.Linear(hidden, actions),
        }
        return nn.ModuleDict(parts)

    return make


def update(
    memory: Float[Tensor, "seed episode hidden"],
    seen: Float[Tensor, "seed episode features"],
    see: Float[Tensor, "seed hidden features"],
    keep: Float[Tensor, "seed hidden hidden"],
    bias: Float[Tensor, "seed hidden"],
) -> Float[Tensor, "seed episode hidden"]:
    """The memory after something was seen: tanh(keep memory + see seen + bias), with each seed's own weights."""
    return torch.tanh(memory @ keep.mT + seen @ see.mT + bias[:, None])


class Recurrent(Policy):
    """A stack of nets with a memory, one for each seed, as `elman` makes them.

    How an episode goes: `memory = policy.blank(episodes)`, then at each step `memory = policy.remember(memory, seen)`
    and `policy.read(memory)`, the logits. `logits` does so along the time axis of whole episodes; `evaluate` and all
    that trains are those of `Policy`. update: what makes the new memory, as `update` here.
    """

    update: Callable = staticmethod(update)

    def blank(self, episodes: int) -> Float[Tensor, "seed episode hidden"]:
        """The memory at the beginning of an episode: zeros."""
        return torch.zeros(len(self.seeds), episodes, self._weights()["keep.weight"].shape[-1])

    def remember(self, memory: Tensor, seen: Float[Tensor, "seed episode features"]) -> Tensor:
        """The memory after one more thing was seen."""
        own = self._weights()
        return self.update(memory, seen, own["see.weight"], own["keep.weight"], own["see.bias"])

    def read(self, memory: Float[Tensor, "seed ... hidden"]) -> Float[Tensor, "seed ... actions"]:
        """The logits that a memory gives."""
        own = self._weights()
        flat = memory.flatten(1, -2) @ own["say.weight"].mT + own["say.bias"][:, None]
        return flat.view(*memory.shape[:-1], -1)

    def memories(self, obs: Shaped[Tensor, "seed ..."]) -> Float[Tensor, "seed episode time hidden"]:
        """The memory after each step of whole episodes. ValueError for anything but whole episodes."""
        if obs.dim() != 4 or len(obs) != len(self.seeds):
            raise ValueError(
                f"a policy with a memory reads whole episodes [{len(self.seeds)}, episode, time, features]: got "
                f"{tuple(obs.shape)}"
            )
        memory, kept = self.blank(obs.shape[1]), []
        for seen in obs.unbind(2):
            memory = self.remember(memory, seen)
            kept.append(memory)
        return torch.stack(kept, dim=2)

    def logits(self, obs: Shaped[Tensor, "seed ..."]) -> Float[Tensor, "seed ... actions"]:
        """The logits after each step of whole episodes. ValueError for anything but whole episodes."""
        return self.read(self.memories(obs))

    def sample(self, obs, noise):
        """Raises TypeError: one observation does not tell what was seen before. Use `Lives` in place of `Rollouts`."""
        raise TypeError(
            "a policy with a memory plays whole episodes: use Lives(world) in place of Rollouts(world)"
        )

    choose = sample  # asked without log-probabilities, it says the same

    def _weights(self):
        return dict(zip(self.names, self.stacked, strict=True))


class Lives(Rollouts):
    """The policy's own episodes, its memory kept from step to step and blank at the start of each. See `Rollouts`."""

    def __call__(self, policy, rng: Rng) -> Batch:
        """Let the policy act until every episode is over. TypeError for one without a memory."""
        if not isinstance(policy, Recurrent):
            raise TypeError(f"Lives needs a policy with a memory, a Recurrent: got a {type(policy).__name__}")
        noise = rng.gumbel(self.env.horizon, self.episodes, self.env.actions)
        return finish(lived(policy, self.env, noise, rng), self.advantage, policy if self.reference else None)


@torch.no_grad()
def lived(policy: Recurrent, env, noise: Float[Tensor, "seed time episode actions"], rng: Rng) -> Batch:
    """Episodes of a policy with a memory. noise: Gumbel noise for its choices; zeros: it takes what it likes best."""
    memory = policy.blank(noise.shape[2])

    def act(state, obs, t):
        nonlocal memory
        memory = policy.remember(memory, obs)
        logits = policy.read(memory)
        action = (logits + noise[:, t]).argmax(-1)
        return action, logp_of(logits, action)

    return play(env, noise.shape[2], act, rng)
