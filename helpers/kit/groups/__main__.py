"""Make the folder of a lesson for a reading group: facilitator's page, slides, handout, and the group's own figure.

python -m helpers.kit.groups 03
python -m helpers.kit.groups 03 --members folder_with_their_files
python -m helpers.kit.groups 03 --mine              a member's own answers to this lesson, as a file to send
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from helpers import files as ours
from helpers.kit.as_given import is_somebodys
from helpers.kit.groups.deck import deck
from helpers.kit.groups.handout import handout, sheets
from helpers.kit.groups.kits import kit, kits
from helpers.kit.groups.lesson import Lesson, lesson
from helpers.kit.groups.markup import to_text
from helpers.kit.groups.members import FEW, files_in, group, measured, mine, not_read
from helpers.kit.groups.page import facilitators_page
from helpers.kit.groups.slides import slides
from helpers.kit.groups.typed import template

COURSE = Path(__file__).resolve().parents[3]
FOLDER = COURSE / "kits"  # git ignores it
RECORD = ".made"  # in the folder of a lesson: what was written there
TAKES = 20  # MB that the folders of all lessons may take
FILES = ("facilitator.html", "slides.html", "handout.pdf", "members.csv")


def make(number: str, folder: Path = FOLDER) -> tuple[Path, list[str]]:
    """(the folder of a lesson, the names of what was written in it). What somebody has changed there stays."""
    one, judged = lesson(number), kit(number)
    there = folder / one.path.stem
    paper = sheets(one, judged)
    written = {
        "facilitator.html": facilitators_page(one, judged, paper).encode(),
        "slides.html": slides(one, judged).encode(),
        "handout.pdf": handout(one, judged, paper),
        "members.csv": template(one),
    }
    return there, put(there, written)


def put(there: Path, written: Mapping[str, bytes]) -> list[str]:
    """Write files into the folder of a lesson; the names under which they lie, others where somebody changed one."""
    with ours.Folder(there, RECORD) as folder:
        folder.share()
        return [folder.offer(name, content).name for name, content in written.items()]


def merge(one: Lesson, files: Sequence[Path], folder: Path) -> list[str]:
    """Draw what the members' files say into `folder`, and return what is to be told about it."""
    from helpers.kit.groups.members_figure import plot_group
    from helpers.kit.pictures import png_of

    found = group(one, files)
    figure = plot_group(found, one, measured(one))
    said = ("\n".join(figure.alt_text) + "\n").encode()
    for line in kept_of_before(folder, said):
        print(line)
    drawn, words = put(folder, {"group.png": png_of(figure), "group.txt": said})
    told = [f"{drawn}: {found.members} member{'s' * (found.members != 1)}; the same in words: {words}"]
    if found.members < FEW:
        told.append(
            f"With fewer than {FEW} members each can tell what the others said: ask them before you show it."
        )
    return [*found.faults, *told]


def kept_of_before(folder: Path, said: bytes) -> list[str]:
    """Give another group's figure and words a number, so that they stay beside the new ones; what is to be told.

    said: what is to be told of the new figure in words, by which two groups are told apart.
    """
    there = folder / "group.txt"
    if not there.exists() or there.read_bytes() == said:
        return []
    number = 1
    while any((folder / f"group_{number}{end}").exists() for end in (".png", ".txt")):
        number += 1
    for end in (".png", ".txt"):
        if (folder / f"group{end}").exists():
            (folder / f"group{end}").rename(folder / f"group_{number}{end}")
    return [f"The group's figure that was there is now group_{number}.png."]


def listed(one: Lesson) -> list[str]:
    """A line for each slide: its number, its name, the words on it, and how they begin."""
    lines = []
    for number, slide in enumerate(deck(one), 1):
        said = to_text(re.sub(r"<!--.*?-->|<style.*?</style>", "", slide.shown, flags=re.DOTALL)).split()
        lines.append(f"{number:3} {slide.name} ({len(said)}): {' '.join(said[:12])}")
    return lines


def _drawn_before(there):
    """What is to be told of a group's figure that was drawn another time."""
    if (there / "group.png").exists():
        yield "group.png is as it was, with the results of then: --members draws it anew."


def _told(there, names, of):
    """What was written, and beside what of somebody's; and where the lesson itself is somebody's by now."""
    if is_somebodys(json.loads(of.path.read_text("utf-8"))):
        yield f"{of.path.name} was run and saved by somebody: results are the course's own, from its solution."
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
    parser.add_argument(
        "--names", action="store_true", help="list the slides, for data/kits.json; writes nothing"
    )
    parser.add_argument("--mine", action="store_true", help="write your own answers to this lesson, to send")
    given = parser.parse_args(arguments)
    try:
        if given.names:
            print(*listed(lesson(given.lesson)), sep="\n")
            return 0
        if given.mine:
            one = lesson(given.lesson)
            there = given.to / one.path.stem
            (name,) = put(there, {f"mine_{one.number}.jsonl": mine(one)})
            print(f"{there / name}: your answers to this lesson only")
            return 0
        files = files_in(given.members)  # looked at before anything is written
        if odd := not_read(given.members, files, FILES):
            print(f"Not read, for its ending: {', '.join(path.name for path in odd)}")
        for number in kits() if given.lesson == "all" else [lesson(given.lesson).number]:
            there = given.to / lesson(number).path.stem
            # always: what lies there may be of an older version of the course
            print(*_told(*make(number, given.to), lesson(number)), sep="\n")
            for line in merge(lesson(number), files, there) if files else _drawn_before(there):
                print(line)
    except (OSError, ValueError) as error:
        elsewhere = f"python3 course.py kit {given.lesson} --to FOLDER"
        print(ours.told(error, given.to, TAKES, elsewhere), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
