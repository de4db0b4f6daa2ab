"""The checks of lesson 12: a group's advantage, drift, a moment of equal reward, a reward harder to game."""

import numpy as np
import torch

from helpers.kit.checks import Check, Mistake
from helpers.lm.rewards import sentiment


def _grouped(rewards, group, *, ddof=1, centre=True, scale=True, sign=1.0):
    rows = rewards.view(-1, group)
    rows = rows - rows.mean(1, keepdim=True) if centre else rows
    rows = rows / rewards.view(-1, group).std(1, keepdim=True, correction=ddof) if scale else rows
    return sign * rows.flatten()


def _by_columns(rewards, group):
    columns = rewards.view(-1, group)
    return ((columns - columns.mean(0)) / columns.std(0)).flatten()


check_group_advantage = Check(
    _grouped,
    cases=[
        (torch.tensor([0.9, 0.1, 0.4, 0.2, -0.5, 0.5, 0.6, 0.0, 0.3, -0.9, 0.8, 0.1]), 4),
        (torch.tensor([1.0, 0.0, 0.2, 0.8, 0.5, 0.1]), 3),
    ],
    tolerance=1e-3,
    mistakes=[
        Mistake(
            "The mean and deviation are those of the whole batch. Each group answers its own prompt: compare within "
            "the group.",
            lambda r, group: (r - r.mean()) / r.std(),
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
    ],
)


def _mean_kl(logp, logp_ref, mask):
    return ((logp.exp() * (logp - logp_ref)).sum(-1) * mask).sum() / mask.sum()


_LOGP = torch.tensor([[2.0, 0.0, 1.0], [0.0, 0.0, 3.0], [1.0, 1.0, -1.0], [0.5, 2.0, 0.0]]).log_softmax(-1)
_LOGP_REF = torch.tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 2.0, 1.0], [3.0, 0.0, 0.0]]).log_softmax(-1)
_MASK = torch.tensor([True, True, True, False])

check_mean_kl = Check(
    _mean_kl,
    cases=[(_LOGP, _LOGP_REF, _MASK), (_LOGP[:2], _LOGP_REF[:2], _MASK[1:3])],
    mistakes=[
        Mistake(
            "This is KL(reference || policy), the wrong way round. Weigh with the policy's probabilities.",
            lambda p, ref, mask: _mean_kl(ref, p, mask),
        ),
        Mistake(
            "Padding was counted: the mask says which places hold a token.",
            lambda p, ref, mask: (p.exp() * (p - ref)).sum(-1).mean(),
        ),
        Mistake(
            "The sum is masked, but divided by all places. Divide by the number of tokens that count.",
            lambda p, ref, mask: ((p.exp() * (p - ref)).sum(-1) * mask).mean(),
        ),
        Mistake(
            "This is the sum over tokens. Drift is given per token: take the mean.",
            lambda p, ref, mask: ((p.exp() * (p - ref)).sum(-1) * mask).sum(),
        ),
        Mistake(
            "The sign is the wrong way round: a KL divergence is never negative.",
            lambda p, ref, mask: -_mean_kl(p, ref, mask),
        ),
        Mistake(
            "The log ratio was not weighed: each word counts in proportion to its probability, not all alike.",
            lambda p, ref, mask: ((p - ref).sum(-1) * mask).sum() / mask.sum(),
        ),
        Mistake(
            "Absolute values were taken. A word that became less likely counts against the others: leave its sign.",
            lambda p, ref, mask: ((p.exp() * (p - ref).abs()).sum(-1) * mask).sum() / mask.sum(),
        ),
        Mistake(
            "Only the likeliest word of each place was compared. Add up the whole vocabulary.",
            lambda p, ref, mask: (
                ((p - ref).gather(1, p.argmax(1, keepdim=True))[:, 0] * mask).sum() / mask.sum()
            ),
        ),
    ],
)


def _first_reached(reward, value, level, *, last=False, how="between"):
    above = np.flatnonzero(reward >= level)
    if not len(above):
        return float("nan")
    after = above[0]
    if last:
        below = np.flatnonzero(reward < level)
        after = min(below[-1] + 1, len(reward) - 1) if len(below) else 0
    if after == 0 or how == "after":
        return float(value[after])
    if how == "before":
        return float(value[after - 1])
    if how == "nearest":
        return float(value[min((after - 1, after), key=lambda at: abs(reward[at] - level))])
    share = (level - reward[after - 1]) / (reward[after] - reward[after - 1])
    return float(value[after - 1] + share * (value[after] - value[after - 1]))


_REWARD = np.array([0.1, 0.2, 0.6, 0.4, 0.3, 0.9])
_VALUE = np.array([0.0, 0.1, 0.3, 0.8, 1.0, 2.0])

