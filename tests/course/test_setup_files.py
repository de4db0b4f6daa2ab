"""The files that set-up reads: pins, the lock of all versions, the development container, the hosted tests."""

import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LISTS = ("requirements.txt", "tests/requirements.txt")
MACHINES = [
    {
        "python_full_version": f"{python}.9",
        "python_version": python,
        **system,
        "implementation_name": "cpython",
    }
    for python in ("3.11", "3.12", "3.13")
    for system in (
        {
            "sys_platform": "linux",
            "os_name": "posix",
            "platform_system": "Linux",
            "platform_machine": "x86_64",
        },
        {
            "sys_platform": "darwin",
            "os_name": "posix",
            "platform_system": "Darwin",
            "platform_machine": "arm64",
        },
        {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows", "platform_machine": "AMD64"},
    )
]


def lines(name):
    """The requirements of a file, without comments and what is installed from this folder."""
    text = re.sub(r"(^|\s)#.*$", "", (ROOT / name).read_text("utf-8"), flags=re.M)
    return [Requirement(line) for line in text.splitlines() if line.strip() and not line.startswith("-")]


def locked(machine=None):
    """name -> version that the lock gives a machine; None stands for this one. Raises ValueError for two versions."""
    found = {}
    for one in lines("requirements.lock"):
        if one.marker is None or one.marker.evaluate(machine):
            if canonicalize_name(one.name) in found:
                raise ValueError(f"{one.name} is locked in two versions")
            (pin,) = one.specifier
            assert pin.operator == "==", one
            found[canonicalize_name(one.name)] = Version(pin.version)
    return found


def brought(names):
    """All that the installed packages of these names bring along on this machine, themselves included."""
    found, left = set(), [(canonicalize_name(name), frozenset()) for name in names]
    while left:
        name, extras = left.pop()
        if (name, extras) in found:
            continue
        found.add((name, extras))
        for text in importlib.metadata.distribution(name).requires or []:
            one = Requirement(text)
            if any(one.marker is None or one.marker.evaluate({"extra": extra}) for extra in extras or {""}):
                left.append((canonicalize_name(one.name), frozenset(one.extras)))
    return {name for name, _ in found}


@pytest.mark.parametrize(
    "machine", MACHINES, ids=lambda one: f"{one['sys_platform']}-{one['python_version']}"
)
def test_the_lock_gives_every_machine_what_the_lists_pin(machine):
    versions = locked(machine)
    for name in LISTS:
        for one in lines(name):
            assert one.specifier.contains(versions[canonicalize_name(one.name)]), one


def test_everything_that_is_installed_is_locked_in_this_version():
    """Fails after a change of the lists until the lock is made anew (see CONTRIBUTING)."""
    versions = locked()
    there = {
        name: Version(importlib.metadata.version(name))
        for name in brought(one.name for n in LISTS for one in lines(n))
    }
    plain = {
        name: Version(version.public) for name, version in there.items()
    }  # torch 2.13.0+cpu is torch 2.13.0
    assert plain == {name: versions.get(name) for name in plain}


def test_what_is_brought_along_is_followed_to_its_end():
    assert {"nbconvert", "jinja2", "markupsafe"} <= brought(["jupyterlab"])


def test_the_lock_names_no_server_and_no_path():
    text = (ROOT / "requirements.lock").read_text("utf-8")
    assert not re.search(
        r"https?:|file:|index-url|find-links|--|@ |/(?!requirements\.txt)", re.sub("#    see.*", "", text)
    )


def test_pip_reads_the_lock_as_constraints_and_has_nothing_to_do(tmp_path):
    if Path(sys.prefix).resolve() != ROOT / ".venv":
        pytest.skip("needs the environment that `course.py test` makes")
    (tmp_path / "asked").write_text("\n".join(str(one) for name in LISTS for one in lines(name)))
    command = [sys.executable, "-I", "-m", "pip", "install", "--dry-run", "--no-index", "--no-input"]
    command += ["-r", str(tmp_path / "asked"), "-c", str(ROOT / "requirements.lock")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and "Would install" not in done.stdout, done.stdout + done.stderr


def test_the_development_container_sets_the_course_up():
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text("utf-8"))
    assert re.fullmatch(r"python:3\.1[123]-\w+", container["image"])
    assert container["hostRequirements"]["cpus"] == 2
    program, script, *rest = container["postCreateCommand"].split()
    assert program == "python3" and (ROOT / script).is_file() and rest == ["setup", "--cpu"]
    interpreter = container["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert interpreter == "${containerWorkspaceFolder}/.venv/bin/python"


def test_the_development_container_calms_threads_as_the_course_does():
    from helpers.machine import THREADS

    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text("utf-8"))
    assert container["containerEnv"].items() <= THREADS.items()
    assert "GOMP_SPINCOUNT" in container["containerEnv"]


def test_no_secret_and_no_port_of_the_world_stands_in_the_container():
    text = (ROOT / ".devcontainer/devcontainer.json").read_text("utf-8")
    assert not re.search(r"token|password|secret|remoteEnv|localEnv|0\.0\.0\.0", text, re.I)


def test_the_hosted_tests_run_the_commands_of_the_readme():
    text = (ROOT / ".github/workflows/test.yml").read_text("utf-8")
    assert re.findall(r"run: python course\.py (.*)", text) == ["setup --cpu", "test"]
    named = re.findall(r"[\w./]*requirements[\w.]*", text)
    assert named and all((ROOT / name).is_file() for name in named)


def test_the_hosted_book_is_made_by_the_command_of_the_readme_and_published_on_a_tag_only():
    text = (ROOT / ".github/workflows/book.yml").read_text("utf-8")
    assert re.findall(r"run: python course\.py (.*)", text) == ["setup --cpu", "book"]
    assert "tags:" in text and "branches" not in text and re.search(r"path: book$", text, re.M)
    named = re.findall(r"[\w./]*requirements[\w.]*", text)
    assert named and all((ROOT / name).is_file() for name in named)
