"""Intervals beside scipy, closed forms, and how often they hold what they promise."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

from helpers.kit.counts import chance_of_share, wilson
from helpers.kit.intervals import SCALES, Interval, half_width, per_seed
from helpers.kit.ledger import holm
from helpers.kit.spreads import log_spread_ratio, spread_ratio


def test_the_unbounded_interval_is_the_t_interval():
    values = np.array([0.1, 0.4, 0.2, 0.6])
    expected = stats.ttest_1samp(values, 0).confidence_interval()
    interval = Interval.of(values)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series, torch.tensor, pd.array])
def test_a_row_of_numbers_may_be_of_any_kind(kind):
    assert Interval.of(kind([0.1, 0.2, 0.3, 0.4])).mean == pytest.approx(0.25, abs=1e-6)


@pytest.mark.parametrize(
    "values, error, says",
    [
        ([1.0], ValueError, "two finite values"),
        ([1.0, np.nan, 2.0, 3.0], ValueError, "two finite values"),
        ([1.0, np.inf], ValueError, "two finite values"),
        ([1e308] * 6, ValueError, "too large"),
        ([1e200, -1e200], ValueError, "too large"),
        ([], ValueError, "got none"),
        ({"SFT": 0.1, "RL": 0.2}, TypeError, "got a dict"),
        (pd.DataFrame({0: [0.1], 1: [0.2]}), TypeError, "got a DataFrame: take one column"),
        (np.ones((4, 2)), TypeError, r"shape \(4, 2\)"),
        ((x for x in [1.0, 2.0]), TypeError, "generator"),
        ({1.0, 2.0}, TypeError, "got a set"),
        (0.5, TypeError, "float"),
        ("0.5", TypeError, "got a str"),
        (["0.5", "0.6"], TypeError, "values of type"),
        ([True, False], TypeError, "values of type bool"),
        ([[1.0], [1.0, 2.0]], TypeError, "got a list"),
        (torch.ones(4, requires_grad=True), TypeError, "requires grad"),
        (pd.Series([1.0, 2.0], index=[7, 7]), ValueError, "seed 7 stands there twice"),
        (pd.Series({"SFT": 1.0, "RL": 2.0}), ValueError, "named 'SFT', which is no seed"),
        (pd.concat({"SFT": pd.Series([1.0, 2.0]), "RL": pd.Series([3.0])}), ValueError, "one for each . and .: choose"),
        (pd.Series([1.0, 2.0], index=[0.5, 1.5]), ValueError, "named 0.5"),
        (pd.Series([1.0, 2.0], index=[True, False]), ValueError, "named True"),
        (pd.Series([1.0, 2.0], index=[0.0, np.nan]), ValueError, "named nan"),
        (pd.Series([1.0, 2.0], index=pd.Index([0, 5], name="step")), ValueError, "got one for each step"),
        (pd.Series([1.0, 2.0, 3.0], index=[0, 10, 20]), ValueError, "rows 0, 10, 20, ..., which may be steps"),
        (pd.Series([1.0, 2.0, 3.0], index=[25, 20, 15]), ValueError, "rows 25, 20, 15, ..., which may be steps"),
    ],
)  # fmt: skip
def test_what_is_no_row_of_numbers_is_refused(values, error, says):
    with pytest.raises(error, match=says):
        Interval.of(values)


@pytest.mark.parametrize(
    "made, error, says",
    [
        ((np.nan, 0.1, 0.2, 9), ValueError, "mean is a number"),
        ((np.inf, None, None, 9), ValueError, "mean is a number"),
        ((0.1, np.nan, 0.2, 9), ValueError, "low is a number"),
        ((0.1, 0.0, np.inf, 9), ValueError, "high is a number"),
        ((0.1, 0.2, 0.0, 9), ValueError, "holds its mean"),
        ((0.3, 0.0, 0.2, 9), ValueError, "holds its mean"),
        ((0.1, 0.0, 0.2, 3), ValueError, "needs 4 seeds.*got 3"),
        ((0.1, 0.0, None, 9), ValueError, "two ends or none"),
        ((0.1, 0.0, 0.2, 9.5), TypeError, "seeds"),
        ((0.1, 0.0, 0.2, 0), ValueError, "seeds is a whole number"),
        ((0.1, 0.0, 0.2, 9, (), "shares"), ValueError, "scale is one of"),
        ((0.5, -0.2, 1.0, 9, (), "share"), ValueError, "from 0 to 1: got -0.2"),
        ((0.5, 0.2, 1.3, 9, (), "difference"), ValueError, "from -1 to 1: got 1.3"),
        ((-0.1, None, None, 2, (), "positive"), ValueError, "never below 0: got -0.1"),
        ((0.5, None, None, 2, (0.5, np.nan), "share"), ValueError, "points is a number"),
        ((0.5, None, None, 2, (0.5, 2.0), "share"), ValueError, "from 0 to 1: got 2"),
        ((0.5, None, None, 64), ValueError, "64 seeds has two ends: got none"),
        ((0.5, None, None, 2, (0.5, 0.5, 0.5)), ValueError, "got 3 of 2 seeds"),
    ],
)
def test_an_interval_made_by_hand_is_looked_at(made, error, says):
    with pytest.raises(error, match=says):
        Interval(*made)


def test_what_is_masked_is_a_gap_and_no_value():
    masked = np.ma.masked_array([0.1, 0.2, 0.3, 1e20], mask=[0, 0, 0, 1])
    assert np.isnan(per_seed(masked, "values")[3])
    with pytest.raises(ValueError):
        Interval.of(masked)


def test_an_interval_of_equal_values_is_one_on_every_scale():
    for value in np.linspace(0.001, 0.999, 200):
        for scale in ("unbounded", "share", "positive"):
            for values in ([value] * 6, [value] * 5 + [value + 1e-16]):
                assert Interval.of(values, scale).mean == pytest.approx(value)


def test_fewer_than_four_seeds_are_points():
    interval = Interval.of([0.1, 0.2, 0.6])
    assert not interval.known and interval.low is None and interval.points == (0.1, 0.2, 0.6)
    assert str(interval) == "0.30 (0.10, 0.20, 0.60)"


@pytest.mark.parametrize(
    "mean, half, said",
    [
        (0.74, 0.064, "0.74 [0.68, 0.80]"),
        (0.5, 0.01, "0.50 [0.49, 0.51]"),
        (-0.0283, 0.0025, "-0.028 [-0.031, -0.026]"),
        (0.97, 0.0004, "0.9700 [0.9696, 0.9704]"),
        (0.97, 0.00001, "0.9700 [0.9700, 0.9700]"),
        (0.3, 0.0, "0.30 [0.30, 0.30]"),
    ],
)
def test_an_interval_is_written_with_as_many_digits_as_show_its_width(mean, half, said):
    assert str(Interval(mean, mean - half, mean + half, 9)) == said
    assert Interval.of([0.1, 0.2, 0.6, 0.7]).known


def test_the_share_interval_is_that_of_the_log_odds_at_the_mean():
    values = np.array([0.5, 0.7, 0.9, 0.8, 0.6])
    m, half = values.mean(), stats.t.ppf(0.975, 4) * stats.sem(values)
    odds = np.log(m / (1 - m))
    expected = [1 / (1 + np.exp(-(odds + sign * half / (m * (1 - m))))) for sign in (-1, 1)]
    interval = Interval.of(values, "share")
    assert [interval.low, interval.high] == pytest.approx(expected) and interval.mean == pytest.approx(m)


def test_the_positive_interval_is_that_of_the_logarithm_at_the_mean():
    values = np.array([0.1, 0.3, 0.2, 0.9])
    m, half = values.mean(), stats.t.ppf(0.975, 3) * stats.sem(values)
    interval = Interval.of(values, "positive")
    assert [interval.low, interval.high] == pytest.approx([m * np.exp(-half / m), m * np.exp(half / m)])


@pytest.mark.parametrize("scale", ["share", "positive"])
def test_a_scale_with_ends_never_runs_past_them_and_holds_the_mean(scale):
    rng = np.random.default_rng(0)
    for _ in range(200):
        values = rng.beta(*rng.uniform(0.05, 3, 2), rng.integers(4, 20))
        interval = Interval.of(values, scale)
        assert 0 <= interval.low <= interval.mean <= interval.high
        assert scale == "positive" or interval.high <= 1


@pytest.mark.parametrize("values", [[0.0] * 5, [1.0] * 5, [0.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 1e-9]])
def test_shares_at_their_ends_have_an_interval(values):
    interval = Interval.of(values, "share")
    assert 0 <= interval.low <= interval.mean <= interval.high <= 1


def test_far_from_its_ends_every_scale_gives_the_t_interval():
    values = 0.5 + np.array([0.001, -0.002, 0.003, 0.0, 0.001])
    t = Interval.of(values)
    for scale in ("share", "positive"):
        interval = Interval.of(values, scale)
        assert [interval.low, interval.high] == pytest.approx([t.low, t.high], abs=1e-5)


@pytest.mark.parametrize(
    "values, scale", [([0.5, 1.2, 0.1, 0.1], "share"), ([-0.1, 0.1, 0.1, 0.1], "positive")]
)
def test_values_outside_their_scale_are_refused(values, scale):
    with pytest.raises(ValueError, match=f"scale '{scale}' is for"):
        Interval.of(values, scale)
    with pytest.raises(ValueError, match="one of unbounded, difference, share, counted, positive, ratio"):
        Interval.of(values, "logit")


DRAWS = {  # scale -> how values are drawn, and their true mean
    "unbounded": (lambda rng, shape: rng.normal(0.3, 1, shape), 0.3),
    "share": (lambda rng, shape: rng.beta(6, 2, shape), 0.75),
    "difference": (lambda rng, shape: rng.beta(6, 2, shape) - rng.beta(2, 2, shape), 0.25),
    "ratio": (lambda rng, shape: rng.gamma(9, 0.2, shape), 1.8),
    "positive": (lambda rng, shape: rng.gamma(4, 0.1, shape), 0.4),
}


@pytest.mark.parametrize("scale", DRAWS)
@pytest.mark.parametrize("seeds", [6, 64])
def test_nineteen_intervals_in_twenty_hold_the_truth(scale, seeds):
    draw, truth = DRAWS[scale]
    intervals = [Interval.of(row, scale) for row in draw(np.random.default_rng(1), (2000, seeds))]
    hits = np.mean([one.low <= truth <= one.high for one in intervals])
    assert 0.93 < hits < 0.97, hits


# Counts


@pytest.mark.parametrize("count, of", [(0, 16), (3, 16), (30, 32), (64, 64)])
def test_a_counted_share_has_wilsons_interval_which_scipy_has_as_well(count, of):
    expected = stats.binomtest(count, of).proportion_ci(method="wilson")
    assert wilson(count, of) == pytest.approx((expected.low, expected.high), abs=1e-6)
    found = Interval.of([1] * count + [0] * (of - count), "counted")
    assert (found.low, found.high) == wilson(count, of) and found.mean == pytest.approx(count / of)
    assert found.low < found.high and not found.fault


@pytest.mark.parametrize("count, of", [(0, 16), (3, 16), (30, 32), (64, 64)])
def test_at_the_ends_of_wilsons_interval_one_truth_in_twenty_would_be_as_far(count, of):
    for end in wilson(count, of):
        if 0 < end < 1:
            assert chance_of_share(count / of, of, end) == pytest.approx(0.05, abs=1e-6)
            assert Interval.of([1] * count + [0] * (of - count), "counted").p(end) == pytest.approx(0.05)


def test_over_all_truths_nineteen_counted_intervals_in_twenty_hold_theirs():
    rng = np.random.default_rng(3)
    truths = rng.uniform(0.02, 0.98, 20_000)
    ends = np.array([wilson(count, 32) for count in range(33)])
    low, high = ends[rng.binomial(32, truths)].T
    assert 0.945 < np.mean((low <= truths) & (truths <= high)) < 0.96


def test_what_is_not_counted_is_refused():
    with pytest.raises(ValueError, match="1 or 0 of each seed"):
        Interval.of([0.0, 1.0, 0.5, 1.0], "counted")
    with pytest.raises(ValueError, match="got 5 of 4"):
        wilson(5, 4)


# Spread


def test_the_ratio_of_spreads_follows_pitman_and_morgan():
    """The interval holds 1 exactly where sum and difference correlate too weakly to be told from 0."""
    rng = np.random.default_rng(2)
    for _ in range(50):
        x = rng.normal(size=12)
        y = 0.5 * x + rng.normal(size=12) * rng.uniform(0.3, 2)
        interval = spread_ratio(x, y)
        p = stats.pearsonr(x + y, x - y).pvalue
        assert (interval.low <= 1 <= interval.high) == (p > 0.05)
        assert interval.mean == pytest.approx(x.std() / y.std())


def test_the_ratio_of_spreads_holds_the_truth_nineteen_times_in_twenty():
    rng = np.random.default_rng(3)
    common = rng.normal(size=(2000, 20))
    x, y = 2 * (common + rng.normal(size=common.shape)), common + rng.normal(size=common.shape)
    intervals = [spread_ratio(a, b) for a, b in zip(x, y, strict=True)]
    assert 0.93 < np.mean([one.low <= 2 <= one.high for one in intervals]) < 0.97


@pytest.mark.parametrize(
    "x, y, says",
    [
        ([1.0, 2, 3], [1.0, 2, 3], "four at least|4 at least"),
        ([1.0, 2, 3, 4], [1.0, 2, 3, 4, 5], "4 and 5"),
        ([1.0, 2, 3, np.nan], [1.0, 2, 3, 4], "finite"),
        ([1.0, 2, 3, 4], [1.0, 1, 1, 1], "scatter"),
        ([1.0, 2, 3, 4, 5, 6], [0.1] * 6, "scatter"),
        ([1.0, 2, 3, 4], [0.1, 0.1 + 1e-16, 0.1, 0.1 - 1e-16], "scatter"),
        (pd.Series([1.0, 2, 3, 4]), pd.Series([1.0, 2, 3, 5], index=[1, 2, 3, 4]), "seed 0 only in first"),
        ([1.0, 2, 3, 5], [1.0, 2, 3, 5], "one is the other"),
        ([1.0, 2, 3, 5], [3.0, 6, 9, 15], "or a multiple of it"),
        ([1.0, 2, 3, 5], [0.9, 0.8, 0.7, 0.5], "or a multiple of it"),
    ],
)
def test_a_ratio_of_spreads_that_cannot_be_is_refused(x, y, says):
    for ratio in (spread_ratio, log_spread_ratio):
        with pytest.raises(ValueError, match=says):
            ratio(x, y)


@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize("scale", SCALES)
def test_an_interval_without_width_has_no_word_whoever_made_it(alike, scale):
    assert Interval(0.3, 0.3, 0.3, 8, (), scale, alike).fault
    assert Interval(0.3, 0.3 - 1e-14, 0.3 + 1e-14, 8, (), scale, alike).fault
    assert not Interval(0.3, 0.29, 0.31, 8, (), scale, alike).fault


def test_two_series_are_paired_by_their_seeds():
    x = pd.Series(np.random.default_rng(4).normal(size=12))
    y = x + np.random.default_rng(5).normal(size=12)
    assert spread_ratio(x, y) == spread_ratio(x, y[::-1]) != spread_ratio(x, y.to_numpy()[::-1])


# Spread without the measurement's own, and many verdicts at once


def measured(rng, spread, noise, shape):
    """The same values measured twice, each time with a scatter of its own."""
    truth = rng.normal(0, spread, shape)
    return [truth + rng.normal(0, noise, shape) for _ in range(2)]


@pytest.mark.parametrize("noise", [0.0, 0.7])
def test_the_log_ratio_of_spreads_holds_the_truth_whatever_the_measurement_scatters(noise):
    rng, hits = np.random.default_rng(6), 0
    for _ in range(400):
        x, y = measured(rng, 2.0, noise, 40), measured(rng, 1.0, noise, 40)
        again = (x[1], y[1]) if noise else None
        found = log_spread_ratio(x[0], y[0], again=again)
        hits += found.low <= np.log(2) <= found.high
    assert 0.92 < hits / 400 < 0.98, hits


def test_a_measurement_that_scatters_makes_spreads_look_alike_until_it_is_taken_out():
    rng = np.random.default_rng(7)
    x, y = measured(rng, 1.0, 1.0, 4000), measured(rng, 0.25, 1.0, 4000)
    assert log_spread_ratio(x[0], y[0]).high < 0.5 < np.log(4)
    assert log_spread_ratio(x[0], y[0], again=(x[1], y[1])).mean == pytest.approx(np.log(4), abs=0.25)


def test_the_log_ratio_of_spreads_turns_round_with_its_sides():
    x, y = np.random.default_rng(8).normal(size=(2, 12))
    one, other = log_spread_ratio(x, y), log_spread_ratio(y, x)
    assert (one.mean, one.low) == (pytest.approx(-other.mean), pytest.approx(-other.high))
    assert one.mean == pytest.approx(np.log(spread_ratio(x, y).mean))


def test_a_spread_that_is_all_measurement_is_refused():
    rng = np.random.default_rng(9)
    x, y = measured(rng, 1.0, 0.1, 8), (np.arange(8.0), -np.arange(8.0))
    with pytest.raises(ValueError, match="nothing is left of a spread"):
        log_spread_ratio(x[0], y[0], again=(x[1], y[1]))
    with pytest.raises(ValueError, match="again measures the same seeds: got 7 and 8"):
        log_spread_ratio(x[0], y[0], again=(x[1][:7], y[1][:7]))


def test_what_was_measured_again_is_paired_with_the_first_by_its_seeds():
    rng = np.random.default_rng(10)
    x, y = ([pd.Series(row, index=range(20, 40)) for row in measured(rng, 1.0, 0.2, 20)] for _ in range(2))
    found = log_spread_ratio(x[0], y[0], again=(x[1], y[1]))
    arrays = [row.to_numpy() for row in (*x, *y)]
    assert log_spread_ratio(arrays[0], arrays[2], again=(arrays[1], arrays[3])) == found
    mixed = y[0].sample(frac=1, random_state=1)
    for first, again in (
        (y[0], (x[1], y[1].sample(frac=1, random_state=2))),
        (y[0], (x[1].sample(frac=1, random_state=3), y[1])),
        (mixed, (x[1], y[1])),
        (mixed, (arrays[1], y[1][mixed.index].to_numpy())),
    ):
        assert log_spread_ratio(x[0], first, again=again) == found


@pytest.mark.parametrize(
    "again, error, says",
    [
        (lambda x, y: (x[0], y[0]), ValueError, "first stands beside itself"),
        (lambda x, y: (x[1], y[0][::-1]), ValueError, "second stands beside itself"),
        (lambda x, y: (x[0] + 1e-12, y[0] + 1e-12), ValueError, "first stands beside itself"),
        (lambda x, y: (x[1], y[0] * (1 + 1e-8)), ValueError, "second stands beside itself"),
        (lambda x, y: (x[1].set_axis(range(100, 108)), y[1]), ValueError, "seed 0 only in first"),
        (lambda x, y: (x[1], y[1].set_axis(range(1, 9))), ValueError, "seed 0 only in second"),
        (lambda x, y: x[1], TypeError, "again is a pair"),
        (lambda x, y: (x[1], y[1].where(y[1].index != 3)), ValueError, "finite"),
    ],
)
def test_what_was_measured_again_is_of_the_same_seeds_and_not_the_first_itself(again, error, says):
    rng = np.random.default_rng(11)
    x, y = ([pd.Series(row) for row in measured(rng, 1.0, 0.1, 8)] for _ in range(2))
    with pytest.raises(error, match=says):
        log_spread_ratio(x[0], y[0], again=again(x, y))


@pytest.mark.parametrize("scale", DRAWS)
def test_a_value_is_outside_the_interval_where_its_p_is_below_one_in_twenty(scale):
    draw, truth = DRAWS[scale]
    ps = []
    for row in draw(np.random.default_rng(10), (300, 12)):
        interval = Interval.of(row, scale)
        room = 0.01 * (interval.high - interval.low)
        for value in (truth, interval.mean, interval.low - room, interval.high + room):
            assert (interval.p(value) < 0.05) == (not interval.low <= value <= interval.high)
        assert interval.p(interval.mean) == pytest.approx(1)
        ps.append(interval.p(truth))
    assert abs(np.mean(np.asarray(ps) < 0.5) - 0.5) < 0.1  # of the truth, p is uniform


@pytest.mark.parametrize("scale, ends", [("share", (0.0, 1.0)), ("difference", (-1.0, 1.0))])
def test_equal_values_leave_room_for_three_in_n_others(scale, ends):
    for value in (ends[0], 0.3, ends[1]):
        interval = Interval.of([value] * 60, scale)
        assert interval.alike and not interval.fault
        assert interval.low == pytest.approx(value - 0.05 * (value - ends[0]))
        assert interval.high == pytest.approx(value + 0.05 * (ends[1] - value))


def test_equal_values_without_two_ends_have_no_width_and_no_word():
    for scale in ("unbounded", "positive"):
        interval = Interval.of([0.3] * 6, scale)
        assert (
            interval.low == interval.high == interval.mean
            and "all 6 have the same value, 0.30" in interval.fault
        )
        assert Interval.of([0.3, 0.3, 0.3, 0.3001], scale).fault == ""


FLOAT32 = [np.float32(0.3) + np.float32(3e-8) * k for k in range(8)]
NOISE = 1e-7 * np.random.default_rng(3).normal(
    size=8
)  # how two results of one size differ in their last digits


@pytest.mark.parametrize(
    "values", [FLOAT32, [0.3] * 63 + [0.3000001], 0.3 + NOISE, NOISE, 40 * (0.3 + NOISE / 4)]
)
@pytest.mark.parametrize("scale", ["unbounded", "difference"])
def test_what_scatters_in_the_last_digits_only_has_no_width(values, scale):
    row = np.asarray(values, dtype=float) / (40 if scale == "difference" and np.max(values) > 1 else 1)
    found = Interval.of(row, scale)
    assert found.alike and bool(found.fault) == (scale == "unbounded")
    by_hand = Interval(float(row.mean()), float(row.mean()) - 1e-8, float(row.mean()) + 1e-8, 8, (), scale)
    assert "no width" in by_hand.fault
    with pytest.raises(ValueError, match="values that scatter"):
        spread_ratio(row, np.random.default_rng(0).normal(size=len(row)))


def test_seeds_far_apart_are_seeds_once_it_is_said():
    assert per_seed(pd.Series([1.0, 2.0, 3.0], index=[0, 10, 20]).rename_axis("seed"), "values").tolist() == [
        1,
        2,
        3,
    ]
    assert len(per_seed(pd.Series([1.0, 2.0, 3.0], index=[5, 6, 7]), "values")) == 3


def test_holm_multiplies_the_smallest_p_by_all_and_keeps_their_order():
    found = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.6})
    assert found == pytest.approx({"a": 0.04, "b": 0.09, "c": 0.09, "d": 0.6})
    assert holm({"a": 0.03}) == {"a": 0.03} and holm({}) == {}
    assert holm({"a": 0.5, "b": 0.9}) == {"a": 1.0, "b": 1.0}


def test_trial_seeds_tell_how_wide_an_interval_of_more_seeds_will_be():
    rng = np.random.default_rng(11)
    widths = [(one.high - one.low) / 2 for one in map(Interval.of, rng.normal(0, 2, (200, 64)))]
    assert half_width(rng.normal(0, 2, 2000), 64) == pytest.approx(np.mean(widths), rel=0.05)
    same = rng.normal(size=64)
    assert half_width(same, 64) == pytest.approx((Interval.of(same).high - Interval.of(same).low) / 2)
    with pytest.raises(ValueError, match="at least 4"):
        half_width(same, 3)


def test_what_lies_past_an_end_by_its_last_digits_lies_at_the_end():
    assert Interval.of([-2e-7, -1e-7, 0.0, -3e-7], "positive").mean == 0
    assert Interval.of([1 + 2e-7, 1.0, 1 + 3e-7, 1.0], "share").mean == 1
