"""Install and open the course: `python3 course.py` makes .venv beside this file and starts JupyterLab in it.

`python3 course.py --help` lists the other commands. Standard library only: nothing has to be installed first.
"""

import sys

if __name__ == "__main__":  # a stop while the rest is read, and at any later time
    sys.excepthook = lambda kind, error, trace: (
        print("\nStopped.") if kind is KeyboardInterrupt else sys.__excepthook__(kind, error, trace)
    )

import argparse
import json
import os
import shutil
import webbrowser
from pathlib import Path

from helpers import files, machine
from launcher import commands, install, work
from launcher import doctor as doctors
from launcher.commands import HERE, ME, PYTHON, VENV

START = "00_start_here.ipynb"
PYTHONS = [(3, 12), (3, 13), (3, 11)]


def open_jupyter(port, browser):
    """Open the learner's copy of the first lesson in JupyterLab, and return its exit code when it ends."""
    chosen = next((number for number in range(port, port + 100) if doctors.port_free(number)), None)
    if chosen is None:
        sys.exit(f"No port is free from {port} to {port + 99}: choose another with --port N")
    if chosen != port:
        print(f"Port {port} is taken; JupyterLab takes {chosen}.")
    folder = bring_lessons()
    print("Starting JupyterLab: a few seconds. Ctrl-C in this window stops it.", flush=True)
    no_news()
    command = [PYTHON, "-m", "jupyterlab", "-y", "--log-level=WARN", f"--ServerApp.port={chosen}"]
    command += ["--allow-root"]  # as in a container; it listens on this machine only, and asks for a token
    command += forwarded(chosen)
    command += [f"--ServerApp.root_dir={HERE}", f"--LabApp.default_url=/lab/tree/{folder.name}/{START}"]
    return commands.call(command if browser else [*command, "--no-browser"])


def forwarded(port):
    """On a hosted machine of GitHub's: the address under which it hands the port on, and no other, may use Jupyter."""
    name, domain = map(os.environ.get, ("CODESPACE_NAME", "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN"))
    if not name or not domain:
        return []
    host = f"{name}-{port}.{domain}"
    print(f"Your lessons: https://{host}/lab?token=..., with the token that stands below.")
    hosts = [f"--ServerApp.local_hostnames={one}" for one in ("localhost", host)]
    return [f"--ServerApp.allow_origin=https://{host}", *hosts]


def bring_lessons():
    """Bring the learner's copies up to date, say where they are, and return their folder."""
    folder = work.bring()
    if not install.writable():
        print(
            f"Nothing can be saved in {HERE}: before you close a lesson, download what you wrote (menu File)."
        )
    elif folder == work.WORK:
        print(f"Your lessons are in {folder}: what you write there, no update touches.")
    return folder


def no_news():
    """No pop-up about news in JupyterLab; in a folder that cannot be written it may come."""
    quiet = VENV / "share/jupyter/lab/settings/overrides.json"
    news = {"fetchNews": "false", "checkForUpdates": False}
    try:
        quiet.parent.mkdir(parents=True, exist_ok=True)
        files.write(quiet, json.dumps({"@jupyterlab/apputils-extension:notification": news}))
    except OSError:
        pass


def run(lesson):
    """Run lessons without a browser; nothing is written."""
    known = files.lessons(work.LESSONS)
    if lesson not in [*known, "all"]:
        sys.exit(f"There is no lesson {lesson}; there are: {', '.join(known) or 'none yet'}; or say all.")
    install.install("requirements.txt")
    os.environ["TQDM_DISABLE"] = "1"
    return commands.call([PYTHON, "-m", "helpers.kit.notebooks", "run", lesson])


def progress():
    """What you did, predicted and believed so far, from your own file."""
    install.install("requirements.txt")
    return commands.call([PYTHON, "-m", "helpers.kit.standing_page"])


def kit(lesson, members, to, mine):
    """Write the folder of a lesson for a reading group, or a member's own answers; where it lies is said."""
    install.install("requirements.txt")
    # It runs in the course's folder: paths are made whole.
    command = [PYTHON, "-m", "helpers.kit.groups", lesson]
    command += ["--to", os.path.abspath(to)] if to else []
    command += ["--members", *map(os.path.abspath, members)] if members else []
    command += ["--mine"] if mine else []
    return commands.call(command)


def classroom(folder, lessons):
    """Make or renew an nbgrader course of the lessons in a folder of the instructor's."""
    install.install("requirements.txt")
    command = [PYTHON, "-m", "helpers.kit.classroom", os.path.abspath(folder)]
    return commands.call([*command, "--lessons", *lessons] if lessons else command)


def book(folder, opens):
    """Make the book anew in a folder, and open it in a browser if asked to."""
    install.install("requirements.txt")
    folder = os.path.abspath(folder or HERE / "book")  # it is made in the course's folder
    made = commands.call([PYTHON, "-m", "helpers.kit.book", folder])
    return made or (show_book(folder) if opens else 0)


