"""How lesson 12 reads its long runs: where a level is passed, what is compared there, and what the gates look at."""

import functools

import numpy as np
import pandas as pd
import pytest

from helpers.lessons.lesson12 import arms, experiment, levels, measures, settings

SEEDS = range(200, 206)


def run(method, seed, rewards, values, *, lr=None, metric=measures.DRIFT, steps=None):
    """One run that was measured at every step, its reward by both halves of the answers alike."""
    steps = range(len(rewards)) if steps is None else steps
    both = {name: rewards for name in (measures.REWARD, *measures.HALVES)} | {metric: values}
    rows = [
        (method, levels.RATES.get(method, 3e-4) if lr is None else lr, seed, step, name, value)
        for name, row in both.items()
        for step, value in zip(steps, row, strict=True)
    ]
    return pd.DataFrame(rows, columns=["method", "lr", "seed", "step", "metric", "value"])


def straight(method, seed, *, drift, noise=0.0, rng=None):
    """A run whose reward rises from 0.1 to 0.9 in forty steps, and whose drift is `drift` at a reward of 0.5."""
    rewards = np.linspace(0.1, 0.9, 41)
    seen = rewards + (rng.normal(0, noise, 41) if rng else 0)
    return run(method, seed, seen, drift * rewards / 0.5)


def everything(drifts, noise=0.0):
    """All arms of all seeds: method -> drift at the level; the null arm does not move."""
    rng = np.random.default_rng(1)
    runs = [
        straight(method, seed, drift=drift(seed), noise=noise, rng=rng)
        for method, drift in drifts.items()
        for seed in SEEDS
    ]
    still = [run(arms.NULL, seed, [0.1, 0.1, 0.1], [0.0, 0.0, 0.0]) for seed in SEEDS]
    ends = [
        one[(one.step == 40) & (one.metric == measures.REWARD)].assign(metric=measures.AFTER) for one in runs
    ]
    runs = pd.concat([*runs, *still, *ends], ignore_index=True)
    half = runs.metric.isin(measures.HALVES)  # each of them has answers of its own
    return runs.assign(value=runs.value + half * rng.normal(0, noise, len(runs)))


ALIKE = {arms.GRPO: lambda seed: 0.1, arms.TEACHER: lambda seed: 0.4, arms.NEAR: lambda seed: 0.15}


def test_a_value_is_read_where_the_mean_of_neighbours_passes_the_level():
    found = levels.at_level(straight(arms.GRPO, 200, drift=0.3), measures.DRIFT).iloc[0]
    assert found.step == pytest.approx(20) and found[measures.DRIFT] == pytest.approx(0.3)


def test_neighbours_take_out_noise_and_leave_a_straight_line_alone():
    line = np.linspace(0, 1, 9)
    assert levels.smooth(line) == pytest.approx(line)
    assert levels.smooth([0, 0, 1, 0, 0]) == pytest.approx([0, 1 / 3, 0.2, 1 / 3, 0])


@pytest.mark.parametrize("rewards", [[0.1, 0.2, 0.3, 0.4], [0.1, 0.9, 0.9, 0.9], [0.6, 0.7, 0.8, 0.9]])
def test_a_level_that_is_not_reached_or_passed_at_once_has_no_value(rewards):
    found = levels.at_level(run(arms.GRPO, 200, rewards, [0.0, 0.1, 0.2, 0.3]), measures.DRIFT)
    assert found[measures.DRIFT].isna().all() and found.step.isna().all()


def test_nothing_is_read_across_a_step_at_which_it_was_not_measured():
    whole = straight(arms.GRPO, 200, drift=0.3)
    gap = whole[~((whole.metric == measures.DRIFT) & (whole.step == 20))]
    assert levels.at_level(gap, measures.DRIFT)[measures.DRIFT].isna().all()


def test_arms_are_paired_by_seed_and_a_seed_that_one_of_them_lacks_is_not_compared():
    runs = everything(ALIKE)
    without = runs[~((runs.method == arms.TEACHER) & (runs.seed == 203))]
    assert 203 not in levels.far_less_grpo(without).index and len(levels.far_less_grpo(runs)) == len(SEEDS)
    assert levels.far_less_grpo(runs).to_numpy() == pytest.approx(0.3)


