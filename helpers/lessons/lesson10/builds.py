"""What is built in lesson 10, as the course has it: marked texts, where such training ends, how far lies rise."""

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
    p: Float[Tensor, "*axes ending"], passes: Float[Tensor, "*axes ending"]
) -> Float[Tensor, "*axes ending"]:
    """Chances of how a tale ends, given that the judge lets it pass: where conditional training ends, without error.

    p: the chances in the data. passes: the chance that the judge lets each ending pass, 0 or 1 if it never errs. This
    is Bayes' rule, and filtered imitation: the offline RL that is content with what is good enough. What the data
    never have stays impossible, and what a judge lets by in error stays possible.
    """
    kept = p * passes
    return kept / kept.sum(-1, keepdim=True)


def rise(before: Float[Tensor, "*nets"], later: Float[Tensor, "*nets"]) -> Float[Tensor, "*nets"]:
    """How far chances rose, in log odds: nats that are the same from 0.1 to 0.2 and from 0.2 to 0.36.

    Nets move their logits, and log odds are the logit of one answer against all others; so a head start in chances
    near 0 is told apart from what came later.
    """
    return torch.logit(later) - torch.logit(before)
