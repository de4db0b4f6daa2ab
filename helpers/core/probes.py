"""What to measure on a policy while it trains: each function here makes a probe `(Policy) -> value[seed]`.

A probe that measures several things at once returns a dict, metric -> value[seed].
"""

from collections.abc import Callable, Sequence

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.checked import shape, whole
from helpers.core.distributions import entropy, kl
from helpers.core.losses import per_step
from helpers.core.sources import Rollouts, for_seeds
from helpers.core.streams import Rng, Stream
from helpers.core.types import Batch


def success(env, *, episodes: int = 64, stream: int = Stream.PROBES) -> Callable:
    """Share of episodes that earn a reward. With `Stream.PROBES_AGAIN` the same is measured by other episodes."""

    def probe(policy) -> Float[Tensor, "seed"]:
        return (own_episodes(policy, env, episodes, stream).returns > 0).float().mean(1)

    return probe


def own_episodes(policy, env, episodes: int = 64, stream: int = Stream.PROBES) -> Batch:
    """What the policy does in an environment, always with the same random numbers."""
    return Rollouts(env, episodes=episodes, advantage=None)(policy, Rng(policy.seeds, stream))


def kl_from(reference, batch: Batch) -> Callable:
    """Drift: KL(policy || reference) in nats, a mean over the steps of a batch. Exact: summed over all actions."""
    return _on(batch, lambda now: kl(now, log_probs(reference, batch)))


def forward_kl_from(reference, batch: Batch) -> Callable:
    """Drift the other way round: KL(reference || policy) in nats, large where the policy forgets what was likely."""
    return _on(batch, lambda now: kl(log_probs(reference, batch), now))


def entropy_on(batch: Batch) -> Callable:
    """How undecided the policy is: entropy in nats, a mean over the steps of a batch."""
    return _on(batch, entropy)


def log_likelihood(batch: Batch) -> Callable:
    """Mean log-probability of the recorded actions, in nats a step: for texts, minus the cross-entropy per token."""

    def probe(policy) -> Float[Tensor, "seed"]:
        seen = for_seeds(batch, policy)
        with torch.no_grad():
            return per_step(policy.evaluate(seen.obs, seen.action).logp, seen.mask)

    return probe


def preference(
    encode: Callable, pairs: Sequence[tuple[str, str, str]], name: str, *, per_call: int = 16
) -> Callable:
    """Which of two answers the policy finds likelier, over (prompt, matching, other) triples. Measures two things:

    `name`: the share of triples whose `matching` answer is the likelier one;
    `name (margin), nats`: the mean of log p(matching) - log p(other), which moves before the share does.
    encode: `policy.encode`, which turns (prompt, answer) strings into a batch.
    """
    both = [(prompt, answer) for prompt, *answers in pairs for answer in answers]
    chunks = [encode(both[i : i + per_call]) for i in range(0, len(both), per_call)]

    def probe(policy) -> dict[str, Float[Tensor, "seed"]]:
        seen = [for_seeds(chunk, policy) for chunk in chunks]
        with torch.no_grad():
            scores = [(policy.evaluate(chunk.obs, chunk.action).logp * chunk.mask).sum(-1) for chunk in seen]
        margin = torch.cat(scores, dim=1).unflatten(1, (-1, 2)).diff(dim=-1)[..., 0].neg()
        return {name: (margin > 0).float().mean(1), f"{name} (margin), nats": margin.mean(1)}

    return probe


def sample_texts(
    policy, prompts: Sequence[str], *, max_new_tokens: int = 24, stream: int = Stream.PROBES
) -> pd.DataFrame:
    """One answer to each prompt as a table: seed, prompt, answer. Always with the same random numbers."""
    batch = policy.complete(
        [list(prompts)] * len(policy.seeds), Rng(policy.seeds, stream), max_new_tokens=max_new_tokens
    )
    rows = [
        (seed, prompt, answer)
        for seed, answers in zip(policy.seeds, policy.decode(batch), strict=True)
        for prompt, answer in zip(prompts, answers, strict=True)
    ]
    return pd.DataFrame(rows, columns=["seed", "prompt", "answer"])


def noise_to_signal(
    data: Callable, loss: Callable, truth: Float[Tensor, "weights"], *, batches: int = 32
) -> Callable:
    """How far a batch's gradient is from the true one: root mean square distance over the length of `truth`.

    truth: the exact gradient of the loss, all weights in one row. At 1, the error is as large as the gradient.
    Raises ValueError if `truth` is zero, since nothing is a multiple of that, or has another number of weights.
    """
    batches, length = whole(batches, "batches"), float(truth.norm())
    if not 0 < length < float("inf"):  # false for NaN, too
        raise ValueError(f"truth is a gradient with a length: got one of length {length}")

    def probe(policy) -> Float[Tensor, "seed"]:
        rng, error = Rng(policy.seeds, Stream.PROBES), 0.0
        for _ in range(batches):
            batch = data(policy, rng).to(policy.device)
            value = loss(policy.evaluate(batch.obs, batch.action), batch).sum()
            gradient = torch.cat(
                [g.flatten(1) for g in torch.autograd.grad(value, list(policy.stacked))], dim=1
            )
            shape(truth, gradient.shape[1:], "truth", "weights")
            error = error + (gradient - truth.to(gradient)).square().sum(1) / batches
        return error.sqrt() / length

    return probe


@torch.no_grad()
def log_probs(policy, batch: Batch) -> Float[Tensor, "seed episode time actions"]:
    """Log-probabilities of all actions at each step of a batch."""
    seen = for_seeds(batch, policy)
    return policy.evaluate(seen.obs, seen.action).logits.log_softmax(-1)


def _on(batch, measure):
    def probe(policy) -> Float[Tensor, "seed"]:
        return per_step(measure(log_probs(policy, batch)), for_seeds(batch, policy).mask)

    return probe
