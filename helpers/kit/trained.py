"""Optimizers and what they train: a network, its numbers, several of them.

A network that its cell makes anew is not the one that an optimizer was made for: who goes on with that optimizer gives
the new one gradients, and trains nothing.
"""

import contextlib
from collections.abc import Iterable
from itertools import islice

from helpers.kit.marks import FIXED, LEAVES, held

STEPS = "param_groups"  # what an optimizer has, which changes a network that is another name's


def works_on(value, other) -> bool:
    """Whether a value trains another one, or, as an object of a class of the notebook, has it in it."""
    if isinstance(other, FIXED):
        return False
    own = type(value).__module__ == "__main__" and any(one is other for one in within(value))
    return own or trains(value, other)


def trains(value, other) -> bool:
    """Whether an optimizer that a value is, or has in it, changes numbers of another one."""
    steps = {id(number) for one in within(value) for number in _steps(one)}
    return bool(steps) and not steps.isdisjoint(map(id, numbers_of(other)))


def _steps(value) -> list:
    """The numbers that an optimizer changes; none of what only answers to every name, as a mock does."""
    groups = getattr(value, STEPS, ())
    groups = [one for one in groups if isinstance(one, dict)] if isinstance(groups, list | tuple) else []
    return [number for one in groups for number in one.get("params", ())]


def is_lost(value, optimizers: Iterable) -> bool:
    """Whether something has gradients, and none of these optimizers is one of it: it was made anew."""
    leaves = (one for one in numbers_of(value) if getattr(one, "is_leaf", None) is True)
    has_gradients = any(getattr(one, "grad", None) is not None for one in leaves)
    return has_gradients and not any(trains(one, value) for one in optimizers)


def numbers_of(value) -> list:
    """A value, what it has in it, and the numbers of each network among these."""
    found = within(value)
    for one in [*found]:
        with contextlib.suppress(AttributeError, TypeError):  # what has parameters of another kind
            found += [*one.parameters()]
    return found


def within(value) -> list:
    """A value and what it has in it that may change, as a dict, a list, or an object of a class of the notebook."""
    return [*islice((one for one in _each(value, 3) if not isinstance(one, FIXED)), LEAVES)]


def _each(value, depth) -> Iterable:
    yield value
    own = type(value).__module__ == "__main__"
    for one in (getattr(value, "__dict__", {}).values() if own else held(value)) if depth else ():
        yield from _each(one, depth - 1)
