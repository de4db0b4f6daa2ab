"""The way over Google Colab, as far as it can be tried elsewhere: copies of the lessons, and what pip is asked for."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]
BOOTSTRAP = json.loads((ROOT / "launcher/colab.ipynb").read_text("utf-8"))
LESSONS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture
def colab(tmp_path, monkeypatch):
    """The module, on a machine like Colab's: another torch, its own ipywidgets, no JupyterLab; pip is recorded."""
    spec = importlib.util.spec_from_file_location("colab_under_test", ROOT / "launcher/colab.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(sys, "path", [*sys.path])
    spec.loader.exec_module(module)
    there = {"torch": "2.8.0", "ipywidgets": "7.7.1"}
    monkeypatch.setattr(module, "_version", lambda name: there.get(name, ""))
    monkeypatch.setattr(module, "_loaded", lambda name: "")
    monkeypatch.setattr(module, "COPIES", tmp_path / "on_colab")
    monkeypatch.setenv("INNER_ALIGNMENT_CACHE", "")
    module.called, module.fails = [], ""
    call = lambda command, cwd: module.called.append(command) or int(module.fails in command)
    monkeypatch.setattr(module, "subprocess", SimpleNamespace(call=call))
    return module


def test_a_copy_is_the_lesson_with_one_cell_in_front(colab):
    assert colab.copies() == (LESSONS, [])
    for name in LESSONS:
        first, *rest = json.loads((colab.COPIES / name).read_text("utf-8"))["cells"]
        assert rest == json.loads((ROOT / "notebooks" / name).read_text("utf-8"))["cells"]
        assert "drive.mount" in first["source"] and "pip" not in first["source"]
        assert ROOT.as_posix() in first["source"] and first["id"] not in [cell["id"] for cell in rest]


def test_a_copy_in_which_somebody_wrote_stays(colab):
    colab.copies()
    mine, gone = (colab.COPIES / name for name in LESSONS[:2])
    mine.write_text("my answers")
    gone.unlink()
    assert colab.copies() == ([gone.name], []) and mine.read_text() == "my answers"


@pytest.fixture
def published(colab, tmp_path, monkeypatch):
    """A function that publishes two lessons with these words, and brings them."""
    monkeypatch.setattr(colab, "LESSONS", tmp_path / "notebooks")
    colab.LESSONS.mkdir()

    def publish(words):
        for name in ("00_a.ipynb", "01_b.ipynb"):
            (colab.LESSONS / name).write_text(json.dumps({"cells": [{"source": words}]}))
        return colab.copies()

    return publish


def test_a_newer_lesson_comes_where_nobody_wrote_and_else_beside_and_is_said(colab, published):
    assert published("first") == (["00_a.ipynb", "01_b.ipynb"], [])
    (colab.COPIES / "00_a.ipynb").write_text("my answers")
    written, said = published("second")
    assert written == ["00_a_new.ipynb", "01_b.ipynb"] and len(said) == 1
    assert "Lesson 00 is newer than yours" in said[0] and "00_a_new.ipynb" in said[0]
    assert "second" in (colab.COPIES / "01_b.ipynb").read_text()
    assert (colab.COPIES / "00_a.ipynb").read_text() == "my answers"
    assert published("second") == ([], [])


def test_a_disk_that_fills_up_leaves_no_half_copy_and_what_is_missing_comes_later(
    colab, published, monkeypatch
):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk, pytest.raises(OSError, match="No space"):
        disk.setattr(colab.files.os, "fsync", full)
        published("first")
    assert list(colab.COPIES.iterdir()) == []
    assert published("first") == (["00_a.ipynb", "01_b.ipynb"], [])


def test_a_link_that_leads_nowhere_is_said_and_costs_no_other_lesson(colab, published):
    colab.COPIES.mkdir(parents=True)
    (colab.COPIES / "00_a.ipynb").symlink_to(colab.COPIES / "nowhere")
    written, (said,) = published("first")
    assert written == ["01_b.ipynb"] and "a link that leads nowhere" in said


def test_pip_is_asked_for_every_pin_once_and_for_nothing_that_is_colabs_own(colab):
    torch, asked, apart = colab.steps()
    pins = colab.pins()
    assert torch == [f"torch=={pins['torch']}", "--no-deps", "--index-url", colab.install.CPU_INDEX]
    wanted = {f"{name}=={pin}" for name, pin in pins.items() if name not in ("jupyterlab", "ipywidgets")}
    assert set(asked) == {*wanted, "--constraint", "requirements.lock"} and len(asked) == len(set(asked))
    assert apart == ["--no-deps", f"jupyterlab=={pins['jupyterlab']}"]


def test_set_up_installs_and_says_what_is_left_to_do(colab, monkeypatch, capsys):
    colab.setup()
    assert len(colab.called) == 4 and colab.called[-1][1:] == ["-m", "helpers.lm.weights"]
    assert "is installed" in capsys.readouterr().out and os.environ["INNER_ALIGNMENT_CACHE"].endswith(
        ".weights"
    )
    monkeypatch.setattr(colab, "_loaded", lambda name: {"numpy": "2.0.2"}.get(name, ""))
    colab.setup()
    assert "An older numpy" in (said := capsys.readouterr().out) and "Restart session" in said


def test_set_up_stops_where_pip_fails_and_goes_on_without_the_weights(colab, capsys):
    colab.fails = "helpers.lm.weights"
    colab.setup()
    assert "only lesson 12 needs them" in capsys.readouterr().out
    colab.fails = "--constraint"
    with pytest.raises(SystemExit, match="pip could not"):
        colab.setup()


def test_the_page_for_colab_says_that_it_was_not_tried_and_calls_what_there_is():
    text, code = (
        "\n".join("".join(cell["source"]) for cell in BOOTSTRAP["cells"] if cell["cell_type"] == kind)
        for kind in ("markdown", "code")
    )
    assert "This moves under us" in text and "could not be tried on Colab" in text
    assert "git clone" in code and "launcher/colab.py" in code and "pip" not in code


def test_the_first_cell_of_a_copy_runs_where_the_course_lies_in_a_folder_with_a_space(colab, tmp_path):
    """Colab's module is played by one that prints, and the set-up by a file that says where it is."""
    course = tmp_path / "My Drive"
    (course / "launcher").mkdir(parents=True)
    (course / "launcher/colab.py").write_text("import os, sys; print(os.getcwd(), sys.argv[1:])")
    (tmp_path / "google").mkdir()
    (tmp_path / "google/colab.py").write_text("class drive:\n    mount = staticmethod(print)")
    source = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
    (tmp_path / "cell.ipy").write_text(source + colab.SETUP.format(course=course.as_posix()))
    command = [sys.executable, "-m", "IPython", "--no-banner", "--colors=nocolor", str(tmp_path / "cell.ipy")]
    env = {**os.environ, "IPYTHONDIR": str(tmp_path / "ipython")}
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=tmp_path)
    assert "/content/drive" in done.stdout and f"{course} ['setup']" in done.stdout, done.stdout + done.stderr
