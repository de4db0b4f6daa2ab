"""The checks of lesson 00: a teacher, an advantage, a loss."""

import torch

from helpers.kit.checks import Check, Mistake

check_towards = Check(
    lambda agent, coin: (coin > agent).long(),
    cases=[(torch.tensor([1, 4, 3, 7]), torch.tensor([5, 0, 8, 6]))],
    mistakes=[
        Mistake(
            "The other way round: this teacher walks away from every coin. 1 is right, and right is where the numbers "
            "of the cells grow.",
            lambda agent, coin: (coin < agent).long(),
        ),
        Mistake(
            "This teacher always walks right, wherever the coin is. That is another goal.",
            lambda agent, coin: torch.ones_like(agent),
        ),
        Mistake("This teacher always walks left.", lambda agent, coin: torch.zeros_like(agent)),
        Mistake(
            "That is the distance to the coin. A move is only its direction: 1 to the right, 0 to the left.",
            lambda agent, coin: coin - agent,
        ),
        Mistake(
            "That is -1 for left and 1 for right. Here left is 0.", lambda agent, coin: (coin - agent).sign()
        ),
    ],
)

_REWARDS = [(torch.tensor([1.0, 1.0, 0.0, 0.0]),), (torch.tensor([2.0, -1.0, 0.5]),)]

check_advantage = Check(
    lambda reward: reward - reward.mean(),
    cases=_REWARDS,
    mistakes=[
        Mistake(
            "The sign is the wrong way round: better than usual must be positive.", lambda r: r.mean() - r
        ),
        Mistake("This is the reward itself. Subtract what is usual, the mean.", lambda r: r),
        Mistake(
            "It was also divided by the standard deviation. Lesson 12 does that; here only the mean is subtracted.",
            lambda r: (r - r.mean()) / r.std(),
        ),
        Mistake(
            "This is the mean alone, one number. Each episode has its own advantage.", lambda r: r.mean()
        ),
        Mistake(
            "The sum was subtracted, not the mean.",
            lambda r: r - r.sum(),
        ),
    ],
)


def _rl_loss(p, reward, *, baseline=True):
    return -((reward - reward.mean() if baseline else reward) * p.log()).mean()


check_rl_loss = Check(
    _rl_loss,
    cases=[
        (torch.tensor([0.9, 0.5, 0.5, 0.2]), torch.tensor([1.0, 1.0, 0.0, 0.0])),
        (torch.tensor([0.3, 0.8, 0.6]), torch.tensor([2.0, -1.0, 0.5])),
    ],
    mistakes=[
        Mistake(
            "The sign is the wrong way round. A loss goes down while well-paid moves become likelier: add a minus.",
            lambda p, r: -_rl_loss(p, r),
        ),
        Mistake(
            "The baseline is missing: use the advantage, the reward less its mean, and not the reward.",
            lambda p, r: _rl_loss(p, r, baseline=False),
        ),
        Mistake(
            "This is SFT's loss: every move counts the same. Multiply by the advantage.",
            lambda p, r: -p.log().mean(),
        ),
        Mistake("The logarithm is missing.", lambda p, r: -((r - r.mean()) * p).mean()),
        Mistake("This is the sum. Take the mean.", lambda p, r: len(p) * _rl_loss(p, r)),
        Mistake(
            "One number for each episode came out. A loss is their mean.",
            lambda p, r: -(r - r.mean()) * p.log(),
        ),
    ],
)
