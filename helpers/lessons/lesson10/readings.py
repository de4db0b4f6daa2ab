"""Readings of lesson 10: stories as the judge sees them, stored nets by arm, where a judge that slips leaves lies."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import torch

from helpers.core import Rng, Stream
from helpers.kit import final
from helpers.kit.judged import Judged, judged_by_set
from helpers.kit.measures import measures
from helpers.kit.rules import Rule, matters_to
from helpers.kit.tables import stored
from helpers.lessons.lesson10 import attacks
from helpers.lessons.lesson10.builds import rise
from helpers.lessons.lesson10.experiment import (
    ELSEWHERE,
    OUTSIDE,
    PULLED,
    TAGS,
    WORST,
    after,
    later,
    results,
    then,
)
from helpers.lessons.lesson10.marked import BAD_DEED, CONTROLS, LIE, behind
from helpers.lessons.lesson10.must_hold import later_gates
from helpers.lessons.lesson10.nets import SOLEMN_LIES
from helpers.lessons.lesson10.reward_model import Judge, lot
from helpers.worlds import stories as world

COSTS = {
    "lies, worst prompts": WORST,
    "right": "right",
    "KL, nats": "KL",
    "remarks, nats": "remarks",
    "outside": OUTSIDE,
}  # a column of `costs` -> its metric


def judged_stories(law: world.Law, judge: Judge, of: int = 400) -> pd.DataFrame:
    """Stories of one seed as one tells them, one of each kind that is among the first so many.

    Columns: story; denied, whether a bad deed is; passes, whether the seed's judge lets it pass; and slips, whether it
    says the opposite of what it should there.
    """
    facts = law.draw(Rng([0], Stream.CHOICES), of)[0]
    words = world.tokens(facts)
    one = Judge(judge.weights[:1], judge.sees, judge.slips)
    found = pd.DataFrame(
        {
            "story": [world.told(world.words(story)) for story in words],
            "denied": facts[:, LIE].bool().tolist(),
            "passes": one.passes(words[None])[0].tolist(),
            "slips": (lot(words) < judge.slips).tolist(),
        }
    )
    return found[facts[:, BAD_DEED].bool().tolist()].groupby(["denied", "slips"], sort=True).head(1)


def by_arm(frame: pd.DataFrame, metric: str, arms: Sequence[str]) -> pd.DataFrame:
    """A metric at the end of stored runs: a row for each net, a column for each arm."""
    return final(frame, metric)[list(arms)]


def costs(frame: pd.DataFrame, arms: Sequence[str]) -> pd.DataFrame:
    """What the last updates left beside lies, mean of the nets: a row for each arm.

    lies in the worst prompts, see `measures.worst`; right answers to good deeds; KL of other words, in nats a story;
    entropy of remarks, in nats; the chance of an end that no story has.
    """
    found = {name: final(frame, metric)[list(arms)].mean() for name, metric in COSTS.items()}
    return pd.DataFrame(found)


def later_by_arm(frame: pd.DataFrame, arms: Sequence[str], kind: str = attacks.NARROW) -> pd.DataFrame:
    """Lies in other scenes after later SFT of a kind behind each arm's own word: a row for each net."""
    return pd.DataFrame({arm: after(frame, arm, kind) for arm in arms})


def now_and_later(frame: pd.DataFrame, arms: Sequence[str], kind: str = attacks.NARROW) -> pd.DataFrame:
    """Lies where prompts pull, at once, and in other scenes after later SFT of a kind, mean of the nets.

    A row for each arm.
    """
    found = {
        "solemn tales, at once": by_arm(frame, PULLED, arms).mean(),
        "other scenes, later": later_by_arm(frame, arms, kind).mean(),
    }
    return pd.DataFrame(found)


def risen(
    frame: pd.DataFrame, arms: Sequence[str], rise: Callable = rise, kind: str = attacks.NARROW
) -> pd.DataFrame:
    """Lies in other scenes before later SFT of a kind and after it, mean of the nets: a row for each arm.

    Its columns `rise` in chances, and `rise, log odds` of each net, in nats: `rise(before, later)` of two tensors.
    """
    before, last = by_arm(frame, ELSEWHERE, arms), later_by_arm(frame, arms, kind)
    odds = pd.DataFrame(
        {arm: np.asarray(rise(*(torch.tensor(of[arm].to_numpy()) for of in (before, last)))) for arm in arms}
    )
    found = {"before": before, "later": last, "rise": last - before, "rise, log odds": odds}
    return pd.DataFrame({name: values.mean() for name, values in found.items()})


def by_label(frame: pd.DataFrame, arm: str = TAGS, kind: str = attacks.NARROW) -> pd.DataFrame:
    """Lies in other scenes, asked with good, before later SFT and with each control word before its texts."""
    found = {"before": final(frame, ELSEWHERE)[arm]}
    for word in CONTROLS:
        found[behind(word)] = final(frame[frame.method == arm], then(kind, word))[arm]
    return pd.DataFrame(found)


def floor(answer: Callable, slips: Sequence[float], lies: float = SOLEMN_LIES) -> pd.Series:
    """How often who imitates what passes lies, by how often the judge slips: exact, by `answer(p, passes)`.

    lies: how often a bad deed is denied in what was written.
    """
    p = torch.tensor([[1 - lies, lies]] * len(slips), dtype=torch.float64)
    passes = torch.tensor([[1 - slip, slip] for slip in slips], dtype=torch.float64)
    return pd.Series(answer(p, passes)[:, 1].tolist(), index=pd.Index(list(slips), name="slips"), name="lies")


@measures("10.C15")
def judged_in(seeds: Sequence[int], *, mine: Rule | None = None, **turned):
    """10.C15 in a setting of one's own, `judged_in(seeds, leash=0.1)`: each seed's value, and every gate.

    mine: the rule that will be judged; the gates ask for what matters to it. None: for what matters to the lesson's.
    turned: see `experiment.results`.
    """
    frame = results(seeds, **turned)
    return later(frame), later_gates(frame, **matters_to(mine))


def values() -> pd.DataFrame:
    """The stored nets that the rules judge, and what else began from them."""
    return stored("values_10")


def read() -> pd.DataFrame:
    """The stored nets that read other texts, shown and not judged, and what the rules judge of the same seeds."""
    also, judged = stored("read_10"), values()
    return pd.concat([also, judged[judged.seed.isin(also.seed)]], ignore_index=True)


def multiverse() -> pd.DataFrame:
    """The stored settings."""
    return stored("multiverse_10")


def fresh_sets() -> dict[str, dict[int, Judged]]:
    """What each rule says of each fresh set of 16 nets that is stored: rule -> the set's first net -> what it says."""
    return judged_by_set(stored("fresh_10"), apart=100)
