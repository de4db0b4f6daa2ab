"""The objectives: how the actions of a batch are weighted. Pure functions `(Evaluation, Batch) -> loss[seed]`.

They know neither networks nor environments. Lower is better.

What is the mean taken over? Each objective sums over the steps of an episode and takes the mean over episodes
(`per_episode`): its denominator is a number that nobody's actions change. The mean over all steps that count
(`per_step`) is usual for texts, and divides by how long the episodes of this very batch happened to be. Who ends
episodes soon then makes each of his steps count more, even with no reward: own actions, all weighted alike, would
learn to end. (Adam and clipping shorten the large gradients of long episodes, which leaves a little of this: take
many episodes, and a `clip_norm` above the usual norm of a sum over an episode, such as 10.)
For texts write `partial(sft_loss, mean=per_step)`. The names of others:

    ours                 TRL, `loss_type`                Stable-Baselines3
    per_episode          "luspo"
    per_length(n)        "dr_grpo"
    per_step             "bnpo", "dapo"; SFT's default   the mean over a buffer, whose number of steps is fixed
    per_step_per_text    "grpo"
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from helpers.checked import number, whole
from helpers.core.distributions import k3
from helpers.core.types import Batch, Evaluation


def per_episode(
    value: Float[Tensor, "seed episode time"], mask: Bool[Tensor, "seed episode time"]
) -> Float[Tensor, "seed"]:
    """The sum over an episode's steps, a mean over episodes. Unbiased: with own actions and the reward to go as
    weights, its gradient is that of the expected return; with equal weights it is zero in expectation."""
    return _counted(value, mask).sum((1, 2)) / mask.shape[1]


def per_step(
    value: Float[Tensor, "seed episode time"], mask: Bool[Tensor, "seed episode time"]
) -> Float[Tensor, "seed"]:
    """The mean over all steps that count; of texts, over tokens. Right for recorded data and for a fixed number of
    steps; with own actions its denominator is random, and steps of short episodes weigh more."""
    return _counted(value, mask).sum((1, 2)) / mask.sum((1, 2)).clamp(min=1)


def per_step_per_text(
    value: Float[Tensor, "seed episode time"], mask: Bool[Tensor, "seed episode time"]
) -> Float[Tensor, "seed"]:
    """The mean over the steps of each episode, then over episodes (Shao et al. 2024, eq. 3): a step of a short text
    weighs more, whether it was good or bad."""
    return (_counted(value, mask).sum(-1) / mask.sum(-1).clamp(min=1)).mean(-1)


def per_length(length: int) -> Callable:
    """The sum over an episode's steps over one constant `length`, a mean over episodes: `per_episode` on the scale of a
    step (Liu et al. 2025, Dr. GRPO). Take the longest length that an episode may have."""
    length = whole(length, "length")
    return lambda value, mask: per_episode(value, mask) / length


def sft_loss(now: Evaluation, batch: Batch, *, mean: Callable = per_episode) -> Float[Tensor, "seed"]:
    """Make the recorded actions likely, all alike: the cross-entropy of behaviour cloning and SFT."""
    return mean(-now.logp, batch.mask)


def reinforce_loss(now: Evaluation, batch: Batch, *, mean: Callable = per_episode) -> Float[Tensor, "seed"]:
    """Make actions likely in proportion to their advantage (Williams 1992, REINFORCE)."""
    advantage = _counted(needed(batch, "advantage", "reinforce_loss"), batch.mask)
    return mean(-advantage * now.logp, batch.mask)


def ppo_loss(
    now: Evaluation, batch: Batch, *, clip: float = 0.2, mean: Callable = per_episode
) -> Float[Tensor, "seed"]:
    """REINFORCE that may reuse a batch: moving the ratio beyond `clip` gains nothing (Schulman et al. 2017, eq. 7)."""
    clip = number(clip, "clip", least=0)
    advantage = needed(batch, "advantage", "ppo_loss")
    ratio = _counted(now.logp - needed(batch, "logp", "ppo_loss"), batch.mask).exp()
    clipped = ratio.clamp(1 - clip, 1 + clip)
    return mean(-(ratio * advantage).minimum(clipped * advantage), batch.mask)


def grpo_loss(
    now: Evaluation, batch: Batch, *, clip: float = 0.2, beta: float = 0.04, mean: Callable = per_episode
) -> Float[Tensor, "seed"]:
    """PPO plus a leash: `beta` times an estimate of the KL to the reference (Shao et al. 2024, eq. 3 and 4).

    The gradient of this KL estimate is that of the *forward* KL, so its fixed point is not quite the Boltzmann policy.
    (By default TRL 1.16 therefore multiplies it by the ratio; with `use_bias_correction_kl=False` it equals this.)
    """
    beta = number(beta, "beta", least=0)
    log_ratio = _counted(needed(batch, "logp_ref", "grpo_loss") - now.logp, batch.mask)
    return ppo_loss(now, batch, clip=clip, mean=mean) + beta * mean(k3(log_ratio), batch.mask)


def dpo_loss(now: Evaluation, batch: Batch, *, beta: float = 0.1) -> Float[Tensor, "seed"]:
    """Prefer the chosen episode of each pair to the rejected one (Rafailov et al. 2023, eq. 7).

    Episodes 0, 2, 4, ... are chosen, 1, 3, 5, ... rejected; a pair shares its prompt. Log-probabilities are summed over
    an episode, and the mean is over pairs. Raises ValueError on an odd number.
    """
    episodes = batch.action.shape[1]
    if episodes % 2:
        raise ValueError(
            f"dpo_loss needs pairs (chosen, rejected, ...): got {episodes} episodes, an odd number"
        )
    gain = _counted(now.logp - needed(batch, "logp_ref", "dpo_loss"), batch.mask).sum(-1)
    return -F.logsigmoid(beta * (gain[:, 0::2] - gain[:, 1::2])).mean(-1)


def _counted(value, mask):
    """0 at the steps that do not count, whatever stands there: 0 times infinity would be NaN."""
    return torch.where(mask, value, 0.0)


def needed(batch: Batch, field: str, who: str) -> Tensor:
    """A field of the batch, or a ValueError that says where it comes from."""
    value = getattr(batch, field)
    if value is None:
        where = {
            "advantage": "give the data source an `advantage`, e.g. Rollouts(env, advantage=batch_relative)",
            "logp": "the policy itself must act (Completions, Rollouts without logp=False): a teacher has none",
            "logp_ref": "make the data with `reference=True`",
        }
        raise ValueError(f"{who} needs batch.{field}: {where[field]}")
    return value
