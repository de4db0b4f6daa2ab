"""The memory of a call to a language model, asked for before it: an error in words instead of a kernel that is gone."""

from types import SimpleNamespace

import pytest
import torch
from tiny import pretrained

from helpers.core.faults import TrainingStopped
from helpers.core.losses import ppo_loss
from helpers.core.sources import Completions
from helpers.core.streams import Rng
from helpers.core.training import train
from helpers.lm import memory

SIZES = SimpleNamespace(vocab_size=49152, num_hidden_layers=30, hidden_size=576)  # SmolLM2's
MODEL = SimpleNamespace(config=SIZES, parameters=lambda: [SimpleNamespace(numel=lambda: 135_000_000)])
text = lambda number, tokens: torch.zeros(number, tokens)


def left(monkeypatch, room):
    monkeypatch.setattr(memory.machine, "room", lambda: room)


@pytest.mark.parametrize(  # GB that a process grew by, measured on Linux with one thread
    "answers, tokens, prompts, measured",
    [(4, 24, (1, 38), 0.27), (12, 24, (3, 38), 0.70), (12, 25, (12, 41), 0.90), (48, 25, (48, 41), 3.08)],
)
def test_what_a_training_step_takes_is_known_before_it(monkeypatch, answers, tokens, prompts, measured):
    ask = lambda: memory.check_before_evaluating(MODEL, text(*prompts), text(answers, tokens), learning=True)
    left(monkeypatch, 1.5 * measured)
    ask()
    left(monkeypatch, 0.95 * measured)
    with pytest.raises(
        MemoryError, match=f"to train on {answers} answers at once takes up to .* fit, or close"
    ):
        ask()


@pytest.mark.parametrize("answers, measured", [(4, 0.57), (48, 0.73), (24, 0.64)])
def test_what_sampling_takes_is_known_before_it(monkeypatch, answers, measured):
    ask = lambda: memory.check_before_sampling(MODEL, text(answers, 38), 24)
    left(monkeypatch, 1.5 * measured)
    ask()
    left(monkeypatch, 0.95 * measured)
    with pytest.raises(MemoryError, match=f"to sample {answers} answers at once takes up to"):
        ask()


def test_the_error_names_how_many_would_fit_and_the_smaller_setting(monkeypatch):
    left(monkeypatch, 0.6)
    with pytest.raises(MemoryError, match=r"0\.6 are left: 7 fit, or close.*`answers=4`") as refused:
        memory.check_before_evaluating(MODEL, text(12, 41), text(12, 25), learning=True)
    assert "\n" not in str(refused.value)


def test_a_model_that_does_not_say_its_sizes_is_not_refused(monkeypatch):
    left(monkeypatch, 0)
    plain = SimpleNamespace(config=SimpleNamespace(), parameters=lambda: [])
    memory.check_before_evaluating(plain, text(9, 9), text(9, 9), learning=True)
    memory.check_before_sampling(plain, text(9, 9), 9)


def length(prompts, answers):
    return [float(len(answer)) for answer in answers]


SOURCE = Completions(["a bad cab"], length, group=2, per_call=1, max_new_tokens=2)


def test_a_run_that_would_not_fit_is_refused_in_its_first_step(monkeypatch):
    monkeypatch.setattr(memory, "WORTH_A_LOOK", 0)
    left(monkeypatch, 0)
    with pytest.raises(MemoryError, match=r"out of memory \(to sample 2 answers.*take less at a time"):
        train(pretrained(), SOURCE, ppo_loss, lr=0.01, steps=2)
    for learning, word in ((True, "to train on"), (False, "to measure")):
        policy = pretrained()
        monkeypatch.setattr(memory.machine, "room", lambda: 1)
        batch = policy.complete([["ab"]], Rng([0]), max_new_tokens=2)
        left(monkeypatch, 0)
        with torch.set_grad_enabled(learning), pytest.raises(MemoryError, match=word):
            policy.evaluate(batch.obs, batch.action)


def test_when_memory_runs_short_later_the_run_is_kept_and_goes_on(monkeypatch):
    monkeypatch.setattr(memory, "WORTH_A_LOOK", 0)
    rooms = iter([1] * 5 + [0] * 9)
    monkeypatch.setattr(memory.machine, "room", lambda: next(rooms))
    with pytest.raises(TrainingStopped, match=r"after 2 of 6 steps: out of memory .*answers at once") as stop:
        train(pretrained(), SOURCE, ppo_loss, lr=0.01, steps=6)
    left(monkeypatch, 1)
    assert train(stop.value.run, SOURCE, ppo_loss, lr=0.01, steps=4).steps == 6
