"""What a learner built is used by the lesson, once its check has passed; until then, what the helpers have."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MethodType

from helpers.checked import function
from helpers.kit.predictions import DONE, note

_outcomes = []  # (a function, its check, the outcome), the latest last, for as long as this kernel runs


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


def remember(answer: Callable, check, outcome: Outcome) -> None:
    """Keep what a check said about this very function, until the kernel stops; for good, that one of yours passed."""
    _outcomes[:] = [row for row in _outcomes if not (_same(row[0], answer) and row[1] is check)]
    _outcomes.append((answer, check, outcome))
    name = getattr(answer, "__name__", "")
    if outcome.passed and name and getattr(answer, "__module__", "") == "__main__":  # written in a notebook
        note(f"{DONE}{name}", {"passed": True})


def built(theirs, helpers, name: str | None = None) -> Callable:
    """The learner's function if this exercise's check passed it in this kernel, else the helper's; a line says which.

    theirs:  what stands in the exercise's cell, whatever it is: a gap is no error.
    helpers: the function of the helpers that does the same, which the check names as `right` or as what is `used`.
    name:    what to call it in the line; the name of the function if nothing is said.
    `step = built(ppo_step, experiment.ppo_step)`; then `step is ppo_step` says whose curve is drawn.
    """
    function(helpers, "helpers", "that does the same as the exercise's")
    name = name or getattr(theirs, "__name__", None) or getattr(helpers, "__name__", "this function")
    said = [(check, outcome) for answer, check, outcome in _outcomes if _same(answer, theirs)]
    here = [outcome for check, outcome in said if check.is_about(helpers)]
    if here and here[-1].passed:
        print(f"From here on the lesson uses your `{name}`: it passed its check.")
        return theirs
    if here and callable(theirs):
        why = "is not written yet" if here[-1].word == "not attempted" else "has not passed its check yet"
    elif said:
        why = "has passed the check of another exercise, if any (run this one's check, then this cell)"
    else:
        why = "has not been checked (run the cell with the check, then this one)"
    print(f"Your `{name}` {why}: the lesson uses the course's own.")
    return helpers


def _same(one, other) -> bool:
    """Whether two are one and the same function; each `thing.method` is made anew whenever it is read."""
    return one is other or (isinstance(one, MethodType) and isinstance(other, MethodType) and one == other)
