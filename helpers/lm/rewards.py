"""Reward functions for texts: `(prompts, answers) -> scores`."""

import functools
from collections.abc import Sequence


def sentiment(prompts: Sequence[str], answers: Sequence[str]) -> list[float]:
    """How cheerful each answer sounds, from -1 to 1: the compound score of VADER (Hutto and Gilbert 2014).

    VADER counts words with a known mood and a few signs around them. It reads neither the prompt nor the meaning.
    """
    return [_vader().polarity_scores(answer)["compound"] for answer in answers]


@functools.cache
def _vader():
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
