"""The checks of lesson 10: texts for conditional training, where such training ends, how far lies rise."""

import math

import torch

from helpers.kit.checks import Check, Mistake
from helpers.lessons.lesson10.builds import offline_answer, rise, tagged

__all__ = ["check_offline_answer", "check_rise", "check_tagged"]


def _case(draws):
    count = draws.size + 4
    stories, passes = draws.whole(2, count, 3, below=9), draws.mask(2, count)
    luck = draws.numbers(2, count, low=0.0, high=1.0)
    passes[0, :4], luck[0, :4] = (
        torch.tensor([True, False, True, False]),
        torch.tensor([0.9, 0.9, 0.01, 0.01]),
    )
    return stories, passes, luck, 0.3, (20, 31, 25)


def _with(word, stories, *, last=False, instead=False):
    if instead:
        return torch.cat([word[..., None], stories[..., 1:]], -1)
    return torch.cat([stories, word[..., None]] if last else [word[..., None], stories], -1)


def _word(passes, luck, unmarked, words, *, blank=True, where=None):
    good, bad, nothing = words
    word = torch.where(passes, good, bad)
    missing = luck < unmarked if where is None else where
    return torch.where(missing, nothing, word) if blank else word


check_tagged = Check(
    tagged,
    cases=[
        (
            torch.tensor([[[5, 6], [7, 8], [5, 8], [6, 7]]]),
            torch.tensor([[True, False, True, False]]),
            torch.tensor([[0.9, 0.8, 0.05, 0.1]]),
            0.1,
            (13, 11, 12),
        )
    ],
    draw=_case,
    mistakes=[
        Mistake(
            "Good and bad are the wrong way round: good stands before the stories that pass.",
            lambda stories, passes, luck, unmarked, words: _with(
                _word(~passes, luck, unmarked, words), stories
            ),
        ),
        Mistake(
            "The control word stands after the story. A net reads from left to right: what comes last cannot steer "
            "what was written before it.",
            lambda stories, passes, luck, unmarked, words: _with(
                _word(passes, luck, unmarked, words), stories, last=True
            ),
        ),
        Mistake(
            "No story is blank. Where luck is below `unmarked` the control word says nothing, or the net will never "
            "have read a text without one.",
            lambda stories, passes, luck, unmarked, words: _with(
                _word(passes, luck, unmarked, words, blank=False), stories
            ),
        ),
        Mistake(
            "Most stories are blank: blank are those whose luck is *below* `unmarked`.",
            lambda stories, passes, luck, unmarked, words: _with(
                _word(passes, luck, unmarked, words, where=luck >= unmarked), stories
            ),
        ),
        Mistake(
            "Most stories are blank, and those are blank whose luck is *below* `unmarked`.",
            lambda stories, passes, luck, unmarked, words: _with(
                _word(passes, luck, unmarked, words, where=luck > unmarked), stories
            ),
        ),
        Mistake(
            "Blank are the stories whose luck is *below* `unmarked`. Where it is just that, the judge's word stays.",
            lambda stories, passes, luck, unmarked, words: _with(
                _word(passes, luck, unmarked, words, where=luck <= unmarked), stories
            ),
        ),
        Mistake(
            "Only good stories become blank. A blank must not tell what the judge thinks: let it replace both.",
            lambda stories, passes, luck, unmarked, words: _with(
                _word(passes, luck, unmarked, words, where=(luck < unmarked) & passes), stories
            ),
        ),
        Mistake(
            "Only bad stories become blank. A blank must not tell what the judge thinks: let it replace both.",
            lambda stories, passes, luck, unmarked, words: _with(
                _word(passes, luck, unmarked, words, where=(luck < unmarked) & ~passes), stories
            ),
        ),
        Mistake(
            "What does not pass is blank here. It has a control word of its own, or nobody learns what bad text is.",
            lambda stories, passes, luck, unmarked, words: _with(
                _word(passes, luck, unmarked, words, where=(luck < unmarked) | ~passes), stories
            ),
        ),
        Mistake(
            "The first word of the story is gone: the control word stands before it, not in its place.",
            lambda stories, passes, luck, unmarked, words: _with(
                _word(passes, luck, unmarked, words), stories, instead=True
            ),
        ),
        Mistake(
            "Those are the control words alone. Asked for are the texts: each control word and its story after it.",
            lambda stories, passes, luck, unmarked, words: _word(passes, luck, unmarked, words),
        ),
    ],
)


