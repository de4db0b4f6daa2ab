"""Policies: derivatives of every order against torch's own, what is trained and what is frozen, what is handed in."""

import copy
import itertools

import pytest
import torch
from torch import nn

from helpers.core import Policy, Rollouts, load, ppo_loss, reinforce_loss, save, train
from helpers.core.adam import Adam
from helpers.core.advantages import GAE
from helpers.core.policy import mlp, plain_logits, table
from helpers.core.streams import Rng, Stream
from helpers.core.types import Batch
from helpers.lm import fast
from helpers.worlds.bandits import Bandit


def functions_of_our_own(module):
    """The custom autograd functions of a module."""
    return {
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, torch.autograd.Function)
    }


def test_every_custom_function_is_in_the_table_below():
    """A new one gets its line here, and with it its derivatives are compared."""
    import importlib
    import pkgutil

    import helpers

    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(helpers.__path__, "helpers.")
        if found.name.split(".")[1] in ("core", "worlds", "lm")
    ]
    found = set().union(*map(functions_of_our_own, modules))
    assert {function.__name__ for function in found} == {"_Tanh", "_LogProb"}


@pytest.mark.parametrize("hidden", [(), (5,), (5, 4), (5, 4, 3)])
def test_first_and_second_derivatives_of_the_fast_net_equal_finite_differences(hidden):
    g = torch.Generator().manual_seed(0)
    sizes = [3, *hidden, 2]
    weights = [
        torch.randn(2, *shape, generator=g, dtype=torch.float64).requires_grad_()
        for a, b in itertools.pairwise(sizes)
        for shape in ((b, a), (b,))
    ]
    obs = torch.randn(2, 4, 3, generator=g, dtype=torch.float64, requires_grad=True)
    net = lambda obs, *weights: plain_logits(obs, weights)
    assert torch.autograd.gradcheck(net, (obs, *weights))
    assert torch.autograd.gradgradcheck(net, (obs, *weights))


def test_first_and_second_derivatives_of_log_probabilities_equal_finite_differences():
    g = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 4, 5, generator=g, dtype=torch.float64, requires_grad=True)
    action = torch.randint(5, (3, 4), generator=g)
    assert torch.autograd.gradcheck(lambda x: fast.logp_of_many(x, action), logits)
    assert torch.autograd.gradgradcheck(lambda x: fast.logp_of_many(x, action), logits)


def test_a_gradient_of_a_gradients_length_equals_that_of_a_plain_torch_net():
    policy = Policy(mlp(4, 3, hidden=(8, 8)), seeds=2)
    obs, action = Rng([0, 1]).gumbel(6, 5, 4), Rng([0, 1]).integers(3, 6, 5)

    def length(logp, weights):
        slope = torch.autograd.grad(logp.sum(), weights, create_graph=True)
        return sum(part.square().sum() for part in slope)

    ours = list(policy.stacked)
    found = torch.autograd.grad(length(policy.evaluate(obs, action).logp, ours), ours)
    for seed in range(2):
        net = copy.deepcopy(policy._hidden[0])
        net.load_state_dict({name: w[seed] for name, w in zip(policy.names, ours, strict=True)})
        plain = net(obs[seed]).log_softmax(-1).gather(-1, action[seed][..., None])
        expected = torch.autograd.grad(length(plain, list(net.parameters())), list(net.parameters()))
        for one, other in zip(found, expected, strict=True):
            torch.testing.assert_close(one[seed], other, rtol=1e-4, atol=1e-4)


# The frozen reference
def trained(seeds=3, **how):
    start = Policy(mlp(1, 4, hidden=(8,)), seeds=seeds)
    data = Rollouts(Bandit([0.0, 1.0, 0.5, 0.2]), reference=True)
    return start, train(start, data, reinforce_loss, steps=3, lr=0.1, **how).policy


def test_what_is_frozen_is_not_counted_clipped_or_among_the_weights():
    start, policy = trained()
    assert policy.reference is not None
    names = list(policy.state_dict())
    assert names == list(start.state_dict()) and len(list(policy.parameters())) == len(names)
    assert all(weight.requires_grad for weight in policy.parameters())
    assert sum(p.numel() for p in policy.parameters()) == sum(p.numel() for p in start.parameters())
    assert len(Adam(policy.parameters(), 0.1).param_groups[0]["params"]) == len(names)
    assert not any(weight.requires_grad for weight in policy.reference.parameters())
    assert "reference" not in dict(policy.named_modules())


