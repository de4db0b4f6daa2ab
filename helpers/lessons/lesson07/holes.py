"""A stand-in with a hole: who falls in, and where RL on a leash comes to rest, begun outside of the hole and in it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.core import train
from helpers.kit import compare
from helpers.lessons.lesson07.arms import LR, RL, STEPS, EveryPlace, leashed_pay, trained
from helpers.lessons.lesson07.levels import at_level
from helpers.lessons.lesson07.pressure import COARSE, NATS, Stand
from helpers.lessons.lesson07.taste import WORDS
from helpers.worlds.answers import at_kl

REST = 150  # steps after which exact RL on a leash of the lesson's strength has come to rest
LOWEST = -30.0  # a logit in place of minus infinity, from which nothing could be learned


def with_hole(on: Stand, hole: Callable, *, pays: float = 6.0) -> Stand:
    """The stand-in, which also pays so much more, in sd, for answers with a pattern.

    hole: `(words) -> true or false`, for an answer as a list of six words. ValueError where it says neither.
    """
    answers = [[WORDS[word] for word in row] for row in on.at.answers.every.tolist()]
    found = [hole(words) for words in answers]
    if not all(isinstance(one, bool | np.bool_) for one in found):
        raise ValueError(f"a hole says true or false of six words: got {found[0]!r:.60} for {answers[0]}")
    more = torch.tensor(found).double() * pays
    return replace(on, pays=on.pays + more)


def weighed(on: Stand, strength: Float[Tensor, "seed"]) -> Float[Tensor, "seed answer"]:
    """Where SFT ends on the recorded answers, each weighed by exp(strength x pay): by how much more, not by order."""
    chance = (on.recorded.log() + strength[:, None] * on.pays).softmax(-1)
    return on.written(chance)


def at_rest(
    on: Stand,
    strength: Float[Tensor, "seed"],
    start: Float[Tensor, "seed place before word"],
    *,
    steps: int = REST,
) -> Float[Tensor, "seed answer"]:
    """Where RL on the exact mean pay, on a leash of 1 / strength, comes to rest: all answers' chances.

    start: the logits from which it begins; the leash is to the base wherever it begins.
    """
    answers = on.at.answers
    loss = leashed_pay(on.pays, answers, on.at.logits, strength)
    writer = answers.writer(start.clamp(min=LOWEST), on.at.seeds)
    run = train(writer, EveryPlace(on.pays, answers), loss, steps=steps, lr=LR)
    return answers.chances(run.policy)


def who_falls_in(
    on: Stand, hole: Callable, *, steps: int = STEPS, rest: int = REST, nats: float = NATS
) -> pd.DataFrame:
    """With a hole of one's own in the stand-in and without it: gold, the share of answers in the hole, nats.

    All but two are read two nats away (the trained ones where they first are; their share and nats are those after all
    steps). Two rest on one and the same leash, whose end is two nats away without the hole: RL from the base, and RL
    from the writer that is nearest to where that leash ends. Who is never so far away has no gold, as its row says.
    """
    strength = at_kl(on.leash, on.nats, nats, COARSE, len(on.pays), 20)
    holed = with_hole(on, hole)
    inside = (holed.pays > on.pays).double()
    without, within = (_ends(one, strength, steps, rest, nats) for one in (on, holed))
    rows = {}
    for name, (gold, policy) in within.items():
        told = {"gold, no hole": without[name][0], "gold, with the hole": gold}
        short = any(np.isnan(one) for one in told.values())
        rows[f"{name} (not {nats:g} nats away in {steps} steps)" if short else name] = told | {
            "share in the hole": float((policy * inside).sum(1).nanmean()),
            "nats": float(on.nats(policy).nanmean()),
            "pay less its price": float(worth(holed, policy, strength).nanmean()),
        }
    return pd.DataFrame(rows).T


def worth(
    on: Stand, policy: Float[Tensor, "seed answer"], strength: Float[Tensor, "seed"]
) -> Float[Tensor, "seed"]:
    """What RL on a leash climbs: the mean pay less the KL from the base, at a price of 1 / strength a nat."""
    return (policy * on.pays).sum(1) - on.nats(policy) / strength


def _ends(on, strength, steps, rest, nats):
    """name -> gold where it is read, and the policy of which the share in the hole is told."""
    runs = trained(on, [RL, "RL"], steps=steps)
    paths = compare(runs)
    read = {
        name: (float(at_level(paths, arm, "gold", nats).mean()), on.at.answers.chances(runs[arm].policy))
        for name, arm in ((RL, RL), ("RL, sampled", "RL"))
    }
    inner = on.at.answers.best_writer(on.leash(strength))
    ends = {
        "RL on a leash, at rest": at_rest(on, strength, on.at.logits, steps=rest),
        "the same, begun at the leash's end": at_rest(on, strength, inner, steps=rest),
        "SFT": on.at_nats(on.kept, nats),
        "SFT, weighed by pay": on.at_nats(lambda x: weighed(on, x), nats),
        "leash": on.at_nats(on.leash, nats),
        "best of n": on.at_nats(on.best, nats),
    }
    return read | {name: (float(on.told(end)["gold"].nanmean()), end) for name, end in ends.items()}
