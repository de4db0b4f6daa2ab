"""The check of how words are drawn in lesson 08, with the many ways in which top-p comes out wrong."""

import torch

from helpers.kit.checks import Check, Mistake, NotYet
from helpers.lessons.lesson08.builds import word_chances

__all__ = ["check_word_chances"]

_sharp = lambda logits, temperature: (logits / temperature).softmax(-1)
ENOUGH = lambda ranked, top_p: ranked.cumsum(-1) - ranked < top_p
UP_TO = lambda ranked, top_p: ranked.cumsum(-1) <= top_p
UP_TO_AND_FIRST = lambda ranked, top_p: UP_TO(ranked, top_p) | (torch.arange(ranked.shape[-1]) == 0)
TOO_MANY = lambda ranked, top_p: ranked.cumsum(-1) - ranked <= top_p


def scattered(ranked, kept, order):
    """A mask over words from the likeliest down, in the words' own order."""
    return torch.zeros_like(kept).scatter(-1, order, kept)


def _by_p(p, chosen):
    return torch.where(chosen, p, 0.0) / torch.where(chosen, p, 0.0).sum(-1, keepdim=True)


def top_p_of(p, top_p, *, kept=ENOUGH, back=scattered, then=_by_p, least=False, early=True):
    """Top-p as people write it, from chances p.

    kept: which words, of chances from the likeliest down (`least`: up). back: to the words' own order.
    then: what becomes of the chances of those that are chosen. early: at 1 nothing is left out.
    """
    if early and top_p >= 1:
        return p
    ranked, order = p.sort(-1, descending=not least)
    return then(p, back(ranked, kept(ranked, top_p), order))


def _either(says, wrong):
    """The same mistake of those who return early where `top_p` is 1, and of those who do not."""
    return [Mistake(says, lambda *case, early=early: wrong(*case, early=early)) for early in (True, False)]


def _in_order(logits, t, top_p, *, early):
    """The chances from the likeliest word down."""
    if early and top_p >= 1:
        return _sharp(logits, t)
    ranked = _sharp(logits, t).sort(-1, descending=True).values
    return _by_p(ranked, ENOUGH(ranked, top_p))


def _of_equals(function, logits, temperature, top_p):
    """What a function makes of logits: of words that are all alike it does not matter which are kept.

    Raises NotYet for chances that are no numbers where logits are large: e^200 is more than a number can hold.
    """
    found = function(logits, temperature, top_p)
    if not isinstance(found, torch.Tensor) or found.shape != logits.shape:
        return found
    if logits.max() > 100 and found.isnan().any():
        raise NotYet(
            "With logits of 200, chances come out as nan: $e^{200}$ is more than a number can hold here. Take the "
            "largest logit off all of them first, which changes no chance; `softmax` does so by itself."
        )
    return found.sort(-1).values if (logits == logits[..., :1]).all() else found


