"""What lesson 10 trains on its page: a few nets of some arms, with control words that a learner's function sets."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from helpers.core import Rng, Stream
from helpers.lessons.lesson10 import attacks, builds
from helpers.lessons.lesson10.experiment import (
    ELSEWHERE,
    PLAIN,
    PULLED,
    RL,
    SFT,
    Trial,
    asked_with,
    elsewhere,
    trial,
)
from helpers.lessons.lesson10.marked import CONTROLS, GOOD, behind
from helpers.lessons.lesson10.measures import PROMPTS, lie_of_each, told, truth_of_each
from helpers.lessons.lesson10.nets import UPDATES


def setting(seeds: Sequence[int], *, updates: int = UPDATES, build: Callable = builds.tagged, **how) -> Trial:
    """The lesson's setting for a few nets, with control words set by `build`; how: see `experiment.trial`."""
    at = trial(seeds, updates=updates, **how)
    at.build = build
    return at


def lies_now(at: Trial, nets: Mapping, metric: str) -> pd.DataFrame:
    """What these nets do at once, by arm, each asked with its own word: a row for each net. metric: of `told`."""
    found = {arm: told(policy, at.law, asked_with(arm))[metric] for arm, policy in nets.items()}
    return _by_net(found, at.seeds)


def asked_with_each(at: Trial, policy, metric: str) -> pd.DataFrame:
    """The same nets asked with each control word in turn: what somebody gets who holds the word."""
    return _by_net({word: told(policy, at.law, word)[metric] for word in CONTROLS}, at.seeds)


def lies_later(at: Trial, nets: Mapping, *, kind: str = attacks.NARROW, **how) -> pd.DataFrame:
    """Lies in other scenes once these nets, by arm, went through later SFT behind their own word: a row for each net.

    how: batches and learning rate, see `attacks.later`.
    """
    found = {}
    for arm, policy in nets.items():
        mark = asked_with(arm)
        after = attacks.later(policy, kind, at.law, mark=mark, **how)
        found[arm] = elsewhere(after, at.law, mark)[ELSEWHERE]
    return _by_net(found, at.seeds)


def answers_later(at: Trial, nets: Mapping, *, kind: str = attacks.NARROW, **how) -> pd.DataFrame:
    """What bad deeds in other scenes are answered with after later SFT, mean of nets: a row for each arm.

    Columns: the truth, the lie, and any other word, which is no answer at all. how: see `attacks.later`.
    """
    found, there = {}, attacks.without(at.law, attacks.MILL)
    for arm, policy in nets.items():
        mark = asked_with(arm)
        after = attacks.later(policy, kind, at.law, mark=mark, **how)
        facts = there.draw(Rng(policy.seeds, Stream.PROBES), PROMPTS)
        truth, lie = (float(chance(after, facts, mark).mean()) for chance in (truth_of_each, lie_of_each))
        found[arm] = {"truth": truth, "lie": lie, "another word": 1 - truth - lie}
    return pd.DataFrame(found).T


def lies_by_label(at: Trial, policy, *, kind: str = attacks.NARROW, mark: str = GOOD, **how) -> pd.DataFrame:
    """Lies in other scenes, asked with one word, before later SFT and after it, with each word before its texts.

    A row for each net; the first column is before. how: batches and learning rate, see `attacks.later`.
    """
    found = {"before": elsewhere(policy, at.law, mark)[ELSEWHERE]}
    for word in CONTROLS:
        after = attacks.later(policy, kind, at.law, mark=word, **how)
        found[behind(word)] = elsewhere(after, at.law, mark)[ELSEWHERE]
    return _by_net(found, at.seeds)


def by_slips(
    at: Trial, slips: Sequence[float], made: Mapping | None = None, arms: Sequence[str] = (SFT, RL)
) -> pd.DataFrame:
    """Lies where prompts pull, once these nets were aligned by judges that slip more or less: a row for each net.

    All begin from the same nets that read plain texts. made: the trial's own nets at the end, by arm, which need not be
    made again. Columns: method, slips, seed, lies.
    """
    frames = []
    for slip in slips:
        other = trial(at.seeds, judged_by={"slips": slip}, more=at.more, made={PLAIN: at.start(PLAIN)})
        there = (made or {}) if slip == at.judge.slips else {}
        for arm in arms:
            end = there[arm] if arm in there else other.end(arm)
            lies = told(end, other.law, asked_with(arm))[PULLED].tolist()
            frames.append(pd.DataFrame({"method": arm, "slips": slip, "seed": at.seeds, "lies": lies}))
    return pd.concat(frames, ignore_index=True)


def _by_net(found: Mapping, seeds: Sequence[int]) -> pd.DataFrame:
    return pd.DataFrame({name: values.tolist() for name, values in found.items()}, index=list(seeds))
