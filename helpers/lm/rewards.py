"""Reward functions for texts: `(prompts, answers) -> scores`."""

import functools
from collections.abc import Iterable

from helpers.checked import as_long, texts
from helpers.stops import no_interrupt


def sentiment(prompts: Iterable[str], answers: Iterable[str]) -> list[float]:
    """How cheerful each answer sounds, from -1 to 1: the compound score of VADER (Hutto and Gilbert 2014).

    VADER counts words with a known mood and a few signs around them. It reads neither the prompt nor the meaning.
    Raises TypeError if these are not lists of strings, ValueError if they are not equally many.
    """
    prompts, answers = texts(prompts, "prompts"), texts(answers, "answers")
    as_long(prompts, answers, "prompts and answers")
    return [_vader().polarity_scores(answer)["compound"] for answer in answers]


@functools.cache
def _vader():
    with no_interrupt():
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
