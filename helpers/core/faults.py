"""What may go wrong in training, in words; and the run that it leaves.

`train` returns complete runs only. A stop raises `Interrupted`, an error after the first step `TrainingStopped`: both
carry the run so far, and `unfinished()` has it, too.
"""

import traceback
from collections import deque
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.checked import whole
from helpers.core.types import Batch, Evaluation

TAKE_LESS = (
    "Close other programs, or take less at a time: fewer episodes (Rollouts, Recorded), fewer or "
    "shorter answers (Completions: per_call, group, max_new_tokens), or fewer seeds"
)
_left: deque = deque(maxlen=4)  # runs that were stopped, the latest first


class NotANumber(ArithmeticError):
    """A loss, a gradient or a weight became NaN or infinite."""


class Interrupted(KeyboardInterrupt):
    """A stop was pressed while `train` ran. `run` is the run so far; it can go on."""

    def __init__(self, words: str, run):
        super().__init__(words)
        self.run = run

    def _render_traceback_(self):
        """What a notebook shows: the line itself, since nothing is wrong with the code."""
        return [str(self)]


class TrainingStopped(RuntimeError):
    """Something went wrong after the first step. `run` is the run up to the last good step; it can go on."""

    def __init__(self, words: str, run):
        super().__init__(words)
        self.run = run


def unfinished(back: int = 0):
    """The run that was stopped last, by a stop or by an error: `train(unfinished(), ...)` goes on with it.

    back: 1 for the one that was stopped before it, and so on; the last four are kept, until they are finished.
    Raises LookupError if there is none.
    """
    if whole(back, "back", least=0) >= len(_left):
        raise LookupError(f"{len(_left)} unfinished runs are kept here: got back={back}")
    return _left[back]


def leave(run) -> None:
    """Keep a run for `unfinished`."""
    _left.appendleft(run)


def taken_up(run) -> None:
    """Keep it no longer: it was finished, or is kept anew as it now stands."""
    kept = [one for one in _left if one is not run]
    _left.clear()
    _left.extend(kept)


def must_be_finite(what: str, value: Float[Tensor, "seed"], seeds, now: Evaluation, batch: Batch) -> None:
    """Raise NotANumber for the first seed whose loss or gradient is none, with what was seen and what it may be."""
    good = value.detach().isfinite()
    if not good.all():
        place = int((~good).nonzero()[0, 0])
        seen = {
            "batch.reward": batch.reward,
            "batch.advantage": batch.advantage,
            "batch.logp": batch.logp,
            "batch.logp_ref": batch.logp_ref,
            "the policy's logits": now.logits.detach(),
            "the log-probability of an action": now.logp.detach(),
        }
        raise NotANumber(
            f"the {what} of seed {seeds[place]} is not a finite number ({float(value.detach()[place]):g}): "
            f"{_cause(what, {name: part[place] for name, part in seen.items() if part is not None})}"
        )


def _cause(what: str, seen: dict[str, Tensor]) -> str:
    """The first thing that was not finite on the way, and what may have made it so."""
    may_be = {
        "batch.reward": "look at what the reward function or the world pays",
        "batch.advantage": "look at the advantage: a division by the spread of a single return, by a count of zero, a "
        "critic that learns too fast",
        "batch.logp": "the policy that acted gave its own action no chance, or its weights are too large",
        "batch.logp_ref": "the reference gives an action no chance",
        "the policy's logits": "its weights have grown too large (take a smaller learning rate), or observations are "
        "not finite",
        "the log-probability of an action": "the policy gives it no chance at all: its weights have grown too large "
        "(take a smaller learning rate)",
    }
    for name, part in seen.items():
        if not part.isfinite().all():
            return f"{name} is not finite. {may_be[name][0].upper()}{may_be[name][1:]}"
    if what == "gradient":
        return (
            "the loss itself is finite. Its slope may be infinite (a root or a logarithm at 0), or the weights are "
            "too large (a smaller learning rate)"
        )
    return (
        "reward, advantage and log-probabilities are finite. Look at the loss and its numbers: a logarithm or a "
        "division, an exp of a large ratio, a coefficient that is no number"
    )


def weights_must_be_finite(policy, when: str) -> None:
    """Raise NotANumber if a weight of the policy is NaN or infinite."""
    weights = [weight.detach() for weight in policy.parameters()]
    norms = torch.stack([norm.float() for norm in torch._foreach_norm(weights)])
    if norms.isfinite().all() or all(weight.isfinite().all() for weight in weights):
        return
    raise NotANumber(f"a weight of the policy is not a finite number {when}")


def is_out_of_memory(error: BaseException) -> bool:
    """On the CPU, torch reports it as a RuntimeError like any other, in other words on Windows than elsewhere."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "you tried to allocate" in str(error)


def out_of_memory(error: BaseException) -> str:
    """What was seen when memory ran out, in one line, and what to take less of."""
    seen = str(error).partition("\n")[0][:400]
    return f"out of memory{f' ({seen})' if seen else ''}. {TAKE_LESS}"


def in_words(error: BaseException) -> str:
    """What went wrong, in one line; of errors that are not ours, also what they are and where they arose."""
    if is_out_of_memory(error):
        return out_of_memory(error)
    if isinstance(error, NotANumber):
        return str(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"{type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno}, in {place.name})"
    )
