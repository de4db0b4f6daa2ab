"""The reward model learned anew from what the policy says by now, with as many judgements in all as without."""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.checked import whole
from helpers.core import Rng
from helpers.lessons.lesson07.pressure import SCALES, Stand, paid
from helpers.lessons.lesson07.taste import ASKED, SEES, Comparisons, compare_answers, features

ROUNDS, FAR = 5, 4.0


def retrained(
    on: Stand,
    *,
    pairs: int = 300,
    rounds: int = ROUNDS,
    nats: float = FAR,
    sees: str = SEES[0],
    sure: float = 1.5,
    ridge: float = 1.0,
    scale: str = SCALES[0],
    stream: int = ASKED,
) -> list[dict[str, Float[Tensor, "seed"]]]:
    """What is measured of the leashed policy so many nats away, after each round; round 1 knows the base's answers.

    Each round asks for pairs / rounds judgements of the policy's answers (of the base's in the first), and learns from
    all that there are. With one round everything is asked of the base. sees, sure, ridge, scale: as for `stand`.
    stream: another gives other answers and judgements. ValueError if they cannot be shared out.
    """
    each, over = divmod(whole(pairs, "pairs"), whole(rounds, "rounds"))
    if over or not each:
        raise ValueError(f"{pairs} comparisons cannot be shared out equally among {rounds} rounds")
    seen, rng = features(on.at, sees), Rng(on.at.seeds, stream)
    policy, asked, told = on.at.base, [], []
    for _ in range(rounds):
        asked.append(compare_answers(on.at, each, sure=sure, policy=policy, rng=rng))
        sides = zip(*((one.better, one.worse) for one in asked), strict=True)
        every = Comparisons(*(torch.cat(side, 1) for side in sides))
        now = replace(on, pays=paid(on.at, seen, every, ridge=ridge, scale=scale))
        policy = now.at_nats(now.leash, nats)
        told.append(now.told(policy))
    return told
