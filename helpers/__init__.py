"""Helpers of the course "Inner alignment under SGD and RL"; each module says on its first line what it is for."""

import ctypes
import importlib.metadata
import re
import sys
from pathlib import Path

from helpers.machine import calm_threads
from helpers.stops import let_imports_finish

__version__ = "0.1.0"


def _keep_freed_memory():
    """Let the C library keep freed memory for the next step of training (Linux; a third faster, see benchmarks)."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc has it, musl has not
        if mallopt:
            mallopt(-3, 32 << 20)  # M_MMAP_THRESHOLD, in bytes: the largest that is allowed
            mallopt(-1, 1 << 30)  # M_TRIM_THRESHOLD: give memory back only above this much


def _check_kernel(pins=Path(__file__).parents[1] / "requirements.txt"):
    """In a notebook, say at once if its kernel is not the course's. Raises ImportError with the way out."""
    ipython = sys.modules.get("IPython")
    if not (ipython and ipython.get_ipython() and pins.is_file()):
        return
    wanted = dict(re.findall(r"^(torch|transformers|numpy|pandas)==(\S+)", pins.read_text("utf-8"), re.M))
    there = {}
    for name in wanted:
        try:
            there[name] = importlib.metadata.version(name).split("+")[0]
        except importlib.metadata.PackageNotFoundError:
            there[name] = "none"
    if wrong := [
        f"{name} {there[name]} instead of {pin}" for name, pin in wanted.items() if there[name] != pin
    ]:
        raise ImportError(
            f"this notebook runs in another Python than the course's ({', '.join(wrong)}): open it with "
            f"`python3 course.py`, or choose the kernel of {pins.parent / '.venv'}; after an update, "
            "`python3 course.py setup`"
        )


let_imports_finish()
_check_kernel()
calm_threads()
_keep_freed_memory()
