"""What stands below every exercise: a check that takes the learner's function and names the mistake.

A check knows a right answer and, for each mistake people make, a wrong one. It runs the learner's function on a few
inputs, some of them drawn anew each time: like the right answer means passed, like a wrong one names that mistake. What
it says shows the smallest example at hand, and few numbers. `built` then hands the lesson what was built.
"""

import copy
import secrets
import traceback
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from helpers.kit.differences import briefly, changed, difference, one_line, same
from helpers.kit.draws import Draws, with_one
from helpers.kit.outcomes import Outcome, built, remember
from helpers.kit.slopes import by_autograd, by_differences, slopes, slopes_differ

__all__ = [
    "Check",
    "Draws",
    "Mistake",
    "NotYet",
    "Outcome",
    "built",
    "by_autograd",
    "by_differences",
    "chances_of",
    "finite_of",
    "tensor_of",
    "with_one",
]

SIZES = (2, 3, 5)  # of the inputs that are drawn anew
# What each check's own answers give, and the seed of the inputs; not in the check, which no call is to change.
_KNOWN = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class Mistake:
    """A mistake people make: what to tell them, and an answer that makes it."""

    says: str
    wrong: Callable


class NotYet(Exception):
    """Raised where an answer is looked at or put to use: the mistake, in a sentence."""


def tensor_of(value, shape: Sequence[int], what: str, axes: str, *, steps: bool = False) -> torch.Tensor:
    """What an answer returns, as a tensor of this shape; a list of tensors is taken for one. Or NotYet, in a sentence.

    what: it holds, and axes: the shape in words, both for the sentence.
    steps: the first axis is a run's, the start and each step: then it is said where the start is missing.
    """
    if value is None:
        raise NotYet("Your function returned None. Is a `return` missing?")
    if value is ... or value is NotImplemented:
        raise NotImplementedError
    given = value
    if isinstance(value, list | tuple) and value and all(isinstance(one, torch.Tensor) for one in value):
        value = torch.stack(list(value)) if len({one.shape for one in value}) == 1 else None
    if not isinstance(value, torch.Tensor) or not value.is_floating_point():
        kind = str(given.dtype) if isinstance(given, torch.Tensor) else f"a {type(given).__name__}"
        raise NotYet(f"Your function returns a tensor: {what}. But this is {kind}.")
    shape, got = tuple(shape), tuple(value.shape)
    if steps and got == (shape[0] - 1, *shape[1:]):
        raise NotYet(
            f"There are {got[0]} policies for {got[0]} steps, one too few: the first is the policy before any step, "
            "the last the one after the last step. Does it return inside of the loop?"
        )
    if got != shape:
        raise NotYet(f"The shape is {got}, expected {shape}: {axes}.")
    return value.detach().float()


def finite_of(value: torch.Tensor, hint: str = "") -> torch.Tensor:
    """The same numbers, none of them NaN or infinite; or NotYet, with a hint where there is one."""
    if not value.isfinite().all():
        raise NotYet(f"A number is NaN or infinite. {hint}".strip())
    return value


def chances_of(value: torch.Tensor, hint: str = "") -> torch.Tensor:
    """The same numbers, chances that add up to 1 over the last axis; or NotYet, with a hint where one is NaN."""
    finite_of(value, hint)
    if value.min() < 0 or (value.sum(-1) - 1).abs().max() > 1e-3:
        raise NotYet(
            "The rows do not add up to 1: keep the policy, the softmax of the logits, and not the logits."
        )
    return value


