"""Who learns from own answers: RL as it is done, which draws some, and RL that is told the mean pay of all, exactly."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from helpers.checked import number, one_of, whole
from helpers.core import Batch, Policy, Rng, Rollouts, batch_relative, leashed, reinforce_loss, train
from helpers.lessons.lesson07.pressure import Stand, level
from helpers.worlds.answers import Answers, at_kl

LR, EPISODES = 0.05, 32
STEPS = 100  # all that is judged lies on the way
LONG = 300  # until nothing moves any more
RL = "RL, exact"
ARMS = (RL, "RL", "RL, leash", "RL, good enough", "RL, gold", "null arm")


class EveryPlace:
    """A source for somebody who needs no draws: an episode that goes through all that a writer can see, once.

    It is made for `mean_pay`. Its reward is the exact mean pay of the policy's answers.
    """

    def __init__(self, pays: Float[Tensor, "seed answer"], answers: Answers):
        self.pays, self.answers = pays, answers

    def __call__(self, policy: Policy, rng: Rng) -> Batch:
        """All places of the table; the actions are none that anybody took."""
        seeds, count = len(policy.seeds), self.answers.features
        seen = torch.eye(count).expand(seeds, 1, count, count)
        reward = torch.zeros(seeds, 1, count)
        reward[:, 0, -1] = self.answers.mean(self.answers.logits(policy), self.pays)
        none = torch.zeros(seeds, 1, count, dtype=torch.long)
        return Batch(seen, none, torch.ones(seeds, 1, count, dtype=torch.bool), reward)


def mean_pay(pays: Float[Tensor, "seed answer"], answers: Answers):
    """The loss whose gradient is that of the mean pay over all answers, exactly: sum of policy x pays, negative."""

    def loss(now, batch):
        table = now.logits[:, 0].double().unflatten(1, (answers.horizon, -1))
        return -answers.mean(table, pays).float()

    return loss


def leashed_pay(
    pays: Float[Tensor, "seed answer"],
    answers: Answers,
    base: Float[Tensor, "seed place before word"],
    strength: Float[Tensor, "seed"],
):
    """The same with a leash: the mean pay less the exact KL from the base, at a price of 1 / strength a nat."""
    pay = mean_pay(pays, answers)

    def loss(now, batch):
        table = now.logits[:, 0].double().unflatten(1, (answers.horizon, -1))
        return pay(now, batch) + (answers.drift(table, base) / strength).float()

    return loss


def arms(on: Stand, *, leash: float = 0.3, episodes: int = EPISODES) -> dict[str, tuple]:
    """The source and the loss of each arm; they differ in what pays, and in whether answers are drawn."""
    number(leash, "leash", above=0)
    enough = (on.pays >= level(on)).double()
    asked = lambda pays, advantage=batch_relative, **how: Rollouts(
        Answers(on.at.answers.actions, on.at.answers.horizon, pays),
        episodes=whole(episodes, "episodes", least=2),
        advantage=advantage,
        **how,
    )
    return {
        RL: (EveryPlace(on.pays, on.at.answers), mean_pay(on.pays, on.at.answers)),
        "RL": (asked(on.pays), reinforce_loss),
        "RL, leash": (asked(on.pays, leashed(batch_relative, leash), reference=True), reinforce_loss),
        "RL, good enough": (asked(enough), reinforce_loss),
        "RL, gold": (asked(on.at.gold), reinforce_loss),
        "null arm": (asked(on.pays, by_others), reinforce_loss),
    }


def trained(
    on: Stand,
    names: Sequence[str],
    *,
    steps: int = LONG,
    lr: float = LR,
    leash: float = 0.3,
    episodes: int = EPISODES,
    stream: int = 0,
) -> dict:
    """The runs of these arms, all from the base, measured often where two nats are crossed.

    stream: another number gives other draws in training. leash: of "RL, leash". episodes: answers drawn a step.
    """
    every, start = arms(on, leash=leash, episodes=episodes), on.at.answers.writer(on.at.logits, on.at.seeds)
    probe = lambda policy: {
        name: one.float() for name, one in on.told_of(on.at.answers.logits(policy)).items()
    }
    how = {
        "steps": steps,
        "lr": lr,
        "probes": {"exactly": probe},
        "probe_every": measured(steps, lr),
        "stream": stream,
    }
    return {one_of(name, ARMS, "arm"): train(start, *every[name], **how) for name in names}


def plainly(on: Stand, nats: float, *, size: float = 1.0, most: int = 400) -> Float[Tensor, "seed answer"]:
    """Where RL comes through, so many nats away, that follows the exact gradient as it is, in steps of `size`.

    Adam takes steps of one size in all places, the plain gradient larger ones where the mean pay hangs on them more.
    NaN for a seed that is not there after `most` steps.
    """
    table, answers = on.at.logits.clone(), on.at.answers
    end = torch.full_like(on.pays, torch.nan)
    for _ in range(whole(most, "most")):
        leaf = table.clone().requires_grad_()
        (answers.log_chances(leaf).exp() * on.pays).sum().backward()
        way = number(size, "size", above=0) * leaf.grad
        there = lambda part, table=table, way=way: answers.log_chances(
            table + part[:, None, None, None] * way
        ).exp()
        part = at_kl(there, on.nats, nats, (0, 1), len(on.pays), 24)
        new = end[:, 0].isnan() & ~part.isnan()
        end[new] = there(part.nan_to_num(0.0))[new]
        if not end[:, 0].isnan().any():
            break
        table = table + way
    return end


def measured(steps: int, lr: float = LR) -> list[int]:
    """The steps after which is measured: every other one below 60, then every ten; at another rate as far apart."""
    apart = max(1, round(2 * LR / number(lr, "lr", above=0)))
    often, seldom = range(0, min(30 * apart, steps), apart), range(30 * apart, steps, 5 * apart)
    return [*often, *seldom, steps]


def by_others(batch: Batch) -> Float[Tensor, "seed episode time"]:
    """What the episode before earned, less the mean of all but one's own: a push for nothing that was done.

    With the plain mean, in which the own episode counts one part in n, it would be no null arm: the push would be the
    true gradient's opposite, n times smaller, and Adam makes small pushes as large as any.
    """
    earned = batch.returns
    others = (earned.sum(1, keepdim=True) - earned) / (earned.shape[1] - 1)
    return (earned.roll(1, dims=1) - others)[..., None].expand_as(batch.reward)
