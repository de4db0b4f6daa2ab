"""Two arms: what is told, who is best, exactly, and rules of thumb."""

import pytest
import torch

from helpers.core import Demonstrations, Policy, Rng, table
from helpers.core.play import play
from helpers.worlds.pulls import Exactly, Prior, Pulls, one_task, prior
from helpers.worlds.thumbs import CASES, WIN_STAY, best_table, every_table, takes_second


def batch(told, odds=(1.0, 0.0), episodes=400):
    act = lambda state, obs, t: (torch.full(obs.shape[:2], t % 2), None)
    return play(Pulls(one_task(*odds), horizon=5, told=told), episodes, act, Rng([0, 1]))


def independent(grid=200):
    """Any two chances, equally likely."""
    chance = (torch.arange(grid) + 0.5) / grid
    return Prior(torch.cartesian_prod(chance, chance), torch.ones(grid**2) / grid**2)


def test_nothing_is_seen_before_the_first_pull_and_then_the_last_one():
    obs = batch("real").obs
    assert not obs[:, :, 0].any()
    assert (obs[:, :, 1].argmax(-1) == 0).all() and (obs[:, :, 2].argmax(-1) == 3).all()


def test_flipped_tells_a_pay_as_a_miss_and_pays_all_the_same():
    flipped = batch("flipped")
    assert (flipped.obs[:, :, 1].argmax(-1) == 1).all() and (flipped.obs[:, :, 2].argmax(-1) == 2).all()
    assert torch.equal(flipped.reward, batch("real").reward)


def test_without_coins_a_pull_pays_its_chance_and_is_told_as_a_coin():
    act = lambda state, obs, t: (torch.zeros(obs.shape[:2], dtype=torch.long), None)
    found = play(Pulls(one_task(0.3, 0.6), horizon=2, coins=False), 500, act, Rng([0]))
    assert torch.allclose(found.reward, torch.tensor(0.3))
    assert abs(float(found.obs[:, :, 1, 0].mean()) - 0.3) < 0.08


def test_by_lot_tells_nothing():
    told = batch("by lot").obs[:, :, 1].argmax(-1)
    assert abs(float((told == 0).float().mean()) - 0.5) < 0.06


def test_a_skewed_prior_has_arm_1_as_the_better_one_so_often():
    tasks = prior(first=0.95)
    assert float(tasks.weight[tasks.pairs[:, 0] > tasks.pairs[:, 1]].sum()) == pytest.approx(0.95, abs=1e-5)


def test_what_is_left_out_never_comes():
    tasks = prior(left_out=lambda pairs: (pairs < 0.5).all(1))
    assert (tasks.pairs.amax(1) > 0.5).all() and float(tasks.weight.sum()) == pytest.approx(1, abs=1e-5)


def test_with_all_chances_equally_likely_an_arm_pays_as_laplace_says():
    known = Exactly(independent(), 4)
    paid, missed = known.counts[:, 0], known.counts[:, 1]
    assert torch.allclose(known.mean[:, 0], (paid + 1) / (paid + missed + 2.0).double(), atol=1e-3)


@pytest.mark.parametrize("pulls, worth", [(1, 0.5), (2, 0.5 + 0.5 * 2 / 3 + 0.5 * 0.5)])
def test_a_pull_or_two_are_worth_what_one_computes_by_hand(pulls, worth):
    assert float(Exactly(independent(), pulls).value[0].max()) == pytest.approx(worth, abs=1e-3)


def earns(known, choice):
    """What a learner earns over the prior, told by where its counts lead in each task."""
    return sum(
        float(weight) * float((pair[1] + (pair[0] - pair[1]) * known.takes(choice, pair)).sum())
        for pair, weight in zip(known.tasks.pairs.tolist(), known.tasks.weight, strict=True)
    )


def test_the_best_learner_earns_what_its_value_says_and_more_than_thompson():
    known = Exactly(prior(grid=4), 5)
    best = earns(known, known.best())
    assert best == pytest.approx(float(known.value[0].max()), abs=1e-5)
    assert best > earns(known, known.thompson()) > 5 * 0.5


def test_chances_of_counts_add_up_to_one_at_each_number_of_pulls():
    known = Exactly(prior(grid=4), 4)
    reached = known.reached(known.thompson(), (0.3, 0.6))
    assert all(float(reached[known.pulls == n].sum()) == pytest.approx(1) for n in range(5))


def test_what_is_exact_is_what_is_drawn():
    known = Exactly(prior(), 5)
    choice = known.thompson()
    rng = Rng([0])
    teacher = lambda env, state: (
        rng.uniform(state.counts.shape[1]) > choice[known.place[state.counts.unbind(-1)]][..., 0]
    ).long()
    drawn = Demonstrations(Pulls(one_task(0.3, 0.7), horizon=5), teacher, episodes=8000)(
        Policy(table(2)), Rng([0], 7)
    )
    assert torch.allclose(
        drawn.action.float().mean((0, 1)), 1 - known.takes(choice, (0.3, 0.7)).float(), atol=0.02
    )


def test_win_stay_lose_shift_is_a_markov_chain_that_one_can_write_down():
    takes = takes_second(WIN_STAY, torch.tensor([[0.3, 0.7]]), 3)[:, 0, 0]
    first = 0.5
    second = first * 0.7 + first * 0.7
    assert takes.tolist() == pytest.approx([first, second, second * 0.7 + (1 - second) * 0.7])


def test_all_tables_are_there_once_and_none_earns_more_than_the_best():
    tables, tasks = every_table(), prior(grid=4)
    assert tables.shape == (2**CASES, CASES) and len(tables.unique(dim=0)) == 2**CASES
    second = takes_second(tables, tasks.pairs, 6).mean(0)
    pays = (tasks.pairs[:, 0] * (1 - second) + tasks.pairs[:, 1] * second) @ tasks.weight
    best = takes_second(best_table(tasks, 6), tasks.pairs, 6).mean(0)
    mine = (tasks.pairs[:, 0] * (1 - best) + tasks.pairs[:, 1] * best) @ tasks.weight
    assert float(mine) == pytest.approx(float(pays.max()))
    assert 6 * float(mine) <= float(Exactly(tasks, 6).value[0].max())


@pytest.mark.parametrize("wrong", [{"horizon": 0}, {"told": "a lie"}])
def test_what_does_not_fit_is_refused(wrong):
    with pytest.raises(ValueError):
        Pulls(one_task(0.5, 0.6), **wrong)
