"""Lesson 12's experiment: three ways to one reward on a real LLM, and what to measure on the way.

`long_runs` makes the long runs with it and the lesson trains live with it, so that both are one experiment.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd

from helpers.checked import one_of
from helpers.core.distributions import entropy, kl
from helpers.core.losses import per_step, ppo_loss, sft_loss
from helpers.core.probes import log_likelihood, log_probs, preference, sample_texts
from helpers.core.sources import BestOfGroup, Completions, Recorded
from helpers.core.streams import Rng, Stream
from helpers.core.types import Batch
from helpers.kit import Interval, at_reward, cheapest, rule
from helpers.kit.frames import every_other
from helpers.kit.gates import Gate, attrition, grid, moved
from helpers.kit.styles import register_arms
from helpers.kit.tables import provenance, stored
from helpers.lm import corpora
from helpers.lm.rewards import sentiment

ARMS = ("GRPO", "SFT, own best", "SFT, teacher")
register_arms({"SFT, teacher": 0, "SFT, own best": 1})
ANSWERS = 12  # texts at each step
NEW_TOKENS = 24  # an answer is cut off there
OWN_SAMPLES = 6  # samples for each prompt, of which "SFT, own best" keeps the best
HIGH = 1e-3  # the highest learning rate of the long runs
CHOOSING, JUDGED = (0, 1, 2), ("GRPO", "SFT, teacher")  # seeds that choose the rate; arms that are judged
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


def long_runs() -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """The long runs that come with the course, the fresh seeds of the judged arms, and where the former came from."""
    told = {key: value for key, value in provenance("drift").items() if isinstance(value, str | int | float)}
    return stored("drift"), stored("fresh_drift"), pd.Series(told)


def long_texts() -> pd.DataFrame:
    """What the long runs said at their end: method, lr, seed, prompt, answer, reward."""
    return stored("drift_texts")


def data_and_best(long: pd.DataFrame) -> pd.DataFrame:
    """The mean reward of the texts that each arm learned from, and the highest that one of its runs reached."""
    own = long[(long.method == "SFT, own best") & (long.metric == "reward")].value.mean()
    taught = np.mean(sentiment(*zip(*corpora.cheerful_answers(), strict=True)))
    best = long[long.metric == REWARD].groupby("method").value.max()
    data = pd.Series({"SFT, own best": own, "SFT, teacher": taught})
    return pd.DataFrame({"reward of its data": data, "highest reward reached": best})


def ends(long: pd.DataFrame) -> pd.DataFrame:
    """Where every arm and learning rate ended, and first the model before training; means over the three seeds."""
    metrics = [REWARD, DRIFT, "drift on the task (KL), nats", ENTROPY, "held-out text, nats a token"]
    rows = long[long.metric.isin(metrics)]
    last = rows[rows.step == rows.groupby(["method", "lr", "seed"]).step.transform("max")]
    table = last.pivot_table(index=["lr", "method"], columns="metric", values="value")[metrics]
    table.loc[(0.0, "before training"), :] = rows[rows.step == 0].groupby("metric").value.mean()
    return table.sort_index().round(2).rename_axis(columns=None)


def behaviour(long: pd.DataFrame, lr: float = 3e-4) -> pd.DataFrame:
    """The change of each behaviour's margin from before to after training: every seed's, in nats."""
    rows = long[(long.lr == lr) & long.metric.str.endswith("(margin), nats")].sort_values("step")
    first_last = rows.groupby(["metric", "method", "seed"]).value.agg(["first", "last"])
    change = (first_last["last"] - first_last["first"]).map("{:+.2f}".format)
    table = change.groupby(["metric", "method"]).agg("  ".join).unstack()
    return table.rename(index=lambda metric: metric.removesuffix(" (margin), nats")).rename_axis("behaviour")


def at_level(long: pd.DataFrame, metric: str = DRIFT) -> pd.DataFrame:
    """A metric when each run first reaches the reward at which arms are compared: method, lr, seed, metric."""
    return at_reward(long, LEVEL, metric, reward=REWARD)


def cheapest_at(long: pd.DataFrame, level: float, metric: str = DRIFT, *, most: bool = False) -> pd.DataFrame:
    """The same at any reward, each seed at the learning rate that suits it best: to look at, not to judge."""
    return cheapest(long, level, metric, reward=REWARD, most=most)


def reached(long: pd.DataFrame) -> pd.DataFrame:
    """How many seeds of each arm and learning rate have a value at the level, of how many there are."""
    there = at_level(long).groupby(["method", "lr"])[DRIFT]
    return pd.DataFrame({"seeds with a value": there.count(), "seeds": there.size()})


def at_best_rate(long: pd.DataFrame, metric: str, *, most: bool = False) -> pd.DataFrame:
    """The runs of the two judged arms, each at the rate that was best on the choosing seeds; the other seeds only."""
    choosing = long.seed.isin(CHOOSING)
    means = (
        at_level(long[choosing & long.method.isin(JUDGED)], metric).groupby(["method", "lr"])[metric].mean()
    )
    best = {name: means[name].idxmax() if most else means[name].idxmin() for name in JUDGED}
    return long[~choosing & (long.lr == long.method.map(best))]


def drift_at(long: pd.DataFrame, *, thin: Callable = lambda runs: runs) -> pd.DataFrame:
    """Drift elsewhere when the reward is first reached, at the chosen rates: seeds down, the judged arms across."""
    return cheapest_at(thin(at_best_rate(long, DRIFT)), LEVEL, DRIFT)[list(JUDGED)]


def entropy_at(long: pd.DataFrame, *, thin: Callable = lambda runs: runs) -> pd.DataFrame:
    """Entropy when the reward is first reached, at the chosen rates: seeds down, the judged arms across."""
    return cheapest_at(thin(at_best_rate(long, ENTROPY, most=True)), LEVEL, ENTROPY)[list(JUDGED)]


def narrowed(long: pd.DataFrame) -> pd.DataFrame:
    """By how much less entropy each judged arm has at the level than its seed had before training, nats."""
    begun = long[(long.metric == ENTROPY) & (long.step == 0)].groupby("seed").value.mean()
    return -entropy_at(long).sub(begun, axis=0).dropna(how="all")


def drift_gap(long: pd.DataFrame, **thin) -> pd.Series:
    """12.C9: drift elsewhere at equal reward, GRPO less SFT on the teacher's text, nats, for each seed."""
    found = drift_at(long, **thin)
    return found["GRPO"] - found["SFT, teacher"]


