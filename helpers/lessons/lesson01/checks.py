"""The checks of lesson 01: those of its warm-ups, and by name those of what is built."""

import numpy as np
import torch

from helpers.kit.checks import Check, Mistake, NotYet, with_one
from helpers.lessons.lesson01.builds import exact_gradient, row
from helpers.lessons.lesson01.builds import kl as _kl
from helpers.lessons.lesson01.leash_check import check_leashed_run as check_leashed_run
from helpers.lessons.lesson01.sampled_check import check_sampled_gradient as check_sampled_gradient
from helpers.worlds.bandits import boltzmann_policy

_P = torch.tensor([0.1, 0.2, 0.3, 0.4])
_one = lambda p, action: torch.eye(len(p))[action]

check_row = Check(
    row,
    cases=[(_P, 2), (torch.tensor([0.7, 0.3]), 0), (torch.tensor([0.25, 0.25, 0.5]), 1)],
    draw=lambda draws: (draws.probabilities(draws.size), int(draws.whole(below=draws.size))),
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
        Mistake(
            "This is 1 / p at the action: the gradient on the probabilities. The logits move all of them at once.",
            lambda p, action: _one(p, action) / p,
        ),
        Mistake(
            "The probability of the action was subtracted everywhere. Each logit loses its own probability.",
            lambda p, action: _one(p, action) - p[action],
        ),
        Mistake(
            "Two actions that are equally likely both got the one. Ask which action it is, not which p it has.",
            lambda p, action: (p == p[action]).float() - p,
        ),
        Mistake(
            "Every entry has a one. It stands at the action that was taken, and nowhere else.",
            lambda p, action: 1 - p,
        ),
        Mistake(
            "The one stands at another action: the actions count from 0.",
            lambda p, action: _one(p, action - 1) - p,
        ),
        Mistake(
            "The action's own entry is 1. There, too, its probability is subtracted: look at the row in the table.",
            lambda p, action: torch.where(_one(p, action) > 0, 1.0, -p),
        ),
        Mistake(
            "Every entry was multiplied by its p. Nothing stands before the bracket: one at the action, less p.",
            lambda p, action: p * (_one(p, action) - p),
        ),
        Mistake(
            "This is uniform less, not p less. What is subtracted is the policy as it stands.",
            lambda p, action: _one(p, action) - 1 / len(p),
        ),
    ],
)

check_exact_gradient = Check(
    exact_gradient,
    cases=[
        (_P, torch.tensor([1.0, 0.0, 0.5, 2.0])),
        (torch.tensor([0.25, 0.75]), torch.tensor([2.0, 5.0])),
    ],
    draw=lambda draws: (draws.probabilities(draws.size), draws.numbers(draws.size)),
    mistakes=[
        Mistake(
            "The mean over actions was taken with equal weights. The policy's mean reward weighs each action by its p.",
            lambda p, reward: p * (reward - reward.mean()),
        ),
        Mistake(
            "What was subtracted is the sum of p, which is 1. The policy's mean reward is the sum of p times reward.",
            lambda p, reward: p * (reward - p.sum()),
        ),
        Mistake(
            "What was subtracted is the sum of the rewards. The policy's mean reward weighs each by its p.",
            lambda p, reward: p * (reward - reward.sum()),
        ),
        Mistake(
            "The highest reward was subtracted. What counts is how much better an action pays than the policy does.",
            lambda p, reward: p * (reward - reward.max()),
        ),
        Mistake(
            "The mean reward is missing: then every logit would rise where all rewards are positive. What counts is "
            "how much better than the policy's mean an action is.",
            lambda p, reward: p * reward,
        ),
        Mistake(
            "The factor p is missing: an action that is hardly ever taken hardly counts in the expected reward.",
            lambda p, reward: reward - (p * reward).sum(),
        ),
        Mistake(
            "The sign is the wrong way round: this points to less reward.",
            lambda p, reward: p * ((p * reward).sum() - reward),
        ),
        Mistake(
            "This is the gradient on the probabilities, the reward itself. The logits move all probabilities at once.",
            lambda p, reward: reward,
        ),
        Mistake(
            "This is the expected reward. Asked for is how it grows with each logit: a number for each action.",
            lambda p, reward: (p * reward).sum(),
        ),
        Mistake(
            "That leaves out what raising one logit does to the other actions: each of them loses. Subtract the mean.",
            lambda p, reward: p * (1 - p) * reward,
        ),
        Mistake(
            "The policy's mean reward is the sum of p times reward. p makes it a mean: do not divide once more.",
            lambda p, reward: p * (reward - (p * reward).mean()),
        ),
        Mistake(
            "That is reward times (1 - p). What counts is how much better an action pays than the policy does on "
            "average, in proportion to how often it is taken.",
            lambda p, reward: reward * (1 - p),
        ),
        Mistake(
            "The p of the action stands there twice.",
            lambda p, reward: p * p * (reward - (p * reward).sum()),
        ),
        Mistake(
            "It was divided by the number of actions. The expected reward is a sum, weighed by p, and no mean.",
            lambda p, reward: exact_gradient(p, reward) / len(p),
        ),
        Mistake(
            "The expected reward was subtracted without its reward being weighed: p belongs to the whole bracket.",
            lambda p, reward: p * reward - (p * reward).sum(),
        ),
    ],
)

