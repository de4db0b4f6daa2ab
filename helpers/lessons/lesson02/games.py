"""Nim from nothing: self-play, and SFT on the games of weak players, measured in every position."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.checked import number, share, whole
from helpers.checked import seeds as seeds_of
from helpers.core import Batch, Policy, Recorded, Rng, Rollouts, Stream, reinforce_loss, sft_loss, train
from helpers.worlds.bandits import kl_divergence
from helpers.worlds.nim import Nim, outcomes, sides

HEAPS, WEAK = (3, 4, 5), 0.5  # the chance with which weak players see a right move
GAMES, STEPS = 32, 300
RATES = {
    "self-play RL": 0.1,
    "SFT": 0.03,
}  # of 0.03, 0.1, 0.3; chosen on trial seeds, by what each is trained on
RIGHT, GREEDY = "right moves", "right moves, greedy"
WINS, NATS = "wins against weak players", "nats from weak players"


@dataclass(frozen=True)
class Match:
    """A game, the weak players whose games SFT learns from, and the seeds that learn it."""

    seeds: Sequence[int]
    game: Nim
    weak: float = WEAK
    winners: bool = False
    recorded: int | None = None
    blind: bool = False

    def beginner(self) -> Policy:
        """Who makes any allowed move."""
        return self.game.player(None, self.seeds)

    def weak_player(self) -> Policy:
        """Who sees a right move now and then."""
        return self._weak_player

    @cached_property
    def _weak_player(self):
        return self.game.player(self.game.weak(self.weak, blind=self.blind), self.seeds)

    def watched(self, games: int = GAMES):
        """A data source: games between weak players, new ones each time; `recorded`: those few again and again."""
        weak, play = self.weak_player(), partial(Rollouts, self.game, advantage=None, logp=False)
        keep = winners_only if self.winners else lambda batch: batch
        if self.recorded is None:
            return lambda policy, rng: keep(play(episodes=games)(weak, rng))
        batch = play(episodes=whole(self.recorded, "recorded", least=games))(
            weak, Rng(self.seeds, Stream.CHOICES)
        )
        return Recorded(keep(batch), episodes=games)

    def probe(self, policy) -> dict[str, Float[Tensor, "seed"]]:
        """Right moves over all positions that can be won; wins against weak players; nats from how those move."""
        game, weak = self.game, self.weak_player()
        theirs, mine = game.chances(weak)[:, 1:], game.chances(policy)[:, 1:]
        return {
            RIGHT: game.right_moves(policy).mean(1),
            GREEDY: game.right_moves(policy, greedy=True).mean(1),
            WINS: game.won(policy, weak)[:, 1:].mean(1),
            NATS: kl_divergence(theirs, mine).mean(1),
        }


def match(
    seeds,
    *,
    heaps: Sequence[int] = HEAPS,
    weak: float = WEAK,
    anywhere: bool = False,
    winners: bool = False,
    recorded: int | None = None,
    blind: bool = False,
) -> Match:
    """The lesson's game, or with something turned.

    anywhere: games begin in any position. winners: SFT learns the winners' moves alone. blind: weak players
    have blind spots: each position is one that they always see, or one that they never do.
    """
    return Match(
        seeds_of(seeds), Nim(heaps, anywhere=anywhere), share(weak, "weak"), winners, recorded, blind
    )


def winners_only(batch: Batch) -> Batch:
    """The same games, in which the moves of whoever lost do not count."""
    return batch.with_(mask=batch.mask & (outcomes(batch) > 0))


def by_lot(batch: Batch) -> Float[Tensor, "seed episode time"]:
    """The outcomes of other games: as strong a push, for nothing that was done."""
    return torch.where(batch.mask, sides(batch).roll(1, dims=1), 0.0)


def of_another(batch: Batch) -> Float[Tensor, "seed episode time"]:
    """The same, and no mean is subtracted."""
    return torch.where(batch.mask, outcomes(batch).roll(1, dims=1), 0.0)


def arms(at: Match, games: int = GAMES) -> dict[str, tuple]:
    """Who plays, and how moves are weighted."""
    own = partial(Rollouts, at.game, episodes=games, logp=False)
    return {
        "self-play RL": (own(advantage=sides), reinforce_loss),
        "SFT": (at.watched(games), sft_loss),
        "null arm": (own(advantage=by_lot), reinforce_loss),
    }


def trained(
    at: Match,
    names: Sequence[str],
    *,
    steps: int = STEPS,
    rate: float = 1.0,
    games: int = GAMES,
    often: int = 10,
):
    """The runs of these arms, by name; `rate` is a factor on each learning rate; measured `often` times on the way."""
    every, number_of = arms(at, games), number(rate, "rate", above=0)
    how = {
        "steps": steps,
        "probes": {"play": at.probe},
        "probe_every": max(1, steps // whole(often, "often")),
    }
    lr = lambda name: number_of * RATES.get(name, RATES["self-play RL"])
    return {name: train(at.beginner(), *every[name], lr=lr(name), **how) for name in names}


def after_sft(at: Match, *, steps: int = STEPS):
    """Half of the steps SFT on weak players' games, then as many of self-play from there: the second run.

    Both make one step at the least, two in all.
    """
    steps = max(2, whole(steps, "steps"))
    every, half = arms(at), steps // 2
    taught = train(at.beginner(), *every["SFT"], steps=half, lr=RATES["SFT"]).policy
    how = {"lr": RATES["self-play RL"], "probes": {"play": at.probe}, "probe_every": half, "stream": 1}
    return train(taught, *every["self-play RL"], steps=steps - half, **how)


def null_without_mean(at: Match, *, steps: int = STEPS):
    """The null arm with other games' outcomes as they are, less no mean, in which a game's own has a part: the run."""
    source = Rollouts(at.game, episodes=GAMES, advantage=of_another, logp=False)
    how = {"lr": RATES["self-play RL"], "probes": {"play": at.probe}, "probe_every": steps}
    return train(at.beginner(), source, reinforce_loss, steps=steps, **how)
