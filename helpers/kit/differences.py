"""How two results differ, in one short sentence: never a wall of numbers."""

from collections.abc import Mapping
from numbers import Rational

import numpy as np
import torch

FEW = 6  # numbers of a result that are shown whole
KINDS = {
    "b": "True and False",
    "i": "whole numbers",
    "u": "whole numbers",
    "f": "numbers",
    "c": "complex numbers",
}


def same(got, want, tolerance: float) -> bool:
    """Whether two results are alike in shape and numbers, whatever their kind; objects in their type alone."""
    return not any(_unlike(a, b, tolerance) for _, a, b in _leaves(got, want))


def changed(now, before) -> bool:
    """Whether what was handed in has been changed."""
    return not same(now, before, 0.0)


def difference(got, want, tolerance: float) -> str:
    """What differs first, as a sentence or two; "" if nothing does, the kind of number and the gradient included."""
    for where, a, b in _leaves(got, want):
        if _unlike(a, b, tolerance):
            return _in_words(where, a, b, tolerance)
    for where, a, b in _leaves(got, want):
        have, need = _numbers(a), _numbers(b)
        if need is None or have is None:
            continue
        kinds = have.dtype.kind, need.dtype.kind
        if not _may_stand_for(*kinds):
            return f"The values{where} are right, but they are {KINDS[kinds[0]]}; expected {KINDS[kinds[1]]}."
        if (
            isinstance(b, torch.Tensor)
            and b.requires_grad
            and not (isinstance(a, torch.Tensor) and a.requires_grad)
        ):
            return (
                f"The numbers{where} are right, but no gradient flows through them: something was detached, or turned "
                "into a plain number, and nothing would be learned."
            )
        if isinstance(b, torch.Tensor) and b.dim() and isinstance(a, np.ndarray):
            return f"The values{where} are right, but this is a NumPy array: return a tensor of torch."
    return ""


def briefly(value, room: int = 12, *, outermost: bool = True) -> str:
    """A value in a few letters: small ones whole, of larger ones the shape."""
    if isinstance(value, tuple | list):
        whole = _size(value) <= room
        if len(value) > 8 or not (whole or outermost):
            return f"a {type(value).__name__} of {len(value)}"
        return "(" + ", ".join(briefly(one, room if whole else 4, outermost=False) for one in value) + ")"
    row = _numbers(value)
    if row is not None and row.ndim == 0:
        return _digits(row.item())
    if row is not None:
        return _listed(row) if row.size <= room else f"{KINDS[row.dtype.kind]} of shape {row.shape}"
    said = " ".join(repr(value).split())
    return said if len(said) <= 60 else f"a {type(value).__name__}"


def one_line(error: Exception) -> str:
    """The kind of an error and the beginning of what it says, with a full stop."""
    said = " ".join(str(error).split())
    said = (
        f"{type(error).__name__}: {said[:160]}{'...' if len(said) > 160 else ''}"
        if said
        else type(error).__name__
    )
    return said if said.endswith((".", "...")) else f"{said}."


def _leaves(got, want, where=""):
    """Pairs of what must be compared, each with its place; a container of another length is a leaf of its own."""
    if isinstance(want, tuple | list) and isinstance(got, tuple | list) and len(got) == len(want):
        if want and all(_numbers(one) is not None and _numbers(one).ndim == 0 for one in (*want, *got)):
            yield (
                where,
                np.asarray([_numbers(one) for one in got]),
                np.asarray([_numbers(one) for one in want]),
            )
            return
        for place, (a, b) in enumerate(zip(got, want, strict=True)):
            yield from _leaves(a, b, f"{where} in part {place}" if not where else f"{where}, {place}")
    elif isinstance(want, Mapping) and isinstance(got, Mapping) and set(got) == set(want):
        for key in want:
            yield from _leaves(got[key], want[key], f"{where} under {key!r}")
    else:
        yield where, got, want


def _unlike(got, want, tolerance):
    a, b = _numbers(got), _numbers(want)
    if b is None:
        if want is None or isinstance(want, str | bytes | tuple | list | Mapping | set):
            return type(got) is not type(want) or got != want
        return not isinstance(got, type(want))  # an object, such as a world or a batch: not compared further
    if a is None or a.shape != b.shape:
        return True
    return not np.allclose(
        a.astype(complex), b.astype(complex), rtol=tolerance, atol=tolerance, equal_nan=True
    )


