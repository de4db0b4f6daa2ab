"""A file for predictions that no other test sees."""

import pytest

from helpers.kit import predictions


@pytest.fixture
def file(tmp_path, monkeypatch):
    """The path of a file for predictions, not there yet; nothing was said or left unkept before."""
    path = tmp_path / "predictions.jsonl"
    monkeypatch.setattr(predictions, "FILE", path)
    monkeypatch.setattr(predictions, "_unkept", [])
    monkeypatch.setattr(predictions, "_told", set())
    return path
