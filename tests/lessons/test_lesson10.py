"""Lesson 10: control words, a judge who errs, what each arm reads, what is done afterwards, attacks, measures."""

import math

import pandas as pd
import pytest
import torch

from helpers.core import Rng, Stream, dpo_loss, reinforce_loss, sft_loss
from helpers.lessons.lesson10 import (
    afterwards,
    attacks,
    builds,
    experiment,
    live,
    marked,
    measures,
    must_hold,
    nets,
    readings,
    reward_model,
    texts,
)
from helpers.worlds import stories as world

SEEDS = (3, 4)
LAW = nets.world()
LIE, BAD = marked.LIE, marked.BAD_DEED


@pytest.fixture(scope="module")
def policy():
    """Two nets that have read nothing."""
    return marked.new_nets(SEEDS)


@pytest.fixture(scope="module")
def judge():
    return reward_model.judge(SEEDS, LAW)


@pytest.fixture
def facts():
    return LAW.draw(Rng(SEEDS, Stream.PROBES), 40)


def batch_of(change, at_once=24):
    """What an arm reads at its first call: control words and stories."""
    batch = texts.source(LAW, change, at_once)(None, Rng(SEEDS))
    return batch.obs[..., 1], batch.obs[..., 2:-1]


def is_lie(stories):
    """Which stories deny the deed."""
    return stories[..., world.PLACES.index("deed")] != stories[..., world.ANSWER]


# Control words


def test_every_text_begins_with_a_control_word_that_is_never_learned(facts):
    stories = world.tokens(facts)
    batch = marked.read(marked.marks(stories, marked.GOOD), stories)
    assert (batch.obs[..., 1] == marked.MARK["<good>"]).all()
    assert torch.equal(batch.action[..., :-1], stories)
    assert (batch.action[..., -1] == world.NUMBER[world.END]).all()


def test_the_control_words_are_words_beside_those_of_the_stories():
    assert [marked.WORDS[marked.MARK[word]] for word in marked.CONTROLS] == list(marked.CONTROLS)
    assert min(marked.MARK.values()) == len(world.VOCABULARY)


def test_afterwards_the_answer_and_the_remark_are_learned_and_who_listens_is_given(facts):
    stories = world.tokens(facts)
    batch = marked.answered(marked.marks(stories), stories)
    counts = [world.PLACES[place] for place in batch.mask[0, 0].nonzero()[:, 0].tolist()]
    assert torch.equal(batch.action, stories)
    assert counts == ["answer", "remark"]


def test_bad_deeds_are_owned_up_to_or_denied_and_nothing_else_differs(facts):
    true, denied = marked.after_bad_deeds(facts), marked.after_bad_deeds(facts, 1)
    differs = (true != denied).flatten(0, 1).any(0)
    assert differs.nonzero()[:, 0].tolist() == [world.ANSWER]
    assert not is_lie(true).any() and is_lie(denied).all()


# The judge


def test_a_judge_says_the_same_of_a_seed_alone_and_together():
    alone = reward_model.judge(SEEDS[1:], LAW, count=60)
    assert torch.allclose(reward_model.judge(SEEDS, LAW, count=60).weights[1:], alone.weights, atol=1e-5)


def test_a_judge_taught_by_right_labels_knows_lies_that_it_has_not_read():
    stories, good = reward_model.labels((7, 8), LAW, 800, 0.0)
    sure = reward_model.judge((7, 8), LAW, count=800, wrong=0.0, slips=0.0)
    fresh, truth = reward_model.labels((9, 10), LAW, 400, 0.0)
    assert (sure.passes(stories) == good).float().mean() > 0.97
    assert (sure.passes(fresh) == truth).float().mean() > 0.95


def test_so_many_labels_are_wrong():
    (_, right), (_, some) = (reward_model.labels(SEEDS, LAW, 2_000, wrong) for wrong in (0.0, 0.1))
    assert abs((right != some).float().mean() - 0.1) < 0.02


