"""The training loop: what it returns, what an interrupt leaves, what is saved, and what it says of mistakes."""

import itertools
import json
import os
import random
import signal
import threading

import pandas as pd
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from helpers.core import faults
from helpers.core import keeping as keeping_module
from helpers.core import runs as runs_module
from helpers.core.faults import Interrupted, NotANumber, TrainingStopped, unfinished
from helpers.core.losses import dpo_loss, grpo_loss, ppo_loss, reinforce_loss, sft_loss
from helpers.core.policy import Policy, mlp, table
from helpers.core.probes import entropy_on, forward_kl_from, kl_from, own_episodes, success
from helpers.core.runs import load, save
from helpers.core.sources import Demonstrations, Preferences, Recorded, Rollouts
from helpers.core.streams import Rng, Stream
from helpers.core.training import train
from helpers.worlds.bandits import Bandit
from helpers.worlds.grids import GridWorld, corridors, walk_right, walk_to_coin


@pytest.fixture(autouse=True)
def nothing_unfinished():
    """Each test begins without runs that another one has left."""
    faults._left.clear()


ENV = Bandit([0.0, 1.0, 0.5])
POSIX = pytest.mark.skipif(os.name != "posix", reason="no such devices")


def start(seeds=3):
    return Policy(mlp(1, 3, hidden=(8,)), seeds=seeds)


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.policy.stacked, other.policy.stacked, strict=True))


def test_start_is_not_changed():
    policy = start()
    before = [p.clone() for p in policy.stacked]
    train(policy, Rollouts(ENV), reinforce_loss, steps=5, lr=0.1)
    assert all(torch.equal(a, b) for a, b in zip(before, policy.stacked, strict=True))


def test_history_is_tidy_and_probed_when_asked():
    run = train(
        start(),
        Rollouts(ENV),
        reinforce_loss,
        steps=7,
        lr=0.1,
        probes={"success": success(ENV)},
        probe_every=3,
    )
    assert list(run.history.columns) == ["step", "seed", "metric", "value"]
    assert run.history[run.history.metric == "success"].step.unique().tolist() == [0, 3, 6, 7]
    assert run.history[run.history.metric == "reward"].step.unique().tolist() == list(range(7))
    assert set(run.history.seed) == {0, 1, 2}


def test_a_probe_may_measure_several_things():
    both = lambda policy: {"one": torch.ones(3), "two": torch.full((3,), 2.0)}
    run = train(start(), Rollouts(ENV), reinforce_loss, steps=1, lr=0.1, probes={"both": both})
    assert run.last("two").tolist() == [2, 2, 2]


def test_same_seed_gives_the_same_run_to_the_bit():
    runs = [train(start(), Rollouts(ENV), reinforce_loss, steps=10, lr=0.1) for _ in range(2)]
    assert same(*runs)
    pd.testing.assert_frame_equal(runs[0].history, runs[1].history)


def test_another_stream_gives_other_draws():
    runs = [train(start(), Rollouts(ENV), reinforce_loss, steps=10, lr=0.1, stream=s) for s in (0, 1)]
    assert not same(*runs)


def test_training_in_two_parts_equals_training_in_one():
    whole = train(start(), Rollouts(ENV), reinforce_loss, steps=10, lr=0.1)
    first = train(start(), Rollouts(ENV), reinforce_loss, steps=4, lr=0.1)
    assert same(whole, train(first, Rollouts(ENV), reinforce_loss, steps=6, lr=0.1))


def pressed_at(call, at):
    """`call`, during whose call number `at` (from 0) a stop is pressed."""
    count = itertools.count()

    def wrapped(*arguments):
        if next(count) == at:
            signal.raise_signal(signal.SIGINT)
        return call(*arguments)

    return wrapped


