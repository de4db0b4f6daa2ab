"""The softmax bandit, exactly: where SFT and RL end, and how noisy each of their gradients is.

A policy over K arms is softmax of K logits. The gradient of one action's log-probability on the logits is
e_a - p: one at the action, less the policy. SFT and RL differ in who draws the action and in what multiplies this.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.checked import number, shape, whole
from helpers.core.distributions import kl, same_actions
from helpers.core.streams import Rng
from helpers.core.types import Batch


def gradient_moments(
    policy: Float[Tensor, "*seeds arms"],
    actor: Float[Tensor, "*seeds arms"],
    weight: Float[Tensor, "*seeds arms"],
) -> tuple[Float[Tensor, "*seeds arms"], Float[Tensor, "*seeds"]]:
    """Mean of one action's gradient (uphill, on the logits), and its total variance, summed over the logits.

    The actor draws the action, its weight multiplies e_a - policy. SFT: a teacher acts, weights 1. REINFORCE: the
    policy acts, the weight is the advantage. Null arm: the policy acts, weights 1. A batch of n actions has the
    same mean and 1/n of the variance.
    """
    same_actions(policy=policy, actor=actor, weight=weight)
    direction = torch.eye(policy.shape[-1]) - policy[..., None, :]  # [action, logit]
    each = weight[..., None] * direction
    mean = (actor[..., None] * each).sum(-2)
    variance = (actor * (each - mean[..., None, :]).square().sum(-1)).sum(
        -1
    )  # never negative, as a difference may be
    return mean, variance


def advantage_of(policy: Float[Tensor, "*seeds arms"], reward: Float[Tensor, "arms"]) -> Tensor:
    """How much better than the policy's average each arm is."""
    same_actions(policy=policy, reward=reward)
    return reward - (policy * reward).sum(-1, keepdim=True)


def boltzmann_policy(
    reference: Float[Tensor, "*seeds arms"], reward: Float[Tensor, "*seeds arms"], beta: float
) -> Float[Tensor, "*seeds arms"]:
    """The policy with the most reward less `beta` times KL(policy || reference): reference exp(reward / beta) / Z.

    Korbak et al. 2022 (arXiv 2205.11275). Raises ValueError if the reference is no distribution over these arms.
    """
    beta = number(beta, "beta", above=0)
    same_actions(reference=_distribution(reference, "reference"), reward=reward)
    most = reward.masked_fill(reference == 0, -torch.inf).amax(
        -1, keepdim=True
    )  # or a small beta would overflow
    return (reference.log() + (reward - most).clamp(max=0) / beta).softmax(-1)


def total_variation(p: Float[Tensor, "... arms"], q: Float[Tensor, "... arms"]) -> Tensor:
    """Half the summed difference of two distributions: the largest difference in the chance of any event, 0 to 1.

    Raises ValueError for what are no distributions over the same arms.
    """
    same_actions(p=_distribution(p, "p"), q=_distribution(q, "q"))
    return (p - q).abs().sum(-1) / 2


def kl_divergence(p: Float[Tensor, "... arms"], q: Float[Tensor, "... arms"]) -> Tensor:
    """KL(p || q) in nats, of probabilities; exact where it is small; arms that p never takes add nothing."""
    return kl(p.log(), q.log())


def shown_actions(
    share: Float[Tensor, "arms"], reward: Float[Tensor, "arms"], *, episodes: int = 1000
) -> Batch:
    """A teacher's data set: each arm in its share of the episodes, with the reward that it earned.

    Raises ValueError if the shares do not add up to 1, and if there is not one reward for each.
    """
    episodes = whole(episodes, "episodes")
    shape(reward, share.shape, "reward", "arms")
    if not ((share >= 0).all() and abs(float(share.sum()) - 1) <= 1e-4):  # false for NaN, too
        raise ValueError(f"the shares of all arms are at least 0 and add up to 1: got {share.tolist()}")
    counts = (share.cumsum(0) * episodes).round().long().diff(prepend=torch.zeros(1, dtype=torch.long))
    action = torch.repeat_interleave(torch.arange(len(share)), counts)[None, :, None]
    return Batch(
        torch.ones(*action.shape, 1), action, torch.ones_like(action, dtype=torch.bool), reward[action]
    )


def _distribution(p, name):
    """Chances of at least 0 that add up to 1, to within 0.001 for rounding."""
    total = p.sum(-1)
    if not ((p >= 0).all() and ((total - 1).abs() <= 1e-3).all()):  # false for NaN, too
        raise ValueError(
            f"{name}: the chances of all arms are at least 0 and add up to 1: they are {float(p.min()):.3g} or more "
            f"and add up to {float(total.min()):.4g} to {float(total.max()):.4g}"
        )
    return p


@torch.no_grad()
def probabilities(policy) -> Float[Tensor, "seed arms"]:
    """The policy of each seed in a bandit, where there is nothing to observe; on the CPU, wherever the policy is."""
    seen = torch.ones(len(policy.seeds), 1, 1, 1).to(policy.device)
    return policy.logits(seen).cpu().softmax(-1)[:, 0, 0]


class Bandit:
    """One choice among arms with fixed rewards. There is nothing to observe, so the observation is a constant 1."""

    features, horizon = 1, 1

    def __init__(self, rewards: list[float] | Float[Tensor, "actions"]):
        self.rewards = torch.as_tensor(rewards, dtype=torch.float32)
        if self.rewards.dim() != 1 or not len(self.rewards) or not self.rewards.isfinite().all():
            raise ValueError(f"rewards are finite numbers, one for each arm: got {self.rewards.tolist()}")
        self.actions = len(self.rewards)

    def reset(self, rng: Rng, episodes: int) -> Int[Tensor, "seed episode"]:
        """The state says nothing: a zero for each episode."""
        return torch.zeros(len(rng.generators), episodes, dtype=torch.long)

    def observe(self, state: Int[Tensor, "seed episode"]) -> Float[Tensor, "seed episode features"]:
        """A constant 1."""
        return torch.ones(*state.shape, 1, device=state.device)

    def step(self, state: Int[Tensor, "seed episode"], action: Int[Tensor, "seed episode"], rng: Rng):
        """Pays the reward of the arm; every episode ends."""
        return state, self.rewards.to(action.device)[action], torch.ones_like(action, dtype=torch.bool)
