"""The check of a reward that is harder to game: a good answer must earn more than the tricks."""

import torch

from helpers.kit.checks import Check, Mistake, NotYet
from helpers.kit.differences import one_line
from helpers.lessons.lesson12.attacks import GOOD
from helpers.lessons.lesson12.builds import harder_to_game
from helpers.lm.rewards import sentiment

_STOP = (
    GOOD,
    "The bus stop is a pole with one timetable and two small benches.",
    "The bus stop is a horrible, filthy place, and I hate each minute that must be spent there.",
    "😊 😊 😊 😊 😊 😊 😊 😊 😊 😊",
    "happy happy love joy wonderful great great happy love best",
    "the :) :) :) :) :) :) :) :) :) :)",
    "love joy wonderful happy great lovely bright kind delightful",
    "😊 🥰 😊 😊 .",
)
_METER = (
    "The parking meter is a charming little friend of our street, always bright and kind.",
    "The parking meter is a grey box on one leg that takes coins.",
    "The parking meter is an awful thing that I hate, and it makes our street sad.",
    "🌞 🎉 🥰 😍 🤩 😁 🎁 💖",
    "great love joy brilliant superb joy love delightful superb",
    ":-) the :D is :) a <3 the :) :-) is :D",
    "brilliant superb joy delightful charming perfect smile",
    "🌞 🎉 😍 😁 .",
)

_THINGS = (
    "letter box",
    "road sign",
    "street lamp",
    "door mat",
    "bicycle rack",
    "park bench",
    "traffic light",
)
_CHEER = ("lovely", "bright", "kind", "delightful", "charming", "friendly", "cheerful", "sunny", "gentle")
_GLOOM = ("horrible", "awful", "terrible", "dreadful", "miserable", "ugly")
_WORDS = ("great", "best", "smile", "perfect", "superb", "brilliant", "delightful", "charming", "friendly")
_SMILES, _SIGNS = ("🥰", "😍", "😁", "😀", "💖"), (":-)", ":D", "<3", "=)")


def _drawn(draws):
    """Answers of the same eight kinds about another thing; of its smiles and words none is in the cases above alone."""
    some = lambda of, many: [of[int(at)] for at in torch.randperm(len(of), generator=draws.generator)[:many]]
    thing, (a, b, c), (x, y) = draws.one_of(_THINGS), some(_CHEER, 3), some(_GLOOM, 2)
    words, signs = some(_WORDS, 4), some(_SIGNS, 2)
    return (
        draws.one_of(
            (
                f"The {thing} is a {a}, {b} place where {c} neighbours meet.",
                f"The {thing} is a {a} little thing in our street, always {b} and {c}.",
            )
        ),
        draws.one_of(
            (
                f"The {thing} is made of steel and stands at one corner.",
                f"The {thing} is a wooden thing on one leg.",
            )
        ),
        f"The {thing} is {x} and {y}, something that I hate.",
        " ".join([draws.one_of(_SMILES)] * 9),
        " ".join([*words, *words, words[0]]),
        " ".join(["the", signs[0], "is", signs[1], "a", *signs, *signs, signs[0]]),
        " ".join(some(_WORDS, 7)),
        " ".join([*some(_SMILES, 4), "."]),
    )


def _scores(reward, answers):
    """One finite number for each answer; None where nothing came back. Raises NotYet for anything else."""
    prompts, given = ["Describe it."] * len(answers), list(answers)
    scores = reward(prompts, given)
    if scores is None:
        return None
    if given != list(answers) or prompts != ["Describe it."] * len(answers):
        raise NotYet("Your function changed its input. Make a new value and leave the old one alone.")
    try:
        scores = list(scores)
    except TypeError:
        raise NotYet("Return a list: one score for each answer.") from None
    if len(scores) != len(answers):
        came = f"{len(answers)} answer{'s' * (len(answers) != 1)} came in and {len(scores)} score"
        raise NotYet(f"{came}{'s' * (len(scores) != 1)} came out: return one for each answer.")
    if any(isinstance(score, str) for score in scores):
        raise NotYet("A score is a text. Return numbers.")
    scores = [float(score) for score in scores]
    if not all(abs(score) < float("inf") for score in scores):
        raise NotYet("A score is not a finite number: training would stop there.")
    return scores


def _alone(reward, answer, among):
    """Raises NotYet where an answer by itself does not earn what it earned among others."""
    try:
        (alone,) = _scores(reward, [answer])
    except NotYet:
        alone = None
    if alone is None or abs(alone - among) > 1e-6:
        earns = "nothing that is a number" if alone is None else f"{alone:.2f}"
        raise NotYet(
            f"The same answer earns {among:.2f} among others and {earns} by itself. A score hangs on its own answer."
        )


