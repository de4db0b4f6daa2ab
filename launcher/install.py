"""Bring .venv and the model's weights up to date: one line a step, pip's words in a log, a cause for what failed."""

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

from helpers import files
from helpers.machine import GB, no_torch
from launcher import commands
from launcher.commands import HERE, LOG, ME, PYTHON, VENV

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
OURS = VENV / "made-by-the-course"  # so that what somebody else has made there is never cleared away
TAKES = 6000  # MB
LOCK = "requirements.lock"  # the versions of everything, that of what we ask for brings along included


def setup(cpu=False, tests=False):
    """Install what is missing; return whether the weights are ready, too."""
    install("requirements.txt", cpu)
    if tests:
        install("tests/requirements.txt")
    ready = commands.call([PYTHON, "-m", "helpers.lm.weights"]) == 0
    if not ready:
        print(f"The model weights are not ready (only lesson 12 needs them). To try again: {ME} setup")
    return ready


def install(requirements, cpu=False):
    """Install one requirements file into .venv, unless its stamp says so and what it names is there."""
    if is_installed(requirements):
        return
    if not writable():
        if not problems(requirements):  # set up before by somebody who may write here
            return
        sys.exit(f"Cannot write in {HERE}: move the course into a folder of yours and start again.")
    if no_torch():
        sys.exit(no_torch())
    with alone():
        if not is_installed(requirements):  # while we waited, another set-up may have done it
            _install(requirements, cpu)


def _install(requirements, cpu):
    stamp = stamp_of(requirements)
    if free_disk() < 3 * GB:
        sys.exit(
            f"Only {free_disk() / GB:.1f} GB of disk are free for {HERE}: make room for 6 GB and start again."
        )
    make_venv()
    if stamp.exists():
        stamp.unlink()  # no stamp while packages change: an interrupted install is repeated
    if sys.platform == "linux" and not torch_installed():
        if cpu:
            torch = [f"torch=={pins('requirements.txt')['torch']}", "--no-deps", "--index-url", CPU_INDEX]
            pip(torch, "The CPU build of torch, about 200 MB")
        elif not nvidia():
            print(f"Tip: no NVIDIA GPU seen. Ctrl-C, then `{ME} --cpu` saves a download of several GB.")
    what = "The tools of the tests" if "tests" in requirements else "Packages, a few minutes the first time"
    pip(["-r", requirements, "-c", LOCK], what)
    if wrong := problems(requirements):
        sys.exit(
            f"pip said that it was done, but in .venv {wrong[0]}. A setting may send packages elsewhere: see "
            f"`{PYTHON} -m pip config list` (target, prefix, root or user). pip's words are in {LOG}."
        )
    files.write(stamp, digest(requirements))


# What is there
def is_installed(requirements):
    """Whether a requirements file was installed as it is now, and is still there."""
    stamp = stamp_of(requirements)
    return stamp.exists() and stamp.read_text() == digest(requirements) and not problems(requirements)


def problems(requirements):
    """What is wrong with .venv, a few words each: Python, the helpers, and packages that a requirements file pins."""
    if not PYTHON.exists():
        return ["there is no Python"]
    if commands.capture([PYTHON, "-I", "-c", "import helpers"])[0]:
        return ["Python does not start, or the helpers of the course are missing"]
    there = installed()
    return [f"{name} {pin} is missing" for name, pin in pins(requirements).items() if there.get(name) != pin]


def installed():
    """name -> version of each package in .venv, read from the names of its folders."""
    places = [*VENV.glob("lib/python*/site-packages"), VENV / "Lib/site-packages"]
    found = [
        re.match(r"(.+?)-([^-]+)\.dist-info$", path.name)
        for each in places
        for path in each.glob("*.dist-info")
    ]
    return {
        plain(name): version.split("+")[0] for name, version in (match.groups() for match in found if match)
    }


def pins(requirements):
    """name -> version of the `name==version` lines of a requirements file."""
    lines = re.findall(r"^([\w.-]+)==([^\s;]+)", (HERE / requirements).read_text("utf-8"), re.M)
    return {plain(name): version for name, version in lines}


def plain(name):
    """A package's name as all ways of writing it become one."""
    return re.sub(r"[-_.]+", "-", name).lower()


def stamp_of(requirements):
    return VENV / ("stamp-" + requirements.replace("/", "-"))


def digest(requirements):
    """What a stamp holds. The folder is part of it: packages are installed again after a move."""
    content = [(HERE / name).read_bytes() for name in (requirements, LOCK, "pyproject.toml")]
    return hashlib.sha256(b"\n".join([*content, str(HERE).encode("utf-8")])).hexdigest()


def torch_installed():
    return "torch" in installed()


def nvidia():
    return bool(shutil.which("nvidia-smi")) or Path("/proc/driver/nvidia").exists()


