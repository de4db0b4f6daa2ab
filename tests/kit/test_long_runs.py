"""The runner of long runs: whatever stops it, what is finished is kept, nothing is twice, the table is the same."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tiny_runs

from helpers.kit import long_runs, tables, workers
from helpers.kit.long_runs import Plan, make
from helpers.kit.parts import Store, spans
from helpers.kit.tables import provenance, stored

ROOT = Path(__file__).parents[2]
RUNS = ROOT / "data/runs"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The table of the tiny plan, as one process makes it without an accident."""
    folder = tmp_path_factory.mktemp("whole")
    assert make(tiny_runs.plan(), folder=folder, say=str)
    return (folder / "tiny.csv").read_bytes()


def of(folder) -> bytes:
    return (folder / "tiny.csv").read_bytes()


def lines(log) -> list[str]:
    return sorted(log.read_text(encoding="utf-8").splitlines())


def logging(folder, **changes):
    """The tiny plan, and the file in which it notes what it runs."""
    shared = {"log": str(folder / "log"), **changes.pop("shared", {})}
    return tiny_runs.plan(shared=shared, **changes), folder / "log"


# ----------------------------------------------------------------- whoever does the work, the table is the same


def test_two_processes_make_the_table_of_one(tmp_path, whole):
    plan, log = logging(tmp_path)
    assert make(plan, folder=tmp_path, jobs=2, say=str)
    assert of(tmp_path) == whole and len(lines(log)) == len(set(lines(log))) == 8


def test_a_dask_cluster_that_loses_one_of_its_two_workers_makes_the_same_table(tmp_path, whole):
    distributed = pytest.importorskip("distributed")
    shared = {"once": str(tmp_path / "killed"), "pause": 0.05}
    plan, log = logging(tmp_path, shared=shared)
    how = {"threads_per_worker": 1, "dashboard_address": None, "local_directory": str(tmp_path)}
    with distributed.LocalCluster(n_workers=2, **how) as cluster:
        assert make(plan, folder=tmp_path, on=cluster.scheduler_address, say=str)
    assert (tmp_path / "killed").exists()
    assert of(tmp_path) == whole  # none lost, none twice
    assert len(set(lines(log))) == 8 and len(lines(log)) >= 9


def test_without_a_scheduler_the_command_says_so(tmp_path):
    pytest.importorskip("distributed")
    with pytest.raises(SystemExit, match=r"no dask scheduler answers at tcp://127.0.0.1:9"):
        make(tiny_runs.plan(), folder=tmp_path, on="tcp://127.0.0.1:9", say=str)


def test_without_dask_the_command_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SystemExit, match="pip install dask distributed"):
        make(tiny_runs.plan(), folder=tmp_path, on="tcp://127.0.0.1:9", say=str)


# ----------------------------------------------------------------- accidents

KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
import tiny_runs
from helpers.kit.long_runs import make

left, when, real = int(sys.argv[2]), sys.argv[4], os.replace

def replace(source, target):
    global left
    left -= 1
    if left == 0 and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    real(source, target)
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

