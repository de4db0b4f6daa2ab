"""Episodes in a world, whoever acts: played to their end, or until they are out of time."""

from collections.abc import Callable

import torch

from helpers.checked import fits, shape, whole
from helpers.core.streams import Rng
from helpers.core.types import Batch, World


def play(env: World, episodes: int, act: Callable, rng: Rng) -> Batch:
    """Run episodes to their end, or until they are out of time.

    act: `(state, obs, t) -> (action, logp)`; logp is None where the actor has none.
    Raises TypeError or ValueError if what the actor or the world says in the first step has another shape or type.
    """
    state, steps, axes = env.reset(rng, episodes), [], (len(rng.generators), episodes)
    with torch.no_grad():
        obs = env.observe(state)
        alive = torch.ones(axes, dtype=torch.bool)
        for t in range(env.horizon):
            if t == 0:
                _check_seen(env, obs, axes)
            action, logp = act(state, obs, t)
            if t == 0:
                _check_done(env, action, axes)
            state, reward, over = env.step(state, action, rng)
            if t == 0:
                _check_step(env, reward, over, axes)
            steps.append((obs, action, alive, torch.where(alive, reward, 0.0), logp))
            obs, alive = env.observe(state), alive & ~over
            if not alive.any():
                break
    seen, action, mask, reward, logp = zip(*steps, strict=True)
    stack = lambda parts: None if parts[0] is None else torch.stack(parts, dim=2)
    seen, mask = stack(seen), stack(mask)
    return Batch(
        seen,
        stack(action),
        mask,
        stack(reward),
        stack(logp),
        ended=~alive,
        obs_after=_after(seen, mask, obs),
        seeds=tuple(rng.seeds),
    )


def _after(seen: torch.Tensor, mask: torch.Tensor, last: torch.Tensor) -> torch.Tensor:
    """What each episode saw after its last step: a later one of `seen`, or what all saw `last`."""
    if mask[..., -1].all():
        return last
    steps = mask.sum(-1)
    within = steps.clamp(max=mask.shape[-1] - 1)
    index = within.view(*within.shape, *[1] * (seen.dim() - 2)).expand(-1, -1, 1, *seen.shape[3:])
    later = seen.gather(2, index)[:, :, 0]
    full = (steps == mask.shape[-1]).view(*steps.shape, *[1] * (last.dim() - 2))
    return torch.where(full, last, later)


def _check_seen(env, obs, axes) -> None:
    """There is an observation for each episode."""
    if not isinstance(obs, torch.Tensor) or tuple(obs.shape[:2]) != axes:
        raise ValueError(
            f"{_name(env)}.observe returns a tensor {axes} [seed, episode] and more axes: got {_kind(obs)}"
        )


def _check_done(env, action, axes) -> None:
    """What an actor does fits the world."""
    meant = f"actions are whole numbers (torch.int64) below {env.actions}, of shape {axes} [seed, episode]"
    if not isinstance(action, torch.Tensor) or action.dtype != torch.int64:
        raise TypeError(f"{meant}: got {_kind(action)}")
    shape(action, axes, "the action", "seed, episode")
    if not 0 <= int(action.min()) <= int(action.max()) < env.actions:
        raise ValueError(f"{meant}: got numbers from {int(action.min())} to {int(action.max())}")


def _check_step(env, reward, over, axes) -> None:
    """What a world's step returns has one number for each episode."""
    for name, value in (("reward", reward), ("ended", over)):
        if not isinstance(value, torch.Tensor):
            raise TypeError(f"{_name(env)}.step returns (state, reward, ended): {name} is {_kind(value)}")
        shape(value, axes, f"the {name} of {_name(env)}.step", "seed, episode")
    if over.dtype != torch.bool or not reward.is_floating_point():
        raise TypeError(
            f"{_name(env)}.step returns a reward in floating-point numbers and ended as torch.bool: got "
            f"{reward.dtype} and {over.dtype}"
        )


def _name(thing) -> str:
    return type(thing).__name__


def _kind(value) -> str:
    """What came, in words: a tensor's type and shape, of other things the name of their type."""
    return f"{value.dtype} of shape {tuple(value.shape)}" if isinstance(value, torch.Tensor) else _name(value)


def as_world(env):
    """A world to act in; TypeError with what it lacks, ValueError if no action or no step is possible."""
    fits(env, World, "env", "a world")
    for count in ("actions", "horizon"):
        whole(getattr(env, count), f"{_name(env)}.{count}")
    return env
