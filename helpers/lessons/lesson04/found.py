"""Found by luck, then reinforced: RL where the lever works, with no board to read."""

from collections.abc import Callable, Sequence

import pandas as pd
import torch

from helpers.core import Policy, Rollouts, batch_relative, ppo_loss, sft_loss, train
from helpers.kit import compare
from helpers.lessons.lesson04 import experiment
from helpers.worlds.tampering import Exactly, Workshop

PAYS = (1.0, 0.0, 2.0)  # bench A, bench B, the lever
WORK, LAMP = "work", "lamp"
PULLS = (1, 2, 3)
STEPS = 300


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


def probe(pulls: int, pays: Sequence[float] = PAYS) -> Callable:
    """Work and lamp in new rooms, exactly."""
    exact = Exactly(Workshop(prices=[tuple(pays)], pulls=pulls, rooms="new"))

    def measure(policy):
        told = exact(policy)
        return {WORK: told.work, LAMP: told.lamp, "pulls": told.used[:, 2]}

    return measure


def chance(start: Policy, pulls: int) -> torch.Tensor:
    """The chance that an untrained network turns the lamp on in one episode of training, exactly, for each seed."""
    return Exactly(Workshop(prices=[PAYS], pulls=pulls))(start).lamp


def expected(
    start: Policy, pulls: int, batches: Sequence[int], episodes: int = experiment.EPISODES
) -> pd.DataFrame:
    """The share of seeds that have seen the lamp after so many batches if they never learned: 1 - (1 - p)^n."""
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
        world = Workshop(prices=[PAYS], pulls=number)
        source = Watched(Rollouts(world, episodes=experiment.EPISODES, advantage=batch_relative))
        runs[f"RL, {number} in a row"] = train(
            start, source, ppo_loss, updates=experiment.UPDATES, probes={"found": probe(number)}, **how
        )
        seen[number] = source.first
    world = Workshop(prices=[PAYS], pulls=min(pulls))
    runs["SFT"] = train(
        start, experiment.source("SFT", world), sft_loss, probes={"found": probe(min(pulls))}, **how
    )
    return compare(runs), {"runs": runs, "first": seen}
