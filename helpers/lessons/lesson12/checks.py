"""The checks of lesson 12: a group's advantage, log-probabilities, the leash; and from their modules the other two."""

from functools import partial

import torch

from helpers.kit.checks import Check, Draws, Mistake
from helpers.lessons.lesson12 import builds
from helpers.lessons.lesson12.check_reward import check_harder_to_game
from helpers.lessons.lesson12.check_step import check_grpo_step

__all__ = [
    "check_group_advantage",
    "check_grpo_step",
    "check_harder_to_game",
    "check_leash",
    "check_token_logp",
]

# A group's advantage


def _grouped(rewards, group, *, ddof=1, centre=True, scale=True, sign=1.0, tied=1e-4):
    rows = rewards.view(-1, group)
    centred = rows - rows.mean(1, keepdim=True) if centre else rows
    centred = centred / (rows.std(1, keepdim=True, correction=ddof) + tied) if scale else centred
    return sign * centred.flatten()


def _by_columns(rewards, group):
    columns = rewards.view(-1, group)
    spread = columns.std(0, correction=min(1, len(columns) - 1))
    return ((columns - columns.mean(0)) / (spread + 1e-4)).flatten()


def _groups(draws: Draws):
    """Rewards of a few groups, one of them tied."""
    rows = draws.numbers(draws.size, 4, low=-1, high=1)
    rows[draws.whole(below=draws.size)] = draws.tied(4)
    return rows.flatten(), 4


check_group_advantage = Check(
    builds.group_advantage,
    cases=[
        (torch.tensor([0.9, 0.1, 0.4, 0.2, -0.5, 0.5, 0.6, 0.0, 0.3, -0.9, 0.8, 0.1]), 4),
        (torch.tensor([1.0, 0.0, 0.2, 0.8, 0.5, 0.1]), 3),
        (torch.full((4,), 0.1), 4),
    ],
    draw=_groups,
    also=[partial(_grouped, tied=1e-8), partial(_grouped, tied=1e-6)],
    tolerance=2e-3,
    mistakes=[
        Mistake(
            "The mean and deviation are those of the whole batch. Each group answers its own prompt: compare within "
            "the group.",
            lambda r, group: (r - r.mean()) / (r.std() + 1e-4),
        ),
        Mistake(
            "A group whose answers all earned alike becomes NaN: its deviation is 0. Nothing in it was better than "
            "anything else, so its advantages are 0.",
            lambda r, group: _grouped(r, group, tied=0.0),
        ),
        Mistake(
            "It is not divided by the group's standard deviation.", lambda r, g: _grouped(r, g, scale=False)
        ),
        Mistake("The group's mean was not subtracted.", lambda r, g: _grouped(r, g, centre=False)),
        Mistake(
            "The sign is the wrong way round: better than the group's mean must be positive.",
            lambda r, g: _grouped(r, g, sign=-1.0),
        ),
        Mistake(
            "The mean was taken over the wrong axis. Neighbours form a group: `view(-1, group)` puts each in a row, so "
            "average over axis 1.",
            _by_columns,
        ),
        Mistake(
            "The standard deviation was divided by n. The docstring asks for n - 1, torch's default.",
            lambda r, g: _grouped(r, g, ddof=0),
        ),
        Mistake(
            "What is added to the deviation is too large: it shrinks every advantage. A ten-thousandth is enough.",
            lambda r, g: _grouped(r, g, tied=1.0),
        ),
    ],
)

# Log-probabilities of tokens


def _texts(draws: Draws):
    """Logits, tokens and a mask of a few texts; one word is ruled out at a place that does not count."""
    texts, places, words = draws.size, draws.size + 2, 5
    logits, tokens = draws.numbers(texts, places, words), draws.whole(texts, places, below=words)
    mask = draws.mask(texts, places).flip(-1)  # first the prompt, then the answer
    mask[:, 0], mask[0, 1] = False, False
    logits[0, 0, tokens[0, 1]] = -torch.inf
    return logits.requires_grad_(), tokens, mask


def _unmasked(logits, tokens):
    return logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:, None])[..., 0]


def _at(logits, tokens, mask):
    return torch.where(mask, logits.log_softmax(-1).gather(-1, tokens[..., None])[..., 0], 0.0)


