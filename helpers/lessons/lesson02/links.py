"""Chains of known functions: who puts together what the base never puts together, and in chains never practised?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import Tensor

from helpers.checked import number, one_of, whole
from helpers.checked import seeds as seeds_of
from helpers.core import Batch, Demonstrations, Policy, Rollouts, mlp, reinforce_loss, sft_loss, train
from helpers.worlds.chains import Chains

ATOMS, LENGTH, PRACTISED = 6, 3, 24
EPISODES, LR, STEPS, BEFORE = 64, 0.01, 240, 500  # BEFORE: steps of the base's own training
KNOWS = ("functions", "nothing", "single functions alone")
EVERY = [list(chain) for chain in product(range(ATOMS), repeat=LENGTH)]


@dataclass(frozen=True)
class Course:
    """What is practised, what is new, and the base that starts. Each seed has its own chains, and its own functions."""

    base: Policy
    practised: Int[Tensor, "seed practised place"]
    new: Int[Tensor, "seed new place"]

    def first_seeds(self, count: int) -> "Course":
        """The same course of the first seeds alone, for arms that are run with fewer."""
        base = self.base.select(self.base.seeds[:count])
        return Course(base, self.practised[:count], self.new[:count])

    def world(self, chains, **how) -> Chains:
        """These chains, of each seed's functions."""
        return Chains(chains, seed=self.base.seeds, **how)

    def first(self, links: int) -> Int[Tensor, "seed practised place"]:
        """The first links of the practised chains."""
        return torch.where(torch.arange(LENGTH) < links, self.practised, -1)

    @cached_property
    def probes(self) -> dict[str, Callable]:
        """The exact chance that a chain is right: of practised ones, of new ones, and of single functions."""
        worlds = {"practised": self.practised, "new": self.new, "single functions": SINGLE}
        return {name: self.world(chains).solved for name, chains in worlds.items()}


SINGLE = [[name] + [-1] * (LENGTH - 1) for name in range(ATOMS)]


def course(
    seeds,
    *,
    knows: str = KNOWS[0],
    practised: int = PRACTISED,
    hidden: int = 64,
    before: int = BEFORE,
) -> Course:
    """The base is taught single functions, and to answer chains by habit: the first link, then the same symbol again.

    knows: "nothing": it is taught to say the given symbol again, always; "single functions alone": chains it never had.
    """
    one_of(knows, KNOWS, "knows")
    seeds = seeds_of(seeds)
    order = torch.stack([torch.tensor(EVERY)[_order(seed)] for seed in seeds])
    cut = whole(practised, "practised")
    if cut >= len(EVERY):
        raise ValueError(f"practised is below {len(EVERY)}, all chains, or none is new: got {cut}")
    chains = [] if knows == KNOWS[2] else EVERY
    taught = Chains(SINGLE * (len(EVERY) // (2 * ATOMS)) + chains, seed=seeds)
    source = Demonstrations(taught, parrot if knows == KNOWS[1] else habit, episodes=EPISODES)
    start = Policy(mlp(taught.features, taught.actions, (whole(hidden, "hidden"),)), seeds=seeds)
    base = train(start, source, sft_loss, steps=before, lr=0.01, probe_every=before).policy
    return Course(base, order[:, :cut], order[:, max(cut, PRACTISED) :])


def _order(seed: int):
    """All chains in an order of this seed's own: the first are practised, the last are new."""
    return torch.randperm(len(EVERY), generator=torch.Generator().manual_seed(10**6 + seed))


def habit(env: Chains, state) -> Tensor:
    """Single functions right; in chains the first link right, then the same symbol again."""
    return torch.where(state.place == 0, env.answer(state), state.symbol)


def parrot(env: Chains, state) -> Tensor:
    """The symbol that is there, again."""
    return state.symbol


def whole_right(batch: Batch) -> Float[Tensor, "seed episode time"]:
    """1 where the whole chain came out right, 0 elsewhere: as weights they make SFT on one's own right answers."""
    return batch.returns[..., None].expand_as(batch.reward)


def arms(at: Course, *, steps: int = STEPS, warm: int = 20) -> dict[str, list[tuple]]:
    """Each arm's stages, (data, loss, steps); all make as many steps in all, from as many episodes each."""
    own = lambda chains, **how: Rollouts(at.world(chains), episodes=EPISODES, logp=False, **how)
    shown = Demonstrations(at.world(at.practised), Chains.answer, episodes=EPISODES)
    stages = [(1, steps // 4), (2, steps // 4), (LENGTH, steps - 2 * (steps // 4))]
    climb = lambda **how: [(own(at.first(links), **how), reinforce_loss, part) for links, part in stages]
    each = Rollouts(at.world(at.practised, each=True), episodes=EPISODES, logp=False)
    warm = min(warm, steps - 1)
    return {
        "SFT": [(shown, sft_loss, steps)],
        "RL, whole chain": [(own(at.practised), reinforce_loss, steps)],
        "RL, each link": [(each, reinforce_loss, steps)],
        "RL, curriculum": climb(),
        "RL, warm start": [(shown, sft_loss, warm), (own(at.practised), reinforce_loss, steps - warm)],
        "SFT, own right answers": [(own(at.practised, advantage=whole_right), reinforce_loss, steps)],
        "SFT, own, curriculum": climb(advantage=whole_right),
        "null arm": [(own(at.practised), sft_loss, steps)],
    }


def trained(
    at: Course, names: Sequence[str], *, steps: int = STEPS, lr: float = LR, often: int = 12
) -> pd.DataFrame:
    """The runs of these arms as one tidy frame; stages follow one another, and Adam begins anew with each.

    often: so many times they are measured on the way.
    """
    number(lr, "lr", above=0)
    every, frames = arms(at, steps=whole(steps, "steps", least=4)), []
    for name in names:
        policy, gone = at.base, 0
        for stage, (data, loss, part) in enumerate(every[name]):
            how = {"probes": at.probes, "probe_every": max(1, steps // whole(often, "often"))}
            run = train(policy, data, loss, steps=part, lr=lr, stream=stage, **how)
            rows = run.history[run.history.metric.isin(list(at.probes))]
            rows = rows[(rows.step > 0) | (stage == 0)]
            frames.append(rows.assign(step=rows.step + gone, method=name))
            policy, gone = run.policy, gone + part
    return pd.concat(frames, ignore_index=True)


def with_others(
    at: Course, names: Sequence[str], others: Sequence[str], *, count: int = 16, **how
) -> pd.DataFrame:
    """Arms on all seeds of a course, and others beside them on its first `count` seeds, as one frame: see `trained`."""
    parts = [trained(at, names, **how), trained(at.first_seeds(count), others, **how)]
    return pd.concat(parts, ignore_index=True)