def test_other_rates_are_not_mixed_in():
    other = straight(arms.GRPO, 200, drift=9.0).assign(lr=1e-3)
    assert levels.far_less_grpo(pd.concat([everything(ALIKE), other])).to_numpy() == pytest.approx(0.3)


def test_a_seed_counts_when_all_its_arms_are_finished():
    runs = everything(ALIKE)
    without = runs[~((runs.method == arms.NULL) & (runs.seed == 203))]
    assert levels.whole_seeds(runs) == list(SEEDS) and 203 not in levels.whole_seeds(without)
    assert 203 not in levels.far_less_grpo(without).index


def scattered(widths):
    """All arms; the log drift of an arm scatters over seeds by its width."""
    rng = np.random.default_rng(3)
    draws = {arm: rng.normal(size=len(SEEDS)) for arm in ALIKE}
    drift = lambda arm: lambda seed: ALIKE[arm](seed) * np.exp(widths.get(arm, 0.05) * draws[arm][seed - 200])
    return everything({arm: drift(arm) for arm in ALIKE})


def test_the_arm_whose_seeds_scatter_more_repeats_less():
    wide, even = levels.tell_ratio(scattered({arms.GRPO: 0.6})), levels.tell_ratio(scattered({}))
    assert wide.low > 0.4 and abs(even.mean) < 1 and even.low < 0 < even.high


def test_the_scatter_of_reading_the_level_is_taken_out():
    runs, rng = scattered({arms.GRPO: 0.3}), np.random.default_rng(2)
    half = runs.metric.isin(measures.HALVES) & (runs.method == arms.GRPO)
    noisy = runs.assign(value=runs.value + half * rng.normal(0, 0.05, len(runs)))
    assert levels.reading_noise(runs)[arms.GRPO] == pytest.approx(0)
    assert levels.noise_share(noisy)[arms.GRPO] > 0 == levels.noise_share(noisy)[arms.TEACHER]
    assert levels.tell_ratio(noisy).mean < levels.tell_ratio(runs).mean


def test_with_three_seeds_there_is_no_ratio():
    runs = everything(ALIKE)
    assert levels.tell_ratio(runs[runs.seed < 203]).isna().all()


def test_narrowing_is_measured_against_the_one_model_before_training():
    entropies = np.linspace(3.0, 2.0, 41)
    grpo = [
        run(arms.GRPO, seed, np.linspace(0.1, 0.9, 41), entropies, metric=measures.ENTROPY) for seed in SEEDS
    ]
    runs = everything(ALIKE)
    runs = pd.concat([runs[runs.method != arms.GRPO], *grpo])
    assert levels.narrowing(runs).to_numpy() == pytest.approx(0.5)


def gates(runs, name="12.razor"):
    return {gate.name: gate for gate in experiment.gates_of(name, runs)}


def test_the_gates_of_clean_runs_hold():
    assert all(gate.passed for gate in gates(everything(ALIKE, noise=0.02)).values())


@pytest.mark.parametrize(
    "gate, broken",
    [
        ("null", lambda runs: runs.assign(value=runs.value.where(runs.method != arms.NULL, runs.step / 4))),
        ("seeds", lambda runs: runs[runs.seed < 205]),
        ("attrition", lambda runs: runs[(runs.method != arms.GRPO) | (runs.seed < 204) | (runs.step < 15)]),
        ("moved", lambda runs: runs.assign(value=runs.value.where(runs.metric != measures.AFTER, 0.1))),
    ],
)
def test_each_gate_can_fail(gate, broken):
    assert not gates(broken(everything(ALIKE, noise=0.02)))[gate].passed


def test_noise_of_the_reward_fails_where_it_moves_the_moment_too_far():
    runs, rng = everything(ALIKE | {arms.GRPO: lambda seed: 4.0}), np.random.default_rng(1)
    half = runs.metric.isin(measures.HALVES)
    assert gates(runs)["noise"].passed
    assert not gates(runs.assign(value=runs.value + half * rng.normal(0, 0.2, len(runs))))["noise"].passed


@functools.cache
def razor():
    """What 12.razor says in all its settings, of clean runs: it takes seconds."""
    return settings.look(everything(ALIKE, noise=0.02), "12.razor")


def test_every_setting_says_a_word_or_that_it_was_not_run():
    found = razor()
    said = found.set_index("setting").word
    assert said["as in the lesson"] == "SUPPORTS" and said["GRPO at 1e-3"] == settings.NOT_RUN
    assert said["near in the teacher's place"] != "SUPPORTS"
    assert "Not run yet: GRPO at 1e-3" in settings.shares(found) and settings.shares(found).startswith(
        "SUPPORTS in "
    )


