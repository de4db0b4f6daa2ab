"""course.py: what it would run is recorded instead of run. Set-up, opening, the doctor."""

import ast
import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from launching import DOOR, ROOT, copy_to, load, recorded

from helpers import machine

LAUNCHER = [ROOT / "course.py", *sorted((ROOT / "launcher").glob("*.py"))]
LAUNCHER += [ROOT / f"helpers/{module}.py" for module in DOOR]


@pytest.fixture
def course(tmp_path, monkeypatch):
    return recorded(copy_to(tmp_path), monkeypatch)


def pretend(monkeypatch, module, **changes):
    """Give one module of the course, and nobody else, a `sys` that differs."""
    monkeypatch.setattr(module, "sys", SimpleNamespace(**{**vars(sys), **changes}))


# Installing


def test_first_call_makes_the_environment_and_installs_in_the_locked_versions(course):
    course.main(["setup"])
    assert ["-m", "venv", "--clear"] == course.recorder.commands[0][1:4]
    assert course.recorder.installed == [["-r", "requirements.txt", "-c", "requirements.lock"]]


def test_second_call_installs_nothing(course):
    course.main(["setup"])
    course.recorder.commands.clear()
    course.main(["setup"])
    assert [command[1:] for command in course.recorder.ran] == [["-m", "helpers.lm.weights"]]


@pytest.mark.parametrize("changed", ["requirements.txt", "requirements.lock", "pyproject.toml"])
def test_changed_requirements_are_installed_again(course, changed):
    course.main(["setup"])
    (course.HERE / changed).write_text("torch==1.2.3\n")
    course.main(["setup"])
    assert len(course.recorder.installed) == 2