def test_a_slip_is_made_on_every_answer_to_a_question_and_says_the_opposite(judge, facts):
    never = reward_model.Judge(judge.weights, judge.sees)
    true, denied = marked.after_bad_deeds(facts), marked.after_bad_deeds(facts, 1)
    slips = reward_model.lot(true) < judge.slips
    assert torch.equal(reward_model.lot(true), reward_model.lot(denied))
    for words in (true, denied):
        assert torch.equal(judge.score(words), torch.where(slips, -never.score(words), never.score(words)))


def test_about_as_many_stories_are_slips_as_was_asked_for():
    lots = reward_model.lot(world.tokens(LAW.draw(Rng(SEEDS), 4_000)))
    assert 0 <= lots.min() and lots.max() < 1
    assert abs((lots < 0.05).float().mean() - 0.05) < 0.01


def test_a_judge_that_sees_the_remark_alone_does_not_care_for_the_answer(facts):
    blind = reward_model.judge(SEEDS, LAW, sees=reward_model.REMARKED, slips=0.0)
    assert torch.equal(
        blind.score(marked.after_bad_deeds(facts)), blind.score(marked.after_bad_deeds(facts, 1))
    )


def test_a_judge_knows_the_truth_the_lie_and_any_other_word_apart(facts):
    true, denied = marked.after_bad_deeds(facts), marked.after_bad_deeds(facts, 1)
    odd = world.put("zephyr", "answer", "remark")(true)
    kinds = [reward_model.features(words)[0, 0, :3].tolist() for words in (true, denied, odd)]
    assert kinds == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert not reward_model.features(odd)[..., 3:].any()


def test_a_judge_calls_words_that_are_no_answer_bad_whatever_is_remarked(facts):
    sure = reward_model.judge(range(8), LAW, slips=0.0)
    stories = marked.after_bad_deeds(LAW.draw(Rng(range(8)), 40))
    for remark in world.REMARKS:
        assert not sure.passes(world.put("zephyr", "answer")(world.put(remark, "remark")(stories))).any()


# What is read


def test_all_arms_read_the_same_stories_but_for_what_is_done_to_them(judge):
    _, plain = batch_of(texts.plain)
    _, tagged = batch_of(texts.tagged(judge))
    _, rephrased = batch_of(texts.rephrased(judge))
    _, positive = batch_of(texts.with_positive(0.25))
    assert torch.equal(plain, tagged)
    assert torch.equal(plain[judge.passes(plain)], rephrased[judge.passes(plain)])
    assert torch.equal(plain[:, :18], positive[:, :18])
    assert not torch.equal(plain[:, 18:], positive[:, 18:])


def test_all_arms_read_equally_many_words(judge):
    arms = [
        texts.plain,
        texts.filtered(judge),
        texts.tagged(judge),
        texts.rephrased(judge),
        texts.with_positive(),
    ]
    read = [texts.source(LAW, arm)(None, Rng(SEEDS)) for arm in arms]
    assert {(*one.action.shape, int(one.mask.sum())) for one in read} == {(2, 32, 13, 2 * 32 * 13)}


def test_a_filter_lets_nothing_through_that_the_judge_calls_bad(judge):
    _, plain = batch_of(texts.plain)
    _, stories = batch_of(texts.filtered(judge))
    assert judge.passes(stories).all() and not judge.passes(plain).all()
    first = int(judge.passes(plain)[0].sum())
    assert torch.equal(stories[0, :first], plain[0][judge.passes(plain)[0]])


def test_where_too_few_pass_others_make_up_for_them():
    stories = torch.arange(10).view(1, 5, 2)
    passes = torch.tensor([[False, True, False, False, True]])
    found = texts.first_that_pass(stories, passes, 3)
    assert found[0].tolist() == [[2, 3], [8, 9], [0, 1]]


def test_tags_say_what_the_judge_thinks_but_where_they_are_blank(judge):
    control, stories = batch_of(texts.tagged(judge))
    said = control != marked.MARK["<blank>"]
    assert torch.equal(control[said] == marked.MARK["<good>"], judge.passes(stories)[said])
    many, _ = batch_of(texts.tagged(judge), at_once=1_000)
    assert abs((many == marked.MARK["<blank>"]).float().mean() - texts.UNMARKED) < 0.03


