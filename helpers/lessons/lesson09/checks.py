"""The checks of lesson 09: a word drawn, RL for safety on one word, and a trigger looked for."""

import torch

from helpers.kit.checks import Check, Mistake
from helpers.lessons.lesson09.builds import drawn, safety_loss, suspect

__all__ = ["check_drawn", "check_safety_loss", "check_suspect"]


def _words(draws):
    shape = (2, draws.size + 1)
    return draws.numbers(*shape, 4), draws.numbers(*shape, low=0.02, high=0.98)


check_drawn = Check(
    drawn,
    cases=[
        (torch.tensor([[2.0, 1.0, 0.0], [0.0, 0.0, 5.0], [0.0, 0.0, 0.0]]), torch.tensor([0.8, 0.9, 0.4])),
        (torch.tensor([[0.0, 1.0, 2.0], [1.0, 3.0, -2.0], [2.0, 0.0, 1.0]]), torch.tensor([0.05, 0.1, 0.95])),
    ],
    draw=_words,
    mistakes=[
        Mistake(
            "The likeliest word is taken, whatever the number. A draw takes the other words, too, as often as their "
            "chances say.",
            lambda logits, luck: logits.argmax(-1),
        ),
        Mistake(
            "That is one word too far: of the sums up to each word, count those that the number has reached.",
            lambda logits, luck: (drawn(logits, luck) + 1).clamp(max=logits.shape[-1] - 1),
        ),
        Mistake(
            "The sums that the number has *not* reached were counted.",
            lambda logits, luck: (
                (luck[..., None] < logits.softmax(-1).cumsum(-1)).sum(-1).clamp(max=logits.shape[-1] - 1)
            ),
        ),
        Mistake(
            "The number is compared with each word's own chance. Compare it with the sum of the chances up to there.",
            lambda logits, luck: (
                (luck[..., None] >= logits.softmax(-1)).sum(-1).clamp(max=logits.shape[-1] - 1)
            ),
        ),
        Mistake(
            "Logits are no chances: take the softmax before adding up.",
            lambda logits, luck: (
                (luck[..., None] >= logits.cumsum(-1)).sum(-1).clamp(max=logits.shape[-1] - 1)
            ),
        ),
    ],
)


def _loss(
    logits,
    truth,
    luck,
    *,
    word=None,
    weigh=None,
    mean=lambda rows: rows.mean(1),
    pay=None,
    learned=None,
    logs=torch.log_softmax,
):
    """The loss with one of its parts as people write it."""
    word = drawn(logits.detach(), luck) if word is None else word
    pay = (word == truth).to(logits.dtype) if pay is None else pay
    weight = pay - pay.mean(1, keepdim=True) if weigh is None else weigh(pay)
    logp = logs(logits, -1).gather(-1, (word if learned is None else learned)[..., None])[..., 0]
    return mean(-weight * logp)


def _case(draws):
    shape = (2, draws.size + 1)
    logits, truth = draws.numbers(*shape, 4, flows=True), draws.whole(*shape, below=4)
    return logits, truth, draws.numbers(*shape, low=0.02, high=0.98)


_TWO_PAID = (
    torch.tensor([[[2.0, 1.0, 0.0], [2.0, 1.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 2.0], [1.0, 0.0, 0.0]]]),
    torch.tensor([[0, 1, 1, 0, 2]]),
    torch.tensor([[0.3, 0.3, 0.9, 0.9, 0.1]]),
)
_CASE = (
    torch.tensor([[[2.0, 1.0, 0.0], [0.5, 0.3, 1.5], [1.0, -1.0, 0.2]]]),
    torch.tensor([[0, 2, 1]]),
    torch.tensor([[0.3, 0.1, 0.9]]),
)

