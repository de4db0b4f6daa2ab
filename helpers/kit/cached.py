"""Functions of a notebook that remember what they have returned, by `functools.cache` or `lru_cache`.

What is remembered rests on what was read then. So a call, which may have put something in or taken it out, counts as a
change of what remembers; and what that rests on is told anew only once it is empty.
"""

import functools
import types

CACHED = type(functools.cache(len))


def caches(value) -> list:
    """What remembers in a function, in what a decorator has made of one, or in a class; none where nothing does."""
    if getattr(value, "__module__", "") != "__main__":
        return []
    if isinstance(value, CACHED):
        return [value]
    inside = []
    if isinstance(value, types.FunctionType):
        inside = [one.cell_contents for one in value.__closure__ or () if one != types.CellType()]
    elif isinstance(value, type):
        inside = [getattr(one, "__func__", one) for one in vars(value).values()]
    return [one for one in inside if isinstance(one, CACHED)]


def calls(value) -> int:
    """How often what remembers was asked since it was made or emptied."""
    infos = [one.cache_info() for one in caches(value)]
    return sum(one.hits + one.misses for one in infos)


def is_empty(value) -> bool:
    """Whether nothing is remembered."""
    return not any(one.cache_info().currsize for one in caches(value))