def test_interrupted_install_is_repeated(course):
    course.recorder.broken = {"install": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        course.main(["setup"])
    course.recorder.broken = {}
    course.main(["setup"])
    assert len(course.recorder.installed) == 2


def test_interrupted_update_does_not_count_as_installed(course):
    course.main(["setup"])
    before = (course.HERE / "requirements.txt").read_text()
    (course.HERE / "requirements.txt").write_text("seaborn==1.2.3\n")
    course.recorder.broken = {"install": 1}
    with pytest.raises(SystemExit):
        course.main(["setup"])
    course.recorder.broken = {}
    (course.HERE / "requirements.txt").write_text(before)
    course.main(["setup"])
    assert len(course.recorder.installed) == 3


def test_moved_folder_is_installed_again(course, tmp_path):
    course.main(["setup"])
    before = course.install.digest("requirements.txt")
    shutil.move(course.HERE, tmp_path / "elsewhere")
    assert load(tmp_path / "elsewhere").install.digest("requirements.txt") != before


def test_environment_without_pip_is_made_anew(course):
    course.main(["setup"])
    (course.HERE / "requirements.txt").write_text("seaborn==1.2.3\n")
    course.recorder.broken = {"--version": 1}
    course.recorder.commands.clear()
    course.main(["setup"])
    assert any("venv" in command for command in course.recorder.commands)


def packages(course):
    return course.VENV / "lib/python3.11/site-packages"


@pytest.mark.parametrize("gone", ["package", "version", "python", "helpers"])
def test_a_stamp_is_not_believed_where_the_environment_says_otherwise(course, gone):
    course.main(["setup"])
    if gone == "package":
        shutil.rmtree(packages(course) / "torch-9.8.7.dist-info")
    if gone == "version":
        (packages(course) / "torch-9.8.7.dist-info").rename(packages(course) / "torch-9.9.0.dist-info")
    if gone == "python":
        course.PYTHON.unlink()
    if gone == "helpers":
        course.recorder.broken = {"import helpers": 1}
        assert not course.install.is_installed("requirements.txt")
        course.recorder.broken = {}
        return
    assert not course.install.is_installed("requirements.txt")
    course.main(["setup"])
    assert len(course.recorder.installed) == 2


def test_a_pip_that_installs_elsewhere_is_found_out_and_leaves_no_stamp(course):
    course.recorder.empty = True
    with pytest.raises(SystemExit, match=r"torch 9\.8\.7 is missing.*target, prefix, root or user"):
        course.main(["setup"])
    assert not list(course.VENV.glob("stamp-*"))


def test_pip_is_cut_off_from_packages_that_are_not_the_environments(course):
    course.main(["setup"])
    (pip,) = [command for command in course.recorder.commands if "install" in command]
    assert pip[1:4] == ["-I", "-m", "pip"]  # no PYTHONPATH, no packages of the user


def test_a_package_of_any_spelling_and_build_is_found(course):
    packages(course).mkdir(parents=True)
    for name in ("vaderSentiment-3.3.2", "stable_baselines3-2.9.2", "torch-2.13.0+cpu", "a.b_c-1.post1"):
        (packages(course) / f"{name}.dist-info").mkdir()
    there = {"vadersentiment": "3.3.2", "stable-baselines3": "2.9.2", "torch": "2.13.0", "a-b-c": "1.post1"}
    assert course.install.installed() == there


def test_a_second_set_up_waits_for_the_first_and_then_has_nothing_to_do(course, monkeypatch, capsys):
    second = threading.Thread(target=course.install.install, args=["requirements.txt"])
    slow, began = course.recorder.logged, threading.Event()

    def logged(command, says):
        if not began.is_set():
            began.set()
            second.start()
            second.join(timeout=1.5)
            assert second.is_alive()
        return slow(command, says)

    monkeypatch.setattr(course.commands, "logged", logged)
    course.install.install("requirements.txt")
    second.join(timeout=600)
    assert not second.is_alive() and len(course.recorder.installed) == 1
    assert "Another set-up is at work" in capsys.readouterr().out


def test_a_set_up_that_was_killed_holds_up_nobody(course):
    program = "import os; from launcher.install import alone\nwith alone(): os._exit(9)"
    done = subprocess.run([sys.executable, "-c", program], cwd=course.HERE)
    assert done.returncode == 9
    with course.install.alone():
        pass


def test_cpu_takes_torch_from_the_cpu_index_first(course, monkeypatch):
    pretend(monkeypatch, course.install, platform="linux")
    course.main(["--cpu", "setup"])
    torch = ["torch==9.8.7", "--no-deps", "--index-url", "https://download.pytorch.org/whl/cpu"]
    assert course.recorder.installed == [torch, ["-r", "requirements.txt", "-c", "requirements.lock"]]


@pytest.mark.parametrize("gpu", [True, False])
def test_tip_about_cpu_is_for_linux_without_nvidia(course, monkeypatch, capsys, gpu):
    pretend(monkeypatch, course.install, platform="linux")
    monkeypatch.setattr(course.install, "nvidia", lambda: gpu)
    course.main(["setup"])
    assert ("--cpu` saves" in capsys.readouterr().out) is not gpu


def test_a_machine_without_a_build_of_torch_is_told_before_anything_else(course, monkeypatch):
    monkeypatch.setattr(course.install, "no_torch", lambda: "torch has no build for this: go elsewhere")
    with pytest.raises(SystemExit, match="go elsewhere"):
        course.main(["setup"])
    assert not course.recorder.ran


def test_full_disk_is_told_before_the_download(course, monkeypatch):
    monkeypatch.setattr(course.install, "free_disk", lambda: 1e9)
    with pytest.raises(SystemExit, match=r"Only 1\.0 GB"):
        course.main(["setup"])
    assert course.recorder.ran == []


def refuse(**_):
    raise PermissionError


def test_locked_folder_is_told(course, monkeypatch):
    monkeypatch.setattr(course.install, "tempfile", SimpleNamespace(TemporaryFile=refuse))
    with pytest.raises(SystemExit, match="move the course"):
        course.main(["setup"])


@pytest.mark.parametrize("stamped", [True, False])
def test_a_locked_folder_that_was_set_up_before_opens_and_runs(course, monkeypatch, capsys, stamped):
    course.main(["setup"])
    if not stamped:  # it lies under another path now
        course.install.stamp_of("requirements.txt").unlink()
    (course.HERE / "notebooks/00_a.ipynb").write_text("{}")
    monkeypatch.setattr(course.install, "tempfile", SimpleNamespace(TemporaryFile=refuse))
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: refuse())
    monkeypatch.setattr(Path, "write_text", lambda *_, **__: refuse())
    assert course.main(["run", "00"]) == 0
    assert course.main([]) == 0
    assert "/lab/tree/notebooks/00_start_here.ipynb" in course.recorder.commands[-1][-1]
    assert "Nothing can be saved" in capsys.readouterr().out
    assert course.main(["doctor"]) == 0
    assert "cannot be saved" in capsys.readouterr().out