os.replace = replace
grid = tiny_runs.GRID[:2]
plan = tiny_runs.plan(grid=grid, seeds=range(3), shared={"log": sys.argv[1] + "/log"})
sys.exit(0 if make(plan, folder=Path(sys.argv[1]), command="tiny") else 1)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL on Windows")
@pytest.mark.parametrize(
    "at, when", [(1, "before"), (2, "before"), (3, "before"), (4, "before"), (4, "after")]
)
def test_a_runner_that_is_killed_at_any_write_goes_on_and_makes_the_same_table(tmp_path, at, when):
    """There are four writes: two parts, the table, its note. After one is before the next."""
    script = lambda at: subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), str(at), str(Path(__file__).parent), when],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TQDM_DISABLE": "1"},
        capture_output=True,
    )
    assert script(at).returncode == -signal.SIGKILL
    assert script(99).returncode == 0
    # kept is kept: a part runs again only if it was killed before it was written
    assert len(lines(tmp_path / "log")) == 2 + (at < 3)
    assert sorted(path.name for path in tmp_path.glob("tiny_parts/*")) in ([], [".lock"])
    (tmp_path / "expected").mkdir()
    plan, _ = logging(tmp_path, grid=tiny_runs.GRID[:2], seeds=range(3))
    assert make(plan, folder=tmp_path / "expected", say=str) and of(tmp_path) == of(tmp_path / "expected")
    assert len(stored("tiny", folder=tmp_path)) == 2 * 3 * 3


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal on Windows")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
def test_what_is_finished_is_kept_when_the_runner_is_stopped(tmp_path, whole, number):
    """The command itself, two processes, in the middle of its work."""
    lesson = tmp_path / "lesson.py"
    lesson.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import tiny_runs\nfrom helpers.kit import long_runs\n"
        f"plan = tiny_runs.plan(shared={{'log': {str(tmp_path / 'log')!r}, 'pause': 1.5}})\n"
        "long_runs.plans = lambda lesson: {'tiny': plan}\n"
        "if __name__ == '__main__':\n    sys.exit(long_runs.main())\n"
    )
    command = [sys.executable, str(lesson), "77", "--jobs", "2", "--into", str(tmp_path)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TQDM_DISABLE": "1"}
    words = (tmp_path / "words").open("w")
    begun = subprocess.Popen(command, env=env, stdout=words, stderr=words, start_new_session=True)
    kept = lambda: len(list(tmp_path.glob("tiny_parts/*.json")))
    while kept() < 2 and begun.poll() is None:
        time.sleep(0.02)
    os.kill(begun.pid, number)
    begun.wait(timeout=1200)
    words.close()
    errors = (tmp_path / "words").read_text()
    finished = kept()
    assert begun.returncode == (130 if number == signal.SIGINT else -signal.SIGKILL)
    assert number == signal.SIGKILL or "what is finished is kept" in errors
    assert 2 <= finished < 8 and not (tmp_path / "tiny.csv").exists()
    still, before = -1, len(lines(tmp_path / "log"))
    while still != before:  # its processes end with it, at the latest after the part they are at
        time.sleep(3)
        still, before = before, len(lines(tmp_path / "log"))
    assert before < 8
    subprocess.run(command, env=env, check=True, capture_output=True)
    assert of(tmp_path) == whole
    assert len(lines(tmp_path / "log")) - before == 8 - finished


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL on Windows")
def test_a_process_that_is_killed_is_named_and_its_part_is_run_by_the_next_call(tmp_path, whole):
    plan, _ = logging(tmp_path, shared={"once": str(tmp_path / "killed")})
    with pytest.raises(SystemExit, match="a process was killed, perhaps for want of memory"):
        make(plan, folder=tmp_path, jobs=2, say=str)
    assert not (tmp_path / "tiny.csv").exists()
    assert make(plan, folder=tmp_path, jobs=2, say=str) and of(tmp_path) == whole


def test_a_part_that_raises_is_told_with_its_setting_and_tried_again(tmp_path, whole, capsys):
    broken = tmp_path / "broken"
    broken.touch()
    plan, log = logging(tmp_path, shared={"fails": str(broken)})
    told = []
    assert not make(plan, folder=tmp_path, say=told.append)
    text = "\n".join(told)
    assert (
        "RL, share 1, seeds 0-2" in text
        and "ArithmeticError: a loss of RL" in text
        and "4 parts failed" in text
    )
    assert not (tmp_path / "tiny.csv").exists()
    broken.unlink()
    first = len(lines(log))
    assert make(plan, folder=tmp_path, say=str) and of(tmp_path) == whole
    assert len(lines(log)) - first == 4  # those that had been right are not run again


def test_a_disk_that_is_full_is_named_and_what_is_finished_is_kept(tmp_path, monkeypatch, whole):
    plan, log = logging(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    make(plan, folder=tmp_path, only=["RL"], say=str)
    with (
        monkeypatch.context() as disk,
        pytest.raises(SystemExit, match=r"kept\. The disk is full: .* MB left"),
    ):
        disk.setattr(tables.os, "chmod", full)
        make(plan, folder=tmp_path, say=str)
    assert make(plan, folder=tmp_path, say=str) and of(tmp_path) == whole
    assert len(lines(log)) <= 9 and not list(tmp_path.rglob("*.scratch"))


@pytest.mark.parametrize("content", ["", '{"tables": {"tiny": {"se', "[1, 2", "not even JSON"])
def test_a_part_whose_file_is_not_whole_is_run_again(tmp_path, whole, content):
    plan = tiny_runs.plan()
    make(plan, folder=tmp_path, only=["RL"], say=str)
    next(iter(tmp_path.glob("tiny_parts/*.json"))).write_text(content)
    assert make(plan, folder=tmp_path, say=str) and of(tmp_path) == whole


def kept(**changes) -> str:
    """A kept part of the tiny plan as it stands in its file, with changes; None leaves a key out."""
    rows = {"seed": [0, 1, 2], "step": [0, 0, 0], "value": [0.0, 0.0, 0.0], "word": ["None"] * 3}
    made = {"commit": "a", "date": "2026-01-01", "hardware": "one core", "versions": {}}
    found = {"tables": {"tiny": rows}, "seconds": 1.0, "made": made, "name": "x"} | changes
    return json.dumps({key: value for key, value in found.items() if value is not None})


@pytest.mark.parametrize(
    "content",
    [
        *("{}", "[]", "0", "null", '"tables"'),
        *(kept(tables=None), kept(made=None), kept(seconds=None), kept(made={"commit": "a"}), kept(made="a")),
        *(kept(tables={}), kept(tables={"tiny": {}}), kept(tables={"tiny": []}), kept(tables={"other": {}})),
        kept(tables={"tiny": {"seed": [0, 1, 2], "step": [0]}}),
        kept(tables={"tiny": {"seed": [0, 1], "step": [0, 0]}}),
    ],
)
def test_a_part_that_is_json_but_not_whole_counts_as_missing(tmp_path, whole, content):
    plan = tiny_runs.plan()
    store, part = Store(plan, tmp_path), plan.parts()[0]
    store.scratch.mkdir()
    file = store.scratch / f"{part.key}.json"
    file.write_text(kept())
    assert store.has(part)
    file.write_text(content)
    assert not store.has(part)
    assert make(plan, folder=tmp_path, say=str) and of(tmp_path) == whole


@pytest.mark.parametrize(
    "spoil", [lambda data: data[:40], lambda data: data[:2] + b"junk" * 9, lambda data: data[:10] + b"x" * 50]
)
def test_a_packed_table_that_is_cut_or_junk_is_named_and_counts_as_missing(tmp_path, spoil):
    plan, log = logging(tmp_path, zipped=True)
    make(plan, folder=tmp_path, say=str)
    file = tmp_path / "tiny.csv.gz"
    right = file.read_bytes()
    file.write_bytes(spoil(right))
    with pytest.raises(ValueError, match=r"tiny\.csv\.gz cannot be read"):
        stored("tiny", folder=tmp_path)
    assert not Store(plan, tmp_path).has(plan.parts()[0])
    assert make(plan, folder=tmp_path, say=str) and file.read_bytes() == right and len(lines(log)) == 16


def test_a_table_that_is_gone_while_its_note_stands_is_named(tmp_path):
    make(tiny_runs.plan(), folder=tmp_path, say=str)
    (tmp_path / "tiny.csv").unlink()
    with pytest.raises(ValueError, match=r"tiny\.csv cannot be read"):
        stored("tiny", folder=tmp_path)


@pytest.mark.parametrize("content", ["", '{"tables": ', "[]", "0", '{"tables": 3}', "\udcff"])
def test_a_note_that_cannot_be_read_is_named_and_stops_no_other_table(tmp_path, content):
    make(tiny_runs.plan(), folder=tmp_path, say=str)
    (tmp_path / "another.json").write_text(content, "utf-8", "surrogateescape")
    assert len(stored("tiny", folder=tmp_path)) == 72
    with pytest.raises(ValueError, match="there are tiny") as said:
        stored("another", folder=tmp_path)
    assert f"{tmp_path / 'another.json'} cannot be read" in str(said.value)


def test_a_note_without_checksums_is_named_and_its_table_is_made_anew(tmp_path, whole):
    plan = tiny_runs.plan()
    make(plan, folder=tmp_path, say=str)
    (tmp_path / "tiny.json").write_text('{"tables": {"tiny.csv": {}}}')
    with pytest.raises(ValueError, match=r"the note of .*tiny\.csv does not say its checksum"):
        stored("tiny", folder=tmp_path)
    assert make(plan, folder=tmp_path, say=str) and of(tmp_path) == whole


def test_a_table_that_was_edited_by_hand_is_not_taken_for_finished(tmp_path, whole):
    plan, log = logging(tmp_path)
    make(plan, folder=tmp_path, say=str)
    (tmp_path / "tiny.csv").write_bytes(whole.replace(b"0.143", b"0.943"))
    with pytest.raises(ValueError, match="not the table that its note speaks of"):
        stored("tiny", folder=tmp_path)
    assert make(plan, folder=tmp_path, say=str) and of(tmp_path) == whole and len(lines(log)) == 16


def test_a_second_runner_is_sent_away(tmp_path, whole):
    plan = tiny_runs.plan()
    with Store(plan, tmp_path).lock(), pytest.raises(SystemExit, match="another runner is at work on tiny"):
        make(plan, folder=tmp_path, say=str)
    assert make(plan, folder=tmp_path, say=str) and of(tmp_path) == whole


def test_what_is_finished_becomes_a_table_and_the_same_command_goes_on_from_it(tmp_path, whole):
    plan, log = logging(tmp_path)
    with pytest.raises(SystemExit, match="no part is finished"):
        make(plan, folder=tmp_path, so_far=True, say=str)
    some = plan.parts()[3].name
    assert not make(plan, folder=tmp_path, only=[some], say=str)
    assert not make(plan, folder=tmp_path, so_far=True, say=str)
    note = provenance("tiny", folder=tmp_path)
    assert note["missing"] == len(plan.parts()) - 1 and note["runs"] == 1
    assert not list(tmp_path.glob("tiny_parts/*.json"))
    assert make(plan, folder=tmp_path, say=str)
    assert of(tmp_path) == whole and len(lines(log)) == len(set(lines(log))) == len(plan.parts())
    assert "missing" not in provenance("tiny", folder=tmp_path)


# ----------------------------------------------------------------- other settings


def test_nothing_is_run_where_the_table_is_whole(tmp_path, whole):
    plan, log = logging(tmp_path)
    for _ in range(2):
        assert make(plan, folder=tmp_path, say=str)
    when = (tmp_path / "tiny.json").stat().st_mtime_ns
    assert make(plan, folder=tmp_path, say=str)
    assert len(lines(log)) == 8 and (tmp_path / "tiny.json").stat().st_mtime_ns == when


def test_parts_of_other_settings_are_not_mixed_in(tmp_path, whole):
    make(tiny_runs.plan(shared={"add": 1.0}), folder=tmp_path, only=["RL"], say=str)
    assert make(tiny_runs.plan(), folder=tmp_path, say=str) and of(tmp_path) == whole
    assert len(list(tmp_path.glob("tiny_parts/*.json"))) == 4  # who goes back to those settings finds them
    assert make(tiny_runs.plan(shared={"add": 1.0}), folder=tmp_path, say=str)
    now, before = (
        stored("tiny", folder=tmp_path),
        tables.from_csv(whole, tables.kinds(stored("tiny", folder=tmp_path))),
    )
    assert np.allclose(now.value - before.value, 1.0, atol=2e-3)


@pytest.mark.parametrize(
    "changes", [{"seeds": range(9)}, {"grid": [*tiny_runs.GRID, {"method": "PPO", "share": 0.5}]}]
)
def test_a_plan_that_grows_runs_only_what_is_new(tmp_path, changes):
    plan, log = logging(tmp_path)
    make(plan, folder=tmp_path, say=str)
    more, _ = logging(tmp_path, **changes)
    assert make(more, folder=tmp_path, say=str)
    assert len(lines(log)) == len(set(lines(log))) == len(more.parts())
    anew = tmp_path / "anew"
    anew.mkdir()
    assert make(logging(anew, **changes)[0], folder=anew, say=str) and of(anew) == of(tmp_path)


def test_a_plan_that_shrinks_leaves_nothing_behind(tmp_path):
    plan, log = logging(tmp_path)
    make(plan, folder=tmp_path, say=str)
    assert make(logging(tmp_path, grid=tiny_runs.GRID[2:])[0], folder=tmp_path, say=str)
    assert set(stored("tiny", folder=tmp_path).method) == {"RL"} and len(lines(log)) == 8


def test_what_a_table_of_other_settings_had_is_kept_beside_and_can_be_taken_back(tmp_path, whole):
    said = []
    make(tiny_runs.plan(), folder=tmp_path, say=said.append)
    make(tiny_runs.plan(), folder=tmp_path, anew=True, only=["RL"], say=said.append)
    assert "kept in" not in "".join(said), "the same settings, run again, are no others"
    for other, lost in (({"grid": tiny_runs.GRID[2:]}, 4), ({"shared": {"add": 1.0}}, 4)):
        make(tiny_runs.plan(**other), folder=tmp_path, say=said.append)
        assert f"the table before it, with {lost} parts of other settings, is kept in" in said[-1]
    first, *_ = sorted(tmp_path.glob("tiny_parts/before-*"), key=lambda path: path.stat().st_mtime_ns)
    assert (first / "tiny.csv").read_bytes() == whole and stored("tiny", folder=first).equals(
        tables.from_csv(whole, tables.kinds(stored("tiny", folder=first)))
    )
    for path in first.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    make(tiny_runs.plan(), folder=tmp_path, say=said.append)
    assert said[-1] == "tiny: the table is whole"


def test_with_all_parts_marked_to_be_run_again_so_far_says_that(tmp_path, whole):
    plan = tiny_runs.plan()
    make(plan, folder=tmp_path, say=str)
    Store(plan, tmp_path).forget(plan.parts())
    with pytest.raises(
        SystemExit, match=r"8 parts are to be run again, .* delete .*anew, and the old ones count"
    ):
        make(plan, folder=tmp_path, so_far=True, say=str)
    assert of(tmp_path) == whole


def kept_parts(folder) -> dict:
    return {path.name: path.read_bytes() for path in folder.glob("tiny_parts/*.json")}


def test_parts_that_are_run_anew_replace_the_old_ones_one_by_one_and_no_others(tmp_path, whole):
    plan, log = logging(tmp_path)
    make(plan, folder=tmp_path, say=str)
    assert make(plan, folder=tmp_path, anew=True, only=["RL"], say=str)
    assert of(tmp_path) == whole and len(lines(log)) == 12
    assert make(plan, folder=tmp_path, anew=True, say=str) and len(lines(log)) == 20


@pytest.mark.parametrize("only", [["RL"], []])
@pytest.mark.parametrize("joined", [True, False])
def test_to_begin_anew_and_fail_loses_nothing_and_the_next_call_goes_on(tmp_path, whole, only, joined):
    broken = tmp_path / "broken"
    plan, log = logging(tmp_path, shared={"fails": str(broken)})
    make(plan, folder=tmp_path, only=[] if joined else ["RL", "0.00031"], say=str)
    before, first = kept_parts(tmp_path), len(lines(log))
    broken.touch()
    assert not make(plan, folder=tmp_path, anew=True, only=only, say=str)
    assert set(kept_parts(tmp_path)) >= set(before) and (not joined or of(tmp_path) == whole)
    with pytest.raises(SystemExit, match=r"RL, share 0\.00031, seeds 0-2 for one, and the table would lose"):
        make(plan, folder=tmp_path, so_far=True, say=str)
    (tmp_path / "tiny_parts/anew").unlink()  # as the sentence says
    assert Store(plan, tmp_path).has(plan.parts()[-1]) and Store(plan, tmp_path).has(plan.parts()[4])
    broken.unlink()
    make(plan, folder=tmp_path, anew=True, only=["RL"], say=str)
    assert make(plan, folder=tmp_path, say=str) and of(tmp_path) == whole and len(lines(log)) > first


@pytest.mark.parametrize(
    "how, says",
    [
        ({"anew": True, "so_far": True}, "--so-far runs nothing .* --anew says what to run"),
        ({"only": ["RL"], "so_far": True}, "--only says what to run"),
        ({"anew": True, "adopt": True}, "choose one"),
        ({"anew": True, "only": [""]}, "an empty one"),
        ({"anew": True, "only": ["PPO"]}, "no part has 'PPO'"),
        ({"anew": True, "only": ["RL", "PPO"]}, "no part has 'PPO'"),
        ({"anew": True, "trial": True}, "no trial seeds"),
    ],
)
@pytest.mark.parametrize("joined", [True, False])
def test_what_makes_no_sense_together_is_refused_and_everything_still_stands(tmp_path, how, says, joined):
    plan = tiny_runs.plan()
    make(plan, folder=tmp_path, only=[] if joined else ["RL"], say=str)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(SystemExit, match=says):
        make(plan, folder=tmp_path, say=str, **how)
    assert (
        before.items() <= {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}.items()
    )


def test_a_table_is_not_replaced_by_one_of_fewer_parts_without_a_word(tmp_path, whole):
    make(tiny_runs.plan(), folder=tmp_path, say=str)
    other = tiny_runs.plan(shared={"add": 1.0})
    make(other, folder=tmp_path, only=["RL"], say=str)
    with pytest.raises(SystemExit, match="has 8 parts, some of other settings, and would be replaced by 4"):
        make(other, folder=tmp_path, so_far=True, say=str)
    assert of(tmp_path) == whole and len(kept_parts(tmp_path)) == 4


def test_only_the_parts_that_are_named_are_run(tmp_path, whole):
    plan, log = logging(tmp_path)
    assert not make(plan, folder=tmp_path, only=["share 1, seeds 3-5"], say=str)
    assert len(lines(log)) == 2
    assert make(plan, folder=tmp_path, say=str) and of(tmp_path) == whole and len(lines(log)) == 8


def test_trial_seeds_have_a_table_of_their_own(tmp_path, whole):
    plan = tiny_runs.plan(trial=[100, 101])
    assert make(plan, folder=tmp_path, trial=True, say=str) and make(plan, folder=tmp_path, say=str)
    assert set(stored("tiny_trial", folder=tmp_path).seed) == {100, 101} and of(tmp_path) == whole


def test_a_plan_without_trial_seeds_says_so(tmp_path):
    with pytest.raises(SystemExit, match="no trial seeds"):
        make(tiny_runs.plan(), folder=tmp_path, trial=True, say=str)


@pytest.mark.parametrize(
    "other, says",
    [({"commit": "another"}, "another"), ({"versions": {"torch": "1.0"}}, "1.0")],
)
def test_parts_of_two_programs_are_joined_with_a_word_of_warning(tmp_path, monkeypatch, other, says):
    make(tiny_runs.plan(), folder=tmp_path, only=["RL"], say=str)
    now = workers.made_by()
    monkeypatch.setattr(workers, "made_by", lambda: {**now, **other})
    told = []
    assert make(tiny_runs.plan(), folder=tmp_path, say=told.append)
    assert "is it one experiment?" in told[-1] and says in told[-1]
    note = provenance("tiny", folder=tmp_path)
    assert [len(group["seconds"]) for group in note["made"]] == [4, 4]


@pytest.mark.parametrize(
    "change, says",
    [
        (
            lambda rows: {key: values for key, values in rows.items() if key != "value"},
            "has no column 'value'",
        ),
        (lambda rows: {**rows, "more": [1.0] * 9}, "has no column 'more'"),
        (lambda rows: {**rows, "value": ["much"] * 9}, "neither numbers nor texts"),
    ],
)
def test_parts_that_have_not_the_same_columns_are_not_joined(tmp_path, change, says):
    plan = tiny_runs.plan()
    make(plan, folder=tmp_path, only=["RL, share 1"], say=str)
    file = next(iter(tmp_path.glob("tiny_parts/*.json")))
    found = json.loads(file.read_text())
    file.write_text(json.dumps(found | {"tables": {"tiny": change(found["tables"]["tiny"])}}))
    with pytest.raises(SystemExit, match=says):
        make(plan, folder=tmp_path, say=str)
    assert not (tmp_path / "tiny.csv").exists() and len(kept_parts(tmp_path)) == 8


def test_what_was_chosen_on_some_seeds_is_judged_on_others():
    with pytest.raises(ValueError, match=r"not judged: \[4, 5\] are both"):
        tiny_runs.plan(trial=[4, 5, 6])


@pytest.mark.parametrize(
    "changes",
    [{"seeds": []}, {"grid": []}, {"grid": tiny_runs.GRID * 2}, {"columns": ["method"]}],
)
def test_a_plan_whose_parts_cannot_be_told_apart_is_refused(changes):
    with pytest.raises(ValueError, match="has no part, or two with the same"):
        tiny_runs.plan(**changes)


def test_a_seed_that_comes_twice_is_refused():
    with pytest.raises(ValueError, match="a seed of 'tiny' comes twice"):
        tiny_runs.plan(seeds=[1, 2, 1])


def test_an_older_table_is_taken_as_finished_parts(tmp_path, whole):
    plan, log = logging(tmp_path, trial=[9])
    old = tables.from_csv(whole, {}).sample(frac=1, random_state=0)
    old = old[(old.method != "RL") | (old.seed != 5)].sort_values(
        "step", kind="stable"
    )  # one part is not whole
    old.sort_values(["seed", "step"]).to_csv(tmp_path / "tiny.csv", index=False)
    facts = {
        "command": "python old.py",
        "commit": "abc",
        "date": "2026-01-01",
        "hardware": "one core",
        "minutes": 8,
    }
    (tmp_path / "tiny.json").write_text(json.dumps(facts))
    assert make(plan, folder=tmp_path, adopt=True, say=str)
    assert of(tmp_path) == whole and len(lines(log)) == 2
    assert {group["by"].get("adopted from") for group in provenance("tiny", folder=tmp_path)["made"]} == {
        None,
        "python old.py",
    }


# ----------------------------------------------------------------- tables


def test_texts_and_gaps_come_back_as_they_were(tmp_path):
    frame = pd.DataFrame(
        {
            "seed": [0, 1, 2, 3, 4],
            "word": ["None", "NA", "", 'a "b", c\nd', "1.0"],
            "value": [0.1, np.nan, -0.0, 1e-9, 12345.678],
        }
    )
    plan = Plan(table="odd", run=lambda seeds: frame, seeds=range(5), digits=2)
    assert make(plan, folder=tmp_path, say=str)
    back = stored("odd", folder=tmp_path)
    assert list(back.word) == list(frame.word)
    assert back.value.tolist()[2:] == [0.0, 0.0, 12345.68] and np.isnan(back.value[1])
    assert "-0.0" not in (tmp_path / "odd.csv").read_text()


@pytest.mark.parametrize(
    "column, match",
    [
        ([True, False], "holds True and False"),
        (["a", None], "neither numbers nor texts"),
        ([[1], [2]], "neither"),
    ],
)
def test_a_column_that_would_not_come_back_is_refused(tmp_path, column, match):
    frame = pd.DataFrame({"seed": [0, 1], "odd": column})
    told = []
    assert not make(
        Plan(table="odd", run=lambda seeds: frame, seeds=range(2)), folder=tmp_path, say=told.append
    )
    assert match in "\n".join(told)


@pytest.mark.parametrize("seeds", [[0, 1], [0, 1, 2, 3], []])
def test_a_run_that_loses_or_adds_seeds_fails(tmp_path, seeds):
    frame = pd.DataFrame({"seed": np.array(seeds, dtype=int), "value": 0.0})
    told = []
    assert not make(
        Plan(table="odd", run=lambda seeds: frame, seeds=range(3)), folder=tmp_path, say=told.append
    )
    assert "rows of its seeds [0, 1, 2] and of no other" in "\n".join(told)


@pytest.mark.parametrize("zipped", [False, True])
def test_several_tables_of_one_plan_belong_together(tmp_path, zipped):
    plan = tiny_runs.plan(run=tiny_runs.with_texts, also=["tiny_texts"], zipped=zipped)
    assert make(plan, folder=tmp_path, jobs=2, say=str)
    assert len(stored("tiny", folder=tmp_path)) == 72 and len(stored("tiny_texts", folder=tmp_path)) == 24
    plain = pd.read_csv(tmp_path / f"tiny.csv{'.gz' if zipped else ''}", keep_default_na=False)
    assert plain.value.tolist() == stored("tiny", folder=tmp_path).value.tolist()


def test_a_missing_table_is_named_with_those_there_are(tmp_path):
    make(tiny_runs.plan(), folder=tmp_path, say=str)
    with pytest.raises(ValueError, match=r"no table 'tinny' in .*; there are tiny"):
        stored("tinny", folder=tmp_path)


def test_a_note_says_where_a_table_came_from(tmp_path):
    make(tiny_runs.plan(trial=[7]), folder=tmp_path, command="python -m this", say=str)
    note = provenance("tiny", folder=tmp_path)
    assert (
        note["command"] == "python -m this"
        and note["runs"] == 8
        and note["seeds"] == {"trial": "7", "judged": "0-5"}
    )
    assert set(note["made"][0]["by"]) == {
        "commit",
        "uncommitted changes",
        "date",
        "hardware",
        "versions",
        "registered",
    }
    assert {"python", "torch", "numpy"} <= set(note["made"][0]["by"]["versions"])
    assert sum(len(group["seconds"]) for group in note["made"]) == 8


@pytest.mark.parametrize(
    "numbers, text", [([], ""), ([3], "3"), ([0, 1, 2, 10, 12, 11], "0-2, 10-12"), ([1, 3], "1, 3")]
)
def test_whole_numbers_are_written_as_people_do(numbers, text):
    assert spans(numbers) == text


def test_measures_become_rows_of_rule_seed_and_value():
    frame = pd.DataFrame({"x": [0.25, 0.5]}, index=[100, 101])
    found = long_runs.values_of({"00.C8": lambda f: f.x, "01.C9.end": lambda f: -f.x}, frame)
    assert list(found.columns) == ["rule", "seed", "value", "valid", "why"]
    assert found.seed.tolist() == [100, 101] * 2 and found.value.tolist() == [0.25, 0.5, -0.25, -0.5]


# ----------------------------------------------------------------- the command, and what is stored


@pytest.mark.parametrize("words", [["77"], ["03", "nothing"], ["03", "--jobs", "0"], ["03", "--jobs", "-2"]])
def test_the_command_names_what_it_does_not_know(words, capsys):
    with pytest.raises(SystemExit) as end:
        long_runs.main(words)
    assert end.value.code == 2 and "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("case", ["only", "adopt", "file", "closed"])
def test_what_the_command_cannot_do_is_one_line(tmp_path, monkeypatch, capsys, case):
    monkeypatch.setattr(long_runs, "plans", lambda lesson: {"runs": tiny_runs.plan()})
    into, words, said = tmp_path / "runs", [], ""
    if case == "only":
        words, said = ["--only", "SFT", "--only", "zzz"], "tiny: no part has 'zzz' in its name"
    elif case == "adopt":
        words, said = ["--adopt"], "no table 'tiny' with its note in"
    elif case == "file":
        into.write_text("a file")
        said = "Not a directory"
    else:
        said = "Permission denied"

        def refuse(*_, **__):
            raise PermissionError(13, "Permission denied", str(into))

        monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(SystemExit) as end:
        long_runs.main(["03", "--jobs", "1", "--into", str(into), *words])
    assert said in end.value.code and "\n" not in end.value.code  # a text: the exit code is 1
    assert not list(tmp_path.glob("runs/*.csv"))


def test_the_command_lists_all_plans_and_the_parts_of_one(capsys):
    assert long_runs.main([]) == 0
    everything = capsys.readouterr().out
    assert all(f" {name} " in everything for name in ("goals", "drift", "fresh_00", "matched"))
    assert long_runs.main(["03", "--list"]) == 0
    assert "PPO, together 0.9, alike, seeds 100-131" in capsys.readouterr().out


def test_every_stored_table_is_that_of_its_plan():
    """Each table has a note, with the command that makes it; the plan of that command is the one that was run."""
    notes = [json.loads(path.read_text(encoding="utf-8")) for path in RUNS.glob("*.json")]
    noted = {file for note in notes for file in note["tables"]}
    assert noted == {path.name for path in RUNS.iterdir() if ".csv" in path.suffixes}
    for note in notes:
        for file in note["tables"]:
            assert len(stored(file.partition(".")[0])) == note["tables"][file]["rows"]
        program, *words = note["command"].removeprefix("python ").split()
        if program != "-m":  # a script of its own
            assert (ROOT / program).is_file()
            continue
        if words == ["helpers.kit.ledger"]:  # made of the other tables
            continue
        module, lesson, name = words
        assert module == "helpers.kit.long_runs"
        plan = long_runs.plans(lesson)[name]
        store = Store(plan, RUNS)
        there = [part for part in plan.parts() if store.has(part)]
        assert len(there) == len(plan.parts()) - note.get("missing", 0), (
            f"{note['command']}: its plan has changed since it was run"
        )
        assert note["settings"] == store._settings(there)


def test_the_readme_tells_of_every_table():
    rows = re.findall(
        r"^\| `runs/(\S+)` \| (\d+) \| .* \| `(.*)` \|$",
        (ROOT / "data/README.md").read_text(encoding="utf-8"),
        re.M,
    )
    notes = [json.loads(path.read_text(encoding="utf-8")) for path in RUNS.glob("*.json")]
    tables = {
        (file, str(facts["rows"]), note["command"])
        for note in notes
        for file, facts in note["tables"].items()
    }
    assert set(rows) == tables and len(rows) == len(tables)


def test_no_seed_is_both_chosen_on_and_judged():
    for path in sorted((ROOT / "helpers/lessons").glob("lesson*/long_runs.py")):
        for plan in long_runs.plans(path.parent.name.removeprefix("lesson")).values():
            assert not set(plan.seeds) & set(plan.trial)
