"""Nets that read the world from nothing, each arm its own texts, all with one budget of updates, stories and words."""

from collections.abc import Callable, Sequence
from functools import partial

from helpers.checked import number, whole
from helpers.core import sft_loss, train
from helpers.core.losses import per_step
from helpers.lessons.lesson10.marked import new_nets
from helpers.lm import StackedLM
from helpers.worlds.stories import Law, usual_law

FAST, SLOW = (
    5e-3,
    5e-4,
)  # learning rates of the first three quarters of the pretraining, and of all that follows
UPDATES, MORE = 500, 80  # of the pretraining; and afterwards, by SFT, RL or DPO, or of reading on
PLAIN_LIES, SOLEMN_LIES = 0.3, 0.7  # how often a bad deed is denied: solemn tales pull towards it
loss = partial(sft_loss, mean=per_step)


def world(plain: float = PLAIN_LIES, solemn: float = SOLEMN_LIES) -> Law:
    """The law of what is written: people deny bad deeds, in solemn tales more often."""
    return usual_law(plain_lies=plain, solemn_lies=solemn)


def pretrained(seeds: Sequence[int], source: Callable, *, updates: int = UPDATES, **sizes: int) -> StackedLM:
    """Nets that read from nothing: three quarters at a fast rate, the last quarter at a tenth of it."""
    last = whole(updates, "updates", least=4) // 4
    fast = train(new_nets(seeds, **sizes), source, loss, steps=updates - last, lr=FAST)
    return train(fast.policy, source, loss, steps=last, lr=SLOW, stream=1).policy


def read_on(start, source: Callable, *, updates: int = MORE, lr: float = SLOW, stream: int = 2) -> StackedLM:
    """Copies of nets that read on for so many updates."""
    return train(start, source, loss, steps=updates, lr=number(lr, "lr", above=0), stream=stream).policy


def late(
    seeds: Sequence[int], before: Callable, then: Callable, *, updates: int = UPDATES, **sizes: int
) -> StackedLM:
    """The same budget, of which the first half is read from one source and the rest from another.

    The change falls into the part with the fast rate: new words hardly move at the slow one.
    """
    calls, turn = iter(range(updates)), whole(updates, "updates", least=4) // 2
    return pretrained(
        seeds,
        lambda policy, rng: (before if next(calls) < turn else then)(policy, rng),
        updates=updates,
        **sizes,
    )
