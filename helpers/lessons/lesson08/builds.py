"""What is built in lesson 08, as the course has it: how words are drawn, how far apart two are, and log odds added."""

import torch
from jaxtyping import Float
from torch import Tensor


def word_chances(
    logits: Float[Tensor, "*axes word"], temperature: float = 1.0, top_p: float = 1.0
) -> Float[Tensor, "*axes word"]:
    """The chance with which each word is drawn: at a temperature, and only among the likeliest that have `top_p`.

    Kept are the fewest words, from the likeliest down, whose chances add up to `top_p` or more (Holtzman et al. 2020).
    """
    p = (logits / temperature).softmax(-1)
    if top_p >= 1:
        return p
    ranked, order = p.sort(-1, descending=True)
    kept = ranked.cumsum(-1) - ranked < top_p  # what the likelier ones have together is not enough yet
    kept = torch.zeros_like(kept).scatter(-1, order, kept)
    p = torch.where(kept, p, 0.0)
    return p / p.sum(-1, keepdim=True)


def how_far_apart(
    p: Float[Tensor, "*axes ending"], q: Float[Tensor, "*axes ending"]
) -> Float[Tensor, "*axes"]:
    """The total variation between a law p, which has these endings only, and a net q, which may write others, too."""
    return (p - q).clamp(min=0).sum(-1)


def added(
    neither: Float[Tensor, "*axes"], one: Float[Tensor, "*axes"], other: Float[Tensor, "*axes"]
) -> Float[Tensor, "*axes"]:
    """The chance where two conditions come together, if each adds to the log odds what it adds by itself."""
    return (one.logit() + other.logit() - neither.logit()).sigmoid()
