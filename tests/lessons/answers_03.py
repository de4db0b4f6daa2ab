"""Lesson 03: right answers written differently, and wrong ones, each with the hint that it must get."""

import math

import numpy as np
import torch
from torch.nn.functional import cross_entropy, softmax

from helpers.lessons.lesson03.single import advantages, roll_out

INF = math.inf


# The goal index of some episodes.


def index_by_counting(coin, flag):
    first = ["coin" if c < f else "flag" if f < c else None for c, f in zip(coin, flag, strict=True)]
    decided = first.count("coin") + first.count("flag")
    return first.count("coin") / decided if decided else 0.5


def index_by_numpy(coin, flag):
    c, f = np.asarray(coin), np.asarray(flag)
    a, b = np.sum(c < f), np.sum(f < c)
    return float(a) / float(a + b) if a + b else 0.5


def index_of_the_decided(coin, flag):
    decided = coin != flag
    return (coin[decided] < flag[decided]).float().mean() if decided.any() else torch.tensor(0.5)


def index_by_signs(coin, flag):
    sign = torch.sign(torch.nan_to_num(flag - coin, nan=0.0))
    return 0.5 + 0.5 * sign.sum() / sign.abs().sum() if sign.any() else 0.5


def shares(coin, flag):
    first, second = (coin < flag).float().mean(), (flag < coin).float().mean()
    return first, second, 1 - first - second


# Discount and baseline.


def weighed_by_matrix(reward, gamma=0.9):
    steps = torch.arange(reward.shape[1])
    ahead = (steps[None] - steps[:, None]).float()
    weight = torch.where(ahead >= 0, torch.tensor(float(gamma)) ** ahead.clamp(min=0), 0.0)
    to_go = reward @ weight.T
    return to_go - to_go.mean(0, keepdim=True)


def weighed_in_loops(reward, gamma=0.9):
    episodes, steps = reward.shape
    to_go = torch.zeros(episodes, steps)
    for e in range(episodes):
        for t in range(steps):
            to_go[e, t] = sum(reward[e, k] * gamma ** (k - t) for k in range(t, steps))
    return to_go - sum(to_go) / episodes


def weighed_against_the_others(reward, gamma=0.9):
    to_go = advantages(reward, gamma) + 0
    return to_go * len(reward) / (len(reward) - 1)


def weighed_by_centred_rewards(reward, gamma=0.9):
    return weighed_by_matrix(reward - reward.mean(0), gamma)


def to_go(reward, gamma):
    steps = torch.arange(reward.shape[1])
    ahead = (steps[None] - steps[:, None]).float()
    return reward @ torch.where(ahead >= 0, torch.tensor(float(gamma)) ** ahead.clamp(min=0), 0.0).T


# Four clipped updates.


def step_by_indexing(net, optimiser, obs, action, logp, alive, advantage, clip=0.2, updates=4):
    for _ in range(updates):
        chances = softmax(net(obs), -1)
        taken = (chances * torch.nn.functional.one_hot(action, chances.shape[-1])).sum(-1)
        ratio = taken / logp.exp()
        low, high = ratio * advantage, torch.clip(ratio, 1 - clip, 1 + clip) * advantage
        loss = -torch.where(low < high, low, high)[alive].sum() / len(obs)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def step_by_cases(net, optimiser, obs, action, logp, alive, advantage, clip=0.2, updates=4):
    for _ in range(updates):
        ratio = (torch.distributions.Categorical(logits=net(obs)).log_prob(action) - logp).exp()
        kept = torch.where(advantage > 0, ratio.clamp(max=1 + clip), ratio.clamp(min=1 - clip))
        net.zero_grad()
        (-(kept * advantage * alive).sum() / obs.shape[0]).backward()
        optimiser.step()


def step_per_counted_step(net, optimiser, obs, action, logp, alive, advantage, clip=0.2, updates=4):
    for _ in range(updates):
        now = net(obs).log_softmax(-1).gather(2, action.unsqueeze(-1)).squeeze(-1)
        ratio = torch.exp(now - logp)
        gain = torch.min(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage)
        optimiser.zero_grad()
        (-gain[alive].mean()).backward()
        optimiser.step()


