"""What autograde says at its end of hand-ins that nbgrader passed over."""

import os

from helpers.kit.classroom import told


def handed_in(root, student, at, graded=None):
    for place, moment in (("submitted", at), ("autograded", graded)):
        if moment is not None:
            file = root / place / student / "00" / "00_start_here_class.ipynb"
            file.parent.mkdir(parents=True)
            file.write_text("{}")
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
