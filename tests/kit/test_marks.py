"""What a value holds, as a text: the same for the same, another for another, and never at great cost."""

import functools
import math
from collections import Counter, defaultdict, deque
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from helpers.kit.marks import LEAVES, MANY, MOST, Told, is_anew, plain, references


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


class Mine:
    """Of the notebook."""

    def __init__(self, **has):
        vars(self).update(has)

    @functools.cached_property
    def twice(self):
        return 2 * self.n


Mine.__module__ = "__main__"
LARGE = {  # what is large -> how one place of it is changed
    "list": (lambda: [[0.5] * 1000 for _ in range(1000)], lambda value: value[700].__setitem__(3, 0.6)),
    "numbers": (lambda: [0.5] * 10**6, lambda value: value.append(0.5)),
    "dict": (lambda: {n: n for n in range(LEAVES)}, lambda value: value.update({5: 6})),
    "mixed": (lambda: [(n, np.ones(2)) for n in range(LEAVES)], lambda value: value[9][1].fill(2)),
    "object": (lambda: Mine(v=[0] * 5000), lambda value: value.v.__setitem__(7, 1)),
    "with an object": (
        lambda: [Other(), "x" * 10**6, *range(5000)],
        lambda value: value.__setitem__(0, Other()),
    ),
    "array": (lambda: np.ones(10**6), lambda value: value.__setitem__(77, 2)),
    "across": (lambda: np.ones((1000, 1000)).T, lambda value: value[5:].__setitem__((7, 7), 2)),
    "arrays": (lambda: {n: np.ones(10**6) for n in "ab"}, lambda value: value["b"].__setitem__(9, 2)),
    "tensor": (lambda: torch.ones(10**6), lambda value: value.numpy().__setitem__(9, 2)),
    "network": (lambda: torch.nn.Linear(1000, 1000), lambda value: torch.nn.init.zeros_(value.weight)),
    "frame": (lambda: pd.DataFrame({"n": np.ones(30_000)}), lambda value: value.loc.__setitem__((9, "n"), 2)),
}


@pytest.mark.parametrize("kind", LARGE)
def test_what_is_large_is_told_by_which_object_it_is_and_looks_otherwise_when_it_was_changed(kind):
    make, change = LARGE[kind]
    value = make()
    told = Told(value)
    assert told.mark == "" and len(told.text) < 300 and not plain(value) and not told.partly
    assert Told(value).text == told.text
    change(value)
    assert Told(value).text != told.text


TOO_LARGE = [
    [Other() for _ in range(MANY)],
    list(range(MANY * 50)),
    np.zeros(MOST // 8 + 1),
    np.broadcast_to(np.zeros(1), MOST),
]


@pytest.mark.parametrize(
    "value", [*TOO_LARGE, TOO_LARGE], ids=lambda value: f"{type(value).__name__} {len(value)}"
)
def test_what_is_too_large_says_that_not_all_of_it_was_looked_at(value):
    assert Told(value).partly and Told(value).text == Told(value).text


@pytest.mark.parametrize(
    "value", ["x" * 10**7, [0.5] * 5000, Mine(me=Mine(n=1))], ids=["text", "list", "object"]
)
def test_all_else_says_nothing_of_it(value):
    assert not Told(value).partly


def test_what_a_class_or_a_function_was_given_is_seen_and_no_function_in_it():
    def called():
        pass

    called.__module__ = "__main__"
    for one in (Mine, called):
        before = Told(one)
        one.rate = [1]
        given = Told(one)
        assert given.mark == "" and before.text != given.text == Told(one).text
        one.rate.append(2)
        assert Told(one).text != given.text
        del one.rate
        assert Told(one).text == before.text


def test_what_an_object_makes_of_itself_when_it_is_first_read_is_no_change():
    one = Mine(n=1)
    before = Told(one).mark
    assert one.twice == 2 and Told(one).mark == before != ""
    one.n = 2
    assert Told(one).mark != before
    one.me = one
    ring = Told(one)
    one.n = 3
    assert ring.mark == "" and ring.text != Told(one).text


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
