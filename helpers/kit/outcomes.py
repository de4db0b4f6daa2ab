"""What a learner built is used by the lesson, once its check has passed; until then, what the helpers have."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType, FunctionType, MethodType

from helpers.checked import function
from helpers.kit.marks import plain
from helpers.kit.predictions import DONE, note
from helpers.kit.reads import names_in

_outcomes = []  # (a function, its check, the outcome, what it read), the latest last, while this kernel runs


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
    _outcomes.append((answer, check, outcome, read_by(answer)))
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
    said = [row[1:] for row in _outcomes if _same(row[0], theirs)]
    here = [(outcome, read) for check, outcome, read in said if check.is_about(helpers)]
    outcome, read = here[-1] if here else (None, {})
    turned = changed(read)
    if here and outcome.passed and not turned:
        print(f"From here on the lesson uses your `{name}`: it passed its check.")
        return theirs
    if here and outcome.passed:
        those = " and ".join(f"`{one}`" for one in turned)
        why = f"passed its check with another {those}, which it reads (run the check again, then this cell)"
    elif here and callable(theirs):
        why = "is not written yet" if outcome.word == "not attempted" else "has not passed its check yet"
    elif said:
        why = "has passed the check of another exercise, if any (run this one's check, then this cell)"
    else:
        why = "has not been checked (run the cell with the check, then this one)"
    print(f"Your `{name}` {why}: the lesson uses the course's own.")
    return helpers


def read_by(answer) -> dict[str, tuple]:
    """The names of the notebook that a function of it reads, by itself or through others: what tells each apart now."""
    found, todo, seen = {}, [getattr(answer, "__func__", answer)], []
    while todo:
        one = todo.pop()
        one = type(one).__call__ if callable(one) and not isinstance(one, FunctionType) else one
        if any(one is other for other in seen) or not _of_notebook(one):
            continue
        seen.append(one)
        _, now, later = names_in(one.__code__)
        for name in (now | later) & {*one.__globals__}:
            todo.append(one.__globals__[name])
            found[name] = (one.__globals__, _told(todo[-1]))
        for inside in one.__closure__ or ():  # what a decorator wraps
            with contextlib.suppress(ValueError):  # it has no value yet
                todo.append(inside.cell_contents)
    return found


def _told(value):
    """A plain value by how it is written, a function of the notebook by its code, another thing by being the same."""
    return value.__code__ if _of_notebook(value) else repr(value) if plain(value) else value


def _of_notebook(thing) -> bool:
    return isinstance(thing, FunctionType) and thing.__globals__.get("__name__") == "__main__"


def changed(read) -> list[str]:
    """The names, of those that `read_by` has found, that have another value now."""
    same = lambda one, other: one is other or (isinstance(one, str | CodeType) and one == other)
    return [
        name for name, (there, told) in sorted(read.items()) if not same(told, _told(there.get(name, ...)))
    ]


def _same(one, other) -> bool:
    """Whether two are one and the same function; each `thing.method` is made anew whenever it is read."""
    return one is other or (isinstance(one, MethodType) and isinstance(other, MethodType) and one == other)
