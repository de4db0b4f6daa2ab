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
