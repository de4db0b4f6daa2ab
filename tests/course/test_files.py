"""A file that may be somebody's is written whole or not at all, and nothing that somebody wrote is lost."""

import errno
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from helpers import files
from helpers.files import Folder, create, write

RECORD = ".page.json"
ROOT = Path(__file__).parents[2]
OURS = [path for room in ("helpers", "launcher") for path in (ROOT / room).rglob("*.py")]


def offered(path, record=RECORD, drop=False, **pages):
    """Offer these pages in a folder; return the folder."""
    with Folder(path, record) as folder:
        for name, text in pages.items():
            folder.offer(f"{name}.html", text)
        if drop:
            folder.drop()
    return folder


def there(path):
    """What lies in a folder but for its record: name -> text."""
    found = [one for one in path.rglob("*") if one.is_file() and one.name != RECORD]
    return {one.relative_to(path).as_posix(): one.read_text("utf-8") for one in found}


# One file


@pytest.mark.parametrize("how", [write, create])
@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["fsync", "replace", "link"])
def test_a_write_that_is_stopped_leaves_what_was_there_and_nothing_else(
    tmp_path, monkeypatch, how, fault, step
):
    def stop(*_):
        raise fault

    path = tmp_path / "page.html"
    if how is write:
        path.write_text("old")
    before = there(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(files.os, step, stop)
        if (how, step) in ((write, "link"), (create, "replace")) or (
            step == "link" and isinstance(fault, OSError)
        ):
            how(path, "new")  # it takes no such step, or has another way
            assert there(tmp_path) == {"page.html": "new"}
            return
        with pytest.raises(type(fault)):
            how(path, "new")
    assert there(tmp_path) == before


def test_whoever_reads_meanwhile_sees_the_old_file_or_the_new_one(tmp_path):
    path, seen, texts = tmp_path / "page", set(), ("a" * 300_000, "b" * 300_000)
    write(path, texts[0])
    writer = threading.Thread(target=lambda: [write(path, texts[number % 2]) for number in range(20)])
    writer.start()
    while writer.is_alive():
        seen.add(path.read_text())
    writer.join()
    assert seen <= set(texts)


def test_a_file_keeps_its_rights_and_a_link_stays_a_link(tmp_path):
    path, link = tmp_path / "page", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o600)
    link.symlink_to(path)
    write(link, "new")
    assert link.is_symlink() and path.read_text() == "new" and path.stat().st_mode & 0o777 == 0o600


def test_a_new_file_has_the_rights_that_others_have_here(tmp_path):
    (tmp_path / "other").touch()
    write(tmp_path / "page", "new")
    assert (tmp_path / "page").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_file_that_is_write_protected_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "page"
    path.write_text("mine")
    monkeypatch.setattr(files.os, "access", lambda *_: False)  # whoever is root may write everything
    with pytest.raises(PermissionError, match="write-protected"):
        write(path, "new")
    assert there(tmp_path) == {"page": "mine"}


def test_a_disk_that_cannot_say_when_a_file_is_safe_takes_it_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(files.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.EINVAL, "what?")))
    write(tmp_path / "page", "new")
    assert there(tmp_path) == {"page": "new"}


def test_a_text_that_cannot_be_written_costs_nothing(tmp_path):
    path = tmp_path / "page"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write(path, "half a letter: \ud800")
    assert there(tmp_path) == {"page": "old"}


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("what", ["file", "folder", "link"])
def test_what_is_to_be_new_replaces_nothing(tmp_path, monkeypatch, what, links):
    path = tmp_path / "page"
    if what == "file":
        path.write_text("mine")
    elif what == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "nowhere")
    if not links:
        monkeypatch.setattr(files.os, "link", lambda *_: (_ for _ in ()).throw(OSError(1, "no links here")))
    with pytest.raises(FileExistsError):
        create(path, "new")
    assert [one.name for one in tmp_path.iterdir()] == ["page"]


# A folder


def test_what_is_as_it_was_given_is_renewed_and_what_somebody_wrote_stays(tmp_path):
    assert [one.name for one in offered(tmp_path, a="1", b="1").written] == ["a.html", "b.html"]
    (tmp_path / "a.html").write_text("mine")
    folder = offered(tmp_path, a="2", b="2")
    assert there(tmp_path) == {"a.html": "mine", "a_new.html": "2", "b.html": "2"}
    assert folder.beside == {"a.html": tmp_path / "a_new.html"}
    folder = offered(tmp_path, a="2", b="2")
    assert folder.written == [] and folder.beside == {}


