"""Answers planted at a known chance: how soon RL finds them, and what theory says."""

from collections.abc import Sequence

import pandas as pd
import torch
from jaxtyping import Float, Real
from torch import Tensor

from helpers.checked import one_of, share
from helpers.checked import seeds as seeds_of
from helpers.core import Batch, Rng, Rollouts, group_leave_one_out, reinforce_loss, train
from helpers.lessons.lesson02.prompts import undecided
from helpers.worlds.strings import Strings

CHANCES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
ANSWERS, TRIES, STEPS, LR = 8, 32, 400, 0.03


class Decoy(Strings):
    """The same strings; the last token is a decent answer, which pays a little at every prompt."""

    pays = 0.3

    def step(self, state, action, rng: Rng):
        """Pays 1 for the right answer and `pays` for the decent one."""
        after, reward, ended = super().step(state, action, rng)
        return after, torch.where(action == self.actions - 1, self.pays, reward), ended


def planted(chances: Sequence[float] = CHANCES) -> Float[Tensor, "prompt 1 answer"]:
    """A base policy whose first answer has this chance; a half of the rest goes to the last, the others share."""
    first = torch.tensor([share(one, "a chance") for one in chances])[:, None]
    others = (1 - first) / 2 / (ANSWERS - 2)
    return torch.cat([first, others.expand(-1, ANSWERS - 2), (1 - first) / 2], 1)[:, None]


def world(*, decoy: bool = False) -> Strings:
    """A prompt for each chance, the right answer is the first."""
    return (Decoy if decoy else Strings)(torch.zeros(len(CHANCES), 1, dtype=torch.long), ANSWERS)


class Finding:
    """Whether each prompt's answer was among the tries so far: a source that looks on, and a memory of it."""

    def __init__(self, source: Rollouts):
        self.source, self.found = source, []

    def __call__(self, policy, rng: Rng) -> Batch:
        """The source's own batch."""
        batch = self.source(policy, rng)
        hit = (batch.action[:, :, 0] == 0).unflatten(1, (len(CHANCES), -1)).any(-1)
        self.found.append(hit | self.found[-1] if self.found else hit)
        return batch


def searches(
    seeds,
    names: Sequence[str] = ("RL", "RL, entropy bonus", "RL, decent answer pays"),
    *,
    few=None,
    steps: int = STEPS,
    tries: int = TRIES,
    lr: float = LR,
) -> dict[str, tuple]:
    """Each arm's search: name -> (found [step, seed, prompt], the policy at the end).

    few: the seeds of the two arms beside plain RL, where those are fewer.
    """
    own, count = group_leave_one_out(tries), tries * len(CHANCES)
    seeds, few = seeds_of(seeds), None if few is None else seeds_of(few, "few")
    arms = {
        "RL": (world(), reinforce_loss),
        "RL, entropy bonus": (world(), undecided(0.01)),
        "RL, decent answer pays": (world(decoy=True), reinforce_loss),
    }
    results = {}
    for name in names:
        env, loss = arms[one_of(name, arms, "an arm")]
        looking = Finding(Rollouts(env, episodes=count, advantage=own, logp=False))
        mine = seeds if few is None or name == "RL" else few
        run = train(env.writer(planted(), mine), looking, loss, steps=steps, lr=lr)
        results[name] = (torch.stack(looking.found), run.policy)
    return results


def expected(tries: Real[Tensor, "*axes"], chance: float) -> Float[Tensor, "*axes"]:
    """The chance to have found an answer by so many tries of a policy that has not moved: 1 - (1 - p)^n."""
    return -torch.expm1(tries.double() * torch.log1p(-torch.tensor(chance, dtype=torch.float64)))


def table_of(searches: dict, *, tries: int = TRIES) -> pd.DataFrame:
    """For each chance: the share of seeds that found the answer, and theory's; at the end the share in which it is
    likelier than not, and its chance."""
    rows = []
    for name, (found, policy) in searches.items():
        at_the_end = world().chances(policy)
        median = at_the_end.median(0).values
        for place, chance in enumerate(CHANCES):
            theory = float(expected(torch.tensor(float(tries * len(found))), chance))
            share = float(found[-1, :, place].float().mean())
            learned = float((at_the_end[:, place] > 0.5).float().mean())
            rows.append((name, found.shape[1], chance, share, theory, learned, float(median[place])))
    columns = ["method", "seeds", "chance before", "found", "theory", "learned", "chance after (median)"]
    return pd.DataFrame(rows, columns=columns)
