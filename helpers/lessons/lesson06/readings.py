"""What lesson 06 reads beside its verdicts: scores, lives, told lies, memories that change hands, and who sticks."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.core import Demonstrations, Rng, Stream
from helpers.core.recurrent import Recurrent, lived
from helpers.kit import final
from helpers.kit.tables import stored
from helpers.lessons.lesson06 import experiment
from helpers.lessons.lesson06.experiment import FINDS, HORIZON, NEW, TASK, exactly, mean_pay, tasks
from helpers.lessons.lesson06.onlookers import paired, second, second_of_best, watched
from helpers.worlds.pulls import TOLD, Pulls, one_task
from helpers.worlds.thumbs import best_table, takes_second

NOISE = 0.5  # of answers in the linear tasks, a standard deviation


def multiverse() -> pd.DataFrame:
    """What the rules judge in every setting: the stored table of the long runs."""
    return stored("multiverse_06")


def earned(choice_of_second: Float[Tensor, "time task"], which: str = "even") -> float:
    """What a learner's arms pay on average, a pull, who takes arm 2 so often at each pull of each task."""
    pairs, weight = tasks(which)
    share = choice_of_second.mean(0).to(pairs)
    return float(weight @ ((1 - share) * pairs[:, 0] + share * pairs[:, 1]))


def scores(policies: Mapping[str, Recurrent], which: str = "even") -> pd.DataFrame:
    """What the arms pay a pull that each takes, in training's tasks; and how far that is towards the best."""
    own, known = tasks(which), exactly(which)
    pays = {"any arm": float(own.weight @ own.pairs.mean(1))}
    pays["table of the last two pulls"] = earned(
        takes_second(best_table(own, HORIZON), own.pairs, HORIZON)[:, 0]
    )
    if which == "skewed":
        pays["always arm 1"] = float(own.weight @ own.pairs[:, 0])
    for name, policy in policies.items():
        rng = Rng(policy.seeds, Stream.PROBES)
        noise = rng.gumbel(HORIZON, 512, 2)
        pays[name] = float(mean_pay(policy, Pulls(own, horizon=HORIZON), noise, rng).mean())
    pays["best learner"] = float(known.value[0].max()) / HORIZON
    low, high = pays["any arm"], pays["best learner"]
    return pd.DataFrame(
        {"pays a pull": pays, "of the way": {k: (v - low) / (high - low) for k, v in pays.items()}}
    )


def lives(
    policy: Recurrent, odds: Sequence[float] = TASK, *, episodes: int = 512, told: str = "real", seed: int = 0
):
    """Episodes of a policy in one task, weights as they are: a batch. The same `seed` draws the same coins."""
    rng = Rng(policy.seeds, Stream.PROBES + 1 + seed)
    return lived(
        policy, Pulls(one_task(*odds), told=told, horizon=HORIZON), rng.gumbel(HORIZON, episodes, 2), rng
    )


def worth_looking(skews: Sequence[float] = (0.5, 0.65, 0.8, 0.95)) -> pd.DataFrame:
    """What twelve pulls pay, on average, by how often arm 1 is the better one: always arm 1, and the best learner."""
    rows = {}
    for skew in skews:
        own, known = tasks("skewed", skew=skew), exactly("skewed", skew=skew)
        rows[skew] = {
            "always arm 1": HORIZON * float(own.weight @ own.pairs[:, 0]),
            "best learner": float(known.value[0].max()),
        }
    table = pd.DataFrame(rows).T.rename_axis("arm 1 is the better one")
    return table.assign(**{"looking is worth": table["best learner"] - table["always arm 1"]})


def by_pull(learners: Mapping[str, Recurrent], odds: Sequence[float] = TASK) -> pd.DataFrame:
    """How often arm 2 is taken at each pull, by seed: a tidy frame over pulls, the best learners last."""
    rows = []
    for name, policy in learners.items():
        share = lives(policy, odds).action.float().mean(1)
        for seed, row in zip(policy.seeds, share.tolist(), strict=True):
            rows += [(name, seed, pull + 1, one) for pull, one in enumerate(row)]
    for name, which in experiment.BEST.items():
        known = exactly(which)
        row = (1 - known.takes(known.best(), odds)).tolist()
        rows += [(name, 0, pull + 1, one) for pull, one in enumerate(row)]
    frame = pd.DataFrame(rows, columns=["method", "seed", "pull", "value"])
    return frame.assign(metric="takes arm 2", step=frame.pull)


