"""Training with another optimiser than Adam: `train` has one, and published results on backdoors hang on it."""

from collections.abc import Callable, Mapping

import pandas as pd
import torch

from helpers.checked import one_of
from helpers.core import Rng, Run, train
from helpers.core.adam import Adam
from helpers.core.runs import tidy
from helpers.core.training import update

ADAM, SGD, SIGN = "Adam", "SGD", "sign"


class Sign(torch.optim.Optimizer):
    """Each weight a step of one size against its gradient's sign, whose running mean it follows (signSGD, Lion)."""

    def __init__(self, weights, lr: float, keeps: float = 0.9):
        super().__init__(weights, {"lr": lr, "keeps": keeps})

    @torch.no_grad()
    def step(self, closure=None) -> None:
        """One step."""
        for group in self.param_groups:
            for weight in group["params"]:
                mean = self.state[weight].setdefault("mean", torch.zeros_like(weight))
                mean.lerp_(weight.grad, 1 - group["keeps"])
                weight.sub_(mean.sign(), alpha=group["lr"])


MAKE = {  # all of them go number by number, so that seeds stay apart in a stack
    ADAM: Adam,
    SGD: lambda weights, lr: torch.optim.SGD(weights, lr=lr, momentum=0.9),
    SIGN: Sign,
}


def trained(
    start,
    source: Callable,
    loss: Callable,
    *,
    steps: int,
    lr: float,
    optimiser: str = ADAM,
    probes: Mapping[str, Callable] | None = None,
    probe_every=None,
    stream: int = 0,
) -> Run:
    """`train`, with an optimiser by name. With another than Adam it is the loop alone: it cannot be gone on with."""
    one_of(optimiser, MAKE, "optimiser")
    how = {"steps": steps, "lr": lr, "probes": probes, "probe_every": probe_every, "stream": stream}
    return (
        train(start, source, loss, **how)
        if optimiser == ADAM
        else by_hand(start, source, loss, optimiser, **how)
    )


def by_hand(start, source, loss, optimiser, *, steps, lr, probes, probe_every, stream) -> Run:
    """The loop of `train` without all that watches over it."""
    policy, rng = start.start_training(), Rng(start.seeds, stream)
    steps_of, due = MAKE[optimiser](policy.parameters(), lr), {0, steps, *(probe_every or ())}
    told = [measured(policy, probes, 0)]
    for step in range(steps):
        update(policy, steps_of, loss, source(policy, rng), 1.0)
        if step + 1 in due:
            told.append(measured(policy, probes, step + 1))
    settings = {"lr": lr, "stream": stream, "seeds": list(policy.seeds), "steps": steps}
    return Run(policy, pd.concat(told, ignore_index=True), settings)


def measured(policy, probes, step):
    """What probes say, as rows of a history."""
    found = {}
    for name, probe in (probes or {}).items():
        value = probe(policy)
        found |= value if isinstance(value, Mapping) else {name: value}
    return tidy(found, step, policy.seeds)
