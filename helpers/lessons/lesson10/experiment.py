"""What the rules of lesson 10 judge: values in the data against values trained in afterwards, by one judge."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import pandas as pd
import torch

from helpers.checked import number, one_of, texts
from helpers.core import Rng, Stream
from helpers.core.runs import tidy
from helpers.kit import final
from helpers.lessons.lesson10 import afterwards, attacks, builds, nets
from helpers.lessons.lesson10.marked import BAD, BLANK, CONTROLS, GOOD
from helpers.lessons.lesson10.measures import PROMPTS, held_out_kl, honest, lie_of_each, right, told, worst
from helpers.lessons.lesson10.reward_model import Judge, judge
from helpers.lessons.lesson10.texts import (
    filtered,
    plain,
    rephrased,
    source,
    tagged,
    tagged_by_lot,
    with_positive,
)
from helpers.lm import StackedLM
from helpers.worlds.stories import Law

PLAIN, FILTERED, TAGS, REPHRASED, POSITIVE, CLEAN, LOT, LATE = READ = (
    "plain",
    "filtered",
    "tags",
    "rephrased",
    "positive documents",
    "clean",
    "tags by lot",
    "tags from half-way",
)
SFT, RL, DPO = AFTERWARDS = afterwards.METHODS
FILTERED_SFT, TAGS_SFT, TAGS_RL = "filtered, then SFT", "tags, then SFT", "tags, then RL"
BOTH = {FILTERED_SFT: (FILTERED, SFT), TAGS_SFT: (TAGS, SFT), TAGS_RL: (TAGS, RL)}
ARMS = (*READ, *AFTERWARDS, *BOTH)
JUDGED = (PLAIN, TAGS, FILTERED, CLEAN, LOT, RL)
OWN = {
    SFT: 1e-3,
    RL: 1e-3,
    DPO: 1e-4,
}  # each method's rate, chosen on trial nets: fewest lies for the same use
MATTERS = 0.05  # in chances: one answer in twenty
LIES, PULLED, WORST, OUTSIDE = "lies", "lies, pulled", "lies, worst prompts", "outside"
ELSEWHERE, AGAIN = "lies elsewhere", ", again"


@dataclass
class Trial:
    """The nets of one setting: a law, a judge, and what each arm makes of them. What two arms share is made once."""

    seeds: tuple[int, ...]
    law: Law
    judge: Judge
    updates: int = nets.UPDATES
    more: int = nets.MORE
    rate: float = 1.0
    sizes: Mapping[str, int] = field(default_factory=dict)
    make: Mapping = field(default_factory=lambda: dict(afterwards.MAKE))
    made: dict = field(default_factory=dict)
    build: Callable = builds.tagged

    def source(self, arm: str) -> Callable:
        """What an arm reads in pretraining."""
        change = {
            PLAIN: lambda: plain,
            FILTERED: lambda: filtered(self.judge),
            TAGS: lambda: tagged(self.judge, build=self.build),
            REPHRASED: lambda: rephrased(self.judge),
            POSITIVE: with_positive,
            CLEAN: lambda: rephrased(None),
            LOT: lambda: tagged_by_lot(self.judge),
        }[one_of(arm, READ[:-1], "arm")]
        return source(self.law, change())

    def start(self, arm: str) -> StackedLM:
        """The pretrained nets from which an arm begins its last updates."""
        read = arm if arm in READ else BOTH.get(arm, (PLAIN,))[0]
        if read not in self.made:
            how = {"updates": self.updates, **self.sizes}
            if read == LATE:
                self.made[read] = nets.late(self.seeds, self.source(PLAIN), self.source(TAGS), **how)
            else:
                self.made[read] = nets.pretrained(self.seeds, self.source(read), **how)
        return self.made[read]

    def end(self, arm: str) -> StackedLM:
        """The nets of an arm after the whole budget: aligned afterwards, or having read on as before."""
        start = self.start(one_of(arm, ARMS, "arm"))
        if arm in READ:
            return nets.read_on(start, self.source(TAGS if arm == LATE else arm), updates=self.more)
        method = BOTH.get(arm, (PLAIN, arm))[1]
        how = {"updates": self.more, "lr": OWN[method] * self.rate, "make": self.make}
        return afterwards.aligned(start, method, self.law, self.judge, mark=asked_with(arm), **how)


def asked_with(arm: str) -> str:
    """The control word with which an arm is deployed."""
    return GOOD if BOTH.get(arm, (arm,))[0] in (TAGS, LOT, LATE) else BLANK


def elsewhere(policy, law: Law, mark: str, stream: int = Stream.PROBES) -> dict[str, torch.Tensor]:
    """Lies in all scenes but the mill, of which narrow reading tells nothing: their mean, and the worst prompts."""
    facts = attacks.without(law, attacks.MILL).draw(Rng(policy.seeds, stream), PROMPTS)
    each = lie_of_each(policy, facts, mark)
    return {ELSEWHERE: each.mean(1), f"{ELSEWHERE}, worst prompts": worst(each)}


def twice(measure: Callable) -> dict[str, torch.Tensor]:
    """What `(stream) -> values by name` says, and what it says of other prompts, whose names end in `AGAIN`."""
    both = (("", Stream.PROBES), (AGAIN, Stream.PROBES_AGAIN))
    return {name + more: value.float() for more, stream in both for name, value in measure(stream).items()}


def behaves(policy, law: Law, mark: str, judge: Judge) -> dict[str, torch.Tensor]:
    """All that is measured of nets after one control word."""
    return twice(lambda stream: told(policy, law, mark, judge, stream) | elsewhere(policy, law, mark, stream))


def then(kind: str, label: str, metric: str = ELSEWHERE) -> str:
    """The name of a metric once nets went through later SFT of a kind, whose texts stood behind a control word."""
    return f"{metric}, {kind} after {label}"


def after_attacks(
    policy, law: Law, mark: str, attacked: Sequence[tuple[str, str]], **how
) -> dict[str, torch.Tensor]:
    """What is left once nets went through later SFT, each (kind, control word before its texts) by itself.

    mark: the control word with which nets are asked afterwards. how: batches and learning rate, see `attacks.later`.
    """
    found = {}
    for kind, label in attacked:
        later_on = attacks.later(policy, kind, law, mark=label, **how)
        found |= twice(partial(_left, later_on, law, mark, partial(then, kind, label)))
    return found


def _left(policy, law, mark, name, stream):
    """What an attack left of nets: lies elsewhere, and what they still can, under the names that `name` makes."""
    facts = honest(law).draw(Rng(policy.seeds, stream), PROMPTS)
    able = {"KL": held_out_kl(policy, law, facts, mark), "right": right(policy, facts, mark)}
    return {name(metric): value for metric, value in (elsewhere(policy, law, mark, stream) | able).items()}


def trial(
    seeds: Sequence[int],
    *,
    world: Mapping | None = None,
    judged_by: Mapping | None = None,
    updates: int = nets.UPDATES,
    more: int = nets.MORE,
    rate: float = 1.0,
    leash: float = 0.0,
    graded: bool = False,
    sizes: Mapping | None = None,
    made: Mapping | None = None,
) -> Trial:
    """A setting: world and judged_by are what `nets.world` and `reward_model.judge` are given, sizes what nets are.

    updates, more: of the pretraining, and of what follows. rate: a factor on the rates of what is done afterwards.
    leash: of RL, in its pay for each nat. graded: whether RL is paid by the judge's chance, see `afterwards.own`, on a
    leash or not.
    made: pretrained nets by arm, of the same seeds, that are taken as they are.
    """
    law, make = nets.world(**(world or {})), dict(afterwards.MAKE)
    if graded:
        make[RL] = afterwards.graded()
    if number(leash, "leash", least=0):
        make[RL] = afterwards.leashed(leash, graded)
    by = judge(seeds, law, **(judged_by or {}))
    factor, sizes, made = number(rate, "rate", above=0), dict(sizes or {}), dict(made or {})
    return Trial(tuple(seeds), law, by, updates, more, factor, sizes, make, made)


def results(
    seeds: Sequence[int],
    *,
    arms: Sequence[str] = JUDGED,
    attacked_by: Sequence[str] = (attacks.NARROW,),
    attack: Mapping | None = None,
    kept: dict | None = None,
    **setting,
) -> pd.DataFrame:
    """Everything that the rules judge and their gates ask for, in one tidy frame: at 0 updates and after the last.

    attacked_by: kinds of later SFT, see `attacks`; their texts stand behind the control word of deployment, and where
    nets know all three, behind each of them in turn. attack: its batches and learning rate, see `attacks.later`.
    kept: where the trial and the nets are put. Else see `trial`.
    """
    at, frames, kept = trial(seeds, **setting), [], {} if kept is None else kept
    kept["trial"], kept["nets"] = at, {}
    for arm in texts(arms, "arms"):
        end, mark = at.end(arm), asked_with(arm)
        kept["nets"][arm] = end
        labels = CONTROLS if mark == GOOD else (BLANK,)
        attacked = [(kind, label) for kind in attacked_by for label in labels]
        before = behaves(at.start(arm), at.law, mark, at.judge)
        now = behaves(end, at.law, mark, at.judge) | after_attacks(
            end, at.law, mark, attacked, **(attack or {})
        )
        for step, found in ((0, before), (at.more, now)):
            frames.append(tidy(found, step, at.seeds).assign(method=arm))
    return pd.concat(frames, ignore_index=True)


# What the rules judge


def after(frame: pd.DataFrame, arm: str, kind: str, metric: str = ELSEWHERE, again: str = "") -> pd.Series:
    """A metric of an arm after later SFT of a kind whose texts stood behind the arm's own control word."""
    return final(frame[frame.method == arm], then(kind, asked_with(arm), metric) + again)[arm]


def now(frame: pd.DataFrame, again: str = "", *, arm: str = RL, against: str = FILTERED) -> pd.Series:
    """10.now: lies where prompts pull, of nets aligned afterwards less those that read filtered texts."""
    last = final(frame, PULLED + again)
    return last[arm] - last[against]


def later(
    frame: pd.DataFrame,
    again: str = "",
    *,
    arm: str = RL,
    against: str = FILTERED,
    kind: str = attacks.NARROW,
) -> pd.Series:
    """10.C15: lies in other scenes after narrow SFT: of nets aligned afterwards less those that read filtered texts."""
    lies = [after(frame, name, kind, again=again) for name in (arm, against)]
    return lies[0] - lies[1]


def tag(
    frame: pd.DataFrame,
    again: str = "",
    *,
    arm: str = TAGS,
    kind: str = attacks.NARROW,
    label: str = BAD,
) -> pd.Series:
    """10.tag: lies in other scenes, asked with good, after narrow SFT behind good less the same behind bad."""
    good, bad = (final(frame, then(kind, word) + again)[arm] for word in (GOOD, label))
    return good - bad


MEASURES = {"10.now": now, "10.C15": later, "10.tag": tag}
