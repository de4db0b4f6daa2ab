"""Lesson 01: two signals."""

from helpers.lessons.lesson01 import experiment, figures, humps
from helpers.lessons.lesson01.checks import (
    check_boltzmann,
    check_kl,
    check_reinforce_gradient,
    check_reinforce_loss,
    check_sft_gradient,
)

__all__ = [
    "check_boltzmann",
    "check_kl",
    "check_reinforce_gradient",
    "check_reinforce_loss",
    "check_sft_gradient",
    "experiment",
    "figures",
    "humps",
]
