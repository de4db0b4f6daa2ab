"""course.py: what it would run is recorded instead of run, except for notebooks, which are tiny and really run."""

import ast
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
HEALTHY = json.dumps({"packages": "", "Jupyter kernel": ""})


def load(folder):
    """The module course.py of a folder."""
    spec = importlib.util.spec_from_file_location("course_under_test", folder / "course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def copy_to(folder):
    """A course of two files in a folder whose name has a space and an umlaut."""
    folder = folder / "my cöurse"
    (folder / "tests").mkdir(parents=True)
    (folder / "notebooks").mkdir()
    shutil.copy(ROOT / "course.py", folder)
    (folder / "requirements.txt").write_text("torch==9.8.7\n-e .\n")
    (folder / "tests/requirements.txt").write_text("pytest\n")
    (folder / "pyproject.toml").write_text("")
    return folder


class Recorder:
    """Stands in for `call` and `capture`: keeps the commands, and lets those fail that contain a given word."""

    def __init__(self, course):
        self.course, self.commands, self.broken = course, [], {}

    def call(self, command):
        command = [str(part) for part in command]
        self.commands.append(command)
        for word, outcome in self.broken.items():
            if word in command:
                if isinstance(outcome, BaseException):
                    raise outcome
                return outcome
        if "venv" in command:
            self.course.PYTHON.parent.mkdir(parents=True, exist_ok=True)
            self.course.PYTHON.touch()
        return 0

    def capture(self, command):
        return self.call(command), HEALTHY

    @property
    def installed(self):
        """What each pip command was asked to install."""
        return [command[5:] for command in self.commands if "install" in command]


@pytest.fixture
def course(tmp_path, monkeypatch):
    module = load(copy_to(tmp_path))
    module.recorder = Recorder(module)
    monkeypatch.setattr(module, "call", module.recorder.call)
    monkeypatch.setattr(module, "capture", module.recorder.capture)
    monkeypatch.setattr(module, "nvidia", lambda: True)
    monkeypatch.setattr(module, "free_disk", lambda: 50e9)
    monkeypatch.setattr(module, "memory", lambda: (16, 12))
    monkeypatch.setattr(module, "port_free", lambda port: True)
    monkeypatch.setenv("TQDM_DISABLE", "")  # so that what course.py sets is taken back
    return module


def pretend(monkeypatch, course, **changes):
    """Give course.py, and nobody else, a `sys` that differs."""
    monkeypatch.setattr(course, "sys", SimpleNamespace(**{**vars(sys), **changes}))


# Installing


def test_first_call_makes_the_environment_and_installs(course):
    course.main(["setup"])
    assert ["-m", "venv", "--clear"] == course.recorder.commands[0][1:4]
    assert course.recorder.installed == [["-r", "requirements.txt"]]


def test_second_call_installs_nothing(course):
    course.main(["setup"])
    course.recorder.commands.clear()
    course.main(["setup"])
    assert [command[1:] for command in course.recorder.commands] == [["-m", "helpers.lm.weights"]]


@pytest.mark.parametrize("changed", ["requirements.txt", "pyproject.toml"])
def test_changed_requirements_are_installed_again(course, changed):
    course.main(["setup"])
    (course.HERE / changed).write_text("seaborn==1.2.3\n")
    course.main(["setup"])
    assert len(course.recorder.installed) == 2


def test_interrupted_install_is_repeated(course):
    course.recorder.broken = {"install": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        course.main(["setup"])
    course.recorder.broken = {}
    course.main(["setup"])
    assert len(course.recorder.installed) == 2


def test_interrupted_update_does_not_count_as_installed(course):
    course.main(["setup"])
    before = (course.HERE / "requirements.txt").read_text()
    (course.HERE / "requirements.txt").write_text("seaborn==1.2.3\n")
    course.recorder.broken = {"install": 1}
    with pytest.raises(SystemExit):
        course.main(["setup"])
    course.recorder.broken = {}
    (course.HERE / "requirements.txt").write_text(before)
    course.main(["setup"])
    assert len(course.recorder.installed) == 3


def test_moved_folder_is_installed_again(course, tmp_path):
    course.main(["setup"])
    before = course.digest("requirements.txt")
    shutil.move(course.HERE, tmp_path / "elsewhere")
    assert load(tmp_path / "elsewhere").digest("requirements.txt") != before


def test_environment_without_pip_is_made_anew(course):
    course.main(["setup"])
    (course.HERE / "requirements.txt").write_text("seaborn==1.2.3\n")
    course.recorder.broken = {"--version": 1}
    course.recorder.commands.clear()
    course.main(["setup"])
    assert any("venv" in command for command in course.recorder.commands)


def test_cpu_takes_torch_from_the_cpu_index_first(course, monkeypatch):
    pretend(monkeypatch, course, platform="linux")
    course.main(["--cpu", "setup"])
    torch = ["torch==9.8.7", "--index-url", "https://download.pytorch.org/whl/cpu"]
    assert course.recorder.installed == [torch, ["-r", "requirements.txt"]]


@pytest.mark.parametrize("gpu", [True, False])
def test_tip_about_cpu_is_for_linux_without_nvidia(course, monkeypatch, capsys, gpu):
    pretend(monkeypatch, course, platform="linux")
    monkeypatch.setattr(course, "nvidia", lambda: gpu)
    course.main(["setup"])
    assert ("--cpu` saves" in capsys.readouterr().out) is not gpu


def test_failed_pip_says_how_to_go_on(course):
    course.recorder.broken = {"install": 1}
    with pytest.raises(SystemExit, match=r"go online; `.* setup`"):
        course.main(["setup"])


def test_full_disk_is_told_before_the_download(course, monkeypatch):
    monkeypatch.setattr(course, "free_disk", lambda: 1e9)
    with pytest.raises(SystemExit, match=r"Only 1\.0 GB"):
        course.main(["setup"])
    assert course.recorder.commands == []


def test_locked_folder_is_told(course, monkeypatch):
    def refuse(**_):
        raise PermissionError

    monkeypatch.setattr(course, "tempfile", SimpleNamespace(TemporaryFile=refuse))
    with pytest.raises(SystemExit, match="move the course"):
        course.main(["setup"])


def test_missing_venv_module_names_the_package(course, monkeypatch):
    nothing = SimpleNamespace(util=SimpleNamespace(find_spec=lambda name: None))
    monkeypatch.setattr(course, "importlib", nothing)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        course.main(["setup"])


# Opening and testing


def test_jupyter_opens_even_without_weights(course, capsys):
    course.recorder.broken = {"helpers.lm.weights": 1}
    course.main(["--no-browser"])
    assert "jupyterlab" in course.recorder.commands[-1]
    assert f"To try again: {course.ME} setup" in capsys.readouterr().out


def test_taken_port_is_passed_over(course, monkeypatch, capsys):
    monkeypatch.setattr(course, "port_free", load(course.HERE).port_free)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        course.main(["--port", str(port)])
    assert f"Port {port} is taken" in capsys.readouterr().out
    assert f"--ServerApp.port={port}" not in course.recorder.commands[-1]


def test_test_passes_arguments_and_exit_code_on(course, monkeypatch):
    course.recorder.broken = {"pytest": 5}
    assert course.main(["test", "-x", "-k", "losses"]) == 5
    assert course.recorder.commands[-1][1:] == ["-m", "pytest", "-x", "-k", "losses"]
    assert course.recorder.installed[-1] == ["-r", "tests/requirements.txt"]
    assert os.environ["TQDM_DISABLE"] == "1"


def test_benchmark_adds_nothing_to_a_learners_environment(course):
    course.main(["benchmark", "--repeats", "1"])
    assert course.recorder.commands[-1][1:] == ["-m", "benchmarks", "--repeats", "1"]
    assert course.recorder.installed == [["-r", "requirements.txt"]]


# The right Python


def test_course_can_be_read_by_python_3_8():
    ast.parse((ROOT / "course.py").read_text("utf-8"), feature_version=(3, 8))


def test_old_python_gets_one_clear_line(course, monkeypatch):
    pretend(monkeypatch, course, version_info=(3, 8, 18), version="3.8.18 (main)")
    monkeypatch.setattr(course, "shutil", SimpleNamespace(which=lambda name: None))
    with pytest.raises(SystemExit) as stop:
        course.main([])
    assert "needs Python 3.11, 3.12 or 3.13, not 3.8.18" in stop.value.code
    assert "\n" not in stop.value.code


def test_old_python_hands_over_to_a_suitable_one(course, monkeypatch):
    pretend(monkeypatch, course, version_info=(3, 8, 18))
    monkeypatch.setattr(course, "shutil", SimpleNamespace(which=lambda name: name == "python3.11"))
    course.main(["run", "00"])
    assert course.recorder.commands[-1] == ["python3.11", str(course.HERE / "course.py"), "run", "00"]


# The doctor


def test_doctor_is_content_with_a_healthy_machine(course, capsys):
    course.main(["setup"])
    capsys.readouterr()
    assert course.main(["doctor"]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == {"OK"}


def test_doctor_names_the_fix_of_every_problem(course, monkeypatch, capsys):
    monkeypatch.setattr(course, "free_disk", lambda: 0.5e9)
    monkeypatch.setattr(course, "memory", lambda: (4, 1))
    monkeypatch.setattr(course, "port_free", lambda port: False)
    monkeypatch.setattr(course, "writable", lambda: False)
    monkeypatch.setattr(course, "shutil", SimpleNamespace(which=lambda name: None))
    assert course.main(["doctor"]) == 1
    _python, git, packages, kernel, disk, memory, weights, port, folder = capsys.readouterr().out.splitlines()
    assert git.startswith("WARN") and "https://git-scm.com" in git
    assert packages.startswith("FAIL") and f"{course.ME} setup" in packages
    assert kernel.startswith("FAIL") and f"{course.ME} setup" in kernel
    assert disk.startswith("FAIL") and "0.5 GB free but 6 are needed: make room" in disk
    assert memory.startswith("WARN") and "close other programs" in memory
    assert weights.startswith("WARN") and f"{course.ME} setup" in weights
    assert port.startswith("WARN") and "--port 9000" in port
    assert folder.startswith("FAIL") and "move the course" in folder


def test_doctor_says_when_the_environment_is_broken(course, capsys):
    course.main(["setup"])
    course.recorder.broken = {"_inspect": 1}
    assert course.main(["doctor"]) == 1
    assert (
        f".venv is broken: delete the folder {course.VENV}, then {course.ME} setup" in capsys.readouterr().out
    )


def test_inspection_names_a_package_of_another_version(tmp_path):
    folder = copy_to(tmp_path)
    (folder / "requirements.txt").write_text(f"pytest==0.0.1\nnbformat=={nbformat.__version__}\n")
    done = subprocess.run([sys.executable, folder / "course.py", "_inspect"], capture_output=True, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert "pytest 0.0.1 is missing" in found["packages"] and "nbformat" not in found["packages"]
    assert found["Jupyter kernel"] == ""


# Running lessons


def notebook(path, *cells):
    cells = [nbformat.v4.new_code_cell(source) for source in cells]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """One lesson that passes and one that fails, run with --save: (printed lines, exit code, the two paths, before)."""
    folder = copy_to(tmp_path_factory.mktemp("run"))
    widget = "import ipywidgets\ndisplay(ipywidgets.IntSlider())\nprint('seen')"
    good = notebook(folder / "notebooks/00_good.ipynb", "1 + 1", widget)
    bad = notebook(folder / "notebooks/01_bad.ipynb", "x = 1", "x = undefined  # here\nx")
    before = bad.read_bytes()
    command = [sys.executable, folder / "course.py", "_run", "--save", good, bad]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    return SimpleNamespace(
        lines=done.stdout.splitlines(), code=done.returncode, good=good, bad=bad, before=before
    )


def test_run_prints_one_line_for_each_lesson(ran):
    assert ran.lines[0].startswith("00_good: ok, 0.") and len(ran.lines) == 2


def test_run_names_the_failing_cell_and_the_error(ran):
    assert "in cell 2 `x = undefined  # here`: NameError: name 'undefined' is not defined" in ran.lines[1]
    assert ran.code == 1


def test_save_stores_outputs_without_widgets_and_times(ran):
    stored = nbformat.read(ran.good, as_version=4)
    assert [cell.execution_count for cell in stored.cells] == [1, 2]
    assert stored.cells[0].outputs[0].data["text/plain"] == "2"
    assert [output.text for output in stored.cells[1].outputs] == ["seen\n"]
    assert set(stored.metadata) == {"kernelspec"} and all(not cell.metadata for cell in stored.cells)


def test_save_keeps_the_old_file_when_the_lesson_fails(ran):
    assert ran.bad.read_bytes() == ran.before
    assert sorted(path.name for path in ran.bad.parent.iterdir()) == ["00_good.ipynb", "01_bad.ipynb"]


def test_run_without_save_writes_nothing(course):
    path = notebook(course.HERE / "notebooks/00_good.ipynb", "1 + 1")
    before = path.read_bytes()
    subprocess.run([sys.executable, course.HERE / "course.py", "_run", path], check=True, capture_output=True)
    assert path.read_bytes() == before


def test_run_all_takes_the_lessons_in_order(course):
    paths = [notebook(course.HERE / f"notebooks/{name}.ipynb") for name in ("12_late", "00_early")]
    course.main(["run", "all", "--save"])
    wanted = ["_run", "--save", *map(str, reversed(paths))]
    assert course.recorder.commands[-1][2:] == wanted


def test_unknown_lesson_lists_the_known_ones(course):
    notebook(course.HERE / "notebooks/00_good.ipynb")
    with pytest.raises(SystemExit, match="no lesson 42; there are: 00"):
        course.main(["run", "42"])
