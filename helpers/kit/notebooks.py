"""Lessons as files: run them, turn their numbers by name, make them from their solutions.

    python -m helpers.kit.notebooks run 00 --set SEEDS="range(4)" STEPS=20
    python -m helpers.kit.notebooks make 00

`run` writes nothing. `make` is for those who write lessons: a solution is written, the lesson is made from it, both are
run and their outputs are stored. Between nbgrader's markers stands what a learner is to find out; in the lesson a gap
takes its place. `make` refuses where a lesson was changed by hand, and keeps what it replaces in `kept/`.
"""

import argparse
import copy
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from helpers import files
from helpers.kit import parameters
from helpers.kit.gaps import with_gaps
from helpers.kit.parameters import read, with_parameters
from helpers.kit.solved import finish

COURSE = Path(__file__).resolve().parents[2]
WIDGET = "application/vnd.jupyter.widget-view+json"
TAKES = 5  # MB that a lesson, its solution and what they replace may take
LIMIT = 3600  # seconds for one cell: a busy machine is slow, and a lesson that hangs ends some time
STOPPED = (CellExecutionError, CellTimeoutError, DeadKernelError)


# The lesson and its solution


def solution_of(lesson: Path) -> Path:
    """Where the solution of a lesson lies: `solutions/` beside it, under the same name."""
    return lesson.parent / "solutions" / lesson.name


# Running


def run(path: Path, settings: Mapping[str, object] | None = None, *, save: bool = False) -> bool:
    """Run a lesson from top to bottom in its folder, print one line on it, and say whether it passed.

    settings: other values for its parameters (see `with_parameters`).
    save: make the lesson anew from its solution, if it has one, and store the outputs of both, unless a cell fails.
    """
    solved = read(solution_of(path)) if save and solution_of(path).exists() else None
    notebook = with_gaps(solved) if solved else read(path)
    notebook = with_parameters(notebook, settings, path.name) if settings else notebook
    metadata, at, start = dict(notebook.metadata), {"number": 0, "cell": "kernel start"}, time.monotonic()
    options = {"kernel_name": "python3", "timeout": LIMIT, "extra_arguments": ["--log-level=ERROR"]}
    client = NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}}, **options)
    client.on_cell_start = lambda cell, cell_index: at.update(number=cell_index + 1, cell=cell.source)
    minutes = lambda: f"{(time.monotonic() - start) / 60:.1f} min"
    before = {file: file.read_bytes() for file in (path, solution_of(path)) if save and file.exists()}
    print(f"{path.stem}: ", end="", flush=True)
    try:
        with tempfile.TemporaryDirectory() as folder, client.setup_kernel(env=_environment(folder)):
            for number, cell in enumerate(notebook.cells):
                client.execute_cell(cell, number)
            if solved:
                finish(client, notebook, solved)
    except (*STOPPED, RuntimeError) as problem:  # RuntimeError: the kernel did not start
        name, text = getattr(problem, "ename", type(problem).__name__), getattr(problem, "evalue", problem)
        line = at["cell"].split("\n")[0]
        print(f"failed after {minutes()} in cell {at['number']} `{line}`: {name}: {text}", flush=True)
        return False
    if any(file.read_bytes() != content for file, content in before.items()):
        print("was changed while it ran: nothing is stored over it", flush=True)
        return False
    for file, done in ((path, notebook), (solution_of(path), solved)):
        if save and done:
            store(done, metadata, file)
    print(f"ok, {minutes()}", flush=True)
    return True


def _environment(folder):
    """What a kernel sees: a file for predictions of its own, gone afterwards, and nothing is noted by the way.

    A run without a reader is nobody's progress, and no prediction of whoever makes a lesson comes into it.
    """
    own = {"INNER_ALIGNMENT_PREDICTIONS": str(Path(folder) / "predictions.jsonl")}
    return os.environ | own | {"INNER_ALIGNMENT_NOTES": "off"}


# Storing


def store(notebook: nbformat.NotebookNode, metadata: Mapping[str, object], path: Path) -> None:
    """Write a notebook whole or not at all, without what changes from run to run; what it replaces goes to `kept/`.

    metadata: that of the notebook before it ran, since a run adds the Python version and the state of widgets.
    """
    notebook = copy.deepcopy(notebook)
    notebook.metadata = nbformat.from_dict(dict(metadata))
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # the times of execution
        if "outputs" in cell:
            cell.outputs = _settled(cell.outputs)
    content = nbformat.writes(notebook).rstrip("\n").encode("utf-8") + b"\n"
    if path.exists() and path.read_bytes() != content:
        _keep(path)
    files.write(path, content)


def _settled(outputs):
    """Outputs as they are stored: what is printed in a row in one piece, however it came; no widgets.

    A stored widget has lost its kernel and shows an error; its figure stays.
    """
    settled, streams = [], {}
    for output in outputs:
        if WIDGET in output.get("data", {}):
            continue
        if output.output_type != "stream":
            streams = {}
        elif output.name in streams:
            streams[output.name].text += output.text
            continue
        settled.append(copy.deepcopy(output))
        if output.output_type == "stream":
            streams[output.name] = settled[-1]
    for output in settled:
        if output.output_type == "stream":  # a line that was written over shows its last words
            output.text = re.sub(r"^.*\r(?!\n|$)", "", output.text, flags=re.MULTILINE)
    return _in_order(settled)


