"""What a value holds, as a text: the same for the same, another for another, and never at great cost."""

import math
from collections import Counter, defaultdict, deque
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from helpers.kit.marks import LEAVES, Told, is_anew, plain, references


class Other:
    """Of a module, and not told by what it holds."""


KINDS = [  # how a value is made, and one that differs in one thing
    (lambda: 1, lambda: 1.0),
    (lambda: "1", lambda: 1),
    (lambda: [1, (2,), {3: {4}}], lambda: [1, (2,), {3: {5}}]),
    (lambda: {"a": 1}, lambda: {"a": 2}),
    (lambda: np.float64(1), lambda: np.float32(1)),
    (lambda: np.array([1.0, np.nan]), lambda: np.array([1.0, 2.0])),
    (lambda: np.ones((2, 3)), lambda: np.ones((3, 2))),
    (lambda: np.array(["a", None], dtype=object), lambda: np.array(["b", None], dtype=object)),
    (lambda: np.arange(6)[::2], lambda: np.arange(6)[1::2]),
    (lambda: torch.ones(2), lambda: torch.zeros(2)),
    (lambda: pd.Series([1, 2]), lambda: pd.Series([1, 2], index=[1, 2])),
    (lambda: pd.Series([1, 2]), lambda: pd.Series([1, 2], name="a")),
    (lambda: pd.DataFrame({"a": ["x", None]}), lambda: pd.DataFrame({"b": ["x", None]})),
    (lambda: pd.DataFrame({"a": [1.0, math.nan]}), lambda: pd.DataFrame({"a": [1.0, 2.0]})),
    (lambda: pd.Index([1, 2]), lambda: pd.Index([2, 1])),
    (lambda: Counter("ab"), lambda: {"a": 1, "b": 1}),
    (lambda: deque([1, 2]), lambda: deque([2, 1])),
    (lambda: defaultdict(int, a=1), lambda: defaultdict(int, a=2)),
    (lambda: bytearray(b"a"), lambda: bytearray(b"b")),
    (lambda: SimpleNamespace(a=[1]), lambda: SimpleNamespace(a=[2])),
]


@pytest.mark.parametrize("one, other", KINDS, ids=[type(one()).__name__ for one, _ in KINDS])
def test_values_that_hold_the_same_have_the_same_mark_and_others_another(one, other):
    assert Told(one()).mark == Told(one()).mark != ""
    assert Told(other()).mark not in ("", Told(one()).mark)


@pytest.mark.parametrize("value", [5, "a", [1, [2, [3, [4]]]], {"a": (None, True)}, {1, 2}, range(3)])
def test_plain_values_have_a_mark_that_can_be_read(value):
    assert plain(value) and Told(value).mark == repr(value)


LARGE = [[[0.5] * 1000] * 1000, "x" * 10**7, np.ones(10**6), {n: n for n in range(LEAVES)}, torch.ones(10**6)]


@pytest.mark.parametrize("value", LARGE, ids=lambda value: type(value).__name__)
def test_what_is_large_is_not_looked_through_and_told_by_which_object_it_is(value):
    told = Told(value)
    assert told.mark == "" and len(told.text) < 100 and not plain(value)


def test_what_holds_itself_and_what_nobody_can_look_into_has_no_mark():
    ring = []
    ring.append(ring)
    assert Told(ring).mark == Told(Other()).mark == Told([Other()]).mark == ""


def test_what_has_parts_that_nobody_can_look_into_looks_otherwise_when_they_are_others():
    one, other = Other(), Other()
    assert Told({"a": one}).text == Told({"a": one}).text != Told({"a": other}).text


def test_a_network_looks_otherwise_when_its_numbers_change():
    net = torch.nn.Linear(1, 1)
    before = Told(net)
    assert before.mark == "" and before.text == Told(net).text and before.numbers
    torch.nn.init.constant_(net.weight, 9.0)
    assert Told(net).text != before.text and Told(net).numbers != before.numbers


@pytest.mark.parametrize(
    "now, anew",
    [(lambda old: [Other(), Other()], True), (lambda old: [Other(), old[1]], False), (lambda old: [], False)],
)
def test_a_list_is_anew_where_it_holds_nothing_of_what_it_held(now, anew):
    things = [Other(), Other()]
    before, kept = references(things), [*things]
    things[:] = now(kept)
    assert is_anew(things, before) is anew and not is_anew([1, 2], references([3]))
