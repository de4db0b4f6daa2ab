"""What a small transformer holds inside while it reads, at one place, and what a probe makes of it."""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.func import functional_call

from helpers.core.types import PADDING
from helpers.lm.language import StackedLM, positions


@torch.no_grad()
def residuals(
    policy: StackedLM, obs: Int[Tensor, "seed text context"], place: int = -1
) -> Float[Tensor, "layer seed text width"]:
    """What the stream holds at one place of each text: what the first block reads, then after each block.

    For GPT-2's architecture. The nets are run one after another, so that what they hold can be looked at.
    """
    net = policy._hidden[0]
    blocks, told = net.model.transformer.h, [[] for _ in range(len(net.model.transformer.h) + 1)]
    first = blocks[0].register_forward_pre_hook(
        lambda block, given: told[0].append(given[0][:, place].clone())
    )
    others = [
        block.register_forward_hook(
            lambda block, given, out, kept=kept: kept.append(
                (out[0] if isinstance(out, tuple) else out)[:, place].clone()
            )
        )
        for block, kept in zip(blocks, told[1:], strict=True)
    ]
    try:
        for number, texts in enumerate(obs):
            weights = {name: stack[number] for name, stack in zip(policy.names, policy.stacked, strict=True)}
            present = texts != PADDING
            causal = torch.ones(obs.shape[-1], obs.shape[-1], dtype=torch.bool).tril()
            blocked = torch.where(causal & present[:, None, None, :], 0.0, torch.finfo(torch.float32).min)
            functional_call(net, weights, (texts.clamp(min=0), positions(present), blocked))
    finally:
        for hook in (first, *others):
            hook.remove()
    return torch.stack([torch.stack(kept) for kept in told])


def difference_of_means(
    one: Float[Tensor, "*axes text width"], other: Float[Tensor, "*axes text width"]
) -> Float[Tensor, "*axes width"]:
    """The direction from the mean of one kind of texts to that of another: the plainest probe there is."""
    return other.mean(-2) - one.mean(-2)


def told_apart(
    one: Float[Tensor, "*axes text"], other: Float[Tensor, "*axes more"]
) -> Float[Tensor, "*axes"]:
    """How often a text of the other kind reads higher than one of the first: 0.5 for what tells nothing, 1 for all.

    The area under the curve of hits against false alarms; a draw counts half.
    """
    apart = other[..., :, None] - one[..., None, :]
    return ((apart > 0).double() + 0.5 * (apart == 0)).mean((-1, -2))


def read_along(
    held: Float[Tensor, "*axes text width"], direction: Float[Tensor, "*axes width"]
) -> Float[Tensor, "*axes text"]:
    """What a probe reads off each text: how far it lies along a direction."""
    return (held * direction[..., None, :]).sum(-1)