def test_the_reference_goes_along_to_a_copy_a_seed_another_precision():
    start, policy = trained()
    same = lambda one, other: all(torch.equal(a, b) for a, b in zip(one.stacked, other.stacked, strict=True))
    assert same(policy.reference, start) and not same(policy, start)
    assert same(policy.clone().reference, start) and same(policy.start_training().reference, policy)
    one = policy.select(2)
    assert same(one.reference, start.select(2)) and one.reference.seeds == (2,)
    assert not any(weight.requires_grad for weight in one.reference.parameters())
    assert policy.clone().double().reference.stacked[0].dtype == torch.float64


def test_the_reference_stays_out_of_sight_however_it_is_set():
    policy = Policy(table(3), seeds=2)
    policy.reference = policy.clone()
    assert len(list(policy.parameters())) == 1 and len(policy.state_dict()) == 1


def test_a_saved_run_holds_each_weight_once_and_its_own_reference(tmp_path):
    from safetensors import safe_open

    start = Policy(mlp(1, 4, hidden=(8,)), seeds=3)
    data = Rollouts(Bandit([0.0, 1.0, 0.5, 0.2]), reference=True)
    run = train(start, data, reinforce_loss, steps=3, lr=0.1)
    path = save(run, tmp_path / "run.safetensors")
    with safe_open(path, framework="pt") as file:
        names = [name for name in file.keys() if name.split(".")[0] in ("policy", "reference")]
        numbers = sum(file.get_tensor(name).numel() for name in names)
    assert numbers == 2 * sum(weight.numel() for weight in start.parameters())
    other = Policy(mlp(1, 4, hidden=(8,)), seeds=3)
    with torch.no_grad():
        for weight in other.parameters():
            weight += 1
    back = load(path, other).policy.reference
    assert all(torch.equal(one, two) for one, two in zip(back.stacked, start.stacked, strict=True))


def test_a_selected_seed_is_that_seed_by_its_own_number():
    policy = Policy(mlp(2, 3, hidden=(4,)), seeds=[100, 7])
    for place, seed in enumerate([100, 7]):
        one = policy.select(seed)
        assert one.seeds == (seed,)
        assert all(torch.equal(a[place], b[0]) for a, b in zip(policy.stacked, one.stacked, strict=True))
    for wrong in (0, 1, -1, 101, [7, 101]):
        with pytest.raises(ValueError, match="100, 7"):
            policy.select(wrong)


def test_some_seeds_are_selected_in_the_order_in_which_they_are_named():
    policy = Policy(mlp(2, 3, hidden=(4,)), seeds=[100, 7, 8])
    some = policy.select((8, 100))
    assert some.seeds == (8, 100)
    pairs = zip(policy.stacked, some.stacked, strict=True)
    assert all(torch.equal(all_seeds[[2, 0]], chosen) for all_seeds, chosen in pairs)


def test_an_action_is_the_same_whether_or_not_it_is_asked_how_likely_it_was():
    policy, rng = Policy(mlp(2, 3, hidden=(4,)), seeds=3), torch.Generator().manual_seed(0)
    obs, noise = torch.randn(3, 9, 2, generator=rng), torch.randn(3, 9, 3, generator=rng)
    assert torch.equal(policy.choose(obs, noise), policy.sample(obs, noise)[0])
    with pytest.raises(ValueError, match="noise"):
        policy.choose(obs, noise[:, :, :2])


# What is handed in
@pytest.mark.parametrize(
    "seeds, error, said",
    [
        (0, ValueError, "at least 1"),
        (-1, ValueError, "at least 1"),
        ([], ValueError, "at least one seed"),
        ([1, 2, 1], ValueError, "1 comes twice"),
        (range(0, 0), ValueError, "at least one seed"),
        ([1, -2], ValueError, "at least 0"),
        ([0.5], TypeError, "whole number"),
        ("12", TypeError, "whole number"),
        (True, TypeError, "whole number"),
        (2.0, TypeError, "whole number"),
        (None, TypeError, "whole number"),
    ],
)
def test_seeds_that_make_no_sense_are_named(seeds, error, said):
    with pytest.raises(error, match=said):
        Policy(table(2), seeds=seeds)


def test_seeds_may_come_as_anything_that_holds_whole_numbers():
    import numpy as np

    for seeds in ([3, 4], (3, 4), range(3, 5), np.array([3, 4]), iter([3, 4])):
        policy = Policy(table(2), seeds=seeds)
        assert policy.seeds == (3, 4) and all(type(seed) is int for seed in policy.seeds)


@pytest.mark.parametrize("make", [table(2, observations=3), mlp(3, 2, hidden=(4,))])
def test_observations_of_another_shape_are_named_before_torch_stumbles(make):
    policy = Policy(make, seeds=2)
    for shape in [(3, 5, 3), (1, 5, 3), (3,)]:
        with pytest.raises(ValueError, match="observations of 2 seeds"):
            policy.logits(torch.zeros(shape))
    with pytest.raises(ValueError, match="all axes but the last"):
        policy.evaluate(torch.zeros(2, 5, 4, 3), torch.zeros(2, 5, 3, dtype=torch.long))


