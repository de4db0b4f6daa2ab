"""Lesson 00: right answers written differently, and wrong ones, each with the hint that it must get."""

import numpy as np
import torch
from torch.distributions import Bernoulli, Categorical

# A teacher


def towards_in_a_loop(agent, coin):
    return torch.tensor([1 if c > a else 0 for a, c in zip(agent.tolist(), coin.tolist(), strict=True)])


# One batch of RL


def rl_with_a_mask(net, optimiser, world, agent, coin):
    """Keeps its own account of who is still playing, and lets the others walk on."""
    optimiser.zero_grad()
    total, earned = 0, torch.zeros(len(agent))
    alive = agent != coin
    for _ in range(world.moves):
        logits = net(world.see(agent, coin))
        action = torch.multinomial(logits.softmax(-1), 1)[:, 0]
        total = total + torch.where(alive, logits.log_softmax(-1)[torch.arange(len(agent)), action], 0)
        agent = world.walk(agent, action)
        found = alive & (agent == coin)
        earned += found
        alive = alive & ~found
    loss = (-(earned - earned.mean()) * total).sum() / len(total)
    loss.backward()
    optimiser.step()
    return earned.mean()


def rl_with_the_cost_of_each(net, optimiser, world, agent, coin):
    """Reward to go, less its mean at the same move, as the helpers have it; zeroes at its end."""
    rows, playing_at = [], []
    while (agent != coin).any() and len(rows) < world.moves:
        playing = agent != coin
        logits = net(world.see(agent, coin))
        action = (torch.rand(len(agent)) < logits.softmax(-1)[:, 1]).long()
        rows.append(-torch.nn.functional.cross_entropy(logits, action, reduction="none") * playing)
        playing_at.append(playing)
        agent = torch.where(playing, world.walk(agent, action), agent)
    reward = (agent == coin).float()
    to_go = torch.stack(playing_at) * reward
    (-((to_go - to_go.mean(1, keepdim=True)) * torch.stack(rows)).sum(0).mean()).backward()
    optimiser.step()
    optimiser.zero_grad()
    return float(reward.mean())


def rl_by_bernoulli(net, optimiser, world, agent, coin):
    """Less the mean of the *other* episodes; one logit instead of two."""
    logp = torch.zeros(len(agent))
    for _ in range(world.moves):
        playing = (agent != coin).float()
        two = net(world.see(agent, coin))
        chances = Bernoulli(logits=two[:, 1] - two[:, 0])
        action = chances.sample()
        logp += playing * chances.log_prob(action)
        agent = torch.where(playing.bool(), world.walk(agent, action), agent)
    reward = (agent == coin).float()
    others = (reward.sum() - reward) / (len(reward) - 1)
    optimiser.zero_grad()
    (-(reward - others) * logp).mean().backward()
    optimiser.step()
    return reward.mean().numpy()


def rl_by_gumbel(net, optimiser, world, agent, coin):
    """The noise is drawn once and for all, and log-probabilities are worked out once all is over."""
    noise = -torch.empty(world.moves, len(agent), 2).exponential_().log()
    seen, did, count = [], [], []
    with torch.no_grad():
        for t in range(world.moves):
            seen.append(world.see(agent, coin))
            did.append((net(seen[-1]) + noise[t]).argmax(-1))
            count.append(agent != coin)
            agent = torch.where(count[-1], world.walk(agent, did[-1]), agent)
    r = (agent == coin) * 1.0
    optimiser.zero_grad()
    logp = net(torch.stack(seen)).log_softmax(-1).gather(-1, torch.stack(did)[..., None])[..., 0]
    loss = -torch.einsum("te,te,e->", logp, torch.stack(count).float(), r - r.mean()) / len(agent)
    loss.backward()
    optimiser.step()
    return r.mean().item()


