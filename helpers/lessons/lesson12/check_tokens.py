"""The checks of what is read at each token: log-probabilities, and the leash."""

import torch

from helpers.kit.checks import Check, Draws, Mistake
from helpers.lessons.lesson12 import builds

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


def _text(*logits):
    """One text of two tokens, the second of which counts: its logits at the first place, that of the token last."""
    rows = torch.tensor([[logits, [0.0] * len(logits)]])
    return rows.requires_grad_(), torch.tensor([[0, len(logits) - 1]]), torch.tensor([[False, True]])


def _two_tokens_each():
    """Three texts of two tokens: an axis of length 1 that `squeeze` takes with it."""
    logits = (
        torch.tensor([[[0.5, 1.0, -1.0], [0.0, 0.0, 0.0]]] * 3) + torch.tensor([0.0, 0.3, 0.9])[:, None, None]
    )
    logits = logits * torch.tensor([1.0, 0.5, 2.0])[:, None, None]
    return logits.requires_grad_(), torch.tensor([[0, 1], [1, 2], [2, 0]]), torch.tensor([[False, True]] * 3)


def _chosen(logp, tokens, mask):
    return torch.where(mask[:, 1:], logp[:, :-1].gather(-1, tokens[:, 1:, None])[..., 0], 0.0)


_LIKELIER = (
    "A very unlikely token, of a log-probability of -40, was made likelier, and what was made so has no gradient. Take "
    "`log_softmax`, and neither add nor clamp anything."
)
_HIDDEN = (
    "A token that counts and is impossible has a log-probability of minus infinity; yours is another number. Only "
    "where nothing counts is it 0: choose by the mask, and hide no infinity."
)

check_token_logp = Check(
    builds.token_logp,
    cases=[_two_tokens_each(), _text(0.0, -40.0), _text(0.0, 0.0, -torch.inf)],
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
            "With texts of two tokens the shape became [3, 3] where [3, 1] is asked for: `squeeze()` takes away every "
            "axis of length 1, that of the places too. Say which: `squeeze(-1)`.",
            lambda logits, tokens, mask: torch.where(
                mask[:, 1:], logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:, None]).squeeze(), 0.0
            ),
        ),
        Mistake(
            "The softmax was taken first, and then its logarithm: where a probability is 0 the gradient becomes NaN, "
            "also where nothing counts. `log_softmax` does both at once.",
            lambda logits, tokens, mask: _chosen(logits.softmax(-1).log(), tokens, mask),
        ),
        *(
            Mistake(
                _LIKELIER,
                lambda logits, tokens, mask, add=add: _chosen((logits.softmax(-1) + add).log(), tokens, mask),
            )
            for add in (1e-9, 1e-8, 1e-10, 1e-12)
        ),
        *(
            Mistake(
                _LIKELIER,
                lambda logits, tokens, mask, least=least: _chosen(
                    logits.log_softmax(-1).clamp(min=least), tokens, mask
                ),
            )
            for least in (-20.0, -10.0, -30.0)
        ),
        *(
            Mistake(
                _HIDDEN,
                lambda logits, tokens, mask, to=to: torch.nan_to_num(
                    builds.token_logp(logits, tokens, mask), neginf=to
                ),
            )
            for to in (0.0, None)
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


def _row(logp, ref, counts):
    return (torch.tensor([logp]).requires_grad_(), torch.tensor([ref]), torch.tensor([counts]))


def _leash(value, mask):
    return torch.where(mask, value, 0.0).sum() / mask.sum()


def _k3(x):
    return x.exp() - x - 1


check_leash = Check(
    builds.leash,
    cases=[
        (torch.tensor([[-1.0, -2.0]]), torch.tensor([[-1.0, -2.0]]), torch.tensor([[True, True]])),
        _row([-1.0, -2.0, -torch.inf], [-1.5, -1.0, -torch.inf], [True, True, False]),
        _row([-1.0, -200.0], [-1.5, -3.0], [True, False]),  # r is too large for a number behind the end
        _row([-8.0, -2.0], [-1.0, -1.5], [True, True]),  # far from the reference
    ],
    draw=_pairs,
    mistakes=[
        Mistake(
            "The number is right, but its gradient is NaN: behind the end infinity went through `exp`, and "
            "`torch.where` afterwards does not undo that. Choose first, then take the exponential.",
            lambda p, ref, mask: _leash(_k3(ref - p), mask),
        ),
        *(
            Mistake(
                "Log r was clamped: where the policy is far from the reference, just where a leash should pull, "
                "nothing pulls any more. Clamp nothing.",
                lambda p, ref, mask, most=most: _leash(
                    _k3(torch.where(mask, ref - p, 0.0).clamp(-most, most)), mask
                ),
            )
            for most in (5.0, 1.0, 2.0)
        ),
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
            "Behind the end of an answer stands minus infinity, and 0 times infinity is NaN: log r was multiplied by "
            "the mask. Choose it with `torch.where`.",
            lambda p, ref, mask: _k3((ref - p) * mask).sum() / mask.sum(),
        ),
        Mistake(
            "Each answer was averaged first, then the answers. Here the mean is over all tokens that count, so that "
            "a long answer weighs more than a short one.",
            lambda p, ref, mask: (_k3(torch.where(mask, ref - p, 0.0)).sum(1) / mask.sum(1)).mean(),
        ),
        Mistake(
            "The tokens of each answer were added up and divided by the number of answers. Divide by the number of "
            "tokens that count.",
            lambda p, ref, mask: _k3(torch.where(mask, ref - p, 0.0)).sum(1).mean(),
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
