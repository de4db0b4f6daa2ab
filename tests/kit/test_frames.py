"""Frames: what is stacked, what is read at an end or at equal reward, and what is refused."""

import warnings

import numpy as np
import pandas as pd
import pytest
from frames_of import arms, curve, run

from helpers.kit.frames import (
    as_markdown,
    at_reward,
    cheapest,
    compare,
    crossing,
    every_other,
    final,
    summary,
)

# compare


def test_compare_stacks_runs_and_lists_of_runs_under_the_names_given():
    frame = compare({"SFT, own best": run(), "RL (live)": [run(0), run(1)]})
    assert frame.groupby("method").seed.nunique().to_dict() == {"RL (live)": 2, "SFT, own best": 1}


@pytest.mark.parametrize(
    "runs, error, says",
    [
        ({}, ValueError, "got none"),
        ([run()], TypeError, "names and runs"),
        (run(), TypeError, "names and runs"),
        ({"SFT": run().history}, TypeError, "'SFT' is a run"),
        ({"SFT": None}, TypeError, "'SFT' is a run"),
        ({"SFT": [run(), "RL"]}, TypeError, "'SFT' is a run"),
        ({"SFT": [run(3), run(3)]}, ValueError, "two values for method SFT, seed 3"),
    ],
)
def test_compare_refuses_what_is_no_set_of_runs(runs, error, says):
    with pytest.raises(error, match=says):
        compare(runs)


def test_compare_warns_of_a_stopped_run_and_of_unequal_steps():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compare({"SFT": run(), "RL": run(steps=2, stopped="interrupted after 2 of 3 steps")})
    said = " ".join(str(one.message) for one in caught)
    assert "RL: interrupted after 2 of 3" in said and "unequal numbers of training steps" in said
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compare({"SFT": run(), "RL": run()})


# final, summary


def test_final_takes_the_last_step_of_each_seed_and_keeps_the_order_of_methods():
    table = final(arms(), "drift")
    assert list(table.columns) == ["SFT", "RL"] and table.loc[2, "RL"] == pytest.approx(0.42)


def test_final_does_not_depend_on_the_order_of_rows():
    pd.testing.assert_frame_equal(
        final(arms(), "drift"), final(arms(lambda f: f[::-1]), "drift")[["SFT", "RL"]]
    )


def shorter(frame):
    return frame[~((frame.method == "RL") & (frame.step == 2))]


def short_seed(frame):
    return frame[~((frame.method == "RL") & (frame.seed == 3) & (frame.step == 2))]


@pytest.mark.parametrize("change", [shorter, short_seed])
def test_runs_that_end_at_different_steps_are_not_mixed_silently(change):
    for read in (
        lambda frame, **how: final(frame, "drift", **how),
        lambda frame, **how: summary(frame, ["drift"], **how),
    ):
        with pytest.raises(ValueError, match=r"same step .*RL 1 to"):
            read(arms(change))
        read(arms(change), own_end=True)


def test_a_last_value_that_is_nan_is_not_replaced_by_an_older_one():
    frame = arms()
    frame.loc[(frame.method == "RL") & (frame.seed == 1) & (frame.step == 2), "value"] = np.nan
    with pytest.warns(UserWarning, match="drift of RL is NaN or missing for 1 seeds"):
        assert np.isnan(final(frame, "drift").loc[1, "RL"])


