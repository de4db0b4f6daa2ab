"""What is built in lesson 06, as the course has it: an inner learner, what pulls are worth, one step in a layer."""

from collections.abc import Mapping
from functools import cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.core.recurrent import Recurrent


def rate(paid: Float[Tensor, "*axes"], missed: Float[Tensor, "*axes"]) -> Float[Tensor, "*axes"]:
    """How often an arm pays, after it has paid and missed so often, if all chances were equally likely before."""
    return (paid + 1) / (paid + missed + 2)


def live(
    weights: Mapping[str, Tensor],
    pays: Float[Tensor, "time episode 2"],
    noise: Float[Tensor, "time episode 2"],
) -> Int[Tensor, "time episode"]:
    """The pulls of a net with fixed weights: memory, choice, what is told, memory again."""
    episodes = pays.shape[1]
    memory = torch.zeros(episodes, len(weights["keep"]))
    seen, pulled = torch.zeros(episodes, 4), []
    for pay, luck in zip(pays, noise, strict=True):
        memory = torch.tanh(memory @ weights["keep"].T + seen @ weights["see"].T + weights["bias"])
        arm = (memory @ weights["say"].T + weights["lean"] + luck).argmax(-1)
        paid = pay[torch.arange(episodes), arm]
        seen = torch.nn.functional.one_hot((2 * arm + 1 - paid).long(), 4).float()
        pulled.append(arm)
    return torch.stack(pulled)


@cache
def worth(paid_1: int, missed_1: int, paid_2: int, missed_2: int, left: int) -> float:
    """What is still earned, on average, with so many pulls left, by who does what is best."""
    if left == 0:
        return 0.0
    first = (paid_1 + 1) / (paid_1 + missed_1 + 2)
    second = (paid_2 + 1) / (paid_2 + missed_2 + 2)
    after = lambda a, b, c, d: worth(paid_1 + a, missed_1 + b, paid_2 + c, missed_2 + d, left - 1)
    return max(
        first * (1 + after(1, 0, 0, 0)) + (1 - first) * after(0, 1, 0, 0),
        second * (1 + after(0, 0, 1, 0)) + (1 - second) * after(0, 0, 0, 1),
    )


def one_step(
    x: Float[Tensor, "example feature"],
    y: Float[Tensor, "example"],
    query: Float[Tensor, "feature"],
    size: float,
) -> Float[Tensor, ""]:
    """What a layer of linear attention says of a query: each answer weighed by how alike its question is."""
    return size * (y * (x @ query)).sum()


def weights_of(policy: Recurrent, seed: int) -> dict[str, Tensor]:
    """The weights of one seed's net, by short names: see, keep, bias, say, lean."""
    names = {
        "see.weight": "see",
        "keep.weight": "keep",
        "see.bias": "bias",
        "say.weight": "say",
        "say.bias": "lean",
    }
    one = policy.select(seed)
    return {names[name]: part[0].detach() for name, part in zip(one.names, one.stacked, strict=True)}
