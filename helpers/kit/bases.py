"""What an object of a class of the notebook has beside its own names: its slots, and what its class comes from."""

import sys
import types

PLAIN = (tuple, str, bytes, int, float, complex)
HEAP = 1 << 9  # a flag of classes that were made while Python ran, and not in C
HIDDEN = object()  # something that only those know who have written the class in C


def basis_of(value) -> object:
    """What it is as a number, a text, a tuple, a set, an error; None where it is none, HIDDEN where nobody can tell."""
    if isinstance(value, set | frozenset):
        kind = set if isinstance(value, set) else frozenset
        return frozenset(kind.__iter__(value))  # whatever its class has made of it
    for basis in PLAIN:
        if isinstance(value, basis):
            return basis.__getnewargs__(value)
    if isinstance(value, BaseException):
        return value.args
    known = (object, types.SimpleNamespace)
    return (
        HIDDEN if any(one not in known and not one.__flags__ & HEAP for one in type(value).__mro__) else None
    )


def slots_of(value) -> dict[str, object]:
    """What it has in the slots of its class and of those that this comes from, by name; None in empty ones."""
    every = [(name, one) for kind in type(value).__mro__ for name, one in vars(kind).items()]
    return {name: _in(one, value) for name, one in every if isinstance(one, types.MemberDescriptorType)}


def settings_of(network) -> dict[str, object]:
    """What a network of a class of the notebook has under names of its own, beside those that every network has."""
    every = vars(sys.modules["torch"].nn.Module())
    return {name: one for name, one in vars(network).items() if name not in every}


def _in(slot, value):
    try:
        return slot.__get__(value)
    except AttributeError:
        return None