check_boltzmann = Check(
    boltzmann_policy,
    cases=[
        (torch.tensor([0.2, 0.3, 0.5]), torch.tensor([1.0, 0.0, -1.0]), 0.5),
        (torch.tensor([0.6, 0.4]), torch.tensor([0.0, 1.0]), 2.0),
        (torch.tensor([0.5, 0.0, 0.5]), torch.tensor([0.0, 3.0, 1.0]), 1.0),  # never taken, never will be
        (torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.98, 1.0, 0.99]), 0.01),  # exp(100) is infinite here
    ],
    draw=lambda draws: (
        draws.probabilities(draws.size),
        draws.numbers(draws.size),
        draws.one_of([0.4, 0.7, 1.5, 3.0]),
    ),
    mistakes=[
        Mistake(
            "The reward was multiplied by beta. At a low price the reward must count for more: divide.",
            lambda reference, reward, beta: (reference.log() + reward * beta).softmax(-1),
        ),
        Mistake(
            "The reference is missing: at a high price the policy must return to it, not to uniform.",
            lambda reference, reward, beta: (reward / beta).softmax(-1),
        ),
        Mistake(
            "It does not add up to 1. Divide by the sum, which is what the formula calls Z.",
            lambda reference, reward, beta: reference * (reward / beta).exp(),
        ),
        Mistake(
            "It does not add up to 1: the reference came after the softmax had divided. Multiply first, then divide by "
            "the sum, which is what the formula calls Z.",
            lambda reference, reward, beta: reference * (reward / beta).softmax(-1),
        ),
        Mistake(
            "The reference must be multiplied by exp(reward / beta). In a softmax that means adding its logarithm, "
            "not the reference itself.",
            lambda reference, reward, beta: (reference + reward / beta).softmax(-1),
        ),
        Mistake(
            "A large exponent overflows: exp(1 / 0.01) is infinite for torch. Subtract the largest reward first, or "
            "use a softmax.",
            lambda p, r, beta: p * (r / beta).exp() / (p * (r / beta).exp()).sum(),
        ),
        Mistake(
            "The sign of the reward is the wrong way round.",
            lambda p, r, beta: (p.log() - r / beta).softmax(-1),
        ),
        Mistake(
            "Beta is missing: the price must divide the reward.", lambda p, r, beta: (p.log() + r).softmax(-1)
        ),
        Mistake(
            "These are the logarithms of the policy. Asked for are its probabilities.",
            lambda p, r, beta: (p.log() + r / beta).log_softmax(-1),
        ),
        Mistake(
            "The reference was divided by beta, too. The price divides the reward alone.",
            lambda p, r, beta: ((p.log() + r) / beta).softmax(-1),
        ),
        Mistake(
            "The reference was multiplied by the reward itself. It must be the exponential of reward / beta.",
            lambda p, r, beta: p * (r / beta) / (p * (r / beta)).sum(),
        ),
    ],
)