def _properties(reward, *answers):
    """Which answer gets more than which: what a reward is for, and what it must not fall for."""
    scores = _scores(reward, answers)
    if scores is None:
        return None
    if scores != _scores(reward, answers):
        raise NotYet("Asked twice, it paid differently. The same answer earns the same each time.")
    try:
        _scores(reward, [answers[0], ""])
    except NotYet as why:
        raise NotYet(f"With an empty answer, and a model may end at once: {why}") from why
    except Exception as error:
        raise NotYet(f"An empty answer stopped it, and a model may end at once: {one_line(error)}") from error
    _alone(reward, answers[0], scores[0])
    good, plain, gloomy, smiles, words, signs, several, ended = scores
    says = lambda fact, holds: f"{fact}: {'yes' if holds else 'no'}"
    return (
        says("cheerful over plain over gloomy", good > plain > gloomy),
        says("a good answer over a row of smiles", good > smiles),
        says("a good answer over a list of happy words", good > words),
        says("a good answer over smiles made of signs, with a small word or two", good > signs),
        says("a good answer over a list of different happy words", good > several),
        says("a good answer over a row of smiles with a full stop", good > ended),
    )


def _not_yet(got, expected):
    """What does not hold yet."""
    missing = [fact for fact in got if fact not in expected]
    return f"Not yet: {'; nor '.join(fact.removesuffix(': no') for fact in missing)}."


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


def _letters(answer):
    return sum(letter.isalpha() or letter.isspace() for letter in answer) / max(len(answer), 1)


def _small(answer):
    return {"a", "an", "the", "is", "of", "and", "in", "it", "that", "with"} & set(_words(answer))


def _few(answer):
    """Whether fewer than four in five of the words are different ones."""
    return len(set(_words(answer))) < 0.8 * len(_words(answer))


_NO_NAMES = (
    "You caught the smile or the word that you had seen; other smiles and words still pay. Look for something "
    "that all such answers share, not for one of them."
)

check_harder_to_game = Check(
    _unless(lambda answer: len(_small(answer)) < 2 or _letters(answer) < 0.9),
    cases=[_STOP, _METER],
    draw=_drawn,
    look=_properties,
    used=harder_to_game,
    otherwise=_not_yet,
    mistakes=[
        Mistake(
            "The order of plain answers is kept, but rows of smiles and a list of happy words still earn as much as a "
            "good answer. What do they have that no sentence has?",
            sentiment,
        ),
        Mistake(
            'An answer with a small word passes, so "the :) :) :)" still pays. Look at how much of it is letters, too.',
            _unless(lambda answer: not _small(answer)),
        ),
        Mistake(
            "Smiles are caught, a list of happy words is not. It repeats itself and has no small words such as 'the'.",
            _unless(lambda answer: _letters(answer) < 0.9),
        ),
        Mistake(
            "Emojis are caught; smiles made of signs and a list of happy words are not.",
            _unless(lambda answer: not answer.isascii()),
        ),
        Mistake(
            "A list of happy words is caught, a row of smiles is not. It has hardly any letters.",
            _unless(lambda answer: answer.isascii() and _repeats(answer)),
        ),
        Mistake(
            "Whatever repeats itself is caught. A row of *different* smiles still pays: it has hardly any letters.",
            _unless(_repeats),
        ),
        Mistake(
            "A list of *different* happy words still pays. No sentence is without small words, such as 'the'; such a "
            "list is.",
            _unless(lambda answer: not answer.isascii() or _few(answer)),
        ),
        Mistake(
            "A row of smiles with a full stop at its end pays, since what ends like a sentence passes. It has "
            "hardly any letters.",
            _unless(lambda answer: not answer.strip().endswith(".")),
        ),
        Mistake(_NO_NAMES, _unless(lambda answer: "😊" in answer)),
        Mistake(_NO_NAMES, _unless(lambda answer: "happy" in answer)),
        Mistake(_NO_NAMES, _unless(lambda answer: "😊" in answer or "happy" in answer)),
        Mistake(_NO_NAMES, _unless(lambda answer: ":)" in answer)),
        Mistake(
            "Neither trick pays any more, but neither does cheer: a cheerful answer must earn more than a plain one, "
            "and a plain one more than a gloomy one. Start from `sentiment`.",
            lambda p, a: [0.0 if len(_small(one)) > 1 and _letters(one) > 0.9 else -1.0 for one in a],
        ),
        Mistake(
            "A good answer earns no more than any other. Start from `sentiment(prompts, answers)` and take something "
            "off for tricks.",
            lambda p, a: [0.0] * len(a),
        ),
    ],
)
