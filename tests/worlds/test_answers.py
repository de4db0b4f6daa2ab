"""Answers that can all be counted: every exact value is computed a second time, by going through the cases."""

import itertools
import math

import pytest
import torch

from helpers.core import Rng
from helpers.core.distributions import kl
from helpers.worlds.answers import Answers, at_kl, best_of, kl_bound, tilted, top_share
from helpers.worlds.bandits import boltzmann_policy

BASE = torch.tensor([[0.1, 0.2, 0.3, 0.4]]).double()
TIED = torch.tensor([[2.0, 0.0, 2.0, 1.0]]).double()


def test_answers_are_numbered_as_their_words_are_digits_and_pay_once():
    pays = torch.arange(9.0)[None].expand(2, -1)
    env = Answers(3, 2, pays)
    assert env.every[5].tolist() == [1, 2]
    rng = Rng([1, 2])
    state = env.reset(rng, 4)
    state, first, ended = env.step(state, torch.ones(2, 4, dtype=torch.long), rng)
    assert not ended.any() and not first.any()
    state, second, ended = env.step(state, torch.full((2, 4), 2), rng)
    assert ended.all() and (second == 5).all()


def test_the_chance_of_an_answer_is_the_product_of_its_words():
    env = Answers(3, 4)
    logits = torch.randn(2, 4, 4, 3, generator=torch.Generator().manual_seed(1))
    policy = env.writer(logits, [3, 4])
    chance = env.chances(policy)
    for seed, answer in ((0, 0), (1, 17), (0, 80)):
        words, before, product = env.every[answer].tolist(), 3, 1.0
        for place, word in enumerate(words):
            product *= float(logits[seed, place, before].softmax(-1)[word])
            before = word
        assert float(chance[seed, answer]) == pytest.approx(product, rel=1e-5)
    assert torch.allclose(chance.sum(1), torch.ones(2).double(), atol=1e-6)


def test_what_is_played_comes_as_often_as_its_chance_says():
    env = Answers(2, 2)
    logits = torch.randn(1, 2, 3, 2, generator=torch.Generator().manual_seed(2))
    policy, rng = env.writer(logits, [5]), Rng([5])
    state = env.reset(rng, 20_000)
    for _ in range(2):
        action, _ = policy.sample(env.observe(state), rng.gumbel(20_000, 2))
        state, *_ = env.step(state, action, rng)
    came = torch.bincount(state.answer[0], minlength=4) / 20_000
    assert torch.allclose(came.double(), env.chances(policy)[0], atol=0.015)


