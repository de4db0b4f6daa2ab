"""What the course asks of a machine: memory, builds of torch, threads that do not spin. Standard library only.

`course.py` reads it with whatever Python it was started, before anything is installed.
"""

import os
import platform
import re
import struct
import subprocess
import sys
import sysconfig
from pathlib import Path

GB = 1e9
# GB of memory at its highest, measured on Linux: all of lesson 12 with one thread; its small form 3.0, with two threads
# 2.8. And what is asked for, a tenth more, since no other system was measured; last, the most that any other takes.
MEASURED = {"12": 3.0}
NEEDS = {lesson: round(1.1 * most, 1) for lesson, most in MEASURED.items()}
NEEDS_OF_A_TOY = 1.8  # 1.6 measured in lesson 07, less in the others

# Threads that wait for each other must not keep a core busy while another program needs it. Read when torch is loaded,
# by GNU's OpenMP (Linux; so many looks before a thread sleeps) and by Intel's and LLVM's (Windows, Macs; milliseconds).
# 60 steps of lesson 00's RL on two cores, seconds alone / each of two at once: as it comes 1.5 / 9 (57 on another day),
# 4000 looks 1.5 / 7, 2000 1.6 / 4.5, 1000 1.5 / 3.6, 300 2.7 / 2.9, 0 2.7 / 3 to 5, one thread 2.1 / 2.3.
THREADS = {"GOMP_SPINCOUNT": "1000", "KMP_BLOCKTIME": "1"}


def calm_threads(environment=os.environ):
    """Let waiting threads sleep, in this process and in what it starts, unless somebody has said otherwise."""
    if "OMP_WAIT_POLICY" not in environment:
        for name, value in THREADS.items():
            environment.setdefault(name, value)


def need(lesson):
    """GB of memory that a lesson takes at its highest, and a little more."""
    return NEEDS.get(lesson, NEEDS_OF_A_TOY)


def memory():
    """(total, free) in GB that this process may use; on a Mac, which does not say what is free, the total twice.

    In a container it is the container's limit that counts, not the memory of the machine around it.
    """
    if os.name == "nt":
        return _memory_of_windows()
    if sys.platform == "darwin":
        asked = subprocess.run(["sysctl", "-n", "hw.memsize"], stdout=subprocess.PIPE, check=True)
        return (int(asked.stdout) / GB,) * 2
    lines = dict(re.findall(r"^(\w+):\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.M))
    total, free = int(lines["MemTotal"]) * 1024, int(lines["MemAvailable"]) * 1024
    for limit, used in [*limits(), *_own_limit()]:
        total, free = min(total, limit), min(free, max(limit - used, 0))
    return total / GB, free / GB


def room():
    """GB that this process can still take before the system ends it or refuses: what is free, swap, what it kept.

    What it has freed itself it mostly keeps, for what it asks for next, so that nobody else sees it as free.
    """
    if os.name == "nt":
        return _memory_of_windows(2)[1]
    free, swap = memory()[1], 0
    if sys.platform.startswith("linux") and not limits():
        swap = int(
            re.search(r"^SwapFree:\s+(\d+)", Path("/proc/meminfo").read_text() + "\nSwapFree: 0", re.M)[1]
        )
    return free + swap * 1024 / GB + _kept() / GB


def _kept():
    """Bytes that this process has freed and that the C library keeps (glibc 2.33 and later says so)."""
    import ctypes

    ask = getattr(ctypes.CDLL(None), "mallinfo2", None) if sys.platform.startswith("linux") else None
    if ask is None:
        return 0
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    ask.restype = type("Info", (ctypes.Structure,), {"_fields_": [(name, ctypes.c_size_t) for name in names]})
    return ask().fordblks


def _own_limit():
    """(limit, used) in bytes of the addresses that this process may use (`ulimit -v`), if there is such a limit."""
    import resource

    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    if most == resource.RLIM_INFINITY:
        return []
    return [(most, int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize())]


def limits(root=Path("/sys/fs/cgroup"), own=Path("/proc/self/cgroup")):
    """(limit, used) in bytes of each control group that this process is in and that has a limit, version 1 and 2."""
    try:
        groups = [line.split(":", 2) for line in own.read_text().splitlines()]
    except OSError:  # no control groups here
        return []
    found = []
    for _, kinds, path in groups:
        if kinds not in ("", "memory") and "memory" not in kinds.split(","):
            continue
        base, names = (root / "memory", _V1) if kinds else (root, _V2)
        folder = base / path.lstrip("/")
        # Inside a container the path may be that of the machine around it: then the top folder is ours.
        folders = [folder, *folder.parents] if folder.is_dir() else [base]
        found += [_limit(each, *names) for each in folders if each == base or base in each.parents]
    return [pair for pair in found if pair]


_V1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_V2 = ("memory.max", "memory.current", "inactive_file")


def _limit(folder, limit, used, cache):
    try:
        most, now = int((folder / limit).read_text()), int((folder / used).read_text())
        cached = re.search(rf"^{cache} (\d+)", (folder / "memory.stat").read_text(), re.M)
    except (OSError, ValueError):  # not there, or "max"
        return None
    return most, now - int(cached.group(1) if cached else 0)


def _memory_of_windows(kind=1):
    """(total, free) in GB: of memory (1), or of memory and paging file together (2)."""
    import ctypes

    status = (ctypes.c_ulonglong * 8)(64)  # MEMORYSTATUSEX: its own length, then total and free
    ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
    return status[2 * kind - 1] / GB, status[2 * kind] / GB


def no_torch():
    """Why torch has no build for this Python on this machine, and what to do instead; "" where it has one."""
    kind = platform.machine().lower()
    elsewhere = "open the course in a hosted machine (README, `Where torch has no build`)"
    if struct.calcsize("P") * 8 < 64:
        return f"torch has no build for a 32-bit Python: install a 64-bit one, or {elsewhere}"
    if sys.platform == "darwin":
        if kind != "arm64":
            rosetta = "if yours is an Apple processor, install Python for it (this one is for Intel); else "
            return f"torch has no build for Macs with an Intel processor: {rosetta}{elsewhere}"
        if int((platform.mac_ver()[0] or "14").split(".")[0]) < 14:
            return f"torch needs macOS 14 or later: update it, or {elsewhere}"
    elif os.name == "nt":
        if sysconfig.get_platform() != "win-amd64":
            return f"torch has no build for Windows on ARM: install Python for x64 instead, or {elsewhere}"
    elif sys.platform.startswith("linux"):
        library, version = platform.libc_ver()
        if "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or library):
            return f"torch has no build for Linux with musl, such as Alpine: take Debian or another, or {elsewhere}"
        if kind not in ("x86_64", "amd64", "aarch64", "arm64"):
            return f"torch has no build for {platform.machine()} processors: {elsewhere}"
        if library == "glibc" and tuple(map(int, version.split(".")[:2])) < (2, 28):
            return f"torch needs glibc 2.28 or later, and this Linux has {version}: update it, or {elsewhere}"
    return ""
