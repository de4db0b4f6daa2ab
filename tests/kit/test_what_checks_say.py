"""Checks: what they notice beside the numbers, and that they say it shortly."""

import re
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch

from helpers.kit.checks import Check, Mistake
from helpers.kit.differences import briefly, difference, one_line, same

LONG = torch.arange(200.0).view(10, 20)


@pytest.mark.parametrize(
    "got, want, says",
    [
        (torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0]), r"Got \[1.0, 2.0\], expected \[1.0, 3.0\]"),
        (torch.ones(2, 2), torch.ones(4), r"shape is \(2, 2\), expected \(4,\)"),
        (LONG, LONG + (LONG == 47), r"Got 47.0 at \[2, 7\], expected 48.0; 1 of 200 numbers differ"),
        (torch.tensor([1.0, np.nan]), torch.tensor([1.0, 2.0]), r"nan"),
        (torch.tensor([1.0, 2.0]), torch.tensor([1.0, np.nan]), r"expected \[1.0, nan\]"),
        (torch.tensor([np.inf]), torch.tensor([-np.inf]), r"Got \[inf\], expected \[-inf\]"),
        (torch.tensor([np.inf]), torch.tensor([1e30]), r"Got \[inf\]"),
        (torch.tensor([np.nan]), torch.tensor([np.inf]), r"Got \[nan\], expected \[inf\]"),
        (torch.tensor([True, False]), torch.tensor([1, 0]), "True and False; expected whole numbers"),
        (torch.tensor([1, 0]), torch.tensor([True, False]), "whole numbers; expected True and False"),
        (torch.tensor([1.0, 0.0]), torch.tensor([1, 0]), "are numbers; expected whole numbers"),
        (torch.tensor([1.0]), torch.tensor([1.0], requires_grad=True), "no gradient flows"),
        (1.0, torch.tensor(1.0, requires_grad=True), "no gradient flows"),
        (0.50001, 0.5002, r"Got 0.50001, expected 0.5002"),
        (0.0, 1e-3, "Got 0.0, expected 0.001"),
        ("left", "right", "Got 'left', expected 'right'"),
        (None, 1.0, "Got None, expected 1.0"),
        ((1.0,), (1.0, 2.0), "1 values came out, expected 2"),
        ((LONG, LONG), (LONG, LONG + 1), r"Got 0.0 at \[0, 0\] in part 1"),
        ((torch.tensor([1.0, 2.0]),), torch.tensor([1.0, 2.0]), "in a tuple: is there a comma too many"),
        ((0.5,), 0.5, "in a tuple"),
        ((0.5,), 0.6, "Got"),
        (
            [[1.0, 2.0], [3.0, 4.0]],
            torch.tensor([[1.0, 2.0], [3.0, 4.0]]),
            "this is a list: return one tensor",
        ),
        ([[1.0], [3.0, 4.0]], torch.tensor([[1.0, 2.0], [3.0, 4.0]]), "Got"),
        ({"a": 1.0}, {"a": 2.0}, "Got 1.0 under 'a', expected 2.0"),
        ({"b": 1.0}, {"a": 1.0}, "expected"),
        ({"a": 1.0, "b": 1.0}, {"a": 1.0}, "expected"),
        ([1, 2, 3], [1, 2, 4], r"Got \[1, 2, 3\], expected \[1, 2, 4\]"),
        (np.array([1.0, 2.0]), torch.tensor([1.0, 2.0]), "this is a NumPy array: return a tensor"),
        (7, Check, "Got 7"),
        (pd.Series([1.0, 2.0]), pd.Series([1.0, 3.0]), r"Got \[1.0, 2.0\]"),
        (torch.tensor([1.0], dtype=torch.bfloat16), torch.tensor([2.0]), "expected"),
    ],
)
def test_what_differs_is_said_in_a_sentence(got, want, says):
    said = difference(got, want, 1e-5)
    assert re.search(says, said), said
    assert len(re.findall(r"\d+", said)) <= 16 and len(said) < 200
    assert difference(want, want, 1e-5) == ""


