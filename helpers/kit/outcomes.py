"""What a learner built is used by the lesson, once its check has passed; until then, what the helpers have."""

from collections.abc import Callable
from dataclasses import dataclass

from helpers.checked import function
from helpers.kit.predictions import note

DONE = "passed "  # how the names of exercises begin that passed their check
_outcomes = {}  # id of a function -> (the function, its last outcome), for as long as this kernel runs


@dataclass(frozen=True)
class Outcome:
    """What a check says: `word` is "passed", "not yet" or "not attempted"; `seed` draws the same inputs again."""

    word: str
    says: str
    seed: int | None = None

    @property
    def passed(self) -> bool:
        """Whether the answer is right."""
        return self.word == "passed"

    def __str__(self) -> str:
        return f"{ {'passed': '✔', 'not yet': '✘', 'not attempted': '○'}[self.word] } {self.says}"

    __repr__ = __str__


def remember(answer: Callable, outcome: Outcome) -> None:
    """Keep what a check said about this very function, until the kernel stops; for good, that one of yours passed."""
    _outcomes[id(answer)] = (answer, outcome)
    if outcome.passed and getattr(answer, "__module__", "") == "__main__":  # written in a notebook
        note(f"{DONE}{answer.__name__}", {"passed": True})


def built(theirs, helpers, name: str | None = None) -> Callable:
    """The learner's function if its check passed in this kernel, else the helper's; a line says which.

    theirs:  what stands in the exercise's cell, whatever it is: a gap is no error.
    helpers: the function of the helpers that does the same.
    name:    what to call it in the line; the name of the function if nothing is said.
    `step = built(ppo_step, experiment.ppo_step)`; then `step is ppo_step` says whose curve is drawn.
    """
    function(helpers, "helpers", "that does the same as the exercise's")
    name = name or getattr(theirs, "__name__", None) or getattr(helpers, "__name__", "this function")
    known, outcome = _outcomes.get(id(theirs), (None, None))
    if known is theirs and outcome is not None and outcome.passed:
        print(f"From here on the lesson uses your `{name}`: it passed its check.")
        return theirs
    if known is not theirs or not callable(theirs):
        why = "has not been checked (run the cell with the check, then this one)"
    else:
        why = "is not written yet" if outcome.word == "not attempted" else "has not passed its check yet"
    print(f"Your `{name}` {why}: the lesson uses the course's own.")
    return helpers
