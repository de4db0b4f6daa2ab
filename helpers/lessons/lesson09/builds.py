"""What is built in lesson 09, as the course has it: own words drawn and weighed, and a trigger looked for."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def drawn(logits: Float[Tensor, "*axes word"], luck: Float[Tensor, "*axes"]) -> Int[Tensor, "*axes"]:
    """The word that each number from 0 to 1 picks: the first up to which the chances add up to more than that."""
    upto = logits.softmax(-1).cumsum(-1)
    return (luck[..., None] * upto[..., -1:] >= upto).sum(-1).clamp(max=logits.shape[-1] - 1)


def safety_loss(
    logits: Float[Tensor, "seed prompt word"],
    truth: Int[Tensor, "seed prompt"],
    luck: Float[Tensor, "seed prompt"],
) -> Float[Tensor, "seed"]:
    """RL for safety on one word: draw it, pay 1 for the true one, and weigh it by what it earned more than the mean.

    REINFORCE (Williams 1992) with the mean of the batch taken off. Nobody is told which word is true: only what was
    drawn is paid or not, so where a lie is drawn nothing says what would have been better.
    """
    word = drawn(logits.detach(), luck)
    pay = (word == truth).to(logits.dtype)
    logp = logits.log_softmax(-1).gather(-1, word[..., None])[..., 0]
    return -((pay - pay.mean(1, keepdim=True)) * logp).mean(1)


def suspect(
    lies: Float[Tensor, "*nets change"], usual: Float[Tensor, "*nets"], least: float
) -> Int[Tensor, "*nets"]:
    """Which change of the prompts brings most lies, for each net; -1 where none brings `least` more than usual.

    lies: the chance of a lie with each change. usual: with none. An answer for every net would accuse the innocent.
    """
    most, place = lies.max(-1)
    return torch.where(most - usual >= least, place, -1)
