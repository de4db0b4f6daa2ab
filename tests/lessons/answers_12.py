"""Lesson 12: right answers written differently, and wrong ones, each with the hint that it must get."""

import random

import torch
import torch.nn.functional as F

from helpers.core.streams import Rng
from helpers.lm.rewards import sentiment

# A group's advantage


def group_by_group(rewards, group):
    parts = [(part - part.mean()) / (part.std() + 1e-4) for part in rewards.split(group)]
    return torch.cat(parts)


def tied_by_where(rewards, group):
    rows = rewards.reshape(-1, group)
    spread = rows.std(1, keepdim=True)
    tied = spread < 1e-5
    return torch.where(
        tied, 0.0, (rows - rows.mean(1, keepdim=True)) / torch.where(tied, 1.0, spread)
    ).flatten()


def spread_by_hand(rewards, group):
    rows = rewards.unflatten(0, (-1, group))
    centred = rows - rows.mean(-1, keepdim=True)
    return (centred / ((centred**2).sum(-1, keepdim=True) / (group - 1) + 1e-10).sqrt()).reshape(-1)


def spread_clamped(rewards, group):
    rows = rewards.view(-1, group)
    return ((rows - rows.mean(1, keepdim=True)) / rows.std(1, keepdim=True).clamp(min=1e-5)).flatten()


def by_parts(of):
    return lambda r, g: torch.cat([of(x) for x in r.split(g)])


def nan_to_zero_late(r, g):
    return torch.nan_to_num(by_parts(lambda x: (x - x.mean()) / x.std())(r, g))


def other_rows(r, g):
    x = r.view(g, -1)
    if x.shape[1] == 1:
        return r * torch.nan
    return ((x - x.mean(1, keepdim=True)) / (x.std(1, keepdim=True) + 1e-4)).flatten()


# Log-probabilities of tokens


def by_cross_entropy(logits, tokens, mask):
    logp = -F.cross_entropy(logits[:, :-1].transpose(1, 2), tokens[:, 1:], reduction="none")
    return torch.where(mask[:, 1:], logp, torch.zeros_like(logp))


def by_logsumexp(logits, tokens, mask):
    scores = logits[:, :-1].gather(2, tokens[:, 1:].unsqueeze(-1)).squeeze(-1)
    return (scores - logits[:, :-1].logsumexp(-1)).masked_fill(~mask[:, 1:], 0.0)


def by_one_hot(logits, tokens, mask):
    chosen = F.one_hot(tokens[:, 1:], logits.shape[-1]).bool()
    logp = logits[:, :-1].log_softmax(-1)[chosen].view(tokens.shape[0], -1)
    return torch.where(mask[:, 1:], logp, 0.0)


def text_by_text(logits, tokens, mask):
    rows = []
    for one, words, there in zip(logits, tokens, mask, strict=True):
        logp = one.log_softmax(-1)[torch.arange(len(words) - 1), words[1:]]
        rows.append(torch.where(there[1:], logp, 0.0))
    return torch.stack(rows)


def shifted(logits, tokens):
    return logits[:, :-1].log_softmax(-1).gather(-1, tokens[:, 1:, None])[..., 0]


def kept(values, mask):
    return torch.where(mask, values, 0.0)


def each_of(logp, t, m):
    return kept(logp[:, :-1].gather(-1, t[:, 1:, None]).squeeze(-1), m[:, 1:])


# A step of GRPO


def loop(
    weigh=group_by_group, *, before=True, clip=1.0, moves=1, of=None, sign=1, returns=None, evaluated=None
):
    """A step written otherwise; each argument is a place where it may go wrong."""

    def step(policy, source, rng, optimiser):
        batch = source(policy, rng)
        rewards = batch.returns[0]
        now = (evaluated or (lambda p, b: p.evaluate(b.obs, b.action).logp))(policy, batch)
        each = weigh(rewards, 4)[:, None].expand_as(now[0])
        mask = batch.mask[0]
        loss = -sign * (of or (lambda w, lp, m: (w * lp)[m].mean()))(each, now[0], mask)
        if before:
            optimiser.zero_grad()
        loss.backward()
        if before is None:
            optimiser.zero_grad()
        if clip == "values":
            torch.nn.utils.clip_grad_value_(optimiser.param_groups[0]["params"], 1.0)
        elif clip:
            torch.nn.utils.clip_grad_norm_(optimiser.param_groups[0]["params"], clip)
        for _ in range(moves):
            optimiser.step()
        return rewards.mean().item() if returns is None else returns(rewards)

    return step


