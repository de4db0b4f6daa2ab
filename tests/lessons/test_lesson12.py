"""What lesson 12 shows and runs live: with no run, with few, and on a model small enough for a test."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import torch
from test_runs12 import ALIKE, everything
from tiny import pretrained

from helpers.core import Completions, Rng
from helpers.kit import rule
from helpers.lessons.lesson12 import (
    arms,
    attacks,
    builds,
    check_grpo_step,
    experiment,
    figures,
    levels,
    live,
    measures,
    reading,
    settings,
)
from helpers.lm.rewards import sentiment

NONE = pd.DataFrame(columns=reading.COLUMNS).astype({"value": float})


def some(seeds):
    runs = everything(ALIKE, noise=0.02)
    drift = runs[runs.metric == measures.DRIFT]
    further = [drift.assign(metric=name) for name in (measures.ENTROPY, measures.SAME_WORDS, measures.OWN)]
    runs = pd.concat([runs, *further], ignore_index=True)
    return runs[runs.seed < 200 + seeds]


@pytest.mark.parametrize("runs", [NONE, some(1), some(3)], ids=["none", "one", "three"])
def test_with_fewer_than_six_seeds_all_is_shown_and_no_rule_says_a_word(runs):
    for name in experiment.MEASURES:
        said = rule(name).judge(reading.values(name, runs), gates=experiment.gates_of(name, runs))
        assert said.word == "NOT VALID" and "seeds" in str(said)
    for table in (
        reading.at_the_level(runs),
        reading.before_the_reward(runs),
        reading.along_own_answers(runs),
    ):
        assert isinstance(table, pd.DataFrame)
    assert set(settings.frame(runs).columns) >= {"setting", "rule", "seed", "value", "valid", "why"}
    for ax in (
        figures.plot_plane(runs, [arms.GRPO, arms.TEACHER]),
        figures.plot_at_level(levels.across(runs, measures.DRIFT), measures.DRIFT),
    ):
        assert len(ax.figure.alt_text[0]) > 40
    plt.close("all")


@pytest.mark.parametrize("name", experiment.MEASURES)
@pytest.mark.parametrize(
    "runs", [NONE, some(3)[lambda runs: runs.method != arms.NULL]], ids=["none", "an arm short"]
)
def test_while_no_seed_is_whole_a_verdict_says_so_once_and_no_reason_twice(name, runs):
    said = rule(name).judge(reading.values(name, runs), gates=experiment.gates_of(name, runs))
    assert said.word == "NOT VALID" and said.reasons[0].endswith("no seed has all its arms yet")
    assert str(said).count("no seed has all its arms yet") == 1 == len(said.gates)
    assert len(set(said.reasons)) == len(said.reasons) and "whole" not in str(said)


def test_while_no_seed_is_whole_the_picture_has_words_and_no_frame():
    none, three = (levels.across(runs, measures.DRIFT) for runs in (NONE, some(3)))
    empty, full = (figures.plot_at_level(table, measures.DRIFT, level=0.4) for table in (none, three))
    assert not empty.axison and "at a reward of 0.4: no seed is whole yet" in [
        one.get_text() for one in empty.texts
    ]
    assert "no seed is whole yet" in empty.figure.alt_text[0] and "got there" not in empty.figure.alt_text[0]
    assert full.axison and "whole" not in full.figure.alt_text[0]
    plt.close("all")


def test_what_was_not_measured_is_told_from_what_one_seed_alone_says():
    none, one = (experiment.gained(runs, (arms.GRPO,)).says for runs in (NONE, some(1)))
    assert none.endswith("GRPO not measured") and one.endswith("GRPO of one seed alone")
    none, one = (experiment.null(runs).says for runs in (NONE, some(1)))
    assert none.count("not measured") == 2 == one.count("of one seed alone")


@pytest.mark.parametrize("name", settings.SETTINGS)
def test_without_runs_no_setting_has_been_run_to_its_end(name):
    assert settings.shares(settings.look(NONE, name)) == "no setting has been run to its end yet"


def group_advantage(rewards, group):
    raise NotImplementedError


def test_a_step_that_calls_an_unwritten_exercise_is_told_which_one():
    def grpo_step(policy, source, rng, optimiser):
        return group_advantage(source(policy, rng).returns[0], 4)

    def gap(policy, source, rng, optimiser):
        raise NotImplementedError

    said = check_grpo_step(grpo_step)
    assert said.word == "not yet"
    assert said.says.startswith(
        "`group_advantage` of exercise 1 is not written yet, and your `grpo_step` calls it."
    )
    assert check_grpo_step(gap).word == "not attempted"


def test_drift_before_the_reward_rose_is_read_where_the_reward_was_measured():
    runs = some(1)
    between = runs[(runs.metric == measures.REWARD) & (runs.step % 2 == 1)]
    noted = between.assign(metric="reward")  # of the training batch, at steps that were not measured
    kept = runs.drop(between.index)
    kept = kept[~((kept.step % 2 == 1) & (kept.metric == measures.DRIFT))]
    found = reading.before_the_reward(pd.concat([kept, noted], ignore_index=True))
    assert found.step.max() <= 6 and (found["drift before the reward rose"] < 0.2).all()


def test_the_page_says_how_many_seeds_are_whole():
    assert "no word" in reading.status(NONE) or "NOT VALID" in reading.status(NONE)


def test_what_one_arm_said_at_its_end_is_read_from_the_stored_runs():
    coarse, texts = reading.coarse_runs()
    prompt = texts.prompt.iloc[0]
    found = reading.answers(texts, prompt, seed=0, rate=reading.HIGH)
    assert set(found.index) == {arms.GRPO, arms.TEACHER, arms.OWN_BEST}
    assert len(reading.ends(coarse)) == 8 and "capability" in reading.behaviour(coarse).index
    ax = figures.plot_paths(coarse[coarse.lr == reading.HIGH])
    assert "GRPO from" in ax.figure.alt_text[0]
    plt.close("all")


def test_an_attack_finds_what_vader_pays_and_nothing_beyond_what_the_mended_reward_pays_for_a_good_answer():
    for reward, gains in ((sentiment, True), (builds.harder_to_game, False)):
        found = attacks.attack(reward, rounds=30)
        assert (found.reward.iloc[0] > found.reward.iloc[-1] + 0.02) == gains
        assert found.answer.iloc[-1] == attacks.GOOD


# Live, on a model of nine letters


def prompts(**more):
    return Completions(
        ["abc", "bad", "cab"],
        lambda _, said: [float(len(one)) for one in said],
        per_call=2,
        max_new_tokens=5,
        **more,
    )


def test_log_probabilities_of_answers_are_those_that_the_policy_gives():
    start = pretrained()
    batch = prompts()(start, Rng([0]))
    found = live.logp_of_texts(start.active(), batch, builds.token_logp)
    assert torch.allclose(found[batch.mask[0]], batch.logp[0][batch.mask[0]], atol=1e-4)
    assert (found[~batch.mask[0]] == 0).all()


def test_a_run_of_ones_own_steps_moves_a_copy_and_returns_each_batch_s_reward():
    start = pretrained()
    before = [weight.clone() for weight in start.trained]
    policy, rewards = live.run_steps(builds.grpo_step, start, prompts(), steps=3, lr=1e-2)
    assert len(rewards) == 3 and all(map(torch.equal, before, start.trained))
    assert not all(map(torch.equal, before, policy.trained))


def test_a_short_leash_keeps_the_policy_nearer():
    start = pretrained()
    batch = prompts()(start, Rng([0]))
    apart = {}
    for beta in (0.0, 50.0):
        step = live.on_leash(builds.leash, beta)
        policy, _ = live.run_steps(step, start, prompts(reference=True), steps=6, lr=1e-2)
        now = live.logp_of_texts(policy.active(), batch, builds.token_logp)
        apart[beta] = builds.leash(now, batch.logp[0], batch.mask[0]).item()
    assert apart[50.0] < apart[0.0]


def test_shaded_tokens_tell_their_change_without_colour(monkeypatch):
    start = pretrained()
    batch = prompts()(start, Rng([0]))
    change = torch.full(batch.mask[0].shape, 0.25)
    shown = []
    monkeypatch.setattr(live, "display", shown.append)
    live.shade(start.tokenizer, batch, change, batch.returns[0].tolist(), "One step", 0.5)
    assert "+0.250" in shown[0].data and "orange became likelier" in shown[0].data
