"""The folder of a class: a source version of each lesson, points to change, nbgrader's settings, a guide, releases."""

import json
import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat

from helpers.checked import whole
from helpers.kit.classroom.exercises import exercises
from helpers.kit.classroom.guide import guide
from helpers.kit.classroom.source import source_version
from helpers.kit.parameters import read

COURSE = Path(__file__).resolve().parents[3]
SOLUTIONS = COURSE / "notebooks/solutions"
CONTAINER = Path(__file__).with_name("Containerfile")
POINTS = "points.json"
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
    every = {path.name[:2]: path for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))}
    if unknown := [name for name in asked if name not in every]:
        raise ValueError(f"There is no lesson {unknown[0]}; there are: {', '.join(every)}.")
    return [every[name] for name in asked or every]


def build(folder: Path, files: Sequence[Path]) -> list[str]:
    """Write the class of these solutions into `folder`, make the releases, and return what is to be said.

    Points are those of points.json where it has any; every build draws the hidden seeds anew. What students have handed
    in, the gradebook's grades and the settings stay. Raises ValueError for a folder in the course's own, and for points
    that no exercise has.
    """
    if COURSE in [folder, *folder.parents]:
        raise ValueError(f"{folder} is in the course's folder: a class stands outside the course")
    solutions = {path: read(path) for path in files}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    points = _points(folder, solutions)
    settings = folder / "nbgrader_config.py"
    if not settings.exists():
        settings.write_text(CONFIG, encoding="utf-8", newline="\n")
    said = []
    for path, solution in solutions.items():
        number = path.name[:2]
        made = source_version(solution, points[number], _seeds(solution))
        there = folder / "source" / number / path.name
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(nbformat.writes(made) + "\n", encoding="utf-8", newline="\n")
        nbgrader(folder, "generate_assignment", number, "--force")
        said.append(f"{folder / 'release' / number / path.name}: {sum(points[number].values())} points")
    others = {path: read(path) for path in lessons([]) if path.name[:2] in points}  # made some other time
    made = {path.name[:2]: one for path, one in (others | solutions).items()}
    for name, text in {
        "README.md": guide(made, points),
        CONTAINER.name: CONTAINER.read_text("utf-8"),
    }.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return said


def nbgrader(folder: Path, *arguments: str) -> str:
    """Run a command of nbgrader in a class, and return what it said. Raises ValueError with that where it fails."""
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise ValueError(f"nbgrader {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def _seeds(solution):
    return {one.name: secrets.randbelow(SEEDS) for one in exercises(solution) if one.check}


def _points(folder, solutions) -> dict[str, dict[str, int]]:
    """lesson -> exercise -> points: what the file says, else the lesson; the file is written whole."""
    file = folder / POINTS
    try:
        said = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    except ValueError as error:
        raise ValueError(f"{file} is no JSON: {error}") from error
    for path, solution in solutions.items():
        of = said.get(path.name[:2], {})
        own = {one.name: one.points for one in exercises(solution)}
        if unknown := sorted(set(of) - set(own)):
            raise ValueError(
                f"{file}: lesson {path.name[:2]} has no {unknown[0]}; there are {', '.join(own)}"
            )
        said[path.name[:2]] = own | {name: whole(of[name], f"points of {name}", least=0) for name in of}
    file.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8", newline="\n")
    return said


def points_of(folder: Path) -> Mapping[str, Mapping[str, int]]:
    """lesson -> exercise -> points, as a class has them."""
    return json.loads((folder / POINTS).read_text(encoding="utf-8"))
