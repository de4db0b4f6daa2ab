"""What stands below every exercise: a check that takes the learner's function and names the mistake.

A check knows a right answer and, for each mistake people make, a wrong one. It runs the learner's function on a few
inputs: like the right answer means passed, like a wrong one names that mistake. What it says shows the smallest example
at hand, and few numbers.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from helpers.kit.differences import briefly, changed, difference, one_line, same


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

    Compared are shapes, numbers (NaN and infinity must stand where the right answer has them), the kind of number
    (whole, true or false, any), and whether a gradient flows where it flows through the right answer.
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

    def __call__(self, answer) -> Outcome:
        """Passed, not attempted, or the mistake by name."""
        if not callable(answer):
            return Outcome(
                "not yet", f"Hand in the function itself, without brackets: got {briefly(answer)}."
            )
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
            return (
                self._put_to_use(answer)
                if not self._remark(given, expected)
                else self._smallest(given, expected)
            )
        if any(one is None and want is not None for one, want in zip(given, expected, strict=True)):
            return Outcome("not yet", "Your function returned None. Is a `return` missing?")
        for mistake in self.mistakes:
            if self._same(given, self._results(mistake.wrong)):
                return Outcome("not yet", mistake.says)
        return self._smallest(given, expected)

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
                    f"Your function stopped with {one_line(error)} The input was {briefly(case)}."
                ) from error
            if changed(inputs, case):
                raise _Stopped(
                    "Your function changed its input. Make a new value and leave the old one alone."
                )
        return results

    def _same(self, these, those):
        return all(same(a, b, self.tolerance) for a, b in zip(these, those, strict=True))

    def _remark(self, given, expected):
        return any(difference(a, b, self.tolerance) for a, b in zip(given, expected, strict=True))

    def _smallest(self, given, expected):
        """The shortest of what can be said about the cases that differ."""
        said = [
            f"{what} The input was {briefly(case)}."
            for case, got, want in zip(self.cases, given, expected, strict=True)
            if (what := difference(got, want, self.tolerance))
        ]
        return Outcome("not yet", min(said, key=len))

    def _put_to_use(self, answer):
        if self.then is None:
            return Outcome("passed", "Passed.")
        try:
            return Outcome("passed", f"Passed. {self.then(answer)}")
        except Exception as error:
            return Outcome(
                "not yet", f"Right on every example; but put to use, it stopped with {one_line(error)}"
            )


class _Stopped(Exception):
    """The learner's function failed, and why."""