@pytest.mark.parametrize("at", [0, 1, 6, 9])
@pytest.mark.parametrize("where", ["data", "loss", "probe"])
def test_a_stop_is_raised_with_the_run_so_far_which_goes_on_to_the_same_numbers(at, where):
    data, loss, probe = Rollouts(ENV), reinforce_loss, success(ENV, episodes=8)
    parts = {"data": data, "loss": loss, "probe": probe}
    parts[where] = pressed_at(parts[where], at)
    how, handler = {"lr": 0.1, "probe_every": 1}, signal.getsignal(signal.SIGINT)
    with pytest.raises(Interrupted, match=r"interrupted after .* of 10 steps.*Nothing is lost") as stop:
        train(start(), parts["data"], parts["loss"], steps=10, probes={"success": parts["probe"]}, **how)
    run = stop.value.run
    assert run is unfinished() and "interrupted" in run.stopped
    left = 10 - run.steps
    on = train(unfinished(), data, loss, steps=left, probes={"success": probe}, **how)
    whole = train(start(), data, loss, steps=10, probes={"success": probe}, **how)
    in_order = lambda run: run.history.sort_values(["metric", "step", "seed"], ignore_index=True)
    assert same(on, whole)
    pd.testing.assert_frame_equal(in_order(on), in_order(whole))
    assert on.stopped is None and signal.getsignal(signal.SIGINT) is handler
    with pytest.raises(LookupError, match="0 unfinished runs"):
        unfinished()


def test_a_stop_does_not_run_on_into_the_next_arm():
    begun, runs = [], {}
    with pytest.raises(KeyboardInterrupt):
        for name in ("one", "two", "three"):
            begun.append(name)
            data = pressed_at(Rollouts(ENV), 2 if name == "two" else -1)
            runs[name] = train(start(), data, reinforce_loss, steps=5, lr=0.1)
    assert begun == ["one", "two"] and list(runs) == ["one"]
    assert unfinished().steps == 2


def test_a_stop_when_all_is_done_is_a_stop_and_the_complete_run_is_kept(monkeypatch):
    class LateStop:
        update = set_postfix = lambda *_, **__: None
        close = lambda _: signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(keeping_module, "progress", lambda *_: LateStop())
    with pytest.raises(Interrupted, match="all 3 steps were done"):
        train(start(), Rollouts(ENV), reinforce_loss, steps=3, lr=0.1)
    assert unfinished().steps == 3 and unfinished().stopped is None


def test_four_unfinished_runs_are_kept_and_the_one_asked_for_goes_on():
    for steps in (1, 2, 3):
        with pytest.raises(Interrupted):
            train(start(), pressed_at(Rollouts(ENV), steps), reinforce_loss, steps=5, lr=0.1)
    assert [unfinished(back).steps for back in (0, 1, 2)] == [3, 2, 1]
    train(unfinished(1), Rollouts(ENV), reinforce_loss, steps=3, lr=0.1)
    assert [unfinished(back).steps for back in (0, 1)] == [3, 1]


@pytest.mark.parametrize("pays, names", [(1.0, ["reward", "loss"]), (0.0, ["loss"])])
def test_a_bar_tells_the_reward_where_something_is_earned(monkeypatch, pays, names):
    class Bar:
        update = close = lambda *_: None

        def set_postfix(self, told, **_):
            self.told = told

    bar, own = Bar(), Rollouts(ENV)
    monkeypatch.setattr(keeping_module, "progress", lambda *_: bar)

    def data(policy, rng):
        batch = own(policy, rng)
        return batch.with_(reward=torch.full_like(batch.reward, pays))

    train(start(), data, sft_loss, steps=2, lr=0.1)
    assert list(bar.told) == names


def test_a_notebook_shows_a_stop_as_one_line():
    with pytest.raises(Interrupted) as stop:
        train(start(), pressed_at(Rollouts(ENV), 2), reinforce_loss, steps=5, lr=0.1)
    (line,) = stop.value._render_traceback_()
    assert "\n" not in line and "`train(unfinished(), ..., steps=3)` goes on" in line


def test_probes_measure_at_the_steps_that_are_listed_and_at_both_ends():
    how = {"steps": 9, "lr": 0.1, "probes": {"success": success(ENV)}}
    listed = train(start(), Rollouts(ENV), reinforce_loss, **how, probe_every=(4, 5, 6, 200))
    every = train(start(), Rollouts(ENV), reinforce_loss, **how, probe_every=1)
    steps = lambda run: run.history[run.history.metric == "success"].step.unique().tolist()
    assert steps(listed) == [0, 4, 5, 6, 9] and steps(every) == list(range(10))
    assert same(listed, every)