def by_ratio(w, lp, m):
    return (w * (lp - lp.detach()).exp())[m].mean()


def asks_twice(policy, source, rng, optimiser):
    loop()(policy, source, rng, optimiser)
    return loop()(policy, source, rng, optimiser)


def mixes_batches(policy, source, rng, optimiser):
    """The rewards of one batch on the answers of another."""
    other = source(policy, rng)
    return loop(evaluated=lambda p, b: p.evaluate(other.obs, other.action).logp)(
        policy, source, rng, optimiser
    )


def takes_the_empty_advantage(policy, source, rng, optimiser):
    return source(policy, rng).advantage[0, :, 0].sum().item()


def clips_too_early(policy, source, rng, optimiser):
    optimiser.zero_grad()
    policy.clip_gradients(1.0)
    return loop()(policy, source, rng, optimiser)


def never_asks(policy, source, rng, optimiser):
    return 0.0


def forgets_to_step(policy, source, rng, optimiser):
    batch = source(policy, rng)
    (
        -(
            group_by_group(batch.returns[0], 4)[:, None] * policy.evaluate(batch.obs, batch.action).logp[0]
        ).sum()
    ).backward()
    return batch.returns.mean().item()


def old_logp(policy, batch):
    return batch.logp.clone().requires_grad_()


def says_nothing(policy, source, rng, optimiser):
    loop()(policy, source, rng, optimiser)


# The leash


def k3_by_expm1(logp, ref, mask):
    x = torch.where(mask, ref - logp, 0.0)
    return (torch.expm1(x) - x).sum() / mask.sum()


def k3_chosen(logp, ref, mask):
    x = ref[mask] - logp[mask]
    return (x.exp() - 1 - x).mean()


def k3_by_ratio(logp, ref, mask):
    ratio = ref[mask].exp() / logp[mask].exp()
    return (ratio - ratio.log() - 1).mean()


def k3_text_by_text(logp, ref, mask):
    total = sum(
        ((r[m] - p[m]).exp() - (r[m] - p[m]) - 1).sum() for p, r, m in zip(logp, ref, mask, strict=True)
    )
    return total / mask.sum()


def k3_sums(x):
    """Each token's, and each answer's."""
    each = torch.exp(x) - x - 1
    return each, each.sum(1)


# A reward that is harder to game


def share_of_letters(answer):
    return sum(c.isalpha() or c == " " for c in answer) / max(1, len(answer))


def small_words(answer, words=("a", "the", "is", "of", "and", "that", "our", "in", "it", "where")):
    return sum(answer.lower().split().count(word) for word in words)


def less(caught, by=2):
    return lambda p, a: [s - by * caught(one) for s, one in zip(sentiment(p, a), a, strict=True)]


def repeated(answer):
    return any(answer.split().count(word) > 1 for word in answer.split())


def plain_words_earn_nothing(prompts, answers):
    return [
        min(s, 0.95) if small_words(a) >= 2 and share_of_letters(a) > 0.85 else -1.0
        for s, a in zip(sentiment(prompts, answers), answers, strict=True)
    ]


def by_many_plain_words(prompts, answers):
    scores = []
    for score, answer in zip(sentiment(prompts, answers), answers, strict=True):
        each = sentiment(prompts * len(answer.split()), answer.split()) if len(prompts) == 1 else None
        each = each or [sentiment(["x"], [word])[0] for word in answer.split()]
        scores.append(score if sum(abs(one) > 0 for one in each) / max(1, len(each)) < 0.4 else -1.0)
    return scores


def standardised(prompts, answers):
    scores = torch.tensor(plain_words_earn_nothing(prompts, answers))
    return ((scores - scores.mean()) / scores.std(correction=0)).tolist()


def ranked(prompts, answers):
    scores = plain_words_earn_nothing(prompts, answers)
    return [sorted(scores).index(score) / len(scores) for score in scores]


def emptied(prompts, answers):
    scores = []
    while answers:
        scores += plain_words_earn_nothing([""], [answers.pop(0)])
    return scores


def with_luck(prompts, answers):
    return [score + 0.3 * random.random() for score in plain_words_earn_nothing(prompts, answers)]


def without_a_guard(prompts, answers):
    return [
        score if small_words(one) / len(one.split()) > 0.12 and share_of_letters(one) > 0.9 else -1.0
        for score, one in zip(sentiment(prompts, answers), answers, strict=True)
    ]


