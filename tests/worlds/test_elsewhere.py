"""What is measured on a policy that lives on another device: worlds stay on the CPU, and so do results."""

import pytest
import torch

from helpers.core.policy import Policy, mlp, table
from helpers.lessons.lesson00 import exact, experiment
from helpers.lessons.lesson01 import humps
from helpers.lessons.lesson01.experiment import chances
from helpers.lessons.lesson03 import arms, readings, single
from helpers.worlds.bandits import probabilities


class Far(torch.Tensor):
    """A tensor as on another device: it does not mix with tensors that are here."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        """Compute here, and say that it was done there; `plain.to(far)` brings a tensor there, `far.cpu()` back."""
        if func is torch.Tensor.cpu:
            return near(args[0])
        if func is not torch.Tensor.to:
            inside = [x for arg in args for x in (arg if isinstance(arg, list | tuple) else [arg])]
            if any(type(x) is not Far and isinstance(x, torch.Tensor) and x.dim() for x in inside):
                raise RuntimeError("Expected all tensors to be on the same device")
        with torch._C.DisableTorchFunctionSubclass():
            got = func(*args, **(kwargs or {}))
        return got.as_subclass(Far) if isinstance(got, torch.Tensor) else got


def near(tensor):
    with torch._C.DisableTorchFunctionSubclass():
        return tensor.detach().as_subclass(torch.Tensor)


class Elsewhere(Policy):
    """A policy as on another device."""

    device = torch.zeros(()).as_subclass(Far)

    def __init__(self, policy):
        torch.nn.Module.__init__(self)
        self.policy, self.seeds, self.reference = policy, policy.seeds, None
        self.stacked = [weight.detach().as_subclass(Far) for weight in policy.stacked]

    def logits(self, obs):
        """Of observations that are there, too."""
        assert type(obs) is Far, "observations are here, and the policy is elsewhere"
        return self.policy.logits(near(obs)).detach().as_subclass(Far)

    def sample(self, obs, noise):
        """Actions, which are there, too."""
        assert type(obs) is type(noise) is Far, "observations or noise are here, and the policy is elsewhere"
        return tuple(one.detach().as_subclass(Far) for one in self.policy.sample(near(obs), near(noise)))

    def select(self, seed):
        """The policy of one seed."""
        return Elsewhere(self.policy.select(seed))


ENV = arms.world(0.0, held_out=True)
MAZES = arms.beginner(ENV, [3, 4])
MEASURED = {
    "exact chances in mazes": (lambda policy: list(arms.chances()(policy).values()), MAZES),
    "chances in a bandit": (lambda policy: [probabilities(policy)], Policy(table(3), seeds=2)),
    "chances in a corridor": (lambda policy: [exact.chances(policy)], Policy(mlp(27, 2), seeds=2)),
    "lesson 00's probes": (
        lambda policy: list(experiment.probes(experiment.corridor(0.1))["corridors"](policy).values()),
        experiment.beginner([3, 4]),
    ),
    "lesson 01's probe": (lambda policy: list(chances(policy).values()), Policy(table(4), seeds=2)),
    "where a hump lies": (lambda policy: [humps.centre(policy)], humps.narrow([3, 4])),
    "weights for coin and flag": (lambda policy: readings.weights_of(policy, ENV), MAZES),
    "the way through a maze": (lambda policy: [torch.tensor(readings.way(policy, ENV, 5))], MAZES.select(3)),
    "a network of one seed": (lambda policy: list(single.net_of(policy, 3).parameters()), MAZES),
}


@pytest.mark.parametrize("what", MEASURED)
def test_a_policy_on_another_device_is_measured_as_here_and_what_is_found_is_here(what):
    measure, policy = MEASURED[what]
    here, there = measure(policy), measure(Elsewhere(policy))
    assert here and len(here) == len(there)
    for a, b in zip(here, there, strict=True):
        assert type(b) is not Far and torch.equal(a.detach(), b.detach())
