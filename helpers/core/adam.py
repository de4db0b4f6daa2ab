"""Adam (Kingma and Ba 2015), the optimiser of every run, and what it remembers: as tensors that can be kept."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn


def adam(weights: Iterable[nn.Parameter], lr: float) -> torch.optim.Adam:
    """Adam with torch's defaults, each step in one pass over the weights."""
    return torch.optim.Adam(weights, lr=lr, fused=True)


def moments(optimiser: torch.optim.Adam) -> dict[str, Tensor]:
    """A copy of what Adam remembers of each weight: the two moments and the count of steps, "adam.0.exp_avg", ..."""
    slots = optimiser.state_dict()["state"]
    return {
        f"adam.{i}.{name}": torch.as_tensor(value).clone()
        for i, slot in slots.items()
        for name, value in slot.items()
    }


def set_moments(optimiser: torch.optim.Adam, kept: Mapping[str, Tensor]) -> None:
    """Go back to `moments`; other names in `kept` are passed over."""
    slots: dict = {}
    for name, value in kept.items():
        if name.startswith("adam."):
            _, index, part = name.split(".")
            slots.setdefault(int(index), {})[part] = value.clone()
    optimiser.load_state_dict({**optimiser.state_dict(), "state": slots})
