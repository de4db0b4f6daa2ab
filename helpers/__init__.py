"""Helpers of the course "Inner alignment under SGD and RL"; each module says on its first line what it is for."""

import ctypes
import sys

__version__ = "0.1.0"


def _keep_freed_memory():
    """Let the C library keep freed memory for the next step of training (Linux; a third faster, see benchmarks)."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc has it, musl has not
        if mallopt:
            mallopt(-3, 32 << 20)  # M_MMAP_THRESHOLD, in bytes: the largest that is allowed
            mallopt(-1, 1 << 30)  # M_TRIM_THRESHOLD: give memory back only above this much


_keep_freed_memory()