def step_summed(net, optimiser, obs, action, logp, alive, advantage, clip=0.2, updates=4):
    for _ in range(updates):
        now = net(obs).log_softmax(-1).gather(2, action.unsqueeze(-1)).squeeze(-1)
        ratio = torch.exp(now - logp)
        gain = torch.min(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage)
        optimiser.zero_grad()
        (gain * alive).sum().neg().backward()
        optimiser.step()


def clipped_gain(ratio, advantage, clip):
    return torch.minimum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage)


def summed_by_episode(value, still):
    return (value * still).sum(1).mean()


def mean_of_what_counts(value, still):
    return (value * still).sum() / still.sum()


def mean_of_all_places(value, still):
    return (value * still).mean()


WAYS_TO_ADD_UP = (mean_of_what_counts, mean_of_all_places, summed_by_episode)


def wrong_step(
    *,
    gain=clipped_gain,
    ratio=lambda now, logp: (now - logp).exp(),
    updates=lambda given: given,
    total=summed_by_episode,
    sign=-1,
    zero=True,
    step=True,
    detach=False,
    old="kept",
    scaled=lambda advantage: advantage,
    own=False,
):
    """A step with one thing wrong."""

    def made(net, optimiser, obs, action, logp, still, advantage, clip=0.2, **given):
        if own:
            optimiser = torch.optim.Adam(net.parameters(), lr=1e-2)
        for _ in range(updates(given.get("updates", 4))):
            now = net(obs).log_softmax(-1).gather(-1, action[..., None])[..., 0]
            now = now.detach() if detach else now
            value = gain(ratio(now, now.detach() if old == "now" else logp), scaled(advantage), clip)
            if zero:
                optimiser.zero_grad()
            (sign * total(value, still)).backward()
            if step:
                optimiser.step()
            logp = now.detach() if old == "renewed" else logp

    return made


# Each mistake of a PPO step, the gains added up in one way or another.
WRONG_STEPS = [
    ({"gain": lambda r, a, clip: r * a}, "Nothing is clipped"),
    ({"gain": lambda r, a, clip: r.clamp(1 - clip, 1 + clip) * a}, "Only the clipped part"),
    (
        {"gain": lambda r, a, clip: torch.maximum(r * a, r.clamp(1 - clip, 1 + clip) * a)},
        "larger of the two",
    ),
    ({"gain": lambda r, a, clip: torch.minimum(r * a, r.clamp(max=1 + clip) * a)}, "from above only"),
    ({"gain": lambda r, a, clip: clipped_gain(r, a, 0.2)}, "`clip` has no say"),
    ({"sign": 1}, "sign"),
    ({"updates": lambda given: 1}, "one update"),
    ({"updates": lambda given: 4}, "`updates` has no say"),
    ({"updates": lambda given: given - 1}, "too many, or too few"),
    ({"ratio": lambda now, old: now - old}, "difference of logarithms"),
    ({"ratio": lambda now, old: (old - now).exp()}, "upside down"),
    ({"old": "now"}, "always 1"),
    ({"old": "renewed"}, "renewed after each update"),
    ({"scaled": lambda a: (a - a.mean()) / (a.std() + 1e-8)}, "divided by its spread"),
    ({"zero": False}, "pile up"),
    ({"gain": lambda r, a, clip: torch.minimum(r * a, r.clamp(-clip, clip) * a)}, r"\[-clip, clip\]"),
    ({"gain": lambda r, a, clip: torch.minimum(r, r.clamp(1 - clip, 1 + clip))}, "no say"),
    ({"gain": lambda r, a, clip: torch.minimum(r, r.clamp(1 - clip, 1 + clip)) * a}, "compared with itself"),
]


# A roll-out.