def test_missing_venv_module_names_the_package(course, monkeypatch):
    nothing = SimpleNamespace(util=SimpleNamespace(find_spec=lambda name: None))
    monkeypatch.setattr(course.install, "importlib", nothing)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        course.main(["setup"])


# What pip's words mean

RETRY = (
    "WARNING: Retrying after connection broken by 'NewConnectionError('...: [Errno -3] name resolution')'\n"
)
FAULTS = [
    (
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
        "disk is full",
    ),
    (
        RETRY + "ERROR: Could not find a version that satisfies the requirement torch==2.13.0\n",
        "you are offline",
    ),
    (
        "ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from versions: none)",
        "no torch==2.13.0",
    ),
    (
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
        "not the one that is meant",
    ),
    ("pip._vendor.urllib3.exceptions.ReadTimeoutError: ... Read timed out.", "broke off"),
    ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "secure connection"),
    ("ERROR: ResolutionImpossible: for help visit", "do not fit together"),
    ("ERROR: Failed building wheel for pyzmq\n", "pyzmq has no ready-made build"),
    ("PermissionError: [WinError 5] Access is denied: 'c:\\\\torch.dll'", "is the course open?"),
    (
        "Collecting torch\nERROR: something that nobody has seen before.\n",
        "something that nobody has seen before",
    ),
    ("", "it gave no reason"),
]


@pytest.mark.parametrize("words, said", FAULTS, ids=[said for _, said in FAULTS])
def test_what_stopped_pip_is_named_and_only_that(course, words, said):
    course.recorder.broken, course.recorder.words = {"install": 1}, words
    with pytest.raises(SystemExit) as stop:
        course.main(["setup"])
    message = str(stop.value)
    assert said in message and f"setup.log. `{course.ME} setup` takes it up again" in message
    assert [other for _, other in FAULTS if other in message] == [said]


def test_a_pip_that_was_killed_is_told_from_one_that_complained(course):
    assert "memory" in course.install.cause_of("Collecting torch\n", -9)


def test_a_step_is_one_line_and_its_words_are_in_the_log(tmp_path, capsys):
    course = load(copy_to(tmp_path))
    program = "import sys; print('many words\\n' * 50); print('more', file=sys.stderr); sys.exit({})"
    assert course.commands.logged([sys.executable, "-c", program.format(0)], "Packages")[0] == 0
    code, words = course.commands.logged([sys.executable, "-c", program.format(3)], "Tools")
    assert code == 3 and words.count("many words") == 50 and "more" in words
    first, second = capsys.readouterr().out.splitlines()
    assert (
        first.startswith("Packages ...")
        and "done" in first
        and second.startswith("Tools ...")
        and "stopped" in second
    )
    assert (course.HERE / "setup.log").read_text("utf-8").count("many words\n") == 100


# Opening and testing


