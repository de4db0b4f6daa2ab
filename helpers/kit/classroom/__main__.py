"""Make or renew an nbgrader course of these lessons.

python -m helpers.kit.classroom ../my_class
python -m helpers.kit.classroom ../my_class --lessons 00 03
"""

import argparse
import importlib.util
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from helpers.files import told
from helpers.kit.classroom.build import COURSE, build, lessons

TAKES = 50  # MB that a class may take before anything is handed in


def missing() -> str:
    """What to type where nbgrader is not installed; "" where it is."""
    if importlib.util.find_spec("nbgrader"):
        return ""
    (pin,) = re.findall(r"^nbgrader==\S+", (COURSE / "tests/requirements.txt").read_text("utf-8"), re.M)
    lock = COURSE / "requirements.lock"
    return (
        f"nbgrader is not installed. Type\n{sys.executable} -m pip install {pin} -c {lock}\nand start again."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: a folder, and lessons by their two digits."""
    parser = argparse.ArgumentParser(
        "python -m helpers.kit.classroom", description=__doc__, allow_abbrev=False
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("folder", type=Path, help="where the class is to be, or is")
    parser.add_argument("--lessons", nargs="+", default=[], help="two digits each (default: all)")
    given = parser.parse_args(arguments)
    if says := missing():
        print(says, file=sys.stderr)
        return 2
    try:
        for line in build(given.folder.resolve(), lessons(given.lessons)):
            print(line)
        print(f"How to go on: {given.folder / 'README.md'}")
    except (OSError, ValueError, TypeError) as error:
        print(
            told(error, given.folder.resolve(), TAKES, "python3 course.py classroom FOLDER"), file=sys.stderr
        )
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