def test_the_history_counts_training_steps_however_many_updates_each_has():
    run = train(start(), Rollouts(ENV), ppo_loss, steps=4, lr=0.1, updates=3)
    assert run.history.step.unique().tolist() == [0, 1, 2, 3] and run.steps == 4
    assert run.settings["updates"] == 3
    with pytest.raises(ValueError, match=r"its own settings, {'updates': 3}: got {'updates': 2}"):
        train(run, Rollouts(ENV), ppo_loss, steps=4, lr=0.1, updates=2)


def test_training_works_outside_the_main_thread():
    runs = []
    thread = threading.Thread(
        target=lambda: runs.append(train(start(), Rollouts(ENV), reinforce_loss, steps=2, lr=0.1))
    )
    thread.start()
    thread.join()
    assert runs[0].steps == 2


def test_a_loss_that_is_not_a_number_ends_the_run_and_keeps_the_last_good_policy():
    def breaks(now, batch):
        breaks.calls += 1
        factor = torch.ones(3)
        factor[1] = float("nan") if breaks.calls == 5 else 1.0
        return reinforce_loss(now, batch) * factor

    breaks.calls = 0
    with pytest.raises(TrainingStopped, match="stopped after 4 of 10 steps: the loss of seed 1") as stop:
        train(start(), Rollouts(ENV), breaks, steps=10, lr=0.1)
    assert isinstance(stop.value.__cause__, NotANumber)
    assert same(stop.value.run, train(start(), Rollouts(ENV), reinforce_loss, steps=4, lr=0.1))


def test_a_saved_run_comes_back_and_goes_on_to_the_same_numbers(tmp_path):
    first = train(start(), Rollouts(ENV), reinforce_loss, steps=4, lr=0.1)
    back = load(save(first, tmp_path / "deep" / "run.safetensors"), like=start())
    assert same(first, back)
    pd.testing.assert_frame_equal(first.history, back.history)
    on = [train(run, Rollouts(ENV), reinforce_loss, steps=6, lr=0.1) for run in (first, back)]
    assert same(*on)


def test_saving_is_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "run.safetensors"
    save(train(start(), Rollouts(ENV), reinforce_loss, steps=4, lr=0.1), path)
    before = path.read_bytes()

    def full(tensors, target, facts):
        with open(target, "wb") as file:
            file.write(before[:100])
        raise OSError("no space left on device")

    monkeypatch.setattr(runs_module, "save_file", full)
    with pytest.raises(OSError, match="no space"):
        save(train(start(), Rollouts(ENV), reinforce_loss, steps=5, lr=0.1), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_half_written_run_is_refused(tmp_path):
    path = save(train(start(), Rollouts(ENV), reinforce_loss, steps=4, lr=0.1), tmp_path / "run.safetensors")
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ValueError, match="not a whole saved run"):
        load(path, like=start())


def test_any_bit_of_a_saved_run_that_was_turned_is_refused_with_a_sentence(tmp_path):
    path = save(train(start(), Rollouts(ENV), reinforce_loss, steps=4, lr=0.1), tmp_path / "run.safetensors")
    whole, draws = path.read_bytes(), random.Random(0)
    head = 8 + int.from_bytes(whole[:8], "little")
    for at in [*range(8), *draws.sample(range(8, head), 80), *draws.sample(range(head, len(whole)), 80)]:
        turned = bytearray(whole)
        turned[at] ^= 1 << draws.randrange(8)
        path.write_bytes(bytes(turned))
        with pytest.raises(ValueError, match="not a whole saved run"):
            load(path, like=start())


def changed_file(path, change):
    """A saved run with other tensors and facts, under the checksum that these have."""
    with safe_open(path, framework="pt") as file:
        tensors, facts = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()
    del facts["checksum"]
    facts = {name: json.loads(fact) for name, fact in facts.items()}
    change(tensors, facts)
    facts = {name: json.dumps(fact) for name, fact in facts.items()}
    save_file(tensors, path, {**facts, "checksum": runs_module._checksum(tensors, facts)})
    return path


