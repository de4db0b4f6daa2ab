"""What theory says, as tests: fixed points, identities and limits of the objectives."""

import math

import pytest
import torch

from helpers.core.advantages import GAE, batch_relative, gae, group_relative, leashed, reward_to_go
from helpers.core.losses import dpo_loss, grpo_loss, ppo_loss, reinforce_loss, sft_loss
from helpers.core.policy import Policy, mlp, table
from helpers.core.sources import (
    BestOfGroup,
    Demonstrations,
    Preferences,
    Recorded,
    Rollouts,
    reference_logp,
)
from helpers.core.training import train
from helpers.core.types import Batch, Rng
from helpers.worlds.bandits import Bandit

REWARDS = [0.0, 0.5, 1.0, 0.2]
SEEDS = 16


def bandit_policy(seeds=SEEDS):
    return Policy(table(len(REWARDS)), seeds=seeds)


def skewed_policy(seeds=SEEDS):
    policy = bandit_policy(seeds)
    with torch.no_grad():
        policy.stacked[0] += torch.tensor([0.6, -0.4, 0.2, 0.0])[:, None]
    return policy


def probabilities(policy):
    return policy.logits(torch.ones(len(policy.seeds), 1, 1)).softmax(-1)[:, 0].detach()


def gradient(policy, loss, batch):
    grads = torch.autograd.grad(
        loss(policy.evaluate(batch.obs, batch.action), batch).sum(), list(policy.stacked)
    )
    return torch.cat([g.flatten(1) for g in grads], dim=1)


def own_batch(policy, episodes=64, **options):
    return Rollouts(Bandit(REWARDS), episodes=episodes, **options)(policy, Rng(policy.seeds))


def test_fixed_point_of_sft_is_the_data_distribution():
    data = torch.tensor([0.1, 0.2, 0.3, 0.4])
    counts = torch.repeat_interleave(torch.arange(4), (data * 50).long())
    recorded = Batch(
        torch.ones(1, 50, 1, 1),
        counts.view(1, 50, 1),
        torch.ones(1, 50, 1, dtype=torch.bool),
        torch.zeros(1, 50, 1),
    )
    run = train(skewed_policy(3), Recorded(recorded, episodes=50), sft_loss, steps=300, lr=0.05)
    assert torch.allclose(probabilities(run.policy), data.expand(3, 4), atol=1e-3)


def test_reinforce_goes_to_the_best_arm():
    run = train(bandit_policy(), Rollouts(Bandit(REWARDS)), reinforce_loss, steps=300, lr=0.1)
    assert (probabilities(run.policy)[:, 2] > 0.95).all()


def test_fixed_point_of_leashed_rl_is_the_boltzmann_policy():
    start, beta = skewed_policy(), 0.5
    data = Rollouts(Bandit(REWARDS), episodes=512, advantage=leashed(batch_relative, beta), reference=True)
    run = train(start, data, reinforce_loss, steps=400, lr=0.02)
    optimum = (probabilities(start).log() + torch.tensor(REWARDS) / beta).softmax(-1)
    assert torch.allclose(probabilities(run.policy).mean(0), optimum[0], atol=0.02)


def test_fixed_point_of_grpo_leash_is_not_boltzmann_but_solves_its_own_equation():
    # Its gradient pulls with the forward KL: p_i (r_i - mean r) = beta (p_i - ref_i).
    start, beta = skewed_policy(), 0.25
    data = Rollouts(Bandit(REWARDS), episodes=512, reference=True)
    loss = lambda now, batch: grpo_loss(now, batch, beta=beta)
    p = probabilities(train(start, data, loss, steps=400, lr=0.02).policy).mean(0)
    r, ref = torch.tensor(REWARDS), probabilities(start)[0]
    boltzmann = (ref.log() + r / beta).softmax(-1)
    assert torch.allclose(p * (r - (p * r).sum()), beta * (p - ref), atol=0.01)
    assert (p - boltzmann).abs().max() > 0.05


@pytest.mark.parametrize("n", [2, 4, 16])
def test_best_of_n_stays_within_its_kl_bound(n):
    p = torch.full((50,), 1 / 50)
    cumulative = p.cumsum(0)
    best = cumulative**n - (cumulative - p) ** n  # the reward of an arm is its number
    kl = (best * (best / p).log()).sum().item()
    assert kl <= math.log(n) - (n - 1) / n
    assert kl > 0.8 * (math.log(n) - (n - 1) / n)


