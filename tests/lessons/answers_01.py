"""Lesson 01: right answers written differently, and wrong ones, each with the hint that it must get."""

import math

import numpy as np
import torch

from helpers.lessons.lesson01.builds import exact_gradient, leashed_run, sampled_gradient
from helpers.worlds.bandits import boltzmann_policy

# The row of one action


def row_by_autograd(p, action):
    logits = p.log().requires_grad_()
    logits.log_softmax(-1)[action].backward()
    return logits.grad


def row_in_place(p, action):
    row = -p.clone()
    row[action] += 1
    return row


def one_hot(p, action):
    return torch.nn.functional.one_hot(torch.as_tensor(action), len(p)).float()


def row_changes_p(p, action):
    p[action] -= 1
    return -p


# The exact gradient


def exact_by_autograd(p, reward):
    logits = p.log().requires_grad_()
    (logits.softmax(0) * reward).sum().backward()
    return logits.grad


def exact_by_matrix(p, reward):
    return (torch.diag(p) - torch.outer(p, p)) @ reward


def exact_in_a_loop(p, reward):
    total = sum(float(a) * float(b) for a, b in zip(p, reward, strict=True))
    return torch.tensor([float(a) * (float(b) - total) for a, b in zip(p, reward, strict=True)])


def exact_from_rows(p, reward):
    return ((p * reward)[:, None] * (torch.eye(len(p)) - p)).sum(0)


# The Boltzmann policy


def boltzmann_in_numpy(reference, reward, beta):
    with np.errstate(over="ignore", invalid="ignore"):
        weight = reference.numpy() * np.exp(reward.numpy() / beta)
        return weight / weight.sum()


def boltzmann_guarded_in_numpy(reference, reward, beta):
    weight = reference.numpy() * np.exp((reward - reward.max()).numpy() / beta)
    return weight / weight.sum()


def boltzmann_by_logsumexp(reference, reward, beta):
    score = reference.log() + reward / beta
    return (score - score.logsumexp(0)).exp()


def boltzmann_in_a_loop(reference, reward, beta):
    weight = [float(p) * math.exp(float(r) / beta) for p, r in zip(reference, reward, strict=True)]
    return torch.tensor([one / sum(weight) for one in weight])


# KL


def kl_where_p(p, q):
    there = p > 0
    return (p[there] * (p[there].log() - q[there].log())).sum()


def kl_in_a_loop(p, q):
    total = 0.0
    for a, b in zip(p.tolist(), q.tolist(), strict=True):
        if a > 0:
            total += a * math.log(a / b) if b > 0 else math.inf
    return total


def kl_by_torch(p, q):
    return torch.nn.functional.kl_div(q.log()[p > 0], p[p > 0], reduction="sum")


def kl_of_distributions(p, q):
    one, other = (torch.distributions.Categorical(probs=probs) for probs in (p, q))
    return torch.distributions.kl_divergence(one, other)


def kl_as_two_means(p, q):
    return torch.special.xlogy(p, p).sum() - torch.where(p > 0, p * q.log(), 0.0).sum()


# A gradient from samples


def sampled_by_autograd(p, reward, episodes, baseline):
    logits = p.log().requires_grad_()
    chances = torch.distributions.Categorical(logits=logits)
    action = chances.sample((episodes,))
    ((reward[action] - baseline) * chances.log_prob(action)).mean().backward()
    return logits.grad


def sampled_by_counts(p, reward, episodes, baseline):
    action = torch.multinomial(p, episodes, replacement=True)
    total = torch.zeros_like(p).index_add_(0, action, reward[action] - baseline)
    return (total - (reward[action] - baseline).sum() * p) / episodes


def sampled_by_gumbel(p, reward, episodes, baseline):
    action = (p.log() - torch.empty(episodes, len(p)).exponential_().log()).argmax(1)
    rows = torch.eye(len(p))[action] - p
    return ((reward - baseline)[action] @ rows) / episodes


def sampled_with(
    p, reward, episodes, baseline, *, draw=None, weigh=lambda a, r, b: r[a] - b, row=None, end=None
):
    action = torch.multinomial(p if draw is None else draw(p), episodes, replacement=True)
    rows = torch.eye(len(p))[action] - p if row is None else row(p, action)
    each = weigh(action, reward, baseline)[:, None] * rows
    return each.mean(0) if end is None else end(each)


