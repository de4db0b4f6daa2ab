"""What a hidden test calls: the lesson's own check once more, on inputs that nobody could know before."""

import importlib
from collections.abc import Callable
from unittest import mock

from IPython.display import display

PASSED = (
    "application/vnd.inner-alignment.passed+json"  # the sign by which grading knows that a test was passed
)
ASKS = "`input()` asks"  # how the error begins where an answer asks a reader
ENDS = "Your function ends Python, as by `sys.exit()`: let it return something instead."
OURS = "That is the course's own function. Hand in one that you have written in this notebook."


class NotPassed(AssertionError):
    """Raised where an answer is not right: the mistake, in a sentence."""


def again(module: str, check: str, answer: Callable, *, seed: int) -> None:
    """Check an answer on inputs drawn with this seed, and leave the sign of a pass.

    module, check: where the check comes from and its name; it is looked up anew, whatever the notebook calls so.
    Raises NotPassed with what the check says.
    """
    if getattr(answer, "__module__", "").partition(".")[0] == "helpers":
        raise NotPassed(OURS)
    try:
        with mock.patch("builtins.input", _nobody):
            outcome = getattr(importlib.import_module(module), check)(answer, seed=seed)
    except SystemExit as error:
        raise NotPassed(ENDS) from error
    if not outcome.passed:
        raise NotPassed(outcome.says)
    display({PASSED: check, "text/plain": f"{outcome} (On inputs drawn for grading.)"}, raw=True)


def _nobody(*_):
    raise EOFError(f"{ASKS} a reader, and nobody is there when it is graded")
