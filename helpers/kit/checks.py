"""What stands below every exercise: a check that takes the learner's function and names the mistake.

A check knows a right answer and, for each mistake people make, a wrong one. It runs the learner's function on a few
inputs: like the right answer means passed, like a wrong one names that mistake.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class Mistake:
    """A mistake people make: what to tell them, and an answer that makes it."""

    says: str
    wrong: Callable


@dataclass(frozen=True)
class Outcome:
    """What a check says: `word` is "passed", "not yet" or "not attempted"."""

    word: str
    says: str

    @property
    def passed(self) -> bool:
        """Whether the answer is right."""
        return self.word == "passed"

    def __str__(self) -> str:
        return f"{ {'passed': '✔', 'not yet': '✘', 'not attempted': '○'}[self.word] } {self.says}"

    __repr__ = __str__


class Check:
    """A check of one exercise: call it with the learner's function.

    right:    a right answer.
    cases:    the inputs on which answers are compared, a tuple of arguments each.
    mistakes: wrong answers, the likeliest first; each must differ from the right one on some case.
    then:     what to say to a right answer, e.g. what it achieves when it is put to use: `(function) -> sentence`.
    look:     `(function, *case) -> result` says what is compared, if that is not simply what the function returns.
    """

    def __init__(
        self,
        right: Callable,
        *,
        cases: Sequence[tuple],
        mistakes: Sequence[Mistake],
        look: Callable = lambda function, *case: function(*case),
        then: Callable[[Callable], str] | None = None,
        tolerance: float = 1e-4,
    ):
        self.right, self.cases, self.mistakes = right, list(cases), list(mistakes)
        self.look, self.then, self.tolerance = look, then, tolerance

    def __call__(self, answer: Callable) -> Outcome:
        """Passed, not attempted, or the mistake by name."""
        try:
            given = self._results(answer)
        except NotImplementedError:
            return Outcome(
                "not attempted", "Not attempted yet. Fill in the gap above, then run both cells again."
            )
        except _Stopped as stopped:
            return Outcome("not yet", str(stopped))
        expected = self._results(self.right)
        if self._same(given, expected):
            return Outcome("passed", " ".join(["Passed.", *([self.then(answer)] if self.then else [])]))
        if given[0] is None:
            return Outcome("not yet", "Your function returned None. Is a `return` missing?")
        for mistake in self.mistakes:
            if self._same(given, self._results(mistake.wrong)):
                return Outcome("not yet", mistake.says)
        return Outcome("not yet", self._difference(given, expected))

    def _results(self, function):
        """What the function gives on every case, each on a fresh copy of the inputs."""
        results = []
        for case in self.cases:
            inputs = copy.deepcopy(case)
            try:
                results.append(self.look(function, *inputs))
            except NotImplementedError:
                raise
            except Exception as error:
                raise _Stopped(
                    f"Your function stopped with {type(error).__name__}: {_cut(str(error))}. "
                    f"The input was {_short(case)}"
                ) from error
            if not all(_equal(a, b, 0) for a, b in zip(inputs, case, strict=True)):
                raise _Stopped(
                    "Your function changed its input. Make a new value and leave the old one alone."
                )
        return results

    def _same(self, these, those):
        return all(_equal(a, b, self.tolerance) for a, b in zip(these, those, strict=True))

    def _difference(self, given, expected):
        for case, got, want in zip(self.cases, given, expected, strict=True):
            if _shape(got) != _shape(want):
                return f"The shape is {_shape(got)}, expected {_shape(want)}. The input was {_short(case)}"
            if not _equal(got, want, self.tolerance):
                return f"Got {_short(got)}, expected {_short(want)}. The input was {_short(case)}"


class _Stopped(Exception):
    """The learner's function failed, and why."""


def _equal(a, b, tolerance):
    if isinstance(b, tuple | list):
        same_kind = isinstance(a, tuple | list) and len(a) == len(b)
        return same_kind and all(_equal(x, y, tolerance) for x, y in zip(a, b, strict=True))
    if isinstance(b, str) or a is None or b is None:
        return a == b
    if not isinstance(b, torch.Tensor | np.ndarray | int | float):
        return True  # an object, such as a world or a batch: not compared
    if _shape(a) != _shape(b):
        return False
    try:
        a, b = np.asarray(_plain(a), dtype=float), np.asarray(_plain(b), dtype=float)
    except (TypeError, ValueError):
        return False
    return np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)


def _plain(value):
    return value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else value


def _shape(value):
    return tuple(getattr(value, "shape", ()))


def _short(value):
    """A value in so few letters and numbers that a message can be read."""
    if isinstance(value, tuple | list):
        return _cut("(" + ", ".join([*map(_short, value[:8]), *["…"][: len(value) > 8]]) + ")")
    if isinstance(value, torch.Tensor | np.ndarray):
        array = np.asarray(_plain(value))
        array = array.astype(float).round(3) if array.dtype.kind in "biuf" else array
        return str(array.tolist()) if array.size <= 24 else f"an array of shape {array.shape}"
    return f"{value:.4g}" if isinstance(value, float) else _cut(repr(value), 80)


def _cut(text, most=120):
    """The text, or its beginning."""
    return text if len(text) <= most else f"{text[: most - 2]} …"