def test_jupyter_opens_even_without_weights(course, capsys):
    course.recorder.broken = {"helpers.lm.weights": 1}
    course.main(["--no-browser"])
    assert "jupyterlab" in course.recorder.commands[-1]
    assert f"To try again: {course.ME} setup" in capsys.readouterr().out


def test_on_a_hosted_machine_the_address_that_hands_the_port_on_may_use_jupyter_and_no_other(
    course, monkeypatch
):
    allows = lambda: [one for one in course.recorder.commands[-1] if "origin" in one or "hostnames" in one]
    course.main(["--port", "9000"])
    assert allows() == []
    monkeypatch.setenv("CODESPACE_NAME", "octocat-parakeet")
    monkeypatch.setenv("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN", "app.github.dev")
    course.main(["--port", "9000"])
    host = "octocat-parakeet-9000.app.github.dev"
    hosts = [f"--ServerApp.local_hostnames={one}" for one in ("localhost", host)]
    assert allows() == [f"--ServerApp.allow_origin=https://{host}", *hosts]


def test_taken_port_is_passed_over(course, monkeypatch, capsys):
    monkeypatch.setattr(course.doctors, "port_free", load(course.HERE).doctors.port_free)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        course.main(["--port", str(port)])
    assert f"Port {port} is taken" in capsys.readouterr().out
    assert f"--ServerApp.port={port}" not in course.recorder.commands[-1]


@pytest.mark.parametrize("number", ["-1", "65536", "99999999999999999999", "eight", "8.5", ""])
def test_a_port_that_is_none_is_refused(course, number, capsys):
    with pytest.raises(SystemExit) as stop:
        course.main(["--port", number])
    assert stop.value.code == 2 and "--port" in capsys.readouterr().err


@pytest.mark.parametrize("number", ["0", "65535"])
def test_every_port_there_is_may_be_asked_for(course, number):
    assert course.command_line().parse_args(["--port", number]).port == int(number)


@pytest.mark.parametrize("module", ["argparse", "shutil", "webbrowser", "helpers/files", "launcher/install"])
def test_a_stop_in_the_first_moments_is_one_plain_line(course, tmp_path, module):
    """It is pressed while the program still reads what it is made of."""
    place = course.HERE / f"{module}.py" if "/" in module else tmp_path / f"{module}.py"
    place.write_text("import signal\nsignal.raise_signal(signal.SIGINT)\nfor _ in range(1000): pass\n")
    done = subprocess.run(
        [sys.executable, "-S", "course.py", "doctor"],
        cwd=course.HERE,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode and (done.stdout.split(), done.stderr) == (["Stopped."], "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "00", "--save"],
        ["run", "00", "--sav"],
        ["--no-brow"],
        ["--po", "9"],
        ["setup", "--cp"],
        ["doctor", "--x"],
    ],
)
def test_no_option_is_guessed_and_none_writes_a_lesson(course, arguments):
    with pytest.raises(SystemExit) as stop:
        course.main(arguments)
    assert stop.value.code == 2 and not course.recorder.commands


def test_test_passes_arguments_and_exit_code_on(course):
    course.recorder.broken = {"pytest": 5}
    assert course.main(["test", "-x", "-k", "losses"]) == 5
    assert course.recorder.commands[-1][1:] == ["-m", "pytest", "-x", "-k", "losses"]
    assert course.recorder.installed[-1] == ["-r", "tests/requirements.txt", "-c", "requirements.lock"]
    assert os.environ["TQDM_DISABLE"] == "1"


def test_benchmark_adds_nothing_to_a_learners_environment(course):
    course.main(["benchmark", "--repeats", "1"])
    assert course.recorder.commands[-1][1:] == ["-m", "benchmarks", "--repeats", "1"]
    assert course.recorder.installed == [["-r", "requirements.txt", "-c", "requirements.lock"]]