def by_one(weigh=lambda reward: reward - reward.mean(), act=None):
    """One episode at a time, until it is over."""

    def step(net, optimiser, world, agent, coin):
        sums, earned = [], []
        for i in range(len(agent)):
            here, goal, total = agent[i : i + 1], coin[i : i + 1], 0.0
            for _ in range(world.moves):
                chances = Categorical(logits=net(world.see(here, goal)))
                action = chances.sample() if act is None else act(chances, here, goal)
                total = total + chances.log_prob(action)[0]
                here = world.walk(here, action)
                if here == goal:
                    break
            sums.append(total)
            earned.append(float(here == goal))
        reward = torch.tensor(earned)
        optimiser.zero_grad()
        (-weigh(reward) * torch.stack(sums)).mean().backward()
        optimiser.step()
        return reward.mean().item()

    return step


def by_those_who_play(weigh=lambda reward: reward - reward.mean(), act=None, also=0):
    """Only those that still play see and walk; `also` hands in so many others."""

    def step(net, optimiser, world, agent, coin):
        logp = torch.zeros(len(agent))
        for _ in range(world.moves):
            playing = (agent != coin).nonzero()[:, 0]
            playing = playing[: len(playing) - also]
            if not len(playing):
                break
            chances = Categorical(logits=net(world.see(agent[playing], coin[playing])))
            action = chances.sample() if act is None else act(chances, agent[playing], coin[playing])
            logp = logp.index_add(0, playing, chances.log_prob(action))
            agent = agent.index_copy(0, playing, world.walk(agent[playing], action))
        reward = (agent == coin).float()
        optimiser.zero_grad()
        (-weigh(reward) * logp).mean().backward()
        optimiser.step()
        return reward.mean().item()

    return step


def unfrozen(weigh=lambda reward: reward - reward.mean(), act=None, frozen=False, when="before"):
    """Agents on the coin walk on unless `frozen`; who plays is looked up before or after the move, or turned round."""

    def step(net, optimiser, world, agent, coin):
        logp = torch.zeros(len(agent))
        for _ in range(world.moves):
            playing = agent != coin
            chances = Categorical(logits=net(world.see(agent, coin)))
            action = chances.sample() if act is None else act(chances, agent, coin)
            after = world.walk(agent, action)
            agent = torch.where(playing, after, agent) if frozen else after
            counts = {"before": playing, "after": agent != coin, "turned": ~playing}[when]
            logp = logp + counts * chances.log_prob(action)
        reward = (agent == coin).float()
        optimiser.zero_grad()
        (-weigh(reward) * logp).mean().backward()
        optimiser.step()
        return reward.mean().item()

    return step


def rl_on_probabilities(net, optimiser, world, agent, coin):
    logp = torch.zeros(len(agent))
    for _ in range(world.moves):
        playing = agent != coin
        chances = Categorical(probs=net(world.see(agent, coin)))
        action = chances.sample()
        logp = logp + playing * chances.log_prob(action)
        agent = torch.where(playing, world.walk(agent, action), agent)
    reward = (agent == coin).float()
    optimiser.zero_grad()
    (-(reward - reward.mean()) * logp).mean().backward()
    optimiser.step()
    return reward.mean().item()


def in_place(step):
    """The same step; where the agents end is written into what was handed in."""

    def written(net, optimiser, world, agent, coin):
        returned = step(net, optimiser, world, agent.clone(), coin)
        agent.copy_(coin)
        return returned

    return written


def not_a_number_but_none(score, value, level):
    there = score >= level
    return value[there.argmax()] if there.any() else None


def by_bisection(score, value, level):
    return value[np.searchsorted(score, level)] if score.max() >= level else np.nan


def by_bisection_unguarded(score, value, level):
    return value[min(np.searchsorted(score, level), len(value) - 1)]


def first_lost(score, value, level):
    at = (score >= level).argmax()
    return value[at] if at else float("nan")


