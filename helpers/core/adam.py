"""Adam (Kingma and Ba 2015), the optimiser of every run, and what it remembers: as tensors that can be kept.

Its steps are torch's own, by the function that stands behind `torch.optim.Adam`. To make one of those imports torch's
compiler, which no run here uses, and that takes some seconds of each lesson.
"""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor
from torch.optim.adam import adam as torch_adam

TORCHS = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.0, "amsgrad": False, "maximize": False}


class Adam:
    """Adam with torch's defaults, each step in one pass over the weights; to the bit `torch.optim.Adam(fused=True)`.

    fused: False takes torch's plain formula, operation by operation, as `torch.optim.Adam` does on a CPU if nothing is
    said: other last digits, for what was first made with it.
    param_groups: the weights and the rate, as torch's optimisers have them. state: a weight's number -> its moments and
    the count of its steps, once there was a gradient.
    """

    def __init__(self, weights: Iterable[Tensor], lr: float, *, fused: bool = True):
        self.param_groups, self.fused = [{"params": list(weights), "lr": lr}], fused
        self.state: dict[int, dict[str, Tensor]] = {}

    @torch.no_grad()
    def step(self) -> None:
        """One step of all weights that have a gradient."""
        (group,) = self.param_groups
        there = [(i, weight) for i, weight in enumerate(group["params"]) if weight.grad is not None]
        slots = [self.state.get(i) or self._begin(i, weight) for i, weight in there]
        mean, square, count = ([slot[name] for slot in slots] for name in ("exp_avg", "exp_avg_sq", "step"))
        weights, gradients = [weight for _, weight in there], [weight.grad for _, weight in there]
        how = {"fused": True} if self.fused else {"foreach": False}
        torch_adam(weights, gradients, mean, square, [], count, lr=group["lr"], **how, **TORCHS)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Gradients are gone; with `set_to_none=False` they are there, and zero."""
        for weight in self.param_groups[0]["params"]:
            if set_to_none:
                weight.grad = None
            elif weight.grad is not None:
                weight.grad = torch.zeros_like(weight)

    def _begin(self, place, weight):
        """A weight's moments before its first step."""
        mean, square = torch.zeros_like(weight), torch.zeros_like(weight)
        count = torch.zeros((), dtype=torch.float, device=weight.device)
        self.state[place] = {"step": count, "exp_avg": mean, "exp_avg_sq": square}
        return self.state[place]


def moments(optimiser: Adam) -> dict[str, Tensor]:
    """A copy of what Adam remembers of each weight: the two moments and the count of steps, "adam.0.exp_avg", ..."""
    return {
        f"adam.{i}.{name}": value.clone()
        for i, slot in optimiser.state.items()
        for name, value in slot.items()
    }


def set_moments(optimiser: Adam, kept: Mapping[str, Tensor]) -> None:
    """Go back to `moments`, on the weights' own device; other names in `kept` are passed over."""
    (group,) = optimiser.param_groups
    optimiser.state = {}
    for name, value in kept.items():
        if name.startswith("adam."):
            _, index, part = name.split(".")
            where = group["params"][int(index)].device
            optimiser.state.setdefault(int(index), {})[part] = value.to(where, copy=True)
