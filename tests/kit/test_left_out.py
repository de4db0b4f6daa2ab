"""Words of hate are left out of stored texts, whole, and the notes of the tables say so."""

import json

import pandas as pd
import pytest
import tiny_runs

from helpers.kit import left_out, tables
from helpers.kit.parts import Store

SAID = "Regurgraff Grunkmeat delicious, and grunk! A gRuNk, a grun k."


@pytest.fixture
def listed(monkeypatch):
    """A harmless word in the list's place."""
    monkeypatch.setattr(left_out, "HASHES", {left_out._hash("grunk")})


def test_a_word_that_has_one_of_the_list_inside_is_left_out_whole(listed):
    mark = left_out.MARK
    assert left_out.without(SAID) == f"Regurgraff {mark} delicious, and {mark}! A {mark}, a grun k."
    assert left_out.without(left_out.without(SAID)) == left_out.without(SAID)


def test_words_that_mean_no_harm_stay():
    for said in ("She sniggered at a snigger.", "Wet backs, fagots and a niggling doubt.", "", "😊 :) é"):
        assert left_out.without(said) == said


def test_the_runner_joins_texts_without_them_and_its_note_counts_them(listed, tmp_path):
    tiny = tiny_runs.plan(also=("said",))
    store = Store(tiny, tmp_path)
    store.scratch.mkdir(parents=True)
    for part in store.parts:
        told = pd.DataFrame({"seed": part.seeds, "answer": [SAID] * len(part.seeds)})
        found = {name: told for name in (tiny.table, "said")}
        made = dict.fromkeys(("commit", "date", "hardware", "versions"), "some")
        store.keep(part, {"tables": found, "seconds": 1.0, "made": made})
    store.join("make it")
    note = tables.provenance("said", folder=tmp_path)
    rows = tables.stored("said", folder=tmp_path)
    assert "runk" not in " ".join(rows.answer) and (rows.answer == left_out.without(SAID)).all()
    assert note["tables"]["said.csv"]["words left out"] == 3 * len(rows)


def test_a_stored_table_without_them_is_still_the_one_that_its_note_speaks_of(listed, tmp_path):
    frame = pd.DataFrame({"seed": [0, 1], "answer": [SAID, "None"], "value": [0.5, None]})
    data = tables.to_csv(frame)
    (tmp_path / "said.csv").write_bytes(data)
    facts = {"sha256": tables.checksum(data), "rows": 2, "columns": tables.kinds(frame)}
    (tmp_path / "run.json").write_text(json.dumps({"command": "x", "tables": {"said.csv": facts}}))
    assert left_out.in_stored("said", tmp_path) == 3 == left_out.in_stored("said", tmp_path)
    rows = tables.stored("said", folder=tmp_path)
    assert list(rows.answer) == [left_out.without(SAID), "None"] and rows.value.isna().tolist() == [
        False,
        True,
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.json", "said.csv"]


def test_no_stored_text_has_one_and_what_was_left_out_is_noted():
    for path in sorted(tables.RUNS.glob("*.json")):
        note = json.loads(path.read_text(encoding="utf-8"))
        for file, facts in note["tables"].items():
            if tables.TEXT in facts["columns"].values():
                frame = tables.stored(file.partition(".")[0])
                texts = [
                    frame[name].unique() for name, kind in facts["columns"].items() if kind == tables.TEXT
                ]
                for text in (one for several in texts for one in several):
                    assert left_out.without(text) == text, f"{file}: `left_out.in_stored` leaves a word out"
                assert facts.get("words left out", 0) == left_out.count(frame)
    for path in sorted((tables.RUNS.parent / "texts").iterdir()):
        text = path.read_text(encoding="utf-8")
        assert left_out.without(text) == text, path.name