def step_of(
    act=lambda chances, agent, coin: chances.sample(),
    weigh=lambda reward: reward - reward.mean(),
    add=lambda logp, playing, now: logp + playing * now,
    loss=lambda weight, logp: -(weight * logp).mean(),
    log=lambda chances, action: chances.log_prob(action),
    reward_of=lambda found_at, moves: (found_at < moves).float(),
    go_on=True,
    stay=True,
    end="zero backward step",
    returns=lambda reward: reward.mean().item(),
    moves=lambda world: world.moves,
):
    """A step in which one thing is done in another way."""

    def step(net, optimiser, world, agent, coin):
        logp, found_at = torch.zeros(len(agent)), torch.full((len(agent),), 10**6)
        for t in range(moves(world)):
            playing = found_at > 10**5
            chances = Categorical(logits=net(world.see(agent, coin)))
            action = act(chances, agent, coin)
            logp = add(logp, playing, log(chances, action))
            after = world.walk(agent, action)
            if go_on:
                agent = torch.where(playing | ~torch.tensor(stay), after, agent)
            found_at = torch.where(playing & (after == coin), t, found_at)
        reward = reward_of(found_at, moves(world))
        value = loss(weigh(reward), logp)
        do = {"zero": optimiser.zero_grad, "backward": value.backward, "step": optimiser.step}
        for name in end.split():
            do[name]()
        return returns(reward)

    return step


def rl_on_moves_drawn_again(net, optimiser, world, agent, coin):
    logp = torch.zeros(len(agent))
    for _ in range(world.moves):
        playing = agent != coin
        chances = Categorical(logits=net(world.see(agent, coin)))
        logp = logp + playing * chances.log_prob(chances.sample())
        agent = torch.where(playing, world.walk(agent, chances.sample()), agent)
    reward = (agent == coin).float()
    optimiser.zero_grad()
    (-(reward - reward.mean()) * logp).mean().backward()
    optimiser.step()
    return reward.mean().item()


def log_of_softmax(chances, action):
    return chances.logits.softmax(-1).log().gather(1, action[:, None])[:, 0]


def one_for_all(chances, agent, coin):
    first = Categorical(logits=chances.logits[:1]).sample()
    return first.expand(len(agent))


def teacher(chances, agent, coin):
    return (coin > agent).long()


alike = lambda reward: 1

# One batch of SFT


def sft_by_cross_entropy(net, optimiser, world, agent, coin):
    """All moves of all episodes in one row, and their mean."""
    seen, shown = [], []
    for _ in range(world.moves):
        playing = agent != coin
        action = (coin > agent) * 1
        seen.append(world.see(agent, coin)[playing])
        shown.append(action[playing])
        agent = torch.where(playing, world.walk(agent, action), agent)
    loss = torch.nn.functional.cross_entropy(net(torch.cat(seen)), torch.cat(shown))
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return (agent == coin).float().mean().item()


def sft_that_ends_early(net, optimiser, world, agent, coin):
    loss, moves = 0.0, 0
    while moves < world.moves and not torch.equal(agent, coin):
        action = torch.where(coin > agent, 1, 0)
        logp = net(world.see(agent, coin)).log_softmax(-1)[range(len(agent)), action]
        loss = loss - (logp * (agent != coin)).sum() / len(agent)
        agent = torch.where(agent != coin, world.walk(agent, action), agent)
        moves += 1
    loss.backward()
    optimiser.step()
    optimiser.zero_grad()
    return np.mean((agent == coin).numpy())


# What is left at equal score


def equal_in_a_loop(score, value, level):
    for s, v in zip(score, value, strict=True):
        if s >= level:
            return v
    return np.nan


