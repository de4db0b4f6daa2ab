"""How much of a training step is spent in matrix products: the rest is all that better code could save."""

import sys

import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks import clock, models, toys

PRODUCTS = {"aten::mm", "aten::bmm", "aten::addmm", "aten::baddbmm", "mkldnn::_linear_pointwise"}


def report_share(step) -> None:
    """Run a step under the profiler, after one that does not count."""
    step()
    with profile(activities=[ProfilerActivity.CPU]) as found:
        step()
    rows = found.key_averages()
    total = sum(row.self_cpu_time_total for row in rows)
    share = sum(row.self_cpu_time_total for row in rows if row.key in PRODUCTS) / total
    clock.report(seconds=[total / 1e6], share=share)


def toy(net: str, seeds: str) -> None:
    """Eight batches of PPO on the grid."""
    step, _ = toys.ppo(net, int(seeds))
    report_share(lambda: step(8))


def model(arm: str, rank: str) -> None:
    """A step of SmolLM2."""
    report_share(models.step_of(arm, rank)[0])


if __name__ == "__main__":
    torch.manual_seed(0)
    globals()[sys.argv[1]](*sys.argv[2:])
