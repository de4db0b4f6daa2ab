"""Check this machine: one line a check, OK or the problem with its fix."""

import json
import os
import shutil
import socket
import sys

from helpers.machine import GB, NEEDS, NEEDS_OF_A_TOY, memory, no_torch
from launcher import commands, install
from launcher.commands import HERE, ME, PYTHON, VENV


def doctor():
    """Print one line a check. Return 1 if a check failed, else 0."""
    free, need = install.free_disk() / GB, 2 if install.torch_installed() else 6
    weights = PYTHON.exists() and commands.capture([PYTHON, "-m", "helpers.lm.weights", "--check"])[0] == 0
    git = "" if shutil.which("git") else "is missing (updates need it): https://git-scm.com/downloads"
    port = f"is taken: the next free one will be used, or choose: {ME} --port 9000"
    environment = check_venv()
    ready = not any(problem for _, problem, _ in environment)
    where = (
        "cannot be written: lessons open, but what you write cannot be saved"
        if ready
        else "cannot be written: move the course elsewhere"
    )
    checks = [  # what is checked, what is bad about it if it is bad, and how bad that is
        (f"Python {sys.version.split()[0]}", "", "FAIL"),
        ("torch for this machine", "" if ready else no_torch(), "FAIL"),
        ("git", git, "WARN"),
        *environment,
        (f"disk: {free:.1f} GB free", "" if free >= need else f"but {need} are needed: make room", "FAIL"),
        (*check_memory(), "WARN"),
        (processor(), "", "WARN"),
        ("model weights", "" if weights else f"are missing (lesson 12 needs them): {ME} setup", "WARN"),
        ("port 8888", "" if port_free(8888) else port, "WARN"),
        (f"folder {HERE}", "" if install.writable() else where, "WARN" if ready else "FAIL"),
    ]
    for name, problem, level in checks:
        print(f"{level if problem else 'OK':5} {name} {problem}".rstrip())
    return int(any(problem and level == "FAIL" for _, problem, level in checks))


def check_memory():
    """(what is there and what lessons take, what is too little)."""
    total, free = memory()
    needs = ", ".join(f"lesson {lesson} takes {need:g}" for lesson, need in NEEDS.items())
    name = f"memory: {free:.1f} of {total:.1f} GB free; {needs}, others {NEEDS_OF_A_TOY:g}"
    short = [lesson for lesson, need in NEEDS.items() if free < need]
    if free < NEEDS_OF_A_TOY:
        return name, "(too little: close other programs)"
    if short:
        way = "close other programs" if total > max(NEEDS.values()) else "the others run here"
        return name, f"(too little for lesson {' and '.join(short)}: {way})"
    return name, ""


def processor():
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    mac = (
        "; on a Mac, too, the CPU is used on purpose: no lesson needs its GPU, which would give other numbers"
    )
    return f"processor: {cores} cores{mac if sys.platform == 'darwin' else ''}"


def check_venv():
    """Three checks: packages, torch and the Jupyter kernel; the last two are made from inside .venv."""
    names, fix, problem = ("packages", "torch", "Jupyter kernel"), f"{ME} setup", "there is no .venv yet"
    if PYTHON.exists():
        wrong = ", ".join(install.problems("requirements.txt"))
        code, printed = commands.capture([PYTHON, "-m", "helpers.kit.notebooks", "inspect"])
        if code == 0:
            found = {"packages": wrong, **json.loads(printed.splitlines()[-1])}
            again = {"packages": fix}
            fix = f"delete the folder {VENV}, then {fix}"
            return [
                (name, found[name] and f"{found[name]}: {again.get(name, fix)}", "FAIL") for name in names
            ]
        fix, problem = f"delete the folder {VENV}, then {fix}", ".venv is broken" + (wrong and f" ({wrong})")
    return [(name, f"{problem}: {fix}", "FAIL") for name in names]


def port_free(port):
    """Whether a program may listen on this port of this machine."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True
