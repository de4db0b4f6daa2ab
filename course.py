"""Install and open the course: `python3 course.py` makes .venv beside this file and starts JupyterLab in it.

`python3 course.py --help` lists the other commands. Standard library only: nothing has to be installed first.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
ME = "python course.py" if os.name == "nt" else "python3 course.py"
START = "notebooks/00_start_here.ipynb"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PYTHONS = [(3, 12), (3, 13), (3, 11)]
GB = 1e9


# Every command that is run goes through one of these two.
def call(command):
    """Run a command in the course's folder, its output on the screen, and return its exit code."""
    process = subprocess.Popen([str(part) for part in command], cwd=str(HERE))
    try:
        return process.wait()
    except KeyboardInterrupt:  # the command was sent the same Ctrl-C: let it end by itself
        try:
            process.wait(timeout=15)
        except (KeyboardInterrupt, subprocess.TimeoutExpired):
            process.kill()
        raise


def capture(command):
    """Run a command quietly and return (exit code, what it printed)."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    done = subprocess.run([str(part) for part in command], cwd=str(HERE), **pipes)
    return done.returncode, done.stdout.decode("utf-8", "replace").strip()


# Installing
def setup(cpu=False, tests=False):
    """Bring .venv and the weights up to date; return whether the weights are ready."""
    install("requirements.txt", cpu)
    if tests:
        install("tests/requirements.txt")
    ready = call([PYTHON, "-m", "helpers.lm.weights"]) == 0
    if not ready:
        print(f"The model weights are not ready (only lesson 12 needs them). To try again: {ME} setup")
    return ready


def install(requirements, cpu=False):
    """Install one requirements file into .venv, unless its stamp says that this has been done."""
    stamp, wanted = VENV / ("stamp-" + requirements.replace("/", "-")), digest(requirements)
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    if not writable():
        sys.exit(f"Cannot write in {HERE}: move the course into a folder of yours and start again.")
    if free_disk() < 3 * GB:
        sys.exit(f"Only {free_disk() / GB:.1f} GB of disk are free: make room for 6 GB and start again.")
    make_venv()
    if stamp.exists():
        stamp.unlink()  # no stamp while packages change: an interrupted install is repeated
    if sys.platform == "linux" and not torch_installed():
        if cpu:
            print("Installing the CPU build of torch: once, about 200 MB, a minute or two ...", flush=True)
            pip([f"torch=={pins()['torch']}", "--index-url", CPU_INDEX])
        elif not nvidia():
            print(f"Tip: no NVIDIA GPU seen. Ctrl-C, then `{ME} --cpu` saves a download of several GB.")
    print(f"Installing {requirements} into .venv: a few minutes the first time ...", flush=True)
    pip(["-r", requirements])
    stamp.write_text(wanted)


def digest(requirements):
    """What a stamp holds. The folder is part of it: packages are installed again after a move."""
    content = [(HERE / name).read_bytes() for name in (requirements, "pyproject.toml")]
    return hashlib.sha256(b"\n".join([*content, str(HERE).encode("utf-8")])).hexdigest()


def make_venv():
    """Make .venv, or make it anew if it does not work (half made, or its Python has been removed)."""
    if PYTHON.exists() and capture([PYTHON, "-m", "pip", "--version"])[0] == 0:
        return
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        sys.exit(f"This Python lacks its venv module: `sudo apt install python3-venv`, then {ME}")
    print("Making an environment in .venv: a few seconds ...", flush=True)
    if call([sys.executable, "-m", "venv", "--clear", VENV]):
        sys.exit(f"Could not make .venv (see above): delete the folder {VENV} and start again.")


def pip(arguments):
    if call([PYTHON, "-m", "pip", "install", "--disable-pip-version-check", *arguments]):
        if free_disk() < GB:
            sys.exit("The disk is full: make room for about 6 GB and start again.")
        sys.exit(f"pip stopped (see above). If you are offline, go online; `{ME} setup` takes it up again.")


def pins():
    """The `name==version` lines of requirements.txt."""
    return dict(re.findall(r"^([\w-]+)==(\S+)", (HERE / "requirements.txt").read_text("utf-8"), re.M))


def torch_installed():
    return any(VENV.glob("lib/python*/site-packages/torch")) or (VENV / "Lib/site-packages/torch").exists()


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


# JupyterLab
def open_jupyter(port, browser):
    chosen = next((number for number in range(port, port + 100) if port_free(number)), None)
    if chosen is None:
        sys.exit(f"No port is free from {port} to {port + 99}: choose another with --port N")
    if chosen != port:
        print(f"Port {port} is taken; JupyterLab takes {chosen}.")
    print("Starting JupyterLab: a few seconds. Ctrl-C in this window stops it.", flush=True)
    quiet = VENV / "share/jupyter/lab/settings/overrides.json"  # no pop-up about news
    quiet.parent.mkdir(parents=True, exist_ok=True)
    news = {"fetchNews": "false", "checkForUpdates": False}
    quiet.write_text(json.dumps({"@jupyterlab/apputils-extension:notification": news}), "utf-8")
    command = [PYTHON, "-m", "jupyterlab", "-y", "--log-level=WARN", f"--ServerApp.port={chosen}"]
    command += ["--allow-root"]  # as in a container; it listens on this machine only, and asks for a token
    command += [f"--ServerApp.root_dir={HERE}", f"--LabApp.default_url=/lab/tree/{START}"]
    return call(command if browser else [*command, "--no-browser"])


def port_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


# The doctor
def doctor():
    """Print one line a check: OK, or the problem with its fix. Return 1 if a check failed, else 0."""
    (total, left), free, need = memory(), free_disk() / GB, 2 if torch_installed() else 6
    weights = PYTHON.exists() and capture([PYTHON, "-m", "helpers.lm.weights", "--check"])[0] == 0
    git = "" if shutil.which("git") else "is missing (updates need it): https://git-scm.com/downloads"
    low = "is little: close other programs for the model lessons" if total < 7.5 or left < 6 else ""
    port = f"is taken: the next free one will be used, or choose: {ME} --port 9000"
    checks = [  # what is checked, what is bad about it if it is bad, and how bad that is
        (f"Python {sys.version.split()[0]}", "", "FAIL"),
        ("git", git, "WARN"),
        *check_venv(),
        (f"disk: {free:.1f} GB free", "" if free >= need else f"but {need} are needed: make room", "FAIL"),
        (f"memory: {left:.0f} of {total:.0f} GB free", low, "WARN"),
        ("model weights", "" if weights else f"are missing (lesson 12 needs them): {ME} setup", "WARN"),
        ("port 8888", "" if port_free(8888) else port, "WARN"),
        (f"folder {HERE}", "" if writable() else "cannot be written: move the course elsewhere", "FAIL"),
    ]
    for name, problem, level in checks:
        print(f"{level if problem else 'OK':5} {name} {problem}".rstrip())
    return int(any(problem and level == "FAIL" for _, problem, level in checks))


def check_venv():
    """Two checks, packages and Jupyter kernel, both made from inside .venv."""
    names, fix, problem = ("packages", "Jupyter kernel"), f"{ME} setup", "there is no .venv yet"
    if PYTHON.exists():
        fix, problem = f"delete the folder {VENV}, then {ME} setup", ".venv is broken"
        code, printed = capture([PYTHON, HERE / "course.py", "_inspect"])
        if code == 0:
            found = json.loads(printed.splitlines()[-1])
            return [(name, found[name] and f"{found[name]}: {fix}", "FAIL") for name in names]
    return [(name, f"{problem}: {fix}", "FAIL") for name in names]


def memory():
    """(total, free) in GB; on a Mac, which does not say what is free, the total twice."""
    if os.name == "nt":
        import ctypes

        status = (ctypes.c_ulonglong * 8)(64)  # MEMORYSTATUSEX: its own length, then total and free
        ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
        return status[1] / GB, status[2] / GB
    if sys.platform == "darwin":
        return (int(capture(["sysctl", "-n", "hw.memsize"])[1]) / GB,) * 2
    lines = dict(re.findall(r"^(\w+):\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.M))
    return int(lines["MemTotal"]) * 1024 / GB, int(lines["MemAvailable"]) * 1024 / GB


def inspect_venv():
    """Runs inside .venv: print as JSON what is wrong with its packages and kernel ("" for nothing)."""
    from importlib.metadata import distributions

    there = {found.name.lower(): found.version.split("+")[0] for found in distributions()}
    wrong = [f"{name} {pin} is missing" for name, pin in pins().items() if there.get(name.lower()) != pin]
    if "inner-alignment-course" not in there:
        wrong.append("the helpers of the course are missing")
    try:
        import torch  # noqa: F401
    except (ImportError, OSError) as error:
        wrong.append(f"torch cannot be loaded ({error})")
    print(json.dumps({"packages": ", ".join(wrong), "Jupyter kernel": kernel_problem()}))
    return 0


def kernel_problem():
    try:
        from jupyter_client.manager import start_new_kernel

        manager, client = start_new_kernel(kernel_name="python3")
        ask = {"where": "__import__('sys').prefix"}
        reply = client.execute("", user_expressions=ask, reply=True, timeout=60)["content"]
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        where = reply["user_expressions"]["where"]["data"]["text/plain"]
    except Exception as error:  # whatever it is, it is what the doctor was asked for
        return f"does not start ({error})"
    return "" if where == repr(sys.prefix) else f"runs outside .venv, in {where}"


# Running lessons
def run(lesson, save):
    every = sorted((HERE / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    chosen = [path for path in every if lesson in ("all", path.name[:2])]
    if not chosen:
        known = ", ".join(path.name[:2] for path in every)
        sys.exit(f"There is no lesson {lesson}; there are: {known or 'none yet'}; or say all.")
    install("requirements.txt")
    os.environ["TQDM_DISABLE"] = "1"
    return call([PYTHON, HERE / "course.py", "_run", *(["--save"] if save else []), *chosen])


def run_notebook(path, save):
    """Runs inside .venv: execute one notebook, print one line, store its outputs if asked; whether it passed.

    A lesson that has a solution is first made anew from it if it is to be stored, and the solution is stored with it.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    from helpers.kit.notebooks import solution_of, with_gaps

    solved = nbformat.read(solution_of(path), as_version=4) if save and solution_of(path).exists() else None
    notebook = with_gaps(solved) if solved else nbformat.read(path, as_version=4)
    metadata, at, start = dict(notebook.metadata), {"number": 0, "cell": "kernel start"}, time.monotonic()
    options = {"kernel_name": "python3", "timeout": 1200, "extra_arguments": ["--log-level=ERROR"]}
    client = NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}}, **options)
    client.on_cell_start = lambda cell, cell_index: at.update(number=cell_index + 1, cell=cell.source)
    minutes = lambda: f"{(time.monotonic() - start) / 60:.1f} min"
    print(f"{path.stem}: ", end="", flush=True)
    try:
        with client.setup_kernel():
            for number, cell in enumerate(notebook.cells):
                client.execute_cell(cell, number)
            if solved:
                finish_solution(client, notebook, solved)
    except (CellExecutionError, RuntimeError, TimeoutError) as problem:  # RuntimeError: the kernel died
        name, text = getattr(problem, "ename", type(problem).__name__), getattr(problem, "evalue", problem)
        line = at["cell"].split("\n")[0]
        print(f"failed after {minutes()} in cell {at['number']} `{line}`: {name}: {text}", flush=True)
        return False
    if save:
        store(notebook, metadata, path)
    if solved:
        store(solved, metadata, solution_of(path))
    print(f"ok, {minutes()}", flush=True)
    return True


