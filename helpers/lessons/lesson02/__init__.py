"""Lesson 02: sampled or new?"""

from helpers.core.threads import one_thread
from helpers.lessons.lesson02 import (
    boundary,
    builds,
    experiment,
    figures,
    games,
    links,
    planted,
    prompts,
    readings,
)
from helpers.lessons.lesson02.checks import (
    check_found_by,
    check_outcome_for_mover,
    check_pass_at_k,
    check_self_play,
)

one_thread()  # on two quiet cores the whole lesson took 102 s with one thread, 107 with two

__all__ = [
    "boundary",
    "builds",
    "check_found_by",
    "check_outcome_for_mover",
    "check_pass_at_k",
    "check_self_play",
    "experiment",
    "figures",
    "games",
    "links",
    "planted",
    "prompts",
    "readings",
]
