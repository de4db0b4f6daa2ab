"""Origins of names, and what is looked at to find them: for `origins`, which follows the statements of a notebook."""

import hashlib
import types
from collections.abc import Mapping
from dataclasses import dataclass, field

from helpers.kit.marks import VALUE, Told

OPAQUE = ("digest ", "not ended", "module ", VALUE)  # how marks begin that say nothing to a reader
LONG = 40  # letters of a value in a sentence


@dataclass(frozen=True)
class Part:
    """What one statement has given to a name: `rests` has what was read, each with its mark then."""

    source: str
    rests: Mapping[str, str]
    ended: bool = True
    times: int = 1


@dataclass(frozen=True)
class Origin:
    """What a name was made of: the statement that made it, and those that have changed it since.

    later, turns: what it reads, and what it changes, when it is called.
    """

    mark: str
    parts: Mapping[str, Part] = field(default_factory=dict)
    later: frozenset[str] = frozenset()
    turns: frozenset[str] = frozenset()

    @property
    def ended(self) -> bool:
        """Whether every statement that was to change it has come to its end, or was done again."""
        return all(part.ended for part in self.parts.values())

    def is_changed_by(self, source: str) -> bool:
        """Whether this very statement has changed it before, even if it now leaves it as it is."""
        return any(part.source == source for part in self.parts.values())

    @property
    def rests(self) -> dict[str, str]:
        """What it rests on, with the oldest marks."""
        return {name: mark for part in reversed([*self.parts.values()]) for name, mark in part.rests.items()}


@dataclass(frozen=True)
class Before:
    """What there was before a statement: the value of each name, how some look, what these hold; how modules look."""

    values: Mapping[str, object]
    looks: Mapping[str, str]
    held: Mapping[str, list]
    modules: Mapping[str, str]


def attributes(module) -> str:
    """What a module holds, as a text; "" of anything else: `np.sort(a)` changes no module."""
    if not isinstance(module, types.ModuleType):
        return ""
    return digest({name: Told(value).text for name, value in vars(module).items()})


def digest(parts) -> str:
    """A mark of parts, each of which can be written."""
    return f"digest {hashlib.sha256(repr(parts).encode('utf-8', 'replace')).hexdigest()}"


def brief(said: str) -> str:
    """A mark as a sentence has it."""
    return said if len(said) <= LONG else f"{said[: LONG - 3]}..."
