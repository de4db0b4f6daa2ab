"""What each exercise of a class is worth: the lesson's own points, or what an instructor wrote into points.json."""

import json
from collections.abc import Mapping
from pathlib import Path

import nbformat

from helpers.checked import whole
from helpers.files import write
from helpers.kit.classroom.exercises import exercises

POINTS = "points.json"


def renewed(folder: Path, solutions: Mapping[str, nbformat.NotebookNode]) -> dict[str, dict[str, int]]:
    """lesson -> exercise -> points: what the file says, else the lesson; the file is written whole.

    solutions: two digits of a lesson -> its solution. Raises ValueError for a file of another form, and for points that
    no exercise has.
    """
    file = folder / POINTS
    said = points_of(folder) if file.exists() else {}
    for number, solution in solutions.items():
        of = said.get(number, {})
        own = {one.name: one.points for one in exercises(solution)}
        if unknown := sorted(set(of) - set(own)):
            raise ValueError(f"{file}: lesson {number} has no {unknown[0]}; there are {', '.join(own)}")
        said[number] = own | {name: whole(of[name], f"points of {name}", least=0) for name in of}
    write(file, json.dumps(said, indent=2) + "\n")
    return said


def points_of(folder: Path) -> dict[str, dict[str, int]]:
    """lesson -> exercise -> points, as a class has them. Raises ValueError for a file of another form."""
    file = folder / POINTS
    try:
        said = json.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise ValueError(f"{file} is no JSON: {error}") from error
    if not isinstance(said, dict) or not all(isinstance(one, dict) for one in said.values()):
        raise ValueError(f'{file} holds points of exercises of lessons: {{"00": {{"towards": 3}}}}')
    return said
