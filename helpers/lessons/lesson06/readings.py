"""What lesson 06 reads beside its verdicts: scores, lives, told lies, memories that change hands, and who sticks."""

from collections.abc import Mapping, Sequence

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.core import Demonstrations, Rng, Stream
from helpers.core.recurrent import Recurrent
from helpers.kit import Interval, final
from helpers.kit.multiverse import by_setting
from helpers.kit.rules import WORDS, rule
from helpers.kit.tables import stored
from helpers.lessons.lesson06 import experiment, players
from helpers.lessons.lesson06.experiment import FINDS, HORIZON, NEW, TASK, exactly, mean_pay, tasks
from helpers.lessons.lesson06.onlookers import (
    last_that_paid,
    paired,
    second,
    second_of_best,
    told_apart,
    watched,
)
from helpers.lessons.lesson06.players import lives
from helpers.worlds.pulls import TOLD, Pulls, one_task
from helpers.worlds.thumbs import best_table, takes_second


def multiverse() -> pd.DataFrame:
    """What the rules judge in every setting: the stored table of the long runs."""
    return stored("multiverse_06")


def settings_in_words(table: pd.DataFrame, name: str) -> str:
    """What each setting says of a rule, word by word: of a count how many nets, else the mean and its interval."""
    found, counts = by_setting(table, name), rule(name).scale == "counted"
    nets = table[table.rule == name].groupby("setting").value
    said = []
    for word in WORDS:
        mine = [setting for setting, one in found.items() if one.word == word]
        told = [
            f"{setting} ({nets.sum()[setting]:.0f} of {nets.count()[setting]})"
            if counts
            else f"{setting} ({found[setting].effect})"
            for setting in mine
        ]
        if told:
            said.append(f"**{word}** in {len(told)} of {len(found)}: {'; '.join(told)}")
    return ". ".join(said) + "."


def earned(choice_of_second: Float[Tensor, "time task"], which: str = "even") -> float:
    """What a learner's arms pay on average, a pull, who takes arm 2 so often at each pull of each task."""
    pairs, weight = tasks(which)
    share = choice_of_second.mean(0).to(pairs)
    return float(weight @ ((1 - share) * pairs[:, 0] + share * pairs[:, 1]))


def taken_exactly(choice: Float[Tensor, "state 2"], known, own) -> Float[Tensor, "time task"]:
    """How often who goes by counts takes arm 2 at each pull of each task."""
    return torch.stack([1 - known.takes(choice, odds) for odds in own.pairs.tolist()], -1)


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
    pays["Thompson"] = earned(taken_exactly(known.thompson(), known, own), which)
    pays["best learner"] = float(known.value[0].max()) / HORIZON
    low, high = pays["any arm"], pays["best learner"]
    return pd.DataFrame(
        {"pays a pull": pays, "of the way": {k: (v - low) / (high - low) for k, v in pays.items()}}
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
    """How often arm 2 is taken at each pull, by seed: a tidy frame over pulls, the best learners last, exactly."""
    rows = []
    for name, which in experiment.BEST.items():
        known = exactly(which)
        row = (1 - known.takes(known.best(), odds)).tolist()
        rows += [(name, 0, pull + 1, one) for pull, one in enumerate(row)]
    best = pd.DataFrame(rows, columns=["method", "seed", "pull", "value"])
    nets = players.by_pull({name: lives(policy, odds) for name, policy in learners.items()})
    return pd.concat([nets, best.assign(metric="takes arm 2", step=best.pull)], ignore_index=True)


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


def handed_over(policy: Recurrent, *, push: float = 1.0, directions: int = 20) -> pd.DataFrame:
    """The chance of arm 2 after ten pulls by lot where arm 1 is better, as the memory is changed; each seed a row.

    towards: the mean memory where arm 2 is better, less that where arm 1 is, is added `push` times. any direction: one
    drawn by lot, as long, the mean over so many. wiped: zeros.
    """
    here, there = (watched(policy.seeds, one_task(*odds)) for odds in (TASK[::-1], TASK))
    own = memory_after(policy, here)
    step = memory_after(policy, there).mean(1, keepdim=True) - own.mean(1, keepdim=True)
    lot = Rng(policy.seeds, Stream.CHOICES).gumbel(directions, 1, own.shape[-1])
    lot = lot - lot.mean(-1, keepdim=True)
    long = step.norm(dim=-1, keepdim=True)
    others = [own + push * long * one / one.norm(dim=-1, keepdim=True) for one in lot.unbind(1)]
    found = {
        "as it is": [own],
        "towards arm 2": [own + push * step],
        "any direction": others,
        "wiped": [torch.zeros_like(own)],
    }
    mean = lambda memories: torch.stack([chance(policy, memory).mean(1) for memory in memories]).mean(0)
    return pd.DataFrame(
        {name: mean(memories).tolist() for name, memories in found.items()}, index=list(policy.seeds)
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
        says["arm of the last pull that paid"] = last_that_paid(there) - last_that_paid(here)
        says["best learner"] = second_of_best(known, there) - second_of_best(known, here)
        for who, gap in says.items():
            rows.setdefault(who, {})[f"last {last} alike"] = float(gap.mean())
    return pd.DataFrame(rows).T


def found_by(*frames: pd.DataFrame) -> pd.DataFrame:
    """FINDS of each net at the end, a column an arm: of runs on different seeds, whose rows stand below each other."""
    return pd.concat([final(one, FINDS) for one in frames])


def counted(found: pd.DataFrame, arms: Sequence[str]) -> pd.DataFrame:
    """Of each arm: how many nets find the better arm less than half as well as the best learner for skewed tasks; the
    share with Wilson's 95 % interval; how many lie between a tenth and nine tenths of this learner's; the mean.
    """
    rows, best = {}, found["best learner, skewed"]
    for arm in arms:
        part = found[arm].dropna()
        little = part < best[part.index] / 2
        between = (part / best[part.index]).between(0.1, 0.9)
        rows[arm] = {
            "find little": f"{little.sum()} of {len(part)}",
            "share": str(Interval.of(little.astype(float), "counted")),
            "in between": f"{between.sum()} of {len(part)}",
            "mean of all": round(float(part.mean()), 2),
        }
    return pd.DataFrame(rows).T


def behind_the_choice(nets: Recurrent, beginners: Recurrent, finds: pd.Series) -> pd.DataFrame:
    """Of nets that find the better arm and of those that do not: what they do with ten shown pulls, and what their log
    odds know of them; nets before training beside them. finds: FINDS of each net.

    goes by it: the chance of arm 2 where it is better, less that where arm 1 is. told apart: in which share of pairs of
    one past each the log odds of arm 2 are higher where arm 2 is better; and in how many nets in more than 0.8.
    """
    rows = {}
    for name, policy in {"nets": nets, "before training": beginners}.items():
        seen = [watched(policy.seeds, one_task(*odds)) for odds in (TASK[::-1], TASK)]
        goes = (second(policy, seen[1]) - second(policy, seen[0])).mean(1)
        table = pd.DataFrame({"goes by it": goes, "told apart": told_apart(policy, TASK)}, index=policy.seeds)
        does = finds.reindex(table.index) > 0.5
        parts = {"find it": does, "do not": ~does} if name == "nets" else {name: does | ~does}
        for kind, which in parts.items():
            mine = table[which]
            over = f"{(mine['told apart'] > 0.8).sum()} of {len(mine)}"
            rows[kind] = {**mine.mean().round(2), "told apart in more than 0.8": over}
    return pd.DataFrame(rows).T
