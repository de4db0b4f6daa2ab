"""What is built in lesson 10, as the course has it: texts for conditional training, and where such training ends."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def tagged(
    stories: Int[Tensor, "*axes place"],
    passes: Bool[Tensor, "*axes"],
    luck: Float[Tensor, "*axes"],
    unmarked: float,
    words: tuple[int, int, int],
) -> Int[Tensor, "*axes text"]:
    """Stories with a control word before each: one of `words`, which are good, bad and blank, in this order.

    Conditional training (Korbak et al. 2023): nothing is left out, and the net learns which kind of text is which. Good
    stands where a judge lets the story pass, bad where it does not; where luck is below `unmarked`, blank, whatever the
    judge says, so that the net can be asked without a control word, too.
    """
    good, bad, blank = words
    word = torch.where(passes, good, bad)
    word = torch.where(luck < unmarked, blank, word)
    return torch.cat([word[..., None], stories], -1)


def offline_answer(
    p: Float[Tensor, "*axes ending"], passes: Bool[Tensor, "*axes ending"]
) -> Float[Tensor, "*axes ending"]:
    """Chances of how a tale ends, given that the judge lets it pass: where conditional training ends, without error.

    It is filtered imitation, the offline RL that is content with what is good enough: endings that pass keep the
    proportions that they have in the data, and what the data never have stays impossible.
    """
    kept = torch.where(passes, p, 0.0)
    return kept / kept.sum(-1, keepdim=True)
