"""Scores: the published formula, the limits that one knows, and that nobody gains by saying another."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from helpers.kit.scores import LEVEL, brier, calibration, interval_score, meant, scored

CHANCES = np.linspace(0.05, 0.95, 19)


@pytest.mark.parametrize(
    "chance, true, score", [(1, True, 0), (0, True, 1), (0.5, False, 0.25), (0.7, True, 0.09)]
)
def test_the_brier_score_is_the_square_of_what_a_chance_is_off_by(chance, true, score):
    assert brier(chance, true) == pytest.approx(score)


@pytest.mark.parametrize("truth", [0.2, 0.7, 0.9])
def test_the_best_brier_score_is_expected_by_whoever_says_the_true_chance(truth):
    expected = [truth * brier(chance, True) + (1 - truth) * brier(chance, False) for chance in CHANCES]
    assert CHANCES[np.argmin(expected)] == pytest.approx(truth)


@pytest.mark.parametrize(
    "value, score", [(0.5, 0.2), (0.4, 0.2), (0.6, 0.2), (0.3, 0.2 + 10 * 0.1), (0.8, 0.2 + 10 * 0.2)]
)
def test_the_interval_score_is_the_width_and_what_is_missed_by_over_half_of_alpha(value, score):
    assert interval_score(0.4, 0.6, value, alpha=0.2) == pytest.approx(score)


def test_the_interval_score_is_least_in_expectation_at_the_central_interval():
    values = norm.ppf((np.arange(400) + 0.5) / 400)
    ends = np.linspace(0.5, 2.5, 41)
    expected = [np.mean([interval_score(-end, end, one, alpha=0.2) for one in values]) for end in ends]
    assert ends[np.argmin(expected)] == pytest.approx(norm.ppf(0.9), abs=0.05)


@pytest.mark.parametrize("low, high, alpha", [(1, 0, 0.2), (0, 1, 0), (0, 1, 1.1), (0, math.nan, 0.2)])
def test_what_is_no_interval_is_refused(low, high, alpha):
    with pytest.raises(ValueError):
        interval_score(low, high, 0.5, alpha)


def expected_by(chance, scale, score):
    """What somebody expects who says `chance` while errors are normal with this scale; the width is 0.1."""
    errors = scale * norm.ppf((np.arange(200) + 0.5) / 200)
    return np.mean([score(chance, one) for one in errors])


@pytest.mark.parametrize("truth", [0.3, 0.7, 0.9])
def test_nobody_gains_by_another_confidence_than_his_own(truth):
    scale = 0.1 / norm.ppf((1 + truth) / 2)
    ours = lambda chance, error: scored(0.0, chance, 0.1, error)["interval score"]
    expected = [expected_by(chance, scale, ours) for chance in CHANCES]
    assert CHANCES[np.argmin(expected)] == pytest.approx(truth, abs=0.051)


def test_with_the_width_that_the_course_chose_one_would_gain_by_saying_nothing_is_sure():
    """Why the interval that is scored is not the course's: the reason stands in `meant`."""
    naive = lambda chance, error: interval_score(-0.1, 0.1, error, alpha=1 - chance)
    expected = [expected_by(chance, 0.1 / norm.ppf(0.85), naive) for chance in CHANCES]
    assert np.argmin(expected) == 0


def test_the_interval_that_is_meant_is_the_width_itself_where_one_is_as_sure_as_its_level():
    assert meant(0.5, LEVEL, 0.1) == pytest.approx((0.4, 0.6))
    wide, narrow = meant(5.0, 0.3, 0.1), meant(5.0, 0.99, 0.1)
    assert wide[0] < narrow[0] < 5 < narrow[1] < wide[1]


def test_a_share_stays_between_nothing_and_all():
    assert meant(0.9, 0.1, 0.1, "share") == (0.0, 1.0) and meant(0.9, 0.1, 0.1, "nats")[1] > 1


def test_certainty_has_a_score_that_is_finite_and_dear_where_it_fails():
    right, wrong = scored(0.5, 1.0, 0.1, 0.5), scored(0.5, 1.0, 0.1, 0.9)
    assert right["Brier"] == 0 and right["interval score"] < 0.1
    assert wrong["Brier"] == 1 and 1 < wrong["interval score"] < math.inf


def test_without_a_confidence_there_is_no_score_and_with_none_at_all_no_interval():
    assert math.isnan(scored(0.5, None, 0.1, 0.5)["Brier"])
    nothing = scored(0.5, 0.0, 0.1, 0.9)
    assert nothing["Brier"] == 0 and math.isnan(nothing["interval score"])


def test_a_number_at_the_edge_of_the_width_has_held():
    assert scored(0.5, 0.7, 0.25, 0.75)["held"] and not scored(0.5, 0.7, 0.25, 0.76)["held"]


def test_calibration_counts_how_many_stand_behind_each_point():
    table = calibration([0.1, 0.7, 0.7, 0.75, 1.0, np.nan], [0, 1, 1, 0, 1, 1])
    assert list(table.n) == [1, 3, 1]
    assert table.said.tolist() == pytest.approx([0.1, 0.7167, 1.0], abs=1e-3)
    assert table.held.tolist() == pytest.approx([0, 2 / 3, 1])
    assert (table.low <= table.held).all() and (table.held <= table.high).all()
    assert table.high[0] == pytest.approx(0.975, abs=1e-9)  # none of one: 1 - 0.025


@pytest.mark.parametrize("said", [0.2, 0.4, 0.6, 0.8])
def test_a_chance_at_the_edge_of_two_bins_is_in_the_upper_one(said):
    assert list(calibration([said, said + 0.1], [1, 0]).n) == [2]


def test_without_numbers_the_curve_is_empty():
    assert calibration([], []).empty