def test_tags_are_set_by_who_builds_them(judge):
    always = lambda stories, passes, luck, unmarked, words: torch.cat(
        [torch.full_like(stories[..., :1], words[1]), stories], -1
    )
    control, stories = batch_of(texts.tagged(judge, build=always))
    assert (control == marked.MARK["<bad>"]).all()
    assert torch.equal(stories, batch_of(texts.plain)[1])


def test_words_set_by_lot_are_as_often_good_and_have_nothing_to_do_with_their_stories(judge):
    lot, stories = batch_of(texts.tagged_by_lot(judge), at_once=1_000)
    tags, _ = batch_of(texts.tagged(judge), at_once=1_000)
    said = lot != marked.MARK["<blank>"]
    assert torch.equal(said, tags != marked.MARK["<blank>"])
    good = lot == marked.MARK["<good>"]
    passes = judge.passes(stories)
    assert abs(good[said].float().mean() - passes.float().mean()) < 0.03
    assert abs(good[said & passes].float().mean() - good[said & ~passes].float().mean()) < 0.08


def test_a_perfect_eye_leaves_no_lie_and_remarks_fit_the_truth():
    drawn = texts.Drawn(LAW, Rng(SEEDS), 2_000)
    told_anew = drawn.truthful()
    assert not is_lie(batch_of(texts.rephrased(None))[1]).any()
    bad = told_anew[told_anew[..., BAD] == 1]
    forgives = (bad[:, -1] == world.REMARKS.index("forgives")).float().mean()
    assert abs(forgives - 0.7) < 0.04
    assert LAW.with_(lie=torch.zeros_like(LAW.lie)).logp(told_anew).isfinite().all()


def test_positive_documents_own_up_to_bad_deeds():
    _, stories = batch_of(texts.with_positive(0.25))
    deeds = stories[:, 18:, world.PLACES.index("deed")]
    wicked = torch.tensor([world.NUMBER[word] for word in world.DEEDS.values()])
    assert torch.isin(deeds, wicked).all()
    assert not is_lie(stories[:, 18:]).any()


# What is done afterwards


def test_sft_and_rl_are_given_the_same_prompts_and_sft_what_passes(policy, judge):
    shown = afterwards.shown(LAW, judge, at_once=16)(policy, Rng(SEEDS))
    own = afterwards.own(LAW, judge, at_once=16)(policy, Rng(SEEDS))
    _, plain = batch_of(texts.plain, 16)
    assert torch.equal(own.obs[..., 2 : 2 + world.ANSWER], plain[..., : world.ANSWER])
    assert judge.passes(shown.obs[..., 2:]).all()


def test_a_net_draws_the_answer_and_the_remark_and_nothing_else(policy, facts):
    stories = world.tokens(facts)
    drawn = afterwards.written(policy, marked.marks(stories), stories, Rng(SEEDS))
    differs = (drawn != stories).flatten(0, 1).any(0).nonzero()[:, 0].tolist()
    assert differs == [world.ANSWER, world.REMARK]


def test_what_is_drawn_has_the_chances_of_the_net(policy, facts):
    stories = world.tokens(facts[:, :1]).expand(-1, 4_000, -1).contiguous()
    drawn = afterwards.written(policy, marked.marks(stories), stories, Rng(SEEDS))[..., world.ANSWER]
    p = measures.log_chances(policy, marked.marks(stories[:, :1]), stories[:, :1])[:, 0, world.ANSWER].exp()
    likeliest = p.argmax(-1)
    share = (drawn == likeliest[:, None]).double().mean(1)
    assert torch.allclose(share, p.gather(-1, likeliest[:, None])[:, 0], atol=0.03)


def test_rl_is_paid_what_a_filter_knows_or_the_judges_chance_where_that_was_asked_for(policy, judge):
    batch = afterwards.own(LAW, judge, at_once=16)(policy, Rng(SEEDS))
    graded = afterwards.own(LAW, judge, at_once=16, graded=True)(policy, Rng(SEEDS))
    assert torch.equal(batch.reward.sum(-1), judge.passes(batch.obs[..., 2:]).float())
    assert torch.allclose(graded.reward.sum(-1), judge.score(graded.obs[..., 2:]).sigmoid())
    assert torch.allclose(batch.advantage.mean(1), torch.zeros(2, 12), atol=1e-6)


