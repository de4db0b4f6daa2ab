"""Stopwatches: seconds, the share of the machine's matrix product that they are, and memory."""

import json
import math
import sys
import time


def seconds_each(step, *, warm: int, times: int) -> list[float]:
    """Seconds of each of `times` calls of `step`, after `warm` calls that do not count."""
    taken = []
    for number in range(warm + times):
        began = time.perf_counter()
        step()
        if number >= warm:
            taken.append(time.perf_counter() - began)
    return taken


def arithmetic(step) -> float:
    """Floating-point operations of a call of `step`, in billions: all of its matrix products."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    def laid_out(x, weight, *others, **named):  # a product that torch's counter does not know
        return 2 * math.prod(x) * weight[0]

    known = {torch.ops.mkldnn._linear_pointwise: laid_out}
    with FlopCounterMode(display=False, custom_mapping=known) as counter:
        step()
    return counter.get_total_flops() / 1e9


def peak_memory() -> float:
    """The most memory that this process, or one that it has started and seen end, has held, in MB."""
    try:
        import resource
    except ImportError:  # Windows
        import psutil

        return psutil.Process().memory_info().peak_wset / 1e6
    used = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return used / (1e6 if sys.platform == "darwin" else 1e3)


def matmul_peak(size: int = 2048) -> float:
    """Floating-point operations a second, in billions, of one large float32 matrix product: the best of ten."""
    import torch

    left, right = torch.randn(size, size), torch.randn(size, size)
    best = min(seconds_each(lambda: left @ right, warm=2, times=10))
    return 2 * size**3 / best / 1e9


def report(**values) -> None:
    """Print one measurement as a line of JSON, with the memory it took."""
    print("MEASURED " + json.dumps({**values, "memory, MB": peak_memory()}), flush=True)