def _in_order(outputs):
    """Of two streams in a row, stdout first: which of them came first is chance."""
    for one, two in zip(range(len(outputs)), range(1, len(outputs)), strict=False):
        if [outputs[at].get("name") for at in (one, two)] == ["stderr", "stdout"]:
            outputs[one], outputs[two] = outputs[two], outputs[one]
    return outputs


def _keep(path):
    """Copy a file to `kept/` beside the folder of lessons, under the time and its name."""
    folder = _kept(path)
    folder.mkdir(exist_ok=True)
    kind = "solution_" if path.parent.name == "solutions" else ""
    begins, ends = f"{time.strftime('%Y-%m-%d_%H.%M.%S')}_{kind}{path.stem}", path.suffix
    names = (f"{begins}{more}{ends}" for more in ["", *(f"~{number}" for number in range(2, 1000))])
    name = next(name for name in names if not (folder / name).exists())  # clocks are set back
    files.write(folder / name, path.read_bytes())


def _kept(path):
    return path.parents[2 if path.parent.name == "solutions" else 1] / "kept"


# Making lessons


def make(path: Path) -> bool:
    """Make a lesson from its solution, run both, store their outputs, and say whether that went well.

    Nothing is written if a cell fails, or if the lesson is neither what git has nor what this function made: somebody
    has written in it.
    """
    made = _kept(path) / f"{path.name}.made"  # the digest of what this function wrote last
    as_made = made.exists() and path.exists() and made.read_text("utf-8") == _digest(path)
    if path.exists() and not as_made and not _as_in_git(path):
        print(
            f"{path.stem}: not made, since {path.name} is not as git has it: somebody wrote in it. Copy it elsewhere, "
            f"then `git restore {path.name}` in its folder."
        )
        return False
    if not run(path, save=True):
        return False
    made.parent.mkdir(exist_ok=True)
    files.write(made, _digest(path))
    return True


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _as_in_git(path):
    """Whether git has this file exactly as it is."""
    for asked in (["ls-files", "--error-unmatch"], ["diff", "--quiet", "HEAD"]):
        try:
            done = subprocess.run(["git", *asked, "--", path.name], cwd=path.parent, capture_output=True)
        except FileNotFoundError:  # no git on this machine: nobody knows
            return False
        if done.returncode:
            return False
    return True


# What is wrong here


def inspect() -> dict[str, str]:
    """What is wrong with the Jupyter kernel of this Python, and with torch in it; "" for nothing."""
    ask = {"where": "__import__('sys').prefix", "torch": "__import__('torch').__version__"}
    try:
        manager, client = start_new_kernel(kernel_name="python3")
        reply = client.execute("", user_expressions=ask, reply=True, timeout=120)["content"]
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        where, torch = (reply["user_expressions"][name] for name in ask)
        where = where["data"]["text/plain"]
    except Exception as error:  # whatever it is, it is what the doctor was asked for
        return {"torch": "", "Jupyter kernel": f"does not start ({error})"}
    loaded = torch["status"] == "ok"
    return {
        "torch": "" if loaded else f"cannot be loaded ({torch['ename']}: {torch['evalue']})",
        "Jupyter kernel": "" if where == repr(sys.prefix) else f"runs outside .venv, in {where}",
    }


# The command line


def lessons(asked: Sequence[str], folder: Path = COURSE / "notebooks") -> list[Path]:
    """The files of lessons named by two digits, `all`, or paths. Raises ValueError, with the known ones."""
    every, found = list(files.lessons(folder).values()), []
    for name in asked:
        file = [Path(name)] if name.endswith(".ipynb") and Path(name).is_file() else []
        chosen = file or [path for path in every if name in ("all", path.name[:2], path.stem)]
        if not chosen:
            known = ", ".join(path.name[:2] for path in every)
            raise ValueError(f"There is no lesson {name}; there are: {known or 'none yet'}; or say all.")
        found += chosen
    return list(dict.fromkeys(path.resolve() for path in found))


def main(arguments: Sequence[str]) -> int:
    """The command line: `run` or `make`, and lessons."""
    parser = argparse.ArgumentParser(
        "python -m helpers.kit.notebooks", description=__doc__, allow_abbrev=False
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(dest="command", required=True)
    for name, does in (("run", "run lessons; nothing is written"), ("make", "make lessons from solutions")):
        command = commands.add_parser(name, help=does, allow_abbrev=False)
        command.add_argument("lesson", nargs="+", help="two digits, a file, or all")
    commands.add_parser(
        "inspect", help="what is wrong with torch and the Jupyter kernel, as JSON", allow_abbrev=False
    )
    commands.choices["run"].add_argument(
        "--set", nargs="+", action="extend", default=[], metavar="NAME=VALUE", help="as STEPS=20"
    )
    options = parser.parse_args(arguments)
    if options.command == "inspect":
        print(json.dumps(inspect()))
        return 0
    try:
        chosen = lessons(options.lesson)
        if options.command == "make":
            return int(not all([make(path) for path in chosen]))
        settings = parameters.settings(options.set)
        for path in chosen:  # before the first of them is run
            with_parameters(read(path), settings, path.name)
        return int(not all([run(path, settings) for path in chosen]))
    except (OSError, ValueError) as error:
        print(files.told(error, COURSE, TAKES), file=sys.stderr)
        return 2


if __name__ == "__main__":
    os.environ.setdefault("TQDM_DISABLE", "1")
    sys.exit(main(sys.argv[1:]))