def _in_words(where, got, want, tolerance):
    a, b = _numbers(got), _numbers(want)
    if b is not None and isinstance(got, tuple) and len(got) == 1 and not _unlike(got[0], want, tolerance):
        return f"The values{where} are right, but in a tuple: is there a comma too many after `return`?"
    if isinstance(want, tuple | list) and isinstance(got, tuple | list):
        return f"{len(got)} values came out{where}, expected {len(want)}."
    if b is not None and isinstance(got, list | tuple) and _as_one(got, b, tolerance):
        kind = "tensor" if isinstance(want, torch.Tensor) else "array"
        return f"The values{where} are right, but this is a {type(got).__name__}: return one {kind}."
    if b is None or a is None:
        return f"Got {briefly(got)}{where}, expected {briefly(want)}."
    if a.shape != b.shape:
        return f"The shape{where} is {a.shape}, expected {b.shape}."
    if a.dtype.kind in "fc" and (lost := np.isnan(a) & np.isfinite(b)).any():
        at = tuple(int(one) for one in np.argwhere(lost)[0])
        place = f" at [{', '.join(map(str, at))}]" if at else ""
        return (
            f"Got nan{place}{where}, expected {_digits(b[at].item())}. NaN is no number: look for 0 / 0, or for "
            "infinity less or times something."
        )
    if b.size <= FEW:
        return f"Got {_listed(a, b)}{where}, expected {_listed(b, a)}."
    wrong = ~np.isclose(a.astype(complex), b.astype(complex), rtol=tolerance, atol=tolerance, equal_nan=True)
    at = tuple(int(one) for one in np.argwhere(wrong)[0])
    mine, right = _digits(a[at].item(), b[at].item()), _digits(b[at].item(), a[at].item())
    place = f"[{', '.join(map(str, at))}]"
    return f"Got {mine} at {place}{where}, expected {right}; {wrong.sum()} of {wrong.size} numbers differ."


def _as_one(got, want, tolerance):
    """Whether a list of numbers, or of rows of them, holds what is wanted."""
    rows = [_numbers(one if not isinstance(one, list | tuple) else _as_rows(one)) for one in got]
    if any(row is None for row in rows) or len({row.shape for row in rows}) != 1:
        return False
    return not _unlike(np.stack(rows), want, tolerance)


def _as_rows(row):
    """A list of numbers, or of lists of them, as an array; as it is where it is none."""
    try:
        array = np.asarray(row)
    except ValueError:  # lists of unequal lengths
        return row
    return array if array.dtype.kind in KINDS else row


def _may_stand_for(have, need):
    """Whole numbers may stand for any, and unsigned for signed; else the kinds must be the same."""
    return have == need or (need in "fc" and have in "iuf") or {have, need} <= set("iu")


def _numbers(value):
    """A number, an array, a tensor or a table of numbers as an array; None for anything else."""
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        return value.float().numpy() if value.dtype == torch.bfloat16 else value.numpy()
    if isinstance(value, Rational) and not isinstance(value, int | np.generic):
        value = float(value)  # a fraction
    if isinstance(value, bool | int | float | complex | np.generic | np.ndarray) or hasattr(
        value, "to_numpy"
    ):
        array = value.to_numpy() if hasattr(value, "to_numpy") else np.asarray(value)
        return array if array.dtype.kind in KINDS else None
    return None


def _size(value):
    if isinstance(value, tuple | list):
        return sum(_size(one) for one in value)
    row = _numbers(value)
    return 0 if row is None else row.size


def _listed(row, other=None):
    if row.ndim == 0:
        return _digits(row.item(), None if other is None else other.item())
    others = [None] * len(row) if other is None else other
    return (
        "["
        + ", ".join(
            _listed(np.asarray(a), None if b is None else np.asarray(b))
            for a, b in zip(row, others, strict=True)
        )
        + "]"
    )


def _digits(number, other=None):
    """Three digits after the point, and more where two different numbers would look alike."""
    if isinstance(number, bool | int | complex):
        return str(number)
    said = str(round(number, 3))
    alike = isinstance(other, float) and other != number and said == str(round(other, 3))
    return f"{number:.7g}" if alike or (said in ("0.0", "-0.0") and number) else said
