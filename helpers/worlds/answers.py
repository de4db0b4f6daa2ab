"""Short answers, all of which can be counted: what a policy writes, how far it went, what is lost. No sampling.

An answer is a row of a few words. There are words^places of them, so a policy over answers is a list of numbers that
add up to 1, and its KL from the base, its reward and its gold are sums over that list. Everything is float64.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import one_hot

from helpers.checked import number, shape, whole
from helpers.core.policy import Policy, table
from helpers.core.streams import Rng


class Writing(NamedTuple):
    """Where each episode stands: the place of its next word, the word before, and the number of the answer so far."""

    place: Int[Tensor, "seed episode"]
    before: Int[Tensor, "seed episode"]
    answer: Int[Tensor, "seed episode"]


class Answers:
    """Write an answer word by word; it pays once, when it is whole.

    pays:   what each answer pays, for each seed; None: nothing.
    words:  how many there are. places: how many an answer has.
    The policy sees the place and the word before: one light of `features`.
    Raises ValueError if there is not one pay for each answer.
    """

    def __init__(self, words: int, places: int, pays: Float[Tensor, "seed answer"] | None = None):
        self.actions, self.horizon = whole(words, "words", least=2), whole(places, "places")
        self.count, self.features = words**places, places * (words + 1)
        if pays is not None:
            shape(pays, (len(pays), self.count), "pays", "seed, answer")
        self.pays = pays

    @property
    def every(self) -> Int[Tensor, "answer place"]:
        """All answers, as rows of words; answer number i is i written with as many digits as there are words."""
        powers = self.actions ** torch.arange(self.horizon - 1, -1, -1)
        return torch.arange(self.count)[:, None] // powers % self.actions

    def reset(self, rng: Rng, episodes: int) -> Writing:
        """Nothing is written; the word before the first is one that does not exist."""
        zero = torch.zeros(len(rng.generators), episodes, dtype=torch.long)
        return Writing(zero, zero + self.actions, zero)

    def observe(self, state: Writing) -> Float[Tensor, "seed episode features"]:
        """One light for the place and the word before."""
        place = state.place.clamp(max=self.horizon - 1)
        return one_hot(place * (self.actions + 1) + state.before, self.features).float()

    def step(self, state: Writing, action: Int[Tensor, "seed episode"], rng: Rng):
        """Writes a word; the last one pays for the answer."""
        after = Writing(state.place + 1, action, (state.answer * self.actions + action) % self.count)
        ended = after.place == self.horizon
        pays = torch.zeros(action.shape)
        if self.pays is not None:
            pays = torch.where(ended, self.pays.gather(1, after.answer).float(), 0.0)
        return after, pays, ended

    def writer(self, logits: Float[Tensor, "seed place before word"], seeds: Sequence[int]) -> Policy:
        """A policy that writes with these logits: a table, which training moves."""
        policy = Policy(table(self.actions, self.features), seeds=seeds)
        with torch.no_grad():
            (weights,) = (one for one in policy.stacked if one.dim() == 3)
            weights[:] = logits.flatten(1, 2).mT
        return policy

    @torch.no_grad()
    def chances(self, policy) -> Float[Tensor, "seed answer"]:
        """The exact chance of every answer."""
        return self.log_chances(self.logits(policy)).exp()

    @torch.no_grad()
    def logits(self, policy) -> Float[Tensor, "seed place before word"]:
        """The table of logits with which a policy writes."""
        seen = torch.eye(self.features).expand(len(policy.seeds), -1, -1)
        return policy.logits(seen).double().unflatten(1, (self.horizon, -1))

    def log_chances(self, logits: Float[Tensor, "seed place before word"]) -> Float[Tensor, "seed answer"]:
        """The logarithm of the chance of every answer, of a table of logits."""
        logp = logits.double().log_softmax(-1)
        return self._ways(logp[:, 0, self.actions :], logp[:, 1:])[:, 0]

    def mean(
        self, logits: Float[Tensor, "seed place before word"], value: Float[Tensor, "any answer"]
    ) -> Float[Tensor, "seed"]:
        """The exact mean of a value over a writer's answers. No list of all chances is made, which spares memory.

        Answers are cut in halves: the second knows no more of the first than its last word. value: a row for each seed,
        or one for all.
        """
        logp, cut = logits.double().log_softmax(-1), (self.horizon + 1) // 2
        first = self._ways(logp[:, 0, self.actions :], logp[:, 1:cut])[:, 0].exp()
        first = first.unflatten(1, (-1, self.actions))  # [seed, words before, last word]
        rest = self._ways(logp[:, cut, :-1], logp[:, cut + 1 :]).exp() if cut < self.horizon else 1.0
        value = value.expand(len(first), -1).reshape(*first.shape, -1)
        by_last = [first[:, None, :, word] @ value[:, :, word] for word in range(self.actions)]
        return (torch.cat(by_last, 1) * rest).sum((1, 2))

    def drift(
        self, logits: Float[Tensor, "seed place before word"], base: Float[Tensor, "seed place before word"]
    ) -> Float[Tensor, "seed"]:
        """The exact KL of a writer from another one, in nats: at each place, as often as it comes up."""
        logp, logq = (one.double().log_softmax(-1) for one in (logits, base))
        there, nats = torch.zeros_like(logp[:, 0, :, 0]), 0.0
        there[:, self.actions] = 1.0
        for place in range(self.horizon):
            p = logp[:, place].exp()
            nats = nats + (there * (p * (logp - logq)[:, place]).sum(-1)).sum(1)
            there = torch.cat([(there[..., None] * p).sum(1), there.new_zeros(len(there), 1)], 1)
        return nats

    def _ways(self, start, further):
        """Log chances of all ways to go on, [seed, from, way]: a word from `start`, then one at each place."""
        for logp in further.unbind(1):
            start = start.unflatten(2, (-1, self.actions))[..., None] + logp[:, None, None, :-1]
            start = start.flatten(2)
        return start

    def best_writer(self, chance: Float[Tensor, "seed answer"]) -> Float[Tensor, "seed place before word"]:
        """The logits of the nearest writer: what SFT on these answers comes to, however long it is trained.

        Each word gets its share among all answers in which that word before it stands there; a place that never comes
        up has even chances.
        """
        found = []
        for place in range(self.horizon):
            rest = chance.reshape(len(chance), self.actions**place, self.actions, -1).sum(-1)
            joint = rest.unflatten(1, (-1, self.actions if place else 1)).sum(1)  # [seed, before, word]
            even = joint.new_zeros(len(chance), self.actions + 1, self.actions)
            even[:, : self.actions] = joint if place else 0
            even[:, self.actions] = 0 if place else joint[:, 0]
            total = even.sum(-1, keepdim=True)
            found.append(torch.where(total > 0, even / total.clamp(min=1e-300), 1 / self.actions))
        return torch.stack(found, 1).log()


def best_of(
    base: Float[Tensor, "seed answer"], score: Float[Tensor, "seed answer"], n: float | Tensor
) -> Float[Tensor, "seed answer"]:
    """The exact distribution of the answer with the highest score among n drawn from the base; n need not be whole.

    n: one number, or one for each seed. Answers of equal score share as the base does: a tie is broken by lot.
    """
    return Ranked(base, score).best_of(n)


def top_share(
    base: Float[Tensor, "seed answer"], score: Float[Tensor, "seed answer"], share: float | Tensor
) -> Float[Tensor, "seed answer"]:
    """The base among its best-scored share of answers, a quantiliser: "good enough" is whatever lies in that share.

    share: one number, or one for each seed. Answers of equal score are in or out together as far as the share goes,
    each for the same part of its chance.
    """
    return Ranked(base, score).top_share(share)


def tilted(
    base: Float[Tensor, "seed answer"], score: Float[Tensor, "seed answer"], strength: float | Tensor
) -> Float[Tensor, "seed answer"]:
    """The Boltzmann policy base x exp(strength x score) / Z: where KL-regularised RL ends, strength being 1 / beta."""
    strength = torch.as_tensor(strength, dtype=torch.float64).reshape(-1, 1)
    return (base.log() + strength * score).softmax(-1)


def kl_bound(n: float) -> float:
    """log n - (n - 1) / n: the most that best-of-n can be away from the base, in nats (Beirami et al. 2024)."""
    number(n, "n", least=1)
    return float(torch.tensor(float(n), dtype=torch.float64).log()) - (n - 1) / n


def at_kl(
    policy: Callable[[Tensor], Float[Tensor, "seed answer"]],
    distance: Callable[[Tensor], Float[Tensor, "seed"]],
    wanted: float,
    pressures: Sequence[float] | Tensor,
    seeds: int,
    halvings: int = 40,
) -> Float[Tensor, "seed"]:
    """The first pressure, for each seed, at which a family of policies is so many nats away.

    policy: pressure[seed] -> policy. distance: policy -> nats[seed]. pressures: rising; the first of them that is far
    enough is found, and the interval before it halved. So a family may come back: what counts is the first crossing.
    A seed that is not that far away at any of them, or is there at the first, gets NaN.
    """
    high = torch.full((seeds,), torch.nan, dtype=torch.float64)
    low, before = high.clone(), None
    for one in torch.as_tensor(pressures, dtype=torch.float64).tolist():
        far = distance(policy(torch.full((seeds,), one, dtype=torch.float64))) >= wanted
        new = far & high.isnan()
        high[new] = one
        low[new] = torch.nan if before is None else before
        before = one
        if not high.isnan().any():
            break
    a, b = low.nan_to_num(0.0), high.nan_to_num(0.0)
    for _ in range(halvings):
        middle = (a + b) / 2
        near = distance(policy(middle)) < wanted
        a, b = torch.where(near, middle, a), torch.where(near, b, middle)
    return torch.where(low.isnan(), torch.nan, (a + b) / 2)


class Ranked:
    """The base by score: `mass` of each group of equal scores, in rising order, and what lies `above` it.

    What lies above is summed from the top, so that it is exact where it is small.
    """

    def __init__(self, base: Float[Tensor, "seed answer"], score: Float[Tensor, "seed answer"]):
        self.base = base
        value, self.order = score.sort(1)
        rises = torch.zeros_like(self.order)
        rises[:, 1:] = value.diff(dim=1) > 1e-9 * (value[:, -1:] - value[:, :1]).clamp(min=1e-12)
        self.group, self.p = rises.cumsum(1), base.gather(1, self.order)
        self.mass = torch.zeros_like(self.p).scatter_add(1, self.group, self.p)
        self.above = (self.mass.flip(1).cumsum(1).flip(1) - self.mass).clamp(min=0)

    def best_of(self, n: float | Tensor) -> Float[Tensor, "seed answer"]:
        """See `best_of`. A group of chance p gets F^n - (F - p)^n, F being the chance of at most its score."""
        n = _each(n, "n", least=1)
        upto, below = (torch.log1p(-one.clamp(max=1)) for one in (self.above, self.above + self.mass))
        return self._policy((n * upto).exp() - (n * below).exp())

    def top_share(self, share: float | Tensor) -> Float[Tensor, "seed answer"]:
        """See `top_share`."""
        share = _each(share, "share", above=0, most=1)
        return self._policy(torch.minimum((share - self.above).clamp(min=0), self.mass))

    def _policy(self, won):
        """Each group gets what it has won; inside it, the base's shares."""
        part = torch.where(self.mass > 0, won / self.mass.clamp(min=1e-300), 0.0)
        out = torch.zeros_like(self.base).scatter(1, self.order, self.p * part.gather(1, self.group))
        return out / out.sum(1, keepdim=True)


def _each(value, name, **limits):
    """One number, or one for each seed, as a column."""
    column = torch.as_tensor(value, dtype=torch.float64).reshape(-1, 1)
    for one in (float(column.min()), float(column.max())):
        number(one, name, **limits)
    return column
