"""A disk that is full, or may not be written: every command that writes says which folder and the way out."""

import copy
import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from launching import copy_to, recorded

from helpers import files
from helpers.kit import notebooks, predictions, standing_page
from helpers.kit.book import __main__ as book
from helpers.kit.book.pages import Page
from helpers.kit.classroom import __main__ as classroom
from helpers.kit.classroom import build
from helpers.kit.groups import __main__ as groups
from helpers.kit.predictions import predict

ROOT = Path(__file__).parents[2]
SAID = r"The disk is full: .*{folder}.* has \d+\.\d MB left, and up to \d+ MB are needed\. .*Make room"
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
LOCKED = OSError(errno.EROFS, os.strerror(errno.EROFS))
PARTS = (  # what a kit is made of
    ("sheets", lambda *_: []),
    ("facilitators_page", lambda *_: "page"),
    ("slides", lambda *_: "slides"),
    ("handout", lambda *_: b"%PDF-"),
    ("template", lambda _: b"member"),
    ("mine", lambda _: b"mine"),
)


def raising(fault):
    """A function that raises this each time, as if the system had just done so."""

    def fail(*_, **__):
        raise copy.copy(fault)

    return fail


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """Commands whose files are made at once; predictions of one person."""
    monkeypatch.setattr(
        book, "pages", lambda: [Page("index.html", "A page", "<h1>A page</h1>"), Page("s", "s", "")]
    )
    for name, made in PARTS:
        monkeypatch.setattr(groups, name, made)
    monkeypatch.setattr(standing_page, "PAGE", tmp_path / "my_work/progress.html")
    monkeypatch.setattr(predictions, "FILE", tmp_path / "predictions.jsonl")
    monkeypatch.setattr(predictions, "_unkept", [])
    predict("00.a", {"SFT": 0.9}, confidence=0.7)
    return SimpleNamespace(
        book=lambda folder: book.main([str(folder)]),
        kit=lambda folder: groups.main(["00", "--to", str(folder)]),
        mine=lambda folder: groups.main(["00", "--mine", "--to", str(folder)]),
        members=lambda folder: groups.main(["00", "--members", str(predictions.FILE), "--to", str(folder)]),
        classroom=lambda folder: classroom.main([str(folder), "--lessons", "00"]),
        progress=lambda _: standing_page.main(),
    )


COMMANDS = ("book", "kit", "mine", "members", "classroom", "progress")
ELSEWHERE = {"book": "book FOLDER", "kit": "kit 00 --to FOLDER", "classroom": "classroom FOLDER"}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk_is_named_with_its_folder_and_what_is_needed(quick, monkeypatch, capsys, tmp_path, name):
    folder = tmp_path / ("my_work" if name == "progress" else "there")
    monkeypatch.setattr(files, "_fill", raising(FULL))
    code = getattr(quick, name)(folder)
    said = "".join(capsys.readouterr())
    assert re.search(SAID.format(folder=folder.name), said), said
    assert "Errno" not in said and "Traceback" not in said and code == (0 if name == "progress" else 2)
    assert not [path for path in folder.rglob("*") if path.is_file()], "nothing half written stays"


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_full_disk_stopped_goes_on_once_there_is_room(quick, monkeypatch, capsys, tmp_path, name):
    if name == "classroom":
        monkeypatch.setattr(build, "_one", lambda folder, *_: files.write(folder / "one", "made") or [])
    whole, count, fill = tmp_path / "whole", [0], files._fill

    def some(scratch, content):  # the third file finds no room
        count[0] += 1
        (raising(FULL) if count[0] == 3 else fill)(scratch, content)

    folder = tmp_path / ("my_work" if name == "progress" else "there")
    with monkeypatch.context() as disk:
        disk.setattr(files, "_fill", some)
        getattr(quick, name)(folder)
    assert getattr(quick, name)(folder) == 0
    assert "lies beside" not in capsys.readouterr().out
    if name != "progress":
        assert getattr(quick, name)(whole) == 0
        names = lambda path: sorted(one.relative_to(path).as_posix() for one in path.rglob("*"))
        assert names(folder) == names(whole)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_where_nothing_may_be_written_another_folder_is_named(quick, monkeypatch, capsys, tmp_path, name):
    monkeypatch.setattr(Path, "mkdir", raising(LOCKED))
    monkeypatch.setattr(files, "_fill", raising(LOCKED))
    assert getattr(quick, name)(tmp_path / "there") == 2
    said = capsys.readouterr().err
    assert (
        f"there cannot be written (Read-only file system): name another folder: python3 course.py {ELSEWHERE[name]}"
        in said
    )


