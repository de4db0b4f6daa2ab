"""How a network is told where a thing is: codes for a number of rows or columns, one row of inputs for each number.

A code is a function `(count) -> matrix [number, inputs]`. It decides which of two things is easier to learn from, and
whether their weights can part at all: things that are told alike and always lie together get the same gradients.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import embedding

from helpers.checked import number, whole


def light(count: int) -> Float[Tensor, "number inputs"]:
    """One light of `count` is on: the first for the smallest number, the last for the largest."""
    return torch.eye(whole(count, "count"))


def lights(number: Int[Tensor, "*axes"], count: int) -> Float[Tensor, "*axes inputs"]:
    """The code `light` of each of these numbers: `one_hot` as floats, in a fifth of the time."""
    return embedding(number, light(count))


def bar(count: int) -> Float[Tensor, "number inputs"]:
    """A row of lights, on up to the number and dark (-1) beyond it, as strong in all as one `light`.

    It tells the same as a light: each of the two can be computed from the other by a matrix.
    """
    place = torch.arange(whole(count, "count"))
    return (2.0 * (place <= place[:, None]) - 1) / count**0.5


def faint(strength: float) -> Callable[[int], Float[Tensor, "number inputs"]]:
    """A code: one light, dimmed to a strength between 0 and 1."""
    strength = number(strength, "strength", above=0)
    return lambda count: strength * light(count)


def blurred(cells: float) -> Callable[[int], Float[Tensor, "number inputs"]]:
    """A code: the light of one number, spread over its neighbours as a bell of this standard deviation; 0 is sharp."""
    if number(cells, "cells", least=0) == 0:
        return light

    def code(count: int) -> Float[Tensor, "number inputs"]:
        place = torch.arange(whole(count, "count"), dtype=torch.float)
        bell = torch.exp(-((place - place[:, None]) ** 2) / (2 * cells**2))
        return bell / bell.sum(1, keepdim=True)

    return code
