"""Lesson 07: the world, the reward model, what presses on it, what its rules will judge, and who foretells the peak."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import logsigmoid

from helpers.core import Batch, Rng
from helpers.lessons.lesson07 import peaks
from helpers.lessons.lesson07.arms import RL, EveryPlace, by_others, mean_pay, measured, trained
from helpers.lessons.lesson07.pressure import stand
from helpers.lessons.lesson07.taste import (
    FACT,
    LIE,
    PLACES,
    SEES,
    _taken,
    compare_answers,
    features,
    fitted,
    world,
)

SEEDS = [901, 902]


@pytest.fixture(scope="module")
def at():
    return world(SEEDS)


@pytest.fixture(scope="module")
def on():
    return stand(SEEDS, recorded=500)


def test_gold_has_mean_zero_and_spread_one_over_the_base_and_the_base_adds_up_to_one(at):
    assert at.base.sum(1).tolist() == pytest.approx([1, 1])
    assert (at.base * at.gold).sum(1).tolist() == pytest.approx([0, 0], abs=1e-9)
    assert (at.base * at.gold.square()).sum(1).tolist() == pytest.approx([1, 1])


def test_a_seed_is_the_same_world_alone_and_among_others(at):
    alone = world(SEEDS[1:])
    assert torch.allclose(alone.gold[0], at.gold[1]) and torch.allclose(alone.base[0], at.base[1])


def test_without_fading_and_neighbours_gold_is_a_sum_over_words():
    plain = world(SEEDS, fades=0, neighbours=0)
    number = lambda *words: int(sum(w * 5 ** (PLACES - 1 - i) for i, w in enumerate(words)))
    once = lambda place: number(*[FACT if i == place else 4 for i in range(PLACES)])
    none, both = number(*[4] * PLACES), number(FACT, FACT, 4, 4, 4, 4)
    gain = plain.gold[:, once(0)] - plain.gold[:, none]
    assert torch.allclose(plain.gold[:, once(3)] - plain.gold[:, none], gain)
    assert torch.allclose(plain.gold[:, both] - plain.gold[:, none], 2 * gain)
    faded = world(SEEDS, neighbours=0).gold
    assert (faded[:, both] - faded[:, none] < 2 * (faded[:, once(0)] - faded[:, none])).all()


def test_the_reward_model_is_the_likeliest_one(at):
    seen, pairs = features(at), compare_answers(at, 40)
    weights = fitted(seen, pairs).requires_grad_()
    more = seen[pairs.better] - seen[pairs.worse]
    told = logsigmoid((more @ weights[..., None])[..., 0]).sum() - weights.square().sum() / 2
    told.backward()
    assert weights.grad.abs().max() < 1e-8


def test_more_comparisons_make_a_model_of_the_right_kind_right_and_one_of_another_kind_not(at):
    def agree(sees, pairs):
        seen = features(at, sees)
        score = (seen @ fitted(seen, compare_answers(at, pairs)).T).T
        score = score - (at.base * score).sum(1, keepdim=True)
        spread = (at.base * score.square()).sum(1).sqrt()
        return ((at.base * score * at.gold).sum(1) / spread).min()

    assert agree(SEES[2], 3000) > 0.98
    assert agree(SEES[0], 30) < agree(SEES[0], 3000) < 0.97


def test_judges_prefer_the_better_answer_as_often_as_they_are_sure(at):
    pairs = compare_answers(at, 4000, sure=2.0)
    ahead = at.gold.gather(1, pairs.better) - at.gold.gather(1, pairs.worse)
    expected = torch.sigmoid(2.0 * ahead.abs()).mean(1)
    assert torch.allclose((ahead > 0).double().mean(1), expected, atol=0.03)


def test_a_judge_who_sees_no_lie_judges_as_if_facts_stood_there_and_the_pairs_stay_the_same(at):
    seeing, blind = (compare_answers(at, 4000, caught=one) for one in (1.0, 0.0))
    first = lambda one: torch.stack([one.better, one.worse]).sort(0).values
    assert torch.equal(first(seeing), first(blind))
    words = at.answers.every
    read = torch.where(words == LIE, FACT, words)
    number = (read * 5 ** torch.arange(PLACES - 1, -1, -1)).sum(1)
    liked = at.gold[:, number]
    ahead = liked.gather(1, blind.better) - liked.gather(1, blind.worse)
    assert torch.allclose((ahead > 0).double().mean(1), torch.sigmoid(1.5 * ahead.abs()).mean(1), atol=0.03)
    same = (words[seeing.better] != LIE).all(-1) & (words[seeing.worse] != LIE).all(-1)
    assert torch.equal(seeing.better[same], blind.better[same]) and (seeing.better != blind.better).any()


def test_a_judge_who_sees_each_lie_with_chance_one_half_sees_about_half_of_them(at):
    drawn = at.draw(2000, Rng(SEEDS, 5))
    lies = lambda answers: (at.answers.every[answers] == LIE).double().sum()
    left = lies(_taken(at, drawn, Rng(SEEDS, 6).uniform(2000, PLACES) < 0.5))
    assert float(left / lies(drawn)) == pytest.approx(0.5, abs=0.05)


def test_whoever_cannot_tell_a_lie_leaves_lies_as_frequent_among_claims_as_they_were():
    blind = stand(SEEDS, sees=SEES[1], recorded=100)
    end = blind.at_nats(blind.leash)
    every = blind.at.answers.every
    lies = torch.where(every == FACT, LIE, every)
    number = (lies * 5 ** torch.arange(PLACES - 1, -1, -1)).sum(1)
    ratio = end / blind.at.base
    assert torch.allclose(ratio, ratio[:, number])


def test_all_families_are_as_far_as_was_asked(on):
    for family in (on.best, on.leash, on.kept):
        assert on.nats(on.at_nats(family, 1.5)).tolist() == pytest.approx([1.5, 1.5], abs=0.02)


def test_no_policy_so_far_away_is_paid_more_than_the_leashed_one(on):
    most = on.told(on.at_nats(on.leash))["proxy"]
    for family in (on.best, on.kept):
        assert (on.told(on.at_nats(family))["proxy"] < most).all()


def test_the_wrong_scale_moves_the_leash_alone():
    right, wrong = stand(SEEDS, recorded=300), stand(SEEDS, recorded=300, scale="wrong")
    assert torch.allclose(right.satisfied(), wrong.satisfied())
    assert torch.allclose(right.at_nats(right.best), wrong.at_nats(wrong.best), atol=1e-6)
    assert (
        wrong.told(wrong.at_nats(wrong.leash))["gold"] < right.told(right.at_nats(right.leash))["gold"]
    ).all()


def test_satisficing_stays_within_what_words_of_the_data_can_make(on):
    best = on.best_recorded()
    assert (on.recorded[best > 0] > 0).all()
    assert (on.pays[on.best_there_is() > 0] >= on.pays[best > 0]).all()


def test_the_null_arm_weighs_an_episode_by_what_others_earned():
    reward = torch.tensor([[[0.0], [1.0], [4.0], [2.0]]])
    batch = Batch(
        torch.zeros(1, 4, 1, 1), torch.zeros(1, 4, 1).long(), torch.ones(1, 4, 1, dtype=torch.bool), reward
    )
    other = reward.clone()
    other[0, 2] = 100.0
    assert by_others(batch.with_(reward=other))[0, 2] == by_others(batch)[0, 2]
    assert by_others(batch)[0, :, 0].tolist() == pytest.approx([2 - 7 / 3, 0 - 2, 1 - 1, 4 - 5 / 3])


def test_the_exact_loss_is_the_mean_pay_and_its_gradient_that_of_many_episodes(on):
    start = on.at.answers.writer(on.at.logits, SEEDS)
    batch = EveryPlace(on.pays, on.at.answers)(start, Rng(SEEDS))
    loss = mean_pay(on.pays, on.at.answers)(start.evaluate(batch.obs, batch.action), batch)
    assert (-loss).tolist() == pytest.approx((on.at.base * on.pays).sum(1).tolist(), abs=1e-5)
    assert batch.returns[:, 0].tolist() == pytest.approx((-loss).tolist(), abs=1e-5)
    loss.sum().backward()
    (table,) = (one.grad for one in start.stacked)  # [seed, word, place and before]
    chance = on.at.base[0] * on.pays[0]
    first = on.at.answers.every[:, 0]
    for word in range(
        5
    ):  # the gradient of a logit of the first word: what answers with it earn beyond the mean
        share = float(on.at.base[0][first == word].sum())
        expected = float(chance[first == word].sum()) - share * float(chance.sum())
        assert -float(table[0, word, 5]) == pytest.approx(expected, abs=1e-5)


def test_no_step_of_exact_rl_keeps_a_list_of_all_chances(on):
    start, kept = on.at.answers.writer(on.at.logits, SEEDS), []
    batch = EveryPlace(on.pays, on.at.answers)(start, Rng(SEEDS))
    with torch.autograd.graph.saved_tensors_hooks(lambda one: kept.append(one) or one, lambda one: one):
        mean_pay(on.pays, on.at.answers)(start.evaluate(batch.obs, batch.action), batch)
    own = [one for one in kept if one.untyped_storage().data_ptr() != on.pays.untyped_storage().data_ptr()]
    assert kept and max(one.untyped_storage().nbytes() for one in own) < on.pays.nbytes / 5


def test_a_writer_is_measured_as_the_list_of_its_chances_is(on):
    logits = on.at.logits + torch.randn(on.at.logits.shape, generator=torch.Generator().manual_seed(1))
    listed, told = on.told(on.at.answers.log_chances(logits).exp()), on.told_of(logits)
    assert listed.keys() == told.keys()
    for name in told:
        assert torch.allclose(listed[name], told[name], atol=1e-12), name


def test_what_is_measured_starts_at_the_base_ends_at_the_end_and_lies_as_dense_at_other_rates():
    assert measured(100)[:4] == [0, 2, 4, 6] and measured(100)[-2:] == [90, 100] and 60 in measured(100)
    assert measured(300, 0.05 / 3)[:3] == [0, 6, 12] and measured(100, 0.15)[:3] == [0, 1, 2]
    assert measured(5)[-1] == 5 and len(set(measured(60))) == len(measured(60))


def test_rl_raises_the_pay_whether_it_draws_answers_or_not(on):
    runs = trained(on, [RL, "RL"], steps=20)
    ends = {name: on.told(on.at.answers.chances(run.policy)) for name, run in runs.items()}
    assert (ends[RL]["proxy"] > 1).all() and (ends["RL"]["proxy"] > 0.5).all()


def test_a_leash_brings_rl_near_boltzmann(on):
    run = trained(on, ["RL, leash"], steps=60, leash=1.0)["RL, leash"]
    end, theory = on.told(on.at.answers.chances(run.policy)), on.told(on.leash(torch.ones(2).double()))
    assert torch.allclose(end["KL"], theory["KL"], atol=0.25)
    assert torch.allclose(end["gold"], theory["gold"], atol=0.25)


@pytest.mark.parametrize("form", peaks.FORMS)
def test_a_published_curve_is_found_again_with_its_peak(form):
    nats = np.linspace(0.05, 6, 4000)
    gold = peaks.columns(np.sqrt(nats), form) @ [1.2, 0.5]
    pair, miss = peaks.fitted_form(nats, gold, form)
    assert pair == pytest.approx([1.2, 0.5]) and miss < 1e-9
    if form == "best of n":
        assert peaks.peak_of(pair, form) == pytest.approx(nats[gold.argmax()], abs=0.01)
    assert peaks.peak_of((2.0, 1.0), "RL") == pytest.approx(math.e**2)


def test_forms_are_fitted_from_one_nat_on_evenly_in_the_root_of_the_kl():
    nats = np.concatenate([np.linspace(0, 2, 300), [4.0, 3.9, 9.0]])
    far, gold = peaks.evenly(nats, np.sqrt(nats), least=1.0, points=5)
    assert np.sqrt(far) == pytest.approx([1, 1.5, 2, 2.5, 3]) and gold == pytest.approx(
        np.sqrt(far), abs=1e-9
    )
    curve = peaks.columns(np.sqrt(nats), "RL") @ [1.2, 0.5]
    table = peaks.misses([nats], [np.where(nats < 0.9, 50.0, curve)]).set_index("form")
    assert table.miss["RL"] < 0.02 < table.miss["best of n"] + 0.02 and table.alpha["RL"] == pytest.approx(
        1.2, abs=0.1
    )


def test_a_curve_that_never_falls_has_no_peak():
    assert peaks.peak_of((1.0, -0.1), "best of n") == np.inf


def test_nobody_loses_less_than_nothing_and_who_never_stops_loses_the_fall(on):
    nats, gold, same = peaks.best_of_curve(on)
    lost = peaks.regrets(nats, gold, same)
    assert all((row >= 0).all() for row in lost.values())
    assert lost["never"] == pytest.approx(gold.max(1) - gold[:, -1])
