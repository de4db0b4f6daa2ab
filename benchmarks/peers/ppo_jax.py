"""PPO as one JAX program: environment, policy and critic compiled together, seeds as a `vmap` axis."""

import sys
import time
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax

from benchmarks import clock, settings

MOVES = jnp.array([[0, -1], [0, 1], [-1, 0], [1, 0]])


class World(NamedTuple):
    agent: jax.Array
    coin: jax.Array
    time: jax.Array


def reset(key, side):
    first, second = jax.random.split(key)
    agent = jax.random.randint(first, (), 0, side * side)
    coin = (agent + jax.random.randint(second, (), 1, side * side)) % (side * side)
    return World(agent, coin, jnp.zeros((), jnp.int32))


def observe(world, side):
    cells = side * side
    one_hot = jax.nn.one_hot(jnp.stack([world.agent, world.coin]), cells).reshape(-1)
    return jnp.concatenate([one_hot, jnp.zeros(cells)])  # no walls


def step(key, world, action, side, horizon):
    """One move, with a fresh start when the episode is over."""
    row, column = world.agent // side + MOVES[action, 0], world.agent % side + MOVES[action, 1]
    inside = (row >= 0) & (row < side) & (column >= 0) & (column < side)
    agent = jnp.where(inside, row * side + column, world.agent)
    found = agent == world.coin
    over = found | (world.time + 1 >= horizon)
    moved, fresh = World(agent, world.coin, world.time + 1), reset(key, side)
    return jax.tree.map(lambda a, b: jnp.where(over, a, b), fresh, moved), found.astype(jnp.float32), over


def net(key, sizes):
    keys = jax.random.split(key, len(sizes) - 1)
    bound = lambda size: size**-0.5
    draw = lambda k, shape, size: jax.random.uniform(k, shape, minval=-bound(size), maxval=bound(size))
    return [(draw(k, (a, b), a), jnp.zeros(b)) for k, a, b in zip(keys, sizes[:-1], sizes[1:], strict=True)]


def forward(layers, x):
    for weight, bias in layers[:-1]:
        x = jnp.tanh(x @ weight + bias)
    return x @ layers[-1][0] + layers[-1][1]


def train(key, *, side, horizon, hidden, envs, steps, iterations, epochs, lr, gamma, lam, clip):
    """Train one seed; returns the mean reward of each step, iteration by iteration."""
    key, actor_key, critic_key, reset_key = jax.random.split(key, 4)
    features = 3 * side * side
    weights = {
        "actor": net(actor_key, [features, *hidden, 4]),
        "critic": net(critic_key, [features, *hidden, 1]),
    }
    adam = optax.adam(lr)
    worlds = jax.vmap(partial(reset, side=side))(jax.random.split(reset_key, envs))

    def act(carry, key):
        weights, worlds = carry
        obs = jax.vmap(partial(observe, side=side))(worlds)
        choose, move = jax.random.split(key)
        logits = forward(weights["actor"], obs)
        action = jax.random.categorical(choose, logits)
        logp = jnp.take_along_axis(jax.nn.log_softmax(logits), action[:, None], 1)[:, 0]
        value = forward(weights["critic"], obs)[:, 0]
        worlds, reward, over = jax.vmap(partial(step, side=side, horizon=horizon))(
            jax.random.split(move, envs), worlds, action
        )
        return (weights, worlds), (obs, action, logp, value, reward, over)

    def advantages(value, reward, over, last):
        def back(later, now):
            value, reward, over, after = now
            error = reward + gamma * after * (1 - over) - value
            later = error + gamma * lam * (1 - over) * later
            return later, later

        after = jnp.concatenate([value[1:], last[None]])
        return jax.lax.scan(back, jnp.zeros_like(last), (value, reward, over, after), reverse=True)[1]

    def loss(weights, obs, action, logp, advantage, target):
        now = jnp.take_along_axis(jax.nn.log_softmax(forward(weights["actor"], obs)), action[..., None], -1)[
            ..., 0
        ]
        ratio = jnp.exp(now - logp)
        gain = jnp.minimum(ratio * advantage, jnp.clip(ratio, 1 - clip, 1 + clip) * advantage)
        error = forward(weights["critic"], obs)[..., 0] - target
        return -gain.mean() + (error**2).mean()

    def iteration(carry, key):
        weights, state, worlds = carry
        (_, worlds), (obs, action, logp, value, reward, over) = jax.lax.scan(
            act, (weights, worlds), jax.random.split(key, steps)
        )
        last = forward(weights["critic"], jax.vmap(partial(observe, side=side))(worlds))[:, 0]
        raw = advantages(value, reward, over.astype(jnp.float32), last)
        target, advantage = raw + value, (raw - raw.mean()) / (raw.std() + 1e-8)

        def epoch(carry, _):
            weights, state = carry
            gradient = jax.grad(loss)(weights, obs, action, logp, advantage, target)
            change, state = adam.update(gradient, state)
            return (optax.apply_updates(weights, change), state), None

        (weights, state), _ = jax.lax.scan(epoch, (weights, state), None, length=epochs)
        return (weights, state, worlds), (reward.sum() / jnp.maximum(over.sum(), 1))

    carry = (weights, adam.init(weights), worlds)
    return jax.lax.scan(iteration, carry, jax.random.split(key, iterations))[1]


def main(hidden: str, seeds: str, iterations: str) -> None:
    """Train and report, with and without the time of compiling."""
    sizes = {**settings.GRID, "hidden": settings.NETS[hidden], **settings.PPO}
    program = jax.jit(jax.vmap(partial(train, iterations=int(iterations), **sizes)))
    steps = int(seeds) * int(iterations) * settings.PPO["envs"] * settings.PPO["steps"]
    taken = []
    for call in range(2):
        keys = jax.random.split(jax.random.key(call), int(seeds))
        began = time.perf_counter()
        program(keys).block_until_ready()
        taken.append(time.perf_counter() - began)
    clock.report(rate=steps / taken[1], seconds=taken[1], compiling=taken[0] - taken[1])


if __name__ == "__main__":
    main(*sys.argv[1:])
