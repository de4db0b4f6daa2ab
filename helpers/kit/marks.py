"""What a value holds, as a text: whoever has kept the text of a value can tell whether it is another one by now.

Numbers, texts, arrays, tensors, frames and small collections of them are told by what they hold, and so are objects of
classes that the notebook itself has made. What is too large, or is none of these, is told by which object it is.
"""

import collections
import hashlib
import sys
import types
import weakref
import zlib

import numpy as np
import pandas as pd

PLAIN = (int, float, complex, str, bytes, range, type(None))  # bool is an int
LEAVES, LETTERS, BYTES, CELLS = 2000, 100, 2_000_000, 20_000  # of a value, of a leaf, of an array, of a frame
ENDS = {list: "[]", tuple: "()", dict: "{}", set: "{}", frozenset: "{}"}
VALUE = "value "  # how the text of a value begins that no reader wants to read


def plain(value) -> bool:
    """Whether a value is a number, a text, a range or a small collection of them, told apart by how it is written."""
    said = Told(value)
    return said.whole and said.plain


class Told:
    """The text of a value; it is `whole` where no part is told by which object it is, `plain` where all are plain.

    numbers: those of a network, which is more than its numbers and never whole.
    """

    def __init__(self, value):
        self.left, self.whole, self.plain, self.numbers = LEAVES, True, True, ""
        try:
            self.text = self._of(value)
        except (OverflowError, RecursionError):  # too much to be told
            self.whole, self.text = False, str(id(value))

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
        self.left -= 1 + (len(value) // LETTERS if isinstance(value, str | bytes) else 0)
        if self.left < 0:
            raise OverflowError
        if isinstance(value, PLAIN) and kind.__module__ == "builtins":
            return repr(value)
        if kind in ENDS:
            return self._collection(value, kind)
        self.plain = False
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
            self.numbers = self._of({**dict(value.named_parameters()), **dict(value.named_buffers())})
            return f"{self._object(value)} {self.numbers}"
        if kind.__module__ == "__main__" or kind is types.SimpleNamespace:
            return f"{kind.__qualname__} {self._vars(value)}"
        return self._object(value)

    def _vars(self, value):
        """What an object holds under names of its own."""
        slots = getattr(type(value), "__slots__", ())
        slots = (slots,) if isinstance(slots, str) else slots
        return self._of(
            {name: getattr(value, name, None) for name in slots} | dict(getattr(value, "__dict__", {}))
        )

    def _collection(self, value, kind):
        if len(value) > self.left:
            raise OverflowError
        if kind is dict:
            parts = [f"{self._of(key)}: {self._of(one)}" for key, one in value.items()]
        else:
            parts = [self._of(one) for one in value]
        parts = sorted(parts) if kind in (set, frozenset) else parts
        return ", ".join(parts).join(ENDS[kind])

    def _array(self, value):
        if value.dtype.kind == "O":
            return f"array {self._of(value.tolist())}"
        if value.nbytes > BYTES:
            return self._object(value)
        return f"array {value.dtype.str} {value.shape} {zlib.crc32(np.ascontiguousarray(value).tobytes())}"

    def _tensor(self, value):
        if value.is_sparse or value.nbytes > BYTES:
            return f"{self._object(value)} {value._version}"
        try:
            return f"tensor {self._array(value.detach().cpu().numpy())}"
        except (TypeError, RuntimeError):  # numpy has no such numbers
            return f"{self._object(value)} {value._version}"

    def _frame(self, value):
        if value.size > CELLS:
            return f"{self._object(value)} {id(getattr(value, '_mgr', value))}"
        if isinstance(value, pd.Index):
            columns = [value]
        else:
            rest = value.items() if isinstance(value, pd.DataFrame) else [(value.name, value)]
            columns = [value.index, *(one for _, one in rest)]
        return f"{type(value).__name__} {[(one.name, self._column(one.to_numpy())) for one in columns]}"

    def _column(self, values):
        if values.dtype.kind in "biufcmM":
            return self._array(values)
        return zlib.crc32(repr(values.tolist()).encode("utf-8", "replace"))

    def _object(self, value):
        self.whole = False
        return str(id(value))


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