@pytest.mark.parametrize(
    "got, want",
    [
        (np.array([1.0, 2.0]), np.array([1.0, 2.0], dtype="float32")),
        (torch.tensor([1.0, 2.0]), np.array([1.0, 2.0])),
        (torch.tensor([1.0], dtype=torch.float64), torch.tensor([1.0])),
        (torch.tensor([1, 2]), torch.tensor([1.0, 2.0])),
        (2, 2.0),
        (np.float32(2), 2.0),
        (Fraction(1, 2), 0.5),
        ((Fraction(1, 2), 1), (0.5, 1.0)),
        (torch.tensor(2.0, requires_grad=True), 2.0),
        (torch.tensor([np.nan, np.inf]), torch.tensor([np.nan, np.inf])),
        ([1.0, 2.0], (1.0, 2.0)),
        (torch.tensor([1], dtype=torch.uint8), torch.tensor([1])),
    ],
)
def test_what_is_right_in_another_way_is_right(got, want):
    assert difference(got, want, 1e-4) == "" and same(got, want, 1e-4)


def double(x):
    return 2 * x


def test_where_numbers_tell_nothing_a_check_says_what_its_lesson_says_of_them():
    says = lambda got, expected: f"Look at your {got}, it should be {expected}."
    known = Mistake("You tripled it.", lambda x: 3 * x)
    check = Check(double, cases=[(1,), (2,)], mistakes=[known], otherwise=says)
    assert check(lambda x: 3 * x).says == "You tripled it."
    assert check(lambda x: x + 1).says == "Look at your 3, it should be 4."


def check(**how):
    cases = [(LONG,), (torch.tensor([3.0]),), (torch.tensor([3.0, 4.0, 5.0]),)]
    return Check(double, cases=cases, mistakes=[Mistake("Not times three.", lambda x: 3 * x)], **how)


def test_the_smallest_example_is_shown():
    assert check()(lambda x: x).says == "Got [3.0], expected [6.0]. The input was ([3.0])."


def test_a_mistake_is_named_whatever_its_kind_of_number():
    assert check()(lambda x: (3 * x).long()).says == "Not times three."


def test_numbers_that_are_right_in_the_wrong_kind_do_not_pass():
    whole = Check(lambda x: x.long(), cases=[(torch.tensor([1.0, 0.0]),)], mistakes=[])
    assert "True and False; expected whole numbers" in whole(lambda x: x > 0.5).says


def test_a_gradient_that_stops_is_noticed_where_one_is_needed():
    flows = Check(double, cases=[(torch.tensor([1.0], requires_grad=True),)], mistakes=[])
    assert flows(lambda x: x + x).passed
    assert "no gradient flows" in flows(lambda x: (x + x).detach()).says
    assert "no gradient flows" in flows(lambda x: (x + x).detach().numpy()).says


def test_none_on_any_case_is_a_missing_return():
    assert "`return`" in check()(lambda x: 2 * x if len(x) == 1 else None).says


def fails(_):
    raise RuntimeError("wall " * 200)


def test_an_error_is_told_in_a_line():
    said = check()(fails).says
    assert "stopped with RuntimeError: wall" in said and len(said) < 300
    assert one_line(ValueError()) == "ValueError." and one_line(ValueError("a\nb.")) == "ValueError: a b."


def test_what_stops_only_when_put_to_use_is_said_and_no_traceback():
    outcome = check(then=fails)(double)
    assert outcome.word == "not yet" and "put to use, it stopped with RuntimeError" in outcome.says
    assert check(then=lambda answer: f"{answer(2)} of 2.")(double).says == "Passed. 4 of 2."


@pytest.mark.parametrize("answer", [3.0, torch.ones(3), "double", None])
def test_a_result_instead_of_the_function_is_said(answer):
    outcome = check()(answer)
    assert outcome.word == "not yet" and "the function itself" in outcome.says


@pytest.mark.parametrize(
    "value",
    [
        LONG,
        [LONG] * 9,
        ([0.1] * 50,),
        [[0.1] * 7] * 7,
        {"a": LONG},
        object(),
        "a" * 999,
        [[[[1.0] * 8] * 8] * 8],
    ],
)
def test_whatever_is_shown_is_shown_briefly(value):
    assert len(briefly(value)) < 130, briefly(value)


def test_small_inputs_are_shown_whole():
    assert briefly((torch.tensor([1.0, 2.0]), 3, [0.5])) == "([1.0, 2.0], 3, (0.5))"
