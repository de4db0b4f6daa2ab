"""What is measured on a model in lesson 12: reward and entropy on held-out prompts, and drift by several measures."""

from collections.abc import Callable

import pandas as pd
import torch

from helpers.core.distributions import entropy, kl
from helpers.core.probes import log_likelihood, log_probs, preference
from helpers.core.sources import Completions
from helpers.core.streams import Rng, Stream
from helpers.lessons.lesson12.arms import NEW_TOKENS
from helpers.lm import corpora
from helpers.lm.rewards import sentiment

REWARD, ENTROPY = "reward, held-out", "entropy, nats"
HALVES = ("reward, first half", "reward, second half")  # of the answers of a measurement
AFTER = "reward, after the end"  # other answers, drawn when the run had ended: they stopped nothing
DRIFT, BACK = "drift elsewhere (KL), nats", "forgetting elsewhere (KL the other way), nats"
OWN = "drift elsewhere along the start model's own answers (KL), nats"
TASK, TEXT = "drift on the task (KL), nats", "held-out text, nats a token"
SAME_WORDS = "entropy along the unrelated answers, nats"
ONE_TEXT = "log p of text {:02d}, nats a token"  # of each of the unrelated answers
EACH, TEXTS, PLAIN = 4, 16, 16  # answers to a prompt; unrelated answers; sentences of held-out text


def measure(policy, step: int, *, fully: bool) -> tuple[dict[str, float], pd.DataFrame]:
    """One measurement of a policy of one seed: metric -> value, and answers to some prompts.

    The reward comes from four answers to each of the 16 held-out prompts, which nobody trains on. Each measurement
    draws afresh (a stream for each step), so that the mean of neighbouring ones is surer than one.
    fully: also measure the rest, which takes three times as long.
    """
    prompts = corpora.dull_prompts()[1]
    source = Completions(prompts, sentiment, group=EACH, per_call=len(prompts), max_new_tokens=NEW_TOKENS)
    batch, asked, said = source.with_answers(policy, Rng(policy.seeds, Stream.PROBES + step))
    scores = batch.returns[0].view(len(prompts), 2, -1).mean((0, 2))
    values = {REWARD: scores.mean().item(), **dict(zip(HALVES, scores.tolist(), strict=True))}
    texts = pd.DataFrame({"prompt": asked, "answer": said, "reward": batch.returns[0].tolist()})[::EACH]
    if fully:
        each = EACH // 2 if step == 0 else EACH  # more answers at the start: all arms share it
        own = torch.arange(0, len(asked), each, device=batch.mask.device)[None]
        values |= on_own(policy, batch.take(own)) | elsewhere(policy)
        values[TEXT] = plain_text(policy)(policy).item()
    return values, texts.sort_values("prompt")


def at_end(policy, step: int) -> dict[str, float]:
    """What is measured once, when a run has ended: its reward by other answers, drift along the start's own answers."""
    prompts = corpora.dull_prompts()[1]
    source = Completions(prompts, sentiment, group=EACH, per_call=len(prompts), max_new_tokens=NEW_TOKENS)
    batch = source(policy, Rng(policy.seeds, Stream.PROBES_AGAIN + step))
    own = _own_elsewhere(policy).to(policy.device)
    pairs = zip(log_probs(policy, own)[0], log_probs(policy.reference, own)[0], own.mask[0], strict=True)
    drift = sum(kl(p[m], q[m]).sum() for p, q, m in pairs) / own.mask.sum()
    return {AFTER: batch.returns.mean().item(), OWN: drift.item()}


def on_own(policy, batch) -> dict[str, float]:
    """Entropy and drift on the policy's own answers, exact at each token: summed over the whole vocabulary."""
    now, before = log_probs(policy, batch), log_probs(policy.reference, batch)
    rows = [(p[m], q[m]) for p, q, m in zip(now[0], before[0], batch.mask[0], strict=True)]
    sums = [(entropy(p).sum(), kl(p, q).sum()) for p, q in rows]
    return dict(
        zip((ENTROPY, TASK), (torch.tensor(sums).sum(0) / batch.mask.sum().item()).tolist(), strict=True)
    )


@torch.no_grad()
def elsewhere(policy) -> dict[str, float]:
    """Drift on prompts that have nothing to do with the task, both ways, and the log p of each answer by itself."""
    batch, before = _unrelated(policy)
    now, mask = log_probs(policy, batch)[0], batch.mask[0]
    each = [
        (kl(p, q).sum(), kl(q, p).sum(), entropy(p).sum(), p.gather(1, a[:, None]).mean())
        for p, q, a in (
            (p[m], q, a[m]) for p, q, m, a in zip(now, before, mask, batch.action[0], strict=True)
        )
    ]
    *sums, logp = torch.tensor(each).T
    by_text = {ONE_TEXT.format(number): one for number, one in enumerate(logp.tolist(), 1)}
    means = [(one.sum() / mask.sum().item()).item() for one in sums]
    return {**dict(zip((DRIFT, BACK, SAME_WORDS), means, strict=True)), **by_text}


_kept: dict = {}
_said: dict = {}


def _own_elsewhere(policy):
    """The start model's own answers to the unrelated prompts, sampled once with numbers of their own."""
    if not _said:
        prompts = [prompt for prompt, _ in corpora.unrelated_texts()[:TEXTS]]
        drawn = policy.reference.complete([prompts], Rng([0], Stream.CHOICES), max_new_tokens=NEW_TOKENS)
        _said["batch"] = drawn
    return _said["batch"]


def _unrelated(policy):
    """The unrelated answers and what the model thought of their tokens before training: one row a token, kept."""
    model = id(policy.reference_weights().__next__())
    if model not in _kept:
        batch = policy.encode(corpora.unrelated_texts()[:TEXTS])
        before = log_probs(policy.reference, batch)[0]
        _kept.clear()
        _kept[model] = (batch, [rows[m] for rows, m in zip(before, batch.mask[0], strict=True)])
    return _kept[model]


def plain_text(policy) -> Callable:
    """How well ordinary sentences are predicted: their mean log-probability a token."""
    return log_likelihood(policy.encode([("Continue.", text) for text in corpora.held_out_text()[:PLAIN]]))


def behaviours(start, pairs: int) -> dict[str, Callable]:
    """Which of two answers is likelier, for each behaviour of the datasheet."""
    known = corpora.behaviour_pairs()
    return {name: preference(start.encode, triples[:pairs], name) for name, triples in known.items()}
