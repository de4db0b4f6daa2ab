"""What a learner built is used by the lesson, once its check has passed; until then, what the helpers have."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import CellType, CodeType, FunctionType, MethodType, ModuleType

from helpers.checked import function
from helpers.kit.cached import CACHED
from helpers.kit.marks import Told
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


def read_by(answer) -> dict[str, tuple[Callable, object]]:
    """What a function of the notebook reads, by itself or through others: how to read it again, and what it is now.

    That is names of the notebook, what it was given beforehand (`functools.partial`, the `self` of a method, defaults,
    what a decorator wraps), and numbers of the course's modules.
    """
    found, todo, seen = {}, [answer], []
    while todo:
        function, given = opened(todo.pop())
        reads = {**given, **_numbers_of(function)}
        if isinstance(function, FunctionType) and not any(function is other for other in seen):
            seen.append(function)
            reads |= _reads(function) if _of_notebook(function) else {}
        values = {name: read() for name, read in reads.items() if name not in found}
        found |= {name: (reads[name], tell(value)) for name, value in values.items()}
        todo += values.values()
    return found


def opened(thing) -> tuple[object, dict[str, Callable]]:
    """The function behind something that can be called, and how to read what it is given beforehand, by name."""
    if isinstance(thing, MethodType):
        return thing.__func__, {f"the object of {thing.__func__.__name__}": lambda: thing.__self__}
    if isinstance(thing, partial):
        inner, given = opened(thing.func)
        return inner, {**given, "what partial was given": lambda: (thing.args, thing.keywords)}
    if isinstance(thing, CACHED):
        return thing.__wrapped__, {}
    if callable(thing) and type(thing).__module__ == "__main__" and not isinstance(thing, type):
        return type(thing).__call__, {f"what {type(thing).__name__} holds": lambda: vars(thing)}
    return thing, {}


def _reads(function) -> dict[str, Callable]:
    """How to read the names that a function of the notebook reads, what it keeps, and its defaults."""
    _, now, later = names_in(function.__code__)
    there = function.__globals__
    found = {name: lambda name=name: there.get(name, ...) for name in (now | later) & {*there}}
    for name, read in kept_by(function).items():
        found.setdefault(name, read)
    if function.__defaults__ or function.__kwdefaults__:
        found[f"the defaults of {function.__name__}"] = lambda: (
            function.__defaults__,
            function.__kwdefaults__,
        )
    return found


def kept_by(function: FunctionType) -> dict[str, Callable]:
    """How to read what a function was made with, by name: `versus("SFT", "PPO")` returns one that keeps both names.

    `...` stands for what is not there yet.
    """
    inside = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return {
        name: lambda cell=cell: cell.cell_contents if cell != CellType() else ... for name, cell in inside
    }


def _numbers_of(thing) -> dict[str, Callable]:
    """How to read the numbers in capitals of a module of the course's, or of that of a function of the course's."""
    name = thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", "")
    if not (isinstance(thing, ModuleType | FunctionType) and str(name).startswith("helpers.")):
        return {}
    there = vars(sys.modules.get(name, thing))
    return {f"{name}.{one}": lambda one=one: there.get(one, ...) for one in there if one.isupper()}


def tell(value) -> object:
    """What tells a value from another one: a text of what it holds, alone where that tells it; else bytes, or itself.

    A function of the notebook is told by its code.
    """
    if _of_notebook(value):
        return value.__code__
    if isinstance(value, ModuleType | type | FunctionType):
        return value
    told = Told(value)
    return told.mark or told.text.encode("utf-8", "replace")


def _of_notebook(thing) -> bool:
    return isinstance(thing, FunctionType) and thing.__globals__.get("__name__") == "__main__"


def changed(read) -> list[str]:
    """The names, of those that `read_by` has found, that have another value now."""
    same = lambda one, other: one is other or (isinstance(one, str | bytes | CodeType) and one == other)
    return [name for name, (again, told) in sorted(read.items()) if not same(told, tell(again()))]


def _same(one, other) -> bool:
    """Whether two are one and the same function; each `thing.method` is made anew whenever it is read."""
    return one is other or (isinstance(one, MethodType) and isinstance(other, MethodType) and one == other)
