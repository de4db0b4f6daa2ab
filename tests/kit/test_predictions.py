"""Predictions: kept, replaced, shown beside the results."""

import json
import os
import subprocess
import sys

import pytest

from helpers.kit import predictions
from helpers.kit.predictions import beside, predict


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
