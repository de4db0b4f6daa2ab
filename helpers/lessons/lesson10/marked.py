"""Stories with a control word before them, and what of them is learned: all of a story, or what answers a question.

A control word says what kind of text follows: `<good>`, `<bad>`, or `<blank>`, which says nothing. Every text of this
lesson begins with one, so that all arms read equally many words.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.core import Batch
from helpers.lm import StackedLM, answering, word_nets
from helpers.worlds.stories import ANSWER, END, FACTS, NUMBER, PLACES, REMARK, VOCABULARY, tokens

GOOD, BAD, BLANK = CONTROLS = ("<good>", "<bad>", "<blank>")
WORDS = (*VOCABULARY, *CONTROLS)
MARK = {word: len(VOCABULARY) + place for place, word in enumerate(CONTROLS)}
BAD_DEED, LIE, REMARK_FACT = (FACTS.index(name) for name in ("bad", "lie", "remark"))


def new_nets(seeds, *, width: int = 32, layers: int = 2) -> StackedLM:
    """Nets that have read nothing yet, and know the control words beside those of the stories."""
    return word_nets(seeds, WORDS, end=END, longest=len(PLACES) + 3, width=width, layers=layers)


def behind(word: str) -> str:
    """What a column is called of nets whose later texts stood behind a control word: "behind good"."""
    return f"behind {word.strip('<>')}"


def marks(stories: Int[Tensor, "*axes place"], word: str = BLANK) -> Int[Tensor, "*axes"]:
    """One control word for every story."""
    return torch.full_like(stories[..., 0], MARK[word])


def read(mark: Int[Tensor, "seed story"], stories: Int[Tensor, "seed story place"]) -> Batch:
    """Whole stories after their control words. A story and its end are learned, the control word is not."""
    end = torch.full_like(stories[..., :1], NUMBER[END])
    return answering(mark[..., None], torch.cat([stories, end], -1), end=NUMBER[END])


def answered(mark: Int[Tensor, "seed story"], stories: Int[Tensor, "seed story place"]) -> Batch:
    """Stories of which only the answer and the remark count: who listens is given, and so is all before the answer."""
    batch = answering(mark[..., None], stories, end=NUMBER[END])
    counts = torch.zeros(len(PLACES), dtype=torch.bool)
    counts[[ANSWER, REMARK]] = True
    return batch.with_(mask=counts.expand_as(batch.mask))


def after_bad_deeds(facts: Int[Tensor, "*axes fact"], lie: int = 0) -> Int[Tensor, "*axes place"]:
    """These stories as words with the bad deed in each, which is owned up to or denied."""
    facts = facts.clone()
    facts[..., BAD_DEED], facts[..., LIE] = 1, lie
    return tokens(facts)


@torch.no_grad()
def log_chances(
    policy, mark, stories: Int[Tensor, "seed story place"]
) -> Float[Tensor, "seed story place word"]:
    """The log chance of every word at each place of stories after their control words, exact, in double precision."""
    batch = read(mark, stories)
    return policy.evaluate(batch.obs, batch.action).logits.double().log_softmax(-1)[:, :, :-1]
