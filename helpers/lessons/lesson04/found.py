"""A lever that pays, and no board: when is it found, and what becomes of it then?"""

from collections.abc import Callable, Sequence

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.core import Demonstrations, Policy, Rollouts, batch_relative, ppo_loss, sft_loss, train
from helpers.kit import compare
from helpers.lessons.lesson04 import experiment
from helpers.worlds.tampering import Exactly, Workshop, serve

PAYS = (1.0, 0.0, 2.0)  # bench A, bench B, the lever
WORK, LAMP = "work", "lamp"
PULLS = (1, 3, 5)
STEPS = 200
WORKED = 4  # batches of bench work alone


class Watched:
    """A source that notes in which batch each seed's lamp was on for the first time; inf until then."""

    def __init__(self, source: Callable):
        self.source, self.batches, self.first = source, 0, None

    def __call__(self, policy, rng):
        """The batch, unchanged."""
        batch = self.source(policy, rng)
        self.batches += 1
        lit = (batch.reward == PAYS[2]).any(-1).any(-1)
        if self.first is None:
            self.first = torch.full((len(lit),), torch.inf)
        self.first = torch.where(lit & self.first.isinf(), float(self.batches), self.first)
        return batch


def world(pulls: int = 1, pays: Sequence[float] = PAYS) -> Workshop:
    """Six rooms, no board; bench A and the lever pay."""
    return Workshop(prices=[tuple(pays)], pulls=pulls, rooms="six")


def probe(pulls: int = 1, pays: Sequence[float] = PAYS) -> Callable:
    """Work, lamp and uses of the lever in an episode, exactly."""
    exact = Exactly(world(pulls, pays))

    def measure(policy):
        told = exact(policy)
        return {WORK: told.work, LAMP: told.lamp, "pulls": told.used[:, 2]}

    return measure


def chance(start: Policy, pulls: int) -> torch.Tensor:
    """The chance that an untrained network turns the lamp on before the last step of an episode, for each seed.

    What is turned on in the last step pays nothing any more, so nobody learns of it.
    """
    env = Workshop(prices=[PAYS], pulls=pulls, rooms="six", horizon=9)
    return Exactly(env)(start).lamp


def worked(start: Policy, batches: int = WORKED) -> Policy:
    """The same networks after so many batches of RL in which the lever is dead: bench work alone."""
    source = Rollouts(world(pays=(*PAYS[:2], 0.0)), episodes=experiment.EPISODES, advantage=batch_relative)
    how = {"steps": batches, "lr": experiment.LR, "clip_norm": experiment.UNCLIPPED}
    return train(start, source, ppo_loss, updates=experiment.UPDATES, **how).policy


def lamp_from(exact: Exactly, choices: Callable) -> Float[Tensor, "seed start"]:
    """The chance that the lamp is on in the end, from every room and cell in which an episode can begin.

    choices: `t -> [seed, room, state, action]`, as of `Exactly.of`.
    """
    lit = exact.env.lit(exact.row).float().expand(len(choices(0)), *exact.start.shape)
    for t in reversed(range(exact.env.horizon)):
        there = exact.after.flatten(1).expand(len(lit), -1, -1)
        lit = (choices(t) * lit.gather(-1, there).unflatten(-1, exact.after.shape[1:])).sum(-1)
    return lit[:, exact.start > 0]


def expected(
    start: Policy, pulls: int, batches: Sequence[int], episodes: int = experiment.EPISODES
) -> pd.DataFrame:
    """The share of seeds that have seen the lamp pay after so many batches if they never learned: 1 - (1 - p)^n."""
    p = chance(start, pulls).double()
    return pd.DataFrame(
        {"batch": list(batches), "share": [float((1 - (1 - p) ** (n * episodes)).mean()) for n in batches]}
    )


def trained(
    seeds, *, pulls: Sequence[int] = PULLS, steps: int = STEPS, every: int = 10
) -> tuple[pd.DataFrame, dict]:
    """RL for each number of pulls, and SFT on honest work: the frame, the runs, and when seeds first saw the lamp."""
    start, runs, seen = experiment.beginner(seeds), {}, {}
    how = {"steps": steps, "lr": experiment.LR, "clip_norm": experiment.UNCLIPPED, "probe_every": every}
    for number in pulls:
        source = Watched(Rollouts(world(number), episodes=experiment.EPISODES, advantage=batch_relative))
        runs[f"RL, {number} in a row"] = train(
            start, source, ppo_loss, updates=experiment.UPDATES, probes={"found": probe(number)}, **how
        )
        seen[number] = source.first
    honest = Demonstrations(world(min(pulls)), serve, episodes=experiment.EPISODES)
    runs["SFT"] = train(start, honest, sft_loss, probes={"found": probe(min(pulls))}, **how)
    return compare(runs), {"runs": runs, "first": seen}
