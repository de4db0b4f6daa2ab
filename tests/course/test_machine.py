"""What the course asks of a machine: memory in and out of containers, builds of torch, threads that do not spin."""

import json
import os
import platform
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest

import helpers
from helpers import machine

ROOT = Path(__file__).parents[2]


# Memory


def files(folder, **contents):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name.replace("__", ".")).write_text(content)


def limits(tmp_path, own):
    (tmp_path / "own").write_text(own)
    return machine.limits(tmp_path / "fs", tmp_path / "own")


def test_the_limit_of_a_container_of_version_2_is_read(tmp_path):
    stat = "anon 5\ninactive_file 300\nactive_file 7\n"
    files(tmp_path / "fs", memory__max="2000000000\n", memory__current="500\n", memory__stat=stat)
    assert limits(tmp_path, "0::/\n") == [(2_000_000_000, 200)]


def test_the_limit_of_a_container_of_version_1_is_read(tmp_path):
    names = {"memory__limit_in_bytes": "4000\n", "memory__usage_in_bytes": "3000\n"}
    files(tmp_path / "fs/memory", **names, memory__stat="inactive_file 1\ntotal_inactive_file 1000\n")
    assert limits(tmp_path, "4:cpu:/\n3:hugetlb,memory:/docker/of/the/host\n0::/\n") == [(4000, 2000)]


def test_limits_of_all_groups_above_count(tmp_path):
    inner, outer = tmp_path / "fs/user/session", tmp_path / "fs/user"
    files(inner, memory__max="max\n", memory__current="10\n", memory__stat="")
    files(outer, memory__max="1000\n", memory__current="600\n", memory__stat="")
    assert limits(tmp_path, "0::/user/session\n") == [(1000, 600)]


def test_what_is_asked_for_is_a_little_more_than_what_was_measured_and_the_readme_says_the_same():
    assert all(1.05 < machine.NEEDS[lesson] / most < 1.2 for lesson, most in machine.MEASURED.items())
    said = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert (
        f"lesson 12 takes {machine.NEEDS['12']:g} GB of it, the others at most {machine.NEEDS_OF_A_TOY:g})"
        in said
    )
    assert {"12": machine.need("12"), "03": machine.need("03")} == {
        **machine.NEEDS,
        "03": machine.NEEDS_OF_A_TOY,
    }


@pytest.mark.parametrize("own", ["", "0::/\n", "0::/gone\n", "3:memory:/\n"])
def test_a_machine_without_limits_has_none(tmp_path, own):
    assert limits(tmp_path, own) == []


def test_a_machine_without_control_groups_has_no_limits(tmp_path):
    assert machine.limits(tmp_path, tmp_path / "gone") == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_is_the_least_of_machine_and_container(monkeypatch):
    total, free = machine.memory()
    assert 0 < free <= total
    monkeypatch.setattr(
        machine, "limits", lambda: [(10**20, 0), (2 * 10**9, 5 * 10**8), (3 * 10**9, 29 * 10**8)]
    )
    assert machine.memory() == (min(total, 2.0), pytest.approx(min(free, 0.1)))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_limit_of_ones_own_counts_too():
    program = """
    import resource
    from helpers import machine
    resource.setrlimit(resource.RLIMIT_AS, (2 * 10**9, resource.RLIM_INFINITY))
    total, free = machine.memory()
    assert total == 2 and 1 < free < 2, (total, free)
    taken = bytearray(10**9)
    assert machine.memory()[1] < free - 0.9
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, check=True, timeout=60)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc says what it keeps")
def test_what_a_process_has_freed_and_kept_is_room_for_it():
    # without that, the second of two equal steps would be refused where the first one fitted
    program = """
    from helpers import machine
    kept, before = [bytes(10**6) for _ in range(1000)], machine._kept()
    last = bytes(10**6)
    kept.clear()
    assert machine._kept() > before + 0.9e9, (before, machine._kept())
    assert machine.room() > machine.memory()[1] + 0.8
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, check=True, timeout=60)


