"""The memory that SmolLM2 takes, said before it runs out; and an error for want of memory recognised as one."""

import errno
import warnings

from helpers import machine
from helpers.lm.cache import SMOLLM2

# GB of memory that a process takes at its highest, measured with SmolLM2 in float32 on Linux, one thread.
LOADED = 1.1  # torch, transformers and the model; 0.3 of it are there before it is loaded
TRAINING = 2.3  # with one step of SFT on 12 answers of 24 tokens; 2.2 with one of GRPO
SMALLEST = 1.6  # the same with 4 answers: 1.4 and 1.6


def check_before_loading() -> None:
    """Raise MemoryError if SmolLM2 cannot even be loaded, and warn if it can be loaded and not be trained."""
    free = machine.memory()[1]
    if free < LOADED - 0.3:
        raise MemoryError(f"too little memory to load {SMOLLM2}: {left()}")
    if free < machine.need("12") - 0.3:
        warnings.warn(f"too little memory to train {SMOLLM2} as lesson 12 does: {left()}", stacklevel=3)


def left() -> str:
    """How much is free, how much SmolLM2 takes, and what takes less."""
    total, free = machine.memory()
    limit = (
        " (this process may have a limit of its own, see `ulimit -v`)" if free > machine.need("12") else ""
    )
    return (
        f"{free:.1f} of {total:.1f} GB are free{limit}. Loaded it takes {LOADED} GB, in training {TRAINING}, "
        f"and lesson 12 {machine.need('12')} at its highest. Close other programs and notebooks (Kernel, Shut Down All "
        f"Kernels), or take less: `answers=4` in training and no probes take {SMALLEST} GB"
    )


def out_of_memory(error: BaseException | None) -> bool:
    """Whether too little memory lies behind an error; libraries wrap it in errors that say something else."""
    words = (
        "you tried to allocate",
        "Cannot allocate memory",
        "not enough memory",
        "paging file",
        "os error 12",
    )
    while error is not None:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
            return True
        if any(word in str(error) for word in words):
            return True
        error = error.__cause__ or error.__context__
    return False