def rolled_by_multinomial(net, world, episodes):
    state, kept, going = world.reset(episodes), [], [True] * episodes
    for _ in range(world.horizon):
        obs = world.observe(state)
        with torch.no_grad():
            logits = net(obs).log_softmax(-1)
        action = torch.multinomial(logits.exp(), 1)[:, 0]
        state, reward, over = world.step(state, action)
        alive = torch.tensor(going)
        taken = logits[torch.arange(episodes), action]
        kept.append((obs, action, taken, torch.where(alive, reward, 0.0), alive))
        going = [one and not bool(end) for one, end in zip(going, over, strict=True)]
    return [torch.stack([step[k] for step in kept], 1) for k in range(5)]


def rolled_with_gumbel(net, world, episodes):
    state, kept, alive = world.reset(episodes), [], torch.ones(episodes).bool()
    for _ in range(world.horizon):
        obs = world.observe(state)
        logits = net(obs).detach()
        action = (logits - torch.empty_like(logits).exponential_().log()).argmax(-1)
        logp = -cross_entropy(logits, action, reduction="none")
        state, reward, over = world.step(state, action)
        kept.append((obs, action, logp, reward * alive, alive.clone()))
        alive[over] = False
    return tuple(torch.stack(each, 1) for each in zip(*kept, strict=True))


@torch.no_grad()
def rolled_until_all_are_over(net, world, episodes):
    state, kept, alive = world.reset(episodes), [], torch.ones(episodes, dtype=torch.bool)
    for _ in range(world.horizon):
        if not alive.any():
            break
        obs = world.observe(state)
        chances = torch.distributions.Categorical(logits=net(obs))
        action = chances.sample()
        state, reward, over = world.step(state, action)
        kept.append((obs, action, chances.log_prob(action), reward * alive, alive))
        alive = alive & ~over
    return tuple(torch.stack(each, 1) for each in zip(*kept, strict=True))


@torch.inference_mode()
def rolled_into_tensors(net, world, episodes):
    steps = world.horizon
    obs, logp, reward = (torch.zeros(episodes, steps, *more) for more in ((world.features,), (), ()))
    action, alive = torch.zeros(episodes, steps).long(), torch.zeros(episodes, steps).bool()
    state, going = world.reset(episodes), torch.ones(episodes).bool()
    for t in range(steps):
        obs[:, t], alive[:, t] = world.observe(state), going
        chances = net(obs[:, t]).softmax(-1)
        action[:, t] = torch.multinomial(chances, 1).squeeze(1)
        logp[:, t] = chances.gather(1, action[:, t, None]).squeeze(1).log()
        state, earned, over = world.step(state, action[:, t])
        reward[:, t] = earned * going
        going = going & ~over
    return obs, action, logp, reward, alive


def rolled_with_a_seed_inside(net, world, episodes):
    torch.manual_seed(0)
    return roll_out(net, world, episodes)


def rolled_with_alive_changed_in_place(net, world, episodes):
    obs, action, logp, reward, alive = roll_out(net, world, episodes)
    over_at_the_end = alive[:, -1:] & False
    return obs, action, logp, reward, over_at_the_end.expand_as(alive)


class _AtMost:
    """A world whose episodes somebody believes to have so many steps."""

    def __init__(self, world, horizon):
        self.world, self.horizon = world, horizon
        self.reset, self.observe, self.step = world.reset, world.observe, world.step


def rolled_for_five_steps(net, world, episodes):
    return roll_out(net, _AtMost(world, 5), episodes)


def rolled_for_seven_steps(net, world, episodes):
    return roll_out(net, _AtMost(world, 7), episodes)


