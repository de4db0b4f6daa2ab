"""Exact measures give their numbers on the CPU, wherever the policy is."""

import pytest
import torch
from elsewhere import AWAY, Elsewhere, Moved, Pretended, same_elsewhere

from helpers.core import Policy, mlp, table
from helpers.lessons.lesson00 import by_hand, exact, experiment
from helpers.lessons.lesson01 import experiment as bandits
from helpers.lessons.lesson01 import humps
from helpers.lessons.lesson03.arms import world
from helpers.worlds.bandits import probabilities
from helpers.worlds.exact import Chances

MAZES = world(0.5)
MEASURES = {
    "where a network steps": (exact.chances, lambda: experiment.beginner([1, 2])),
    "lesson 00's probes": (
        lambda policy: tuple(experiment.probes(experiment.corridor(0.1))["corridors"](policy).values()),
        lambda: experiment.beginner([1, 2]),
    ),
    "a network by hand": (
        exact.chances,
        lambda: by_hand.Alone(by_hand.network(experiment.beginner([3])), 3),
    ),
    "a policy's actions": (probabilities, lambda: Policy(table(4), seeds=2)),
    "lesson 01's probes": (
        lambda policy: tuple(bandits.chances(policy).values()),
        lambda: Policy(table(4), seeds=2),
    ),
    "where a hump lies": (humps.centre, lambda: humps.narrow([1, 2])),
    "what is reached in mazes": (
        Chances(MAZES),
        lambda: Policy(mlp(MAZES.features, MAZES.actions, (8,)), seeds=2),
    ),
}


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_of_a_policy_on_another_device_is_the_same_and_on_the_cpu(name):
    measure, policy = MEASURES[name]
    assert same_elsewhere(measure, policy())


def test_the_pretended_device_refuses_what_is_not_there():
    policy, here = Moved(Policy(table(4), seeds=2)), torch.ones(2, 1, 1, 1)
    with Pretended():
        with pytest.raises(RuntimeError, match="same device"):
            policy.logits(here)
        with pytest.raises(RuntimeError, match="same device"):
            torch.add(here.to(AWAY), here)
        there = policy.logits(here.to(AWAY))
        assert type(there) is Elsewhere and type(there.cpu()) is torch.Tensor