PARTS_APART = {
    "no rng": lambda tensors, facts: tensors.pop("rng"),
    "no step of Adam's": lambda tensors, facts: tensors.pop("adam.0.step"),
    "a moment of Adam's": lambda tensors, facts: tensors.pop("adam.0.exp_avg"),
    "nothing of Adam's": lambda tensors, facts: [
        tensors.pop(name) for name in list(tensors) if name.startswith("adam.")
    ],
    "other steps": lambda tensors, facts: facts["settings"].update(steps=999),
    "fewer steps": lambda tensors, facts: facts["settings"].update(steps=3),
    "no steps": lambda tensors, facts: facts["settings"].pop("steps"),
    "other updates": lambda tensors, facts: facts["settings"].update(updates=2),
    "settings of another kind": lambda tensors, facts: facts.update(settings=[1]),
    "an unknown metric": lambda tensors, facts: tensors["history.metric"].add_(99),
    "a short column": lambda tensors, facts: tensors.update(
        {"history.step": tensors["history.step"][:5].clone()}
    ),
    "a short history": lambda tensors, facts: tensors.update(
        {name: tensors[name][:20].clone() for name in list(tensors) if name.startswith("history.")}
    ),
    "no metrics": lambda tensors, facts: facts.pop("metrics"),
}


@pytest.mark.parametrize("change", PARTS_APART.values(), ids=PARTS_APART)
def test_a_saved_run_whose_parts_do_not_belong_together_is_refused(tmp_path, change):
    path = save(train(start(), Rollouts(ENV), reinforce_loss, steps=4, lr=0.1), tmp_path / "run.safetensors")
    with pytest.raises(ValueError, match="not a whole saved run"):
        load(changed_file(path, change), like=start())


def test_a_history_that_is_not_the_runs_own_is_not_saved(tmp_path):
    run = train(start(), Rollouts(ENV), reinforce_loss, steps=4, lr=0.1)
    run.history = run.history[run.history.step < 3]
    with pytest.raises(ValueError, match="3 of 12 rewards are not in its history of 4 steps"):
        save(run, tmp_path / "run.safetensors")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "where, error, said",
    [
        ("", ValueError, "is a folder"),
        ("none", FileNotFoundError, "none"),
        pytest.param("/dev/null", ValueError, "is no ordinary file", marks=POSIX),
    ],
)
def test_what_is_no_file_is_said(tmp_path, where, error, said):
    with pytest.raises(error, match=said):
        load(tmp_path / where, like=start())


@pytest.mark.parametrize("where", ["file/run", "file/deeper/run", pytest.param("/dev/null/run", marks=POSIX)])
def test_where_no_folder_can_be_a_run_is_not_saved_and_that_is_said(tmp_path, where):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OSError, match=r"could not write .*run .*Save it elsewhere"):
        save(train(start(), Rollouts(ENV), reinforce_loss, steps=1, lr=0.1), tmp_path / where)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("call", [1, 4])
def test_a_run_that_was_stopped_is_saved_and_comes_back(tmp_path, call):
    def stops(policy, rng):
        stops.calls += 1
        if stops.calls == call:
            raise KeyboardInterrupt
        return Rollouts(ENV)(policy, rng)

    stops.calls = 0
    with pytest.raises(Interrupted) as stop:
        train(start(), stops, reinforce_loss, steps=9, lr=0.1)
    run = stop.value.run
    back = load(save(run, tmp_path / "run.safetensors"), like=start())
    assert same(back, run) and back.stopped == run.stopped and back.steps == call - 1


def test_a_run_of_other_seeds_is_refused(tmp_path):
    path = save(train(start(), Rollouts(ENV), reinforce_loss, steps=1, lr=0.1), tmp_path / "run.safetensors")
    with pytest.raises(ValueError, match=r"seeds \[0, 1, 2\]"):
        load(path, like=start(2))


def test_gradients_are_clipped_seed_by_seed():
    policy = start(2)
    for p in policy.stacked:
        p.grad = torch.ones_like(p)
        p.grad[1] *= 1e-3
    norms = policy.clip_gradients(1.0)
    after = torch.cat([p.grad.flatten(1) for p in policy.stacked], dim=1).norm(dim=1)
    assert after[0] == pytest.approx(1.0) and after[1] == pytest.approx(norms[1].item())