check_token_logp = Check(
    builds.token_logp,
    draw=_texts,
    mistakes=[
        Mistake(
            "The logits at a place are about the token after it. You read them for the token *at* that place: shift by "
            "one.",
            lambda logits, tokens, mask: _at(logits, tokens, mask)[:, 1:],
        ),
        Mistake(
            "The shift goes the wrong way: the logits at place 0 are about the token at place 1.",
            lambda logits, tokens, mask: torch.where(
                mask[:, 1:], logits[:, 1:].log_softmax(-1).gather(-1, tokens[:, :-1, None])[..., 0], 0.0
            ),
        ),
        Mistake(
            "Every token is counted, those of the prompt too. Set those to 0 that the mask leaves out.",
            lambda logits, tokens, mask: _unmasked(logits, tokens),
        ),
        Mistake(
            "Where a token is impossible its log-probability is minus infinity, and 0 times infinity is NaN. Choose "
            "with `torch.where` instead of multiplying by the mask.",
            lambda logits, tokens, mask: _unmasked(logits, tokens) * mask[:, 1:],
        ),
        Mistake(
            "The mask is off by one: it says which *tokens* count, and the first token has no log-probability.",
            lambda logits, tokens, mask: torch.where(mask[:, :-1], _unmasked(logits, tokens), 0.0),
        ),
        Mistake(
            "These are probabilities. Their logarithm is asked for.",
            lambda logits, tokens, mask: torch.where(mask[:, 1:], _unmasked(logits, tokens).exp(), 0.0),
        ),
        Mistake(
            "These are the bare logits. They become log-probabilities by `log_softmax` over the vocabulary.",
            lambda logits, tokens, mask: torch.where(
                mask[:, 1:], logits[:, :-1].gather(-1, tokens[:, 1:, None])[..., 0], 0.0
            ),
        ),
        Mistake(
            "The softmax runs over the places. Over the vocabulary, the last axis, probabilities add up to 1.",
            lambda logits, tokens, mask: torch.where(
                mask[:, 1:],
                logits[:, :-1].log_softmax(1).gather(-1, tokens[:, 1:, None])[..., 0],
                0.0,
            ),
        ),
        Mistake(
            "This is the likeliest word's log-probability, not that of the word that stands there.",
            lambda logits, tokens, mask: torch.where(
                mask[:, 1:], logits[:, :-1].log_softmax(-1).max(-1).values, 0.0
            ),
        ),
        Mistake(
            "The sign is the wrong way round: a log-probability is never above 0.",
            lambda logits, tokens, mask: -builds.token_logp(logits, tokens, mask),
        ),
        Mistake(
            "The tokens of each text were added up. One number for each token is asked for.",
            lambda logits, tokens, mask: builds.token_logp(logits, tokens, mask).sum(-1),
        ),
    ],
)

# The leash


def _pairs(draws: Draws):
    """Log-probabilities of a few answers under both models; behind the end stands something infinite."""
    shape = (draws.size, draws.size + 1)
    logp, ref, mask = draws.logp(*shape), draws.logp(*shape), draws.mask(*shape)
    mask[0, -1] = False
    ref[0, -1] = -torch.inf
    return logp.requires_grad_(), ref, mask


def _leash(value, mask):
    return torch.where(mask, value, 0.0).sum() / mask.sum()


def _k3(x):
    return x.exp() - x - 1


check_leash = Check(
    builds.leash,
    cases=[(torch.tensor([[-1.0, -2.0]]), torch.tensor([[-1.0, -2.0]]), torch.tensor([[True, True]]))],
    draw=_pairs,
    mistakes=[
        Mistake(
            "This is the mean log ratio: right on average over many answers, but often negative, and of great scatter. "
            "Add r - 1.",
            lambda p, ref, mask: _leash(p - ref, mask),
        ),
        Mistake(
            "The ratio is upside down. r is the reference's probability over the policy's.",
            lambda p, ref, mask: _leash(_k3(torch.where(mask, p - ref, 0.0)), mask),
        ),
        Mistake(
            "It should be 0 where both models agree; yours is 1 there. Take 1 off.",
            lambda p, ref, mask: _leash(_k3(torch.where(mask, ref - p, 0.0)) + 1, mask),
        ),
        Mistake(
            "Log r was added. It is r *minus* log r, less 1.",
            lambda p, ref, mask: _leash(torch.where(mask, ref - p, 0.0).expm1() + (ref - p), mask),
        ),
        Mistake(
            "The sign is the wrong way round: it is a cost, and never negative.",
            lambda p, ref, mask: -builds.leash(p, ref, mask),
        ),
        Mistake(
            "Padding was counted: the mask says which places hold a token.",
            lambda p, ref, mask: _k3(ref - p).mean(),
        ),
        Mistake(
            "Behind the end of an answer stands minus infinity, and 0 times infinity is NaN. Choose with `torch.where` "
            "*before* anything else is done.",
            lambda p, ref, mask: (_k3(ref - p) * mask).sum() / mask.sum() + 0 * (ref - p).sum(),
        ),
        Mistake(
            "The sum is masked, but divided by all places. Divide by the number of tokens that count.",
            lambda p, ref, mask: torch.where(mask, _k3(torch.where(mask, ref - p, 0.0)), 0.0).mean(),
        ),
        Mistake(
            "This is the sum over tokens. The mean is asked for, so that long answers cost no more than short ones.",
            lambda p, ref, mask: builds.leash(p, ref, mask) * mask.sum(),
        ),
        Mistake(
            "This is half the square of the log ratio: nearly the same for small ones, and too little or too much for "
            "large ones.",
            lambda p, ref, mask: _leash(torch.where(mask, ref - p, 0.0).square() / 2, mask),
        ),
        Mistake(
            "Absolute values of the log ratio were taken. They are never negative either, but their mean is no KL.",
            lambda p, ref, mask: _leash(torch.where(mask, ref - p, 0.0).abs(), mask),
        ),
    ],
)