def test_run_hands_the_lesson_on(course):
    (course.HERE / "notebooks/00_a.ipynb").touch()
    for lesson in ("00", "all"):
        course.main(["run", lesson])
        assert course.recorder.commands[-1][1:] == ["-m", "helpers.kit.notebooks", "run", lesson]


def test_progress_is_shown_from_the_environment_of_the_course(course):
    assert course.main(["progress"]) == 0
    assert course.recorder.installed and course.recorder.commands[-1] == [
        str(course.PYTHON),
        *("-m", "helpers.kit.standing_page"),
    ]


def test_classroom_hands_over_a_whole_path_and_the_lessons(course, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    course.main(["classroom", "my_class"])
    folder = str(tmp_path / "my_class")
    assert course.recorder.commands[-1][1:] == ["-m", "helpers.kit.classroom", folder]
    course.main(["classroom", folder, "--lessons", "00", "03"])
    assert course.recorder.commands[-1][4:] == ["--lessons", "00", "03"]


def test_kit_hands_over_whole_paths_since_it_runs_in_the_courses_folder(course, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    course.main(["kit", "03"])
    assert course.recorder.commands[-1][1:] == ["-m", "helpers.kit.groups", "03"]
    course.main(["kit", "all", "--to", "out", "--members", "a.jsonl", "theirs"])
    ours = [str(tmp_path / name) for name in ("out", "a.jsonl", "theirs")]
    assert course.recorder.commands[-1][3:] == ["all", "--to", ours[0], "--members", *ours[1:]]
    course.main(["kit", "03", "--mine"])
    assert course.recorder.commands[-1][3:] == ["03", "--mine"]


def test_the_book_is_made_where_it_is_asked_for_and_opened_if_asked_to(course, tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(course.webbrowser, "open", lambda address: shown.append(address) or True)
    monkeypatch.chdir(tmp_path)
    assert course.main(["book", "here"]) == 0 and shown == []
    assert course.recorder.commands[-1][1:] == ["-m", "helpers.kit.book", str(tmp_path / "here")]
    assert course.main(["book", "--open"]) == 0
    assert shown == [(course.HERE / "book/index.html").as_uri()]


def test_a_book_that_fails_is_not_opened(course, monkeypatch):
    monkeypatch.setattr(course.webbrowser, "open", lambda address: pytest.fail("opened"))
    course.recorder.broken["helpers.kit.book"] = 2
    assert course.main(["book", "--open"]) == 2 and course.main(["open"]) == 2


def test_a_book_that_lies_here_is_opened_with_nothing_installed(course, monkeypatch, capsys):
    monkeypatch.setattr(course.webbrowser, "open", lambda address: False)
    (course.HERE / "book").mkdir()
    (course.HERE / "book/index.html").touch()
    assert course.main(["open"]) == 0 and course.recorder.commands == []
    said = capsys.readouterr().out
    assert (
        str(course.HERE / "book/index.html") in said
        and "No browser was found" in said
        and "newer" not in said
    )
    (course.HERE / "notebooks/00_a.ipynb").touch()
    os.utime(course.HERE / "book/index.html", (0, 0))
    assert course.main(["open"]) == 0 and "A lesson is newer" in capsys.readouterr().out


def test_unknown_lesson_lists_the_known_ones(course):
    (course.HERE / "notebooks/00_a.ipynb").touch()
    with pytest.raises(SystemExit, match="no lesson 42; there are: 00"):
        course.main(["run", "42"])


# The right Python


@pytest.mark.parametrize("path", LAUNCHER, ids=lambda path: path.name)
def test_the_launcher_can_be_read_by_python_3_8(path):
    ast.parse(path.read_text("utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("path", LAUNCHER, ids=lambda path: path.name)
def test_the_launcher_needs_nothing_that_has_to_be_installed(path):
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    ours = {"helpers", "launcher", "launcher.commands", *(f"helpers.{module}" for module in DOOR)}
    assert {name.split(".")[0] for name in names - ours} <= sys.stdlib_module_names


def test_old_python_gets_one_clear_line(course, monkeypatch):
    pretend(monkeypatch, course, version_info=(3, 8, 18), version="3.8.18 (main)")
    monkeypatch.setattr(course, "shutil", SimpleNamespace(which=lambda name: None))
    with pytest.raises(SystemExit) as stop:
        course.main([])
    assert "needs Python 3.11, 3.12 or 3.13, not 3.8.18" in stop.value.code
    assert "\n" not in stop.value.code


def test_old_python_hands_over_to_a_suitable_one(course, monkeypatch):
    pretend(monkeypatch, course, version_info=(3, 8, 18))
    monkeypatch.setattr(course, "shutil", SimpleNamespace(which=lambda name: name == "python3.11"))
    course.main(["run", "00"])
    assert course.recorder.commands[-1] == ["python3.11", str(course.HERE / "course.py"), "run", "00"]


# The doctor


def test_doctor_is_content_with_a_healthy_machine(course, capsys):
    course.main(["setup"])
    capsys.readouterr()
    assert course.main(["doctor"]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == {"OK"}


def test_doctor_names_the_fix_of_every_problem(course, monkeypatch, capsys):
    monkeypatch.setattr(course.install, "free_disk", lambda: 0.5e9)
    monkeypatch.setattr(course.doctors, "memory", lambda: (4, 1))
    monkeypatch.setattr(course.doctors, "port_free", lambda port: False)
    monkeypatch.setattr(course.doctors, "no_torch", lambda: "torch has no build here: go elsewhere")
    monkeypatch.setattr(course.install, "writable", lambda: False)
    monkeypatch.setattr(course.doctors, "shutil", SimpleNamespace(which=lambda name: None))
    assert course.main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    _python, build, git, packages, torch, kernel, disk, memory, _processor, weights, port, folder = lines
    assert build.startswith("FAIL") and "go elsewhere" in build
    assert git.startswith("WARN") and "https://git-scm.com" in git
    for line in (packages, torch, kernel):
        assert line.startswith("FAIL") and f"{course.ME} setup" in line
    assert disk.startswith("FAIL") and "0.5 GB free but 6 are needed: make room" in disk
    assert memory.startswith("WARN") and "close other programs" in memory
    assert weights.startswith("WARN") and f"{course.ME} setup" in weights
    assert port.startswith("WARN") and "--port 9000" in port
    assert folder.startswith("FAIL") and "move the course" in folder


@pytest.mark.parametrize(
    "memory, said", [((16, 12), ""), ((8, 3), "close other programs"), ((2, 1.9), "the others run here")]
)
def test_doctor_says_what_each_lesson_needs_and_which_is_too_big(course, monkeypatch, memory, said):
    monkeypatch.setattr(course.doctors, "memory", lambda: memory)
    name, problem = course.doctors.check_memory()
    assert (
        f"lesson 12 takes {machine.NEEDS['12']:g}, others" in name
        and said in problem
        and bool(problem) == bool(said)
    )


def test_doctor_says_that_a_mac_uses_its_cpu_on_purpose(course, monkeypatch):
    pretend(monkeypatch, course.doctors, platform="darwin")
    assert "the CPU is used on purpose" in course.doctors.processor()


def test_doctor_says_when_the_environment_is_broken(course, capsys):
    course.main(["setup"])
    course.recorder.broken = {"inspect": 1}
    assert course.main(["doctor"]) == 1
    assert (
        f".venv is broken: delete the folder {course.VENV}, then {course.ME} setup" in capsys.readouterr().out
    )


def test_doctor_names_a_package_of_another_version(course, capsys):
    course.main(["setup"])
    (packages(course) / "torch-9.8.7.dist-info").rename(packages(course) / "torch-9.9.0.dist-info")
    assert course.main(["doctor"]) == 1
    assert f"packages torch 9.8.7 is missing: {course.ME} setup" in capsys.readouterr().out
