"""The check of a reward that is harder to game: a good answer must earn more than the tricks."""

from helpers.kit.checks import Check, Mistake, NotYet
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
)
_METER = (
    "The parking meter is a charming little friend of our street, always bright and kind.",
    "The parking meter is a grey box on one leg that takes coins.",
    "The parking meter is an awful thing that I hate, and it makes our street sad.",
    "🌞 🎉 🥰 😍 🤩 😁 🎁 💖",
    "great love joy brilliant superb joy love delightful superb",
    ":-) the :D is :) a <3 the :) :-) is :D",
)


def _properties(reward, *answers):
    """Which answer gets more than which: what a reward is for, and what it must not fall for."""
    scores = reward(["Describe it."] * len(answers), list(answers))
    if scores is None:
        return None
    scores = [float(score) for score in scores]
    if not all(abs(score) < float("inf") for score in scores):
        raise NotYet("A score is not a finite number: training would stop there.")
    good, plain, gloomy, smiles, words, signs = scores
    says = lambda fact, holds: f"{fact}: {'yes' if holds else 'no'}"
    return (
        says("cheerful over plain over gloomy", good > plain > gloomy),
        says("a good answer over a row of smiles", good > smiles),
        says("a good answer over a list of happy words", good > words),
        says("a good answer over smiles made of signs, with a small word or two", good > signs),
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


def _letters(answer):
    return sum(letter.isalpha() or letter.isspace() for letter in answer) / max(len(answer), 1)


def _small(answer):
    return {"a", "an", "the", "is", "of", "and", "in", "it", "that", "with"} & set(_words(answer))


_NO_NAMES = (
    "You caught the smile or the word that you had seen; other smiles and words still pay. Look for something "
    "that all such answers share, not for one of them."
)

check_harder_to_game = Check(
    _unless(lambda answer: len(_small(answer)) < 2 or _letters(answer) < 0.9),
    cases=[_STOP, _METER],
    look=_properties,
    used=harder_to_game,
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
