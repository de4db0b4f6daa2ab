"""What people write, what they like, and what a reward model learns of it from comparisons.

Each seed is a world of its own: other habits of the base, another taste, other comparisons. The taste (the gold) counts
words with diminishing returns and looks at neighbours; the reward model (the proxy) adds up a score for each word at
each place. So neither can be written in the other's features, and what the proxy gets wrong is learned, not planted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import logsigmoid, one_hot

from helpers.checked import number, one_of, share, whole
from helpers.core import Rng, Stream
from helpers.worlds.answers import Answers

WORDS = ("fact", "lie", "caveat", "praise", "filler")
FACT, LIE, CAVEAT, PRAISE, FILLER = range(5)
PLACES = 6
OFTEN = (0.3, 0.08, 0.2, 0.17, 0.25)  # how often the base writes each word, about
WORTH = (1.0, -1.0, 0.5, 0.4, 0.0)  # of the first such word in an answer
FADES = (0.2, 0.0, 0.25, 0.3, 0.0)  # by so much less is each further one worth, about
SIZES = (30, 100, 300, 1000, 10_000)  # comparisons that a reward model may learn from
SEES = ("words", "words and lies alike", "gold")
COMPARED, RECORDED, TOLD, ASKED, ASKED_AGAIN = (
    Stream.CHOICES + one for one in range(1, 6)
)  # what is drawn when


@dataclass(frozen=True)
class World:
    """Answers with a base and a gold for each seed. Gold is in standard deviations of the base's answers, mean 0.

    less: by how much each further one of a word is worth less, in the worth of a first fact, about.
    """

    seeds: tuple[int, ...]
    logits: Float[Tensor, "seed place before word"]
    gold: Float[Tensor, "seed answer"]
    less: Float[Tensor, "seed word"]

    @cached_property
    def answers(self) -> Answers:
        """The answers alone; nothing pays."""
        return Answers(len(WORDS), PLACES)

    @cached_property
    def base(self) -> Float[Tensor, "seed answer"]:
        """The exact chance of each answer under the base."""
        return self.log_base.exp()

    @cached_property
    def log_base(self) -> Float[Tensor, "seed answer"]:
        """Its logarithm."""
        return self.answers.log_chances(self.logits)

    @cached_property
    def has(self) -> dict[str, Float[Tensor, "answer"]]:
        """How often each word stands in each answer."""
        every = self.answers.every
        return {word: (every == number).sum(1).double() for number, word in enumerate(WORDS)}

    def draw(
        self, count: int, rng: Rng, policy: Float[Tensor, "seed answer"] | None = None
    ) -> Int[Tensor, "seed drawn"]:
        """Answers of a policy, by number; of the base, if nothing is said."""
        chance = (self.base if policy is None else policy).cumsum(1)
        lot = rng.uniform(whole(count, "count")).double() * chance[:, -1:]
        return torch.searchsorted(chance, lot, right=True).clamp(max=chance.shape[1] - 1)


def world(
    seeds: Sequence[int], *, lies: float = OFTEN[LIE], fades: float = 1.0, neighbours: float = 0.3
) -> World:
    """The lesson's worlds, or with something turned.

    lies:  how often the base writes one, about. fades: a factor on how fast more of the same is worth less; 0: never.
    neighbours: how much it matters, give or take, which word follows which.
    """
    share(lies, "lies"), number(fades, "fades", least=0), number(neighbours, "neighbours", least=0)
    rng, count = Rng(seeds, Stream.CHOICES), len(WORDS)
    often = torch.tensor(OFTEN).double()
    often[LIE] = lies
    habits = often.log() + 0.5 * _normal(rng, PLACES, count + 1, count)
    worth = torch.tensor(WORTH).double() * (1 + 0.3 * _normal(rng, count))
    less = fades * 2 * rng.uniform(count).double() * torch.tensor(FADES).double()
    pair = neighbours * _normal(rng, count, count)
    answers = Answers(count, PLACES)
    every = answers.every
    times = one_hot(every, count).sum(1).double()  # [answer, word]
    gold = times @ worth.T - (times * (times - 1) / 2) @ less.T
    gold = gold.T + sum(pair[:, every[:, i], every[:, i + 1]] for i in range(PLACES - 1))
    return World(tuple(rng.seeds), habits, standard(answers.log_chances(habits).exp(), gold), less)


@dataclass(frozen=True)
class Comparisons:
    """Pairs of the base's answers, the better one first as somebody with the gold in mind, and unsure, judged."""

    better: Int[Tensor, "seed pair"]
    worse: Int[Tensor, "seed pair"]


