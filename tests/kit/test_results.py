"""From runs to a verdict, predictions, figures."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from helpers.kit import predictions
from helpers.kit.frames import at_reward, cheapest, final, summary
from helpers.kit.intervals import Interval
from helpers.kit.plots import plot_curves, plot_frontier, plot_seeds, style
from helpers.kit.predictions import beside, predict
from helpers.kit.verdicts import Rule, ledger

RUNS = Path(__file__).parents[2] / "data/runs"


def curve(method, seed, rewards, drifts, lr=0.1):
    rows = [(step, seed, metric, value, method, lr)
            for metric, values in (("reward, held-out", rewards), ("drift", drifts))
            for step, value in enumerate(values)]  # fmt: skip
    return pd.DataFrame(rows, columns=["step", "seed", "metric", "value", "method", "lr"])


@pytest.fixture
def frame():
    return pd.concat(
        [
            curve("GRPO", 0, [0.0, 0.4, 0.8], [0.0, 0.1, 0.3]),
            curve("GRPO", 1, [0.0, 0.5, 0.9], [0.0, 0.2, 0.4]),
            curve("SFT", 0, [0.0, 0.2, 0.3], [0.0, 0.5, 0.9]),
            curve("SFT", 1, [0.0, 0.6, 0.7], [0.0, 0.6, 0.8]),
            curve("SFT", 1, [0.0, 0.3, 0.6], [0.0, 0.1, 0.2], lr=0.01),
        ],
        ignore_index=True,
    )


def test_interval_is_the_t_interval():
    values = np.array([0.1, 0.4, 0.2, 0.6])
    expected = stats.ttest_1samp(values, 0).confidence_interval()
    interval = Interval.of(values)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("values", [[1.0], [1.0, float("nan")]])
def test_interval_refuses_what_has_none(values):
    with pytest.raises(ValueError, match="two finite values"):
        Interval.of(values)


@pytest.mark.parametrize(
    "values, word",
    [([0.3, 0.31, 0.32], "SUPPORTS"), ([-0.3, -0.31, -0.32], "AGAINST"), ([0.0, 0.3, 0.1], "INCONCLUSIVE")],
)
def test_verdict_follows_the_rule(values, word):
    rule = Rule("00.C0", "A claim.", "a number", supports_above=0.1, against_below=0.1)
    assert rule.judge(values).word == word


@pytest.fixture
def verdict():
    rule = Rule(
        "00.C0", "A claim.", "a number", supports_above=0.1, against_below=0.1, published="Others say so."
    )
    measured = {"SFT": 0.96, "RL": 0.2}
    return rule.judge([0.34, 0.35, 0.36], measured=measured, predicted="00.a", does_not_show=["All of it."])


def test_a_verdict_says_everything_that_a_reader_needs(verdict, tmp_path, monkeypatch):
    monkeypatch.setattr(predictions, "FILE", tmp_path / "predictions.jsonl")
    predict("00.a", {"SFT": 0.9}, confidence=0.7)
    said = verdict._repr_mimebundle_()["text/markdown"]
    for part in (
        "SUPPORTS",
        "A claim.",
        "0.35 [0.33, 0.37]",
        "3 seeds",
        "All of it.",
        "Others say so.",
        "you predicted",
    ):
        assert part in said


def test_the_ledger_is_read_from_stored_verdicts(verdict, tmp_path):
    data = json.loads(json.dumps(verdict._repr_mimebundle_()))
    cells = [{"cell_type": "markdown"}, {"outputs": [{"data": {}}, {"data": data}]}]
    (tmp_path / "00.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    row = ledger([tmp_path / "00.ipynb"]).iloc[0]
    assert (row["name"], row.verdict, row.measured["RL"]) == ("00.C0", "SUPPORTS", 0.2)
    assert row["mean"] == pytest.approx(0.35)


@pytest.fixture
def fresh(monkeypatch):
    monkeypatch.syspath_prepend(str(RUNS))
    return importlib.import_module("fresh_seeds")


def eighteen_seeds():
    return pd.concat(pd.read_csv(RUNS / name) for name in ("drift.csv", "fresh_drift.csv"))


def test_fresh_seeds_are_judged_as_the_lessons_judge(fresh):
    goals, stored = pd.read_csv(RUNS / "goals.csv"), ledger().set_index("name")
    found = fresh.effects(fresh.values_03(goals) | fresh.values_12(eighteen_seeds()))
    again = fresh.judged(found, stored).set_index("name")
    assert sorted(again.index) == [name for name in sorted(stored.index) if name[:2] in ("03", "12")]
    same = stored.loc[again.index, list(again.columns)]
    pd.testing.assert_frame_equal(again, same, check_dtype=False, check_like=True)


def test_every_verdict_holds_on_five_fresh_sets_of_seeds():
    table, stored = pd.read_csv(RUNS / "fresh_seeds.csv"), ledger().set_index("name")
    assert sorted(table.name.unique()) == sorted(stored.index)
    for name, rows in table.groupby("name"):
        assert list(rows.set) == [*(f"fresh {number}" for number in range(1, 6)), "lesson"]
        # Three seeds are too few for this verdict; the next test has sets of six.
        undecided = {"INCONCLUSIVE"} if name == "12.C9" else set()
        assert set(rows.verdict) - undecided == {stored.verdict[name]}, rows
        ours = rows.set_index("set").loc["lesson"]
        assert ours[["mean", "low", "high"]].tolist() == pytest.approx(
            stored.loc[name, ["mean", "low", "high"]].tolist(), abs=1e-4
        )


def test_the_verdicts_of_lesson_12_hold_on_each_third_of_its_seeds(fresh):
    runs, stored = eighteen_seeds(), ledger().set_index("name")
    seeds = sorted(runs.seed.unique())
    assert len(seeds) == 18
    for first in range(0, 18, 6):
        values = fresh.values_12(runs[runs.seed.isin(seeds[first : first + 6])])
        found = fresh.judged(fresh.effects(values), stored).set_index("name")
        assert found.seeds.tolist() == [6, 6]
        assert found.verdict.to_dict() == stored.verdict[["12.C9", "12.C7"]].to_dict()


def test_a_metric_is_read_where_the_reward_is_first_reached(frame):
    table = at_reward(frame, 0.6, "drift").set_index(["method", "lr", "seed"]).drift
    assert table["GRPO", 0.1, 0] == pytest.approx(0.2)
    assert np.isnan(table["SFT", 0.1, 0])


def test_frontiers_take_the_best_learning_rate_of_each_seed(frame):
    table = cheapest(frame, 0.6, "drift")
    assert table.loc[1, "SFT"] == pytest.approx(0.2)
    assert cheapest(frame, 0.6, "drift", most=True).loc[1, "SFT"] == pytest.approx(0.6)


def test_final_names_the_metrics_there_are(frame):
    assert final(frame[frame.lr == 0.1], "drift").loc[1, "GRPO"] == 0.4
    with pytest.raises(KeyError, match="'drift', 'reward, held-out'"):
        final(frame, "drfit")


def test_summary_prints_intervals(frame):
    assert summary(frame[frame.method == "GRPO"], ["drift"]).loc["GRPO", "drift"].startswith("0.35 [")


def test_predictions_are_kept_replaced_and_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(predictions, "FILE", tmp_path / "predictions.jsonl")
    predict("00.a", {"SFT": 0.5, "RL": None}, confidence=0.7)
    predict("00.a", {"SFT": 0.9})
    predict("00.b", {"SFT": 0.1})
    assert len(predictions.FILE.read_text().splitlines()) == 2
    assert beside("00.a", {"SFT": 0.96, "RL": 0.2}).loc["SFT", "you predicted"] == 0.9


def test_a_prediction_is_scored_against_its_own_width(tmp_path, monkeypatch):
    monkeypatch.setattr(predictions, "FILE", tmp_path / "predictions.jsonl")
    predict("00.a", {"SFT": 0.9, "RL": 0.5, "null arm": None}, confidence=0.7, within=0.2)
    table = beside("00.a", {"SFT": 0.96, "RL": 0.2, "null arm": 0.0})
    assert list(table["within 0.2"]) == ["yes", "no", ""]
    assert list(table["your confidence"]) == [0.7] * 3


def test_skipping_a_prediction_leaves_no_trace(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(predictions, "FILE", tmp_path / "predictions.jsonl")
    predict("00.a", {"SFT": None})
    assert capsys.readouterr().out == "" and not predictions.FILE.exists()
    assert list(beside("00.a", {"SFT": 0.96}).columns) == ["measured"]


def test_the_environment_may_name_another_file_for_predictions(tmp_path):
    elsewhere = {**os.environ, "INNER_ALIGNMENT_PREDICTIONS": str(tmp_path / "mine.jsonl")}
    made = "from helpers.kit.predictions import predict; predict('00.a', {'SFT': 0.5})"
    subprocess.run([sys.executable, "-c", made], env=elsewhere, check=True)
    assert json.loads((tmp_path / "mine.jsonl").read_text())["guesses"] == {"SFT": 0.5}


def test_a_prediction_is_a_number():
    with pytest.raises(ValueError, match="is a number: 'SFT' got 'much'"):
        predict("00.a", {"SFT": "much"})
    with pytest.raises(ValueError, match="from 0 to 1"):
        predict("00.a", {"SFT": 1.0}, confidence=70)


def test_every_figure_says_in_words_what_it_shows(frame):
    one = frame[frame.lr == 0.1]
    for ax in (
        plot_curves(one, "drift"),
        plot_frontier(frame, "drift"),
        plot_seeds(final(one, "drift"), "drift"),
    ):
        words = " ".join(ax.figure.alt_text)
        assert "GRPO" in words and "SFT" in words and len(words) > 60
        assert ax.get_xlabel() or len(ax.get_xticklabels()) == 2
        assert ax.get_ylabel()


def test_a_method_without_values_is_named_as_such():
    table = pd.DataFrame({"SFT": [0.1, 0.2], "RL": [np.nan, np.nan]})
    assert "RL none" in " ".join(plot_seeds(table, "drift").figure.alt_text)


def test_methods_differ_without_colour():
    methods = ["SFT, teacher", "SFT, own best", "GRPO", "null arm", "GRPO (live)"]
    assert len({style(method)[1:] for method in methods}) == len(methods)