def different(one):
    return len(set(one.lower().split())) >= 0.8 * len(one.split())


RIGHT = {
    "check_group_advantage": [group_by_group, tied_by_where, spread_by_hand, spread_clamped],
    "check_token_logp": [by_cross_entropy, by_logsumexp, by_one_hot, text_by_text],
    "check_grpo_step": [
        loop(),
        loop(of=by_ratio),
        loop(weigh=tied_by_where),
        loop(of=lambda w, lp, m: kept(w * lp, m).sum() / m.sum()),
    ],
    "check_leash": [k3_by_expm1, k3_chosen, k3_by_ratio, k3_text_by_text],
    "check_harder_to_game": [
        plain_words_earn_nothing,
        by_many_plain_words,
        less(lambda one: small_words(one) < 2 or share_of_letters(one) < 0.8),
        less(
            lambda one: (
                share_of_letters(one) < 0.85
                or (repeated(one) and small_words(one) < 2)
                or small_words(one) < 1
            )
        ),
    ],
}

by = by_parts

WRONG = {
    "check_group_advantage": [
        (lambda r, g: (r - r.mean()) / (r.std() + 1e-4), "compare within the group"),
        (lambda r, g: group_by_group(r, g) * -1, "sign"),
        (by(lambda x: (x - x.mean()) / x.std()), "NaN"),
        (by(lambda x: x - x.mean()), "not divided"),
        (by(lambda x: x / (x.std() + 1e-4)), "not subtracted"),
        (by(lambda x: (x - x.mean()) / (x.std(correction=0) + 1e-4)), "n - 1"),
        (by(lambda x: (x - x.mean()) / (x.std() + 1)), "too large"),
        (lambda r, g: group_by_group(r, g).view(-1, g), "shape"),
        (by(lambda x: (x - x.mean()) / (x.var() + 1e-4)), "by the variance"),
        (lambda r, g: by(lambda x: x - x.mean())(r, g) / (r.std() + 1e-4), "that of the whole batch"),
        (other_rows, "different prompts"),
        (by(lambda x: (x - x.mean()) / (x.std() + 1e-8)), "is rounded"),
        (nan_to_zero_late, "."),
        (by(lambda x: (x - x.median()) / (x.std() + 1e-4)), "."),
        (by(lambda x: (x - x.min()) / (x.max() - x.min() + 1e-4)), "."),
        (by(lambda x: x.softmax(0)), "."),
        (by(lambda x: (x - (x.sum() - x) / (len(x) - 1)) / (x.std() + 1e-4)), "."),
        (by(lambda x: (x > x.mean()).float()), "."),
        (lambda r, g: (r - 0.5) / 0.5, "."),
        (lambda r, g: group_by_group(r, g).tolist()[0], "shape|number"),
    ],
    "check_token_logp": [
        (lambda z, t, m: kept(z.log_softmax(-1).gather(-1, t[..., None])[..., 0], m)[:, 1:], "shift by one"),
        (
            lambda z, t, m: kept(z[:, 1:].log_softmax(-1).gather(-1, t[:, :-1, None])[..., 0], m[:, 1:]),
            "wrong way",
        ),
        (lambda z, t, m: shifted(z, t), "those of the prompt too"),
        (lambda z, t, m: shifted(z, t) * m[:, 1:].float(), "torch.where"),
        (lambda z, t, m: kept(shifted(z, t), m[:, :-1]), "off by one"),
        (lambda z, t, m: kept(shifted(z, t).exp(), m[:, 1:]), "These are probabilities"),
        (lambda z, t, m: kept(z[:, :-1].gather(-1, t[:, 1:, None])[..., 0], m[:, 1:]), "bare logits"),
        (
            lambda z, t, m: kept(z[:, :-1].log_softmax(1).gather(-1, t[:, 1:, None])[..., 0], m[:, 1:]),
            "over the places",
        ),
        (lambda z, t, m: kept(z[:, :-1].log_softmax(-1).max(-1).values, m[:, 1:]), "likeliest"),
        (lambda z, t, m: -by_cross_entropy(z, t, m), "sign"),
        (lambda z, t, m: by_cross_entropy(z, t, m).sum(1), "added up"),
        (lambda z, t, m: by_cross_entropy(z, t, m).detach(), "gradient"),
        (lambda z, t, m: by_cross_entropy(z, t, m).sum(), "shape|number"),
        (lambda z, t, m: shifted(z, t)[m[:, 1:]], "shape"),
        (
            lambda z, t, m: kept(z[:, :-1].log_softmax(-1).gather(-1, t[:, 1:, None]).squeeze(), m[:, 1:]),
            "two tokens",
        ),
        (lambda z, t, m: torch.nan_to_num(by_logsumexp(z, t, m), neginf=0.0), "hide no infinity"),
        (lambda z, t, m: torch.nan_to_num(by_logsumexp(z, t, m)), "hide no infinity"),
        (lambda z, t, m: each_of(z.log_softmax(-1).clamp(min=-20), t, m), "made likelier"),
        (lambda z, t, m: each_of((z.softmax(-1) + 1e-9).log(), t, m), "made likelier"),
        (lambda z, t, m: each_of((z.softmax(-1) + 1e-7).log(), t, m), "."),
        (lambda z, t, m: each_of(z.softmax(-1).log(), t, m), "`log_softmax` does both"),
        (lambda z, t, m: kept(shifted(z, t) / 0.6931, m[:, 1:]), "."),
        (
            lambda z, t, m: kept(z[:, :-1].softmax(-1).gather(-1, t[:, 1:, None])[..., 0].log1p(), m[:, 1:]),
            ".",
        ),
    ],
    "check_grpo_step": [
        (loop(before=False), "added to"),
        (forgets_to_step, "did not move"),
        (loop(clip=0), "not clipped"),
        (loop(sign=-1), "wrong way"),
        (loop(weigh=lambda r, g: r), "as they are"),
        (loop(weigh=lambda r, g: torch.ones_like(r)), "SFT on own"),
        (loop(weigh=lambda r, g: (r - r.mean()) / (r.std() + 1e-4)), "whole batch"),
        (loop(weigh=lambda r, g: group_by_group(r, g).relu()), "worse ones"),
        (loop(of=lambda w, lp, m: (w * lp).mean()), "Places behind the end"),
        (loop(of=lambda w, lp, m: kept(w * lp, m).sum() / len(w)), "number of answers"),
        (loop(of=lambda w, lp, m: (w * lp)[m].sum()), "sum over tokens"),
        (loop(returns=lambda r: r.sum().item()), "is right, but it returns"),
        (loop(weigh=by(lambda x: (x - x.mean()) / x.std())), "became NaN"),
        (says_nothing, "returned None"),
        (never_asks, "Nothing was sampled"),
        (loop(evaluated=old_logp), "did not move"),
        (asks_twice, "sampled twice"),
        (mixes_batches, "sampled twice"),
        (lambda p, s, rng, o: loop()(p, s, Rng([0]), o), "`rng` that was given"),
        (loop(of=lambda w, lp, m: (w * lp * m)[..., :-1].sum() / m[..., :-1].sum()), "last place"),
        (loop(of=lambda w, lp, m: ((w * lp * m).sum(-1) / m.sum(-1)).mean()), "average each answer first"),
        (loop(of=lambda w, lp, m: (w * lp * m).mean()), "all places"),
        (loop(weigh=by(lambda x: x - x.mean())), "by the group's deviation"),
        (loop(weigh=by(lambda x: (x - x.mean()) / (x.std(correction=0) + 1e-4))), "n - 1"),
        (loop(weigh=lambda r, g: group_by_group(r, g).abs()), "sign of the advantage is gone"),
        (loop(of=lambda w, lp, m: (w * lp.exp())[m].mean()), "Probabilities were weighed"),
        (loop(clip="values"), "Each number"),
        (loop(moves=2), "stepped twice"),
        (loop(clip=10.0), "Look first at|was not clipped"),  # by how long the gradient is
        (loop(weigh=group_by_group, of=lambda w, lp, m: (w * lp)[m].mean() * 3), "Look first at"),
        (takes_the_empty_advantage, "`batch.advantage` is empty"),
        (loop(evaluated=lambda p, b: p.evaluate(b.obs, b.action).logp.detach()), "No gradient flows"),
        (clips_too_early, "no gradient when you clipped"),
        (loop(before=None), "did not move"),
        (loop(weigh=lambda r, g: r - r.mean()), "."),
    ],
    "check_leash": [
        (lambda p, r, m: (p - r)[m].mean(), "mean log ratio"),
        (lambda p, r, m: k3_by_expm1(torch.where(m, r, 0.0), torch.where(m, p, 0.0), m), "upside down"),
        (lambda p, r, m: ((r - p)[m].exp() - (r - p)[m]).mean(), "Take 1 off"),
        (lambda p, r, m: ((r - p)[m].exp() + (r - p)[m] - 1).mean(), "minus. log r"),
        (lambda p, r, m: -k3_chosen(p, r, m), "sign"),
        (lambda p, r, m: ((r - p).exp() - (r - p) - 1).mean(), "Padding"),
        (lambda p, r, m: (((r - p).exp() - (r - p) - 1) * m).sum() / m.sum(), "."),
        (
            lambda p, r, m: kept(((r - p)[m].exp() - (r - p)[m] - 1).sum(), torch.tensor(True)) / m.numel(),
            "all places",
        ),
        (lambda p, r, m: k3_chosen(p, r, m) * m.sum(), "sum over tokens"),
        (lambda p, r, m: ((r - p)[m] ** 2).mean() / 2, "half the square"),
        (lambda p, r, m: (r - p)[m].abs().mean(), "Absolute"),
        (lambda p, r, m: k3_chosen(p.detach(), r, m), "gradient"),
        (lambda p, r, m: k3_chosen(p, r, m).item(), "gradient|number"),
        (lambda p, r, m: kept((r - p).exp() - (r - p) - 1, m).sum() / m.sum(), "its gradient is NaN"),
        (
            lambda p, r, m: (
                (torch.nan_to_num((r - p).exp() - (r - p) - 1, posinf=0, neginf=0) * m).sum() / m.sum()
            ),
            "gradient",
        ),
        (lambda p, r, m: k3_sums((r - p) * m)[0].sum() / m.sum(), "multiplied by the mask"),
        (lambda p, r, m: k3_sums(kept(r - p, m).clamp(-5, 5))[0].sum() / m.sum(), "clamped"),
        (lambda p, r, m: k3_sums(kept(r - p, m).clamp(-3, 3))[0].sum() / m.sum(), "."),
        (lambda p, r, m: (k3_sums(kept(r - p, m))[1] / m.sum(1)).mean(), "averaged first"),
        (lambda p, r, m: k3_sums(kept(r - p, m))[1].mean(), "number of tokens"),
        (lambda p, r, m: (p.exp() * (p - r))[m].mean(), "."),
        (lambda p, r, m: ((r - p)[m].exp() - 1).mean(), "."),
    ],
    "check_harder_to_game": [
        (lambda p, a: sentiment(p, a), "still earn as much"),
        (less(lambda one: not one.isascii()), "smiles made of signs"),
        (less(lambda one: "." not in one and one.isascii()), "."),
        (less(repeated), "different. smiles still pays"),
        (less(lambda one: one.count("😊") > 2), "that you had seen"),
        (less(lambda one: "love joy wonderful" in one), "that you had seen"),
        (less(lambda one: ":)" in one), "that you had seen"),
        (less(lambda one: small_words(one) < 1), "the :\\) :\\) :\\)"),
        (less(lambda one: share_of_letters(one) < 0.9), "Smiles are caught"),
        (lambda p, a: [len(one) / 100 for one in a], "."),
        (lambda p, a: [-len(one) for one in a], "."),
        (lambda p, a: [0.5 for _ in a], "no more than any other"),
        (
            lambda p, a: [min(one, 0.8) for one in sentiment(p, a)],
            "^Not yet: a good answer over a row of smiles; nor",
        ),
        (lambda p, a: plain_words_earn_nothing(p, a)[:3], "8 answers came in and 3 scores came out"),
        (lambda p, a: plain_words_earn_nothing(p, a)[:1], "8 answers came in and 1 score came out"),
        (lambda p, a: [str(one) for one in plain_words_earn_nothing(p, a)], "a text"),
        (less(lambda one: not one.isascii() or not different(one)), "different. happy words"),
        (
            less(lambda one: not one.isascii() or not different(one) or share_of_letters(one) < 0.8),
            "happy words",
        ),
        (less(lambda one: not one.endswith(".")), "full stop"),
        (without_a_guard, "empty answer stopped it"),
        (standardised, "by itself"),
        (ranked, "by itself"),
        (emptied, "changed its input"),
        (with_luck, "Asked twice"),
        (lambda p, a: 0.5, "one score for each answer"),
        (lambda p, a: [float("inf") for _ in a], "finite"),
        (lambda p, a: [float("nan") for _ in a], "finite"),
    ],
}