@pytest.mark.parametrize(
    "frame, metric, error, says",
    [
        (arms(), "drfit", KeyError, "'drift', 'reward'"),
        (arms()[:0], "drift", ValueError, "empty"),
        (arms().drop(columns="seed"), "drift", ValueError, "seed missing"),
        (pd.concat([arms(), arms()]), "drift", ValueError, "two values for"),
        (
            pd.concat([arms().assign(hint=0.1), arms().assign(hint=0.5)]),
            "drift",
            ValueError,
            "choose one hint first",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_and_says_what_there_is(frame, metric, error, says):
    with pytest.raises(error, match=says):
        final(frame, metric)


def test_summary_prints_intervals_that_stay_on_their_scale():
    frame = pd.concat(
        [curve("RL", seed, [0, 0, end], [0, 0, 0]) for seed, end in enumerate([1, 1, 1, 1, 0.6])]
    )
    assert float(summary(frame, ["reward"]).loc["RL", "reward"].split()[2][:-1]) > 1
    assert float(summary(frame, ["reward"], scale="share").loc["RL", "reward"].split()[2][:-1]) <= 1


# At equal reward


def test_a_metric_is_read_on_the_line_between_the_measurements_around_the_level():
    assert crossing(np.array([0.0, 0.2, 0.4, 0.8]), np.array([0.0, 0.1, 0.3, 0.5]), 0.6) == pytest.approx(0.4)


NAN = np.nan


@pytest.mark.parametrize(
    "reward, value",
    [
        ([0.0, 0.8, 0.9], [0.0, 0.1, 0.2]),  # inside the first interval
        ([0.7, 0.8, 0.9], [0.0, 0.1, 0.2]),  # there before training
        ([0.0, 0.2, 0.3], [0.0, 0.1, 0.2]),  # never
        ([0.0, 0.2, NAN, 0.8], [0.0, 0.1, 0.2, 0.3]),  # it may have been there in the gap
        ([0.0, NAN, 0.2, 0.8], [0.0, 0.1, 0.2, 0.3]),
        ([0.0, 0.2, 0.8], [0.0, NAN, 0.2]),
        ([0.0, 0.2, 0.8], [0.0, 0.1, NAN]),
        ([], []),
        ([0.8], [0.1]),
    ],
)
def test_a_value_that_would_have_to_be_guessed_is_nan(reward, value):
    assert np.isnan(crossing(np.array(reward), np.array(value), 0.6))


def test_a_straight_line_across_the_first_interval_can_turn_an_effect_round():
    """Fast learners bend inside the first interval: what is read off a coarse grid has the wrong sign."""
    step = np.arange(51)
    fast, slow = 1 - np.exp(-step / 4), 1 - np.exp(-step / 12)  # scores
    goal = {"fast": 0.5 + 0.3 * fast**6, "slow": 0.5 + 0.3 * slow**4}  # the goal lags behind the score
    truth = crossing(fast, goal["fast"], 0.7) - crossing(slow, goal["slow"], 0.7)
    coarse = lambda score, index: np.interp(0.7, score[::25], index[::25])
    assert truth < 0 < coarse(fast, goal["fast"]) - coarse(slow, goal["slow"])
    assert np.isnan(crossing(fast[::25], goal["fast"][::25], 0.7))


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="3 and 2"):
        crossing(np.array([0.0, 0.1, 0.9]), np.array([0.0, 0.1]), 0.5)


@pytest.fixture
def frame():
    return pd.concat(
        [
            curve("GRPO", 0, [0.0, 0.4, 0.8], [0.0, 0.1, 0.3]),
            curve("GRPO", 1, [0.0, 0.5, 0.9], [0.0, 0.2, 0.4]),
            curve("SFT", 0, [0.0, 0.2, 0.3], [0.0, 0.5, 0.9]),
            curve("SFT", 1, [0.0, 0.4, 0.8], [0.0, 0.6, 0.8]),
            curve("SFT", 1, [0.0, 0.3, 0.9], [0.0, 0.1, 0.3], lr=0.01),
        ],
        ignore_index=True,
    )


def test_at_reward_has_a_row_for_each_run(frame):
    table = at_reward(frame, 0.6, "drift", reward="reward").set_index(["method", "lr", "seed"]).drift
    assert table["GRPO", 0.1, 0] == pytest.approx(0.2) and np.isnan(table["SFT", 0.1, 0]) and len(table) == 5


def test_at_reward_reads_where_both_were_measured_and_not_over_a_nan(frame):
    sparse = frame[~((frame.metric == "drift") & (frame.step == 1))]
    assert at_reward(sparse, 0.6, "drift", reward="reward").drift.isna().all()
    gone = frame.assign(value=frame.value.where((frame.metric != "drift") | (frame.step != 1)))
    assert at_reward(gone, 0.6, "drift", reward="reward").drift.isna().all()


def test_at_reward_refuses_two_values_instead_of_their_mean(frame):
    with pytest.raises(ValueError, match="two values for"):
        at_reward(frame.drop(columns="lr"), 0.6, "drift", reward="reward")


def test_frontiers_take_the_best_learning_rate_of_each_seed(frame):
    table = cheapest(frame, 0.6, "drift", reward="reward")
    assert table.loc[1, "SFT"] == pytest.approx(0.2)
    assert cheapest(frame, 0.6, "drift", reward="reward", most=True).loc[1, "SFT"] == pytest.approx(0.7)


def noisy_rates(seeds=40):
    rng = np.random.default_rng(0)
    return pd.concat(
        [
            curve("RL", seed, [0.0, 0.4, 0.8], [0.0, *rng.normal(1.0, 0.3, 2)], lr=lr)
            for seed in range(seeds)
            for lr in (0.1, 0.2)
        ]
    )


def test_a_rate_chosen_on_other_seeds_does_not_flatter_noise():
    flattered = cheapest(noisy_rates(), 0.6, "drift", reward="reward").RL
    chosen = cheapest(noisy_rates(), 0.6, "drift", reward="reward", choose_on=range(8)).RL
    assert flattered.mean() < 0.92 < chosen.mean() and sorted(chosen.index) == list(range(8, 40))


@pytest.mark.parametrize("choose_on", [[], range(40), [99]])
def test_seeds_that_choose_are_some_of_the_seeds_and_not_all(choose_on):
    with pytest.raises(ValueError, match="some of the seeds"):
        cheapest(noisy_rates(), 0.6, "drift", reward="reward", choose_on=choose_on)


def test_every_other_keeps_the_first_measurement_and_half_of_the_rest():
    assert sorted(every_other(arms()).step.unique()) == [0, 2]
    assert len(every_other(arms())) == len(arms()) * 2 // 3


def test_a_cell_with_a_bar_does_not_break_its_table():
    said = as_markdown(pd.DataFrame({"p(a|s)": [0.5, None]}, index=["a|b", "c"]))
    assert said.splitlines()[2] == r"| a\|b | 0.50 |" and said.splitlines()[3] == "| c |  |"
