"""The checks at the ports: what they let through they return, and what they refuse they name."""

from typing import Protocol

import numpy as np
import pytest
import torch

from helpers import checked


class Talks(Protocol):
    language: str

    def say(self, words): ...


class Parrot:
    language = "en"

    def say(self, words):
        return words


def test_what_is_right_comes_back():
    assert checked.whole(np.int64(3), "n") == 3 and type(checked.whole(np.int64(3), "n")) is int
    assert checked.number(2, "x") == 2.0 and checked.share(1, "p") == 1.0
    assert checked.texts(iter(["a", "b"]), "texts") == ["a", "b"]
    assert checked.one_of("RL", ("SFT", "RL"), "arm") == "RL"
    assert checked.seeds(3) == (0, 1, 2) and checked.seeds(range(100, 102)) == (100, 101)
    assert checked.shape(torch.ones(2, 3), (2, 3), "x") is not None
    assert checked.tensor([1.0, 2.0], "x").tolist() == checked.tensor(np.array([1.0, 2.0]), "x").tolist()
    assert isinstance(checked.fits(Parrot(), Talks, "pet", "one that talks"), Parrot)


@pytest.mark.parametrize(
    "call, kind, words",
    [
        (lambda: checked.whole(True, "n"), TypeError, "n is a whole number of at least 1: got True"),
        (lambda: checked.whole(0, "n"), ValueError, "n is a whole number of at least 1: got 0"),
        (lambda: checked.whole(2.0, "n", least=0), TypeError, "at least 0: got 2.0"),
        (lambda: checked.number("1", "x"), TypeError, "x is a number: got '1'"),
        (lambda: checked.number(float("nan"), "x"), ValueError, "got nan"),
        (lambda: checked.number(5, "x", above=0, most=1), ValueError, "above 0 and at most 1: got 5"),
        (lambda: checked.number(10**400, "x"), ValueError, "x is a number: got one that is too large"),
        (lambda: checked.share(-(10**5000), "p"), ValueError, "p is a number: got one that is too large"),
        (lambda: checked.share(30, "p"), ValueError, r"for 30 % write 0\.3"),
        (lambda: checked.texts("one", "texts"), TypeError, r"got one string, 'one'; write \['one'\]"),
        (lambda: checked.texts({"a": 1}, "texts"), TypeError, "got {'a': 1}"),
        (lambda: checked.texts(["a", 1], "texts"), TypeError, "number 1 is 1"),
        (lambda: checked.one_of("rl", ("SFT", "RL"), "arm"), ValueError, "arm is one of SFT, RL: got 'rl'"),
        (lambda: checked.function(3, "loss", "(x) -> y"), TypeError, r"loss is a function \(x\) -> y: got 3"),
        (
            lambda: checked.shape(torch.ones(3), (3, 1), "x", "a, b"),
            ValueError,
            r"\(3, 1\) \[a, b\]: got \(3,\)",
        ),
        (lambda: checked.shape(3.0, (3,), "x"), TypeError, "a tensor of shape"),
        (lambda: checked.as_long([1], [1, 2], "these"), ValueError, "equally many: got 1 and 2"),
        (lambda: checked.seeds([3, 1, 3]), ValueError, "distinct.*3 comes twice"),
        (lambda: checked.seeds([]), ValueError, "at least one seed"),
        (lambda: checked.seeds(["1"]), TypeError, "each of the seeds"),
        (lambda: checked.seeds("123"), TypeError, "got '123'"),
        (lambda: checked.tensor("high", "x"), TypeError, "x are numbers, a tensor: got 'high'"),
        (lambda: checked.tensor([1, [2]], "x"), TypeError, "x are numbers"),
        (lambda: checked.tensor(torch.ones(2) * 1j, "x"), TypeError, "real numbers"),
        (lambda: checked.fits(3, Talks, "pet", "one that talks"), TypeError, "has no language, say"),
    ],
)
def test_what_is_wrong_is_named(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


@pytest.mark.parametrize(
    "value", ["x" * 10_000, [0.5] * 10_000, torch.ones(100, 100), {i: i for i in range(9999)}]
)
def test_no_error_is_a_wall_of_numbers(value):
    for check in (checked.whole, checked.number, checked.seeds):
        with pytest.raises((TypeError, ValueError)) as said:
            check(value, "n")
        assert len(str(said.value)) < 300