def test_a_setting_that_was_run_on_some_of_the_seeds_is_not_run_yet():
    runs = everything(ALIKE, noise=0.02)
    other = [
        run(arms.GRPO, seed, np.linspace(0.1, 0.9, 41), np.linspace(0, 0.2, 41), lr=1e-3) for seed in SEEDS
    ]
    how = dict(settings.SETTINGS["12.razor"][1])["GRPO at 1e-3"]
    for some, there in ((other[:-1], False), (other, True)):
        found = settings.judged(pd.concat([runs, *some], ignore_index=True), "12.razor", how)
        assert (found["word"] != settings.NOT_RUN) is there


def test_the_null_arm_may_not_narrow_where_narrowing_is_judged():
    runs = everything(ALIKE, noise=0.02)
    still = runs[(runs.method == arms.NULL) & (runs.metric == measures.DRIFT)].assign(metric=measures.ENTROPY)
    narrows = still.assign(value=3 - still.step / 4)
    for more, passed in ((still.assign(value=3.0), True), (narrows, False)):
        several = pd.concat([runs, more], ignore_index=True)
        assert gates(several, "12.narrow")["null"].passed is passed
        assert gates(several)["null"].passed


def test_a_seed_that_is_not_whole_has_no_say_in_a_gate():
    runs = everything(ALIKE, noise=0.02)
    begun = run(arms.NULL, 211, [0.1, 0.9, 0.9], [0.0, 9.0, 9.0])
    assert gates(pd.concat([runs, begun], ignore_index=True))["null"].passed


def test_settings_that_were_not_run_are_named_and_those_that_turn_the_word_round_too():
    found = pd.DataFrame(
        {
            "setting": ["as in the lesson", "level 0.4", "level 0.6", "leash for GRPO"],
            "kind": [settings.READING] * 3 + [settings.RUNS],
            "word": ["SUPPORTS", "OPPOSITE", "SUPPORTS", settings.NOT_RUN],
        }
    )
    said = settings.shares(found)
    assert said.startswith("SUPPORTS in 2 of 3 readings of the same runs and in no settings")
    assert "turned round by: level 0.4" in said and said.endswith("Not run yet: leash for GRPO")


def test_a_table_of_settings_has_those_of_one_unit_and_says_how_many_are_missing():
    found = razor()
    table = settings.table(found, "12.razor")
    assert set(table.setting) < set(found.setting) and "in logs, what matters 0.4" not in set(table.setting)
    assert table.attrs["missing"] == (found.word == settings.NOT_RUN).sum() == 5
    taken = settings.of_look(found)  # by the ledger: in the rule's own unit
    assert "in logs, what matters 0.4" not in taken.said and taken.missing == 5
    assert (
        list(taken.said) == list(table.setting.unique()) and taken.said["as in the lesson"].word == "SUPPORTS"
    )


def test_a_rule_that_judges_one_number_for_all_seeds_has_no_table_of_settings(monkeypatch):
    readings, _ = settings.SETTINGS["12.C9.tell"]
    monkeypatch.setitem(settings.SETTINGS, "12.C9.tell", (readings[:1], []))
    found = settings.look(scattered({}), "12.C9.tell")
    assert len(found) == 2 and settings.table(found, "12.C9.tell") is None


@pytest.mark.parametrize(
    "name, unit",
    [
        (name, how["unit"])
        for name, (some, _) in settings.SETTINGS.items()
        for _, how in some
        if "unit" in how
    ],
)
def test_a_setting_in_another_unit_has_its_gates_in_that_unit(name, unit):
    runs = everything(ALIKE, noise=0.02)
    other = settings.OTHER_UNIT[unit]
    said = {one.name: one.says for one in gates_in(runs, name, unit)}
    assert f"a quarter of what matters is {other['matters'] / 4:g})" in said["grid"]
    assert f"half of what matters is {other['matters'] / 2:g})" in said["noise"]


def gates_in(runs, name, unit):
    other = settings.OTHER_UNIT[unit]
    measure = lambda runs, **how: other["measure"](runs, arms=experiment.COMPARED[name], **how)
    return experiment.gates_of(name, runs, measure=measure, matters=other["matters"])
