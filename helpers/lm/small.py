"""Small transformers over a vocabulary of whole words: made, and read to."""

from collections.abc import Sequence

import torch
from jaxtyping import Int
from torch import Tensor

from helpers.checked import one_of, whole
from helpers.core.types import Batch
from helpers.lm.language import StackedLM
from helpers.lm.words import word_tokenizer


def word_nets(
    seeds: Sequence[int],
    vocabulary: Sequence[str],
    *,
    end: str,
    longest: int,
    width: int = 32,
    layers: int = 2,
) -> StackedLM:
    """Nets that have read nothing yet: GPT-2's architecture in the small, with own weights for reading and writing.

    vocabulary: all words there are. end: the one that ends a text. longest: the most words of a text, its ends too.
    Where reading and writing share their weights, words that training never has come to be alike, and none of them can
    be told from another. The initial spread of 0.1, five times GPT-2's, is what such narrow nets learn to copy with.
    """
    from transformers import GPT2Config, GPT2LMHeadModel

    place = list(vocabulary).index(one_of(end, vocabulary, "end"))
    config = GPT2Config(
        vocab_size=len(vocabulary),
        n_embd=whole(width, "width", least=4),
        n_layer=whole(layers, "layers"),
        n_head=4,
        n_positions=whole(longest, "longest", least=2),
        activation_function="relu",
        tie_word_embeddings=False,
        attn_implementation="eager",
        initializer_range=0.1,
        bos_token_id=place,
        eos_token_id=place,
        embd_pdrop=0.0,
        resid_pdrop=0.0,
        attn_pdrop=0.0,
    )
    return StackedLM(lambda: GPT2LMHeadModel(config), seeds, tokenizer=word_tokenizer(vocabulary, end=end))


def answering(
    prompt: Int[Tensor, "seed episode word"], answer: Int[Tensor, "seed episode time"], *, end: int
) -> Batch:
    """Prompts and what was written after them as a batch: the number `end` begins every text, answers alone count.

    With an empty prompt all of a text counts. What was earned is 0 everywhere.
    """
    first = torch.full_like(answer[..., :1], end)
    obs = torch.cat([first, prompt, answer], -1)
    return Batch(obs, answer, torch.ones_like(answer, dtype=torch.bool), torch.zeros(answer.shape))