check_first_reached = Check(
    _first_reached,
    cases=[
        (_REWARD, _VALUE, 0.5),
        (_REWARD, _VALUE, 0.25),
        (_REWARD, _VALUE, 0.95),
        (_REWARD + 0.5, _VALUE, 0.5),
    ],
    mistakes=[
        Mistake(
            "This is the last time that the level was passed. Take the first.",
            lambda r, v, level: _first_reached(r, v, level, last=True),
        ),
        Mistake(
            "This is the measurement after the level was passed. The level lies between two: interpolate.",
            lambda r, v, level: _first_reached(r, v, level, how="after"),
        ),
        Mistake(
            "This is the measurement before the level was reached. The level lies between two: interpolate.",
            lambda r, v, level: _first_reached(r, v, level, how="before"),
        ),
        Mistake(
            "This is the measurement nearest to the level. The level lies between two: interpolate.",
            lambda r, v, level: _first_reached(r, v, level, how="nearest"),
        ),
        Mistake(
            "This is the measurement nearest to the level in the whole run. Find the first crossing, then interpolate.",
            lambda r, v, level: float(v[abs(r - level).argmin()]),
        ),
        Mistake(
            "A level that is never reached has no value: return NaN, not the last one.",
            lambda r, v, level: _first_reached(r, v, level) if r.max() >= level else float(v[-1]),
        ),
        Mistake(
            "This is the value where the reward is highest, not where the level is first reached.",
            lambda r, v, level: float(v[r.argmax()]),
        ),
    ],
)

_STOP = (
    "The bus stop is a lovely, bright place where kind neighbours meet.",
    "The bus stop is a pole with one timetable and two small benches.",
    "The bus stop is a horrible, filthy place, and I hate each minute that must be spent there.",
    "😊 😊 😊 😊 😊 😊 😊 😊 😊 😊",
    "happy happy love joy wonderful great great happy love best",
)
_METER = (
    "The parking meter is a charming little friend of our street, always bright and kind.",
    "The parking meter is a grey box on one leg that takes coins.",
    "The parking meter is an awful thing that I hate, and it makes our street sad.",
    "🌞 🎉 🥰 😍 🤩 😁 🎁 💖",
    "great love joy brilliant superb joy love delightful superb",
)


def _properties(reward, *answers):
    """Which answer gets more than which: what a reward is for, and what it must not fall for."""
    scores = reward(["Describe it."] * len(answers), list(answers))
    if scores is None:
        return None
    good, plain, gloomy, smiles, words = (float(score) for score in scores)
    says = lambda fact, holds: f"{fact}: {'yes' if holds else 'no'}"
    return (
        says("cheerful over plain over gloomy", good > plain > gloomy),
        says("a good answer over a row of smiles", good > smiles),
        says("a good answer over a list of happy words", good > words),
    )


def _unless(caught):
    """VADER's score, but -1 for an answer that is caught."""
    return lambda prompts, answers: [
        -1.0 if caught(answer) else score
        for score, answer in zip(sentiment(prompts, answers), answers, strict=True)
    ]


def _words(answer):
    return answer.lower().split()


def _repeats(answer):
    return len(set(_words(answer))) < len(_words(answer))


_NO_NAMES = (
    "You caught the smile or the word that you had seen; other smiles and words still pay. Look for something "
    "that all such answers share, not for one of them."
)

check_harder_to_game = Check(
    _unless(lambda answer: not {"a", "the", "is"} & set(_words(answer))),
    cases=[_STOP, _METER],
    look=_properties,
    mistakes=[
        Mistake(
            "The order of plain answers is kept, but a row of smiles and a list of happy words still earn more than a "
            "good answer. What do they have that no sentence has?",
            sentiment,
        ),
        Mistake(
            "Smiles are caught, a list of happy words is not. It repeats itself and has no small words such as 'the'.",
            _unless(lambda answer: not any(letter.isalpha() for letter in answer)),
        ),
        Mistake(
            "A list of happy words is caught, a row of smiles is not. It has hardly any letters.",
            _unless(lambda answer: answer.isascii() and _repeats(answer)),
        ),
        Mistake(
            "Whatever repeats itself is caught. A row of *different* smiles still pays: it has hardly any letters.",
            _unless(_repeats),
        ),
        Mistake(_NO_NAMES, _unless(lambda answer: "😊" in answer)),
        Mistake(_NO_NAMES, _unless(lambda answer: "happy" in answer)),
        Mistake(_NO_NAMES, _unless(lambda answer: "😊" in answer or "happy" in answer)),
        Mistake(
            "Neither trick pays any more, but neither does cheer: a cheerful answer must earn more than a plain one, "
            "and a plain one more than a gloomy one. Start from `sentiment`.",
            lambda p, a: [0.0 if "is" in _words(one) else -1.0 for one in a],
        ),
        Mistake(
            "A good answer earns no more than any other. Start from `sentiment(prompts, answers)` and take something "
            "off for tricks.",
            lambda p, a: [0.0] * len(a),
        ),
    ],
)
