"""CONTRIBUTING's way to a new lesson works as it stands there."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from helpers.core import Recorded, Rollouts
from helpers.kit import judged
from helpers.kit import rules as rules_kit
from helpers.kit.multiverse import share

GUIDE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def section():
    """How to add a lesson, up to the next heading."""
    return headed("How to add a lesson")


def headed(heading):
    return re.search(rf"^## {heading}\n(.*?)^## ", GUIDE, re.MULTILINE | re.DOTALL)[1]


def block(text, language):
    """The one block of code in a language."""
    (source,) = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return source


@pytest.fixture(scope="module")
def lesson(section):
    """The experiment that stands there, run as a module."""
    names = {}
    exec(compile(block(section, "python"), "experiment.py", "exec"), names)
    return names


@pytest.fixture(scope="module")
def stated(tmp_path_factory):
    """The rule that stands there, read as a file of rules is."""
    path = tmp_path_factory.mktemp("rules") / "rules.json"
    path.write_text(block(headed("How to add a rule and a multiverse"), "json"), encoding="utf-8")
    return rules_kit._read(path)["02.C1"]


@pytest.fixture
def long_runs(lesson, stated, monkeypatch):
    """The long runs that stand there, run as a module beside the experiment."""
    monkeypatch.setattr(judged, "rule", {"02.C1": stated}.get)
    names = {"experiment": SimpleNamespace(**lesson)}
    exec(
        compile(block(headed("How to add a rule and a multiverse"), "python"), "long_runs.py", "exec"), names
    )
    return names


def test_the_way_to_a_lesson_fits_on_a_screen(section):
    assert len(section.strip().splitlines()) <= 60


def test_its_arms_are_sources_and_losses(lesson):
    for data, loss in lesson["arms"]().values():
        assert isinstance(data, Rollouts | Recorded) and callable(loss)


def test_its_measure_gives_a_value_a_seed_and_its_rule_says_a_word(lesson, stated):
    ((name, measure),) = lesson["MEASURES"].items()
    frame = lesson["results"](range(20, 40))
    values = measure(frame)
    assert list(values.index) == list(range(20, 40)) and np.isfinite(values).all()
    assert stated.judge(values, gates=lesson["gates"](frame)[name]).word == "SUPPORTS"


def test_its_multiverse_says_in_how_many_settings_the_word_holds(long_runs, stated):
    plan = long_runs["PLANS"]["multiverse"]
    assert plan.table == "multiverse_02" and len(plan.parts()) == len(long_runs["SETTINGS"])
    frame = pd.concat([plan.run(**part.setting).assign(**part.columns) for part in plan.parts()])
    found = share(frame, stated)
    assert (found.word, found.same, found.of) == ("SUPPORTS", 3, 4)
    assert found.words["two steps only"] in ("INCONCLUSIVE", "NOT VALID", "NO RELEVANT DIFFERENCE")


def test_its_fresh_seeds_are_judged_with_their_gates(long_runs, stated):
    plan = long_runs["PLANS"]["fresh"]
    assert judged.judged(plan.run(seeds=range(1000, 1020)), stated).word == "SUPPORTS"


def test_the_files_it_names_are_those_that_lessons_have(section):
    root = Path(__file__).parents[2]
    for named in ("data/rules.json", "tests/lessons/test_pages.py"):
        assert f"`{named}`" in section and (root / named).exists()
    assert (root / "tests/lessons/answers_00.py").exists()
