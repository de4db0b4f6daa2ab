"""What autograde says at its end of hand-ins that nbgrader passed over."""

import json
import os
import signal
import sys

import pytest

from helpers.kit.classroom import told


def notebook(*counts, points=3):
    """A graded notebook as nbgrader leaves it: a cell of the lesson and two tests, with what counts their runs."""
    test = lambda name: {"nbgrader": {"grade": True, "solution": False, "grade_id": name, "points": points}}
    cells = [(None, {}), *((count, test(f"t{at}")) for at, count in enumerate(counts or (1, 2)))]
    made = [{"cell_type": "code", "execution_count": count, "metadata": about} for count, about in cells]
    return json.dumps({"cells": [{"cell_type": "markdown", "metadata": {}}, *made]})


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


def test_who_was_being_graded_when_it_was_stopped_is_named_and_no_error_is_promised(monkeypatch):
    kept = {"_said": {}, "_points": {"ada": "3 of 3"}, "_stopped": set()}
    for name, value in kept.items():
        monkeypatch.setattr(told, name, value)
    for student in ("ada", "ben", "cy"):
        told.say(student)
    with pytest.raises(KeyboardInterrupt):
        told.stop(signal.SIGINT, None)
    assert told.lines() == [
        "ada: 3 of 3",
        "ben: not graded, see the error above",
        "cy: not graded: it was stopped in the middle; the same command grades it",
    ]


def test_grades_of_other_points_than_the_lesson_has_now_are_said(tmp_path):
    handed_in(tmp_path, "ada", 1_000, graded=4_000_000_000)
    source = tmp_path / "source/00/00_start_here_class.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(notebook(points=3.0))
    assert not list(told.passed_over(tmp_path))
    source.write_text(notebook(points=6))
    (line,) = told.passed_over(tmp_path)
    assert line.startswith("ada, 00: graded when the lesson had other points") and "--force" in line


def test_a_notebook_in_a_folder_of_a_hand_in_is_said_not_to_be_looked_at(tmp_path):
    handed_in(tmp_path, "ada", 1_000, graded=4_000_000_000)
    for folder in ("00_start_here_class", ".ipynb_checkpoints"):
        inside = tmp_path / "submitted/ada/00" / folder / "00_start_here_class.ipynb"
        inside.parent.mkdir()
        inside.write_text(notebook())
    (line,) = told.passed_over(tmp_path)
    assert line.startswith("ada, 00: NOT looked at: 00_start_here_class/00_start_here_class.ipynb.")
