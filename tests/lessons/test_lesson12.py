"""What lesson 12 shows and runs live: with no run, with few, and on a model small enough for a test."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
from test_runs12 import ALIKE, everything, run, straight
from tiny import pretrained

from helpers.core import Completions, Rng
from helpers.kit import Interval, rule
from helpers.kit.gates import Gate
from helpers.lessons.lesson12 import (
    afterwards,
    arms,
    attacks,
    builds,
    check_grpo_step,
    closing,
    conclusions,
    experiment,
    figures,
    further,
    levels,
    live,
    measures,
    reading,
    settings,
)
from helpers.lm.language import Texting
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
        reading.where_first_read(runs),
        reading.along_own_answers(runs),
    ):
        assert isinstance(table, pd.DataFrame)
    for name in experiment.MEASURES:
        found = settings.look(runs, name)
        table = settings.table(found, name)
        assert not settings.some_word(found)
        assert table is None or list(table.columns) == ["setting", "rule", "seed", "value", "valid", "why"]
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


def test_drift_is_told_where_it_was_first_measured_and_not_at_the_start():
    runs = some(2)
    early = runs[(runs.metric == measures.DRIFT) & runs.step.between(1, 7)]
    found = reading.where_first_read(runs.drop(early.index))
    assert list(found.step) == [8] * 3
    assert found.loc[arms.TEACHER, "drift there, nats"] == pytest.approx(0.4 * 0.26 / 0.5, abs=0.01)
    assert found.loc[arms.TEACHER, "share of the drift at 0.5"] == pytest.approx(0.26 / 0.5, abs=0.05)


def test_a_line_of_drift_begins_where_drift_was_first_measured_and_not_at_the_start_s_zero():
    arm = arms.TEACHER
    jumps = lambda seed: run(
        arm, seed, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], [0.0, *[0.3] * 6], steps=range(0, 70, 10)
    )
    runs = pd.concat([jumps(seed) for seed in (200, 201)])
    ax = figures.plot_plane(runs, [arm])
    thin = [line for line in ax.lines if line.get_label() == figures.THIN["label"]]
    assert len(thin) == 2 and all(min(line.get_ydata()) == pytest.approx(0.3) for line in thin)
    assert f"{arm} up to 0.30 nats" in ax.figure.alt_text[0]
    stored = reading.at_its_rate(reading.runs_up_to_the_level())
    for arm in (arms.GRPO, arms.TEACHER):
        first = reading.where_first_read(stored, arms=(arm,)).loc[arm, "drift there, nats"]
        thin = [
            line
            for line in figures.plot_plane(stored, [arm]).lines
            if line.get_label() == figures.THIN["label"]
        ]
        assert np.mean([line.get_ydata()[0] for line in thin]) > 0.8 * first
    plt.close("all")


def test_one_teacher_at_two_rates_is_read_for_each_of_the_seeds_that_rates_were_chosen_on():
    found = reading.two_rates(reading.coarse_runs()[0])
    assert list(found.index) == [0, 1, 2] and (found.abs() < rule("12.C18").matters).all()


def test_only_whole_seeds_are_shown_once_there_is_one(monkeypatch, tmp_path):
    (tmp_path / "matched.csv").touch()
    runs = some(3)
    begun = runs[(runs.seed != 202) | (runs.method == arms.GRPO)]
    for stored, seeds in ((begun, {200, 201}), (runs[runs.method == arms.GRPO], {200, 201, 202})):
        monkeypatch.setattr(reading, "stored", lambda name, stored=stored: stored)
        monkeypatch.setattr(reading, "RUNS", tmp_path)
        shown = reading.runs_up_to_the_level()
        assert set(shown.seed) == seeds
        begun_more = "1 more begun (202)" in reading.status(shown)
        assert begun_more == (seeds == {200, 201}) and "NOT VALID" in reading.status(shown)


# What the verdicts come to


def verdict(name, low, high, *, passed=True):
    one = rule(name)
    gates = [Gate(gate, passed, "as it is") for gate in one.needs]
    return one.judge(Interval((low + high) / 2, low, high, 7), gates=gates)


@pytest.mark.parametrize("name", experiment.MEASURES)
def test_each_word_has_a_sentence_of_its_own_and_none_where_a_gate_failed(name):
    matters = rule(name).matters
    ends = [(1.5, 2), (-2, -1.5), (-0.5, 0.5), (-0.5, 1.5)]
    said = [conclusions.in_words(verdict(name, low * matters, high * matters)) for low, high in ends]
    words = [verdict(name, low * matters, high * matters).word for low, high in ends]
    assert words == ["SUPPORTS", "OPPOSITE", "NO RELEVANT DIFFERENCE", "INCONCLUSIVE"]
    assert len({one.split(": ")[1] for one in said}) == 4 and all(name in one for one in said)
    failed = conclusions.in_words(verdict(name, matters, 2 * matters, passed=False))
    assert "no word" in failed and "moved, null, noise, grid, attrition, seeds" in failed


@pytest.mark.parametrize(
    "gap, says",
    [
        ([0.01, -0.01, 0.02, 0.0], "no difference that matters"),
        ([0.3, 0.31, 0.29, 0.3], "GRPO disturbed more than SFT near"),
        ([-0.3, -0.31, -0.29, -0.3], "SFT near disturbed more than GRPO"),
        ([0.3, -0.3, 0.2, 0.1], "cannot tell"),
        ([0.3, 0.3], "too few"),
    ],
)
def test_what_the_loss_alone_does_is_told_from_its_numbers(gap, says):
    gap = pd.Series(gap)
    assert says in conclusions.the_loss(gap)
    together = conclusions.near_or_far("SUPPORTS", gap)
    assert ("the line runs between near and far words, not" in together) == (says[:2] == "no")
    assert "do not show" in conclusions.near_or_far("INCONCLUSIVE", gap)
    assert "no value" in conclusions.near_or_far("NOT VALID", gap * np.nan)


def test_where_no_seed_has_a_value_that_is_the_cause_and_not_the_gates_that_follow_from_it():
    one = rule("12.C18")
    gates = [Gate(gate, False, f"{gate}: nobody got there (none)") for gate in one.needs]
    said = conclusions.in_words(one.judge(pd.Series([np.nan] * 6, index=range(200, 206)), gates=gates))
    assert "no value to judge (attrition: nobody got there)" in said
    assert "noise, grid, seeds fail for that alone" in said


SENTENCES = ["what_was_lost", "how_soon", "drawn_anew", "at_lower", "scatter", "seeds_apart"]


@pytest.mark.parametrize("name", SENTENCES)
def test_what_was_looked_at_afterwards_is_a_sentence_of_its_runs_and_says_when_there_are_none(name):
    sentence = getattr(afterwards, name)
    assert sentence(NONE) == "No seed is whole yet."
    assert all("nan" not in sentence(some(seeds)) for seeds in (1, 6))


def test_before_training_each_seed_counts_once_however_many_arms_were_run_on_it():
    runs = some(6)
    first = runs.step.eq(0) & runs.metric.eq(measures.REWARD) & runs.seed.eq(200)
    runs.loc[first, "value"] += 0.3  # one seed begins elsewhere, whatever its arm
    again = runs[runs.seed == 200].assign(method="one arm more")
    for sentence in (afterwards.how_soon, afterwards.what_was_lost):
        assert sentence(pd.concat([runs, again])) == sentence(runs)
    means = runs[runs.step == 0].groupby(["metric", "seed"]).value.first().groupby("metric").mean()
    pd.testing.assert_series_equal(reading.at_the_start(pd.concat([runs, again])), means)
    coarse = reading.coarse_runs()[0]
    first = coarse[coarse.seed == coarse.seed.min()]
    more = pd.concat([coarse, first.assign(method="one arm more", lr=1.0)])
    assert reading.ends(more).iloc[0].equals(reading.ends(coarse).iloc[0])


@pytest.mark.parametrize(
    "near, says", [(0.12, "it is whose words"), (0.38, "do not tell the one from the other")]
)
def test_the_question_of_the_title_is_answered_by_the_runs_whichever_way_they_fall(near, says):
    runs = everything({**ALIKE, arms.NEAR: lambda seed: near})
    assert says in closing.the_question(runs)
    assert closing.the_question(NONE) == "No seed is whole yet."
    assert "In too few seeds" in closing.the_question(some(1))


# Two further arms


def with_further(best=0.12, leash=0.05, seeds=6, **more):
    """Clean runs and two further arms on some of the seeds: their drift at a reward of 0.5."""
    both = [
        straight(arm, seed, drift=drift).assign(lr=reading.RATES[arm])
        for arm, drift in ((arms.BEST_OF, best), (arms.LEASH, leash))
        for seed in range(200, 200 + seeds)
    ]
    ends = [
        one[(one.step == 40) & (one.metric == measures.REWARD)].assign(metric=measures.AFTER) for one in both
    ]
    return pd.concat([everything({**ALIKE, **more}), *both, *ends], ignore_index=True)


@pytest.mark.parametrize("name", ["so_far", "best_of_four", "together", "on_a_leash"])
def test_what_two_further_arms_show_is_a_sentence_of_their_runs_with_none_some_and_all_seeds(name):
    sentence = getattr(further, name)
    assert sentence(NONE) == "No seed is whole yet."
    said = [sentence(runs) for runs in (everything(ALIKE), *(with_further(seeds=n) for n in (1, 6)))]
    assert all("nan" not in one and one.rstrip(")").endswith(".") for one in said) and said[0] != said[-1]


def test_two_further_arms_are_said_to_be_run_on_as_many_seeds_as_they_were():
    assert "SFT, best of 4 anew on 3 of them (200-202)" in further.so_far(with_further(seeds=3))
    assert further.so_far(with_further()).count("on 6 of them,") == 1
    assert "is not run yet" in further.best_of_four(everything(ALIKE))
    assert "Too few seeds to compare them" in further.best_of_four(with_further(seeds=3))


@pytest.mark.parametrize(
    "best, says, where",
    [
        (0.12, "the loss made no difference that matters", "It is whose words"),
        (0.38, "SFT, best of 4 anew disturbed more than GRPO", "It is the method"),
        (0.24, "SFT, best of 4 anew disturbed more than GRPO", "not one of the two alone"),
        (0.6, "its own moved the model *more*", "not one of the two alone"),
    ],
)
def test_the_best_of_four_tells_the_loss_from_the_words_whichever_way_it_falls(best, says, where):
    runs = with_further(best)
    assert says in further.best_of_four(runs) and where in further.together(runs)
    assert "So the loss is not what kept SFT near" in further.best_of_four(runs)
    short = runs[(runs.method != arms.BEST_OF) | (runs.step < 15)]
    assert "did not take SFT there" in further.best_of_four(short)


@pytest.mark.parametrize(
    "leash, grpo, says",
    [
        (0.02, 0.08, "less than the difference that matters"),
        (0.1, 0.5, "held the model nearer"),
        (0.5, 0.08, "held the model *less* near"),
    ],
)
def test_a_leash_is_told_by_what_its_runs_show_at_equal_reward(leash, grpo, says):
    said = further.on_a_leash(with_further(leash=leash, **{arms.GRPO: lambda seed: grpo}))
    assert says in said and ("a leash could not take off as much" in said) == (grpo < 0.1)


def test_at_one_rate_the_best_of_four_stands_beside_grpo_at_that_rate():
    runs = with_further()
    other = runs[runs.method == arms.GRPO].assign(lr=reading.RATES[arms.BEST_OF])
    other["value"] *= 1 + (other.metric == measures.DRIFT)
    said = further.at_one_rate(pd.concat([runs, other], ignore_index=True))
    assert "at a reward of 0.5: SFT, best of 4 anew 0.12, GRPO 0.20 (6 seeds)" in said
    assert "cannot be compared yet" in further.at_one_rate(runs)


def test_where_no_seed_got_there_and_where_nothing_was_read_a_table_says_so_in_words():
    runs = everything(ALIKE)
    low = runs.assign(value=runs.value.where(runs.method != arms.NEAR, runs.value * 0.4))
    row = reading.at_the_level(low).loc[arms.NEAR]
    assert row["reward there, by other answers"] == reading.NOWHERE == row["drift elsewhere, nats"]
    assert reading.at_the_level(with_further(seeds=3)).seeds[arms.LEASH] == 3


def test_one_seed_that_ends_far_out_is_named():
    runs = everything({**ALIKE, arms.GRPO: lambda seed: 0.5 if seed == 203 else 0.1})
    assert "one, 203, by 0.90, at a reward of 0.90" in closing.ends_apart(runs)


@pytest.mark.parametrize("text, says", [(-3.0, "By the first the teacher's"), (-4.2, "By both")])
def test_two_measures_of_what_was_lost_are_set_side_by_side(text, says):
    runs, (coarse, _) = some(6), reading.coarse_runs()
    rows = runs[runs.metric == measures.REWARD].assign(metric=measures.TEXT)
    rows["value"] = -3.6 + rows.step / 20 * (text + 3.6) * (rows.method == arms.GRPO)
    said = closing.two_losses(pd.concat([runs, rows], ignore_index=True), coarse)
    assert "On simple facts" in said and "nan" not in said
    better = closing.changes(coarse)["capability"].mean()
    assert better[arms.TEACHER] < better[arms.GRPO]
    assert ("By the first" in said) == (text < -3.6) and says.split(" ")[0] in said
    assert closing.two_losses(NONE, coarse).startswith("On simple facts")


def test_a_table_of_behaviours_tells_what_is_steady_and_what_was_understood():
    coarse, _ = reading.coarse_runs()
    said = closing.behaviours(coarse)
    assert (
        "capability" in said.partition("In three of four or more")[2]
        and "refusal" in said.partition("less than")[2]
    )
    assert "luck alone would give about 4.5" in said
    assert "6 of 6 rows" in closing.seeds_of_behaviours(coarse)


@pytest.mark.parametrize("ends, how", [(-3.0, "likelier"), (-4.2, "less likely")])
def test_held_out_text_became_likelier_or_less_likely_as_its_runs_say(ends, how):
    runs = some(6)
    text = runs[runs.metric == measures.REWARD].assign(metric=measures.TEXT)
    text["value"] = -3.6 + text.step / 20 * (ends + 3.6) * (text.method == arms.GRPO)
    said = afterwards.what_was_lost(pd.concat([runs, text], ignore_index=True))
    assert f" {how} (" in said.partition("under SFT, teacher")[2]


def test_what_the_rule_of_repeatability_says_of_its_weakest_link_is_what_its_runs_say():
    table = levels.across(reading.runs_up_to_the_level(), measures.DRIFT, (arms.GRPO, arms.TEACHER)).dropna()
    in_nats = np.log(table[arms.GRPO].std() / table[arms.TEACHER].std())
    means = np.log(table[arms.TEACHER].mean() / table[arms.GRPO].mean())
    assert (
        abs(in_nats) < 0.4 < means and "in nats both arms scatter about alike" in rule("12.C9.tell").weakest
    )


@pytest.mark.parametrize(
    "gaps, says", [([0.1, 0.05, 0.06], "one sign"), ([0.1, -0.05, 0.06], "shows nothing")]
)
def test_a_pair_that_was_built_to_show_nothing_is_told_by_the_signs_of_its_seeds(gaps, says):
    assert says in afterwards.nothing_of_it(pd.Series(gaps))


def test_the_page_says_how_many_seeds_are_whole():
    assert "no word" in reading.status(NONE) or "NOT VALID" in reading.status(NONE)


def test_what_one_arm_said_at_its_end_is_read_from_the_stored_runs():
    coarse, texts = reading.coarse_runs()
    prompt = reading.takeover().prompt.iloc[0]
    found = reading.answers(texts, prompt, seed=0, rate=reading.HIGH)
    assert set(found.index) == {"before training", arms.GRPO, arms.TEACHER, arms.OWN_BEST}
    assert len(reading.ends(coarse)) == 8 and "capability" in reading.behaviour(coarse).index
    ends = {arms.GRPO: "GRPO, to its end"}
    ax = figures.plot_paths(coarse[coarse.lr == reading.HIGH], names=ends)
    assert "GRPO, to its end" in [one.get_text().replace("\n", " ") for one in ax.texts]
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


def test_recorded_answers_are_where_the_policy_is():
    class Elsewhere(Texting):
        tokenizer, seeds, context, device = pretrained().tokenizer, (0,), 10**6, torch.device("meta")
        prompt_tokens = staticmethod(lambda prompt: [1])

    Elsewhere.tokenizer.encode = lambda text, add_special_tokens=False: [1 + ord(sign) % 9 for sign in text]
    batch = arms.near_answers(Elsewhere())
    assert batch.mask.is_meta and batch.obs.is_meta


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
    assert "+0.250" in shown[0].data and "green became likelier" in shown[0].data
    assert "underline dotted" not in shown[0].data.split("</p>")[1]
    live.shade(start.tokenizer, batch, -change, batch.returns[0].tolist(), "One step", 0.5)
    assert "underline dotted" in shown[1].data.split("</p>")[1]


def test_an_answer_is_told_what_it_moves_itself_and_what_the_others_do_to_it():
    start, source = pretrained(), prompts(group=2)
    batch = source(start, Rng([0]))
    weight = torch.tensor([1.0, -1.0, 0.5, -0.5])[: batch.action.shape[1]]
    batch = batch.with_(advantage=weight[None, :, None].expand_as(batch.action).clone())
    said = live.pulled(start, batch, builds.token_logp, torch.zeros_like(batch.logp[0]), lr=1e-2)
    at = int(torch.where(weight > 0, weight, torch.inf).argmin())
    assert said.startswith(
        f"Answer {at} beat its group by {weight[at]:.2f} deviations. A step on it alone moves it by +"
    )
    assert "that on all four by +0.00" in said


def test_steps_that_ran_live_are_drawn_at_whole_steps_beside_the_course_s():
    rewards = pd.Series([0.1, 0.3, 0.2], index=[1, 2, 3])
    ax = figures.plot_live(rewards, rewards + 0.01, "your steps")
    assert list(ax.get_xticks()) == [1, 2, 3]
    assert {"your steps", "the course's train"} <= {one.get_text().replace("\n", " ") for one in ax.texts}
    assert "0.10, 0.30, 0.20" in ax.figure.alt_text[0]
    plt.close("all")