# A run on a leash


def leashed_by_autograd(reference, reward, beta, steps=400, lr=1.0, episodes=16):
    logits = reference.log().requires_grad_()
    path = [reference]
    for _ in range(steps):
        logp = logits.log_softmax(0)
        action = torch.multinomial(logp.exp().detach(), episodes, replacement=True)
        score = (reward - beta * (logp - reference.log())).detach()[action]
        (gradient,) = torch.autograd.grad(((score - score.mean()) * logp[action]).mean(), logits)
        logits = (logits + lr * gradient).detach().requires_grad_()
        path.append(logits.detach().softmax(0))
    return torch.stack(path)


def leashed_by_sgd(reference, reward, beta, steps=400, lr=1.0, episodes=16):
    logits = torch.nn.Parameter(reference.log())
    descent, path = torch.optim.SGD([logits], lr=lr), [reference]
    for _ in range(steps):
        policy = torch.distributions.Categorical(logits=logits)
        action = policy.sample((episodes,))
        score = reward[action] - beta * (policy.log_prob(action).detach() - reference.log()[action])
        loss = -((score - score.mean()) * policy.log_prob(action)).mean()
        descent.zero_grad()
        loss.backward()
        descent.step()
        path.append(logits.detach().softmax(0))
    return path


def leashed_without_p_in_rows(reference, reward, beta, steps=400, lr=1.0, episodes=16):
    logits, path = reference.log(), torch.empty(steps + 1, len(reference))
    path[0] = reference
    for step in range(steps):
        p = logits.softmax(0)
        action = torch.multinomial(p, episodes, replacement=True)
        score = reward[action] - beta * torch.log(p[action] / reference[action])
        up = torch.zeros(len(p)).index_add_(0, action, score - score.mean())
        logits = logits + lr * up / episodes
        path[step + 1] = logits.softmax(0)
    return path


def leashed_undetached(reference, reward, beta, steps=400, lr=1.0, episodes=16):
    logits, path = reference.log().requires_grad_(), [reference]
    for _ in range(steps):
        logp = logits.log_softmax(0)
        action = torch.multinomial(logp.exp().detach(), episodes, replacement=True)
        score = (reward - beta * (logp - reference.log()))[action]
        (gradient,) = torch.autograd.grad(((score - score.mean()) * logp[action]).mean(), logits)
        logits = (logits + lr * gradient).detach().requires_grad_()
        path.append(logits.detach().softmax(0))
    return torch.stack(path)


def leashed_by_adam(reference, reward, beta, steps=400, lr=1.0, episodes=16):
    logits = torch.nn.Parameter(reference.log())
    adam, path = torch.optim.Adam([logits], lr=lr), [reference]
    for _ in range(steps):
        policy = torch.distributions.Categorical(logits=logits)
        action = policy.sample((episodes,))
        score = (reward[action] - beta * (policy.log_prob(action) - reference.log()[action])).detach()
        adam.zero_grad()
        (-((score - score.mean()) * policy.log_prob(action)).mean()).backward()
        adam.step()
        path.append(logits.detach().softmax(0))
    return path


def leashed_and_renormalised(reference, reward, beta, steps=400, lr=1.0, episodes=16):
    p, path = reference, [reference]
    for _ in range(steps):
        action = torch.multinomial(p, episodes, replacement=True)
        score = reward[action] - beta * (p / reference).log()[action]
        step = ((score - score.mean())[:, None] * (torch.eye(len(p))[action] - p)).mean(0)
        p = (p + lr * step).clamp(min=1e-4)
        p = p / p.sum()
        path.append(p)
    return torch.stack(path)


def leashed_priced_late(reference, reward, beta, steps=400, lr=1.0, episodes=16):
    logits, path = reference.log(), [reference]
    for _ in range(steps):
        p = logits.softmax(0)
        action = torch.multinomial(p, episodes, replacement=True)
        paid = reward[action] - reward[action].mean()
        weight = paid - beta * (p / reference).log()[action]
        logits = logits + lr * (weight[:, None] * (torch.eye(len(p))[action] - p)).mean(0)
        path.append(logits.softmax(0))
    return torch.stack(path)