def test_another_number_of_features_is_named():
    with pytest.raises(ValueError, match="reads 3 features"):
        Policy(mlp(3, 2), seeds=2).logits(torch.zeros(2, 5, 4))


@pytest.mark.parametrize("wrong", [0, -1, float("nan")])
def test_a_limit_that_would_climb_or_stop_all_is_refused(wrong):
    policy = Policy(table(2), seeds=1)
    policy.logits(torch.ones(1, 1, 1)).sum().backward()
    with pytest.raises(ValueError, match="clip_norm is a number above 0"):
        policy.clip_gradients(wrong)


@pytest.mark.parametrize(
    "make", [lambda: mlp(0, 2), lambda: mlp(2, -1), lambda: mlp(2, 2, hidden=(0,)), lambda: table(0)]
)
def test_a_net_without_size_is_refused(make):
    with pytest.raises(ValueError, match="at least 1"):
        make()


def test_a_clipped_gradient_keeps_each_seeds_direction_and_no_other_seed():
    policy = Policy(mlp(3, 2, hidden=(4,)), seeds=3)
    obs, scale = Rng(policy.seeds).gumbel(5, 3), torch.tensor([100.0, 1e-3, 1.0])[:, None, None]
    (policy.logits(obs) * scale).sum().backward()
    before = [p.grad.clone() for p in policy.stacked]
    norms = policy.clip_gradients(1.0)
    exact = torch.stack([torch.cat([g[seed].flatten() for g in before]).norm() for seed in range(3)])
    assert torch.allclose(norms, exact)
    shrunk = torch.minimum(1 / exact, torch.ones(3))
    for now, old in zip(policy.stacked, before, strict=True):
        assert torch.allclose(now.grad, old * shrunk.view(-1, *[1] * (old.dim() - 1)))


def test_a_second_order_objective_can_be_trained():
    """A penalty on how fast the log-probabilities change, which needs the derivative of a derivative."""
    start = Policy(mlp(1, 4, hidden=(8,)), seeds=2)

    def smooth(now, batch):
        slope = torch.autograd.grad(now.logp.sum(), now.logits, create_graph=True)[0]
        return ppo_loss(now, batch) + slope.square().mean((1, 2, 3))

    run = train(start, Rollouts(Bandit([0.0, 1.0, 0.5, 0.2])), smooth, steps=3, lr=0.1)
    assert run.stopped is None and all(weight.isfinite().all() for weight in run.policy.parameters())


def test_nets_of_other_kinds_have_second_derivatives_too():
    policy = Policy(lambda: nn.Sequential(nn.Linear(2, 4), nn.GELU(), nn.Linear(4, 3)), seeds=2).double()
    obs = torch.randn(2, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(policy.logits, obs)


@pytest.mark.parametrize("stream", [Stream.TRAINING, Stream.PROBES, Stream.CHOICES])
def test_a_policy_starts_from_other_random_numbers_than_training_and_probes_draw(stream):
    drawn = Rng([3], stream).uniform(8)[0]
    bare = lambda: torch.nn.Linear(8, 1, bias=False)
    first = (
        Policy(bare, seeds=[3]).stacked[0].flatten().detach()
    )  # uniform in +-1/sqrt(8), if from the same numbers
    same = Policy(bare, seeds=[3], stream=stream).stacked[0].flatten().detach()
    as_weights = (2 * drawn - 1) / 8**0.5
    assert torch.allclose(same, as_weights, atol=1e-6) and not torch.allclose(first, as_weights, atol=1e-2)


def test_a_critic_starts_from_the_number_of_its_seed_and_from_other_weights_than_the_policy():
    def critic(seeds):
        shape = (len(seeds), 4, 1)
        mask = torch.ones(shape, dtype=torch.bool)
        batch = Batch(torch.ones(*shape, 3), mask.long(), mask, torch.ones(shape), seeds=seeds)
        advantage = GAE(3, fits=0)
        advantage(batch)
        return advantage.critic

    together, alone = critic((4, 9)), critic((9,))
    policy = Policy(mlp(3, 1, (64, 64)), seeds=[9])
    assert torch.equal(together.stacked[0][1], alone.stacked[0][0])
    assert not torch.allclose(alone.stacked[0][0], policy.stacked[0][0], atol=1e-3)


def test_a_policy_is_made_without_a_word_to_other_devices(monkeypatch):
    told = []
    monkeypatch.setattr(torch, "manual_seed", told.append)
    Policy(mlp(3, 2), seeds=2)
    assert not told


def test_a_seed_so_large_that_it_would_draw_from_another_stream_is_refused():
    with pytest.raises(ValueError, match="a seed is below"):
        Rng([1_000_003])
