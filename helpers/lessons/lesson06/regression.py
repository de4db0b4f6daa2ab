"""Linear tasks in a prompt: ridge, one step of descent, and layers of linear attention that are trained on such tasks.

A task has weights of its own, standard normal; a prompt holds questions x with noisy answers y, and one more question.
A layer (von Oswald et al. 2022) reads tokens, a question with its answer each, and weighs them by how alike each is to
the query.
"""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.checked import whole
from helpers.core import Rng, Stream
from helpers.core.adam import Adam

NOISE = 0.5  # of answers, a standard deviation
FEATURES, EXAMPLES, TASKS = 4, 12, 64
SMALL = 0.1  # of weights before training, a standard deviation
ERROR, TRAINED, EXACT = "squared error", "trained layers", "one step, exact"
SCALES = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)  # of the inputs, in units of training's


def attend(
    layer: Mapping[str, Tensor],
    x: Float[Tensor, "seed task example feature"],
    y: Float[Tensor, "seed task example"],
    query: Float[Tensor, "seed task feature"],
) -> Float[Tensor, "seed task"]:
    """What each seed's layer says of a query: what it takes of each token, weighed by how alike the two are."""
    token = torch.cat([x, y[..., None]], -1)
    alike = ((token @ layer["alike"][:, None]) * query[:, :, None]).sum(-1)
    return (alike * (token @ layer["take"][:, None, :, None])[..., 0]).sum(-1)


def beginner(seeds: Sequence[int], features: int = FEATURES) -> dict[str, Tensor]:
    """The layer of each seed before training: small numbers, drawn by lot."""
    rng, more = Rng(seeds, Stream.WEIGHTS), features + 1
    return {"alike": SMALL * normal(rng, more, features), "take": SMALL * normal(rng, more)}


def taught(
    seeds: Sequence[int], *, steps: int = 400, lr: float = 0.03, every: int = 20
) -> tuple[dict, pd.DataFrame]:
    """Layers trained by SGD (Adam) on tasks of 12 examples that are new at each step, all seeds at once.

    Returns the layers and, every so many steps, their squared error on held-out tasks: a tidy frame.
    """
    layer = {name: part.requires_grad_() for name, part in beginner(seeds).items()}
    rng, adam, rows = Rng(seeds), Adam(layer.values(), lr=lr, fused=False), []
    for step in range(whole(steps, "steps") + 1):
        if step % every == 0 or step == steps:
            rows += _rows(TRAINED, seeds, error(layer, seeds), step=step)
        x, y, _ = prompts(rng, TASKS)
        loss = (attend(layer, x[:, :, :-1], y[..., :-1], x[:, :, -1]) - y[..., -1]).square().mean(-1)
        adam.zero_grad()
        loss.sum().backward()  # of seeds, which share nothing
        adam.step()
        adam.param_groups[0]["lr"] = lr * (1 - (step + 1) / (steps + 1))  # ever smaller, to come to rest
    return {name: part.detach() for name, part in layer.items()}, pd.DataFrame(rows)


@torch.no_grad()
def error(layer: Mapping[str, Tensor], seeds: Sequence[int], *, scale: float = 1.0) -> Float[Tensor, "seed"]:
    """Squared error on the question of held-out tasks, whose inputs are `scale` times as large as in training.

    It is that of the answer without its noise, divided by the square of the scale.
    """
    x, _, right, y = _held_out(seeds, scale)
    return (attend(layer, x[:, :, :-1], y, x[:, :, -1]) - right).square().mean(-1) / scale**2


def step_of(layer: Mapping[str, Tensor]) -> Float[Tensor, "seed feature feature"]:
    """What a layer makes of y x (x' query): the identity times a size, if it does one step of descent."""
    return layer["take"][:, -1, None, None] * layer["alike"][:, :-1]


def best_step(n: int, features: int = FEATURES) -> float:
    """The size of one step of descent with the least expected error: 1 / (n + d + 1 + noise^2), for n examples.

    Mahankali, Hashimoto and Ma 2023 show that no layer of linear attention does better than one such step.
    """
    return 1 / (n + features + 1 + NOISE**2)


