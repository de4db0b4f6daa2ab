"""A stop at any moment of loading, sampling and switching: the same again works, and gives the same numbers."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tiny import config
from transformers import LlamaForCausalLM

ROOT = Path(__file__).parents[2]
# Stops itself when a function of a file is entered for the so-manieth time, then does everything once more.
STOPPED = """
import os, signal, sys
sys.path[:0] = ["tests"]
place, name, count = sys.argv[2], sys.argv[3], int(sys.argv[4])
seen = 0

def watch(frame, event, _):
    global seen
    if event == "call" and frame.f_code.co_name == name and place in frame.f_code.co_filename.replace(os.sep, "/"):
        seen += 1
        if seen == count:
            sys.setprofile(None)
            signal.raise_signal(signal.SIGINT)

def everything():
    from helpers.lm import PretrainedLM, sentiment, weights
    from helpers.core import Rng
    from tiny import Letters
    weights.load_tokenizer = lambda name: Letters()
    model, tokenizer = weights.load(sys.argv[1])
    policy = PretrainedLM(model, tokenizer, lora_rank=4)
    batch = policy.complete([["ab", "h"]], Rng([0]), max_new_tokens=4)
    now = policy.evaluate(batch.obs, batch.action)
    now.logp.sum().backward()
    was = policy.reference.evaluate(batch.obs, batch.action)
    return float(now.logp.sum()), float(was.logp.sum()), sentiment(["a"], ["I love it"])

from helpers.stops import no_interrupt  # what the first cell of a lesson has imported
sys.setprofile(watch)
try:
    everything()
    print("no stop")
except KeyboardInterrupt:
    print("stopped")
sys.setprofile(None)
print(*everything())
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("model")
    LlamaForCausalLM(config(initializer_range=0.3)).save_pretrained(path)
    return path


def stopped_at(folder, place, name, count):
    """What a process says that is stopped there, and then does everything again."""
    command = [sys.executable, "-c", STOPPED, str(folder), place, name, str(count)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.split("\n")[:2]


MOMENTS = [  # the file, the function in it that is entered, and for which time
    ("<frozen importlib", "_find_and_load", 400),
    ("<frozen importlib", "_find_and_load", 2500),
    ("transformers/modeling_utils", "<module>", 1),
    ("transformers/models/llama/modeling_llama", "<module>", 1),
    ("peft/tuners/lora/layer", "<module>", 1),
    ("transformers/modeling_utils", "from_pretrained", 1),
    ("helpers/lm/adapters", "add", 1),
    ("peft/tuners/lora/layer", "update_layer", 5),
    ("peft/tuners/tuners_utils", "set_adapter", 9),
    ("peft/tuners/tuners_utils", "enable_adapters", 5),
    ("helpers/lm/fast", "_laid_out", 4),
    ("helpers/lm/fast", "as_it_was", 3),
    ("helpers/lm/language", "sample_tokens", 1),
    ("vaderSentiment", "<module>", 1),
]


@pytest.fixture(scope="module")
def undisturbed(folder):
    words, numbers = stopped_at(folder, "nowhere", "never", 1)
    assert words == "no stop"
    return numbers


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: "-".join(map(str, moment)).replace("/", "."))
def test_after_a_stop_the_same_again_works_and_gives_the_same(folder, undisturbed, moment):
    words, numbers = stopped_at(folder, *moment)
    assert words == "stopped"
    assert numbers == undisturbed
