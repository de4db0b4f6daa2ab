"""Gradients of what a learner's function returns: compared with the right answer's, by autograd or by differences."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from helpers.kit.differences import difference


def by_autograd(function: Callable, at: int = 0) -> Callable:
    """The function's gradient by its argument number `at`, by autograd: what a gradient derived by hand must equal.

    The function returns one number; its gradient has the shape of that argument.
    """

    def gradient(*inputs):
        x = torch.as_tensor(inputs[at]).detach().clone().requires_grad_()
        value = function(*inputs[:at], x, *inputs[at + 1 :])
        return torch.autograd.grad(value, x)[0]

    return gradient


def by_differences(function: Callable, at: int = 0, step: float = 1e-5) -> Callable:
    """The same by finite differences in double precision: (f(x + h) - f(x - h)) / 2h, which needs no derivation."""

    def gradient(*inputs):
        inputs = [one.detach().double() if _is_float(one) else one for one in inputs]
        x = inputs[at]
        found = torch.zeros(x.numel(), dtype=torch.double)
        for place in range(x.numel()):
            ends = []
            for sign in (1, -1):
                moved = x.clone()
                moved.view(-1)[place] += sign * step
                ends.append(function(*inputs[:at], moved, *inputs[at + 1 :]))
            found[place] = (ends[0] - ends[1]) / (2 * step)
        return found.view(x.shape)

    return gradient


def slopes(result, inputs: tuple) -> list[Tensor | None] | None:
    """Gradients of a result by every input that asks for one; None where no input asks or no gradient flows.

    Of a result of several numbers, each gets a weight of its own, so that none can stand in for another.
    """
    asked = [one for one in inputs if isinstance(one, Tensor) and one.requires_grad]
    leaves = [leaf for leaf in _tensors(result) if leaf.requires_grad]
    if not asked or not leaves:
        return None
    total = sum(
        (leaf.double() * _weights(leaf, place)).masked_fill(~leaf.detach().isfinite(), 0.0).sum()
        for place, leaf in enumerate(leaves)
    )
    found = torch.autograd.grad(total, asked, allow_unused=True)
    return [
        torch.zeros_like(one) if slope is None else slope for one, slope in zip(asked, found, strict=True)
    ]


def slopes_differ(got, want, tolerance: float) -> str:
    """What is wrong with the gradients, in a sentence; "" if nothing is, or if none were asked for."""
    if want is None or got is None:
        return "" if got is want or want is None else "No gradient flows through your numbers."
    for place, (a, b) in enumerate(zip(got, want, strict=True)):
        if said := difference(a, b, tolerance):
            which = "" if len(want) == 1 else f" by the {_ORDINALS[place]} input that has one"
            return f"The value is right, but its gradient{which} is not. {said}"
    return ""


_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def _weights(leaf, place):
    if leaf.ndim == 0 and place == 0:
        return 1.0
    return (0.5 + torch.arange(leaf.numel(), dtype=torch.double) + place).cos().add(1.5).view(leaf.shape)


def _tensors(result):
    if isinstance(result, Tensor):
        yield result
    elif isinstance(result, Mapping):
        for one in result.values():
            yield from _tensors(one)
    elif isinstance(result, tuple | list):
        for one in result:
            yield from _tensors(one)


def _is_float(one):
    return isinstance(one, Tensor) and one.is_floating_point()
