"""What the moves of a step may be weighted by, rightly and wrongly: losses of what was seen."""

import torch

from helpers.lessons.lesson00.watched import LOGITS, Seen


def better(seen: Seen) -> torch.Tensor:
    """How much better than usual each episode was."""
    return seen.reward - seen.reward.mean()


def again(seen: Seen) -> torch.Tensor:
    """The reward if the coin is paid at every move from the one that finds it."""
    found = torch.cat([~seen.playing[1:], seen.reward.bool()[None]])
    return found.float().sum(0)


def last_moves(seen: Seen) -> torch.Tensor:
    """The log-probability of the last move of each episode."""
    last = seen.playing.sum(0).sub(1).clamp(min=0)
    return seen.logp().gather(0, last[None])[0]


def walked_on(seen: Seen) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probabilities and rewards where agents that are on the coin walk on, and count again once they have left."""
    end = seen.agents[-1] + 2 * seen.action[-1] - 1
    reward = (end.clamp(0, seen.world.cells - 1) == seen.coin).float()
    return seen.logp(after_the_end=True) * (seen.agents != seen.coin), reward


def still_playing_after(seen: Seen) -> torch.Tensor:
    """The log-probability of each move after which the coin is not found yet."""
    return seen.logp() * torch.cat([seen.playing[1:], ~seen.reward.bool()[None]])


def over(seen: Seen) -> torch.Tensor:
    """The log-probability of each move that is made when an episode is over."""
    return seen.logp(after_the_end=True) * ~seen.playing


def as_probabilities(seen: Seen) -> torch.Tensor:
    """The logarithm of what the network gave for each move as a share of both, as if these were probabilities."""
    out = seen.outputs()
    share = out.gather(-1, seen.action[..., None])[..., 0] / out.sum(-1)
    return torch.where(seen.playing, share, 1.0).log()


def _rl_on_walks_that_go_on(seen):
    logp, reward = walked_on(seen)
    return -((reward - reward.mean()) * logp.sum(0)).mean()


def _to_go(seen):
    """RL's loss with the mean taken at the same move, over the episodes that are not over."""
    earned = seen.reward * seen.playing
    return -((earned - earned.mean(1, keepdim=True)) * seen.logp()).sum(0).mean()


def _others(loss):
    """The same with the mean over the other episodes."""
    return lambda seen: loss(seen) * len(seen.reward) / max(len(seen.reward) - 1, 1)


RL_RIGHT = [lambda s: -(better(s) * s.logp().sum(0)).mean(), _to_go]
RL_RIGHT += [_others(loss) for loss in RL_RIGHT]
SFT_RIGHT = [lambda s: -s.logp().sum(0).mean(), lambda s: -s.logp().sum() / s.playing.sum()]


STAYS = "An agent on the coin walked on, and its moves counted again. It stays: `torch.where(playing, ..., agent)`."
TOO_LATE = (
    "Who plays was looked up after the move, so the move that finds the coin did not count. Look before it."
)
TURNED = "The mask is the wrong way round: the moves that count are those of agents that are not on the coin."