def test_what_lies_beside_is_renewed_too_until_somebody_writes_in_it(tmp_path):
    offered(tmp_path, a="1")
    (tmp_path / "a.html").write_text("mine")
    for text in ("2", "3"):
        offered(tmp_path, a=text)
    assert there(tmp_path) == {"a.html": "mine", "a_new.html": "3"}
    (tmp_path / "a_new.html").write_text("mine, too")
    offered(tmp_path, a="4")
    assert there(tmp_path) == {"a.html": "mine", "a_new.html": "mine, too", "a_new2.html": "4"}


def test_what_is_write_protected_stays_and_costs_no_other_file(tmp_path, monkeypatch):
    offered(tmp_path, a="1", b="1")
    with monkeypatch.context() as patched:
        patched.setattr(files.os, "access", lambda path, _: not path.endswith("a.html"))
        offered(tmp_path, a="2", b="2")
    assert there(tmp_path) == {"a.html": "1", "a_new.html": "2", "b.html": "2"}


def test_where_a_file_lies_is_told_however_often_it_is_offered(tmp_path):
    offered(tmp_path, a="1")
    (tmp_path / "a.html").write_text("mine")
    for _ in range(2):
        with Folder(tmp_path, RECORD) as folder:
            assert folder.offer("a.html", "2") == tmp_path / "a_new.html"


def test_what_is_no_longer_given_goes_unless_somebody_wrote_in_it(tmp_path):
    offered(tmp_path, a="1", b="1", c="1")
    (tmp_path / "b.html").write_text("mine")
    (tmp_path / "own.html").write_text("my own")
    offered(tmp_path, drop=True, c="1")
    assert there(tmp_path) == {"b.html": "mine", "c.html": "1", "own.html": "my own"}


@pytest.mark.parametrize(
    "record", [None, "", "[]", "5", "null", '{"a.html": 3}', '{"a.html": {"lesson": 1}}']
)
def test_without_a_record_that_can_be_read_every_file_is_somebodys(tmp_path, record):
    offered(tmp_path, a="1", b="1")
    (tmp_path / RECORD).unlink() if record is None else (tmp_path / RECORD).write_text(record)
    offered(tmp_path, drop=True, a="2")
    assert there(tmp_path) == {"a.html": "1", "a_new.html": "2", "b.html": "1"}


def test_a_stop_in_the_middle_loses_nothing_and_the_rest_comes_later(tmp_path, monkeypatch):
    offered(tmp_path, a="1", b="1")
    with pytest.raises(KeyboardInterrupt), Folder(tmp_path, RECORD) as folder:
        folder.offer("a.html", "2")
        raise KeyboardInterrupt
    assert there(tmp_path) == {"a.html": "2", "b.html": "1"}
    assert [one.name for one in offered(tmp_path, a="3", b="3").written] == ["a.html", "b.html"]


@pytest.mark.parametrize("what", ["a folder", "a link", "a file"])
def test_what_is_in_the_way_is_named(tmp_path, what):
    name = "a.html"
    if what == "a folder":
        (tmp_path / name).mkdir()
    elif what == "a link":
        (tmp_path / name).symlink_to(tmp_path / "nowhere")
    else:
        name = "deep/a.html"
        (tmp_path / "deep").write_text("mine")
    with Folder(tmp_path, RECORD) as folder, pytest.raises(ValueError, match=what):
        folder.offer(name, "1")


# Whose folder


@pytest.mark.parametrize("what", ["nothing", "an empty folder", "what a system leaves", "what was given"])
def test_a_folder_of_the_courses_is_one_that_is_new_empty_or_has_its_record(tmp_path, what):
    path = tmp_path / "folder"
    if what != "nothing":
        path.mkdir()
    if what == "what a system leaves":
        (path / files.NOTHING[0]).touch()
    if what == "what was given":
        offered(path, a="1")
        (path / "own.html").touch()
    Folder(path, RECORD).claim("a book")


@pytest.mark.parametrize("what", ["a file of somebody's", "a hidden one", "a folder", "another record"])
def test_a_folder_with_something_else_in_it_is_refused(tmp_path, what):
    if what == "another record":
        offered(tmp_path, record=".other.json", a="1")
    elif what == "a folder":
        (tmp_path / "pictures").mkdir()
    else:
        (tmp_path / ("thesis.html" if what.endswith("somebody's") else ".git")).touch()
    with pytest.raises(ValueError, match="not a book of the course's: name an empty folder"):
        Folder(tmp_path, RECORD).claim("a book")


@pytest.mark.parametrize("inner", ["", "inner"])
def test_a_file_is_no_folder(tmp_path, inner):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="file is a file: name a folder"):
        Folder(tmp_path / "file" / inner, RECORD).claim("a book")