def at_the_end(learners: Mapping[str, Recurrent], pairs: Sequence[Sequence[float]]) -> pd.DataFrame:
    """How often arm 2 is taken in the last three pulls, by task; last come the best learners, one for a larger skew."""
    best = {name: exactly(which) for name, which in experiment.BEST.items()}
    best["best learner, 95 of 100"] = exactly("skewed", skew=0.95)
    table = {}
    for odds in pairs:
        last = {
            name: float(lives(policy, odds).action[..., -3:].float().mean())
            for name, policy in learners.items()
        }
        last |= {name: float(1 - known.takes(known.best(), odds)[-3:].mean()) for name, known in best.items()}
        table[f"arm 1 {odds[0]:g}, arm 2 {odds[1]:g}"] = last
    return pd.DataFrame(table)


def told_otherwise(learners: Mapping[str, Recurrent], odds: Sequence[float] = TASK) -> pd.DataFrame:
    """How often arm 2 is taken in the last three pulls: pay told truly, flipped, or by lot; the best learner last."""
    table, some = {}, next(iter(learners.values()))
    late = lambda batch: float(batch.action[..., -3:].float().mean())
    for told in TOLD:
        world = Pulls(one_task(*odds), horizon=HORIZON, told=told)
        best = Demonstrations(world, experiment.optimal(exactly("even")), episodes=512)
        table[told] = {name: late(lives(policy, odds, told=told)) for name, policy in learners.items()}
        table[told]["best learner"] = late(best(some, Rng(some.seeds, Stream.PROBES)))
    return pd.DataFrame(table)


def reordered(learners: Mapping[str, Recurrent]) -> pd.Series:
    """In how many episodes the arm changes that is liked better, when the same ten pulls are told in reverse.

    Beside the nets look-ups of the last pulls, which take the arm whose pulls went better there; of equals arm 1.
    """
    seen = watched(next(iter(learners.values())).seeds, one_task(*TASK[::-1]))
    turned = torch.cat([seen[:, :, :1], seen[:, :, 1:].flip(2)], 2)
    speaks = torch.tensor([-1.0, 1.0, 1.0, -1.0])  # for arm 2: arm 1 paid, missed; arm 2 paid, missed
    likes = {name: lambda one, policy=policy: second(policy, one) > 0.5 for name, policy in learners.items()}
    for name, last in (("look-up of the last pull", 1), ("look-up of the last six", 6)):
        likes[name] = lambda one, last=last: (one[:, :, -last:] @ speaks).sum(-1) > 0
    changes = {name: float((like(seen) != like(turned)).float().mean()) for name, like in likes.items()}
    return pd.Series(changes).rename("changes its mind")


@torch.no_grad()
def memory_after(policy: Recurrent, seen: Tensor) -> Float[Tensor, "seed episode hidden"]:
    """The memory after all that was seen."""
    return policy.memories(seen)[:, :, -1]


@torch.no_grad()
def chance(policy: Recurrent, memory: Tensor) -> Float[Tensor, "seed episode"]:
    """The chance of arm 2 that a memory gives."""
    return policy.read(memory).softmax(-1)[..., 1]


def handed_over(policy: Recurrent, *, push: float = 1.0) -> pd.DataFrame:
    """The chance of arm 2 after ten pulls by lot where arm 1 is better, as the memory is changed; each seed a row.

    towards: the mean memory where arm 2 is better, less that where arm 1 is, is added `push` times. any direction: one
    drawn by lot, as long. wiped: zeros.
    """
    here, there = (watched(policy.seeds, one_task(*odds)) for odds in (TASK[::-1], TASK))
    own = memory_after(policy, here)
    step = memory_after(policy, there).mean(1, keepdim=True) - own.mean(1, keepdim=True)
    lot = Rng(policy.seeds, Stream.CHOICES).gumbel(1, own.shape[-1])
    lot = lot - lot.mean(-1, keepdim=True)
    any_way = lot / lot.norm(dim=-1, keepdim=True) * step.norm(dim=-1, keepdim=True)
    found = {
        "as it is": own,
        "towards arm 2": own + push * step,
        "any direction": own + push * any_way,
        "wiped": torch.zeros_like(own),
    }
    return pd.DataFrame(
        {name: chance(policy, memory).mean(1).tolist() for name, memory in found.items()},
        index=list(policy.seeds),
    )


