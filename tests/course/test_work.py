"""Nothing that a learner wrote is lost: copies, updates and a real git repository in between."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from launching import ROOT, copy_to, load, recorded

WHO = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]


def git(folder, *arguments):
    done = subprocess.run(
        ["git", *WHO, *arguments], cwd=folder, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def cells(*sources):
    """The text of a notebook."""
    code = [
        {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None, "source": s}
        for s in sources
    ]
    return json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


LESSONS = ("00_a.ipynb", "01_b.ipynb", "solutions/00_a.ipynb", "solutions/01_b.ipynb")


def publish(origin, words):
    """Write every lesson anew, and commit."""
    for name in LESSONS:
        (origin / "notebooks" / name).parent.mkdir(exist_ok=True)
        (origin / "notebooks" / name).write_text(cells(f"{words} {name}"), "utf-8")
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", words)


@pytest.fixture
def origin(tmp_path):
    """A published course."""
    origin = copy_to(tmp_path / "published")
    git(origin, "init", "-q")
    publish(origin, "first")
    return origin


@pytest.fixture
def course(origin, tmp_path):
    """A learner's clone, whose lessons have been opened once."""
    git(tmp_path, "clone", "-q", str(origin), "mine")
    course = load(tmp_path / "mine")
    assert course.work.bring() == course.work.WORK
    return course


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.ipynb")}


def answer(path, words="my answer"):
    path.write_text(cells(words), "utf-8")
    return path.read_text("utf-8")


def test_copies_have_the_shape_of_the_lessons_so_that_links_lead_where_they_led(course):
    assert contents(course.work.WORK) == contents(course.work.LESSONS)
    assert course.work.WORK.parent == course.work.LESSONS.parent == course.HERE


def test_git_sees_nothing_of_what_a_learner_writes(course):
    answer(course.work.WORK / "00_a.ipynb")
    (course.HERE / "predictions.jsonl").write_text("{}")
    (course.HERE / "setup.log").write_text("words")
    (course.HERE / ".gitignore").write_text((course.HERE / ".gitignore").read_text())
    assert git(course.HERE, "status", "--porcelain") == ""


def test_an_answer_is_there_after_any_number_of_openings(course):
    for lesson in LESSONS:
        answer(course.work.WORK / lesson, f"mine {lesson}")
    before = contents(course.work.WORK)
    for _ in range(3):
        course.work.bring()
    assert contents(course.work.WORK) == before


def test_an_update_meets_no_answer(origin, course, capsys):
    mine = answer(course.work.WORK / "00_a.ipynb")
    publish(origin, "second")
    git(course.HERE, "pull", "-q")
    course.work.bring()
    there = contents(course.work.WORK)
    assert there["00_a.ipynb"] == mine
    assert "second" in there["00_a_new.ipynb"] and "second" in there["01_b.ipynb"]
    assert (
        "Lesson 00 is newer than yours. Yours stays as it is; the new one: my_work/00_a_new.ipynb"
        in capsys.readouterr().out
    )
    course.work.bring()
    assert capsys.readouterr().out == "" and contents(course.work.WORK) == there


def test_answers_in_the_newer_copy_are_kept_too(origin, course):
    mine = [answer(course.work.WORK / "00_a.ipynb", "one")]
    publish(origin, "second")
    git(course.HERE, "pull", "-q")
    course.work.bring()
    mine.append(answer(course.work.WORK / "00_a_new.ipynb", "two"))
    for words in ("third", "fourth"):
        publish(origin, words)
        git(course.HERE, "pull", "-q")
        course.work.bring()
    there = contents(course.work.WORK)
    assert [there["00_a.ipynb"], there["00_a_new.ipynb"]] == mine
    assert "fourth" in there["00_a_new2.ipynb"] and "00_a_new3.ipynb" not in there


