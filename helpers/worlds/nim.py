"""Nim with an exact solver: heaps of counters, a move takes some from one heap, who takes the last counter wins.

Both players are the same policy, which sees the position as it is for whoever is to move. In a small game every
position can be looked at, so that nothing about a policy has to be sampled.
"""

from collections.abc import Sequence
from itertools import product

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.checked import whole
from helpers.core.policy import Policy, table
from helpers.core.streams import Rng
from helpers.core.types import Batch
from helpers.worlds.codes import lights

NEVER = -1e9  # the logit of a move that the rules do not allow


class Nim:
    """Play from `heaps`, or, with `anywhere`, from a position drawn for each game.

    positions: how many counters each heap has, for every position; number 0 is the end.
    moves:     (heap, counters taken).
    after:     the position that a move leads to, -1 where the rules do not allow it.
    wins:      whether who is to move can force a win, by backward induction over all positions.
    right:     the moves that keep a forced win: those after which the other cannot force one.
    A move against the rules loses at once.
    """

    def __init__(self, heaps: Sequence[int] = (3, 4, 5), *, anywhere: bool = False):
        self.heaps, self.anywhere = tuple(whole(heap, "a heap") for heap in heaps), anywhere
        every = list(product(*(range(heap + 1) for heap in self.heaps)))
        number = {position: place for place, position in enumerate(every)}
        self.positions = torch.tensor(every)
        self.moves = [(heap, take) for heap, most in enumerate(self.heaps) for take in range(1, most + 1)]
        less = lambda position, heap, take: tuple(n - take * (i == heap) for i, n in enumerate(position))
        self.after = torch.tensor(
            [[number.get(less(position, *move), -1) for move in self.moves] for position in every]
        )
        self.wins = torch.zeros(len(every), dtype=torch.bool)
        for place in range(1, len(every)):  # a move always leads to a smaller number
            there = self.after[place]
            self.wins[place] = bool((~self.wins[there[there >= 0]]).any())
        self.legal = self.after >= 0
        self.right = self.legal & ~self.wins[self.after.clamp(min=0)] & self.wins[:, None]
        self.actions, self.features, self.horizon = len(self.moves), len(every), sum(self.heaps)

    def __repr__(self) -> str:
        return f"Nim({self.heaps}{', anywhere=True' if self.anywhere else ''})"

    @property
    def opening(self) -> int:
        """The number of the position with all counters."""
        return self.features - 1

    def reset(self, rng: Rng, episodes: int) -> Int[Tensor, "seed episode"]:
        """The number of the position that each game begins in."""
        if self.anywhere:
            return 1 + rng.integers(self.features - 1, episodes)
        return torch.full((len(rng.generators), episodes), self.opening)

    def observe(self, state: Int[Tensor, "seed episode"]) -> Float[Tensor, "seed episode features"]:
        """A light for each position."""
        return lights(state, self.features)

    def step(self, state: Int[Tensor, "seed episode"], action: Int[Tensor, "seed episode"], rng: Rng):
        """1 for who takes the last counter, -1 for a move against the rules: for whoever made this move."""
        there = self.after[state, action]
        pays = (there == 0).float() - (there < 0).float()
        return there.clamp(min=0), pays, there <= 0

    def player(self, chance: Float[Tensor, "*seed position move"] | None, seeds) -> Policy:
        """A policy that plays with these chances, each seed with its own or all alike; None: any allowed move."""
        policy = Policy(table(self.actions, self.features), seeds=seeds)
        logits = torch.zeros_like(self.legal, dtype=torch.float) if chance is None else chance.log()
        with torch.no_grad():
            (weights,) = policy.stacked
            weights[:] = torch.where(self.legal, logits, NEVER).clamp(min=NEVER).mT
        return policy

    def weak(self, right: float, *, blind: bool = False) -> Float[Tensor, "position move"]:
        """How a weak player moves: with the chance `right` a right move, if there is one, else any.

        blind: a right move in such a share of positions, always the same ones, and any move in all others.
        """
        any_move = self.legal / self.legal.sum(1, keepdim=True).clamp(min=1)
        best = self.right / self.right.sum(1, keepdim=True).clamp(min=1)
        sees = torch.full((self.features, 1), float(right))
        if blind:
            drawn = torch.rand(self.features, 1, generator=torch.Generator().manual_seed(0))
            sees = (drawn < right).float()
        return torch.where(self.wins[:, None], sees * best + (1 - sees) * any_move, any_move)

    @torch.no_grad()
    def chances(self, policy) -> Float[Tensor, "seed position move"]:
        """The chance of each move in each position."""
        seen = torch.eye(self.features)
        return policy.logits(seen.expand(len(policy.seeds), -1, -1)).softmax(-1)

    def right_moves(self, policy, *, greedy: bool = False) -> Float[Tensor, "seed position"]:
        """The chance of a right move in every position in which a win can be forced, in the order of `wins`.

        greedy: the likeliest move is taken, and no other.
        """
        chance = self.chances(policy)
        if greedy:
            chance = lights(chance.argmax(-1), self.actions)
        return torch.where(self.right, chance, 0.0).sum(-1)[:, self.wins]

    def won(self, policy, other=None) -> Float[Tensor, "seed position"]:
        """The exact chance to win as the first to move, from each position; other: who plays against it.

        None: a player who makes no mistake, and any allowed move where all lose.
        """
        mine = self.chances(policy)
        theirs = self.weak(1.0).expand_as(mine) if other is None else self.chances(other).expand_as(mine)
        first = torch.zeros(len(mine), self.features)  # the chance that `policy` wins, with itself to move
        second = torch.ones(len(mine), self.features)  # ... with the other to move
        for place in range(1, self.features):
            there = self.after[place].clamp(min=0)
            first[:, place] = (mine[:, place] * second[:, there] * self.legal[place]).sum(-1)
            second[:, place] = (theirs[:, place] * first[:, there]).sum(-1)
        return first

    def visits(self, policy) -> Float[Tensor, "seed position"]:
        """How often a game of the policy with itself comes through each position, exact, from the opening."""
        chance = self.chances(policy) * self.legal
        often = torch.zeros(len(chance), self.features)
        often[:, self.opening] = 1
        for place in range(self.features - 1, 0, -1):  # a move always leads to a smaller number
            there = self.after[place].clamp(min=0)
            often.index_add_(1, there, often[:, place, None] * chance[:, place])
        return often


def sides(batch: Batch) -> Float[Tensor, "seed episode time"]:
    """The outcome of a game for whoever made each move, 1 or -1, less its mean over the batch at the same time.

    The last reward is the last mover's; one move earlier the other side moved, so the sign turns from move to move.
    """
    outcome = outcomes(batch)
    count = batch.mask.sum(1, keepdim=True).clamp(min=1)
    mean = (outcome * batch.mask).sum(1, keepdim=True) / count
    return torch.where(batch.mask, outcome - mean, 0.0)


def outcomes(batch: Batch) -> Float[Tensor, "seed episode time"]:
    """1 where the mover won in the end, -1 where the other did."""
    back = batch.mask.sum(-1, keepdim=True) - 1 - torch.arange(batch.mask.shape[-1])
    turn = torch.where(back % 2 == 0, 1.0, -1.0)
    return torch.where(batch.mask, batch.returns[..., None] * turn, 0.0)
