"""What a value holds, as a text: whoever has kept the text of a value can tell whether it is another one by now.

Numbers, texts, arrays, tensors, frames and small collections of them are told by what they hold, and so are objects of
classes that the notebook itself has made. What is large, or is none of these, is told by which object it is; what is
large by a checksum, too, which tells when it was changed in place. Of what is larger still only samples are looked at.
"""

import collections
import contextlib
import functools
import hashlib
import itertools
import marshal
import math
import sys
import types
import weakref
import zlib

import numpy as np
import pandas as pd

from helpers.kit.bases import HIDDEN, basis_of, settings_of, slots_of
from helpers.kit.cached import CACHED, calls

PLAIN = (int, float, complex, str, bytes, range, type(None))  # bool is an int
SHARED = (int, str, bytes, type(None))  # of which Python may give the same object twice
FIXED = (*PLAIN, tuple, frozenset)  # which nobody changes in place
LEAVES, LETTERS, BYTES, CELLS = 2000, 100, 2_000_000, 20_000  # of a value, of a leaf, of an array, of a frame
MOST, MANY, SAMPLE = (
    128_000_000,
    50_000,
    1000,
)  # bytes and leaves of a large value that are looked at; else so many
QUICK = 40  # so many numbers and texts in a row are told as soon as one leaf alone
SIMPLE = {int, float, complex, str, bytes, bool, type(None)}
ENDS = {list: "[]", tuple: "()", dict: "{}", set: "{}", frozenset: "{}"}
VALUE = "value "  # how the text of a value begins that no reader wants to read


def plain(value) -> bool:
    """Whether a value is a number, a text, a range or a small collection of them, told apart by how it is written."""
    said = Told(value)
    return said.whole and said.plain