check_word_chances = Check(
    word_chances,
    look=_of_equals,
    cases=[
        (torch.tensor([[2.0, 1.0, 0.0, -1.0]]), 1.0, 1.0),
        (torch.tensor([[0.5, 2.0, -1.0, 1.0]]), 0.5, 1.0),
        (torch.tensor([[0.1, 1.5, 1.0, 0.4, -2.0]]), 1.0, 0.7),
        (torch.tensor([[[3.0, 0.2, 0.1], [0.3, 0.2, 0.1]]]), 2.0, 0.6),
        (torch.tensor([[2.0, 1.0, 0.0, -1.0]]), 2.0, 0.8),  # two words at temperature 1, three at 2
        (torch.zeros(1, 4), 1.0, 0.5),  # two words have exactly as much as is asked for
        (torch.tensor([[200.0, 199.0, 197.0]]), 1.0, 1.0),
    ],
    draw=lambda draws: (
        draws.numbers(draws.size, 5),
        draws.one_of([0.5, 1.0, 2.0]),
        draws.one_of([0.5, 0.8, 1.0]),
    ),
    mistakes=[
        Mistake(
            "The logits were multiplied by the temperature. A high temperature makes words more alike: divide.",
            lambda logits, t, top_p: word_chances(logits * t, 1.0, top_p),
        ),
        Mistake(
            "The temperature does nothing here: divide the logits by it before the softmax.",
            lambda logits, t, top_p: word_chances(logits, 1.0, top_p),
        ),
        Mistake(
            "The logits were divided by the temperature twice: once is enough.",
            lambda logits, t, top_p: word_chances(logits / t, t, top_p),
        ),
        Mistake(
            "`top_p` does nothing here: below 1, some words are never drawn.",
            lambda logits, t, top_p: _sharp(logits, t),
        ),
        Mistake(
            "The chances of the words that are kept do not add up to 1: divide by what they have together.",
            lambda logits, t, top_p: top_p_of(
                _sharp(logits, t), top_p, then=lambda p, chosen: torch.where(chosen, p, 0.0)
            ),
        ),
        *(
            Mistake(
                "The word with which the sum passes `top_p` is left out. It belongs to those that are kept, or their "
                "chances would not reach `top_p`.",
                lambda logits, t, top_p, kept=kept, gone=gone, early=early: top_p_of(
                    _sharp(logits, t), top_p, kept=kept, early=early
                ).nan_to_num(gone),
            )
            for kept, gone in ((UP_TO, 0.0), (UP_TO, torch.nan), (UP_TO_AND_FIRST, 0.0))
            for early in (True, False)
        ),
        Mistake(
            "One word too many is kept where the likelier ones have exactly `top_p` already: that is enough.",
            lambda logits, t, top_p: top_p_of(_sharp(logits, t), top_p, kept=TOO_MANY),
        ),
        Mistake(
            "The unlikeliest words are kept. Begin with the likeliest.",
            lambda logits, t, top_p: top_p_of(_sharp(logits, t), top_p, least=True),
        ),
        Mistake(
            "Words were chosen before the temperature was applied. Which words are kept hangs on it: sharpen first.",
            lambda logits, t, top_p: (
                (logits / t).masked_fill(word_chances(logits, 1.0, top_p) == 0, -torch.inf).softmax(-1)
            ),
        ),
        Mistake(
            "These are log chances. Asked for are chances.",
            lambda logits, t, top_p: word_chances(logits, t, top_p).log(),
        ),
        *(
            Mistake(
                "Kept are all words whose own chance is at least 1 - `top_p`. What counts is what they have together.",
                lambda logits, t, top_p, gone=gone: _by_p(
                    _sharp(logits, t), _sharp(logits, t) >= 1 - top_p
                ).nan_to_num(gone),
            )
            for gone in (0.0, torch.nan)
        ),
        Mistake(
            "The logits of the words that are left out became 0, and $e^0 = 1$: so they are still drawn. A logit of "
            "minus infinity has the chance 0.",
            lambda logits, t, top_p: (
                (logits / t).masked_fill(word_chances(logits, t, top_p) == 0, 0.0).softmax(-1)
            ),
        ),
        Mistake(
            "Which words are kept was put back in their own order the wrong way round: `order` says where each came "
            "from, so write there, with `scatter`; `gather` reads from there.",
            lambda logits, t, top_p: top_p_of(
                _sharp(logits, t), top_p, back=lambda ranked, kept, order: kept.gather(-1, order)
            ),
        ),
        *_either(
            "These are chances from the likeliest word down. Put them back in the words' own order.",
            _in_order,
        ),
        Mistake(
            "Which words are kept was said of words from the likeliest down, and used on words in their own order: "
            "put the mask back in that order first.",
            lambda logits, t, top_p: top_p_of(
                _sharp(logits, t), top_p, back=lambda ranked, kept, order: kept
            ),
        ),
        Mistake(
            "The softmax was taken twice: it turns logits into chances, and these are chances already.",
            lambda logits, t, top_p: word_chances(_sharp(logits, t), 1.0, top_p),
        ),
        *(
            Mistake(
                "The chances that are kept went through a second softmax. To make them add up to 1, divide them by "
                "their sum.",
                lambda logits, t, top_p, gone=gone, early=early: top_p_of(
                    _sharp(logits, t),
                    top_p,
                    then=lambda p, chosen: torch.where(chosen, p, gone).softmax(-1),
                    early=early,
                ),
            )
            for gone in (0.0, -torch.inf)
            for early in (True, False)
        ),
        *(
            Mistake(
                "The softmax runs along the wrong axis. Chances add up to 1 over the words of a row: `softmax(-1)`.",
                lambda logits, t, top_p, axis=axis, early=early: top_p_of(
                    (logits / t).softmax(axis), top_p, early=early
                ),
            )
            for axis in (0, 1)
            for early in (True, False)
        ),
    ],
)
