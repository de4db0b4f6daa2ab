"""A learner's own copies of the lessons, in `my_work`: updates never meet answers, and nothing is written over.

`my_work` has the shape of `notebooks`, so every link leads where it led. git ignores it. For each copy a record keeps
what was given, so that a copy in which nothing was written is told from one with answers.
"""

from pathlib import Path

from helpers import files
from launcher import commands
from launcher.commands import HERE

LESSONS, WORK = HERE / "notebooks", HERE / "my_work"
RECORD = WORK / ".given.json"
TAKES = 40  # MB that all copies may take


def bring():
    """Copy to `my_work` each lesson that is not there; say where a newer one lies beside yours. Return the folder.

    Where nothing can be written, the lessons themselves are opened: the folder returned is theirs.
    """
    try:
        WORK.mkdir(exist_ok=True)
        with files.Folder(WORK, RECORD.name) as folder:
            for lesson in sorted(
                path for path in LESSONS.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
            ):
                name = lesson.relative_to(LESSONS).as_posix()
                try:
                    folder.offer(name, lesson.read_bytes())
                except ValueError as error:  # something is in its way
                    print(error)
        for name, newer in folder.beside.items():
            if newer.parent == WORK:
                print(newer_than_yours(name, _short(newer)))
    except OSError as error:
        why = files.told(error, WORK, TAKES)
        print(f"Your copies of the lessons cannot be made in {WORK}: what is there opens as it is. {why}")
        return WORK if any(WORK.glob("*.ipynb")) else LESSONS
    return WORK


def newer_than_yours(name, where):
    """What is said where a newer lesson, or page, was laid beside one in which somebody wrote."""
    what = f"Lesson {name[:2]}" if name[:2].isdigit() else f"The page {Path(name).stem}"
    return f"{what} is newer than yours. Yours stays as it is; the new one: {where}"


def update():
    """Bring the newest course with git. What was written into its own notebooks is moved to `my_work` first."""
    given = ["--no-renames", "--name-only", "--diff-filter=DMTU", "HEAD", "--", "notebooks"]
    code, changed = _git("diff", *given)  # only what HEAD has: a lesson of somebody's own stays where it is
    if code:
        print("git does not know this folder: updates need the course as `git clone` makes it (see README).")
        return 1
    if _in_between():
        print(
            "git is in the middle of a merge here (`git status` says of which): finish it, or take it back, "
            "`git merge --abort` for one. Then update. Nothing was changed."
        )
        return 1
    for name in changed:
        lesson = HERE / name
        if (
            not name.endswith(".ipynb") or lesson.is_dir()
        ):  # what lies in a folder of that name, git would delete
            continue
        try:
            if lesson.is_file():
                _rescue(lesson)
        except OSError as error:
            why = files.told(error, WORK, TAKES)
            print(f"What you wrote in {name} cannot be kept in {WORK}: no update. {why}")
            return 1
        if commands.call(["git", "checkout", "-q", "HEAD", "--", name]):
            return 1
    code = commands.call(["git", "pull", "--ff-only", "--no-stat"])
    if code:
        own = any(_git("rev-list", "@{upstream}..HEAD")[1])
        way = (
            " You have commits of your own: `git pull --rebase` sets them on top of the newest."
            if own
            else ""
        )
        print(
            f"The update did not come in; git says why. What you wrote is where it was, or where it says above.{way}"
        )
    return code


def _in_between():
    """Whether git waits for somebody to finish a merge, or something like it."""
    states = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")
    paths = [path for state in states for path in _git("rev-parse", "--git-path", state)[1]]
    return any((HERE / path).exists() for path in paths) or any(_git("ls-files", "--unmerged")[1])


def _git(command, *arguments):
    """(exit code, the lines or names that it printed) of a git command that only looks."""
    names = ["--relative", "-z"] if command == "diff" else []
    code, printed = commands.capture(["git", command, *names, *arguments])
    return code, [line for line in printed.split("\0" if names else "\n") if line]


def _rescue(lesson):
    """Keep what somebody wrote into a lesson of the course: a copy in `my_work`, under a name that is free."""
    copy, number = WORK / lesson.relative_to(LESSONS), 1
    copy.parent.mkdir(parents=True, exist_ok=True)
    content, kept = lesson.read_bytes(), copy.with_name(f"{copy.stem}_mine.ipynb")
    while kept.exists() and kept.read_bytes() != content:
        number += 1
        kept = copy.with_name(f"{copy.stem}_mine{number}.ipynb")
    if not kept.exists():
        files.create(kept, content)
    print(f"You had written in {_short(lesson)}: it is kept as {_short(kept)}")


def _short(path):
    return Path(path).relative_to(HERE).as_posix()
