"""What theory says, as tests: fixed points, identities and limits of the objectives."""

import math
from functools import partial

import pytest
import torch

from helpers.core.advantages import (
    GAE,
    batch_relative,
    gae,
    group_leave_one_out,
    group_relative,
    leashed,
    leave_one_out,
    reward_to_go,
    standardised,
)
from helpers.core.losses import (
    dpo_loss,
    grpo_loss,
    per_episode,
    per_length,
    per_step,
    per_step_per_text,
    ppo_loss,
    reinforce_loss,
    sft_loss,
)
from helpers.core.policy import Policy, mlp, table
from helpers.core.probes import success
from helpers.core.sources import (
    BestOfGroup,
    Demonstrations,
    Preferences,
    Recorded,
    Rollouts,
    reference_logp,
)
from helpers.core.streams import Rng
from helpers.core.training import train
from helpers.core.types import Batch, Learns
from helpers.worlds.bandits import Bandit
from helpers.worlds.grids import GridWorld, corridors

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
    assert is_zero(each)
    assert each.std(0).min() > 0.01  # and yet it is not zero in any one batch: the null arm drifts


def is_zero(each):
    """Whether a mean over seeds (the first axis) is zero to within four standard errors, everywhere."""
    error = each.std(0) / math.sqrt(len(each))
    return bool((each.mean(0).abs() <= 4 * error + 1e-9).all())


def towards_the_coin(loss, seeds=512):
    """How much a step against the loss's gradient makes "right" likelier, for each seed's own batch of corridors."""
    world = GridWorld(corridors(9), horizon=16)
    policy = Policy(table(world.actions, world.features), seeds=seeds)
    batch = Rollouts(world, episodes=8, advantage=None)(policy, Rng(policy.seeds))
    weight = torch.autograd.grad(
        loss(policy.evaluate(batch.obs, batch.action), batch).sum(), policy.stacked[0]
    )[0]
    return -(weight[:, 1] - weight[:, 0]).sum(-1, keepdim=True)


@pytest.mark.parametrize("mean, null", [(per_episode, True), (per_length(16), True), (per_step, False)])
def test_own_actions_all_alike_pull_nowhere_if_nobodys_actions_change_the_denominator(mean, null):
    pull = towards_the_coin(partial(sft_loss, mean=mean))
    assert is_zero(pull) == null
    assert null or pull.mean() > 0  # the coin on the right ends episodes


def test_the_mean_of_each_text_pulls_to_short_ones():
    assert towards_the_coin(partial(sft_loss, mean=per_step_per_text)).mean() > 0
    assert not is_zero(towards_the_coin(partial(sft_loss, mean=per_step_per_text)))


def null_arm(mean, lr, seeds=256, steps=60):
    """How far plain gradient steps move the null arm: success with the coin on the right, less on the left."""
    home, away = (GridWorld(corridors(9, left=left), horizon=16) for left in (0.0, 1.0))
    policy, data = Policy(table(home.actions, home.features), seeds=seeds), Rollouts(home, episodes=16)
    apart = lambda: (success(home)(policy) - success(away)(policy))[:, None]
    before, rng = apart(), Rng(policy.seeds)
    for _ in range(steps):
        batch = data(policy, rng)
        loss = sft_loss(policy.evaluate(batch.obs, batch.action), batch, mean=mean)
        slope = torch.autograd.grad(loss.sum(), policy.stacked[0])[0]
        with torch.no_grad():
            policy.stacked[0] -= lr * slope
    return apart() - before


def test_the_null_arm_learns_nothing_unless_the_denominator_is_random():
    # Measured by left and right, which are alike to it: who drifts becomes decided, and each alone falls a little.
    # By plain steps. Adam divides by the size of recent gradients, and a long episode's is larger: with 16 episodes a
    # batch it leaves 0.03 (per_step: 0.08), with 64 episodes 0.01.
    assert is_zero(null_arm(per_episode, lr=0.03))
    learned = null_arm(per_step, lr=0.5)
    assert not is_zero(learned) and learned.mean() > 0.03


def per_seed_gradient(advantage, episodes, reward=REWARDS):
    policy = skewed_policy(1024)
    batch = Rollouts(Bandit(reward), episodes=episodes, advantage=advantage)(policy, Rng(policy.seeds))
    return probabilities(policy)[0], gradient(policy, reinforce_loss, batch)


