"""Alignment afterwards: SFT, RL or DPO, by the same judge, in equally many updates.

Each trains what follows the question: the answer and the remark. Who listens is given, so it is no choice.
"""

from collections.abc import Callable
from functools import partial

import torch
from jaxtyping import Int
from torch import Tensor

from helpers.checked import number, one_of
from helpers.core import (
    Batch,
    Rng,
    batch_relative,
    dpo_loss,
    grpo_loss,
    per_episode,
    reinforce_loss,
    sft_loss,
    train,
)
from helpers.core.sources import finish
from helpers.lessons.lesson10.marked import BLANK, answered, marks
from helpers.lessons.lesson10.nets import MORE
from helpers.lessons.lesson10.reward_model import Judge
from helpers.lessons.lesson10.texts import AT_ONCE, Drawn, first_that_pass
from helpers.lm import StackedLM
from helpers.worlds.stories import ANSWER, REMARK, Law, tokens

SFT, RL, DPO = METHODS = ("SFT", "RL", "DPO")
RATES = (1e-4, 3e-4, 1e-3)  # among which each method's own is chosen, on nets that are not judged
BETA = 0.1  # of DPO


def shown(law: Law, judge: Judge, mark: str = BLANK, at_once: int = AT_ONCE) -> Callable:
    """SFT's texts: stories of the law that the judge lets pass, in the place of those that it does not."""

    def texts(policy, rng: Rng) -> Batch:
        stories = tokens(Drawn(law, rng, at_once).facts)
        stories = first_that_pass(stories, judge.passes(stories), at_once)
        return answered(marks(stories, mark), stories)

    return texts


@torch.no_grad()
def written(
    policy, mark: Int[Tensor, "seed story"], stories: Int[Tensor, "seed story place"], rng: Rng
) -> Int[Tensor, "seed story place"]:
    """These stories with an answer and a remark that the net draws, one after the other."""
    stories = stories.clone()
    for place in (ANSWER, REMARK):
        batch = answered(mark, stories)
        logits = policy.evaluate(batch.obs, batch.action).logits[:, :, place]
        stories[..., place] = (logits + rng.gumbel(*logits.shape[1:])).argmax(-1)
    return stories


def own(
    law: Law,
    judge: Judge,
    mark: str = BLANK,
    at_once: int = AT_ONCE,
    *,
    reference: bool = False,
    graded: bool = False,
) -> Callable:
    """RL's texts: the same prompts with what the net itself draws; 1 is paid where the judge lets it pass, else 0.

    So RL knows no more of the judge than a filter does. graded: its chance that the text is good is paid instead.
    """

    def texts(policy, rng: Rng) -> Batch:
        prompts = tokens(Drawn(law, rng, at_once).first)
        stories = written(policy, marks(prompts, mark), prompts, rng)
        batch = answered(marks(stories, mark), stories)
        pay = torch.zeros_like(batch.reward)
        pay[..., -1] = judge.score(stories).sigmoid() if graded else judge.passes(stories).float()
        return finish(batch.with_(reward=pay), batch_relative, policy if reference else None)

    return texts


def pairs(law: Law, judge: Judge, mark: str = BLANK, at_once: int = AT_ONCE) -> Callable:
    """DPO's texts: two answers to a prompt, drawn by the net as it began; the one that the judge lets pass comes first.

    Where it says the same of both, nothing counts. Half as many prompts as the others have, each answered twice:
    equally many texts.
    """

    def texts(policy, rng: Rng) -> Batch:
        prompts = tokens(Drawn(law, rng, at_once).first[:, : at_once // 2]).repeat_interleave(2, 1)
        stories = written(policy.reference, marks(prompts, mark), prompts, rng)
        passes = judge.passes(stories).unflatten(1, (-1, 2))
        order = passes.long().argsort(dim=-1, descending=True, stable=True)
        two = stories.unflatten(1, (-1, 2)).gather(
            2, order[..., None].expand(*order.shape, stories.shape[-1])
        )
        batch = answered(marks(stories, mark), two.flatten(1, 2))
        differ = passes[..., 0] != passes[..., 1]
        batch = batch.with_(mask=batch.mask & differ.repeat_interleave(2, 1)[..., None])
        return finish(batch, None, policy)

    return texts


def anchored(objective: Callable) -> Callable:
    """An objective, and beside it what the words before the answer cost, so that a net does not unlearn to read.

    Texts of the pretraining are often mixed in for this; here the prompts themselves serve, so nobody reads more.
    """

    def loss(now, batch):
        return objective(now, batch) - now.logp[..., :ANSWER].mean((1, 2))

    return loss


MAKE = {  # the texts and the objective of each method
    SFT: (shown, anchored(sft_loss)),
    RL: (own, anchored(reinforce_loss)),
    DPO: (pairs, anchored(partial(dpo_loss, beta=BETA))),
}


def graded() -> tuple[Callable, Callable]:
    """RL paid by the judge's chance that a text is good, not by whether it passes: texts and objective."""
    return partial(own, graded=True), anchored(reinforce_loss)


def leashed(beta: float, graded: bool = False) -> tuple[Callable, Callable]:
    """RL with a leash to where it began, which costs about beta for every nat of distance: texts and objective.

    graded: paid by the judge's chance, as in `graded`.
    """
    beta = number(beta, "beta", least=0)

    def objective(now, batch):
        fresh = batch.with_(
            logp=now.logp.detach()
        )  # one update a batch: the net that drew is the net that learns
        return grpo_loss(now, fresh, beta=beta, mean=per_episode)

    return partial(own, reference=True, graded=graded), anchored(objective)


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