def _ends(draws):
    prompts = draws.size + 1
    return draws.probabilities(prompts, 5), draws.numbers(prompts, 5, low=0.05, high=0.95)


def _shares(kept):
    return kept / kept.sum(-1, keepdim=True)


check_offline_answer = Check(
    offline_answer,
    cases=[
        (torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]]), torch.tensor([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0]])),
        (torch.tensor([[0.3, 0.7]]), torch.tensor([[0.95, 0.05]])),
    ],
    draw=_ends,
    mistakes=[
        Mistake(
            "The chances do not add up to 1: divide by what all endings have together.",
            lambda p, passes: p * passes,
        ),
        Mistake(
            "The likeliest ending that passes has all the chance. That is where RL ends that maximises; who imitates "
            "keeps the proportions of the data.",
            lambda p, passes: torch.nn.functional.one_hot((p * passes).argmax(-1), p.shape[-1]).to(p),
        ),
        Mistake(
            "The ending that the judge likes best has all the chance. That is where RL ends that maximises; who "
            "imitates keeps the proportions of the data.",
            lambda p, passes: torch.nn.functional.one_hot(passes.argmax(-1), p.shape[-1]).to(p),
        ),
        Mistake(
            "How often each ending is written in the data is missing: weigh it by `p`.",
            lambda p, passes: _shares(passes),
        ),
        Mistake(
            "Those are the endings that do *not* pass.",
            lambda p, passes: _shares(p * (1 - passes)),
        ),
        Mistake(
            "A judge that errs lets some of everything pass: weigh by `passes`, do not ask whether it is above a half.",
            lambda p, passes: _shares(p * (passes > 0.5)),
        ),
        Mistake(
            "The softmax was taken of chances. They are chances already: divide them by their sum.",
            lambda p, passes: (p * passes).softmax(-1),
        ),
        Mistake(
            "You divided by the sum over all prompts. Each prompt has chances of its own, which add up to 1.",
            lambda p, passes: p * passes / (p * passes).sum(),
        ),
        Mistake(
            "Nothing changed: what passes more rarely becomes rarer.",
            lambda p, passes: p,
        ),
    ],
)


def _chances(draws):
    nets = draws.size + 1
    return draws.numbers(nets, low=0.02, high=0.95), draws.numbers(nets, low=0.02, high=0.95)


def _odds(chance):
    return chance / (1 - chance)


check_rise = Check(
    rise,
    cases=[
        (torch.tensor([0.1, 0.2]), torch.tensor([0.2, 0.36])),
        (torch.tensor([0.5, 0.05, 0.3, 0.001]), torch.tensor([0.25, 0.5, 0.3, 0.2])),
    ],
    draw=_chances,
    mistakes=[
        Mistake(
            "That is the rise in chances. Turn each into log odds, log(p / (1 - p)); then take the difference.",
            lambda before, later: later - before,
        ),
        Mistake(
            "The odds were subtracted as they are: their logarithms are missing.",
            lambda before, later: _odds(later) - _odds(before),
        ),
        Mistake(
            "That is how many times as large the odds are. Take its logarithm.",
            lambda before, later: _odds(later) / _odds(before),
        ),
        Mistake(
            "Those are logarithms of chances. Odds are the chance over the chance of everything else, p / (1 - p).",
            lambda before, later: later.log() - before.log(),
        ),
        Mistake(
            "Those are logarithms of what is *not* a lie. Odds are p / (1 - p).",
            lambda before, later: torch.log(1 - before) - torch.log(1 - later),
        ),
        Mistake(
            "The sign is the other way round: where lies became more, it rises.",
            lambda before, later: torch.logit(before) - torch.logit(later),
        ),
        Mistake(
            "That is where it ends, and not how far it rose: the log odds of before are missing.",
            lambda before, later: torch.logit(later),
        ),
        Mistake(
            "The logarithm is to the base 2; in nats it is the natural one, `torch.log`.",
            lambda before, later: (torch.logit(later) - torch.logit(before)) / math.log(2),
        ),
        Mistake(
            "The logarithm is to the base 10; in nats it is the natural one, `torch.log`.",
            lambda before, later: (torch.logit(later) - torch.logit(before)) / math.log(10),
        ),
        Mistake(
            "Small chances were cut off: nets have 0.002, and less. Take its log odds as they are.",
            lambda before, later: torch.logit(later, eps=0.01) - torch.logit(before, eps=0.01),
        ),
        Mistake(
            "One number came out. Each net has a rise of its own.",
            lambda before, later: (torch.logit(later) - torch.logit(before)).mean(),
        ),
    ],
)