@pytest.mark.parametrize("episodes", [2, 3, 16])
@pytest.mark.parametrize("advantage", [batch_relative, leave_one_out])
def test_reinforce_gradient_is_the_gradient_of_the_expected_reward(advantage, episodes):
    p, each = per_seed_gradient(advantage, episodes)
    r = torch.tensor(REWARDS)
    exact = -p * (r - (p * r).sum())  # of minus the expected reward, by the logits
    share = {batch_relative: (episodes - 1) / episodes, leave_one_out: 1}[advantage]
    assert is_zero(each - share * exact)
    assert not is_zero(each - 0.5 * share * exact)


def test_leaving_one_out_compares_each_episode_with_the_mean_of_the_others():
    batch = own_batch(bandit_policy(2), episodes=5)
    one_by_one = lambda value: torch.stack(
        [
            value[:, i] - value[:, [j for j in range(len(value[0])) if j != i]].mean(1)
            for i in range(len(value[0]))
        ],
        1,
    )
    assert torch.allclose(leave_one_out(batch), one_by_one(batch.reward), atol=1e-6)
    groups = own_batch(bandit_policy(2), episodes=6, advantage=group_leave_one_out(3))
    expected = torch.cat([one_by_one(groups.reward[:, :3]), one_by_one(groups.reward[:, 3:])], 1)
    assert torch.allclose(groups.advantage, expected, atol=1e-6)


@pytest.mark.parametrize("reward", [0.0, 0.1, 1000.1, 1e6 + 0.3])
@pytest.mark.parametrize("episodes", [3, 7, 32])
def test_returns_that_are_all_equal_teach_nothing_at_all(reward, episodes):
    # Adam makes a step of full size of any gradient, however small: a rounding error would be learned from.
    start = bandit_policy(3)
    for advantage in (
        batch_relative,
        leave_one_out,
        group_relative(episodes),
        group_leave_one_out(episodes),
        GAE(1, fits=0),
    ):
        data = Rollouts(Bandit([reward] * 4), episodes=episodes, advantage=advantage)
        assert data(start, Rng(start.seeds)).advantage.abs().max() == 0
    run = train(start, Rollouts(Bandit([reward] * 4), episodes=episodes), reinforce_loss, steps=3, lr=0.1)
    assert torch.equal(run.policy.stacked[0], start.stacked[0])


