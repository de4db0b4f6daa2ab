"""Checks at every port: what is handed in is looked at once, and an error says what came and what was expected.

Each check returns what was handed in, so that it can stand where a value is kept: `self.group = whole(group, "group")`.
All raise ValueError, or TypeError where the kind is wrong and not the value.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Sized
from functools import cache
from numbers import Integral, Real


def whole(value, name: str, *, least: int = 1) -> int:
    """A whole number of at least `least`: a count of episodes, steps, seeds. True is no number."""
    if type(value) is int and value >= least:  # nearly always: asking for `Integral` costs ten times as much
        return value
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} is a whole number of at least {least}: got {_short(value)}")
    if value < least:
        raise ValueError(f"{name} is a whole number of at least {least}: got {value}")
    return int(value)


def number(
    value, name: str, *, above: float | None = None, least: float | None = None, most: float | None = None
):
    """A finite number; `above`, `least` and `most` bound it where a bound is meant."""
    bounds = [f"above {above:g}"] if above is not None else []
    bounds += [f"at least {least:g}"] if least is not None else []
    bounds += [f"at most {most:g}"] if most is not None else []
    expected = " ".join(["a number", " and ".join(bounds)]).strip()
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} is {expected}: got {_short(value)}")
    low = (above is None or value > above) and (least is None or value >= least)
    try:
        finite = math.isfinite(value)
    except OverflowError:  # a whole number or fraction of more than 308 digits
        raise ValueError(f"{name} is {expected}: got one that is too large to count with") from None
    if not (finite and low and (most is None or value <= most)):  # false for NaN, too
        raise ValueError(f"{name} is {expected}: got {value}")
    return float(value)


def share(value, name: str) -> float:
    """A share: a number from 0 to 1. What looks like per cent is named as such."""
    value = number(value, name)
    if not 0 <= value <= 1:
        hint = f" (for {value:g} % write {value / 100:g})" if 1 < value <= 100 else ""
        raise ValueError(f"{name} is a share from 0 to 1: got {value:g}{hint}")
    return value


def seeds(value, name: str = "seeds") -> tuple[int, ...]:
    """How many seeds (0, 1, ... to one less), or which: distinct whole numbers. Two alike would count as two runs."""
    if isinstance(value, Integral):
        return tuple(range(whole(value, name)))
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise TypeError(f"{name} are a whole number or a list of whole numbers: got {_short(value)}")
    value = tuple(whole(one, f"each of the {name}", least=0) for one in value)
    if not value:
        raise ValueError(f"{name}: at least one seed is needed: got none")
    if len(set(value)) < len(value):
        twice = min(one for one, times in Counter(value).items() if times > 1)
        raise ValueError(f"{name} are distinct, or one run would count as two: {twice} comes twice")
    return value


def texts(value, name: str) -> list[str]:
    """A list of strings. A single string is refused: its letters would be taken for texts."""
    if isinstance(value, str | bytes):
        raise TypeError(
            f"{name} is a list of strings: got one string, {_short(value)}; write [{_short(value)}]"
        )
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        raise TypeError(f"{name} is a list of strings: got {_short(value)}")
    value = list(value)
    for place, one in enumerate(value):
        if not isinstance(one, str):
            raise TypeError(f"{name} is a list of strings: number {place} is {_short(one)}")
    return value


def one_of(value, options: Iterable, name: str):
    """One of the things that there are; the error lists them."""
    options = list(options)
    if value not in options:
        raise ValueError(f"{name} is one of {', '.join(map(str, options))}: got {_short(value)}")
    return value


def of_use(turned: Mapping[str, bool], where: str) -> None:
    """Raises ValueError where something was turned that changes nothing there: name -> whether it was turned.

    where: how the sentence begins, "beside one_hump=True".
    """
    if idle := [name for name, was in turned.items() if was]:
        raise ValueError(
            f"{where} {' and '.join(idle)} would change nothing: leave {'it' if len(idle) < 2 else 'them'} out"
        )


def function(value, name: str, signature: str):
    """Something that can be called; `signature` says how, e.g. "(Evaluation, Batch) -> loss[seed]"."""
    if not callable(value):
        raise TypeError(f"{name} is a function {signature}: got {_short(value)}")
    return value


def shape(value, expected: Sequence[int], name: str, axes: str = ""):
    """A tensor or array of this very shape: nothing is broadcast. `axes` names them, e.g. "seed, episode, time"."""
    meant = f"{tuple(expected)}" + (f" [{axes}]" if axes else "")
    if not hasattr(value, "shape"):
        raise TypeError(f"{name} is a tensor of shape {meant}: got {_short(value)}")
    if tuple(value.shape) != tuple(expected):
        raise ValueError(f"{name} has the shape {meant}: got {tuple(value.shape)}")
    return value


def tensor(value, name: str):
    """Numbers as a tensor: a tensor, an array, a list or a series of them. Only with torch at hand."""
    import torch

    try:
        value = torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"{name} are numbers, a tensor: got {_short(value)}") from error
    if value.is_complex():
        raise TypeError(f"{name} are real numbers: got {value.dtype}")
    return value


def fits(value, port: type, name: str, meant: str):
    """Something that has all that a port (a runtime-checkable Protocol) asks for; the error lists what is missing."""
    missing = [part for part in _asked(port) if not hasattr(value, part)]
    if missing:
        raise TypeError(f"{name} is {meant}: got {_short(value)}, which has no {', '.join(missing)}")
    return value


@cache
def _asked(port: type) -> list[str]:
    """The names that a port asks for, looked up once: sources ask at every batch."""
    asked = [part for base in port.__mro__ for part in (*vars(base), *getattr(base, "__annotations__", {}))]
    return sorted({part for part in asked if not part.startswith("_")})


def as_long(first: Sized, second: Sized, names: str) -> None:
    """Two things of equal length: nothing is zipped short. `names` names both, e.g. "prompts and answers"."""
    if len(first) != len(second):
        raise ValueError(f"{names} must be equally many: got {len(first)} and {len(second)}")


def _short(value, most: int = 60) -> str:
    """What came, in a few letters: never a wall of numbers."""
    if hasattr(value, "shape"):
        return f"a {type(value).__name__} of shape {tuple(value.shape)}"
    said = repr(value)
    return said if len(said) <= most else f"{said[:most]}... ({type(value).__name__})"
