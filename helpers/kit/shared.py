"""What shares memory with what: a view of an array, a network's `state_dict()`, the list that stands in a dict.

Whoever changes one of these changes the other, under whatever name it stands.
"""

import bisect
import collections
import functools
import itertools
import sys
import types
from collections.abc import Iterable, Mapping, Set

import numpy as np
import pandas as pd

from helpers.kit.made_of import SHELL
from helpers.kit.marks import PLAIN, SIMPLE, lies

MOST = 1000  # so many things in a value are looked at
VIEWS = (type({}.values()), type({}.items()))
COLLECTIONS = (list, tuple, set, frozenset, collections.deque)
PASSED = (
    dict,
    *COLLECTIONS,
    *VIEWS,
    pd.DataFrame,
    pd.Series,
)  # which are no more than what they have in them
CODE = (types.FunctionType, functools.partial, types.MethodType, types.BuiltinFunctionType)
NEVER = (*PLAIN, types.ModuleType)  # which nobody changes in place, or which is no part of a value
OURS = ("__main__", "helpers.")  # whose objects are looked into


class Memory:
    """What values have in them that can be changed in place: objects by which they are, numbers by where they lie.

    values: up to `MOST` things in each are looked at.
    """

    def __init__(self, values: Iterable):
        self.objects, self._lies = set(), []
        for value in values:
            self._add(value)
        self._lies.sort()
        self._ends = [*itertools.accumulate((end for _, end in self._lies), max)]

    def __bool__(self) -> bool:
        return bool(self.objects)

    def touches(self, other: "Memory") -> bool:
        """Whether something of another one is something of this one, or lies where it does."""
        return not self.objects.isdisjoint(other.objects) or any(map(self._has, other._lies))

    def holds(self, value, depth: int = 3) -> bool:
        """Whether all of a value is in here, as it is of a view, or of a list of views; not of a number beside one."""
        if place := lies(value):
            return self._has(place)
        parts = [*_parts(value)] if depth and isinstance(value, PASSED) else []
        return id(value) in self.objects or (bool(parts) and all(self.holds(one, depth - 1) for one in parts))

    def _has(self, lie):
        at = bisect.bisect_left(self._lies, (lie[1],))  # so many begin before it ends
        return at > 0 and self._ends[at - 1] > lie[0]

    def _add(self, value):
        todo, seen = [value], set()
        while todo and len(seen) < MOST:
            one = todo.pop()
            if type(one) in SIMPLE or isinstance(one, NEVER) or id(one) in seen:
                continue
            seen.add(id(one))
            if not isinstance(one, (tuple, frozenset, *VIEWS, *CODE)):
                self.objects.add(id(one))
            if place := lies(one):
                self._lies.append(place)
            todo += _parts(one)


def _parts(value) -> Iterable:
    """What a value has in it."""
    kind, torch = type(value), sys.modules.get("torch")
    if isinstance(value, VIEWS):
        return [*value]
    if isinstance(value, dict):
        return _few([*dict.values(value)])
    if isinstance(value, COLLECTIONS):
        return _few([*value])
    if isinstance(value, np.ndarray):
        return _few(value.reshape(-1).tolist()) if value.dtype.kind == "O" else ()
    if isinstance(value, memoryview | np.flatiter):
        return [value.obj if isinstance(value, memoryview) else value.base]
    if isinstance(value, pd.DataFrame | pd.Series):
        return [one for one in value._mgr.arrays if isinstance(one, np.ndarray)]
    if torch and isinstance(value, torch.nn.Module):
        return [*value.parameters(), *value.buffers(), *value.modules()]
    if torch and isinstance(value, torch.Tensor):
        return [value.grad] if value.is_leaf and value.grad is not None else ()
    if torch and isinstance(value, torch.optim.Optimizer):
        return [value.param_groups, value.state]
    if isinstance(value, np.random.Generator):
        return [value.bit_generator]
    return _own_parts(value, kind)


def _own_parts(value, kind):
    """What a function, a class or an object of the notebook or of the course has in it."""
    if isinstance(value, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, types.MethodType | types.BuiltinFunctionType):
        return [value.__self__]
    definition = isinstance(value, types.FunctionType | type)
    if not (value if definition else kind).__module__.startswith(OURS) and kind is not types.SimpleNamespace:
        return ()
    if isinstance(value, types.FunctionType):
        cells = [one.cell_contents for one in value.__closure__ or () if one != types.CellType()]
        return [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values(), *cells, vars(value)]
    if isinstance(value, type):
        return [] if value.__module__ != "__main__" else [*vars(value).values()]
    return [object.__getattribute__(value, "__dict__")] if kind.__dictoffset__ else []


def _few(values):
    """None where all of many are numbers and texts."""
    return () if {*map(type, values)} <= SIMPLE else values


def sharing(read: Set[str], values: Mapping[str, object]) -> set[str]:
    """Names whose values share something that can be changed in place with what is read, itself among them."""
    memory = Memory(values[name] for name in read if name in values)
    others = (name for name in values if memory and name not in SHELL)
    return {name for name in others if memory.touches(Memory([values[name]]))}
