"""What is said at the end of a batch: a line a student, with points and with what was odd about the file."""

import atexit
import contextlib
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from nbgrader import preprocessors as theirs
from nbgrader.api import Gradebook
from nbgrader.utils import determine_grade

STOPPED = "not graded: it was stopped in the middle; the same command grades it"

_said: dict[str, list[str]] = {}
_points: dict[str, str] = {}
_stopped: set[str] = set()  # who was being graded when nbgrader was ended


def at_end(root: Path) -> None:
    """Print the lines when nbgrader ends, where it was started to grade. root: the folder of the class.

    A closed terminal and a machine that shuts down end it like Ctrl-C: who is being graded is left for the next time.
    """
    if "autograde" in sys.argv[1:]:
        atexit.unregister(_print)
        atexit.register(_print, root)
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # Windows has no last
            with contextlib.suppress(AttributeError, ValueError):  # nor can a thread set any
                signal.signal(getattr(signal, name), stop)


def stop(number: int, frame) -> None:
    """End nbgrader as Ctrl-C does, and keep who was being graded: the last of whom anything was said."""
    _stopped.update({*list(_said)[-1:]} - {*_points})
    signal.default_int_handler(number, frame)


def passed_over(root: Path) -> Iterator[str]:
    """A line for each lesson of a student's that nbgrader leaves out.

    It was handed in anew since it was graded, its grading was stopped, its points are no longer those of the lesson, or
    what was handed in is no notebook by its name, or lies in a folder of its own.
    """
    for folder in sorted(path for path in root.glob("submitted/*/*") if path.is_dir()):
        student, lesson = folder.parts[-2:]
        names = sorted(path.name for path in folder.iterdir())
        about, again = f"{student}, {lesson}:", f"nbgrader autograde {lesson} --student={student} --force"
        if not any(name.endswith(".ipynb") and name[0] != "." for name in names):
            what = f"only {', '.join(names)}" if names else "nothing"
            yield f"{about} NOT graded: no notebook (*.ipynb) lies there, {what}"
        elif inside := _in_folders(folder):
            yield f"{about} NOT looked at: {', '.join(inside)}. To grade it, put it in the place of the one above it"
        graded = list(root.glob(f"autograded/{student}/{lesson}/*.ipynb"))
        handed_in = [max(file.stat().st_mtime, file.stat().st_ctime) for file in folder.glob("*.ipynb")]
        if graded and handed_in and max(handed_in) > max(file.stat().st_mtime for file in graded):
            yield f"{about} handed in anew and NOT graded again: {again}"
        elif any(map(_was_stopped, graded)):
            yield f"{about} NOT graded, it was stopped in the middle and counts as 0: {again}"
        elif any(_of_other_points(file, root / "source" / lesson / file.name) for file in graded):
            yield f"{about} graded when the lesson had other points, and NOT again: {again}"


def _in_folders(folder: Path) -> list[str]:
    """Notebooks that lie in folders of a hand-in, as an unpacked archive leaves them."""
    found = (path.relative_to(folder) for path in folder.rglob("*.ipynb"))
    return sorted(
        path.as_posix()
        for path in found
        if len(path.parts) > 1 and not any(part.startswith(".") for part in path.parts)
    )


def _tests(file: Path) -> list[dict]:
    """The cells of a notebook that have points."""
    cells = json.loads(file.read_bytes())["cells"]
    return [cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade")]


def _points_by_test(file: Path) -> dict:
    found = (cell["metadata"]["nbgrader"] for cell in _tests(file))
    return {about["grade_id"]: float(about["points"]) for about in found}


def _was_stopped(file: Path) -> bool:
    """Whether no test of a graded notebook was run: nbgrader writes it before it runs it."""
    try:
        tests = [cell for cell in _tests(file) if not cell["metadata"]["nbgrader"].get("solution")]
    except (ValueError, KeyError, TypeError):  # half written
        return True
    return bool(tests) and not any(cell.get("execution_count") for cell in tests)


def _of_other_points(file: Path, source: Path) -> bool:
    """Whether a graded notebook has other points than its lesson, if this can be read."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return _points_by_test(file) != _points_by_test(source)
    return False


def say(student: str, *lines: str) -> None:
    """Keep what is to be said of a student's file."""
    _said.setdefault(student, []).extend(lines)


def lines() -> list[str]:
    """All that is to be said, by students' names; who has no points was not graded."""
    why = lambda student: STOPPED if student in _stopped else "not graded, see the error above"
    return [
        f"{student}: {'; '.join([_points.get(student, why(student)), *said])}"
        for student, said in sorted(_said.items())
    ]


class Told(theirs.NbGraderPreprocessor):
    """Looks, behind all others, how many points there are."""

    def preprocess(self, nb, resources):
        """One submission."""
        student = resources["nbgrader"]["student"]
        grades = [
            determine_grade(cell) for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade")
        ]
        got, most = (sum(pair[at] for pair in grades if pair[0] is not None) for at in (0, 1))
        waiting = sum(most for got, most in grades if got is None)
        _points[student] = f"{got:g} of {most:g}" + (f", {waiting:g} more wait for you" if waiting else "")
        say(student, *_given_by_hand(resources["nbgrader"]))
        return nb, resources


def _given_by_hand(about) -> list[str]:
    """What a person gave for an earlier hand-in: nbgrader lets it stand, whatever was handed in now."""
    with Gradebook(about["db_url"]) as gradebook:
        of = gradebook.find_submission_notebook(about["notebook"], about["assignment"], about["student"])
        given = {grade.name: grade.manual_score for grade in of.grades if grade.manual_score is not None}
    return [
        f"{points:g} points that were given by hand stand for `{name}`: look at it once more in Formgrader"
        for name, points in sorted(given.items())
    ]


def _print(root):
    said = [*lines(), *passed_over(root)]
    if said:
        print("\n".join(["", "Points by nbgrader's tests, and what was odd:", *said]), flush=True)