def open_book():
    """Open the book that lies here; only where there is none it is made. What lies here needs nothing installed."""
    folder = HERE / "book"
    page = folder / "index.html"
    if not page.is_file():
        return book(None, True)
    newest = max((path.stat().st_mtime for path in work.LESSONS.glob("*.ipynb")), default=0)
    if newest > page.stat().st_mtime:
        print(f"A lesson is newer than this book. To make it anew: {ME} book --open")
    return show_book(folder)


def show_book(folder):
    """Show the front page of a book in the browser, and say where it is."""
    page = Path(folder) / "index.html"
    print(f"The book: {page}")
    if not webbrowser.open(page.as_uri()):
        print("No browser was found here: open that file in one.")
    return 0


def update():
    """The newest course, then what it needs."""
    return work.update() or commands.call([sys.executable, HERE / "course.py", "setup"])


# The command line
def use_another_python(arguments):
    """This Python is too old or too new: start again with one that fits, or say what is needed."""
    for major, minor in PYTHONS:
        for command in ([f"python{major}.{minor}"], ["py", f"-{major}.{minor}"]):
            if shutil.which(command[0]) and commands.capture([*command, "-c", "pass"])[0] == 0:
                return commands.call([*command, HERE / "course.py", *arguments])
    version = sys.version.split()[0]
    sys.exit(f"The course needs Python 3.11, 3.12 or 3.13, not {version}: https://www.python.org/downloads")


def port(text):
    """A port as it is typed. Raises ArgumentTypeError for a number that is none."""
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, got {text}")
    return number


def command_line():
    cpu = {"action": "store_true", "help": "Linux without an NVIDIA GPU: the small CPU build of torch"}
    parser = argparse.ArgumentParser(
        prog=ME, description="Install what is missing and open JupyterLab.", allow_abbrev=False
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser window")
    parser.add_argument("--port", type=port, default=8888, help="where JupyterLab listens (default 8888)")
    parser.add_argument("--cpu", **cpu)
    of = parser.add_subparsers(dest="command", title="instead of opening JupyterLab")
    add = lambda name, says: of.add_parser(name, help=says, allow_abbrev=False)
    add("setup", "install only").add_argument("--cpu", **cpu, default=argparse.SUPPRESS)
    add("update", "bring the newest course; what you wrote is kept")
    add("doctor", "check this machine; each problem comes with its fix")
    add("run", "run a lesson without a browser; writes nothing").add_argument(
        "lesson", help="two digits, or all"
    )
    add("progress", "what you did, predicted and believed so far, with your scores")
    group = add("kit", "write a reading group's folder: facilitator's page, slides, handout")
    group.add_argument("lesson", help="two digits, or all")
    group.add_argument(
        "--members", nargs="+", default=[], help="members' files of predictions, or folders of them"
    )
    group.add_argument("--to", help="where to write (default: kits in the course's folder)")
    group.add_argument("--mine", action="store_true", help="write your own answers to this lesson, to send")
    group = add(
        "classroom", "for instructors: an nbgrader course of the lessons, with points and hidden tests"
    )
    group.add_argument("folder", help="where it is to be, outside the course")
    group.add_argument("--lessons", nargs="+", default=[], help="two digits each (default: all)")
    made = add(
        "book", "make the course as pages that any browser shows, without Jupyter and without a network"
    )
    made.add_argument("folder", nargs="?", help="where to write (default: book in the course's folder)")
    made.add_argument("--open", action="store_true", help="and open it")
    add("open", "open the book in a browser, for whoever only reads; without Jupyter")
    add("test", "run all tests; what follows goes to pytest")
    add("benchmark", "measure speed and memory beside other libraries (35 minutes)")
    return parser


def main(arguments):
    if sys.version_info[:2] not in PYTHONS:
        return use_another_python(arguments)
    programs = {"test": "pytest", "benchmark": "benchmarks"}
    if arguments and arguments[0] in programs:  # before argparse, which would read their options as its own
        install.setup(tests=arguments[0] == "test")
        os.environ["TQDM_DISABLE"] = "1"
        return commands.call([PYTHON, "-m", programs[arguments[0]], *arguments[1:]])
    options = command_line().parse_args(arguments)
    if options.command == "doctor":
        return doctors.doctor()
    if options.command == "run":
        return run(options.lesson)
    if options.command == "progress":
        return progress()
    if options.command == "kit":
        return kit(options.lesson, options.members, options.to, options.mine)
    if options.command == "classroom":
        return classroom(options.folder, options.lessons)
    if options.command == "book":
        return book(options.folder, options.open)
    if options.command == "open":
        return open_book()
    if options.command == "update":
        return update()
    ready = install.setup(options.cpu)
    if options.command == "setup":
        bring_lessons()
        return int(not ready)
    return open_jupyter(options.port, not options.no_browser)


if __name__ == "__main__":
    os.environ["PYTHONUTF8"] = "1"  # whatever is started reads files as UTF-8, on Windows too
    machine.calm_threads()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a narrow terminal must not stop on a letter it lacks
    try:
        sys.exit(main(sys.argv[1:]))
    except OSError as error:
        if error.errno not in files.FULL:
            raise
        sys.exit(files.told(error, HERE, install.TAKES))
