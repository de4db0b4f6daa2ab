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
    (line,) = told.passed_over(tmp_path)
    assert line.startswith("ben, 00: handed in anew and NOT graded again") and "--student=ben --force" in line
