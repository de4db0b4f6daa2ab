"""A run: how it begins, its history, and how it is saved and read back."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from helpers.checked import fits
from helpers.core.adam import Adam, moments, set_moments
from helpers.core.faults import weights_must_be_finite
from helpers.core.streams import Rng
from helpers.core.types import Trainable


@dataclass
class Run:
    """A run of training.

    policy:   the trained policy.
    history:  one tidy frame with the columns step, seed, metric, value. `step` counts training steps, that is batches:
              what stands at step 5 was measured on the policy that five batches have trained.
    settings: what it was made with: lr, stream, seeds, updates (optimiser steps with each batch), clip_norm, steps
              (training steps so far), seconds.
    stopped:  why it ended early, or None.
    Give it to `train` again to go on where it ended, with the same kind of data source.
    """

    policy: torch.nn.Module
    history: pd.DataFrame
    settings: dict
    stopped: str | None = None
    state: dict = field(default_factory=dict, repr=False)

    @property
    def steps(self) -> int:
        """Training steps so far: batches drawn and learned from."""
        return self.settings["steps"]

    def last(self, metric: str) -> pd.Series:
        """The last value of a metric for each seed. Raises KeyError with the metrics there are."""
        rows = self.history[self.history.metric == metric]
        if rows.empty:
            raise KeyError(
                f"no metric {metric!r} in this run; there are {sorted(self.history.metric.unique())}"
            )
        return rows.groupby("seed").value.last()


def begin(start, settings: Mapping) -> Run:
    """A fresh run from a policy, or a copy of a run with its optimiser and random streams.

    settings: lr, stream, updates, clip_norm. Raises ValueError if a run was made with others, or if `start` has a
    weight that is not a finite number.
    """
    going_on = isinstance(start, Run)
    policy = start.policy.clone() if going_on else start.start_training()
    weights_must_be_finite(policy, "before training")
    optimiser, rng = Adam(policy.parameters(), settings["lr"]), Rng(policy.seeds, settings["stream"])
    state = {"optimiser": optimiser, "rng": rng, "data": {}}
    if not going_on:
        facts = {**settings, "seeds": list(policy.seeds), "steps": 0, "seconds": 0.0}
        return Run(policy, tidy({}, 0, policy.seeds), facts, state=state)
    other = {name: value for name, value in settings.items() if start.settings.get(name, value) != value}
    if other:
        own = {name: start.settings[name] for name in other}
        raise ValueError(f"a run goes on with its own settings, {own}: got {other}")
    set_moments(optimiser, moments(start.state["optimiser"]))
    rng.restore(start.state["rng"].state())
    state["data"] = start.state["data"]
    return Run(policy, start.history, {**start.settings, **settings}, state=state)


def tidy(values: Mapping[str, Float[Tensor, "seed"]], step: int, seeds) -> pd.DataFrame:
    """Measured values as rows step, seed, metric, value."""
    return joined(
        [(step, metric, torch.as_tensor(value).tolist()) for metric, value in values.items()], seeds
    )


def joined(measured: Sequence[tuple[int, str, list[float]]], seeds) -> pd.DataFrame:
    """Measurements (step, metric, numbers by seed) as the same rows, in one frame: a frame for each would take long."""
    seeds = list(seeds)
    return pd.DataFrame(
        {
            "step": [step for step, _, _ in measured for _ in seeds],
            "seed": seeds * len(measured),
            "metric": [metric for _, metric, _ in measured for _ in seeds],
            "value": [number for _, _, numbers in measured for number in numbers],
        }
    )


def save(run: Run, path: str | Path) -> Path:
    """Write a run as one safetensors file with a checksum: whole, or not at all (an old file then stays as it was).

    Raises TypeError for anything but a run, ValueError for one whose history is not its own, OSError where it cannot be
    written.
    """
    if not isinstance(run, Run):
        raise TypeError(f"save writes a Run, as `train` returns it: got {type(run).__name__}")
    path, remembered = Path(path), moments(run.state["optimiser"])
    if fault := _fault(run.settings, run.history, remembered):
        raise ValueError(f"only what `train` returned can be saved: {fault}")
    metrics = list(run.history.metric.unique())
    history = {
        "history.step": torch.tensor(run.history.step.to_numpy(dtype="int64")),
        "history.seed": torch.tensor(run.history.seed.to_numpy(dtype="int64")),
        "history.metric": torch.tensor([metrics.index(metric) for metric in run.history.metric]).long(),
        "history.value": torch.tensor(run.history.value.to_numpy(dtype="float64")),
    }
    weights = {f"policy.{name}": value for name, value in run.policy.state_dict().items()}
    weights |= {f"reference.{name}": value for name, value in _frozen(run.policy).items()}
    learned = {f"data.{name}": value for name, value in run.state["data"].items()}
    tensors = {"rng": run.state["rng"].state(), **weights, **remembered, **learned, **history}
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    facts = {"settings": run.settings, "stopped": run.stopped, "metrics": metrics}
    facts = {name: json.dumps(fact) for name, fact in facts.items()}
    scratch = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
        os.close(handle)
        save_file(tensors, scratch, {**facts, "checksum": _checksum(tensors, facts)})
        os.replace(scratch, path)
    except (SafetensorError, OSError) as error:
        full = any(word in str(error).lower() for word in ("space", "quota", "too large"))
        megabytes = sum(tensor.nbytes for tensor in tensors.values()) / 1e6 + 1
        advice = (
            f"Make room for {megabytes:.0f} MB, save again"
            if full
            else "Save it elsewhere, or mend what the system says"
        )
        raise OSError(f"could not write {path} ({error}): what was there is as it was. {advice}") from error
    finally:
        if scratch is not None:
            Path(scratch).unlink(missing_ok=True)
    return path


def load(path: str | Path, like) -> Run:
    """Read a run back. `like` is a policy of the same shape and seeds as the one that was trained; it is not changed.

    Raises FileNotFoundError if there is no such file, ValueError if it is not a whole run, to the last bit, or does not
    fit `like`, TypeError if that is no policy.
    """
    fits(like, Trainable, "like", "a policy (Policy, StackedLM, PretrainedLM)")
    path = Path(path)
    if path.exists() and not path.is_file():
        what = "a folder" if path.is_dir() else "no ordinary file"
        raise ValueError(f"{path} is {what}: a saved run is one file, which `save` has returned")
    try:
        with safe_open(path, framework="pt") as file:
            tensors, facts = {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}
        if "checksum" not in facts:
            raise ValueError("an older version of the course saved it, without a checksum")
        if facts.pop("checksum") != _checksum(tensors, facts):
            raise ValueError("its content is not what was saved: its checksum is another one")
        facts = {name: json.loads(fact) for name, fact in facts.items()}
        settings, metrics = facts["settings"], facts["metrics"]
        how = {name: settings[name] for name in ("lr", "stream", "updates", "clip_norm")}
        history = {name: tensors[f"history.{name}"].tolist() for name in ("step", "seed", "metric", "value")}
        history["metric"] = [metrics[code] for code in history["metric"]]
        history, remembered = pd.DataFrame(history), _part("adam.", tensors)
        if fault := _fault(settings, history, remembered) or (
            "rng is missing" if "rng" not in tensors else ""
        ):
            raise ValueError(fault)
    except (SafetensorError, KeyError, IndexError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} is not a whole saved run ({error}): train it again, or take another file"
        ) from error
    if settings["seeds"] != list(like.seeds):
        raise ValueError(
            f"{path} was trained with seeds {settings['seeds']}, but `like` has {list(like.seeds)}"
        )
    run, weights = begin(like, how), _part("policy.", tensors)
    wrong = _other_shapes(weights, run.policy.state_dict())
    if wrong:
        raise ValueError(f"{path} does not fit `like`: {wrong}")
    run.policy.load_state_dict(weights)
    if _frozen(run.policy):  # the start of training is that of the file, whatever `like` is
        run.policy.reference.load_state_dict(_part("reference.", tensors))
    set_moments(run.state["optimiser"], tensors)
    run.state["rng"].restore(tensors["rng"])
    run.state["data"] = _part("data.", tensors)
    run.history, run.settings, run.stopped = history, settings, facts["stopped"]
    return run


def _part(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): one for name, one in tensors.items() if name.startswith(prefix)}


def _checksum(tensors: Mapping[str, Tensor], facts: Mapping[str, str]) -> str:
    """A digest of all that is saved: names, kinds, shapes and every bit."""
    digest = hashlib.sha256()
    for name, one in sorted(tensors.items()):
        digest.update(repr((name, str(one.dtype), tuple(one.shape))).encode())
        if one.numel():
            digest.update(one.reshape(-1).view(torch.uint8).numpy().tobytes())
    digest.update(repr(sorted(facts.items())).encode())
    return digest.hexdigest()


def _fault(settings: Mapping, history: pd.DataFrame, remembered: Mapping[str, Tensor]) -> str:
    """Where settings, history and Adam's moments do not belong to one run, in words; "" where they do."""
    steps, seeds = settings["steps"], set(settings["seeds"])
    rewards = history[history.metric == "reward"]
    there = {(step, seed) for step, seed in zip(rewards.step, rewards.seed, strict=True)}
    if missing := {(step, seed) for step in range(steps) for seed in seeds} - there:
        return f"{len(missing)} of {steps * len(seeds)} rewards are not in its history of {steps} steps"
    if len(history) and (history.step.max() > steps or not set(history.seed) <= seeds):
        return f"its history has other seeds than {sorted(seeds)}, or goes on after step {steps}"
    parts = {}
    for name in remembered:
        slot, _, part = name.removeprefix("adam.").partition(".")
        parts.setdefault(slot, set()).add(part)
    if any(those != {"step", "exp_avg", "exp_avg_sq"} for those in parts.values()) or bool(parts) != (
        steps > 0
    ):
        return "what Adam remembers is not all there"
    made = max((int(one) for name, one in remembered.items() if name.endswith(".step")), default=0)
    if made != steps * settings["updates"]:
        return f"Adam has made {made} steps of {steps * settings['updates']}"
    return ""


def _frozen(policy) -> dict[str, Tensor]:
    """The weights of the reference, where it has its own: a model with an adapter has none beside the model itself."""
    reference = getattr(policy, "reference", None)
    return reference.state_dict() if isinstance(reference, torch.nn.Module) else {}


def _other_shapes(kept, expected) -> str:
    """Where the weights of a file and those of a policy differ, in words; nothing if they agree."""
    shapes = [{name: tuple(value.shape) for name, value in part.items()} for part in (kept, expected)]
    differ = sorted(
        name for name in shapes[0].keys() | shapes[1].keys() if shapes[0].get(name) != shapes[1].get(name)
    )
    return "; ".join(
        f"{name} is {shapes[0].get(name)} there and {shapes[1].get(name)} here" for name in differ[:3]
    )