def test_best_of_group_samples_the_best_of_n_distribution():
    env, n = Bandit(REWARDS), 4

    class InGroups(Rollouts):
        group = n

    kept = BestOfGroup(InGroups(env, episodes=4000))(bandit_policy(1), Rng([0]))
    share = torch.bincount(kept.action.flatten(), minlength=4) / kept.action.numel()
    # Arms in the order of their reward: 0, 3, 1, 2. P(best <= k-th) = (k / 4) ** n.
    expected = torch.tensor([1.0, 3**n - 2**n, 4**n - 3**n, 2**n - 1]) / 4**n
    assert torch.allclose(share, expected, atol=0.035)


def test_sft_is_reinforce_with_unit_advantage():
    policy = skewed_policy(3)
    batch = own_batch(policy)
    unit = batch.with_(advantage=torch.ones_like(batch.reward))
    assert torch.equal(gradient(policy, sft_loss, unit), gradient(policy, reinforce_loss, unit))


def test_null_arm_has_zero_gradient_in_expectation():
    policy = skewed_policy(256)
    each = gradient(policy, sft_loss, own_batch(policy))
    error = each.std(0) / math.sqrt(len(each))
    assert (each.mean(0).abs() < 4 * error).all()
    assert each.std(0).min() > 0.01  # and yet it is not zero in any one batch: the null arm drifts


def test_reinforce_gradient_is_the_gradient_of_the_expected_reward():
    policy = skewed_policy(512)
    p, r = probabilities(policy)[0], torch.tensor(REWARDS)
    exact = -p * (r - (p * r).sum())  # of minus the expected reward, by the logits
    episodes = 64
    each = (
        gradient(policy, reinforce_loss, own_batch(policy, episodes)) * episodes / (episodes - 1)
    )  # the baseline includes oneself
    error = each.std(0) / math.sqrt(len(each))
    assert ((each.mean(0) - exact).abs() < 4 * error).all()


def test_first_ppo_step_is_a_reinforce_step():
    policy = skewed_policy(3)
    batch = own_batch(policy)
    assert torch.allclose(
        gradient(policy, ppo_loss, batch), gradient(policy, reinforce_loss, batch), atol=1e-6
    )


def test_ppo_does_not_push_an_action_beyond_the_clip():
    policy = skewed_policy(1)
    batch = own_batch(policy)
    far = batch.with_(
        logp=batch.logp - 1, advantage=torch.ones_like(batch.reward)
    )  # ratio e, gain already taken
    assert gradient(policy, ppo_loss, far).abs().max() == 0


def test_grpo_without_a_leash_is_ppo():
    policy = skewed_policy(3)
    batch = own_batch(policy, advantage=group_relative(4))
    batch = batch.with_(
        logp=batch.logp + 0.1 * torch.randn(batch.logp.shape, generator=torch.Generator().manual_seed(0))
    )
    batch = batch.with_(logp_ref=batch.logp)
    no_leash = lambda now, b: grpo_loss(now, b, beta=0.0)
    assert torch.allclose(gradient(policy, no_leash, batch), gradient(policy, ppo_loss, batch))


def test_dpo_starts_at_log_two_and_then_prefers_the_chosen():
    obs, action = torch.ones(1, 2, 1, 1), torch.tensor([[[2], [0]]])
    pairs = Batch(obs, action, torch.ones_like(action, dtype=torch.bool), torch.zeros(1, 2, 1))
    run = train(skewed_policy(3), Preferences(pairs, episodes=8), dpo_loss, steps=100, lr=0.05)
    losses = run.history[run.history.metric == "loss"].groupby("step").value.mean()
    assert losses[0] == pytest.approx(math.log(2), abs=1e-6)
    assert losses.iloc[-1] < 0.6
    after, before = probabilities(run.policy), probabilities(skewed_policy(3))
    assert (after[:, 2] / after[:, 0] > 2 * before[:, 2] / before[:, 0]).all()


def test_dpo_gradient_matches_its_closed_form():
    policy = skewed_policy(1)
    obs, action = torch.ones(1, 2, 1, 1), torch.tensor([[[2], [0]]])
    pairs = Batch(
        obs,
        action,
        torch.ones_like(action, dtype=torch.bool),
        torch.zeros(1, 2, 1),
        logp_ref=torch.zeros(1, 2, 1),
    )
    p = probabilities(policy)[0]
    margin = 0.1 * (p[2].log() - p[0].log())
    slope = -0.1 * (1 - margin.sigmoid())
    expected = slope * torch.tensor([-1.0, 0.0, 1.0, 0.0])
    assert torch.allclose(gradient(policy, dpo_loss, pairs)[0], expected, atol=1e-6)


def random_episodes():
    g = torch.Generator().manual_seed(0)
    reward, value = torch.randn(2, 5, 7, generator=g), torch.randn(2, 5, 7, generator=g)
    mask = torch.arange(7) < torch.tensor([7, 3, 1, 5, 7])[:, None]
    return reward * mask, value, mask.expand(2, 5, 7)


