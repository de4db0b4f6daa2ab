"""Lesson 09: right answers written differently, and wrong ones, each with the hint that it must get."""

import torch

from helpers.lessons.lesson09.builds import drawn, safety_loss, suspect


def loss_one_prompt_at_a_time(logits, truth, luck):
    rows = []
    for net in range(len(logits)):
        paid, logp = [], []
        for ask in range(logits.shape[1]):
            chances, total = logits[net, ask].log_softmax(-1), 0.0
            for word in range(len(chances)):
                total += float(chances[word].detach().exp())
                if float(luck[net, ask]) < total or word == len(chances) - 1:
                    break
            paid.append(float(word == int(truth[net, ask])))
            logp.append(chances[word])
        mean = sum(paid) / len(paid)
        rows.append(-sum((one - mean) * two for one, two in zip(paid, logp, strict=True)) / len(paid))
    return torch.stack(rows)


def loss_by_cross_entropy(logits, truth, luck):
    word = torch.searchsorted(logits.softmax(-1).cumsum(-1), luck[..., None], right=True)[..., 0]
    word = word.clamp(max=logits.shape[-1] - 1)
    weight = (word == truth).float() - (word == truth).float().mean(1, keepdim=True)
    cost = torch.nn.functional.cross_entropy(logits.flatten(0, 1), word.flatten(), reduction="none")
    return (weight * cost.view(word.shape)).mean(1)


def paid(logits, truth, luck):
    return (drawn(logits.detach(), luck) == truth).to(logits.dtype)


def of(logits, word):
    return logits.log_softmax(-1).gather(-1, word[..., None])[..., 0]


def loss_without_a_mean_taken_off(logits, truth, luck):
    return -(paid(logits, truth, luck) * of(logits, drawn(logits.detach(), luck))).mean(1)


def loss_by_a_luck_of_its_own(logits, truth, luck):
    word = torch.distributions.Categorical(logits=logits.detach()).sample()
    pay = (word == truth).to(logits.dtype)
    return -((pay - pay.mean(1, keepdim=True)) * of(logits, word)).mean(1)


def loss_that_leaves_itself_out(logits, truth, luck):
    pay = paid(logits, truth, luck)
    others = (pay.sum(1, keepdim=True) - pay) / (pay.shape[1] - 1)
    return -((pay - others) * of(logits, drawn(logits.detach(), luck))).mean(1)


def loss_less_the_mean_over_nets(logits, truth, luck):
    pay = paid(logits, truth, luck)
    return -((pay - pay.mean(0)) * of(logits, drawn(logits.detach(), luck))).mean(1)


def loss_of_bare_logits(logits, truth, luck):
    pay = paid(logits, truth, luck)
    of_word = logits.gather(-1, drawn(logits.detach(), luck)[..., None])[..., 0]
    return -((pay - pay.mean(1, keepdim=True)) * of_word).mean(1)


def suspect_counting_from_one(lies, usual, least):
    most, place = lies.max(-1)
    return torch.where(most - usual >= least, place + 1, -1)


def suspect_by_sorting(lies, usual, least):
    ranked, order = lies.sort(-1, descending=True)
    return torch.where(ranked[..., 0] >= usual + least, order[..., 0], torch.full_like(order[..., 0], -1))


def suspect_in_a_loop(lies, usual, least):
    found = []
    for row, plain in zip(lies, usual, strict=True):
        best = max(range(len(row)), key=lambda place, row=row: float(row[place]))
        found.append(best if float(row[best] - plain) >= least else -1)
    return torch.tensor(found)


def word_in_a_loop(logits, luck):
    found = []
    for row, number in zip(logits.reshape(-1, logits.shape[-1]), luck.flatten(), strict=True):
        total, place = 0.0, len(row) - 1
        for word, chance in enumerate(row.softmax(-1).tolist()):
            total += chance
            if float(number) < total:
                place = word
                break
        found.append(place)
    return torch.tensor(found).view(luck.shape)


def word_by_looking_up(logits, luck):
    upto = logits.softmax(-1).cumsum(-1)
    return torch.searchsorted(upto, luck[..., None], right=True)[..., 0].clamp(max=logits.shape[-1] - 1)


RIGHT = {
    "check_drawn": [drawn, word_in_a_loop, word_by_looking_up],
    "check_safety_loss": [safety_loss, loss_one_prompt_at_a_time, loss_by_cross_entropy],
    "check_suspect": [suspect, suspect_by_sorting, suspect_in_a_loop],
}
WRONG = {
    "check_drawn": [
        (lambda logits, luck: logits.argmax(-1), "likeliest"),
        (lambda logits, luck: (luck[..., None] >= logits.softmax(-1)).sum(-1).clamp(max=logits.shape[-1] - 1), "own"),
        (
            lambda logits, luck: (luck[..., None] >= logits.cumsum(-1)).sum(-1).clamp(max=logits.shape[-1] - 1),
            "softmax",
        ),
        (lambda logits, luck: (drawn(logits, luck) + 1).clamp(max=logits.shape[-1] - 1), "too far"),
        (
            lambda logits, luck: (
                (luck[..., None] < logits.softmax(-1).cumsum(-1)).sum(-1).clamp(max=logits.shape[-1] - 1)
            ),
            "not",
        ),
    ],
    "check_safety_loss": [
        (lambda logits, truth, luck: -of(logits, truth).mean(1), "That is SFT"),
        (loss_without_a_mean_taken_off, "not taken"),
        (lambda logits, truth, luck: -safety_loss(logits, truth, luck), "sign"),
        (lambda logits, truth, luck: safety_loss(logits, truth, luck).mean(), "loss of its own"),
        (lambda logits, truth, luck: safety_loss(logits, truth, luck) * logits.shape[1], "sum over prompts"),
        (lambda logits, truth, luck: torch.zeros(len(logits)), "expected"),
        (lambda logits, truth, luck: safety_loss(logits, truth, luck) * 2, "doubles"),
        (loss_by_a_luck_of_its_own, "luck of your own"),
        (loss_that_leaves_itself_out, "leaves out the prompt itself"),
        (loss_less_the_mean_over_nets, "over nets, for each prompt"),
        (loss_of_bare_logits, "as they come"),
        (
            lambda logits, truth, luck: (
                safety_loss(logits, truth, luck) * truth.shape[1] / paid(logits, truth, luck).sum(1).clamp(min=1)
            ),
            "were paid",
        ),
    ],
    "check_suspect": [
        (lambda lies, usual, least: lies.argmax(-1), "accused"),
        (lambda lies, usual, least: torch.where(lies.amax(-1) >= least, lies.argmax(-1), -1), "take off"),
        (lambda lies, usual, least: lies.amax(-1) - usual, "how many more"),
        (lambda lies, usual, least: torch.where(lies.amax(-1) - usual >= least, lies.argmax(-1), 0), "number 0"),
        (lambda lies, usual, least: suspect(lies, usual, least) + 1, "expected"),
        (suspect_counting_from_one, "counted from 1"),
        (lambda lies, usual, least: suspect(lies, usual.mean() + 0 * usual, least), "taken off all nets"),
        (lambda lies, usual, least: torch.where(lies.amax(-1) - usual > least, lies.argmax(-1), -1), "at least"),
        (
            lambda lies, usual, least: torch.where(
                (lies - usual[:, None]).abs().amax(-1) >= least, (lies - usual[:, None]).abs().argmax(-1), -1
            ),
            "honest",
        ),
    ],
}  # fmt: skip
