"""Chains of known functions: from a symbol apply one after the other, and write down every result.

A single function is an atom, several in a row are a composite. Whether a composite is right is computed exactly.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.checked import whole
from helpers.core.distributions import logp_of
from helpers.core.streams import Rng
from helpers.worlds.codes import lights


class Link(NamedTuple):
    """Where each episode stands: its chain, the symbol written last, how many are written, whether all are right."""

    chain: Int[Tensor, "seed episode"]
    symbol: Int[Tensor, "seed episode"]
    place: Int[Tensor, "seed episode"]
    good: Bool[Tensor, "seed episode"]


class Chains:
    """Given a symbol and the names of some functions, write what the first makes of it, what the second makes of that.

    chains:  the names of each chain's functions, 0 to `atoms` - 1; shorter ones are filled up with -1. The same for
             all seeds of a policy, or others for each.
    each:    every right link pays at once, until the first wrong one, all together 1; else the whole chain pays 1.
    The functions are permutations of the symbols that leave none where it is, drawn with `seed`, or others for each of
    several seeds. The policy sees which function is next, the symbol written last, how many are written, and all names.
    """

    def __init__(
        self,
        chains: Int[Tensor, "*seed chain place"] | Sequence[Sequence[int]],
        *,
        atoms: int = 6,
        symbols: int = 8,
        each: bool = False,
        seed: int | Sequence[int] = 0,
    ):
        chains = torch.as_tensor(chains)
        self.chains = chains if chains.dim() == 3 else chains[None]
        self.atoms, self.symbols, self.each = whole(atoms, "atoms"), whole(symbols, "symbols", least=2), each
        if self.chains.dim() != 3 or int(self.chains.max()) >= atoms or (self.chains[..., 0] < 0).any():
            raise ValueError(
                f"chains are rows of names from 0 to {atoms - 1}, filled up with -1 at their ends"
            )
        drawn = [seed] if isinstance(seed, int) else seed
        self.functions = torch.stack([functions(one, self.atoms, self.symbols) for one in drawn])
        self.lengths = (self.chains >= 0).sum(-1)
        names = lights(self.chains + 1, self.atoms + 1)[..., 1:]  # no light where a chain has ended
        every = names.flatten(-2)[:, :, None].expand(-1, -1, self.chains.shape[-1], -1)
        places = torch.eye(self.chains.shape[-1]).expand(*every.shape[:-1], -1)
        self._told = torch.cat(
            [names, places, every], -1
        )  # of each chain at each place: next, place, all names
        self.horizon = self.chains.shape[-1]
        self.actions = symbols
        self.features = atoms + symbols + self.horizon + atoms * self.horizon

    def reset(self, rng: Rng, episodes: int) -> Link:
        """A chain and a symbol, drawn for each episode."""
        chain, symbol = rng.integers(self.chains.shape[1], episodes), rng.integers(self.symbols, episodes)
        return Link(chain, symbol, torch.zeros_like(chain), torch.ones_like(chain, dtype=torch.bool))

    def observe(self, state: Link) -> Float[Tensor, "seed episode features"]:
        """The next function, the symbol written last, the place, and all names of the chain."""
        place = state.place.clamp(max=self.horizon - 1)
        told = self._told[_rows(self.chains), state.chain, place]
        now, rest = told[..., : self.atoms], told[..., self.atoms :]
        return torch.cat([now, lights(state.symbol, self.symbols), rest], -1)

    def answer(self, state: Link) -> Int[Tensor, "seed episode"]:
        """The right next symbol, after what is written: the teacher `(env, state) -> action` is `Chains.answer`."""
        place = state.place.clamp(max=self.horizon - 1)
        name = self.chains[_rows(self.chains), state.chain, place].clamp(min=0)
        return self.functions[_rows(self.functions), name, state.symbol]

    def step(self, state: Link, action: Int[Tensor, "seed episode"], rng: Rng):
        """Writes a symbol; the chain ends with its last function."""
        good, place = state.good & (action == self.answer(state)), state.place + 1
        length = self.lengths[_rows(self.lengths), state.chain]
        ended = place >= length
        pays = good.float() / length if self.each else (good & ended).float()
        return Link(state.chain, action, place, good), pays, ended

    @torch.no_grad()
    def solved(self, policy) -> Float[Tensor, "seed"]:
        """The exact chance that a whole chain is right, a mean over chains and first symbols."""
        return self.chances(policy).flatten(1).mean(1)

    @torch.no_grad()
    def chances(self, policy) -> Float[Tensor, "seed chain symbol"]:
        """The exact chance that the whole chain is right, from each first symbol."""
        total = 0.0
        for seen, right, counts in self._right_ways:
            logits = policy.logits(seen.expand(len(policy.seeds), -1, -1))
            logp = logp_of(logits, right.expand(len(logits), -1))
            total = total + torch.where(counts, logp, 0.0)
        return total.exp().unflatten(1, (self.chains.shape[1], self.symbols))

    @cached_property
    def _right_ways(self):
        """At each place, for each chain and first symbol: what is seen there if all before is right, the right symbol,
        and whether the chain goes that far."""
        worlds, chains = max(len(self.chains), len(self.functions)), self.chains.shape[1]
        chain = torch.arange(chains).repeat_interleave(self.symbols).expand(worlds, -1)
        symbol = torch.arange(self.symbols).repeat(chains).expand(worlds, -1)
        state = Link(chain, symbol, torch.zeros_like(chain), torch.ones_like(chain, dtype=torch.bool))
        lengths, ways = self.lengths[_rows(self.lengths), chain], []
        for place in range(self.horizon):
            seen, right = self.observe(state), self.answer(state)
            ways.append((seen, right, place < lengths))
            state = Link(chain, right, state.place + 1, state.good)
        return ways


def functions(seed: int, atoms: int, symbols: int) -> Int[Tensor, "atom symbol"]:
    """So many functions, drawn with this seed: what each makes of each symbol."""
    draw = torch.Generator().manual_seed(whole(seed, "seed", least=0))
    return torch.stack([_permutation(symbols, draw) for _ in range(atoms)])


def _rows(table):
    """A number for each seed, to index what each seed has of its own; 0 where all have the same."""
    return torch.arange(len(table))[:, None] if len(table) > 1 else 0


def _permutation(symbols, draw):
    """One that leaves no symbol where it is: three in eight drawn ones do."""
    while (drawn := torch.randperm(symbols, generator=draw)).eq(torch.arange(symbols)).any():
        pass
    return drawn
