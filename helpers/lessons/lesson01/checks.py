"""The checks of lesson 01: two gradients, two fixed points, one divergence."""

import torch

from helpers.core.advantages import batch_relative
from helpers.core.policy import Policy, table
from helpers.core.sources import Rollouts
from helpers.core.training import train
from helpers.core.types import Batch, Evaluation
from helpers.kit.checks import Check, Mistake
from helpers.worlds.bandits import Bandit, boltzmann_policy, kl_divergence, probabilities

_P = torch.tensor([0.1, 0.2, 0.3, 0.4])
_FOUR = (_P, torch.tensor([3, 0, 0, 2]), torch.tensor([1.0, 0.0, 0.5, 2.0]))
_FLAT = (torch.tensor([0.25, 0.75]), torch.tensor([1, 1, 0]), torch.tensor([2.0, 2.0, 5.0]))
_one = lambda p, action: torch.eye(len(p))[action]

check_sft_gradient = Check(
    lambda p, action: _one(p, action) - p,
    cases=[(_P, 2), (torch.tensor([0.7, 0.3]), 0)],
    mistakes=[
        Mistake(
            "The sign is the wrong way round: this points downhill, and would make the action less likely. "
            "The entry of the action itself must be positive.",
            lambda p, action: p - _one(p, action),
        ),
        Mistake(
            "Only the action's own entry is there. Raising one logit lowers the probability of all others, so p must "
            "be subtracted everywhere.",
            _one,
        ),
        Mistake(
            "This is the gradient of p[action], not of log p[action]: the factor p[action] is too much.",
            lambda p, action: p[action] * (_one(p, action) - p),
        ),
        Mistake(
            "p was subtracted at the action only. All entries change: one at the action, less the whole policy.",
            lambda p, action: _one(p, action) * (1 - p),
        ),
    ],
)


def _reinforce(p, action, reward, *, baseline=True, mean=True, scale=False, sign=1.0, minus_p=True):
    advantage = reward - reward.mean() if baseline else reward
    if scale:
        advantage = advantage / reward.std()
    each = advantage[:, None] * (_one(p, action) - (p if minus_p else 0))
    return sign * (each.mean(0) if mean else each.sum(0))


check_reinforce_gradient = Check(
    _reinforce,
    cases=[_FOUR, _FLAT],
    mistakes=[
        Mistake(
            "The baseline is missing: subtract the mean reward, so that worse than usual counts as negative.",
            lambda p, a, r: _reinforce(p, a, r, baseline=False),
        ),
        Mistake(
            "The sign is the wrong way round: well-paid actions would become less likely.",
            lambda p, a, r: _reinforce(p, a, r, sign=-1.0),
        ),
        Mistake(
            "This is the sum over the batch. Take the mean, or a larger batch makes larger steps.",
            lambda p, a, r: _reinforce(p, a, r, mean=False),
        ),
        Mistake(
            "The advantage was also divided by its standard deviation. That is GRPO's way; here only the mean is "
            "subtracted.",
            lambda p, a, r: _reinforce(p, a, r, scale=True),
        ),
        Mistake(
            "The advantage is missing: every action counts the same here. That is the null arm.",
            lambda p, a, r: (_one(p, a) - p).mean(0),
        ),
        Mistake(
            "Baseline and p are both missing. The mean reward must be subtracted from each reward.",
            lambda p, a, r: _reinforce(p, a, r, baseline=False, minus_p=False),
        ),
    ],
)

check_boltzmann = Check(
    boltzmann_policy,
    cases=[
        (torch.tensor([0.2, 0.3, 0.5]), torch.tensor([1.0, 0.0, -1.0]), 0.5),
        (torch.tensor([0.6, 0.4]), torch.tensor([0.0, 1.0]), 2.0),
    ],
    mistakes=[
        Mistake(
            "The reward was multiplied by beta. A long leash (small beta) must let the reward count for more: divide.",
            lambda reference, reward, beta: (reference.log() + reward * beta).softmax(-1),
        ),
        Mistake(
            "The reference is missing: with a short leash (large beta) the policy must return to it, not to uniform.",
            lambda reference, reward, beta: (reward / beta).softmax(-1),
        ),
        Mistake(
            "It does not add up to 1. Divide by the sum, which is what the formula calls Z.",
            lambda reference, reward, beta: reference * (reward / beta).exp(),
        ),
        Mistake(
            "The reference must be multiplied by exp(reward / beta). In a softmax that means adding its logarithm, "
            "not the reference itself.",
            lambda reference, reward, beta: (reference + reward / beta).softmax(-1),
        ),
        Mistake(
            "The sign of the reward is the wrong way round.",
            lambda p, r, beta: (p.log() - r / beta).softmax(-1),
        ),
    ],
)

