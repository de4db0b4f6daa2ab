"""What is plugged into `train` is looked at: a word about its shape and type, and nothing is broadcast in silence."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields

import pandas as pd
import torch

from helpers import checked
from helpers.checked import fits, function, number, shape, tensor, whole
from helpers.core.runs import Run
from helpers.core.streams import Rng, Stream
from helpers.core.types import Batch, Source, Trainable

RECORDED = ("reward", "loss")  # metrics that every history has


class Plain:
    """A plain function as a source: it has nothing to remember."""

    def __init__(self, draw: Callable[..., Batch]):
        self.draw = draw

    def __call__(self, policy, rng: Rng) -> Batch:
        """What the function makes."""
        return self.draw(policy, rng)

    def state(self) -> dict[str, torch.Tensor]:
        """Nothing."""
        return {}

    def restore(self, state: Mapping[str, torch.Tensor]) -> None:
        """Nothing to go back to."""


def as_source(data) -> Source:
    """A data source as it is, a plain function as a source. TypeError for anything else."""
    if isinstance(data, type):
        raise TypeError(
            f"data is a source: got the class {data.__name__} itself; make one, {data.__name__}(...)"
        )
    function(data, "data", "or a source, (Policy, Rng) -> Batch")
    return data if isinstance(data, Source) else Plain(data)


def as_settings(*, lr, stream, updates, clip_norm) -> dict:
    """The settings of a run; TypeError or ValueError for one that cannot be meant."""
    stream = whole(stream, "stream", least=0)
    if stream >= Stream.PROBES:
        raise ValueError(f"stream is below {int(Stream.PROBES)}, where probes draw: got {stream}")
    return {
        "lr": number(lr, "lr", above=0),
        "stream": stream,
        "updates": whole(updates, "updates"),
        "clip_norm": number(clip_norm, "clip_norm", above=0),
    }


def as_start(start):
    """A policy that can be trained, or a run. TypeError for anything else."""
    if isinstance(start, type):
        raise TypeError(f"start is a policy: got the class {start.__name__} itself; make one")
    policy = start.policy if isinstance(start, Run) else start
    fits(policy, Trainable, "start", "a policy (Policy, StackedLM, PretrainedLM) or a Run")
    return start


def as_steps(start, steps: int, probe_every) -> tuple[int, int, Callable[[int], bool]]:
    """From which step to which, and whether it is time to measure: at the beginning, at the end, and when asked."""
    first = start.steps if isinstance(start, Run) else 0
    end = first + whole(steps, "steps", least=1 if first == 0 else 0)
    if probe_every is None:
        return first, end, lambda step: step in (0, end)
    if isinstance(probe_every, Collection) and not isinstance(probe_every, str | bytes | Mapping):
        chosen = {whole(step, "each step of probe_every", least=0) for step in probe_every} | {0, end}
        return first, end, chosen.__contains__
    every = whole(probe_every, "probe_every (or a list of steps)")
    return first, end, lambda step: step in (0, end) or step % every == 0


def as_probes(probes) -> dict[str, Callable]:
    """Probes by name; TypeError or ValueError for anything else."""
    if probes is None:
        return {}
    if not isinstance(probes, Mapping):
        raise TypeError(f"probes are a mapping, name -> (Policy) -> value[seed]: got {type(probes).__name__}")
    for name, probe in probes.items():
        function(probe, f"the probe {name!r}", "(Policy) -> value[seed]")
    return dict(probes)


def measured(probes: Mapping[str, Callable], policy) -> dict[str, torch.Tensor]:
    """What all probes say, metric -> value[seed]. ValueError if two say the same metric, or one of wrong shape."""
    values: dict = {}
    for name, probe in probes.items():
        said = probe(policy)
        for metric, value in (said if isinstance(said, Mapping) else {name: said}).items():
            if not isinstance(metric, str):
                raise TypeError(f"the probe {name!r} names its metrics by strings: got {metric!r}")
            if metric in values or metric in RECORDED:
                taken = "every run records it" if metric in RECORDED else "another probe measures it"
                raise ValueError(f"the probe {name!r} measures {metric!r}, but {taken}: give it another name")
            what = f"{metric!r}, from the probe {name!r},"
            value = _by_seed(value, policy.seeds, what)
            values[metric] = shape(tensor(value, what), (len(policy.seeds),), what, "seed").detach()
    return values


def _by_seed(value, seeds, what):
    """A Series in the order of the seeds, which its index names; anything else as it is."""
    if not isinstance(value, pd.Series) or len(value) != len(seeds):
        return value
    if set(value.index) != set(seeds):
        raise ValueError(
            f"{what} is a Series whose index is the seeds, {list(seeds)!s:.60}: got {list(value.index)!s:.60}. "
            "For values in the order of the seeds return a tensor, an array or a list"
        )
    return value.loc[list(seeds)]


def checked_batch(batch, policy) -> Batch:
    """A batch that fits the policy, on its device. TypeError or ValueError with the part that does not."""
    return whole_batch(batch, "what a data source returns", len(policy.seeds)).to(policy.device)


def whole_batch(batch, name: str, seeds: int | None = None) -> Batch:
    """A Batch whose parts fit each other, of so many seeds. TypeError or ValueError with the part that does not."""
    if not isinstance(batch, Batch):
        raise TypeError(f"{name} is a Batch: got {type(batch).__name__}")
    there = {one.name: getattr(batch, one.name) for one in fields(Batch) if one.name != "seeds"}
    for part, value in there.items():
        needless = part not in ("obs", "action", "mask", "reward") and value is None
        if not needless and not isinstance(value, torch.Tensor):
            raise TypeError(f"batch.{part} is a tensor: got {type(value).__name__}")
    axes = tuple(batch.action.shape)
    if len(axes) != 3 or not batch.action.numel():
        raise ValueError(
            f"batch.action has axes [seed, episode, time], none of them empty: got the shape {axes}"
        )
    shape(batch.action, (seeds or axes[0], *axes[1:]), "batch.action", "seed, episode, time")
    if batch.seeds is not None and len(checked.seeds(list(batch.seeds), "batch.seeds")) != axes[0]:
        raise ValueError(f"batch.seeds names {len(batch.seeds)} seeds: the batch has {axes[0]}")
    for part in ("mask", "reward", "logp", "advantage", "logp_ref"):
        if there[part] is not None:
            shape(there[part], axes, f"batch.{part}", "seed, episode, time")
    for part in ("obs", "ended", "obs_after"):
        value = there[part]
        if value is not None and tuple(value.shape[:2]) != axes[:2]:
            raise ValueError(f"batch.{part} begins with {axes[:2]} [seed, episode]: got {tuple(value.shape)}")
    for part, kind in (("mask", torch.bool), ("action", torch.int64)):
        if there[part].dtype != kind:
            raise TypeError(f"batch.{part} is of type {kind}: got {there[part].dtype}")
    if not batch.reward.is_floating_point():
        raise TypeError(f"batch.reward is of a floating-point type: got {batch.reward.dtype}")
    return batch


def checked_loss(value, policy) -> torch.Tensor:
    """One number for each seed, with a gradient. TypeError or ValueError for anything else."""
    seeds, meant = len(policy.seeds), "a loss returns one number for each seed, "
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"{meant}a tensor of shape ({seeds},): got {type(value).__name__}")
    if tuple(value.shape) != (seeds,):
        raise ValueError(f"{meant}shape ({seeds},): got {tuple(value.shape)}")
    if not value.requires_grad:
        raise ValueError(
            f"{meant}and its gradient: this one has none. Make it of what the policy thinks now (now.logp, "
            "now.logits), not of what it thought (batch.logp)"
        )
    return value
