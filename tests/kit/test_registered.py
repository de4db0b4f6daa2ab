"""Registered rules: what the hash sees and what not, what a change leaves behind, and that rules are older."""

import functools
import json
import shutil
import subprocess

import pytest

from helpers.kit import registered
from helpers.kit.rules import rule, rules
from helpers.kit.tables import RUNS, provenance

EXPERIMENT = '''
"""A lesson."""
from helpers.kit import final
from helpers.lessons.lesson99 import places
from helpers.lessons.lesson99.places import there

LEVEL, OTHER = 0.5, 2
UNUSED = 1

def at_level(frame):
    return final(frame, f"at {LEVEL:g}")

def gap(frame: dict) -> float:
    """99.C1: the gap."""
    found = at_level(frame)  # a comment
    return there(found["RL"]) - places.here(found["SFT"], 0)

def unrelated():
    return UNUSED

MEASURES = {"99.C1": gap}
'''
PLACES = '"""Where."""\nNEAR = 1\n\ndef here(x, y):\n    return x + NEAR\n\ndef there(x):\n    return x\n'
RULES = {"99.C1": {"measure": "a gap", "matters": 0.1}}
GAP = "helpers.lessons.lesson99.experiment.gap"


def course(folder, experiment=EXPERIMENT, places=PLACES, rules=RULES):
    """A course of one lesson, which has one rule."""
    lesson = folder / "helpers/lessons/lesson99"
    lesson.mkdir(parents=True, exist_ok=True)
    (lesson / "experiment.py").write_text(experiment, encoding="utf-8", newline="")
    (lesson / "places.py").write_text(places, encoding="utf-8")
    (folder / "data").mkdir(exist_ok=True)
    (folder / registered.RULES).write_text(json.dumps(rules), encoding="utf-8")
    registered._names.cache_clear()
    return folder


def hashed(folder, entry=RULES["99.C1"], **texts):
    return registered.hash_of(entry, GAP, root=course(folder, **texts))


# What the hash sees


@pytest.mark.parametrize(
    "old, new",
    [
        ("  # a comment", ""),
        ('    """99.C1: the gap."""\n', ""),
        ("frame: dict) -> float:", "frame):"),
        ("final(frame,", "final(\n        frame,"),
        ("\n", "\r\n"),
        ("UNUSED = 1", "UNUSED = 2"),
        ("return UNUSED", "return 5"),
        ("LEVEL, OTHER = 0.5, 2\n", "LEVEL, OTHER = 0.5, 2  # halfway\n\n\n"),
    ],
)
def test_what_computes_the_same_has_the_same_hash(tmp_path, old, new):
    assert old in EXPERIMENT
    assert hashed(tmp_path / "a") == hashed(tmp_path / "b", experiment=EXPERIMENT.replace(old, new))


@pytest.mark.parametrize(
    "old, new",
    [
        (
            "LEVEL, OTHER = 0.5",
            "LEVEL, OTHER = 0.6",
        ),  # a number that a function reads which the measure calls
        ('f"at {LEVEL:g}"', 'f"at {LEVEL:f}"'),
        ("- places.here", "+ places.here"),
        ('["SFT"], 0)', '["SFT"], False)'),
        ("return final(frame", "return -final(frame"),
    ],
)
def test_what_computes_something_else_has_another_hash(tmp_path, old, new):
    assert old in EXPERIMENT
    assert hashed(tmp_path / "a") != hashed(tmp_path / "b", experiment=EXPERIMENT.replace(old, new))


@pytest.mark.parametrize("old, new", [("NEAR = 1", "NEAR = 2"), ("return x\n", "return -x\n")])
def test_what_stands_in_another_module_of_the_lesson_counts_too(tmp_path, old, new):
    assert hashed(tmp_path / "a") != hashed(tmp_path / "b", places=PLACES.replace(old, new))


@pytest.mark.parametrize(
    "change, same",
    [
        ({"says": "another wording"}, True),
        ({"neutral": 0}, True),
        ({"matters": 0.2}, False),
        ({"neutral": 1.0}, False),
        ({"scale": "share"}, False),
    ],
)
def test_what_decides_the_word_counts_and_the_wording_does_not(tmp_path, change, same):
    entry = RULES["99.C1"]
    assert (hashed(tmp_path) == hashed(tmp_path, entry={**entry, **change})) is same


