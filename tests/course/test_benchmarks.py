"""The benchmark: its programs measure what they say, its table is there, and peers stay out of .venv."""

import datetime
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmarks import __main__ as benchmark
from benchmarks import clock, environment, toys
from benchmarks.settings import GRID

ROOT = Path(__file__).parents[2]
README = (ROOT / "benchmarks/README.md").read_text("utf-8")


def test_the_stored_table_has_every_contest_and_says_when_and_where():
    stored = README.split(benchmark.BEGIN)[1].split(benchmark.END)[0]
    written = re.search(r"^(\d{4}-\d\d-\d\d), .* cores, .*GFLOP/s: the peak\.$", stored, re.M)[1]
    date = datetime.date.fromisoformat(written)
    assert f"{date.day} {date:%B %Y}" in (ROOT / "README.md").read_text("utf-8")
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in stored.splitlines() if "|" in line]
    shown = [tuple(row[:2]) for row in cells[2:]]
    contests = [*benchmark.contests("ours", "peers"), *benchmark.waiting("ours")]
    expected = [
        (contest.title if not place else "", name)
        for contest in contests
        for place, name in enumerate(contest.rivals)
    ]
    assert shown == expected
    together = re.findall(
        r"^- (Two lessons at once, threads .*): one alone takes [\d.]+ s, each of two", stored, re.M
    )
    assert together == [f"Two lessons at once, threads {name}" for name in benchmark.COMPANY]
    timed = re.findall(r"^- Lesson (\w+): [\d.]+ minutes\.$", stored, re.M)
    assert timed and all((ROOT / f"notebooks/{lesson}.ipynb").exists() for lesson in timed)


def contest(values, more_is_better):
    made = benchmark.Contest(
        "x", "s", lambda one: one["v"], {"a": (), "b": ()}, more_is_better=more_is_better
    )
    for name, several in zip("ab", values, strict=True):
        made.found[name] = [{"v": v, "gflop": 6.0, "memory, MB": 10.0} for v in several]
    return made


def test_a_ratio_above_one_means_that_ours_is_faster():
    slower = contest([[2.0, 1.0, 3.0], [8.0]], more_is_better=False).rows(peak=30.0)
    assert slower[0] == ["x", "a", "2 [1, 3] s", "", "10.0%", "", "10"]
    assert slower[1][4:6] == ["2.5%", "4.0x"]
    faster = contest([[2.0], [8.0]], more_is_better=True).rows(peak=30.0)
    assert faster[0][4] == "40.0%" and faster[1][5] == "0.2x"


def test_the_grid_of_the_peers_is_ours():
    gymnasium = pytest.importorskip("gymnasium")
    from benchmarks.peers.grid import Grid
    from helpers.core.streams import Rng

    ours, peer = toys.empty_grid(**GRID), Grid(**GRID)
    assert isinstance(peer, gymnasium.Env)
    rng = Rng([0])
    state = ours.reset(rng, 1)
    peer.reset(seed=0)
    cells = ours.observe(state)[0, 0].view(3, -1)
    peer.agent, peer.coin = (int(cells[plane].argmax()) for plane in (0, 1))
    generator, over = torch.Generator().manual_seed(0), False
    while not over:
        assert torch.equal(ours.observe(state)[0, 0], torch.as_tensor(peer._observe()))
        action = torch.randint(4, (1, 1), generator=generator)
        state, reward, done = ours.step(state, action, rng)
        _, theirs, over, _, _ = peer.step(int(action))
        assert reward.item() == theirs and done.item() == (theirs == 1.0)
    assert done or peer.time == GRID["horizon"]  # ours ends there too: `play` counts the steps


def test_a_program_reports_its_measurement_as_one_line(tmp_path):
    measured = benchmark.run(sys.executable, "toys", "lessons", 2, 2)
    assert measured["rate"] > 0 and measured["gflop"] > 0 and measured["memory, MB"] > 50
    with pytest.raises(RuntimeError, match=r"benchmarks\.toys nowhere"):
        benchmark.run(sys.executable, "toys", "nowhere", 2, 2)


def test_the_clock_counts_only_what_follows_the_warming_up():
    calls = []
    assert len(clock.seconds_each(lambda: calls.append(1), warm=2, times=3)) == 3 and len(calls) == 5


def test_peers_are_installed_on_top_of_the_course_and_never_into_it(tmp_path, monkeypatch):
    asked = []

    class Done:
        returncode = 0

    monkeypatch.setattr(environment, "FOLDER", tmp_path / "peers ü")
    real = subprocess.run
    fake = lambda command, **kw: asked.append(command) or Done() if "pip" in command else real(command, **kw)
    monkeypatch.setattr(environment.subprocess, "run", fake)
    python = environment.python_of_the_peers()
    environment.python_of_the_peers()
    ((*_, option, where, what, _, _, file),) = asked
    assert (option, where, what) == ("--python", str(python), "install")
    assert Path(file) == ROOT / "benchmarks/requirements.txt"
    code = (
        "import sys, json, importlib.util as u; print(json.dumps([sys.prefix, u.find_spec('torch').origin]))"
    )
    found = real(
        [str(python), "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": ""}
    )
    prefix, torch_file = json.loads(found.stdout)
    assert Path(prefix) == tmp_path / "peers ü"
    assert Path(sys.prefix) in Path(torch_file).parents


@pytest.mark.parametrize("count", [1, 2])
def test_lessons_side_by_side_are_each_timed(count):
    command = [sys.executable, "-m", "benchmarks.together", str(count), "OMP_NUM_THREADS=1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=True)
    seconds = json.loads(done.stdout.split("MEASURED ")[1])["seconds"]
    assert len(seconds) == count and min(seconds) > 0
