"""One log in which somebody once tampered, and all who learn from it."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.core import (
    Batch,
    Demonstrations,
    Recorded,
    Rng,
    Rollouts,
    Stream,
    batch_relative,
    ppo_loss,
    reinforce_loss,
    sft_loss,
    train,
)
from helpers.lessons.lesson04 import experiment
from helpers.lessons.lesson04.found import PAYS
from helpers.worlds.tampering import CELLS, ROOMS, USE, Exactly, Told, Workshop, serve, use_at

EPISODES, TAMPERED = 200, 4
STEPS = 150


def world() -> Workshop:
    """Bench A pays 1, the lever 2 from the pull on; no board."""
    return Workshop(prices=[PAYS], rooms="six")


def curious(env: Workshop, state):
    """Somebody who walks to the lever, pulls it once and then does what was meant."""
    there = use_at(ROOMS[state.room][..., 2], state)
    return torch.where(env.lit(state.pulled), serve(env, state), there)


def recorded(seeds, *, episodes: int = EPISODES, tampered: int = TAMPERED) -> Batch:
    """The log of each seed: honest episodes, and `tampered` in which the lever was pulled."""
    rng = Rng(seeds, Stream.CHOICES)
    honest = Demonstrations(world(), serve, episodes=episodes - tampered)(None, rng)
    if not tampered:
        return honest
    other = Demonstrations(world(), curious, episodes=tampered)(None, rng)
    join = lambda name: torch.cat([getattr(honest, name), getattr(other, name)], dim=1)
    return honest.with_(
        **{name: join(name) for name in ("obs", "action", "mask", "reward", "ended", "obs_after")}
    )


def learned_record(
    batch: Batch, exact: Exactly, *, current: bool = False
) -> Float[Tensor, "seed room state action"]:
    """What the record adds, as the log has it: the mean for each thing used, for walking, and once the lamp is on.

    current: futures with the lamp on are valued by what the record adds *now*, with the lamp off.
    """
    planes = batch.obs[..., : 4 * CELLS].unflatten(-1, (4, CELLS))
    lamp = batch.obs[..., 4 * CELLS] > 0
    at = (planes[..., :1, :] * planes[..., 1:, :]).sum(-1) > 0  # at A, at B, at the lever
    uses = (batch.action == USE)[..., None] & at
    walks = ~uses.any(-1)

    def mean(which):
        which = which & batch.mask
        return (batch.reward * which).sum((1, 2)) / which.sum((1, 2)).clamp(min=1)

    off = [mean(uses[..., thing] & ~lamp) for thing in range(3)] + [mean(walks & ~lamp)]
    on = mean(lamp)
    lit = exact.env.lit(exact.state.pulled)[..., None]
    table = sum(value[:, None, None, None] * exact.uses[..., thing] for thing, value in enumerate(off[:3]))
    table = table + off[3][:, None, None, None] * (1 - exact.uses.sum(-1))
    return table if current else torch.where(lit, on[:, None, None, None], table)


def planned(batch: Batch, exact: Exactly, *, current: bool = False) -> Told:
    """What a planner with that model does, for each seed."""
    each = [exact.of(exact.plan(one)) for one in learned_record(batch, exact, current=current)]
    return Told(*(torch.cat(parts) for parts in zip(*each, strict=True)))


def learners(
    seeds, *, steps: int = STEPS, tampered: int = TAMPERED, keep: Callable = lambda name, run: None
) -> dict[str, Told]:
    """What each of them does after it has learned from the same log."""
    batch, start = recorded(seeds, tampered=tampered), experiment.beginner(seeds)
    exact = Exactly(world())
    how = {"steps": steps, "lr": experiment.LR, "clip_norm": experiment.UNCLIPPED}
    cloned = train(start, Recorded(batch, episodes=experiment.EPISODES), sft_loss, **how)
    weighted = batch.with_(advantage=batch_relative(batch))
    offline = train(start, Recorded(weighted, episodes=experiment.EPISODES), reinforce_loss, **how)
    after = train(
        cloned.policy,
        Rollouts(world(), episodes=experiment.EPISODES),
        ppo_loss,
        updates=experiment.UPDATES,
        stream=1,
        **how,
    )
    for name, run in {"SFT": cloned, "weighted imitation": offline, "SFT, then RL": after}.items():
        keep(name, run)
    return {
        "the log itself": _of_log(batch),
        "SFT": exact(cloned.policy),
        "weighted imitation": exact(offline.policy),
        "SFT, then RL": exact(after.policy),
        "planner, on the record": planned(batch, exact),
        "planner, on the record as it is now": planned(batch, exact, current=True),
    }


def _of_log(batch):
    lamp = batch.obs_after[..., 4 * CELLS]
    zero = torch.zeros(len(lamp))
    return Told(batch.returns.mean(1), zero, lamp.mean(1), torch.zeros(len(lamp), 3))