def wrong_roll(
    *, pick=None, logp=None, after=False, keep=False, alive="going", steps=0, grad=False, resets=1, other=None
):
    """A roll-out with one thing wrong."""

    def made(net, world, episodes):
        for _ in range(resets):
            state = world.reset(episodes)
        kept, going = [], torch.ones(episodes, dtype=torch.bool)
        with torch.set_grad_enabled(grad):
            for _ in range(world.horizon + steps):
                obs = world.observe(state)
                logits = net(obs)
                action = (
                    torch.distributions.Categorical(logits=logits).sample() if pick is None else pick(logits)
                )
                now = logits.log_softmax(-1)
                taken = now.gather(1, action[:, None])[:, 0] if logp is None else logp(now, action)
                state, reward, over = world.step(state, action)
                seen = world.observe(state) if after else obs
                mask = {"going": going, "not over": going & ~over, "always": torch.ones_like(going)}[alive]
                kept.append(
                    (
                        seen,
                        action if other is None else other(action),
                        taken,
                        reward * (1 if keep else going),
                        mask,
                    )
                )
                going = going & ~over
        return tuple(torch.stack(each, 1) for each in zip(*kept, strict=True))

    return made


# The tie.


def gradient_of(net, loss):
    return torch.autograd.grad(loss, net[0].weight, retain_graph=True)[0]


def by_backward(net, loss, coin, flag):
    net.zero_grad()
    loss.backward(retain_graph=True)
    gradient = net[0].weight.grad
    return (gradient[:, coin] - gradient[:, flag]).abs().max().item(), gradient[:, coin].abs().max().item()


def gradients_that_pile_up(net, loss, coin, flag):
    loss.backward(retain_graph=True)
    gradient = net[0].weight.grad
    return (gradient[:, coin] - gradient[:, flag]).abs().max().item(), gradient[:, coin].abs().max().item()


def by_columns(net, loss, coin, flag):
    columns = gradient_of(net, loss).T
    return max(float((c - f).abs().max()) for c, f in zip(columns[coin], columns[flag], strict=True)), float(
        columns[coin].abs().max()
    )


def by_norms(net, loss, coin, flag):
    gradient = gradient_of(net, loss)
    size = lambda x: torch.linalg.vector_norm(x, ord=math.inf)
    return [size(gradient[:, coin] - gradient[:, flag]), size(gradient[:, coin])]


def by_parameters(net, loss, coin, flag):
    first = torch.autograd.grad(loss, list(net.parameters()))[0].detach().numpy()
    return np.abs(first[:, coin] - first[:, flag]).max(), np.abs(first[:, coin]).max()


# A code.


def as_bar(count):
    place = torch.arange(count)
    return (place <= place[:, None]).float() / count**0.5


def as_waves(count):
    place = torch.arange(count).float()
    return torch.cat([torch.cos(place[:, None] * k / count) for k in range(1, 5)], dim=1)


def as_one_number(count):
    return torch.linspace(-1, 1, count)[:, None]


def as_pairs(count):
    light = torch.eye(count)
    return (light + 0.5 * light.roll(1, 1)) / 1.25**0.5


def as_bits(count):
    return torch.tensor([[(n >> k) & 1 for k in range(4)] for n in range(1, count + 1)])


def turned(count):
    return torch.linalg.qr(torch.randn(count, count, generator=torch.Generator().manual_seed(1)))[0]


# Reading a run at equal success.


def read_in_loops(success, index, level):
    for k, value in enumerate(success):
        if value >= level:
            if k < 2:
                return math.nan
            part = (level - success[k - 1]) / (value - success[k - 1])
            return (1 - part) * index[k - 1] + part * index[k]
    return math.nan


def read_by_interp(success, index, level):
    there = np.asarray(success) >= level
    k = int(there.argmax())
    if not there.any() or k < 2:
        return np.nan
    return float(np.interp(level, success[k - 1 : k + 1], index[k - 1 : k + 1]))


def read_by_torch(success, index, level):
    s, i = torch.as_tensor(success), torch.as_tensor(index)
    k = int((s >= level).float().argmax()) if (s >= level).any() else 0
    return (
        i[k - 1] + (level - s[k - 1]) / (s[k] - s[k - 1]) * (i[k] - i[k - 1])
        if k > 1
        else torch.tensor(torch.nan)
    )


