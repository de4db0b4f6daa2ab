"""With how many threads a lesson computes, once torch is there. (Before that: `helpers.machine.calm_threads`.)"""

import os

import torch


def one_thread(environment=os.environ):
    """Let torch compute with one thread in this process, unless somebody has said how many.

    For lessons whose tensors are so small that waking a second thread takes longer than it helps: they say so where
    they are imported, with what was measured. All others take as many threads as torch does.
    """
    if "OMP_NUM_THREADS" not in environment:
        torch.set_num_threads(1)
