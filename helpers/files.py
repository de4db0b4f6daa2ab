"""Files that somebody may own: written whole or not at all, and never over what somebody else wrote.

`write` and `create` write one file; `told` says why that could not be. A `Folder` is one in which the course and
somebody else write side by side: a learner's copies, a book, a class, a group's kit. Standard library only: the
launcher starts in any Python.
"""

import contextlib
import errno
import hashlib
import json
import os
import secrets
import shutil
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
SOLUTIONS = NOTEBOOKS / "solutions"  # whose names are the course's own
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
# What other programs write where a disk is full.
SAYS_FULL = (
    r"No space left on device|Errno 28\b|not enough space on the disk|disk is full|[Dd]isk quota exceeded"
)
LOCKED = (errno.EACCES, errno.EPERM, errno.EROFS)
NOTHING = (".DS_Store", "Thumbs.db", "desktop.ini")  # what a system leaves in a folder that was looked at


def lessons(folder):
    """The notebook of each lesson in a folder, by its two digits, in their order.

    Of several that begin with the same digits it is the one that has a solution, or a lesson, of its name; else the one
    that is called as the course calls its own, else the one with the shortest name. The others are somebody's copies.
    Where all of them are copies, since the lesson with a solution is gone, there is none. Folders, and links that lead
    nowhere, are no notebooks.
    """
    folder = Path(folder)
    solved = {path.name for path in (folder / "solutions").glob("[0-9][0-9]_*.ipynb")}
    known = {name[:2] for name in solved}
    twins = folder.parent if folder.name == "solutions" else folder / "solutions"
    called = lambda room, path: (room / path.name).is_file()
    rank = lambda path: (called(twins, path), called(SOLUTIONS, path), -len(path.name), path.name)
    found = (
        path
        for path in folder.glob("[0-9][0-9]_*.ipynb")
        if path.name in solved or path.name[:2] not in known
    )
    found = sorted((path for path in found if path.is_file()), key=rank)
    return dict(sorted({path.name[:2]: path for path in found}.items()))


def told(error, folder, takes, elsewhere=""):
    """Why files could not be written, in a sentence or two, with the way out.

    error: an OSError; any other says itself. folder: where the files were to be, if the error names no place.
    takes: what all of them may take, in MB. elsewhere: what to type for another folder; "" where there is no choice.
    """
    if not isinstance(error, OSError):
        return str(error)
    where = getattr(error, "filename", None) or folder
    another = f"name another folder: {elsewhere}" if elsewhere else ""
    if error.errno in FULL:
        where = _folder_of(where)
        left, way = _free(where) / 1e6, f", or {another}" if another else ""
        return (
            f"The disk is full: {where} has {left:.1f} MB left, and up to {takes:g} MB are needed. "
            f"What was there is as it was. Make room and try again{way}"
        )
    if error.errno in LOCKED:
        way = another or "allow it, and close what may have it open"
        return f"{where} cannot be written ({error.strerror}): {way}"
    return f"{where}: {error.strerror or error}"


def _folder_of(path):
    """The folder in which this lies, or it itself; above it, what is there."""
    path = Path(os.path.abspath(str(path)))
    return next((one for one in (path, *path.parents) if one.is_dir()), path)


def _free(folder):
    try:
        return shutil.disk_usage(str(folder)).free
    except OSError:
        return 0


def write(path, content):
    """Write a file whole or not at all, in place of the one that is there; of a link, the file behind it.

    content: bytes, or a text, which is written as UTF-8 with its own line ends.
    Raises OSError where it cannot be written, or is write-protected; then what was there is as it was.
    """
    real = Path(os.path.realpath(str(path)))
    mode = None
    if real.is_file():
        if not os.access(str(real), os.W_OK):  # a move would replace it all the same
            raise PermissionError(errno.EACCES, "it is write-protected", str(path))
        mode = real.stat().st_mode & 0o777
    with _scratch(real.parent, content) as scratch:
        if mode is not None:
            os.chmod(scratch, mode)
        os.replace(scratch, str(real))


def create(path, content):
    """Write a new file whole or not at all. Raises FileExistsError if there is one by now, or a link."""
    path = Path(path)
    with _scratch(path.parent, content) as scratch:
        if os.name == "nt":
            os.rename(scratch, str(path))  # refuses to replace a file
            return
        try:
            os.link(scratch, str(path))
        except FileExistsError:
            raise
        except OSError:  # a disk without links
            if os.path.lexists(str(path)):
                raise FileExistsError(errno.EEXIST, "there is one already", str(path)) from None
            os.rename(scratch, str(path))


@contextlib.contextmanager
def _scratch(folder, content):
    """A new file in a folder with this content, on the disk; gone at the end if it was not moved away."""
    content = content.encode("utf-8") if isinstance(content, str) else content
    scratch = str(Path(folder) / f".{secrets.token_hex(8)}.part")
    try:
        try:
            _fill(scratch, content)
        except OSError as error:  # which names no folder where a disk is full, and else the scratch
            raise OSError(error.errno, error.strerror, str(folder)) from error
        yield scratch
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(scratch)


def _fill(scratch, content):
    """Write a new file, and wait until it is on the disk."""
    with open(scratch, "xb") as file:
        file.write(content)
        file.flush()
        try:  # else a machine that goes away may leave the new name with nothing in it
            os.fsync(file.fileno())
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a disk that does not know how
                raise