def test_a_saved_history_comes_back_as_it_was_whatever_its_metrics_are_called(tmp_path):
    odd = {name: torch.tensor([float("nan"), float("inf"), 0.1]).double() for name in ("None", "NA", "", "1")}
    first = train(start(), Rollouts(ENV), reinforce_loss, steps=2, lr=0.1, probes={"odd": lambda _: odd})
    back = load(save(first, tmp_path / "run.safetensors"), like=start())
    pd.testing.assert_frame_equal(first.history, back.history)
    assert back.stopped is None and back.settings == first.settings


def test_a_saved_run_of_another_shape_is_refused(tmp_path):
    path = save(train(start(), Rollouts(ENV), reinforce_loss, steps=1, lr=0.1), tmp_path / "run.safetensors")
    with pytest.raises(ValueError, match=r"does not fit `like`: .*is .* there and .* here"):
        load(path, like=Policy(mlp(1, 3, hidden=(9,)), seeds=3))


@pytest.mark.parametrize(
    "mistake, message",
    [
        (
            lambda: train(start(), Rollouts(ENV, advantage=None), reinforce_loss, steps=1, lr=0.1),
            "give the data source",
        ),
        (
            lambda: train(start(), Demonstrations(ENV, walk_right_bandit), ppo_loss, steps=1, lr=0.1),
            "give the data source",
        ),
        (lambda: train(start(), Rollouts(ENV), grpo_loss, steps=1, lr=0.1), "reference=True"),
        (
            lambda: train(start(), Rollouts(ENV), lambda now, b: now.logp.mean(), steps=1, lr=0.1),
            r"shape \(3,\)",
        ),
        (lambda: dpo_loss(*odd_pairs()), "odd number"),
        (lambda: Preferences(odd_pairs()[1]), "must be even"),
        (lambda: Recorded(odd_pairs()[1], episodes=8), "was given 3"),
        (lambda: Policy(table(3), seeds=[]), "at least one seed"),
        (lambda: Policy(table(3), seeds=[1, 2, 1]), "1 comes twice"),
        (
            lambda: start().evaluate(torch.ones(3, 4, 1, 1), torch.zeros(3, 5, 1, dtype=torch.long)),
            "do not fit|Type-check",
        ),
        (lambda: Policy(lambda: torch.nn.BatchNorm1d(3), seeds=2), "no buffers"),
        (lambda: corridors(5, left=3), "a share from 0 to 1: got 3"),
    ],
)
def test_errors_say_what_to_do(mistake, message):
    with pytest.raises(Exception, match=message):
        mistake()


def walk_right_bandit(env, state):
    return torch.zeros_like(state)


def odd_pairs():
    policy = start()
    batch = own_episodes(policy, ENV, 3)
    return policy.evaluate(batch.obs, batch.action), batch


def test_an_unknown_metric_is_answered_with_those_there_are():
    run = train(start(), Rollouts(ENV), reinforce_loss, steps=1, lr=0.1)
    with pytest.raises(KeyError, match="'loss', 'reward'"):
        run.last("rewrad")


def test_drift_and_entropy_agree_with_each_other():
    one, other = start(), train(start(), Rollouts(ENV), reinforce_loss, steps=20, lr=0.1).policy
    batch = own_episodes(one, ENV)
    uniform = Policy(table(3), seeds=3)
    assert torch.allclose(entropy_on(batch)(uniform), torch.full((3,), 3.0).log())
    assert torch.allclose(
        kl_from(uniform, batch)(other), torch.tensor(3.0).log() - entropy_on(batch)(other), atol=1e-5
    )
    assert (kl_from(one, batch)(one).abs() < 1e-6).all()
    assert not torch.allclose(kl_from(one, batch)(other), forward_kl_from(one, batch)(other), rtol=0.01)


def test_both_arms_learn_the_corridor_and_the_null_arm_does_not():
    env = GridWorld(corridors(9), horizon=16)
    policy = Policy(mlp(env.features, env.actions, hidden=(16,)), seeds=4)
    arms = {
        "SFT": (Demonstrations(env, walk_to_coin), sft_loss),
        "RL": (Rollouts(env), reinforce_loss),
        "null": (Rollouts(env), sft_loss),
    }
    score = {
        name: train(policy, *arm, steps=40, lr=0.01, probes={"success": success(env)}).last("success").mean()
        for name, arm in arms.items()
    }
    assert score["SFT"] > 0.95 and score["RL"] > 0.95 and score["null"] < 0.8