def leashed_with(
    reference, reward, beta, steps=400, lr=1.0, episodes=16, *, score=None, weigh=None, go=None, draw=None
):
    price = lambda p: reward - beta * (p / reference).log()
    score, weigh = score or (lambda p, *_: price(p)), weigh or (lambda s: s - s.mean())
    logits, path = reference.log(), [reference]
    for _ in range(steps):
        p = logits.softmax(0)
        action = torch.multinomial(p if draw is None else draw(p, reference), episodes, replacement=True)
        advantage = weigh(score(p, reference, reward, beta)[action])
        gradient = (advantage[:, None] * (torch.eye(len(p))[action] - p)).mean(0)
        logits = logits + lr * gradient if go is None else go(logits, lr, gradient, advantage)
        path.append(logits.softmax(0))
    return torch.stack(path)


def leashed_kept_before(*inputs):
    path = leashed_with(*inputs)
    return torch.cat([path[:1], path[:-1]])


def leashed_kept_before_each(reference, reward, beta, steps=400, lr=1.0, episodes=16):
    logits, kept = reference.log(), [reference]
    for _ in range(steps):
        p = logits.softmax(0)
        action = torch.multinomial(p, episodes, replacement=True)
        score = reward[action] - beta * (p / reference).log()[action]
        logits = logits + lr * ((score - score.mean())[:, None] * (torch.eye(len(p))[action] - p)).mean(0)
        kept.append(p)
    return torch.stack(kept)


def leashed_into_the_reference(reference, *rest):
    return leashed_with(reference.log_(), *rest)


def scored(score):
    return lambda *inputs: leashed_with(*inputs, score=score)


def leashed_exactly(reference, reward, beta, steps=400, lr=1.0, episodes=16):
    logits, path = reference.log(), [reference]
    for _ in range(steps):
        p = logits.softmax(0)
        score = reward - beta * (p / reference).log()
        logits = logits + lr * p * (score - (p * score).sum())
        path.append(logits.softmax(0))
    return torch.stack(path)


def leashed_on_probabilities(reference, reward, beta, steps=400, lr=1.0, episodes=16):
    p, path = reference.clone(), [reference]
    for _ in range(steps):
        action = torch.multinomial(p.clamp(min=1e-6), episodes, replacement=True)
        score = reward[action] - beta * (p / reference).log()[action]
        p = p + 0.1 * lr * torch.zeros_like(p).index_add_(0, action, score) / episodes
        path.append(p)
    return torch.stack(path)


def boltzmann_at_once(reference, reward, beta, steps=400, lr=1.0, episodes=16):
    end = boltzmann_policy(reference, reward, beta)
    return torch.stack([reference, *[end if lr else reference] * steps])


RIGHT = {
    "check_row": [
        row_by_autograd,
        row_in_place,
        lambda p, a: one_hot(p, a) - p,
        lambda p, a: row_in_place(p, a).double(),
    ],
    "check_exact_gradient": [exact_by_autograd, exact_by_matrix, exact_in_a_loop, exact_from_rows],
    "check_boltzmann": [
        boltzmann_by_logsumexp,
        boltzmann_in_a_loop,
        lambda ref, r, beta: torch.softmax(ref.log() + r / beta, 0),
    ],
    "check_kl": [kl_where_p, kl_in_a_loop, kl_by_torch, kl_as_two_means, kl_of_distributions],
    "check_sampled_gradient": [sampled_by_autograd, sampled_by_counts, sampled_by_gumbel, sampled_with],
    "check_leashed_run": [leashed_by_autograd, leashed_by_sgd, leashed_without_p_in_rows, leashed_with],
}