@pytest.mark.parametrize(
    "damage", ["gone", "", "[]", '{"00_a.ipynb": 3}', "\x00", '{"00_a.ipynb": {"files": 3}}']
)
def test_without_its_record_every_copy_counts_as_written_in(origin, course, damage):
    mine = answer(course.work.WORK / "00_a.ipynb")
    course.work.RECORD.unlink()
    if damage != "gone":
        course.work.RECORD.write_text(damage)
    publish(origin, "second")
    git(course.HERE, "pull", "-q")
    course.work.bring()
    there = contents(course.work.WORK)
    assert there["00_a.ipynb"] == mine and "first" in there["01_b.ipynb"]
    assert "second" in there["00_a_new.ipynb"] and "second" in there["01_b_new.ipynb"]


def test_a_copy_that_was_deleted_comes_anew(course):
    (course.work.WORK / "00_a.ipynb").unlink()
    course.work.bring()
    assert contents(course.work.WORK) == contents(course.work.LESSONS)


def test_two_that_open_at_once_lose_nothing(origin, tmp_path):
    git(tmp_path, "clone", "-q", str(origin), "mine")
    command = [sys.executable, "-c", "from launcher import work; work.bring()"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    several = [subprocess.Popen(command, cwd=tmp_path / "mine", **pipes) for _ in range(4)]
    assert [(one.communicate()[0], one.returncode) for one in several] == [(b"", 0)] * 4
    assert contents(tmp_path / "mine/my_work") == contents(tmp_path / "mine/notebooks")


def test_a_copy_that_appears_meanwhile_is_not_replaced(course):
    path = course.work.WORK / "00_a.ipynb"
    mine = answer(path)
    with pytest.raises(FileExistsError):
        course.work.files.create(path, b"other")
    assert path.read_text("utf-8") == mine


@pytest.mark.parametrize("what", ["a folder", "a link", "a file for a folder"])
def test_what_stands_in_the_way_of_a_lesson_is_said_and_costs_no_other_lesson(course, capsys, what):
    work = course.work
    shutil.rmtree(work.WORK)
    work.WORK.mkdir()
    if what == "a folder":
        (work.WORK / LESSONS[0]).mkdir()
    elif what == "a link":
        (work.WORK / LESSONS[0]).symlink_to(work.WORK / "nowhere.ipynb")
    else:
        (work.WORK / "solutions").write_text("mine", "utf-8")
    lost = LESSONS[2:] if what == "a file for a folder" else LESSONS[:1]
    for _ in range(2):
        assert work.bring() == work.WORK
        said = capsys.readouterr().out
        assert all(f"{name} is not brought" in said and what.split()[1] in said for name in lost)
        assert said.count("is not brought") == len(lost)
    assert all((work.WORK / name).is_file() for name in LESSONS if name not in lost)
    assert work.RECORD.is_file()


def test_a_full_disk_leaves_every_file_whole_and_says_so(course, monkeypatch, capsys):
    (course.work.WORK / "01_b.ipynb").unlink()
    mine = answer(course.work.WORK / "00_a.ipynb")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(course.work.files.os, "fsync", full)
    assert course.work.bring() == course.work.WORK
    assert "The disk is full" in capsys.readouterr().out
    assert (course.work.WORK / "00_a.ipynb").read_text("utf-8") == mine
    assert not (course.work.WORK / "01_b.ipynb").exists() and not list(course.work.WORK.glob(".*.part"))


def test_set_up_alone_brings_the_copies_too(origin, tmp_path, monkeypatch, capsys):
    git(tmp_path, "clone", "-q", str(origin), "mine")
    recorded(tmp_path / "mine", monkeypatch).main(["setup"])
    assert contents(tmp_path / "mine/my_work") == contents(tmp_path / "mine/notebooks")
    assert "my_work: what you write there, no update touches" in capsys.readouterr().out


# The command `update`


def test_update_brings_the_newest_course(origin, course):
    publish(origin, "second")
    assert course.work.update() == 0
    assert "second" in contents(course.work.LESSONS)["00_a.ipynb"]


@pytest.mark.parametrize("staged", [False, True])
def test_update_keeps_what_was_written_into_the_courses_own_lessons(origin, course, staged, capsys):
    mine = {
        name: answer(course.work.LESSONS / name, f"mine {name}")
        for name in ("00_a.ipynb", "solutions/01_b.ipynb")
    }
    copy = answer(course.work.WORK / "00_a.ipynb", "in the copy")
    if staged:
        git(course.HERE, "add", "-A")
    publish(origin, "second")
    assert course.work.update() == 0
    there = contents(course.work.WORK)
    assert there["00_a_mine.ipynb"] == mine["00_a.ipynb"] and there["00_a.ipynb"] == copy
    assert there["solutions/01_b_mine.ipynb"] == mine["solutions/01_b.ipynb"]
    assert "second" in contents(course.work.LESSONS)["00_a.ipynb"]
    assert (
        "You had written in notebooks/00_a.ipynb: it is kept as my_work/00_a_mine.ipynb"
        in capsys.readouterr().out
    )


@pytest.mark.parametrize("how", [["add"], ["add", "-N"]])
def test_an_update_leaves_a_staged_notebook_of_ones_own_where_it_is(origin, course, how):
    own = answer(course.work.LESSONS / "99_mine.ipynb", "my own")
    changed = answer(course.work.LESSONS / "00_a.ipynb", "mine")
    git(course.HERE, *how, "notebooks/99_mine.ipynb")
    publish(origin, "second")
    assert course.work.update() == 0
    assert contents(course.work.LESSONS)["99_mine.ipynb"] == own
    assert contents(course.work.WORK)["00_a_mine.ipynb"] == changed
    assert "second" in contents(course.work.LESSONS)["00_a.ipynb"]


def test_what_was_kept_is_never_written_over(origin, course):
    for words in ("one", "two", "one"):
        answer(course.work.LESSONS / "00_a.ipynb", words)
        publish(origin, f"after {words}")
        assert course.work.update() == 0
    kept = {name: text for name, text in contents(course.work.WORK).items() if "_mine" in name}
    assert kept == {"00_a_mine.ipynb": cells("one"), "00_a_mine2.ipynb": cells("two")}


def test_update_without_git_says_what_is_needed(course, monkeypatch, capsys):
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable) + "/nothing")
    assert course.work.update() == 1
    assert "git clone" in capsys.readouterr().out