check_kl = Check(
    kl_divergence,
    cases=[
        (torch.tensor([0.1, 0.2, 0.7]), torch.tensor([0.3, 0.3, 0.4])),
        (torch.tensor([0.0, 1.0]), torch.tensor([0.5, 0.5])),
    ],
    mistakes=[
        Mistake(
            "This is KL(q || p), the wrong way round. The mean is taken over the first distribution, p.",
            lambda p, q: torch.special.xlogy(q, q / p).sum(),
        ),
        Mistake(
            "The sign is the wrong way round: a KL divergence is never negative.",
            lambda p, q: -torch.special.xlogy(p, p / q).sum(),
        ),
        Mistake(
            "That is in bits. For nats take the natural logarithm.",
            lambda p, q: (p * (p / q + 1e-12).log2()).sum(),
        ),
        Mistake(
            "An arm that p never takes gave NaN: 0 times log 0. Such an arm adds nothing.",
            lambda p, q: (p * (p / q).log()).sum(),
        ),
        Mistake(
            "The weights are missing: each log ratio counts in proportion to p, not all alike.",
            lambda p, q: (p / q + 1e-12).log().mean(),
        ),
    ],
)


def _loss_and_gradient(loss, logp, advantage, mask):
    """What a loss returns on a batch, and where it pushes each log-probability."""
    logp = logp.clone().requires_grad_()
    steps = torch.zeros_like(mask, dtype=torch.long)
    batch = Batch(torch.zeros(*mask.shape, 1), steps, mask, torch.zeros_like(logp), advantage=advantage)
    value = loss(Evaluation(logp, logp[..., None].expand(*logp.shape, 2)), batch)
    if value is None:
        return None
    if not isinstance(value, torch.Tensor) or value.shape != logp.shape[:1]:
        return f"a loss of shape {tuple(getattr(value, 'shape', ()))}"  # whatever its value
    gradient = torch.autograd.grad(value.sum(), logp)[0] if value.requires_grad else torch.zeros_like(logp)
    return value.detach(), gradient


def _per_episode(value, mask):
    return (value * mask).sum((1, 2)) / mask.shape[1]


def _bandit_with(loss):
    """What `train` achieves with the learner's loss."""
    bandit = Bandit([0.0, 0.5, 1.0])
    start = Policy(table(3), seeds=4)
    run = train(start, Rollouts(bandit, episodes=16, advantage=batch_relative), loss, steps=60, lr=0.1)
    best = probabilities(run.policy)[:, 2].mean()
    return f"`train` took your loss and brought the best of three arms from 0.33 to {best:.2f}."


_LOGP = torch.tensor([[[-0.1, -1.0], [-2.0, -0.5]], [[-0.7, -0.3], [-1.5, -0.2]]])
_ADVANTAGE = torch.tensor([[[1.0, 0.5], [-1.0, 3.0]], [[2.0, -0.5], [0.3, 1.0]]])
_MASK = torch.tensor([[[True, True], [True, False]], [[True, True], [True, True]]])

check_reinforce_loss = Check(
    lambda now, batch: _per_episode(-batch.advantage * now.logp, batch.mask),
    cases=[(_LOGP, _ADVANTAGE, _MASK)],
    look=_loss_and_gradient,
    then=_bandit_with,
    mistakes=[
        Mistake(
            "The sign is the wrong way round. A loss is what goes down, so good actions need a minus in front.",
            lambda now, batch: _per_episode(batch.advantage * now.logp, batch.mask),
        ),
        Mistake(
            "The mask is forgotten: the last step of an episode that had ended was counted too.",
            lambda now, batch: (-batch.advantage * now.logp).mean((1, 2)),
        ),
        Mistake(
            "Divided by the number of steps that count. The actions themselves change that number: a step of a short "
            "episode would weigh more. Divide by the number of episodes.",
            lambda now, batch: (
                (-batch.advantage * now.logp * batch.mask).sum((1, 2)) / batch.mask.sum((1, 2))
            ),
        ),
        Mistake(
            "The sum is masked, but divided by episodes times steps. Divide by the number of episodes alone.",
            lambda now, batch: (-batch.advantage * now.logp * batch.mask).mean((1, 2)),
        ),
        Mistake(
            "One number came out for all seeds together. Keep the first axis: one loss for each seed.",
            lambda now, batch: (-batch.advantage * now.logp * batch.mask).sum() / batch.mask.shape[1],
        ),
        Mistake(
            "The advantage is missing: this is `sft_loss`, in which every action counts the same.",
            lambda now, batch: _per_episode(-now.logp, batch.mask),
        ),
        Mistake(
            "The gradient stops at a `detach`: the value is right, but nothing would be learned. Detach the advantage "
            "at most, never the log-probability.",
            lambda now, batch: _per_episode(-batch.advantage * now.logp.detach(), batch.mask),
        ),
        Mistake(
            "This weighs the probability, not its logarithm. That has another gradient: unlikely actions hardly move.",
            lambda now, batch: _per_episode(-batch.advantage * now.logp.exp(), batch.mask),
        ),
    ],
)
