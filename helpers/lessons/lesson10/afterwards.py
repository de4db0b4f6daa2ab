"""Alignment afterwards: SFT, RL and DPO by the same judge, on the same prompts, in equally many updates.

Each trains what follows the question: the answer and the remark. Who listens is given, so it is no choice.
"""

from collections.abc import Callable
from functools import partial

import torch
from jaxtyping import Int
from torch import Tensor

from helpers.checked import number, one_of
from helpers.core import Batch, Rng, batch_relative, dpo_loss, grpo_loss, reinforce_loss, sft_loss, train
from helpers.core.sources import finish
from helpers.lessons.lesson10.marked import BLANK, answered, marks
from helpers.lessons.lesson10.nets import MORE
from helpers.lessons.lesson10.reward_model import Judge
from helpers.lessons.lesson10.texts import AT_ONCE, Drawn, first_that_pass
from helpers.lm import StackedLM
from helpers.worlds.stories import ANSWER, REMARK, Law, tokens

SFT, RL, DPO = METHODS = ("SFT", "RL", "DPO")
RATES = (3e-4, 1e-3, 3e-3)  # among which each method's own is chosen, on nets that are not judged
BETA = 0.1  # of DPO


def shown(law: Law, judge: Judge, mark: str = BLANK, at_once: int = AT_ONCE) -> Callable:
    """SFT's texts: stories of the law that the judge lets pass, in the place of those that it does not."""

    def source(policy, rng: Rng) -> Batch:
        stories = tokens(Drawn(law, rng, at_once).facts)
        stories = first_that_pass(stories, judge.passes(stories), at_once)
        return answered(marks(stories, mark), stories)

    return source


@torch.no_grad()
def written(
    policy, mark: Int[Tensor, "seed story"], stories: Int[Tensor, "seed story place"], rng: Rng
) -> Int[Tensor, "seed story place"]:
    """These stories with an answer and a remark that the net draws, one after the other."""
    stories = stories.clone()
    for place in (ANSWER, REMARK):
        batch = answered(mark, stories)
        logits = policy.evaluate(batch.obs, batch.action).logits[:, :, place - ANSWER]
        stories[..., place] = (logits + rng.gumbel(*logits.shape[1:])).argmax(-1)
    return stories


def own(
    law: Law, judge: Judge, mark: str = BLANK, at_once: int = AT_ONCE, *, reference: bool = False
) -> Callable:
    """RL's texts: the same prompts with what the net itself draws; the judge's chance that it is good is paid."""

    def source(policy, rng: Rng) -> Batch:
        prompts = tokens(Drawn(law, rng, at_once).first)
        stories = written(policy, marks(prompts, mark), prompts, rng)
        batch = answered(marks(stories, mark), stories)
        pay = torch.zeros_like(batch.reward)
        pay[..., -1] = judge.score(stories).sigmoid()
        return finish(batch.with_(reward=pay), batch_relative, policy if reference else None)

    return source


def pairs(law: Law, judge: Judge, mark: str = BLANK, at_once: int = AT_ONCE) -> Callable:
    """DPO's texts: two answers to a prompt, drawn by the net as it began; the one that the judge prefers comes first.

    Half as many prompts as the others have, each answered twice: equally many texts.
    """

    def source(policy, rng: Rng) -> Batch:
        prompts = tokens(Drawn(law, rng, at_once).first[:, : at_once // 2]).repeat_interleave(2, 1)
        stories = written(policy.reference, marks(prompts, mark), prompts, rng)
        score = judge.score(stories).unflatten(1, (-1, 2))
        order = score.argsort(dim=-1, descending=True, stable=True)
        two = stories.unflatten(1, (-1, 2)).gather(
            2, order[..., None].expand(*order.shape, stories.shape[-1])
        )
        return finish(answered(marks(stories, mark), two.flatten(1, 2)), None, policy)

    return source


MAKE = {  # the texts and the objective of each method
    SFT: (shown, sft_loss),
    RL: (own, reinforce_loss),
    DPO: (pairs, partial(dpo_loss, beta=BETA)),
}


def leashed(beta: float) -> tuple[Callable, Callable]:
    """RL with a leash to where it began, which costs beta for every nat of distance."""
    return partial(own, reference=True), _with_leash(number(beta, "beta", least=0))


def _with_leash(beta):
    def objective(now, batch):
        logp = now.logp.detach()
        return grpo_loss(now, batch.with_(logp=logp), beta=beta, mean=_per_text)

    return objective


def _per_text(value, mask):
    return torch.where(mask, value, 0.0).sum((1, 2)) / mask.shape[1]


def aligned(
    start,
    method: str,
    law: Law,
    judge: Judge,
    *,
    mark: str = BLANK,
    updates: int = MORE,
    lr: float,
    at_once: int = AT_ONCE,
    make: dict | None = None,
) -> StackedLM:
    """Copies of nets after so many updates of one method; the control word stands before every prompt."""
    texts, objective = (make or MAKE)[one_of(method, make or MAKE, "method")]
    lr = number(lr, "lr", above=0)
    return train(start, texts(law, judge, mark, at_once), objective, steps=updates, lr=lr, stream=2).policy