def entropy_gap(long: pd.DataFrame, **thin) -> pd.Series:
    """12.C7: entropy at equal reward, SFT on the teacher's text less GRPO, nats, for each seed."""
    found = entropy_at(long, **thin)
    return found["SFT, teacher"] - found["GRPO"]


def drift_gates(long: pd.DataFrame) -> list[Gate]:
    """What must hold before 12.C9 is judged."""
    coarse = drift_gap(long, thin=every_other)
    return [
        moved(at_best_rate(long, DRIFT), REWARD, least=0.2),
        attrition(drift_at(long), least=0.9),
        grid(drift_gap(long), coarse, matters=rule("12.C9").matters),
    ]


def entropy_gates(long: pd.DataFrame) -> list[Gate]:
    """What must hold before 12.C7 is judged; that RL narrowed at all is among it."""
    coarse, by = entropy_gap(long, thin=every_other), Interval.of(narrowed(long)["GRPO"].dropna())
    says = f"GRPO narrowed by {by} nats; the rest of the gap is how far the teacher's text widened"
    return [
        moved(at_best_rate(long, ENTROPY, most=True), REWARD, least=0.2),
        attrition(entropy_at(long), least=0.9),
        grid(entropy_gap(long), coarse, matters=rule("12.C7").matters),
        Gate("RL narrows", by.low > rule("12.C7").matters, says),
    ]


MEASURES = {"12.C9": drift_gap, "12.C7": entropy_gap}