RIGHT = {
    "check_towards": [
        lambda agent, coin: torch.where(agent < coin, 1, 0),
        lambda agent, coin: (coin - agent).sign().clamp(min=0),
        lambda agent, coin: torch.from_numpy((coin > agent).numpy().astype("int64")),
        towards_in_a_loop,
    ],
    "check_rl_step": [
        rl_with_a_mask,
        rl_with_the_cost_of_each,
        rl_by_bernoulli,
        rl_by_gumbel,
        step_of(),
        by_one(),
        by_those_who_play(),
        unfrozen(frozen=True),
    ],
    "check_sft_step": [
        step_of(act=teacher, weigh=alike),
        step_of(act=teacher, weigh=torch.ones_like),
        sft_by_cross_entropy,
        sft_that_ends_early,
        by_one(weigh=torch.ones_like, act=teacher),
        by_those_who_play(weigh=torch.ones_like, act=teacher),
    ],
    "check_at_equal_score": [
        equal_in_a_loop,
        lambda s, v, level: next((b for a, b in zip(s, v, strict=True) if a >= level), float("nan")),
        lambda s, v, level: ([*v[s >= level], np.nan])[0],
        lambda s, v, level: torch.tensor([*v, np.nan])[min(np.flatnonzero(s >= level), default=len(v))],
    ],
}