def error_of_step(size: float, n: int, *, scale: float = 1.0, features: int = FEATURES) -> float:
    """The expected squared error of one step of that size, exactly, divided by the square of the inputs' scale.

    With S = sum x x' the weights after the step are off by w - size (S w + sum noise x); inputs of scale s have
    E S = n s^2 and E S^2 = n (n + d + 1) s^4.
    """
    squared = scale**2
    kept = 1 - 2 * size * n * squared + size**2 * n * (n + features + 1) * squared**2
    return features * (kept + size**2 * NOISE**2 * n * squared)


def beside_theory(layer, history: pd.DataFrame, seeds: Sequence[int]) -> dict[str, pd.DataFrame]:
    """Error against training step, and against the scale of the inputs: trained layers, one exact step, ridge."""
    size, some = best_step(EXAMPLES), list(seeds)[:1]
    ends = [history.step.min(), history.step.max()]
    rows = [row for step in ends for row in _others(size, some, 1.0, step=step)]
    far = []
    for scale in SCALES:
        far += _rows(TRAINED, seeds, error(layer, seeds, scale=scale), step=scale)
        far += _others(size, some, scale, step=scale)
        far += _rows("says 0", some, [float(FEATURES)], step=scale)
    return {
        "while it is trained": pd.concat([history, pd.DataFrame(rows)]),
        "on other inputs": pd.DataFrame(far),
    }


def _others(size, seeds, scale, **where):
    exact = error_of_step(size, EXAMPLES, scale=scale)
    x, noisy, right, _ = _held_out(seeds, scale)
    says = ridge(x[0], noisy[0])
    return [
        *_rows(EXACT, seeds, [exact], **where),
        *_rows("ridge", seeds, [float((says - right[0]).square().mean() / scale**2)], **where),
    ]


def _rows(method, seeds, values, **where):
    return [
        {"method": method, "seed": seed, "metric": ERROR, "value": float(value), **where}
        for seed, value in zip(seeds, values, strict=True)
    ]


def _held_out(seeds, scale, tasks=1000):
    """Tasks that no layer was trained on: questions, noisy answers, what is right of the last, examples' answers."""
    x, y, w = prompts(Rng(seeds, Stream.PROBES), tasks, scale=scale)
    return x, y, (x[:, :, -1] * w).sum(-1), y[..., :-1]


def normal(rng: Rng, *shape: int) -> Float[Tensor, "seed ..."]:
    """Standard normal numbers, from each seed's own generator."""
    return torch.stack([torch.randn(shape, generator=one) for one in rng.generators])


def prompts(
    rng: Rng, tasks: int, n: int = EXAMPLES, *, scale: float = 1.0, features: int = FEATURES
) -> tuple[Tensor, Tensor, Tensor]:
    """Linear tasks: questions x [seed, task, n + 1, feature], noisy answers y, and the weights; the last is asked."""
    x, w = scale * normal(rng, tasks, n + 1, features), normal(rng, tasks, features)
    return x, (x @ w[..., None])[..., 0] + NOISE * normal(rng, tasks, n + 1), w


def ridge(
    x: Float[Tensor, "*axes example feature"], y: Float[Tensor, "*axes example"]
) -> Float[Tensor, "*axes"]:
    """What ridge says of the last question: the best there is, where weights have variance 1 and noise is known."""
    seen, told = x[..., :-1, :], y[..., :-1, None]
    inner = seen.mT @ seen + NOISE**2 * torch.eye(x.shape[-1])
    return (x[..., -1, :] * torch.linalg.solve(inner, seen.mT @ told)[..., 0]).sum(-1)


def by_examples(one_step: Callable, *, scale: float = 1.0, most: int = 24) -> pd.DataFrame:
    """Squared error on a new question, by how many examples were seen, over 400 tasks: a tidy frame.

    one_step: `(x, y, query, size) -> number`, one step in a layer, its size best for training's inputs (scale 1); and
    ridge, which knows the noise. Inputs are `scale` times as large as in training; errors are divided by the square.
    """
    rows = []
    for n in range(2, most + 1, 2):
        x, y, w = (part[0] for part in prompts(Rng([n], Stream.PROBES), 400, n, scale=scale))
        right = (x[:, -1] * w).sum(-1)
        each = [float(one_step(a[:-1], b[:-1], a[-1], best_step(n))) for a, b in zip(x, y, strict=True)]
        says = {"one step in a layer": torch.tensor(each), "ridge": ridge(x, y), "says 0": 0 * right}
        for name, one in says.items():
            rows += _rows(name, [0], [(one - right).square().mean() / scale**2], step=n)
    return pd.DataFrame(rows)