def finish_solution(client, lesson, solved):
    """The outputs of a solution: those of the lesson, but gaps and the checks below them are run with the solutions."""
    count, check = 0, False
    for number, (there, cell) in enumerate(zip(lesson.cells, solved.cells, strict=True)):
        if cell.cell_type != "code":
            continue
        gap = there.source != cell.source
        if gap or check:
            client.nb.cells[number] = cell
            client.execute_cell(cell, number)
            client.nb.cells[number] = there
        else:
            cell.outputs = there.outputs
        count, check = count + 1, gap
        cell.execution_count = count


def store(notebook, metadata, path):
    """Write the notebook whole or not at all, without what changes from run to run."""
    import nbformat

    notebook.metadata = nbformat.from_dict(metadata)  # as before: no widget state, no Python version
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # the times of execution
        if "outputs" in cell:  # a stored widget has lost its kernel and shows an error; its figure stays
            widget = "application/vnd.jupyter.widget-view+json"
            cell.outputs = [output for output in cell.outputs if widget not in output.get("data", {})]
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(nbformat.writes(notebook).rstrip("\n").encode("utf-8") + b"\n")
    os.replace(temporary, path)


# The command line
def use_another_python(arguments):
    """This Python is too old or too new: start again with one that fits, or say what is needed."""
    for major, minor in PYTHONS:
        for command in ([f"python{major}.{minor}"], ["py", f"-{major}.{minor}"]):
            if shutil.which(command[0]) and capture([*command, "-c", "pass"])[0] == 0:
                return call([*command, HERE / "course.py", *arguments])
    version = sys.version.split()[0]
    sys.exit(f"The course needs Python 3.11, 3.12 or 3.13, not {version}: https://www.python.org/downloads")


