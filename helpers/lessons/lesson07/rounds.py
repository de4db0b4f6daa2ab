"""The reward model learned anew from what the policy says by now, with as many judgements in all as without."""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.checked import whole
from helpers.core import Rng, Stream
from helpers.lessons.lesson07.pressure import NATS, Stand
from helpers.lessons.lesson07.taste import SEES, Comparisons, compare_answers, features, fitted, standard


def retrained(
    on: Stand, *, pairs: int = 300, rounds: int = 4, nats: float = NATS, sees: str = SEES[0]
) -> list[dict[str, Float[Tensor, "seed"]]]:
    """What is measured of the leashed policy so many nats away, after each round; round 1 knows the base's answers.

    Each round asks for pairs / rounds judgements of the policy's answers (of the base's in the first), and learns from
    all that there are. With one round everything is asked of the base. ValueError if they cannot be shared out.
    """
    each, over = divmod(whole(pairs, "pairs"), whole(rounds, "rounds"))
    if over or not each:
        raise ValueError(f"{pairs} comparisons cannot be shared out equally among {rounds} rounds")
    seen, rng = features(on.at, sees), Rng(on.at.seeds, Stream.CHOICES + 4)
    policy, asked, told = on.at.base, [], []
    for _ in range(rounds):
        asked.append(compare_answers(on.at, each, policy=policy, rng=rng))
        all_of = Comparisons(
            *(torch.cat(side, 1) for side in zip(*((one.better, one.worse) for one in asked), strict=True))
        )
        now = replace(on, pays=standard(on.at.base, (seen @ fitted(seen, all_of).T).T))
        policy = now.at_nats(now.leash, nats)
        told.append(now.told(policy))
    return told