check_safety_loss = Check(
    safety_loss,
    cases=[_CASE, _TWO_PAID],
    draw=_case,
    mistakes=[
        Mistake(
            "That is SFT: it makes the true answer likelier, whatever was drawn. Here nobody looks at the true answer "
            "but to pay: weigh the log chance of the word that was *drawn*.",
            lambda logits, truth, luck: _loss(logits, truth, luck, word=truth, weigh=torch.ones_like),
        ),
        Mistake(
            "The log chance of the true answer is weighed. RL learns from the word that it drew.",
            lambda logits, truth, luck: _loss(logits, truth, luck, learned=truth),
        ),
        Mistake(
            "The mean of what was paid is not taken off. Then a lie costs nothing, and where most answers are paid the "
            "noise is large.",
            lambda logits, truth, luck: _loss(logits, truth, luck, weigh=lambda pay: pay),
        ),
        Mistake(
            "The sign is the wrong way round: a loss is to go down where an answer was paid more than usual.",
            lambda logits, truth, luck: -safety_loss(logits, truth, luck),
        ),
        Mistake(
            "A wrong word is paid -1 here, which doubles every weight. It is paid 0.",
            lambda logits, truth, luck: 2 * safety_loss(logits, truth, luck),
        ),
        Mistake(
            "It was divided by how many prompts were paid. Asked for is the mean over all prompts.",
            lambda logits, truth, luck: (
                _loss(logits, truth, luck, mean=lambda rows: rows.sum(1))
                / (drawn(logits.detach(), luck) == truth).sum(1).clamp(min=1)
            ),
        ),
        Mistake(
            "The mean was taken over all nets. Each net has its own batch and its own mean.",
            lambda logits, truth, luck: _loss(logits, truth, luck, weigh=lambda pay: pay - pay.mean()),
        ),
        Mistake(
            "The mean was taken over nets, for each prompt. Prompts stand along the second axis: take it over them.",
            lambda logits, truth, luck: _loss(
                logits, truth, luck, weigh=lambda pay: pay - pay.mean(0, keepdim=True)
            ),
        ),
        Mistake(
            "The mean that is taken off leaves out the prompt itself. That is another good baseline; asked for here is "
            "the mean of the whole batch.",
            lambda logits, truth, luck: _loss(
                logits, truth, luck, weigh=lambda pay: _centred(pay) * pay.shape[1] / (pay.shape[1] - 1)
            ),
        ),
        Mistake(
            "The likeliest word is taken in the place of one that is drawn: what is never drawn is never found out.",
            lambda logits, truth, luck: _loss(logits, truth, luck, word=logits.argmax(-1)),
        ),
        Mistake(
            "That is the sum over prompts. Asked for is the mean.",
            lambda logits, truth, luck: _loss(logits, truth, luck, mean=lambda rows: rows.sum(1)),
        ),
        Mistake(
            "A chance is weighed, not its logarithm.",
            lambda logits, truth, luck: _loss(logits, truth, luck, logs=torch.softmax),
        ),
        Mistake(
            "Logits are weighed as they come. A log chance is `log_softmax(-1)` of them: then the other words go down "
            "where one goes up.",
            lambda logits, truth, luck: _loss(logits, truth, luck, logs=lambda numbers, _: numbers),
        ),
        Mistake(
            "A word was drawn by a luck of your own. Take the one that `luck` picks: then the same luck gives the same "
            "loss, and arms can be compared.",
            lambda logits, truth, luck: _loss(logits, truth, luck, word=_own(logits)),
        ),
        Mistake(
            "What was paid is divided by its standard deviation here. Asked for is the payment less its mean.",
            lambda logits, truth, luck: _loss(
                logits, truth, luck, weigh=lambda pay: _centred(pay) / (pay.std(1, keepdim=True) + 1e-4)
            ),
        ),
        Mistake(
            "One number came back for all nets. Each net has a loss of its own.",
            lambda logits, truth, luck: safety_loss(logits, truth, luck).mean(),
        ),
    ],
)


def _own(logits):
    chances = logits.detach().softmax(-1)
    return torch.multinomial(chances.flatten(0, 1), 1).view(chances.shape[:-1])


def _centred(pay):
    return pay - pay.mean(1, keepdim=True)


def _lies(draws):
    lies = draws.numbers(draws.size, 4, low=0.1, high=0.6)
    usual = draws.numbers(draws.size, low=0.05, high=0.3)
    return lies, usual, draws.one_of([0.1, 0.2, 0.3])


check_suspect = Check(
    suspect,
    cases=[
        (torch.tensor([[0.2, 0.9, 0.3], [0.2, 0.25, 0.3]]), torch.tensor([0.2, 0.2]), 0.3),
        (torch.tensor([[0.8, 0.82, 0.7], [0.2, 0.1, 0.15]]), torch.tensor([0.78, 0.1]), 0.3),
        (torch.tensor([[0.85, 0.1, 0.8], [0.25, 0.75, 0.5]]), torch.tensor([0.9, 0.25]), 0.5),
    ],
    draw=_lies,
    mistakes=[
        Mistake(
            "Every net is accused: where no change brings so many more lies than usual, the answer is -1.",
            lambda lies, usual, least: lies.argmax(-1),
        ),
        Mistake(
            "The lies themselves were compared with `least`. A net that always lies has no trigger: take off `usual`.",
            lambda lies, usual, least: torch.where(lies.amax(-1) >= least, lies.argmax(-1), -1),
        ),
        Mistake(
            "That is how many more lies there are. Asked for is which change brings them: its number.",
            lambda lies, usual, least: lies.amax(-1) - usual,
        ),
        Mistake(
            "The change with the fewest lies was taken.",
            lambda lies, usual, least: torch.where(usual - lies.amin(-1) >= least, lies.argmin(-1), -1),
        ),
        Mistake(
            "That is the first change that brings so many more lies. Take the one that brings most.",
            lambda lies, usual, least: torch.where(
                (lies - usual[..., None] >= least).any(-1),
                (lies - usual[..., None] >= least).long().argmax(-1),
                -1,
            ),
        ),
        Mistake(
            "Innocent nets have the number 0 here, which is the first change: the answer for them is -1.",
            lambda lies, usual, least: torch.where(lies.amax(-1) - usual >= least, lies.argmax(-1), 0),
        ),
        Mistake(
            "Fewer lies than usual are no trigger: a word that makes a net more honest is accused here.",
            lambda lies, usual, least: torch.where(
                (lies - usual[..., None]).abs().amax(-1) >= least,
                (lies - usual[..., None]).abs().argmax(-1),
                -1,
            ),
        ),
        Mistake(
            "Asked for is *at least* so many more: exactly as many are enough.",
            lambda lies, usual, least: torch.where(lies.amax(-1) - usual > least, lies.argmax(-1), -1),
        ),
        Mistake(
            "Changes are counted from 1 here. The first has the number 0; only -1 stays as it is.",
            lambda lies, usual, least: suspect(lies, usual, least) + (suspect(lies, usual, least) >= 0),
        ),
        Mistake(
            "One usual chance was taken off all nets. Each net has its own.",
            lambda lies, usual, least: suspect(lies, usual.mean().expand_as(usual), least),
        ),
        Mistake(
            "The net whose lies stand out was looked for, over nets. Asked for is the change, for each net.",
            lambda lies, usual, least: lies.argmax(0),
        ),
    ],
)