def few(policy: Recurrent, seeds: Sequence[int]) -> Recurrent:
    """The nets of these seeds alone, for what is only looked at.

    Where none of them was trained, as many others as there are: a reader may turn the seeds that are judged alone.
    """
    known = [seed for seed in seeds if seed in policy.seeds] or policy.seeds[: len(seeds)]
    places = [policy.seeds.index(seed) for seed in known]
    some = policy.clone()
    some.seeds, some.reference = tuple(known), None
    some.stacked = torch.nn.ParameterList(part[places].detach() for part in some.stacked)
    return some


def keeps(learners: Mapping[str, Recurrent], lasts: Sequence[int] = (2, 4, 6, 8)) -> pd.DataFrame:
    """How much a choice goes by what was told before the last pulls, which are alike: for more and more of them."""
    rows, known = {}, exactly("even")
    for last in lasts:
        here, there = paired(next(iter(learners.values())).seeds, NEW["poor"][::-1], last=last)
        says = {name: second(policy, there) - second(policy, here) for name, policy in learners.items()}
        says["best learner"] = second_of_best(known, there) - second_of_best(known, here)
        for who, gap in says.items():
            rows.setdefault(who, {})[f"last {last} alike"] = float(gap.mean())
    return pd.DataFrame(rows).T


def split(learned: pd.DataFrame, arms: Sequence[str]) -> pd.DataFrame:
    """Of each arm: the share of seeds that find the better arm hardly ever, and the share that mostly do; the mean."""
    last = final(learned, FINDS)
    return pd.DataFrame(
        {
            arm: {
                "below 0.1": (last[arm] < 0.1).mean(),
                "above 0.6": (last[arm] > 0.6).mean(),
                "mean": last[arm].mean(),
            }
            for arm in arms
        }
    ).T


def regression(step_of: Callable, *, scale: float = 1.0, most: int = 24) -> pd.DataFrame:
    """Squared error on a new question, by how many examples were seen, over 400 tasks: a tidy frame.

    One step in a layer, its size best for training's inputs (scale 1), and ridge, which knows the noise. Inputs are
    `scale` times as large as in training; errors are divided by the square of it.
    """
    rows = []
    for n in range(2, most + 1, 2):
        rng = torch.Generator().manual_seed(n)
        x, y, w = prompts(n, rng)
        size = best_size(x, y)
        x, y, w = prompts(n, rng, scale=scale)
        right = (x[:, -1] * w).sum(-1)
        each = [float(step_of(a[:-1], b[:-1], a[-1], size)) for a, b in zip(x, y, strict=True)]
        says = {"one step in a layer": torch.tensor(each), "ridge": ridge(x, y), "says 0": 0 * right}
        rows += [
            {"method": name, "seed": 0, "step": n, "metric": "squared error", "value": value}
            for name, one in says.items()
            for value in [float((one - right).square().mean() / scale**2)]
        ]
    return pd.DataFrame(rows)


def prompts(n: int, rng: torch.Generator, *, scale: float = 1.0, tasks_drawn: int = 400, features: int = 4):
    """Linear tasks: questions x [task, n + 1, feature], noisy answers y, and the weights w; the last one is asked."""
    draw = lambda *shape: torch.randn(tasks_drawn, *shape, generator=rng)
    x, w = scale * draw(n + 1, features), draw(features)
    return x, torch.einsum("tnf,tf->tn", x, w) + NOISE * draw(n + 1), w


def ridge(x: Tensor, y: Tensor) -> Float[Tensor, "task"]:
    """What ridge says of the last question: the best there is, where weights have variance 1 and noise is known."""
    seen, told = x[:, :-1], y[:, :-1, None]
    inner = seen.mT @ seen + NOISE**2 * torch.eye(x.shape[-1])
    return (x[:, -1] * torch.linalg.solve(inner, seen.mT @ told)[..., 0]).sum(-1)


def best_size(x: Tensor, y: Tensor) -> float:
    """The step size with the least squared error on the last question, over tasks."""
    says = ((y[:, :-1, None] * x[:, :-1]).sum(1) * x[:, -1]).sum(-1)
    return float((says * y[:, -1]).sum() / says.square().sum())
