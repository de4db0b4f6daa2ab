"""Checks in depth: gradients, inputs drawn anew, ties and infinities, other forms; and whose function a lesson uses."""

import numpy as np
import pytest
import torch

from helpers.kit import outcomes
from helpers.kit.checks import (
    Check,
    Draws,
    Mistake,
    NotYet,
    by_autograd,
    by_differences,
    chances_of,
    tensor_of,
    with_one,
)
from helpers.kit.outcomes import built

PG = lambda p, r: -((r - r.mean()) * p.log()).mean()
PG_CASE = (torch.tensor([0.9, 0.5, 0.4, 0.2], requires_grad=True), torch.tensor([1.0, 1.0, 0.0, 0.5]))


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(outcomes, "_outcomes", [])


# Gradients


check_pg = Check(PG, cases=[PG_CASE], mistakes=[Mistake("The sign.", lambda p, r: -PG(p, r))])


@pytest.mark.parametrize(
    "answer, says",
    [
        (lambda p, r: PG(p, r).detach(), "no gradient flows"),
        (lambda p, r: PG(p, r).item(), "no gradient flows"),
        (lambda p, r: PG(p, r) + 0 * p.sum(), "Passed"),
        (lambda p, r: PG(p, r).detach() + (p - p.detach()).sum(), "value is right, but its gradient is not"),
        (lambda p, r: PG(p.detach(), r) + 0 * p.sum(), "value is right, but its gradient is not"),
        (lambda p, r: -PG(p, r), "The sign"),
    ],
)
def test_a_right_value_with_a_wrong_gradient_does_not_pass(answer, says):
    outcome = check_pg(answer)
    assert says in outcome.says and outcome.passed is (says == "Passed")
    assert len(outcome.says) < 300


def test_a_mistake_that_shows_in_the_gradient_alone_is_named():
    ratio = lambda p: p / p.detach()
    check = Check(
        lambda p, r: (ratio(p) * r).mean(),
        cases=[PG_CASE],
        mistakes=[
            Mistake(
                "The ratio is one and stays one.", lambda p, r: (ratio(p).detach() * r).mean() + 0 * p.sum()
            )
        ],
    )
    assert check(lambda p, r: (r + 0 * p).mean()).says == "The ratio is one and stays one."
    assert "no gradient flows" in check(lambda p, r: r.mean()).says


def test_each_of_several_results_has_a_gradient_of_its_own():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    check = Check(lambda x: (2 * x, x**2), cases=[(x,)], mistakes=[])
    assert check(lambda x: [x + x, x * x]).passed
    assert not check(lambda x: (2 * x.detach() + x - x.detach(), x**2 + x - x.detach())).passed


def test_a_gradient_by_hand_equals_autograd_and_differences():
    value = lambda logits, reward: logits.softmax(-1) @ reward.to(logits.dtype)
    by_hand = lambda logits, r: (p := logits.softmax(-1)) * (r - (p * r).sum())
    inputs = (torch.tensor([0.3, -1.0, 0.5]), torch.tensor([1.0, 0.0, 0.25]))
    for right in (by_autograd(value), by_differences(value)):
        check = Check(right, cases=[inputs], mistakes=[Mistake("No p.", lambda logits, r: r - r.mean())])
        assert check(by_hand).passed and check(lambda logits, r: r - r.mean()).says == "No p."


# Inputs drawn anew


CENTRED = lambda r: r - r.mean()


def test_what_holds_on_the_fixed_inputs_by_chance_is_caught_on_drawn_ones():
    half = torch.tensor([1.0, 0.0])
    assert Check(CENTRED, cases=[(half,)], mistakes=[])(lambda r: r - 0.5).passed
    drawn = Check(CENTRED, cases=[(half,)], draw=lambda draws: (draws.numbers(draws.size),), mistakes=[])
    assert all(not drawn(lambda r: r - 0.5).passed and drawn(CENTRED).passed for _ in range(20))