class Told:
    """The text of a value; it is `whole` where no part is told by which object it is, `plain` where all are plain.

    numbers: those of a network, and what a class or a function of the notebook has been given; none of these is whole.
    partly:  it is so large that only some of it was looked at: a change in place of the rest is not seen.
    """

    def __init__(self, value):
        self.left, self.bytes, self.large, self.partly, self.within = LEAVES, MOST, False, False, set()
        self.whole, self.plain, self.numbers, self.network = True, True, "", False
        try:
            self.text = self._of(value)
        except (OverflowError, RecursionError):  # too much to be told
            self.text = f"{self._object(value)} {self._checksum(value)}"
        if isinstance(value, type | types.FunctionType) and value.__module__ == "__main__":
            self.numbers = self._given(value)
            self.text += f"{self.numbers} {calls(value)}"

    def _checksum(self, value):
        """What is large, by a checksum of all that it holds; if that is too much, of some of it."""
        if isinstance(value, str | bytes):  # which nobody changes in place
            return ""
        self.left, self.large, self.plain = MANY, True, False
        try:
            return zlib.crc32(self._of(value).encode("utf-8", "replace"))
        except (OverflowError, RecursionError, ValueError):
            self.partly, self.left = True, MANY
        if not isinstance(value, dict | list | tuple):
            return ""
        every = value.items() if isinstance(value, dict) else value
        for several in (SAMPLE, 10, 1):
            self.left = MANY
            with contextlib.suppress(OverflowError, RecursionError, ValueError):
                said = self._of([*itertools.islice(every, 0, None, max(1, len(value) // several))])
                return f"{len(value)} {zlib.crc32(said.encode('utf-8', 'replace'))}"
        return f"{len(value)}"

    def _given(self, value):
        """What a class of the notebook, with those that it comes from, or a function has under names of its own."""
        every = value.__mro__ if isinstance(value, type) else [value]
        every = [vars(one) for one in every if one.__module__ == "__main__"]
        found = {name: one for those in reversed(every) for name, one in those.items() if name[:2] != "__"}
        try:
            return self._of(
                {name: one for name, one in found.items() if not (callable(one) or hasattr(one, "__get__"))}
            )
        except (OverflowError, RecursionError):
            return ""

    @property
    def mark(self) -> str:
        """The text of what can be told by what it holds alone; "" of anything else. That of plain parts can be read."""
        if not self.whole:
            return ""
        return (
            self.text
            if self.plain
            else f"{VALUE}{hashlib.sha256(self.text.encode('utf-8', 'replace')).hexdigest()}"
        )

    def _of(self, value) -> str:
        kind, torch = type(value), sys.modules.get("torch")
        self.left -= 1 + (len(value) // LETTERS if isinstance(value, str | bytes) and not self.large else 0)
        if self.left < 0:
            raise OverflowError
        if isinstance(value, PLAIN) and kind.__module__ == "builtins":
            return repr(value)
        if id(value) in self.within:  # it holds itself
            return self._object(value)
        self.within.add(id(value))
        try:
            return self._inside(value, kind, torch)
        finally:
            self.within.discard(id(value))

    def _inside(self, value, kind, torch):
        if kind in ENDS:
            return self._collection(value, kind)
        self.plain = False
        if isinstance(value, collections.defaultdict):  # what was only looked up there is as it was not there
            made = value.default_factory
            empty = made() if made in (list, dict, set, int, float) else None
            value = {key: one for key, one in value.items() if type(one) is not made or one != empty}
            return f"{kind.__qualname__} {self._collection(value, dict)}"
        if isinstance(value, dict | list | collections.deque | bytearray):
            basis = dict if isinstance(value, dict) else list
            return f"{kind.__qualname__} {self._collection(basis(value), basis)} {self._vars(value)}"
        if isinstance(value, np.generic):
            return f"{value.dtype.str} {value!r}"
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, pd.DataFrame | pd.Series | pd.Index):
            return self._frame(value)
        if torch and isinstance(value, torch.Tensor):
            return self._tensor(value)
        if torch and isinstance(value, torch.nn.Module):  # it is more than its numbers
            self.network = True
            every = {**dict(value.named_parameters()), **dict(value.named_buffers())}
            plain = [settings_of(one) for one in value.modules() if type(one).__module__ == "__main__"]
            numbers = self._of(every) + (self._of(plain) if any(plain) else "")
            self.numbers += numbers  # of each network that a list has
            return f"{self._object(value)} {numbers}"
        if kind.__module__ == "__main__" or kind is types.SimpleNamespace:
            return f"{kind.__qualname__} {self._basis(value)}{self._vars(value)}"
        return f"{self._object(value)} {calls(value)}" if kind is CACHED else self._object(value)

    def _basis(self, value):
        """What an object is by what its class comes from."""
        basis = basis_of(value)
        return "" if basis is None else self._object(value) if basis is HIDDEN else self._of(basis)

    def _vars(self, value):
        """What an object holds under names of its own."""
        found = slots_of(value) | dict(getattr(value, "__dict__", {}))
        kept = lambda name: isinstance(getattr(type(value), name, None), functools.cached_property)
        return self._of(
            {name: one for name, one in found.items() if not kept(name)}
        )  # those it makes when read

    def _collection(self, value, kind):
        if self.large and len(value) > LETTERS and kind not in (set, frozenset):
            every = [*value] if kind is not dict else [*value, *value.values()]
            if {*map(type, every)} <= SIMPLE:
                self.left -= len(every) // QUICK
                if self.left < 0:
                    raise OverflowError
                return f"{kind.__name__} {len(value)} {zlib.crc32(marshal.dumps(every, 2))}"
        if len(value) > self.left:
            raise OverflowError
        if kind is dict:
            parts = [f"{self._of(key)}: {self._of(one)}" for key, one in value.items()]
        else:
            parts = [self._of(one) for one in value]
        parts = sorted(parts) if kind in (set, frozenset) else parts
        return ", ".join(parts).join(ENDS[kind])

    def _array(self, value):
        if isinstance(value, np.ma.MaskedArray):
            return f"masked {self._array(np.asarray(value.data))} {self._array(np.ma.getmaskarray(value))}"
        if value.dtype.kind == "O":
            return f"array {self._of(value.tolist())}"
        large = f"{self._object(value)} " if value.nbytes > BYTES else ""
        return f"array {large}{self._numbers(value)}"

    def _numbers(self, value):
        """An array by its numbers; once these are too many, by some of them."""
        said, large = f"{value.dtype.str} {value.shape}", value.nbytes > BYTES
        self.bytes -= value.nbytes if large else 0
        if large and self.bytes < 0:
            self.partly, value = True, _some(value)
        value = np.ascontiguousarray(value).reshape(-1)
        simple = value.dtype.itemsize and not value.dtype.hasobject
        return f"{said} {zlib.crc32(value.view(np.uint8) if simple else value.tobytes())}"

    def _tensor(self, value):
        if value.is_sparse:
            return f"{self._object(value)} {value._version}"
        try:
            if value.nbytes <= BYTES:
                return f"tensor {self._array(value.detach().cpu().numpy())}"
            all_of_it = not self.network and value.nbytes <= self.bytes
            some = (
                value.detach() if all_of_it else _some(value.detach())
            )  # what torch changes has another version
            return f"{self._object(value)} {value._version} {self._numbers(some.cpu().numpy())}"
        except (TypeError, RuntimeError):  # numpy has no such numbers
            return f"{self._object(value)} {value._version}"

    def _frame(self, value):
        large = f"{self._object(value)} {id(getattr(value, '_mgr', value))} " if value.size > CELLS else ""
        if isinstance(value, pd.Index):
            columns = [value]
        else:
            rest = value.items() if isinstance(value, pd.DataFrame) else [(value.name, value)]
            columns = [value.index, *(one for _, one in rest)]
        more = self._of(value.attrs) if getattr(value, "attrs", None) else ""
        return (
            f"{type(value).__name__} {more}{large}{[(one.name, self._column(one, large)) for one in columns]}"
        )

    def _column(self, values, large):
        numbers = getattr(values.dtype, "kind", "O") in "biufcmM"
        if large and not numbers and isinstance(values, pd.Index):  # which nobody changes in place
            values = values[:: 1 + len(values) // SAMPLE]
        there = values.to_numpy()
        if there.dtype.kind in "biufcmM":
            return self._numbers(there)
        self.bytes -= LETTERS * len(there) if large else 0
        if self.bytes < 0:
            self.partly, there = True, there[:: 1 + len(there) // SAMPLE]
        if not {*map(type, there)} <= SIMPLE:  # a curve in each cell, for one
            return zlib.crc32(self._of([one for one in there]).encode("utf-8", "replace"))
        return zlib.crc32(repr(there.tolist()).encode("utf-8", "replace"))

    def _object(self, value):
        self.whole = False
        return str(id(value))


def _some(values):
    """Numbers of a large array or tensor, evenly from the first to the last place."""
    whole = values.flags.c_contiguous if isinstance(values, np.ndarray) else values.is_contiguous()
    if whole:
        return values.reshape(-1)[:: 1 + math.prod(values.shape) // SAMPLE]
    several = SAMPLE ** (1 / len(values.shape))
    return values[tuple(slice(None, None, 1 + int(size / several)) for size in values.shape)]


def with_held(value) -> list:
    """A value and what it holds, if it is a dict or a list."""
    return [value, *held(value)]


def lies(value) -> tuple[int, int] | None:
    """From where to where the numbers of an array or a tensor lie, and those of what it is a part of; or None."""
    torch = sys.modules.get("torch")
    if isinstance(value, np.ndarray):
        while isinstance(value.base, np.ndarray):
            value = value.base
        start, size = value.ctypes.data, value.nbytes
    elif torch and isinstance(value, torch.Tensor) and value.layout is torch.strided:
        storage = value.untyped_storage()
        start, size = storage.data_ptr(), storage.nbytes()
    else:
        return None
    return (start, start + size) if size else None


def memory(value) -> list:
    """What two values share that change together: which object it is; of a large array, where its numbers lie."""
    start, end = lies(value) or (0, 0)
    return [id(value), ("numbers", start)] if end - start > BYTES else [id(value)]


def held(value) -> list:
    """What a dict or a list holds; none of one that holds very much."""
    if type(value) not in (dict, list) or len(value) > LEAVES:
        return []
    return [*value.values()] if type(value) is dict else [*value]


def references(value) -> list:
    """References to what a dict or a list holds; none where one of them cannot be referred to."""
    try:
        return [weakref.ref(one) for one in held(value)]
    except TypeError:
        return []


def is_anew(value, before: list) -> bool:
    """Whether a dict or a list has nothing of what it held before; before: the references that it had."""
    now = {id(one()) for one in references(value)}
    return bool(before and now) and not now & {id(one()) for one in before if one() is not None}
