"""Lesson 05: success is measured after each batch and the lean where it is read; what is read of them is right."""

import inspect

import numpy as np
import pandas as pd
import pytest
import torch
from test_lesson05 import made_up

from helpers.kit.intervals import Interval
from helpers.lessons.lesson05 import arms, closely, experiment, gaps, leans, long_runs, schedules, settings

SMALL = {"steps": 8, "measured": [*range(9)], "count": 20, "net": "narrow eyes", "runs": 2}


def rising(skills, **further) -> pd.DataFrame:
    """One run of SFT with these successes, batch after batch."""
    rows = pd.DataFrame(
        {"method": "SFT", "seed": 0, "run": 0, "step": range(len(skills)), arms.SKILL: skills}
    )
    return rows.assign(**{arms.INDEX: 0.5, **further})


def test_a_mean_over_five_batches_is_that_of_a_batch_and_the_two_on_either_side():
    skills = [0.0, 0.1, 0.9, 0.2, 0.3, 0.4, 0.5]
    found = leans.over_five(rising(skills))
    assert found.step.tolist() == [0, 1, 2, 3, 4]  # the last two have nothing after them
    assert found[arms.SKILL].tolist()[2:] == pytest.approx([np.mean(skills[at : at + 5]) for at in range(3)])
    coarse = leans.over_five(leans.halved(rising(skills)))
    assert coarse[arms.SKILL].tolist() == pytest.approx([0.45, 0.4, 1.7 / 3])


def test_one_noisy_batch_makes_no_moment():
    skills = np.linspace(0.1, 0.9, 81)
    noisy = skills.copy()
    noisy[30] = 0.75
    at = lambda runs: float(leans.at_level(runs, 0.7, "step").SFT.iloc[0])
    assert at(rising(noisy)) < 31 and at(leans.over_five(rising(noisy))) == pytest.approx(60)


def test_every_run_keeps_its_own_mean_and_what_else_was_measured():
    runs = made_up(np.random.default_rng(0), {"SFT": 0.05, "PPO": 0.05}, seeds=3, runs=2)
    found = leans.over_five(runs)
    assert list(found) == list(runs)
    one = lambda frame: frame[(frame.method == "PPO") & (frame.seed == 2) & (frame.run == 1)].set_index(
        "step"
    )
    alone = leans.over_five(one(runs).reset_index())
    pd.testing.assert_series_equal(one(found)[arms.SKILL], alone.set_index("step")[arms.SKILL])
    pd.testing.assert_series_equal(one(found)[arms.INDEX], one(runs)[arms.INDEX].iloc[:-2])


def test_a_lean_is_measured_on_both_sides_of_each_level_on_the_whole_grid_and_on_half_of_it():
    runs = rising(np.round(np.arange(21) / 20, 4))
    assert closely.wanted(runs, [0.52]) == {
        10: [0],
        11: [0],
        12: [0],
    }  # 10 and 11, and of every other 10 and 12
    assert closely.wanted(runs, [0.99]) == {}


def test_what_is_read_closely_is_what_measuring_everything_would_have_said(monkeypatch):
    how = {"arm": "SFT", **SMALL, "net": "eyes"}
    whole = experiment.one_run([3, 4], **how).assign(method="SFT")
    levels = leans.over_five(whole).groupby("step")[arms.SKILL].mean().loc[[3, 5]].tolist()
    monkeypatch.setattr(closely, "READ", levels)
    near = experiment.one_run([3, 4], look=closely.closely, **how)
    assert near[arms.SKILL].to_numpy() == pytest.approx(whole[arms.SKILL].to_numpy(), abs=1e-4)
    there = near[arms.INDEX].notna()
    assert 0 < there.sum() < len(near)
    for metric in arms.METRICS[1:]:
        assert near[metric][there].to_numpy() == pytest.approx(whole[metric][there].to_numpy(), abs=1e-6)
    for thin in (lambda frame: frame, leans.halved):
        read = leans.over_five(thin(near.assign(method="SFT")))
        for level in levels:
            moments, found = leans.at_level(read, level, "step").SFT, leans.at_level(read, level).SFT
            assert moments.notna().any() and found.notna().equals(moments.notna())


def test_runs_that_come_to_no_level_have_no_leans_and_are_numbers_all_the_same():
    found = experiment.one_run([3], look=closely.closely, arm="SFT", **SMALL)
    assert found[list(arms.METRICS[1:])].isna().all(axis=None) and all(
        pd.api.types.is_numeric_dtype(kind) for kind in found.dtypes
    )


def test_some_runs_of_a_policy_do_what_they_do_in_it():
    env, lucks = arms.world(1.0, count=20), [(1, 1, 1), (2, 2, 2), (3, 3, 3)]
    start = arms.begin("nothing", env, [arms.Luck(*one) for one in lucks], arms.net(env, "narrow eyes"))
    some, seen = closely.some_of(start, [2, 0]), torch.randn(3, 5, env.features)
    assert torch.equal(some.logits(seen[[2, 0]]), start.logits(seen)[[2, 0]]) and some.seeds == (2, 0)
    assert len(start.seeds) == 3


