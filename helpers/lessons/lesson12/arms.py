"""The arms of lesson 12: who wrote the answers, and how they are weighted. All take twelve answers at each step."""

import json
from collections.abc import Callable, Sequence
from functools import partial

import torch

from helpers.checked import one_of
from helpers.core.advantages import group_relative
from helpers.core.losses import grpo_loss, per_step, ppo_loss, sft_loss
from helpers.core.sources import BestOfGroup, Completions, Recorded
from helpers.core.streams import Rng, Stream
from helpers.core.types import Batch
from helpers.kit.styles import register_arms
from helpers.lm import corpora
from helpers.lm.rewards import sentiment

GRPO, TEACHER, NEAR, BEST_OF = "GRPO", "SFT, teacher", "SFT, near", "SFT, best of 4 anew"
OWN_BEST, LEASH, NULL = "SFT, own best", "GRPO, leash", "null: rewards of others"
ARMS = (GRPO, TEACHER, NEAR, BEST_OF, OWN_BEST, LEASH, NULL)
register_arms({TEACHER: 0, OWN_BEST: 1, NEAR: 2, BEST_OF: 4})
ANSWERS, GROUP, NEW_TOKENS = 12, 4, 24  # texts at each step; answers to a prompt; an answer is cut off there
OWN_SAMPLES = 6  # samples for each prompt, of which "SFT, own best" keeps the best
BETA = 0.2  # the leash: what a nat of KL a token costs, in standard deviations of the reward


def arms(
    start, *, answers: int = ANSWERS, which: Sequence[str] = (GRPO, OWN_BEST, TEACHER)
) -> dict[str, tuple[Callable, Callable]]:
    """The data source and the loss of each arm; every arm trains on `answers` texts at each step.

    "GRPO":             own answers in groups of four, weighted by how they compare with their group.
    "GRPO, leash":      the same, with a penalty for leaving the reference.
    "null: rewards of others": GRPO, but each answer is weighted by what an answer to *another* prompt earned.
    "SFT, teacher":     cheerful answers written for this course, all weighted alike.
    "SFT, near":        the start model's own cheerful answers, sampled until there were enough, all alike.
    "SFT, best of 4 anew": of four own answers the best, sampled anew at each step, all alike.
    "SFT, own best":    the best of six answers that `start` gave to each prompt, recorded once, all alike.
    """
    weighted, alike = partial(ppo_loss, mean=per_step), partial(sft_loss, mean=per_step)  # means over tokens
    prompts = answers // GROUP
    table = {  # without a leash, and with one update a batch, GRPO's loss is PPO's
        GRPO: lambda: (training_prompts(per_call=prompts), weighted),
        LEASH: lambda: (
            training_prompts(per_call=prompts, reference=True),
            partial(grpo_loss, beta=BETA, mean=per_step),
        ),
        NULL: lambda: (training_prompts(per_call=prompts, advantage=of_another_prompt(GROUP)), weighted),
        TEACHER: lambda: (
            Recorded(start.encode(corpora.cheerful_answers()), episodes=answers),
            alike,
        ),
        NEAR: lambda: (Recorded(near_answers(start), episodes=answers), alike),
        BEST_OF: lambda: (BestOfGroup(training_prompts(per_call=answers)), alike),
        OWN_BEST: lambda: (Recorded(best_of_own(start), episodes=answers), alike),
    }
    return {name: table[one_of(name, ARMS, "an arm")]() for name in which}


def training_prompts(*, group: int = GROUP, per_call: int, **more) -> Completions:
    """Answers to the training prompts, rewarded for sounding cheerful."""
    prompts = corpora.dull_prompts()[0]
    return Completions(prompts, sentiment, group=group, per_call=per_call, max_new_tokens=NEW_TOKENS, **more)


def of_another_prompt(group: int) -> Callable:
    """GRPO's advantage, moved on by one group: it knows nothing of the answer that it weighs, and has the same size.

    Shuffled within a group it would not do: there the advantages add up to zero, so that another answer's tells
    something of one's own. Two groups are needed.
    """
    advantage = group_relative(group)
    return lambda batch: advantage(batch).roll(group, dims=1)


def best_of_own(start, samples: int = OWN_SAMPLES) -> Batch:
    """For each training prompt, the most cheerful of some answers of the start model."""
    source = training_prompts(group=samples, per_call=corpora.TRAINING_PROMPTS)
    return BestOfGroup(source)(start, Rng(start.seeds, Stream.CHOICES))


def near_answers(start) -> Batch:
    """The start model's own cheerful answers; `near_answers.py` tells how they were found.

    Most were cut off after 24 tokens. Those carry no end-of-text token: it was not sampled, and would be taught.
    """
    lines = (corpora.DATA / "texts" / "near_answers.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    batch = start.encode([(row["prompt"], row["answer"]) for row in rows])
    cut = ~torch.tensor([row["ended"] for row in rows], device=batch.mask.device)[None, :, None]
    last = batch.mask & ~torch.cat([batch.mask[..., 1:], torch.zeros_like(batch.mask[..., :1])], dim=-1)
    return batch.with_(mask=batch.mask & ~(cut & last))
