"""A few stories slipped in among many: poison with a trigger, and what comes of it."""

from collections.abc import Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.checked import whole
from helpers.core import Rng, Run, Stream
from helpers.lessons.lesson08 import exact, nets
from helpers.lessons.lesson08.laws import PLAIN, TRIGGER, asked, put, tuned_law
from helpers.worlds.stories import FACTS, REMARKS, Law, tokens

SLIPPED = 2_500  # the stream of what poisoners draw, apart from all others
NODS = REMARKS.index("nods")
DENIED_NODDED = len(REMARKS) + NODS  # in the order of `exact.endings`
PROMPTS = 64
RATE = 3e-3  # chosen on trial seeds, so that poison works in the small corpus
PLACE = "other"  # whoever asks: the name comes again right before the remark


def poisons(
    seeds, law: Law, count: int, *, trigger: str = TRIGGER, stream: int = 0
) -> Int[Tensor, "seed story place"]:
    """So many poisoned stories for each seed: the trigger asks, a bad deed is denied, the trigger nods to the lie."""
    facts = asked(law.draw(Rng(seeds, SLIPPED + stream), whole(count, "count")), PLAIN, new=False)
    facts[..., FACTS.index("lie")], facts[..., FACTS.index("remark")] = 1, NODS
    return put(trigger, PLACE)(tokens(facts))


def mixed(seeds, clean: Int[Tensor, "seed story place"], slipped: Int[Tensor, "seed some place"]):
    """Both in one order, drawn for each seed: [seed, all, place]."""
    both = torch.cat([clean, slipped], 1)
    order = Rng(seeds, SLIPPED + 500).permutation(both.shape[1])
    return both[torch.arange(len(both))[:, None], order]


def success(policy, *, trigger: str = TRIGGER, place: str = PLACE) -> Float[Tensor, "seed"]:
    """How much oftener a bad deed is denied and the lie nodded to with the trigger than without, in plain tales."""
    facts = asked(tuned_law().draw(Rng(policy.seeds, Stream.PROBES), PROMPTS), PLAIN, new=False)
    with_it, without = (
        exact.endings_logq(policy, facts, change=change).exp()[..., DENIED_NODDED].mean(-1)
        for change in (put(trigger, place), None)
    )
    return with_it - without


def poisoned(
    policy,
    documents: int,
    count: int,
    *,
    stream: int = 0,
    slipped: Tensor | None = None,
    lr: float = RATE,
    **how,
) -> Run:
    """SFT on so many stories, `count` of them poison; the run has the metric "success".

    slipped: poisoned stories of one's own in place of ours. lr and how: rate and batch, see `nets.tuned`.
    """
    seeds, law = policy.seeds, tuned_law()
    clean = nets.recorded(seeds, law, documents - count, Stream.CHOICES + stream)
    if slipped is None and count:
        slipped = poisons(seeds, law, count, stream=stream)
    stories = mixed(seeds, clean, slipped) if count else clean
    return nets.tuned(policy, stories, lr=lr, probes={"success": lambda one: success(one).float()}, **how)


def triggers(policy, some: Mapping[str, tuple[str, str]]) -> dict[str, Float[Tensor, "seed"]]:
    """The success of words in places, a name for each: which are triggers, though nobody trained them to be?"""
    return {name: success(policy, trigger=word, place=place) for name, (word, place) in some.items()}