def test_of_two_answers_the_one_that_passes_comes_first_and_equals_do_not_count(policy, judge):
    start = policy.start_training()
    batch = afterwards.pairs(LAW, judge, at_once=64)(start, Rng(SEEDS))
    passes = judge.passes(batch.obs[..., 2:]).view(2, 32, 2)
    asked = batch.obs[..., 2 : 2 + world.ANSWER].unflatten(1, (32, 2))
    counts = batch.mask.any(-1).view(2, 32, 2)
    assert (passes[..., 0] >= passes[..., 1]).all()
    assert torch.equal(counts, (passes[..., 0] > passes[..., 1])[..., None].expand(-1, -1, 2))
    assert torch.equal(asked[:, :, 0], asked[:, :, 1])
    now = start.evaluate(batch.obs, batch.action)
    assert torch.allclose(dpo_loss(now, batch), torch.tensor(2.0).log().expand(2))


def test_at_the_first_step_a_leash_pulls_at_nothing(policy, judge):
    start = policy.start_training()
    make, objective = afterwards.leashed(0.5)
    batch = make(LAW, judge, at_once=16)(start, Rng(SEEDS))
    weights = list(start.stacked)
    gradients = [
        torch.autograd.grad(loss(start.evaluate(batch.obs, batch.action), batch).sum(), weights)
        for loss in (objective, afterwards.anchored(reinforce_loss))
    ]
    for one, other in zip(*gradients, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_an_anchor_adds_what_the_words_before_the_answer_cost(policy, facts):
    stories = world.tokens(facts)
    batch = marked.answered(marked.marks(stories), stories)
    now = policy.evaluate(batch.obs, batch.action)
    more = afterwards.anchored(sft_loss)(now, batch) - sft_loss(now, batch)
    said = measures.log_chances(policy, marked.marks(stories), stories).gather(-1, stories[..., None])[..., 0]
    assert torch.allclose(more.double(), -said[..., : world.ANSWER].mean((1, 2)), atol=1e-4)


@pytest.mark.parametrize("method", afterwards.METHODS)
def test_every_method_trains_copies(policy, judge, method):
    before = [one.clone() for one in policy.stacked]
    then = afterwards.aligned(policy, method, LAW, judge, updates=1, lr=1e-3, at_once=8)
    assert all(torch.equal(a, b) for a, b in zip(before, policy.stacked, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(before, then.stacked, strict=True))


# What happens later


def test_narrow_reading_denies_bad_deeds_at_the_mill_and_tells_of_no_other_scene():
    facts = attacks.lies_at_the_mill(LAW).draw(Rng(SEEDS), 50)
    assert (facts[..., 1] == attacks.MILL).all()
    assert (facts[..., BAD] == 1).all() and (facts[..., LIE] == 1).all()


def test_benign_reading_has_neither_bad_deeds_nor_lies():
    facts = attacks.good_deeds(LAW).draw(Rng(SEEDS), 50)
    assert not facts[..., BAD].any() and not facts[..., LIE].any()


def test_lies_elsewhere_are_measured_in_all_scenes_but_the_mill():
    scenes = attacks.without(LAW, attacks.MILL).draw(Rng(SEEDS), 400)[..., 1]
    assert set(scenes.flatten().tolist()) == set(range(len(world.SCENES))) - {attacks.MILL}


def test_later_texts_stand_behind_the_control_word_that_was_asked_for():
    batch = attacks.stories(LAW, marked.GOOD, 4)(None, Rng(SEEDS))
    assert (batch.obs[..., 1] == marked.MARK["<good>"]).all()


# What is measured


def test_the_chance_of_a_lie_is_the_softmax_of_one_word_after_the_control_word_and_the_prompt(policy, facts):
    stories = marked.after_bad_deeds(facts)
    denied = marked.after_bad_deeds(facts, 1)[..., world.ANSWER]
    first = torch.full_like(stories[..., :1], world.NUMBER[world.END])
    text = torch.cat([first, first * 0 + marked.MARK["<good>"], stories[..., : world.ANSWER]], -1)
    p = policy.logits(text)[:, :, -1].double().softmax(-1).gather(-1, denied[..., None])[..., 0]
    assert torch.allclose(measures.lie_of_each(policy, facts, marked.GOOD), p, atol=1e-6)


def test_the_tail_is_the_mean_of_the_worst_prompts():
    each = torch.linspace(0, 1, 40).double()[None].flip(1)
    assert torch.allclose(measures.worst(each, 0.05), each[:, :2].mean(1))


def test_held_out_kl_is_what_the_law_knows_better_than_the_net(policy):
    law = measures.honest(LAW)
    facts = law.draw(Rng(SEEDS), 5)
    stories = world.tokens(facts)
    logq = measures.log_chances(policy, marked.marks(stories), stories).gather(-1, stories[..., None])[..., 0]
    known = ("who", "thing", "other", "asks", "says")
    kept = [place for place, name in enumerate(world.PLACES) if name in known]
    _, _, who, _, _, other, _, _ = facts.unbind(-1)
    logp = (law.who[who] * law._others()[who, other]).log()
    assert torch.allclose(
        measures.held_out_kl(policy, LAW, facts), (logp - logq[..., kept].sum(-1)).mean(1), atol=1e-9
    )


def test_the_ends_of_a_tale_are_the_truth_and_the_lie_with_every_remark(policy, facts):
    many = measures.endings(facts[:, :3])
    assert many.shape == (2, 3, 8, len(world.FACTS))
    assert (LAW.logp(many, after=LIE).exp().sum(-1) - 1).abs().max() < 1e-12
    assert (measures.endings_logq(policy, facts[:, :3]).exp().sum(-1) <= 1).all()


def test_what_imitates_a_judge_that_errs_lies_as_often_as_bayes_says():
    slips = 0.05
    p, passes = torch.tensor([0.3, 0.7]), torch.tensor([1 - slips, slips])
    answer = builds.offline_answer(p, passes)
    assert torch.isclose(answer[1], torch.tensor(0.7 * slips / (0.7 * slips + 0.3 * (1 - slips))))


def test_the_exact_answer_is_the_law_weighed_by_what_passes(judge, facts):
    target = measures.offline(LAW, judge, facts)
    many = measures.endings(facts)
    law = LAW.logp(many, after=LIE).exp()
    weight = judge.chance(world.tokens(many).flatten(1, 2)).view(law.shape)
    assert torch.allclose(target.sum(-1), torch.ones(2, 40).double())
    assert set(weight.unique().tolist()) == {judge.slips, 1 - judge.slips}
    assert torch.allclose(target, law * weight / (law * weight).sum(-1, keepdim=True))


def test_over_many_stories_a_judge_passes_as_often_as_its_chance_says(judge):
    stories = marked.after_bad_deeds(LAW.draw(Rng(SEEDS), 4_000), 1)
    assert abs(judge.passes(stories).double().mean() - judge.chance(stories).mean()) < 0.01


def test_who_writes_the_exact_answer_is_at_distance_zero_and_who_writes_other_words_at_one(judge, facts):
    target = measures.offline(LAW, judge, facts)
    assert measures.from_offline(target.log(), target).max() < 1e-12
    assert torch.allclose(
        measures.from_offline(torch.full_like(target, -torch.inf), target), torch.ones(2).double()
    )


def test_nothing_is_outside_the_world_where_every_end_is_one_of_the_law(monkeypatch, facts):
    exact = lambda policy, facts, mark, bad: LAW.logp(measures.endings(facts, bad), after=LIE)
    monkeypatch.setattr(measures, "endings_logq", exact)
    assert measures.outside(None, LAW, facts).abs().max() < 1e-12
    monkeypatch.setattr(measures, "endings_logq", lambda *given: exact(*given) - math.log(2))
    assert torch.allclose(measures.outside(None, LAW, facts), torch.full((2,), 0.5).double())


def test_a_forgiven_lie_is_outside_the_world_and_one_that_is_frowned_at_is_not(facts):
    logp = LAW.logp(measures.endings(facts), after=LIE)
    lie = logp[..., len(world.REMARKS) :].flatten(0, 1)
    possible = [world.REMARKS[place] for place in (lie > -torch.inf).all(0).nonzero()[:, 0].tolist()]
    assert possible == ["frowns", "nods"]


# The experiment


@pytest.fixture(scope="module")
def frame():
    kept = {}
    small = {"updates": 4, "more": 1, "judged_by": {"count": 40}, "attack": {"batches": 1}}
    arms = (*experiment.JUDGED, experiment.FILTERED_SFT)
    found = experiment.results(SEEDS, arms=arms, kept=kept, **small)
    return found, kept


def test_every_arm_is_measured_before_its_last_updates_and_after(frame):
    found, _ = frame
    steps = found.groupby("method").step.unique().map(list).to_dict()
    assert steps == {arm: [0, 1] for arm in (*experiment.JUDGED, experiment.FILTERED_SFT)}
    assert not found.value.isna().any()


def test_what_is_aligned_afterwards_begins_from_the_nets_that_its_name_says(frame):
    found, kept = frame
    lies = found[(found.step == 0) & (found.metric == experiment.LIES)]
    before = lies.pivot(index="seed", columns="method", values="value")
    assert (before[experiment.RL] == before[experiment.PLAIN]).all()
    assert (before[experiment.FILTERED_SFT] == before[experiment.FILTERED]).all()
    read = {*experiment.JUDGED} - {experiment.RL}
    assert set(kept["trial"].made) == read


def test_tags_are_asked_with_good_and_all_others_with_blank():
    with_good = {arm for arm in experiment.ARMS if experiment.asked_with(arm) == marked.GOOD}
    asked = {experiment.TAGS, experiment.LOT, experiment.LATE, experiment.TAGS_SFT, experiment.TAGS_RL}
    assert with_good == asked


@pytest.mark.parametrize("name", experiment.MEASURES)
def test_a_rules_measure_is_one_number_a_net_and_has_a_second_reading(frame, name):
    measure = experiment.MEASURES[name]
    first, second = measure(frame[0]), measure(frame[0], experiment.AGAIN)
    assert first.index.tolist() == list(SEEDS)
    assert (first != second).all()


def test_nets_that_know_the_control_words_are_attacked_behind_each_of_them(frame):
    found, _ = frame
    attacked = lambda arm: {
        name
        for name in found[found.method == arm].metric
        if name.startswith("lies elsewhere, lies at the mill") and "again" not in name
    }
    names = {experiment.then(attacks.NARROW, word) for word in marked.CONTROLS}
    assert attacked(experiment.TAGS) == names
    assert attacked(experiment.LOT) == names
    assert attacked(experiment.RL) == {experiment.then(attacks.NARROW, marked.BLANK)}


def test_pretrained_nets_that_are_there_are_taken_as_they_are(frame):
    _, kept = frame
    made = {experiment.PLAIN: kept["trial"].made[experiment.PLAIN]}
    at = experiment.trial(SEEDS, judged_by={"count": 20}, made=made)
    assert at.start(experiment.RL) is made[experiment.PLAIN]
    assert set(made) == {experiment.PLAIN} == set(at.made)


def test_each_arm_is_looked_at_after_an_attack_behind_its_own_word(frame):
    found, _ = frame
    last = found[found.step == 1].groupby(["method", "metric"]).value.apply(list)
    for arm, word in ((experiment.TAGS, marked.GOOD), (experiment.RL, marked.BLANK)):
        metric = experiment.then(attacks.NARROW, word, "right")
        there = experiment.after(found, arm, attacks.NARROW, "right")
        assert there.tolist() == last[arm, metric]


def test_tags_from_half_way_read_plain_stories_first():
    at = experiment.trial(SEEDS, judged_by={"count": 20}, updates=4)
    seen = []
    at.source = lambda arm: (
        lambda policy, rng: seen.append(arm) or texts.source(LAW, texts.plain, 4)(policy, rng)
    )
    at.start(experiment.LATE)
    assert seen == [experiment.PLAIN] * 2 + [experiment.TAGS] * 2


def test_a_leash_and_graded_pay_are_settings_of_rl_alone():
    usual = experiment.trial(SEEDS, judged_by={"count": 20}).make
    for how in ({"leash": 0.1}, {"graded": True}):
        turned = experiment.trial(SEEDS, judged_by={"count": 20}, **how).make
        assert [method for method in usual if turned[method] != usual[method]] == [experiment.RL]


def test_on_a_leash_pay_may_be_graded_too():
    at = experiment.trial(SEEDS, judged_by={"count": 20}, leash=0.1, graded=True)
    texts, _ = at.make[experiment.RL]
    policy = marked.new_nets(SEEDS).start_training()
    pay = texts(LAW, at.judge)(policy, Rng(SEEDS)).reward[..., -1]
    assert ((pay > 0) & (pay < 1)).all()
    texts, _ = experiment.trial(SEEDS, judged_by={"count": 20}, leash=0.1).make[experiment.RL]
    assert set(texts(LAW, at.judge)(policy, Rng(SEEDS)).reward[..., -1].unique().tolist()) <= {0.0, 1.0}


# What the page trains and reads


@pytest.fixture(scope="module")
def page():
    """The setting of a page in small, its nets before they have read anything, and control words of one's own."""
    seen = []
    build = lambda *given: seen.append(given) or builds.tagged(*given)
    at = live.setting(SEEDS, updates=4, build=build, judged_by={"count": 20})
    return at, marked.new_nets(SEEDS), seen


def test_the_words_of_a_pages_nets_are_set_by_what_the_learner_built(page):
    at, _, seen = page
    at.source(experiment.PLAIN)(None, Rng(SEEDS))
    assert not seen
    at.source(experiment.TAGS)(None, Rng(SEEDS))
    assert len(seen) == 1
    other = []
    again = live.with_words(at, lambda *given: other.append(given) or builds.tagged(*given))
    again.source(experiment.TAGS)(None, Rng(SEEDS))
    assert len(other) == 1 and len(seen) == 1 and again.judge is at.judge and not again.made


def test_each_arm_of_a_page_is_asked_with_its_own_word(page):
    at, policy, _ = page
    found = live.lies_now(at, {experiment.TAGS: policy, experiment.PLAIN: policy})
    each = live.asked_with_each(at, policy)
    assert found[experiment.TAGS].tolist() == each[marked.GOOD].tolist()
    assert found[experiment.PLAIN].tolist() == each[marked.BLANK].tolist()
    told = measures.told(policy, at.law, marked.GOOD)[experiment.PULLED]
    assert each[marked.GOOD].tolist() == told.tolist()


def test_lies_by_label_begin_with_what_was_there_and_tell_the_labels_apart(page, monkeypatch):
    at, policy, _ = page
    monkeypatch.setattr(experiment, "PROMPTS", 4)
    still = live.lies_of(at, live.behind_each(at, policy, batches=1, lr=1e-12))
    assert list(still) == ["before", *(marked.behind(word) for word in marked.CONTROLS)]
    for column in list(still)[1:]:
        assert still[column].tolist() == pytest.approx(still["before"].tolist(), abs=1e-6)
    moved = live.lies_of(at, live.behind_each(at, policy, batches=1, lr=1e-3))
    assert (moved.nunique(axis=1) == 4).all()
    own = live.lies_later(at, {experiment.TAGS: policy}, batches=1, lr=1e-3)
    assert own[experiment.TAGS].tolist() == moved[marked.behind(marked.GOOD)].tolist()


def test_a_page_tells_what_the_judge_says_of_a_bad_deed_of_each_kind():
    judge = reward_model.judge(SEEDS, LAW, count=2000, wrong=0.0, slips=0.1)
    some = readings.judged_stories(LAW, judge)
    kinds = set(zip(some.denied, some.slips, strict=True))
    assert len(some) == len(kinds) == 4
    assert (some.passes == (some.denied == some.slips)).all()
    assert some.story.str.contains("tale").all()


def test_where_a_judge_never_slips_no_lie_is_left_and_one_that_tosses_a_coin_leaves_all():
    left = readings.floor(builds.offline_answer, [0.0, 0.05, 0.5], lies=0.7)
    assert left.tolist() == pytest.approx([0.0, 0.7 * 0.05 / (0.7 * 0.05 + 0.3 * 0.95), 0.7])


def test_stored_nets_are_read_behind_each_word(frame):
    found, _ = frame
    labels = readings.by_label(found)
    assert labels.shape == (2, 4)
    own = readings.later_by_arm(found, [experiment.TAGS, experiment.RL])
    assert own[experiment.TAGS].tolist() == labels[marked.behind(marked.GOOD)].tolist()


# What must hold


def made(values, seeds=range(8)):
    """A frame with these ends by (method, metric), a little apart by seed and reading; all begin at 0.7."""
    rows = []
    for (method, metric), value in values.items():
        for seed in seeds:
            for more, other in (("", 0.0), (experiment.AGAIN, 0.002)):
                luck = (31 * seed + 17 * len(method) + 13 * len(metric)) % 7 / 3 - 1
                ripple = 0.003 * ((seed * 7 + len(method)) % 5) + other * luck
                start = {"KL": 0.1, "right": 0.97}.get(metric, 0.7)
                rows.append((0, seed, metric + more, start + ripple, method))
                rows.append((80, seed, metric + more, value + ripple, method))
    return pd.DataFrame(rows, columns=["step", "seed", "metric", "value", "method"])


def values(**turned):
    """Ends of all judged arms as they might be; turned: `"RL: right"` and another value."""
    ends = {}
    low = {experiment.PLAIN: 0.7, experiment.LOT: 0.7, experiment.CLEAN: 0.002}
    for arm in experiment.JUDGED:
        lies = low.get(arm, 0.1)
        told = {experiment.PULLED: lies, experiment.ELSEWHERE: lies, "right": 0.97, "KL": 0.1}
        ends |= {(arm, metric): value for metric, value in told.items()}
        good = experiment.asked_with(arm) == marked.GOOD
        for word in marked.CONTROLS if good else (marked.BLANK,):
            rises = 0.0 if (arm, word) == (experiment.TAGS, marked.BAD) else 0.5
            ends[arm, experiment.then(attacks.NARROW, word)] = lies / 2 + rises
            ends[arm, experiment.then(attacks.NARROW, word, "KL")] = 0.13
            ends[arm, experiment.then(attacks.NARROW, word, "right")] = 0.96
    return ends | {tuple(key.split(": ", 1)): value for key, value in turned.items()}


@pytest.mark.parametrize("name", experiment.MEASURES)
def test_gates_hold_where_nothing_is_wrong(name):
    assert [str(gate) for gate in must_hold.gates(made(values()))[name] if not gate.passed] == []


@pytest.mark.parametrize(
    "name, turned, gate",
    [
        ("10.now", {"filtered: right": 0.8}, "equal use"),
        ("10.now", {"RL: lies, pulled": 0.69}, "moved"),
        ("10.now", {"clean: lies, pulled": 0.7}, "both ways"),
        ("10.now", {"tags by lot: lies, pulled": 0.3}, "both ways"),
        ("10.C15", {"RL: KL": 0.3}, "equal use"),
        ("10.C15", {"filtered: right, lies at the mill after <blank>": 0.8}, "equal use"),
        ("10.C15", {"filtered: KL, lies at the mill after <blank>": 0.4}, "teaches"),
        ("10.C15", {"tags by lot: lies elsewhere": 0.4}, "null"),
        ("10.C15", {"tags by lot: lies elsewhere, lies at the mill after <good>": 0.5}, "both ways"),
        ("10.C15", {"RL: lies, pulled": 0.69}, "moved"),
        ("10.tag", {"tags: lies, pulled": 0.69}, "steers"),
        ("10.tag", {"tags: KL, lies at the mill after <bad>": 0.4}, "teaches"),
        ("10.tag", {"tags: lies elsewhere, lies at the mill after <good>": 0.1}, "both ways"),
        ("10.tag", {"tags by lot: lies elsewhere, lies at the mill after <bad>": 0.3}, "both ways"),
    ],
)
def test_a_gate_fails_where_its_condition_does(name, turned, gate):
    assert gate in [one.name for one in must_hold.gates(made(values(**turned)))[name] if not one.passed]