class Folder:
    """A folder in which the course writes, and somebody else may, too: what is not as the course gave it stays.

    A record in the folder keeps what was given, by name: the digest of what was offered last, and of each file. Where
    the record is lost or cannot be read, every file counts as somebody's. Use it in `with`, which keeps the record.

        with Folder(path, ".book.json") as folder:
            folder.claim("a book")
            folder.offer("index.html", page)
            folder.drop()

    record: the record's name, another for each kind of folder.
    written: the paths that were written in this `with`. beside: name -> that of them which was laid beside somebody's.
    """

    def __init__(self, path, record):
        self.path, self.record = Path(path), Path(path) / record
        self.before = self._read()
        self.given, self.offered, self.written, self.beside = dict(self.before), [], [], {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.given != self.before:
            now = {**self._read(), **self.given}  # with what another opening has given meanwhile
            gone = set(self.before) - set(self.given)
            write(self.record, json.dumps({name: now[name] for name in now if name not in gone}, indent=1))

    def claim(self, what):
        """Take a folder that is new, empty, or the course's by its record. `what` it is to be: "a book".

        The record comes first, so that a folder in which the power went off is known again. Raises ValueError, with
        what to do, for a file and for a folder that holds something else.
        """
        self._refuse_files()
        if self.record.is_file():
            return
        if self.path.exists() and any(path.name not in NOTHING for path in self.path.iterdir()):
            raise ValueError(
                f"{self.path} holds something that is not {what} of the course's: name an empty folder, or a new one."
            )
        self.path.mkdir(parents=True, exist_ok=True)
        write(self.record, "{}")

    def share(self):
        """Take a folder whatever it holds, and make it where it is missing. Raises ValueError for a file."""
        self._refuse_files()
        self.path.mkdir(parents=True, exist_ok=True)

    def _refuse_files(self):
        for path in (self.path, *self.path.parents):
            if path.is_symlink() and not path.exists():
                raise ValueError(f"{path} is a link that leads nowhere: name a folder.")
            if path.exists() and not path.is_dir():
                raise ValueError(f"{path} is a file: name a folder.")

    def offer(self, name, content):
        """Bring one file, `name` with `/` between folders, and return where it lies.

        It is written where none is, and replaces one that is as it was given. One in which somebody wrote, or which is
        write-protected, stays as it is: the newer lies beside it, page_new.html, once. Raises ValueError for what is
        in the way and no file, OSError where it cannot be written.
        """
        content = content.encode("utf-8") if isinstance(content, str) else content
        path, digest, before = self.path / name, _digest(content), self.before.get(name, {})
        self.offered.append(name)
        if way := self._in_the_way(path):
            raise ValueError(f"{name} is not brought: {way}. Give that another name, or remove it.")
        files, there = dict(before.get("files", {})), path
        mine = _digest(path.read_bytes()) if path.exists() else None
        if mine not in (None, digest):
            if before.get("lesson") == digest:  # somebody wrote in it, and was told of all there is
                return next((one for one in map(path.with_name, files) if _is(one, digest)), path)
            ours = mine == files.get(path.name) and os.access(str(path), os.W_OK)
            there = path if ours else self._free(path, files)
        if there != path or mine != digest:
            there.parent.mkdir(parents=True, exist_ok=True)
            try:
                (write if there.exists() else create)(there, content)
            except FileExistsError:  # it came meanwhile, from another opening or from somebody
                if not _is(there, digest):
                    return there
            self.written.append(there)
            self.beside.update({name: there} if there != path else {})
        self.given[name] = {"lesson": digest, "files": {**files, there.name: digest}}
        return there

    def drop(self):
        """Remove what was given earlier and is not offered now; what somebody wrote in stays."""
        for name in set(self.before) - set(self.offered):
            for file, digest in self.before[name]["files"].items():
                path = (self.path / name).with_name(file)
                if _is(path, digest):
                    path.unlink()
            del self.given[name]

    def _read(self):
        try:
            record = json.loads(self.record.read_text("utf-8"))
            return {name: {"lesson": of["lesson"], "files": dict(of["files"])} for name, of in record.items()}
        except (OSError, ValueError, AttributeError, KeyError, TypeError):
            return {}

    def _in_the_way(self, path):
        """What stands where a file belongs and is none, in words; "" where nothing does."""
        for one in (path, *(parent for parent in path.parents if self.path in parent.parents)):
            if one.is_symlink() and not one.exists():
                return f"{one} is a link that leads nowhere"
            if one.exists() and one.is_dir() is (one == path):
                return f"{one} is a {'folder' if one == path else 'file'}"
        return ""

    def _free(self, path, files):
        """A name for a newer file, page_new.html, page_new2.html: one that is free, or that is as it was given."""
        number = 1
        while True:
            one = path.with_name(f"{path.stem}_new{number if number > 1 else ''}{path.suffix}")
            if not os.path.lexists(str(one)) or _is(one, files.get(one.name)):
                return one
            number += 1


def _is(path, digest):
    return path.is_file() and _digest(path.read_bytes()) == digest


def _digest(content):
    return hashlib.sha256(content).hexdigest()
