"""Where the course lies, and every way in which another program is started."""

import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
VENV = HERE / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOG = HERE / "setup.log"
ME = "python course.py" if os.name == "nt" else "python3 course.py"


def call(command):
    """Run a command in the course's folder, its output on the screen, and return its exit code."""
    process = subprocess.Popen([str(part) for part in command], cwd=str(HERE))
    return _ended(process)


def capture(command):
    """Run a command quietly and return (exit code, what it printed)."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    try:
        done = subprocess.run([str(part) for part in command], cwd=str(HERE), **pipes)
    except OSError:  # it cannot be started at all
        return 127, ""
    return done.returncode, done.stdout.decode("utf-8", "replace").strip()


def logged(command, says):
    """Run a command whose output goes to the log, behind one line on the screen; return (exit code, its output)."""
    start = time.monotonic()
    print(f"{says} ...", end="", flush=True)
    with LOG.open("ab") as log:
        log.write(f"\n{time.strftime('%Y-%m-%d %H:%M:%S')} {' '.join(map(str, command))}\n".encode())
        log.flush()
        begin = log.tell()
        process = subprocess.Popen([str(part) for part in command], cwd=str(HERE), stdout=log, stderr=log)
        code = _ended(process, lambda: print(".", end="", flush=True))
    print(f" {'done' if code == 0 else 'stopped'}, {_duration(time.monotonic() - start)}", flush=True)
    return code, LOG.read_bytes()[begin:].decode("utf-8", "replace")


def _ended(process, meanwhile=None):
    """The exit code of a program, once it has ended; `meanwhile` is called every ten seconds."""
    try:
        while meanwhile:
            try:
                return process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                meanwhile()
        return process.wait()
    except KeyboardInterrupt:  # the program was sent the same Ctrl-C: let it end by itself
        try:
            process.wait(timeout=15)
        except (KeyboardInterrupt, subprocess.TimeoutExpired):
            process.kill()
        raise


def _duration(seconds):
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def this_python():
    """The Python that makes environments: the one outside .venv, if this program was started with the one inside."""
    return getattr(sys, "_base_executable", None) or sys.executable
