"""What nets of lesson 08 write: whole stories, drawn as a learner draws words, and answers to prompts from outside."""

from collections.abc import Callable, Mapping

import pandas as pd
import torch

from helpers.checked import whole
from helpers.core import Rng, Stream
from helpers.lessons.lesson08 import exact
from helpers.worlds import stories as world


def written(policy, prompt: str, seed: int, count: int = 4, draw: int = 0) -> list[str]:
    """Stories that the net of one seed writes after a prompt, which may be empty."""
    one = policy.select(seed)
    asked_again = [[prompt] * whole(count, "count")]
    batch = one.complete(
        asked_again, Rng(one.seeds, Stream.PROBES_AGAIN + draw), max_new_tokens=_room(prompt)
    )
    return [world.told(f"{prompt} {answer}".strip()) for answer in one.decode(batch)[0]]


@torch.no_grad()
def drawn(
    policy, word_chances: Callable, *, seed: int, count: int = 5, temperature: float = 1.0, top_p: float = 1.0
) -> list[str]:
    """Whole stories of the net of one seed, each word drawn with `word_chances(logits, temperature, top_p)`.

    The luck is the same each time: with other chances the same numbers choose other words.
    """
    one = policy.select(seed)
    length = len(world.PLACES)
    luck = Rng(one.seeds, Stream.PROBES_AGAIN).uniform(whole(count, "count"), length)
    text = torch.full((1, count, 1), world.NUMBER[world.END])
    for place in range(length):
        nothing_yet = torch.zeros_like(text[..., :1])
        logits = one.evaluate(torch.cat([text, nothing_yet], -1), nothing_yet).logits[:, :, 0].double()
        upto = torch.as_tensor(word_chances(logits, temperature, top_p)).cumsum(-1)
        word = (upto < luck[..., place, None] * upto[..., -1:]).sum(-1, keepdim=True)
        text = torch.cat([text, word], -1)
    return [world.told(world.words(row)) for row in text[0, :, 1:]]


def two_answers(policy, prompts: Mapping[str, str], *, count: int = 2) -> pd.DataFrame:
    """The likeliest answers of the first two nets to prompts, each with its chance: a row a prompt, a column a net.

    prompts: name -> the nine words before the answer.
    """
    found = {}
    for name, prompt in prompts.items():
        words = torch.tensor(world.numbers(prompt))
        words = torch.nn.functional.pad(words, (0, len(world.PLACES) - len(words)))
        logq = exact.log_chances(policy, words.expand(len(policy.seeds), 1, -1))[:2, 0, world.ANSWER]
        likeliest = logq.exp().topk(count)
        found[name] = {
            f"net {seed}": ", ".join(
                f"{world.VOCABULARY[word]} {chance:.2f}" for chance, word in zip(*row, strict=True)
            )
            for seed, *row in zip(
                policy.seeds, likeliest.values.tolist(), likeliest.indices.tolist(), strict=False
            )
        }
    return pd.DataFrame(found).T


def _room(prompt):
    return len(world.PLACES) + 1 - len(prompt.split())
