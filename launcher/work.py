"""A learner's own copies of the lessons, in `my_work`: updates never meet answers, and nothing is written over.

`my_work` has the shape of `notebooks`, so every link leads where it led. git ignores it. For each copy a record keeps
what was given, so that a copy in which nothing was written is told from one with answers.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path

from launcher import commands
from launcher.commands import HERE

LESSONS, WORK = HERE / "notebooks", HERE / "my_work"
RECORD = WORK / ".given.json"


def bring():
    """Copy to `my_work` each lesson that is not there; say where a newer one lies beside yours. Return the folder.

    Where nothing can be written, the lessons themselves are opened: the folder returned is theirs.
    """
    try:
        WORK.mkdir(exist_ok=True)
        before = _read_record()
        given = dict(before)
        for lesson in sorted(
            path for path in LESSONS.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
        ):
            name = lesson.relative_to(LESSONS).as_posix()
            if way := _in_the_way(WORK / name):
                print(f"{name} is not brought: {way}. Give that another name, or remove it, and open again.")
                continue
            try:
                given[name] = _bring(lesson.read_bytes(), WORK / name, before.get(name, {}))
            except FileExistsError:  # brought meanwhile by another opening
                pass
        if given != before:
            _replace(RECORD, json.dumps(given, indent=1).encode("utf-8"))
    except OSError as error:
        print(
            f"Your copies of the lessons cannot be made in {WORK} ({error.strerror or error}): "
            "what is there opens as it is."
        )
        return WORK if any(WORK.glob("*.ipynb")) else LESSONS
    return WORK


def _in_the_way(copy):
    """What stands where a copy belongs and is no file, in words; "" where nothing does."""
    for path in (copy, *(parent for parent in copy.parents if WORK in parent.parents)):
        if path.is_symlink() and not path.exists():
            return f"{path} is a link that leads nowhere"
        if path.exists() and path.is_dir() is (path == copy):
            return f"{path} is a {'folder' if path == copy else 'file'}"
    return ""


def _bring(content, copy, before):
    """Bring one lesson. Its record: `lesson`, digest of what was offered last, and `files`, name -> digest."""
    digest, files = _digest(content), dict(before.get("files", {}))
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        _create(copy, content)
        return {"lesson": digest, "files": {**files, copy.name: digest}}
    mine = _digest(copy.read_bytes())
    if mine == digest:
        return {"lesson": digest, "files": {**files, copy.name: digest}}
    if before.get("lesson") == digest:  # written in, and told of all there is
        return before
    if mine == files.get(copy.name):  # nothing was written in it
        _replace(copy, content)
        return {"lesson": digest, "files": {**files, copy.name: digest}}
    beside = next(
        path
        for path in _beside(copy)
        if not path.exists() or _digest(path.read_bytes()) == files.get(path.name)
    )
    _replace(beside, content) if beside.exists() else _create(beside, content)
    if copy.parent == WORK:
        print(
            f"Lesson {copy.stem[:2]} is newer than yours. Yours stays as it is; the new one: {_short(beside)}"
        )
    return {"lesson": digest, "files": {**files, beside.name: digest}}


def _beside(copy):
    """Names for a newer lesson: 00_start_here_new.ipynb, 00_start_here_new2.ipynb and so on."""
    number = 1
    while True:
        yield copy.with_name(f"{copy.stem}_new{number if number > 1 else ''}.ipynb")
        number += 1


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
            print(
                f"What you wrote in {name} cannot be kept in {WORK} ({error.strerror or error}): no update."
            )
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
        _create(kept, content)
    print(f"You had written in {_short(lesson)}: it is kept as {_short(kept)}")


# Files, whole or not at all
def _read_record():
    """What was given before; without a record that can be read, every copy counts as written in."""
    try:
        record = json.loads(RECORD.read_text("utf-8"))
        return {name: {"lesson": of["lesson"], "files": dict(of["files"])} for name, of in record.items()}
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return {}


def _create(path, content):
    """Write a new file. Raises FileExistsError if there is one by now."""
    scratch = _scratch(path, content)
    try:
        if os.name == "nt":
            os.rename(scratch, str(path))  # refuses to replace a file
        else:
            try:
                os.link(scratch, path)
            except FileExistsError:
                raise
            except OSError:  # a disk without links
                if path.exists():
                    raise FileExistsError(str(path)) from None
                os.rename(scratch, str(path))
    finally:
        if os.path.exists(scratch):
            os.unlink(scratch)


def _replace(path, content):
    os.replace(_scratch(path, content), str(path))


def _scratch(path, content):
    """A new file beside `path` with this content. Nothing is left behind if the disk is full."""
    handle, scratch = tempfile.mkstemp(dir=str(path.parent), prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(scratch, 0o644)
    except OSError:
        os.unlink(scratch)
        raise
    return scratch


def _digest(content):
    return hashlib.sha256(content).hexdigest()


def _short(path):
    return Path(path).relative_to(HERE).as_posix()
