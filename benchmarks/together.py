"""Two lessons at once: seconds that lesson 00's RL takes alone, and each of several when they train side by side.

    python -m benchmarks.together 2 GOMP_SPINCOUNT=1000     two at once, with that in their environment

Without a setting the threads are as they come. They are started together, after all have imported and warmed up.
"""

import os
import subprocess
import sys
import time

from benchmarks import clock

SPOKEN = (
    "GOMP_SPINCOUNT",
    "KMP_BLOCKTIME",
    "OMP_WAIT_POLICY",
    "OMP_NUM_THREADS",
)  # what may stand there already


def lesson(steps: int = 60, seeds: int = 64) -> None:
    """One lesson: says when it is ready, begins when it is told, and says how long it took."""
    from helpers.core import Policy, Rollouts, mlp, reinforce_loss, train
    from helpers.worlds import GridWorld, corridors

    world = GridWorld(corridors(9), horizon=16)
    start, data = Policy(mlp(world.features, world.actions), seeds=seeds), Rollouts(world)
    train(start, data, reinforce_loss, steps=2, lr=3e-3)
    print("READY", flush=True)
    sys.stdin.readline()
    began = time.perf_counter()
    train(start, data, reinforce_loss, steps=steps, lr=3e-3)
    print(time.perf_counter() - began, flush=True)


def main(count: str, *settings: str) -> None:
    """Run so many at once and report the seconds of each."""
    clean = {name: value for name, value in os.environ.items() if name not in SPOKEN}
    environment = {**clean, "TQDM_DISABLE": "1", **dict(setting.split("=") for setting in settings)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
    command = [sys.executable, "-c", "from benchmarks import together; together.lesson()"]
    lessons = [subprocess.Popen(command, **pipes) for _ in range(int(count))]
    for one in lessons:
        if one.stdout.readline() != "READY\n":
            raise RuntimeError("a lesson did not start")
    for one in lessons:
        one.stdin.write("\n")
        one.stdin.flush()
    clock.report(seconds=[float(one.communicate()[0]) for one in lessons])


if __name__ == "__main__":
    main(*sys.argv[1:])
