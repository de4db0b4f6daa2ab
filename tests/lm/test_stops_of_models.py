"""A stop at any moment of loading, sampling and switching: the same again works, and gives the same numbers."""

import json
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
import json, os, signal, sys, time
sys.path[:0] = ["tests"]

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
for place, name, count in json.loads(sys.argv[2]):
    seen = 0
    sys.setprofile(watch)
    try:
        everything()
        time.sleep(2)  # a stop that came late would be caught here
        print("no stop at", place, name)
    except KeyboardInterrupt:
        print("stopped", end=" ")
    sys.setprofile(None)
    print(*everything())
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("model")
    LlamaForCausalLM(config(initializer_range=0.3)).save_pretrained(path)
    return path


def stopped_at(folder, moments):
    """What a process says that is stopped at each of these moments, and then does everything again: a line for each."""
    command = [sys.executable, "-c", STOPPED, str(folder), json.dumps(moments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


# The file, the function in it that is entered, and for which time.
IMPORTS = [  # each in a process of its own
    ("<frozen importlib", "_find_and_load", 400),
    ("<frozen importlib", "_find_and_load", 2500),
    ("transformers/models/llama/modeling_llama", "<module>", 1),
    ("peft/tuners/lora/layer", "<module>", 1),
    ("vaderSentiment", "<module>", 1),
]
CALLS = [  # one after another, in one process
    ("transformers/modeling_utils", "from_pretrained", 1),
    ("helpers/lm/adapters", "add", 1),
    ("peft/tuners/lora/layer", "update_layer", 5),
    ("peft/tuners/tuners_utils", "set_adapter", 9),
    ("peft/tuners/tuners_utils", "enable_adapters", 5),
    ("helpers/lm/fast", "_laid_out", 4),
    ("helpers/lm/fast", "as_it_was", 3),
    ("helpers/lm/language", "sample_tokens", 1),
]


@pytest.fixture(scope="module")
def undisturbed(folder):
    (said,) = stopped_at(folder, [("nowhere", "never", 1)])[1:]
    return said


@pytest.mark.parametrize("moments", [[moment] for moment in IMPORTS] + [CALLS], ids=lambda m: m[0][0])
def test_after_a_stop_the_same_again_works_and_gives_the_same(folder, undisturbed, moments):
    assert stopped_at(folder, moments) == [f"stopped {undisturbed}"] * len(moments)