@pytest.mark.parametrize(
    "says", ["sqlite3.OperationalError: database or disk is full", "OSError: [Errno 28] No space left"]
)
def test_a_disk_that_nbgrader_finds_full_is_named_too(quick, monkeypatch, capsys, tmp_path, says):
    done = subprocess.CompletedProcess([], 1, stdout="", stderr=f"Traceback ...\n{says} on device\n")
    monkeypatch.setattr(build.subprocess, "run", lambda *_, **__: done)
    assert quick.classroom(tmp_path / "there") == 2
    said = capsys.readouterr().err
    assert re.search(SAID.format(folder="there"), said) and "Traceback" not in said


def test_an_answer_that_finds_no_room_is_kept_and_written_with_the_next(quick, monkeypatch, capsys):
    before = predictions.FILE.read_bytes()
    with monkeypatch.context() as disk:
        disk.setattr(predictions, "_add", raising(FULL))
        predict("00.b", {"SFT": 0.5})
    assert (
        re.search(SAID.format(folder=""), capsys.readouterr().out) and predictions.FILE.read_bytes() == before
    )
    predict("00.c", {"SFT": 0.5})
    names = [json.loads(line)["name"] for line in predictions.FILE.read_text("utf-8").splitlines()]
    assert names == ["00.a", "00.b", "00.c"]


def test_a_lesson_that_finds_no_room_is_as_it_was(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(notebooks, "make", raising(OSError(*FULL.args, str(tmp_path))))
    assert notebooks.main(["make", "00"]) == 2
    assert re.search(SAID.format(folder=tmp_path.name), capsys.readouterr().err)


@pytest.fixture
def course(tmp_path, monkeypatch):
    return recorded(copy_to(tmp_path), monkeypatch)


@pytest.mark.parametrize("command", [["setup"], ["run", "all"], ["progress"], ["kit", "00"], ["book"], []])
def test_whatever_the_launcher_writes_first_a_full_disk_is_one_line(course, command, tmp_path):
    program = (
        "import errno, os, runpy, sys\n"
        f"sys.path.insert(0, {str(course.HERE)!r}); sys.argv = ['course.py', *{command!r}]\n"
        "from launcher import commands, install\n"
        "def full(*_, **__): raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "install.alone = full\n"
        f"runpy.run_path({str(course.HERE / 'course.py')!r}, run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done.stderr
    assert re.search(SAID.format(folder="my cöurse"), done.stderr), done.stderr


def test_files_are_written_by_one_module_alone():
    """Else a full disk leaves half of one, and nobody says which folder it was."""
    writes = re.compile(r"\.write_(text|bytes)\(|\.open\([\"'][wx]|open\([^)]*, [\"'][wx]")
    every = [
        ROOT / "course.py",
        *(path for room in ("helpers", "launcher") for path in (ROOT / room).rglob("*.py")),
    ]
    found = {path.relative_to(ROOT).as_posix() for path in every if writes.search(path.read_text("utf-8"))}
    assert found == {
        "helpers/files.py",
        "helpers/kit/tables.py",  # tables of long runs, in one move out of a folder of their own
        "helpers/lessons/lesson12/near_answers.py",  # by hand, once
        "helpers/lm/weights.py",  # in a folder that appears whole or not at all
    }
