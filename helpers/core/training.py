"""The one training loop: SFT, RL and everything between are arguments of `train`.

It knows no concrete environment and no concrete loss. The data source says who chose the actions, the loss how they
are weighted.
"""

import contextlib
import json
import os
import signal
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from helpers.core.adam import adam, moments, set_moments
from helpers.core.progress import progress
from helpers.core.types import Batch, Rng


@dataclass
class Run:
    """A run of training, finished or interrupted.

    policy:   the trained policy.
    history:  one tidy frame with the columns step, seed, metric, value. `step` counts optimiser steps.
    settings: what it was made with.
    stopped:  why it ended early, or None.
    Give it to `train` again to go on where it stopped, with the same kind of data source.
    """

    policy: torch.nn.Module
    history: pd.DataFrame
    settings: dict
    stopped: str | None = None
    state: dict = field(default_factory=dict, repr=False)

    @property
    def steps(self) -> int:
        """Calls of the data source so far."""
        return self.settings["steps"]

    def last(self, metric: str) -> pd.Series:
        """The last value of a metric for each seed. Raises KeyError with the metrics there are."""
        rows = self.history[self.history.metric == metric]
        if rows.empty:
            raise KeyError(
                f"no metric {metric!r} in this run; there are {sorted(self.history.metric.unique())}"
            )
        return rows.groupby("seed").value.last()


def train(
    start,
    data: Callable,
    loss: Callable,
    *,
    steps: int,
    lr: float,
    probes: Mapping[str, Callable] | None = None,
    probe_every: int | None = None,
    updates: int = 1,
    clip_norm: float = 1.0,
    stream: int = 0,
) -> Run:
    """Train a copy of `start` and return the run; `start` itself stays as it is.

    start:   a policy, or a Run to be continued.
    data:    `(Policy, Rng) -> Batch`: who chose the actions.
    loss:    `(Evaluation, Batch) -> loss[seed]`: how they are weighted.
    steps:   batches drawn; with each of them Adam makes `updates` steps with learning rate `lr`.
    probes:  name -> `(Policy) -> value[seed]`, measured before the first step, every `probe_every` steps and
             at the end; a probe may also return a dict, metric -> value[seed].
    clip_norm: each seed's gradient is shortened to this norm.
    stream:  another number gives other random draws for the same seeds.

    Interrupting the kernel returns the run so far. So does, with a warning, whatever goes wrong after the first step:
    a loss or gradient that is not a number, a reward function that raises, too little memory. The policy is then the
    last good one, and the run can go on. An error in the first step is raised.
    The history also has the batch's mean "reward" (the return of an episode) and the "loss".
    """
    run = _begin(start, lr, stream)
    rows, rng, policy, optimiser = [run.history], run.state["rng"], run.policy, run.state["optimiser"]
    if hasattr(data, "restore"):
        data.restore(run.state["data"])
    first, began, seconds = run.steps, time.perf_counter(), run.settings.get("seconds", 0.0)
    record = lambda values, step: rows.append(tidy(values, step, policy.seeds))
    measure = lambda step: record(_measured(probes or {}, policy), step)
    bar = progress(steps, "training", "step")
    learned = data.state if hasattr(data, "state") else dict  # what the data source knows, if it learns
    before = rng.state(), learned()
    run.stopped = None

    def close():
        bar.close()
        rng.restore(before[0])  # what an unfinished step has drawn and learned is drawn and learned again
        if hasattr(data, "restore"):
            data.restore(before[1])
        run.state["data"] = before[1]
        filled = [frame for frame in rows if len(frame)]
        run.history = pd.concat(filled, ignore_index=True) if filled else run.history
        run.settings["seconds"] = seconds + time.perf_counter() - began

    due = lambda step: step in (0, first + steps) or (probe_every and step % probe_every == 0)
    try:
        if due(first) and not (run.history.step == first).any():  # an interrupt may have cut it short
            measure(first)
        for done in range(first, first + steps):
            batch = data(policy, rng).to(policy.device)
            with _no_interrupt():
                values = _update(policy, optimiser, loss, batch, updates, clip_norm)
                before = rng.state(), learned()
                record({"reward": batch.returns.mean(1), "loss": values}, done)
                run.settings["steps"] = done + 1
            bar.set_postfix(reward=f"{batch.returns.mean():.3f}", loss=f"{values.mean():.3f}", refresh=False)
            bar.update()
            if due(done + 1):
                measure(done + 1)
    except KeyboardInterrupt:
        run.stopped = f"interrupted after {run.steps} of {first + steps} steps"
    except Exception as error:
        if run.steps == first:
            if _is_out_of_memory(error):
                raise MemoryError(TAKE_LESS) from error
            raise
        run.stopped = f"stopped after {run.steps} of {first + steps} steps: {_in_words(error)}"
        warnings.warn(run.stopped, stacklevel=2)
    finally:
        try:
            close()
        except KeyboardInterrupt:  # too late to stop anything: the run is returned
            close()
    return run


class NotANumber(ArithmeticError):
    """A loss or a gradient became NaN or infinite."""


TAKE_LESS = (
    "out of memory. Close other programs, or take less at a time: fewer episodes (Rollouts, Recorded), fewer or "
    "shorter answers (Completions: per_call, group, max_new_tokens), or fewer seeds"
)


