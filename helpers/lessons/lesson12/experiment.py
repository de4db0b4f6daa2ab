"""Lesson 12's experiment: three ways to one reward on a real LLM, and what to measure on the way.

`long_runs` makes the long runs with it and the lesson trains live with it, so that both are one experiment.
"""

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd

from helpers.checked import one_of
from helpers.core.distributions import entropy, kl
from helpers.core.losses import per_step, ppo_loss, sft_loss
from helpers.core.probes import log_likelihood, log_probs, preference, sample_texts
from helpers.core.sources import BestOfGroup, Completions, Recorded
from helpers.core.types import Batch, Rng, Stream
from helpers.kit import at_reward, cheapest
from helpers.lm import corpora
from helpers.lm.rewards import sentiment

ARMS = ("GRPO", "SFT, own best", "SFT, teacher")
ANSWERS = 12  # texts at each step
NEW_TOKENS = 24  # an answer is cut off there
OWN_SAMPLES = 6  # samples for each prompt, of which "SFT, own best" keeps the best
LEVEL = 0.5  # the reward at which arms are compared
REWARD, DRIFT, ENTROPY = "reward, held-out", "drift elsewhere (KL), nats", "entropy, nats"


def arms(
    start, *, answers: int = ANSWERS, which: Sequence[str] = ARMS
) -> dict[str, tuple[Callable, Callable]]:
    """The data source and the loss of each arm; every arm trains on `answers` texts at each step.

    "GRPO":          own answers in groups of four, weighted by how they compare with their group.
    "SFT, own best": the best of six answers that `start` gave to each prompt, recorded once, all weighted alike.
    "SFT, teacher":  cheerful answers written for this course, all weighted alike.
    """
    weighted, alike = (
        partial(ppo_loss, mean=per_step),
        partial(sft_loss, mean=per_step),
    )  # the mean over tokens
    table = {  # without a leash, and with one update a batch, GRPO's loss is PPO's
        "GRPO": lambda: (training_prompts(group=4, per_call=answers // 4), weighted),
        "SFT, own best": lambda: (Recorded(best_of_own(start), episodes=answers), alike),
        "SFT, teacher": lambda: (
            Recorded(start.encode(corpora.cheerful_answers()), episodes=answers),
            alike,
        ),
    }
    return {name: table[one_of(name, ARMS, "an arm")]() for name in which}


def training_prompts(*, group: int, per_call: int) -> Completions:
    """Answers to the training prompts, rewarded for sounding cheerful."""
    return Completions(
        corpora.dull_prompts()[0], sentiment, group=group, per_call=per_call, max_new_tokens=NEW_TOKENS
    )


def best_of_own(start, samples: int = OWN_SAMPLES) -> Batch:
    """For each training prompt, the most cheerful of some answers of the start model."""
    source = training_prompts(group=samples, per_call=corpora.TRAINING_PROMPTS)
    return BestOfGroup(source)(start, Rng(start.seeds, Stream.CHOICES))


def probes(start, *, pairs: int = 14) -> dict[str, Callable]:
    """What is measured on every arm: reward and entropy on held-out prompts, drift there and elsewhere, behaviour.

    pairs: how many of the paired completions of each behaviour are used; 0 leaves the behaviours out.
    """
    measured = {
        "held-out prompts": held_out_prompts(),
        "unrelated prompts": unrelated_prompts(start),
        "held-out text, nats a token": log_likelihood(
            start.encode([("Continue.", t) for t in corpora.held_out_text()[:24]])
        ),
    }
    for name, triples in corpora.behaviour_pairs().items() if pairs else ():
        measured[name] = preference(start.encode, triples[:pairs], name)
    return measured


def held_out_prompts(answers: int = 2) -> Callable:
    """Reward, entropy and drift on the policy's own answers to dull prompts that were not trained on."""
    prompts = corpora.dull_prompts()[1]
    source = Completions(prompts, sentiment, group=answers, per_call=len(prompts), max_new_tokens=NEW_TOKENS)

    def probe(policy):
        batch = source(policy, Rng(policy.seeds, Stream.PROBES))
        now, before = log_probs(policy, batch), log_probs(policy.reference, batch)
        return {
            REWARD: batch.returns.mean(1),
            ENTROPY: per_step(entropy(now), batch.mask),
            "drift on the task (KL), nats": per_step(kl(now, before), batch.mask),
        }

    return probe


def unrelated_prompts(start, texts: int = 16) -> Callable:
    """Drift on prompts that have nothing to do with the task, along the same plain answers for every arm."""
    batch = start.encode(corpora.unrelated_texts()[:texts])
    before = log_probs(start.reference, batch)  # frozen, so computed once

    def probe(policy):
        now = log_probs(policy, batch)
        return {
            DRIFT: per_step(kl(now, before), batch.mask),
            "forgetting elsewhere (KL the other way), nats": per_step(kl(before, now), batch.mask),
        }

    return probe


def texts(policy) -> pd.DataFrame:
    """One answer to each held-out prompt, with its reward: the columns seed, prompt, answer, reward."""
    frame = sample_texts(policy, corpora.dull_prompts()[1], max_new_tokens=NEW_TOKENS)
    return frame.assign(reward=sentiment(frame.prompt, frame.answer))


def drift_at(long: pd.DataFrame) -> pd.DataFrame:
    """Drift elsewhere when the reward is first reached, each arm at its best rate: seeds down, methods across."""
    return cheapest(long, LEVEL, DRIFT, reward=REWARD)


def entropy_at(long: pd.DataFrame) -> pd.DataFrame:
    """Entropy when the reward is first reached, each arm at its best rate: seeds down, methods across."""
    return cheapest(long, LEVEL, ENTROPY, reward=REWARD, most=True)


def drift_gap(long: pd.DataFrame) -> pd.Series:
    """12.C9: drift elsewhere at equal reward, GRPO less SFT on the teacher's text, nats, for each seed."""
    found = drift_at(long)
    return found["GRPO"] - found["SFT, teacher"]


def entropy_gap(long: pd.DataFrame) -> pd.Series:
    """12.C7: entropy at equal reward, SFT on the teacher's text less GRPO, nats, for each seed."""
    found = entropy_at(long)
    return found["SFT, teacher"] - found["GRPO"]


def reached(long: pd.DataFrame) -> pd.DataFrame:
    """How many seeds of each arm and learning rate have a value at the level, of how many there are."""
    there = at_reward(long, LEVEL, DRIFT, reward=REWARD).groupby(["method", "lr"])[DRIFT]
    return pd.DataFrame({"seeds with a value": there.count(), "seeds": there.size()})


MEASURES = {"12.C9": drift_gap, "12.C7": entropy_gap}
