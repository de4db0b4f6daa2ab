"""A course of a few files in a folder of its own, whose launcher is loaded, and what it would run is recorded."""

import importlib.util
import json
import shutil
import sys
from pathlib import Path

import helpers.files
import helpers.machine  # noqa: F401  ours, so that no copy of them takes their names

ROOT = Path(__file__).parents[2]
DOOR = ("__init__", "files", "machine", "stops")  # what of the helpers is read before anything is installed
HEALTHY = json.dumps({"torch": "", "Jupyter kernel": ""})
LOCKED = "torch==9.8.7\nsympy==1.0\npytest==9.9\n"


def load(folder):
    """The module course.py of a folder; that folder's launcher are its attributes `commands`, `install` and `work`."""
    for name in [name for name in sys.modules if name.split(".")[0] == "launcher"]:
        del sys.modules[name]
    sys.path.insert(0, str(folder))
    try:
        spec = importlib.util.spec_from_file_location("course_under_test", folder / "course.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    return module


def copy_to(folder):
    """A course without lessons in a folder whose name has a space and an umlaut."""
    folder = folder / "my cöurse"
    (folder / "tests").mkdir(parents=True)
    (folder / "notebooks").mkdir()
    (folder / "helpers").mkdir()
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "launcher", folder / "launcher", ignore=ignore)
    for name in ("course.py", ".gitignore", *(f"helpers/{module}.py" for module in DOOR)):
        shutil.copy(ROOT / name, folder / name)
    (folder / "requirements.txt").write_text("torch==9.8.7\n-e .\n")
    (folder / "tests/requirements.txt").write_text("pytest==9.9\n")
    (folder / "requirements.lock").write_text(LOCKED)
    (folder / "pyproject.toml").write_text("")
    return folder


class Recorder:
    """Stands in for all that starts programs: keeps the commands, and lets those fail that contain a given word."""

    def __init__(self, course):
        self.course, self.commands, self.broken, self.words, self.empty = course, [], {}, "", False

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
        if "install" in command and not self.empty:
            self.put(command)
        return 0

    def put(self, command):
        """What pip leaves in .venv: a folder for each package."""
        lists = [command[at + 1] for at, part in enumerate(command) if part == "-r"]
        lines = [line for name in lists for line in (self.course.HERE / name).read_text().splitlines()]
        for package in [part for part in [*lines, *command] if "==" in part]:
            name = package.replace("==", "-") + ".dist-info"
            (self.course.VENV / "lib/python3.11/site-packages" / name).mkdir(parents=True, exist_ok=True)

    def capture(self, command):
        return self.call(command), HEALTHY

    def logged(self, command, says):
        print(says)
        return self.call(command), self.words

    @property
    def installed(self):
        """What each pip command was asked to install."""
        options = ("--disable-pip-version-check", "--no-input", "--progress-bar=off")
        pips = [command[command.index("install") + 1 :] for command in self.commands if "install" in command]
        return [[part for part in command if part not in options] for command in pips]

    @property
    def ran(self):
        """The commands that do something: those that only look at the environment are left out."""
        return [command for command in self.commands if "-c" not in command or "install" in command]


def recorded(folder, monkeypatch):
    """A loaded course whose commands are recorded, on a machine that lacks nothing."""
    course = load(folder)
    course.recorder = Recorder(course)
    for name in ("call", "capture", "logged"):
        monkeypatch.setattr(course.commands, name, getattr(course.recorder, name))
    monkeypatch.setattr(course.install, "nvidia", lambda: True)
    monkeypatch.setattr(course.install, "free_disk", lambda: 50e9)
    monkeypatch.setattr(course.install, "no_torch", lambda: "")
    monkeypatch.setattr(course.doctors, "no_torch", lambda: "")
    monkeypatch.setattr(course.doctors, "memory", lambda: (16, 12))
    monkeypatch.setattr(course.doctors, "port_free", lambda port: True)
    monkeypatch.setenv("TQDM_DISABLE", "")  # so that what course.py sets is taken back
    return course