def command_line():
    cpu = {"action": "store_true", "help": "Linux without an NVIDIA GPU: the small CPU build of torch"}
    parser = argparse.ArgumentParser(prog=ME, description="Install what is missing and open JupyterLab.")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser window")
    parser.add_argument("--port", type=int, default=8888, help="where JupyterLab listens (default 8888)")
    parser.add_argument("--cpu", **cpu)
    commands = parser.add_subparsers(dest="command", title="instead of opening JupyterLab")
    commands.add_parser("setup", help="install only").add_argument("--cpu", **cpu, default=argparse.SUPPRESS)
    commands.add_parser("doctor", help="check this machine; each problem comes with its fix")
    running = commands.add_parser("run", help="run a lesson without a browser")
    running.add_argument("lesson", help="two digits, or all")
    running.add_argument("--save", action="store_true", help="store the outputs in the notebook")
    commands.add_parser("test", help="run all tests; what follows goes to pytest")
    commands.add_parser("benchmark", help="measure speed and memory beside other libraries (35 minutes)")
    return parser


def main(arguments):
    if sys.version_info[:2] not in PYTHONS:
        return use_another_python(arguments)
    if arguments[:1] == ["_inspect"]:
        return inspect_venv()
    if arguments[:1] == ["_run"]:
        paths = [Path(part) for part in arguments[1:] if part != "--save"]
        return int(not all([run_notebook(path, "--save" in arguments) for path in paths]))
    programs = {"test": "pytest", "benchmark": "benchmarks"}
    if (
        arguments[:1] and arguments[0] in programs
    ):  # before argparse, which would read their options as its own
        setup(tests=arguments[0] == "test")
        os.environ["TQDM_DISABLE"] = "1"
        return call([PYTHON, "-m", programs[arguments[0]], *arguments[1:]])
    options = command_line().parse_args(arguments)
    if options.command == "doctor":
        return doctor()
    if options.command == "run":
        return run(options.lesson, options.save)
    ready = setup(options.cpu)
    if options.command == "setup":
        return int(not ready)
    return open_jupyter(options.port, not options.no_browser)


if __name__ == "__main__":
    try:
        os.environ["PYTHONUTF8"] = "1"  # whatever is started reads files as UTF-8, on Windows too
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(errors="replace")  # a narrow terminal must not stop on a letter it lacks
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("\nStopped.")
        sys.exit(130)
