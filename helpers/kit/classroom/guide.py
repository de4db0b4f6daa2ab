"""The instructor's guide: the text of GUIDE.md, with the exercises, goals and points of each lesson from its source."""

import re
from collections.abc import Mapping
from pathlib import Path

import nbformat

from helpers.files import write
from helpers.kit.classroom.exercises import Exercise, exercises, goals

GUIDE = Path(__file__).with_name("GUIDE.md")
PLACE = re.compile(r"(?<=<!-- lessons: begin -->\n).*?(?=<!-- lessons: end -->)", re.DOTALL)


def guide(solutions: Mapping[str, nbformat.NotebookNode], points: Mapping[str, Mapping[str, int]]) -> str:
    """The guide with these lessons in it: two digits -> solution, and exercise -> points."""
    parts = "\n".join(_about(solution, points[number]) for number, solution in solutions.items())
    return PLACE.sub(lambda _: f"\n{parts}\n", GUIDE.read_text(encoding="utf-8"))


def _about(solution, points):
    found = exercises(solution)
    title = solution.cells[0].source.splitlines()[0].removeprefix("# ")
    minutes = sum({one.heading: one.minutes for one in found}.values())
    able = re.sub(r"\[(.+?)\]\(.+?\)", r"\1", goals(solution))
    once = {one.heading: one.name for one in reversed(found)}  # minutes of a heading stand in its first row
    rows = [
        f"| {one.heading} | `{one.name}` | {one.minutes if once[one.heading] == one.name else ''} "
        f"| {points[one.name]} | {_by(one)} |"
        for one in found
    ]
    return "\n".join(
        [
            f"**{title}**: {sum(points.values())} points, about {minutes} minutes of exercises.",
            f"Students will be able to {able}.",
            "",
            "| Exercise | Name | Minutes | Points | By whom |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _by(one: Exercise) -> str:
    return "checked" if one.check else "you"


def renew() -> None:
    """Write the lessons that there are, as they come, into GUIDE.md itself."""
    from helpers.kit.classroom.build import lessons
    from helpers.kit.parameters import read

    solutions = {path.name[:2]: read(path) for path in lessons([])}
    points = {number: {one.name: one.points for one in exercises(each)} for number, each in solutions.items()}
    write(GUIDE, guide(solutions, points))


if __name__ == "__main__":
    renew()