def writable():
    try:
        with tempfile.TemporaryFile(dir=str(HERE)):
            return True
    except OSError:
        return False


def free_disk():
    return shutil.disk_usage(str(HERE)).free


# What is done
@contextlib.contextmanager
def alone():
    """One set-up at a time in this folder: a second one waits until the first has ended, however it ends."""
    with (HERE / ".setup.lock").open("a") as file:
        if not _locked(file):
            print("Another set-up is at work in this folder: waiting for it ...", flush=True)
            while not _locked(file):
                time.sleep(0.5)
        yield


def _locked(file):
    """Lock a file until it is closed, unless somebody else has; where a disk knows no locks, go on without."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def make_venv():
    """Make .venv, or make it anew if it does not work (half made, or its Python has been removed)."""
    has_pip = lambda: commands.capture([PYTHON, "-I", "-m", "pip", "--version"])[0] == 0
    if PYTHON.exists() and (
        has_pip() or (commands.capture([PYTHON, "-I", "-m", "ensurepip"])[0] == 0 and has_pip())
    ):
        return  # the second is somebody's, made without pip, as uv does
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        sys.exit(f"This Python lacks its venv module: `sudo apt install python3-venv`, then {ME}")
    if os.path.lexists(str(VENV)) and not (OURS.exists() or any(VENV.glob("stamp-*"))):
        number = 1
        while os.path.lexists(f"{VENV}-before-{number}"):
            number += 1
        os.replace(str(VENV), f"{VENV}-before-{number}")
        print(
            f"What lay in {VENV} does not work, and the course has not made it: it is kept as {VENV}-before-{number}"
        )
    code, _ = commands.logged(
        [commands.this_python(), "-m", "venv", "--clear", VENV], "An environment in .venv"
    )
    if code:
        sys.exit(f"Could not make .venv ({LOG} says why): delete the folder {VENV} and start again.")
    files.write(OURS, "")


def pip(arguments, says):
    """Run pip, cut off from packages and settings that are not .venv's; on a fault name what was seen."""
    options = ["install", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    code, words = commands.logged([PYTHON, "-I", "-m", "pip", *options, *arguments], says)
    if code:
        cause = (
            f"the disk of {HERE} is full: make room for about 6 GB"
            if free_disk() < GB
            else cause_of(words, code)
        )
        sys.exit(f"pip stopped: {cause}. All its words are in {LOG}. `{ME} setup` takes it up again.")


CAUSES = [  # what pip writes, and what it means; the first that is found is named
    (
        files.SAYS_FULL,
        "a disk is full: make room for about 6 GB, in the course's folder and in that for temporary files",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "a secure connection was refused: a proxy or virus scanner may stand between",
    ),
    (r"ProxyError|407 Proxy", "the proxy refused: see the settings HTTP_PROXY and HTTPS_PROXY"),
    (
        r"NewConnectionError|NameResolutionError|getaddrinfo failed|name resolution|Network is unreachable|"
        r"ConnectTimeout|Connection refused|nodename nor servname",
        "no server was reached: if you are offline, go online",
    ),
    (
        r"Read timed out|ReadTimeout|IncompleteRead|Connection broken|ProtocolError",
        "the download broke off: try again",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "a file that came is not the one that is meant: try again on another network",
    ),
    (
        r"Could not find a version that satisfies the requirement (\S+)",
        "there is no {} for this Python and machine",
    ),
    (r"No matching distribution found for (\S+)", "there is no {} for this Python and machine"),
    (
        r"ResolutionImpossible|conflicting dependencies",
        "the versions in the lists do not fit together: tell us",
    ),
    (
        r"Failed building wheel for (\S+)",
        "{} has no ready-made build for this machine, and cannot be built here",
    ),
    (r"metadata-generation-failed|subprocess-exited-with-error", "a package cannot be built on this machine"),
    (r"MemoryError|Cannot allocate memory", "there is too little memory: close other programs"),
    (
        r"Permission denied|Access is denied|WinError 5|WinError 32|Errno 13",
        "a file cannot be written: is the course open?",
    ),
    (
        r"WinError 206|path too long|Long Path",
        "the folder's path is too long: move the course to a short one",
    ),
]


def cause_of(words, code):
    """What pip's words say in plain ones; where they are unknown, its last line of error."""
    for pattern, meaning in CAUSES:
        if found := re.search(pattern, words, re.I):
            return meaning.format(*found.groups())
    if code in (-9, 137):
        return "something ended it from outside, as systems do when memory runs out"
    errors = [line for line in words.splitlines() if line.strip() and line.upper().startswith("ERROR")]
    return (errors or words.strip().splitlines() or ["it gave no reason"])[-1].strip().rstrip(".")