RL_WRONG = {  # what is said -> the loss that was followed instead of RL's, of the moves that were seen
    "The wrong way: well-paid moves became less likely. An optimiser goes down, so the loss needs a minus.": (
        lambda s: (better(s) * s.logp().sum(0)).mean()
    ),
    "The weights are the rewards themselves. Subtract what is usual, the mean reward of the batch.": (
        lambda s: -(s.reward * s.logp().sum(0)).mean()
    ),
    "Every move weighs the same here, so nothing is learned from what was earned. Weigh by the reward less its mean.": (
        lambda s: -s.logp().sum(0).mean()
    ),
    "The step is that of a sum over episodes, and grows with their number. Take the mean over episodes.": (
        lambda s: -(better(s) * s.logp().sum(0)).sum()
    ),
    "This is a mean over all moves. Sum over the moves of an episode, and take the mean over episodes.": (
        lambda s: -(better(s) * s.logp().sum(0)).sum() / s.playing.sum()
    ),
    "The log-probabilities of an episode were averaged over its moves. Sum them: all moves had a share.": (
        lambda s: -(better(s) * s.logp().sum(0) / s.playing.sum(0).clamp(min=1)).mean()
    ),
    "Averaged over `world.moves`, too: sum over the moves of an episode, and take the mean over episodes only.": (
        lambda s: -(better(s) * s.logp().sum(0)).mean() / len(s.playing)
    ),
    "Probabilities were weighted, not their logarithms.": (
        lambda s: -(better(s) * (s.logp().exp() * s.playing).sum(0)).mean()
    ),
    "Moves were counted after the coin was found. An episode is over then: add nothing more.": (
        lambda s: -(better(s) * s.logp(after_the_end=True).sum(0)).mean()
    ),
    STAYS: _rl_on_walks_that_go_on,
    TOO_LATE: lambda s: -(better(s) * still_playing_after(s).sum(0)).mean(),
    TURNED: lambda s: -(better(s) * over(s).sum(0)).mean(),
    LOGITS: lambda s: -(better(s) * as_probabilities(s).sum(0)).mean(),
    "Only the last move of each episode was weighted. All its moves led to the coin: add up their log-probabilities.": (
        lambda s: -(better(s) * last_moves(s)).mean()
    ),
    "Only the last walk was weighted, and most episodes were over by then. Add up the log-probabilities on the way.": (
        lambda s: -(better(s) * s.logp()[-1]).mean()
    ),
    "Only the first move of each episode was weighted. Add up the log-probabilities of all of them.": (
        lambda s: -(better(s) * s.logp()[0]).mean()
    ),
    "Only the first episode was weighted. Take the mean over all.": (
        lambda s: -(better(s)[0] * s.logp()[:, 0].sum())
    ),
    "The coin was paid once more for every move after it was found. It pays 1, once.": (
        lambda s: -((again(s) - again(s).mean()) * s.logp().sum(0)).mean()
    ),
    "The weights were also divided by the standard deviation. Lesson 12 does that; here only the mean is subtracted.": (
        lambda s: -(better(s) / (s.reward.std() + 1e-12) * s.logp().sum(0)).mean()
    ),
    "The step is twice as long as it should be. Is the reward of an episode 1 or -1? It is 1 or 0, not 1 or -1.": (
        lambda s: -2 * (better(s) * s.logp().sum(0)).mean()
    ),
    "The mean was added, not subtracted: an episode that earned nothing must get a negative weight.": (
        lambda s: -((s.reward + s.reward.mean()) * s.logp().sum(0)).mean()
    ),
}
SFT_WRONG = {
    "The wrong way: the teacher's moves became less likely. An optimiser goes down, so the loss needs a minus.": (
        lambda s: s.logp().sum(0).mean()
    ),
    "The moves were weighted by the reward, so episodes that ran out of time taught nothing. In SFT all weigh alike.": (
        lambda s: -(s.reward * s.logp().sum(0)).mean()
    ),
    "The moves were weighted by reward less mean reward. In SFT all weigh alike: the weight is 1.": (
        lambda s: -(better(s) * s.logp().sum(0)).mean()
    ),
    "The step is that of a sum over episodes, and grows with their number. Take the mean over episodes.": (
        lambda s: -s.logp().sum()
    ),
    "Probabilities were made large, not their logarithms.": (
        lambda s: -(s.logp().exp() * s.playing).sum(0).mean()
    ),
    "Moves were counted after the coin was found. An episode is over then: add nothing more.": (
        lambda s: -s.logp(after_the_end=True).sum(0).mean()
    ),
    STAYS: lambda s: -walked_on(s)[0].sum(0).mean(),
    TOO_LATE: lambda s: -still_playing_after(s).sum(0).mean(),
    TURNED: lambda s: -over(s).sum(0).mean(),
    LOGITS: lambda s: -as_probabilities(s).sum(0).mean(),
    "Only the last move of each episode was taught. Add up the log-probabilities of all of them.": (
        lambda s: -last_moves(s).mean()
    ),
    "Only the first move of each episode was taught. Add up the log-probabilities of all of them.": (
        lambda s: -s.logp()[0].mean()
    ),
    "Only the first episode was taught. Take the mean over all.": lambda s: -s.logp()[:, 0].sum(),
}