def test_what_all_rewards_share_changes_no_advantage():
    batch = own_batch(bandit_policy(3))
    lifted = batch.with_(reward=batch.reward + 1024)  # a power of two, so that the sum is rounded little
    for advantage in (batch_relative, leave_one_out, group_relative(8), group_leave_one_out(8)):
        torch.testing.assert_close(advantage(lifted), advantage(batch), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("make", [group_relative, group_leave_one_out])
def test_a_group_of_one_and_a_wrong_number_of_episodes_are_named(make):
    with pytest.raises(ValueError, match="a group of 1 has nothing to compare"):
        make(1)
    with pytest.raises(ValueError, match="multiple of 5 episodes: got 64"):
        own_batch(bandit_policy(1), advantage=make(5))
    for advantage in (batch_relative, leave_one_out):
        with pytest.raises(ValueError, match="at least two, got 1"):
            own_batch(bandit_policy(1), episodes=1, advantage=advantage)


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


def test_gae_adds_the_value_of_what_follows_to_the_last_reward():
    reward, value, mask = random_episodes()
    after = torch.randn(2, 5, generator=torch.Generator().manual_seed(1))
    last = mask.long().cumsum(-1) == mask.sum(-1, keepdim=True)
    last &= mask
    earned = reward + 0.9 * after[..., None] * last  # as SB3 does it where an episode ran out of time
    for lam in (0.0, 0.7, 1.0):
        found = gae(reward, value, mask, gamma=0.9, lam=lam, after=after)
        assert torch.allclose(found, gae(earned, value, mask, gamma=0.9, lam=lam), atol=1e-5)
    assert torch.equal(
        gae(reward, value, mask, gamma=0.9, lam=0.7, after=0 * after),
        gae(reward, value, mask, gamma=0.9, lam=0.7),
    )


class Forever:
    """Pays 1 at every step and never ends; there is one action too many, which ends it."""

    actions, features, horizon = 2, 1, 5

    def reset(self, rng, episodes):
        return torch.zeros(len(rng.generators), episodes)

    def observe(self, state):
        return torch.ones(*state.shape, 1)

    def step(self, state, action, rng):
        return state, torch.ones_like(state), action == 1


def knowing(value):
    """A critic that is sure of one value."""
    critic = Policy(mlp(1, 1, hidden=()), seeds=2)
    with torch.no_grad():
        critic.stacked[0].zero_()
        critic.stacked[1].fill_(value)
    return critic


def test_a_world_that_goes_on_is_worth_as_much_at_the_time_limit_as_before():
    # Earning 1 for ever is worth 1 / (1 - gamma) at each step, near the time limit too: then no step is a surprise.
    gamma, policy = 0.8, bandit_of_two(logit=-1e4)
    batch = Rollouts(Forever(), episodes=4, advantage=None)(policy, Rng(policy.seeds))
    assert not batch.ended.any() and batch.mask.all()
    critic = GAE(1, gamma=gamma, critic=knowing(1 / (1 - gamma)), fits=0)
    raw = lambda b: gae(
        b.reward, critic.value(b.obs), b.mask, gamma=gamma, lam=0.9, after=critic._after(b)
    ).detach()
    critic(batch)
    assert raw(batch).abs().max() < 1e-5
    assert raw(batch.with_(ended=None)).abs().max() > 1  # taken as ended: a fall at the limit
    ends = Rollouts(Forever(), episodes=64, advantage=None)(bandit_of_two(0.0), Rng([0, 1]))
    last = (ends.mask.long().cumsum(-1) == ends.mask.sum(-1, keepdim=True)) & ends.mask
    at_the_end = raw(ends)[last].view(2, 64)
    assert ends.ended.any() and not ends.ended.all()
    torch.testing.assert_close(
        at_the_end[ends.ended], torch.full_like(at_the_end[ends.ended], 1 - 1 / (1 - gamma))
    )
    assert at_the_end[~ends.ended].abs().max() < 1e-5


def bandit_of_two(logit):
    policy = Policy(table(2), seeds=2)
    with torch.no_grad():
        policy.stacked[0][:, 1] = logit
    return policy


def test_out_of_time_without_what_was_seen_then_is_named():
    batch = Rollouts(Forever(), episodes=4, advantage=None)(bandit_of_two(-1e4), Rng([0, 1]))
    with pytest.raises(ValueError, match=r"needs batch\.obs_after"):
        GAE(1)(batch.with_(obs_after=None))


def test_standardised_values_have_mean_zero_and_deviation_one_over_the_steps_that_count():
    _, value, mask = random_episodes()
    for shift in (0.0, 4096.0):
        found = standardised(value + shift, mask)
        counted = [row[m] for row, m in zip(found, mask, strict=True)]
        assert all(abs(row.mean()) < 1e-5 and abs(row.std() - 1) < 1e-3 for row in counted)
        assert (found[~mask] == 0).all()
    nothing = standardised(value, torch.zeros_like(mask))
    assert (nothing == 0).all()


@pytest.mark.parametrize(
    "wrong", [{"gamma": 1.5}, {"lam": -0.1}, {"lr": 0}, {"fits": -1}, {"gamma": float("nan")}]
)
def test_a_critic_with_settings_that_make_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        GAE(1, **wrong)


def test_a_leash_on_an_advantage_that_learns_keeps_what_it_learned():
    plain, on_a_leash = leashed(batch_relative, 0.1), leashed(GAE(1), 0.1)
    assert isinstance(plain, Learns) and plain.state() == {}
    batch = own_batch(bandit_policy(2))
    on_a_leash(batch.with_(logp_ref=batch.logp))
    kept = on_a_leash.state()
    other = leashed(GAE(1), 0.1)
    other.restore(kept)
    assert kept and all(torch.equal(other.state()[name], kept[name]) for name in kept)


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


@pytest.mark.parametrize(
    "make",
    [*(mlp(4, 3, hidden=hidden) for hidden in [(), (8,), (8, 5)]), lambda: torch.nn.Linear(4, 3, bias=False)],
)
@pytest.mark.parametrize("axes", [(6,), (6, 7)])
def test_the_fast_way_through_a_plain_net_or_a_table_equals_the_clear_way(make, axes):
    policy = Policy(make, seeds=5)
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
        lambda: torch.nn.Linear(4, 3),
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


def test_a_seeds_noise_is_of_the_numbers_that_torch_draws_from_its_generator_as_exponential_and_as_uniform():
    ours, theirs = Rng([3, 4]), Rng([3, 4])
    for shape in [(1,), (3, 5), (7, 100, 8), (16,)]:
        exponential = torch.stack([torch.empty(shape).exponential_(generator=g) for g in theirs.generators])
        assert torch.equal(ours.gumbel(*shape), -exponential.log())
        assert torch.equal(ours.state(), theirs.state())
        plain = torch.stack([torch.rand(shape, generator=g) for g in theirs.generators])
        assert torch.equal(ours.uniform(*shape), plain)