class Check:
    """A check of one exercise: call it with the learner's function.

    right:    a right answer.
    cases:    the inputs on which answers are always compared, a tuple of arguments each.
    mistakes: wrong answers, the likeliest first; each must differ from the right one on some case.
    draw:     `(draws) -> tuple of arguments`, further inputs, drawn anew at each call and longer each time (see
              `Draws`). An outcome keeps their seed, and `check(answer, seed=7)` draws the same again.
    also:     right answers in another form, for instance the sum where the mean is as good.
    then:     what to say to a right answer, e.g. what it achieves when it is put to use: `(function) -> sentence`.
              Raises NotYet("...") where that shows a mistake.
    look:     `(function, *case) -> result` says what is compared, if that is not simply what the function returns.
              Raises NotYet("...") for what no comparison shows.
    otherwise: `(got, expected) -> sentence`, for an answer that is like no wrong one, where the numbers and the input
              of a case would tell a reader nothing.
    used:     what the lesson uses until an answer has passed, if that is not `right`: see `built`.

    Compared are shapes, numbers (NaN and infinity must stand where the right answer has them), the kind of number
    (whole, true or false, any), and gradients: where an input asks for one (`flows=True`), it must flow, and be right.
    What a function draws by itself is the same for every answer.
    """

    def __init__(
        self,
        right: Callable,
        *,
        cases: Sequence[tuple] = (),
        mistakes: Sequence[Mistake],
        draw: Callable[[Draws], tuple] | None = None,
        also: Sequence[Callable] = (),
        look: Callable = lambda function, *case: function(*case),
        then: Callable[[Callable], str] | None = None,
        used: Callable | None = None,
        otherwise: Callable | None = None,
        tolerance: float = 1e-4,
    ):
        self.right, self.cases, self.mistakes = right, list(cases), list(mistakes)
        self.draw, self.also, self.look, self.then, self.tolerance = draw, list(also), look, then, tolerance
        self.used, self.otherwise = used, otherwise
        if not self.cases and draw is None:
            raise ValueError("a check needs inputs: cases=[...] or draw=...")

    def __call__(self, answer, *, seed: int | None = None) -> Outcome:
        """Passed, not attempted, or the mistake by name."""
        cases = self.cases
        if self.draw is not None:
            seed = secrets.randbelow(10**6) if seed is None else seed
            cases = [*cases, *(self.draw(Draws(seed, size)) for size in SIZES)]
        else:
            seed = None
        if self not in _KNOWN or _KNOWN[self][0] != seed:
            _KNOWN[self] = seed, {}
        outcome = replace(self._outcome(answer, cases), seed=seed)
        if callable(answer):
            remember(answer, self, outcome)
        return outcome

    def is_about(self, helpers: Callable) -> bool:
        """Whether this is the check of the exercise for which the helpers have this function."""
        return any(helpers is one for one in (self.right, self.used, *self.also))

    def _outcome(self, answer, cases):
        if not callable(answer):
            return Outcome(
                "not yet", f"Hand in the function itself, without brackets: got {briefly(answer)}."
            )
        try:
            given = self._results(answer, cases)
        except NotImplementedError as stop:
            return _gap_of_another(answer, stop) or _gap()
        except NotYet as why:
            return Outcome("not yet", str(why))
        if all(result is ... or result is NotImplemented for result, _ in given):
            return _gap()
        forms = [self._own(form, cases) for form in (self.right, *self.also)]
        if any(not self._remark(given, form) for form in forms):
            return self._put_to_use(answer)
        expected = forms[0]
        if any(one is None and want is not None for (one, _), (want, _) in zip(given, expected, strict=True)):
            return Outcome("not yet", "Your function returned None. Is a `return` missing?")
        for mistake in self.mistakes:
            if self._makes(mistake, given, expected, cases):
                return Outcome("not yet", mistake.says)
        return self._smallest(given, expected, cases)

    def _own(self, form, cases):
        """What an answer of the check's own gives. It may take seconds, so it is kept until other inputs are drawn."""
        known = _KNOWN[self][1]
        if form not in known:
            known[form] = self._results(form, cases)
        return known[form]

    def _results(self, function, cases):
        """What the function gives on every case, each on a fresh copy of the inputs, and its gradients."""
        results = []
        for place, case in enumerate(cases):
            inputs = copy.deepcopy(case)
            try:
                # a number divided by 0 in NumPy is infinite or NaN, in PyTorch, too: it is judged, it is no error
                with torch.random.fork_rng(devices=[]), np.errstate(all="ignore"):
                    torch.manual_seed(place)
                    result = self.look(function, *inputs)
            except (NotImplementedError, NotYet):
                raise
            except Exception as error:
                raise NotYet(
                    f"Your function stopped with {one_line(error)} The input was {briefly(case)}."
                ) from error
            if changed(inputs, case):
                raise NotYet("Your function changed its input. Make a new value and leave the old one alone.")
            results.append((result, slopes(result, inputs)))
        return results

    def _makes(self, mistake, given, expected, cases):
        """Whether an answer makes a mistake: the same numbers, and, where those are right, the same gradients."""
        try:
            wrong = self._own(mistake.wrong, cases)
        except (NotYet, NotImplementedError):  # made for the cases that stand, and not for each that is drawn
            return False
        told = not self._same(given, expected)
        return self._same(given, wrong) and not any(
            slopes_differ(a, b, self.tolerance) and not (told and (a is None or b is None))
            for (_, a), (_, b) in zip(given, wrong, strict=True)
        )

    def _same(self, these, those):
        return all(same(a, b, self.tolerance) for (a, _), (b, _) in zip(these, those, strict=True))

    def _remark(self, given, expected):
        """What can be said on each case that differs, in numbers, their kind, or their gradients; "" for the others."""
        said = [
            difference(got, want, self.tolerance) or slopes_differ(have, need, self.tolerance)
            for (got, have), (want, need) in zip(given, expected, strict=True)
        ]
        return said if any(said) else []

    def _smallest(self, given, expected, cases):
        """The shortest of what can be said about the cases that differ."""
        remarks = self._remark(given, expected)
        if self.otherwise is not None:
            at = next(place for place, what in enumerate(remarks) if what)
            return Outcome("not yet", self.otherwise(given[at][0], expected[at][0]))
        said = zip(remarks, cases, strict=True)
        told = [f"{what} The input was {briefly(case)}." for what, case in said if what]
        return Outcome("not yet", min(told, key=lambda one: (" of shape " in one, len(one))))

    def _put_to_use(self, answer):
        if self.then is None:
            return Outcome("passed", "Passed.")
        try:
            return Outcome("passed", f"Passed. {self.then(answer)}")
        except NotYet as why:
            return Outcome("not yet", str(why))
        except Exception as error:
            return Outcome(
                "not yet", f"Right on every example; but put to use, it stopped with {one_line(error)}"
            )


def _gap():
    return Outcome("not attempted", "Not attempted yet. Fill in the gap above, then run both cells again.")


def _gap_of_another(answer, stop):
    """What to say where the answer is written and calls a function that is not; None where the gap is its own."""
    mine, where = getattr(answer, "__code__", None), getattr(answer, "__globals__", None)
    frames = [frame for frame, _ in traceback.walk_tb(stop.__traceback__)]
    last = frames[-1]
    if last.f_code is mine or last.f_globals is not where or mine not in [frame.f_code for frame in frames]:
        return None
    says = f"`{last.f_code.co_name}` is not written yet, and your `{answer.__name__}` calls it: write that one first."
    return Outcome("not yet", says)