def test_gae_at_lambda_zero_is_the_td_error():
    reward, value, mask = random_episodes()
    after = torch.cat([(value * mask)[:, :, 1:], torch.zeros(2, 5, 1)], dim=-1)
    expected = (reward + 0.9 * after - value) * mask
    assert torch.allclose(gae(reward, value, mask, gamma=0.9, lam=0.0), expected, atol=1e-6)


def test_gae_at_lambda_one_is_the_return_less_the_value():
    reward, value, mask = random_episodes()
    batch = Batch(torch.zeros(2, 5, 7, 1), torch.zeros(2, 5, 7, dtype=torch.long), mask, reward)
    expected = (reward_to_go(batch, 0.9) - value) * mask
    assert torch.allclose(gae(reward, value, mask, gamma=0.9, lam=1.0), expected, atol=1e-5)


def test_a_critic_belongs_to_one_run_and_lowers_its_error():
    critic = GAE(1, lr=0.05)
    batch = own_batch(bandit_policy(3), advantage=None)
    error = lambda: (critic.critic.logits(batch.obs)[..., 0] - batch.reward).square().mean().item()
    critic(batch)
    first = error()
    for _ in range(30):
        critic(batch)
    assert error() < 0.8 * first


def test_group_advantage_is_standardised_within_each_prompt():
    batch = own_batch(bandit_policy(2), advantage=group_relative(8))
    groups = batch.advantage[..., 0].unflatten(1, (-1, 8))
    assert groups.mean(-1).abs().max() < 1e-5
    assert torch.allclose(groups.std(-1), torch.ones(2, 8), atol=2e-3)


def test_reward_weighted_imitation_keeps_the_teachers_better_actions_only():
    careless = lambda env, state: (torch.arange(state.shape[1]) % 4).expand_as(state)
    data = Demonstrations(Bandit(REWARDS), careless, advantage=batch_relative)
    copied = train(bandit_policy(3), Demonstrations(Bandit(REWARDS), careless), sft_loss, steps=200, lr=0.05)
    weighted = train(bandit_policy(3), data, reinforce_loss, steps=100, lr=0.05)
    assert torch.allclose(probabilities(copied.policy), torch.full((3, 4), 0.25), atol=1e-3)
    # Reward minus its mean is positive for arms 1 and 2. Adam moves both alike, whatever their size.
    assert (probabilities(weighted.policy)[:, [1, 2]].sum(-1) > 0.95).all()


@pytest.mark.parametrize("loss", [reinforce_loss, sft_loss])
def test_training_seeds_together_equals_training_each_alone(loss):
    start = Policy(mlp(1, 4, hidden=(8,)), seeds=3)
    together = train(start, Rollouts(Bandit(REWARDS)), loss, steps=20, lr=0.01)
    for seed in range(3):
        alone = train(start.select(seed), Rollouts(Bandit(REWARDS)), loss, steps=20, lr=0.01)
        for many, one in zip(together.policy.stacked, alone.policy.stacked, strict=True):
            assert torch.allclose(many[seed], one[0], atol=1e-6)


@pytest.mark.parametrize("hidden", [(), (8,), (8, 5)])
@pytest.mark.parametrize("axes", [(6,), (6, 7)])
def test_the_fast_way_through_a_plain_net_equals_the_clear_way(hidden, axes):
    policy = Policy(mlp(4, 3, hidden=hidden), seeds=5)
    assert policy._plain
    obs = Rng(policy.seeds).gumbel(*axes, 4)
    through = lambda logits: (logits, torch.autograd.grad(logits.sin().sum(), list(policy.stacked)))
    fast, fast_gradients = through(policy.logits(obs))
    clear, clear_gradients = through(policy._each_seed(lambda net, o: net(o), obs))
    torch.testing.assert_close(fast, clear)
    torch.testing.assert_close(fast_gradients, clear_gradients)


@pytest.mark.parametrize(
    "make",
    [
        table(3, observations=4),
        lambda: torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3)),
        lambda: torch.nn.Sequential(
            torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3, bias=False)
        ),
    ],
)
def test_other_nets_go_the_clear_way(make):
    assert not Policy(make, seeds=2)._plain


def test_reference_is_the_start_and_does_not_move():
    start = skewed_policy(2)
    run = train(start, Rollouts(Bandit(REWARDS), reference=True), reinforce_loss, steps=20, lr=0.1)
    batch = own_batch(start, advantage=None)
    assert torch.allclose(reference_logp(run.policy, batch), start.evaluate(batch.obs, batch.action).logp)