def test_the_hash_of_a_measure_is_the_same_in_every_version_of_python(tmp_path):
    assert hashed(tmp_path) == "c455a3ba6fd3"


# What is registered, and what a change leaves behind


def git(folder, *words):
    name = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
    subprocess.run(["git", *name, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def committed(tmp_path):
    """The course of one lesson, its rule registered and committed."""
    if shutil.which("git") is None:
        pytest.skip("git is not there")
    registered.register("99", root=course(tmp_path))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "a rule")
    return tmp_path


def entry_of(folder):
    return json.loads((folder / registered.RULES).read_text("utf-8"))["99.C1"]


def test_a_rule_is_registered_with_what_measures_it(tmp_path):
    said = registered.register("99.C1", root=course(tmp_path))
    entry = entry_of(tmp_path)
    assert entry["measured_by"] == GAP and entry["hash"] == hashed(tmp_path) and "was" not in entry
    assert entry["hash"] in said[0] and "before the long runs" in said[-1]


def test_a_committed_rule_changes_only_with_a_reason_and_keeps_its_old_form(committed):
    old = entry_of(committed)["hash"]
    assert "as it was" in registered.register("99", root=committed)[0]
    rules = {"99.C1": {**entry_of(committed), "matters": 0.3}}
    course(committed, rules=rules)
    with pytest.raises(ValueError, match="say why with --because"):
        registered.register("99", root=committed)
    for _ in range(2):  # twice leaves it behind once
        registered.register("99", because="a tenth was too fine.", root=committed)
    (was,) = entry_of(committed)["was"]
    assert old in was and "a gap; limits 0 and 0.1" in was and was.endswith("a tenth was too fine.")
    assert entry_of(committed)["hash"] not in (old, was)


def test_a_rule_that_was_never_committed_may_change_freely(tmp_path):
    registered.register("99", root=course(tmp_path))
    first = entry_of(tmp_path)
    registered.register("99", root=course(tmp_path, rules={"99.C1": {**first, "matters": 0.3}}))
    assert entry_of(tmp_path)["hash"] != first["hash"] and "was" not in entry_of(tmp_path)


def test_hashes_of_a_commit_are_those_that_were_committed(committed):
    before = registered.hashes(root=committed)
    assert before == {"99.C1": entry_of(committed)["hash"]}
    course(committed, rules={"99.C1": {**entry_of(committed), "hash": "another"}})
    assert registered.hashes(root=committed) == before
    assert registered.at_commit("0123456789", root=committed) is None


@pytest.mark.parametrize(
    "what, experiment, says",
    [
        ("99.C2", EXPERIMENT, "rule is one of 99.C1"),
        ("99", EXPERIMENT.replace('"99.C1"', '"99.C3"'), "a rule with a measure is one of 99.C3"),
        ("99", EXPERIMENT.replace(": gap}", ": lambda frame: 0}"), "functions by their names"),
        ("99", EXPERIMENT.replace("def gap", "def gop"), "has no 'gap' of its own"),
    ],
)
def test_a_rule_without_a_measure_is_refused(tmp_path, what, experiment, says):
    with pytest.raises(ValueError, match=says):
        registered.register(what, root=course(tmp_path, experiment=experiment))


# Younger than its runs


def note(folder, table, *told):
    """A table of two parts at the most, and what the note of each says was registered."""
    groups = [
        {"by": {"commit": "abc", **({"registered": one} if one else {})}, "seconds": {}} for one in told
    ]
    facts = {"made": groups, "tables": {f"{table}.csv": {}}}
    (folder / f"{table}.json").write_text(json.dumps(facts), encoding="utf-8")


@pytest.mark.parametrize(
    "told, old",
    [
        ([{"99.C1": "abc"}], False),
        ([{"99.C1": "abc"}, {"99.C1": "abc"}], False),
        ([{"99.C1": "abc"}, {"99.C1": "abd"}], True),
        ([{"99.C1": "abc"}, None], True),
        ([{"99.C2": "abc"}], True),
        ([None], True),
    ],
)
def test_a_table_is_older_than_a_rule_if_a_part_was_run_without_it(tmp_path, told, old):
    note(tmp_path, "goals", *told)
    assert registered.younger("99.C1", "abc", ("goals",), folder=tmp_path) == (("goals",) if old else ())
    assert registered.younger("99.C1", "", ("goals",), folder=tmp_path) == ()


def test_a_table_that_is_not_there_or_cannot_be_read_stops_no_verdict(tmp_path):
    (tmp_path / "fresh_99.json").write_text("{", encoding="utf-8")
    note(tmp_path, "multiverse_99", None)  # a note without its table
    assert registered.tables_of("99.C1", ("goals",), folder=tmp_path) == []


def test_a_rule_that_is_younger_than_its_runs_says_so_in_its_verdict(monkeypatch):
    one = rule("00.C8")
    gates = [registered_gate(name) for name in one.needs]
    monkeypatch.setattr("helpers.kit.rules.younger", lambda *_: ("goals",))
    verdict = one.judge([0.3, 0.31, 0.32, 0.33], gates=gates)
    mark = "This rule is younger than the runs that it judges: goals."
    assert mark in verdict._repr_mimebundle_()["text/markdown"] and mark in one._repr_markdown_()
    monkeypatch.setattr("helpers.kit.rules.younger", lambda *_: ())
    assert "younger" not in verdict._repr_mimebundle_()["text/markdown"] + one._repr_markdown_()


def registered_gate(name):
    from helpers.kit.gates import Gate

    return Gate(name, True, "so it is")


# The rules of the course


@pytest.mark.parametrize("name", rules())
def test_a_rule_of_the_course_is_registered_as_it_stands(name):
    """If not: `python -m helpers.kit.claims register NN`, before its long runs."""
    entry = json.loads((registered.ROOT / registered.RULES).read_text("utf-8"))[name]
    assert entry["measured_by"] == registered.measures(name[:2])[name]
    assert entry["hash"] == registered.hash_of(entry, entry["measured_by"])


def ask_git(*words):
    """What git says, or a skip where it cannot know: no git, no repository, a clone without its history."""
    try:
        run = lambda *words: subprocess.run(
            ["git", *words], cwd=registered.ROOT, check=True, capture_output=True, text=True
        ).stdout.strip()
        if run("rev-parse", "--is-shallow-repository") != "false":
            pytest.skip("this clone has no history")
        return run(*words)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("git cannot tell")


at_commit = functools.cache(registered.at_commit)


@pytest.mark.parametrize("name", rules())
def test_a_registered_rule_is_older_than_the_runs_it_judges_or_is_marked_as_younger(name):
    one = rule(name)
    ask_git("status", "--porcelain")
    marked = registered.younger(name, one.hash, one.judges)
    for table in registered.tables_of(name, one.judges):
        if table in marked:
            continue
        for group in provenance(table)["made"]:
            then = at_commit(group["by"]["commit"])
            if (
                then is None
            ):  # the commit was rebased since: what stands before the one that brought the table?
                brought = ask_git("log", "-1", "--format=%H", "--", f"data/runs/{table}.json")
                then = at_commit(f"{brought}^") if brought else {name: {"hash": one.hash}}
            assert then.get(name, {}).get("hash") == one.hash, (
                f"{table} was made before {name} was registered as it is"
            )


@pytest.mark.parametrize("name", rules())
def test_every_form_that_a_rule_has_had_is_kept_beside_it(name):
    one = rule(name)
    for commit in ask_git("log", "--format=%H", "--", registered.RULES).split():
        then = (at_commit(commit) or {}).get(name, {})
        if then.get("hash", one.hash) != one.hash:
            kept = then["hash"] in " ".join(one.was) or len(one.was) > len(then.get("was", []))
            assert kept, (
                f"{name} was {then['hash']} in {commit[:9]}: say in `was` what it was and why it changed"
            )


def test_every_table_that_a_rule_names_is_there():
    for one in rules().values():
        for table in one.judges:
            assert (RUNS / f"{table}.json").exists(), (one.name, table)
