"""Lesson 05: luck taken apart is right on average, and a comparison of spreads comes out as its choices have it."""

import itertools

import numpy as np
import pandas as pd
import pytest
import torch

from helpers.lessons.lesson05 import builds, choices, leans
from helpers.lessons.lesson05.arms import INDEX, METRICS, SETS, SKILL

signs = lambda count: torch.tensor(list(itertools.product([-1.0, 1.0], repeat=count)))


@pytest.mark.parametrize("part", builds.PARTS)
def test_each_part_alone_is_found_and_no_other_on_average_over_all_signs(part):
    count = {"start": 2, "luck": 4, "noise": 8}[part]
    found = []
    for drawn in signs(count):
        if part == "noise":
            first, second = drawn.view(2, 2, 2)
        else:
            first = second = drawn[:, None].expand(2, 2) if part == "start" else drawn.view(2, 2)
        found.append(torch.stack(builds.luck_apart(first, second)))
    wanted = torch.tensor([float(name == part) for name in builds.PARTS])
    torch.testing.assert_close(torch.stack(found).mean(0), wanted, atol=1e-5, rtol=0)


def test_no_part_is_cut_off_at_0():
    first = torch.tensor([[1.0, -1.0], [-1.0, 1.0]])
    start, luck, noise = builds.luck_apart(first, first)
    assert start < 0 < luck and noise == 0


def grown(*, seed=0, starts=8, runs=4, wide=None):
    """Made-up runs: success rises alike in both arms and the lean grows with it; wide: from one start, by arm."""
    draw, wide = np.random.default_rng(seed), wide or {"SFT": 0.02, "PPO": 0.06}
    rows = []
    for arm, spread in wide.items():
        for start in range(starts):
            side = 0.03 * draw.standard_normal()
            for run in range(runs):
                lean = side + spread * draw.standard_normal()
                for step in range(0, 41, 4):
                    measured = 0.5 + lean * step / 40 + 0.005 * draw.standard_normal(len(SETS))
                    row = {"method": arm, "seed": start, "run": run, "step": step, SKILL: 0.1 + 0.02 * step}
                    row |= dict.fromkeys(METRICS[2:3], 0.1) | {INDEX: measured.mean()}
                    rows.append(
                        row | {f"{INDEX}, {name}": one for name, one in zip(SETS, measured, strict=True)}
                    )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def runs():
    return grown()


def test_its_luck_is_what_the_rule_compares_where_no_run_is_missing(runs):
    found = builds.parted(builds.luck_apart, runs, 0.7, ("SFT", "PPO"))
    each = leans.within(leans.in_sets(runs, 0.7, ("SFT", "PPO")))
    for arm in found.index:
        assert found.luck[arm] == pytest.approx(
            leans.root(each["sum", arm].sum() / each["free", arm].sum()), abs=1e-5
        )
    assert list(found.starts) == [8, 8]


def test_a_start_with_a_run_that_never_got_there_is_left_out(runs):
    short = runs[(runs.seed != 3) | (runs.run != 1) | (runs.step < 20)]
    assert list(builds.parted(builds.luck_apart, short, 0.7, ("SFT", "PPO")).starts) == [7, 7]


def test_a_part_below_0_is_told_in_words_and_not_as_a_number():
    table = pd.DataFrame({"start": [-0.01, 0.02], "luck": 0.03, "noise": 0.01}, index=["SFT", "PPO"])
    said = builds.in_words(table)
    assert "start decides comes out below 0" in said and "-" not in said and "start 2.0" in said


# Choices


def test_the_ratio_at_equal_success_is_that_of_the_rules_measure(runs):
    from helpers.lessons.lesson05.gaps import same_start_gap, spread_gap

    for luck, measure in (("one start", same_start_gap), ("all luck", spread_gap)):
        found = choices.compared(runs, at="success", of=0.7, luck=luck)
        assert np.log(found["ratio"]) == pytest.approx(measure(runs, 0.7).mean())


def test_spreads_with_the_measurement_left_in_are_wider(runs):
    found = {noise: choices.compared(runs, at="the end", noise=noise) for noise in ("in", "out")}
    assert all(found["in"][arm] > found["out"][arm] for arm in ("SFT", "PPO"))


def test_after_equal_batches_and_episodes_a_run_is_read_between_two_measurements(runs):
    at = lambda kind, of: choices.leaning(runs, kind, of)
    of = lambda arm, step: runs[(runs.method == arm) & (runs.step == step)].set_index(["seed", "run"])[INDEX]
    both = (of("PPO", 8) + of("PPO", 12)) / 2
    pd.testing.assert_series_equal(at("batches", 10)["PPO"], both, check_names=False)
    pd.testing.assert_series_equal(at("episodes", 320)["PPO"], both, check_names=False)
    pd.testing.assert_series_equal(at("episodes", 320)["SFT"], of("SFT", 40), check_names=False)
    assert at("episodes", 400)["SFT"].isna().all()


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ({"at": "now"}, "at"),
        ({"at": "success", "of": 1.5}, "between 0 and 1"),
        ({"at": "batches"}, "of, where arms are compared by batches"),
        ({"at": "success", "of": 0.7, "luck": "none"}, "luck"),
        ({"level": 0.7}, "nothing is called 'level'"),
        ("success", "choices are a dict"),
        ({"at": "success", "of": 0.99}, "0 starts get there"),
    ],
)
def test_what_cannot_be_chosen_is_named(runs, choice, says):
    with pytest.raises((TypeError, ValueError), match=says):
        choices.two_ways(runs, choice, {"at": "the end"})


@pytest.fixture
def told(monkeypatch):
    found = []
    monkeypatch.setattr(choices, "say", found.append)
    return found


def test_nothing_is_read_before_something_is_chosen(runs, capsys, told):
    assert choices.two_ways(runs, None, {"at": "the end"}) is None
    assert "Nothing is chosen yet" in capsys.readouterr().out and told == []


def test_the_same_choices_twice_are_no_comparison(runs, told):
    choices.two_ways(runs, {"at": "the end"}, {"at": "the end", "noise": "out", "of": 3})
    assert "same choices" in told[0]


def test_two_readings_that_agree_are_not_yet_both_ways(runs, told):
    table = choices.two_ways(runs, {"at": "the end"}, {"at": "success", "of": 0.7})
    assert told[0].startswith("Not yet: PPO scatters more widely in both")
    assert list(table.index) == ["one", "other"] and (table.low > 1).all()


def test_opposite_readings_of_the_same_runs_are_told_with_what_they_differ_in(told):
    runs = grown(wide={"SFT": 0.03, "PPO": 0.06})
    at_success, spent = (
        {"at": "success", "of": 0.7},
        {"at": "episodes", "of": 300},
    )  # PPO has come a quarter of the way
    table = choices.two_ways(runs, at_success, spent)
    assert told[0].startswith("Both ways") and "differ in: at and of" in told[0]
    assert table.low["one"] > 1 > table.high["other"]


def test_one_reading_that_tells_the_arms_apart_and_one_that_does_not_is_half_the_way(told):
    runs = grown(wide={"SFT": 0.06, "PPO": 0.06})
    choices.two_ways(runs, {"at": "success", "of": 0.7}, {"at": "episodes", "of": 300})
    assert told[0].startswith("Half way: one reading has SFT scatter more widely")