def test_an_update_that_git_refuses_keeps_everything(origin, course):
    (course.HERE / "course.py").write_text(
        "# my own\n" + (course.HERE / "course.py").read_text("utf-8"), "utf-8"
    )
    mine = answer(course.work.LESSONS / "00_a.ipynb")
    (origin / "course.py").write_text("# theirs\n" + (origin / "course.py").read_text("utf-8"), "utf-8")
    publish(origin, "second")
    assert course.work.update() != 0
    assert contents(course.work.WORK)["00_a_mine.ipynb"] == mine
    assert (course.HERE / "course.py").read_text("utf-8").startswith("# my own")


def files(course):
    """Every file of a learner's course but git's own."""
    paths = [path for path in course.HERE.rglob("*") if path.is_file()]
    return {
        path.relative_to(course.HERE).as_posix(): path.read_bytes()
        for path in paths
        if not {".git", "__pycache__"} & set(path.parts)
    }


@pytest.fixture
def lesson(course):
    for name, value in {"user.name": "me", "user.email": "me@example.org"}.items():
        git(course.HERE, "config", name, value)
    return course.work.LESSONS / "00_a.ipynb"


def committed(course, lesson):
    answer(lesson, "mine")
    git(course.HERE, "commit", "-qam", "my answers")


def test_answers_that_were_committed_stay_and_the_way_out_is_named(origin, course, lesson, capsys):
    committed(course, lesson)
    publish(origin, "second")
    before = files(course)
    assert course.work.update() != 0 and files(course) == before
    assert "You have commits of your own: `git pull --rebase`" in capsys.readouterr().out