def compare_answers(
    at: World,
    pairs: int,
    *,
    sure: float = 1.5,
    caught: float = 1.0,
    policy: Float[Tensor, "seed answer"] | None = None,
    rng: Rng | None = None,
) -> Comparisons:
    """Draws pairs and lets them be judged: a is called better with chance sigmoid(sure x (gold a - gold b)).

    sure: in 1 / standard deviation of gold. caught: the chance with which a judge sees a lie for what it is, for each
    lie of each comparison anew; one that he does not see he takes for a fact, and values the answer accordingly.
    policy: whose answers are compared; the base's, if nothing is said.
    """
    rng = rng or Rng(at.seeds, COMPARED)
    first, second = (at.draw(pairs, rng, policy) for _ in range(2))
    lot = rng.uniform(pairs).double()
    taken = (_taken(at, one, rng.uniform(pairs, PLACES) < share(caught, "caught")) for one in (first, second))
    liked = [at.gold.gather(1, one) for one in taken]
    wins = lot < torch.sigmoid(number(sure, "sure", above=0) * (liked[0] - liked[1]))
    return Comparisons(torch.where(wins, first, second), torch.where(wins, second, first))


def _taken(at, drawn, seen):
    """The answers that judges believe they read: a lie that is not seen reads as a fact in its place."""
    words = at.answers.every[drawn]
    read = torch.where((words == LIE) & ~seen, FACT, words)
    return (read * len(WORDS) ** torch.arange(PLACES - 1, -1, -1)).sum(-1)


def features(at: World, sees: str = SEES[0]) -> Float[Tensor, "answer feature"]:
    """What the reward model looks at: which word stands at which place; facts and lies look alike to the blind one."""
    every = at.answers.every
    if one_of(sees, SEES, "sees") == SEES[1]:
        every = torch.where(every == LIE, FACT, every)
    seen = one_hot(every, len(WORDS)).double().flatten(1)
    if sees == SEES[2]:  # everything that the taste is made of: a model of the right kind
        times = seen.unflatten(1, (PLACES, -1)).sum(1)
        pair = sum(
            one_hot(every[:, i] * len(WORDS) + every[:, i + 1], len(WORDS) ** 2) for i in range(PLACES - 1)
        )
        seen = torch.cat([times, times * (times - 1) / 2, pair.double()], 1)
    return seen


def fitted(
    seen: Float[Tensor, "answer feature"], pairs: Comparisons, *, ridge: float = 1.0, steps: int = 12
) -> Float[Tensor, "seed feature"]:
    """The weights of a reward model: the likeliest of the judgements (Bradley and Terry 1952), less ridge |w|^2 / 2.

    Newton's method, whose every step is halved until the objective rises: exact after a few.
    """
    more = seen[pairs.better] - seen[pairs.worse]  # [seed, pair, feature]
    weights = more.new_zeros(len(more), more.shape[-1])
    eye = number(ridge, "ridge", above=0) * torch.eye(more.shape[-1], dtype=more.dtype)

    def objective(w):
        return logsigmoid((more @ w[..., None])[..., 0]).sum(1) - ridge * w.square().sum(1) / 2

    for _ in range(whole(steps, "steps")):
        p = torch.sigmoid((more @ weights[..., None])[..., 0])
        slope = (more * (1 - p)[..., None]).sum(1) - ridge * weights
        curve = torch.einsum("spf,sp,spg->sfg", more, p * (1 - p), more) + eye
        way, size = (
            torch.linalg.solve(curve, slope[..., None])[..., 0],
            torch.ones(len(more), 1, dtype=more.dtype),
        )
        for _ in range(4):
            worse = objective(weights + size * way) < objective(weights)
            size = torch.where(worse[:, None], size / 2, size)
        weights = weights + size * way
    return weights


def standard(
    base: Float[Tensor, "seed answer"], score: Float[Tensor, "seed answer"]
) -> Float[Tensor, "seed answer"]:
    """The score with mean 0 and standard deviation 1 over the base's answers."""
    centred = score - (base * score).sum(1, keepdim=True)
    return centred / (base * centred.square()).sum(1, keepdim=True).sqrt()


def _normal(rng, *shape):
    return torch.erfinv(2 * rng.uniform(*shape).double().clamp(1e-7, 1 - 1e-7) - 1) * 2**0.5
