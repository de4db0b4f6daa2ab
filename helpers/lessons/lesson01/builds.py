"""What learners build in lesson 01, as the course builds it, and what the lesson then measures with either.

Plain torch, one seed at a time; chance comes from torch's own generator, so `torch.manual_seed` repeats a run.
"""

from collections.abc import Callable, Sequence

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.core import train
from helpers.lessons.lesson01.experiment import arms_on_a_leash
from helpers.lessons.lesson01.settings import problem
from helpers.worlds.bandits import gradient_moments, probabilities, total_variation


def row(p: Float[Tensor, "actions"], action: int) -> Float[Tensor, "actions"]:
    """The gradient of log p[action] on the logits: one at the action, less p."""
    return torch.eye(len(p))[action] - p


def kl(p: Float[Tensor, "actions"], q: Float[Tensor, "actions"]) -> Float[Tensor, ""]:
    """KL(p || q) in nats: what p never takes adds nothing, and what only q never takes makes it infinite."""
    there = p > 0
    return (p[there] * (p[there].log() - q[there].log())).sum()


def exact_gradient(p: Float[Tensor, "actions"], reward: Float[Tensor, "actions"]) -> Float[Tensor, "actions"]:
    """The gradient of the expected reward on the logits: p times how much better than the policy's mean."""
    return p * (reward - (p * reward).sum())


def sampled_gradient(
    p: Float[Tensor, "actions"], reward: Float[Tensor, "actions"], episodes: int, baseline: float
) -> Float[Tensor, "actions"]:
    """The same, guessed from `episodes` actions drawn from p, each weighed by its reward less the baseline."""
    action = torch.multinomial(p, episodes, replacement=True)
    advantage = reward[action] - baseline
    rows = torch.eye(len(p))[action] - p
    return (advantage[:, None] * rows).mean(0)


def leashed_run(
    reference: Float[Tensor, "actions"],
    reward: Float[Tensor, "actions"],
    beta: float,
    steps: int = 400,
    lr: float = 1.0,
    episodes: int = 16,
) -> Float[Tensor, "steps_and_start actions"]:
    """RL that pays `beta` for each nat away from the reference: the policy at the start and after each step."""
    logits, path = reference.log(), [reference]
    for _ in range(steps):
        p = logits.softmax(0)
        action = torch.multinomial(p, episodes, replacement=True)
        score = reward[action] - beta * (p / reference).log()[action]
        advantage = score - score.mean()
        rows = torch.eye(len(p))[action] - p
        logits = logits + lr * (advantage[:, None] * rows).mean(0)
        path.append(logits.softmax(0))
    return torch.stack(path)


def scatter(
    guess: Callable,
    exact: Callable,
    p: Tensor,
    lines: dict[str, tuple[Tensor, float]],
    *,
    batches: Sequence[int] = (1, 4, 16, 64),
    repeats: int = 400,
) -> pd.DataFrame:
    """How far guesses lie from the exact gradient (root mean square), and theory's value: a row for each batch size.

    guess, exact: what was built, or the course's. lines: name -> the rewards, and what is subtracted from each.
    """
    rows = []
    for name, (reward, baseline) in lines.items():
        _, variance = gradient_moments(p, p, reward - baseline)
        for batch in batches:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(batch)
                guesses = torch.stack([guess(p, reward, batch, baseline) for _ in range(repeats)])
            off = (guesses - exact(p, reward)).square().sum(1).mean().sqrt()
            rows.append((name, batch, float(off), float((variance / batch).sqrt())))
    return pd.DataFrame(rows, columns=["method", "batch", "value", "theory"])


def to_the_target(run: Callable, at, beta: float, *, seeds: Sequence[int], steps: int = 400) -> pd.DataFrame:
    """How far from the Boltzmann policy a built run is at each step: rows step, seed, value."""
    target, frames = at.target(beta), []
    for seed in seeds:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            path = torch.stack(tuple(run(at.start, at.rewards, beta, steps)))
        away = total_variation(path.detach(), target).tolist()
        frames.append(pd.DataFrame({"step": range(len(away)), "seed": seed, "value": away}))
    return pd.concat(frames, ignore_index=True)


def landing(
    run: Callable, at, beta: float, *, steps: int, lr: float, episodes: int, seeds: Sequence[int]
) -> pd.DataFrame:
    """The same of a built run and of the course's two arms at rate `lr`: with the column method."""
    frames = [to_the_target(run, at, beta, seeds=seeds, steps=steps).assign(method="RL, leash, built")]
    few, target = problem(seeds), at.target(beta)
    probe = {"away": lambda policy: total_variation(probabilities(policy), target)}
    for name, arm in arms_on_a_leash(few, beta, episodes).items():
        made = train(few.beginner(), *arm, steps=steps, lr=lr, probes=probe, probe_every=max(1, steps // 100))
        rows = made.history[made.history.metric == "away"]
        frames.append(rows[["step", "seed", "value"]].assign(method=name))
    return pd.concat(frames, ignore_index=True)
