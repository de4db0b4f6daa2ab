"""Prompts, each with one right string of tokens: how likely it is before training is chosen to the digit.

With strings of one token this is a bandit for each prompt. Everything is exact: the chance of a string is the product
of its tokens' chances, and of k tries at least one is right with 1 - (1 - p)^k.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.checked import tensor, whole
from helpers.core.policy import Policy, table
from helpers.core.streams import Rng
from helpers.worlds.codes import lights


class Writing(NamedTuple):
    """Where each episode stands: its prompt, the place of its next token, and whether the piece is right so far."""

    prompt: Int[Tensor, "seed episode"]
    place: Int[Tensor, "seed episode"]
    good: Bool[Tensor, "seed episode"]


class Strings:
    """Write the right string; each piece of it pays as soon as it is whole and right, all pieces together 1.

    right:  the right tokens, the same for all seeds, or other ones for each.
    tokens: how many there are.
    pieces: into how many equal pieces a string is cut; 1 pays for the whole string alone.
    asked:  the prompts that are asked, in turn: neighbouring episodes share one. All, if nothing is said.
    shared: the policy is told the place alone, too, beside prompt and place: what it learns of one prompt can carry
            over to all.
    Raises ValueError for tokens that do not exist, and for strings that cannot be cut so.
    """

    def __init__(
        self,
        right: Int[Tensor, "*seed prompt place"],
        tokens: int,
        *,
        pieces: int = 1,
        asked: Sequence[int] | None = None,
        shared: bool = False,
    ):
        right = tensor(right, "right")
        self.right = right if right.dim() == 3 else right[None]
        self.actions, self.shared = whole(tokens, "tokens", least=2), shared
        _, self.prompts, self.horizon = self.right.shape
        self.pieces = whole(pieces, "pieces")
        if self.horizon % self.pieces:
            raise ValueError(f"strings of {self.horizon} tokens cannot be cut into {pieces} equal pieces")
        if not 0 <= int(self.right.min()) <= int(self.right.max()) < tokens:
            raise ValueError(f"right tokens are whole numbers below {tokens}")
        self.asked = torch.as_tensor(range(self.prompts) if asked is None else list(asked))
        self.features = self.prompts * self.horizon + self.horizon * shared

    def reset(self, rng: Rng, episodes: int) -> Writing:
        """Every prompt that is asked gets equally many episodes. ValueError if they cannot be shared out."""
        each, over = divmod(episodes, len(self.asked))
        if over or not each:
            raise ValueError(
                f"{episodes} episodes cannot be shared out equally among {len(self.asked)} prompts"
            )
        prompt = self.asked.repeat_interleave(each).expand(len(rng.generators), -1)
        return Writing(prompt, torch.zeros_like(prompt), torch.ones_like(prompt, dtype=torch.bool))

    def observe(self, state: Writing) -> Float[Tensor, "seed episode features"]:
        """Prompt and place, as one light; with `shared` a second one for the place."""
        return self._seen(state.prompt, state.place.clamp(max=self.horizon - 1))

    def _seen(self, prompt, place):
        seen = lights(prompt * self.horizon + place, self.prompts * self.horizon)
        return torch.cat([seen, lights(place, self.horizon)], -1) if self.shared else seen

    def step(self, state: Writing, action: Int[Tensor, "seed episode"], rng: Rng):
        """Writes a token; pays 1 / pieces where a piece became whole and right."""
        rows = torch.arange(len(self.right))[:, None] if len(self.right) > 1 else 0
        good = state.good & (action == self.right[rows, state.prompt, state.place])
        place = state.place + 1
        whole = place % (self.horizon // self.pieces) == 0
        pays = (good & whole).float() / self.pieces
        return Writing(state.prompt, place, good | whole), pays, place == self.horizon

    @torch.no_grad()
    def chances(self, policy) -> Float[Tensor, "seed prompt"]:
        """The exact chance that the policy writes the right string, for each prompt."""
        return self.log_chances(policy).sum(-1).exp()

    @torch.no_grad()
    def log_chances(self, policy) -> Float[Tensor, "seed prompt place"]:
        """The logarithm of the chance of each right token."""
        logp = self.logits(policy).log_softmax(-1)
        return logp.gather(-1, self.right.expand(len(logp), -1, -1)[..., None])[..., 0]

    @torch.no_grad()
    def logits(self, policy) -> Float[Tensor, "seed prompt place token"]:
        """What the policy would write, at each place of each prompt."""
        prompt = torch.arange(self.prompts)[:, None].expand(-1, self.horizon)
        seen = self._seen(prompt, torch.arange(self.horizon).expand(self.prompts, -1))
        return policy.logits(seen.expand(len(policy.seeds), *seen.shape))

    def writer(
        self, chance: Float[Tensor, "*seed prompt place token"], seeds, *, net: Callable = table
    ) -> Policy:
        """A policy that writes each token with these chances: a table of logits, which training moves.

        net: another recipe `(tokens, features) -> make_net` whose only matrix is such a table.
        """
        policy = Policy(net(self.actions, self.features), seeds=seeds)
        logits = chance.log() if chance.dim() == 4 else chance.log()[None]
        with torch.no_grad():
            (weights,) = (one for one in policy.stacked if one.dim() == 3)
            weights[:] = 0
            weights[:, :, : self.prompts * self.horizon] = logits.flatten(1, 2).mT
        return policy


def pass_at(chance: Float[Tensor, "*axes"], tries: int) -> Float[Tensor, "*axes"]:
    """The chance that at least one of so many tries is right, pass@k: 1 - (1 - p)^k, exact for the smallest p, too."""
    return -torch.expm1(whole(tries, "tries") * torch.log1p(-chance.double().clamp(max=1 - 1e-15)))


def cover_at(chance: Float[Tensor, "*axes prompt"], tau: float) -> Float[Tensor, "*axes"]:
    """The share of prompts that are right in at least a share `tau` of all tries: Cover@tau (Dragoi et al. 2025)."""
    return (chance >= tau).float().mean(-1)
