"""README.md keeps its word: its commands exist and work, its table and its links lead somewhere."""

import contextlib
import importlib.util
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest
from launching import load

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
in_the_venv = pytest.mark.skipif(
    Path(sys.prefix).resolve() != ROOT / ".venv", reason="needs the environment that `course.py test` makes"
)


def commands(markdown):
    """The lines of all bash blocks, without comments."""
    blocks = re.findall(r"^```bash\n(.*?)^```", markdown, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if shlex.split(line, comments=True)]


def is_known(command):
    """Whether a command is one that the course has, for a lesson that exists."""
    program, *arguments = shlex.split(command, comments=True)
    if program == ".venv/bin/uv":
        return arguments[:2] == ["pip", "compile"] and all((ROOT / name).is_file() for name in arguments[2:4])
    if program == ".venv/bin/python":
        return arguments[:1] == ["-m"] and importlib.util.find_spec(arguments[1]) is not None
    if program in ("cd", "git"):
        return program == "cd" or arguments[:1] in (["clone"], ["pull"])
    if program not in ("python", "python3", "py") or arguments[:1] != ["course.py"]:
        return False
    if arguments[1:2] == ["test"]:
        return True
    with contextlib.redirect_stderr(None):
        try:
            options = load(ROOT).command_line().parse_args(arguments[1:])
        except SystemExit:
            return False
    return options.command not in ("run", "kit") or any(
        options.lesson in ("all", name[:2]) for name in LESSONS
    )


def missing_links(markdown, folder):
    """The relative links and pictures that lead to no file."""
    prose = re.sub(r"^```.*?^```", "", markdown, flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(<?([^)\s>]+)", prose) + re.findall(r'(?:src|href)="([^"]+)"', prose)
    inside = [target.split("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]
    return [target for target in inside if not (folder / target).exists()]


def table_of_lessons(markdown):
    rows = [line for line in markdown.splitlines() if line.startswith("|")]
    return sorted(set(re.findall(r"notebooks/(\d\d_\w+)\.ipynb", "\n".join(rows))))


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_command_is_known(name):
    found = commands((ROOT / name).read_text("utf-8"))
    assert "python3 course.py" in found or "python3 course.py setup" in found
    assert [command for command in found if not is_known(command)] == []


@pytest.mark.parametrize(
    "command",
    [
        "python3 course.py tset",
        "python3 course.py run 99",
        "python3 course.py run 00 --save",
        "python3 course.py kit 99",
        "python3 course.py classroom",
        "python3 cuorse.py",
        "pip install torch",
        ".venv/bin/python -m helpers.gone",
        ".venv/bin/uv pip compile gone.txt",
    ],
)
def test_unknown_command_is_caught(command):
    assert commands(f"Try\n\n```bash\n# so:\n{command}\n```\n") == [command]
    assert not is_known(command)


def test_table_of_the_readme_names_the_lessons_that_exist():
    assert table_of_lessons(README.read_text("utf-8")) == LESSONS


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_relative_links_lead_to_files(name):
    assert missing_links((ROOT / name).read_text("utf-8"), ROOT) == []


def test_dead_link_is_caught(tmp_path):
    (tmp_path / "there.md").touch()
    markdown = '[a](there.md#part) [b](https://example.org) [c](gone.md) <img src="gone.png"> [d](#top)'
    assert missing_links(markdown, tmp_path) == ["gone.md", "gone.png"]


@in_the_venv
def test_doctor_finds_no_fault_here():
    command = [sys.executable, "course.py", "doctor"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def server():
    """The main command of the README, running on a free port; stopped with all that it started."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-u", "course.py", "--no-browser", "--port", str(port)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, cwd=ROOT, text=True, encoding="utf-8", **pipes) as process:
        yield process
        for started in [*psutil.Process(process.pid).children(recursive=True), process]:
            with contextlib.suppress(psutil.NoSuchProcess):
                started.kill()


@in_the_venv
def test_main_command_serves_the_first_lesson(server):
    address = r"http://127\.0\.0\.1:\d+/lab/tree/my_work/00_start_here\.ipynb\?token=\w+"
    printed = (re.search(address, line) for line in server.stdout)
    url = next((match[0] for match in printed if match), None)  # ends too if the server does
    assert url, "the address of the first lesson was not printed"
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(1200):  # the address is printed a moment before the server listens
        with contextlib.suppress(ConnectionRefusedError, urllib.error.URLError):
            with direct.open(url, timeout=600) as answer:
                assert answer.status == 200
                return
        assert server.poll() is None, "the server has ended"
        time.sleep(0.1)
    pytest.fail("the server does not answer")


def test_the_python_of_the_readme_runs():
    from helpers.core.losses import reinforce_loss, sft_loss
    from helpers.core.policy import Policy, mlp
    from helpers.core.sources import Demonstrations, Rollouts
    from helpers.core.training import train
    from helpers.worlds.grids import GridWorld, corridors, walk_to_coin

    env = GridWorld(corridors(9), horizon=16)
    names = {
        "env": env,
        "teacher": walk_to_coin,
        "start": Policy(mlp(env.features, env.actions, hidden=(16,)), seeds=4),
    }
    names |= {"train": train, "Demonstrations": Demonstrations, "Rollouts": Rollouts}
    names |= {"sft_loss": sft_loss, "reinforce_loss": reinforce_loss}
    (code,) = re.findall(
        r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    exec(code, names)
    assert (names["sft"].last("reward") > 0.9).all() and (names["rl"].last("reward") > 0.9).all()
