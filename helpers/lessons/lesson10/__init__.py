"""Lesson 10: values in the data, or afterwards?"""

from helpers.lessons.lesson10 import (
    afterwards,
    attacks,
    builds,
    experiment,
    figures,
    live,
    marked,
    measures,
    must_hold,
    nets,
    readings,
    reward_model,
    texts,
)
from helpers.lessons.lesson10.checks import check_offline_answer, check_rise, check_tagged

__all__ = [
    "afterwards",
    "attacks",
    "builds",
    "check_offline_answer",
    "check_rise",
    "check_tagged",
    "experiment",
    "figures",
    "live",
    "marked",
    "measures",
    "must_hold",
    "nets",
    "readings",
    "reward_model",
    "texts",
]
