"""Adam makes torch's own steps, and remembers what torch's own remembers."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch

from helpers.core.adam import Adam, moments, set_moments

ROOT = Path(__file__).parents[2]


def weights():
    rng = torch.Generator().manual_seed(0)
    return [torch.nn.Parameter(torch.randn(*shape, generator=rng)) for shape in ((3, 4, 5), (3, 4), (3, 1))]


def gradients(steps, *, without=()):
    """Of each step and weight; `without`: pairs (step, weight) that have none."""
    rng = torch.Generator().manual_seed(1)
    drawn = [[10 ** (-3 * k) * torch.randn(*one.shape, generator=rng) for k, one in enumerate(weights())]]
    for _ in range(steps - 1):
        drawn.append([torch.randn(one.shape, generator=rng) * one for one in drawn[0]])
    return [[None if (i, k) in without else one for k, one in enumerate(row)] for i, row in enumerate(drawn)]


def climbed(optimiser, given):
    """The weights of an optimiser after steps with these gradients."""
    own = optimiser.param_groups[0]["params"]
    for row in given:
        for weight, gradient in zip(own, row, strict=True):
            weight.grad = gradient
        optimiser.step()
    return own


@pytest.mark.parametrize("without", [(), [(0, 1), (3, 0), (3, 1)], [(i, 2) for i in range(20)]])
@pytest.mark.parametrize("said", [{"fused": True}, {}])
def test_steps_are_those_of_torch_to_the_bit(without, said):
    given = gradients(20, without=without)
    theirs = climbed(torch.optim.Adam(weights(), lr=0.1, **said), given)
    ours = climbed(Adam(weights(), 0.1, fused=bool(said)), given)
    for mine, their in zip(ours, theirs, strict=True):
        assert torch.equal(mine, their)


def test_it_remembers_what_torchs_own_does():
    mine, theirs = Adam(weights(), 0.1), torch.optim.Adam(weights(), lr=0.1, fused=True)
    given = gradients(5, without=[(i, 2) for i in range(5)])
    climbed(mine, given)
    climbed(theirs, given)
    there = {
        f"adam.{i}.{name}": value
        for i, slot in theirs.state_dict()["state"].items()
        for name, value in slot.items()
    }
    kept = moments(mine)
    assert kept.keys() == there.keys()
    assert all(
        torch.equal(kept[name], value) and kept[name].dtype == value.dtype for name, value in there.items()
    )


def test_from_its_moments_it_goes_on_to_the_same_bits():
    given = gradients(20)
    first = Adam(weights(), 0.1)
    half = [one.detach().clone() for one in climbed(first, given[:10])]
    kept, second = moments(first) | {"data.adam.0.step": torch.ones(())}, Adam(weights(), 0.1)
    for weight, value in zip(second.param_groups[0]["params"], half, strict=True):
        weight.data.copy_(value)
    set_moments(second, kept)
    pairs = zip(climbed(first, given[10:]), climbed(second, given[10:]), strict=True)
    assert all(torch.equal(mine, other) for mine, other in pairs)


def test_what_was_kept_stays_as_it_is_when_steps_are_made():
    optimiser = Adam(weights(), 0.1)
    climbed(optimiser, gradients(2))
    kept = moments(optimiser)
    copies = {name: value.clone() for name, value in kept.items()}
    set_moments(optimiser, kept)
    climbed(optimiser, gradients(2))
    assert all(torch.equal(value, copies[name]) for name, value in kept.items())


def test_gradients_are_gone_or_zero():
    optimiser = Adam(weights(), 0.1)
    own = climbed(optimiser, gradients(1))
    optimiser.zero_grad(set_to_none=False)
    assert all(torch.equal(one.grad, torch.zeros_like(one)) for one in own)
    optimiser.zero_grad()
    assert all(one.grad is None for one in own)


def test_another_rate_counts_from_the_next_step():
    given = gradients(2)
    optimiser, theirs = Adam(weights(), 0.1), torch.optim.Adam(weights(), lr=0.1, fused=True)
    for one in (optimiser, theirs):
        climbed(one, given[:1])
        one.param_groups[0]["lr"] = 0.01
        climbed(one, given[1:])
    pairs = zip(optimiser.param_groups[0]["params"], theirs.param_groups[0]["params"], strict=True)
    assert all(torch.equal(mine, other) for mine, other in pairs)


def test_training_does_not_bring_in_torchs_compiler():
    program = """
    import sys
    from helpers.core import GAE, Policy, Rollouts, mlp, ppo_loss, reinforce_loss, table, train
    from helpers.worlds.bandits import Bandit

    world = Bandit([0.0, 1.0])
    train(Policy(table(2)), Rollouts(world), reinforce_loss, steps=2, lr=0.1)
    critic = Rollouts(world, advantage=GAE(world.features))
    train(Policy(mlp(world.features, 2)), critic, ppo_loss, steps=2, lr=0.1, updates=2)
    print("torch._dynamo" in sys.modules)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.stdout.split() == ["False"], done.stderr