def test_a_folder_whose_first_making_was_killed_is_known_again(tmp_path):
    code = f"""
import os
from helpers.files import Folder
with Folder({str(tmp_path / "book")!r}, {RECORD!r}) as folder:
    folder.claim("a book")
    folder.offer("a.html", "1")
    os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == 9
    with Folder(tmp_path / "book", RECORD) as folder:
        folder.claim("a book")
        folder.offer("a.html", "1")
        folder.offer("b.html", "1")
    assert there(tmp_path / "book") == {"a.html": "1", "b.html": "1"}
    offered(tmp_path / "book", a="2")
    assert there(tmp_path / "book") == {"a.html": "2", "b.html": "1"}


def test_a_link_that_leads_nowhere_is_no_folder(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="a link that leads nowhere"):
        Folder(tmp_path / "link", RECORD).claim("a book")


def test_two_that_give_at_once_lose_nothing(tmp_path):
    code = f"""
from helpers.files import Folder
with Folder({str(tmp_path)!r}, {RECORD!r}) as folder:
    for number in range(40):
        folder.offer(f"{{number}}.html", "1")
"""
    several = [subprocess.Popen([sys.executable, "-c", code], env=os.environ) for _ in range(3)]
    assert [one.wait() for one in several] == [0, 0, 0]
    assert there(tmp_path) == {f"{number}.html": "1" for number in range(40)}
    assert len(json.loads((tmp_path / RECORD).read_text())) == 40


def called(folder):
    return {number: path.name for number, path in files.lessons(folder).items()}


def test_a_lesson_is_the_notebook_with_the_shortest_name(tmp_path):
    for name in ("00_start.ipynb", "00_start_mine.ipynb", "01_two.ipynb", "010_no.ipynb", "notes.ipynb"):
        (tmp_path / name).write_text("{}")
    assert called(tmp_path) == {"00": "00_start.ipynb", "01": "01_two.ipynb"}


@pytest.mark.parametrize("copy", ["00_a.ipynb", "00_start_old.ipynb", "00_zz.ipynb", "00_start (1).ipynb"])
@pytest.mark.parametrize("where", [".", "solutions"])
def test_a_copy_under_any_name_is_no_lesson_where_the_lesson_has_its_solution(copy, where, tmp_path):
    (tmp_path / "solutions").mkdir()
    for path in ("00_start.ipynb", "solutions/00_start.ipynb", f"{where}/{copy}"):
        (tmp_path / path).write_text("{}")
    assert called(tmp_path) == called(tmp_path / "solutions") == {"00": "00_start.ipynb"}


@pytest.mark.parametrize("copy", ["12_mine_conflict.ipynb", "12_.ipynb", "12_start (1).ipynb"])
def test_a_copy_that_is_alone_is_no_lesson_where_the_lesson_has_its_solution(copy, tmp_path):
    (tmp_path / "solutions").mkdir()
    for path in (
        "00_start.ipynb",
        "solutions/00_start.ipynb",
        "solutions/12_start.ipynb",
        copy,
        "13_new.ipynb",
    ):
        (tmp_path / path).write_text("{}")
    assert called(tmp_path) == {"00": "00_start.ipynb", "13": "13_new.ipynb"}
    (tmp_path / "12_start.ipynb").write_text("{}")
    assert called(tmp_path)["12"] == called(tmp_path / "solutions")["12"] == "12_start.ipynb"


@pytest.mark.parametrize("copy", ["00_a.ipynb", "00_.ipynb"])
def test_of_notebooks_without_a_solution_it_is_the_one_that_the_course_calls_so(copy, tmp_path):
    ours = files.lessons(ROOT / "notebooks")["00"].name
    for name in (ours, copy):
        (tmp_path / name).write_text("{}")
    assert called(tmp_path) == {"00": ours}


def test_a_folder_and_a_link_that_leads_nowhere_are_no_lessons(tmp_path):
    (tmp_path / "04_folder.ipynb").mkdir()
    (tmp_path / "05_two.ipynb").write_text("{}")
    try:
        (tmp_path / "05_o.ipynb").symlink_to(tmp_path / "gone")
    except OSError:  # Windows lets not everybody make one
        pass
    assert called(tmp_path) == {"05": "05_two.ipynb"}


def test_nobody_else_lists_the_lessons():
    """Else a copy of a lesson, which somebody has kept beside it, would count as the lesson there."""
    lists = re.compile(r"glob\([^)]*(\[0-9\]|_\*\.ipynb)")
    found = [path.name for path in [*OURS, ROOT / "course.py"] if lists.search(path.read_text("utf-8"))]
    assert found == ["files.py"]
