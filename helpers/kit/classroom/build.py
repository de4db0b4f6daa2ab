"""The folder of a class: a source version of each lesson, points to change, nbgrader's settings, a guide, releases."""

import errno
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat

from helpers import files as ours
from helpers.kit.classroom.exercises import exercises
from helpers.kit.classroom.folder import SETTINGS, keep, keep_others, note, put, settled
from helpers.kit.classroom.guide import guide
from helpers.kit.classroom.points import renewed
from helpers.kit.classroom.source import answered, source_version
from helpers.kit.parameters import read

COURSE = Path(__file__).resolve().parents[3]
SOLUTIONS = COURSE / "notebooks/solutions"
CONTAINER = Path(__file__).with_name("Containerfile")
SEEDS = 10**9  # so many seeds a hidden test may have; one in a lesson's own check is one of a million
CONFIG = '''"""nbgrader's settings for this class, written once by `course.py classroom`: change what you like."""

from helpers.kit.classroom.grading import settings

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "inner_alignment"
c.Run.timeout = 120  # seconds that a test, and the answer that it runs, may take
c.Run.patience = 900  # seconds for a whole notebook; what comes after counts as not passed
# What is put before the command that runs a student's code: another account, a container, limits. See README.md.
# c.Apart.before = ["sudo", "-n", "-u", "grading", "--", "timeout", "-k", "5", "1800", "prlimit", "--nproc=200", "--"]
settings(c, __file__)
'''


def lessons(asked: Sequence[str], folder: Path = SOLUTIONS) -> list[Path]:
    """The solutions of the lessons with these two digits; of all if nothing is asked. Raises ValueError."""
    every = ours.lessons(folder)
    if unknown := [name for name in asked if name not in every]:
        raise ValueError(f"There is no lesson {unknown[0]}; there are: {', '.join(every)}.")
    return [every[name] for name in asked or every]


def build(folder: Path, files: Sequence[Path]) -> list[str]:
    """Write the class of these solutions into `folder`, make the releases, and return what is to be said.

    Points are those of points.json where it has any; every build draws the hidden seeds anew. What students have handed
    in, the gradebook's grades, settings and the container stay; what else was changed by hand is kept in `kept`, and so
    is the gradebook as it was. Raises ValueError for a folder in the course's own, for one that holds something else,
    and for points that no exercise has.
    """
    if COURSE in [folder, *folder.parents]:
        raise ValueError(f"{folder} is in the course's folder: a class stands outside the course")
    solutions = {path: read(path) for path in files}
    said = settled(folder)
    for name, text in {SETTINGS: CONFIG, CONTAINER.name: CONTAINER.read_text("utf-8")}.items():
        if not (folder / name).exists():
            ours.write(folder / name, text)
    points = renewed(folder, {path.name[:2]: solution for path, solution in solutions.items()})
    if (folder / "gradebook.db").exists():
        keep(folder, folder / "gradebook.db")
    for path, solution in solutions.items():
        said += _one(folder, path, solution, points[path.name[:2]])
    others = {path: read(path) for path in lessons([]) if path.name[:2] in points}  # made some other time
    made = {path.name[:2]: one for path, one in (others | solutions).items()}
    return said + put(folder, "README.md", guide(made, points))


def _one(folder, path, solution, points):
    """Make one lesson: its source version, its release, and two submissions to try the grading with."""
    number, name = path.name[:2], handed_out(path)
    made = source_version(solution, points, _seeds(solution))
    said = put(folder, f"source/{number}/{name}", nbformat.writes(made) + "\n")
    released = folder / "release" / number
    said += keep_others(folder, released)
    nbgrader(folder, "generate_assignment", number, "--force")
    note(folder, *(file for file in released.rglob("*") if file.is_file()))
    empty = read(released / name)
    for who, one in {"right": answered(empty, made), "empty": empty}.items():
        said += put(folder, f"trial/{who}/{number}/{name}", nbformat.writes(one) + "\n")
    return [*said, f"{released / name}: {sum(points.values())} points"]


def handed_out(path: Path) -> str:
    """The name of a lesson's file in a class: another than that of the copy which every learner has already."""
    return f"{path.stem}_class.ipynb"


def nbgrader(folder: Path, *arguments: str) -> str:
    """Run a command of nbgrader in a class, and return what it said.

    Raises OSError where the disk is full, ValueError with what it said where it fails otherwise.
    """
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8")
    if done.returncode and re.search(ours.SAYS_FULL, done.stdout + done.stderr):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
    if done.returncode:
        raise ValueError(f"nbgrader {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def _seeds(solution):
    return {one.name: secrets.randbelow(SEEDS) for one in exercises(solution) if one.check}
