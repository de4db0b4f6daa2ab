"""What autograde says at its end of hand-ins that nbgrader passed over."""

import json
import os
import signal
import sys

import pytest

from helpers.kit.classroom import told


def notebook(*counts):
    """A graded notebook as nbgrader leaves it: a cell of the lesson and two tests, with what counts their runs."""
    test = {"nbgrader": {"grade": True, "solution": False}}
    cells = [(None, {}), *((count, test) for count in counts or (1, 2))]
    made = [{"cell_type": "code", "execution_count": count, "metadata": about} for count, about in cells]
    return json.dumps({"cells": [{"cell_type": "markdown"}, *made]})


def handed_in(root, student, at, graded=None):
    for place, moment in (("submitted", at), ("autograded", graded)):
        if moment is not None:
            file = root / place / student / "00" / "00_start_here_class.ipynb"
            file.parent.mkdir(parents=True)
            file.write_text(notebook())
            os.utime(file, (moment, moment))


def test_a_second_hand_in_that_was_not_graded_again_is_said(tmp_path):
    later = 4_000_000_000  # the day on which this file is made is before it
    handed_in(tmp_path, "ada", 1_000, graded=later)
    handed_in(tmp_path, "ben", later + 50, graded=later)
    handed_in(tmp_path, "eve", 1_000)
    (tmp_path / "submitted/a file of the instructor's").write_text("")
    (line,) = told.passed_over(tmp_path)
    assert line.startswith("ben, 00: handed in anew and NOT graded again") and "--student=ben --force" in line


def test_what_is_no_notebook_by_its_name_is_said(tmp_path):
    for student, name in {"ada": "answers.py", "ben": ".~00_start_here_class.ipynb", "cy": ""}.items():
        folder = tmp_path / "submitted" / student / "00"
        folder.mkdir(parents=True)
        (folder / name).write_text("") if name else None
    assert list(told.passed_over(tmp_path)) == [
        "ada, 00: NOT graded: no notebook (*.ipynb) lies there, only answers.py",
        "ben, 00: NOT graded: no notebook (*.ipynb) lies there, only .~00_start_here_class.ipynb",
        "cy, 00: NOT graded: no notebook (*.ipynb) lies there, nothing",
    ]


@pytest.mark.parametrize("left", [notebook(None, None), notebook()[:40], ""])
def test_a_grading_that_was_stopped_in_the_middle_is_said_each_time(tmp_path, left):
    for student in ("ada", "ben"):
        handed_in(tmp_path, student, 1_000, graded=4_000_000_000)
    file = tmp_path / "autograded/ben/00/00_start_here_class.ipynb"
    file.write_text(left)
    os.utime(file, (4_000_000_000,) * 2)
    (line,) = told.passed_over(tmp_path)
    assert line.startswith("ben, 00: NOT graded, it was stopped") and "--student=ben --force" in line


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_closed_terminal_ends_grading_like_ctrl_c(tmp_path, monkeypatch, name):
    which = getattr(signal, name, None)
    if which is None:
        pytest.skip("this system has no such signal")
    before = signal.getsignal(which)
    monkeypatch.setattr(sys, "argv", ["nbgrader", "autograde", "00"])
    monkeypatch.setattr(told.atexit, "register", lambda *_: None)
    try:
        told.at_end(tmp_path)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(which)
    finally:
        signal.signal(which, before)
