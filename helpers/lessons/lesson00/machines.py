"""Why does my run differ? Lesson 00's arms with the same seeds, on other numbers of threads and other instructions.

    python -m helpers.kit.long_runs 00 machines        five ways, 8 seeds: three minutes
    python -m helpers.kit.long_runs 00 versions        two versions of PyTorch; each part asks for its own

Sums of many numbers depend on their order, in the last digit; and the order depends on how many threads share them, and
on how many numbers the processor adds at once. An older processor is played by telling torch, and the library that
multiplies matrices for it (MKL), to use older instructions only. On the processor of the stored run, one of AMD, MKL
took the request for AVX2 as "choose yourself", and the one for its oldest way as it stands: so it says with
MKL_VERBOSE=1. There, "instructions of 2013" are those of torch alone.
"""

import json
import os
import subprocess
import sys

import pandas as pd
import torch

from helpers.checked import one_of
from helpers.core import train
from helpers.kit import compare, final
from helpers.lessons.lesson00 import experiment
from helpers.lessons.lesson00.experiment import HINT, MOVED

OLDER = {"ATEN_CPU_CAPABILITY": "avx2", "MKL_CBWR": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
OLDEST = {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE", "ONEDNN_MAX_CPU_ISA": "SSE41"}
ALONE = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")  # would overrule how many threads a way has
WAYS = {  # what is told of it -> threads, and what the processes are told
    "2 threads": (2, {}),
    "2 threads, once more": (2, {}),
    "1 thread": (1, {}),
    "2 threads, instructions of 2013": (2, OLDER),
    "2 threads, instructions of 2004": (2, OLDEST),
}

FIRST = next(iter(WAYS))


def again(way: str, seeds) -> pd.DataFrame:
    """What each arm reaches with the coin on the left after the batches of the lesson, a row a seed, in a new process.

    way: one of `WAYS`. The columns are seed, SFT, RL.
    """
    threads, told = WAYS[one_of(way, WAYS, "way")]
    given = {name: value for name, value in os.environ.items() if name not in ALONE} | {"GOMP_SPINCOUNT": "0"}
    command = [sys.executable, "-m", __name__, str(threads), *map(str, seeds)]
    done = subprocess.run(command, env=given | told, capture_output=True, text=True, check=True)
    return pd.DataFrame(json.loads(done.stdout.splitlines()[-1]))


def under(version: str, seeds) -> pd.DataFrame:
    """What `again` returns for two threads, under this version of PyTorch: "2.14.1".

    Raises ValueError where another is installed: such a part is run in an environment of its own.
    """
    here = torch.__version__.partition("+")[0]
    if here != version:
        raise ValueError(f"this part is run under PyTorch {version}, and here is {here}")
    return again(FIRST, seeds)


def main(threads: str, *seeds: str) -> None:
    """Train with so many threads, and print what came out with all digits."""
    torch.set_num_threads(int(threads))
    start, world = experiment.beginner([int(seed) for seed in seeds]), experiment.corridor(HINT)
    how = {"steps": experiment.STEPS, "lr": experiment.LEARNING_RATE}
    how |= experiment.measured(world, every=experiment.STEPS)
    runs = {name: train(start, *experiment.arms(world)[name], **how) for name in ("SFT", "RL")}
    last = final(compare(runs), MOVED)
    rows = [{"seed": int(seed), "SFT": float(one.SFT), "RL": float(one.RL)} for seed, one in last.iterrows()]
    print(json.dumps(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