WRONG = {
    "check_towards": [
        (lambda agent, coin: torch.where(agent < coin, 0, 1), "away from every coin"),
        (lambda agent, coin: agent * 0 + 1, "always walks right"),
        (lambda agent, coin: agent * 0, "always walks left"),
        (lambda agent, coin: coin - agent, "distance"),
        (lambda agent, coin: (coin - agent).abs(), "expected"),
        (lambda agent, coin: torch.where(agent < coin, 1, -1), "left is 0"),
        (lambda agent, coin: (coin > agent + 1).long(), "Off by one"),
        (lambda agent, coin: (coin >= agent + 2).long(), "Off by one"),
        (lambda agent, coin: coin > agent, "True and False; expected whole numbers"),
        (lambda agent, coin: (coin > agent).float(), "expected whole numbers"),
        (lambda agent, coin: int(coin[0] > agent[0]), "shape"),
        (lambda agent, coin: (coin[0] > agent[0]).long().expand(len(agent)), "Only the first episode"),
        (lambda agent, coin: (agent < 4).long(), "where the middle is"),
        (lambda agent, coin: (coin > 4).long(), "expected"),
        (lambda agent, coin: 1 if coin > agent else 0, "stopped with RuntimeError"),
        (lambda agent, coin: agent.copy_((coin > agent).long()), "changed its input"),
        (lambda agent, coin: (coin > agent).long()[:, None], "shape"),
        (lambda agent, coin: np.asarray(coin > agent).astype(int), "return a tensor"),
        (lambda agent, coin: (coin > agent).int().numpy(), "return a tensor"),
    ],
    "check_rl_step": [
        (step_of(loss=lambda w, logp: (w * logp).mean()), "wrong way"),
        (step_of(weigh=lambda r: r), "Subtract what is usual"),
        (step_of(weigh=alike), "Every move weighs the same"),
        (step_of(loss=lambda w, logp: -(w * logp).sum()), "sum over episodes"),
        (step_of(weigh=lambda r: (r - r.mean()) / (r.std() + 1e-8)), "standard deviation"),
        (step_of(weigh=lambda r: r + r.mean()), "added, not subtracted"),
        (step_of(add=lambda logp, playing, now: logp + now), "after the coin was found"),
        (step_of(add=lambda logp, playing, now: torch.where(playing, now, logp)), "Only the last move"),
        (step_of(add=lambda logp, playing, now: playing * now), "Only the last walk"),
        (step_of(log=lambda chances, action: chances.log_prob(action).exp()), "not their logarithms"),
        (step_of(log=log_of_softmax), "NaN"),
        (step_of(log=lambda chances, action: chances.log_prob(action).detach()), "No gradient flows"),
        (step_of(end="backward step"), "`optimiser.zero_grad\\(\\)` is missing"),
        (step_of(end="zero step"), "`loss.backward\\(\\)` is missing"),
        (step_of(end="backward zero step"), "The order is zero, backward, step"),
        (step_of(end="zero backward"), "`optimiser.step\\(\\)` is missing"),
        (step_of(end="zero backward step step"), "once"),
        (step_of(act=lambda chances, agent, coin: chances.logits.argmax(-1)), "likeliest move"),
        (step_of(act=lambda chances, agent, coin: torch.randint(2, agent.shape)), "from its own chances"),
        (
            step_of(act=lambda chances, agent, coin: Categorical(logits=-chances.logits).sample()),
            "own chances",
        ),
        (step_of(act=one_for_all), "own chances|same move"),
        (step_of(act=teacher), "likeliest|own chances"),
        (step_of(go_on=False), "walk on from where they stood"),
        (step_of(moves=lambda world: 16), "too long"),
        (step_of(moves=lambda world: 1), "Episodes ended after 1 of"),
        (step_of(moves=lambda world: world.moves - 1), "Episodes ended after"),
        (step_of(returns=lambda reward: None), "Return the mean reward"),
        (step_of(returns=lambda reward: reward), "Return the mean reward"),
        (step_of(returns=lambda reward: reward.sum().item()), "return the mean reward"),
        (step_of(reward_of=lambda at, moves: (moves - at).clamp(min=0).float()), "paid once more"),
        (step_of(loss=lambda w, logp: -(w * logp / 2.5).mean()), "did not go down the loss"),
        (step_of(loss=lambda w, logp: -(w * logp)[0]), "Only the first episode"),
        (rl_on_moves_drawn_again, "very move"),
        (by_those_who_play(also=1), "Hand in all"),
        (by_one(weigh=lambda r: r), "Subtract what is usual"),
        (unfrozen(), "walked on, and its moves counted again"),
        (unfrozen(frozen=True, when="after"), "looked up after the move"),
        (unfrozen(frozen=True, when="turned"), "mask is the wrong way round"),
        (rl_on_probabilities, "logits, not probabilities"),
        (step_of(loss=lambda w, logp: -(w.mean() * logp.mean())), "Your loss is zero"),
        (step_of(reward_of=lambda at, moves: 2.0 * (at < moves) - 1), "1 or 0, not 1 or -1"),
        (
            step_of(
                reward_of=lambda at, moves: 2.0 * (at < moves) - 1,
                returns=lambda reward: (reward > 0).float().mean(),
            ),
            "1 or 0, not 1 or -1",
        ),
        (in_place(step_of()), "changed its input"),
    ],
    "check_sft_step": [
        (step_of(weigh=alike), "pulls? nowhere"),
        (step_of(), "In SFT the teacher moves"),
        (step_of(act=teacher), "reward less mean reward|the weight is 1"),
        (step_of(act=teacher, weigh=lambda r: r), "ran out of time"),
        (step_of(act=teacher, weigh=lambda r: -1), "wrong way"),
        (step_of(act=lambda c, agent, coin: (coin < agent).long(), weigh=alike), "away from every coin"),
        (step_of(act=lambda c, agent, coin: agent * 0 + 1, weigh=alike), "always walks right"),
        (step_of(act=lambda c, agent, coin: agent * 0, weigh=alike), "always walks left"),
        (
            step_of(act=lambda c, agent, coin: c.logits.argmax(-1), weigh=alike),
            "teacher moves|pulls? nowhere|always",
        ),
        (step_of(act=teacher, weigh=alike, loss=lambda w, logp: -logp.sum()), "sum over episodes"),
        (step_of(act=teacher, weigh=alike, add=lambda logp, playing, now: logp + now), "after the coin"),
        (
            step_of(act=teacher, weigh=alike, add=lambda logp, playing, now: torch.where(playing, now, logp)),
            "last",
        ),
        (step_of(act=teacher, weigh=alike, log=lambda c, action: c.log_prob(c.sample())), "very move"),
        (step_of(act=teacher, weigh=alike, log=lambda c, action: c.log_prob(action).exp()), "logarithms"),
        (step_of(act=teacher, weigh=alike, log=log_of_softmax), "NaN"),
        (step_of(act=teacher, weigh=alike, end="backward step"), "zero_grad"),
        (step_of(act=teacher, weigh=alike, end="zero step"), "backward"),
        (step_of(act=teacher, weigh=alike, end="zero backward"), "`optimiser.step\\(\\)` is missing"),
        (step_of(act=teacher, weigh=alike, moves=lambda world: 2), "Episodes ended after 2 of"),
        (step_of(act=teacher, weigh=alike, returns=lambda r: 1.0), "It returned 1.00"),
        (
            step_of(act=lambda c, agent, coin: (coin > agent + 1).long(), weigh=alike),
            "the move was to the left",
        ),
        (unfrozen(weigh=torch.ones_like, act=teacher), "walked on, and its moves counted again"),
        (unfrozen(weigh=torch.ones_like, act=teacher, frozen=True, when="after"), "looked up after the move"),
        (unfrozen(weigh=torch.ones_like, act=teacher, frozen=True, when="turned"), "wrong way round"),
        (step_of(act=teacher, weigh=lambda r: 0 * r), "Your loss is zero"),
        (in_place(step_of(act=teacher, weigh=alike)), "changed its input"),
    ],
    "check_at_equal_score": [
        (not_a_number_but_none, "it returned None"),
        (first_lost, "index 0 counts as False"),
        (lambda s, v, level: None, "Is a `return` missing"),
        (lambda s, v, level: v[-1], "at the end"),
        (lambda s, v, level: int((s >= level).argmax()), "Return the value"),
        (lambda s, v, level: s[(s >= level).argmax()] if (s >= level).any() else np.nan, "score there"),
        (lambda s, v, level: v[(s >= level).argmax()], "NaN"),
        (
            lambda s, v, level: next((b for a, b in zip(s, v, strict=True) if a > level), np.nan),
            "exactly the level",
        ),
        (
            lambda s, v, level: [*v[s >= level], np.nan][-2] if (s >= level).any() else np.nan,
            "Take the first",
        ),
        (lambda s, v, level: np.mean(v[s >= level]) if (s >= level).any() else np.nan, "mean over all"),
        (lambda s, v, level: v[np.abs(s - level).argmin()] if (s >= level).any() else np.nan, "nearest"),
        (lambda s, v, level: v[np.abs(s - level).argmin()], "nearest"),
        (lambda s, v, level: (s >= level).argmax() if (s >= level).any() else np.nan, "Return the value"),
        (lambda s, v, level: next((i for i, a in enumerate(s) if a >= level), np.nan), "Return the value"),
        (lambda s, v, level: int(np.searchsorted(s, level)), "searchsorted"),
        (by_bisection, "rises and falls"),
        (by_bisection_unguarded, "rises and falls"),
        (
            lambda s, v, level: next((b for a, b in zip(s, v, strict=True) if a >= level and b), np.nan),
            "is 0",
        ),
        (
            lambda s, v, level: next((b for a, b in zip(s, v, strict=True) if a >= level), None) or np.nan,
            "is 0",
        ),
        (lambda s, v, level: v[s.argmax()] if (s >= level).any() else np.nan, "highest score"),
        (
            lambda s, v, level: v[(s < level).argmin()] if s.max() >= level and s[0] < level else np.nan,
            "index 0|first batch|NaN",
        ),
        (lambda s, v, level: v[np.flatnonzero(s >= level)], "values|shape|rows"),
        (lambda s, v, level: v[s >= level], "shape|values"),
        (lambda s, v, level: v[s.argmax()], "highest score"),
        (lambda s, v, level: v[np.searchsorted(s, level)], "rises and falls"),
        (lambda s, v, level: 0.0 if s.max() < level else v[(s >= level).argmax()], "expected nan"),
        (
            lambda s, v, level: v[max((s >= level).argmax() - 1, 0)] if (s >= level).any() else np.nan,
            "expected",
        ),
        (lambda s, v, level: next(x for x, y in zip(s, v, strict=True) if y >= level), "stopped|expected"),
    ],
}
