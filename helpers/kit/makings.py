"""Copies and parts of networks: they rest on how their network was made, and not on how it was trained since.

A frozen reference, a kept state dict, a head that is trained by itself: training its network leaves such a thing as it
is. Where the network's cell runs again with another number or another seed, it is out of date. Another cell that makes
another network under the same name takes nothing from it.
"""

import collections
import sys
from collections.abc import Mapping, Set

from helpers.kit.made_of import LINES, MADE, Origin, Part, digest
from helpers.kit.marks import with_held
from helpers.kit.trained import numbers_of, within, works_on


def is_copy(value, other) -> bool:
    """Whether a value is a network, numbers of one or several of these, and may be a copy or a part of another one."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(value, torch.nn.Module | torch.nn.Parameter | dict | list | tuple):
        return False
    networks = [one for one in within(other) if isinstance(one, torch.nn.Module)]
    if not networks or works_on(value, other):
        return False
    numbers = {name: one for network in networks for name, one in network.state_dict().items()}
    return _is_made_of(value, numbers, torch)


def _is_made_of(value, numbers, torch):
    """Whether a value has nothing in it but networks, their parameters, and these numbers under their names."""
    if isinstance(value, dict):
        same = lambda name, one: (
            name in numbers and isinstance(one, torch.Tensor) and _equal(one, numbers[name])
        )
        return bool(value) and all(
            same(name, one) or _is_made_of(one, numbers, torch) for name, one in value.items()
        )
    if isinstance(value, list | tuple):
        return bool(value) and all(_is_made_of(one, numbers, torch) for one in value)
    return isinstance(value, torch.nn.Module | torch.nn.Parameter)


def _equal(one, other):
    return one.device == other.device and one.dtype == other.dtype and bool((one == other).all())


def sharing(read: Set[str], values: Mapping[str, object]) -> set[str]:
    """Names of what has numbers in it that what is read trains or has in it: a network's part, and its whole."""
    torch = sys.modules.get("torch")
    if torch is None:
        return set()
    kinds = torch.nn.Module | torch.nn.Parameter
    inside = lambda name: [one for one in with_held(values.get(name)) if isinstance(one, kinds)]
    ids = lambda name: {id(number) for one in inside(name) for number in numbers_of(one)}
    numbers = {number for name in read for number in ids(name)}
    every = (name for name in values if numbers and not name.startswith("_"))
    return {name for name in every if not numbers.isdisjoint(ids(name))}


class Makings:
    """Which cell has made what stands under a name, and what has changed it there since."""

    def __init__(self):
        self._keys, self._parts, self._cell, self._here = {}, {}, "", collections.Counter()

    def a_cell_begins(self, cell: str) -> None:
        """Another cell: under the same name it makes another thing."""
        self._cell, self._here = cell, collections.Counter()

    def moved(self, names: Mapping[str, str]) -> None:
        """Names were exchanged: whose thing each has now."""
        old = self._keys.copy()
        self._keys |= {name: old[other] for name, other in names.items() if other in old}

    def made(self, name: str, parts: Mapping[str, Part], *, anew: bool) -> None:
        """A name is made of these parts now. anew: its thing is another one than before."""
        if anew or name not in self._keys:
            self._here[name] += 1
            self._keys[name] = f"{MADE}{name}\n{self._cell}\n{self._here[name]}"
        self._parts[self._keys[name]] = parts

    def key(self, name: str) -> str:
        """The name of the making of what stands under a name, which is no name of Python."""
        return self._keys.get(name, "")

    def mark(self, key: str) -> str:
        """What this thing was made of when its cell ran last, and was changed by since: a word for each."""
        parts = self._parts.get(key, {}).values()
        return " ".join(
            digest((one.source, sorted(one.rests.items())))[7:23] for one in parts if not one.undone
        )

    def of_copies(
        self,
        name: str,
        rests: Mapping[str, str],
        among: Set[str],
        origins: Mapping[str, Origin],
        values: Mapping[str, object],
    ) -> dict[str, str]:
        """What a name rests on; where it is a copy or a part of a network among some, on the making of that."""
        found = dict(rests)
        for one in sorted(among):
            if (key := self.key(one)) and is_copy(values.get(name), values.get(one)):
                found |= {**origins[one].rests, key: self.mark(key)}
                found = {read: mark for read, mark in found.items() if read not in (one, f"{LINES}{one}")}
        own = f"{MADE}{name}\n"
        return {read: mark for read, mark in found.items() if read != name and not read.startswith(own)}


def goes_on(read: str, mark: str, now: str) -> bool:
    """Whether what was read is a making, and the thing is still made of all that it was made of then."""
    return read.startswith(MADE) and {*mark.split()} <= {*now.split()}
