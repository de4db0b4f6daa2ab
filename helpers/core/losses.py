"""The objectives: how the actions of a batch are weighted. Pure functions `(Evaluation, Batch) -> loss[seed]`.

They know neither networks nor environments. Lower is better; every loss is a mean over the steps that count.
"""

import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from helpers.core.types import Batch, Evaluation


def sft_loss(now: Evaluation, batch: Batch) -> Float[Tensor, "seed"]:
    """Make the recorded actions likely, all alike: the cross-entropy of behaviour cloning and SFT."""
    return masked_mean(-now.logp, batch.mask)


def reinforce_loss(now: Evaluation, batch: Batch) -> Float[Tensor, "seed"]:
    """Make actions likely in proportion to their advantage (Williams 1992, REINFORCE)."""
    return masked_mean(-needed(batch, "advantage", "reinforce_loss") * now.logp, batch.mask)


def ppo_loss(now: Evaluation, batch: Batch, *, clip: float = 0.2) -> Float[Tensor, "seed"]:
    """REINFORCE that may reuse a batch: moving the ratio beyond `clip` gains nothing (Schulman et al. 2017, eq. 7)."""
    advantage = needed(batch, "advantage", "ppo_loss")
    ratio = (now.logp - needed(batch, "logp", "ppo_loss")).exp()
    clipped = ratio.clamp(1 - clip, 1 + clip)
    return masked_mean(-(ratio * advantage).minimum(clipped * advantage), batch.mask)


def grpo_loss(
    now: Evaluation, batch: Batch, *, clip: float = 0.2, beta: float = 0.04
) -> Float[Tensor, "seed"]:
    """PPO plus a leash: `beta` times an estimate of the KL to the reference (Shao et al. 2024, eq. 3 and 4).

    As in most implementations since, the mean runs over tokens, not first over each text and then over texts.
    The gradient of this KL estimate is that of the *forward* KL, so its fixed point is not quite the Boltzmann policy.
    (By default TRL 1.16 therefore multiplies it by the ratio; with `use_bias_correction_kl=False` it equals this.)
    """
    log_ratio = needed(batch, "logp_ref", "grpo_loss") - now.logp
    leash = log_ratio.exp() - log_ratio - 1
    return ppo_loss(now, batch, clip=clip) + beta * masked_mean(leash, batch.mask)


def dpo_loss(now: Evaluation, batch: Batch, *, beta: float = 0.1) -> Float[Tensor, "seed"]:
    """Prefer the chosen episode of each pair to the rejected one (Rafailov et al. 2023, eq. 7).

    Episodes 0, 2, 4, ... are chosen, 1, 3, 5, ... rejected; a pair shares its prompt.
    Raises ValueError on an odd number.
    """
    episodes = batch.action.shape[1]
    if episodes % 2:
        raise ValueError(
            f"dpo_loss needs pairs (chosen, rejected, ...): got {episodes} episodes, an odd number"
        )
    gain = ((now.logp - needed(batch, "logp_ref", "dpo_loss")) * batch.mask).sum(-1)
    return -F.logsigmoid(beta * (gain[:, 0::2] - gain[:, 1::2])).mean(-1)


def masked_mean(value: Float[Tensor, "seed episode time"], mask: Bool[Tensor, "seed episode time"]):
    """The mean over the steps that count, one number for each seed."""
    return (value * mask).sum((1, 2)) / mask.sum((1, 2)).clamp(min=1)


def needed(batch: Batch, field: str, who: str) -> Tensor:
    """A field of the batch, or a ValueError that says where it comes from."""
    value = getattr(batch, field)
    if value is None:
        where = {
            "advantage": "give the data source an `advantage`, e.g. Rollouts(env, advantage=batch_relative)",
            "logp": "the policy itself must act (Rollouts, Completions); a teacher's actions have none",
            "logp_ref": "make the data with `reference=True`",
        }
        raise ValueError(f"{who} needs batch.{field}: {where[field]}")
    return value
