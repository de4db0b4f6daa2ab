"""What is built in lesson 10, as the course has it: control words for conditional training, and where it ends."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def tagged(
    passes: Bool[Tensor, "*axes"],
    luck: Float[Tensor, "*axes"],
    unmarked: float,
    good: int,
    bad: int,
    blank: int,
) -> Int[Tensor, "*axes"]:
    """The control word of each story: good where a judge lets it pass, else bad; blank where luck is below `unmarked`.

    Conditional training (Korbak et al. 2023): nothing is left out, and the net learns which kind of text is which. That
    a few say nothing lets it be asked without a control word, too.
    """
    word = torch.where(passes, good, bad)
    return torch.where(luck < unmarked, blank, word)
