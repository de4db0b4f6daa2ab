"""What was turned when runs were trained stays with their history, so that a gate knows what its numbers are of."""

import functools
import inspect
from collections.abc import Callable, Collection

import pandas as pd

TURNED = "turned"  # the key of a frame's `attrs`, which `compare` hands on


def tells(*, but: Collection[str]) -> Callable:
    """For a function that returns runs by name: it notes in each history which of its arguments were turned.

    but: arguments that are told otherwise, as the seeds of a run and its steps are.
    """

    def told(trained):
        usual = {name: one.default for name, one in inspect.signature(trained).parameters.items()}

        @functools.wraps(trained)
        def telling(*given, **named):
            runs = trained(*given, **named)
            turned = {
                key: str(value)
                for key, value in named.items()
                if value != usual.get(key, ...) and key not in but
            }
            for run in runs.values():
                run.history.attrs[TURNED] = turned
            return runs

        return telling

    return told


def turned(frame: pd.DataFrame) -> dict[str, str]:
    """What was turned for all rows of a frame, as texts by name; nothing where that is not known."""
    return frame.attrs.get(TURNED, {})