def test_success_alone_has_no_leans_and_the_gates_of_pace_need_none():
    found = experiment.one_run([3, 4], look=closely.success_alone, arm="SFT", **SMALL)
    assert list(found) == ["seed", "run", "step", arms.SKILL]
    runs = made_up(
        np.random.default_rng(2), {"SFT": 0.05, "PPO": 0.06, experiment.PACED: 0.3}, seeds=36, steps=90
    )
    alone = runs[["method", "seed", "run", "step", arms.SKILL]]
    both = [experiment.gates("05.C9.pace", frame) for frame in (runs, alone)]
    assert [str(gate) for gate in both[0]] == [str(gate) for gate in both[1]]


def leaning(rng, wide, *, runs, tail, measured=0.01):
    """Leans of runs that share nothing, in each set of mazes, with known standard deviations."""
    draw = {"normal": rng.standard_normal, "heavy": lambda n: rng.standard_t(5, n) * 0.6**0.5}[tail]
    own = {arm: 0.88 + spread * draw(runs) for arm, spread in wide.items()}
    index = pd.MultiIndex.from_product([range(runs), [0]], names=["seed", "run"])
    measure = lambda value: value + measured * rng.standard_normal(runs)
    return {name: pd.DataFrame({arm: measure(own[arm]) for arm in own}, index) for name in arms.SETS}


@pytest.mark.parametrize("tail", ["normal", "heavy"])
@pytest.mark.parametrize("wide", [(0.003, 0.003), (0.003, 0.03), (0.0, 0.0)])
def test_a_difference_of_variances_lies_in_its_interval_about_as_often_as_it_says(monkeypatch, wide, tail):
    """Near 0 as well, where a difference of roots once reached a fiftyfold too far."""
    rng, truth, held = np.random.default_rng(5), 100**2 * (wide[1] ** 2 - wide[0] ** 2), []
    for _ in range(40):
        sets = leaning(rng, dict(zip(("SFT", "PPO"), wide, strict=True)), runs=40, tail=tail)
        monkeypatch.setattr(gaps, "in_sets", lambda *_, sets=sets: sets)
        effect = Interval.of(gaps.told_gap(pd.DataFrame()))
        held.append(effect.low < truth < effect.high)
    assert np.mean(held) > (0.82 if tail == "normal" else 0.7)


def test_runs_that_hardly_differ_are_told_apart_from_what_matters():
    """Two spreads of three tenths of a walk, measured to one walk: the interval is a small part of what matters, 9."""
    alike = {"SFT": 0.003, "PPO": 0.003}
    found = leaning(np.random.default_rng(6), alike, runs=96, tail="normal")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gaps, "in_sets", lambda *_: found)
        effect = Interval.of(gaps.told_gap(pd.DataFrame()))
    assert max(-effect.low, effect.high) < 1


def test_runs_by_turns_part_in_what_is_turned_and_in_nothing_else(monkeypatch):
    asked = []

    def one_run(seeds, **setting):
        asked.append((list(seeds), setting))
        return pd.DataFrame({"seed": seeds, "run": 0, "step": 0})

    monkeypatch.setattr(experiment, "one_run", one_run)
    found = long_runs.of_told(range(5), method="m", arm="SFT", by_turns_told=[0.9, 1.0])
    assert found.seed.tolist() == [0, 1, 2, 3, 4]
    assert asked == [([0, 2, 4], {"arm": "SFT", "together": 0.9}), ([1, 3], {"arm": "SFT", "together": 1.0})]
    asked.clear()
    long_runs.of_apart(range(4), method="m", arm="SFT", paces=True)
    assert [setting["pace"] for _, setting in asked] == [1.0, 0.1]


def test_a_clock_of_episodes_is_half_way_when_each_arm_has_seen_them():
    runs = pd.DataFrame({"method": ["SFT", "PPO", "PPO", experiment.CONTROL], "step": [100, 25, 10, 100]})
    assert settings.by_episodes(runs, 800)[arms.SKILL].tolist() == [0.5, 0.5, 0.2, 0.5]


def test_every_setting_asks_for_runs_that_there_are_measured_to_their_end(monkeypatch):
    asked, known = [], set(inspect.signature(experiment.one_run).parameters)

    def one_run(seeds, **setting):
        asked.append(setting)
        raise InterruptedError

    monkeypatch.setattr(experiment, "one_run", one_run)
    for setting in settings.SETTINGS:
        with pytest.raises(InterruptedError):
            settings.again(range(8), **{key: value for key, value in setting.items() if key != "setting"})
    assert len(asked) == len(settings.SETTINGS)
    for setting in asked:
        assert set(setting) <= known and max(setting["measured"]) == setting["steps"]
    assert schedules.every_batch(4, 0.1)["steps"] == 5