def _is_out_of_memory(error: Exception) -> bool:
    """On the CPU, torch reports it as a RuntimeError like any other, in other words on Windows than elsewhere."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "you tried to allocate" in str(error)


def _in_words(error: Exception) -> str:
    """What went wrong, in one line; of errors that are not ours, also what they are and where they arose."""
    if _is_out_of_memory(error):
        return TAKE_LESS
    if isinstance(error, NotANumber):
        return str(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"{type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno}, in {place.name})"
    )


def _begin(start, lr, stream):
    """A fresh run from a policy, or a copy of a run with its optimiser and random streams."""
    run = isinstance(start, Run)
    policy = start.policy.clone() if run else start.start_training()
    optimiser = adam(policy.parameters(), lr)
    rng = Rng(policy.seeds, stream)
    if not run:
        settings = {"lr": lr, "stream": stream, "seeds": list(policy.seeds), "steps": 0}
        state = {"optimiser": optimiser, "rng": rng, "data": {}}
        return Run(policy, tidy({}, 0, policy.seeds), settings, state=state)
    if start.settings["lr"] != lr or start.settings["stream"] != stream:
        raise ValueError(
            f"a run goes on with its own settings {start.settings}: got lr={lr}, stream={stream}"
        )
    set_moments(optimiser, moments(start.state["optimiser"]))
    rng.restore(start.state["rng"].state())
    state = {"optimiser": optimiser, "rng": rng, "data": start.state["data"]}
    return Run(policy, start.history, dict(start.settings), state=state)


def _update(policy, optimiser, loss, batch: Batch, updates, clip_norm) -> Float[Tensor, "seed"]:
    """The optimiser steps on one batch, all or none of them; returns the loss before them."""
    first = None
    before = _snapshot(policy, optimiser) if updates > 1 else None
    try:
        for _ in range(updates):
            value = loss(policy.evaluate(batch.obs, batch.action), batch)
            if value.shape != (len(policy.seeds),):
                raise ValueError(
                    f"a loss returns one number for each seed, shape ({len(policy.seeds)},): got {tuple(value.shape)}"
                )
            _must_be_finite(value, policy.seeds, "loss")
            optimiser.zero_grad()
            value.sum().backward()  # a sum over seeds is right because Adam works number by number
            norm = policy.clip_gradients(clip_norm)
            _must_be_finite(norm, policy.seeds, "gradient")
            optimiser.step()
            first = value.detach() if first is None else first
    except Exception:
        if before:
            _go_back(policy, optimiser, before)
        raise
    finally:
        optimiser.zero_grad()
    return first


def _must_be_finite(value: Float[Tensor, "seed"], seeds, what: str) -> None:
    bad = [seed for seed, good in zip(seeds, value.isfinite().tolist(), strict=True) if not good]
    if bad:
        raise NotANumber(f"the {what} of seed {bad[0]} is not a finite number; try a smaller learning rate")


def _snapshot(policy, optimiser):
    return {name: value.clone() for name, value in policy.state_dict().items()}, moments(optimiser)


def _go_back(policy, optimiser, before):
    policy.load_state_dict(before[0])
    set_moments(optimiser, before[1])


def _measured(probes, policy):
    values = {}
    for name, probe in probes.items():
        value = probe(policy)
        values.update(value if isinstance(value, Mapping) else {name: value})
    return values


def tidy(values: Mapping[str, Float[Tensor, "seed"]], step: int, seeds) -> pd.DataFrame:
    """Measured values as rows step, seed, metric, value."""
    rows = [
        (step, seed, metric, number)
        for metric, value in values.items()
        for seed, number in zip(seeds, torch.as_tensor(value).tolist(), strict=True)
    ]
    return pd.DataFrame(rows, columns=["step", "seed", "metric", "value"])


def save(run: Run, path: str | Path) -> Path:
    """Write a run as one safetensors file: whole, or not at all (an old file then stays as it was)."""
    path = Path(path)
    weights = {f"policy.{name}": value for name, value in run.policy.state_dict().items()}
    learned = {f"data.{name}": value for name, value in run.state["data"].items()}
    tensors = {"rng": run.state["rng"].state(), **weights, **moments(run.state["optimiser"]), **learned}
    facts = {
        "history": run.history.to_csv(index=False),
        "settings": json.dumps(run.settings),
        "stopped": run.stopped or "",
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    os.close(handle)
    try:
        save_file(
            {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, scratch, facts
        )
        os.replace(scratch, path)
    except (SafetensorError, OSError) as error:
        raise OSError(
            f"could not write {path} ({error}): what was there is as it was. Make room, save again"
        ) from error
    finally:
        Path(scratch).unlink(missing_ok=True)
    return path


def load(path: str | Path, like) -> Run:
    """Read a run back. `like` is a policy of the same shape and seeds as the one that was trained; it is not changed.

    Raises ValueError if the file is not a whole run, or does not fit `like`.
    """
    import io

    try:
        with safe_open(path, framework="pt") as file:
            tensors, facts = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()
        settings = json.loads(facts["settings"])
    except (SafetensorError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} is not a whole saved run ({error}): train it again, or take another file"
        ) from error
    if settings["seeds"] != list(like.seeds):
        raise ValueError(
            f"{path} was trained with seeds {settings['seeds']}, but `like` has {list(like.seeds)}"
        )
    run = _begin(like, settings["lr"], settings["stream"])
    weights = {
        name.removeprefix("policy."): value for name, value in tensors.items() if name.startswith("policy.")
    }
    run.policy.load_state_dict(weights)
    set_moments(run.state["optimiser"], tensors)
    run.state["data"] = {
        name.removeprefix("data."): value for name, value in tensors.items() if name.startswith("data.")
    }
    run.state["rng"].restore(tensors["rng"])
    run.history, run.settings = pd.read_csv(io.StringIO(facts["history"])), settings
    run.stopped = facts["stopped"] or None
    return run


@contextlib.contextmanager
def _no_interrupt():
    """Let an interrupt wait until the update is whole, so that no policy is left half stepped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting = []
    old = signal.signal(signal.SIGINT, lambda *_: waiting.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old)
    if waiting:
        raise KeyboardInterrupt
