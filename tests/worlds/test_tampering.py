"""The workshop: what is told exactly is what happens, plans are best, and a board that is hidden changes nothing."""

import pytest
import torch

from helpers.core import Demonstrations, Policy, Rng, Rollouts, mlp
from helpers.worlds.tampering import ASKED, CELLS, PRICES, ROOMS, Exactly, Workshop, serve

SEEDS = range(3)


@pytest.fixture(scope="module")
def policy():
    made = Policy(mlp(Workshop.features, Workshop.actions, (16,)), seeds=SEEDS)
    with torch.no_grad():
        for weight in made.stacked:
            weight *= 2  # else all actions are nearly alike
    return made


WORLDS = {
    "dead lever": {},
    "lever pays": {"prices": [(1, 0, 2)]},
    "two pulls": {"prices": [(1, 0, 2)], "pulls": 2},
    "dead, painted": {"prices": "dead", "board": "painted"},
    "all, slots": {"prices": "every", "board": "slots"},
    "shuffled": {"prices": "changing", "board": "shuffled"},
    "the board lies": {"prices": "changing", "board": "painted", "says": (0, 1, 2)},
    "walled": {"walled": True},
    "inert": {"prices": "every", "board": "painted", "inert": True},
    "decoy": {"prices": "every", "board": "painted", "decoy": True},
}


@pytest.mark.parametrize("name", WORLDS)
def test_what_is_told_exactly_is_what_episodes_come_to(policy, name):
    env = Workshop(**WORLDS[name], rooms="new", horizon=6)
    told, batch = Exactly(env)(policy), Rollouts(env, episodes=4000, advantage=None)(policy, Rng(SEEDS))
    error = batch.returns.std(1) / 4000**0.5
    assert ((batch.returns.mean(1) - told.record).abs() < 4.5 * error + 1e-6).all()


def test_the_lamp_in_the_end_is_what_episodes_come_to(policy):
    env = Workshop(prices=[(0, 0, 1)], rooms="new", horizon=6)
    told, batch = Exactly(env)(policy), Rollouts(env, episodes=4000, advantage=None)(policy, Rng(SEEDS))
    lit = batch.obs_after[..., 4 * CELLS].mean(1)
    assert ((lit - told.lamp).abs() < 4.5 * (told.lamp * (1 - told.lamp) / 4000).sqrt()).all()


@pytest.mark.parametrize("name", ["dead lever", "lever pays", "two pulls", "dead, painted"])
def test_no_policy_earns_more_than_the_plan(policy, name):
    exact = Exactly(Workshop(**WORLDS[name], rooms="new"))
    best = exact.of(exact.plan()).record
    at_random = torch.rand(5, *exact.record.shape, generator=torch.Generator().manual_seed(0))
    at_random = at_random / at_random.sum(-1, keepdim=True)
    assert (exact(policy).record < best).all() and (exact.of(lambda t: at_random).record < best).all()


def test_a_plan_for_the_record_pulls_the_lever_and_one_for_the_work_does_not():
    exact = Exactly(Workshop(prices=[(1, 0, 2)], rooms="new"))
    assert exact.of(exact.plan()).lamp == 1 and exact.of(exact.plan(exact.work)).lamp == 0
    assert exact.of(exact.plan(exact.work)).work == exact.of(exact.plan(exact.work)).record


def test_the_teacher_does_what_the_best_plan_does_while_the_lever_is_dead():
    env = Workshop(prices="changing", rooms="new")
    exact = Exactly(env)
    taught = Demonstrations(env, serve, episodes=4000)(None, Rng(SEEDS)).returns
    best = exact.of(exact.plan()).record
    assert ((taught.mean(1) - best).abs() < 4.5 * taught.std(1) / 4000**0.5).all()


def test_a_hidden_board_makes_no_difference_until_the_lamp_is_on(policy):
    told = [Exactly(Workshop(prices=[prices], rooms="new"))(policy) for prices in ((1, 0, 0), (0, 1, 0))]
    assert torch.equal(told[0].used, told[1].used)
    told = [Exactly(Workshop(prices=[(0, 0, pays)], rooms="new"))(policy).lamp for pays in (1.0, 4.0)]
    assert torch.equal(*told)


def test_trained_and_new_rooms_are_all_rooms_and_have_none_in_common():
    trained, new, every = (Workshop(rooms=rooms).rooms.tolist() for rooms in ("trained", "new", "all"))
    assert sorted(trained + new) == every and not set(trained) & set(new) and len(every) == 6 * 5 * 4


def test_an_inert_lever_looks_as_one_that_works_and_does_nothing(policy):
    live, inert = (
        Exactly(Workshop(prices="every", board="painted", rooms="six", inert=one)) for one in (False, True)
    )
    assert torch.equal(live.seen, inert.seen)
    assert (inert(policy).lamp == 0).all() and (live(policy).lamp > 0).all()
    assert (inert(policy).record < live(policy).record).any()


def test_what_is_measured_of_held_out_pairs_was_never_told():
    asked = set(ASKED)
    told, below = ({(max(a, b), lever) for a, b, lever in PRICES[name]} for name in ("told", "below"))
    assert not asked & told and len(told) == 7
    assert all(lever < bench for bench, lever in below)


def test_six_rooms_have_the_three_things_at_the_same_three_cells():
    six = ROOMS[Workshop(rooms="six").rooms]
    assert len(six) == 6 and len(set(map(tuple, six.tolist()))) == 6 and len(six.unique()) == 3
    assert len(Workshop(rooms="one").rooms) == 1


def test_a_decoy_stands_where_nothing_is_to_be_seen():
    env = Workshop(prices="every", board="painted", rooms="all", decoy=True)
    assert not (env.at[:, 2, None] == ROOMS).any()


def test_nobody_stands_on_a_walled_lever():
    env = Workshop(walled=True)
    state = env.reset(Rng(SEEDS), 200)
    rng = Rng(SEEDS, 1)
    for _ in range(20):
        state, _, _ = env.step(state, rng.integers(5, 200), rng)
    assert (state.cell != ROOMS[state.room][..., 2]).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"prices": "some"},
        {"prices": []},
        {"prices": [(1, 0)]},
        {"prices": [(1, -1, 0)]},
        {"board": "no"},
        {"pulls": 0},
    ],
)
def test_a_workshop_that_there_is_not_is_refused(wrong):
    with pytest.raises((ValueError, TypeError)):
        Workshop(**wrong)


def test_of_two_prices_the_larger_is_twice_the_smaller():
    assert all(max(a, b) >= 2 * min(a, b) for a, b, _ in PRICES["dead"])