def test_lesson_12_needs_more_than_a_toy():
    assert machine.need("12") > 3 > machine.need("00") == machine.need("09")


# Builds of torch


def pretend(
    monkeypatch,
    *,
    bits=64,
    os_name="posix",
    system="linux",
    kind="x86_64",
    libc=("glibc", "2.36"),
    mac="15.1",
):
    modules = {
        "struct": SimpleNamespace(calcsize=lambda letter: bits // 8),
        "os": SimpleNamespace(name=os_name),
        "sys": SimpleNamespace(platform=system),
        "platform": SimpleNamespace(
            machine=lambda: kind, libc_ver=lambda: libc, mac_ver=lambda: (mac, ("", "", ""), kind)
        ),
        "sysconfig": SimpleNamespace(
            get_platform=lambda: "win-arm64" if kind == "ARM64" else "win32" if bits == 32 else "win-amd64",
            get_config_var=lambda name: f"{kind}-unknown-linux-{'musl' if libc[0] == 'musl' else 'gnu'}",
        ),
    }
    for name, module in modules.items():
        monkeypatch.setattr(machine, name, module)


@pytest.mark.parametrize(
    "here",
    [
        {},
        {"kind": "aarch64", "libc": ("glibc", "2.28")},
        {"os_name": "nt", "system": "win32", "kind": "AMD64", "libc": ("", "")},
        {"system": "darwin", "kind": "arm64", "libc": ("", "")},
    ],
)
def test_where_torch_has_a_build_nothing_is_said(monkeypatch, here):
    pretend(monkeypatch, **here)
    assert machine.no_torch() == ""


@pytest.mark.parametrize(
    "here, said",
    [
        ({"system": "darwin"}, "Macs with an Intel processor"),
        ({"system": "darwin", "kind": "arm64", "mac": "13.6"}, "macOS 14"),
        ({"os_name": "nt", "system": "win32", "kind": "ARM64"}, "Windows on ARM: install Python for x64"),
        ({"os_name": "nt", "system": "win32", "bits": 32}, "32-bit Python: install a 64-bit one"),
        ({"bits": 32, "kind": "i686"}, "32-bit Python"),
        ({"libc": ("musl", "1.2")}, "musl, such as Alpine"),
        ({"kind": "riscv64"}, "riscv64 processors"),
        ({"libc": ("glibc", "2.17")}, "glibc 2.28 or later, and this Linux has 2.17"),
    ],
)
def test_where_torch_has_no_build_the_way_out_is_named(monkeypatch, here, said):
    pretend(monkeypatch, **here)
    assert said in machine.no_torch() and "hosted machine (README" in machine.no_torch()


# Threads


def test_waiting_threads_are_calmed_unless_somebody_said_otherwise():
    environment = {}
    machine.calm_threads(environment)
    assert environment == machine.THREADS
    environment = {"GOMP_SPINCOUNT": "7"}
    machine.calm_threads(environment)
    assert (
        environment["GOMP_SPINCOUNT"] == "7"
        and environment["KMP_BLOCKTIME"] == machine.THREADS["KMP_BLOCKTIME"]
    )
    environment = {"OMP_WAIT_POLICY": "ACTIVE"}
    machine.calm_threads(environment)
    assert environment == {"OMP_WAIT_POLICY": "ACTIVE"}


def test_whoever_imports_the_helpers_first_has_calm_threads_and_so_have_its_children():
    program = "import helpers, os; print({name: os.environ[name] for name in helpers.machine.THREADS})"
    kept = {name: value for name, value in os.environ.items() if name not in machine.THREADS}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=kept, capture_output=True, text=True)
    assert done.stdout.strip() == str(machine.THREADS)