WRONG = {
    "check_row": [
        (lambda p, a: -row_by_autograd(p, a), "downhill"),
        (lambda p, a: one_hot(p, a), "lowers the probability of all others"),
        (lambda p, a: row_by_autograd(p, a) * p[a], "not of log p"),
        (lambda p, a: one_hot(p, a) - p * one_hot(p, a), "at the action only"),
        (lambda p, a: one_hot(p, a) / p, "1 / p at the action"),
        (lambda p, a: torch.where(one_hot(p, a) == 1, 1, -p), "own entry is 1"),
        (lambda p, a: p * row_in_place(p, a), "Nothing stands before the bracket"),
        (lambda p, a: row_in_place(p, a).tolist(), "a list|return a tensor"),
        (lambda p, a: one_hot(p, a) - p[a], "its own probability"),
        (lambda p, a: torch.eye(len(p))[a - 1] - p, "count from 0"),
        (lambda p, a: one_hot(p, a) - 1 / len(p), "uniform"),
        (lambda p, a: row_by_autograd(p, a)[a], r"shape is \(\)"),
        (lambda p, a: row_by_autograd(p, a)[None], "shape"),
        (lambda p, a: p.log()[a], r"shape is \(\)"),
        (lambda p, a: row_by_autograd(p, a).round().long(), "expected"),
        (row_changes_p, "changed its input"),
        (lambda p, a: (p == p[a]).float() - p, "which p it has"),
        (lambda p, a: torch.where(p == p[a], 1 - p, -p), "which p it has"),
        (lambda p, a: 1 - p, "Every entry has a one"),
        (lambda p, a: np.eye(len(p), dtype=np.float32)[a] - p.numpy(), "return a tensor"),
        (lambda p, a: torch.tensor([-0.1, -0.2, 0.7, -0.4])[: len(p)], "expected"),
    ],
    "check_exact_gradient": [
        (lambda p, r: p * (r - r.mean()), "equal weights"),
        (lambda p, r: p * r, "mean reward is missing"),
        (lambda p, r: p * (r - (p * r).mean()), "do not divide once more"),
        (lambda p, r: r - r * p, r"times \(1 - p\)"),
        (lambda p, r: r - p @ r, "factor p is missing"),
        (lambda p, r: -exact_by_autograd(p, r), "less reward"),
        (lambda p, r: r, "on the probabilities"),
        (lambda p, r: p @ r, "expected reward"),
        (lambda p, r: p * (1 - p) * r, "other actions"),
        (lambda p, r: p**2 * (r - p @ r), "twice"),
        (lambda p, r: exact_by_matrix(p, r) / len(p), "number of actions"),
        (lambda p, r: p * r - p @ r, "whole bracket"),
        (lambda p, r: p * (r - 0.5), "expected"),
        (lambda p, r: exact_by_matrix(p, r)[None], "shape"),
        (lambda p, r: p * (r - r.max()), "highest reward"),
        (lambda p, r: p * (r - p.sum()), "sum of p, which is 1"),
        (lambda p, r: p * (r - sum(r)), "sum of the rewards"),
        (lambda p, r: exact_gradient(p, r).numpy(), "return a tensor"),
    ],
    "check_boltzmann": [
        (lambda ref, r, beta: boltzmann_by_logsumexp(ref, r, 1 / beta), "divide"),
        (lambda ref, r, beta: torch.softmax(r / beta, 0), "reference is missing"),
        (boltzmann_in_numpy, "overflows"),
        (boltzmann_guarded_in_numpy, "return a tensor"),
        (lambda ref, r, beta: ref * torch.softmax(r / beta, 0), "came after the softmax"),
        (
            lambda ref, r, beta: ref * boltzmann_by_logsumexp(torch.ones_like(r) / len(r), r, beta),
            "does not add up to 1",
        ),
        (lambda ref, r, beta: ref * torch.exp(r / beta) / (ref * torch.exp(r / beta)).sum(), "overflows"),
        (lambda ref, r, beta: ref * torch.exp(r / beta), "add up to 1"),
        (lambda ref, r, beta: torch.softmax(ref + r / beta, 0), "adding its logarithm"),
        (lambda ref, r, beta: boltzmann_by_logsumexp(ref, -r, beta), "sign of the reward"),
        (lambda ref, r, beta: boltzmann_by_logsumexp(ref, r, 1.0), "Beta is missing"),
        (lambda ref, r, beta: boltzmann_by_logsumexp(ref, r, beta).log(), "logarithms of the policy"),
        (lambda ref, r, beta: torch.softmax((ref.log() + r) / beta, 0), "divided by beta, too"),
        (lambda ref, r, beta: ref * r / (ref * r).sum(), "exponential"),
        (lambda ref, r, beta: ref, "expected"),
        (lambda ref, r, beta: torch.eye(len(r))[r.argmax()], "expected"),
        (lambda ref, r, beta: torch.softmax(ref.clamp(min=0.2).log() + r / beta, 0), "expected"),
        (lambda ref, r, beta: boltzmann_by_logsumexp(ref, r, beta).max(), "shape"),
    ],
    "check_kl": [
        (lambda p, q: kl_where_p(q, p), "wrong way round. The mean is taken"),
        (lambda p, q: (q * torch.log(q / p)).sum(), "wrong way round"),
        (lambda p, q: torch.special.xlogy(q, q / p).sum(), "wrong way round"),
        (lambda p, q: torch.nn.functional.kl_div(p.log(), q, reduction="sum"), "wrong way round"),
        (lambda p, q: torch.nn.functional.kl_div(q.log(), p, reduction="sum"), "before anything is divided"),
        (lambda p, q: -kl_where_p(p, q), "never negative"),
        (lambda p, q: kl_where_p(p, q) / np.log(2), "bits"),
        (lambda p, q: (p * torch.log(p / q)).sum(), "NaN"),
        (lambda p, q: torch.special.xlogy(p, p / q).sum(), "neither takes"),
        (lambda p, q: (p * ((p + 1e-8).log() - (q + 1e-8).log())).sum(), "hides an infinity"),
        (lambda p, q: torch.nan_to_num(kl_where_p(p, q), posinf=0.0), "hides an infinity"),
        (lambda p, q: kl_where_p(torch.where(q > 0, p, 0.0), q), "hides an infinity"),
        (lambda p, q: torch.where(p > 0, (p / q).log(), 0.0).mean(), "weights are missing"),
        (lambda p, q: -torch.where(p > 0, p * q.log(), 0.0).sum(), "cross-entropy"),
        (lambda p, q: kl_where_p(p, q) / len(p), "number of actions"),
        (lambda p, q: torch.where(p > 0, p * (p / q).log(), 0.0), "Add them up"),
        (lambda p, q: (p - q).abs().sum() / 2, "expected"),
        (lambda p, q: kl_where_p(p, q).clamp(max=100), "hides an infinity"),
        (lambda p, q: torch.nan_to_num(kl_where_p(p, q)), "hides an infinity"),
        (lambda p, q: (p * ((p + 1e-12) / (q + 1e-12)).log()).sum(), "hides an infinity"),
        (lambda p, q: kl_where_p(p, q.clamp(min=1e-6)), "hides an infinity"),
        (lambda p, q: (kl_where_p(p, q) + kl_where_p(q, p)) / 2, "expected"),
    ],
    "check_sampled_gradient": [
        (lambda p, r, n, b: sampled_by_counts(p, r, n, 0.0), "baseline is missing"),
        (lambda p, r, n, b: sampled_with(p, r, n, b, weigh=lambda a, r, b: r[a] - r[a].mean()), "own mean"),
        (lambda p, r, n, b: sampled_with(p, r, n, float(p @ r)), "handed in was not used"),
        (lambda p, r, n, b: -sampled_by_counts(p, r, n, b), "less likely"),
        (lambda p, r, n, b: sampled_with(p, r, n, b).numpy(), "returns a tensor"),
        (lambda p, r, n, b: n * sampled_by_counts(p, r, n, b), "Take the mean"),
        (lambda p, r, n, b: sampled_with(p, r, n, b, row=lambda p, a: torch.eye(len(p))[a]), "less p"),
        (lambda p, r, n, b: sampled_with(p, r, n, b, draw=torch.ones_like), "not from p"),
        (lambda p, r, n, b: sampled_with(p, r, n, b, weigh=lambda a, r, b: p[a] * (r[a] - b)), "once more"),
        (lambda p, r, n, b: sampled_with(p, r, n, b, weigh=lambda a, r, b: (r[a] - b) / p[a]), "undoes"),
        (lambda p, r, n, b: sampled_with(p, r, n, b, weigh=lambda a, r, b: torch.ones(n)), "null arm"),
        (lambda p, r, n, b: sampled_by_counts(p, r, 1, b), "no better"),
        (lambda p, r, n, b: sampled_by_counts(p, r, n, -b), "added"),
        (
            lambda p, r, n, b: sampled_with(p, r, n, b, weigh=lambda a, r, b: (r[a] - b).mean().expand(n)),
            "Two means",
        ),
        (lambda p, r, n, b: sampled_with(p, r, n, b, end=lambda each: each.sum(0) / (n - 1)), "- 1"),
        (lambda p, r, n, b: exact_gradient(p, r), "nothing was drawn"),
        (lambda p, r, n, b: torch.zeros_like(p), "nothing was drawn"),
        (
            lambda p, r, n, b: sampled_with(p, r, n, b, draw=lambda p: torch.eye(len(p))[p.argmax()]),
            "nothing was drawn",
        ),
        (lambda p, r, n, b: sampled_with(p, r, n, b, end=lambda each: each), "shape"),
        (lambda p, r, n, b: sampled_with(p, r, n, b, end=lambda each: each.mean()), "shape"),
        (lambda p, r, n, b: sampled_gradient(p, r, n, b).tolist(), "returns a tensor"),
        (lambda p, r, n, b: sampled_with(p, r, n, b, draw=lambda p: p.flip(0)), "expected"),
    ],
    "check_leashed_run": [
        (scored(lambda p, ref, r, beta: r), "without a leash"),
        (scored(lambda p, ref, r, beta: r + beta * (p / ref).log()), "without a leash"),
        (scored(lambda p, ref, r, beta: r - beta * (p * (p / ref).log()).sum()), "goes with the mean"),
        (leashed_kept_before, "after\\* each step"),
        (leashed_kept_before_each, "after\\* each step"),
        (leashed_into_the_reference, "changed its input"),
        (scored(lambda p, ref, r, beta: r - beta * p.log()), "reference is missing"),
        (scored(lambda p, ref, r, beta: r - (p / ref).log() / beta), "divided by beta"),
        (scored(lambda p, ref, r, beta: r - (p / ref).log()), "Beta is missing"),
        (scored(lambda p, ref, r, beta: r - beta * p / ref), "no logarithm"),
        (scored(lambda p, ref, r, beta: r - beta * (p - ref)), "that of their logarithms"),
        (lambda *inputs: leashed_with(*inputs, draw=lambda p, ref: ref), "policy's own"),
        (lambda *inputs: leashed_with(*inputs, weigh=lambda s: s), "cannot come to rest"),
        (lambda *inputs: leashed_with(*inputs, weigh=lambda s: s.mean() - s), "downhill"),
        (
            lambda *inputs: leashed_with(*inputs, weigh=lambda s: (s - s.mean()) / (s.std() + 1e-4)),
            "standard deviation",
        ),
        (
            lambda *inputs: leashed_with(*inputs, weigh=lambda s: (s - s.mean()) / s.std()),
            "NaN|standard deviation",
        ),
        (lambda *inputs: leashed_with(*inputs, weigh=lambda s: len(s) * (s - s.mean())), "leaps|sum over"),
        (lambda *inputs: leashed_with(*inputs, go=lambda logits, lr, g, a: logits), "never moved"),
        (lambda *inputs: leashed_with(*inputs, go=lambda logits, lr, g, a: logits + g), "lr = 0"),
        (lambda *inputs: leashed_with(*inputs)[1:], "before any step"),
        (lambda *inputs: leashed_with(*inputs)[-1], "shape"),
        (lambda *inputs: leashed_with(*inputs).log(), "add up to 1"),
        (leashed_exactly, "nothing was drawn"),
        (leashed_undetached, "detach it"),
        (leashed_by_adam, "not Adam's"),
        (leashed_and_renormalised, "added to the probabilities"),
        (lambda *inputs: leashed_run(*inputs[:5], 16), "`episodes` makes no difference"),
        (leashed_priced_late, "subtracted after the mean"),
        (boltzmann_at_once, "nothing was drawn|leaps"),
        (leashed_on_probabilities, "add up to 1|NaN|stopped|lr = 0"),
        (lambda *inputs: leashed_run(*inputs).numpy(), "returns a tensor"),
    ],
}
