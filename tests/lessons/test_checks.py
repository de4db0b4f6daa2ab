"""The checks of every lesson: right answers pass, wrong ones get the hint that fits, and every message can be read.

A lesson's answers stand in `answers_NN.py` beside this file: RIGHT and WRONG, by the name of the check. A new lesson
brings such a file; nothing here has to change. Inputs are drawn with fixed seeds; `DRAWS=100` tries so many of them.
"""

import importlib
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from helpers.kit.checks import Check

ROOT = Path(__file__).parents[2]
NUMBERS = sorted(path.parent.name[-2:] for path in (ROOT / "helpers/lessons").glob("lesson*/checks.py"))


def checks_of(number):
    """The checks of a lesson by name."""
    module = importlib.import_module(f"helpers.lessons.lesson{number}.checks")
    return {name: one for name, one in vars(module).items() if isinstance(one, Check)}


CHECKS = {f"{number}.{name}": check for number in NUMBERS for name, check in checks_of(number).items()}
ANSWERS = {number: importlib.import_module(f"answers_{number}") for number in NUMBERS}


def rows(table):
    """One test for each answer of a table: the name of its check, with the lesson's number, and the answer."""
    return [
        pytest.param(
            f"{number}.{name}", *one if isinstance(one, tuple) else [one], id=f"{number}.{name}.{at}"
        )
        for number, answers in ANSWERS.items()
        for name, several in getattr(answers, table).items()
        for at, one in enumerate(several)
    ]


def gap(*_, **__):
    raise NotImplementedError  # your code here


def talkative(*_):
    raise ValueError(f"cannot use {torch.arange(5000.0).tolist()}")


SEEDS = range(int(os.environ.get("DRAWS", 1)))


ODD = {  # answers that nobody foresaw
    "nothing": lambda *_: None,
    "a number": lambda *_: 7,
    "text": lambda *_: "seven",
    "a thousand numbers": lambda *_: torch.linspace(0, 1, 1000),
    "many numbers in lists": lambda *_: [[0.123456] * 40 for _ in range(40)],
    "not numbers": lambda *_: torch.full((3, 4), torch.nan),
    "names in an array": lambda *inputs: np.full(np.shape(inputs[0]), "name"),
    "a frame": lambda *_: pd.DataFrame({"a": range(100), "b": 0.5}),
    "a mapping": lambda *_: dict.fromkeys(range(1000), 0.1),
    "a function": lambda *_: gap,
    "what yields": lambda *inputs: (one for one in inputs),
    "its input": lambda *inputs: inputs[0],
    "all its inputs": lambda *inputs: inputs,
    "an error": lambda *inputs: inputs[0].nothing_of_this_name,
    "an error that says too much": talkative,
    "too few inputs": lambda: None,
}


def unreadable(message):
    """What keeps a message from being one that a person reads: [] if nothing does."""
    found = []
    if len(message) > 400:
        found.append(f"{len(message)} characters; 400 at most")
    if len(numbers := re.findall(r"\d[\d.e+-]*", message)) > 40:
        found.append(f"{len(numbers)} numbers; 40 at most")
    if not re.match(r"[A-Z\d`*]|[a-z]\b", message) or not re.search(r"[.?!)\]…]$", message):
        found.append("not a sentence")
    return [f"{complaint}: {message[:200]}" for complaint in found]


every_check = pytest.mark.parametrize("name", CHECKS)


def test_every_check_has_right_answers_and_at_least_three_wrong_ones():
    given = lambda table, least: {
        f"{number}.{name}"
        for number, answers in ANSWERS.items()
        for name, several in getattr(answers, table).items()
        if len(several) >= least
    }
    assert given("RIGHT", 1) == given("WRONG", 3) == set(CHECKS)


@pytest.mark.parametrize("name, answer", rows("RIGHT"))
def test_another_right_answer_passes(name, answer):
    for seed in SEEDS:
        outcome = CHECKS[name](answer, seed=seed)
        assert outcome.passed, (seed, outcome)
        assert unreadable(outcome.says) == []


@pytest.mark.parametrize("name, answer, hint", rows("WRONG"))
def test_a_wrong_answer_gets_the_hint_that_fits(name, answer, hint):
    for seed in SEEDS:
        outcome = CHECKS[name](answer, seed=seed)
        assert outcome.word == "not yet", seed
        assert re.search(hint, outcome.says), (seed, outcome.says)
        assert unreadable(outcome.says) == []


@every_check
def test_a_gap_is_not_attempted(name):
    assert CHECKS[name](gap).word == "not attempted"


@every_check
def test_the_right_answer_of_a_check_passes_and_each_of_its_mistakes_is_told_by_its_own_words(name):
    check = CHECKS[name]
    assert len(check.mistakes) >= 3
    for seed in SEEDS:
        assert check(check.right, seed=seed).passed
        for mistake in check.mistakes:
            outcome = check(mistake.wrong, seed=seed)
            assert (outcome.word, outcome.says) == ("not yet", mistake.says), seed
            assert unreadable(mistake.says) == []


@every_check
@pytest.mark.parametrize("odd", ODD)
def test_an_answer_that_nobody_foresaw_gets_a_message_that_can_be_read(name, odd):
    outcome = CHECKS[name](ODD[odd], seed=0)
    assert outcome.word == "not yet"
    assert unreadable(outcome.says) == []


@pytest.mark.parametrize(
    "message, complaint",
    [
        ("Got " + "[0.1, 0.2], " * 30, "numbers; 40 at most"),
        ("It is " + "long, " * 80 + "and ends.", "characters; 400 at most"),
        ("no sentence", "not a sentence"),
        ("Nor this", "not a sentence"),
    ],
)
def test_a_message_that_cannot_be_read_is_caught(message, complaint):
    assert any(complaint in one for one in unreadable(message))