@pytest.mark.parametrize("how", ["merge", "rebase", "cherry-pick", "stash pop"])
def test_an_update_in_the_middle_of_a_merge_changes_nothing_and_says_so(origin, course, lesson, how, capsys):
    if how == "stash pop":
        answer(lesson, "mine")
        git(course.HERE, "stash")
    else:
        committed(course, lesson)
    publish(origin, "second")
    git(course.HERE, "pull" if how == "stash pop" else "fetch", "-q")
    command = how.split() if how == "stash pop" else [how, "origin/main"]
    subprocess.run(["git", *WHO, *command], cwd=course.HERE, capture_output=True)  # stops at a conflict
    before, status = files(course), git(course.HERE, "status", "--porcelain")
    assert course.work.update() == 1 and "in the middle of a merge" in capsys.readouterr().out
    assert files(course) == before and git(course.HERE, "status", "--porcelain") == status


@pytest.mark.parametrize("staged", [False, True])
def test_a_lesson_that_was_given_another_name_stays_and_the_update_comes(origin, course, lesson, staged):
    mine = answer(lesson, "mine")
    lesson.rename(lesson.with_name("00_mine.ipynb"))
    if staged:
        git(course.HERE, "add", "-A")
    publish(origin, "second")
    assert course.work.update() == 0
    there = contents(course.work.LESSONS)
    assert there["00_mine.ipynb"] == mine and "second" in there["00_a.ipynb"]


def test_a_folder_under_a_lessons_name_keeps_what_lies_in_it(origin, course, lesson):
    lesson.unlink()
    lesson.mkdir()
    mine = answer(lesson / "inside.ipynb", "mine")
    publish(origin, "second")
    course.work.update()
    assert (lesson / "inside.ipynb").read_text("utf-8") == mine


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_a_link_in_a_lessons_place_leads_nowhere_or_is_kept_as_what_it_leads_to(origin, course, lesson):
    elsewhere = course.HERE.parent / "elsewhere.ipynb"
    mine = answer(elsewhere, "mine")
    for target in ("nowhere.ipynb", str(elsewhere)):
        lesson.unlink()
        lesson.symlink_to(target)
        publish(origin, f"after {len(target)}")
        assert course.work.update() == 0
    assert contents(course.work.WORK)["00_a_mine.ipynb"] == mine == elsewhere.read_text("utf-8")


def test_where_answers_cannot_be_kept_nothing_is_updated(origin, course, lesson, capsys):
    mine = answer(lesson, "mine")
    shutil.rmtree(course.work.WORK)
    course.work.WORK.write_text("a file of the learner")
    publish(origin, "second")
    assert course.work.update() == 1 and "cannot be kept" in capsys.readouterr().out
    assert lesson.read_text("utf-8") == mine


def test_a_folder_of_copies_that_cannot_be_made_opens_the_lessons_themselves(origin, tmp_path, capsys):
    git(tmp_path, "clone", "-q", str(origin), "mine")
    (tmp_path / "mine/my_work").write_text("a file of the learner")
    course = load(tmp_path / "mine")
    assert course.work.bring() == course.work.LESSONS
    assert "cannot be made" in capsys.readouterr().out
    assert Path(tmp_path / "mine/my_work").read_text() == "a file of the learner"


NOTEBOOKS = sorted(
    path for path in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.relative_to(ROOT / "notebooks").as_posix())
def test_every_link_of_a_lesson_leads_from_its_copy_where_it_led(path):
    texts = [
        "".join(cell["source"])
        for cell in json.loads(path.read_text("utf-8"))["cells"]
        if cell["cell_type"] == "markdown"
    ]
    targets = re.findall(r"\]\(<?([^)\s>]+)", "\n".join(texts))
    for target in {
        target.split("#")[0] for target in targets if not re.match(r"[a-z]+:|#|attachment:", target)
    }:
        there = (path.parent / target).resolve()
        assert there.exists(), target
        assert there.suffix == ".ipynb" or ROOT / "notebooks" not in there.parents, f"{target} is not copied"