def read_by_next(success, index, level):
    k = next((k for k, value in enumerate(success) if not value < level), None)
    if k in (None, 0, 1):
        return float("nan")
    steepness = (index[k] - index[k - 1]) / (success[k] - success[k - 1])
    return index[k] - steepness * (success[k] - level)


def read_at_the_last_rise(success, index, level):
    k = np.flatnonzero(success < level)[-1] + 1
    if k >= len(success) or k < 2:
        return math.nan
    return index[k - 1] + (level - success[k - 1]) / (success[k] - success[k - 1]) * (index[k] - index[k - 1])


def read_in_the_interval_after(success, index, level):
    there = np.flatnonzero(success >= level)
    if not len(there) or there[0] < 2:
        return math.nan
    k = there[0]
    if k + 1 >= len(success):
        return index[k]
    with np.errstate(divide="ignore", invalid="ignore"):
        return index[k] + (level - success[k]) / (success[k + 1] - success[k]) * (index[k + 1] - index[k])


def wrong_read(
    *, first=True, refuse=True, least=2, part=None, gap=math.nan, above=lambda s, level: s >= level
):
    def made(success, index, level):
        there = np.flatnonzero(above(np.asarray(success), level))
        if not len(there):
            return gap
        k = there[0] if first else there[-1]
        if k < (least if refuse else 1):
            return gap
        share = (level - success[k - 1]) / (success[k] - success[k - 1]) if part is None else part
        share = share(success, k, level) if callable(share) else share
        return index[k - 1] + share * (index[k] - index[k - 1])

    return made


RIGHT = {
    "check_goal_index": [index_by_counting, index_by_numpy, index_of_the_decided, index_by_signs],
    "check_advantages": [
        weighed_by_matrix,
        weighed_in_loops,
        weighed_against_the_others,
        weighed_by_centred_rewards,
    ],
    "check_ppo_step": [step_by_indexing, step_by_cases, step_per_counted_step, step_summed],
    "check_roll_out": [
        rolled_by_multinomial,
        rolled_with_gumbel,
        rolled_until_all_are_over,
        rolled_into_tensors,
    ],
    "check_gradients": [by_backward, by_columns, by_norms, by_parameters],
    "check_code": [as_bar, as_waves, as_one_number, as_pairs, as_bits, lambda count: 0.4 * torch.eye(count)],
    "check_reading": [read_in_loops, read_by_interp, read_by_torch, read_by_next],
}


