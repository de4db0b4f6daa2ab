"""What a learner builds in lesson 12, as the course would: the lesson takes these where the learner's are not there."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from helpers.lessons.lesson12.arms import GROUP
from helpers.lm.rewards import sentiment

SMALL = {"a", "an", "the", "is", "of", "and", "in", "it", "that", "with"}  # words that most sentences have


def group_advantage(rewards: Float[Tensor, "answers"], group: int) -> Float[Tensor, "answers"]:
    """The reward of each answer, standardised within its group of neighbours; zero where all of them earned alike."""
    rows = rewards.view(-1, group)
    centred = rows - rows.mean(1, keepdim=True)
    return (centred / (rows.std(1, keepdim=True) + 1e-4)).flatten()


def token_logp(
    logits: Float[Tensor, "text place vocabulary"],
    tokens: Int[Tensor, "text place"],
    mask: Bool[Tensor, "text place"],
) -> Float[Tensor, "text following"]:
    """Log-probability of each token but the first, given all before it; 0 where the mask says that it does not count.

    The logits at a place are about the token that comes *after* it.
    """
    logp = logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:, None])[..., 0]
    return torch.where(mask[:, 1:], logp, 0.0)


def grpo_step(policy, source, rng, optimiser) -> float:
    """One step of GRPO: sample and score, compare within groups of four, weigh, step. Returns the mean reward."""
    batch = source(policy, rng)
    advantage = group_advantage(batch.returns[0], GROUP)
    now = policy.evaluate(batch.obs, batch.action)
    gain = torch.where(batch.mask, advantage[None, :, None] * now.logp, 0.0)
    loss = -gain.sum() / batch.mask.sum()
    optimiser.zero_grad()
    loss.backward()
    policy.clip_gradients(1.0)
    optimiser.step()
    return batch.returns.mean().item()


def leash(
    logp: Float[Tensor, "text time"], logp_ref: Float[Tensor, "text time"], mask: Bool[Tensor, "text time"]
) -> Float[Tensor, ""]:
    """KL(policy || reference) from the policy's own tokens: the mean of r - log r - 1 with r = p_ref / p."""
    log_ratio = torch.where(mask, logp_ref - logp, 0.0)
    return (log_ratio.exp() - log_ratio - 1).sum() / mask.sum()


def harder_to_game(prompts: list[str], answers: list[str]) -> list[float]:
    """VADER's score up to 0.8, and -1 for what is no sentence: hardly any letters, no small words, or repetitions."""
    scores = []
    for score, answer in zip(sentiment(prompts, answers), answers, strict=True):
        words = answer.lower().split()
        letters = sum(sign.isalpha() or sign.isspace() for sign in answer) / max(1, len(answer))
        plain = len(SMALL & set(words)) > 1 and letters > 0.9 and len(set(words)) > 0.8 * len(words)
        scores.append(min(score, 0.8) if plain else -1.0)
    return scores
