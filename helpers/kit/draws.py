"""Inputs drawn anew for a check: numbers that avoid coincidences, with ties and infinities where they are wanted.

Numbers have two digits after the point, so that an example that is shown can be read and worked out by hand.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from helpers.checked import whole


class Draws:
    """Where a check draws its inputs from: a seed that is kept, and a size that grows from draw to draw.

    seed: draws the same inputs again.
    size: how long inputs should be, 2 at first; a check shows the smallest example that fails.
    """

    def __init__(self, seed: int, size: int = 3):
        self.seed, self.size = whole(seed, "seed", least=0), whole(size, "size")
        self.generator = torch.Generator().manual_seed(1_000_003 * self.seed + self.size)

    def numbers(self, *shape: int, low: float = -2.0, high: float = 3.0, flows: bool = False) -> Tensor:
        """Any numbers; with `flows`, gradients flow to them, and a check compares those, too."""
        drawn = low + (high - low) * torch.rand(shape, generator=self.generator)
        return drawn.mul(100).round().div(100).requires_grad_(flows)

    def probabilities(self, *shape: int, flows: bool = False) -> Tensor:
        """Probabilities that add up to one along the last axis, none of them close to zero."""
        drawn = self.numbers(*shape, low=0.2, high=1.0)
        return (drawn / drawn.sum(-1, keepdim=True)).requires_grad_(flows)

    def logp(self, *shape: int, flows: bool = False) -> Tensor:
        """Logarithms of probabilities, each for itself."""
        return self.numbers(*shape, low=-4.0, high=-0.05, flows=flows)

    def whole(self, *shape: int, below: int) -> Tensor:
        """Whole numbers from 0 to one less than `below`: actions, cells, tokens."""
        return torch.randint(below, shape, generator=self.generator)

    def tied(self, *shape: int) -> Tensor:
        """Numbers that are all alike along the last axis: a group in which nothing was better than anything else."""
        return self.numbers(*shape[:-1], 1).expand(shape).clone()

    def mask(self, *shape: int) -> Tensor:
        """True up to an end that differs from row to row, one step at the least."""
        ends = 1 + self.whole(*shape[:-1], 1, below=shape[-1])
        return torch.arange(shape[-1]) < ends

    def one_of(self, options: Sequence):
        """One thing of several."""
        return options[int(self.whole(below=len(options)))]


def with_one(value: float, numbers: Tensor, draws: Draws) -> Tensor:
    """A copy in which one number, anywhere, is another: `with_one(-torch.inf, logits, draws)`."""
    changed = numbers.detach().clone()
    changed.view(-1)[int(draws.whole(below=changed.numel()))] = value
    return changed.requires_grad_(numbers.requires_grad)