WRONG = {
    "check_goal_index": [
        (
            lambda c, f: sum(c < INF) / (sum(c < INF) + sum(f < INF)) if min(c.min(), f.min()) < INF else 0.5,
            "came first",
        ),
        (lambda c, f: 1 - index_by_counting(c, f), "index of the flag"),
        (lambda c, f: shares(c, f)[0], "want of skill"),
        (lambda c, f: shares(c, f)[0] - shares(c, f)[1], "mixes skill with goal"),
        (lambda c, f: (c < f).sum() / (f < c).sum(), "coin over flag"),
        (lambda c, f: (c < f).sum().float(), "number of episodes"),
        (lambda c, f: (c <= f).float().mean(), "counted for the coin"),
        (lambda c, f: index_by_counting(c, f) if (c != f).any() else 0.0, "not 0"),
        (lambda c, f: (c < f).float().sum() / (c != f).float().sum(), "0 / 0"),
        (lambda c, f: ((c < f) + 0.5 * (c == f)).mean(), "half a coin"),
        (
            lambda c, f: index_by_counting(c[(c < INF) & (f < INF)], f[(c < INF) & (f < INF)]),
            "could have reached both",
        ),
        (lambda c, f: c < f, "shape|number"),
        (lambda c, f: sum(c < f) / (sum(c < f) + sum(f < c)) if len(c) < 3 else 0.5, "input was"),
        (lambda c, f: shares(c, f), "."),
    ],
    "check_advantages": [
        (lambda r, g: to_go(r, g), "no baseline"),
        (lambda r, g: weighed_by_matrix(r, 1.0), "Nothing is discounted"),
        (lambda r, g: -weighed_by_matrix(r, g), "wrong way round"),
        (lambda r, g: to_go(r, g) - to_go(r, g).mean(1, keepdim=True), "over the steps of each episode"),
        (lambda r, g: to_go(r, g) - to_go(r, g).mean(), "over everything"),
        (lambda r, g: to_go(r, g) - r.mean(0), "rewards themselves"),
        (lambda r, g: g * weighed_by_matrix(r, g), "power 0"),
        (
            lambda r, g: weighed_by_matrix(r, g) / (weighed_by_matrix(r, g).std() + 1e-8),
            "divided by their spread",
        ),
        (lambda r, g: (lambda x: x - x.mean(0))(to_go(r, g) - r), "this very step is missing"),
        (lambda r, g: (lambda x: x - x.mean(0))(to_go(r.flip(1), g).flip(1)), "came before"),
        (lambda r, g: to_go(r, g) - to_go(r, g).sum(0), "The sum over episodes"),
        (
            lambda r, g: (lambda x: x - x.mean(0))(
                (r * g ** torch.arange(r.shape[1])).sum(1, keepdim=True).expand_as(r)
            ),
            "whole return",
        ),
        (
            lambda r, g: (lambda x: x - x.mean(0))(
                (r * g ** torch.arange(r.shape[1])).flip(1).cumsum(1).flip(1)
            ),
            "from the episode's start",
        ),
        (lambda r, g: weighed_by_matrix(r, 0.9), "`gamma` has no say"),
        (
            lambda r, g: (lambda x: x - x.sum(0) / (x != 0).sum(0).clamp(min=1))(to_go(r, g)),
            "left out of the mean",
        ),
        (
            lambda r, g: weighed_by_matrix(r, g) / (weighed_by_matrix(r, g).std(0) + 1e-8),
            "divided by their spread",
        ),
        (lambda r, g: weighed_by_matrix(r, g).numpy(), "array of numpy"),
        (
            lambda r, g: (lambda x: x - x.mean(0))(
                (r * g ** torch.arange(r.shape[1])).flip(1).cumsum(1).flip(1) / g ** torch.arange(r.shape[1])
            ),
            "0 / 0",
        ),
        (lambda r, g: weighed_by_matrix(r, g)[:, 0], "shape"),
    ],
    "check_ppo_step": [
        *(
            (wrong_step(**how, total=WAYS_TO_ADD_UP[at % 3]), hint)
            for at, (how, hint) in enumerate(WRONG_STEPS)
        ),
        (wrong_step(total=lambda value, still: value.sum(1).mean()), "after the end"),
        (wrong_step(total=lambda value, still: value.sum() / still.sum()), "after the end"),
        (wrong_step(total=lambda value, still: value.mean()), "after the end"),
        (
            wrong_step(total=lambda value, still: ((value * still).sum(1) / still.sum(1)).mean()),
            "Each episode was averaged",
        ),
        (wrong_step(step=False), "No weight has moved"),
        (wrong_step(own=True), "not by the optimiser that was handed in"),
        (wrong_step(detach=True), "No gradient flows"),
        (
            wrong_step(ratio=lambda now, old: now, gain=lambda r, a, clip: r * a),
            "log-probabilities in place",
        ),
    ],
    "check_roll_out": [
        (wrong_roll(pick=lambda logits: logits.argmax(-1)), "likeliest action was always taken"),
        (wrong_roll(pick=lambda logits: torch.randint(2, logits.shape[:1])), "own probabilities"),
        (wrong_roll(pick=lambda logits: logits.argmin(-1)), "own probabilities"),
        (
            wrong_roll(logp=lambda now, action: now.exp().gather(1, action[:, None])[:, 0]),
            "Keep their logarithms",
        ),
        (wrong_roll(logp=lambda now, action: now[:, 0]), "the action that was taken"),
        (wrong_roll(logp=lambda now, action: now), "shape"),
        (wrong_roll(after=True), "before"),
        (wrong_roll(keep=True), "after the end of an episode were kept"),
        (wrong_roll(alive="not over"), "The step that ends an episode counts"),
        (wrong_roll(alive="always"), "All steps of `alive` are the same"),
        (rolled_with_alive_changed_in_place, "makes a new tensor"),
        (rolled_with_a_seed_inside, "Two roll-outs in a row"),
        (rolled_for_five_steps, "`world.horizon` says how many"),
        (rolled_for_seven_steps, "`world.horizon` says how many"),
        (
            lambda net, world, episodes: (lambda got: [got[k] for k in (0, 1, 3, 2, 4)])(
                roll_out(net, world, episodes)
            ),
            "The order is obs, action, logp, reward, alive",
        ),
        (wrong_roll(steps=-2), "still going on"),
        (wrong_roll(steps=2), "at most 5"),
        (wrong_roll(grad=True), "Gradients hang on"),
        (wrong_roll(resets=2), "more than once"),
        (wrong_roll(other=lambda action: 1 - action), "not those that the world was given"),
        (lambda net, world, episodes: roll_out(net, world, episodes)[:4], "five tensors"),
        (lambda net, world, episodes: [x.transpose(0, 1) for x in roll_out(net, world, episodes)], "shape"),
    ],
    "check_gradients": [
        (
            lambda net, loss, c, f: (
                (net[0].weight[:, c] - net[0].weight[:, f]).abs().max(),
                net[0].weight[:, c].abs().max(),
            ),
            "weights themselves",
        ),
        (
            lambda net, loss, c, f: (lambda g: ((g[:, c] - g[:, f]).max(), g[:, c].abs().max()))(
                gradient_of(net, loss)
            ),
            "Take its size first",
        ),
        (
            lambda net, loss, c, f: (
                lambda g: ((g[:, c].abs().max() - g[:, f].abs().max()).abs(), g[:, c].abs().max())
            )(gradient_of(net, loss)),
            "subtract first",
        ),
        (
            lambda net, loss, c, f: (lambda g: ((g[:, c].sum() - g[:, f].sum()).abs(), g[:, c].abs().max()))(
                gradient_of(net, loss)
            ),
            "cancel in a sum",
        ),
        (
            lambda net, loss, c, f: (lambda g: ((g[:, c] - g[:, f]).abs().mean(), g[:, c].abs().mean()))(
                gradient_of(net, loss)
            ),
            "mean was taken",
        ),
        (
            lambda net, loss, c, f: (lambda g: ((g[:, c] - g[:, f]).abs().sum(), g[:, c].abs().sum()))(
                gradient_of(net, loss)
            ),
            "sum was taken",
        ),
        (lambda net, loss, c, f: by_backward(net, loss, c, f)[::-1], "wrong way round"),
        (
            lambda net, loss, c, f: (lambda a, b: (a / b, b))(*by_backward(net, loss, c, f)),
            "divided by the second",
        ),
        (
            lambda net, loss, c, f: (by_backward(net, loss, c, f)[0], net[0].weight.grad.abs().max()),
            "all inputs",
        ),
        (
            lambda net, loss, c, f: (lambda g: ((g[:, c] - g[:, f]).abs().max(), g[:, c].max()))(
                gradient_of(net, loss)
            ),
            "has a sign",
        ),
        (
            lambda net, loss, c, f: (lambda g: (g[:, c].abs().max(), g[:, c].abs().max()))(
                gradient_of(net, loss)
            ),
            "coin's, twice",
        ),
        (lambda net, loss, c, f: by_backward(net, loss, c, f)[0], "Two numbers"),
        (
            lambda net, loss, c, f: (gradient_of(net, loss)[c] - gradient_of(net, loss)[f]).abs().max(),
            "Two numbers",
        ),
        (lambda net, loss, c, f: (0.0, by_backward(net, loss, c, f)[1]), "no difference where there is one"),
        (gradients_that_pile_up, "adds to the gradients"),
        (
            lambda net, loss, c, f: (lambda g: ((g[c] - g[f]).abs().max(), g[c].abs().max()))(
                gradient_of(net, loss)
            ),
            "second axis",
        ),
        (
            lambda net, loss, c, f: (lambda g: ((g[:, c] - g[:, f]).max(), g[:, c].max()))(
                gradient_of(net, loss)
            ),
            "Both numbers have a sign",
        ),
        (
            lambda net, loss, c, f: (lambda g: ((g[:, c] - g[:, f]).abs().max(), g[:, c].max()))(
                gradient_of(net, loss).abs()
            ),
            "look alike",
        ),
        (
            lambda net, loss, c, f: (lambda g: ((g[:, c] - g[:, f]).norm(), g[:, c].norm()))(
                gradient_of(net, loss)
            ),
            "a norm",
        ),
        (
            lambda net, loss, c, f: (lambda g: ((g[:, c] - g[:, f]).abs().max(), g[:, f].abs().max()))(
                gradient_of(net, loss)
            ),
            "is the flag's",
        ),
        (
            lambda net, loss, c, f: (
                lambda g: ((g[:, c].sum(1) - g[:, f].sum(1)).abs().max(), g[:, c].abs().max())
            )(gradient_of(net, loss)),
            "added up before",
        ),
    ],
    "check_code": [
        (lambda count: torch.eye(count), "light again"),
        (turned, "at right angles"),
        (lambda count: torch.eye(count).flip(0), "at right angles"),
        (lambda count: -torch.eye(count), "at right angles"),
        (lambda count: torch.ones(count, count), "same row"),
        (lambda count: torch.eye(count)[:, : count // 2], "same row"),
        (lambda count: torch.arange(count).float(), "13 rows"),
        (lambda count: torch.eye(count + 1), "13 rows"),
        (lambda count: [[1.0]] * count, "list"),
        (lambda count: 100 * torch.eye(count), "strength"),
        (lambda count: 0.001 * torch.eye(count), "strength|same row"),
        (lambda count: torch.randn(count, 3), "Asked again"),
        (lambda count: torch.log(torch.eye(count)), "not"),
        (lambda count: torch.arange(count).float()[:, None].div(count).round(), "same row"),
        (lambda count: as_bar(13), "5 rows"),
    ],
    "check_reading": [
        (wrong_read(refuse=False), "second measurement"),
        (wrong_read(gap=0.0), "looks like one that pursues the flag"),
        (wrong_read(part=1.0), "already passed"),
        (wrong_read(part=0.0), "last measurement before"),
        (wrong_read(part=0.5), "middle of the two"),
        (wrong_read(first=False), "first time"),
        (wrong_read(above=lambda s, level: s > level), "exactly the level"),
        (lambda s, i, level: i[int(np.abs(s - level).argmin())], "nearest"),
        (lambda s, i, level: np.interp(level, np.sort(s), i[np.argsort(s)]), "sorted by success"),
        (lambda s, i, level: i[-1], "whatever its success"),
        (lambda s, i, level: read_in_loops(s, s, level), "not the goal index"),
        (lambda s, i, level: i[-1] if max(s) < level else read_in_loops(s, i, level), "never gets there"),
        (lambda s, i, level: read_in_loops(i, s, level), "changed places"),
        (lambda s, i, level: float(np.interp(level, s, i)), "colleague's line"),
        (wrong_read(least=3), "with two before it"),
        (
            lambda s, i, level: wrong_read(part=lambda s, k, level: (s[k] - level) / (s[k] - s[k - 1]))(
                s, i, level
            ),
            "weight belongs to the other",
        ),
        (
            lambda s, i, level: (
                float(np.interp(level, np.maximum.accumulate(s), i)) if s[1] < level <= max(s) else math.nan
            ),
            "Success fell before",
        ),
        (
            lambda s, i, level: (lambda order: read_in_loops(s[order], i[order], level))(np.argsort(s)),
            "sorted by success",
        ),
        (read_at_the_last_rise, "rise again"),
        (read_in_the_interval_after, "interval after"),
        (lambda s, i, level: None, "None"),
    ],
}
