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

_said: dict[str, list[str]] = {}
_points: dict[str, str] = {}


def at_end(root: Path) -> None:
    """Print the lines when nbgrader ends, where it was started to grade. root: the folder of the class.

    A closed terminal and a machine that shuts down end it like Ctrl-C: who is being graded is left for the next time.
    """
    if "autograde" in sys.argv[1:]:
        atexit.unregister(_print)
        atexit.register(_print, root)
        for name in ("SIGTERM", "SIGHUP"):  # Windows has no second
            with contextlib.suppress(AttributeError, ValueError):  # nor can a thread set any
                signal.signal(getattr(signal, name), signal.default_int_handler)


def passed_over(root: Path) -> Iterator[str]:
    """A line for each lesson of a student's that nbgrader leaves out.

    It was handed in anew since it was graded, its grading was stopped, or there is no notebook by its name.
    """
    for folder in sorted(path for path in root.glob("submitted/*/*") if path.is_dir()):
        student, lesson = folder.parts[-2:]
        names = sorted(path.name for path in folder.iterdir())
        if not any(name.endswith(".ipynb") and name[0] != "." for name in names):
            what = f"only {', '.join(names)}" if names else "nothing"
            yield f"{student}, {lesson}: NOT graded: no notebook (*.ipynb) lies there, {what}"
        graded = [file.stat().st_mtime for file in root.glob(f"autograded/{student}/{lesson}/*.ipynb")]
        handed_in = [max(file.stat().st_mtime, file.stat().st_ctime) for file in folder.glob("*.ipynb")]
        again = f"nbgrader autograde {lesson} --student={student} --force"
        if graded and handed_in and max(handed_in) > max(graded):
            yield f"{student}, {lesson}: handed in anew and NOT graded again: {again}"
        elif any(map(_was_stopped, root.glob(f"autograded/{student}/{lesson}/*.ipynb"))):
            yield f"{student}, {lesson}: NOT graded, it was stopped in the middle and counts as 0: {again}"


def _was_stopped(file: Path) -> bool:
    """Whether no test of a graded notebook was run: nbgrader writes it before it runs it."""
    try:
        cells = [cell for cell in json.loads(file.read_bytes())["cells"] if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError):  # half written
        return True
    about = [(cell["metadata"].get("nbgrader", {}), cell.get("execution_count")) for cell in cells]
    tests = [count for told, count in about if told.get("grade") and not told.get("solution")]
    return bool(tests) and not any(tests)


def say(student: str, *lines: str) -> None:
    """Keep what is to be said of a student's file."""
    _said.setdefault(student, []).extend(lines)


def lines() -> list[str]:
    """All that is to be said, by students' names; who has no points was not graded."""
    return [
        f"{student}: {'; '.join([_points.get(student, 'not graded, see the error above'), *said])}"
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
