"""The memory that SmolLM2 takes, said before it runs out; and an error for want of memory recognised as one."""

import errno
import warnings

from helpers import machine
from helpers.lm.cache import SMOLLM2

# GB of memory that a process takes at its highest, measured with SmolLM2 in float32 on Linux, one thread.
LOADED = 1.1  # torch, transformers and the model; 0.3 of it are there before it is loaded
TRAINING = 2.3  # with one step of SFT on 12 answers of 24 tokens; 2.2 with one of GRPO
SMALLEST = 1.6  # the same with 4 answers: 1.4 and 1.6

# Numbers (of 4 bytes) that a call takes, measured with SmolLM2 on Linux, one thread: so many times the vocabulary for
# each token of an answer, so many times the widths of all layers for each of them, and for each token of a prompt.
LEARNING = (3, 24, 4)  # evaluated with a gradient
MEASURING = (2, 0, 0)  # ... and without: the logits and what is made of them
SAMPLING = (
    3,
    1,
    1,
)  # the vocabulary once for each answer; beside one number for each weight, which are laid out anew
MARGIN = 1.2  # what has been freed lies in pieces, and the numbers above are known to a fifth
WORTH_A_LOOK = 0.1  # GB; less is always there


def check_before_loading() -> None:
    """Raise MemoryError if SmolLM2 cannot even be loaded, and warn if it can be loaded and not be trained."""
    free = machine.memory()[1]
    if free < LOADED - 0.3:
        raise MemoryError(f"too little memory to load {SMOLLM2}: {left()}")
    if free < machine.need("12") - 0.3:
        warnings.warn(f"too little memory to train {SMOLLM2} as lesson 12 does: {left()}", stacklevel=3)


def check_before_evaluating(model, prompts, answers, *, learning: bool) -> None:
    """Raise MemoryError where what it takes to read these texts is not there: the system would end the whole kernel.

    model: a causal LM of transformers; prompts, answers: tensors [text, token], each distinct prompt once.
    """
    logits, state, before = LEARNING if learning else MEASURING
    vocabulary, layers = _sizes(model)
    each = answers.shape[1] * (logits * vocabulary + state * layers)
    need = len(answers) * each + prompts.numel() * before * layers
    _must_fit(
        need,
        len(answers),
        f"to {'train on' if learning else 'measure'} {len(answers)} answers at once",
        answers,
    )


def check_before_sampling(model, prompts, new_tokens: int) -> None:
    """Raise MemoryError where what it takes to sample an answer to each of these prompts is not there."""
    logits, state, before = SAMPLING
    vocabulary, layers = _sizes(model)
    each = logits * vocabulary + (new_tokens * state + prompts.shape[1] * before) * layers
    need = sum(weight.numel() for weight in model.parameters()) + len(prompts) * each
    _must_fit(need, len(prompts), f"to sample {len(prompts)} answers at once", prompts)


def _sizes(model):
    """The vocabulary, and the widths of all layers added up; 0 where a model does not say."""
    known = lambda name: getattr(model.config, name, 0) or 0
    return known("vocab_size"), known("num_hidden_layers") * known("hidden_size")


def _must_fit(numbers, texts, doing, there):
    need = MARGIN * 4 * numbers / machine.GB
    if there.device.type != "cpu" or need < WORTH_A_LOOK or need < (room := machine.room()):
        return
    fewer = f"{int(texts * room / need)} fit, or " if int(texts * room / need) else ""
    raise MemoryError(
        f"{doing} takes up to {need:.1f} GB more, and {room:.1f} are left: {fewer}close other programs and notebooks "
        f"(Kernel, Shut Down All Kernels). Lesson 12 takes {SMALLEST} GB with `answers=4` in training and no probes"
    )


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
