"""Who only looks on: pulls of arms drawn by lot, and what a net that saw them takes next.

What a net finds out by itself hangs on what it tries. Shown the same pulls, nets can be compared by what they make of
them. `within` asks for more than a rule of thumb: two onlookers have seen the same last pulls, and differ in what came
before.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import one_hot

from helpers.core import Rng, Stream
from helpers.core.play import play
from helpers.core.recurrent import Recurrent
from helpers.worlds.pulls import Exactly, Prior, Pulls

SHOWS = 10  # pulls that are shown
LAST = 2  # of them, that are the same in what is compared


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


@torch.no_grad()
def second(policy: Recurrent, seen: Tensor) -> Float[Tensor, "seed episode"]:
    """The chance that a policy takes arm 2 after all that was seen."""
    return policy.logits(seen)[:, :, -1].softmax(-1)[..., 1]


def before(seen: Float[Tensor, "seed episode pull 4"], last: int = LAST) -> tuple[Tensor, Tensor]:
    """Of pulls that were shown: the case of the last ones, and by how much arm 2 had paid more often before them.

    How often an arm had paid: (pays + 1) / (pulls + 2), so that an arm that was not pulled has one half.
    """
    earlier, latest = seen[:, :, :-last], seen[:, :, -last:]
    case = (latest.argmax(-1) * 4 ** torch.arange(last)).sum(-1)
    paid, missed = earlier.sum(2).view(*seen.shape[:2], 2, 2).unbind(-1)
    rate = (paid + 1) / (paid + missed + 2)
    return case, rate[..., 1] - rate[..., 0]


def within(
    case: Int[Tensor, "seed episode"],
    lead: Float[Tensor, "seed episode"],
    choice: Float[Tensor, "seed episode"],
    cases: int = 4**LAST,
) -> Float[Tensor, "seed"]:
    """How much oftener arm 2 is chosen where it had paid more often before than where arm 1 had, in the same case.

    A mean over cases, each weighted by the smaller of its two groups. Whoever goes by the last pulls alone has 0.
    """
    inside = one_hot(case, cases).to(choice)
    ahead, behind = inside * (lead > 0)[..., None], inside * (lead < 0)[..., None]
    mean = lambda group: (group * choice[..., None]).sum(1) / group.sum(1).clamp(min=1)
    weight = torch.minimum(ahead.sum(1), behind.sum(1))
    return (weight * (mean(ahead) - mean(behind))).sum(-1) / weight.sum(-1)


def second_of_best(known: Exactly, seen: Tensor) -> Float[Tensor, "seed episode"]:
    """The same of who is best in these tasks, and goes by the counts."""
    return known.best()[known.place[seen.sum(2).long().unbind(-1)]][..., 1].float()