def test_the_two_teachers_agree_where_the_coin_is_on_the_right_and_differ_elsewhere():
    for left, agree in ((0.0, True), (1.0, False)):
        env = GridWorld(corridors(9, left), horizon=16)
        batch = own_episodes(start_grid(env), env)
        state = env.reset(Rng([0]), 32)
        same_move = walk_to_coin(env, state) == walk_right(env, state)
        assert bool(same_move.all() if agree else (~same_move).all())
        assert batch.obs.shape[-1] == env.features


def start_grid(env):
    return Policy(mlp(env.features, env.actions, hidden=(8,)), seeds=1)


def test_held_out_corridors_share_no_map_with_training():
    maps = lambda levels: set(zip(levels.start.tolist(), levels.coin.tolist(), strict=True))
    train_maps, test_maps = maps(corridors(9, 0.5)), maps(corridors(9, 0.5, held_out=True))
    assert not train_maps & test_maps
    assert len(train_maps | test_maps) == 7 * 8


@pytest.mark.parametrize("left", [0.0, 0.1, 1.0])
def test_the_coin_lies_on_the_left_as_often_as_asked(left):
    env = GridWorld(corridors(9, left), horizon=16)
    state = env.reset(Rng([0]), 4000)
    share = (env.levels.coin[state.level] < state.agent).float().mean().item()
    assert share == pytest.approx(left, abs=0.02)


@pytest.mark.parametrize("updates", [1, 3])
def test_weights_that_are_not_finite_are_never_called_good(updates):
    # finite, and so is its slope, to the last
    falling = lambda now, batch: (1e-3 * now.logits).sum((1, 2, 3))
    with pytest.raises(TrainingStopped, match="a weight of the policy is not a finite number after") as stop:
        train(Policy(table(3), seeds=3), Rollouts(ENV), falling, steps=30, lr=2e37, updates=updates)
    weight = stop.value.run.policy.stacked[0]
    assert weight.isfinite().all() and weight.min() < -1e38
    assert stop.value.run.steps == stop.value.run.history.step.max() + 1


def test_a_policy_that_was_spoiled_on_the_way_is_taken_back_to_the_last_good_one():
    def spoils(policy):
        spoils.calls += 1
        if spoils.calls == 3:
            with torch.no_grad():
                policy.stacked[0][1] = torch.inf
        return torch.ones(3)

    spoils.calls = 0
    how = {"lr": 0.1, "steps": 6}
    with pytest.raises(TrainingStopped, match="after 2 of 6 steps") as stop:
        train(start(), Rollouts(ENV), reinforce_loss, **how, probes={"spoils": spoils}, probe_every=1)
    assert same(stop.value.run, train(start(), Rollouts(ENV), reinforce_loss, steps=2, lr=0.1))


def test_a_second_stream_of_probes_measures_the_same_policy_by_other_episodes():
    env, many = GridWorld(corridors(9, left=0.5), horizon=16), 256
    policy = Policy(mlp(env.features, env.actions, hidden=(8,)), seeds=32)
    first, second = (
        success(env, episodes=many, stream=stream)(policy) for stream in (Stream.PROBES, Stream.PROBES_AGAIN)
    )
    assert not torch.equal(first, second)
    assert torch.equal(success(env, episodes=many)(policy), first)
    scatter = (first - second).square().mean().div(2).sqrt()
    assert scatter < 1.3 * (first * (1 - first) / many).mean().sqrt()  # the luck of the episodes, and no more


@pytest.mark.parametrize("how", ["mul_", "data"])
@pytest.mark.parametrize("later", [False, True])
def test_a_probe_that_changes_the_policy_is_refused_and_the_run_stays_as_it_was(how, later):
    calls = []

    def probe(policy):
        calls.append(1)
        with torch.no_grad():
            for weight in policy.stacked if len(calls) > 2 * later else ():
                weight.mul_(0.5) if how == "mul_" else weight.data.fill_(0)
        return torch.zeros(3)

    again = lambda **probes: train(start(), Rollouts(ENV), reinforce_loss, steps=2, lr=0.1, **probes)
    with pytest.raises(
        TrainingStopped if later else ValueError, match=r"a probe has changed the weights"
    ) as stop:
        again(probes={"probe": probe}, probe_every=1)
    if later:
        assert same(stop.value.run, again())