@pytest.mark.parametrize("places", [1, 2, 3, 4])
@pytest.mark.parametrize("rows", [1, 2])
def test_means_and_kl_without_a_list_are_those_of_the_list_of_all_chances(places, rows):
    env, dice = Answers(3, places), torch.Generator().manual_seed(places)
    mine, base = (torch.randn(2, places, 4, 3, generator=dice) for _ in range(2))
    value = torch.randn(rows, env.count, generator=dice).double()
    listed, other = env.log_chances(mine), env.log_chances(base)
    assert torch.allclose(env.mean(mine, value), (listed.exp() * value).sum(1), atol=1e-12)
    assert torch.allclose(env.drift(mine, base), kl(listed, other), atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_best_of_n_is_what_going_through_all_draws_gives_ties_by_lot(n):
    out = torch.zeros(4).double()
    for draw in itertools.product(range(4), repeat=n):
        chance = math.prod(float(BASE[0, one]) for one in draw)
        best = max(float(TIED[0, one]) for one in draw)
        among = [one for one in draw if float(TIED[0, one]) == best]
        for one in among:
            out[one] += chance / len(among)
    assert torch.allclose(best_of(BASE, TIED, n)[0], out, atol=1e-12)


def test_best_of_n_is_never_farther_than_the_bound_and_near_it_where_no_answer_is_likely():
    fine = torch.full((1, 100_000), 1e-5).double()
    score = torch.arange(100_000.0).double()[None]
    for n in (2, 16, 300):
        near = kl(best_of(fine, score, n).log(), fine.log())
        coarse = kl(best_of(BASE, TIED, n).log(), BASE.log())
        assert float(near) == pytest.approx(kl_bound(n), rel=2e-2) and float(near) <= kl_bound(n)
        assert float(coarse) < kl_bound(n) - 0.01


def test_best_of_very_many_is_the_best_there_is():
    assert best_of(BASE, TIED, 1e9)[0].tolist() == pytest.approx([0.25, 0, 0.75, 0])


def test_the_best_share_keeps_the_base_inside_and_costs_the_logarithm_of_the_share():
    kept = top_share(BASE, TIED, 0.4)
    assert kept[0].tolist() == pytest.approx([0.25, 0, 0.75, 0])
    assert float((kept * (kept.clamp(min=1e-300) / BASE).log()).sum()) == pytest.approx(-math.log(0.4))
    assert top_share(BASE, TIED, 0.6)[0].tolist() == pytest.approx([1 / 6, 0, 1 / 2, 1 / 3])
    assert top_share(BASE, TIED, 1.0)[0].tolist() == pytest.approx(BASE[0].tolist())


def test_best_of_n_and_the_best_share_know_only_the_order_of_the_scores_the_boltzmann_policy_their_size():
    for choose, alike in (
        (lambda s: best_of(BASE, s, 4), True),
        (lambda s: top_share(BASE, s, 0.3), True),
        (lambda s: tilted(BASE, s, 1.0), False),
    ):
        assert torch.allclose(choose(TIED), choose(TIED.exp())) == alike


def test_the_tilted_policy_is_the_boltzmann_policy():
    assert torch.allclose(tilted(BASE, TIED, 2.0), boltzmann_policy(BASE, TIED, 0.5))


def test_the_nearest_writer_gives_a_writer_back_and_has_the_shares_of_what_was_written():
    env = Answers(3, 4)
    logits = torch.randn(2, 4, 4, 3, generator=torch.Generator().manual_seed(3))
    chance = env.log_chances(logits).exp()
    assert torch.allclose(env.log_chances(env.best_writer(chance)).exp(), chance, atol=1e-12)
    other = torch.rand(1, 81, generator=torch.Generator().manual_seed(4)).double()
    other = other / other.sum()
    writer = env.best_writer(other)
    rows = [(env.every[i].tolist(), float(other[0, i])) for i in range(81)]
    total = sum(p for words, p in rows if words[1] == 2)
    share = sum(p for words, p in rows if words[1] == 2 and words[2] == 0) / total
    assert float(writer[0, 2, 2, 0].exp()) == pytest.approx(share)
    assert float(writer[0, 0, 3, 1].exp()) == pytest.approx(sum(p for words, p in rows if words[0] == 1))


def test_no_writer_is_likelier_to_say_the_data_than_the_nearest_one():
    env = Answers(3, 3)
    seen = torch.rand(1, 27, generator=torch.Generator().manual_seed(5)).double()
    seen = seen / seen.sum()
    best = env.best_writer(seen)
    told = (seen * env.log_chances(best)).sum()
    for seed in range(5):
        moved = best + 0.1 * torch.randn(best.shape, generator=torch.Generator().manual_seed(seed))
        assert float((seen * env.log_chances(moved)).sum()) < float(told)


NATS = lambda policy: (policy * (policy / BASE).log()).sum(1)
SCORE = torch.tensor([[0.0, 1.0, 2.0, 3.0]]).double()


def test_the_pressure_that_takes_a_policy_so_far_is_found_and_none_where_it_never_gets_there():
    family = lambda x: tilted(BASE, SCORE, x)
    strength = at_kl(family, NATS, 0.3, range(20), 1)
    assert float(NATS(family(strength))) == pytest.approx(0.3, abs=1e-6)
    assert at_kl(family, NATS, 3.0, range(20), 1).isnan().all()
    assert at_kl(family, NATS, 0.3, range(10, 20), 1).isnan().all()  # it is farther from the start on


def test_of_a_family_that_comes_back_the_first_crossing_is_found():
    there_and_back = lambda x: tilted(BASE, SCORE, torch.where(x < 3, x, (6 - x).clamp(min=0)))
    strength = at_kl(there_and_back, NATS, 0.3, range(12), 1)
    assert float(strength) < 3 and float(NATS(there_and_back(strength))) == pytest.approx(0.3, abs=1e-6)


def test_each_seed_can_be_pressed_as_hard_as_it_should():
    base, score = BASE.expand(2, -1), TIED.expand(2, -1)
    for choose, hard in ((best_of, (2.0, 7.0)), (top_share, (0.2, 0.6))):
        both = choose(base, score, torch.tensor(hard))
        for seed, one in enumerate(hard):
            assert torch.allclose(both[seed], choose(BASE, TIED, one)[0])


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError):
        Answers(3, 2, torch.zeros(1, 8))
    with pytest.raises(ValueError):
        best_of(BASE, TIED, 0.5)
    with pytest.raises(ValueError):
        top_share(BASE, TIED, 0.0)
    with pytest.raises(ValueError):
        top_share(BASE.expand(2, -1), TIED.expand(2, -1), torch.tensor([0.5, 1.5]))