def test_the_seed_of_an_outcome_draws_the_same_inputs_again():
    seen = []
    check = Check(CENTRED, draw=lambda draws: (draws.numbers(draws.size),), mistakes=[])
    outcome = check(lambda r: seen.append(r) or r)
    again = check(lambda r: seen.append(r) or r, seed=outcome.seed)
    assert again == outcome and all(map(torch.equal, seen[: len(seen) // 2], seen[len(seen) // 2 :]))
    assert check(CENTRED).seed != outcome.seed


def test_the_smallest_of_the_drawn_examples_is_shown():
    says = Check(CENTRED, draw=lambda draws: (draws.numbers(draws.size),), mistakes=[])(lambda r: r + 1).says
    assert says.count(",") <= 4 and len(says) < 120, says


def test_a_check_without_inputs_is_refused():
    with pytest.raises(ValueError, match="needs inputs"):
        Check(CENTRED, mistakes=[])


def test_a_mistake_that_cannot_take_a_drawn_input_is_no_match():
    def only_two(r):
        (a, b) = r
        return torch.stack([b, a])

    check = Check(
        CENTRED, draw=lambda draws: (draws.numbers(draws.size),), mistakes=[Mistake("Swapped.", only_two)]
    )
    assert check(lambda r: r).says != "Swapped."


def test_draws_are_what_they_are_called():
    for seed in range(20):
        draws = Draws(seed, 4)
        assert draws.probabilities(3, 4).sum(-1).allclose(torch.ones(3)) and (draws.logp(5) < 0).all()
        assert (tied := draws.tied(2, 3)).eq(tied[:, :1]).all() and draws.numbers(2, flows=True).requires_grad
        mask = draws.mask(6, 5)
        assert mask[:, 0].all() and (mask[:, 1:] <= mask[:, :-1]).all()
        assert draws.one_of("ab") in "ab" and draws.whole(9, below=2).max() < 2
        one = with_one(-torch.inf, draws.numbers(2, 3), draws)
        assert one.isinf().sum() == 1


# Ties, infinities, chance, forms


def test_a_tied_group_that_gives_nan_is_told_what_nan_comes_from():
    def relative(r):
        return (r - r.mean(-1, keepdim=True)) / r.std(-1, keepdim=True)

    right = lambda r: (r - r.mean(-1, keepdim=True)) / (r.std(-1, keepdim=True) + 1e-6)
    check = Check(right, draw=lambda draws: (draws.tied(2, draws.size),), mistakes=[], tolerance=1e-3)
    assert "0 / 0" in check(relative).says and check(right).passed


def test_a_division_by_nought_in_numpy_is_judged_by_what_comes_out():
    """Warnings are errors in these tests, and may be so for a reader: whether one stops an answer was left to luck."""
    check = Check(
        lambda rise: float(np.nan_to_num(rise[1] / rise[0], nan=0.0, posinf=0.0)),
        cases=[(np.array([2.0, 1.0]),), (np.zeros(2),), (np.array([0.0, 1.0]),)],
        mistakes=[Mistake("A rise of nothing.", lambda rise: float(rise[1] / rise[0]))],
    )
    with np.errstate(all="raise"):
        assert check(check.right).passed
        assert check(lambda rise: float(rise[1] / rise[0])).says == "A rise of nothing."


def test_an_infinity_that_is_hidden_is_seen():
    kl = lambda p, q: (p * (p / q).log()).sum()
    check = Check(kl, cases=[(torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0]))], mistakes=[])
    assert "expected inf" in check(lambda p, q: (p * (p / (q + 1e-9)).log()).sum()).says


def test_a_function_that_draws_by_itself_gets_the_numbers_of_the_right_one():
    sample = lambda p: torch.multinomial(p, 5, replacement=True)
    check = Check(sample, cases=[(torch.tensor([0.2, 0.8]),)], mistakes=[])
    before = torch.get_rng_state()
    assert check(lambda p: torch.multinomial(p, 5, replacement=True)).passed
    assert not check(lambda p: torch.multinomial(1 - p, 5, replacement=True)).passed
    assert torch.equal(before, torch.get_rng_state())


def test_another_form_of_the_right_answer_passes_if_it_is_listed():
    case = (torch.tensor([1.0, 2.0, 4.0]),)
    assert not Check(torch.sum, cases=[case], mistakes=[])(torch.mean).passed
    check = Check(torch.sum, also=[torch.mean], cases=[case], mistakes=[])
    assert check(torch.mean).passed and check(torch.sum).passed and not check(torch.max).passed


def test_what_a_check_sees_for_itself_is_said_as_it_stands():
    def look(function, x):
        if function(x) > 5:
            raise NotYet("That is more than five.")
        return function(x)

    check = Check(lambda x: x, cases=[(3.0,)], mistakes=[], look=look)
    assert check(lambda x: 9.0).says == "That is more than five."

    def fails(_):
        raise NotYet("It learns nothing.")

    assert (
        str(Check(lambda x: x, cases=[(3.0,)], mistakes=[], then=fails)(lambda x: x))
        == "✘ It learns nothing."
    )


# Whose function the lesson uses


def ours(x):
    return x


@pytest.mark.parametrize("gap", [lambda x: NotImplemented, lambda x: ...])
def test_a_placeholder_that_comes_back_is_a_gap(gap):
    assert Check(ours, cases=[(1.0,)], mistakes=[])(gap).word == "not attempted"


def test_a_gap_of_another_exercise_is_named():
    def advantage(x):
        raise NotImplementedError

    def step(x):
        return 2 * advantage(x)

    says = Check(lambda x: x, cases=[(1.0,)], mistakes=[])(step)
    assert says.word == "not yet" and says.says.startswith(
        "`advantage` is not written yet, and your `step` calls it"
    )


def unwritten(x):
    raise NotImplementedError


@pytest.mark.parametrize(
    "theirs, checked, mine, says",
    [
        (lambda x: x + 0, True, True, "uses your"),
        (lambda x: x + 0, False, False, "has not been checked"),
        (lambda x: x + 1, True, False, "has not passed its check yet"),
        (lambda x: None, True, False, "has not passed its check yet"),
        (unwritten, True, False, "is not written yet"),
        (..., False, False, "has not been checked"),
        (None, True, False, "has not been checked"),
    ],
)
def test_the_lesson_uses_what_passed_and_else_its_own(theirs, checked, mine, says, capsys):
    if checked:
        Check(ours, cases=[(1.0,)], mistakes=[])(theirs)
    assert (built(theirs, ours, "double") is theirs) is mine
    said = capsys.readouterr().out
    assert says in said and "`double`" in said and said.count("\n") == 1


def test_a_function_that_was_written_again_counts_only_when_it_is_checked_again():
    check = Check(ours, cases=[(1.0,)], mistakes=[])
    first, second = (lambda x: x), (lambda x: x)
    assert check(first).passed and built(first, ours) is first and built(second, ours) is ours
    assert not check(lambda x: 2).passed and built(first, ours) is first


def test_what_passed_the_check_of_another_exercise_is_not_used(capsys):
    double, check = (lambda x: 2 * x), Check(ours, cases=[(1.0,)], mistakes=[])
    of_double = Check(double, cases=[(1.0,)], mistakes=[])
    mine = lambda x: x + 0
    assert check(mine).passed and built(mine, double) is double
    assert "another exercise" in capsys.readouterr().out
    assert not of_double(mine).passed and built(mine, double) is double and built(mine, ours) is mine
    both = lambda x: x + 0
    assert check(both).passed and not of_double(both).passed and built(both, ours) is both


def test_a_helper_that_is_not_the_right_answer_itself_is_named_by_the_check():
    other = lambda x: x - 1
    mine = lambda x: x + 0
    assert Check(ours, cases=[(1.0,)], mistakes=[], used=other)(mine).passed and built(mine, other) is mine


def test_a_method_and_a_thing_that_can_be_called_count_like_functions():
    class Thing:
        by = 0

        def of(self, x):
            return x + self.by

        __call__ = of

    check, thing, other = Check(ours, cases=[(1.0,)], mistakes=[]), Thing(), Thing()
    assert check(thing.of).passed and built(thing.of, ours) == thing.of
    assert built(other.of, ours) is ours, "the method of another thing"
    assert check(thing).passed and built(thing, ours) is thing


@pytest.mark.parametrize(
    "turned, says",
    [
        ("BY = 2", "another `BY`"),
        ("def by(): return 2", "another `by`"),
        ("import math as other", "another `other`"),
        ("BY, other = 2, None", "another `BY` and `other`"),
        ("BY.append(2)", "another `BY`"),
        ("BY[0] = np.ones(1)", "another `BY`"),
        ("ARRAY[0] = 2", "another `ARRAY`"),
        ("SPACE.k = 2", "another `SPACE`"),
        ("f.__defaults__[0].append(2)", "another `the defaults of f`"),
        ("del BY", "another `BY`"),
        ("BY = [1]", ""),
        ("\ndef by(): return BY[0] * other.e", ""),
        ("unread = 3", ""),
    ],
)
def test_a_function_counts_as_checked_only_while_what_it_reads_is_as_it_was(turned, says, capsys):
    names = {"__name__": "__main__"}
    made = "import cmath as other, types, numpy as np; BY, SPACE = [1], types.SimpleNamespace(k=1)"
    exec(f"{made}; ARRAY = np.ones(1)\ndef by(): return BY[0] * other.e", names)
    exec("def f(x, w=[0]):\n    return (lambda: x * by() / by() / SPACE.k / float(ARRAY[0]))()", names)
    check, f = Check(ours, cases=[(1.0,)], mistakes=[]), names["f"]
    assert check(f).passed
    exec(turned, names)
    assert built(f, ours) is (ours if says else f) and says in capsys.readouterr().out
    exec(f"{made}; ARRAY = np.ones(1)\ndef by(): return BY[0] * other.e", names)
    assert check(f).passed and built(f, ours) is f


def test_built_needs_the_functions_of_the_helpers():
    with pytest.raises(TypeError, match="helpers is a function"):
        built(ours, None)


# What an answer returns, looked at


RUN = torch.tensor([[0.5, 0.5], [0.4, 0.6], [0.3, 0.7]])


@pytest.mark.parametrize("whole", [RUN, list(RUN), tuple(RUN.double()), RUN.clone().requires_grad_()])
def test_the_steps_of_a_run_are_taken_as_a_tensor_or_as_a_list_of_them(whole):
    taken = chances_of(tensor_of(whole, (3, 2), "a policy for each step", "step and action", steps=True))
    assert torch.equal(taken, RUN) and not taken.requires_grad and taken.dtype == torch.float32


@pytest.mark.parametrize(
    "value, says",
    [
        (None, "Is a `return` missing"),
        (RUN.tolist(), "returns a tensor: a policy for each step."),
        (RUN.numpy(), "returns a tensor"),
        (RUN.long(), "returns a tensor"),
        ([], "returns a tensor"),
        ([RUN[0], RUN[1, :1]], "returns a tensor"),
        (RUN[1:], "There are 2 policies for 2 steps"),
        (RUN.T, r"The shape is \(2, 3\), expected \(3, 2\): step and action"),
        (RUN[..., None], "The shape"),
        (RUN * torch.nan, r"NaN or infinite\. Is there a division"),
        (RUN.log(), "do not add up to 1"),
        (RUN * 1.01, "do not add up to 1"),
    ],
)
def test_what_is_no_run_is_said_in_a_sentence(value, says):
    with pytest.raises(NotYet, match=says):
        chances_of(
            tensor_of(value, (3, 2), "a policy for each step", "step and action", steps=True),
            "Is there a division?",
        )


@pytest.mark.parametrize("gap", [..., NotImplemented])
def test_a_gap_is_a_gap(gap):
    with pytest.raises(NotImplementedError):
        tensor_of(gap, (3, 2), "a policy for each step", "step and action")
