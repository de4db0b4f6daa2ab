"""Make the folder of a lesson for a reading group: facilitator's page, slides, handout, and the group's own figure.

python -m helpers.kit.groups 03
python -m helpers.kit.groups 03 --members folder_with_their_files
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from helpers.kit.groups.folder import folder_at, put
from helpers.kit.groups.handout import handout
from helpers.kit.groups.kits import kit, kits
from helpers.kit.groups.lesson import Lesson, lesson
from helpers.kit.groups.members import FEW, files_in, group, measured
from helpers.kit.groups.page import facilitators_page
from helpers.kit.groups.slides import slides

COURSE = Path(__file__).resolve().parents[3]
FOLDER = COURSE / "kits"  # git ignores it
FILES = ("facilitator.html", "slides.html", "handout.pdf")


def make(number: str, folder: Path = FOLDER) -> tuple[Path, list[str]]:
    """(the folder of a lesson, the names of what was written in it). What somebody has changed there stays."""
    one, judged = lesson(number), kit(number)
    there = folder_at(folder / one.path.stem)
    written = {
        "facilitator.html": facilitators_page(one, judged).encode(),
        "slides.html": slides(one).encode(),
        "handout.pdf": handout(one, judged),
    }
    return there, [put(there / name, content) for name, content in written.items()]


def merge(one: Lesson, files: Sequence[Path], folder: Path) -> list[str]:
    """Draw what the members' files say into `folder`, and return what is to be told about it."""
    from helpers.kit.groups.members_figure import plot_group
    from helpers.kit.pictures import png_of

    found = group(one, files)
    figure = plot_group(found, one, measured(one))
    drawn = put(folder_at(folder) / "group.png", png_of(figure))
    words = put(folder / "group.txt", ("\n".join(figure.alt_text) + "\n").encode())
    told = [f"{drawn}: {found.members} member{'s' * (found.members != 1)}; the same in words: {words}"]
    if found.members < FEW:
        told.append(
            f"With fewer than {FEW} members each can tell what the others said: ask them before you show it."
        )
    return [*found.faults, *told]


def _told(there, names):
    """What was written, and beside what of somebody's."""
    yield f"{there}: {', '.join(names)}"
    kept = [name for name in FILES if name not in names]
    if kept:
        yield f"Somebody has changed {', '.join(kept)}: what is new lies beside it."


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: a lesson's two digits or `all`, and where the members' files are."""
    parser = argparse.ArgumentParser("python -m helpers.kit.groups", description=__doc__, allow_abbrev=False)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("lesson", help="two digits, or all")
    parser.add_argument(
        "--members", nargs="+", type=Path, default=[], help="files of predictions, or folders of them"
    )
    parser.add_argument(
        "--to", type=Path, default=FOLDER, help="where to write (default: kits in the course's folder)"
    )
    given = parser.parse_args(arguments)
    try:
        files = files_in(given.members)  # looked at before anything is written
        for number in kits() if given.lesson == "all" else [lesson(given.lesson).number]:
            there = given.to / lesson(number).path.stem
            if not files or not all((there / name).exists() for name in FILES):
                print(*_told(*make(number, given.to)), sep="\n")
            for line in merge(lesson(number), files, there) if files else []:
                print(line)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
