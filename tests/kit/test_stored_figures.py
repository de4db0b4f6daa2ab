"""The figures that lessons store: 1,000 pixels and two panels wide at most, letters of ten points, said in words."""

import json
from pathlib import Path

import pytest

from helpers.kit.legible import PANELS, SMALLEST, WIDEST

LESSONS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def figures_of(path):
    """The number of its cell and the metadata of each stored figure that carries its sizes."""
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        for output in cell.get("outputs", []):
            stored = output.get("metadata", {}).get("image/png", {})
            if "points" in stored:
                yield number, stored


def faults(stored):
    found = [f"{stored['pixels']} pixels wide"] * (stored["pixels"] > WIDEST)
    found += [f"{stored['panels']} panels"] * (stored["panels"] > PANELS)
    found += [f"letters of {stored['points']} points"] * (stored["points"] < SMALLEST)
    return found + ["hardly a word"] * (len(stored["alt"]) < 40) + stored.get("unclear", [])


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_figures_of_a_lesson_can_be_read(path):
    assert [f"cell {number}: {fault}" for number, one in figures_of(path) for fault in faults(one)] == []


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_picture_that_is_stored_beside_the_page_is_the_same(path):
    outputs = [
        out for cell in json.loads(path.read_text("utf-8"))["cells"] for out in cell.get("outputs", [])
    ]
    stored = [out["data"] for out in outputs if "points" in out.get("metadata", {}).get("image/png", {})]
    other = ["".join(one["image/png"]).strip() not in "".join(one["text/html"]) for one in stored]
    assert stored and not any(other), (
        f"{sum(other)} of {len(other)} pictures are others than those of the page"
    )


def test_each_fault_of_a_stored_figure_is_seen():
    good = {"alt": "a" * 40, "points": 10.0, "panels": 2, "pixels": 1000}
    assert faults(good) == []
    assert faults({"alt": "", "points": 9.9, "panels": 3, "pixels": 1001}) == [
        "1001 pixels wide", "3 panels", "letters of 9.9 points", "hardly a word",
    ]  # fmt: skip
    assert faults({**good, "unclear": ["the text alternative does not name “PPO”"]}) == [
        "the text alternative does not name “PPO”"
    ]
