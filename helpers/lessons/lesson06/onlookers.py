"""Who only looks on: pulls of arms drawn by lot, and what a net that saw them takes next.

What a net finds out by itself hangs on what it tries. Shown the same pulls, nets can be compared by what they make of
them. Twins of a past (`paired`) ask for more than a rule of thumb: the same arms were pulled, and the last pulls paid
alike; they differ in which arm was the better one before.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import one_hot

from helpers.core import Rng, Stream
from helpers.core.play import play
from helpers.core.recurrent import Recurrent
from helpers.worlds.pulls import Exactly, Prior, Pulls, one_task

SHOWS = 10  # pulls that are shown
LAST = 4  # of them, that are the same in twins


def watched(
    seeds, which: Prior, *, episodes: int = 512, told: str = "real", stream: int = Stream.PROBES
) -> Tensor:
    """Ten pulls of arms drawn by lot, as somebody sees them who only looks on: [seed, episode, pull, 4].

    Before the first pull nothing is seen, so that there is one row more.
    """
    rng = Rng(seeds, stream)
    lot = rng.uniform(SHOWS + 1, episodes) < 0.5
    act = lambda state, obs, t: (lot[:, t].long(), None)
    return play(Pulls(which, horizon=SHOWS + 1, told=told), episodes, act, rng).obs


def paired(
    seeds, odds: Sequence[float], *, last: int = LAST, episodes: int = 512, stream: int = Stream.PROBES
) -> tuple[Tensor, Tensor]:
    """Twins of a past, each [seed, episode, pull, 4]: arm 1 pays with the first of `odds` and arm 2 with the second,
    and the other way round. The last pulls are the same in both; there both arms pay alike, with the mean of the two.
    """
    rng = Rng(seeds, stream)
    arm = (rng.uniform(episodes, SHOWS) < 0.5).long()
    coin = rng.uniform(episodes, SHOWS)
    late = torch.arange(SHOWS) >= SHOWS - last
    twins = []
    for first, other in (odds, reversed(odds)):
        chance = torch.where(late, sum(odds) / 2, torch.where(arm == 0, first, other))
        seen = one_hot(2 * arm + (coin >= chance).long(), 4).float()
        twins.append(torch.cat([torch.zeros_like(seen[:, :, :1]), seen], 2))
    return twins[0], twins[1]


@torch.no_grad()
def second(policy: Recurrent, seen: Tensor) -> Float[Tensor, "seed episode"]:
    """The chance that a policy takes arm 2 after all that was seen."""
    return policy.logits(seen)[:, :, -1].softmax(-1)[..., 1]


def second_of_best(known: Exactly, seen: Tensor) -> Float[Tensor, "seed episode"]:
    """The same of who is best in these tasks, and goes by the counts."""
    return known.best()[known.place[seen.sum(2).long().unbind(-1)]][..., 1].float()


def last_that_paid(seen: Float[Tensor, "seed episode time 4"]) -> Float[Tensor, "seed episode"]:
    """The chance of arm 2, of who takes the arm of the last pull that paid, however long ago; one half where none did.

    It keeps one thing alone of the past, and counts nothing.
    """
    when = torch.arange(1, seen.shape[2] + 1)
    last = (seen[..., 0::2] * when[:, None]).amax(2)  # of each arm, the last pull that paid; 0: none did
    return 0.5 * (1 + (last[..., 1] - last[..., 0]).sign())


@torch.no_grad()
def log_odds(policy: Recurrent, seen: Tensor) -> Float[Tensor, "seed episode"]:
    """The log odds of arm 2 after all that was seen: they tell pasts apart where the chance is at its floor."""
    logits = policy.logits(seen)[:, :, -1]
    return logits[..., 1] - logits[..., 0]


def told_apart(policy: Recurrent, odds: Sequence[float]) -> Float[Tensor, "seed"]:
    """How often the log odds of arm 2 are higher after ten pulls where arm 2 is better than where arm 1 is.

    One past of each, over all pairs (the area under the ROC curve). 0.5: the two are not told apart.
    """
    here, there = (log_odds(policy, watched(policy.seeds, one_task(*each))) for each in (odds[::-1], odds))
    higher = there[:, :, None] - here[:, None]
    return ((higher > 0).float() + 0.5 * (higher == 0).float()).mean((1, 2))