ROUND = "This is KL(q || p), the wrong way round. The mean is taken over the first distribution, p."
NEITHER = (
    "An action that neither takes gave NaN. Leave out the actions with p = 0 first, before anything is divided or has "
    "its logarithm taken."
)


def _open(function, p, q):
    """What the function returns. Told are the wrong way round, and a finite number where the divergence is infinite."""
    one, other = torch.tensor([0.1, 0.2, 0.7]), torch.tensor([0.3, 0.3, 0.4])
    way = function(one.clone(), other.clone())
    if isinstance(way, NUMBER) and np.ndim(way) == 0 and abs(float(way) - float(_kl(other, one))) < 1e-4:
        raise NotYet(ROUND)
    found = function(p, q)
    if _kl(p, q).isinf() and isinstance(found, NUMBER) and np.isfinite(np.asarray(found)).all():
        usual = torch.tensor([0.1, 0.9]), torch.tensor([0.5, 0.5])
        if abs(float(np.sum(np.asarray(function(*usual)))) - float(_kl(*usual))) < 0.01:
            raise NotYet(
                "It hides an infinity: p = (0.5, 0.5) takes an action that q = (0, 1) never takes, and no number of "
                "nats describes that. `nan_to_num`, `clamp`, a small number that is added, and leaving such actions "
                "out all do this. Leave out only those that p never takes."
            )
    return found


def _some_never(draws):
    """Two policies; the longest of the first has an action that it never takes."""
    p, q = draws.probabilities(draws.size), draws.probabilities(draws.size)
    return (_whole(with_one(0.0, p, draws)) if draws.size == 5 else p), q


NUMBER = (float, int, np.generic, np.ndarray, torch.Tensor)
_whole = lambda p: p / p.sum()

check_kl = Check(
    _kl,
    cases=[
        (torch.tensor([0.1, 0.2, 0.7]), torch.tensor([0.3, 0.3, 0.4])),
        (torch.tensor([0.0, 1.0]), torch.tensor([0.5, 0.5])),
        (torch.tensor([0.5, 0.5]), torch.tensor([0.0, 1.0])),  # infinite
        (torch.tensor([0.0, 0.4, 0.6]), torch.tensor([0.0, 0.5, 0.5])),  # neither takes the first
    ],
    draw=_some_never,
    look=_open,
    mistakes=[
        Mistake(ROUND, lambda p, q: _kl(q, p)),
        Mistake(
            "The sign is the wrong way round: a KL divergence is never negative.", lambda p, q: -_kl(p, q)
        ),
        Mistake(
            "That is in bits. For nats take the natural logarithm.",
            lambda p, q: _kl(p, q) / torch.tensor(2.0).log(),
        ),
        Mistake(
            "An action that p never takes gave NaN: 0 times log 0. Such an action adds nothing.",
            lambda p, q: (p * (p / q).log()).sum(),
        ),
        Mistake(
            NEITHER,
            lambda p, q: torch.special.xlogy(p, p / q).sum(),
        ),
        Mistake(
            NEITHER,
            lambda p, q: torch.nn.functional.kl_div(q.log(), p, reduction="sum"),
        ),
        Mistake(
            "The weights are missing: each log ratio counts in proportion to p, not all alike.",
            lambda p, q: torch.where(p > 0, (p / q).log(), 0.0).mean(),
        ),
        Mistake(
            "This is a cross-entropy: the mean of -log q. What is missing is the mean of log p.",
            lambda p, q: -torch.where(p > 0, p * q.log(), 0.0).sum(),
        ),
        Mistake(
            "It was divided by the number of actions. The weights p make it a mean already.",
            lambda p, q: _kl(p, q) / len(p),
        ),
        Mistake(
            "These are the parts of the sum, one for each action. Add them up.",
            lambda p, q: torch.where(p > 0, p * (p / q).log(), 0.0),
        ),
    ],
)
