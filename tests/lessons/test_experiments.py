"""What the rules judge: each has one function, which gives a value a seed; and the facts that the lessons tell."""

import importlib
import json

import numpy as np
import pandas as pd
import pytest

from helpers.kit import rule
from helpers.kit.verdicts import LESSONS, rules
from helpers.lessons.lesson00 import experiment as corridor
from helpers.lessons.lesson01 import experiment as bandit

NUMBERS = sorted(path.name[:2] for path in LESSONS.glob("[0-9]*.ipynb"))
MEASURES = {
    name: measure
    for number in NUMBERS
    for name, measure in importlib.import_module(
        f"helpers.lessons.lesson{number}.experiment"
    ).MEASURES.items()
}


def test_every_rule_has_one_measure_and_every_measure_a_rule():
    assert set(MEASURES) == set(rules())


@pytest.fixture(scope="module")
def small():
    """What the rules of lessons 00 and 01 judge, on four seeds and a few steps."""
    return {
        "00": corridor.results([103, 104, 105, 106], steps=3),
        "01": bandit.results([103, 104, 105, 106], steps=3),
    }


@pytest.mark.parametrize("name", [name for name in MEASURES if name[:2] in ("00", "01")])
def test_a_measure_gives_a_value_for_each_seed_under_the_seeds_name(small, name):
    values = MEASURES[name](small[name[:2]])
    assert list(values.index) == [103, 104, 105, 106] and np.isfinite(values).all()


@pytest.mark.parametrize("name", [name for name in MEASURES if name[:2] in ("00", "01")])
def test_a_seed_has_the_same_value_alone_and_in_company(small, name):
    module = {"00": corridor, "01": bandit}[name[:2]]
    alone = MEASURES[name](module.results([104], steps=3))
    assert alone[104] == pytest.approx(MEASURES[name](small[name[:2]])[104], abs=1e-5)


def frame_of(values, metric, **columns):
    """Last values by method and seed as a tidy frame."""
    rows = [
        {"method": name, "seed": seed, "step": 9, "metric": metric, "value": value, **columns}
        for name, row in values.items()
        for seed, value in row.items()
    ]
    return pd.DataFrame(rows)


def test_the_hint_gap_is_sft_less_rl_at_one_in_ten_and_nowhere_else():
    wanted = frame_of({"SFT": {1: 0.9, 2: 0.8}, "RL": {1: 0.2, 2: 0.9}}, corridor.MOVED, hint=0.1)
    other = frame_of({"SFT": {1: 0.0, 2: 0.0}, "RL": {1: 1.0, 2: 1.0}}, corridor.MOVED, hint=0.0)
    assert corridor.hint_gap(pd.concat([wanted, other])).to_dict() == pytest.approx({1: 0.7, 2: -0.1})


@pytest.mark.parametrize("number", NUMBERS)
def test_a_lesson_asks_for_every_rule_by_name_and_judges_it_once(number):
    path = next((LESSONS / "solutions").glob(f"{number}_*.ipynb"))
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    for name in (name for name in rules() if name.startswith(number)):
        assert code.count(f'rule("{name}").judge(') == 1, name


def test_every_rule_has_a_size_that_matters():
    assert all(rule(name).matters > 0 for name in MEASURES)
