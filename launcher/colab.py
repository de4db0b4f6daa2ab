"""The course on Google Colab: `colab.ipynb` beside this file brings it to a Drive and calls this.

python launcher/colab.py          copies of the lessons for Colab, each with one cell in front that sets its machine up
python launcher/colab.py setup    what that cell runs, since a machine of Colab is new each time

Colab changes under us, and this could not be tried there. Its own notebook packages are left as they are: its page
works with its own ipywidgets only.
"""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HERE))  # a notebook that runs this finds the course, too

from helpers import files  # noqa: E402
from launcher import install, work  # noqa: E402

LESSONS, COPIES = HERE / "notebooks", HERE / "my_work" / "on_colab"
OF_COLAB = ("jupyterlab", "ipywidgets")  # brought where they are missing, and never in another version
LOADED = ("numpy", "pandas", "torch", "transformers")  # in another version a lesson's numbers would be others
SETUP = """# On Colab only: this machine is new each time, and the course is installed into it (some minutes).
from google.colab import drive

drive.mount("/content/drive")
%cd "{course}"
%run launcher/colab.py setup"""


def copies():
    """Bring a copy of each lesson as `my_work` has them: what somebody wrote in stays, a newer one lies beside it.

    Return the names of the files that were written, and what is to be said of those that lie beside or were not.
    """
    COPIES.mkdir(parents=True, exist_ok=True)
    said = []
    with files.Folder(COPIES, work.RECORD.name) as folder:
        for lesson in sorted(LESSONS.glob("*.ipynb")):
            notebook = json.loads(lesson.read_text("utf-8"))
            first = {
                "cell_type": "code",
                "execution_count": None,
                "id": "colab",
                "metadata": {},
                "outputs": [],
            }
            first["source"] = SETUP.format(course=HERE.as_posix())
            notebook["cells"].insert(0, first)
            try:
                folder.offer(lesson.name, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
            except ValueError as error:  # something is in its way
                said.append(str(error))
    said += [work.newer_than_yours(name, newer.name) for name, newer in folder.beside.items()]
    return [path.name for path in folder.written], said


def setup():
    """Install what the lessons need into the Python that runs this. Raises SystemExit where a step fails."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input"]
    for step in steps():
        if subprocess.call(pip + step, cwd=str(HERE)):
            sys.exit("pip could not install the course here: its words are above. README has other ways.")
    importlib.invalidate_caches()
    os.environ["INNER_ALIGNMENT_CACHE"] = str(HERE / ".weights")  # in the Drive: brought once
    if subprocess.call([sys.executable, "-m", "helpers.lm.weights"], cwd=str(HERE)):
        print("The model weights are not ready (only lesson 12 needs them).")
    old = [name for name in LOADED if _loaded(name) not in ("", pins()[name])]
    if old:
        print(
            f"An older {', '.join(old)} was loaded before: choose Runtime, Restart session, and run this cell again."
        )
    else:
        print("The course is installed. What you write is kept in your Drive.")


def steps():
    """What pip is asked for, in order."""
    wanted, missing = pins(), []
    for name in OF_COLAB:
        pin = wanted.pop(name)
        missing += [] if _version(name) else [f"{name}=={pin}"]
    asked = [f"{name}=={pin}" for name, pin in wanted.items()] + ["--constraint", install.LOCK]
    torch = [f"torch=={wanted['torch']}", "--no-deps", "--index-url", install.CPU_INDEX]
    small = [torch] if _version("torch") != wanted["torch"] else []  # lessons use the processor
    return [*small, asked, *([["--no-deps", *missing]] if missing else [])]


def pins():
    """Name -> version of everything that the course asks for."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (HERE / "requirements.txt").read_text("utf-8"), re.M))


def _version(name):
    """The version that is installed, without what says which build; "" for none."""
    try:
        return importlib.metadata.version(name).split("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return ""


def _loaded(name):
    """The version that this Python has loaded already; "" for none."""
    return getattr(sys.modules.get(name), "__version__", "").split("+")[0]


if __name__ == "__main__":
    if sys.argv[1:] == ["setup"]:
        setup()
    else:
        try:
            written, said = copies()
        except OSError as error:
            why = files.told(error, COPIES, work.TAKES)
            sys.exit(f"A copy could not be written into {COPIES}; those that are there are whole. {why}")
        print(*said, sep="\n", end="\n" if said else "")
        print(
            f"{len(written)} files were written into {COPIES}: open lessons there from Google Drive, with Colaboratory."
        )