@pytest.mark.parametrize(
    "lesson, given, found", [("02", {}, True), ("00", {}, False), ("02", {"OMP_NUM_THREADS": "2"}, False)]
)
def test_a_lesson_that_asks_for_one_thread_has_it_unless_somebody_has_said_how_many(lesson, given, found):
    program = f"""
    import helpers.machine, torch
    torch.set_num_threads(2)
    import helpers.lessons.lesson{lesson}
    print(torch.get_num_threads() == 1)
    """
    kept = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, cwd=ROOT, env=kept | given, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(found)


# A Python that is not the course's


@pytest.fixture
def kernel(monkeypatch, tmp_path):
    """A function that checks a kernel which has these packages against a file of pins."""

    def check(**versions):
        def version(name):
            if name not in versions:
                raise helpers.importlib.metadata.PackageNotFoundError(name)
            return versions[name]

        (tmp_path / "requirements.txt").write_text("torch==2.0.1\nnumpy==1.2.3\ntqdm==4.5\n-e .\n")
        monkeypatch.setattr(helpers.importlib.metadata, "version", version)
        helpers._check_packages(tmp_path / "requirements.txt")

    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: "a kernel"))
    return check


@pytest.mark.parametrize("tqdm", ["4.5", "4.6"])
def test_a_kernel_of_the_course_is_accepted_and_so_is_another_version_that_changes_no_number(kernel, tqdm):
    kernel(torch="2.0.1+cpu", numpy="1.2.3", tqdm=tqdm)


@pytest.mark.parametrize(
    "versions, said",
    [
        ({"torch": "2.0.1", "tqdm": "4.5"}, "numpy is missing"),
        ({"torch": "1.9", "numpy": "1.2.3", "tqdm": "4.5"}, "torch 1.9 instead of 2.0.1"),
        ({"torch": "2.0.1", "numpy": "1.2.3"}, "tqdm is missing"),
        ({}, "torch is missing, numpy is missing, tqdm is missing"),
    ],
)
def test_another_kernel_is_told_in_one_line_with_the_way_out(kernel, versions, said):
    with pytest.raises(ImportError, match=f"{said}.*python3 course.py") as refused:
        kernel(**versions)
    assert "\n" not in str(refused.value)


def test_a_program_that_is_no_kernel_is_told_what_is_missing_and_may_have_other_versions(kernel, monkeypatch):
    for module in (SimpleNamespace(get_ipython=lambda: None), SimpleNamespace()):
        monkeypatch.setitem(sys.modules, "IPython", module)
        kernel(torch="1.9", numpy="1", tqdm="1")
        with pytest.raises(ImportError, match="torch is missing"):
            kernel(numpy="1", tqdm="1")


BARE = [sys.executable, "-I", "-S", "-c"]  # no package at all


def bare(program):
    """What a Python without any package says to a program, run where it finds the helpers."""
    done = subprocess.run(
        [*BARE, f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{program}"], capture_output=True, text=True
    )
    return done.stdout + done.stderr.strip()


FIRST = {  # the first line of every lesson's imports, and other doors into the house
    next(line.strip() for line in cell["source"] if not line.startswith("#"))
    for path in (ROOT / "notebooks").glob("*.ipynb")
    for cell in json.loads(path.read_text("utf-8"))["cells"]
    if "imports" in cell["metadata"].get("tags", [])
} | {
    f"import helpers.{room.name}" for room in (ROOT / "helpers").iterdir() if (room / "__init__.py").exists()
}


@pytest.mark.parametrize("line", sorted(FIRST))
def test_the_first_cell_of_a_lesson_in_a_python_without_packages_says_what_to_do(line):
    said = bare(f"try:\n    {line}\nexcept ImportError as error: print(error)\n{line}").splitlines()
    for sentence in (said[0], said[-1]):  # the first time and the second
        assert "another Python" in sentence and "open the lessons with `python3 course.py`" in sentence
    assert "No module named" not in "\n".join(said)


def test_what_the_launcher_reads_asks_for_no_package():
    program = "import helpers, helpers.machine, helpers.stops, helpers.checked; print(helpers.machine.memory()[0] > 0)"
    assert bare(program).strip() == "True"
