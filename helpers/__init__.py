"""Helpers of the course "Inner alignment under SGD and RL"; each module says on its first line what it is for."""

import ctypes
import importlib.metadata
import re
import sys
from pathlib import Path

from helpers.machine import calm_threads
from helpers.stops import let_imports_finish

__version__ = "0.1.0"
OUTSIDE = ("checked", "files", "machine", "stops")  # modules beside the rooms, which ask for no package
NUMBERS = (
    "torch",
    "transformers",
    "numpy",
    "pandas",
)  # in other versions the numbers of a lesson come out otherwise


def _keep_freed_memory():
    """Let the C library keep freed memory for the next step of training (Linux; a third faster, see benchmarks)."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc has it, musl has not
        if mallopt:
            mallopt(-3, 32 << 20)  # M_MMAP_THRESHOLD, in bytes: the largest that is allowed
            mallopt(-1, 1 << 30)  # M_TRIM_THRESHOLD: give memory back only above this much


class _Door:
    """Stands before the rooms of the helpers: who enters the first in a Python without their packages is told so.

    The launcher, which reads what stands beside the rooms, starts in any Python.
    """

    def find_spec(self, name, path=None, target=None):
        """Find nothing, so that others look, and go away. Raises ImportError with the way out, and stays."""
        if name.startswith("helpers.") and name.split(".")[1] not in OUTSIDE:
            _check_packages()
            # another list, since Python is going through the one that there is
            sys.meta_path = [finder for finder in sys.meta_path if finder is not self]


def _check_packages(pins=Path(__file__).parents[1] / "requirements.txt"):
    if not pins.is_file():
        return
    kernel = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    wrong = []
    for name, pin in re.findall(r"^([\w.-]+)==([^\s;]+)", pins.read_text("utf-8"), re.M):
        try:
            there = importlib.metadata.version(name).split("+")[0]
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{name} is missing")
            continue
        if kernel and name in NUMBERS and there != pin:
            wrong.append(f"{name} {there} instead of {pin}")
    if wrong:
        seen = ", ".join(wrong[:3]) + (f" and {len(wrong) - 3} more" if len(wrong) > 3 else "")
        raise ImportError(
            f"{'this notebook runs' if kernel else 'you are'} in another Python than the course's ({sys.executable}: "
            f"{seen}): open the lessons with `python3 course.py`, or choose the Python of {pins.parent / '.venv'} as "
            "the kernel; after an update, `python3 course.py setup`"
        )


let_imports_finish()
sys.meta_path.insert(0, _Door())
calm_threads()
_keep_freed_memory()
